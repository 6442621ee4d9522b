"""How long and how far between the places of a request, for each way of moving."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

import numpy as np

import maps
from dispatch import request as words
from dispatch.faults import Fault, RequestError
from dispatch.flights import Flights
from dispatch.record import MOST_S
from dispatch.request import Drone, MapTravel, Matrix, MatrixTravel, Order, PlanRequest, Rider, RiderKind
from dispatch.sphere import Floats, great_circle_m

PROFILES = {RiderKind.E_BIKE: maps.E_BIKE, RiderKind.MOPED: maps.MOPED, RiderKind.CARGO_BIKE: maps.CARGO_BIKE}
NEAREST_M = 1_000.0
"""With one store the streets are clipped to the farthest order, but never to less than this."""
BORDER = 0.01
"""Degrees around a map in which an address may still lie near one of its streets."""


@dataclass(frozen=True)
class Legs:
    """Whole seconds and metres between places; both ``(places, places)``, inf where there is no path."""

    seconds: Floats
    metres: Floats


def bundled_networks() -> dict[str, maps.StreetNetwork]:
    """The maps that Swiftleaf ships, by name."""
    network = maps.bundled_map()
    return {network.name: network}


@dataclass
class Travel:
    """Travel between the stores and orders of one request: places are the stores in order, then the orders in order.

    Build it once with ``Travel.of`` and hand it to ``plan``, ``check`` and ``draw``; it is the only thing in this
    room that knows maps. Each kind of vehicle is measured when it is first asked for.
    """

    points: Floats
    stores: dict[str, int]
    orders: dict[str, int]
    straight_m: Floats
    asked: words.Travel
    airspace: words.Airspace | None
    network: maps.StreetNetwork | None
    kinds: tuple[RiderKind, ...]
    _rides: dict[RiderKind, Legs] = field(default_factory=dict)
    _streets: dict[RiderKind, maps.TravelTimes] = field(default_factory=dict)
    _flights: Flights | None = None
    _flown: dict[tuple[float, int], Legs] = field(default_factory=dict)
    _clip_m: float = 0.0

    @classmethod
    def of(cls, request: PlanRequest, networks: Mapping[str, maps.StreetNetwork] | None = None) -> Self:
        """Measure the riders' legs of ``request``, and its airspace; drones' legs follow when they are asked for.

        Args:
            request: what was asked.
            networks: the maps a request may name (default: the bundled one).

        Raises:
            RequestError: if the request names a map that is not there, or a zone or corridor is none.
        """
        points = np.array(
            [*(s.location for s in request.stores), *(o.location for o in request.orders)], dtype=np.float64
        ).reshape(-1, 2)
        n_stores = len(request.stores)
        travel = cls(
            points=points,
            stores={store.id: i for i, store in enumerate(request.stores)},
            orders={order.id: n_stores + i for i, order in enumerate(request.orders)},
            straight_m=great_circle_m(points),
            asked=request.travel,
            airspace=request.airspace,
            network=_network(request.travel, networks) if isinstance(request.travel, MapTravel) else None,
            kinds=tuple(dict.fromkeys(rider.kind for rider in request.riders)) or (RiderKind.E_BIKE,),
        )
        for kind in travel.kinds:
            travel.rides(kind)
        if request.airspace is not None:
            travel.flights()
        return travel

    def knows(self, order: Order) -> bool:
        """Whether ``order`` was measured at the address it has now."""
        place = self.orders.get(order.id)
        return place is not None and tuple(self.points[place].tolist()) == order.location

    def add(self, orders: Sequence[Order]) -> None:
        """Measure more orders, or the new addresses of known ones; what is measured already stays.

        Raises:
            RequestError: if travel is by the request's own matrix, which has no row for them.
        """
        if isinstance(self.asked, MatrixTravel):
            text = "a matrix knows no address but its own; travel by 'map' or 'straight' to add orders"
            raise RequestError([Fault(path="$.travel.kind", text=text)])
        known, n_stores = len(self.points), len(self.stores)
        new = np.array([order.location for order in orders], dtype=np.float64).reshape(-1, 2)
        self.points = np.concatenate([self.points, new])
        self.orders |= {order.id: known + i for i, order in enumerate(orders)}
        away_m = great_circle_m(new, self.points)
        grown = np.zeros((len(self.points), len(self.points)))
        grown[:known, :known] = self.straight_m
        grown[known:], grown[:, known:] = away_m, away_m.T
        self.straight_m = grown
        if n_stores == 1 and grown[0, known:].max(initial=0.0) > self._clip_m:
            self._streets.clear()  # the clip is too small, for an address on the map or one beyond it
        for times in self._streets.values():
            times.add(new)
        self._rides.clear()
        self._flown.clear()
        self._flights = None

    def legs(self, vehicle: Rider | Drone) -> Legs:
        """The legs of ``vehicle``; a place is 0 s and 0 m from itself."""
        return self.rides(vehicle.kind) if isinstance(vehicle, Rider) else self._flies(vehicle)

    def rides(self, kind: RiderKind) -> Legs:
        """The legs of riders of a kind: along streets, by the request's matrix for the kind, or straight."""
        if kind not in self._rides:
            self._rides[kind] = self._ride(kind)
        return self._rides[kind]

    def _ride(self, kind: RiderKind) -> Legs:
        asked = self.asked
        if isinstance(asked, MatrixTravel):
            return _by_matrix(asked.by_kind.get(kind.value, asked))
        if isinstance(asked, MapTravel):
            streets = self.streets(kind)
            return _legs(streets.seconds, streets.metres)
        metres = self.straight_m * asked.detour_factor
        return _legs(metres / (asked.speed_kmh_by_kind.get(kind, asked.speed_kmh) / 3.6), metres)

    def _flies(self, drone: Drone) -> Legs:
        if isinstance(self.asked, MatrixTravel) and "drone" in self.asked.by_kind:
            key = (0.0, 0)
            if key not in self._flown:
                self._flown[key] = _by_matrix(self.asked.by_kind["drone"])
            return self._flown[key]
        key = (drone.speed_mps, drone.climb_s)
        if key not in self._flown:
            metres = self.flights().metres
            self._flown[key] = _legs(metres / drone.speed_mps + drone.climb_s, metres)
        return self._flown[key]

    def flights(self) -> Flights:
        """Where drones land and how far they fly, whatever their speed."""
        if self._flights is None:
            self._flights = Flights(self.points, len(self.stores), self.airspace)
        return self._flights

    def lands(self, place: int) -> bool:
        """Whether drones have somewhere to land for a place."""
        if isinstance(self.asked, MatrixTravel) and "drone" in self.asked.by_kind:
            return True
        return not bool(np.isnan(self.flights().points[place]).any())

    def off_map(self, place: int, kind: RiderKind | None = None) -> bool:
        """Whether a place is farther from every street than a rider would walk; only a map can tell.

        Asked are the streets of one ``kind`` of rider, or of all kinds that the request has.
        """
        if self.network is None:
            return False
        kinds = self.kinds if kind is None else (kind,)
        return not any(bool(np.isfinite(self.streets(each).snap_m[place])) for each in kinds)

    def line(self, vehicle: Rider | Drone, start: int, end: int) -> Floats:
        """The way between two places as ``(k, 2)`` lon/lat points: along streets where there is a map."""
        if isinstance(vehicle, Drone):
            return self.flights().line(start, end)
        if self.network is not None:
            coords: Floats = self.streets(vehicle.kind).route(start, end).coords
            return coords
        return self.points[[start, end]]

    def streets(self, kind: RiderKind) -> maps.TravelTimes:
        """Travel along the streets of the request's map for riders of a kind.

        Raises:
            ValueError: if the request does not travel on a map.
        """
        if self.network is None:
            raise ValueError(f"the request travels by {self.asked.kind!r}, not on a map; it has no streets")
        if kind not in self._streets:
            self._streets[kind] = self._measured(self.network, PROFILES[kind])
        return self._streets[kind]

    def _measured(self, network: maps.StreetNetwork, profile: maps.Profile) -> maps.TravelTimes:
        """The streets with all places on them; with one store they are clipped around it."""
        points, n_stores = self.points, len(self.stores)
        west, south, east, north = network.bounds
        lon, lat = points[n_stores:, 0], points[n_stores:, 1]
        # An order beyond the map cannot be reached anyway, and must not widen the clip.
        near = (lon > west - BORDER) & (lon < east + BORDER) & (lat > south - BORDER) & (lat < north + BORDER)
        radius_m = float(self.straight_m[0, n_stores:][near].max(initial=NEAREST_M))
        self._clip_m = radius_m
        centre = (float(points[0, 0]), float(points[0, 1])) if n_stores == 1 else None
        times = maps.TravelTimes(network, profile, centre=centre, radius_m=radius_m if centre else None)
        times.add(points)
        return times


def _legs(seconds: Floats, metres: Floats) -> Legs:
    """Whole seconds, rounded up so that a plan never promises more than the way allows; no metre is free.

    What takes longer than ``MOST_S`` is no path: a vehicle may be said to move as slowly as one likes.
    """
    no_path = ~((seconds <= MOST_S) & np.isfinite(metres))
    whole = np.ceil(np.round(seconds, 3))
    whole = np.where(no_path, np.inf, np.where((whole == 0) & (metres > 0), 1.0, whole))
    metres = np.where(no_path, np.inf, metres)
    np.fill_diagonal(whole, 0.0)
    np.fill_diagonal(metres, 0.0)
    return Legs(whole, metres)


def _by_matrix(matrix: Matrix) -> Legs:
    """A request's matrices, with null as inf."""
    seconds, metres = (
        np.array([[np.inf if cell is None else cell for cell in row] for row in rows], dtype=np.float64)
        for rows in (matrix.seconds, matrix.metres)
    )
    return _legs(seconds.reshape(len(seconds), -1), metres.reshape(len(metres), -1))


def _network(travel: MapTravel, networks: Mapping[str, maps.StreetNetwork] | None) -> maps.StreetNetwork:
    networks = bundled_networks() if networks is None else networks
    if travel.name not in networks:
        text = f"there is no map named {travel.name!r}; maps: {sorted(networks)}. Build one with `swiftleaf map build`"
        raise RequestError([Fault(path="$.travel.name", text=text)])
    return networks[travel.name]
