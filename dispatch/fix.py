"""The cheapest change of a request that would serve an order, or bring it on time: made, and tried out.

``dispatch.changes`` has the changes and their prices. The cheapest comes first; the changed request is planned again,
once as it is and then with less room than the change gives, and the first change that serves the order each time is it.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import TypeVar

from dispatch.answer import Fix, FixKind, Trip
from dispatch.changes import SLACK_S, Candidate, Changes
from dispatch.engines.search import solve_search
from dispatch.problem import Problem, compile_problem
from dispatch.record import Record
from dispatch.request import PlanRequest, Rider
from dispatch.timetable import timetable
from dispatch.travel import Travel

R = TypeVar("R", bound=Record)

MAX_FIXES = 200
"""So many orders of a plan get a fix, the dearest to leave out first, then the late ones."""
TRIED_MARGIN = 0.18
"""Leaving the order out is tried out at a price that is by this part lower; less than ``changes.MARGIN``."""
TRIALS = ((200, False), (200, True), (1_000, True), (4_000, True))
"""A change is tried out in plannings of so many iterations of the search, from other seeds and some with less room."""
MOST_WORK = 1_000_000
"""Iterations that a plan affords for these, setting up included: about a second on one core of 2026, each counted ten
times, once for every order left out, which it tries to insert, and a tenth for every other."""


def apply_fix(request: PlanRequest, order_id: str, fix: Fix) -> PlanRequest:
    """The request with the change made.

    Args:
        request: that was planned.
        order_id: of the order that the fix is for.
        fix: from the plan's ``unserved`` or ``late``.

    Raises:
        ValueError: if the request has no such order or vehicle: the fix is of another request.
    """
    if all(order.id != order_id for order in request.orders):
        raise ValueError(f"order_id {order_id!r} is no order of this request; apply a fix to the request it came with")
    own = {"promised_at": fix.promised_at, "unserved_cost": fix.unserved_cost}
    orders = [_changed(order, own) if order.id == order_id else order for order in request.orders]
    riders, drones, cap = list(request.riders), list(request.drones), request.max_gco2e_per_order
    if fix.kind == FixKind.RIDER and fix.store_id is not None:
        ids = {vehicle.id for vehicle in request.vehicles}
        name = next(name for i in range(len(ids) + 1) if (name := f"new-rider-{i + 1}") not in ids)
        rider = Rider(id=name, store_id=fix.store_id, free_at=fix.free_at, shift_end_at=fix.shift_end_at)
        riders.append(_changed(rider, {"capacity_kg": fix.capacity_kg, "capacity_l": fix.capacity_l}))
    elif fix.vehicle_id is not None:
        if all(vehicle.id != fix.vehicle_id for vehicle in request.vehicles):
            raise ValueError(f"vehicle_id {fix.vehicle_id!r} is no vehicle of this request; the fix is of another one")
        names = ("shift_end_at", "capacity_orders", "capacity_kg", "capacity_l", "range_m", "battery_wh")
        fields = {name: getattr(fix, name) for name in names}
        riders = [_changed(each, fields) if each.id == fix.vehicle_id else each for each in riders]
        drones = [_changed(each, fields) if each.id == fix.vehicle_id else each for each in drones]
    cap = cap if fix.max_gco2e_per_order is None else fix.max_gco2e_per_order
    return request.model_copy(update={"orders": orders, "riders": riders, "drones": drones, "max_gco2e_per_order": cap})


def _changed(record: R, fields: Mapping[str, object]) -> R:
    return record.model_copy(update={name: value for name, value in fields.items() if value is not None})


def fixes_of(
    request: PlanRequest,
    travel: Travel,
    problem: Problem,
    trips: Sequence[Trip],
    order_ids: Iterable[str],
    seed: int = 0,
    work: int = MOST_WORK,
) -> dict[str, Fix]:
    """For each of ``order_ids`` that has one, the cheapest change that would serve it, or bring it on time.

    Args:
        request: what was asked.
        travel: its measured legs.
        problem: it compiled.
        trips: those of the plan.
        order_ids: of orders that the plan leaves out or brings late; the dearest to leave out come first.
        seed: of the plannings that verify.
        work: that may be done for all of them, counted as ``MOST_WORK`` is.
    """
    rows = {order_id: i for i, order_id in enumerate(problem.order_ids)}
    served = {stop.order_id for trip in trips for stop in trip.stops}
    ranked = sorted(
        (order_id for order_id in order_ids if order_id in rows),
        key=lambda order_id: (order_id in served, -problem.arrays.orders[rows[order_id]]["unserved_cost"]),
    )
    left_out = sum(order_id not in served for order_id in ranked)
    n = len(request.orders)
    dear = 10 + left_out + n // 10  # what an iteration costs, about
    afford, setting_up = work // dear, n * n // (3 * dear)
    found = {}
    for order_id in ranked[:MAX_FIXES]:
        changes = Changes(request, travel, problem, trips, rows[order_id], late=order_id in served)
        fix, afford = _first_that_works(changes, changes.candidates(), afford, setting_up, seed)
        if fix is not None:
            found[order_id] = fix
    return found


def _first_that_works(
    changes: Changes, candidates: list[Candidate], afford: int, setting_up: int, seed: int
) -> tuple[Fix | None, int]:
    """The first candidate that serves the order when the request is planned again, and the work that is left.

    Where there is not enough left, it is the first that is sure.
    """
    for candidate in candidates:
        for i, (work, harder) in enumerate(TRIALS):
            if afford < work + setting_up:
                return next((each.fix for each in candidates if each.sure), candidates[0].fix), afford
            afford -= work + setting_up
            if not _works(changes, candidate.fix, seed + i, work, harder=harder):
                break
        else:
            return candidate.fix.model_copy(update={"verified": True}), afford
    return None, afford


def _works(changes: Changes, fix: Fix, seed: int, work: int, *, harder: bool) -> bool:
    """Whether the order is served, or on time, when the request is planned again; if ``harder``, with less room."""
    order = changes.order
    if harder:
        worth = changes.worth / order.priority if fix.unserved_cost is None else fix.unserved_cost
        less: dict[str, object] = {} if changes.late else {"unserved_cost": worth * (1 - TRIED_MARGIN)}
        if fix.promised_at is not None:
            less["promised_at"] = max(order.promised_at, fix.promised_at - timedelta(seconds=SLACK_S))
        fix = fix.model_copy(update=less)
    changed = apply_fix(changes.request, order.id, fix)
    problem = compile_problem(changed, changes.travel)
    routes = solve_search(problem, 1.0, seed=seed, work_limit=work)
    if not changes.late:
        return any(order.id in trip.orders for trips in routes.values() for trip in trips)
    stops = (stop for trip in timetable(changed, changes.travel, problem.pins.before(routes)) for stop in trip.stops)
    return any(stop.order_id == order.id and stop.late_s == 0 for stop in stops)
