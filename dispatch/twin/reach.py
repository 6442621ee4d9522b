"""Which store an address belongs to, if any: the nearest that delivers so far."""

from dataclasses import dataclass
from typing import Any, Self

import h3
import numpy as np
import shapely

import maps
from dispatch.request import MapTravel, StraightTravel
from dispatch.sphere import Floats, great_circle_m
from dispatch.travel import bundled_networks
from dispatch.twin.day import Ints
from dispatch.twin.refuse import Networks
from dispatch.twin.world import World

NOBODY = -1
"""In place of the store of an address that no store delivers to."""


@dataclass(frozen=True, slots=True)
class Reach:
    """What each store of a world delivers to.

    Attributes:
        stores: ``(s, 2)`` lon/lat.
        metres: ``(s,)`` straight metres, inf where an area is the limit.
        areas: What a store reaches in its minutes along streets, None where metres are the limit.
    """

    stores: Floats
    metres: Floats
    areas: tuple[Any, ...]

    @classmethod
    def of(cls, world: World, networks: Networks | None = None) -> Self:
        """Find the reach of each store.

        Raises:
            PointError: if a store that delivers by minutes is too far from every street.
        """
        metres, areas = [], []
        for store in world.stores:
            radius, area = world.reach(store.id), None
            limit_m = np.inf if radius.metres is None else radius.metres
            if radius.minutes is not None and isinstance(world.travel, StraightTravel):
                limit_m = radius.minutes * 60 * world.travel.speed_kmh / 3.6 / world.travel.detour_factor
            elif radius.minutes is not None and isinstance(world.travel, MapTravel):
                network = (bundled_networks() if networks is None else networks)[world.travel.name]
                area = maps.service_area(network, maps.E_BIKE, store.location, minutes=radius.minutes).polygon
                shapely.prepare(area)
            metres.append(limit_m)
            areas.append(area)
        return cls(np.array([store.location for store in world.stores]), np.array(metres), tuple(areas))

    def store_of(self, points: Floats) -> Ints:
        """``(n,)`` number of the nearest store in whose reach each of ``(n, 2)`` points lies, or ``NOBODY``."""
        away_m = great_circle_m(points, self.stores)
        within = away_m <= self.metres
        for k, area in enumerate(self.areas):
            if area is not None:
                within[:, k] = shapely.contains_xy(area, points[:, 0], points[:, 1])
        nearest = np.argmin(np.where(within, away_m, np.inf), axis=1).astype(np.int64)
        return np.where(within.any(axis=1), nearest, NOBODY)


def reached(world: World, reach: Reach) -> tuple[float, float | None]:
    """People living within reach of a store, and the part of the orders to expect that comes from there.

    The part is null where no orders are expected. A cell counts by its centre, and nobody is known to live in it.
    """
    demand = world.demand
    centres = [h3.cell_to_latlng(cell)[::-1] for cell in demand.cells]
    points = np.array([*(place.location for place in demand.places), *centres], dtype=np.float64).reshape(-1, 2)
    if not len(points):
        return 0.0, None
    served = reach.store_of(points) != NOBODY
    weights = np.array([*(place.weight for place in demand.places), *demand.cells.values()])
    people = np.array([*(place.people for place in demand.places), *(0.0 for _ in centres)])
    share = float(weights[served].sum() / weights.sum()) if weights.sum() > 0 else None
    return float(people[served].sum()), share
