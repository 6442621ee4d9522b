"""Where idle riders should wait: close to the orders to come, and not all in one place."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.special import pdtrc

from dispatch.forecast.cells import centre
from dispatch.forecast.forecast import Forecast
from dispatch.forecast.history import ForecastError, refuse_place
from dispatch.record import Id, Location, Record
from dispatch.sphere import Floats, great_circle_m

AHEAD_S = 1_800.0
"""Half an hour: a promise's length, and longer than a ride to anywhere near."""
ORDERS_PER_RIDER = 2
"""One trip with two orders, or two trips with one, fill half an hour; a judgement, give your own."""
ORDERS_PER_KM = 0.1
"""A rider moves a kilometre if that puts a tenth of an order more within reach; a judgement, like a price per km."""
THERE_M = 150.0
"""Nearer than this to a store is at the store."""
_LEAST = 1e-3
"""A place to wait that reaches fewer orders than this is none."""


class Hint(Record):
    """One idle vehicle should wait elsewhere.

    ``place`` is a store's id, or a cell where there are no stores; ``away_m`` is straight; ``expected`` are the orders
    to come there, shared by ``waiting`` vehicles, this one among them.
    """

    vehicle_id: Id
    place: str
    location: Location
    away_m: float
    expected: float
    waiting: int


def hints(
    forecast: Forecast,
    idle: Sequence[tuple[Id, Location]],
    stores: Mapping[Id, Location],
    at: datetime,
    *,
    serves: Mapping[Id, Collection[Id]] | None = None,
    seconds: float = AHEAD_S,
    orders_per_rider: int = ORDERS_PER_RIDER,
    orders_per_km: float = ORDERS_PER_KM,
) -> tuple[Hint, ...]:
    """Tell idle vehicles where to wait; one without a hint waits where it is.

    An assignment of vehicles to waiting places, solved to the optimum. Every cell's orders come to the nearest place.
    The first vehicle at a place reaches as many orders as it can serve if they come, the second those beyond, and so
    on: with Poisson orders each reaches fewer than the one before it. Moving costs orders by the kilometre.

    Args:
        forecast: what is to come.
        idle: vehicles that wait for work, and where they are.
        stores: where vehicles may wait, by id; without any they wait in cells, as free couriers do.
        at: from when.
        serves: the stores that each vehicle may start trips from, by its id; all, for one that is not there.
        seconds: how far to look ahead.
        orders_per_rider: orders that a vehicle serves in that time.
        orders_per_km: orders that a kilometre of moving must bring.

    Returns:
        Hints in the order of ``idle``.

    Raises:
        ForecastError: if ``at`` is naive, a location is not on the globe, or a number is out of its range.
    """
    if orders_per_rider < 1:
        raise ForecastError(f"orders_per_rider is {orders_per_rider}; a vehicle serves one order or more")
    if not 0 <= orders_per_km < np.inf:
        raise ForecastError(f"orders_per_km is {orders_per_km}; it must be zero or more")
    for name, (lon, lat) in [*idle, *stores.items()]:
        refuse_place(lon, lat, f"the location of {name!r}")
    orders = forecast.by_cell(at, seconds)
    if not idle or not len(orders):
        return ()
    cells = np.array([centre(cell) for cell in forecast.cells])
    if stores:
        names, places = tuple(stores), np.array(list(stores.values()), dtype=np.float64)
        nearest = great_circle_m(cells, places).argmin(axis=1)
        orders = np.bincount(nearest, weights=orders, minlength=len(places)).astype(np.float64)
    else:
        names, places = forecast.cells, cells
    away_m = great_circle_m(np.array([location for _, location in idle], dtype=np.float64), places)
    if not stores:
        here = [forecast.cell(location) for _, location in idle]
        away_m[np.array(here)[:, None] == np.array(names)] = 0.0
    there = away_m <= THERE_M

    place, reached = _posts(orders, len(idle), orders_per_rider)
    gain = reached - np.where(there, 0.0, away_m)[:, place] / 1000 * orders_per_km
    for row, (name, _) in enumerate(idle):
        own = None if serves is None else serves.get(name)
        if own is not None:
            gain[row, ~np.array([each in own for each in names], dtype=bool)[place]] = -np.inf
    stay = np.where(np.eye(len(idle), dtype=bool), 0.0, -np.inf)
    gain = np.maximum(np.concatenate((gain, stay), axis=1), -1e9)  # the solver takes no infinity
    rows, columns = linear_sum_assignment(gain, maximize=True)
    sent = [(int(row), int(place[column])) for row, column in zip(rows, columns, strict=True) if column < len(place)]
    waiting = np.bincount([spot for _, spot in sent], minlength=len(names))
    return tuple(
        Hint(
            vehicle_id=idle[row][0],
            place=names[spot],
            location=(float(places[spot, 0]), float(places[spot, 1])),
            away_m=round(float(away_m[row, spot]), 1),
            expected=round(float(orders[spot]), 3),
            waiting=int(waiting[spot]),
        )
        for row, spot in sent
        if not there[row, spot]
    )


def _posts(orders: Floats, most: int, capacity: int) -> tuple[np.ndarray[tuple[int], np.dtype[np.intp]], Floats]:
    """Posts to wait at: the place of each, and the orders that a vehicle there is expected to reach."""
    rank = np.arange(most * capacity)
    # E[min(X, n)] is the sum of P(X > j) over j below n.
    beyond = np.asarray(pdtrc(rank, np.maximum(orders, 0.0)[:, None]))
    reached = beyond.reshape(len(orders), most, capacity).sum(axis=2)
    place, nth = np.nonzero(reached >= _LEAST)
    return place, reached[place, nth]
