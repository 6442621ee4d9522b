"""Sequences into timed trips: who visits whom in which order becomes when, how far, how late and how many grams.

Leaving as early as possible is never worse: no term of the objective pays for waiting, and lateness only grows.
"""

import math
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from dispatch.model import Drone, Leg, Order, PlanRequest, Rider, Stop, Store, Trip, VehicleKind, seconds_after
from dispatch.objective import transport_gco2e, trip_battery_wh
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


def handover_s(vehicle: Rider | Drone, order: Order) -> int:
    """Seconds at the door: the order's own for a rider, the drone's own for a drone."""
    return vehicle.handover_s if isinstance(vehicle, Drone) else order.handover_s


def turnaround_s(vehicle: Rider | Drone) -> int:
    """Seconds at the store between two trips of a vehicle."""
    return vehicle.turnaround_s if isinstance(vehicle, Drone) else 0


def free_s(vehicle: Rider | Drone, now: datetime) -> int:
    """First whole second after ``now`` at which a vehicle can leave; 0 if it stands ready."""
    return 0 if vehicle.free_at is None else max(0, math.ceil(seconds_after(now, vehicle.free_at)))


def ready_s(order: Order, now: datetime) -> int:
    """First whole second after ``now`` at which an order can leave the store; 0 if it is packed."""
    return max(0, math.ceil(seconds_after(now, order.ready_at)))


def timetable(request: PlanRequest, travel: Travel, routes: Routes) -> tuple[Trip, ...]:
    """Time every trip of ``routes`` as early as possible, in the request's order of vehicles."""
    orders = {order.id: order for order in request.orders}
    stores = {store.id: store for store in request.stores}
    trips: list[Trip] = []
    for vehicle in request.vehicles:
        start_s = free_s(vehicle, request.now)
        for number, route in enumerate(routes.get(vehicle.id, ()), start=1):
            carried = [orders[order_id] for order_id in route.orders]
            trip = _trip(request.now, travel, stores[route.store], vehicle, number, carried, start_s)
            trips.append(trip)
            start_s = round(seconds_after(request.now, trip.return_at)) + turnaround_s(vehicle)
    return tuple(trips)


def _leg(legs: Legs, start: int, end: int) -> Leg:
    return Leg(travel_s=int(legs.seconds[start, end]), distance_m=float(legs.metres[start, end]))


def _trip(
    now: datetime,
    travel: Travel,
    store: Store,
    vehicle: Rider | Drone,
    number: int,
    carried: Sequence[Order],
    start_s: int,
) -> Trip:
    legs = travel.legs(vehicle)
    home = travel.stores[store.id]
    depart_s = max([start_s, *(ready_s(order, now) for order in carried)])
    clock_s, place, stops = depart_s, home, []
    for order in carried:
        leg = _leg(legs, place, travel.orders[order.id])
        arrive_s = clock_s + leg.travel_s
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
    all_legs = [*(stop.leg for stop in stops), back]
    battery_wh = trip_battery_wh(vehicle, all_legs, [order.mass_kg for order in carried])
    return Trip(
        id=f"{vehicle.id}/{number}",
        vehicle_id=vehicle.id,
        vehicle_kind=VehicleKind.RIDER if isinstance(vehicle, Rider) else VehicleKind.DRONE,
        store_id=store.id,
        depart_at=now + timedelta(seconds=depart_s),
        stops=tuple(stops),
        return_leg=back,
        return_at=now + timedelta(seconds=clock_s + back.travel_s),
        travel_s=sum(leg.travel_s for leg in all_legs),
        distance_m=sum(leg.distance_m for leg in all_legs),
        battery_wh=battery_wh,
        transport_gco2e=transport_gco2e(battery_wh, store.region),
    )


def lateness_s(order: Order, arrive_at: datetime) -> int:
    """Whole seconds after the promise, rounded up; 0 if on time."""
    return max(0, math.ceil(seconds_after(order.promised_at, arrive_at)))
