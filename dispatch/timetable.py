"""Sequences into timed trips: who visits whom in which order becomes when, how far, how late and how many grams.

Leaving as early as possible is never worse: no term of the objective pays for waiting at the store, and lateness only
grows. The way to the store that a trip starts from, its approach, belongs to the trip; it may be ridden before the
orders are ready.
"""

import math
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from dispatch.answer import Leg, Stop, Trip, VehicleKind
from dispatch.objective import transport_gco2e, trip_battery_wh
from dispatch.record import seconds_after
from dispatch.request import Drone, Order, PlanRequest, Rider
from dispatch.travel import Legs, Travel


class RouteTrip(NamedTuple):
    """A trip before it is timed: the store it starts from, and its order ids in the sequence of the stops.

    ``depart_at`` is when it leaves that store, if somebody has said so, possible or not; as early as it can otherwise.
    """

    store: str
    orders: tuple[str, ...]
    depart_at: datetime | None = None


Routes = Mapping[str, Sequence[RouteTrip]]
"""For each vehicle id, its trips one after the other."""


class _Start(NamedTuple):
    """Where a vehicle is before a trip, and the second from which it can leave."""

    store: str
    second: int


def handover_s(vehicle: Rider | Drone, order: Order) -> int:
    """Seconds at the door: the order's own for a rider, the drone's own for a drone."""
    return vehicle.handover_s if isinstance(vehicle, Drone) else order.handover_s


def turnaround_s(vehicle: Rider | Drone) -> int:
    """Seconds at the store between two trips of a vehicle."""
    return vehicle.turnaround_s if isinstance(vehicle, Drone) else 0


def first_store(vehicle: Rider | Drone) -> str:
    """The store where a vehicle is when it is free."""
    return vehicle.free_store_id or vehicle.store_id


def free_s(vehicle: Rider | Drone, now: datetime) -> int:
    """First whole second after ``now`` at which a vehicle can leave; 0 if it stands ready."""
    return 0 if vehicle.free_at is None else max(0, math.ceil(seconds_after(now, vehicle.free_at)))


def ready_s(order: Order, now: datetime) -> int:
    """First whole second after ``now`` at which an order can leave the store; 0 if it is packed."""
    return max(0, math.ceil(seconds_after(now, order.ready_at)))


def early_s(order: Order, now: datetime) -> float:
    """First whole second after ``now`` at which an order may be handed over; -inf if any will do."""
    return -math.inf if order.not_before_at is None else math.ceil(seconds_after(now, order.not_before_at))


def lateness_s(order: Order, arrive_at: datetime) -> int:
    """Whole seconds after the promise, rounded up; 0 if on time."""
    return max(0, math.ceil(seconds_after(order.promised_at, arrive_at)))


def timetable(request: PlanRequest, travel: Travel, routes: Routes) -> tuple[Trip, ...]:
    """Time every trip of ``routes``, as early as possible where it does not say when, in the request's vehicle order.

    Limits are not looked at: ``dispatch.check`` does that. A leg without a path comes out as 0 s and 0 m.
    """
    orders = {order.id: order for order in request.orders}
    regions = {store.id: store.region for store in request.stores}
    trips: list[Trip] = []
    for vehicle in request.vehicles:
        start = _Start(first_store(vehicle), free_s(vehicle, request.now))
        for number, route in enumerate(routes.get(vehicle.id, ()), start=1):
            carried = [orders[order_id] for order_id in route.orders]
            trip_id, region = f"{vehicle.id}/{number}", regions[vehicle.store_id]
            trip = _trip(trip_id, request.now, travel, vehicle, region, route, carried, start)
            trips.append(trip)
            again_s = math.ceil(seconds_after(request.now, trip.return_at)) + turnaround_s(vehicle)
            start = _Start(route.store, again_s)
    return tuple(trips)


def retraced(request: PlanRequest, travel: Travel, trip: Trip) -> Trip | None:
    """A trip with its ways measured anew to the stops that it has and the doors that the request knows.

    The way to its store stands, as do the moments of its stops.

    Returns:
        The trip, with the energy of what it rides now; None if there is no way between two of its places.
    """
    (vehicle,) = (vehicle for vehicle in request.vehicles if vehicle.id == trip.vehicle_id)
    (region,) = (store.region for store in request.stores if store.id == vehicle.store_id)
    masses_kg = {order.id: order.mass_kg for order in request.orders}
    home = travel.stores[trip.store_id]
    places = [home, *(travel.orders[stop.order_id] for stop in trip.stops), home]
    legs = travel.legs(vehicle)
    if not np.isfinite(legs.seconds[places[:-1], places[1:]]).all():
        return None
    *out, back = (_leg(legs, start, end) for start, end in pairwise(places))
    ways = [trip.approach_leg, *out, back]
    battery_wh = trip_battery_wh(
        vehicle, [*out, back], [masses_kg[stop.order_id] for stop in trip.stops], trip.approach_leg
    )
    changed = {
        "stops": tuple(stop.model_copy(update={"leg": leg}) for stop, leg in zip(trip.stops, out, strict=True)),
        "return_leg": back,
        "travel_s": sum(leg.travel_s for leg in ways),
        "distance_m": sum(leg.distance_m for leg in ways),
        "battery_wh": battery_wh,
        "transport_gco2e": transport_gco2e(battery_wh, region),
    }
    return trip.model_copy(update=changed)


def _leg(legs: Legs, start: int, end: int) -> Leg:
    seconds, metres = float(legs.seconds[start, end]), float(legs.metres[start, end])
    return Leg(travel_s=int(seconds), distance_m=metres) if math.isfinite(seconds) else Leg(travel_s=0, distance_m=0.0)


def _trip(
    trip_id: str,
    now: datetime,
    travel: Travel,
    vehicle: Rider | Drone,
    region: str,
    route: RouteTrip,
    carried: Sequence[Order],
    start: _Start,
) -> Trip:
    legs = travel.legs(vehicle)
    home = travel.stores[route.store]
    approach = _leg(legs, travel.stores[start.store], home)
    depart_s: float = max([start.second + approach.travel_s, *(ready_s(order, now) for order in carried)])
    if route.depart_at is not None:
        depart_s = seconds_after(now, route.depart_at)
    clock_s, place, stops = depart_s, home, []
    for order in carried:
        leg = _leg(legs, place, travel.orders[order.id])
        arrive_s = max(clock_s + leg.travel_s, early_s(order, now))
        clock_s = arrive_s + handover_s(vehicle, order)
        place = travel.orders[order.id]
        arrive_at = now + timedelta(seconds=arrive_s)
        stops.append(
            Stop(
                order_id=order.id,
                leg=leg,
                arrive_at=arrive_at,
                leave_at=now + timedelta(seconds=clock_s),
                late_s=lateness_s(order, arrive_at),
            )
        )
    back = _leg(legs, place, home)
    all_legs = [approach, *(stop.leg for stop in stops), back]
    battery_wh = trip_battery_wh(vehicle, all_legs[1:], [order.mass_kg for order in carried], approach)
    return Trip(
        id=trip_id,
        vehicle_id=vehicle.id,
        vehicle_kind=VehicleKind.RIDER if isinstance(vehicle, Rider) else VehicleKind.DRONE,
        store_id=route.store,
        depart_at=now + timedelta(seconds=depart_s),
        approach_leg=approach,
        stops=tuple(stops),
        return_leg=back,
        return_at=now + timedelta(seconds=clock_s + back.travel_s),
        travel_s=sum(leg.travel_s for leg in all_legs),
        distance_m=sum(leg.distance_m for leg in all_legs),
        battery_wh=battery_wh,
        transport_gco2e=transport_gco2e(battery_wh, region),
    )
