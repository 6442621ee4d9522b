"""The columns engine: search for plans on one core while the relaxation prices trips on the other, then recombine.

Anytime: the greedy plan is there in milliseconds, ruin and recreate betters it all the time, column generation proves a
bound beside it, and where the gap is small enough the trips that fit into it are enumerated and chosen from exactly.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import NamedTuple

import numpy as np

from dispatch.engines.columns.decode import routes_from
from dispatch.engines.columns.fleets import STEP_S
from dispatch.engines.columns.partition import Partition, Trips
from dispatch.engines.columns.pricing import DEEPEST
from dispatch.engines.columns.relaxation import Relaxation
from dispatch.engines.draft import draft_of
from dispatch.engines.greedy import solve_greedy
from dispatch.engines.kernel import total_cost
from dispatch.engines.pool import Pool, empty_pool
from dispatch.engines.search import solve_search
from dispatch.problem import Problem
from dispatch.timetable import Routes

POOL_TRIPS = 20_000
WARM_UP, WARM_UP_S = 0.1, 0.3
"""Share of the time, and seconds at most, that the search has alone, so that pricing starts from a decent plan."""
CONCLUDED, PRICED = 0.5, 0.8
"""Shares of the time after which column generation prices thoroughly, and after which it stops."""
LAST = 0.97
"""Share of the time after which nothing new is begun."""
STEPS_S = ((0.04, 20.0), (0.02, STEP_S), (0.0, 120.0))
"""With so many seconds for each order at least, the step of the grid: with a coarser one the bound is a little lower,
and there in half the time."""
ROUNDS_PER_ITERATION = 0.01
"""Rounds of column generation for each iteration of the search, where work is limited and not time."""
MOST_ROUNDS = 200
MOST_MEMBERS = 1_000_000
"""Sets to choose from times orders: with more, a choice takes too long."""
CLOSER = 0.7
"""Enumeration that had no room is tried again when the gap is this part of what it was."""
CHOOSING, CHOOSING_PART = 0.6, 0.25
"""Share of the time left for one choice, from all trips within the gap or from some; what it leaves open, cuts may
close."""
FIRST, PARTS_TRIED, GROWTH = 12, 5, 6
"""Trips are enumerated within FIRST over the number of orders of the gap, then within twice or half as much; twice as
much is expected to hold GROWTH times as many."""
COUNTED, PART_LEFT_OUT, DEARER = 0.8, 0.02, 2.0
"""Until this share of the time, orders are left out whole that are left out in part, and at least so large a part. That
serving more costs more is proven with a price on leaving out of so many times the cost of the plan at hand."""
LITTLE, PATIENCE = 0.01, 2
"""Proving ends, and a second search begins, when more than PATIENCE rounds of cuts in a row close less than this part
of the gap."""
MOST_GAP, SCARCE = 0.1, 0.8
"""With a wider gap nothing is enumerated, since it would not close: somebody is left out, and until this share of the
time a second search helps more than cuts."""
TINY = 1e-5


class Answer(NamedTuple):
    """Routes, and a cost that no plan of the arrays can be below."""

    routes: Routes
    lower_bound: float


def solve_columns(
    problem: Problem, time_limit_s: float, *, seed: int = 0, work_limit: int | None = None, start: Routes | None = None
) -> Answer:
    """Plan and prove.

    Args:
        problem: the problem.
        time_limit_s: wall clock; not looked at if there is a ``work_limit``.
        seed: of the search.
        work_limit: iterations of the search, from which the rounds of the rest follow: the same limit and seed give
            the same routes and the same bound.
        start: trips to begin with instead of the greedy ones.
    """
    if not problem.order_ids:
        return Answer({}, 0.0)
    if not problem.vehicle_ids:
        return Answer({}, float(problem.arrays.orders["unserved_cost"].sum()))
    run = _Run(problem, time_limit_s, seed, work_limit)
    return run.within_work(start) if work_limit is not None else run.within_time(start)


class _Run:
    """One solve: its clock, its pool, and the best routes that any part has found so far."""

    def __init__(self, problem: Problem, time_limit_s: float, seed: int, work_limit: int | None) -> None:
        self.problem, self.seed = problem, seed
        self.limit_s, self.work_limit = time_limit_s, work_limit
        self.began_s = time.perf_counter()
        capacity = int(problem.arrays.vehicles["capacity_orders"].max(initial=0))
        self.pool = empty_pool(POOL_TRIPS, min(capacity, len(problem.order_ids), DEEPEST))
        self.routes: Routes = {}
        self.cost = np.inf
        self.proven = False
        self.lock = Lock()

    def share(self) -> float:
        """The part of the time that has passed."""
        return (time.perf_counter() - self.began_s) / self.limit_s

    def left_s(self, until: float) -> float:
        """Seconds until a share of the time has passed; a little at least."""
        return max((until - self.share()) * self.limit_s, 1e-3)

    def keep(self, routes: Routes) -> None:
        """Keep ``routes`` if they are the best so far."""
        cost = float(total_cost(self.problem.arrays, draft_of(self.problem, routes)))
        with self.lock:  # search and choice keep theirs from two threads
            if cost < self.cost:
                self.routes, self.cost = routes, cost

    def cheaper(self, cost: float) -> Routes | None:
        """The best routes so far if they cost less than ``cost``."""
        with self.lock:
            return self.routes if self.cost < cost * (1 - TINY) else None

    def search(self, start: Routes | None, until: float, seed: int, pool: Pool | None = None) -> None:
        """Search until a share of the time has passed, keep what is found on the way and take up what others find.

        The pool is for the search before the threads part: the relaxation reads it then.
        """
        self.keep(
            solve_search(
                self.problem,
                self.left_s(until),
                seed=seed,
                start=start,
                pool=pool,
                on_better=self.keep,
                others=self.cheaper,
                enough=lambda: self.proven,
            )
        )

    def within_work(self, start: Routes | None) -> Answer:
        """Search, relaxation and choice in turn, each for a number of steps."""
        work_limit = self.work_limit or 1
        self.keep(
            solve_search(self.problem, self.limit_s, seed=self.seed, work_limit=work_limit, start=start, pool=self.pool)
        )
        relaxation = self.relax()
        for _ in range(min(MOST_ROUNDS, 1 + int(work_limit * ROUNDS_PER_ITERATION))):
            if not relaxation.possible or not relaxation.improve():
                break
        return Answer(self.routes, min(relaxation.best.bound, self.cost))

    def within_time(self, start: Routes | None) -> Answer:
        """The search in a thread, which needs no interpreter lock while it runs, and the proof beside it."""
        self.keep(solve_greedy(self.problem, start))
        if self.share() >= LAST:
            return Answer(self.routes, 0.0)
        self.search(self.routes, min(WARM_UP, WARM_UP_S / self.limit_s), self.seed, self.pool)
        with ThreadPoolExecutor(max_workers=1) as beside:
            searching = beside.submit(self.search, self.routes, LAST, self.seed + 1)
            lower = self.prove()
            self.proven = self.cost - lower <= TINY * self.cost
            if self.share() < LAST and not self.proven:
                self.search(self.routes, LAST, self.seed + 2)
            searching.result()
        return Answer(self.routes, min(lower, self.cost))

    def step_s(self) -> float:
        """The step of the grid that there is time for."""
        if self.work_limit is not None:
            return STEP_S
        return next(step_s for least, step_s in STEPS_S if self.limit_s >= least * len(self.problem.order_ids))

    def relax(self) -> Relaxation:
        """The relaxation, with the best routes and the pool's trips as its first columns."""
        relaxation = Relaxation(self.problem, self.step_s())
        if not relaxation.possible:
            return relaxation
        relaxation.begin(draft_of(self.problem, self.routes))
        pool, a = self.pool, self.problem.arrays
        for row in np.flatnonzero(pool.key):
            of_kind = np.flatnonzero(a.vehicles["kind"] == pool.kind[row])
            stops = pool.stops[row, : pool.n_stops[row]].tolist()
            relaxation.offer(int(of_kind[0]), int(pool.store[row]), stops, float(pool.leaves_s[row]))
        return relaxation

    def prove(self) -> float:
        """A bound: column generation first; then, where the gap is small, a choice among all trips within it."""
        relaxation = self.relax()
        relaxation.until_s = self.began_s + LAST * self.limit_s
        if not relaxation.possible:
            return relaxation.best.bound
        while self.share() < PRICED and relaxation.improve():
            if self.share() > CONCLUDED and not relaxation.thorough:
                relaxation.conclude()
                relaxation.settle_for_less(self.began_s + PRICED * self.limit_s)
        if not relaxation.thorough:
            relaxation.conclude()
            relaxation.settle_for_less(self.began_s + LAST * self.limit_s)
        base = relaxation.best.bound
        elsewhere = self.count_left_out(relaxation)
        lower, tried, little = max(relaxation.best.bound, 0.0), np.inf, 0
        while self.share() < LAST and self.cost - lower > TINY * self.cost:
            gap = self.cost - relaxation.best.bound
            if gap > MOST_GAP * self.cost and self.share() < SCARCE:
                self.search(self.routes, SCARCE, self.seed + 2)
                continue
            if gap < min(MOST_GAP * self.cost, tried * CLOSER) and relaxation.enumerable:
                tried = gap
                lower = max(lower, self.close(relaxation, gap))
            if self.cost - lower > TINY * self.cost:
                before = lower
                if not relaxation.cut():
                    break
                while self.share() < LAST and relaxation.improve():
                    pass
                base = max(base, min(elsewhere, relaxation.best.bound))
                elsewhere = min(elsewhere, self.count_left_out(relaxation))
                lower = max(lower, relaxation.best.bound)
                little = 0 if lower - before > LITTLE * (self.cost - lower) else little + 1
                if little > PATIENCE:
                    break
        return max(base, min(lower, elsewhere))

    def count_left_out(self, relaxation: Relaxation) -> float:
        """Leave out whole orders where the relaxation leaves out shares, as far as serving more is proven to cost more.

        Returns:
            What plans cost at least that leave out fewer than the relaxation now does: inf if it is any number.
        """
        elsewhere = np.inf
        while self.share() < COUNTED and relaxation.thorough and relaxation.master.solve():
            shares = relaxation.master.n_left_out
            whole = int(shares + PART_LEFT_OUT)
            if shares - whole < PART_LEFT_OUT or whole < relaxation.least_left_out:
                break
            price = DEARER * self.cost
            other = relaxation.serving_more(price)
            fewer = -np.inf
            while fewer < self.cost and self.share() < COUNTED and other.improve():
                fewer = other.best.bound - price * whole
            if fewer <= relaxation.best.bound:
                break
            elsewhere = min(elsewhere, fewer)
            relaxation.leave_out(whole + 1)
            while self.share() < COUNTED and relaxation.improve():
                pass
        return elsewhere

    def close(self, relaxation: Relaxation, gap: float) -> float:
        """Choose among the trips within the gap or a part of it: a bound, and better routes if there are any."""
        base = relaxation.best.bound
        trips, within = self.enumerate(relaxation, gap)
        if trips is None:
            return base
        partition = Partition(trips, len(self.problem.order_ids))
        partition.lift(within, relaxation.until_s)
        within = min(within, max(self.cost - base, 0.0))  # the search may have found better routes meanwhile
        value = partition.value
        if self.share() < LAST and value < within:
            chosen, value = partition.choose(within, self.left_s(LAST) * (CHOOSING if within == gap else CHOOSING_PART))
            if len(chosen):
                self.keep(solve_greedy(self.problem, routes_from(self.problem, relaxation, trips, chosen)))
        return base + min(value, within)

    def enumerate(self, relaxation: Relaxation, gap: float) -> tuple[Trips | None, float]:
        """The trips within the gap, or within as much of it as leaves few enough; and how much that is."""
        most = MOST_MEMBERS // len(self.problem.order_ids)
        trips, within, part = None, 0.0, gap * min(1.0, FIRST / len(self.problem.order_ids))
        for _ in range(PARTS_TRIED):
            more = relaxation.trips_below(part, most)
            if more is not None:
                trips, within = more, part
            if (more is None) == (trips is not None) or part == gap or self.share() >= LAST:
                break
            if more is not None and len(more.cost) * GROWTH > most:
                break
            part = part / 2 if more is None else min(gap, part * 2)
        return trips, within
