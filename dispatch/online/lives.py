"""How orders, vehicles and trips are looked up, and pass from one stage of their lives to the next."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from dispatch.answer import Trip
from dispatch.online.state import OrderLife, State, Status, TripLife, VehicleLife
from dispatch.record import seconds_after
from dispatch.timetable import turnaround_s

STEADY_S = 60.0
"""A vehicle that is this much off its plan is news for the plan; less is not."""
WAITS = timedelta(minutes=10)
"""A committed trip does not wait so much longer than planned for an order; it was never worth that."""


class NotPossible(Exception):  # noqa: N818 - an answer to an event, not a fault
    """Raised when an event cannot be: ``field`` of it is to blame, and the text says the way out."""

    def __init__(self, blamed: str, text: str) -> None:
        self.field = blamed
        super().__init__(text)


class Release(NamedTuple):
    """Orders of a trip that were given back, and why."""

    trip_id: str
    order_ids: tuple[str, ...]
    text: str


@dataclass(slots=True)
class News:
    """What an event changed, for the plan.

    Attributes:
        stirs: whether a plan made before may be wrong now.
        released: trips of which these orders were given back, with the reason.
        moved: trips that run later or earlier than was thought.
        found: orders that were given up and are not.
    """

    stirs: bool = True
    released: list[Release] = field(default_factory=list)
    moved: list[str] = field(default_factory=list)
    found: list[str] = field(default_factory=list)


def commit(state: State, trip: Trip) -> None:
    """Give ``trip`` to its vehicle: its orders are committed, the vehicle is busy until it is back."""
    vehicle = state.vehicles[trip.vehicle_id]
    order_ids = [stop.order_id for stop in trip.stops]
    assert vehicle.trip_id is None
    for order_id in order_ids:
        state.orders[order_id].status = Status.COMMITTED
        state.orders[order_id].trip_id = trip.id
        del state.open_ids[order_id]
    vehicle.trips += 1
    vehicle.orders += len(order_ids)
    assert state.now is not None
    state.trips[trip.id] = TripLife(trip, vehicle.trips, state.now, order_ids, trip.depart_at, vehicle.last_order_id)
    take_up(vehicle, trip)


def take_up(vehicle: VehicleLife, trip: Trip) -> None:
    """Have a vehicle be on ``trip``, from which it returns as planned."""
    vehicle.trip_id = trip.id
    vehicle.free_at = trip.return_at + timedelta(seconds=turnaround_s(vehicle.vehicle))
    vehicle.store_id = trip.store_id
    vehicle.last_order_id = trip.stops[-1].order_id


def release(state: State, trip_id: str, text: str) -> Release:
    """Take a trip that has not left back from its vehicle; its orders are open again."""
    life = state.given_back[trip_id] = state.trips.pop(trip_id)
    for order_id in life.open_orders:
        reopen(state, order_id)
    vehicle = state.vehicles[life.trip.vehicle_id]
    vehicle.trip_id = None
    vehicle.last_order_id = life.came_from
    vehicle.free_at = min(vehicle.free_at, life.trip.depart_at + timedelta(seconds=life.delayed_s))
    return Release(trip_id, tuple(life.open_orders), text)


def withdraw(state: State, order_id: str, text: str, news: News) -> None:
    """Take an order from its trip, which has not left and may leave sooner without it; without any, it is released."""
    trip_id = state.orders[order_id].trip_id
    assert trip_id is not None
    trip = state.trips[trip_id]
    if trip.open_orders == [order_id]:
        news.released.append(release(state, trip_id, text))
        return
    trip.open_orders.remove(order_id)
    reopen(state, order_id)
    news.released.append(Release(trip_id, (order_id,), text))
    expect_departure(state, trip, news)


def take_for_lost(state: State, trip_id: str, at: datetime) -> None:
    """Take it that a trip on the road will not be heard of again: its orders are given up, its vehicle is nowhere."""
    life = state.given_back[trip_id] = state.trips.pop(trip_id)
    for order_id in life.open_orders:
        end(state, order_id, Status.GIVEN_UP, at)
    vehicle = state.vehicles[life.trip.vehicle_id]
    vehicle.trip_id, vehicle.free_at = None, min(vehicle.free_at, at)


def end(state: State, order_id: str, status: Status, at: datetime) -> None:
    """Bring an order to its end: delivered, if that is claimed of another trip."""
    life = state.orders[order_id]
    if life.claimed is not None and status is not Status.DELIVERED:
        status, (life.trip_id, at) = Status.DELIVERED, life.claimed
    life.status, life.ended_at, life.claimed = status, at, None
    state.open_ids.pop(order_id, None)
    if status is not Status.GIVEN_UP:
        state.unquoted.pop(order_id, None)


def reopen(state: State, order_id: str) -> None:
    """Make an order open that was committed, on board or given up; end it, if it is claimed to be delivered."""
    life = state.orders[order_id]
    if life.claimed is not None:
        life.trip_id, at = life.claimed
        end(state, order_id, Status.DELIVERED, at)
        return
    life.status, life.trip_id, life.ended_at = Status.OPEN, None, None
    state.open_ids[order_id] = None


def order_of(state: State, order_id: str) -> OrderLife:
    """An order that was placed, or ``NotPossible``."""
    if order_id not in state.orders:
        raise NotPossible("order_id", f"no order {order_id!r} was placed; place it first")
    return state.orders[order_id]


def living(state: State, order_id: str, *allowed: Status) -> OrderLife:
    """An order in one of the stages ``allowed``, or ``NotPossible``."""
    life = order_of(state, order_id)
    if life.status not in allowed:
        raise NotPossible("order_id", f"order {order_id!r} is {life.status.value}; that can no longer be changed")
    return life


def vehicle_of(state: State, vehicle_id: str) -> VehicleLife:
    """A vehicle that is on, or ``NotPossible``."""
    if vehicle_id not in state.vehicles:
        raise NotPossible("vehicle_id", f"no vehicle {vehicle_id!r} is on; send rider_on or drone_on first")
    return state.vehicles[vehicle_id]


def known_store(state: State, store_id: str, name: str = "store_id") -> str:
    """The id of a store that there is, or ``NotPossible`` that blames the field ``name``."""
    if store_id not in state.stores:
        raise NotPossible(name, f"no store {store_id!r}; stores: {sorted(state.stores)}")
    return store_id


def hear(state: State, vehicle: VehicleLife, at: datetime, news: News) -> None:
    """Say that there is news of a vehicle, from ``at``; it is silent from now on, even if the news is old."""
    news.stirs |= vehicle.overdue
    vehicle.heard_at, vehicle.overdue_at = max(at, state.now or at), None


def hear_act(state: State, trip: TripLife, at: datetime, news: News) -> bool:
    """Say that a vehicle did something on ``trip``; returns whether that is the latest that is known of it."""
    vehicle = state.vehicles[trip.trip.vehicle_id]
    hear(state, vehicle, at, news)
    latest = vehicle.acted_at is None or at >= vehicle.acted_at
    if latest:
        vehicle.acted_at = at
    return latest


def run_late(state: State, trip: TripLife, late_s: float, news: News) -> None:
    """Say that a trip runs ``late_s`` later than planned, or earlier; its vehicle is free by so much later."""
    change_s = late_s - trip.late_s
    trip.late_s = late_s
    state.vehicles[trip.trip.vehicle_id].free_at += timedelta(seconds=change_s)
    ahead = [stop.leave_at for stop in trip.trip.stops if stop.order_id in trip.open_orders]
    planned_at = trip.trip.depart_at if trip.left_at is None else min(ahead, default=trip.trip.return_at)
    trip.due_at = planned_at + timedelta(seconds=late_s)
    news.stirs |= abs(change_s) > STEADY_S
    news.moved.append(trip.trip.id)


def expect_departure(state: State, trip: TripLife, news: News) -> None:
    """Say when a trip that has not left will: when its vehicle is there and its last order is packed."""
    ready_at = max(
        (state.orders[order_id].order.ready_at for order_id in trip.open_orders), default=trip.trip.depart_at
    )
    run_late(state, trip, max(trip.delayed_s, seconds_after(trip.trip.depart_at, ready_at), 0.0), news)


def wait_for(state: State, order_id: str, news: News) -> None:
    """Have the trip that an order is committed to wait until it is packed, but not for ``WAITS`` or longer."""
    life = state.orders[order_id]
    assert life.trip_id is not None
    trip, ready_at = state.trips[life.trip_id], life.order.ready_at
    if ready_at >= trip.trip.depart_at + timedelta(seconds=trip.delayed_s) + WAITS:
        withdraw(state, order_id, f"order {order_id!r} is not packed before {ready_at.isoformat()}", news)
    else:
        expect_departure(state, trip, news)
