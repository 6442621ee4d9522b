"""Where drones touch down, and how far they fly between the places of a request."""

from collections.abc import Iterator

import numpy as np

import maps
from dispatch.faults import Fault, RequestError
from dispatch.request import Airspace
from dispatch.sphere import Floats, great_circle_m

Way = list[tuple[float, float]]


class Flights:
    """Flights between places: the stores, then the orders, as ``Travel`` has them.

    A drone lands at its store's own point and, where the airspace has landing sites, at the one nearest to an order's
    door instead of the door. Nobody lands in a zone.

    Attributes:
        points: ``(p, 2)`` lon/lat where a drone touches down for each place; nan where it cannot.
        metres: ``(p, p)`` metres flown; inf where there is no landing or no way.

    Raises:
        RequestError: with every zone and corridor that is none, by path.
    """

    def __init__(self, points: Floats, n_stores: int, airspace: Airspace | None) -> None:
        self._zones = None if airspace is None else _zones(airspace)
        self.points = points.copy()
        if airspace is not None and airspace.landing_sites:
            self.points[n_stores:] = self._sites(points[n_stores:], airspace)
        self.metres = np.full((len(points), len(points)), np.inf)
        lands = ~np.isnan(self.points[:, 0])
        if self._zones is not None:
            lands[lands] = ~self._zones.holds(self.points[lands])
            self.points[~lands] = np.nan
        there = self.points[lands]
        self.metres[np.ix_(lands, lands)] = great_circle_m(there) if self._zones is None else self._zones.metres(there)
        np.fill_diagonal(self.metres, 0.0)

    def _sites(self, doors: Floats, airspace: Airspace) -> Floats:
        """The landing sites nearest to the doors, nan where none lies within reach."""
        sites = np.array(airspace.landing_sites, dtype=np.float64)
        if self._zones is not None:
            sites = sites[~self._zones.holds(sites)]
        if not len(sites):
            return np.full_like(doors, np.nan)
        away_m = great_circle_m(doors, sites)
        nearest = away_m.argmin(axis=1)
        within = away_m[np.arange(len(doors)), nearest] <= airspace.landing_reach_m
        return np.where(within[:, None], sites[nearest], np.nan)

    def line(self, start: int, end: int) -> Floats:
        """The way of a flight between two places as ``(k, 2)`` lon/lat points."""
        ends = self.points[[start, end]]
        if self._zones is None:
            return ends
        (lon, lat), (to_lon, to_lat) = ends.tolist()
        return self._zones.path((lon, lat), (to_lon, to_lat))


def _zones(airspace: Airspace) -> maps.Airspace | None:
    if not airspace.no_fly and not airspace.corridors:
        return None
    try:
        return maps.Airspace(airspace.no_fly, airspace.clearance_m, airspace.corridors)
    except maps.PointError as error:
        whole = Fault(path="$.airspace", text=str(error))
        raise RequestError(list(_faults(airspace)) or [whole]) from None


def _faults(airspace: Airspace) -> Iterator[Fault]:
    """What is wrong with each zone and corridor by itself."""
    shapes: list[tuple[str, list[Way], list[Way]]] = [(f"no_fly[{i}]", [x], []) for i, x in enumerate(airspace.no_fly)]
    shapes += [(f"corridors[{i}]", [], [x]) for i, x in enumerate(airspace.corridors)]
    for name, rings, lines in shapes:
        try:
            maps.Airspace(rings, corridors=lines)
        except maps.PointError as error:  # which counts it as the first of its kind
            text = str(error).removeprefix("no_fly[0]").removeprefix("corridors[0]").removeprefix(":")
            yield Fault(path=f"$.airspace.{name}", text=text.strip())
