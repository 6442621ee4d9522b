"""Compiled insertion: where an order costs least, and a whole plan by putting in one order after the other.

A place is judged in three steps, cheapest first: by the legs alone, by the room that the draft keeps for every stop,
and by making the trip and the ones after it. Only the last one is exact, so the first two never refuse a place that
could be taken and never take one that could not; where they can err on what it costs, their docstrings say so.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from dispatch.engines.compiled import compiled, inlined
from dispatch.engines.kernel import (
    ARRIVE_S,
    CENT,
    EARLY,
    FREE_S,
    MIXED,
    NOBODY,
    ROOM_S,
    Draft,
    Ints,
    Words,
    bags_suffice,
    before,
    delay_cost,
    put,
    run_trip,
    total_cost,
    uniform,
)
from dispatch.problem import COST, COST_PER_KG, METRES, SECONDS, Arrays

Place = tuple[int, int, int, int]
"""Vehicle (NOBODY for nowhere), trip, stop (-1 for a new trip) and store, as ``put`` takes them."""


class Hints(NamedTuple):
    """Where to look first, for ``n`` orders and ``v`` vehicles; ``dispatch.engines.draft`` finds them."""

    neighbours: Ints  # (n, m) each order's likeliest companions, the likeliest first
    twins: Ints  # (v,) the vehicle before each that is identical in every respect, or NOBODY
    company: Ints  # (n, c) with whom an order can go that no vehicle can bring alone; NOBODY fills up


@inlined
def _added(a: Arrays, d: Draft, o: int, v: int, p: int, at: int, best: float) -> float:
    """What putting order ``o`` before stop ``at`` of a trip adds; inf, or any cost above, if no less than ``best``.

    Where nobody gets late by it, the carbon of carrying the order past the stops before its own is left out.
    """
    order, vehicle, trip = a.orders[o], a.vehicles[v], d.trips[v, p]
    c, here = vehicle.kind, order.place
    behind = trip.store if at == 0 else a.orders[d.stops[v, p, at - 1]].place
    ahead = trip.store if at == trip.n_stops else a.orders[d.stops[v, p, at]].place
    cost = a.legs[c, behind, here, COST] + a.legs[c, here, ahead, COST] - a.legs[c, behind, ahead, COST]
    if cost >= best:
        return np.inf
    metres = a.legs[c, behind, here, METRES] + a.legs[c, here, ahead, METRES] - a.legs[c, behind, ahead, METRES]
    if trip.metres + metres > vehicle.range_m + CENT:
        return np.inf
    wait_s = max(0.0, order.ready_s - trip.leaves_s)
    if wait_s == 0 or at == 0 or not d.rules[EARLY]:  # else a wait at a door may swallow the wait at the store
        leave_s = trip.leaves_s + wait_s
        if at > 0:
            leave_s = d.times[v, p, at - 1, ARRIVE_S] + a.handover_s[c, d.stops[v, p, at - 1]] + wait_s
        arrive_s = max(leave_s + a.legs[c, behind, here, SECONDS], order.early_s)
        moved_s = wait_s + arrive_s - leave_s + a.handover_s[c, o]
        moved_s += a.legs[c, here, ahead, SECONDS] - a.legs[c, behind, ahead, SECONDS]
        if arrive_s > order.latest_s or moved_s > d.times[v, p, at, ROOM_S]:
            return np.inf
        if (
            arrive_s <= order.promise_s
            and max(wait_s, moved_s) <= d.times[v, p, at if wait_s == 0 else 0, FREE_S]
            and vehicle.battery_wh == np.inf
            and vehicle.wh_per_order == np.inf
        ):
            return float(cost + order.mass_kg * a.legs[c, behind, here, COST_PER_KG])
    origin, start_s = vehicle.start, vehicle.free_s
    if p > 0:
        origin, start_s = d.trips[v, p - 1].store, d.trips[v, p - 1].again_s
    cost, _, again_s = run_trip(a, d, v, p, trip.n_stops, trip.store, origin, start_s, o, at)
    cost -= trip.cost
    if cost < best:
        cost += delay_cost(a, d, v, p + 1, trip.store, again_s, best - cost)
    return float(cost)


@inlined
def _added_trip(a: Arrays, d: Draft, o: int, v: int, p: int, store: int, best: float) -> float:
    """What a new trip with order ``o`` alone, before the vehicle's trip ``p``, adds; inf if no less than ``best``."""
    order, vehicle = a.orders[o], a.vehicles[v]
    origin, start_s = vehicle.start, vehicle.free_s
    if p > 0:
        origin, start_s = d.trips[v, p - 1].store, d.trips[v, p - 1].again_s
    there_s = start_s if origin == store else start_s + a.legs[vehicle.kind, origin, store, SECONDS]
    leave_s = max(there_s, order.ready_s)
    arrive_s = max(leave_s + a.legs[vehicle.kind, store, order.place, SECONDS], order.early_s)
    if arrive_s > order.latest_s:
        return np.inf
    saved = 0.0  # of the approach that the next trip has now
    if p < d.n_trips[v]:
        towards = d.trips[v, p].store
        back_s = arrive_s + a.handover_s[vehicle.kind, o] + a.legs[vehicle.kind, order.place, store, SECONDS]
        again_s = back_s + vehicle.turnaround_s
        if towards != store:
            again_s += a.legs[vehicle.kind, store, towards, SECONDS]
        if again_s > d.trips[v, p].leaves_s + d.times[v, p, 0, ROOM_S]:
            return np.inf
        if origin != towards:
            saved = a.legs[vehicle.kind, origin, towards, COST]
    cost, _, again_s = run_trip(a, d, v, p, 0, store, origin, start_s, o, 0)
    if cost - saved < best:
        cost += delay_cost(a, d, v, p, store, again_s, best - cost + saved)
    return float(cost)


@inlined
def _beside(a: Arrays, d: Draft, o: int, hints: Hints, blink: float, rng: Words) -> tuple[float, int, int, int]:
    """The cheapest place for order ``o`` beside one of its neighbours: cost, vehicle, trip, stop."""
    order = a.orders[o]
    best = order.unserved_cost + 2 * CENT  # on a tie the order is served
    best_v, best_p, best_at = NOBODY, 0, -1
    for i in range(hints.neighbours.shape[1]):
        near = hints.neighbours[o, i]
        v = d.seats[near].vehicle
        if v < 0 or not a.may[o, v]:
            continue
        p = d.seats[near].trip
        vehicle, trip = a.vehicles[v], d.trips[v, p]
        if (
            not a.stocked[o, trip.store]
            or trip.n_stops >= vehicle.capacity_orders
            or trip.load_kg + order.mass_kg > vehicle.capacity_kg + CENT
            or trip.load_l + order.volume_l > vehicle.capacity_l + CENT
            or (d.rules[MIXED] and not bags_suffice(a, d, v, p, trip.n_stops, o))
        ):
            continue
        for at in range(d.seats[near].stop, d.seats[near].stop + 2):
            if blink > 0 and uniform(rng) < blink:
                continue
            cost = _added(a, d, o, v, p, at, best)
            if cost < best:
                best, best_v, best_p, best_at = cost, v, p, at
    return best, best_v, best_p, best_at


@inlined
def _on_its_own(
    a: Arrays, d: Draft, o: int, store: int, hints: Hints, blink: float, rng: Words, best: float
) -> tuple[float, int, int]:
    """The cheapest new trip from ``store`` with order ``o`` alone, if below ``best``: cost, vehicle, trip.

    Of identical idle vehicles only the first is tried.
    """
    order = a.orders[o]
    best_v, best_p = NOBODY, 0
    known, alone, away_s, gone_s = NOBODY, np.inf, np.inf, np.inf
    for v in range(len(a.vehicles)):
        n_trips = d.n_trips[v]
        if n_trips == 0 and hints.twins[v] >= 0 and d.n_trips[hints.twins[v]] == 0:
            continue
        vehicle = a.vehicles[v]
        c = vehicle.kind
        if c != known:
            known = c
            # What the trip costs on time and in nobody's way, with the vehicle at hand: once such a place is found, no
            # vehicle as dear needs a look.
            alone = a.legs[c, store, order.place, COST] + a.legs[c, order.place, store, COST]
            alone += order.mass_kg * a.legs[c, store, order.place, COST_PER_KG]
            away_s = a.legs[c, store, order.place, SECONDS]
            gone_s = away_s + a.handover_s[c, o] + a.legs[c, order.place, store, SECONDS]
        if alone + vehicle.trip_cost >= best - CENT:
            continue
        if not a.serves[v, store] or not a.may[o, v] or n_trips >= d.trips.shape[1]:
            continue
        for p in range(n_trips, -1, -1):
            leave_s = max(vehicle.free_s if p == 0 else d.trips[v, p - 1].again_s, order.ready_s)
            # The two ways in which a place most often fails; a way to another store first only makes it later.
            if leave_s + away_s > order.latest_s:
                continue
            if p < n_trips and leave_s + gone_s > d.trips[v, p].leaves_s + d.times[v, p, 0, ROOM_S]:
                if d.trips[v, p].leaves_s + d.times[v, p, 0, ROOM_S] < order.ready_s:
                    break
                continue
            if blink > 0 and uniform(rng) < blink:
                continue
            cost = _added_trip(a, d, o, v, p, store, best)
            if cost < best:
                best, best_v, best_p = cost, v, p
                if alone + vehicle.trip_cost >= best - CENT:
                    break
    return best, best_v, best_p


@compiled
def cheapest(a: Arrays, d: Draft, o: int, hints: Hints, blink: float, rng: Words) -> Place:
    """Where order ``o`` adds least cost; nowhere if leaving it out costs no more.

    Tried are the places beside each of the order's neighbours, and a new trip from any store that can fill it at any
    point of any vehicle's day; each is overlooked with probability ``blink`` (Christiaens and Vanden Berghe 2020).
    """
    best, best_v, best_p, best_at = _beside(a, d, o, hints, blink, rng)
    best_store = 0
    for store in range(a.stocked.shape[1]):
        if a.stocked[o, store]:
            cost, v, p = _on_its_own(a, d, o, store, hints, blink, rng, best)
            if v != NOBODY:
                best, best_v, best_p, best_at, best_store = cost, v, p, -1, store
    return best_v, best_p, best_at, best_store


@compiled
def _pair_cost(a: Arrays, d: Draft, first: int, second: int, v: int, p: int, store: int, best: float) -> float:
    """What a new trip with two orders, before the vehicle's trip ``p``, adds; inf if no less than ``best``."""
    spare = d.n_trips[v]  # room that no trip uses yet
    d.stops[v, spare, 0] = first
    origin, start_s = before(a, d, v, p)
    cost, _, again_s = run_trip(a, d, v, spare, 1, store, origin, start_s, second, 1)
    if cost < np.inf:
        cost += delay_cost(a, d, v, p, store, again_s, best - cost)
    return float(cost)


@compiled
def cheapest_pair(a: Arrays, d: Draft, o: int, hints: Hints) -> tuple[Place, int, bool]:
    """Where order ``o`` and one of its company that nobody carries add least cost on a new trip, if that pays.

    Returns:
        the place of the trip, the companion, and whether it is the first of the two.
    """
    best, place, mate, leads = np.inf, (NOBODY, 0, -1, 0), NOBODY, False
    for i in range(hints.company.shape[1]):
        m = hints.company[o, i]
        if m == NOBODY:
            break
        if d.seats[m].vehicle >= 0:
            continue
        gain = a.orders[o].unserved_cost + a.orders[m].unserved_cost + 2 * CENT
        for v in range(len(a.vehicles)):
            if d.n_trips[v] >= d.trips.shape[1] or not a.may[o, v] or not a.may[m, v]:
                continue
            if d.n_trips[v] == 0 and hints.twins[v] >= 0 and d.n_trips[hints.twins[v]] == 0:
                continue
            for store in range(a.stocked.shape[1]):
                if not (a.serves[v, store] and a.stocked[o, store] and a.stocked[m, store]):
                    continue
                for p in range(d.n_trips[v] + 1):
                    for turn in range(2):
                        first, second = (o, m) if turn == 0 else (m, o)
                        cost = _pair_cost(a, d, first, second, v, p, store, best + gain) - gain
                        if cost < min(best, 0.0):
                            best, place, mate, leads = cost, (v, p, -1, store), m, turn == 1
    return place, mate, leads


@compiled
def put_pair(a: Arrays, d: Draft, o: int, mate: int, leads: bool, place: Place) -> None:
    """Put order ``o`` and its ``mate`` on a new trip; ``leads`` if the mate is first."""
    v, p, at, store = place
    put(a, d, o, v, p, at, store)
    put(a, d, mate, v, p, 0 if leads else 1, store)


@njit(cache=True, nogil=True)  # not as the others, since it makes an array
def insert_all(a: Arrays, d: Draft, sequence: Ints, hints: Hints) -> float:
    """Insert the orders of ``sequence`` in turn, then those left out once more; returns the cost of the draft.

    Orders that no vehicle can bring alone go in pairs where they can.
    """
    rng = np.ones(1, dtype=np.uint64)
    for _ in range(2):
        for o in sequence:
            if d.seats[o].vehicle < 0:
                v, p, at, store = cheapest(a, d, o, hints, 0.0, rng)
                if v >= 0:
                    put(a, d, o, v, p, at, store)
                elif hints.company[o, 0] != NOBODY:
                    place, mate, leads = cheapest_pair(a, d, o, hints)
                    if mate != NOBODY:
                        put_pair(a, d, o, mate, leads, place)
    return float(total_cost(a, d))
