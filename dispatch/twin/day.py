"""All chance of a day, drawn before it begins.

Common random numbers: every source of chance has a stream of its own, and what is drawn never depends on the settings
that a study compares. The same orders come whatever the radius (those beyond it are just not accepted), the same
rider is absent whatever the number of riders, and the ride to a door is as slow as it is whoever makes it.
"""

import zlib
from dataclasses import dataclass
from enum import IntEnum

import h3
import numpy as np
from numpy.typing import NDArray

from dispatch.sphere import Floats
from dispatch.twin.world import DAY_S, QUARTER_S, QUARTERS, Baskets, Demand, Handover, World

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

GAPS = 1_024
"""So many gaps between arrivals are drawn at a time."""


class Source(IntEnum):
    """What is drawn from which stream. Numbers are for ever: another one would be another day."""

    ARRIVALS = 1
    PLACES = 2
    WITHIN_CELLS = 3
    BASKETS = 4
    PACKING = 5
    FLOORS = 6
    LIFTS = 7
    HANDOVER = 8
    RIDE_TO_DOOR = 9
    RIDE_BACK = 10
    RIDE_TO_STORE = 11
    STOCK = 12
    NO_SHOW = 13


@dataclass(frozen=True, slots=True)
class Day:
    """One day's chance; arrays are one entry an order, in the sequence in which they are placed.

    Attributes:
        placed_s: Seconds after midnight.
        points: ``(n, 2)`` lon/lat.
        place: Which of the world's places, then cells, each came from.
        mass_kg: Goods.
        packing_s: True packing time; a day at most, as for what follows.
        expected_handover_s: What the address lets expect.
        handover_s: What it takes.
        to_door: Factor on the ride to this door.
        back: Factor on the ride from this door to a store.
        approach: Factor on the ride to the store before a trip that begins with this order.
        stock: ``(stores, n)`` whether each store could fill it, apart from its own.
        absent: Riders who do not come.
    """

    placed_s: Ints
    points: Floats
    place: Ints
    mass_kg: Floats
    packing_s: Ints
    expected_handover_s: Ints
    handover_s: Ints
    to_door: Floats
    back: Floats
    approach: Floats
    stock: Flags
    absent: frozenset[str]


def draw(world: World, seed: int) -> Day:
    """Draw a day of ``world``: every order of all its places, within a store's radius or not.

    Args:
        world: the scenario.
        seed: non-negative; the same world and seed give the same day.
    """
    placed_s = _arrivals(world.demand, _stream(seed, Source.ARRIVALS))
    n = len(placed_s)
    place, points = _addresses(world.demand, n, seed)
    expected_s = _handovers(world.handover, n, seed)
    doors_s = expected_s * _factors(seed, Source.HANDOVER, n, world.handover.sigma)
    packing_s = world.packing.mean_s * _factors(seed, Source.PACKING, n, world.packing.sigma)
    stock = [_stream(seed, Source.STOCK, store.id).random(n) < world.stock_share for store in world.stores]
    absent = [
        crew.rider.id
        for crew in world.crews
        if _stream(seed, Source.NO_SHOW, crew.rider.id).random() < world.no_show_share
    ]
    return Day(
        placed_s=placed_s,
        points=points,
        place=place,
        mass_kg=_masses(world.baskets, n, seed),
        packing_s=np.rint(np.minimum(packing_s, DAY_S)).astype(np.int64),
        expected_handover_s=np.rint(expected_s).astype(np.int64),
        handover_s=np.rint(np.minimum(doors_s, DAY_S)).astype(np.int64),
        to_door=_factors(seed, Source.RIDE_TO_DOOR, n, world.roads.sigma),
        back=_factors(seed, Source.RIDE_BACK, n, world.roads.sigma),
        approach=_factors(seed, Source.RIDE_TO_STORE, n, world.roads.sigma),
        stock=np.array(stock, dtype=np.bool_).reshape(len(world.stores), n),
        absent=frozenset(absent),
    )


def _stream(seed: int, source: Source, name: str | None = None) -> np.random.Generator:
    """The generator of one source, of a day, and of one named thing if it has many."""
    key = (int(source),) if name is None else (int(source), zlib.crc32(name.encode()))
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key))


def _factors(seed: int, source: Source, n: int, sigma: float) -> Floats:
    """``(n,)`` lognormal factors of mean 1."""
    normal = _stream(seed, source).standard_normal(n)
    factors: Floats = np.exp(sigma * normal - sigma**2 / 2)
    return factors


def _arrivals(demand: Demand, rng: np.random.Generator) -> Ints:
    """Whole seconds at which orders are placed: a Poisson process of piecewise constant rate, by its inverse.

    Unit-rate arrivals are drawn first and then laid on the clock, so that more demand moves the same orders closer
    together and adds some at the end.
    """
    until = np.concatenate(([0.0], np.cumsum(demand.orders_per_quarter)))
    total = float(until[-1])
    if total <= 0:
        return np.empty(0, dtype=np.int64)
    gaps = rng.standard_exponential(GAPS)
    while gaps.sum() <= total:
        gaps = np.append(gaps, rng.standard_exponential(GAPS))
    marks = np.cumsum(gaps)
    marks = marks[marks < total]
    quarter = np.searchsorted(until, marks, side="right") - 1
    within = (marks - until[quarter]) / np.diff(until)[quarter]
    placed_s: Ints = np.floor((quarter + within) * QUARTER_S).astype(np.int64)
    return np.minimum(placed_s, QUARTERS * QUARTER_S - 1)


def _addresses(demand: Demand, n: int, seed: int) -> tuple[Ints, Floats]:
    """For each order its place or cell, and where exactly it is."""
    weights = np.array([*(place.weight for place in demand.places), *demand.cells.values()], dtype=np.float64)
    if not n:
        return np.empty(0, dtype=np.int64), np.empty((0, 2))
    until = np.cumsum(weights) / weights.sum()
    chosen = np.searchsorted(until, _stream(seed, Source.PLACES).random(n), side="right")
    chosen = np.minimum(chosen, np.flatnonzero(weights)[-1]).astype(np.int64)
    fixed = np.array([place.location for place in demand.places], dtype=np.float64).reshape(-1, 2)
    points = np.empty((n, 2))
    at_place = chosen < len(fixed)
    points[at_place] = fixed[chosen[at_place]]
    within = _stream(seed, Source.WITHIN_CELLS).random((n, 3))
    cells = list(demand.cells)
    for k in np.flatnonzero(~at_place):
        points[k] = _in_cell(cells[chosen[k] - len(fixed)], within[k])
    return chosen, points.round(6)


def _in_cell(cell: str, uniform: Floats) -> Floats:
    """A place in an H3 cell, evenly: one of the triangles round its centre by area, then a place in that."""
    lat, lon = h3.cell_to_latlng(cell)
    corners = np.array([(x, y) for y, x in h3.cell_to_boundary(cell)]) - (lon, lat)
    following = np.roll(corners, -1, axis=0)
    areas = np.cumsum(np.abs(corners[:, 0] * following[:, 1] - corners[:, 1] * following[:, 0]))
    i = min(int(np.searchsorted(areas, uniform[0] * areas[-1], side="right")), len(areas) - 1)
    reach, along = np.sqrt(uniform[1]), uniform[2]
    point: Floats = np.array([lon, lat]) + reach * ((1 - along) * corners[i] + along * following[i])
    return point


def _masses(baskets: Baskets, n: int, seed: int) -> Floats:
    normal = _stream(seed, Source.BASKETS).standard_normal(n)
    masses: Floats = np.clip(baskets.median_kg * np.exp(baskets.sigma * normal), baskets.least_kg, baskets.most_kg)
    return masses.round(2)


def _handovers(handover: Handover, n: int, seed: int) -> Floats:
    """Seconds at each door that the address lets expect."""
    until = np.cumsum(handover.floors) / np.sum(handover.floors)
    floor = np.searchsorted(until, _stream(seed, Source.FLOORS).random(n), side="right")
    lifted = _stream(seed, Source.LIFTS).random(n) < handover.lift_share
    up_s = np.where(lifted, handover.lift_s + handover.lift_s_per_floor * floor, handover.stairs_s_per_floor * floor)
    seconds: Floats = handover.door_s + np.where(floor > 0, up_s, 0.0)
    return seconds
