"""The independent judge of a plan.

It reads the request and the plan as anyone would, and shares no code with the engines. ``dispatch.limits`` judges one
trip at a time; here is what concerns the plan as a whole.
"""

import math
from collections import defaultdict
from collections.abc import Iterator

from dispatch.answer import Plan, Trip, Verdict, Violation, ViolationCode
from dispatch.limits import Limits, figure, violation
from dispatch.objective import price, unserved_cost
from dispatch.pins import settle_pins
from dispatch.request import PlanRequest
from dispatch.travel import Travel


def check(request: PlanRequest, plan: Plan, travel: Travel | None = None) -> Verdict:
    """Judge ``plan``: every order once, every limit kept, every time and figure as streets and prices give it.

    Args:
        request: what was asked.
        plan: what was answered, by Swiftleaf or by hand.
        travel: the request's measured legs, if they are at hand; measured here otherwise.

    Returns:
        A verdict with every violation, each at its path in the plan's JSON.
    """
    return _Judge(request, plan, travel or Travel.of(request)).verdict()


class _Judge:
    def __init__(self, request: PlanRequest, plan: Plan, travel: Travel) -> None:
        self.request, self.plan, self.travel = request, plan, travel
        self.limits = Limits(request, travel)
        self.carriers = {order_id: vehicle.id for vehicle in request.vehicles for order_id in vehicle.on_board}

    def verdict(self) -> Verdict:
        violations = [*self._orders_once(), *self._on_board(), *self._trips_once()]
        previous: dict[str, Trip] = {}
        known = True
        for i, trip in enumerate(self.plan.trips):
            path = f"$.trips[{i}]"
            if trip.vehicle_id not in self.limits.vehicles:
                known = False
                text = f"no vehicle has the id {trip.vehicle_id!r}"
                violations.append(violation(ViolationCode.VEHICLE_UNKNOWN, f"{path}.vehicle_id", text))
                continue
            if any(stop.order_id not in self.limits.orders for stop in trip.stops):
                known = False
                continue  # _orders_once has named it
            violations += self.limits.broken(path, trip, previous.get(trip.vehicle_id))
            previous[trip.vehicle_id] = trip
        violations += self._pinned()
        if known:
            violations += self._figures()
        return Verdict(valid=not violations, violations=tuple(violations))

    def _orders_once(self) -> Iterator[Violation]:
        """Every order is in a trip, among the unserved or on board, and in one of these only."""
        seen: dict[str, str] = {}
        named = [
            (f"$.trips[{i}].stops[{k}]", stop.order_id)
            for i, trip in enumerate(self.plan.trips)
            for k, stop in enumerate(trip.stops)
        ]
        named += [(f"$.unserved[{i}]", item.order_id) for i, item in enumerate(self.plan.unserved)]
        for path, order_id in named:
            if order_id not in self.limits.orders:
                text = f"the request has no order {order_id!r}"
                yield violation(ViolationCode.ORDER_UNKNOWN, f"{path}.order_id", text)
            elif order_id in self.carriers:
                text = f"order {order_id!r} is on board of {self.carriers[order_id]!r}, which is out with it"
                yield violation(ViolationCode.ON_BOARD, f"{path}.order_id", text)
            elif order_id in seen:
                text = f"order {order_id!r} is already at {seen[order_id]}"
                yield violation(ViolationCode.ORDER_TWICE, f"{path}.order_id", text)
            seen[order_id] = path
        for order_id, order in self.limits.orders.items():
            if order_id not in seen and order_id not in self.carriers:
                text = f"order {order_id!r} is neither in a trip nor among the unserved"
                cost = unserved_cost(self.request.rates, order)
                yield violation(ViolationCode.ORDER_MISSING, "$", text, cost)

    def _on_board(self) -> Iterator[Violation]:
        """The plan lists just the orders that the request's vehicles are out with."""
        for i, order_id in enumerate(self.plan.on_board):
            if order_id not in self.carriers:
                text = f"no vehicle has order {order_id!r} on board"
                yield violation(ViolationCode.ON_BOARD, f"$.on_board[{i}]", text)
        for order_id, vehicle_id in self.carriers.items():
            if order_id not in self.plan.on_board:
                text = f"order {order_id!r}, on board of {vehicle_id!r}, is not listed"
                yield violation(ViolationCode.ON_BOARD, "$.on_board", text)

    def _trips_once(self) -> Iterator[Violation]:
        """Rounds are accounted for by the trip's id, so no two trips may share one."""
        seen: dict[str, int] = {}
        for i, trip in enumerate(self.plan.trips):
            if trip.id in seen:
                text = f"trip {trip.id!r} is already at $.trips[{seen[trip.id]}]"
                yield violation(ViolationCode.TRIP_TWICE, f"$.trips[{i}].id", text)
            seen.setdefault(trip.id, i)

    def _pinned(self) -> Iterator[Violation]:
        """Pinned trips that can be made are made, before the vehicle's others and in the request's sequence."""
        made: dict[str, list[tuple[int, Trip]]] = defaultdict(list)
        for i, trip in enumerate(self.plan.trips):
            made[trip.vehicle_id].append((i, trip))
        for vehicle_id, pins in settle_pins(self.request, self.travel).routes.items():
            for k, pin in enumerate(pins):
                words = f"{vehicle_id!r} is to make trip {k + 1} from {pin.store!r} with {list(pin.orders)}"
                if k >= len(made[vehicle_id]):
                    yield violation(ViolationCode.PIN_BROKEN, "$.trips", words)
                    continue
                i, trip = made[vehicle_id][k]
                if (trip.store_id, *(stop.order_id for stop in trip.stops)) != (pin.store, *pin.orders):
                    yield violation(ViolationCode.PIN_BROKEN, f"$.trips[{i}]", words)
                elif pin.depart_at is not None and trip.depart_at != pin.depart_at:
                    text = f"{trip.depart_at}; {words} at {pin.depart_at}"
                    yield violation(ViolationCode.PIN_BROKEN, f"$.trips[{i}].depart_at", text)

    def _figures(self) -> Iterator[Violation]:
        plan, trips = self.plan, self.plan.trips
        if plan.now != self.request.now:
            yield violation(ViolationCode.WRONG_TIME, "$.now", f"{plan.now}; the request's now is {self.request.now}")
        if plan.currency != self.request.rates.currency:
            text = f"{plan.currency}; the request counts in {self.request.rates.currency}"
            yield violation(ViolationCode.WRONG_FIGURE, "$.currency", text)
        left_out = [item.order_id for item in plan.unserved if item.order_id in self.limits.orders]
        cost = price(self.request, trips, left_out)
        for name in type(cost).model_fields:
            yield from figure(f"$.cost.{name}", getattr(plan.cost, name), getattr(cost, name))
        stops = [stop for trip in trips for stop in trip.stops]
        summary = {
            "orders": len(self.limits.orders) - len(self.carriers),
            "served": len(stops),
            "late": sum(stop.late_s > 0 for stop in stops),
            "late_s": sum(stop.late_s for stop in stops),
            "unserved": len(plan.unserved),
            "trips": len(trips),
            "travel_s": sum(trip.travel_s for trip in trips),
            "distance_m": math.fsum(trip.distance_m for trip in trips),
            "battery_wh": math.fsum(trip.battery_wh for trip in trips),
            "transport_gco2e": math.fsum(trip.transport_gco2e for trip in trips),
        }
        for name, value in summary.items():
            yield from figure(f"$.summary.{name}", getattr(plan.summary, name), value)
