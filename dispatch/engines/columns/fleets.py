"""The fleet as the bound sees it: vehicles that differ only in when they are free are one fleet, counted by the minute.

The relaxation looks at time through a grid of points ``0, step_s, 2 step_s, ...``. A trip belongs to the slot between
two points in which it leaves, and is counted at the points strictly between its departure and its return. Whoever is
counted at a point is under way there in every real plan, so the count never exceeds the vehicles on shift.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dispatch.problem import SECONDS, Arrays, Floats, Ints, Problem

STEP_S = 60.0
"""Seconds between two points of the grid where there is time for it."""
MOST_POINTS = 300
"""Grid points at most; longer horizons get a coarser grid, and what leaves after the last point is not counted."""
LAST_TRIP_S = 1800.0
"""The grid ends so long after the last order is ready or promised."""
FLEET = np.dtype(
    [
        ("kind", np.int64),
        ("free_s", np.float64),  # when the first of its vehicles is free
        ("end_s", np.float64),  # when the last shift ends
        ("capacity_orders", np.int64),
        ("capacity_kg", np.float64),
        ("capacity_l", np.float64),
        ("range_m", np.float64),
        ("battery_wh", np.float64),
        ("wh_per_order", np.float64),
        ("turnaround_s", np.float64),
        ("trip_cost", np.float64),
    ]
)
_SHARED: tuple[str, ...] = (
    "kind",
    "capacity_orders",
    "capacity_kg",
    "capacity_l",
    "range_m",
    "battery_wh",
    "wh_per_order",
    "turnaround_s",
    "trip_cost",
)


class Fleets(NamedTuple):
    """``f`` fleets on a grid of ``g`` points; ``b`` bases: a fleet and a store that its trips may start from."""

    step_s: float
    fleets: NDArray[np.void]  # (f,) of FLEET
    counts: Floats  # (f, g) vehicles on shift at each point
    bases: Ints  # (b, 2) fleet, store
    allowed: NDArray[np.bool_]  # (b, n) whether an order may be in a trip of the base
    soonest_s: Floats  # (b, n) seconds from the store to the order by any way, doors on it included
    fleet_of: Ints  # (v,) the fleet of each vehicle


def fleets_of(problem: Problem, step_s: float = STEP_S) -> Fleets:
    """Group the vehicles of ``problem`` into fleets and count them at points ``step_s`` apart, or farther."""
    a = problem.lower_arrays
    step_s, n_points = _grid(a, step_s)
    keys: dict[tuple[object, ...], int] = {}
    fleet_of = np.zeros(len(a.vehicles), dtype=np.int64)
    for v, vehicle in enumerate(a.vehicles):
        key = (*(vehicle[name] for name in _SHARED), a.serves[v].tobytes(), a.may[:, v].tobytes())
        fleet_of[v] = keys.setdefault(key, len(keys))
    fleets = np.zeros(len(keys), dtype=FLEET)
    counts = np.zeros((len(keys), n_points))
    bases, allowed = [], []
    points_s = np.arange(n_points) * step_s
    soonest_s: dict[tuple[int, int], Floats] = {}
    for f in range(len(keys)):
        members = np.flatnonzero(fleet_of == f)
        vehicles = a.vehicles[members]
        for name in _SHARED:
            fleets[f][name] = vehicles[0][name]
        fleets[f]["free_s"], fleets[f]["end_s"] = vehicles["free_s"].min(), vehicles["end_s"].max()
        on_shift = (vehicles["free_s"][:, None] <= points_s) & (
            points_s < (vehicles["end_s"] + vehicles["turnaround_s"])[:, None]
        )
        counts[f] = on_shift.sum(axis=0)
        for store in np.flatnonzero(a.serves[members[0]]):
            bases.append((f, store))
            allowed.append(a.may[:, members[0]] & a.stocked[:, store])
            way = (int(vehicles[0]["kind"]), int(store))
            if way not in soonest_s:
                soonest_s[way] = _soonest_s(a, *way)
    return Fleets(
        step_s=step_s,
        fleets=fleets,
        counts=counts,
        bases=np.array(bases, dtype=np.int64).reshape(-1, 2),
        allowed=np.array(allowed, dtype=np.bool_).reshape(len(bases), len(a.orders)),
        soonest_s=np.array([soonest_s[int(fleets[f]["kind"]), int(store)] for f, store in bases]).reshape(
            len(bases), len(a.orders)
        ),
        fleet_of=fleet_of,
    )


def _soonest_s(a: Arrays, kind: int, store: int) -> Floats:
    """Least seconds from a store to each order, ``(n,)``, by way of others where that is quicker."""
    places = a.orders["place"]
    soonest_s: Floats = a.legs[kind, store, places, SECONDS]
    between_s = a.handover_s[kind][:, None] + a.legs[kind, ..., SECONDS][np.ix_(places, places)]
    while True:
        shorter_s = np.minimum(soonest_s, (soonest_s[:, None] + between_s).min(axis=0, initial=np.inf))
        if (shorter_s >= soonest_s).all():
            return soonest_s
        soonest_s = shorter_s


def _grid(a: Arrays, step_s: float) -> tuple[float, int]:
    """Step and number of points: up to half an hour after the last order is ready, promised and can be reached."""
    orders = a.orders
    seconds = a.legs[..., SECONDS]
    far_s = float(seconds[np.isfinite(seconds)].max(initial=0.0))
    last_s = max(float(orders["ready_s"].max(initial=0.0)), float(orders["promise_s"].max(initial=0.0)))
    last_s = min(last_s + LAST_TRIP_S + far_s, MOST_POINTS * 60 * step_s)
    step_s *= max(1, math.ceil(last_s / step_s / MOST_POINTS))
    return step_s, max(2, math.ceil(last_s / step_s))
