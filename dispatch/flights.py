"""Where drones touch down, and how far they fly between the places of a request."""

import numpy as np

from dispatch.model import Airspace
from dispatch.sphere import Floats, great_circle_m


class Flights:
    """Flights between places: the stores, then the orders, as ``Travel`` has them.

    A drone lands at its store's own point and, where the airspace has landing sites, at the site nearest to an order's
    door instead of the door.

    Attributes:
        points: ``(p, 2)`` lon/lat where a drone touches down for each place; nan where it cannot.
        metres: ``(p, p)`` metres flown; inf where there is no landing.
    """

    def __init__(self, points: Floats, n_stores: int, airspace: Airspace | None) -> None:
        self.points = points if airspace is None else _touchdowns(points, n_stores, airspace)
        metres = great_circle_m(self.points)
        self.metres = np.where(np.isnan(metres), np.inf, metres)
        np.fill_diagonal(self.metres, 0.0)

    def line(self, start: int, end: int) -> Floats:
        """The way of a flight as ``(k, 2)`` lon/lat points."""
        return self.points[[start, end]]


def _touchdowns(points: Floats, n_stores: int, airspace: Airspace) -> Floats:
    """The doors, or the landing sites nearest to them, nan where none lies within reach."""
    if not airspace.landing_sites:
        return points
    sites = np.array(airspace.landing_sites, dtype=np.float64)
    touchdowns = points.copy()
    doors = points[n_stores:]
    away_m = great_circle_m(doors, sites)
    nearest = away_m.argmin(axis=1)
    within = away_m[np.arange(len(doors)), nearest] <= airspace.landing_reach_m
    touchdowns[n_stores:] = np.where(within[:, None], sites[nearest], np.nan)
    return touchdowns
