"""Where people live, where orders come from and where riders should wait for them; runs in a worker."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta

import numpy as np
import pyproj
import shapely

from dispatch.forecast import Forecast, Hint, hints
from dispatch.record import Id, Location, Moment, Reckoned, Record
from dispatch.request import Rider
from service.atlas import Atlas
from service.live.plan import LivePlan

GEOD = pyproj.Geod(ellps="WGS84")
DECIMALS = 6
Placed = list[tuple[float, float, float]]
"""Longitude, latitude and seconds since 1970 of each order."""


class WaitingHint(Record):
    """An idle rider should wait at another store than where it is.

    Attributes:
        vehicle_id: the rider.
        store_id: where it should wait.
        location: of the store.
        away_m: how far that is, straight.
        expected: orders to come to the store, so far as they are nearer to it than to any other that is open.
        waiting: riders that would wait there for them, this one among them.
        text: the same as a sentence.
    """

    vehicle_id: Id
    store_id: Id
    location: Location
    away_m: float
    expected: float
    waiting: int
    text: str


class Waiting(Record):
    """Where idle riders should wait for the orders expected between two moments; who is not named stays where it is.

    ``idle`` riders have no trip, neither committed nor proposed; those that are leaving or overdue are not among them.
    """

    at: Moment
    until: Reckoned
    idle: int
    hints: tuple[WaitingHint, ...]


def people_zones(name: str, files: Mapping[str, str]) -> str | None:
    """The census zones of a map as a GeoJSON FeatureCollection; None if nobody was counted there.

    Properties: ``people``, and ``people_per_km2`` on the WGS 84 ellipsoid.
    """
    people = Atlas(files).people(name)
    if people is None:
        return None
    features = []
    for zone, count in zip(people.zones, people.population.tolist(), strict=True):
        km2 = abs(GEOD.geometry_area_perimeter(zone)[0]) / 1e6
        density = round(count / km2, 1) if km2 > 0 else 0.0
        shape = json.loads(shapely.to_geojson(shapely.set_precision(zone, 10**-DECIMALS)))
        features.append(
            {"type": "Feature", "geometry": shape, "properties": {"people": round(count), "people_per_km2": density}}
        )
    return json.dumps({"type": "FeatureCollection", "features": features}, separators=(",", ":"))


def demand_map(placed: Placed, timezone: str, at: datetime) -> str:
    """The orders to expect in a quarter hour, by H3 cell, learnt from those that were placed, as GeoJSON.

    Args:
        placed: at least one order.
        timezone: whose quarter hours and weekends count, an IANA name or an offset.
        at: a moment of the quarter hour.

    Raises:
        ForecastError: if the history cannot be one.
    """
    table = np.array(placed, dtype=np.float64)
    forecast = Forecast.fit((table[:, :2], table[:, 2]), timezone=timezone)
    return json.dumps(forecast.heat_map(at), separators=(",", ":"))


def waiting(placed: Placed, timezone: str, plan: str, at: datetime, ahead_min: int) -> str:
    """Where the idle riders of a live plan should wait; a ``Waiting`` as JSON.

    Args:
        placed: at least one order.
        timezone: as for ``demand_map``.
        plan: a ``LivePlan`` as JSON.
        at: now.
        ahead_min: the orders of so many minutes count.

    Raises:
        ForecastError: if the history cannot be one.
    """
    live = LivePlan.model_validate_json(plan)
    stores = {store.id: store.location for store in live.stores}
    is_open = {store.id: store.location for store in live.stores if store.open}
    busy = {each.trip.vehicle_id for each in live.proposed}
    idle = [
        line
        for line in live.vehicles
        if isinstance(line.vehicle, Rider)
        and not (line.trip_id or line.leaving or line.overdue or line.free_at > at or line.vehicle.id in busy)
    ]
    found: tuple[Hint, ...] = ()
    if is_open:
        table = np.array(placed, dtype=np.float64)
        found = hints(
            Forecast.fit((table[:, :2], table[:, 2]), timezone=timezone),
            [(line.vehicle.id, line.location or stores[line.store_id]) for line in idle],
            is_open,
            at,
            serves={line.vehicle.id: (line.vehicle.store_id, *line.vehicle.shared_with) for line in idle},
            seconds=60.0 * ahead_min,
        )
    told = tuple(
        WaitingHint(
            vehicle_id=hint.vehicle_id,
            store_id=hint.place,
            location=hint.location,
            away_m=hint.away_m,
            expected=hint.expected,
            waiting=hint.waiting,
            text=f"{hint.expected:.1f} orders are expected near {hint.place!r} in the next {ahead_min} min, for "
            f"{hint.waiting} waiting there; it is {hint.away_m / 1000:.1f} km away",
        )
        for hint in found
    )
    return Waiting(at=at, until=at + timedelta(minutes=ahead_min), idle=len(idle), hints=told).model_dump_json()
