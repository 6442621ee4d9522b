"""What is wrong with one trip: every limit that it breaks, every time and figure that the ways do not give.

It reads the request and the trip as anyone would, and shares no code with the engines.
"""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from dispatch.answer import Leg, Stop, Trip, Violation, ViolationCode
from dispatch.objective import late_cost, transport_gco2e, trip_battery_wh
from dispatch.record import seconds_after
from dispatch.request import Drone, Order, PlanRequest, Rider
from dispatch.travel import Travel

FIGURE_TOLERANCE = 1e-6
MASS_TOLERANCE = 1e-9


class Limits:
    """The limits of a request, to hold trips against."""

    def __init__(self, request: PlanRequest, travel: Travel) -> None:
        self.request, self.travel = request, travel
        self.orders = {order.id: order for order in request.orders}
        self.vehicles = {vehicle.id: vehicle for vehicle in request.vehicles}
        self.stores = {store.id: store for store in request.stores}

    def broken(self, path: str, trip: Trip, previous: Trip | None) -> Iterator[Violation]:
        """Every violation of ``trip``, whose vehicle and orders must be the request's.

        Args:
            path: where the trip is in the plan's JSON.
            trip: the trip.
            previous: the one before it of the same vehicle.
        """
        vehicle = self.vehicles[trip.vehicle_id]
        if not trip.stops:
            yield violation(ViolationCode.EMPTY_TRIP, f"{path}.stops", "a trip carries at least one order")
            return
        carried = [self.orders[stop.order_id] for stop in trip.stops]
        yield from self._places(path, trip, vehicle, carried)
        yield from self._right_vehicle(path, vehicle, carried)
        yield from self._load(path, vehicle, carried)
        if trip.store_id not in self.stores:
            return
        yield from self._departure(path, trip, vehicle, carried, previous)
        yield from self._times(path, trip, vehicle, carried)
        yield from self._figures(path, trip, vehicle, carried)

    def _places(self, path: str, trip: Trip, vehicle: Rider | Drone, carried: Sequence[Order]) -> Iterator[Violation]:
        """The trip's store: one of the vehicle's, open, with every order in stock."""
        at = f"{path}.store_id"
        store = self.stores.get(trip.store_id)
        if store is None or store.id not in {vehicle.store_id, *vehicle.shared_with}:
            text = f"{vehicle.id!r} starts from {[vehicle.store_id, *vehicle.shared_with]}, not {trip.store_id!r}"
            yield violation(ViolationCode.WRONG_STORE, at, text)
        if store is not None and not store.open:
            yield violation(ViolationCode.STORE_CLOSED, at, f"store {store.id!r} is closed")
        for k, order in enumerate(carried):
            if trip.store_id not in {order.store_id, *order.also_at}:
                stores = [order.store_id, *order.also_at]
                text = f"order {order.id!r} is in stock at {stores}; the trip starts at {trip.store_id!r}"
                yield violation(ViolationCode.NOT_IN_STOCK, f"{path}.stops[{k}]", text)

    def _right_vehicle(self, path: str, vehicle: Rider | Drone, carried: Sequence[Order]) -> Iterator[Violation]:
        """Whether the vehicle may carry these orders, and may fly at all."""
        for k, order in enumerate(carried):
            if order.vehicle_ids is not None and vehicle.id not in order.vehicle_ids:
                text = f"order {order.id!r} may travel with {list(order.vehicle_ids)} only, not with {vehicle.id!r}"
                yield violation(ViolationCode.VEHICLE_NOT_ALLOWED, f"{path}.stops[{k}]", text)
        if not isinstance(vehicle, Drone):
            return
        wind_mps = self.request.airspace.wind_mps if self.request.airspace else 0.0
        if vehicle.grounded:
            yield violation(ViolationCode.CANNOT_FLY, f"{path}.vehicle_id", f"{vehicle.id!r} is grounded")
        elif wind_mps > vehicle.max_wind_mps:
            text = f"the wind is {wind_mps:g} m/s; {vehicle.id!r} flies in at most {vehicle.max_wind_mps:g} m/s"
            yield violation(ViolationCode.CANNOT_FLY, f"{path}.vehicle_id", text)

    def _load(self, path: str, vehicle: Rider | Drone, carried: Sequence[Order]) -> Iterator[Violation]:
        mass_kg, volume_l = math.fsum(o.mass_kg for o in carried), math.fsum(o.volume_l for o in carried)
        at = f"{path}.stops"
        if len(carried) > vehicle.capacity_orders:
            text = f"{len(carried)} orders; {vehicle.id!r} carries at most {vehicle.capacity_orders}"
            yield violation(ViolationCode.OVER_ORDERS, at, text)
        if mass_kg > vehicle.capacity_kg + MASS_TOLERANCE:
            text = f"{mass_kg} kg; {vehicle.id!r} carries at most {vehicle.capacity_kg} kg"
            yield violation(ViolationCode.OVER_MASS, at, text)
        if volume_l > vehicle.capacity_l + MASS_TOLERANCE:
            text = f"{volume_l} l; {vehicle.id!r} carries at most {vehicle.capacity_l} l"
            yield violation(ViolationCode.OVER_VOLUME, at, text)
        elif bags_of(vehicle, carried) > vehicle.bags:
            kinds = sorted({order.temperature.value for order in carried})
            text = f"{', '.join(kinds)} goods need {bags_of(vehicle, carried)} bags; {vehicle.id!r} has {vehicle.bags}"
            yield violation(ViolationCode.OVER_BAGS, at, text)

    def _departure(
        self, path: str, trip: Trip, vehicle: Rider | Drone, carried: Sequence[Order], previous: Trip | None
    ) -> Iterator[Violation]:
        """Whether the vehicle can be at the store by then, from where it was, and the orders are ready."""
        at, approach_path = f"{path}.depart_at", f"{path}.approach_leg"
        came_from = previous.store_id if previous else vehicle.free_store_id or vehicle.store_id
        if came_from not in self.stores:  # a hand-made plan, whose trip before has been named
            came_from = trip.store_id
        seconds, metres = self._way(vehicle, self.travel.stores[came_from], self.travel.stores[trip.store_id])
        yield from _leg(approach_path, trip.approach_leg, seconds, metres)
        approach = timedelta(seconds=seconds if math.isfinite(seconds) else 0)
        on_the_way = f", with {seconds:.0f} s on the way from store {came_from!r}" if approach else ""
        if previous is not None:
            pause_s = vehicle.turnaround_s if isinstance(vehicle, Drone) else 0
            earliest = previous.return_at + timedelta(seconds=pause_s) + approach
            if trip.depart_at < earliest:
                text = f"{trip.depart_at} is before {vehicle.id!r} can leave again, {earliest}{on_the_way}"
                yield violation(ViolationCode.TRIPS_OVERLAP, at, text)
        free_at = max(self.request.now, vehicle.free_at or self.request.now)
        if trip.depart_at < free_at + (approach if previous is None else timedelta()):
            text = f"{trip.depart_at} is before {vehicle.id!r} can leave, free at {free_at}{on_the_way}"
            yield violation(ViolationCode.LEAVES_BEFORE_FREE, at, text)
        for order in carried:
            if trip.depart_at < order.ready_at:
                text = f"{trip.depart_at} is before order {order.id!r} is ready, {order.ready_at}"
                yield violation(ViolationCode.LEAVES_BEFORE_READY, at, text)

    def _way(self, vehicle: Rider | Drone, start: int, end: int) -> tuple[float, float]:
        legs = self.travel.legs(vehicle)
        return float(legs.seconds[start, end]), float(legs.metres[start, end])

    def _times(self, path: str, trip: Trip, vehicle: Rider | Drone, carried: Sequence[Order]) -> Iterator[Violation]:
        """Walk the trip from its departure and compare every leg and every time."""
        place, clock = self.travel.stores[trip.store_id], trip.depart_at
        for k, (stop, order) in enumerate(zip(trip.stops, carried, strict=True)):
            at, there = f"{path}.stops[{k}]", self.travel.orders[order.id]
            seconds, metres = self._way(vehicle, place, there)
            yield from _leg(f"{at}.leg", stop.leg, seconds, metres)
            if not math.isfinite(seconds):
                return
            arrive_at = clock + timedelta(seconds=seconds)
            if order.not_before_at is not None:  # the door opens at a whole second of the plan
                wait_s = math.ceil(seconds_after(self.request.now, order.not_before_at))
                arrive_at = max(arrive_at, self.request.now + timedelta(seconds=wait_s))
            pause_s = vehicle.handover_s if isinstance(vehicle, Drone) else order.handover_s
            leave_at = arrive_at + timedelta(seconds=pause_s)
            yield from _time(f"{at}.arrive_at", stop.arrive_at, arrive_at)
            yield from _time(f"{at}.leave_at", stop.leave_at, leave_at)
            yield from self._promise(at, stop, order, arrive_at)
            place, clock = there, leave_at
        seconds, metres = self._way(vehicle, place, self.travel.stores[trip.store_id])
        yield from _leg(f"{path}.return_leg", trip.return_leg, seconds, metres)
        if not math.isfinite(seconds):
            return
        return_at = clock + timedelta(seconds=seconds)
        yield from _time(f"{path}.return_at", trip.return_at, return_at)
        if vehicle.shift_end_at is not None and return_at > vehicle.shift_end_at:
            text = f"back at {return_at}, after the shift of {vehicle.id!r} ends, {vehicle.shift_end_at}"
            yield violation(ViolationCode.AFTER_SHIFT, f"{path}.return_at", text)

    def _promise(self, path: str, stop: Stop, order: Order, arrive_at: datetime) -> Iterator[Violation]:
        late_s = max(0, math.ceil(seconds_after(order.promised_at, arrive_at)))
        yield from figure(f"{path}.late_s", stop.late_s, late_s)
        if order.max_late_s is not None and late_s > order.max_late_s:
            text = f"{late_s} s after the promise; order {order.id!r} allows {order.max_late_s} s"
            cost = order.priority * late_cost(self.request.rates, late_s)
            yield violation(ViolationCode.PROMISE_BROKEN, f"{path}.arrive_at", text, cost)

    def _figures(self, path: str, trip: Trip, vehicle: Rider | Drone, carried: Sequence[Order]) -> Iterator[Violation]:
        """The trip's sums, and the limits on them: range, battery and the cap on grams."""
        legs = [*(stop.leg for stop in trip.stops), trip.return_leg]
        distance_m = math.fsum(leg.distance_m for leg in (trip.approach_leg, *legs))
        battery_wh = trip_battery_wh(vehicle, legs, [order.mass_kg for order in carried], trip.approach_leg)
        grams = transport_gco2e(battery_wh, self.stores[vehicle.store_id].region)
        kind = "drone" if isinstance(vehicle, Drone) else "rider"
        if trip.vehicle_kind != kind:
            text = f"{trip.vehicle_kind}; {vehicle.id!r} is a {kind}"
            yield violation(ViolationCode.WRONG_FIGURE, f"{path}.vehicle_kind", text)
        travel_s = trip.approach_leg.travel_s + sum(leg.travel_s for leg in legs)
        yield from figure(f"{path}.travel_s", trip.travel_s, travel_s)
        yield from figure(f"{path}.distance_m", trip.distance_m, distance_m)
        yield from figure(f"{path}.battery_wh", trip.battery_wh, battery_wh)
        yield from figure(f"{path}.transport_gco2e", trip.transport_gco2e, grams)
        if isinstance(vehicle, Drone) and distance_m > vehicle.range_m + FIGURE_TOLERANCE:
            text = f"{distance_m:.0f} m; {vehicle.id!r} flies at most {vehicle.range_m:.0f} m on one battery"
            yield violation(ViolationCode.OVER_RANGE, path, text)
        usable_wh = vehicle.battery_wh if isinstance(vehicle, Drone) else None
        if usable_wh is not None and battery_wh > usable_wh + FIGURE_TOLERANCE:
            text = f"{battery_wh:.1f} Wh; the battery of {vehicle.id!r} gives {usable_wh:.1f} Wh a trip"
            yield violation(ViolationCode.OVER_BATTERY, path, text)
        cap_gco2e = self.request.max_gco2e_per_order
        if cap_gco2e is not None and grams > cap_gco2e * len(carried) + FIGURE_TOLERANCE:
            text = f"{grams / len(carried):.1f} g for each of {len(carried)} orders; the cap is {cap_gco2e:g} g"
            yield violation(ViolationCode.OVER_CARBON_CAP, path, text)


def bags_of(vehicle: Rider | Drone, carried: Sequence[Order]) -> float:
    """How many of the vehicle's bags the orders take: each temperature as many as its litres fill, at least one."""
    litres: dict[str, list[float]] = defaultdict(list)
    for order in carried:
        litres[order.temperature].append(order.volume_l)
    bag_l = vehicle.capacity_l / vehicle.bags if vehicle.bags else 0.0
    taken = 0.0
    for each in litres.values():
        volume_l = math.fsum(each) - MASS_TOLERANCE
        filled = math.ceil(volume_l / bag_l - MASS_TOLERANCE) if bag_l > 0 else math.inf if volume_l > 0 else 1
        taken += max(1, filled)
    return taken


def violation(code: ViolationCode, path: str, text: str, cost: float | None = None) -> Violation:
    """A fault of a plan, at its path."""
    return Violation(code=code, path=path, text=text, cost=cost)


def figure(path: str, found: float, expected: float) -> Iterator[Violation]:
    """A violation if a figure is not the one that trips and prices give."""
    if not math.isclose(found, expected, rel_tol=FIGURE_TOLERANCE, abs_tol=FIGURE_TOLERANCE):
        yield violation(ViolationCode.WRONG_FIGURE, path, f"{found}; the trips and prices give {expected}")


def _leg(path: str, leg: Leg, seconds: float, metres: float) -> Iterator[Violation]:
    if not math.isfinite(seconds) or not math.isfinite(metres):
        yield violation(ViolationCode.NO_PATH, path, "there is no path between these two places")
        return
    if leg.travel_s != seconds:
        text = f"{leg.travel_s} s; the way takes {seconds:.0f} s"
        yield violation(ViolationCode.WRONG_TIME, f"{path}.travel_s", text)
    yield from figure(f"{path}.distance_m", leg.distance_m, metres)


def _time(path: str, found: datetime, expected: datetime) -> Iterator[Violation]:
    if found != expected:
        apart_s = seconds_after(expected, found)
        text = f"{found.isoformat()}; the legs and handovers before it give {expected.isoformat()} ({apart_s:+.0f} s)"
        yield violation(ViolationCode.WRONG_TIME, path, text)
