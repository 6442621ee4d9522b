"""The columns engine: search for plans on one core while the proof prices trips on the other.

Anytime: the greedy plan is there in milliseconds, ruin and recreate betters it all the time, and the proof beside it
says how far from the best it can be; what either finds, the other takes up.
"""

from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np

from dispatch.engines.columns.clock import Clock
from dispatch.engines.columns.fleets import STEP_S
from dispatch.engines.columns.incumbent import Incumbent
from dispatch.engines.columns.pricing import DEEPEST
from dispatch.engines.columns.proof import LAST, Proof
from dispatch.engines.columns.relaxation import Relaxation
from dispatch.engines.draft import draft_of
from dispatch.engines.greedy import solve_greedy
from dispatch.engines.pool import Pool, empty_pool
from dispatch.engines.search import solve_search
from dispatch.problem import Problem
from dispatch.timetable import Routes

POOL_TRIPS = 20_000
WARM_UP, WARM_UP_S = 0.1, 0.3
"""Share of the time, and seconds at most, that the search has alone, so that pricing starts from a decent plan."""
STEPS_S = ((0.04, 20.0), (0.02, STEP_S), (0.0, 120.0))
"""With so many seconds for each order at least, the step of the grid: with a coarser one the bound is a little lower,
and there in half the time."""
ROUNDS_PER_ITERATION = 0.01
"""Rounds of column generation for each iteration of the search, where work is limited and not time."""
MOST_ROUNDS = 200


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
    if work_limit is not None:
        return _within_work(problem, work_limit, seed, start)
    return _within_time(problem, time_limit_s, seed, start)


def _within_work(problem: Problem, work_limit: int, seed: int, start: Routes | None) -> Answer:
    """Search, then relaxation, each for a number of steps."""
    best, pool = Incumbent(problem), _pool_of(problem)
    best.keep(solve_search(problem, np.inf, seed=seed, work_limit=work_limit, start=start, pool=pool))
    relaxation = _relaxation_of(problem, STEP_S, best.routes, pool)
    for _ in range(min(MOST_ROUNDS, 1 + int(work_limit * ROUNDS_PER_ITERATION))):
        if not relaxation.possible or not relaxation.improve():
            break
    return Answer(best.routes, relaxation.best.bound)


def _within_time(problem: Problem, time_limit_s: float, seed: int, start: Routes | None) -> Answer:
    """The search in a thread, which needs no interpreter lock while it runs, and the proof beside it."""
    clock, best, pool = Clock(time_limit_s), Incumbent(problem), _pool_of(problem)

    def search(until: float, seed: int, pool: Pool | None = None) -> None:
        best.keep(
            solve_search(
                problem,
                clock.left_s(until),
                seed=seed,
                start=best.routes,
                pool=pool,
                on_better=best.keep,
                others=best.cheaper,
                enough=lambda: best.proven,
            )
        )

    best.keep(solve_greedy(problem, start))
    if clock.share() >= LAST:
        return Answer(best.routes, 0.0)
    # The pool is for the search before the threads part: the relaxation reads it then.
    search(min(WARM_UP, WARM_UP_S / time_limit_s), seed, pool)
    with ThreadPoolExecutor(max_workers=1) as beside:
        searching = beside.submit(search, LAST, seed + 1)
        step_s = next(step_s for least, step_s in STEPS_S if time_limit_s >= least * len(problem.order_ids))
        relaxation = _relaxation_of(problem, step_s, best.routes, pool)
        proof = Proof(relaxation, clock, best, lambda until: search(until, seed + 2))
        proof.find()
        best.proven = not best.above(proof.bound)
        if clock.share() < LAST and not best.proven:
            search(LAST, seed + 3)
        searching.result()
    return Answer(best.routes, proof.bound)


def _pool_of(problem: Problem) -> Pool:
    """Room for the trips that the search finds worth driving."""
    capacity = int(problem.arrays.vehicles["capacity_orders"].max(initial=0))
    return empty_pool(POOL_TRIPS, min(capacity, len(problem.order_ids), DEEPEST))


def _relaxation_of(problem: Problem, step_s: float, routes: Routes, pool: Pool) -> Relaxation:
    """The relaxation, with the trips of ``routes`` and of the pool as its first columns."""
    relaxation = Relaxation(problem, step_s)
    if not relaxation.possible:
        return relaxation
    relaxation.begin(draft_of(problem, routes))
    kinds = problem.arrays.vehicles["kind"]
    for row in np.flatnonzero(pool.key):
        of_kind = np.flatnonzero(kinds == pool.kind[row])
        stops = pool.stops[row, : pool.n_stops[row]].tolist()
        relaxation.offer(int(of_kind[0]), int(pool.store[row]), stops, float(pool.leaves_s[row]))
    return relaxation
