"""Metres on a small piece of the Earth."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from maps.errors import PointError

Floats = NDArray[np.float64]

# WGS 84 (NGA.STND.0036): semi-major axis and first eccentricity squared.
EQUATOR_M = 6_378_137.0
ECCENTRICITY_2 = 6.694379990141e-3


def metres_per_degree(lat: ArrayLike) -> tuple[Floats, Floats]:
    """Length of one degree of longitude and of latitude on the WGS 84 ellipsoid.

    Args:
        lat: Latitudes in degrees, any shape.

    Returns:
        Metres per degree of longitude and metres per degree of latitude, each shaped as ``lat``.
    """
    phi = np.radians(np.asarray(lat, dtype=np.float64))
    root = np.sqrt(1.0 - ECCENTRICITY_2 * np.sin(phi) ** 2)
    prime_vertical_m = EQUATOR_M / root
    meridian_m = EQUATOR_M * (1.0 - ECCENTRICITY_2) / root**3
    return np.radians(prime_vertical_m * np.cos(phi)), np.radians(meridian_m)


def step_lengths_m(coords: Floats) -> Floats:
    """Metres between each point of a line and the next.

    Each step is measured on the plane that touches the ellipsoid at its middle, which for street-sized steps is exact
    to better than one part in a million.

    Args:
        coords: ``(k, 2)`` lon/lat in degrees.

    Returns:
        ``(k - 1,)`` metres.
    """
    east_m, north_m = metres_per_degree((coords[1:, 1] + coords[:-1, 1]) / 2)
    step = np.diff(coords, axis=0)
    return np.hypot(step[:, 0] * east_m, step[:, 1] * north_m)


@dataclass(frozen=True)
class Plane:
    """A flat map in metres around one point: x east, y north, equirectangular on the WGS 84 radii of that point.

    Good for a city: 25 km north or south of the point, east-west distances are off by 0.2 % at 30 degrees of latitude.
    """

    lon: float
    lat: float

    @classmethod
    def of(cls, bounds: tuple[float, float, float, float]) -> Self:
        """The plane around the middle of ``bounds`` (west, south, east, north)."""
        west, south, east, north = bounds
        return cls((west + east) / 2, (south + north) / 2)

    def to_xy(self, lonlat: Floats) -> Floats:
        """``(k, 2)`` lon/lat degrees as ``(k, 2)`` metres from the plane's point."""
        east_m, north_m = metres_per_degree(self.lat)
        turn = (lonlat[:, 0] - self.lon + 180.0) % 360.0 - 180.0
        return np.column_stack((turn * east_m, (lonlat[:, 1] - self.lat) * north_m))

    def to_lonlat(self, xy: Floats) -> Floats:
        """``(k, 2)`` metres from the plane's point as ``(k, 2)`` lon/lat degrees."""
        east_m, north_m = metres_per_degree(self.lat)
        return np.column_stack((xy[:, 0] / east_m + self.lon, xy[:, 1] / north_m + self.lat))


def as_points(points: ArrayLike) -> Floats:
    """Check coordinates at the door.

    Args:
        points: ``(k, 2)`` lon/lat in degrees, or one ``(lon, lat)`` pair.

    Returns:
        ``(k, 2)`` float64.

    Raises:
        PointError: If the shape is not ``(k, 2)``, or a coordinate is not finite or outside the globe.
    """
    array = np.asarray(points, dtype=np.float64)
    if array.size == 0:
        return np.empty((0, 2))
    if array.ndim == 1:
        array = array[None, :]
    if array.ndim != 2 or array.shape[1] != 2:  # noqa: PLR2004 - a table of pairs
        raise PointError(f"points must be (k, 2) pairs of longitude and latitude; this array has shape {array.shape}")
    lon, lat = array[:, 0], array[:, 1]
    bad = np.flatnonzero(~((np.abs(lon) <= 180.0) & (np.abs(lat) <= 90.0)))  # noqa: PLR2004 - degrees; NaN fails too
    if len(bad):
        i = int(bad[0])
        raise PointError(
            f"point {i} is ({lon[i]}, {lat[i]}), which is no (longitude, latitude) on Earth: "
            "longitude is within -180..180, latitude within -90..90, in this order"
        )
    return array
