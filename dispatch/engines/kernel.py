"""Compiled arithmetic on trips: run one, and insert an order where it costs least.

A plan in the making is a ``Draft``, laid out vehicle by vehicle so that a change touches one vehicle's block only.
Everything is float seconds from ``now`` and money; inf means it cannot be. Arrays are indexed down to numbers all
through: a view costs more here than the arithmetic it serves.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from dispatch.problem import COST, COST_PER_KG, GRACE_S, LATE_COST, LATE_COST_AFTER, METRES, SECONDS, Arrays

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Words = NDArray[np.uint64]

NOBODY = -1
CENT = 1e-9
"""Costs or loads closer than this are equal: 0.1 + 0.2 kg must fit where 0.3 do."""
ARRIVE_S, ROOM_S, FREE_S = range(3)
"""Columns of ``Draft.times``, see there."""
TRIP = np.dtype(
    [
        ("n_stops", np.int64),
        ("leaves_s", np.float64),
        ("again_s", np.float64),  # when the vehicle can leave again: back, plus its turnaround
        ("cost", np.float64),
        ("load_kg", np.float64),
        ("load_l", np.float64),
        ("metres", np.float64),
    ]
)
SEAT = np.dtype([("vehicle", np.int64), ("trip", np.int64), ("stop", np.int64)])


class Draft(NamedTuple):
    """A plan in the making: ``v`` vehicles, each with up to ``p`` trips of up to ``k`` orders, for ``n`` orders."""

    stops: Ints  # (v, p, k) orders in the sequence of the stops
    trips: NDArray[np.void]  # (v, p) of TRIP
    n_trips: Ints  # (v,)
    seats: NDArray[np.void]  # (n,) of SEAT: where an order is carried; its vehicle is NOBODY if it is not
    times: Floats
    """(v, p, k + 1, 3): for each stop, and last for the way home, ARRIVE_S when it is reached, ROOM_S by how much it
    and everything after it can move before a limit breaks, FREE_S before anyone is later than promised (< 0: late)."""


def empty_draft(arrays: Arrays) -> Draft:
    """A draft with no trip."""
    n, v = len(arrays.orders), len(arrays.vehicles)
    k = min(n, int(arrays.vehicles["capacity_orders"].max(initial=0)))
    # Room for every vehicle to make four times its share of one-order trips; what does not fit stays unserved.
    p = min(n, 4 * -(-n // max(v, 1)) + 16)
    seats = np.zeros(n, dtype=SEAT)
    seats["vehicle"] = NOBODY
    return Draft(
        stops=np.zeros((v, p, k), dtype=np.int64),
        trips=np.zeros((v, p), dtype=TRIP),
        n_trips=np.zeros(v, dtype=np.int64),
        seats=seats,
        times=np.zeros((v, p, k + 1, 3)),
    )


@njit(cache=True)
def uniform(rng: Words) -> float:
    """The next number in [0, 1) of the xorshift64* generator whose state is ``rng[0]``, never 0 (Vigna 2016)."""
    x = rng[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    rng[0] = x
    return float((x * np.uint64(2685821657736338717)) >> np.uint64(11)) * 2.0**-53


@njit(cache=True)
def run_trip(
    a: Arrays, d: Draft, v: int, p: int, n_stops: int, start_s: float, extra: int, at: int
) -> tuple[float, float, float]:
    """Make the first stops of vehicle ``v``'s trip ``p`` from ``start_s`` on, with ``extra`` before stop ``at``.

    ``at`` is -1 for no extra order.

    Returns:
        cost, the second it leaves, the second the vehicle can leave again; cost is inf if the trip breaks a limit.
    """
    vehicle = a.vehicles[v]
    c, home = vehicle.kind, vehicle.store
    leaves_s = start_s
    load_kg = load_l = 0.0
    n = n_stops + (1 if at >= 0 else 0)
    for i in range(n):
        o = extra if i == at else d.stops[v, p, i - 1 if 0 <= at < i else i]
        leaves_s = max(leaves_s, a.orders[o].ready_s)
        load_kg += a.orders[o].mass_kg
        load_l += a.orders[o].volume_l
    if n > vehicle.capacity_orders or load_kg > vehicle.capacity_kg + CENT or load_l > vehicle.capacity_l + CENT:
        return np.inf, leaves_s, np.inf
    clock_s = leaves_s
    cost = vehicle.trip_cost
    metres = 0.0
    here = home
    for i in range(n):
        o = extra if i == at else d.stops[v, p, i - 1 if 0 <= at < i else i]
        order = a.orders[o]
        there = order.place
        clock_s += a.legs[c, here, there, SECONDS]
        if clock_s > order.latest_s:
            return np.inf, leaves_s, np.inf
        metres += a.legs[c, here, there, METRES]
        cost += a.legs[c, here, there, COST] + load_kg * a.legs[c, here, there, COST_PER_KG]
        late_s = clock_s - order.promise_s
        if late_s > 0:
            in_grace_s = min(late_s, a.late[GRACE_S])
            cost += in_grace_s * a.late[LATE_COST] + (late_s - in_grace_s) * a.late[LATE_COST_AFTER]
        load_kg -= order.mass_kg
        clock_s += a.handover_s[c, o]
        here = there
    clock_s += a.legs[c, here, home, SECONDS]
    metres += a.legs[c, here, home, METRES]
    cost += a.legs[c, here, home, COST]
    if clock_s > vehicle.end_s or metres > vehicle.range_m + CENT:
        return np.inf, leaves_s, np.inf
    return cost, leaves_s, clock_s + vehicle.turnaround_s


@njit(cache=True)
def _delay_cost(a: Arrays, d: Draft, v: int, first: int, start_s: float, limit: float) -> float:
    """What making vehicle ``v``'s trips from ``first`` on from ``start_s`` instead adds; gives up above ``limit``."""
    extra = 0.0
    for p in range(first, d.n_trips[v]):
        leaves_s = d.trips[v, p].leaves_s
        if start_s <= leaves_s + max(0.0, d.times[v, p, 0, FREE_S]):
            break
        if start_s > leaves_s + d.times[v, p, 0, ROOM_S]:
            return np.inf
        if extra >= limit:
            break
        cost, _, start_s = run_trip(a, d, v, p, d.trips[v, p].n_stops, start_s, NOBODY, -1)
        extra += cost - d.trips[v, p].cost
    return extra


@njit(cache=True)
def retime(a: Arrays, d: Draft, v: int) -> float:
    """Bring all that follows from a vehicle's stops up to date; its trips' cost, inf if one breaks a limit."""
    vehicle = a.vehicles[v]
    c, home = vehicle.kind, vehicle.store
    start_s = vehicle.free_s
    total = 0.0
    for p in range(d.n_trips[v]):
        n_stops = d.trips[v, p].n_stops
        cost, leaves_s, start_s = run_trip(a, d, v, p, n_stops, start_s, NOBODY, -1)
        total += cost
        clock_s = leaves_s
        load_kg = load_l = metres = 0.0
        here = home
        for i in range(n_stops):
            o = d.stops[v, p, i]
            there = a.orders[o].place
            metres += a.legs[c, here, there, METRES]
            clock_s += a.legs[c, here, there, SECONDS]
            load_kg += a.orders[o].mass_kg
            load_l += a.orders[o].volume_l
            d.times[v, p, i, ARRIVE_S] = clock_s
            d.seats[o].vehicle = v
            d.seats[o].trip = p
            d.seats[o].stop = i
            clock_s += a.handover_s[c, o]
            here = there
        d.trips[v, p].cost = cost
        d.trips[v, p].leaves_s = leaves_s
        d.trips[v, p].again_s = start_s
        d.trips[v, p].load_kg = load_kg
        d.trips[v, p].load_l = load_l
        d.trips[v, p].metres = metres + a.legs[c, here, home, METRES]
    room_s = free_s = np.inf
    for p in range(d.n_trips[v] - 1, -1, -1):
        n_stops, again_s = d.trips[v, p].n_stops, d.trips[v, p].again_s
        if p + 1 < d.n_trips[v]:
            idle_s = d.trips[v, p + 1].leaves_s - again_s
            room_s = idle_s + room_s
            free_s = idle_s + max(0.0, free_s)
        room_s = min(room_s, vehicle.end_s - (again_s - vehicle.turnaround_s))
        free_s = min(free_s, room_s)
        d.times[v, p, n_stops, ROOM_S], d.times[v, p, n_stops, FREE_S] = room_s, free_s
        for i in range(n_stops - 1, -1, -1):
            o = d.stops[v, p, i]
            arrive_s = d.times[v, p, i, ARRIVE_S]
            room_s = min(room_s, a.orders[o].latest_s - arrive_s)
            free_s = min(free_s, room_s, a.orders[o].promise_s - arrive_s)
            d.times[v, p, i, ROOM_S], d.times[v, p, i, FREE_S] = room_s, free_s
    return total


@njit(cache=True)
def put(a: Arrays, d: Draft, o: int, v: int, p: int, at: int) -> float:
    """Put order ``o`` before stop ``at`` of a trip, or, with -1, into a new trip at ``p``; returns as ``retime``."""
    if at < 0:
        for q in range(d.n_trips[v], p, -1):
            d.trips[v, q].n_stops = d.trips[v, q - 1].n_stops
            for i in range(d.trips[v, q].n_stops):
                d.stops[v, q, i] = d.stops[v, q - 1, i]
        d.n_trips[v] += 1
        d.trips[v, p].n_stops = 0
        at = 0
    for i in range(d.trips[v, p].n_stops, at, -1):
        d.stops[v, p, i] = d.stops[v, p, i - 1]
    d.stops[v, p, at] = o
    d.trips[v, p].n_stops += 1
    return float(retime(a, d, v))


@njit(cache=True)
def _added(a: Arrays, d: Draft, o: int, v: int, p: int, at: int, best: float) -> float:
    """What putting order ``o`` before stop ``at`` of a trip adds; inf, or any cost above, if no less than ``best``.

    Where nobody gets late by it, the carbon of carrying the order past the stops before its own is left out.
    """
    order, vehicle, trip = a.orders[o], a.vehicles[v], d.trips[v, p]
    c, here = vehicle.kind, order.place
    before = vehicle.store if at == 0 else a.orders[d.stops[v, p, at - 1]].place
    after = vehicle.store if at == trip.n_stops else a.orders[d.stops[v, p, at]].place
    cost = a.legs[c, before, here, COST] + a.legs[c, here, after, COST] - a.legs[c, before, after, COST]
    if cost >= best:
        return np.inf
    metres = a.legs[c, before, here, METRES] + a.legs[c, here, after, METRES] - a.legs[c, before, after, METRES]
    if trip.metres + metres > vehicle.range_m + CENT:
        return np.inf
    wait_s = max(0.0, order.ready_s - trip.leaves_s)
    leave_s = trip.leaves_s + wait_s
    if at > 0:
        leave_s = d.times[v, p, at - 1, ARRIVE_S] + a.handover_s[c, d.stops[v, p, at - 1]] + wait_s
    arrive_s = leave_s + a.legs[c, before, here, SECONDS]
    moved_s = wait_s + a.legs[c, before, here, SECONDS] + a.handover_s[c, o]
    moved_s += a.legs[c, here, after, SECONDS] - a.legs[c, before, after, SECONDS]
    if arrive_s > order.latest_s or moved_s > d.times[v, p, at, ROOM_S]:
        return np.inf
    if arrive_s <= order.promise_s and moved_s <= d.times[v, p, at if wait_s == 0 else 0, FREE_S]:
        return float(cost + order.mass_kg * a.legs[c, before, here, COST_PER_KG])
    start_s = vehicle.free_s if p == 0 else d.trips[v, p - 1].again_s
    cost, _, again_s = run_trip(a, d, v, p, trip.n_stops, start_s, o, at)
    cost -= trip.cost
    if cost < best:
        cost += _delay_cost(a, d, v, p + 1, again_s, best - cost)
    return float(cost)


@njit(cache=True)
def _added_trip(a: Arrays, d: Draft, o: int, v: int, p: int, best: float) -> float:
    """What a new trip with order ``o`` alone, before the vehicle's trip ``p``, adds; inf if no less than ``best``."""
    order, vehicle = a.orders[o], a.vehicles[v]
    start_s = vehicle.free_s if p == 0 else d.trips[v, p - 1].again_s
    arrive_s = max(start_s, order.ready_s) + a.legs[vehicle.kind, vehicle.store, order.place, SECONDS]
    if arrive_s > order.latest_s:
        return np.inf
    if p < d.n_trips[v]:
        back_s = arrive_s + a.handover_s[vehicle.kind, o] + a.legs[vehicle.kind, order.place, vehicle.store, SECONDS]
        if back_s + vehicle.turnaround_s > d.trips[v, p].leaves_s + d.times[v, p, 0, ROOM_S]:
            return np.inf
    cost, _, again_s = run_trip(a, d, v, p, 0, start_s, o, 0)
    if cost < best:
        cost += _delay_cost(a, d, v, p, again_s, best - cost)
    return float(cost)


@njit(cache=True)
def _beside(a: Arrays, d: Draft, o: int, neighbours: Ints, blink: float, rng: Words) -> tuple[float, int, int, int]:
    """The cheapest place for order ``o`` beside one of its neighbours: cost, vehicle, trip, stop."""
    best = a.orders[o].unserved_cost + 2 * CENT  # on a tie the order is served
    best_v, best_p, best_at = NOBODY, 0, -1
    for i in range(neighbours.shape[1]):
        near = neighbours[o, i]
        v = d.seats[near].vehicle
        if v < 0 or a.vehicles[v].store != a.orders[o].store:
            continue
        p = d.seats[near].trip
        vehicle, trip = a.vehicles[v], d.trips[v, p]
        if (
            trip.n_stops >= vehicle.capacity_orders
            or trip.load_kg + a.orders[o].mass_kg > vehicle.capacity_kg + CENT
            or trip.load_l + a.orders[o].volume_l > vehicle.capacity_l + CENT
        ):
            continue
        for at in range(d.seats[near].stop, d.seats[near].stop + 2):
            if blink > 0 and uniform(rng) < blink:
                continue
            cost = _added(a, d, o, v, p, at, best)
            if cost < best:
                best, best_v, best_p, best_at = cost, v, p, at
    return best, best_v, best_p, best_at


@njit(cache=True)
def cheapest(
    a: Arrays, d: Draft, o: int, neighbours: Ints, twins: Ints, blink: float, rng: Words
) -> tuple[int, int, int]:
    """Where order ``o`` adds least cost: vehicle, trip and stop as ``put`` takes them; NOBODY if nowhere pays.

    Tried are the places beside each of the order's ``neighbours``, ``(n, m)``, and a new trip at any point of any
    vehicle's day; each is overlooked with probability ``blink`` (Christiaens and Vanden Berghe 2020). Of identical
    idle vehicles (``twins[v]`` names the one before ``v``, or NOBODY) only the first is tried.
    """
    best, best_v, best_p, best_at = _beside(a, d, o, neighbours, blink, rng)
    store, here = a.orders[o].store, a.orders[o].place
    for v in range(len(a.vehicles)):
        vehicle = a.vehicles[v]
        if vehicle.store != store or vehicle.capacity_orders == 0 or d.n_trips[v] >= d.trips.shape[1]:
            continue
        if d.n_trips[v] == 0 and twins[v] >= 0 and d.n_trips[twins[v]] == 0:
            continue
        # What the trip costs on time and in nobody's way: once such a place is found, no vehicle as dear needs a look.
        alone = vehicle.trip_cost + a.legs[vehicle.kind, store, here, COST] + a.legs[vehicle.kind, here, store, COST]
        alone += a.orders[o].mass_kg * a.legs[vehicle.kind, store, here, COST_PER_KG]
        if alone >= best - CENT:
            continue
        for p in range(d.n_trips[v] + 1):
            if blink > 0 and uniform(rng) < blink:
                continue
            cost = _added_trip(a, d, o, v, p, best)
            if cost < best:
                best, best_v, best_p, best_at = cost, v, p, -1
                if alone >= best - CENT:
                    break
    return best_v, best_p, best_at


@njit(cache=True)
def insert_all(a: Arrays, d: Draft, sequence: Ints, neighbours: Ints, twins: Ints) -> float:
    """Insert the orders of ``sequence`` in turn, then those left out once more; returns the cost of the draft."""
    rng = np.ones(1, dtype=np.uint64)
    for _ in range(2):
        for o in sequence:
            if d.seats[o].vehicle < 0:
                v, p, at = cheapest(a, d, o, neighbours, twins, 0.0, rng)
                if v >= 0:
                    put(a, d, o, v, p, at)
    return float(total_cost(a, d))


@njit(cache=True)
def total_cost(a: Arrays, d: Draft) -> float:
    """Cost of every trip and of every order left out."""
    total = 0.0
    for o in range(len(d.seats)):
        if d.seats[o].vehicle < 0:
            total += a.orders[o].unserved_cost
    for v in range(len(d.n_trips)):
        for p in range(d.n_trips[v]):
            total += d.trips[v, p].cost
    return total
