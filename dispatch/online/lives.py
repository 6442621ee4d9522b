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
    """

    stirs: bool = True
    released: list[Release] = field(default_factory=list)
    moved: list[str] = field(default_factory=list)


def commit(state: State, trip: Trip) -> None:
    """Give ``trip`` to its vehicle: its orders are committed, the vehicle is busy until it is back."""
    vehicle = state.vehicles[trip.vehicle_id]
    order_ids = [stop.order_id for stop in trip.stops]
    assert vehicle.trip_id is None
    state.trips[trip.id] = TripLife(trip, order_ids, trip.depart_at, vehicle.last_order_id)
    for order_id in order_ids:
        state.orders[order_id].status = Status.COMMITTED
        state.orders[order_id].trip_id = trip.id
        del state.open_ids[order_id]
    vehicle.trips += 1
    vehicle.orders += len(order_ids)
    _take_up(vehicle, trip)


def _take_up(vehicle: VehicleLife, trip: Trip) -> None:
    vehicle.trip_id = trip.id
    vehicle.free_at = trip.return_at + timedelta(seconds=turnaround_s(vehicle.vehicle))
    vehicle.store_id = trip.store_id
    vehicle.last_order_id = trip.stops[-1].order_id


def release(state: State, trip_id: str, text: str) -> Release:
    """Take a trip that has not left back from its vehicle; its orders are open again."""
    life = state.trips.pop(trip_id)
    freed = tuple(life.open_orders)
    for order_id in freed:
        reopen(state, order_id)
    if freed:
        state.given_back[trip_id] = life
    vehicle = state.vehicles.get(life.trip.vehicle_id)
    if vehicle is not None and vehicle.trip_id == trip_id:
        vehicle.trip_id = None
        vehicle.last_order_id = life.came_from
        vehicle.free_at = min(vehicle.free_at, max(state.now or vehicle.free_at, life.trip.depart_at))
    return Release(trip_id, freed, text)


def withdraw(state: State, order_id: str, text: str) -> Release:
    """Take an order from its trip, which has not left; the order is open again."""
    trip_id = state.orders[order_id].trip_id
    assert trip_id is not None
    trip = state.trips[trip_id]
    trip.open_orders.remove(order_id)
    reopen(state, order_id)
    if not trip.open_orders:
        release(state, trip_id, text)
    return Release(trip_id, (order_id,), text)


def take_for_lost(state: State, trip_id: str, at: datetime) -> None:
    """Take it that a trip on the road will not be heard of again: its orders are given up, its vehicle is nowhere."""
    life = state.trips.pop(trip_id)
    for order_id in life.open_orders:
        end(state, order_id, Status.GIVEN_UP, at)
    state.given_back[trip_id] = life
    state.vehicles[life.trip.vehicle_id].trip_id = None


def _revive(state: State, trip_id: str) -> list[Release]:
    """Believe a trip that was given back to be under way after all, with the orders that no other has left with."""
    life = state.given_back[trip_id]
    vehicle = state.vehicles[life.trip.vehicle_id]
    released = []
    if vehicle.trip_id is not None:
        if state.trips[vehicle.trip_id].left_at is not None:
            text = f"trip {trip_id!r} was given back, and its vehicle is out on {vehicle.trip_id!r}; end that one first"
            raise NotPossible("trip_id", text)
        released.append(release(state, vehicle.trip_id, f"its vehicle turned out to be out on {trip_id!r}"))
    carried = []
    for order_id in life.open_orders:
        order = state.orders[order_id]
        if order.status is Status.COMMITTED:
            released.append(withdraw(state, order_id, f"order {order_id!r} turned out to be on trip {trip_id!r}"))
        if order.status in {Status.OPEN, Status.GIVEN_UP}:
            order.status, order.trip_id, order.ended_at = Status.COMMITTED, trip_id, None
            state.open_ids.pop(order_id, None)
            carried.append(order_id)
    life.open_orders, life.left_at, life.late_s = carried, None, 0.0
    state.trips[trip_id] = state.given_back.pop(trip_id)
    _take_up(vehicle, life.trip)
    return released


def end(state: State, order_id: str, status: Status, at: datetime) -> None:
    """Bring an order to its end."""
    life = state.orders[order_id]
    life.status, life.ended_at = status, at
    state.open_ids.pop(order_id, None)


def reopen(state: State, order_id: str) -> None:
    """Make an order open that was committed or on board."""
    life = state.orders[order_id]
    life.status, life.trip_id = Status.OPEN, None
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


def trip_heard_of(state: State, trip_id: str, order_id: str | None = None) -> tuple[TripLife, list[Release]]:
    """A trip of which there is news, of its stop ``order_id`` if that is given, or ``NotPossible``.

    One that was given back lives again; that takes its orders from trips that have not left, which are returned.
    """
    life = state.trips.get(trip_id) or state.given_back.get(trip_id)
    if life is None:
        raise NotPossible("trip_id", f"no trip {trip_id!r} is under way or committed; it may be over or given back")
    if order_id is not None:
        _refuse_stop(state, life, order_id)
    return life, [] if trip_id in state.trips else _revive(state, trip_id)


def _refuse_stop(state: State, life: TripLife, order_id: str) -> None:
    known = any(stop.order_id == order_id for stop in life.trip.stops)
    ended = state.orders[order_id].status if known else None
    if order_id not in life.open_orders or ended in {Status.DELIVERED, Status.FAILED, Status.CANCELLED}:
        text = "was done, failed or cancelled already" if known else f"is not on trip {life.trip.id!r}"
        raise NotPossible("order_id", f"order {order_id!r} {text}")
    other = state.trips.get(state.orders[order_id].trip_id or "")  # gone, if the vehicle that had it has vanished
    if other is not None and other is not life and other.left_at is not None:
        other_id = other.trip.id
        raise NotPossible("order_id", f"order {order_id!r} is on board of trip {other_id!r} by now; say it of that one")


def known_store(state: State, store_id: str, name: str = "store_id") -> str:
    """The id of a store that there is, or ``NotPossible`` that blames the field ``name``."""
    if store_id not in state.stores:
        raise NotPossible(name, f"no store {store_id!r}; stores: {sorted(state.stores)}")
    return store_id


def run_late(state: State, trip: TripLife, late_s: float) -> News:
    """Say that a trip runs ``late_s`` later than planned, or earlier; its vehicle is free by so much later."""
    vehicle = state.vehicles[trip.trip.vehicle_id]
    change_s = late_s - trip.late_s
    trip.late_s = late_s
    vehicle.free_at += timedelta(seconds=change_s)
    found, vehicle.overdue = vehicle.overdue, False
    ahead = [stop.leave_at for stop in trip.trip.stops if stop.order_id in trip.open_orders]
    next_at = trip.trip.depart_at if trip.left_at is None else min(ahead, default=trip.trip.return_at)
    trip.next_at = next_at + timedelta(seconds=late_s)
    return News(stirs=found or abs(change_s) > STEADY_S, moved=[trip.trip.id])


def expect_departure(state: State, trip: TripLife) -> News:
    """Say when a trip that has not left will: when its vehicle is there and its last order is packed."""
    ready_at = max(
        (state.orders[order_id].order.ready_at for order_id in trip.open_orders), default=trip.trip.depart_at
    )
    return run_late(state, trip, max(trip.delayed_s, seconds_after(trip.trip.depart_at, ready_at), 0.0))
