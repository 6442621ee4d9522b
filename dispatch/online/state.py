"""What the dispatcher knows: orders, vehicles and trips, each with where it is in its life."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from dispatch.answer import Trip
from dispatch.record import Location, seconds_after
from dispatch.request import Drone, Order, Rider, Store


class Status(StrEnum):
    """Where an order is in its life. The last four are ends."""

    OPEN = "open"
    COMMITTED = "committed"
    ON_BOARD = "on_board"
    DELIVERED = "delivered"
    FAILED = "failed"
    CANCELLED = "cancelled"
    GIVEN_UP = "given_up"


SOON = timedelta(minutes=2)
"""A vehicle that should be back and is not is expected so soon."""


@dataclass(slots=True)
class OrderLife:
    """An order from being placed to its end.

    Attributes:
        order: as placed, with every correction since.
        status: where it is in its life.
        trip_id: the trip that carries it or is committed to.
        ended_at: when it came to its end.
        no_stock: stores that turned out not to have it, or that there are not.
        assigned_to: the vehicle that an operator wants to carry it.
        held_until: an operator does not want it to leave before.
        hurried: an operator wants it to be there as soon as it can be.
        claimed: the trip of which it was told that it handed the order over, and when, while another has it on board.
    """

    order: Order
    status: Status = Status.OPEN
    trip_id: str | None = None
    ended_at: datetime | None = None
    no_stock: frozenset[str] = frozenset()
    assigned_to: str | None = None
    held_until: datetime | None = None
    hurried: bool = False
    claimed: tuple[str, datetime] | None = None

    @property
    def stores(self) -> tuple[str, ...]:
        """The stores that can fill it, its own first."""
        return tuple(s for s in (self.order.store_id, *self.order.also_at) if s not in self.no_stock)


def where_and_when(order: Order) -> tuple[float, float, float]:
    """The door of an order and when it was placed: lon, lat and seconds since 1970."""
    return (*order.location, order.placed_at.timestamp())


@dataclass(slots=True)
class VehicleLife:
    """A vehicle on duty.

    Attributes:
        vehicle: as it came on; its ``free_at`` and ``free_store_id`` are not kept up to date, the fields below are.
        free_at: when it can set off next, as far as is known.
        store_id: the store where it is then.
        heard_at: when something was last heard of it, by the clock of then, however old that was.
        last_order_id: the last order of its last trip; None if it came on since.
        location: where it was last seen, if that was ever told.
        trip_id: the trip it is committed to or out on.
        leaving: it takes no more trips.
        trips: how many it has been given.
        orders: how many orders it has been given.
        over_before: it is on none of its trips before this number, whatever is heard of them.
        acted_at: when it last came on, left, stopped or came back, as far as was told.
        grounded: a drone that may not take off whatever the weather; ``vehicle`` says whether it may at all.
        overdue_at: when it was told that nothing was heard of it for too long, or that it has vanished; None if it is
            heard of. It gets no trips until it is.
    """

    vehicle: Rider | Drone
    free_at: datetime
    store_id: str
    heard_at: datetime
    last_order_id: str | None = None
    location: Location | None = None
    trip_id: str | None = None
    leaving: bool = False
    trips: int = 0
    orders: int = 0
    over_before: int = 1
    acted_at: datetime | None = None
    grounded: bool = False
    overdue_at: datetime | None = None

    @property
    def overdue(self) -> bool:
        """Whether it is not heard of, and gets no trips."""
        return self.overdue_at is not None

    def expected_at(self, now: datetime) -> datetime:
        """When it can set off next: while it is out, never before ``now`` and a little, whatever was expected."""
        return self.free_at if self.trip_id is None else max(self.free_at, now + SOON)


@dataclass(slots=True)
class TripLife:
    """A committed trip.

    Attributes:
        trip: as committed; cancelled and released orders stay in it.
        number: of its vehicle's trips, from 1.
        committed_at: when it was; nothing can have happened on it before.
        open_orders: its orders that are neither handed over, nor failed, nor cancelled, nor taken from it; of a trip
            that was given back, those that it had then.
        due_at: when it should leave, hand over next or be back, by all that was heard.
        came_from: the last order of the vehicle's trip before.
        left_at: when it left, None if it has not.
        delayed_s: how much later its vehicle said it would leave.
        late_s: how much later than planned it runs, by the last that was heard.
    """

    trip: Trip
    number: int
    committed_at: datetime
    open_orders: list[str]
    due_at: datetime
    came_from: str | None
    left_at: datetime | None = None
    delayed_s: float = 0.0
    late_s: float = 0.0

    def late_by(self, now: datetime) -> float:
        """How many seconds later than planned it runs at least: what is due and not done is done no sooner than now."""
        return self.late_s + max(seconds_after(self.due_at, now), 0.0)


class Closure(NamedTuple):
    """Streets that are closed, those that touch a ring, until a moment."""

    ring: tuple[Location, ...]
    until: datetime


@dataclass(slots=True)
class State:
    """The fold of all events so far.

    Attributes:
        stores: by id, with whether they are open now.
        orders: by id, in the sequence in which they were placed; the latest of the ended ones too.
        past: where and when those before were placed, by id, as ``where_and_when`` has it.
        vehicles: by id, those on duty.
        trips: by id, those committed and not over.
        given_back: by id, trips that were taken back before they left or taken for lost, should they be heard of.
        over: by id, trips that came back with orders or were lost with them, should these turn out to have been handed
            over before.
        closures: streets that are closed, or were until lately.
        grounded: whether no drone may take off, each one's own leave aside.
        unquoted: by id, orders that nobody was told of when they arrive, in the sequence in which that was due.
        now: the clock; None before the first event.
        suspect_at: a moment far ahead that one tick has told.
        seen: the ids of the latest events that were taken.
        told_at: when the latest news of a thing was from, by topic and id; older news of it is none.
        open_ids: the ids of open orders, in the sequence in which they became open.
    """

    stores: dict[str, Store]
    orders: dict[str, OrderLife] = field(default_factory=dict)
    past: dict[str, tuple[float, float, float]] = field(default_factory=dict)
    vehicles: dict[str, VehicleLife] = field(default_factory=dict)
    trips: dict[str, TripLife] = field(default_factory=dict)
    given_back: dict[str, TripLife] = field(default_factory=dict)
    over: dict[str, TripLife] = field(default_factory=dict)
    closures: list[Closure] = field(default_factory=list)
    grounded: bool = False
    unquoted: dict[str, None] = field(default_factory=dict)
    now: datetime | None = None
    suspect_at: datetime | None = None
    seen: dict[str, None] = field(default_factory=dict)
    told_at: dict[str, dict[str, datetime]] = field(default_factory=dict)
    open_ids: dict[str, None] = field(default_factory=dict)

    @property
    def open_orders(self) -> list[OrderLife]:
        """The orders that are neither committed nor at their end."""
        return [self.orders[order_id] for order_id in self.open_ids]

    @property
    def ready_vehicles(self) -> list[VehicleLife]:
        """The vehicles that may be given trips: on duty, not going off, and heard of."""
        return [life for life in self.vehicles.values() if not life.leaving and not life.overdue]

    def closed_at(self, moment: datetime) -> tuple[Closure, ...]:
        """The streets that are closed at a moment."""
        return tuple(closure for closure in self.closures if closure.until > moment)
