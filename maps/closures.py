"""Closed areas: where no street may be used for now."""

from typing import Any, TypeAlias

import numpy as np
import shapely
from numpy.typing import ArrayLike
from shapely.geometry.base import BaseGeometry

from maps.errors import PointError
from maps.plane import as_points

Area: TypeAlias = BaseGeometry | ArrayLike
"""A shapely Polygon or MultiPolygon in lon/lat, or one ring as ``(k, 2)`` lon/lat, closed or not."""

_CORNERS = 3


def closed_area(area: Area) -> BaseGeometry:
    """The land of a closure, prepared for many questions. A ring that crosses itself holds all that it winds around.

    Raises:
        PointError: If it has a point off the globe, or is no area.
    """
    land: Any = area if isinstance(area, BaseGeometry) else _of_ring(area)
    if land.geom_type not in {"Polygon", "MultiPolygon"}:
        raise PointError(f"a closed area must be a polygon, not a {land.geom_type}; draw a ring around the streets")
    as_points(shapely.get_coordinates(land))
    land = shapely.make_valid(land, method="structure")
    if not land.area > 0:
        raise PointError("a closed area must have an area; draw its ring around the streets, not along them")
    shapely.prepare(land)
    return land


def _of_ring(ring: ArrayLike) -> BaseGeometry:
    points = as_points(ring)
    if len(np.unique(points, axis=0)) < _CORNERS:
        raise PointError(
            f"a closed area needs at least {_CORNERS} different corners; this ring has {len(np.unique(points, axis=0))}"
        )
    return shapely.Polygon(points)
