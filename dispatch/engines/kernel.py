"""Compiled arithmetic on drafts: run a trip, time a vehicle's day, price the whole.

A plan in the making is a ``Draft``, laid out vehicle by vehicle so that a change touches one vehicle's block only.
Everything is float seconds from ``now`` and money; inf means it cannot be. Arrays are indexed down to numbers all
through: a view costs more here than the arithmetic it serves.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dispatch.engines.compiled import compiled, inlined
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
)

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Words = NDArray[np.uint64]

NOBODY = -1
CENT = 1e-9
"""Costs or loads closer than this are equal: 0.1 + 0.2 kg must fit where 0.3 do."""
N_TEMPERATURES = len(TEMPERATURES)
ARRIVE_S, ROOM_S, FREE_S = range(3)
"""Columns of ``Draft.times``, see there."""
EARLY, MIXED = range(2)
"""Places of ``Draft.rules``: whether any order has an earliest time at its door, and whether the orders are of more
than one temperature. The kernels skip what an instance does not have."""
TRIP = np.dtype(
    [
        ("n_stops", np.int64),
        ("store", np.int64),
        ("leaves_s", np.float64),
        ("again_s", np.float64),  # when the vehicle can leave again: back, plus its turnaround
        ("work_s", np.float64),  # from the start of the approach until it is back
        ("cost", np.float64),  # the approach included
        ("load_kg", np.float64),
        ("load_l", np.float64),
        ("metres", np.float64),  # the approach included
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
    """(v, p, k + 1, 3): for each stop, and last for the way home, ARRIVE_S when its handover begins, ROOM_S by how much
    later the vehicle may come there before a limit breaks, FREE_S before anyone is served later than now and than
    promised (< 0: late). Waiting at a door counts as room."""
    rules: NDArray[np.bool_]  # (2,): EARLY, MIXED


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
        rules=np.array(
            [np.isfinite(arrays.orders["early_s"]).any(), len(np.unique(arrays.orders["temperature"])) > 1],
            dtype=np.bool_,
        ),
    )


@inlined
def uniform(rng: Words) -> float:
    """The next number in [0, 1) of the xorshift64* generator whose state is ``rng[0]``, never 0 (Vigna 2016)."""
    x = rng[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    rng[0] = x
    return float((x * np.uint64(2685821657736338717)) >> np.uint64(11)) * 2.0**-53


@compiled
def bags_suffice(a: Arrays, d: Draft, v: int, p: int, n_stops: int, extra: int) -> bool:
    """Whether vehicle ``v``'s bags hold the first stops of trip ``p`` and ``extra`` (NOBODY for none).

    Each temperature takes as many bags as its litres fill, and at least one.
    """
    vehicle = a.vehicles[v]
    bag_l = vehicle.capacity_l / vehicle.bags if vehicle.bags > 0 else 0.0
    bags = 0
    for temperature in range(N_TEMPERATURES):
        filled, load_l = 0, 0.0
        for i in range(n_stops + 1):
            o = d.stops[v, p, i] if i < n_stops else extra
            if o != NOBODY and a.orders[o].temperature == temperature:
                filled = 1
                load_l += a.orders[o].volume_l
        while filled > 0 and bags + filled <= vehicle.bags and filled * bag_l + CENT < load_l:
            filled += 1
        bags += filled
    return bool(bags <= vehicle.bags)


@compiled
def run_trip(
    a: Arrays, d: Draft, v: int, p: int, n_stops: int, store: int, origin: int, start_s: float, extra: int, at: int
) -> tuple[float, float, float]:
    """Make the first stops of vehicle ``v``'s trip ``p`` from ``store``, with ``extra`` before stop ``at``.

    The vehicle can leave the store ``origin`` from ``start_s`` on. ``at`` is -1 for no extra order. Whether the vehicle
    may carry the orders, and the store fill them, is for the caller to know.

    Returns:
        cost, the second it leaves, the second the vehicle can leave again; cost is inf if the trip breaks a limit.
    """
    vehicle = a.vehicles[v]
    c = vehicle.kind
    leaves_s = start_s
    cost = vehicle.trip_cost
    metres = wh = load_kg = load_l = 0.0
    if origin != store:
        leaves_s += a.legs[c, origin, store, SECONDS]
        metres = a.legs[c, origin, store, METRES]
        cost += a.legs[c, origin, store, COST]
        wh = a.legs[c, origin, store, WH]
    n = n_stops + (1 if at >= 0 else 0)
    for i in range(n):
        o = extra if i == at else d.stops[v, p, i - 1 if 0 <= at < i else i]
        leaves_s = max(leaves_s, a.orders[o].ready_s)
        load_kg += a.orders[o].mass_kg
        load_l += a.orders[o].volume_l
    if n > vehicle.capacity_orders or load_kg > vehicle.capacity_kg + CENT or load_l > vehicle.capacity_l + CENT:
        return np.inf, leaves_s, np.inf
    if vehicle.bags < 1 or (d.rules[MIXED] and not bags_suffice(a, d, v, p, n_stops, extra)):
        return np.inf, leaves_s, np.inf
    clock_s = leaves_s
    here = store
    for i in range(n):
        o = extra if i == at else d.stops[v, p, i - 1 if 0 <= at < i else i]
        order = a.orders[o]
        there = order.place
        clock_s = max(clock_s + a.legs[c, here, there, SECONDS], order.early_s)
        if clock_s > order.latest_s or clock_s == np.inf:
            return np.inf, leaves_s, np.inf
        metres += a.legs[c, here, there, METRES]
        cost += a.legs[c, here, there, COST] + load_kg * a.legs[c, here, there, COST_PER_KG]
        wh += a.legs[c, here, there, WH] + load_kg * a.legs[c, here, there, WH_PER_KG]
        late_s = clock_s - order.promise_s
        if late_s > 0:
            in_grace_s = min(late_s, a.late[GRACE_S])
            cost += order.priority * (in_grace_s * a.late[LATE_COST] + (late_s - in_grace_s) * a.late[LATE_COST_AFTER])
        load_kg -= order.mass_kg
        clock_s += a.handover_s[c, o]
        here = there
    clock_s += a.legs[c, here, store, SECONDS]
    metres += a.legs[c, here, store, METRES]
    cost += a.legs[c, here, store, COST]
    wh += a.legs[c, here, store, WH]
    if clock_s > vehicle.end_s or metres > vehicle.range_m + CENT:
        return np.inf, leaves_s, np.inf
    if wh > vehicle.battery_wh + CENT or wh > vehicle.wh_per_order * n + CENT:
        return np.inf, leaves_s, np.inf
    return cost, leaves_s, clock_s + vehicle.turnaround_s


@inlined
def approach_s(a: Arrays, v: int, origin: int, store: int) -> float:
    """Seconds that vehicle ``v`` takes from one store to the next: none if it stays, whatever the matrix says."""
    return 0.0 if origin == store else float(a.legs[a.vehicles[v].kind, origin, store, SECONDS])


@inlined
def before(a: Arrays, d: Draft, v: int, p: int) -> tuple[int, float]:
    """Where vehicle ``v`` is before its trip ``p``, and from when on."""
    if p == 0:
        return a.vehicles[v].start, a.vehicles[v].free_s
    return d.trips[v, p - 1].store, d.trips[v, p - 1].again_s


@compiled
def delay_cost(a: Arrays, d: Draft, v: int, first: int, origin: int, start_s: float, limit: float) -> float:
    """What it adds to begin vehicle ``v``'s trips from ``first`` on at the store ``origin`` at ``start_s`` instead.

    inf if one breaks a limit; gives up above ``limit``.
    """
    extra = 0.0
    usual = a.vehicles[v].start if first == 0 else d.trips[v, first - 1].store
    for p in range(first, d.n_trips[v]):
        trip = d.trips[v, p]
        if p > first or origin == usual:  # the way to the store is as it was: does the delay matter?
            there_s = start_s
            if origin != trip.store:
                there_s += a.legs[a.vehicles[v].kind, origin, trip.store, SECONDS]
            if there_s <= trip.leaves_s + max(0.0, d.times[v, p, 0, FREE_S]):
                break
            if there_s > trip.leaves_s + d.times[v, p, 0, ROOM_S]:
                return np.inf
            if extra >= limit:
                break
        cost, _, start_s = run_trip(a, d, v, p, trip.n_stops, trip.store, origin, start_s, NOBODY, -1)
        if cost == np.inf:
            return np.inf
        extra += cost - trip.cost
        origin = trip.store
    return extra


@compiled
def retime(a: Arrays, d: Draft, v: int) -> float:
    """Bring all that follows from a vehicle's stops up to date; its trips' cost, inf if one breaks a limit."""
    vehicle = a.vehicles[v]
    c = vehicle.kind
    origin, start_s = vehicle.start, vehicle.free_s
    total = 0.0
    for p in range(d.n_trips[v]):
        n_stops, store = d.trips[v, p].n_stops, d.trips[v, p].store
        way_s = approach_s(a, v, origin, store)
        cost, leaves_s, start_s = run_trip(a, d, v, p, n_stops, store, origin, start_s, NOBODY, -1)
        total += cost
        clock_s = leaves_s
        load_kg = load_l = 0.0
        metres = 0.0 if origin == store else a.legs[c, origin, store, METRES]
        here = store
        for i in range(n_stops):
            o = d.stops[v, p, i]
            there = a.orders[o].place
            metres += a.legs[c, here, there, METRES]
            clock_s = max(clock_s + a.legs[c, here, there, SECONDS], a.orders[o].early_s)
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
        d.trips[v, p].work_s = way_s + start_s - vehicle.turnaround_s - leaves_s
        d.trips[v, p].load_kg = load_kg
        d.trips[v, p].load_l = load_l
        d.trips[v, p].metres = metres + a.legs[c, here, store, METRES]
        origin = store
    if total < np.inf:
        _slacken(a, d, v)
    return total


@inlined
def _slacken(a: Arrays, d: Draft, v: int) -> None:
    """Find the room and the free room of every stop of a vehicle, from its last trip home to its first stop."""
    vehicle = a.vehicles[v]
    c = vehicle.kind
    room_s = free_s = np.inf
    for p in range(d.n_trips[v] - 1, -1, -1):
        n_stops, again_s = d.trips[v, p].n_stops, d.trips[v, p].again_s
        if p + 1 < d.n_trips[v]:
            idle_s = d.trips[v, p + 1].leaves_s - again_s
            idle_s -= approach_s(a, v, d.trips[v, p].store, d.trips[v, p + 1].store)
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
            if arrive_s == a.orders[o].early_s:
                here, leave_s = d.trips[v, p].store, d.trips[v, p].leaves_s
                if i > 0:
                    last = d.stops[v, p, i - 1]
                    here, leave_s = a.orders[last].place, d.times[v, p, i - 1, ARRIVE_S] + a.handover_s[c, last]
                wait_s = arrive_s - (leave_s + a.legs[c, here, a.orders[o].place, SECONDS])
                if wait_s > 0:
                    room_s += wait_s
                    free_s = wait_s + max(0.0, free_s)
            d.times[v, p, i, ROOM_S], d.times[v, p, i, FREE_S] = room_s, free_s


@compiled
def put(a: Arrays, d: Draft, o: int, v: int, p: int, at: int, store: int) -> float:
    """Put order ``o`` before stop ``at`` of a trip, or, with -1, into a new trip at ``p`` from ``store``.

    Returns as ``retime``.
    """
    if at < 0:
        for q in range(d.n_trips[v], p, -1):
            d.trips[v, q].n_stops = d.trips[v, q - 1].n_stops
            d.trips[v, q].store = d.trips[v, q - 1].store
            for i in range(d.trips[v, q].n_stops):
                d.stops[v, q, i] = d.stops[v, q - 1, i]
        d.n_trips[v] += 1
        d.trips[v, p].n_stops = 0
        d.trips[v, p].store = store
        at = 0
    for i in range(d.trips[v, p].n_stops, at, -1):
        d.stops[v, p, i] = d.stops[v, p, i - 1]
    d.stops[v, p, at] = o
    d.trips[v, p].n_stops += 1
    return float(retime(a, d, v))


@compiled
def spread_s(a: Arrays, d: Draft) -> float:
    """Seconds between the rider with most work and the one with least; 0 without riders."""
    most, least = -np.inf, np.inf
    for v in range(len(a.vehicles)):
        if not a.vehicles[v].rides:
            continue
        work_s = a.vehicles[v].work_s
        for p in range(d.n_trips[v]):
            work_s += d.trips[v, p].work_s
        most, least = max(most, work_s), min(least, work_s)
    return max(0.0, most - least)


@compiled
def total_cost(a: Arrays, d: Draft) -> float:
    """Cost of every trip, of every order left out and of the spread of the riders' work."""
    total = 0.0
    for o in range(len(d.seats)):
        if d.seats[o].vehicle < 0:
            total += a.orders[o].unserved_cost
    for v in range(len(d.n_trips)):
        for p in range(d.n_trips[v]):
            total += d.trips[v, p].cost
    if a.spread_cost > 0:
        total += a.spread_cost * spread_s(a, d)
    return total
