"""Two scenarios in the bundled city: a front warehouse and its crew on a Friday, and three that help each other out."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone

import maps
from dispatch.request import Store
from dispatch.twin.around import world_around
from dispatch.twin.world import World

MIDNIGHT = datetime(2026, 11, 20, tzinfo=timezone(timedelta(hours=-3)))
"""A Friday in La Serena."""
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
    return _here("sample", (store,), orders, riders, drones, radius_m)


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
    return _here("city", stores, orders, riders, drones, radius_m).model_copy(update={"stock_share": 0.95})


def _here(name: str, stores: tuple[Store, ...], orders: float, riders: int, drones: int, radius_m: float) -> World:
    city, people = maps.bundled_map(), maps.bundled_people()
    world = world_around(name, stores, city, people, orders=orders, riders=riders, drones=drones, radius_m=radius_m)
    return world.model_copy(update={"midnight": MIDNIGHT})


SCENARIOS: Mapping[str, Callable[[], World]] = {"sample": sample_world, "city": sample_city}
"""The scenarios by the names that the command line has for them."""
