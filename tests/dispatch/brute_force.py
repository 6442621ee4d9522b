"""The best plan of a tiny request by trying every plan: timed, judged and priced by definition, not by an engine."""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations, permutations
from typing import NamedTuple

from dispatch import Drone, PlanRequest, Rider, Travel, Trip
from dispatch.limits import Limits
from dispatch.objective import price, unserved_cost, work_s
from dispatch.pins import settle_pins
from dispatch.timetable import RouteTrip, timetable

Orders = frozenset[str]


class _Day(NamedTuple):
    """What one vehicle does: its trips, and what they cost without the spread of work."""

    route: tuple[RouteTrip, ...]
    trips: tuple[Trip, ...]
    cost: float
    work_s: float


class BruteForce:
    """Every set of orders that each vehicle can carry, in every sequence, cut into trips from every store."""

    def __init__(self, asked: PlanRequest, travel: Travel) -> None:
        self.asked, self.travel = asked, travel
        self.limits = Limits(asked, travel)
        self.pins = settle_pins(asked, travel)
        settled = {order_id for pin in asked.pinned for order_id in pin.order_ids}
        settled |= {order_id for vehicle in asked.vehicles for order_id in vehicle.on_board}
        self.open = [order.id for order in asked.orders if order.id not in settled]
        left_out = {order.id: unserved_cost(asked.rates, order) for order in asked.orders}
        self.unserved = {order_id: left_out[order_id] for order_id in self.open}
        self.fixed = sum(left_out[order_id] for order_id in self.pins.impossible)

    def best_cost(self) -> float:
        """What the cheapest valid plan costs."""
        plans: dict[tuple[Orders, float, float], float] = {(frozenset(), -math.inf, math.inf): self.fixed}
        for vehicle in self.asked.vehicles:
            days = self._days(vehicle)
            longer: dict[tuple[Orders, float, float], float] = {}
            for (carried, most_s, least_s), cost in plans.items():
                for taken, each in days.items():
                    if carried & taken:
                        continue
                    for day in each:
                        rides = isinstance(vehicle, Rider) and self.asked.rates.fairness_cost_per_h > 0
                        most, least = (
                            (max(most_s, day.work_s), min(least_s, day.work_s)) if rides else (most_s, least_s)
                        )
                        key = (carried | taken, most, least)
                        longer[key] = min(longer.get(key, math.inf), cost + day.cost)
            plans = longer
        return min(
            cost
            + sum(self.unserved[order_id] for order_id in self.open if order_id not in carried)
            + max(most_s - least_s, 0.0) / 3600 * self.asked.rates.fairness_cost_per_h
            for (carried, most_s, least_s), cost in plans.items()
        )

    def _days(self, vehicle: Rider | Drone) -> dict[Orders, list[_Day]]:
        """For each set of orders the days worth having, shortest first: no other is as cheap and over as early."""
        pinned = tuple(self.pins.routes.get(vehicle.id, ()))
        days: dict[Orders, list[_Day]] = defaultdict(list)
        days[frozenset()].append(self._day(vehicle, pinned))
        for size in range(1, len(self.open) + 1):
            for taken in map(frozenset, combinations(self.open, size)):
                found = [day for last in _parts(taken) for day in self._longer(vehicle, days[taken - {*last}], last)]
                days[taken] = self._worthwhile(found)
        return days

    def _longer(self, vehicle: Rider | Drone, days: Sequence[_Day], last: tuple[str, ...]) -> Iterator[_Day]:
        """The days with one more trip, as far as it keeps every limit."""
        for day in days:
            for store in self.asked.stores:
                longer = self._day(vehicle, (*day.route, RouteTrip(store.id, last)))
                before = longer.trips[-2] if len(longer.trips) > 1 else None
                if next(self.limits.broken("$", longer.trips[-1], before), None) is None:
                    yield longer

    def _day(self, vehicle: Rider | Drone, route: tuple[RouteTrip, ...]) -> _Day:
        trips = timetable(self.asked, self.travel, {vehicle.id: route})
        cost = price(self.asked, trips, ())
        return _Day(route, trips, cost.total - cost.fairness, sum(map(work_s, trips)))

    def _worthwhile(self, days: list[_Day]) -> list[_Day]:
        """Without days that another one, ending at the same store, beats in cost and end; at equal work if priced."""
        fair = self.asked.rates.fairness_cost_per_h > 0
        kept: list[_Day] = []
        for day in sorted(days, key=lambda day: (day.cost, day.trips[-1].return_at)):
            end = day.trips[-1]
            if not any(
                other.trips[-1].store_id == end.store_id
                and other.trips[-1].return_at <= end.return_at
                and (not fair or other.work_s == day.work_s)
                for other in kept
            ):
                kept.append(day)
        return kept


def _parts(taken: Orders) -> Iterator[tuple[str, ...]]:
    """Every sequence of some of the orders."""
    for size in range(1, len(taken) + 1):
        yield from permutations(sorted(taken), size)
