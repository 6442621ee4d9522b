"""Pieces of lines and of maps."""

import numpy as np
import shapely

from maps.plane import Floats, Plane, step_lengths_m
from maps.streets import Ints, StreetNetwork


def part_of_line(coords: Floats, start: float, end: float) -> Floats:
    """The part of a line between two shares of its length.

    Args:
        coords: ``(k, 2)`` lon/lat.
        start: Where to start, 0 to 1 of the length.
        end: Where to end, 0 to 1; before ``start`` to go backward.

    Returns:
        ``(j, 2)`` lon/lat in the order of travel, both ends included.
    """
    low, high = min(start, end), max(start, end)
    along = np.concatenate(([0.0], np.cumsum(step_lengths_m(coords))))
    along /= max(along[-1], 1e-9)
    inside = (along > low) & (along < high)
    cuts = np.column_stack([np.interp((low, high), along, coords[:, axis]) for axis in range(2)])
    part = np.concatenate((cuts[:1], coords[inside], cuts[1:]))
    return part if start <= end else part[::-1]


def clip(network: StreetNetwork, edges: Ints, plane: Plane, radius_m: float) -> Ints:
    """Those of some edges that come within ``radius_m`` of the plane's centre."""
    x, y = plane.to_xy(network.shape).T
    # Boxes first: they settle most of the network at a fraction of the price.
    starts = network.shape_start[:-1]
    west, east = np.minimum.reduceat(x, starts)[edges], np.maximum.reduceat(x, starts)[edges]
    south, north = np.minimum.reduceat(y, starts)[edges], np.maximum.reduceat(y, starts)[edges]
    edges = edges[(west <= radius_m) & (east >= -radius_m) & (south <= radius_m) & (north >= -radius_m)]
    lines = network.lines(edges, np.column_stack((x, y)))
    near: Ints = edges[shapely.dwithin(lines, shapely.Point(0, 0), radius_m)]
    return near
