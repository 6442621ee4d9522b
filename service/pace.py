"""How long each search may take so that all that are asked for get one."""

import time
from collections import deque

LEAST_WINDOW_S, WINDOW_S = 1.0, 5.0
"""Plans are wanted at the rate of so long; at first of the shorter, so that the beginning of a rush is one."""
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
    work than the workers can do. A plan of a shorter search that comes in time is worth more than a refusal, and says
    by its gap what it is worth.

    Args:
        capacity: how many plans are made at a time.
    """

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self._asked: deque[tuple[float, float]] = deque()
        self._crowded_at = -CROWDED_S
        self._beyond_s = FIRST_BEYOND_S

    def limit_s(self, asked_s: float, *, busy: bool) -> float:
        """Note that a plan is wanted; how long it may search.

        Args:
            asked_s: how long it wants to.
            busy: whether no worker is free for it.
        """
        now = time.monotonic()
        if busy:
            self._crowded_at = now
        self._asked.append((now, asked_s))
        while self._asked[0][0] < now - WINDOW_S:
            self._asked.popleft()
        span_s = max(LEAST_WINDOW_S, now - self._asked[0][0])
        work_s = sum(wanted_s + self._beyond_s for _, wanted_s in self._asked)
        if now >= self._crowded_at + CROWDED_S or work_s <= self.capacity * span_s:
            return asked_s
        share_s = LOAD * self.capacity * span_s / len(self._asked)
        return min(asked_s, max(LEAST_S, share_s - self._beyond_s))

    def note(self, limit_s: float, took_s: float) -> None:
        """Note what a plan took that might search for ``limit_s``."""
        if took_s > limit_s:  # one that was proven before says nothing about the rest
            self._beyond_s += RECENT * (took_s - limit_s - self._beyond_s)
