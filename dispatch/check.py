"""The independent judge of a plan.

It reads the request and the plan as anyone would, and shares no code with the engines.
"""

import math
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from dispatch.model import (
    Drone,
    Leg,
    Order,
    Plan,
    PlanRequest,
    Rider,
    Stop,
    Trip,
    Verdict,
    Violation,
    ViolationCode,
    seconds_after,
)
from dispatch.objective import price, transport_gco2e, trip_battery_wh
from dispatch.travel import Travel

FIGURE_TOLERANCE = 1e-6
MASS_TOLERANCE = 1e-9


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
        self.orders = {order.id: order for order in request.orders}
        self.vehicles = {vehicle.id: vehicle for vehicle in request.vehicles}
        self.stores = {store.id: store for store in request.stores}

    def verdict(self) -> Verdict:
        violations = [*self._orders_once(), *self._trips_once()]
        previous: dict[str, datetime] = {}
        known = True
        for i, trip in enumerate(self.plan.trips):
            path = f"$.trips[{i}]"
            vehicle = self.vehicles.get(trip.vehicle_id)
            if vehicle is None:
                known = False
                text = f"no vehicle has the id {trip.vehicle_id!r}"
                violations.append(_violation(ViolationCode.VEHICLE_UNKNOWN, f"{path}.vehicle_id", text))
                continue
            if any(stop.order_id not in self.orders for stop in trip.stops):
                known = False
                continue  # _orders_once has named it
            violations += self._trip(path, trip, vehicle, previous.get(vehicle.id))
            previous[vehicle.id] = trip.return_at
        if known:
            violations += self._figures()
        return Verdict(valid=not violations, violations=tuple(violations))

    def _orders_once(self) -> Iterator[Violation]:
        seen: dict[str, str] = {}
        named = [
            (f"$.trips[{i}].stops[{k}]", stop.order_id)
            for i, trip in enumerate(self.plan.trips)
            for k, stop in enumerate(trip.stops)
        ]
        named += [(f"$.unserved[{i}]", item.order_id) for i, item in enumerate(self.plan.unserved)]
        for path, order_id in named:
            if order_id not in self.orders:
                yield _violation(
                    ViolationCode.ORDER_UNKNOWN, f"{path}.order_id", f"the request has no order {order_id!r}"
                )
            elif order_id in seen:
                yield _violation(
                    ViolationCode.ORDER_TWICE, f"{path}.order_id", f"order {order_id!r} is already at {seen[order_id]}"
                )
            seen[order_id] = path
        for order_id in self.orders:
            if order_id not in seen:
                text = f"order {order_id!r} is neither in a trip nor among the unserved"
                yield _violation(ViolationCode.ORDER_MISSING, "$", text)

    def _trips_once(self) -> Iterator[Violation]:
        """Rounds are accounted for by the trip's id, so no two trips may share one."""
        seen: dict[str, int] = {}
        for i, trip in enumerate(self.plan.trips):
            if trip.id in seen:
                text = f"trip {trip.id!r} is already at $.trips[{seen[trip.id]}]"
                yield _violation(ViolationCode.TRIP_TWICE, f"$.trips[{i}].id", text)
            seen.setdefault(trip.id, i)

    def _trip(self, path: str, trip: Trip, vehicle: Rider | Drone, busy_until: datetime | None) -> Iterator[Violation]:
        if not trip.stops:
            yield _violation(ViolationCode.EMPTY_TRIP, f"{path}.stops", "a trip carries at least one order")
            return
        if trip.store_id != vehicle.store_id:
            text = f"{vehicle.id!r} belongs to store {vehicle.store_id!r}, not {trip.store_id!r}"
            yield _violation(ViolationCode.WRONG_STORE, f"{path}.store_id", text)
        carried = [self.orders[stop.order_id] for stop in trip.stops]
        if any(order.store_id != vehicle.store_id or order.store_id not in self.stores for order in carried):
            for k, order in enumerate(carried):
                if order.store_id != vehicle.store_id:
                    text = f"order {order.id!r} is at store {order.store_id!r}, the trip starts at {vehicle.store_id!r}"
                    yield _violation(ViolationCode.WRONG_STORE, f"{path}.stops[{k}]", text)
            return
        yield from self._departure(path, trip, vehicle, carried, busy_until)
        yield from self._load(path, vehicle, carried)
        yield from self._times(path, trip, vehicle, carried)
        yield from self._trip_figures(path, trip, vehicle, carried)

    def _departure(
        self, path: str, trip: Trip, vehicle: Rider | Drone, carried: Sequence[Order], busy_until: datetime | None
    ) -> Iterator[Violation]:
        at = f"{path}.depart_at"
        if trip.depart_at < self.request.now:
            yield _violation(
                ViolationCode.LEAVES_BEFORE_FREE, at, f"{trip.depart_at} is before now, {self.request.now}"
            )
        if vehicle.free_at is not None and trip.depart_at < vehicle.free_at:
            text = f"{trip.depart_at} is before {vehicle.id!r} is free, {vehicle.free_at}"
            yield _violation(ViolationCode.LEAVES_BEFORE_FREE, at, text)
        if busy_until is not None:
            pause_s = vehicle.turnaround_s if isinstance(vehicle, Drone) else 0
            earliest = busy_until + timedelta(seconds=pause_s)
            if trip.depart_at < earliest:
                text = f"{trip.depart_at} is before {vehicle.id!r} can leave again after its last trip, {earliest}"
                yield _violation(ViolationCode.TRIPS_OVERLAP, at, text)
        for order in carried:
            if trip.depart_at < order.ready_at:
                text = f"{trip.depart_at} is before order {order.id!r} is ready, {order.ready_at}"
                yield _violation(ViolationCode.LEAVES_BEFORE_READY, at, text)

    def _load(self, path: str, vehicle: Rider | Drone, carried: Sequence[Order]) -> Iterator[Violation]:
        mass_kg, volume_l = math.fsum(o.mass_kg for o in carried), math.fsum(o.volume_l for o in carried)
        at = f"{path}.stops"
        if len(carried) > vehicle.capacity_orders:
            text = f"{len(carried)} orders; {vehicle.id!r} carries at most {vehicle.capacity_orders}"
            yield _violation(ViolationCode.OVER_ORDERS, at, text)
        if mass_kg > vehicle.capacity_kg + MASS_TOLERANCE:
            yield _violation(
                ViolationCode.OVER_MASS, at, f"{mass_kg} kg; {vehicle.id!r} carries at most {vehicle.capacity_kg} kg"
            )
        if volume_l > vehicle.capacity_l + MASS_TOLERANCE:
            yield _violation(
                ViolationCode.OVER_VOLUME, at, f"{volume_l} l; {vehicle.id!r} carries at most {vehicle.capacity_l} l"
            )

    def _times(self, path: str, trip: Trip, vehicle: Rider | Drone, carried: Sequence[Order]) -> Iterator[Violation]:
        """Walk the trip from its departure and compare every leg and every time."""
        legs = self.travel.legs(vehicle)
        place, clock = self.travel.stores[vehicle.store_id], trip.depart_at
        for k, (stop, order) in enumerate(zip(trip.stops, carried, strict=True)):
            at, there = f"{path}.stops[{k}]", self.travel.orders[order.id]
            seconds, metres = float(legs.seconds[place, there]), float(legs.metres[place, there])
            yield from _leg(f"{at}.leg", stop.leg, seconds, metres)
            if not math.isfinite(seconds):
                return
            arrive_at = clock + timedelta(seconds=seconds)
            pause_s = vehicle.handover_s if isinstance(vehicle, Drone) else order.handover_s
            leave_at = arrive_at + timedelta(seconds=pause_s)
            yield from _time(f"{at}.arrive_at", stop.arrive_at, arrive_at)
            yield from _time(f"{at}.leave_at", stop.leave_at, leave_at)
            yield from _promise(at, stop, order, arrive_at)
            place, clock = there, leave_at
        home = self.travel.stores[vehicle.store_id]
        seconds, metres = float(legs.seconds[place, home]), float(legs.metres[place, home])
        yield from _leg(f"{path}.return_leg", trip.return_leg, seconds, metres)
        if not math.isfinite(seconds):
            return
        return_at = clock + timedelta(seconds=seconds)
        yield from _time(f"{path}.return_at", trip.return_at, return_at)
        if vehicle.shift_end_at is not None and return_at > vehicle.shift_end_at:
            text = f"back at {return_at}, after the shift of {vehicle.id!r} ends, {vehicle.shift_end_at}"
            yield _violation(ViolationCode.AFTER_SHIFT, f"{path}.return_at", text)

    def _trip_figures(
        self, path: str, trip: Trip, vehicle: Rider | Drone, carried: Sequence[Order]
    ) -> Iterator[Violation]:
        legs = [*(stop.leg for stop in trip.stops), trip.return_leg]
        distance_m = math.fsum(leg.distance_m for leg in legs)
        if isinstance(vehicle, Drone) and distance_m > vehicle.range_m + FIGURE_TOLERANCE:
            text = f"{distance_m:.0f} m; {vehicle.id!r} flies at most {vehicle.range_m:.0f} m on one battery"
            yield _violation(ViolationCode.OVER_RANGE, path, text)
        battery_wh = trip_battery_wh(vehicle, legs, [order.mass_kg for order in carried])
        kind = "drone" if isinstance(vehicle, Drone) else "rider"
        if trip.vehicle_kind != kind:
            text = f"{trip.vehicle_kind}; {vehicle.id!r} is a {kind}"
            yield _violation(ViolationCode.WRONG_FIGURE, f"{path}.vehicle_kind", text)
        yield from _figure(f"{path}.travel_s", trip.travel_s, sum(leg.travel_s for leg in legs))
        yield from _figure(f"{path}.distance_m", trip.distance_m, distance_m)
        yield from _figure(f"{path}.battery_wh", trip.battery_wh, battery_wh)
        grams = transport_gco2e(battery_wh, self.stores[vehicle.store_id].region)
        yield from _figure(f"{path}.transport_gco2e", trip.transport_gco2e, grams)

    def _figures(self) -> Iterator[Violation]:
        plan, trips = self.plan, self.plan.trips
        if plan.now != self.request.now:
            yield _violation(ViolationCode.WRONG_TIME, "$.now", f"{plan.now}; the request's now is {self.request.now}")
        if plan.currency != self.request.rates.currency:
            text = f"{plan.currency}; the request counts in {self.request.rates.currency}"
            yield _violation(ViolationCode.WRONG_FIGURE, "$.currency", text)
        left_out = [item.order_id for item in plan.unserved if item.order_id in self.orders]
        cost = price(self.request, trips, left_out)
        for name in type(cost).model_fields:
            yield from _figure(f"$.cost.{name}", getattr(plan.cost, name), getattr(cost, name))
        stops = [stop for trip in trips for stop in trip.stops]
        summary = {
            "orders": len(self.orders),
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
            yield from _figure(f"$.summary.{name}", getattr(plan.summary, name), value)


def _violation(code: ViolationCode, path: str, text: str) -> Violation:
    return Violation(code=code, path=path, text=text)


def _leg(path: str, leg: Leg, seconds: float, metres: float) -> Iterator[Violation]:
    if not math.isfinite(seconds) or not math.isfinite(metres):
        yield _violation(ViolationCode.NO_PATH, path, "there is no path between these two places")
        return
    if leg.travel_s != seconds:
        yield _violation(
            ViolationCode.WRONG_TIME, f"{path}.travel_s", f"{leg.travel_s} s; the way takes {seconds:.0f} s"
        )
    yield from _figure(f"{path}.distance_m", leg.distance_m, metres)


def _time(path: str, found: datetime, expected: datetime) -> Iterator[Violation]:
    if found != expected:
        apart_s = seconds_after(expected, found)
        text = f"{found.isoformat()}; the legs and handovers before it give {expected.isoformat()} ({apart_s:+.0f} s)"
        yield _violation(ViolationCode.WRONG_TIME, path, text)


def _promise(path: str, stop: Stop, order: Order, arrive_at: datetime) -> Iterator[Violation]:
    late_s = max(0, math.ceil(seconds_after(order.promised_at, arrive_at)))
    yield from _figure(f"{path}.late_s", stop.late_s, late_s)
    if order.max_late_s is not None and late_s > order.max_late_s:
        text = f"{late_s} s after the promise; order {order.id!r} allows {order.max_late_s} s"
        yield _violation(ViolationCode.PROMISE_BROKEN, f"{path}.arrive_at", text)


def _figure(path: str, found: float, expected: float) -> Iterator[Violation]:
    if not math.isclose(found, expected, rel_tol=FIGURE_TOLERANCE, abs_tol=FIGURE_TOLERANCE):
        yield _violation(ViolationCode.WRONG_FIGURE, path, f"{found}; the trips and prices give {expected}")
