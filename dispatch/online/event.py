"""What the dispatcher is told: one record an event, each with its own id and moment.

An event says what *happened*, never what is to be done about it. Its id makes it safe to send twice.
"""

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from dispatch.record import Id, Location, Moment, Record, TripId, Whole
from dispatch.request import Drone, Order, Rider


class EventBase(Record):
    """What all events have.

    Attributes:
        id: unique in a log; one that is repeated among the next 20,000 is rejected, and changes nothing.
        at: when it happened. Late news is taken as long as it still makes sense and nothing later was told of the same;
            what is more than an hour ahead of the clock is not believed before ticks have told the time.
    """

    id: Id
    at: Moment


class OrderPlaced(EventBase):
    """A customer has ordered."""

    kind: Literal["order_placed"] = "order_placed"
    order: Order


class ReadyChanged(EventBase):
    """An order will be packed at another moment than was said.

    A committed trip waits for it a while; for ten minutes or longer, it goes without.
    """

    kind: Literal["ready_changed"] = "ready_changed"
    order_id: Id
    ready_at: Moment


class PromiseMoved(EventBase):
    """Another moment was agreed on with whoever ordered; lateness counts from there. Taken until it is delivered."""

    kind: Literal["promise_moved"] = "promise_moved"
    order_id: Id
    promised_at: Moment


class OrderCancelled(EventBase):
    """An order is wanted no more. Taken until it is delivered; goods on the road come back.

    That it was handed over before is believed later, too.
    """

    kind: Literal["order_cancelled"] = "order_cancelled"
    order_id: Id


class AddressCorrected(EventBase):
    """An order goes to another door than was said.

    A trip that is committed or on the road keeps its course and its times: whoever rides it is told the door by whoever
    corrected it, and how late that makes the trip is known from what is heard of it.
    """

    kind: Literal["address_corrected"] = "address_corrected"
    order_id: Id
    location: Location


class OrderAssigned(EventBase):
    """An operator has decided that an order goes with this vehicle and no other, for as long as that is on.

    An order that is committed to another vehicle and has not left is taken from its trip.
    """

    kind: Literal["order_assigned"] = "order_assigned"
    order_id: Id
    vehicle_id: Id


class OrderHeld(EventBase):
    """An operator has decided that an order does not leave before ``until``; it is taken from a trip that has not."""

    kind: Literal["order_held"] = "order_held"
    order_id: Id
    until: Moment


class OrderHurried(EventBase):
    """An operator has decided that an order is to be at its door as soon as it can be; its trip waits for no other."""

    kind: Literal["order_hurried"] = "order_hurried"
    order_id: Id


class OrderFreed(EventBase):
    """An operator has left an order to the dispatcher again: it is neither assigned, nor held, nor hurried."""

    kind: Literal["order_freed"] = "order_freed"
    order_id: Id


class RiderOn(EventBase):
    """A rider comes on, at the store ``free_store_id`` (null: its own), free from ``at`` or, if later, ``free_at``.

    It has nothing ``on_board``: what it carries by then is told of by its trips.
    """

    kind: Literal["rider_on"] = "rider_on"
    rider: Rider


class DroneOn(EventBase):
    """A drone is fit to fly, as ``RiderOn``."""

    kind: Literal["drone_on"] = "drone_on"
    drone: Drone


class VehicleOff(EventBase):
    """A vehicle takes no more trips. One that is out finishes its trip; one that has not left yet gives it back."""

    kind: Literal["vehicle_off"] = "vehicle_off"
    vehicle_id: Id


class VehicleLost(EventBase):
    """A vehicle is gone with what it carries: its orders on board will not arrive, but those it handed over before."""

    kind: Literal["vehicle_lost"] = "vehicle_lost"
    vehicle_id: Id


class VehicleLocated(EventBase):
    """A vehicle was seen: somewhere, or, idle, at a store.

    It is not silent then, though what is due of it is as late as before. One that was seen before it was told to be
    overdue still is. What is older than the last that it did, or than when it was last seen, is not taken.
    """

    kind: Literal["vehicle_located"] = "vehicle_located"
    vehicle_id: Id
    location: Location
    store_id: Id | None = None


class VehicleDelayed(EventBase):
    """A vehicle will be free so much later than expected; an idle one rests so long from now.

    What is older than the last that it did is not taken: that tells more.
    """

    kind: Literal["vehicle_delayed"] = "vehicle_delayed"
    vehicle_id: Id
    by_s: Whole


class ShiftChanged(EventBase):
    """A vehicle's shift ends at another moment than was said; the trip that it is on stands."""

    kind: Literal["shift_changed"] = "shift_changed"
    vehicle_id: Id
    shift_end_at: Moment


class TripLeft(EventBase):
    """A committed trip has left the store.

    One that was given back is under way then, unless its vehicle left on another or came on anew since.
    """

    kind: Literal["trip_left"] = "trip_left"
    trip_id: TripId


class StopDone(EventBase):
    """An order was handed over.

    That is believed of a trip that was given back, and of an order that was taken from it, too: if the vehicle has left
    on another trip since, of the order alone. While the order is on board of another trip, that one is waited for: the
    order was delivered, if that one fails to or comes back with it.
    """

    kind: Literal["stop_done"] = "stop_done"
    trip_id: TripId
    order_id: Id


class StopFailed(EventBase):
    """An order could not be handed over; its goods come back and it is not tried again.

    Believed as ``StopDone`` is, but not while the order is on board of another trip.
    """

    kind: Literal["stop_failed"] = "stop_failed"
    trip_id: TripId
    order_id: Id


class TripReturned(EventBase):
    """A trip is over. Orders that it neither handed over nor failed to are back at the store, and open again.

    Of one that was given back, those are that were given up with it; the others were open or on their way meanwhile.
    """

    kind: Literal["trip_returned"] = "trip_returned"
    trip_id: TripId


class DronesGrounded(EventBase):
    """A drone, or with null every drone, may not take off; those that come on later neither."""

    kind: Literal["drones_grounded"] = "drones_grounded"
    vehicle_id: Id | None = None


class DronesCleared(EventBase):
    """A drone may take off again, or with null every drone that was not grounded on its own."""

    kind: Literal["drones_cleared"] = "drones_cleared"
    vehicle_id: Id | None = None


class StoreClosed(EventBase):
    """Nothing leaves a store until it opens again. Trips that have not left give their orders back."""

    kind: Literal["store_closed"] = "store_closed"
    store_id: Id


class StoreOpened(EventBase):
    """A store works again."""

    kind: Literal["store_opened"] = "store_opened"
    store_id: Id


class StockOut(EventBase):
    """A store cannot fill these orders; others that have them in stock still can."""

    kind: Literal["stock_out"] = "stock_out"
    store_id: Id
    order_ids: Annotated[tuple[Id, ...], Field(min_length=1)]


class StreetClosed(EventBase):
    """Nobody rides through a polygon, a ring of (lon, lat), until a moment; null: for a day. On a map only.

    The same ring again says anew until when; a moment that is past opens its streets.
    """

    kind: Literal["street_closed"] = "street_closed"
    ring: Annotated[tuple[Location, ...], Field(min_length=3, max_length=1_000)]
    until: Moment | None = None


class Tick(EventBase):
    """Time has passed. The clock's authority: it alone may move the clock far, and back."""

    kind: Literal["tick"] = "tick"


class Restarted(EventBase):
    """The dispatcher begins anew from its log: what it kept warm between events is gone, here and in every replay."""

    kind: Literal["restarted"] = "restarted"


class Cut(EventBase):
    """A solve was cut short by the clock: on ``event_id`` it was ended at its ``looks``-th look at whether to go on.

    With 0 looks it was not begun: the next event was there already, and both were planned on that one.

    It is written by whoever holds the clock, so that a replay, which has none, stops at the same place.
    """

    kind: Literal["cut"] = "cut"
    event_id: Id
    looks: Whole


Event = Annotated[
    OrderPlaced
    | ReadyChanged
    | PromiseMoved
    | OrderCancelled
    | AddressCorrected
    | OrderAssigned
    | OrderHeld
    | OrderHurried
    | OrderFreed
    | RiderOn
    | DroneOn
    | VehicleOff
    | VehicleLost
    | VehicleLocated
    | VehicleDelayed
    | ShiftChanged
    | TripLeft
    | StopDone
    | StopFailed
    | TripReturned
    | DronesGrounded
    | DronesCleared
    | StoreClosed
    | StoreOpened
    | StockOut
    | StreetClosed
    | Tick
    | Restarted
    | Cut,
    Field(discriminator="kind"),
]

EVENTS: TypeAdapter[Event] = TypeAdapter(Event)
"""Reads an event from JSON: ``EVENTS.validate_json(line)``."""
