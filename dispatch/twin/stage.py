"""The world's side of a day: customers, packers, riders and weather act, and the dispatcher is told what they did.

Times are whole seconds of the day. What happens at the same second happens in the sequence in which it was foreseen.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from heapq import heappop, heappush
from itertools import count
from typing import Any

from dispatch.answer import Leg, Trip
from dispatch.online import (
    AHEAD,
    Commit,
    Dispatcher,
    DroneOn,
    DronesCleared,
    DronesGrounded,
    Event,
    GaveUp,
    Log,
    OrderCancelled,
    OrderPlaced,
    Quoted,
    ReadyChanged,
    Released,
    RiderOn,
    StopDone,
    StoreClosed,
    StoreOpened,
    Tick,
    TripLeft,
    TripReturned,
    VehicleOff,
    Warned,
)
from dispatch.record import Id
from dispatch.request import Drone, Order, Rider
from dispatch.twin.book import Book
from dispatch.twin.rides import Rides
from dispatch.twin.shifts import Stretch, stretches
from dispatch.twin.world import clock_s

END_S = 30 * 3600
"""The day is over at 06:00 of the next morning, whatever is left."""
NOTICE_S = 60
"""A packer who is late knows it so long before the order should be ready; being so little early or late is not said."""

LOOK_S = 60
"""A vehicle that is still out when its break should end is looked at again after so long."""

Act = Callable[..., None]


@dataclass(slots=True)
class _Vehicle:
    """A vehicle as it is: where, since when, and doing what."""

    vehicle: Rider | Drone
    store_id: Id
    free_s: int = 0
    on_since: int | None = None
    on_shift_s: int = 0
    trip: Trip | None = None
    approach: Leg = field(default_factory=lambda: Leg(travel_s=0, distance_m=0.0))
    at_store_s: int = 0
    left: bool = False
    ends: bool = False
    """Its shift or a break is due: it goes off as soon as its trip allows."""


class Stage:
    """Plays a day against a dispatcher, once.

    A vehicle whose trip is taken back before it has left goes on to the store that it was on its way to; that ride is
    in no account.

    Args:
        book: the day.
        dispatcher: fresh.
        log: takes every event with its decisions, if given.

    Attributes:
        trips: those that left, as they were made.
        lost: why, for each order that was given up or cancelled.
        on_shift_s: of all riders.
        decisions_ms: how long each answer took.
    """

    def __init__(self, book: Book, dispatcher: Dispatcher, log: Log | None = None) -> None:
        self._book, self._dispatcher, self._log = book, dispatcher, log
        self._orders: dict[Id, Order] = {order.id: order for order in book.request.orders}
        regions = {store.id: store.region for store in book.world.stores}
        self._rides = Rides(book, self._orders, regions)
        self._vehicles = {vehicle.id: _Vehicle(vehicle, vehicle.store_id) for vehicle in book.request.vehicles}
        self._agenda: list[tuple[int, int, Act, tuple[Any, ...]]] = []
        self._numbers, self._ids = count(), count(1)
        self._now = 0
        self._gone: set[Id] = set()  # on the road, or at their end
        self._blamed: dict[Id, str] = {}
        self._closed = {store.id for store in book.world.stores if not store.open}
        self._grounded: set[Id] = set()
        self.trips: list[Trip] = []
        self.lost: dict[Id, str] = {}
        self.decisions_ms: list[float] = []

    @property
    def on_shift_s(self) -> int:
        """Seconds that riders were on shift, breaks apart."""
        return sum(each.on_shift_s for each in self._vehicles.values() if isinstance(each.vehicle, Rider))

    def play(self) -> None:
        """Play the day to its end."""
        self._foresee()
        while self._agenda or self._wake_s() < END_S:
            wake_s = self._wake_s()
            if wake_s < END_S and not (self._agenda and self._agenda[0][0] <= wake_s):
                self._now = wake_s
                self._tell(Tick(id=self._id(), at=self._at()))
                continue
            self._now, _, act, given = heappop(self._agenda)
            self._tell_time()
            act(*given)
        for order_id in self._orders:
            if order_id not in self._gone:
                self._end(order_id, self._blamed.get(order_id, "day_ended"))

    # The agenda

    def _wake_s(self) -> int:
        wake_at = self._dispatcher.wake_at
        # A wake-up that has passed comes at the next second, so that the clock moves.
        return END_S if wake_at is None else max(self._rides.second(wake_at), self._now + 1)

    def _tell_time(self) -> None:
        """After a quiet hour the dispatcher believes no event before a tick."""
        known = self._dispatcher.state.now
        if known is not None and self._at() > known + AHEAD:
            self._tell(Tick(id=self._id(), at=self._at()))

    def _plan(self, second: int, act: Act, *given: object) -> None:
        heappush(self._agenda, (max(second, self._now), next(self._numbers), act, given))

    def _foresee(self) -> None:
        """What does not depend on any decision."""
        world = self._book.world
        for span in (*world.outages, *world.weather):
            for clock in (span.starts, span.ends):
                self._plan(clock_s(clock), self._turn)
        for stretch in stretches(world, self._book.day.absent):
            self._plan(stretch.starts_s, self._come_on, stretch)
        for order in self._orders.values():
            placed_s = self._rides.second(order.placed_at)
            self._plan(placed_s, self._place, order)

    # Customers and packers

    def _place(self, order: Order) -> None:
        world = self._book.world
        expected_s, ready_s = self._rides.second(order.ready_at), self._book.ready_s(order.id)
        if abs(ready_s - expected_s) > NOTICE_S:
            known_s = ready_s if ready_s < expected_s else max(expected_s - NOTICE_S, self._now)
            self._plan(known_s, self._repack, order.id, ready_s)
        if world.patience_min is not None:
            self._plan(self._rides.second(order.promised_at) + round(world.patience_min * 60), self._cancel, order.id)
        self._tell(OrderPlaced(id=self._id(), at=self._at(), order=order))

    def _repack(self, order_id: Id, ready_s: int) -> None:
        if order_id not in self._gone:
            self._tell(ReadyChanged(id=self._id(), at=self._at(), order_id=order_id, ready_at=self._at(ready_s)))

    def _cancel(self, order_id: Id) -> None:
        """A customer has waited long enough, and the order is not even on its way."""
        if order_id in self._gone:
            return
        self._end(order_id, self._blamed.get(order_id, "cancelled"))
        for each in self._vehicles.values():
            if each.trip is not None and not each.left:
                self._drop(each, (order_id,))
        self._tell(OrderCancelled(id=self._id(), at=self._at(), order_id=order_id))

    def _end(self, order_id: Id, reason: str) -> None:
        self._gone.add(order_id)
        self.lost[order_id] = reason

    # Stores and weather

    def _turn(self) -> None:
        """The weather or a store's luck changes."""
        world = self._book.world
        closed = {outage.store_id for outage in world.outages if outage.holds(self._now)}
        closed |= {store.id for store in world.stores if not store.open}
        for store in world.stores:
            if store.id in closed - self._closed:
                self._tell(StoreClosed(id=self._id(), at=self._at(), store_id=store.id))
            elif store.id in self._closed - closed:
                self._tell(StoreOpened(id=self._id(), at=self._at(), store_id=store.id))
        self._closed = closed
        weathers = [weather for weather in world.weather if weather.holds(self._now)]
        for drone in world.drones:
            flies = not any(each.grounds_drones or each.wind_mps > drone.max_wind_mps for each in weathers)
            if flies and drone.id in self._grounded:
                self._grounded.remove(drone.id)
                if self._vehicles[drone.id].on_since is not None:
                    self._tell(DronesCleared(id=self._id(), at=self._at(), vehicle_id=drone.id))
            elif not flies and drone.id not in self._grounded:
                self._grounded.add(drone.id)
                if self._vehicles[drone.id].on_since is not None:
                    self._tell(DronesGrounded(id=self._id(), at=self._at(), vehicle_id=drone.id))

    # Riders and drones

    def _come_on(self, stretch: Stretch) -> None:
        """A vehicle comes on; one whose last trip is still out has its break first."""
        each = self._vehicles[stretch.vehicle_id]
        start_s = self._now + LOOK_S if each.on_since is not None else each.free_s + stretch.rest_s
        if start_s > self._now:
            self._plan(start_s, self._come_on, stretch)
            return
        if self._now >= stretch.ends_s:
            return
        each.on_since = self._now
        changes: dict[str, object] = {
            "free_at": self._at(),
            "free_store_id": each.store_id,
            "shift_end_at": self._at(stretch.ends_s),
        }
        vehicle = each.vehicle.model_copy(update=changes)
        self._plan(stretch.ends_s, self._go_off, each)
        if isinstance(vehicle, Drone):
            vehicle = vehicle.model_copy(update={"grounded": vehicle.grounded or vehicle.id in self._grounded})
            self._tell(DroneOn(id=self._id(), at=self._at(), drone=vehicle))
        else:
            self._tell(RiderOn(id=self._id(), at=self._at(), rider=vehicle))

    def _go_off(self, each: _Vehicle) -> None:
        """A vehicle takes no more trips; it finishes the one it was given."""
        each.ends = True
        if each.trip is not None and not each.left:
            return  # a trip that has not left would be given back; it goes off when it leaves
        if each.trip is None:
            self._clock_off(each)
        self._tell(VehicleOff(id=self._id(), at=self._at(), vehicle_id=each.vehicle.id))

    def _clock_off(self, each: _Vehicle) -> None:
        assert each.on_since is not None
        each.on_shift_s += self._now - each.on_since
        each.on_since, each.ends = None, False

    # Trips

    def _set_off(self, trip: Trip) -> None:
        """A vehicle was given a trip: it rides to the store that it starts from, and waits for the goods."""
        each = self._vehicles[trip.vehicle_id]
        start_s = max(self._now, each.free_s)
        each.approach = self._rides.approach(each.vehicle, each.store_id, trip, start_s)
        each.trip, each.left, each.store_id = trip, False, trip.store_id
        each.at_store_s = start_s + each.approach.travel_s
        self._plan(self._loaded_s(each), self._leave, each, trip.id)

    def _loaded_s(self, each: _Vehicle) -> int:
        """When all that a waiting vehicle takes is on board."""
        assert each.trip is not None
        return max([each.at_store_s, *(self._book.ready_s(stop.order_id) for stop in each.trip.stops)])

    def _drop(self, each: _Vehicle, order_ids: tuple[Id, ...]) -> None:
        """A waiting vehicle leaves without some orders, or not at all."""
        assert each.trip is not None
        kept = tuple(stop for stop in each.trip.stops if stop.order_id not in order_ids)
        if kept == each.trip.stops:
            return
        if not kept:
            each.trip, each.free_s = None, max(self._now, each.at_store_s)
            if each.ends:
                self._plan(self._now, self._go_off, each)
            return
        each.trip = each.trip.model_copy(update={"stops": kept})
        self._plan(self._loaded_s(each), self._leave, each, each.trip.id)

    def _leave(self, each: _Vehicle, trip_id: Id) -> None:
        trip = each.trip
        if trip is None or trip.id != trip_id or each.left or self._loaded_s(each) > self._now:
            return
        each.left = True
        made = self._rides.made(each.vehicle, trip, each.approach, self._now)
        self.trips.append(made)
        for stop in made.stops:
            self._gone.add(stop.order_id)
            self._plan(self._rides.second(stop.leave_at), self._hand_over, trip_id, stop.order_id)
        self._plan(self._rides.second(made.return_at), self._come_back, each, trip_id)
        self._tell(TripLeft(id=self._id(), at=self._at(), trip_id=trip_id))
        if each.ends:
            self._go_off(each)

    def _hand_over(self, trip_id: Id, order_id: Id) -> None:
        self._tell(StopDone(id=self._id(), at=self._at(), trip_id=trip_id, order_id=order_id))

    def _come_back(self, each: _Vehicle, trip_id: Id) -> None:
        each.trip, each.free_s = None, self._now
        if each.ends:
            self._clock_off(each)
        self._tell(TripReturned(id=self._id(), at=self._at(), trip_id=trip_id))

    # The dispatcher

    def _tell(self, event: Event) -> None:
        """Tell the dispatcher what happened, and do what it decides."""
        began = time.perf_counter()
        decisions = self._dispatcher.handle(event)
        self.decisions_ms.append((time.perf_counter() - began) * 1000)
        if self._log is not None:
            self._log.append(event, None, decisions)
        for decision in decisions:
            if isinstance(decision, Commit):
                self._set_off(decision.trip)
            elif isinstance(decision, Released):
                waiting = [each for each in self._vehicles.values() if each.trip and each.trip.id == decision.trip_id]
                for each in waiting:
                    self._drop(each, decision.order_ids)
            elif isinstance(decision, GaveUp):
                if decision.order_id not in self._gone:  # one that is on the road arrives, however late
                    self._end(decision.order_id, decision.code)
            elif isinstance(decision, Warned | Quoted):
                self._blame(decision)

    def _blame(self, told: Warned | Quoted) -> None:
        """Remember why an order was not on its way when it was last looked at."""
        if isinstance(told, Warned) and told.late_s is None:
            self._blamed[told.order_id] = told.code.value
        elif told.late_s is not None:
            self._blamed.pop(told.order_id, None)

    def _id(self) -> str:
        return f"event-{next(self._ids):06d}"

    def _at(self, second: int | None = None) -> datetime:
        return self._book.moment(self._now if second is None else second)
