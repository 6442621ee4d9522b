"""Draws a live plan's trips along the streets; runs in a worker, which keeps the ways it has found."""

import json
from collections import OrderedDict
from collections.abc import Mapping, Sequence

from dispatch.answer import Trip
from dispatch.online import Setup
from dispatch.request import Drone, MapTravel, Rider, StraightTravel
from dispatch.ways import Errand, Way, ways
from service.atlas import Atlas
from service.live import LivePlan

MOST_WAYS = 20_000
"""So many ways are kept in a process, the latest used."""

Key = tuple[object, ...]

_known: OrderedDict[Key, Way] = OrderedDict()


def draw_live_plan(document: str, setup_document: str, files: Mapping[str, str]) -> str:
    """Draw the trips of a live plan as a GeoJSON FeatureCollection.

    Each feature is a line out from a store and back with ``trip_id``, ``vehicle_id``, ``vehicle_kind``, ``state``
    (``committed`` or ``proposed``) and ``places``: which of its points are the store, the stops, and the store again.

    Args:
        document: a ``LivePlan`` as JSON.
        setup_document: the fleet's ``Setup`` as JSON.
        files: extra maps by name.

    Raises:
        dispatch.RequestError: if there is no such map.
        maps.MapFileError: if the map's file is not one.
    """
    plan, setup = LivePlan.model_validate_json(document), Setup.model_validate_json(setup_document)
    orders = {each.order.id: each.order for each in plan.orders}
    vehicles = {each.vehicle.id: each.vehicle for each in plan.vehicles}
    trips = [("committed", each.trip) for each in plan.trips] + [("proposed", each.trip) for each in plan.proposed]
    drawn = [
        (state, trip)
        for state, trip in trips
        if trip.vehicle_id in vehicles and all(stop.order_id in orders for stop in trip.stops)
    ]
    errands = [
        Errand(vehicles[trip.vehicle_id], trip.store_id, tuple(orders[stop.order_id] for stop in trip.stops))
        for _, trip in drawn
    ]
    found = _find(errands, setup, files)
    features = [_feature(state, trip, way) for (state, trip), way in zip(drawn, found, strict=False)]
    return json.dumps({"type": "FeatureCollection", "features": features}, separators=(",", ":"))


def _find(errands: Sequence[Errand], setup: Setup, files: Mapping[str, str]) -> list[Way]:
    """The way of each errand; none at all if vehicles do not travel on a map or straight."""
    travel = setup.travel
    if not isinstance(travel, MapTravel | StraightTravel):
        return []
    stores = {store.id: store.location for store in setup.stores}
    by, airspace = travel.model_dump_json(), setup.airspace and setup.airspace.model_dump_json()
    keys: list[Key] = [
        (by, airspace, _rides(each.vehicle), stores[each.store_id], *(order.location for order in each.orders))
        for each in errands
    ]
    missing = {key: errand for key, errand in zip(keys, errands, strict=True) if key not in _known}
    made = ways(list(missing.values()), setup.stores, travel, setup.airspace, Atlas(files))
    _known.update(zip(missing, made, strict=True))
    for key in keys:
        _known.move_to_end(key)
    found = [_known[key] for key in keys]
    while len(_known) > MOST_WAYS:
        _known.popitem(last=False)
    return found


def _rides(vehicle: Rider | Drone) -> str:
    return vehicle.kind.value if isinstance(vehicle, Rider) else "drone"


def _feature(state: str, trip: Trip, way: Way) -> dict[str, object]:
    return {
        "type": "Feature",
        "geometry": {"type": "LineString", "coordinates": way.points},
        "properties": {
            "trip_id": trip.id,
            "vehicle_id": trip.vehicle_id,
            "vehicle_kind": trip.vehicle_kind,
            "state": state,
            "places": way.places,
        },
    }
