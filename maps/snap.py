"""From a door to the street."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import shapely

from maps.plane import Floats, Plane
from maps.reach import Reach
from maps.streets import Ints, StreetNetwork


@dataclass(frozen=True)
class Snaps:
    """Where ``k`` points meet the street.

    Attributes:
        edge: ``(k,)`` edge, -1 for a point beyond the limit.
        fraction: ``(k,)`` share of the edge's length from its tail.
        walk_m: ``(k,)`` metres between the point and the street, inf beyond the limit.
        street: ``(k, 2)`` lon/lat of the place on the street, NaN beyond the limit.
    """

    edge: Ints
    fraction: Floats
    walk_m: Floats
    street: Floats

    @classmethod
    def none(cls) -> Self:
        """No points."""
        return cls(np.zeros(0, dtype=np.int64), np.zeros(0), np.zeros(0), np.zeros((0, 2)))

    def __len__(self) -> int:
        return len(self.edge)

    def join(self, other: Self) -> Self:
        """These points, then the others."""
        return type(self)(
            np.concatenate((self.edge, other.edge)),
            np.concatenate((self.fraction, other.fraction)),
            np.concatenate((self.walk_m, other.walk_m)),
            np.concatenate((self.street, other.street)),
        )

    def part(self, start: int, stop: int | None = None) -> Self:
        """The points from ``start`` to before ``stop``."""
        piece = slice(start, stop)
        return type(self)(self.edge[piece], self.fraction[piece], self.walk_m[piece], self.street[piece])


class Snapper:
    """Finds the nearest point of the nearest usable street.

    Args:
        network: The streets.
        reach: Which of them are usable.
        edges: ``(e,)`` candidates among the usable ones.
        plane: Where to measure, centred nearby.
        limit_m: Farther doors are not snapped.
    """

    def __init__(self, network: StreetNetwork, reach: Reach, edges: Ints, plane: Plane, limit_m: float) -> None:
        # Ties go to the lowest index, so public streets first: a door at a gate stands in the street, not behind it.
        self._edges = edges[np.argsort(~reach.public[edges], kind="stable")]
        self._plane = plane
        self._limit_m = limit_m
        self._lines = network.lines(self._edges, plane.to_xy(network.shape))
        self._tree = shapely.STRtree(self._lines)

    def snap(self, points: Floats) -> Snaps:
        """Snap ``(k, 2)`` lon/lat points."""
        count = len(points)
        edge = np.full(count, -1, dtype=np.int64)
        fraction, walk_m, street = np.zeros(count), np.full(count, np.inf), np.full((count, 2), np.nan)
        if count and len(self._edges):
            doors = shapely.points(self._plane.to_xy(points))
            (who, line), metres = self._tree.query_nearest(
                doors, max_distance=self._limit_m, return_distance=True, all_matches=True
            )
            order = np.lexsort((line, who))
            who, line, metres = who[order], line[order], metres[order]
            who, first = np.unique(who, return_index=True)
            line, metres = line[first], metres[first]
            along = shapely.line_locate_point(self._lines[line], doors[who], normalized=True)
            edge[who], fraction[who], walk_m[who] = self._edges[line], along, metres
            feet = shapely.line_interpolate_point(self._lines[line], along, normalized=True)
            street[who] = self._plane.to_lonlat(shapely.get_coordinates(feet))
        return Snaps(edge, fraction, walk_m, street)
