"""Exact pricing: every trip whose reduced cost is below a threshold, by depth-first extension under completion bounds.

A trip is a base (a fleet and a store), a slot of the grid and a sequence. It leaves as early in its slot as its orders
and the fleet allow, so its lateness is never more than that of any real trip of the slot.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dispatch.engines.columns.completion import Tables, fill, late_cost
from dispatch.engines.columns.cuts import Toll, enter, leave
from dispatch.engines.columns.fleets import Fleets
from dispatch.engines.compiled import compiled
from dispatch.engines.kernel import NOBODY, Floats, Ints
from dispatch.problem import (
    COST,
    COST_PER_KG,
    METRES,
    SECONDS,
    WH,
    WH_PER_KG,
    Arrays,
)

SLACK = 1e-4
"""Kilograms, litres, metres and watt-hours by which a trip may pass a limit: more than the checker's tolerance."""
DEEPEST = 8
"""Trips with more orders are not enumerated: from there on they are bounded by the completion tables."""
PRICED = np.dtype([("slot", np.int64), ("n_stops", np.int64), ("base", np.int64), ("cost", np.float64)])


class Branch(NamedTuple):
    """Room for pricing to work in: what it knows of ``n`` orders in a slot, and a branch of up to ``k`` stops."""

    cand: Ints  # (n,) the orders that can be in a trip of the slot, the first ones
    used: NDArray[np.bool_]  # (n,) those on the branch
    first: Ints  # (n,) bucket of the earliest arrival, NOBODY where there is none
    final: Ints  # (n,) bucket of the latest
    seq: Ints  # (k + 1,) the branch
    nxt: Ints  # (k + 1,) where each of its forks goes on
    val: Floats  # (k + 1,) reduced cost without lateness
    late: Floats  # (k + 1,) lateness in money
    depart: Floats  # (k + 1,) departure
    fresh: NDArray[np.bool_]  # (k + 1,) whether any order was not ready in the slot before
    clock: Floats  # (k + 1,) when the door is left
    room: Floats  # (k + 1,) by how much the departure may still move
    kg: Floats  # (k + 1,) load
    litres: Floats  # (k + 1,)
    metres: Floats  # (k + 1,)
    ckg: Floats  # (k + 1,) cost of a kilogram carried so far
    wh: Floats  # (k + 1,) energy
    wkg: Floats  # (k + 1,) energy of a kilogram carried so far


class Found(NamedTuple):
    """Priced trips, and how far below 0 the reduced costs of an order's trips go per order."""

    trips: NDArray[np.void]  # (m,) of PRICED; ``cost`` is the reduced cost
    stops: Ints  # (m, k)
    share: Floats  # (n,) at most 0


def empty_branch(n_orders: int, deepest: int) -> Branch:
    """Room for a branch of up to ``deepest`` orders."""
    k = max(deepest, 1) + 1
    cand, first, final = np.zeros((3, n_orders), dtype=np.int64)
    seq, nxt = np.zeros((2, k), dtype=np.int64)
    used, fresh = np.zeros(n_orders, dtype=np.bool_), np.zeros(k, dtype=np.bool_)
    val, late, depart = np.zeros((3, k))
    return Branch(cand, used, first, final, seq, nxt, val, late, depart, fresh, *np.zeros((8, k)))


def empty_found(n_orders: int, deepest: int, room: int) -> Found:
    """Room for ``room`` trips."""
    return Found(np.zeros(room, dtype=PRICED), np.zeros((room, max(deepest, 1)), dtype=np.int64), np.zeros(n_orders))


@compiled
def _walk(a: Arrays, c: int, home: int, seq: Ints, n: int, depart_s: float) -> tuple[float, float, float]:
    """Leave at ``depart_s`` and visit ``seq[:n]``.

    Returns:
        when the last door is left, all lateness in money, and by how much the departure may still move; inf where a
        promise breaks.
    """
    clock_s, late, room_s = depart_s, 0.0, np.inf
    here = home
    for i in range(n):
        o = seq[i]
        order = a.orders[o]
        clock_s = max(clock_s + a.legs[c, here, order.place, SECONDS], order.early_s)
        if clock_s > order.latest_s:
            return np.inf, np.inf, 0.0
        room_s = min(room_s, order.latest_s - clock_s)
        late += late_cost(a, o, clock_s)
        clock_s += a.handover_s[c, o]
        here = order.place
    return clock_s, late, room_s


@compiled
def price(  # noqa: C901, PLR0912, PLR0915 - as above
    a: Arrays,
    fl: Fleets,
    base: int,
    slots: tuple[int, int],
    pi: Floats,
    cum: Floats,
    near: Ints,
    t: Tables,
    below: float,
    per_slot: int,
    budget: int,
    found: Found,
    n_found: int,
    room_for: Branch,
    toll: Toll,
) -> tuple[int, int, bool]:
    """Find the trips of a base whose reduced cost is below ``below``.

    Args:
        a: the problem, with legs at or below the truth.
        fl: the fleets.
        base: row of ``fl.bases``.
        slots: the first slot, and the one after the last.
        pi: ``(n,)`` dual of each order.
        cum: ``(g + 1,)`` the fleet's duals of the points before each point, summed.
        near: ``(n, m)`` orders that may follow an order; all others for a bound, a few of them for trips in a hurry.
        t: room for the completion bounds.
        below: threshold. At most 0 for a bound: ``found.share`` is right for trips below it. Above 0 all trips are
            wanted, or none: the budget is that of all slots, and the first that fails ends it.
        per_slot: so many trips of each slot are kept, the best; more than there is room for means all that fit.
        budget: so many extensions in each slot; a slot that takes more is bounded by its tables.
        found: trips are appended from ``n_found`` on; ``share`` is lowered.
        n_found: trips found before.
        room_for: room to work in.
        toll: what cuts ask of trips. The completion bounds know nothing of it, which is on the safe side.

    Returns:
        The number of trips found, of extensions made, and whether no slot ran out of its budget or of room.
    """
    f, home = fl.bases[base, 0], fl.bases[base, 1]
    fleet = fl.fleets[f]
    c, step = fleet.kind, fl.step_s
    n, g = len(a.orders), len(cum) - 1
    deepest = min(fleet.capacity_orders, t.best.shape[0])
    enumerated = min(deepest, found.stops.shape[1])
    if deepest == 0:
        return n_found, 0, True
    cand, used, first, final = room_for.cand, room_for.used, room_for.first, room_for.final
    seq, nxt = room_for.seq, room_for.nxt
    val, late, depart, clock, room = room_for.val, room_for.late, room_for.depart, room_for.clock, room_for.room
    kg, litres, metres, ckg = room_for.kg, room_for.litres, room_for.metres, room_for.ckg
    wh, wkg, fresh = room_for.wh, room_for.wkg, room_for.fresh
    used[:] = False
    everything, n_extended = True, 0
    waits = False
    for o in range(n):
        waits = waits or a.orders[o].early_s > -np.inf
    for slot in range(slots[0], slots[1]):
        if below > 0 and not everything:
            break
        slot_end_s = np.inf if slot == g - 1 else (slot + 1) * step
        start_s = max(slot * step, fleet.free_s)
        if start_s >= slot_end_s:
            continue
        # Where a vehicle at the point before the slot has no price, waiting saves nothing: a trip that could leave
        # earlier is no cheaper here, so only those with a fresh order count.
        waited = slot > 0 and fleet.free_s < slot * step and cum[slot + 1] == cum[slot]
        fresh_s = slot * step if waited else -np.inf
        n_cand = 0
        any_fresh = False
        first[:] = NOBODY
        for o in range(n):
            order = a.orders[o]
            reached = fl.allowed[base, o] and fl.soonest_s[base, o] < np.inf
            if reached and order.ready_s < slot_end_s and max(start_s, order.ready_s) <= order.latest_s:
                cand[n_cand] = o
                n_cand += 1
                any_fresh = any_fresh or order.ready_s >= fresh_s
                first[o] = min(int((start_s + fl.soonest_s[base, o]) / step), g)
                final[o] = max(first[o], int(min(order.latest_s / step, g)))
        if not any_fresh:
            continue
        n_tables = fill(a, fl, f, home, pi, cum, near, cand, n_cand, first, final, deepest, t)
        origin = fleet.trip_cost - cum[min(slot + 1, g)]
        first_found, extended_before = n_found, 0 if below > 0 else n_extended
        depth = 0
        nxt[0], val[0], late[0], depart[0], clock[0], room[0] = 0, origin, 0.0, start_s, start_s, np.inf
        fresh[0] = False
        while depth >= 0:
            if depth == enumerated or nxt[depth] >= (n_cand if depth == 0 else near.shape[1]):
                depth -= 1
                if depth >= 0:
                    used[seq[depth]] = False
                    leave(toll, seq[depth])
                continue
            o = cand[nxt[depth]] if depth == 0 else near[seq[depth - 1], nxt[depth]]
            nxt[depth] += 1
            if used[o] or first[o] < 0:
                continue
            order = a.orders[o]
            here = home if depth == 0 else a.orders[seq[depth - 1]].place
            leg_s = a.legs[c, here, order.place, SECONDS]
            x = val[depth] + a.legs[c, here, order.place, COST] - pi[o]
            shift_s = max(0.0, order.ready_s - depart[depth])
            # A wait at a door may swallow the shift: then it is left out, which is on the safe side.
            moved_s = 0.0 if waits and depth > 0 else shift_s
            arrive_s = max(clock[depth] + leg_s + moved_s, order.early_s)
            if not arrive_s <= order.latest_s or arrive_s == np.inf or (shift_s > room[depth] and not waits):
                continue
            bucket = min(int(arrive_s / step), final[o])
            r = min(deepest - depth - 1, n_tables - 1)
            future = t.best[r, o, bucket]
            if depth > 0 and t.following[r, o, bucket] == seq[depth - 1]:
                future = t.other[r, o, bucket]
            if x + late[depth] + future >= below:
                continue
            seq[depth] = o
            depart_s = depart[depth] + shift_s
            if shift_s > 0 and depth > 0:
                leave_s, cost_late, room_s = _walk(a, c, home, seq, depth + 1, depart_s)
                if leave_s == np.inf:
                    continue
            else:
                leave_s = arrive_s + a.handover_s[c, o]
                cost_late = late[depth] + late_cost(a, o, arrive_s)
                room_s = min(room[depth], order.latest_s - arrive_s)
            carried = ckg[depth] + a.legs[c, here, order.place, COST_PER_KG]
            x += order.mass_kg * carried
            if x + cost_late + future >= below:
                continue
            load_kg, load_l = kg[depth] + order.mass_kg, litres[depth] + order.volume_l
            if load_kg > fleet.capacity_kg + SLACK or load_l > fleet.capacity_l + SLACK:
                continue
            ridden_m = metres[depth] + a.legs[c, here, order.place, METRES]
            drawn_per_kg = wkg[depth] + a.legs[c, here, order.place, WH_PER_KG]
            drawn_wh = wh[depth] + a.legs[c, here, order.place, WH] + order.mass_kg * drawn_per_kg
            n_extended += 1
            is_fresh = fresh[depth] or order.ready_s >= fresh_s
            if depth + 1 == enumerated and enumerated < deepest:
                # Longer trips may begin like this one. What they can go below 0 is shared by the orders known of them.
                everything = everything and below <= 0
                share = min(0.0, x + cost_late + future) / (depth + 1)
                found.share[o] = min(found.share[o], share)
                for q in range(depth):
                    found.share[seq[q]] = min(found.share[seq[q]], share)
            if depth + 1 == enumerated and not is_fresh:
                continue
            x += enter(toll, o)
            if x + cost_late + future >= below:
                leave(toll, o)
                continue
            back_s = leave_s + a.legs[c, order.place, home, SECONDS]
            home_wh = drawn_wh + a.legs[c, order.place, home, WH]
            if (
                is_fresh
                and back_s < np.inf
                and back_s <= fleet.end_s
                and ridden_m + a.legs[c, order.place, home, METRES] <= fleet.range_m + SLACK
                and home_wh <= fleet.battery_wh + SLACK
                and home_wh <= fleet.wh_per_order * (depth + 1) + SLACK
            ):
                end = min(int(np.ceil((back_s + fleet.turnaround_s) / step)), g)
                reduced = x + cost_late + a.legs[c, order.place, home, COST] + max(cum[end], cum[min(slot + 1, g)])
                if reduced < below:
                    share = min(0.0, reduced) / (depth + 1)
                    for q in range(depth + 1):
                        found.share[seq[q]] = min(found.share[seq[q]], share)
                    at = NOBODY
                    if n_found - first_found < per_slot:
                        if n_found < len(found.trips):
                            at = n_found
                            n_found += 1
                        else:
                            everything = False
                    else:
                        worst = first_found
                        for q in range(first_found + 1, n_found):
                            if found.trips[q].cost > found.trips[worst].cost:
                                worst = q
                        if reduced < found.trips[worst].cost:
                            at = worst
                    if at >= 0:
                        found.trips[at].slot, found.trips[at].base = slot, base
                        found.trips[at].n_stops, found.trips[at].cost = depth + 1, reduced
                        for q in range(depth + 1):
                            found.stops[at, q] = seq[q]
            used[o] = True
            depth += 1
            nxt[depth], val[depth], late[depth], depart[depth] = 0, x, cost_late, depart_s
            clock[depth], room[depth] = leave_s, room_s
            kg[depth], litres[depth], metres[depth], ckg[depth] = load_kg, load_l, ridden_m, carried
            wh[depth], wkg[depth], fresh[depth] = drawn_wh, drawn_per_kg, is_fresh
            if n_extended - extended_before > budget:
                everything = False
                for q in range(depth):
                    used[seq[q]] = False
                    leave(toll, seq[q])
                break
        if n_extended - extended_before > budget:
            # Every trip has one first order: what its trips can go below 0 is counted there.
            for ii in range(n_cand):
                o = cand[ii]
                first_s = start_s + a.legs[c, home, a.orders[o].place, SECONDS]
                if first_s == np.inf:
                    continue
                bucket = min(int(max(first_s, a.orders[o].early_s) / step), final[o])
                x = origin + a.legs[c, home, a.orders[o].place, COST] - pi[o]
                x += t.best[min(deepest, n_tables) - 1, o, bucket]
                found.share[o] = min(found.share[o], x)
    return n_found, n_extended, everything


@compiled
def column(a: Arrays, fl: Fleets, base: int, slot: int, seq: Ints) -> tuple[float, int]:
    """Cost of a trip that leaves in ``slot``, inf if it breaks a limit, and the first point at which it is back."""
    f, home = fl.bases[base, 0], fl.bases[base, 1]
    fleet = fl.fleets[f]
    c, n, g = fleet.kind, len(seq), fl.counts.shape[1]
    start_s = max(slot * fl.step_s, fleet.free_s)
    cost = fleet.trip_cost
    load_kg = load_l = 0.0
    for o in seq:
        start_s = max(start_s, a.orders[o].ready_s)
        load_kg += a.orders[o].mass_kg
        load_l += a.orders[o].volume_l
    if (slot < g - 1 and start_s >= (slot + 1) * fl.step_s) or n > fleet.capacity_orders:
        return np.inf, slot
    if load_kg > fleet.capacity_kg + SLACK or load_l > fleet.capacity_l + SLACK:
        return np.inf, slot
    leave_s, late, _ = _walk(a, c, home, seq, n, start_s)
    cost += late
    metres = drawn_wh = 0.0
    here = home
    for i in range(n + 1):
        there = home if i == n else a.orders[seq[i]].place
        cost += a.legs[c, here, there, COST] + load_kg * a.legs[c, here, there, COST_PER_KG]
        metres += a.legs[c, here, there, METRES]
        drawn_wh += a.legs[c, here, there, WH] + load_kg * a.legs[c, here, there, WH_PER_KG]
        if i < n:
            load_kg -= a.orders[seq[i]].mass_kg
        here = there
    back_s = leave_s + a.legs[c, a.orders[seq[n - 1]].place, home, SECONDS]
    if back_s == np.inf or not back_s <= fleet.end_s or metres > fleet.range_m + SLACK:
        return np.inf, slot
    if drawn_wh > fleet.battery_wh + SLACK or drawn_wh > fleet.wh_per_order * n + SLACK:
        return np.inf, slot
    return cost, min(int(np.ceil((back_s + fleet.turnaround_s) / fl.step_s)), g)
