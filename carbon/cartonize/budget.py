"""What searches and proofs may spend."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from carbon.cartonize.load import Ints


@dataclass(slots=True)
class Steps:
    """What is left for the heuristic, in steps of its innermost loops; spent as they are made.

    Attributes:
        left: how many; below zero if the last filling took more than there were.
    """

    left: int

    @contextmanager
    def meter(self) -> Iterator[Ints]:
        """Lend the count to a kernel as an array (1,)."""
        left = np.array([self.left], np.int64)
        yield left
        self.left = int(left[0])

    @contextmanager
    def part(self, most: int) -> Iterator["Steps"]:
        """Lend at most so many of them to one search."""
        lent = Steps(max(0, min(most, self.left)))
        before = lent.left
        yield lent
        self.left -= before - lent.left


@dataclass(slots=True)
class Budget:
    """What is left for proofs; spent as they go.

    Attributes:
        work: deterministic work, in CP-SAT's units.
        ends_s: moment of ``time.perf_counter`` at which the clock stops all of it.
    """

    work: float
    ends_s: float

    @property
    def spent(self) -> bool:
        """Whether nothing is left."""
        return self.work <= 0 or time.perf_counter() >= self.ends_s
