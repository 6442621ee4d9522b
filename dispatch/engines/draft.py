"""Between the kernels' arrays and the sequences that the rest of dispatch speaks."""

from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from dispatch.engines.insertion import Hints
from dispatch.engines.kernel import CENT, NOBODY, Draft, Ints, empty_draft, retime
from dispatch.problem import METRES, SECONDS, WH, WH_PER_KG, Arrays, Problem
from dispatch.timetable import Routes, RouteTrip

READY_WEIGHT = 0.3
"""A second between two orders' ready times keeps them apart as much as so many seconds of travel."""
MOST_NEIGHBOURS = 200
"""So many neighbours of an order are found."""
_HINTS: WeakKeyDictionary[Problem, Hints] = WeakKeyDictionary()
COMPANIONS = 8
"""So many companions are kept of an order that no vehicle can bring alone."""


def routes_of(problem: Problem, draft: Draft) -> Routes:
    """The sequences of a draft, by ids."""
    return {
        vehicle_id: tuple(
            RouteTrip(
                problem.store_ids[draft.trips[v, trip]["store"]],
                tuple(problem.order_ids[order] for order in draft.stops[v, trip, : draft.trips[v, trip]["n_stops"]]),
            )
            for trip in range(draft.n_trips[v])
        )
        for v, vehicle_id in enumerate(problem.vehicle_ids)
    }


def draft_of(problem: Problem, routes: Routes) -> Draft:
    """A draft that makes ``routes``, less the trips that break a limit: their orders are left to be inserted again.

    Orders that are not in ``problem`` are left out of their trips.
    """
    a = problem.arrays
    draft = empty_draft(a)
    orders_by_id = {order_id: i for i, order_id in enumerate(problem.order_ids)}
    stores_by_id = {store_id: i for i, store_id in enumerate(problem.store_ids)}
    most_trips, most_stops = draft.stops.shape[1:]
    for v, vehicle_id in enumerate(problem.vehicle_ids):
        for route in routes.get(vehicle_id, ()):
            orders = [orders_by_id[order_id] for order_id in route.orders if order_id in orders_by_id]
            store = stores_by_id.get(route.store)
            if store is None or not orders:
                continue
            trip = int(draft.n_trips[v])
            allowed = a.serves[v, store] and a.stocked[orders, store].all() and a.may[orders, v].all()
            if not allowed or len(orders) > most_stops or trip >= most_trips:
                continue
            draft.stops[v, trip, : len(orders)] = orders
            draft.trips[v, trip]["n_stops"] = len(orders)
            draft.trips[v, trip]["store"] = store
            draft.n_trips[v] += 1
            if not np.isfinite(retime(a, draft, v)):
                draft.n_trips[v] -= 1
                draft.seats["vehicle"][orders] = NOBODY
        retime(a, draft, v)
    return draft


def hints_of(problem: Problem, count: int) -> Hints:
    """Where the kernels look first, with up to ``count`` neighbours for each order; found once for a problem."""
    if problem not in _HINTS:
        neighbours = neighbours_of(problem.arrays, MOST_NEIGHBOURS)
        _HINTS[problem] = Hints(neighbours, twins_of(problem.arrays), company_of(problem.arrays, neighbours))
    hints = _HINTS[problem]
    return hints._replace(neighbours=np.ascontiguousarray(hints.neighbours[:, :count]))


def twins_of(arrays: Arrays) -> Ints:
    """For each vehicle the one before it that is identical in every respect, or NOBODY.

    Identical are the vehicle's own figures, the stores it serves and the orders it may carry; its legs and handovers
    follow from its class.
    """
    last: dict[tuple[bytes, bytes, bytes], int] = {}
    twins = np.full(len(arrays.vehicles), NOBODY, dtype=np.int64)
    for v, vehicle in enumerate(arrays.vehicles):
        key = (vehicle.tobytes(), arrays.serves[v].tobytes(), arrays.may[:, v].tobytes())
        twins[v] = last.get(key, NOBODY)
        last[key] = v
    return twins


def neighbours_of(arrays: Arrays, count: int) -> Ints:
    """For each order up to ``count`` others that it might share a trip with, the likeliest first, ``(n, k)``.

    Likely is near on the way, for the class of vehicles that is fastest there, and ready at about the same time;
    orders that no store has both of come last.
    """
    orders = arrays.orders
    places, ready_s = orders["place"], orders["ready_s"]
    apart = READY_WEIGHT * np.abs(ready_s[:, None] - ready_s)
    if len(arrays.legs):
        apart += arrays.legs[..., SECONDS].min(axis=0)[np.ix_(places, places)]
    stocked = arrays.stocked.astype(np.float32)
    apart[stocked @ stocked.T == 0] = np.inf
    np.fill_diagonal(apart, np.inf)
    count = min(count, max(len(places) - 1, 0))
    likely = np.arange(len(places))[None, :].repeat(len(places), axis=0)
    if count < len(places) - 1:  # sorting a few is quicker than sorting all
        likely = np.sort(np.argpartition(apart, count, axis=1)[:, : count + 1], axis=1)
    by_likelihood = np.argsort(np.take_along_axis(apart, likely, axis=1), axis=1, kind="stable")[:, :count]
    return np.ascontiguousarray(np.take_along_axis(likely, by_likelihood, axis=1))


def company_of(arrays: Arrays, neighbours: Ints) -> Ints:
    """With whom each order can go that no vehicle can bring on a trip of its own, ``(n, COMPANIONS)`` or ``(n, 1)``.

    There are such orders where a matrix breaks the triangle inequality, and where a cap on grams counts a trip's
    orders. Both questions are put to the best of each class of vehicles in every respect, so they are answered yes too
    often: of an order that only seems to go alone, company is not sought.
    """
    n = len(arrays.orders)
    alone = np.arange(n)[:, None]
    in_need = np.flatnonzero(~_can_go(arrays, alone))
    if len(in_need) == 0 or neighbours.shape[1] == 0:
        return np.full((n, 1), NOBODY, dtype=np.int64)
    company = np.full((n, COMPANIONS), NOBODY, dtype=np.int64)
    seekers, mates = np.repeat(in_need, neighbours.shape[1]), neighbours[in_need].ravel()
    both = np.stack([seekers, mates], axis=1)
    fits = (_can_go(arrays, both) | _can_go(arrays, both[:, ::-1])).reshape(len(in_need), -1)
    for o, row, fit in zip(in_need, neighbours[in_need], fits, strict=True):
        # Where most others are out of reach, an order is its own neighbour too.
        found = row[fit & (row != o)][:COMPANIONS]
        company[o, : len(found)] = found
    return company


def _can_go(a: Arrays, sequences: Ints) -> NDArray[np.bool_]:
    """Which of ``sequences`` ``(q, k)`` the best of some class could make as a trip, loads aside."""
    possible = np.zeros(len(sequences), dtype=np.bool_)
    n_stops = sequences.shape[1]
    ready_s = a.orders["ready_s"][sequences].max(axis=1, initial=0.0)
    for c in np.unique(a.vehicles["kind"]):
        fleet, serves = a.vehicles[a.vehicles["kind"] == c], a.serves[a.vehicles["kind"] == c].any(axis=0)
        most_wh = min(float(fleet["battery_wh"].max()), float(fleet["wh_per_order"].max()) * n_stops)
        for store in np.flatnonzero(serves):
            clock_s = np.maximum(ready_s, fleet["free_s"].min())
            metres, wh = np.zeros(len(sequences)), np.zeros(len(sequences))
            load_kg = a.orders["mass_kg"][sequences].sum(axis=1)
            fits = a.stocked[sequences, store].all(axis=1)
            here = np.full(len(sequences), store)
            for stop in sequences.T:
                legs = a.legs[c, here, a.orders["place"][stop]]
                clock_s = np.maximum(clock_s + legs[:, SECONDS], a.orders["early_s"][stop])
                fits &= clock_s <= a.orders["latest_s"][stop]
                clock_s = clock_s + a.handover_s[c, stop]
                metres += legs[:, METRES]
                wh += legs[:, WH] + load_kg * legs[:, WH_PER_KG]
                load_kg = load_kg - a.orders["mass_kg"][stop]
                here = a.orders["place"][stop]
            legs = a.legs[c, here, store]
            clock_s = clock_s + legs[:, SECONDS]
            fits &= np.isfinite(clock_s) & (clock_s <= fleet["end_s"].max())
            fits &= (metres + legs[:, METRES] <= fleet["range_m"].max() + CENT) & (wh + legs[:, WH] <= most_wh + CENT)
            possible |= fits
    return possible
