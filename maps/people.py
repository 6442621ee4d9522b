"""Where people live, and addresses drawn from it."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from maps.errors import MapFileError, PointError
from maps.plane import Floats, Plane, as_points
from maps.profiles import E_BIKE
from maps.reach import find_reach
from maps.shapes import clip
from maps.streets import STREET_KINDS, StreetNetwork

# Streets that houses stand on.
_HOUSED = [
    i
    for i, kind in enumerate(STREET_KINDS)
    if kind
    in {
        "primary",
        "secondary",
        "tertiary",
        "unclassified",
        "residential",
        "living_street",
        "service",
        "footway",
        "pedestrian",
    }
]
_SETBACK_M = (5.0, 25.0)
_TRIES = 20


@dataclass(frozen=True, eq=False)
class Population:
    """People by zone.

    Attributes:
        zones: ``(z,)`` shapely polygons in lon/lat.
        population: ``(z,)`` people living in each zone.
        employment: ``(z,)`` people working in each zone, NaN where not known.
    """

    zones: NDArray[Any]
    population: Floats
    employment: Floats

    @property
    def total(self) -> float:
        """All people living in the zones."""
        return float(self.population.sum())

    def within(self, polygon: BaseGeometry) -> float:
        """People living within a lon/lat polygon, each zone's people spread evenly over its area."""
        return float(self.population @ self._shares(polygon))

    def along(self, network: StreetNetwork) -> tuple[Floats, Floats]:
        """Where people live, as points: each zone's people evenly along its streets that houses stand on.

        A street belongs to the zone that holds its middle. Who lives in a zone without such a street is put into the
        zone's middle, so that nobody is lost.

        Args:
            network: The streets; those a delivery e-bike can use and houses stand on are taken.

        Returns:
            ``(k, 2)`` lon/lat and ``(k,)`` people, none of them zero; together they are ``total``.
        """
        reach = find_reach(network, E_BIKE)
        edges = np.flatnonzero(reach.usable & np.isin(network.kind, _HOUSED))
        middles = shapely.line_interpolate_point(network.lines(edges), 0.5, normalized=True)
        where, zone = shapely.STRtree(self.zones).query(middles, predicate="intersects")
        where, first = np.unique(where, return_index=True)  # a middle on a border counts once
        zone, length_m = zone[first], network.length_m[edges[where]]
        in_zone_m = np.bincount(zone, weights=length_m, minlength=len(self.zones))
        empty = np.flatnonzero(in_zone_m <= 0)
        points = np.concatenate((middles[where], shapely.point_on_surface(self.zones[empty])))
        people = np.concatenate((self.population[zone] * length_m / in_zone_m[zone], self.population[empty]))
        return shapely.get_coordinates(points)[people > 0], people[people > 0]

    def _shares(self, polygon: BaseGeometry) -> Floats:
        """``(z,)`` share of each zone's area inside the polygon; in so small a place square degrees will do."""
        shares: Floats = shapely.area(shapely.intersection(self.zones, polygon)) / shapely.area(self.zones)
        return shares

    def draw(
        self,
        n: int,
        centre: tuple[float, float],
        radius_m: float,
        network: StreetNetwork,
        rng: np.random.Generator,
    ) -> Floats:
        """Draw addresses within a disk as people are spread over it.

        A zone is drawn by its people inside the disk (evenly spread over its area), then a place along the streets in
        that part of the zone, evenly by length, then a door 5 to 25 m beside it on either side.

        Args:
            n: How many.
            centre: Centre of the disk, (lon, lat).
            radius_m: Its radius.
            network: The streets; those a delivery e-bike can use and houses stand on are taken.
            rng: Source of randomness.

        Returns:
            ``(n, 2)`` lon/lat, all inside the disk.

        Raises:
            PointError: If nobody lives beside a street in the disk.
        """
        lon, lat = as_points(centre)[0].tolist()
        plane = Plane(lon, lat)
        disk = shapely.Point(0, 0).buffer(radius_m, quad_segs=32)
        zones = shapely.transform(self.zones, plane.to_xy)
        inside = shapely.intersection(zones, disk)
        people = self.population * shapely.area(inside) / np.maximum(shapely.area(zones), 1e-9)

        reach = find_reach(network, E_BIKE)
        edges = np.flatnonzero(reach.usable & np.isin(network.kind, _HOUSED))
        lines = network.lines(clip(network, edges, plane, radius_m), plane.to_xy(network.shape))
        tree = shapely.STRtree(lines)
        streets: list[NDArray[Any]] = []
        for zone, residents in zip(inside, people, strict=True):
            pieces = (
                shapely.intersection(lines[np.sort(tree.query(zone))], zone)
                if residents > 0
                else np.empty(0, dtype=object)
            )
            pieces = shapely.get_parts(pieces)
            streets.append(pieces[shapely.length(pieces) > 0])
        people = np.where([len(pieces) > 0 for pieces in streets], people, 0.0)
        if people.sum() <= 0:
            raise PointError(
                f"nobody lives beside a street within {radius_m:g} m of ({lon}, {lat}) on map {network.name!r}; "
                "move the centre or widen the radius"
            )
        chosen = rng.choice(len(people), size=n, p=people / people.sum())
        doors = [_door(streets[zone], disk, rng) for zone in chosen]
        return plane.to_lonlat(np.array(doors).reshape(-1, 2))


def _door(streets: NDArray[Any], disk: BaseGeometry, rng: np.random.Generator) -> tuple[float, float]:
    """A place beside one of some streets (metres), inside the disk."""
    until = np.cumsum(shapely.length(streets))
    at = (0.0, 0.0)
    for _ in range(_TRIES):
        along = rng.uniform(0.0, until[-1])
        i = int(min(np.searchsorted(until, along), len(streets) - 1))
        line, offset = streets[i], until[i] - along
        low, high = max(offset - 1.0, 0.0), min(offset + 1.0, line.length)
        (x0, y0), (x1, y1) = (line.interpolate(place).coords[0] for place in (low, high))
        x, y = line.interpolate(offset).coords[0]
        step = max(float(np.hypot(x1 - x0, y1 - y0)), 1e-9)
        side = rng.choice((-1.0, 1.0)) * rng.uniform(*_SETBACK_M)
        at = (x - side * (y1 - y0) / step, y + side * (x1 - x0) / step)
        if disk.contains(shapely.Point(at)):
            return at
        at = (x, y)
    return at


def read_people(path: str | os.PathLike[str]) -> Population:
    """Read zones from a GeoJSON FeatureCollection of polygons.

    Every feature has the property ``population`` and may have ``employment``.

    Raises:
        MapFileError: If the file is missing, not such GeoJSON, or a figure is not a number of people.
    """
    try:
        collection = json.loads(Path(path).read_bytes())
        features = collection["features"]
        zones = np.array([shapely.geometry.shape(feature["geometry"]) for feature in features], dtype=object)
        figures = [feature["properties"] for feature in features]
        population = np.array([float(figure["population"]) for figure in figures])
        employment = np.array([_number_or_nan(figure.get("employment")) for figure in figures])
    except OSError as error:
        raise MapFileError(f"{path}: cannot be opened ({error.strerror}); check the path") from error
    except (ValueError, TypeError, KeyError, AttributeError, shapely.errors.ShapelyError) as error:
        raise MapFileError(
            f"{path}: not a GeoJSON FeatureCollection of zones with the property `population` ({error!r}); see "
            "maps/sample/coquimbo_people.geojson for the form"
        ) from error
    if not len(zones):
        raise MapFileError(f"{path}: holds no zones; it needs at least one polygon with the property `population`")
    bad = np.flatnonzero(~((population >= 0) & np.isfinite(population)))
    if len(bad):
        raise MapFileError(f"{path}: population of feature {bad[0]} is {population[bad[0]]}; it must be zero or more")
    flat = np.flatnonzero(shapely.area(zones) <= 0)
    if len(flat):
        raise MapFileError(f"{path}: feature {flat[0]} is no polygon with an area; zones must be polygons")
    return Population(shapely.make_valid(zones), population, employment)


def _number_or_nan(value: object) -> float:
    return float(value) if isinstance(value, int | float) else float("nan")
