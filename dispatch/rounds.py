"""A plan's trips as carbon's rounds: the only bridge between the two rooms."""

from collections.abc import Iterable, Iterator, Mapping

import numpy as np

import carbon
from carbon.values import Zone
from dispatch.answer import Plan, Trip
from dispatch.objective import FLIES, RIDES
from dispatch.request import Drone, Order, PlanRequest, StraightTravel, Temperature
from dispatch.travel import Travel

ZONES: dict[Temperature, Zone] = {
    Temperature.HOT: "ambient",
    Temperature.AMBIENT: "ambient",
    Temperature.CHILLED: "chilled",
    Temperature.FROZEN: "chilled",
}
"""Zone of a store that goods of a temperature wait in; only cooling has an account of its own."""


def rounds(request: PlanRequest, trips: Iterable[Trip], travel: Travel) -> Iterator[carbon.Round]:
    """Trips of a plan as rounds: each with its energy, and each stop with its mass and its distance from the store.

    An order's mass is its goods with their packaging, as ISO 14083 counts it. The distance is never the way ridden: for
    a rider on a map or a matrix it is the direct way (shortest feasible distance), and the great circle for a drone,
    or where the request knows no ways. Only where a matrix has no direct way, the way ridden is the shortest there is.
    """
    vehicles = {vehicle.id: vehicle for vehicle in request.vehicles}
    stores = {store.id: store for store in request.stores}
    orders = {order.id: order for order in request.orders}
    for trip in trips:
        vehicle = vehicles[trip.vehicle_id]
        straight = isinstance(vehicle, Drone) or isinstance(request.travel, StraightTravel)
        metres = travel.straight_m if straight else travel.legs(vehicle).metres
        direct_m = metres[travel.stores[trip.store_id]]
        ridden_m = np.cumsum([stop.leg.distance_m for stop in trip.stops])
        doors_m = direct_m[[travel.orders[stop.order_id] for stop in trip.stops]]
        away_m = np.where(np.isfinite(doors_m), doors_m, ridden_m)
        yield carbon.Round(
            id=trip.id,
            store_id=trip.store_id,
            region=stores[vehicle.store_id].region,  # where it charges
            vehicle_id=vehicle.id,
            vehicle_class=FLIES.name if isinstance(vehicle, Drone) else RIDES[vehicle.kind].name,
            started_on=trip.depart_at.date(),
            distance_m=trip.distance_m,
            battery_wh=trip.battery_wh,
            empty_distance_m=trip.approach_leg.distance_m + trip.return_leg.distance_m,
            travel_s=trip.travel_s,
            load_kg=mean_load_kg(trip, orders),
            distance_type="GCD" if straight else "SFD",
            stops=tuple(
                carbon.RoundStop(
                    order_id=stop.order_id,
                    mass_kg=shipped_kg(orders[stop.order_id]),
                    distance_m=float(distance_m),
                    zone=ZONES[orders[stop.order_id].temperature],
                )
                for stop, distance_m in zip(trip.stops, away_m, strict=True)
            ),
        )


def mean_load_kg(trip: Trip, orders: Mapping[str, Order]) -> float:
    """Mass of goods on board, averaged over a trip's metres, the empty ones among them."""
    loads_kg = np.cumsum([orders[stop.order_id].mass_kg for stop in reversed(trip.stops)])[::-1]
    metres = np.array([stop.leg.distance_m for stop in trip.stops])
    return float(np.sum(loads_kg * metres) / trip.distance_m) if trip.distance_m else 0.0


def shipped_kg(order: Order) -> float:
    """Mass of an order's goods with its packaging."""
    return order.mass_kg + carbon.STANDARD_PACKAGING[order.packaging].mass_kg


def footprint(
    request: PlanRequest,
    plan: Plan,
    travel: Travel | None = None,
    registry: carbon.Registry | None = None,
    *,
    hubs: Iterable[carbon.HubAccount] = (),
    contracts: Iterable[carbon.Contract] = (),
) -> carbon.Report:
    """What every served order of ``plan`` emits, ride and packaging apart, with every factor used.

    Args:
        request: what was asked.
        plan: a valid plan of it.
        travel: its measured legs, if at hand.
        registry: where factors come from; the bundled ones by default. The plan's own grams are the bundled ones'.
        hubs: accounts of its stores.
        contracts: under which electricity was bought.
    """
    travel = travel or Travel.of(request)
    made = rounds(request, plan.trips, travel)
    return carbon.footprint(made, packaging_of(request), registry, hubs=hubs, contracts=contracts)


def packaging_of(request: PlanRequest) -> dict[str, carbon.Packaging]:
    """What each order of a request is packed in, by order id."""
    return {order.id: carbon.STANDARD_PACKAGING[order.packaging] for order in request.orders}
