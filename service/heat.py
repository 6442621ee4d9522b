"""Where people live and where orders come from, as areas to draw; runs in a worker."""

import json
from collections.abc import Mapping
from datetime import datetime

import numpy as np
import pyproj
import shapely

from dispatch.forecast import Forecast
from service.atlas import Atlas

GEOD = pyproj.Geod(ellps="WGS84")
DECIMALS = 6
Placed = list[tuple[float, float, float]]
"""Longitude, latitude and seconds since 1970 of each order."""


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
