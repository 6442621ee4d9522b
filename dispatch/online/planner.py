"""Trips for the orders that are open now: what a dispatcher asks for, and the planner of a store's own fleet."""

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate
from typing import NamedTuple, Protocol

import numpy as np

import maps
from dispatch.answer import Late, Reason, Trip, Unserved
from dispatch.online.state import Closure, OrderLife, State, VehicleLife
from dispatch.planner import plan
from dispatch.record import seconds_after
from dispatch.request import Airspace, Drone, Order, PlanRequest, Rates, Rider
from dispatch.request import Travel as TravelWords
from dispatch.sphere import great_circle_m
from dispatch.timetable import Routes, RouteTrip, lateness_s, turnaround_s
from dispatch.travel import Travel, bundled_networks

WORK_PER_ORDER = 25
"""Iterations for each open order are enough; a thousand for five of them find nothing more."""
FORESEEN = timedelta(minutes=30)
"""An order is planned so much before somebody must ride to the door that opens then."""
SLOWLY_MPS = 2.5
"""So fast whoever rides gets on at least, as the crow flies."""


class Proposed(NamedTuple):
    """A trip that could be made.

    Attributes:
        trip: as planned.
        go_at: when its vehicle must set off for it, the way to the store included; later, if it would only wait at the
            first door.
        latest_at: until when it could set off instead without a stop, of it or of the vehicle's later trips, getting
            late that is not, or later that is.
        full: nothing more goes on board.
        waits_s: by stop, how long the vehicle waits at doors until then, should it set off at once; empty: nowhere.
        held_s: how much later than ``go_at`` it is to set off.
    """

    trip: Trip
    go_at: datetime
    latest_at: datetime
    full: bool
    waits_s: tuple[float, ...] = ()
    held_s: float = 0.0

    def arrivals(self) -> dict[str, datetime]:
        """When each order is at its door, as the trip is held; what it would wait at doors is not lost."""
        waits_s = self.waits_s or (0.0,) * len(self.trip.stops)
        return {
            stop.order_id: stop.arrive_at + timedelta(seconds=max(waits_s[0] + self.held_s - waited_s, 0.0))
            for stop, waited_s in zip(self.trip.stops, waits_s, strict=True)
        }


class Later(NamedTuple):
    """An order that is not planned before ``plan_at``, since nobody is to wait at its door, and comes ``arrive_at``."""

    order_id: str
    plan_at: datetime
    arrive_at: datetime


class Proposal(NamedTuple):
    """A plan for all open orders: the trips, and why orders are left out of them, or late.

    ``later`` are orders that are left for later.
    """

    trips: tuple[Proposed, ...] = ()
    unserved: tuple[Unserved, ...] = ()
    late: tuple[Late, ...] = ()
    later: tuple[Later, ...] = ()


class Stopwatch:
    """Ends a search after so many looks, or when time is up, whichever is first; and counts the looks.

    Args:
        looks: None for no limit.
        deadline_s: seconds from now; None for no limit, which is the only way to get the same answer again.
    """

    def __init__(self, looks: int | None, deadline_s: float | None) -> None:
        self._limit, self._looks = looks, 0
        self._end_s = None if deadline_s is None else time.perf_counter() + deadline_s
        self.cut: int | None = None

    def __call__(self) -> bool:
        """Whether to stop now."""
        self._looks += 1
        if self._end_s is not None and time.perf_counter() >= self._end_s:
            self.cut = self._looks
        return self.cut is not None or self._looks == self._limit


class Planner(Protocol):
    """Plans a snapshot. The same state, work and looks give the same proposal."""

    def propose(self, state: State, now: datetime, work: int, enough: Callable[[], bool]) -> Proposal:
        """Trips for the open orders of ``state``.

        Args:
            state: not changed.
            now: the clock.
            work: iterations that the search makes at most.
            enough: is asked after every so many iterations whether to stop before.
        """
        ...

    def forget(self) -> None:
        """Drop all that is kept from one plan to the next."""
        ...


@dataclass
class StorePlanner:
    """The planner of stores with fleets of their own: every trip ends at the store it started from.

    The last plan's trips are where the next search begins, and streets once measured stay measured.

    Attributes:
        travel: how vehicles travel.
        rates: the prices.
        airspace: where drones fly.
        margin_s: trips are planned to arrive so much before the promise.
        known: travel measured already for the whole day's orders by id; grows by what is missing.
        networks: the maps that may be named.
    """

    travel: TravelWords
    rates: Rates
    airspace: Airspace | None = None
    margin_s: int = 0
    known: Travel | None = None
    networks: dict[str, maps.StreetNetwork] | None = None
    _routes: Routes | None = None
    _closures: tuple[Closure, ...] = ()

    def forget(self) -> None:
        """As ``Planner`` has it: the last plan and what was measured."""
        self._routes = self.known = None

    def propose(self, state: State, now: datetime, work: int, enough: Callable[[], bool]) -> Proposal:
        """As ``Planner`` has it; a plan is checked before it is given out.

        Raises:
            RequestError: if the map that was named is not there.
            maps.MapError: if the map has no street to ride on, closed or not.
        """
        waiting = [life for life in state.open_orders if life.stores]
        later = tuple(each for life in waiting if (each := _later(state, life)) and each.plan_at > now)
        names = {each.order_id for each in later}
        lives = [life for life in waiting if life.order.id not in names]
        request = self._request(state, now, lives, state.ready_vehicles)
        try:
            travel = self._measure(request, state)
        except maps.MapError:
            if not state.closed_at(now):
                raise
            text = "the streets that are closed leave none to ride on"
            unserved = (Unserved(order_id=life.order.id, code=Reason.STORE_OFF_MAP, text=text) for life in lives)
            return Proposal(unserved=tuple(unserved), later=later)
        if not lives:
            self._routes = None
            return Proposal(later=later)
        answer = plan(
            request,
            engine="search",
            work_limit=min(work, WORK_PER_ORDER * len(lives)),
            travel=travel,
            fixes=False,
            start=self._routes,
            enough=enough,
        )
        self._routes = _routes_of(answer.trips)
        return Proposal(tuple(self._proposed(request, answer.trips, state)), answer.unserved, answer.late, later)

    def _request(self, state: State, now: datetime, lives: list[OrderLife], vehicles: list[VehicleLife]) -> PlanRequest:
        """The snapshot; its parts were validated when they came in."""
        margin = timedelta(seconds=self.margin_s)
        orders = []
        for life in lives:
            own, *others = life.stores
            order = life.order
            promised_at = max(order.promised_at - margin, order.placed_at, order.not_before_at or order.placed_at)
            changes: dict[str, object] = {"store_id": own, "also_at": tuple(others), "promised_at": promised_at}
            if order.max_late_s is not None:  # what is too late is so by the promise as it was given
                changes["max_late_s"] = order.max_late_s + math.floor(seconds_after(promised_at, order.promised_at))
            assigned = state.vehicles.get(life.assigned_to or "")
            if assigned is not None and not assigned.leaving and not assigned.overdue:
                changes["vehicle_ids"] = (assigned.vehicle.id,)
            if life.held_until is not None:
                changes["ready_at"] = max(life.order.ready_at, life.held_until)
            if life.hurried:
                changes |= _hurried(life.order, promised_at, now)
            orders.append(life.order.model_copy(update=changes))
        at_hand = [
            life.vehicle.model_copy(
                update={"free_at": life.expected_at(now), "free_store_id": life.store_id, "on_board": ()}
            )
            for life in vehicles
        ]
        return PlanRequest.model_construct(
            now=now,
            stores=list(state.stores.values()),
            orders=orders,
            riders=[vehicle for vehicle in at_hand if isinstance(vehicle, Rider)],
            drones=[vehicle for vehicle in at_hand if isinstance(vehicle, Drone)],
            travel=self.travel,
            rates=self.rates,
            airspace=self.airspace,
        )

    def _measure(self, request: PlanRequest, state: State) -> Travel:
        """Travel that knows every order of ``request`` at its present address."""
        closures = state.closed_at(request.now)
        if self.known is None or closures != self._closures:
            self.known = Travel.of(request, self._open_streets(closures))
            self._closures = closures
            return self.known
        known = self.known
        strange = [order for order in request.orders if not known.knows(order)]
        if strange:
            known.add(strange)
        return known

    def _open_streets(self, closures: tuple[Closure, ...]) -> dict[str, maps.StreetNetwork] | None:
        """The maps without the streets that are closed."""
        if not closures:
            return self.networks
        networks = bundled_networks() if self.networks is None else dict(self.networks)
        for closure in closures:
            networks = {name: network.without(closure.ring) for name, network in networks.items()}
        return networks

    def _proposed(self, request: PlanRequest, trips: tuple[Trip, ...], state: State) -> list[Proposed]:
        """``trips`` with the times between which each may set off, from each vehicle's last trip to its first."""
        orders = {order.id: order for order in request.orders}
        vehicles = {vehicle.id: vehicle for vehicle in request.vehicles}
        proposed: list[Proposed] = []
        next_go_at: datetime | None = None
        next_room_s, vehicle_id = math.inf, ""
        for trip in reversed(trips):
            vehicle = vehicles[trip.vehicle_id]
            if trip.vehicle_id != vehicle_id:
                vehicle_id, next_room_s, next_go_at = trip.vehicle_id, math.inf, None
            waits_s = list(accumulate(_waits_s(trip)))
            back_s = math.inf  # so much later it may be back
            if next_go_at is not None:
                back_s = seconds_after(trip.return_at, next_go_at) - turnaround_s(vehicle) + next_room_s
            if vehicle.shift_end_at is not None:
                back_s = min(back_s, seconds_after(trip.return_at, vehicle.shift_end_at))
            room_s = waits_s[-1] + back_s
            for stop, waited_s in zip(trip.stops, waits_s, strict=True):
                room_s = min(room_s, waited_s + seconds_after(stop.arrive_at, orders[stop.order_id].promised_at))
            room_s = max(room_s, waits_s[0])
            next_room_s, next_go_at = room_s, trip.depart_at - timedelta(seconds=trip.approach_leg.travel_s)
            go_at, latest_at = (next_go_at + timedelta(seconds=each) for each in (waits_s[0], room_s))
            full = len(trip.stops) >= vehicle.capacity_orders
            proposed.append(Proposed(self._told(trip, state), go_at, latest_at, full, tuple(waits_s)))
        proposed.reverse()
        return proposed

    def _told(self, trip: Trip, state: State) -> Trip:
        """A trip whose lateness counts from the promise as it was given, not from the one that was planned with."""
        if self.margin_s == 0 and not any(state.orders[stop.order_id].hurried for stop in trip.stops):
            return trip
        late_s = [lateness_s(state.orders[stop.order_id].order, stop.arrive_at) for stop in trip.stops]
        if all(stop.late_s == each for stop, each in zip(trip.stops, late_s, strict=True)):
            return trip
        stops = (stop.model_copy(update={"late_s": each}) for stop, each in zip(trip.stops, late_s, strict=True))
        return trip.model_copy(update={"stops": tuple(stops)})


def _later(state: State, life: OrderLife) -> Later | None:
    """When an order is to be planned, by when its door opens and how far it is; None if its door is open."""
    order, opens_at = life.order, life.order.not_before_at
    if opens_at is None:
        return None
    arrive_at = max(opens_at, order.ready_at, life.held_until or opens_at)
    stores = np.array([state.stores[each].location for each in life.stores])
    away_m = float(great_circle_m(stores, np.array([order.location])).min())
    return Later(order.id, opens_at - FORESEEN - timedelta(seconds=away_m / SLOWLY_MPS), arrive_at)


def _waits_s(trip: Trip) -> Iterator[float]:
    """How long the vehicle waits at each door for it to open."""
    left_at = trip.depart_at
    for stop in trip.stops:
        yield seconds_after(left_at, stop.arrive_at) - stop.leg.travel_s
        left_at = stop.leave_at


def _hurried(order: Order, promised_at: datetime, now: datetime) -> dict[str, object]:
    """An order that is wanted as soon as it can be: promised for now, and too late no sooner than before."""
    wanted_at = max(order.placed_at, order.not_before_at or order.placed_at, min(promised_at, now))
    changes: dict[str, object] = {"promised_at": wanted_at}
    if order.max_late_s is not None:
        changes["max_late_s"] = order.max_late_s + math.floor(max(seconds_after(wanted_at, order.promised_at), 0.0))
    return changes


def _routes_of(trips: tuple[Trip, ...]) -> Routes:
    routes: dict[str, tuple[RouteTrip, ...]] = {}
    for trip in trips:
        route = RouteTrip(trip.store_id, tuple(stop.order_id for stop in trip.stops))
        routes[trip.vehicle_id] = (*routes.get(trip.vehicle_id, ()), route)
    return routes
