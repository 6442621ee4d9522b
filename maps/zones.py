"""No-fly zones: what may not be crossed, and the corners that a shortest way round it turns at."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely.geometry.base import BaseGeometry

from maps.errors import PointError
from maps.plane import Floats, Plane, as_points
from maps.streets import Ints

Bools = NDArray[np.bool_]

MAX_WIDTH_M = 500_000.0
"""A zone wider than this is taken for a mistake, and could not be buffered on a plane."""

_TOUCH_DEG = 1e-9  # a tenth of a millimetre: how deep a way may cut into a zone by rounding alone
_QUARTER = 6  # straight pieces in a quarter of a rounded corner, or so: GEOS may make each half as long again
# Such pieces cut the round off, so it is drawn larger, until they keep the distance.
_ROUND = 1 / np.cos(0.75 * np.pi / (2 * _QUARTER))
_STRAIGHT = 1e-9  # sine of a turn that is none
_SLACK = 1e-6  # sine by which a tangent may fail; one too many costs a test, one too few the shortest way
_PROBE = 0.125  # share of a way that is looked at first: short lines are quick to test, and most fail there already
_CHUNK = 200_000


class Zones:
    """Rings buffered by a clearance and united, in degrees from ``origin``.

    Ways are straight in longitude and latitude. Any squeezing of the plane keeps straight lines straight, so no
    projection is needed to see what crosses what, only to measure the clearance. Without clearance, neighbours that
    share corners to the last digit leave no way between them, and zones that share one corner let pass at this point.
    A corner on another zone's slanting side is rounded off it, and may leave a way: close such gaps by a clearance.

    Args:
        rings: Polygons as ``(k, 2)`` lon/lat, closed or not. A ring that crosses or touches itself holds everything
            that it winds around.
        clearance_m: How far everybody stays away; rounded corners may add up to 2 % to it.
        origin: ``(2,)`` lon/lat that coordinates are counted from.

    Raises:
        PointError: If a ring has fewer than three different points, one off the globe, or is wider than 500 km.
    """

    def __init__(self, rings: Sequence[ArrayLike], clearance_m: float, origin: Floats) -> None:
        grown = [_buffered(ring, f"no_fly[{i}]", clearance_m, origin) for i, ring in enumerate(rings)]
        self.shape: BaseGeometry = shapely.orient_polygons(shapely.union_all(grown))
        # Uniting leaves edges so short that a mitre's arithmetic on them divides by zero.
        smooth = shapely.remove_repeated_points(self.shape, _TOUCH_DEG / 1000)
        self._inner: BaseGeometry = shapely.buffer(smooth, -_TOUCH_DEG, join_style="mitre")
        shapely.prepare(self._inner)
        parts = shapely.get_parts(self.shape)
        self._parts: NDArray[Any] = parts[shapely.get_dimensions(parts) == 2]  # noqa: PLR2004 - areas only
        self._tree = shapely.STRtree(self._parts)

    def hold(self, xy: Floats) -> Bools:
        """``(k,)`` whether points lie inside a zone; its very border is outside."""
        held: Bools = shapely.intersects_xy(self._inner, xy[:, 0], xy[:, 1])
        return held

    def cross(self, start: Floats, end: Floats) -> Bools:
        """``(k,)`` whether the straight ways from ``(k, 2)`` to ``(k, 2)`` lead through a zone."""
        crossed = np.zeros(len(start), dtype=bool)
        for begin, until in ((0.0, _PROBE), (_PROBE, 1.0)):
            left = np.flatnonzero(~crossed)
            for i, j in chunks(len(left), 1):
                some = left[i:j]
                way = end[some] - start[some]
                pieces = np.stack((start[some] + begin * way, start[some] + until * way), axis=1)
                crossed[some] = shapely.intersects(self._inner, shapely.linestrings(pieces))
        return crossed

    def outside(self, lines: BaseGeometry) -> BaseGeometry:
        """The parts of ``lines`` that no zone covers."""
        left: BaseGeometry = shapely.difference(lines, self._inner)
        return left

    def near(self, xy: Floats) -> Bools:
        """Which separate zones can matter to the ways between some points.

        A way never gains by leaving a convex region that no zone's border crosses, so the smallest such region around
        the points is found: the hull of the points, then of the points and the zones that it meets, and so on.

        Returns:
            ``(z,)`` for each separate zone.
        """
        near = np.zeros(len(self._parts), dtype=bool)
        hull = shapely.convex_hull(shapely.multipoints(xy))
        while True:
            met = self._tree.query(hull, predicate="intersects")
            new = met[~near[met]]
            if not len(new):
                return near
            near[new] = True
            hull = shapely.convex_hull(shapely.geometrycollections([hull, *self._parts[new]]))

    def corners(self, near: Bools) -> "Corners":
        """The corners of the zones chosen by ``near``, ``(z,)``."""
        return Corners(self._parts, np.flatnonzero(near))


class Corners:
    """Outward corners of zones: the only places where a shortest way turns.

    Args:
        zones: ``(z,)`` polygons whose insides lie on the left of their rings.
        chosen: ``(k,)`` indices of those whose corners are wanted.

    Attributes:
        xy: ``(c, 2)`` degrees from the zones' origin.
        zone: ``(c,)`` indices of their zones.
    """

    def __init__(self, zones: NDArray[Any], chosen: Ints) -> None:
        rings, zone = shapely.get_rings(zones[chosen], return_index=True)
        xy, ring = shapely.get_coordinates(rings, return_index=True)
        sizes = np.bincount(ring, minlength=len(rings))
        first = np.repeat(np.cumsum(sizes) - sizes, sizes)
        step = np.arange(len(xy)) - first
        sizes = np.repeat(sizes - 1, sizes)  # the last point of a ring is its first
        before, after = xy[first + (step - 1) % sizes], xy[first + (step + 1) % sizes]
        # Where rings touch, what winds round the point is not seen from one ring: no line to it may be ruled out.
        _, spot, times = np.unique(xy[step < sizes], axis=0, return_inverse=True, return_counts=True)
        shared = np.zeros(len(xy), dtype=bool)
        shared[step < sizes] = times[spot] > 1
        outward = (_cross(_unit(xy - before), _unit(after - xy)) > _STRAIGHT) & (step < sizes) | shared
        self.xy: Floats = xy[outward]
        self.zone: Ints = chosen[zone[ring[outward]]]
        alone = ~shared[outward, None]
        self._before = alone * _unit(before[outward] - self.xy)
        self._after = alone * _unit(after[outward] - self.xy)

    def touching(self, xy: Floats, *, own: bool = False) -> tuple[Ints, Ints]:
        """Pairs of a point and a corner whose line has the whole corner on one side; no other line is of use.

        Args:
            xy: ``(p, 2)`` points.
            own: The points are the corners themselves: each pair is given once, the lower index first.

        Returns:
            ``(k,)`` indices of points and ``(k,)`` of corners.
        """
        points, corners = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.int64)]
        every = np.arange(len(self.xy))
        for i, j in chunks(len(xy), max(1, len(self.xy))):
            first = i if own else 0
            point, corner = np.nonzero(self._touched(every[first:], xy[i:j, None]))
            points.append(i + point)
            corners.append(first + corner)
        return np.concatenate(points), np.concatenate(corners)

    def both_touching(self) -> tuple[Ints, Ints]:
        """Pairs of corners, each touched by the line between them; ``(k,)`` lower and ``(k,)`` higher indices."""
        one, other = self.touching(self.xy, own=True)
        one, other = one[one < other], other[one < other]
        back = self._touched(one, self.xy[other])
        return one[back], other[back]

    def _touched(self, corner: Ints, point: Floats) -> Bools:
        east = self.xy[corner, 0] - point[..., 0]
        north = self.xy[corner, 1] - point[..., 1]
        slack = _SLACK * np.hypot(east, north)
        one, other = (east * side[corner, 1] - north * side[corner, 0] for side in (self._before, self._after))
        found: Bools = (np.minimum(one, other) >= -slack) | (np.maximum(one, other) <= slack)
        return found


def ring_points(ring: ArrayLike, field: str, least: int) -> Floats:
    """Check a list of points: ``(k, 2)`` lon/lat whose longitudes run on across the date line.

    Raises:
        PointError: If it has fewer than ``least`` different points, one off the globe, or is wider than 500 km.
    """
    try:
        points = as_points(ring).copy()
    except PointError as error:
        raise PointError(f"{field}: {error}") from error
    different = len(np.unique(points, axis=0))
    if different < least:
        raise PointError(f"{field} has {different} different points; give at least {least}")
    points[:, 0] -= _whole_turns(points[:, 0] - points[0, 0])
    low, high = points.min(axis=0), points.max(axis=0)
    size_m = np.ptp(Plane((low[0] + high[0]) / 2, (low[1] + high[1]) / 2).to_xy(np.array([low, high])), axis=0).max()
    if size_m > MAX_WIDTH_M:
        raise PointError(
            f"{field} is {size_m / 1000:,.0f} km wide, more than {MAX_WIDTH_M / 1000:,.0f} km; check the order of "
            "longitude and latitude, or cut it to the region that is flown in"
        )
    return points


def to_local(lonlat: Floats, origin: Floats) -> Floats:
    """``(k, 2)`` lon/lat as degrees from ``origin``, the shorter way round the globe."""
    near = lonlat.copy()
    near[:, 0] -= _whole_turns(near[:, 0] - origin[0])
    return near - origin


def _buffered(ring: ArrayLike, field: str, clearance_m: float, origin: Floats) -> BaseGeometry:
    points = ring_points(ring, field, 3)
    low, high = points.min(axis=0), points.max(axis=0)
    middle = (low + high) / 2
    turns = _whole_turns((middle - origin) * (1.0, 0.0))
    if clearance_m == 0:
        # Not by way of a plane: its rounding would part neighbours that share a border, and flights would slip between.
        return shapely.make_valid(shapely.Polygon(points - turns - origin), method="structure")
    plane = Plane(*middle.tolist())
    zone = shapely.make_valid(shapely.Polygon(plane.to_xy(points)), method="structure")
    zone = shapely.buffer(zone, clearance_m * _ROUND, quad_segs=_QUARTER)
    flat = Plane(0.0, plane.lat)
    moved = middle - turns - origin
    here: BaseGeometry = shapely.transform(zone, lambda xy: flat.to_lonlat(xy) - (0.0, plane.lat) + moved)
    return here


def _whole_turns(turn: Floats) -> Floats:
    """Degrees of the whole turns round the globe in ``turn``; taking them off leaves the shorter way, not rounded."""
    turns: Floats = 360.0 * np.round(turn / 360.0)
    return turns


def _unit(vectors: Floats) -> Floats:
    length = np.hypot(vectors[..., 0], vectors[..., 1])[..., None]
    return np.divide(vectors, length, out=np.zeros_like(vectors), where=length > 0)


def _cross(one: Floats, other: Floats) -> Floats:
    product: Floats = one[..., 0] * other[..., 1] - one[..., 1] * other[..., 0]
    return product


def chunks(rows: int, columns: int) -> list[tuple[int, int]]:
    """Slices of rows such that each has at most about 200,000 cells."""
    step = max(1, _CHUNK // columns)
    return [(i, min(i + step, rows)) for i in range(0, rows, step)]
