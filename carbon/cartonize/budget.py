"""What proofs may spend."""

import time
from dataclasses import dataclass


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
