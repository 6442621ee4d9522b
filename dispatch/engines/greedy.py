"""Greedy insertion: an answer in milliseconds, and the floor that no other engine may fall below."""

import numpy as np

from dispatch.engines.draft import draft_of, hints_of, routes_of
from dispatch.engines.insertion import insert_all
from dispatch.problem import SECONDS, Problem
from dispatch.timetable import Routes

NEIGHBOURS = 200
"""An order is tried beside so many others; more of them were never chosen in measured instances."""


def solve_greedy(problem: Problem, start: Routes | None = None) -> Routes:
    """Insert every order where it costs least, in three sequences, and keep the cheapest result.

    The sequences are by promise, by the time left between ready and promise, and by distance from the store, far ones
    first. ``start`` holds trips to keep and insert into, in the first sequence only, since little is left to insert;
    trips of it that break a limit are taken apart.
    """
    arrays = problem.arrays
    if not problem.order_ids or not problem.vehicle_ids:
        return {}
    orders = arrays.orders
    far_s = arrays.legs[0, orders["store"], orders["place"], SECONDS]
    keys = (orders["promise_s"], orders["promise_s"] - orders["ready_s"], -far_s)
    best, best_cost = None, np.inf
    hints = hints_of(problem, NEIGHBOURS)
    for key in keys[:1] if start else keys:
        draft = draft_of(problem, start or {})
        if start and (draft.seats["vehicle"] >= 0).all():
            return routes_of(problem, draft)
        cost = insert_all(arrays, draft, np.argsort(key, kind="stable"), hints)
        if cost < best_cost:
            best, best_cost = draft, cost
    return {} if best is None else routes_of(problem, best)
