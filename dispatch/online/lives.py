"""How orders, vehicles and trips are looked up, and pass from one stage of their lives to the next."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from dispatch.answer import Trip
from dispatch.online.state import OrderLife, State, Status, TripLife, VehicleLife
from dispatch.timetable import turnaround_s

STEADY_S = 60.0
"""A vehicle that is this much off its plan is news for the plan; less is not."""


class NotPossible(Exception):  # noqa: N818 - an answer to an event, not a fault
    """Raised when an event cannot be: ``field`` of it is to blame, and the text says the way out."""

    def __init__(self, blamed: str, text: str) -> None:
        self.field = blamed
        super().__init__(text)


@dataclass(slots=True)
class News:
    """What an event changed, for the plan.

    Attributes:
        stirs: whether a plan made before may be wrong now.
        released: trips of which these orders were given back, with the reason.
    """

    stirs: bool = True
    released: list[tuple[str, tuple[str, ...], str]] = field(default_factory=list)


def commit(state: State, trip: Trip) -> None:
    """Give ``trip`` to its vehicle: its orders are committed, the vehicle is busy until it is back."""
    vehicle = state.vehicles[trip.vehicle_id]
    order_ids = [stop.order_id for stop in trip.stops]
    assert vehicle.trip_id is None
    state.trips[trip.id] = TripLife(trip, order_ids, None, 0.0, trip.depart_at, vehicle.last_order_id)
    for order_id in order_ids:
        state.orders[order_id].status = Status.COMMITTED
        state.orders[order_id].trip_id = trip.id
        del state.open_ids[order_id]
    vehicle.trip_id = trip.id
    vehicle.trips += 1
    vehicle.orders += len(order_ids)
    vehicle.free_at = trip.return_at + timedelta(seconds=turnaround_s(vehicle.vehicle))
    vehicle.store_id = trip.store_id
    vehicle.last_order_id = order_ids[-1]


def release(state: State, trip_id: str) -> tuple[str, ...]:
    """Take a trip that has not left back from its vehicle; returns the orders that are open again."""
    life = state.trips.pop(trip_id)
    freed = tuple(life.open_orders)
    for order_id in freed:
        reopen(state, order_id)
    vehicle = state.vehicles.get(life.trip.vehicle_id)
    if vehicle is not None and vehicle.trip_id == trip_id:
        vehicle.trip_id = None
        vehicle.last_order_id = life.came_from
        vehicle.free_at = min(vehicle.free_at, max(state.now or vehicle.free_at, life.trip.depart_at))
    return freed


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


def trip_of(state: State, trip_id: str) -> TripLife:
    """A trip that is committed or under way, or ``NotPossible``."""
    if trip_id not in state.trips:
        raise NotPossible("trip_id", f"no trip {trip_id!r} is under way or committed; it may be over or given back")
    return state.trips[trip_id]


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
    vehicle.overdue = False
    ahead = [stop.leave_at for stop in trip.trip.stops if stop.order_id in trip.open_orders]
    next_at = trip.trip.depart_at if trip.left_at is None else min(ahead, default=trip.trip.return_at)
    trip.next_at = next_at + timedelta(seconds=late_s)
    return News(stirs=abs(change_s) > STEADY_S)
