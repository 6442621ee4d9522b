"""How long each search may take so that all that are asked for get one."""

import time
from collections import deque

LEAST_WINDOW_S, WINDOW_S, MOST_WINDOW_S = 1.0, 5.0, 60.0
"""Requests come at the rate of the second, or of as long as they want to search if that is longer, the third at most.

The beginning of a rush is one: the rate is that of the first before there is a second.
"""
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

    A plan of a shorter search that comes in time is worth more than a refusal, and says by its gap what it is worth.

    Args:
        capacity: how many plans are made at a time.
    """

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self._asked_at: deque[float] = deque()
        self._beyond_s = FIRST_BEYOND_S

    def limit_s(self, asked_s: float) -> float:
        """Note that a plan with a search of ``asked_s`` is wanted; how long it may search."""
        now = time.monotonic()
        self._asked_at.append(now)
        while self._asked_at[0] < now - MOST_WINDOW_S:
            self._asked_at.popleft()
        window_s = min(MOST_WINDOW_S, max(WINDOW_S, asked_s))
        lately = [at for at in self._asked_at if at >= now - window_s]
        if len(lately) <= self.capacity:
            return asked_s
        share_s = LOAD * self.capacity * max(LEAST_WINDOW_S, now - lately[0]) / len(lately)
        return min(asked_s, max(LEAST_S, share_s - self._beyond_s))

    def note(self, limit_s: float, took_s: float) -> None:
        """Note what a plan took that might search for ``limit_s``."""
        if took_s > limit_s:  # one that was proven before says nothing about the rest
            self._beyond_s += RECENT * (took_s - limit_s - self._beyond_s)
