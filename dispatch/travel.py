"""How long and how far between the places of a request, for each way of moving."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

import numpy as np
from numpy.typing import NDArray

import maps
from dispatch.faults import Fault, RequestError
from dispatch.model import Drone, MapTravel, MatrixTravel, PlanRequest, Rider

EARTH_RADIUS_M = 6_371_000.0
NEAREST_M = 1_000.0
"""With one store the streets are clipped to the farthest order, but never to less than this."""
BORDER = 0.01
"""Degrees around a map in which an address may still lie near one of its streets."""
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Legs:
    """Whole seconds and metres between places; both ``(places, places)``, inf where there is no path."""

    seconds: Floats
    metres: Floats


def great_circle_m(points: Floats) -> Floats:
    """Great-circle metres between all pairs of ``(p, 2)`` lon/lat points, ``(p, p)``.

    The haversine formula on a sphere of 6,371 km, the radius that ISO 14083 practice uses.
    """
    lon, lat = np.radians(points[:, 0]), np.radians(points[:, 1])
    half = (
        np.sin((lat[:, None] - lat) / 2) ** 2
        + np.cos(lat)[:, None] * np.cos(lat) * np.sin((lon[:, None] - lon) / 2) ** 2
    )
    metres: Floats = 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.clip(half, 0, 1)))
    return metres


def bundled_networks() -> dict[str, maps.StreetNetwork]:
    """The maps that Swiftleaf ships, by name."""
    network = maps.bundled_map()
    return {network.name: network}


@dataclass
class Travel:
    """Travel between the stores and orders of one request: places are the stores in order, then the orders in order.

    Build it once with ``Travel.of`` and hand it to ``plan``, ``check`` and ``draw``; it is the only thing in this
    room that knows maps.
    """

    points: Floats
    stores: dict[str, int]
    orders: dict[str, int]
    ground: Legs
    streets: maps.TravelTimes | None
    straight_m: Floats
    _flights: dict[tuple[float, int], Legs] = field(default_factory=dict)

    @classmethod
    def of(cls, request: PlanRequest, networks: Mapping[str, maps.StreetNetwork] | None = None) -> Self:
        """Measure all legs of ``request``; ``networks`` are the maps a request may name (default: the bundled one).

        Raises:
            RequestError: if the request names a map that is not there.
        """
        points = np.array(
            [*(s.location for s in request.stores), *(o.location for o in request.orders)], dtype=np.float64
        ).reshape(-1, 2)
        n_stores = len(request.stores)
        straight_m = great_circle_m(points)
        streets = None
        travel = request.travel
        if isinstance(travel, MatrixTravel):
            seconds, metres = _matrix(travel.seconds), _matrix(travel.metres)
            no_path = np.isinf(seconds) | np.isinf(metres)
            ground = Legs(np.where(no_path, np.inf, _whole(seconds, metres)), np.where(no_path, np.inf, metres))
        elif isinstance(travel, MapTravel):
            streets = _streets(travel, networks, points, n_stores, straight_m)
            ground = Legs(_whole(streets.seconds, streets.metres), streets.metres)
        else:
            metres = straight_m * travel.detour_factor
            ground = Legs(_whole(metres / (travel.speed_kmh / 3.6), metres), metres)
        return cls(
            points=points,
            stores={store.id: i for i, store in enumerate(request.stores)},
            orders={order.id: n_stores + i for i, order in enumerate(request.orders)},
            ground=ground,
            streets=streets,
            straight_m=straight_m,
        )

    def legs(self, vehicle: Rider | Drone) -> Legs:
        """The legs of ``vehicle``: streets or the request's matrix for a rider, straight lines for a drone."""
        if isinstance(vehicle, Rider):
            return self.ground
        key = (vehicle.speed_mps, vehicle.climb_s)
        if key not in self._flights:
            seconds = _whole(self.straight_m / vehicle.speed_mps + vehicle.climb_s, self.straight_m)
            np.fill_diagonal(seconds, 0.0)
            self._flights[key] = Legs(seconds, self.straight_m)
        return self._flights[key]

    def off_map(self, place: int) -> bool:
        """Whether a place is farther from every street than a rider would walk; only a map can tell."""
        return self.streets is not None and not bool(np.isfinite(self.streets.snap_m[place]))

    def line(self, vehicle: Rider | Drone, start: int, end: int) -> Floats:
        """The way between two places as ``(k, 2)`` lon/lat points: along streets where there is a map."""
        if isinstance(vehicle, Rider) and self.streets is not None:
            coords: Floats = self.streets.route(start, end).coords
            return coords
        return self.points[[start, end]]


def _whole(seconds: Floats, metres: Floats) -> Floats:
    """Whole seconds, rounded up so that a plan never promises more than the street allows; no metre is free."""
    whole = np.ceil(np.round(seconds, 3))
    return np.where((whole == 0) & (metres > 0), 1.0, whole)


def _matrix(rows: list[list[float | None]]) -> Floats:
    """A request's matrix with null as inf."""
    matrix = np.array([[np.inf if cell is None else cell for cell in row] for row in rows], dtype=np.float64)
    return matrix.reshape(len(rows), -1)


def _streets(
    travel: MapTravel,
    networks: Mapping[str, maps.StreetNetwork] | None,
    points: Floats,
    n_stores: int,
    straight_m: Floats,
) -> maps.TravelTimes:
    networks = bundled_networks() if networks is None else networks
    if travel.name not in networks:
        text = f"there is no map named {travel.name!r}; maps: {sorted(networks)}. Build one with `swiftleaf map build`"
        raise RequestError([Fault(path="$.travel.name", text=text)])
    network = networks[travel.name]
    west, south, east, north = network.bounds
    lon, lat = points[n_stores:, 0], points[n_stores:, 1]
    # An order beyond the map cannot be reached anyway, and must not widen the clip.
    near = (lon > west - BORDER) & (lon < east + BORDER) & (lat > south - BORDER) & (lat < north + BORDER)
    radius_m = float(straight_m[0, n_stores:][near].max(initial=NEAREST_M))
    centre = (float(points[0, 0]), float(points[0, 1])) if n_stores == 1 else None
    times = maps.TravelTimes(network, maps.E_BIKE, centre=centre, radius_m=radius_m if centre else None)
    times.add(points)
    return times
