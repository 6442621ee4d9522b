"""A request compiled to arrays: what the engines read, and all that they read.

Orders that no engine could ever serve (unknown store, off the map) are left out here, with their reason. Seconds
count from the request's ``now``; money is in the request's currency. inf stands for no limit and for no path.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dispatch.model import Drone, PlanRequest, Reason, Rider, seconds_after
from dispatch.objective import leg_battery_wh, transport_gco2e
from dispatch.timetable import free_s, handover_s, ready_s, turnaround_s
from dispatch.travel import Travel

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Arrays(NamedTuple):
    """The numbers of a problem, in a form that compiled kernels take.

    ``n`` orders, ``v`` vehicles, ``c`` vehicle classes, ``p`` places (stores, then the orders kept). A class is the
    vehicles that travel alike and charge on the same grid.
    """

    n_stores: int
    place_of_order: Ints  # (n,)
    store_of_order: Ints  # (n,)
    ready_s: Floats  # (n,)
    promise_s: Floats  # (n,) may be negative: already late
    latest_s: Floats  # (n,) inf unless the promise has a hard end
    mass_kg: Floats  # (n,)
    volume_l: Floats  # (n,)
    unserved_cost: Floats  # (n,)
    vehicle_class: Ints  # (v,)
    vehicle_store: Ints  # (v,)
    free_s: Floats  # (v,)
    end_s: Floats  # (v,)
    capacity_orders: Ints  # (v,)
    capacity_kg: Floats  # (v,)
    capacity_l: Floats  # (v,)
    range_m: Floats  # (v,)
    turnaround_s: Floats  # (v,)
    trip_cost: Floats  # (v,)
    seconds: Floats  # (c, p, p)
    metres: Floats  # (c, p, p)
    leg_cost: Floats  # (c, p, p) time, distance and the carbon of the empty vehicle
    leg_cost_per_kg: Floats  # (c, p, p) the carbon of each kg on board
    handover_s: Floats  # (c, n)
    late_cost_per_s: float
    late_grace_s: float
    late_cost_per_s_after: float


@dataclass(frozen=True)
class Problem:
    """The arrays, the ids behind their rows, and the orders left out before any engine ran."""

    arrays: Arrays
    order_ids: tuple[str, ...]
    vehicle_ids: tuple[str, ...]
    hopeless: dict[str, Reason]


def compile_problem(request: PlanRequest, travel: Travel) -> Problem:
    """Compile ``request`` with its ``travel``.

    Raises:
        carbon.MissingFactorError: if a store is in a region without a grid factor.
    """
    stores = {store.id: i for i, store in enumerate(request.stores)}
    hopeless = {
        order.id: reason for order in request.orders if (reason := _hopeless(order.id, order.store_id, stores, travel))
    }
    kept = [order for order in request.orders if order.id not in hopeless]
    places = np.array([*range(len(stores)), *(travel.orders[order.id] for order in kept)], dtype=np.int64)
    keys: dict[tuple[object, ...], int] = {}
    examples: list[Rider | Drone] = []
    classes = []
    for vehicle in request.vehicles:
        key = _class_key(vehicle, _region(request, vehicle))
        if key not in keys:
            keys[key] = len(keys)
            examples.append(vehicle)
        classes.append(keys[key])
    seconds, metres, leg_cost, per_kg = _class_matrices(request, travel, examples, places)
    handover = np.array([[handover_s(vehicle, order) for order in kept] for vehicle in examples], dtype=np.float64)
    rates = request.rates
    now = request.now
    arrays = Arrays(
        n_stores=len(stores),
        place_of_order=np.arange(len(stores), len(places), dtype=np.int64),
        store_of_order=np.array([stores[order.store_id] for order in kept], dtype=np.int64),
        ready_s=_floats(ready_s(order, now) for order in kept),
        promise_s=_floats(math.floor(seconds_after(now, order.promised_at)) for order in kept),
        latest_s=_floats(
            math.inf
            if order.max_late_s is None
            else math.floor(seconds_after(now, order.promised_at)) + order.max_late_s
            for order in kept
        ),
        mass_kg=_floats(order.mass_kg for order in kept),
        volume_l=_floats(order.volume_l for order in kept),
        unserved_cost=_floats(
            rates.unserved_cost if order.unserved_cost is None else order.unserved_cost for order in kept
        ),
        vehicle_class=np.array(classes, dtype=np.int64),
        vehicle_store=np.array([stores[vehicle.store_id] for vehicle in request.vehicles], dtype=np.int64),
        free_s=_floats(free_s(vehicle, now) for vehicle in request.vehicles),
        end_s=_floats(
            math.inf if vehicle.shift_end_at is None else math.floor(seconds_after(now, vehicle.shift_end_at))
            for vehicle in request.vehicles
        ),
        capacity_orders=np.array([vehicle.capacity_orders for vehicle in request.vehicles], dtype=np.int64),
        capacity_kg=_floats(vehicle.capacity_kg for vehicle in request.vehicles),
        capacity_l=_floats(vehicle.capacity_l for vehicle in request.vehicles),
        range_m=_floats(vehicle.range_m if isinstance(vehicle, Drone) else math.inf for vehicle in request.vehicles),
        turnaround_s=_floats(turnaround_s(vehicle) for vehicle in request.vehicles),
        trip_cost=_floats(
            rates.drone_cost_per_trip if isinstance(vehicle, Drone) else rates.rider_cost_per_trip
            for vehicle in request.vehicles
        ),
        seconds=seconds,
        metres=metres,
        leg_cost=leg_cost,
        leg_cost_per_kg=per_kg,
        handover_s=handover.reshape(len(examples), len(kept)),
        late_cost_per_s=rates.late_cost_per_min / 60,
        late_grace_s=float(rates.late_grace_s),
        late_cost_per_s_after=rates.late_cost_per_min_after_grace / 60,
    )
    return Problem(
        arrays=arrays,
        order_ids=tuple(order.id for order in kept),
        vehicle_ids=tuple(vehicle.id for vehicle in request.vehicles),
        hopeless=hopeless,
    )


def _region(request: PlanRequest, vehicle: Rider | Drone) -> str:
    return next(store.region for store in request.stores if store.id == vehicle.store_id)


def _class_key(vehicle: Rider | Drone, region: str) -> tuple[object, ...]:
    """What makes two vehicles cost and take the same on every leg."""
    if isinstance(vehicle, Rider):
        return (region, vehicle.kind)
    return (region, vehicle.speed_mps, vehicle.climb_s, vehicle.handover_s, vehicle.capacity_kg)


def _class_matrices(
    request: PlanRequest, travel: Travel, examples: list[Rider | Drone], places: Ints
) -> tuple[Floats, Floats, Floats, Floats]:
    """Seconds, metres, cost and cost per kg of every leg, each ``(c, p, p)``.

    A rider's energy is linear in the load (F8), so two evaluations give it exactly. A drone's is slightly convex
    (F9); engines see the chord between empty and full, at most a fraction of a gram above the truth that the plan is
    priced with.
    """
    size = (len(examples), len(places), len(places))
    seconds, metres, leg_cost, per_kg = (np.zeros(size) for _ in range(4))
    grid = np.ix_(places, places)
    for i, vehicle in enumerate(examples):
        legs = travel.legs(vehicle)
        seconds[i], metres[i] = legs.seconds[grid], legs.metres[grid]
        reached = np.isfinite(seconds[i]) & np.isfinite(metres[i])
        ridden_s, ridden_m = seconds[i][reached], metres[i][reached]
        full_kg = vehicle.capacity_kg or 1.0
        empty_wh = leg_battery_wh(vehicle, ridden_s, ridden_m, 0.0)
        full_wh = leg_battery_wh(vehicle, ridden_s, ridden_m, full_kg)
        cost_per_wh = transport_gco2e(1.0, _region(request, vehicle)) / 1000 * request.rates.carbon_cost_per_kg
        rates, rides = request.rates, isinstance(vehicle, Rider)
        cost_per_s = (rates.rider_cost_per_h if rides else rates.drone_cost_per_h) / 3600
        cost_per_m = (rates.rider_cost_per_km if rides else rates.drone_cost_per_km) / 1000
        seconds[i][~reached] = leg_cost[i][~reached] = math.inf
        leg_cost[i][reached] = ridden_s * cost_per_s + ridden_m * cost_per_m + empty_wh * cost_per_wh
        per_kg[i][reached] = (full_wh - empty_wh) / full_kg * cost_per_wh
    return seconds, metres, leg_cost, per_kg


def _hopeless(order_id: str, store_id: str, stores: dict[str, int], travel: Travel) -> Reason | None:
    if store_id not in stores:
        return Reason.UNKNOWN_STORE
    if travel.off_map(travel.orders[order_id]):
        return Reason.OFF_MAP
    return None


def _floats(values: Iterable[float]) -> Floats:
    return np.fromiter(values, dtype=np.float64)
