"""The anytime search: greedy first, then ruin and recreate until the time or the work is used up."""

import time
from collections.abc import Callable

import numpy as np

from dispatch.engines.draft import draft_of, hints_of, routes_of
from dispatch.engines.greedy import solve_greedy
from dispatch.engines.kernel import CENT, empty_draft, total_cost
from dispatch.engines.pool import Pool, empty_pool
from dispatch.engines.ruin import BEST, CURRENT, Scratch, anneal, copy_draft
from dispatch.problem import COST, Problem
from dispatch.timetable import Routes

NEIGHBOURS = 30
"""So many of an order's likeliest companions are looked at."""
HOT, COLD = 0.25, 0.015
"""First temperature over the mean cost of an order's own trip; last temperature over the first."""
TELL_S = 0.1
"""Seconds between two better routes that are told of."""
BATCH, BATCH_S = 50, 0.01
"""Iterations of the first batch, and seconds between two looks at the clock."""


def solve_search(
    problem: Problem,
    time_limit_s: float,
    *,
    seed: int = 0,
    work_limit: int | None = None,
    start: Routes | None = None,
    pool: Pool | None = None,
    on_better: Callable[[Routes], None] | None = None,
    others: Callable[[float], Routes | None] | None = None,
    enough: Callable[[], bool] | None = None,
) -> Routes:
    """Improve the greedy answer by ruin and recreate.

    Args:
        problem: the problem.
        time_limit_s: wall clock; the plan may differ from run to run. Not looked at if there is a ``work_limit``.
        seed: of the search.
        work_limit: number of iterations; the same limit and seed give the same routes.
        start: trips to begin with instead of the greedy ones.
        pool: gets the trips of better and better drafts, if there is one.
        on_better: is told of better routes on the way, some times a second.
        others: is asked as often whether somebody has routes below a cost; the search goes on from them.
        enough: is asked a hundred times a second whether to stop before the time is up.
    """
    began_s = time.perf_counter()
    routes = solve_greedy(problem, start)
    if not problem.order_ids or not problem.vehicle_ids:
        return routes
    a = problem.arrays
    n, v = len(a.orders), len(a.vehicles)
    draft, best = draft_of(problem, routes), empty_draft(a)
    copy_draft(draft, best)
    scratch = Scratch(
        saved=empty_draft(a),
        removed=np.zeros(n, dtype=np.int64),
        key=np.zeros(n),
        missed=np.zeros(n),
        touched=np.zeros(v, dtype=np.int64),
        is_touched=np.zeros(v, dtype=np.bool_),
    )
    costs = np.full(2, total_cost(a, draft))
    hints, pool = hints_of(problem, NEIGHBOURS), empty_pool(0, 0) if pool is None else pool
    rng = np.random.SeedSequence(seed).generate_state(1, np.uint64) | np.uint64(1)
    out_and_back = a.legs[0, a.orders["store"], a.orders["place"], COST] * 2
    reachable = out_and_back[np.isfinite(out_and_back)]
    hot = HOT * float(reachable.mean()) + CENT if len(reachable) else CENT
    done, batch = 0.0, BATCH
    told, tell_s, ask_s = np.inf, began_s, began_s
    while done < 1:
        iterations = batch if work_limit is None else min(BATCH, work_limit)
        step_s = time.perf_counter()
        ahead = done + iterations / work_limit if work_limit else min(1.0, done + BATCH_S / time_limit_s)
        anneal(a, draft, best, scratch, pool, hints, rng, iterations, hot * COLD**done, hot * COLD**ahead, costs)
        now_s = time.perf_counter()
        if on_better is not None and costs[BEST] < told and now_s >= tell_s:
            told, tell_s = costs[BEST], now_s + TELL_S
            on_better(routes_of(problem, best))
        if others is not None and now_s >= ask_s:
            ask_s = now_s + TELL_S
            better = others(float(costs[BEST]))
            if better is not None:
                copy_draft(draft_of(problem, better), draft)
                costs[CURRENT] = total_cost(a, draft)
        if work_limit:
            done = ahead
        else:
            batch = max(1, int(batch * min(4.0, BATCH_S / max(now_s - step_s, 1e-6))))
            done = (now_s - began_s) / time_limit_s
        if enough is not None and enough():
            break
    return routes_of(problem, best)
