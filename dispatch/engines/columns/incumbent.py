"""The best routes so far: search and proof each bring theirs, and take up the other's."""

from threading import Lock

import numpy as np

from dispatch.engines.draft import draft_of
from dispatch.engines.kernel import total_cost
from dispatch.problem import Problem
from dispatch.timetable import Routes

TINY = 1e-5
"""Costs that differ by less than this part are the same."""


class Incumbent:
    """The cheapest routes that any part of a solve has brought, and whether they are proven the best there are."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.routes: Routes = {}
        self.cost = np.inf
        self.proven = False
        self._lock = Lock()  # two threads keep theirs

    def keep(self, routes: Routes) -> None:
        """Keep ``routes`` if they are the best so far."""
        cost = float(total_cost(self.problem.arrays, draft_of(self.problem, routes)))
        with self._lock:
            if cost < self.cost:
                self.routes, self.cost = routes, cost

    def cheaper(self, cost: float) -> Routes | None:
        """The best routes so far if they cost less than ``cost``."""
        with self._lock:
            return self.routes if self.cost < cost * (1 - TINY) else None

    def above(self, bound: float) -> bool:
        """Whether something cheaper than these routes may still lie above ``bound``."""
        return self.cost - bound > TINY * self.cost
