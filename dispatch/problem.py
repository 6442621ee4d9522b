"""A request compiled to arrays: what the engines read, and all that they read.

Left out here are orders that no engine could ever serve (unknown or closed store, off the map), with their reason,
those that are on board already, and pinned trips: vehicles are free after these. Seconds count from the request's
``now``; money is in the request's currency. inf stands for no limit and for no path.
"""

import math
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dispatch.answer import Reason
from dispatch.objective import leg_battery_line, price, transport_gco2e, unserved_cost, work_s
from dispatch.pins import Pins, settle_pins
from dispatch.record import seconds_after
from dispatch.request import Drone, Order, PlanRequest, Rider, Temperature
from dispatch.timetable import early_s, first_store, free_s, handover_s, ready_s, turnaround_s
from dispatch.travel import Travel

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

TEMPERATURES = tuple(Temperature)

SECONDS, METRES, COST, COST_PER_KG, WH, WH_PER_KG = range(6)
"""Columns of ``Arrays.legs``: whole seconds; metres; cost of time, distance and the empty vehicle's carbon; cost of the
carbon of a kg on board; battery energy of the empty vehicle; battery energy of a kg."""
LATE_COST, GRACE_S, LATE_COST_AFTER = range(3)
"""Places of ``Arrays.late``: cost of a late second up to the grace; the grace; cost of a late second after it."""
LIGHTEST_KG = 1e-3
"""Lighter orders count as this heavy where the energy of a light load is linearised."""
ORDER = np.dtype(
    [
        ("place", np.int64),
        ("store", np.int64),  # the first open one that can fill it, its own before others; ``Arrays.stocked`` has all
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
        ("start", np.int64),  # the store where it stands when it is free, after its pinned trips
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


@dataclass(frozen=True, eq=False)
class Problem:
    """The arrays, the ids behind their rows, and what was settled before any engine ran. Equal to itself alone.

    Attributes:
        arrays: what the engines read.
        outward: the same with every moment rounded the other way, so that no plan is excluded: engines leave at whole
            seconds, a plan made by hand may leave between them.
        store_ids: of the first places.
        order_ids: of the rows of ``arrays.orders``.
        vehicle_ids: of the rows of ``arrays.vehicles``.
        classes: a vehicle of each class of ``arrays.legs``.
        hopeless: the orders that no engine can serve.
        pins: the pinned trips, which come before the engine's.
        fixed_cost: what pinned trips and hopeless orders cost: the objective is this plus the engine's cost.
        cost_per_wh: ``(c,)`` carbon cost of a battery's watt-hour.
    """

    arrays: Arrays
    outward: Arrays
    store_ids: tuple[str, ...]
    order_ids: tuple[str, ...]
    vehicle_ids: tuple[str, ...]
    classes: tuple[Rider | Drone, ...]
    hopeless: dict[str, Reason]
    pins: Pins
    fixed_cost: float
    cost_per_wh: Floats

    @cached_property
    def lower_arrays(self) -> Arrays:
        """What a bound reads: ``outward`` with ``lower_legs``."""
        return self.outward._replace(legs=self.lower_legs)

    @cached_property
    def lower_legs(self) -> Floats:
        """The legs with a load's energy at or below the truth, ``(c, p, p, 6)``; ``arrays.legs`` has it at or above.

        They differ for drones only, whose energy is convex in the load: there it is the line through the energies of no
        load and of the lightest order, which runs below the curve at every load from that order's on.
        """
        if not any(isinstance(vehicle, Drone) for vehicle in self.classes):
            return self.arrays.legs
        masses_kg = self.arrays.orders["mass_kg"]
        light_kg = max(LIGHTEST_KG, float(masses_kg[masses_kg > 0].min(initial=math.inf)))
        legs = self.arrays.legs.copy()
        for c, vehicle in enumerate(self.classes):
            if isinstance(vehicle, Drone) and math.isfinite(light_kg):
                reached = np.isfinite(legs[c, ..., SECONDS])
                _, per_kg_wh = leg_battery_line(vehicle, legs[c, reached, SECONDS], legs[c, reached, METRES], light_kg)
                legs[c, reached, WH_PER_KG] = per_kg_wh
                legs[c, reached, COST_PER_KG] = per_kg_wh * self.cost_per_wh[c]
        return legs


def compile_problem(request: PlanRequest, travel: Travel) -> Problem:
    """Compile ``request`` with its ``travel``.

    Raises:
        carbon.MissingFactorError: if a store is in a region without a grid factor.
    """
    pins = settle_pins(request, travel)
    busy = {order_id for vehicle in request.vehicles for order_id in vehicle.on_board}
    busy |= {order_id for pin in request.pinned for order_id in pin.order_ids}
    hopeless = dict.fromkeys(pins.impossible, Reason.PIN_IMPOSSIBLE)
    hopeless |= _hopeless(request, [order for order in request.orders if order.id not in busy], travel)
    kept = [order for order in request.orders if order.id not in busy and order.id not in hopeless]
    places = np.array([*range(len(request.stores)), *(travel.orders[order.id] for order in kept)], dtype=np.int64)
    regions = {store.id: store.region for store in request.stores}
    kinds: dict[tuple[object, ...], int] = {}
    classes: list[Rider | Drone] = []
    kind_of: list[int] = []
    for vehicle in request.vehicles:
        key = _class_key(vehicle, regions[vehicle.store_id])
        if key not in kinds:
            kinds[key] = len(kinds)
            classes.append(vehicle)
        kind_of.append(kinds[key])
    rates = request.rates
    gco2e_per_wh = {region: transport_gco2e(1.0, region) for region in set(regions.values())}
    grams = np.array([gco2e_per_wh[regions[vehicle.store_id]] for vehicle in classes])
    cost_per_wh = grams / 1000 * rates.carbon_cost_per_kg
    left_out = [order.id for order in request.orders if order.id in hopeless]
    fixed = price(request, pins.trips, left_out)
    stocked = _stocked(request, kept)
    arrays = Arrays(
        orders=_order_rows(request, kept, stocked),
        vehicles=_vehicle_rows(request, np.array(kind_of, dtype=np.int64), grams, pins),
        legs=_class_legs(request, travel, classes, places, cost_per_wh),
        handover_s=np.array(
            [[handover_s(vehicle, order) for order in kept] for vehicle in classes], dtype=np.float64
        ).reshape(len(classes), len(kept)),
        late=np.array(
            [rates.late_cost_per_min / 60, rates.late_grace_s, rates.late_cost_per_min_after_grace / 60],
            dtype=np.float64,
        ),
        stocked=stocked,
        serves=_serves(request),
        may=_may(request, kept, travel),
        spread_cost=rates.fairness_cost_per_h / 3600,
    )
    return Problem(
        arrays=arrays,
        outward=_outward(request, kept, arrays, pins),
        store_ids=tuple(store.id for store in request.stores),
        order_ids=tuple(order.id for order in kept),
        vehicle_ids=tuple(vehicle.id for vehicle in request.vehicles),
        classes=tuple(classes),
        hopeless=hopeless,
        pins=pins,
        fixed_cost=fixed.total - fixed.fairness,
        cost_per_wh=cost_per_wh,
    )


def _order_rows(request: PlanRequest, kept: list[Order], stocked: NDArray[np.bool_]) -> NDArray[np.void]:
    now, n_stores = request.now, len(request.stores)
    index = {store.id: i for i, store in enumerate(request.stores)}
    rows = np.zeros(len(kept), dtype=ORDER)
    rows["place"] = np.arange(n_stores, n_stores + len(kept))
    rows["store"] = stocked.argmax(axis=1)
    for i, order in enumerate(kept):
        own = index.get(order.store_id)
        if own is not None and stocked[i, own]:
            rows["store"][i] = own
    rows["ready_s"] = [ready_s(order, now) for order in kept]
    rows["early_s"] = [early_s(order, now) for order in kept]
    rows["promise_s"] = [math.floor(seconds_after(now, order.promised_at)) for order in kept]
    max_late_s = [math.inf if order.max_late_s is None else order.max_late_s for order in kept]
    rows["latest_s"] = rows["promise_s"] + np.array(max_late_s, dtype=np.float64)
    rows["mass_kg"] = [order.mass_kg for order in kept]
    rows["volume_l"] = [order.volume_l for order in kept]
    rows["temperature"] = [TEMPERATURES.index(order.temperature) for order in kept]
    rows["priority"] = [order.priority for order in kept]
    rows["unserved_cost"] = [unserved_cost(request.rates, order) for order in kept]
    return rows


def _vehicle_rows(request: PlanRequest, kind_of: Ints, grams: Floats, pins: Pins) -> NDArray[np.void]:
    """One row a vehicle; ``grams`` are those of a watt-hour of each class."""
    rows = np.zeros(len(request.vehicles), dtype=VEHICLE)
    index = {store.id: i for i, store in enumerate(request.stores)}
    rows["kind"] = kind_of
    cap_gco2e = math.inf if request.max_gco2e_per_order is None else request.max_gco2e_per_order
    per_wh = grams[kind_of]
    rows["wh_per_order"] = np.divide(cap_gco2e, per_wh, out=np.full(len(rows), math.inf), where=per_wh > 0)
    rates = request.rates
    for v, vehicle in enumerate(request.vehicles):
        row, flies = rows[v], isinstance(vehicle, Drone)
        row["store"] = index[vehicle.store_id]
        row["start"] = index[first_store(vehicle)]
        row["free_s"] = free_s(vehicle, request.now)
        shift_end_at = vehicle.shift_end_at
        row["end_s"] = math.inf if shift_end_at is None else math.floor(seconds_after(request.now, shift_end_at))
        row["capacity_orders"] = vehicle.capacity_orders
        row["capacity_kg"] = vehicle.capacity_kg
        row["capacity_l"] = vehicle.capacity_l
        row["bags"] = vehicle.bags
        row["range_m"] = vehicle.range_m if isinstance(vehicle, Drone) else math.inf
        usable_wh = vehicle.battery_wh if isinstance(vehicle, Drone) else None
        row["battery_wh"] = math.inf if usable_wh is None else usable_wh
        row["turnaround_s"] = turnaround_s(vehicle)
        row["trip_cost"] = rates.drone_cost_per_trip if flies else rates.rider_cost_per_trip
        row["rides"] = not flies
    vehicles = {vehicle.id: v for v, vehicle in enumerate(request.vehicles)}
    for trip in pins.trips:
        row = rows[vehicles[trip.vehicle_id]]
        row["start"] = index[trip.store_id]
        row["free_s"] = math.ceil(seconds_after(request.now, trip.return_at)) + row["turnaround_s"]
        row["work_s"] += work_s(trip)
    return rows


def _between(now: datetime, moment: datetime) -> float:
    """1 if ``moment`` is between two whole seconds after ``now``, 0 if it is on one."""
    return 0.0 if float(seconds_after(now, moment)).is_integer() else 1.0


def _outward(request: PlanRequest, kept: list[Order], arrays: Arrays, pins: Pins) -> Arrays:
    """``Problem.outward``: a second more room wherever a moment was rounded to a whole one."""
    now, orders, vehicles = request.now, arrays.orders.copy(), arrays.vehicles.copy()
    orders["ready_s"] = np.maximum(orders["ready_s"] - [_between(now, order.ready_at) for order in kept], 0)
    orders["early_s"] -= [_between(now, order.not_before_at or now) for order in kept]
    promised = np.array([_between(now, order.promised_at) for order in kept])
    orders["promise_s"] += promised
    orders["latest_s"] += promised
    later = [_between(now, vehicle.free_at or now) for vehicle in request.vehicles]
    vehicles["free_s"] = np.maximum(vehicles["free_s"] - later, 0)
    vehicles["end_s"] += [_between(now, vehicle.shift_end_at or now) for vehicle in request.vehicles]
    rows = {vehicle.id: v for v, vehicle in enumerate(request.vehicles)}
    for trip in pins.trips:
        vehicles[rows[trip.vehicle_id]]["free_s"] -= _between(now, trip.return_at)
    return arrays._replace(orders=orders, vehicles=vehicles)


def _stocked(request: PlanRequest, kept: list[Order]) -> NDArray[np.bool_]:
    """Which open stores can fill which orders, ``(n, s)``."""
    open_at = {store.id: i for i, store in enumerate(request.stores) if store.open}
    stocked = np.zeros((len(kept), len(request.stores)), dtype=np.bool_)
    for i, order in enumerate(kept):
        for store_id in (order.store_id, *order.also_at):
            if store_id in open_at:
                stocked[i, open_at[store_id]] = True
    return stocked


def _serves(request: PlanRequest) -> NDArray[np.bool_]:
    """Which vehicles may start trips from which stores, ``(v, s)``."""
    index = {store.id: i for i, store in enumerate(request.stores)}
    serves = np.zeros((len(request.vehicles), len(request.stores)), dtype=np.bool_)
    for v, vehicle in enumerate(request.vehicles):
        serves[v, [index[store_id] for store_id in (vehicle.store_id, *vehicle.shared_with)]] = True
    return serves


def _may(request: PlanRequest, kept: list[Order], travel: Travel) -> NDArray[np.bool_]:
    """Which vehicles may carry which orders, ``(n, v)``: those the order allows, and drones that can fly and land."""
    may = np.ones((len(kept), len(request.vehicles)), dtype=np.bool_)
    index = {vehicle.id: v for v, vehicle in enumerate(request.vehicles)}
    for i, order in enumerate(kept):
        if order.vehicle_ids is not None:
            may[i] = False
            may[i, [index[vehicle_id] for vehicle_id in order.vehicle_ids if vehicle_id in index]] = True
    drones = len(request.riders)
    if request.drones:
        wind_mps = request.airspace.wind_mps if request.airspace else 0.0
        may[:, drones:] &= [not drone.grounded and wind_mps <= drone.max_wind_mps for drone in request.drones]
        may[:, drones:] &= np.array([travel.lands(travel.orders[order.id]) for order in kept], dtype=np.bool_)[:, None]
    return may


def _class_key(vehicle: Rider | Drone, region: str) -> tuple[object, ...]:
    """What makes two vehicles cost and take the same on every leg."""
    if isinstance(vehicle, Rider):
        return (region, vehicle.kind)
    return (region, vehicle.speed_mps, vehicle.climb_s, vehicle.handover_s, vehicle.capacity_kg)


def _class_legs(
    request: PlanRequest, travel: Travel, classes: list[Rider | Drone], places: Ints, cost_per_wh: Floats
) -> Floats:
    """``Arrays.legs``.

    A rider's energy is linear in the load (F8), so two evaluations give it exactly. A drone's is slightly convex
    (F9); engines see the chord between empty and full, at most a fraction of a gram above the truth that the plan is
    priced with.
    """
    p, rates = len(places), request.rates
    table = np.empty((len(classes), p, p, 6))
    heaviest_kg = sum(order.mass_kg for order in request.orders)
    whole = np.array_equal(places, np.arange(len(travel.points)))  # as they stand, no copy needed
    for c, vehicle in enumerate(classes):
        legs, rides = travel.legs(vehicle), isinstance(vehicle, Rider)
        cost_per_s = (rates.rider_cost_per_h if rides else rates.drone_cost_per_h) / 3600
        cost_per_m = (rates.rider_cost_per_km if rides else rates.drone_cost_per_km) / 1000
        seconds, metres = legs.seconds, legs.metres
        if not whole:
            seconds, metres = seconds[np.ix_(places, places)], metres[np.ix_(places, places)]
        reached = np.isfinite(seconds)
        gaps = not reached.all()
        if gaps:
            seconds, metres = np.where(reached, seconds, 0.0), np.where(reached, metres, 0.0)
        # The chord to the heaviest load there can be lies above the truth at every load.
        full_kg = max(LIGHTEST_KG, min(vehicle.capacity_kg, heaviest_kg))
        empty_wh, per_kg_wh = leg_battery_line(vehicle, seconds, metres, full_kg)
        into = table[c]
        into[..., SECONDS], into[..., METRES] = seconds, metres
        into[..., COST] = seconds * cost_per_s + metres * cost_per_m + empty_wh * cost_per_wh[c]
        into[..., COST_PER_KG] = per_kg_wh * cost_per_wh[c]
        into[..., WH], into[..., WH_PER_KG] = empty_wh, per_kg_wh
        if gaps:
            into[~reached] = (math.inf, math.inf, math.inf, 0.0, math.inf, 0.0)
    return table


def _hopeless(request: PlanRequest, orders: list[Order], travel: Travel) -> dict[str, Reason]:
    """The orders that no vehicle could serve whatever it did, with the reason."""
    known = {store.id for store in request.stores}
    open_now = {store.id for store in request.stores if store.open}
    vehicles = {vehicle.id for vehicle in request.vehicles}
    reasons = {}
    for order in orders:
        stores = known.intersection((order.store_id, *order.also_at))
        if not stores:
            reasons[order.id] = Reason.UNKNOWN_STORE
        elif travel.off_map(travel.orders[order.id]):
            reasons[order.id] = Reason.OFF_MAP
        elif not stores & open_now:
            reasons[order.id] = Reason.STORE_CLOSED
        elif order.vehicle_ids is not None and not vehicles.intersection(order.vehicle_ids):
            reasons[order.id] = Reason.NOT_ALLOWED
    return reasons
