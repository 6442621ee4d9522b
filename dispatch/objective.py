"""The one cost function, term by term: time, distance, trips, lateness, unserved orders and carbon, all in money.

This is the definition. Engines hold the same prices as arrays (``dispatch.problem``) and a test keeps the two equal;
the checker prices every plan with this file.
"""

import math
from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

import carbon
from dispatch.answer import Cost, Leg, Trip
from dispatch.record import seconds_after
from dispatch.request import Drone, Order, PlanRequest, Rates, Rider, RiderKind

Floats = NDArray[np.float64]

RIDES = {
    RiderKind.E_BIKE: carbon.E_BIKE,
    RiderKind.MOPED: carbon.MOPED,
    RiderKind.CARGO_BIKE: carbon.CARGO_BIKE,
}
FLIES = carbon.M100
TRIPS_KEPT = 4096
"""Of so many trips, the last that were asked for, the energy and its grams are kept."""


def late_cost(rates: Rates, late_s: float) -> float:
    """Price of arriving ``late_s`` seconds after the promise: one rate up to the grace, a second one beyond it."""
    in_grace_s = min(late_s, rates.late_grace_s)
    after_s = late_s - in_grace_s
    return (in_grace_s * rates.late_cost_per_min + after_s * rates.late_cost_per_min_after_grace) / 60


def unserved_cost(rates: Rates, order: Order) -> float:
    """Price of leaving an order out: its own, or the rate of the request, times its priority."""
    return order.priority * (rates.unserved_cost if order.unserved_cost is None else order.unserved_cost)


def work_s(trip: Trip) -> float:
    """A trip's work: the seconds of its approach, and those from leaving the store to being back."""
    return trip.approach_leg.travel_s + seconds_after(trip.depart_at, trip.return_at)


def work_spread_s(request: PlanRequest, trips: Iterable[Trip]) -> float:
    """Seconds between the work of the rider with most and of the rider with least; drones do not count.

    A rider without a trip has done none; fewer than two riders are always even.
    """
    done_s = {rider.id: 0.0 for rider in request.riders}
    for trip in trips:
        if trip.vehicle_id in done_s:
            done_s[trip.vehicle_id] += work_s(trip)
    return max(done_s.values(), default=0.0) - min(done_s.values(), default=0.0)


def leg_battery_wh(vehicle: Rider | Drone, seconds: Floats, metres: Floats, load_kg: ArrayLike) -> Floats:
    """Battery energy of legs with ``load_kg`` on board, of any shape, from the carbon room's model of the vehicle."""
    return _battery_wh(_drive(vehicle), seconds, metres, load_kg)


def _drive(vehicle: Rider | Drone) -> RiderKind | float:
    """What the energy of a vehicle's ways depends on beside the ways: its kind, or the speed at which it flies."""
    return vehicle.kind if isinstance(vehicle, Rider) else vehicle.speed_mps


def _battery_wh(drive: RiderKind | float, seconds: Floats, metres: Floats, load_kg: ArrayLike) -> Floats:
    if isinstance(drive, RiderKind):
        return np.asarray(RIDES[drive].battery_wh(metres, seconds, load_kg), dtype=np.float64)
    return np.where(metres > 0, FLIES.battery_wh(metres, load_kg, drive), 0.0)


def leg_battery_line(vehicle: Rider | Drone, seconds: Floats, metres: Floats, load_kg: float) -> tuple[Floats, Floats]:
    """Battery energy of legs as a line in the load: Wh of the empty vehicle, and Wh of each kg on board.

    A rider's energy is linear in the load (F8). A drone's is convex (F9): its line runs through no load and
    ``load_kg``, above the truth between them and below it beyond.

    Args:
        vehicle: who moves.
        seconds: finite, any shape.
        metres: finite, the same shape; none is covered in no time.
        load_kg: where a drone's line meets the truth again, > 0.
    """
    if isinstance(vehicle, Rider):
        speed_mps = np.divide(metres, seconds, out=np.ones(metres.shape), where=metres > 0)
        empty, per_kg = RIDES[vehicle.kind].battery_wh_coefficients(speed_mps)
        return metres * empty, metres * per_kg
    loads_kg = np.reshape([0.0, load_kg], (2, *[1] * metres.ndim))
    empty_wh, full_wh = leg_battery_wh(vehicle, seconds, metres, loads_kg)
    return empty_wh, (full_wh - empty_wh) / load_kg


def trip_battery_wh(
    vehicle: Rider | Drone, legs: Sequence[Leg], masses_kg: Sequence[float], approach: Leg | None = None
) -> float:
    """Battery energy of a whole trip.

    Args:
        vehicle: who makes it.
        legs: one to each stop, each lighter than the last, and the empty way home.
        masses_kg: the orders', in the sequence of the stops.
        approach: the empty way to the store, if there is one.
    """
    ways = [*legs, approach] if approach else legs
    seconds, metres = tuple(leg.travel_s for leg in ways), tuple(leg.distance_m for leg in ways)
    return _ways_wh(_drive(vehicle), seconds, metres, tuple(sum(masses_kg[i:]) for i in range(len(ways))))


@lru_cache(TRIPS_KEPT)  # a plan's trip is checked after it is made, and most are in the next plan too
def _ways_wh(
    drive: RiderKind | float, seconds: tuple[int, ...], metres: tuple[float, ...], load_kg: tuple[float, ...]
) -> float:
    return math.fsum(_battery_wh(drive, np.array(seconds, np.float64), np.array(metres, np.float64), load_kg))


@lru_cache(TRIPS_KEPT)
def transport_gco2e(battery_wh: float, region: str) -> float:
    """Grams CO2e of charging ``battery_wh`` back in a store's region: formula F7 times the region's grid factor."""
    return float(carbon.grid_wh(battery_wh)) * carbon.bundled_registry().electricity(region).value


def price(request: PlanRequest, trips: Iterable[Trip], unserved: Iterable[str]) -> Cost:
    """The cost of ``trips`` and of the orders named in ``unserved``, from the figures that the trips carry."""
    rates = request.rates
    trips = list(trips)
    orders = {order.id: order for order in request.orders}
    vehicles = {vehicle.id: vehicle for vehicle in request.vehicles}
    riding = distance = flat = lateness = carbon_cost = 0.0
    for trip in trips:
        rides = isinstance(vehicles[trip.vehicle_id], Rider)
        riding += trip.travel_s / 3600 * (rates.rider_cost_per_h if rides else rates.drone_cost_per_h)
        distance += trip.distance_m / 1000 * (rates.rider_cost_per_km if rides else rates.drone_cost_per_km)
        flat += rates.rider_cost_per_trip if rides else rates.drone_cost_per_trip
        lateness += sum(orders[stop.order_id].priority * late_cost(rates, stop.late_s) for stop in trip.stops)
        carbon_cost += trip.transport_gco2e / 1000 * rates.carbon_cost_per_kg
    left_out = sum(unserved_cost(rates, orders[order_id]) for order_id in unserved)
    fairness = work_spread_s(request, trips) / 3600 * rates.fairness_cost_per_h
    total = riding + distance + flat + lateness + left_out + carbon_cost + fairness
    return Cost(
        riding=riding,
        distance=distance,
        trips=flat,
        lateness=lateness,
        unserved=left_out,
        carbon=carbon_cost,
        fairness=fairness,
        total=total,
    )
