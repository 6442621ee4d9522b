"""A request compiled to arrays: what the engines read, and all that they read.

Orders that no engine could ever serve (unknown store, off the map) are left out here, with their reason. Seconds
count from the request's ``now``; money is in the request's currency. inf stands for no limit and for no path.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dispatch.model import Drone, Order, PlanRequest, Reason, Rider, Temperature, seconds_after
from dispatch.objective import leg_battery_wh, transport_gco2e
from dispatch.timetable import free_s, handover_s, ready_s, turnaround_s
from dispatch.travel import Travel

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

TEMPERATURES = tuple(Temperature)

SECONDS, METRES, COST, COST_PER_KG, WH, WH_PER_KG = range(6)
"""Columns of ``Arrays.legs``: whole seconds; metres; cost of time, distance and the empty vehicle's carbon; cost of the
carbon of a kg on board; battery energy of the empty vehicle; battery energy of a kg."""
LATE_COST, GRACE_S, LATE_COST_AFTER = range(3)
"""Places of ``Arrays.late``: cost of a late second up to the grace; the grace; cost of a late second after it."""
ORDER = np.dtype(
    [
        ("place", np.int64),
        ("store", np.int64),  # its own; see ``Arrays.stocked`` for all of them
        ("ready_s", np.float64),
        ("early_s", np.float64),  # a vehicle waits at the door until then; -inf if it need not
        ("promise_s", np.float64),  # negative if it is past
        ("latest_s", np.float64),  # inf unless the promise has a hard end
        ("mass_kg", np.float64),
        ("volume_l", np.float64),
        ("temperature", np.int64),  # 0..3, place in ``Temperature``
        ("priority", np.float64),  # multiplies the cost of lateness
        ("unserved_cost", np.float64),  # priority included
    ]
)
VEHICLE = np.dtype(
    [
        ("kind", np.int64),  # its class: row of legs and of handover_s
        ("store", np.int64),
        ("start", np.int64),  # the store where it stands when it is free
        ("free_s", np.float64),
        ("end_s", np.float64),  # inf without a shift end
        ("capacity_orders", np.int64),
        ("capacity_kg", np.float64),
        ("capacity_l", np.float64),
        ("bags", np.int64),  # each takes capacity_l / bags of one temperature
        ("range_m", np.float64),  # inf for a rider
        ("battery_wh", np.float64),  # inf without a limit
        ("wh_per_order", np.float64),  # a trip's battery energy over its orders, from the cap on grams; inf without one
        ("turnaround_s", np.float64),
        ("trip_cost", np.float64),
        ("rides", np.bool_),  # a rider: the spread of work is among these
        ("work_s", np.float64),  # work of its pinned trips, which are no part of the arrays
    ]
)


class Arrays(NamedTuple):
    """The numbers of a problem, in a form that compiled kernels take.

    ``n`` orders, ``v`` vehicles, ``c`` classes of vehicles that travel alike and charge on the same grid, ``p`` places:
    the ``s`` stores, then the orders kept. Few arrays of records, rather than one array a field: passing a tuple of
    forty arrays cost the kernels three times what they do with five.
    """

    orders: NDArray[np.void]  # (n,) of ORDER
    vehicles: NDArray[np.void]  # (v,) of VEHICLE
    legs: Floats  # (c, p, p, 6): SECONDS to WH_PER_KG of each leg
    handover_s: Floats  # (c, n)
    late: Floats  # (3,): LATE_COST, GRACE_S, LATE_COST_AFTER of an order of priority 1
    stocked: NDArray[np.bool_]  # (n, s) whether an open store can fill the order
    serves: NDArray[np.bool_]  # (v, s) whether the vehicle may start trips from the store
    may: NDArray[np.bool_]  # (n, v) whether the vehicle may carry the order, leaving time and load aside
    spread_cost: float
    """Per second between the rider with most work and the one with least. A trip's work is the seconds of its approach
    plus those from leaving the store to being back; a rider without trips has done his ``work_s``."""


@dataclass(frozen=True)
class Problem:
    """The arrays, the ids behind their rows, and the orders left out before any engine ran."""

    arrays: Arrays
    store_ids: tuple[str, ...]
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
        order.id: reason
        for order in request.orders
        if (reason := _hopeless(order.id, order.store_id, stores, travel)) is not None
    }
    kept = [order for order in request.orders if order.id not in hopeless]
    places = np.array([*range(len(stores)), *(travel.orders[order.id] for order in kept)], dtype=np.int64)
    kinds: dict[tuple[object, ...], int] = {}
    examples: list[Rider | Drone] = []
    kind_of: list[int] = []
    for vehicle in request.vehicles:
        key = _class_key(vehicle, _region(request, vehicle))
        if key not in kinds:
            kinds[key] = len(kinds)
            examples.append(vehicle)
        kind_of.append(kinds[key])
    rates = request.rates
    handover = np.array([[handover_s(vehicle, order) for order in kept] for vehicle in examples], dtype=np.float64)
    return Problem(
        arrays=Arrays(
            orders=np.array(
                [_order_row(request, order, len(stores) + i, stores) for i, order in enumerate(kept)], dtype=ORDER
            ),
            vehicles=np.array(
                [_vehicle_row(request, *each, stores) for each in zip(request.vehicles, kind_of, strict=True)],
                dtype=VEHICLE,
            ),
            legs=_class_legs(request, travel, examples, places),
            handover_s=handover.reshape(len(examples), len(kept)),
            late=np.array(
                [rates.late_cost_per_min / 60, rates.late_grace_s, rates.late_cost_per_min_after_grace / 60],
                dtype=np.float64,
            ),
            stocked=_stocked(request, kept),
            serves=_serves(request),
            may=_may(request, kept),
            spread_cost=rates.fairness_cost_per_h / 3600,
        ),
        store_ids=tuple(stores),
        order_ids=tuple(order.id for order in kept),
        vehicle_ids=tuple(vehicle.id for vehicle in request.vehicles),
        hopeless=hopeless,
    )


def _order_row(request: PlanRequest, order: Order, place: int, stores: dict[str, int]) -> tuple[float, ...]:
    promise_s = math.floor(seconds_after(request.now, order.promised_at))
    early_at = order.not_before_at
    return (
        place,
        stores[order.store_id],
        ready_s(order, request.now),
        -math.inf if early_at is None else math.ceil(seconds_after(request.now, early_at)),
        promise_s,
        math.inf if order.max_late_s is None else promise_s + order.max_late_s,
        order.mass_kg,
        order.volume_l,
        TEMPERATURES.index(order.temperature),
        order.priority,
        order.priority * (request.rates.unserved_cost if order.unserved_cost is None else order.unserved_cost),
    )


def _vehicle_row(request: PlanRequest, vehicle: Rider | Drone, kind: int, stores: dict[str, int]) -> tuple[float, ...]:
    flies = isinstance(vehicle, Drone)
    shift_end_at = vehicle.shift_end_at
    battery_wh = vehicle.battery_wh if isinstance(vehicle, Drone) else None
    cap_gco2e = request.max_gco2e_per_order
    gco2e_per_wh = transport_gco2e(1.0, _region(request, vehicle))
    return (
        kind,
        stores[vehicle.store_id],
        stores[vehicle.free_store_id or vehicle.store_id],
        free_s(vehicle, request.now),
        math.inf if shift_end_at is None else math.floor(seconds_after(request.now, shift_end_at)),
        vehicle.capacity_orders,
        vehicle.capacity_kg,
        vehicle.capacity_l,
        vehicle.bags,
        vehicle.range_m if isinstance(vehicle, Drone) else math.inf,
        math.inf if battery_wh is None else battery_wh,
        math.inf if cap_gco2e is None or gco2e_per_wh == 0 else cap_gco2e / gco2e_per_wh,
        turnaround_s(vehicle),
        request.rates.drone_cost_per_trip if flies else request.rates.rider_cost_per_trip,
        not flies,
        0.0,
    )


def _stocked(request: PlanRequest, kept: list[Order]) -> NDArray[np.bool_]:
    """Which open stores can fill which orders, ``(n, s)``."""
    return np.array(
        [
            [store.open and (store.id == order.store_id or store.id in order.also_at) for store in request.stores]
            for order in kept
        ],
        dtype=np.bool_,
    ).reshape(len(kept), len(request.stores))


def _serves(request: PlanRequest) -> NDArray[np.bool_]:
    """Which vehicles may start trips from which stores, ``(v, s)``."""
    return np.array(
        [
            [store.id == vehicle.store_id or store.id in vehicle.shared_with for store in request.stores]
            for vehicle in request.vehicles
        ],
        dtype=np.bool_,
    ).reshape(len(request.vehicles), len(request.stores))


def _may(request: PlanRequest, kept: list[Order]) -> NDArray[np.bool_]:
    """Which vehicles may carry which orders, ``(n, v)``."""
    return np.array(
        [
            [order.vehicle_ids is None or vehicle.id in order.vehicle_ids for vehicle in request.vehicles]
            for order in kept
        ],
        dtype=np.bool_,
    ).reshape(len(kept), len(request.vehicles))


def _region(request: PlanRequest, vehicle: Rider | Drone) -> str:
    return next(store.region for store in request.stores if store.id == vehicle.store_id)


def _class_key(vehicle: Rider | Drone, region: str) -> tuple[object, ...]:
    """What makes two vehicles cost and take the same on every leg."""
    if isinstance(vehicle, Rider):
        return (region, vehicle.kind)
    return (region, vehicle.speed_mps, vehicle.climb_s, vehicle.handover_s, vehicle.capacity_kg)


def _class_legs(request: PlanRequest, travel: Travel, examples: list[Rider | Drone], places: Ints) -> Floats:
    """Seconds, metres, cost and cost per kg of every leg of every class, ``(c, p, p, 6)``.

    A rider's energy is linear in the load (F8), so two evaluations give it exactly. A drone's is slightly convex
    (F9); engines see the chord between empty and full, at most a fraction of a gram above the truth that the plan is
    priced with.
    """
    table = np.zeros((len(examples), len(places), len(places), 6))
    grid = np.ix_(places, places)
    for i, vehicle in enumerate(examples):
        legs = travel.legs(vehicle)
        seconds, metres = legs.seconds[grid], legs.metres[grid]
        reached = np.isfinite(seconds) & np.isfinite(metres)
        ridden_s, ridden_m = seconds[reached], metres[reached]
        full_kg = vehicle.capacity_kg or 1.0
        empty_wh = leg_battery_wh(vehicle, ridden_s, ridden_m, 0.0)
        full_wh = leg_battery_wh(vehicle, ridden_s, ridden_m, full_kg)
        cost_per_wh = transport_gco2e(1.0, _region(request, vehicle)) / 1000 * request.rates.carbon_cost_per_kg
        rates, rides = request.rates, isinstance(vehicle, Rider)
        cost_per_s = (rates.rider_cost_per_h if rides else rates.drone_cost_per_h) / 3600
        cost_per_m = (rates.rider_cost_per_km if rides else rates.drone_cost_per_km) / 1000
        table[i, ..., SECONDS] = np.where(reached, seconds, math.inf)
        table[i, ..., METRES] = np.where(reached, metres, math.inf)
        table[i, ..., COST] = math.inf
        table[i, reached, COST] = ridden_s * cost_per_s + ridden_m * cost_per_m + empty_wh * cost_per_wh
        table[i, reached, COST_PER_KG] = (full_wh - empty_wh) / full_kg * cost_per_wh
        table[i, ..., WH] = math.inf
        table[i, reached, WH] = empty_wh
        table[i, reached, WH_PER_KG] = (full_wh - empty_wh) / full_kg
    return table


def _hopeless(order_id: str, store_id: str, stores: dict[str, int], travel: Travel) -> Reason | None:
    if store_id not in stores:
        return Reason.UNKNOWN_STORE
    if travel.off_map(travel.orders[order_id]):
        return Reason.OFF_MAP
    return None
