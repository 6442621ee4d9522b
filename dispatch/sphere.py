"""Distances on the globe."""

import numpy as np
from numpy.typing import NDArray

EARTH_RADIUS_M = 6_371_000.0
Floats = NDArray[np.float64]


def great_circle_m(points: Floats, others: Floats | None = None) -> Floats:
    """Great-circle metres from ``(p, 2)`` lon/lat points to ``(q, 2)`` others (default: to themselves), ``(p, q)``.

    The haversine formula on a sphere of 6,371 km, the radius that ISO 14083 practice uses.
    """
    others = points if others is None else others
    lon, lat = np.radians(points[:, 0])[:, None], np.radians(points[:, 1])[:, None]
    to_lon, to_lat = np.radians(others[:, 0]), np.radians(others[:, 1])
    half = np.sin((lat - to_lat) / 2) ** 2 + np.cos(lat) * np.cos(to_lat) * np.sin((lon - to_lon) / 2) ** 2
    metres: Floats = 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.clip(half, 0, 1)))
    return metres
