"""The live plan: what a fleet's dispatcher knows and intends at one moment, as the API and the board show it."""

from dispatch.answer import Reason, Trip
from dispatch.online import Status
from dispatch.record import Id, Location, Moment, Reckoned, Record
from dispatch.request import Drone, Order, Rider, Store


class LiveOrder(Record):
    """An order that is not at its end, or came to it within the last half hour.

    Attributes:
        order: as placed, with every correction since.
        status: where it is in its life.
        revision: of the plan that changed its status, its trip or what an operator wants of it last.
        vehicle_id: that carries it, is committed to, or would carry it as things are; null if none would.
        trip_id: that it is committed to; null while it is open.
        arrive_at: when its vehicle is expected at the door, or, once delivered, about was there.
        late_s: how long after its promise that is; null if it is not expected.
        quoted_arrive_at: when it was last said to be at its door; null if that was not said, or will not be.
        assigned_to: the vehicle that an operator wants to carry it.
        held_until: an operator does not want it to leave before.
        hurried: an operator wants it to be there as soon as it can be.
        hold_until: while it waits: until about when.
        hold_why: a code: ``not_ready``, ``no_vehicle_yet``, ``others_may_join``.
        code: why it is not served as things are; null if it is.
        text: the same as a sentence.
        ended_at: when it came to its end.
    """

    order: Order
    status: Status
    revision: int
    vehicle_id: Id | None = None
    trip_id: Id | None = None
    arrive_at: Reckoned | None = None
    late_s: int | None = None
    quoted_arrive_at: Moment | None = None
    assigned_to: Id | None = None
    held_until: Moment | None = None
    hurried: bool = False
    hold_until: Reckoned | None = None
    hold_why: str | None = None
    code: Reason | None = None
    text: str | None = None
    ended_at: Moment | None = None


class LiveVehicle(Record):
    """A vehicle on duty.

    Attributes:
        vehicle: as it came on.
        store_id: where it is, or will be, when it is free.
        free_at: when it can set off next, as far as is known.
        trip_id: that it is committed to or out on.
        location: where it was last seen, if that was ever told.
        leaving: it takes no more trips.
        overdue: nothing was heard of it for too long.
        trips: how many it has been given.
        orders: how many orders it has been given.
    """

    vehicle: Rider | Drone
    store_id: Id
    free_at: Reckoned
    trip_id: Id | None = None
    location: Location | None = None
    leaving: bool = False
    overdue: bool = False
    trips: int = 0
    orders: int = 0


class LiveTrip(Record):
    """A committed trip: ``left_at`` is null until it leaves, ``late_s`` is how much later than planned it runs."""

    trip: Trip
    open_orders: tuple[Id, ...]
    left_at: Moment | None = None
    late_s: float = 0.0


class ProposedTrip(Record):
    """A trip as it would be made now: its vehicle sets off at ``go_at``; by ``latest_at`` no promise is broken yet."""

    trip: Trip
    go_at: Reckoned
    latest_at: Reckoned


class Day(Record):
    """The last 24 hours: orders by how they ended, and the share of those delivered that was on time.

    On time is an order whose vehicle was at the door by the promise: handed over ``handover_s`` later at most.
    """

    since: Reckoned
    placed: int
    delivered: int
    on_time: int
    failed: int
    cancelled: int
    given_up: int
    on_time_share: float | None


class LivePlan(Record):
    """A fleet at one moment. ``revision`` counts the events of its log; ``at`` is its dispatcher's clock."""

    fleet_id: Id
    revision: int
    at: Moment
    stores: tuple[Store, ...]
    orders: tuple[LiveOrder, ...]
    vehicles: tuple[LiveVehicle, ...]
    trips: tuple[LiveTrip, ...]
    proposed: tuple[ProposedTrip, ...]
    day: Day
