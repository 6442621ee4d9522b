"""What it would cost to have another vehicle carry an order: the plan as it is, and the plan with it, side by side."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import NamedTuple

import maps
from dispatch.answer import Plan, Reason
from dispatch.online import SOON, Setup, Status
from dispatch.planner import plan as make_plan
from dispatch.record import Id, Reckoned, Record
from dispatch.request import Drone, Order, PinnedTrip, PlanRequest, Rider
from dispatch.travel import Travel
from service.atlas import networks_of
from service.live.plan import LivePlan, LiveVehicle


class Arrival(Record):
    """When an order is at its door: ``vehicle_id`` and ``arrive_at`` are null, with ``code``, if it never is."""

    vehicle_id: Id | None
    arrive_at: Reckoned | None
    late_s: int | None
    code: Reason | None = None
    text: str | None = None


class Move(Record):
    """An order of a live plan, and the vehicle that may carry it instead."""

    order_id: Id
    vehicle_id: Id


class Later(Record):
    """Another order that would be later than it is: in seconds after its promise; null if it is not served."""

    order_id: Id
    late_s_before: int | None
    late_s_after: int | None


class Price(Record):
    """What a move costs, in the currency of the fleet's rates: ``cost`` is the one plan's less the other's.

    Trips that have left are as they are; those that are committed and wait stay, but for the order that is moved; the
    rest is planned anew in both.
    """

    revision: int
    order_id: Id
    vehicle_id: Id
    currency: str
    cost: float
    cost_before: float
    cost_after: float
    before: Arrival
    after: Arrival
    later: tuple[Later, ...]


class Missing(Record):
    """What the plan does not have: ``field`` is ``order_id`` or ``vehicle_id``."""

    field: str
    text: str


class _Snapshot(NamedTuple):
    """What can still be planned of a live plan."""

    orders: list[Order]
    vehicles: list[Rider | Drone]
    pinned: list[PinnedTrip]


def price(live: LivePlan, setup: Setup, move: Move, atlas: Mapping[str, maps.StreetNetwork]) -> Price | Missing:
    """Price a move.

    Args:
        live: the plan as it stands.
        setup: of the fleet.
        move: which order, to which vehicle.
        atlas: the maps there are.

    Returns:
        The price, or what is missing for it.
    """
    now = _snapshot(live, None)
    if move.order_id not in {order.id for order in now.orders}:
        return not_waiting(move.order_id)
    if move.vehicle_id not in {vehicle.id for vehicle in now.vehicles}:
        text = f"no vehicle {move.vehicle_id!r} takes trips; vehicles: {sorted(v.id for v in now.vehicles)[:10]}"
        return Missing(field="vehicle_id", text=text)
    request = _request(live, setup, now)
    travel = Travel.of(request, networks_of(setup, atlas))
    before = make_plan(request, engine="search", work_limit=setup.work, travel=travel, fixes=False)
    moved = _request(live, setup, _snapshot(live, move))
    after = make_plan(moved, engine="search", work_limit=setup.work, travel=travel, fixes=False)
    late_before, late_after = dict(_lateness(before)), dict(_lateness(after))
    later = tuple(
        Later(order_id=each, late_s_before=late_before.get(each), late_s_after=late_after.get(each))
        for each in (order.id for order in now.orders)
        if each != move.order_id and _is_later(late_before.get(each), late_after.get(each))
    )
    return Price(
        revision=live.revision,
        order_id=move.order_id,
        vehicle_id=move.vehicle_id,
        currency=after.currency,
        cost=after.cost.total - before.cost.total,
        cost_before=before.cost.total,
        cost_after=after.cost.total,
        before=arrival_of(before, move.order_id),
        after=arrival_of(after, move.order_id),
        later=later,
    )


def not_waiting(order_id: str) -> Missing:
    """Say that an order is not, or no longer, there to be planned."""
    text = f"no order {order_id!r} is waiting in the plan; it may be on the road or at its end"
    return Missing(field="order_id", text=text)


def open_part(live: LivePlan, setup: Setup) -> PlanRequest:
    """What can still be planned of a live plan, as a request of its own: what is on the road is left out."""
    return _request(live, setup, _snapshot(live, None))


def _snapshot(live: LivePlan, move: Move | None) -> _Snapshot:
    trips = {line.trip.id: line for line in live.trips}
    orders = []
    for line in live.orders:
        if line.status not in {Status.OPEN, Status.COMMITTED}:
            continue
        changes: dict[str, object] = {}
        if line.held_until is not None:
            changes["ready_at"] = max(line.order.ready_at, line.held_until)
        if line.assigned_to is not None:
            changes["vehicle_ids"] = (line.assigned_to,)
        if move is not None and line.order.id == move.order_id:
            changes["vehicle_ids"] = (move.vehicle_id,)
        orders.append(line.order.model_copy(update=changes))
    vehicles, pinned = [], []
    for vehicle in live.vehicles:
        trip = trips.get(vehicle.trip_id or "")
        waits = trip is not None and trip.left_at is None
        if vehicle.leaving or vehicle.overdue:
            continue
        vehicles.append(_at_hand(live, vehicle, waits=waits))
        if trip is not None and waits:
            on_board = [stop.order_id for stop in trip.trip.stops if stop.order_id in trip.open_orders]
            order_ids = tuple(each for each in on_board if not _leaves(move, each, vehicle))
            if order_ids:
                pinned.append(
                    PinnedTrip(vehicle_id=vehicle.vehicle.id, order_ids=order_ids, store_id=trip.trip.store_id)
                )
    return _Snapshot(orders, vehicles, pinned)


def _leaves(move: Move | None, order_id: str, vehicle: LiveVehicle) -> bool:
    """Whether a move takes an order from this vehicle's trip."""
    return move is not None and order_id == move.order_id and vehicle.vehicle.id != move.vehicle_id


def _at_hand(live: LivePlan, vehicle: LiveVehicle, *, waits: bool) -> Rider | Drone:
    """A vehicle as a snapshot has it; one whose trip has not left stands at the store still."""
    free_at = vehicle.free_at
    if waits:
        free_at = live.at
    elif vehicle.trip_id is not None:
        free_at = max(free_at, live.at + SOON)
    changes: dict[str, object] = {"free_at": free_at, "free_store_id": vehicle.store_id, "on_board": ()}
    return vehicle.vehicle.model_copy(update=changes)


def _request(live: LivePlan, setup: Setup, snapshot: _Snapshot) -> PlanRequest:
    """Its parts were validated when they came in."""
    margin = timedelta(seconds=setup.margin_s)
    orders = [
        order.model_copy(update={"promised_at": max(order.promised_at - margin, order.placed_at)})
        for order in snapshot.orders
    ]
    return PlanRequest.model_construct(
        now=live.at,
        stores=list(live.stores),
        orders=orders,
        riders=[vehicle for vehicle in snapshot.vehicles if isinstance(vehicle, Rider)],
        drones=[vehicle for vehicle in snapshot.vehicles if isinstance(vehicle, Drone)],
        travel=setup.travel,
        rates=setup.rates,
        airspace=setup.airspace,
        pinned=snapshot.pinned,
        max_gco2e_per_order=None,
    )


def _lateness(plan: Plan) -> Iterator[tuple[str, int]]:
    for trip in plan.trips:
        yield from ((stop.order_id, stop.late_s) for stop in trip.stops)


def _is_later(before: int | None, after: int | None) -> bool:
    return before is not None and (after is None or after > before)


def arrival_of(plan: Plan, order_id: str) -> Arrival:
    """When an order of a plan is at its door."""
    for trip in plan.trips:
        for stop in trip.stops:
            if stop.order_id == order_id:
                return Arrival(vehicle_id=trip.vehicle_id, arrive_at=stop.arrive_at, late_s=stop.late_s)
    for item in plan.unserved:
        if item.order_id == order_id:
            return Arrival(vehicle_id=None, arrive_at=None, late_s=None, code=item.code, text=item.text)
    raise AssertionError("a plan either serves an order or says why not")
