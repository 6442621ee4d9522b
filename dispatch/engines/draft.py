"""Between the kernels' arrays and the sequences that the rest of dispatch speaks."""

import numpy as np

from dispatch.engines.kernel import NOBODY, Draft, Ints, empty_draft, retime
from dispatch.problem import SECONDS, Arrays, Problem
from dispatch.timetable import Routes, RouteTrip

READY_WEIGHT = 0.3
"""A second between two orders' ready times keeps them apart as much as so many seconds of travel."""


def routes_of(problem: Problem, draft: Draft) -> Routes:
    """The sequences of a draft, by ids."""
    return {
        vehicle_id: tuple(
            RouteTrip(
                problem.store_ids[problem.arrays.vehicles["store"][v]],
                tuple(problem.order_ids[order] for order in draft.stops[v, trip, : draft.trips[v, trip]["n_stops"]]),
            )
            for trip in range(draft.n_trips[v])
        )
        for v, vehicle_id in enumerate(problem.vehicle_ids)
    }


def draft_of(problem: Problem, routes: Routes) -> Draft:
    """A draft that makes ``routes``, less the trips that break a limit: their orders are left to be inserted again."""
    draft = empty_draft(problem.arrays)
    index = {order_id: i for i, order_id in enumerate(problem.order_ids)}
    most_trips, most_stops = draft.stops.shape[1:]
    for v, vehicle_id in enumerate(problem.vehicle_ids):
        home = problem.store_ids[problem.arrays.vehicles["store"][v]]
        for route in routes.get(vehicle_id, ()):
            orders = [index[order_id] for order_id in route.orders]
            trip = int(draft.n_trips[v])
            if route.store != home or len(orders) > most_stops or trip >= most_trips:
                continue
            draft.stops[v, trip, : len(orders)] = orders
            draft.trips[v, trip]["n_stops"] = len(orders)
            draft.n_trips[v] += 1
            if not np.isfinite(retime(problem.arrays, draft, v)):
                draft.n_trips[v] -= 1
                draft.seats["vehicle"][orders] = NOBODY
        retime(problem.arrays, draft, v)
    return draft


def twins_of(arrays: Arrays) -> Ints:
    """For each vehicle the one before it that is identical in every respect, or NOBODY."""
    last: dict[bytes, int] = {}
    twins = np.full(len(arrays.vehicles), NOBODY, dtype=np.int64)
    for v, vehicle in enumerate(arrays.vehicles):
        twins[v] = last.get(vehicle.tobytes(), NOBODY)
        last[vehicle.tobytes()] = v
    return twins


def neighbours_of(arrays: Arrays, count: int) -> Ints:
    """For each order up to ``count`` others that it might share a trip with, the likeliest first, ``(n, k)``.

    Likely is near on the way and ready at about the same time; orders of other stores come last.
    """
    orders = arrays.orders
    places, ready_s, store = orders["place"], orders["ready_s"], orders["store"]
    apart = arrays.legs[0, ..., SECONDS][np.ix_(places, places)] + READY_WEIGHT * np.abs(ready_s[:, None] - ready_s)
    apart[store[:, None] != store] = np.inf
    np.fill_diagonal(apart, np.inf)
    count = min(count, max(len(places) - 1, 0))
    return np.ascontiguousarray(np.argsort(apart, axis=1, kind="stable")[:, :count])
