"""How long each search may take so that all that are asked for get one."""

import math
import time
from collections import deque

LEAST_WINDOW_S, WINDOW_S = 1.0, 5.0
"""Plans are wanted at the rate of so long; at first of the shorter, so that the beginning of a rush is one."""
DRAIN_S = 1.0
"""Whoever waits when a search begins is to have a plan after about so long."""
CROWDED_S = 60.0
"""For so long after somebody found no worker free, others may come who would not either."""
LOAD = 0.75
"""Workers are kept busy for this part of their time at most; the rest is for the server itself, and for bursts."""
LEAST_S = 0.05
"""No search is shorter: a plan that was asked for is at least this good."""
FIRST_BEYOND_S = 0.1
"""What a plan is taken to need beyond its search before one was made."""
RECENT = 0.2
"""The share of the newest plan in the mean of what plans take beyond their search."""


class Pace:
    """Shortens searches on a server that is asked for more plans than it could make in full.

    It is if lately somebody found no worker free, and if what is asked for, searched for as long as wanted, is more
    work than the workers can do; and while others wait. A plan of a shorter search that comes in time is worth more
    than a refusal, and says by its gap what it is worth.

    Args:
        capacity: how many plans are made at a time.

    Attributes:
        beyond_s: what a plan takes beyond its search, as recent ones did.
    """

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self._asked: deque[tuple[float, float]] = deque()
        self._crowded_at = -CROWDED_S
        self.beyond_s = FIRST_BEYOND_S

    @property
    def least_s(self) -> float:
        """What the shortest search takes, with all that a plan needs beyond it."""
        return LEAST_S + self.beyond_s

    def want(self, asked_s: float, *, busy: bool) -> None:
        """Note that a plan is wanted.

        Args:
            asked_s: how long its search is to take.
            busy: whether no worker is free for it.
        """
        now = time.monotonic()
        if busy:
            self._crowded_at = now
        self._asked.append((now, asked_s))
        while self._asked[0][0] < now - WINDOW_S:
            self._asked.popleft()

    def limit_s(self, asked_s: float, waiting: int) -> float:
        """How long a search that begins now may take.

        Args:
            asked_s: how long it wants to, as was noted.
            waiting: how many others wait for a worker.
        """
        limit_s = min(asked_s, self._share_s())
        if waiting:
            limit_s = min(limit_s, DRAIN_S * self.capacity / (self.capacity + waiting) - self.beyond_s)
        return min(asked_s, max(LEAST_S, limit_s))

    def _share_s(self) -> float:
        """The length at which all searches that are asked for fit; inf if they do at full length."""
        now = time.monotonic()
        span_s = max(LEAST_WINDOW_S, now - self._asked[0][0])
        work_s = sum(wanted_s + self.beyond_s for _, wanted_s in self._asked)
        if now >= self._crowded_at + CROWDED_S or work_s <= self.capacity * span_s:
            return math.inf
        return LOAD * self.capacity * span_s / len(self._asked) - self.beyond_s

    def note(self, limit_s: float, took_s: float) -> None:
        """Note what a plan took that might search for ``limit_s``."""
        if took_s > limit_s:  # one that was proven before says nothing about the rest
            self.beyond_s += RECENT * (took_s - limit_s - self.beyond_s)
