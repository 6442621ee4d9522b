"""Compiled arithmetic on trips: run one, and insert an order where it costs least.

A plan in the making is a ``Draft``, laid out vehicle by vehicle so that a change touches, saves and restores one
vehicle's block only. Everything is float seconds from ``now`` and money; inf means it cannot be.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from dispatch.problem import Arrays

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Words = NDArray[np.uint64]

NOBODY = -1


class Draft(NamedTuple):
    """A plan in the making: ``v`` vehicles, each with up to ``p`` trips of up to ``k`` orders, for ``n`` orders."""

    stops: Ints  # (v, p, k) orders in the sequence of the stops
    n_stops: Ints  # (v, p)
    leaves_s: Floats  # (v, p)
    again_s: Floats  # (v, p) when the vehicle can leave again: back, plus its turnaround
    cost: Floats  # (v, p)
    n_trips: Ints  # (v,)
    vehicle: Ints  # (n,) who carries the order, or NOBODY


def empty_draft(arrays: Arrays) -> Draft:
    """A draft with no trip."""
    n, v = len(arrays.ready_s), len(arrays.free_s)
    most_stops = min(n, int(arrays.capacity_orders.max(initial=0)))
    # Room for every vehicle to make four times its share of one-order trips; what does not fit stays unserved.
    most_trips = min(n, 4 * -(-n // max(v, 1)) + 16)
    shape = (v, most_trips)
    return Draft(
        stops=np.zeros((*shape, most_stops), dtype=np.int64),
        n_stops=np.zeros(shape, dtype=np.int64),
        leaves_s=np.zeros(shape),
        again_s=np.zeros(shape),
        cost=np.zeros(shape),
        n_trips=np.zeros(v, dtype=np.int64),
        vehicle=np.full(n, NOBODY, dtype=np.int64),
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
    a: Arrays, vehicle: int, stops: Ints, n_stops: int, start_s: float, extra: int, position: int
) -> tuple[float, float, float]:
    """Make one trip as early as possible from ``start_s``, with ``extra`` before stop ``position`` unless that is -1.

    Returns:
        cost, the second it leaves, the second the vehicle can leave again; cost is inf if the trip breaks a limit.
    """
    c = a.vehicle_class[vehicle]
    home = a.vehicle_store[vehicle]
    leaves_s = start_s
    load_kg = 0.0
    load_l = 0.0
    if position >= 0:
        leaves_s = max(leaves_s, a.ready_s[extra])
        load_kg += a.mass_kg[extra]
        load_l += a.volume_l[extra]
    for i in range(n_stops):
        order = stops[i]
        leaves_s = max(leaves_s, a.ready_s[order])
        load_kg += a.mass_kg[order]
        load_l += a.volume_l[order]
    n = n_stops + (1 if position >= 0 else 0)
    # A hair of tolerance, since sums of kilograms are not exact: 0.1 + 0.2 kg must fit where 0.3 do.
    if (
        n > a.capacity_orders[vehicle]
        or load_kg > a.capacity_kg[vehicle] + 1e-9
        or load_l > a.capacity_l[vehicle] + 1e-9
    ):
        return np.inf, leaves_s, np.inf
    clock_s = leaves_s
    cost = a.trip_cost[vehicle]
    metres = 0.0
    place = home
    for i in range(n):
        order = extra if i == position else stops[i - 1 if 0 <= position < i else i]
        there = a.place_of_order[order]
        clock_s += a.seconds[c, place, there]
        if clock_s > a.latest_s[order]:
            return np.inf, leaves_s, np.inf
        metres += a.metres[c, place, there]
        cost += a.leg_cost[c, place, there] + load_kg * a.leg_cost_per_kg[c, place, there]
        late_s = clock_s - a.promise_s[order]
        if late_s > 0:
            in_grace_s = min(late_s, a.late_grace_s)
            cost += in_grace_s * a.late_cost_per_s + (late_s - in_grace_s) * a.late_cost_per_s_after
        load_kg -= a.mass_kg[order]
        clock_s += a.handover_s[c, order]
        place = there
    clock_s += a.seconds[c, place, home]
    metres += a.metres[c, place, home]
    cost += a.leg_cost[c, place, home]
    if clock_s > a.end_s[vehicle] or metres > a.range_m[vehicle] + 1e-6:
        return np.inf, leaves_s, np.inf
    return cost, leaves_s, clock_s + a.turnaround_s[vehicle]


@njit(cache=True)
def _delay_cost(a: Arrays, d: Draft, vehicle: int, position: int, start_s: float, limit: float) -> float:
    """What making the trips from ``position`` on from ``start_s`` instead adds; gives up above ``limit``."""
    extra = 0.0
    for p in range(position, d.n_trips[vehicle]):
        if start_s <= d.leaves_s[vehicle, p] or extra >= limit:
            break
        cost, _, start_s = run_trip(a, vehicle, d.stops[vehicle, p], d.n_stops[vehicle, p], start_s, NOBODY, -1)
        extra += cost - d.cost[vehicle, p]
    return extra


@njit(cache=True)
def retime(a: Arrays, d: Draft, vehicle: int) -> float:
    """Bring the times and costs of a vehicle's trips up to date; their cost together, inf if a trip breaks a limit."""
    start_s = a.free_s[vehicle]
    total = 0.0
    for p in range(d.n_trips[vehicle]):
        cost, leaves_s, start_s = run_trip(a, vehicle, d.stops[vehicle, p], d.n_stops[vehicle, p], start_s, NOBODY, -1)
        d.cost[vehicle, p], d.leaves_s[vehicle, p], d.again_s[vehicle, p] = cost, leaves_s, start_s
        total += cost
    return total


@njit(cache=True)
def put(a: Arrays, d: Draft, order: int, vehicle: int, trip: int, position: int) -> None:
    """Put ``order`` before stop ``position`` of a trip, or, with ``position`` -1, into a new trip at ``trip``."""
    if position < 0:
        for p in range(d.n_trips[vehicle], trip, -1):
            d.stops[vehicle, p] = d.stops[vehicle, p - 1]
            d.n_stops[vehicle, p] = d.n_stops[vehicle, p - 1]
        d.n_trips[vehicle] += 1
        d.n_stops[vehicle, trip] = 0
        position = 0
    for i in range(d.n_stops[vehicle, trip], position, -1):
        d.stops[vehicle, trip, i] = d.stops[vehicle, trip, i - 1]
    d.stops[vehicle, trip, position] = order
    d.n_stops[vehicle, trip] += 1
    d.vehicle[order] = vehicle
    retime(a, d, vehicle)


@njit(cache=True)
def cheapest(a: Arrays, d: Draft, order: int, twins: Ints, blink: float, rng: Words) -> tuple[int, int, int]:
    """Where ``order`` adds least cost: vehicle, trip and position as ``put`` takes them.

    The vehicle is NOBODY if leaving the order out is cheaper.
    Each place is overlooked with probability ``blink`` (Christiaens and Vanden Berghe 2020). A place whose legs alone
    cost more than the best found is not timed. Of identical idle vehicles (``twins[v]`` names the one before ``v``,
    or NOBODY) only the first is tried.
    """
    best = a.unserved_cost[order]
    best_vehicle, best_trip, best_position = NOBODY, 0, -1
    here = a.place_of_order[order]
    most_trips = d.n_stops.shape[1]
    for vehicle in range(len(a.free_s)):
        home = a.vehicle_store[vehicle]
        capacity = a.capacity_orders[vehicle]
        n_trips = d.n_trips[vehicle]
        if home != a.store_of_order[order] or capacity == 0:
            continue
        if n_trips == 0 and twins[vehicle] >= 0 and d.n_trips[twins[vehicle]] == 0:
            continue
        leg_cost = a.leg_cost[a.vehicle_class[vehicle]]
        out, back = leg_cost[home, here], leg_cost[here, home]
        alone = a.trip_cost[vehicle] + out + back
        start_s = a.free_s[vehicle]
        for trip in range(n_trips + 1):
            if alone < best and n_trips < most_trips and (blink == 0 or uniform(rng) >= blink):
                cost, _, again_s = run_trip(a, vehicle, d.stops[vehicle, 0], 0, start_s, order, 0)
                if cost < best:
                    cost += _delay_cost(a, d, vehicle, trip, again_s, best - cost)
                    if cost < best:
                        best, best_vehicle, best_trip, best_position = cost, vehicle, trip, -1
            if trip == n_trips:
                break
            stops, n_stops = d.stops[vehicle, trip], d.n_stops[vehicle, trip]
            if n_stops < capacity:
                before = home
                to_here = out
                for position in range(n_stops + 1):
                    after = a.place_of_order[stops[position]] if position < n_stops else home
                    legs = to_here + leg_cost[here, after] - leg_cost[before, after]
                    before = after
                    to_here = leg_cost[before, here]
                    if legs >= best or (blink > 0 and uniform(rng) < blink):
                        continue
                    cost, _, again_s = run_trip(a, vehicle, stops, n_stops, start_s, order, position)
                    cost -= d.cost[vehicle, trip]
                    if cost < best:
                        cost += _delay_cost(a, d, vehicle, trip + 1, again_s, best - cost)
                        if cost < best:
                            best, best_vehicle, best_trip, best_position = cost, vehicle, trip, position
            start_s = d.again_s[vehicle, trip]
    return best_vehicle, best_trip, best_position


@njit(cache=True)
def insert_all(a: Arrays, d: Draft, sequence: Ints, twins: Ints) -> float:
    """Insert the orders of ``sequence`` in turn, then those left out once more; returns the cost of the draft."""
    rng = np.ones(1, dtype=np.uint64)
    for _ in range(2):
        for order in sequence:
            if d.vehicle[order] == NOBODY:
                vehicle, trip, position = cheapest(a, d, order, twins, 0.0, rng)
                if vehicle >= 0:
                    put(a, d, order, vehicle, trip, position)
    return total_cost(a, d)


@njit(cache=True)
def total_cost(a: Arrays, d: Draft) -> float:
    """Cost of every trip and of every order left out."""
    total = 0.0
    for order in range(len(d.vehicle)):
        if d.vehicle[order] == NOBODY:
            total += a.unserved_cost[order]
    for vehicle in range(len(d.n_trips)):
        for p in range(d.n_trips[vehicle]):
            total += d.cost[vehicle, p]
    return total
