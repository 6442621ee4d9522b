"""Airspace: shortest flights round no-fly zones, or along corridors."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import ArrayLike
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from maps.corridors import Corridors
from maps.errors import PointError
from maps.plane import Floats, as_points
from maps.streets import Ints
from maps.zones import Bools, Zones, ring_points, to_local

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

EARTH_RADIUS_M = 6_371_000.0
"""Radius of the sphere that flights are measured on, as ISO 14083 practice has it."""


class _Web:
    """Places where flights turn, and the straight ways between them.

    Args:
        lonlat: ``(n, 2)`` places.
        one: ``(a,)`` places where ways start.
        other: ``(a,)`` places where they end; no two ways have the same ends.
    """

    def __init__(self, lonlat: Floats, one: Ints, other: Ints) -> None:
        self.lonlat = lonlat
        metres = _metres(lonlat[one], lonlat[other])
        rows, columns = np.concatenate((one, other)), np.concatenate((other, one))
        self._ways = csr_array((np.tile(metres, 2), (rows, columns)), shape=(len(lonlat), len(lonlat)))

    def search(self, starts: Floats, links: Ints) -> tuple[Floats, Ints]:
        """Shortest ways from some points to all places.

        Args:
            starts: ``(p, 2)`` lon/lat.
            links: ``(k, 2)`` pairs of a point, in order, and a place that it reaches straight.

        Returns:
            ``(p, n)`` metres, and ``(p, n)`` the place before, ``n`` or more at a way's first place.
        """
        point, place = links.T
        size = len(self.lonlat) + len(starts)
        # Rows of ways that only lead out are added below those of the places, so no way leads through a point.
        rows = len(self._ways.data) + np.cumsum(np.bincount(point, minlength=len(starts)))
        graph = csr_array(
            (
                np.concatenate((self._ways.data, _metres(starts[point], self.lonlat[place]))),
                np.concatenate((self._ways.indices, place)),
                np.concatenate((self._ways.indptr, rows)),
            ),
            shape=(size, size),
        )
        metres, before = dijkstra(graph, indices=np.arange(len(self.lonlat), size), return_predecessors=True)
        return metres[:, : len(self.lonlat)], before.astype(np.int64)[:, : len(self.lonlat)]


class Airspace:
    """Where drones may fly, and how far it is.

    Without corridors, a flight takes the shortest way that leads through no zone. With corridors it flies along them
    only, switching where they meet, and reaches them in a straight line at both ends: at the place nearest to it on
    one of their straight pieces that no zone cuts off, one such place for each network of connected corridors.

    Flights are level and straight in longitude and latitude; their metres are great-circle metres on a sphere of
    6,371 km. They may touch zones, or cut into them by a tenth of a millimetre, and do not cross the meridian opposite
    the first zone. They may pass where two zones share a single point, but not along a border that two zones share.
    What has been computed of zones is kept, so one airspace serves many calls; results do not depend on earlier calls.

    Args:
        no_fly: Polygons as ``(k, 2)`` lon/lat rings, closed or not; a ring that crosses itself holds all that it winds
            around.
        clearance_m: How far flights stay away from them, >= 0; up to 2 % more.
        corridors: Polylines as ``(k, 2)`` lon/lat; what zones cover of them is closed.

    Attributes:
        zones: The zones with their clearance as one shapely geometry in lon/lat, for a page to draw. Longitudes run on
            across the date line.

    Raises:
        PointError: If a ring has fewer than three different points or a corridor fewer than two, if a point is off the
            globe, or a ring or corridor is wider than 500 km. The message names it.
        ValueError: If the clearance is negative or not a number.
    """

    def __init__(
        self, no_fly: Sequence[ArrayLike], clearance_m: float = 0.0, corridors: Sequence[ArrayLike] = ()
    ) -> None:
        if not 0 <= clearance_m < np.inf:
            raise ValueError(f"clearance_m is {clearance_m}; it must be zero or more metres")
        first = [ring_points(ring, "no_fly[0]", 3)[0] for ring in no_fly[:1]]
        first += [ring_points(line, "corridors[0]", 2)[0] for line in corridors[:1]]
        self._origin: Floats = first[0] if first else np.zeros(2)
        self._zones = Zones(no_fly, clearance_m, self._origin)
        self._corridors = Corridors(corridors, self._zones, self._origin) if len(corridors) else None
        self.zones: BaseGeometry = shapely.transform(self._zones.shape, lambda xy: xy + self._origin)
        self._near: Bools = self._zones.near(np.empty((0, 2)))
        self._corners = self._zones.corners(self._near)
        self._web = self._between_corners()

    def holds(self, points: ArrayLike) -> Bools:
        """``(p,)`` whether points, ``(p, 2)`` lon/lat, lie inside a zone or its clearance, so nothing may land there.

        Raises:
            PointError: If a point is no place on Earth.
        """
        return self._zones.hold(to_local(as_points(points), self._origin))

    def metres(self, points: ArrayLike) -> Floats:
        """How far it is to fly between points.

        Args:
            points: ``(p, 2)`` lon/lat.

        Returns:
            ``(p, p)`` metres of the shortest legal flights, symmetric, 0 between a place and itself; else inf where
            start or end lies inside a zone or its clearance, or no legal flight exists.

        Raises:
            PointError: If a point is no place on Earth.
        """
        lonlat = as_points(points)
        xy = to_local(lonlat, self._origin)
        free = ~self._zones.hold(xy)
        metres = np.full((len(xy), len(xy)), np.inf)
        web, links = self._join(xy, free)
        if len(links):
            to_places, _ = web.search(lonlat, links)
            bounds = np.searchsorted(links[:, 0], np.arange(len(xy) + 1))
            for end in np.flatnonzero(np.diff(bounds)):
                places = links[bounds[end] : bounds[end + 1], 1]
                metres[:, end] = (to_places[:, places] + _metres(lonlat[end], web.lonlat[places])).min(axis=1)
        if self._corridors is None:
            one, other = np.nonzero(np.triu(free[:, None] & free, 1))
            straight = ~self._zones.cross(xy[one], xy[other])
            one, other = one[straight], other[straight]
            metres[one, other] = metres[other, one] = _metres(lonlat[one], lonlat[other])
        # Sums of the same ways in two orders differ in the last place.
        metres = np.asarray(np.minimum(metres, metres.T))
        metres[(lonlat[:, None] == lonlat).all(axis=2)] = 0.0
        return metres

    def path(self, start: tuple[float, float], end: tuple[float, float]) -> Floats:
        """The shortest legal flight between two points.

        Args:
            start: (lon, lat).
            end: (lon, lat).

        Returns:
            ``(k, 2)`` lon/lat where it starts, turns and ends.

        Raises:
            PointError: If a point is no place on Earth, lies inside a zone, or there is no legal flight.
        """
        lonlat = np.concatenate((as_points(start), as_points(end)))
        xy = to_local(lonlat, self._origin)
        held = self._zones.hold(xy)
        if held.any():
            lon, lat = lonlat[int(np.argmax(held))].tolist()
            raise PointError(f"({lon}, {lat}) lies inside a no-fly zone or its clearance; choose another place")
        if (xy[0] == xy[1]).all() or (self._corridors is None and not self._zones.cross(xy[:1], xy[1:])[0]):
            return lonlat
        web, links = self._join(xy, ~held)
        last = links[links[:, 0] == 1, 1]
        to_places, before = (found[0] for found in web.search(lonlat[:1], links[links[:, 0] == 0]))
        metres = to_places[last] + _metres(lonlat[1], web.lonlat[last])
        if np.isinf(metres).all():
            raise PointError(f"no legal flight leads from {tuple(start)} to {tuple(end)}; zones or gaps separate them")
        places = [int(last[np.argmin(metres)])]
        while (previous := int(before[places[-1]])) < len(web.lonlat):
            places.append(previous)
        return np.concatenate((lonlat[:1], web.lonlat[places[::-1]], lonlat[1:]))

    def _join(self, xy: Floats, free: Bools) -> tuple[_Web, Ints]:
        """The web that flights between points use, and ``(k, 2)`` pairs of a point and a place that it reaches."""
        if self._corridors is not None:
            return self._along_corridors(self._corridors, xy, free)
        near = self._zones.near(xy[free])
        if (near & ~self._near).any():
            self._near = self._near | near
            self._corners = self._zones.corners(self._near)
            self._web = self._between_corners()
        point, corner = self._corners.touching(xy)
        useful = free[point] & near[self._corners.zone[corner]]
        point, corner = point[useful], corner[useful]
        seen = ~self._zones.cross(xy[point], self._corners.xy[corner])
        return self._web, np.column_stack((point[seen], corner[seen]))

    def _between_corners(self) -> _Web:
        xy = self._corners.xy
        one, other = self._corners.both_touching()
        seen = ~self._zones.cross(xy[one], xy[other])
        return _Web(xy + self._origin, one[seen], other[seen])

    def _along_corridors(self, corridors: Corridors, xy: Floats, free: Bools) -> tuple[_Web, Ints]:
        """The corridors, cut where the points reach them."""
        at_free, piece, share = corridors.accesses(xy[free])
        point = np.flatnonzero(free)[at_free]
        start, end = corridors.pieces.T
        feet = corridors.xy[start[piece]] + share[:, None] * (corridors.xy[end] - corridors.xy[start])[piece]
        lonlat = np.concatenate((corridors.xy, feet)) + self._origin
        foot = len(corridors.xy) + np.arange(len(feet))
        # All places on each piece in order of their share: its start, the feet on it, its end.
        every = np.arange(len(corridors.pieces))
        on = np.concatenate((every, piece, every))
        at = np.concatenate((np.zeros(len(every)), share, np.ones(len(every))))
        place = np.concatenate((start, foot, end))
        rank = np.concatenate((np.zeros(len(every)), np.ones(len(piece)), np.full(len(every), 2)))
        order = np.lexsort((rank, at, on))
        next_to = on[order][1:] == on[order][:-1]
        one, other = place[order][:-1][next_to], place[order][1:][next_to]
        return _Web(lonlat, one, other), np.column_stack((point, foot))[np.argsort(point, kind="stable")]


def _metres(one: Floats, other: Floats) -> Floats:
    """``(k,)`` great-circle metres between ``(k, 2)`` and ``(k, 2)`` lon/lat, by the haversine formula."""
    (lon, lat), (to_lon, to_lat) = np.radians(one).T, np.radians(other).T
    half = np.sin((to_lat - lat) / 2) ** 2 + np.cos(lat) * np.cos(to_lat) * np.sin((to_lon - lon) / 2) ** 2
    metres: Floats = 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.clip(half, 0, 1)))
    return metres
