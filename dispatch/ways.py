"""The ways of trips as lines to draw and to move along, for trips that are known by their places alone."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import NamedTuple

import maps
from dispatch.record import Id, Location
from dispatch.request import Airspace, Drone, MapTravel, Order, PlanRequest, Rider, Store, StraightTravel
from dispatch.travel import Travel

DECIMALS = 6
TOGETHER = 40
"""So many trips are measured at once: the legs between all their places are computed, so twice as many cost four times
as much."""
NO_TIME = datetime(2000, 1, 1, tzinfo=UTC)
"""A request has a moment; its ways do not depend on it."""


class Errand(NamedTuple):
    """A trip to draw: from a store to these orders, and back to it."""

    vehicle: Rider | Drone
    store_id: Id
    orders: tuple[Order, ...]


class Way(NamedTuple):
    """The line of a trip: (lon, lat) points, and which of them are its places, the store at both ends included."""

    points: tuple[Location, ...]
    places: tuple[int, ...]


def ways(
    errands: Sequence[Errand],
    stores: Sequence[Store],
    travel: MapTravel | StraightTravel,
    airspace: Airspace | None = None,
    networks: Mapping[str, maps.StreetNetwork] | None = None,
) -> Iterator[Way]:
    """The way of each errand, in their sequence; a leg that cannot be ridden or flown is a straight line.

    Args:
        errands: the trips.
        stores: of the fleet.
        travel: how its riders travel.
        airspace: where its drones fly.
        networks: the maps that ``travel`` may name (default: the bundled one).

    Raises:
        RequestError: if ``travel`` names a map that is not there.
    """
    for first in range(0, len(errands), TOGETHER):
        some = errands[first : first + TOGETHER]
        orders = {order.id: order for errand in some for order in errand.orders}
        riders = {errand.vehicle.id: errand.vehicle for errand in some if isinstance(errand.vehicle, Rider)}
        request = PlanRequest.model_construct(
            now=NO_TIME,
            stores=list(stores),
            orders=list(orders.values()),
            riders=list(riders.values()),
            drones=[],
            travel=travel,
            airspace=airspace,
        )
        measured = Travel.of(request, networks)
        yield from (_way(errand, measured) for errand in some)


def _way(errand: Errand, travel: Travel) -> Way:
    home = travel.stores[errand.store_id]
    points: list[Location] = []
    places = [0]
    for start, end in pairwise([home, *(travel.orders[order.id] for order in errand.orders), home]):
        for lon, lat in _line(errand.vehicle, start, end, travel):
            if not points or points[-1] != (lon, lat):
                points.append((lon, lat))
        places.append(len(points) - 1)
    if len(points) == 1:  # GeoJSON lines have two points
        points *= 2
    return Way(tuple(points), tuple(places))


def _line(vehicle: Rider | Drone, start: int, end: int, travel: Travel) -> list[Location]:
    try:
        line = travel.line(vehicle, start, end)
    except maps.MapError:
        line = travel.points[[start, end]]
    return [(lon, lat) for lon, lat in line.round(DECIMALS).tolist()]
