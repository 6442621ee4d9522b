"""A day around stores of one's own: doors where people live or houses stand, riders on shifts, two meals.

All but the stores and the map are assumptions to begin with, each cited or named as one below; a world is there to be
edited.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from functools import lru_cache

import numpy as np
import shapely

import maps
from dispatch.record import Location
from dispatch.request import Drone, MapTravel, Rates, Rider, Store
from dispatch.sphere import EARTH_RADIUS_M, great_circle_m
from dispatch.twin.world import Crew, Demand, Handover, Place, Radius, Roads, Span, World

HOURS = Span(starts="09:00", ends="22:30")
DISTANCES_KM = ((0.33, 0.05), (0.83, 0.20), (1.44, 0.25), (2.23, 0.25), (3.50, 0.20), (4.50, 0.05))
"""Share of the orders from each ring round a store, by its outer edge: the quartiles and the 5 and 95 % points of the
straight-line distance over 22 city-days of a delivery platform (196,481 orders, sebastian-quintero/mdrp-sim). The last
edge stands for the tail beyond 3.5 km."""
PROMISE_MIN = 30.0
"""The promise of 73 % of the orders of those city-days."""
HOURLY = {9: 3, 10: 4, 11: 6, 12: 10, 13: 10, 14: 6, 15: 4, 16: 4, 17: 6, 18: 9, 19: 12, 20: 13, 21: 9, 22: 3}
"""Parts of the day's orders by hour: two meals, the evening's the larger. An assumption, as the figures below."""
SHIFTS = (
    ("15:00", "23:30", ("16:30", "17:00")),
    ("12:00", "20:30", ("15:30", "16:00")),
    ("09:00", "17:30", ("10:30", "11:00")),
    ("17:00", "23:30", None),
    ("14:00", "22:30", ("16:00", "16:30")),
    ("09:00", "17:30", ("14:30", "15:00")),
    ("12:30", "21:00", ("15:00", "15:30")),
    ("17:00", "23:30", None),
    ("15:00", "23:30", ("17:00", "17:30")),
    ("12:00", "20:30", ("16:00", "16:30")),
    ("09:00", "17:30", ("11:00", "11:30")),
    ("17:00", "23:30", None),
    ("14:00", "22:30", ("16:30", "17:00")),
    ("09:00", "17:30", ("15:00", "15:30")),
    ("12:30", "21:00", ("15:30", "16:00")),
    ("17:00", "23:30", None),
)
"""Shifts of a store's riders in turn, and their break."""
ROADS = Roads(sigma=0.15, factor_by_hour={8: 1.05, 12: 1.05, 13: 1.05, 17: 1.1, 18: 1.15, 19: 1.1, 20: 1.05})
HANDOVER = Handover(door_s=60, floors=(0.55, 0.2, 0.1, 0.05, 0.05, 0.03, 0.02), lift_share=0.4)
NO_SHOW_SHARE = 0.03
MARGIN = 15.0
IDLE_COST_PER_H = 18.0
DRONE_COST_PER_DAY = 60.0
DOORS = 3_000
DEGREES_PER_HOUR = 15
FRIDAY = datetime(2026, 11, 20)  # noqa: DTZ001 - where the stores are says in which zone
"""Any day: what comes is by the time of day alone."""


def world_around(
    name: str,
    stores: tuple[Store, ...],
    network: maps.StreetNetwork,
    people: maps.Population | None,
    *,
    orders: float = 420.0,
    riders: int = 12,
    drones: int = 0,
    radius_m: float = 3_000.0,
    rates: Rates = Rates(),  # noqa: B008 - frozen
) -> World:
    """A Friday of some stores on a map.

    Orders come from doors that are drawn as people are spread over the map or, where nobody knows how, along all
    streets that houses stand on, and thinned out with the distance from the nearest store so that it has the published
    quantiles; promises are the published half hour. Times of day are those of the longitude, in whole hours.

    Args:
        name: of the world.
        stores: on the map.
        network: the map.
        people: who lives on it, if that is known.
        orders: expected in a day from within 4.5 km of any store.
        riders: on the roster of each store; all may start from any of them.
        drones: at each store.
        radius_m: straight metres within which a store delivers.
        rates: the prices.

    Raises:
        maps.PointError: if no street that houses stand on is near the stores.
    """
    hours_east = round(stores[0].location[0] / DEGREES_PER_HOUR)
    return World(
        name=name,
        midnight=FRIDAY.replace(tzinfo=timezone(timedelta(hours=hours_east))),
        hours=HOURS,
        stores=stores,
        demand=Demand(
            orders_per_quarter=tuple(
                round(orders * HOURLY.get(hour, 0) / sum(HOURLY.values()) / 4, 6)
                for hour in range(24)
                for _ in range(4)
            ),
            places=_doors(tuple(store.location for store in stores), network, people),
        ),
        radius=Radius(metres=radius_m),
        promise_min=PROMISE_MIN,
        crews=tuple(_crews(stores, riders)),
        drones=tuple(
            Drone(id=f"{store.id}-drone-{i + 1:02d}", store_id=store.id) for store in stores for i in range(drones)
        ),
        no_show_share=NO_SHOW_SHARE,
        handover=HANDOVER,
        roads=ROADS,
        travel=MapTravel(name=network.name),
        rates=rates,
        margin=MARGIN,
        idle_cost_per_h=IDLE_COST_PER_H,
        drone_cost_per_day=DRONE_COST_PER_DAY,
    )


def _crews(stores: tuple[Store, ...], riders: int) -> Iterator[Crew]:
    for store in stores:
        others = tuple(other.id for other in stores if other is not store)
        for i in range(riders):
            starts, ends, pause = SHIFTS[i % len(SHIFTS)]
            rider = Rider(id=f"{store.id}-rider-{i + 1:02d}", store_id=store.id, shared_with=others)
            breaks = (Span(starts=pause[0], ends=pause[1]),) if pause else ()
            yield Crew(rider=rider, shift=Span(starts=starts, ends=ends), breaks=breaks)


@lru_cache(maxsize=4)
def _doors(
    stores: tuple[Location, ...], network: maps.StreetNetwork, people: maps.Population | None
) -> tuple[Place, ...]:
    """Doors around some stores, weighted so that the distance to the nearest store has the published quantiles."""
    centre = np.mean(stores, axis=0)
    farthest_m = DISTANCES_KM[-1][0] * 1_000
    wide_m = farthest_m + float(great_circle_m(centre[None, :], np.array(stores)).max())
    middle = (float(centre[0]), float(centre[1]))
    disk = _disk(middle, wide_m)
    living = people or maps.Population(np.array([disk]), np.ones(1), np.full(1, np.nan))  # evenly along the streets
    points = living.draw(DOORS, middle, wide_m, network, np.random.default_rng(0)).round(5)
    each = people.within(disk) / DOORS if people else 0.0
    nearest_m = great_circle_m(points, np.array(stores)).min(axis=1)
    ring = np.searchsorted([edge_km * 1_000 for edge_km, _ in DISTANCES_KM], nearest_m)
    doors = np.bincount(ring, minlength=len(DISTANCES_KM) + 1)
    weights = np.append([share for _, share in DISTANCES_KM], 0.0) / np.maximum(doors, 1)
    return tuple(
        Place(location=(float(lon), float(lat)), weight=round(float(weights[k]), 9), people=round(each, 1))
        for (lon, lat), k in zip(points, ring, strict=True)
    )


def _disk(centre: tuple[float, float], radius_m: float) -> shapely.Polygon:
    """A disk in degrees; within a city the Earth is flat enough."""
    angle = np.linspace(0.0, 2 * np.pi, 128, endpoint=False)
    up = np.degrees(radius_m / EARTH_RADIUS_M)
    across = up / np.cos(np.radians(centre[1]))
    return shapely.Polygon(np.column_stack((centre[0] + across * np.cos(angle), centre[1] + up * np.sin(angle))))
