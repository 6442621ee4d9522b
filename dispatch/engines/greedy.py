"""Greedy insertion: an answer in milliseconds, and the floor that no other engine may fall below."""

import numpy as np

from dispatch.engines.draft import draft_of, routes_of, twins_of
from dispatch.engines.kernel import insert_all
from dispatch.problem import Problem
from dispatch.timetable import Routes


def solve_greedy(problem: Problem, start: Routes | None = None) -> Routes:
    """Insert every order where it costs least, in three sequences, and keep the cheapest result.

    The sequences are by promise, by the time left between ready and promise, and by distance from the store, far ones
    first. ``start`` holds trips to keep and insert into; trips of it that break a limit are taken apart.
    """
    arrays = problem.arrays
    if not problem.order_ids or not problem.vehicle_ids:
        return {}
    far_s = arrays.seconds[0][arrays.store_of_order, arrays.place_of_order]
    keys = (arrays.promise_s, arrays.promise_s - arrays.ready_s, -far_s)
    best, best_cost = None, np.inf
    twins = twins_of(arrays)
    for key in keys:
        draft = draft_of(problem, start or {})
        cost = insert_all(arrays, draft, np.argsort(key, kind="stable"), twins)
        if cost < best_cost:
            best, best_cost = draft, cost
    return {} if best is None else routes_of(problem, best)
