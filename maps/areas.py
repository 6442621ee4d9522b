"""What a store reaches: along streets within some minutes, or within a radius."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from maps.errors import PointError
from maps.graph import CORE, StreetGraph
from maps.plane import Floats, Plane, as_points
from maps.profiles import Profile
from maps.reach import Reach, find_reach
from maps.shapes import clip, part_of_line
from maps.snap import Snapper, Snaps
from maps.streets import Ints, StreetNetwork
from maps.weights import unpack

BESIDE_M = 80.0
"""How far from a reached street an address still belongs to the area: half a block of about 160 m."""

HOLE_M2 = 40_000.0
"""Holes smaller than this, a block of 200 m by 200 m, are filled."""

SIMPLIFY_M = 8.0
"""How far the outline may stray from the exact one."""


@dataclass(frozen=True)
class ServiceArea:
    """Where a store can deliver to.

    Attributes:
        polygon: Valid shapely Polygon or MultiPolygon in lon/lat: everything within 80 m of a reached street.
        streets_m: Length of the reached streets, each counted once, cut where time or radius ends.
        centre: The store, (lon, lat).
        minutes: The time limit asked for, or None.
        radius_m: The radius asked for, or None.
    """

    polygon: BaseGeometry
    streets_m: float
    centre: tuple[float, float]
    minutes: float | None
    radius_m: float | None

    def to_geojson(self) -> dict[str, Any]:
        """The area as a GeoJSON Feature (RFC 7946); coordinates to six decimals, about 0.1 m."""
        rounded = shapely.transform(self.polygon, lambda coords: np.round(coords, 6))
        return {
            "type": "Feature",
            "properties": {
                "centre": list(self.centre),
                "minutes": self.minutes,
                "radius_m": self.radius_m,
                "streets_m": round(self.streets_m, 1),
            },
            "geometry": shapely.geometry.mapping(rounded),
        }


def service_area(
    network: StreetNetwork,
    profile: Profile,
    centre: tuple[float, float],
    *,
    minutes: float | None = None,
    radius_m: float | None = None,
) -> ServiceArea:
    """The area a store serves.

    Give ``minutes`` for an isochrone: the streets that a rider who leaves the store's door reaches within that time,
    signals and private access as everywhere, streets cut where the time runs out. Give ``radius_m`` for a disk as the
    crow flies, cut to the streets that can be reached at all.

    Args:
        network: The streets.
        profile: The vehicle.
        centre: The store, (lon, lat).
        minutes: Riding time.
        radius_m: Straight-line metres.

    Raises:
        ValueError: If not exactly one of minutes and radius is given, or it is not positive.
        PointError: If the centre is no place on Earth, or no usable street is near enough to it.
        MapError: If the profile cannot use any street.
    """
    limit = minutes if radius_m is None else radius_m
    if limit is None or (minutes is not None and radius_m is not None):
        raise ValueError(f"minutes is {minutes} and radius_m is {radius_m}; give exactly one of them")
    if not 0 < limit < np.inf:
        raise ValueError(f"{'minutes' if radius_m is None else 'radius_m'} is {limit}; it must be positive")
    lon, lat = as_points(centre)[0].tolist()
    plane = Plane(lon, lat)
    reach = find_reach(network, profile)
    door = np.array([[lon, lat]])
    near = clip(network, np.flatnonzero(reach.usable), plane, profile.snap_limit_m)
    snaps = Snapper(network, reach, near, plane, profile.snap_limit_m).snap(door)
    if snaps.edge[0] < 0:
        raise PointError(
            f"no street for the profile {profile.name!r} within {profile.snap_limit_m:g} m of ({lon}, {lat}) "
            f"on map {network.name!r}; move the point to a street or choose the map of its city"
        )
    # Nothing faster than the profile's best speed: a first cut that loses no street.
    far_m = (
        radius_m if minutes is None else minutes * 60 * max(profile.speeds_kmh.values()) / 3.6 + profile.snap_limit_m
    )
    assert far_m is not None
    edges = clip(network, np.flatnonzero(reach.usable), plane, far_m)
    xy = plane.to_xy(network.shape)
    if minutes is None:
        disk = shapely.Point(0, 0).buffer(limit, quad_segs=32)
        lines = shapely.intersection(network.lines(edges, xy), disk)
        share = shapely.length(lines) / np.maximum(shapely.length(network.lines(edges, xy)), 1e-9)
        streets_m = float((network.length_m[edges] * share).sum())
        area = _around(lines).intersection(disk)
    else:
        graph = StreetGraph(network, profile, reach, edges)
        left_s = minutes * 60 - float(snaps.walk_m[0]) * 3.6 / profile.walk_kmh
        starts, ends, owner = _reached(network, reach, graph, snaps, edges, left_s)
        streets_m = float((network.length_m[owner] * (ends - starts)).sum())
        area = _around(_cut(network, xy, plane, starts, ends, owner))
    polygon = shapely.transform(area, plane.to_lonlat)
    return ServiceArea(polygon, streets_m, (lon, lat), minutes, radius_m)


def _reached(
    network: StreetNetwork, reach: Reach, graph: StreetGraph, snaps: Snaps, edges: Ints, left_s: float
) -> tuple[Floats, Floats, Ints]:
    """Stretches of edges reached in time, disjoint: from share, to share, edge."""
    times = unpack(graph.search(graph.exits(snaps), limit_s=max(left_s, 0.0) + 1.0))[0][0]
    at_copy = np.where(graph.copies >= 0, times[graph.copies], np.inf)
    anyhow, public = at_copy.min(axis=1), at_copy[:, CORE]
    shares = []
    for start, moving_s in (
        (network.tail[edges], reach.forward_s[edges]),
        (network.head[edges], reach.backward_s[edges]),
    ):
        spare = left_s - np.where(reach.public[edges], public[start], anyhow[start])
        able = (spare > 0) & np.isfinite(moving_s)
        share = np.zeros(len(edges))
        np.divide(spare, np.maximum(moving_s, 1e-9), out=share, where=able)
        shares.append(np.minimum(share, 1.0))
    from_tail, from_head = shares
    whole = from_tail + from_head >= 1.0

    own = edges == snaps.edge[0]
    some, other = ((from_tail > 0) | whole) & ~own, (from_head > 0) & ~own & ~whole
    starts = [np.zeros(some.sum()), 1.0 - from_head[other]]
    ends = [np.where(whole, 1.0, from_tail)[some], np.ones(other.sum())]
    owner = [edges[some], edges[other]]
    for low, high in _own_stretches(reach, snaps, left_s, float(from_tail[own][0]), float(from_head[own][0])):
        starts.append(np.array([low]))
        ends.append(np.array([high]))
        owner.append(snaps.edge)
    return np.concatenate(starts), np.concatenate(ends), np.concatenate(owner)


def _own_stretches(
    reach: Reach, snaps: Snaps, left_s: float, from_tail: float, from_head: float
) -> list[tuple[float, float]]:
    """The stretches of the centre's own street, where one can also set off in the middle."""
    edge, at = int(snaps.edge[0]), float(snaps.fraction[0])
    if left_s <= 0:
        return []
    ahead = left_s / max(float(reach.forward_s[edge]), 1e-9)
    behind = left_s / max(float(reach.backward_s[edge]), 1e-9)
    middle = (max(0.0, at - behind), min(1.0, at + ahead))
    merged: list[tuple[float, float]] = []
    for low, high in sorted([(0.0, from_tail), middle, (1.0 - from_head, 1.0)]):
        if high <= low:
            continue
        if merged and low <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], high))
        else:
            merged.append((low, high))
    return merged


def _cut(network: StreetNetwork, xy: Floats, plane: Plane, starts: Floats, ends: Floats, owner: Ints) -> NDArray[Any]:
    """Lines in the plane of stretches of edges; only the cut ones need cutting one by one."""
    whole = (starts <= 0) & (ends >= 1)
    lines = [network.lines(owner[whole], xy)]
    for start, end, edge in zip(starts[~whole], ends[~whole], owner[~whole], strict=True):
        part = part_of_line(network.edge_shape(int(edge)), float(start), float(end))
        lines.append(np.array([shapely.LineString(plane.to_xy(part))], dtype=object))
    return np.concatenate(lines)


def _around(lines: NDArray[Any]) -> BaseGeometry:
    """The land beside lines (metres): buffered, small holes filled, outline simplified."""
    area = shapely.union_all(shapely.buffer(lines, BESIDE_M, quad_segs=4))
    filled = []
    for polygon in shapely.get_parts(area):
        holes = [ring for ring in polygon.interiors if shapely.Polygon(ring).area >= HOLE_M2]
        filled.append(shapely.Polygon(polygon.exterior, holes))
    outline = shapely.get_parts(shapely.make_valid(shapely.union_all(filled).simplify(SIMPLIFY_M)))
    land: BaseGeometry = shapely.union_all(outline[shapely.area(outline) > 0])
    return land if shapely.area(land) > 0 else shapely.MultiPolygon()
