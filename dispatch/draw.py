"""A plan as GeoJSON: stores, trips along their streets, stops with their times and grams, and the orders left out."""

from itertools import pairwise
from typing import Any

import carbon
from dispatch.answer import Plan, Stop, Trip
from dispatch.request import Order, PlanRequest
from dispatch.rounds import footprint
from dispatch.timetable import first_store
from dispatch.travel import Travel

DECIMALS = 6
Feature = dict[str, Any]


def draw(
    request: PlanRequest, plan: Plan, travel: Travel | None = None, report: carbon.Report | None = None
) -> Feature:
    """Draw ``plan`` as a GeoJSON FeatureCollection.

    Every feature has a ``role``: ``store``, ``trip`` (a line along the streets, or as a drone flies, from where the
    vehicle was), ``stop`` or ``unserved``.

    Args:
        request: what was asked.
        plan: a valid plan of it.
        travel: its measured legs, if at hand.
        report: its carbon report, if at hand.
    """
    travel = travel or Travel.of(request)
    grams = {order.order_id: order for order in (report or footprint(request, plan, travel)).orders}
    orders = {order.id: order for order in request.orders}
    features = [_point("store", store.location, id=store.id, name=store.name) for store in request.stores]
    came_from = {vehicle.id: first_store(vehicle) for vehicle in request.vehicles}
    for trip in plan.trips:
        features.append(_trip(request, trip, came_from[trip.vehicle_id], travel))
        came_from[trip.vehicle_id] = trip.store_id
        features += [
            _stop(trip, number, stop, orders[stop.order_id], grams[stop.order_id])
            for number, stop in enumerate(trip.stops, start=1)
        ]
    features += [
        _point("unserved", orders[item.order_id].location, order_id=item.order_id, code=item.code, text=item.text)
        for item in plan.unserved
    ]
    return {"type": "FeatureCollection", "features": features}


def _feature(kind: str, coordinates: object, properties: Feature) -> Feature:
    return {"type": "Feature", "geometry": {"type": kind, "coordinates": coordinates}, "properties": properties}


def _point(role: str, location: tuple[float, float], **properties: object) -> Feature:
    return _feature("Point", [round(x, DECIMALS) for x in location], {"role": role, **properties})


def _trip(request: PlanRequest, trip: Trip, came_from: str, travel: Travel) -> Feature:
    vehicle = next(vehicle for vehicle in request.vehicles if vehicle.id == trip.vehicle_id)
    home = travel.stores[trip.store_id]
    approach = [] if came_from == trip.store_id else [travel.stores[came_from]]
    places = [*approach, home, *(travel.orders[stop.order_id] for stop in trip.stops), home]
    lines = [travel.line(vehicle, start, end) for start, end in pairwise(places)]
    coordinates: list[list[float]] = []
    for line in lines:
        for lon, lat in line.round(DECIMALS).tolist():
            if not coordinates or coordinates[-1] != [lon, lat]:
                coordinates.append([lon, lat])
    if len(coordinates) == 1:  # a customer at the store's own door; GeoJSON lines have two points
        coordinates *= 2
    return _feature(
        "LineString",
        coordinates,
        {
            "role": "trip",
            "trip_id": trip.id,
            "vehicle_id": trip.vehicle_id,
            "vehicle_kind": trip.vehicle_kind,
            "depart_at": trip.depart_at.isoformat(),
            "return_at": trip.return_at.isoformat(),
            "stops": len(trip.stops),
            "distance_m": round(trip.distance_m, 1),
            "transport_gco2e": trip.transport_gco2e,
        },
    )


def _stop(trip: Trip, number: int, stop: Stop, order: Order, grams: carbon.OrderFootprint) -> Feature:
    return _point(
        "stop",
        order.location,
        order_id=order.id,
        trip_id=trip.id,
        vehicle_id=trip.vehicle_id,
        vehicle_kind=trip.vehicle_kind,
        sequence=number,
        arrive_at=stop.arrive_at.isoformat(),
        promised_at=order.promised_at.isoformat(),
        late_s=stop.late_s,
        transport_gco2e=grams.transport_gco2e,
        packaging_gco2e=grams.packaging_gco2e,
        total_gco2e=grams.total_gco2e,
    )
