"""Two scenarios in the bundled city: a front warehouse and its crew on a Friday, and three that help each other out."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta, timezone
from functools import lru_cache

import numpy as np
import shapely

import maps
from dispatch.request import Drone, MapTravel, Rider, Store
from dispatch.sphere import EARTH_RADIUS_M, great_circle_m
from dispatch.twin.world import Crew, Demand, Handover, Place, Radius, Roads, Span, World

MIDNIGHT = datetime(2026, 11, 20, tzinfo=timezone(timedelta(hours=-3)))
"""A Friday in La Serena."""
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
CITY_STORES = {"centre": maps.SAMPLE_STORE, "south": (-71.2441, -29.9209), "north": (-71.2295, -29.8765)}
"""Three stores 2.5 to 5 km apart."""


def sample_world(*, orders: float = 420.0, riders: int = 12, drones: int = 2, radius_m: float = 3_000.0) -> World:
    """One store's Friday in La Serena.

    Orders come from doors that are drawn as the census spreads people over the city, thinned out with the distance from
    the store so that it has the published quantiles; promises are the published half hour.

    Args:
        orders: expected in a day from within 4.5 km of the store.
        riders: on the roster.
        drones: at the store.
        radius_m: straight metres within which the store delivers.
    """
    store = Store(id="store", name="Front warehouse", location=maps.SAMPLE_STORE, region=maps.SAMPLE_REGION)
    return _world("sample", (store,), orders, riders, drones, radius_m)


def sample_city(*, orders: float = 900.0, riders: int = 12, drones: int = 0, radius_m: float = 2_500.0) -> World:
    """Three stores' Friday in La Serena; each has in stock what the others' customers want in 95 of 100 orders.

    Args:
        orders: expected in a day from within 4.5 km of any store.
        riders: on the roster of each store; all may start from any of them.
        drones: at each store.
        radius_m: straight metres within which a store delivers.
    """
    stores = tuple(
        Store(id=name, name=f"Front warehouse {name}", location=location, region=maps.SAMPLE_REGION)
        for name, location in CITY_STORES.items()
    )
    return _world("city", stores, orders, riders, drones, radius_m).model_copy(update={"stock_share": 0.95})


def _world(name: str, stores: tuple[Store, ...], orders: float, riders: int, drones: int, radius_m: float) -> World:
    return World(
        name=name,
        midnight=MIDNIGHT,
        hours=HOURS,
        stores=stores,
        demand=Demand(
            orders_per_quarter=tuple(
                round(orders * HOURLY.get(hour, 0) / sum(HOURLY.values()) / 4, 6)
                for hour in range(24)
                for _ in range(4)
            ),
            places=_doors(tuple(store.location for store in stores)),
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
        travel=MapTravel(),
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
def _doors(stores: tuple[tuple[float, float], ...]) -> tuple[Place, ...]:
    """Doors around some stores, weighted so that the distance to the nearest store has the published quantiles."""
    centre = np.mean(stores, axis=0)
    farthest_m = DISTANCES_KM[-1][0] * 1_000
    wide_m = farthest_m + float(great_circle_m(centre[None, :], np.array(stores)).max())
    people = maps.bundled_people()
    middle = (float(centre[0]), float(centre[1]))
    points = people.draw(DOORS, middle, wide_m, maps.bundled_map(), np.random.default_rng(0)).round(5)
    each = people.within(_disk(middle, wide_m)) / DOORS
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


SCENARIOS: Mapping[str, Callable[[], World]] = {"sample": sample_world, "city": sample_city}
"""The scenarios by the names that the command line has for them."""
