"""The one cost function, term by term: time, distance, trips, lateness, unserved orders and carbon, all in money.

This is the definition. Engines hold the same prices as arrays (``dispatch.problem``) and a test keeps the two equal;
the checker prices every plan with this file.
"""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

import carbon
from dispatch.model import Cost, Drone, Leg, PlanRequest, Rates, Rider, RiderKind, Trip

Floats = NDArray[np.float64]

RIDES = {RiderKind.E_BIKE: carbon.E_BIKE}
FLIES = carbon.M100


def late_cost(rates: Rates, late_s: float) -> float:
    """Price of arriving ``late_s`` seconds after the promise: one rate up to the grace, a second one beyond it."""
    in_grace_s = min(late_s, rates.late_grace_s)
    after_s = late_s - in_grace_s
    return (in_grace_s * rates.late_cost_per_min + after_s * rates.late_cost_per_min_after_grace) / 60


def leg_battery_wh(vehicle: Rider | Drone, seconds: Floats, metres: Floats, load_kg: float) -> Floats:
    """Battery energy of legs, of any shape, with ``load_kg`` on board, from the carbon room's model of the vehicle."""
    if isinstance(vehicle, Rider):
        return np.asarray(RIDES[vehicle.kind].battery_wh(metres, seconds, load_kg), dtype=np.float64)
    return np.where(metres > 0, FLIES.battery_wh(metres, load_kg, vehicle.speed_mps), 0.0)


def trip_battery_wh(vehicle: Rider | Drone, legs: Sequence[Leg], masses_kg: Sequence[float]) -> float:
    """Battery energy of a whole trip: one leg to each stop, each lighter than the last, and the empty way home."""
    energy_wh = 0.0
    for i, leg in enumerate(legs):
        seconds, metres = np.array([leg.travel_s], dtype=np.float64), np.array([leg.distance_m])
        energy_wh += float(leg_battery_wh(vehicle, seconds, metres, sum(masses_kg[i:]))[0])
    return energy_wh


def transport_gco2e(battery_wh: float, region: str) -> float:
    """Grams CO2e of charging ``battery_wh`` back in a store's region: formula F7 times the region's grid factor."""
    return float(carbon.grid_wh(battery_wh)) * carbon.bundled_registry().electricity(region).value


def price(request: PlanRequest, trips: Iterable[Trip], unserved: Iterable[str]) -> Cost:
    """The cost of ``trips`` and of the orders named in ``unserved``, from the figures that the trips carry."""
    rates = request.rates
    vehicles = {vehicle.id: vehicle for vehicle in request.vehicles}
    riding = distance = flat = lateness = carbon_cost = 0.0
    for trip in trips:
        rides = isinstance(vehicles[trip.vehicle_id], Rider)
        riding += trip.travel_s / 3600 * (rates.rider_cost_per_h if rides else rates.drone_cost_per_h)
        distance += trip.distance_m / 1000 * (rates.rider_cost_per_km if rides else rates.drone_cost_per_km)
        flat += rates.rider_cost_per_trip if rides else rates.drone_cost_per_trip
        lateness += sum(late_cost(rates, stop.late_s) for stop in trip.stops)
        carbon_cost += trip.transport_gco2e / 1000 * rates.carbon_cost_per_kg
    own = {order.id: order.unserved_cost for order in request.orders}
    left_out = 0.0
    for order_id in unserved:
        cost = own[order_id]
        left_out += rates.unserved_cost if cost is None else cost
    total = riding + distance + flat + lateness + left_out + carbon_cost
    return Cost(
        riding=riding,
        distance=distance,
        trips=flat,
        lateness=lateness,
        unserved=left_out,
        carbon=carbon_cost,
        total=total,
    )
