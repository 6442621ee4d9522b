"""Where an order could go while a plan's other trips stand, and what each place would need.

Engines only know places that keep every limit. Here a place that breaks one is listed too, with the figure that would
have to change, because that figure is what a fix is made of.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from dispatch.answer import Trip
from dispatch.problem import (
    COST,
    COST_PER_KG,
    GRACE_S,
    LATE_COST,
    LATE_COST_AFTER,
    METRES,
    SECONDS,
    TEMPERATURES,
    WH,
    WH_PER_KG,
    Arrays,
    Ints,
    Problem,
)

NOBODY = -1
CENT = 1e-9
"""Loads closer than this are equal, as the engines have it."""
MOST_BAGS = 20
"""A temperature's litres are thought of as split over so many bags at most."""
PLACE = np.dtype(
    [
        ("vehicle", np.int64),
        ("trip", np.int64),  # number of the vehicle's trip, from 0
        ("store", np.int64),  # where that trip starts
        ("stop", np.int64),  # before this stop; -1 is a trip of its own before that trip
        ("cost", np.float64),  # what it adds to the trips, everybody else's lateness included, its own not
        ("arrive_s", np.float64),
        ("over_end_s", np.float64),  # the latest return after the shift's end; not positive if it is kept
        ("n_orders", np.int64),  # of the trip that carries it, as the next four
        ("load_kg", np.float64),
        ("capacity_l", np.float64),  # of a vehicle with so many bags that would hold the load; inf: too few bags
        ("metres", np.float64),  # the greatest of any trip of the day, as the next two
        ("wh", np.float64),
        ("wh_per_order", np.float64),
    ]
)


class Standing(NamedTuple):
    """A plan's trips, vehicle after vehicle: ``t`` trips with ``k`` stops in all."""

    first: Ints  # (v + 1,): vehicle i makes trips first[i] to first[i + 1]
    store: Ints  # (t,)
    stop: Ints  # (t + 1,): trip j makes stops stop[j] to stop[j + 1]
    orders: Ints  # (k,)


def standing_of(problem: Problem, trips: Sequence[Trip], without: str = "") -> Standing:
    """The trips of a plan as arrays, less the order ``without``; pinned trips are in the vehicles' rows already."""
    rows = {order_id: i for i, order_id in enumerate(problem.order_ids)}
    stores = {store_id: i for i, store_id in enumerate(problem.store_ids)}
    made: dict[str, list[Trip]] = {}
    for trip in trips:
        if all(stop.order_id in rows for stop in trip.stops):
            made.setdefault(trip.vehicle_id, []).append(trip)
    first, store, stop, orders = [0], [], [0], []
    for vehicle_id in problem.vehicle_ids:
        for trip in made.get(vehicle_id, ()):
            carried = [rows[each.order_id] for each in trip.stops if each.order_id != without]
            if carried:
                orders += carried
                store.append(stores[trip.store_id])
                stop.append(len(orders))
        first.append(len(store))
    return Standing(*(np.array(each, dtype=np.int64) for each in (first, store, stop, orders)))


def places_of(arrays: Arrays, standing: Standing, order: int) -> NDArray[np.void]:
    """Every place for ``order`` that breaks nobody else's hard promise, ``(m,)`` of ``PLACE``.

    Places are a trip of its own at any point of any vehicle's day, from any store that has it, and between any two
    stops of a trip from such a store. Vehicles that may not carry it are left out.
    """
    n_trips, n_stores, n_vehicles = len(standing.store), arrays.stocked.shape[1], len(arrays.vehicles)
    # One more than there can be: a place is measured before it is known to be one.
    most = len(standing.orders) + n_trips + (n_trips + n_vehicles) * n_stores + 1
    found = np.zeros(most, dtype=PLACE)
    return found[: _places(arrays, standing, order, found)]


def trips_cost(arrays: Arrays, standing: Standing, order: int = NOBODY) -> float:
    """Cost of all trips of ``standing``, the lateness of ``order`` left out."""
    total = 0.0
    scratch = np.zeros(1, dtype=PLACE)
    for v in range(len(arrays.vehicles)):
        cost = _day(arrays, standing, v, order, NOBODY, -2, 0, scratch, 0)
        total += float(cost)
    return total


@njit(cache=True)
def _bags(litres: NDArray[np.float64], carried: NDArray[np.bool_], bag_l: float) -> float:
    """How many bags of ``bag_l`` the load takes, each temperature on board at least one."""
    bags = 0.0
    for u in range(len(litres)):
        if litres[u] > 0 and bag_l <= 0:
            return np.inf
        if carried[u]:
            bags += max(1.0, np.ceil(litres[u] / bag_l - CENT)) if litres[u] > 0 else 1.0
    return bags


@njit(cache=True)
def _capacity_l(litres: NDArray[np.float64], carried: NDArray[np.bool_], bags: int, capacity_l: float) -> float:
    """The least capacity, in so many even bags, that holds the load; inf if there are too few bags for it."""
    total = litres.sum()
    if carried.sum() > bags:
        return np.inf
    if total <= capacity_l + CENT and _bags(litres, carried, capacity_l / bags) <= bags:
        return float(total)
    best = np.inf
    for u in range(len(litres)):
        for shared in range(1, min(bags, MOST_BAGS) + 1):
            # The least bag is one that a temperature's litres fill to the brim.
            if _bags(litres, carried, litres[u] / shared) <= bags:
                best = min(best, max(total, litres[u] / shared * bags))
    return best


@njit(cache=True)
def _ride(
    a: Arrays,
    s: Standing,
    v: int,
    store: int,
    here: int,
    start_s: float,
    trip: int,
    extra: int,
    at: int,
    out: NDArray[np.void],
    i: int,
) -> tuple[float, float]:
    """Make a trip, with order ``extra`` before stop ``at`` (-1 for not on it); ``trip`` -1 is a trip of its own.

    Returns:
        cost, inf if it cannot be made at all, and when the vehicle is back.
    """
    vehicle = a.vehicles[v]
    c = vehicle.kind
    begin = s.stop[trip] if trip >= 0 else 0
    n_stops = s.stop[trip + 1] - begin if trip >= 0 else 0
    n = n_stops + (1 if at >= 0 else 0)
    litres, carried = np.zeros(len(TEMPERATURES)), np.zeros(len(TEMPERATURES), dtype=np.bool_)
    load_kg, ready_s = 0.0, -np.inf
    for k in range(n):
        o = extra if k == at else s.orders[begin + (k - 1 if 0 <= at < k else k)]
        load_kg += a.orders[o].mass_kg
        litres[a.orders[o].temperature] += a.orders[o].volume_l
        carried[a.orders[o].temperature] = True
        ready_s = max(ready_s, a.orders[o].ready_s)
    if at >= 0:
        out[i].n_orders, out[i].load_kg = n, load_kg
        out[i].capacity_l = _capacity_l(litres, carried, vehicle.bags, vehicle.capacity_l)
    clock_s = max(start_s + a.legs[c, here, store, SECONDS], ready_s)
    metres, wh = a.legs[c, here, store, METRES], a.legs[c, here, store, WH]
    cost = vehicle.trip_cost + a.legs[c, here, store, COST]
    place = store
    for k in range(n):
        o = extra if k == at else s.orders[begin + (k - 1 if 0 <= at < k else k)]
        order = a.orders[o]
        clock_s = max(clock_s + a.legs[c, place, order.place, SECONDS], order.early_s)
        metres += a.legs[c, place, order.place, METRES]
        wh += a.legs[c, place, order.place, WH] + load_kg * a.legs[c, place, order.place, WH_PER_KG]
        cost += a.legs[c, place, order.place, COST] + load_kg * a.legs[c, place, order.place, COST_PER_KG]
        if o == extra:
            out[i].arrive_s = clock_s
        elif clock_s > order.latest_s:
            return np.inf, clock_s
        else:
            late_s = max(0.0, clock_s - order.promise_s)
            in_grace_s = min(late_s, a.late[GRACE_S])
            cost += order.priority * (in_grace_s * a.late[LATE_COST] + (late_s - in_grace_s) * a.late[LATE_COST_AFTER])
        load_kg -= order.mass_kg
        clock_s += a.handover_s[c, o]
        place = order.place
    clock_s += a.legs[c, place, store, SECONDS]
    metres += a.legs[c, place, store, METRES]
    wh += a.legs[c, place, store, WH]
    cost += a.legs[c, place, store, COST]
    out[i].metres, out[i].wh = max(out[i].metres, metres), max(out[i].wh, wh)
    out[i].wh_per_order = max(out[i].wh_per_order, wh / n)
    out[i].over_end_s = max(out[i].over_end_s, clock_s - vehicle.end_s)
    return (cost if np.isfinite(clock_s) else np.inf), clock_s


@njit(cache=True)
def _day(
    a: Arrays, s: Standing, v: int, extra: int, trip: int, at: int, store: int, out: NDArray[np.void], i: int
) -> float:
    """Make vehicle ``v``'s whole day with ``extra`` in its trip number ``trip`` before stop ``at``; its cost.

    ``at`` -1 is a trip of its own from ``store`` before that trip, -2 no change.
    """
    vehicle = a.vehicles[v]
    out[i].vehicle, out[i].trip, out[i].stop = v, trip, at
    out[i].metres = out[i].wh = out[i].wh_per_order = 0.0
    out[i].over_end_s = -np.inf
    here, start_s, total = vehicle.start, vehicle.free_s, 0.0
    n_trips = s.first[v + 1] - s.first[v]
    for p in range(n_trips + 1):
        if p == trip and at == -1:
            cost, back_s = _ride(a, s, v, store, here, start_s, -1, extra, 0, out, i)
            total += cost
            out[i].store = store
            here, start_s = store, back_s + vehicle.turnaround_s
        if p < n_trips:
            t = s.first[v] + p
            inside = at if p == trip and at >= 0 else -1
            if inside >= 0:
                out[i].store = s.store[t]
            cost, back_s = _ride(a, s, v, s.store[t], here, start_s, t, extra, inside, out, i)
            total += cost
            here, start_s = s.store[t], back_s + vehicle.turnaround_s
        if not np.isfinite(total):
            break
    return total


@njit(cache=True)
def _places(a: Arrays, s: Standing, o: int, out: NDArray[np.void]) -> int:
    """Fill ``out`` with the places of order ``o``; their number."""
    m = 0
    for v in range(len(a.vehicles)):
        if not a.may[o, v]:
            continue
        before = _day(a, s, v, o, NOBODY, -2, 0, out, m)
        if not np.isfinite(before):
            continue  # without a late order, its trip has no way past its door
        for p in range(s.first[v + 1] - s.first[v] + 1):
            for store in range(a.stocked.shape[1]):
                if a.stocked[o, store] and a.serves[v, store]:
                    cost = _day(a, s, v, o, p, -1, store, out, m)
                    if np.isfinite(cost):
                        out[m].cost = cost - before
                        m += 1
            t = s.first[v] + p
            if t == s.first[v + 1] or not a.stocked[o, s.store[t]]:
                continue
            for at in range(s.stop[t + 1] - s.stop[t] + 1):
                cost = _day(a, s, v, o, p, at, 0, out, m)
                if np.isfinite(cost):
                    out[m].cost = cost - before
                    m += 1
    return m
