"""A meal-delivery day through the dispatcher: the instance becomes events, the decisions become trips.

Nothing of the day is known to the dispatcher before its moment but who is on duty when: an order is told of when it is
placed, and couriers do what they are told, in the time that it takes.
"""

import heapq
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count

import numpy as np

from dispatch.answer import Trip
from dispatch.couriers.board import Ways
from dispatch.couriers.planner import CourierPlanner, CourierRules
from dispatch.online import Dispatcher, Setup
from dispatch.online.event import Event, OrderPlaced, RiderOn, StopDone, Tick, TripLeft, TripReturned
from dispatch.readers.mdrp import MealDay, Points
from dispatch.readers.mdrp_solution import MealTrip
from dispatch.record import seconds_after
from dispatch.request import Order, Packaging, Rider, Store, StraightTravel

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
"""Minute 0 of every instance."""
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
DEGREES_PER_M = 1e-6
"""Coordinates go on the map near 0, 0; the ways are the instance's own, not the map's."""
ANY_NUMBER = 1_000
"""A bundle may hold any number of orders."""
WORK = 5_000
NEWS, ON, PLACED = range(3)
"""Which events come first in a minute: what couriers have done, who comes on, what is ordered."""


@dataclass(slots=True)
class _Queue:
    """Events to come, by minute, then by kind, then in the sequence in which they were added."""

    heap: list[tuple[datetime, int, int, Event]] = field(default_factory=list)
    number: Iterator[int] = field(default_factory=count)

    def add(self, kind: int, event: Event) -> None:
        heapq.heappush(self.heap, (event.at, kind, next(self.number), event))

    def next_at(self) -> datetime | None:
        return self.heap[0][0] if self.heap else None

    def pop(self) -> Event:
        return heapq.heappop(self.heap)[-1]


@dataclass(frozen=True, slots=True)
class MealRun:
    """A day that was run.

    Attributes:
        trips: what was done, in the sequence in which it was decided.
        decision_s: wall-clock seconds that each event took.
    """

    trips: tuple[MealTrip, ...]
    decision_s: tuple[float, ...]


def run_meal_day(day: MealDay, *, rules: CourierRules | None = None, work: int = WORK, seed: int = 0) -> MealRun:
    """Run a day; the same arguments give the same trips.

    Args:
        day: the instance.
        rules: what counts in the plan beside click-to-door (default: as measured best); service and pay are the day's.
        work: rounds of each search at most.
        seed: of the searches.
    """
    dispatcher = _dispatcher(day, rules or CourierRules(), work, seed)
    queue = _Queue()
    for rider_on in _roster(day):
        queue.add(ON, rider_on)
    for placed in _orders(day):
        queue.add(PLACED, placed)
    order_index = {name: i for i, name in enumerate(day.orders.ids)}
    courier_index = {name: i for i, name in enumerate(day.couriers.ids)}
    trips, decision_s = [], []
    last_at = BEGIN + MINUTE * int(max(day.couriers.off_min, default=0))
    while (event := _next(queue, dispatcher, last_at)) is not None:
        began_s = time.perf_counter()
        decisions = dispatcher.handle(event)
        decision_s.append(time.perf_counter() - began_s)
        for decision in decisions:
            if decision.kind == "rejected":
                raise RuntimeError(f"{event.id}: {decision.field}: {decision.text}")
            if decision.kind == "commit":
                trips.append(_done(day, decision.trip, decision.at, order_index, courier_index))
                for news in _news(decision.trip):
                    queue.add(NEWS, news)
    return MealRun(tuple(trips), tuple(decision_s))


def meal_ways(day: MealDay) -> Ways:
    """The ways of an instance, between restaurants, doors and the couriers' first places."""
    xy_m: Points = np.concatenate([day.restaurant_xy_m, day.orders.xy_m, day.couriers.xy_m])
    names = (*day.restaurant_ids, *day.orders.ids, *day.couriers.ids)
    way_m = xy_m[:, None, :] - xy_m[None, :, :]
    metres = np.sqrt(way_m[..., 0] ** 2 + way_m[..., 1] ** 2, dtype=np.float64)
    seconds = day.rules.travel_min(xy_m, xy_m).astype(np.float64) * 60
    return Ways({name: i for i, name in enumerate(names)}, seconds, metres)


def _dispatcher(day: MealDay, rules: CourierRules, work: int, seed: int) -> Dispatcher:
    rules = rules.model_copy(
        update={
            "pickup_s": day.rules.pickup_min * 60,
            "pay_per_order": day.rules.pay_per_order,
            "pay_per_h": day.rules.pay_per_h,
        }
    )
    stores = [
        Store(id=name, location=_degrees(xy_m), region="CN")
        for name, xy_m in zip(day.restaurant_ids, day.restaurant_xy_m, strict=True)
    ]
    setup = Setup(stores=stores, travel=StraightTravel(kind="straight"), work=work, in_rounds=True)
    return Dispatcher(setup, CourierPlanner(meal_ways(day), rules, seed))


def _next(queue: _Queue, dispatcher: Dispatcher, last_at: datetime) -> Event | None:
    """The next event: one that is due, or before it a tick at the whole minute where the dispatcher wants one."""
    next_at, wake_at, now = queue.next_at(), dispatcher.wake_at, dispatcher.state.now
    if now is not None and (next_at is None or next_at > now):
        # The clock ticks every hour at least: a dispatcher does not believe in a day that passed in silence.
        tick_at = now + HOUR
        if wake_at is not None:
            tick_at = min(tick_at, max(now, BEGIN + MINUTE * math.ceil(seconds_after(BEGIN, wake_at) / 60)))
        if tick_at <= last_at and (next_at is None or tick_at < next_at):
            return Tick(id=f"tick-{_minute(tick_at)}", at=tick_at)
    return None if next_at is None else queue.pop()


def _roster(day: MealDay) -> Iterator[RiderOn]:
    """Everybody's shift is known when the day begins, as it is on a platform."""
    couriers = day.couriers
    for c, name in enumerate(couriers.ids):
        rider = Rider(
            id=name,
            store_id=day.restaurant_ids[0],
            free_at=BEGIN + MINUTE * int(couriers.on_min[c]),
            shift_end_at=BEGIN + MINUTE * int(couriers.off_min[c]),
            capacity_orders=ANY_NUMBER,
        )
        yield RiderOn(id=f"on-{name}", at=BEGIN, rider=rider)


def _orders(day: MealDay) -> Iterator[OrderPlaced]:
    orders = day.orders
    for o, name in enumerate(orders.ids):
        placed_at = BEGIN + MINUTE * int(orders.placed_min[o])
        order = Order(
            id=name,
            store_id=day.restaurant_ids[orders.restaurant[o]],
            location=_degrees(orders.xy_m[o]),
            placed_at=placed_at,
            ready_at=BEGIN + MINUTE * int(orders.ready_min[o]),
            promised_at=placed_at + MINUTE * day.rules.target_min,
            handover_s=day.rules.dropoff_min * 60,
            mass_kg=0.0,
            packaging=Packaging.NONE,
        )
        yield OrderPlaced(id=f"placed-{name}", at=placed_at, order=order)


def _news(trip: Trip) -> Iterator[Event]:
    """What a courier reports of a trip: couriers do as they are told, and are never late."""
    yield TripLeft(id=f"left-{trip.id}", at=trip.depart_at, trip_id=trip.id)
    for stop in trip.stops:
        yield StopDone(id=f"done-{stop.order_id}", at=stop.leave_at, trip_id=trip.id, order_id=stop.order_id)
    yield TripReturned(id=f"returned-{trip.id}", at=trip.return_at, trip_id=trip.id)


def _done(
    day: MealDay, trip: Trip, at: datetime, order_index: dict[str, int], courier_index: dict[str, int]
) -> MealTrip:
    half_pick, half_door = MINUTE * (day.rules.pickup_min // 2), MINUTE * (day.rules.dropoff_min // 2)
    return MealTrip(
        courier=courier_index[trip.vehicle_id],
        orders=tuple(order_index[stop.order_id] for stop in trip.stops),
        assigned_min=_minute(at),
        pickup_min=_minute(trip.depart_at - half_pick),
        dropoff_min=tuple(_minute(stop.arrive_at + half_door) for stop in trip.stops),
    )


def _minute(at: datetime) -> int:
    """A moment's whole minute."""
    minute = seconds_after(BEGIN, at) / 60
    assert minute == int(minute), f"{at} is no whole minute"
    return int(minute)


def _degrees(xy_m: Points) -> tuple[float, float]:
    return float(xy_m[0]) * DEGREES_PER_M, float(xy_m[1]) * DEGREES_PER_M
