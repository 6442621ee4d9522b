"""What a fleet's vehicles really rode, read from its log, in the form in which a report takes plans.

A trip was ridden if it left, or a stop of it was done or failed. It counts with what it left with: not with orders that
were cancelled, given back or out of stock before, and with those that it came back with.
"""

import json
import sys
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from heapq import merge
from itertools import count
from operator import itemgetter
from typing import NamedTuple

from pydantic_core import from_json
from sqlalchemy.orm import Session

from carbon.reports import Period
from dispatch.answer import Trip
from dispatch.online import DECISIONS, EVENTS, Decision, Event, Setup, StopDone, StopFailed, TripLeft, TripReturned
from dispatch.record import Location
from dispatch.request import Drone, Order, PlanRequest, Rider
from service.db.decisions import DecisionRepository
from service.db.events import EventRepository
from service.db.fleets import FleetRepository

LIVE = "live:"
"""What the id of a row begins with; no plan's does."""
MARGIN = timedelta(days=2)
"""A day's trips are looked for in the log so long before and after: clocks differ by a day, and orders wait for one."""
SETTLED = timedelta(days=1)
"""Nothing more is heard of a trip so long after it was to leave."""
READ = 5_000
"""After so many lines of the log, what is settled is put out and forgotten."""
ROW_ORDERS = 100
"""About so many orders make a row; each row is measured at once, and by all ways between its places."""

ORDERS = frozenset({"order_placed", "address_corrected"})
VEHICLES = frozenset({"rider_on", "drone_on"})
OUT = frozenset({"trip_left", "stop_done", "stop_failed"})
HEARD = ORDERS | VEHICLES | OUT | {"order_cancelled", "trip_returned"}

Row = tuple[str, str, str]
"""Id, request and trips, as JSON."""


@dataclass(slots=True)
class _Ride:
    """A committed trip.

    Attributes:
        trip: as committed.
        vehicle: as it was known then; None if it came on before what was read of the log.
        order_ids: that it carries or is to carry.
        given: that it gave back last, should it turn out to have left with them.
        left_at: when it left, if that was heard.
        left: whether it did.
        anew: whether the ways that it was committed to are not those that it rode.
    """

    trip: Trip
    vehicle: Rider | Drone | None
    order_ids: list[str]
    given: tuple[str, ...] = ()
    left_at: datetime | None = None
    left: bool = False
    anew: bool = False


@dataclass(slots=True)
class _Log:
    """The fold of the part of a log: no more of a dispatcher's state than says who carried what.

    Attributes:
        rides: by trip id.
        trip_of: the trip that carries an order or is to, by order id.
        ended: orders that were handed over, failed or cancelled.
        orders: as placed, by id.
        doors: corrected addresses, by order id.
        vehicles: as they came on last, by id.
        before: as they came on before this part, by id, those that were looked for.
        now: when the last trip was committed.
    """

    rides: dict[str, _Ride] = field(default_factory=dict)
    trip_of: dict[str, str] = field(default_factory=dict)
    ended: set[str] = field(default_factory=set)
    orders: dict[str, Order] = field(default_factory=dict)
    doors: dict[str, Location] = field(default_factory=dict)
    vehicles: dict[str, Rider | Drone] = field(default_factory=dict)
    before: dict[str, Rider | Drone | None] = field(default_factory=dict)
    now: datetime | None = None

    def decide(self, decision: Decision) -> None:
        """Take what was decided."""
        if decision.kind == "commit":
            trip, self.now = decision.trip, decision.at
            order_ids = [stop.order_id for stop in trip.stops]
            self.rides[trip.id] = _Ride(trip, self.vehicles.get(trip.vehicle_id), order_ids)
            self.trip_of |= dict.fromkeys(order_ids, trip.id)
        elif decision.kind == "released":
            ride = self.rides.get(decision.trip_id)
            if ride is not None and not ride.left:
                ride.given = decision.order_ids
                ride.order_ids = [order_id for order_id in ride.order_ids if order_id not in decision.order_ids]
        elif decision.kind == "gave_up":
            self.trip_of.pop(decision.order_id, None)

    def hear(self, event: Event) -> None:
        """Take what happened; it was not rejected."""
        if event.kind == "order_placed":
            self.orders[event.order.id] = event.order
        elif event.kind == "address_corrected":
            self.doors[event.order_id] = event.location
            if (ride := self._ride_of(event.order_id)) is not None:
                ride.anew = True
        elif event.kind == "rider_on":
            self.vehicles[event.rider.id] = event.rider
        elif event.kind == "drone_on":
            self.vehicles[event.drone.id] = event.drone
        elif event.kind == "order_cancelled":
            self.ended.add(event.order_id)
            ride = self._ride_of(event.order_id)
            if ride is not None and not ride.left and event.order_id in ride.order_ids:
                ride.order_ids.remove(event.order_id)
        elif isinstance(event, TripLeft | StopDone | StopFailed | TripReturned):
            ride = self.rides.get(event.trip_id)
            if ride is not None:
                self._hear_of(ride, event)

    def _hear_of(self, ride: _Ride, event: TripLeft | StopDone | StopFailed | TripReturned) -> None:
        if event.kind == "trip_returned":
            for order_id in ride.order_ids:
                if self._ride_of(order_id) is ride:
                    del self.trip_of[order_id]
            return
        if not ride.left and not ride.order_ids:
            self._revive(ride)
        ride.left = True
        if event.kind == "trip_left":
            ride.left_at = event.at
            return
        if event.order_id not in self.ended and event.order_id not in ride.order_ids:
            ride.order_ids.append(event.order_id)
        self.ended.add(event.order_id)

    def _revive(self, ride: _Ride) -> None:
        """Take a trip that was given back to have left, with the orders that no other has left with."""
        for order_id in ride.given:
            other = self._ride_of(order_id)
            if order_id not in self.ended and (other is None or other is ride or not other.left):
                ride.order_ids.append(order_id)
                self.trip_of[order_id] = ride.trip.id

    def _ride_of(self, order_id: str) -> _Ride | None:
        return self.rides.get(self.trip_of.get(order_id, ""))

    def look_back(self, events: EventRepository, until: int, rides: Collection[_Ride]) -> None:
        """Find the orders and vehicles of ``rides`` that were there before position ``until``, from the newest on."""
        order_ids = {order_id for ride in rides for order_id in ride.order_ids} - self.orders.keys()
        for event in _backwards(events, until, ORDERS, order_ids):
            if event.kind == "address_corrected":
                self.doors.setdefault(event.order_id, event.location)
            elif event.kind == "order_placed" and event.order.id in order_ids:
                order_ids.remove(event.order.id)
                self.orders[event.order.id] = event.order
        unknown = [ride for ride in rides if ride.vehicle is None]
        vehicle_ids = {ride.trip.vehicle_id for ride in unknown} - self.before.keys()
        self.before |= dict.fromkeys(vehicle_ids)
        for event in _backwards(events, until, VEHICLES, vehicle_ids):
            vehicle = event.rider if event.kind == "rider_on" else event.drone if event.kind == "drone_on" else None
            if vehicle is not None and vehicle.id in vehicle_ids:
                vehicle_ids.remove(vehicle.id)
                self.before[vehicle.id] = vehicle
        for ride in unknown:
            ride.vehicle = self.before[ride.trip.vehicle_id]

    def settled(self) -> list[_Ride]:
        """The trips that nothing more is to be heard of."""
        if self.now is None:
            return []
        return [ride for ride in self.rides.values() if ride.trip.depart_at < self.now - SETTLED]

    def forget(self, rides: Collection[_Ride]) -> None:
        """Forget trips, and their orders that are at their end."""
        for ride in rides:
            del self.rides[ride.trip.id]
            for order_id in self.ended.intersection(ride.order_ids):
                self.ended.remove(order_id)
                self.trip_of.pop(order_id, None)
                self.orders.pop(order_id, None)
                self.doors.pop(order_id, None)


def _backwards(
    events: EventRepository, until: int, kinds: Collection[str], missing: Collection[str]
) -> Iterator[Event]:
    """Events of some kinds before a position, the newest first, for as long as there is something ``missing``."""
    documents = events.effective(1, until, kinds, newest_first=True)
    while missing:
        _, document = next(documents, (0, None))
        if document is None:
            return
        yield EVENTS.validate_json(document)


def read_ridden(session: Session, fleet_id: str, stores: Collection[str], period: Period) -> Iterator[Row]:
    """The trips that a fleet rode from ``stores`` in a period and as many days before, about 100 orders a row.

    A few that left after the period are among them: an order that went out again is looked for in its last trip.

    A trip leaves when it did, by the clock of who placed its first order; the moments of its stops are as committed.
    Where a trip's ways are no longer those that were ridden, its id is among the ``anew`` of its row. ``doors`` are
    where orders with a corrected address were to go at first.

    Args:
        session: of ``Database.transaction``.
        fleet_id: of a fleet that there is.
        stores: ids of stores.
        period: the days.
    """
    row = FleetRepository(session).get(fleet_id)
    assert row is not None
    setup = Setup.model_validate_json(row.setup)
    events = EventRepository(session, fleet_id)
    first = events.position_at(_midnight(period.before.first_day) - MARGIN)
    until = events.position_at(settled_at(period.last_day))
    log, numbers = _Log(), count(1)

    def made(rides: Collection[_Ride]) -> Iterator[Row]:
        left = [ride for ride in rides if ride.left and ride.order_ids and ride.trip.store_id in stores]
        log.look_back(events, first, left)
        trips = (_ridden(log, ride) for ride in left)
        out = sorted((each for each in trips if each.trip.depart_at.date() >= period.before.first_day), key=_departure)
        for chunk in _chunks(out):
            yield _row(f"{LIVE}{fleet_id}:{next(numbers)}", setup, log, chunk)
        log.forget(rides)

    for number, (_, stage, document) in enumerate(_told(session, fleet_id, first, until), start=1):
        if stage == 1:
            log.hear(EVENTS.validate_json(document))
        else:
            log.decide(DECISIONS.validate_json(document))
        if number % READ == 0:  # a month may be longer than memory
            yield from made(log.settled())
    yield from made(list(log.rides.values()))


def settled_at(day: date) -> datetime:
    """From when on nothing changes any more in what was ridden on a day: what is told later is not looked at."""
    return _midnight(day) + timedelta(days=1) + MARGIN


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _told(session: Session, fleet_id: str, first: int, until: int) -> Iterator[tuple[int, int, str]]:
    """The log from a position to before another: of one event, what it gave back, itself, what it led to."""
    decisions = DecisionRepository(session, fleet_id)
    streams = [
        ((position, 0, text) for position, text in decisions.between(first, until, {"released"})),
        ((position, 1, text) for position, text in EventRepository(session, fleet_id).effective(first, until, HEARD)),
        ((position, 2, text) for position, text in decisions.between(first, until, {"commit", "gave_up"})),
    ]
    return merge(*streams, key=itemgetter(0, 1))


class _Ridden(NamedTuple):
    """A trip as it was ridden, by whom, and whether its ways are to be measured anew."""

    trip: Trip
    vehicle: Rider | Drone | None
    anew: bool


def _ridden(log: _Log, ride: _Ride) -> _Ridden:
    trip = ride.trip
    stops = tuple(stop for stop in trip.stops if stop.order_id in ride.order_ids)
    order = log.orders.get(stops[0].order_id)
    left_at = ride.left_at or trip.depart_at
    depart_at = left_at if order is None else left_at.astimezone(order.placed_at.tzinfo)
    made = trip.model_copy(update={"depart_at": depart_at, "stops": stops})
    return _Ridden(made, ride.vehicle, ride.anew or len(stops) < len(trip.stops))


def _departure(ridden: _Ridden) -> datetime:
    return ridden.trip.depart_at


def _chunks(trips: Sequence[_Ridden]) -> Iterator[list[_Ridden]]:
    """Trips in their sequence; in a chunk no order is twice, and no vehicle has changed."""
    chunk: list[_Ridden] = []
    vehicles: dict[str, Rider | Drone | None] = {}
    order_ids: set[str] = set()
    for ridden in trips:
        carried = {stop.order_id for stop in ridden.trip.stops}
        known = vehicles.get(ridden.trip.vehicle_id, ridden.vehicle)
        changed = known is not ridden.vehicle and known != ridden.vehicle
        if changed or len(order_ids) >= ROW_ORDERS or not order_ids.isdisjoint(carried):
            yield chunk
            chunk, vehicles, order_ids = [], {}, set()
        chunk.append(ridden)
        vehicles[ridden.trip.vehicle_id] = ridden.vehicle
        order_ids |= carried
    if chunk:
        yield chunk


def _row(row_id: str, setup: Setup, log: _Log, chunk: Sequence[_Ridden]) -> Row:
    """A row of trips. A report says of one that names an order or a vehicle nobody told of that it cannot be read."""
    order_ids = [stop.order_id for ridden in chunk for stop in ridden.trip.stops]
    placed = [log.orders[order_id] for order_id in order_ids if order_id in log.orders]
    alone = {"shared_with": (), "free_at": None, "free_store_id": None, "on_board": ()}
    known = {each.vehicle.id: each.vehicle.model_copy(update=alone) for each in chunk if each.vehicle is not None}
    store_ids = {each.trip.store_id for each in chunk} | {vehicle.store_id for vehicle in known.values()}
    request = PlanRequest(
        now=chunk[-1].trip.depart_at,
        stores=[store for store in setup.stores if store.id in store_ids],
        orders=[order.model_copy(update={"location": log.doors.get(order.id, order.location)}) for order in placed],
        riders=[vehicle for vehicle in known.values() if isinstance(vehicle, Rider)],
        drones=[vehicle for vehicle in known.values() if isinstance(vehicle, Drone)],
        travel=setup.travel,
        rates=setup.rates,
        airspace=setup.airspace,
    )
    trips = {
        "trips": [each.trip.model_dump(mode="json") for each in chunk],
        "anew": [each.trip.id for each in chunk if each.anew],
        "doors": {order.id: order.location for order in placed if order.id in log.doors},
    }
    return row_id, request.model_dump_json(), json.dumps(trips)


def ridden_days(session: Session, fleet_id: str) -> tuple[date, date] | None:
    """The days on which a fleet's first trip left and its last was out, by the clock of its last order; None if none.

    Args:
        session: of ``Database.transaction``.
        fleet_id: of the fleet.
    """
    events = EventRepository(session, fleet_id)
    first, last = _end(events, OUT), _end(events, OUT, newest_first=True)
    if first is None or last is None:
        return None
    clock = _clock(events)
    return first.at.astimezone(clock).date(), last.at.astimezone(clock).date()


def days_with_trips(session: Session, fleet_id: str) -> set[tuple[str, date]]:
    """The stores of a fleet that trips were committed from, with the days, by the clock of its last order.

    Args:
        session: of ``Database.transaction``.
        fleet_id: of the fleet.
    """
    clock = _clock(EventRepository(session, fleet_id))
    commits = DecisionRepository(session, fleet_id).between(1, sys.maxsize, {"commit"})
    trips = (from_json(text)["trip"] for _, text in commits)
    return {(trip["store_id"], datetime.fromisoformat(trip["depart_at"]).astimezone(clock).date()) for trip in trips}


def _clock(events: EventRepository) -> tzinfo | None:
    """The clock of who placed the last order; that of UTC before the first."""
    last = _end(events, {"order_placed"}, newest_first=True)
    return last.order.placed_at.tzinfo if last is not None and last.kind == "order_placed" else UTC


def _end(events: EventRepository, kinds: Collection[str], *, newest_first: bool = False) -> Event | None:
    """The first event of some kinds, or the last."""
    found = events.effective(1, sys.maxsize, kinds, newest_first=newest_first)
    document = next((text for _, text in found), None)
    return None if document is None else EVENTS.validate_json(document)
