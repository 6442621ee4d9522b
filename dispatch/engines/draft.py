"""Between the kernels' arrays and the sequences that the rest of dispatch speaks."""

import numpy as np

from dispatch.engines.kernel import Draft, Ints, empty_draft, retime
from dispatch.problem import Arrays, Problem
from dispatch.timetable import Routes


def routes_of(problem: Problem, draft: Draft) -> Routes:
    """The sequences of a draft, by ids."""
    return {
        vehicle_id: tuple(
            tuple(problem.order_ids[order] for order in draft.stops[v, trip, : draft.n_stops[v, trip]])
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
        for sequence in routes.get(vehicle_id, ()):
            orders = [index[order_id] for order_id in sequence]
            trip = int(draft.n_trips[v])
            if len(orders) > most_stops or trip >= most_trips:
                continue
            draft.stops[v, trip, : len(orders)] = orders
            draft.n_stops[v, trip] = len(orders)
            draft.n_trips[v] += 1
            if np.isfinite(retime(problem.arrays, draft, v)):
                draft.vehicle[orders] = v
            else:
                draft.n_trips[v] -= 1
        retime(problem.arrays, draft, v)
    return draft


def twins_of(arrays: Arrays) -> Ints:
    """For each vehicle the one before it that is identical in every respect, or -1."""
    columns = (
        arrays.vehicle_class,
        arrays.vehicle_store,
        arrays.free_s,
        arrays.end_s,
        arrays.capacity_orders,
        arrays.capacity_kg,
        arrays.capacity_l,
        arrays.range_m,
        arrays.turnaround_s,
    )
    last: dict[tuple[float, ...], int] = {}
    twins = np.full(len(arrays.free_s), -1, dtype=np.int64)
    for v in range(len(twins)):
        key = tuple(float(column[v]) for column in columns)
        twins[v] = last.get(key, -1)
        last[key] = v
    return twins
