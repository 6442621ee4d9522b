"""The one repair that every peer's answer gets, and the plan that the checker then judges.

A solver that cannot express a rule may break it. So each answer is walked through: an order that breaks a limit where
it stands is dropped, and every order left out is offered to all positions of all trips, the cheapest first served.
It is the same for all peers, is not part of their time, and shares no code with Swiftleaf's engines.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from dispatch import Plan, PlanRequest, Reason, Summary, Travel, Unserved, check
from dispatch.objective import price
from dispatch.problem import COST, GRACE_S, LATE_COST, LATE_COST_AFTER, SECONDS, Problem
from dispatch.timetable import RouteTrip, timetable

Sequences = list[list[list[int]]]
"""For each vehicle its trips, each the rows of its orders in the sequence of the stops."""
TOLERANCE_KG = 1e-9


@dataclass(frozen=True)
class Days:
    """What a vehicle's day costs: plain lists out of a problem with one store and riders of one kind."""

    ready_s: list[float]
    early_s: list[float]
    promise_s: list[float]
    latest_s: list[float]
    mass_kg: list[float]
    unserved_cost: list[float]
    handover_s: list[float]
    free_s: list[float]
    end_s: list[float]
    capacity_orders: list[int]
    capacity_kg: list[float]
    seconds: list[list[float]]
    cost: list[list[float]]
    late: tuple[float, float, float]

    @classmethod
    def of(cls, problem: Problem) -> "Days":
        """Read ``problem``; it must have one store and vehicles that are all alike but for their hours and room."""
        a = problem.arrays
        if a.legs.shape[0] != 1 or a.legs.shape[1] != len(a.orders) + 1:
            raise ValueError("the benchmark's repair knows one store and one kind of vehicle")
        orders, vehicles = a.orders, a.vehicles
        return cls(
            ready_s=orders["ready_s"].tolist(),
            early_s=orders["early_s"].tolist(),
            promise_s=orders["promise_s"].tolist(),
            latest_s=orders["latest_s"].tolist(),
            mass_kg=orders["mass_kg"].tolist(),
            unserved_cost=orders["unserved_cost"].tolist(),
            handover_s=a.handover_s[0].tolist(),
            free_s=vehicles["free_s"].tolist(),
            end_s=vehicles["end_s"].tolist(),
            capacity_orders=vehicles["capacity_orders"].tolist(),
            capacity_kg=vehicles["capacity_kg"].tolist(),
            seconds=a.legs[0, ..., SECONDS].tolist(),
            cost=a.legs[0, ..., COST].tolist(),
            late=(float(a.late[LATE_COST]), float(a.late[GRACE_S]), float(a.late[LATE_COST_AFTER])),
        )

    def late_cost(self, late_s: float) -> float:
        """The price of arriving ``late_s`` after the promise."""
        per_s, grace_s, per_s_after = self.late
        return max(0.0, min(late_s, grace_s)) * per_s + max(0.0, late_s - grace_s) * per_s_after

    def walk(self, vehicle: int, trips: Sequence[Sequence[int]]) -> tuple[float, tuple[int, int] | None]:
        """The cost of a day of ``trips``, inf if it breaks a limit; then also which trip and stop break it first."""
        clock_s, cost = self.free_s[vehicle], 0.0
        for number, trip in enumerate(trips):
            if len(trip) > self.capacity_orders[vehicle]:
                return math.inf, (number, len(trip) - 1)
            if sum(self.mass_kg[order] for order in trip) > self.capacity_kg[vehicle] + TOLERANCE_KG:
                return math.inf, (number, len(trip) - 1)
            clock_s = max([clock_s, *(self.ready_s[order] for order in trip)])
            here = 0
            for k, order in enumerate(trip):
                clock_s = max(clock_s + self.seconds[here][order + 1], self.early_s[order])
                cost += self.cost[here][order + 1] + self.late_cost(clock_s - self.promise_s[order])
                if clock_s > self.latest_s[order]:
                    return math.inf, (number, k)
                clock_s += self.handover_s[order]
                here = order + 1
            clock_s += self.seconds[here][0]
            cost += self.cost[here][0]
            if clock_s > self.end_s[vehicle]:
                return math.inf, (number, len(trip) - 1)
        return (cost, None) if math.isfinite(cost) else (math.inf, (len(trips) - 1, len(trips[-1]) - 1))


def repair(problem: Problem, sequences: Sequences) -> Sequences:
    """Drop what breaks a limit, then offer every order left out to all positions, by promise."""
    days = Days.of(problem)
    routes = [_keep(days, vehicle, trips) for vehicle, trips in enumerate(sequences)]
    routes += [[] for _ in range(len(problem.vehicle_ids) - len(routes))]
    served = {order for trips in routes for trip in trips for order in trip}
    costs = [days.walk(vehicle, trips)[0] for vehicle, trips in enumerate(routes)]
    left_out = [order for order in range(len(problem.order_ids)) if order not in served]
    for order in sorted(left_out, key=lambda order: (days.promise_s[order], order)):
        best, best_vehicle, best_trips = days.unserved_cost[order], -1, []
        for vehicle, trips in enumerate(routes):
            for tried in _with(trips, order):
                more = days.walk(vehicle, tried)[0] - costs[vehicle]
                if more < best:
                    best, best_vehicle, best_trips = more, vehicle, tried
        if best_vehicle >= 0:
            routes[best_vehicle] = best_trips
            costs[best_vehicle] += best
    return routes


def _keep(days: Days, vehicle: int, trips: list[list[int]]) -> list[list[int]]:
    """The trips without the orders that break a limit, each dropped as the walk comes to it."""
    kept = [list(trip) for trip in trips if trip]
    while True:
        _, broken = days.walk(vehicle, kept)
        if broken is None:
            return kept
        number, stop = broken
        del kept[number][stop]
        kept = [trip for trip in kept if trip]


def _with(trips: list[list[int]], order: int) -> list[list[list[int]]]:
    """All days that visit ``order`` on top of ``trips``: at every position of every trip, and on a trip of its own."""
    days = [[*trips[:i], [order], *trips[i:]] for i in range(len(trips) + 1)]
    days += [
        [*trips[:i], [*trip[:k], order, *trip[k:]], *trips[i + 1 :]]
        for i, trip in enumerate(trips)
        for k in range(len(trip) + 1)
    ]
    return days


def judged(request: PlanRequest, travel: Travel, problem: Problem, sequences: Sequences, solver: str) -> Plan:
    """The plan that rides ``sequences``, timed and priced as any plan, with the checker's verdict."""
    store = request.stores[0].id
    routes = {
        problem.vehicle_ids[vehicle]: [
            RouteTrip(store, tuple(problem.order_ids[order] for order in trip)) for trip in trips
        ]
        for vehicle, trips in enumerate(sequences)
    }
    trips = timetable(request, travel, routes)
    stops = [stop for trip in trips for stop in trip.stops]
    served = {stop.order_id for stop in stops}
    left_out = [order.id for order in request.orders if order.id not in served]
    plan = Plan(
        now=request.now,
        engine=solver,
        seed=0,
        currency=request.rates.currency,
        trips=trips,
        unserved=tuple(Unserved(order_id=name, code=Reason.BUSY, text=f"{solver} leaves it out") for name in left_out),
        cost=price(request, trips, left_out),
        summary=Summary(
            orders=len(request.orders),
            served=len(stops),
            late=sum(stop.late_s > 0 for stop in stops),
            late_s=sum(stop.late_s for stop in stops),
            unserved=len(left_out),
            trips=len(trips),
            travel_s=sum(trip.travel_s for trip in trips),
            distance_m=math.fsum(trip.distance_m for trip in trips),
            battery_wh=math.fsum(trip.battery_wh for trip in trips),
            transport_gco2e=math.fsum(trip.transport_gco2e for trip in trips),
        ),
    )
    return plan.model_copy(update={"verdict": check(request, plan, travel)})
