"""What is open at a moment as arrays: orders, couriers, the ways between them, and courses in the making.

Times are float seconds from the moment of planning. A courier's *course* is a row of orders cut into trips: ``head``
marks the first order of each. A trip picks its orders up at one place, once the last of them is ready, and hands them
over in the row's sequence; the next trip begins where the last order was handed over.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dispatch.engines.kernel import NOBODY, Floats, Ints

ORDER = np.dtype(
    [
        ("placed_s", np.float64),
        ("ready_s", np.float64),
        ("half_s", np.float64),  # half of the handover at its door; the other half follows
        ("out_s", np.float64),  # from its pick-up place to its door
        ("pick", np.int64),  # its pick-up place
    ]
)
COURIER = np.dtype(
    [
        ("free_s", np.float64),
        ("off_s", np.float64),  # the last moment it may pick up
        ("astray_s", np.float64),  # from where it is then to the next order, as far as can be expected
        ("spare", np.float64),  # orders that it may still carry before it earns more than it is guaranteed
        ("capacity", np.int64),  # orders of one trip
    ]
)
PRICES = np.dtype(
    [
        ("left_out_s", np.float64),  # the first four as ``dispatch.couriers.CourierRules`` has them
        ("astray", np.float64),
        ("overpaid_s", np.float64),
        ("fade_s", np.float64),
        ("half_pick_s", np.float64),  # half of the service at a pick-up place
    ]
)
KIN = 12
"""So many of the orders most like an order are looked at when it is taken out."""
LONGEST = 16
"""No course is planned longer than so many orders ahead."""


@dataclass(frozen=True, slots=True)
class Ways:
    """How long the ways are between all places that may be asked for.

    Attributes:
        index: the place's row by its id: a pick-up place's, an order's, or, for where it begins, a courier's.
        seconds: ``(places, places)``, inf where there is no way.
        metres: ``(places, places)``, for what the rides take of a battery.
    """

    index: Mapping[str, int]
    seconds: Floats
    metres: Floats

    def know(self, *ids: str) -> bool:
        """Whether all of these places are known."""
        return all(name in self.index for name in ids)

    def rows(self, ids: Sequence[str]) -> Ints:
        """Rows of places, ``(len(ids),)``."""
        return np.array([self.index[name] for name in ids], dtype=np.int64)

    def between(self, origins: Ints, destinations: Ints) -> Floats:
        """Seconds, ``(len(origins), len(destinations))``, of places by row."""
        ways: Floats = self.seconds[np.ix_(origins, destinations)]
        return ways


class Board(NamedTuple):
    """What is open: ``n`` orders, ``m`` couriers, ``r`` pick-up places."""

    orders: NDArray[np.void]  # (n,) of ORDER
    couriers: NDArray[np.void]  # (m,) of COURIER
    start_s: Floats  # (m, r) from where a courier is next free to a pick-up place
    hop_s: Floats  # (n, n) from door to door
    next_s: Floats  # (n, r) from a door to a pick-up place
    astray_s: Floats  # (n,) from a door to the next order, as far as can be expected
    prices: NDArray[np.void]  # (1,) of PRICES
    nearest: Ints  # (n, m) couriers by how soon each could be at the order's door if it went at once
    floor_s: Floats  # (n, m) in that sequence, click to door then; inf if it cannot
    kin: Ints  # (n, k) the orders most like each


class Courses(NamedTuple):
    """A plan in the making for ``n`` orders and ``m`` couriers; the row after the last courier's is for trying."""

    seq: Ints  # (m + 1, LONGEST) orders in the sequence of the doors
    head: NDArray[np.bool_]  # (m + 1, LONGEST) whether a trip begins with it
    size: Ints  # (m + 1,)
    cost_s: Floats  # (m + 1,)
    seat: Ints  # (n,) the courier that carries an order, or NOBODY


def empty_courses(n_orders: int, n_couriers: int) -> Courses:
    """Courses without an order."""
    return Courses(
        seq=np.zeros((n_couriers + 1, LONGEST), dtype=np.int64),
        head=np.zeros((n_couriers + 1, LONGEST), dtype=np.bool_),
        size=np.zeros(n_couriers + 1, dtype=np.int64),
        cost_s=np.zeros(n_couriers + 1),
        seat=np.full(n_orders, NOBODY, dtype=np.int64),
    )


def make_board(
    orders: NDArray[np.void],
    couriers: NDArray[np.void],
    prices: NDArray[np.void],
    ways: Ways,
    doors: Ints,
    picks: Ints,
    starts: Ints,
    astray_s: Floats,
) -> Board:
    """Lay a board out.

    Args:
        orders: ``(n,)`` of ORDER, all but ``out_s``, which is filled in.
        couriers: ``(m,)`` of COURIER, all but ``astray_s``, which is filled in.
        prices: ``(1,)`` of PRICES.
        ways: between all places.
        doors: ``(n,)`` rows of the orders' doors in ``ways``.
        picks: ``(r,)`` rows of the pick-up places in ``ways``.
        starts: ``(m,)`` rows of the places where the couriers are next free.
        astray_s: ``(places,)``, from each place to the next order, as far as can be expected.
    """
    orders, couriers = orders.copy(), couriers.copy()
    pick = orders["pick"]
    out_s = ways.between(picks, doors)
    orders["out_s"] = out_s[pick, np.arange(len(doors))]
    couriers["astray_s"] = astray_s[starts]
    start_s, hop_s = ways.between(starts, picks), ways.between(doors, doors)
    half_pick_s = prices["half_pick_s"][0]
    picked_s = np.maximum(couriers["free_s"] + start_s[:, pick].T + half_pick_s, orders["ready_s"][:, None])
    to_door_s = half_pick_s + orders["out_s"] + orders["half_s"] - orders["placed_s"]
    floor_s = np.where(picked_s > couriers["off_s"], np.inf, picked_s + to_door_s[:, None])
    nearest = np.argsort(floor_s, axis=1, kind="stable")
    # Orders are alike if one courier may carry both soon after each other, or in one trip.
    unlike_s = np.abs(np.subtract.outer(orders["ready_s"], orders["ready_s"]))
    unlike_s += ways.between(picks, picks)[pick][:, pick] + 0.3 * hop_s
    np.fill_diagonal(unlike_s, np.inf)
    kin = np.argsort(unlike_s, axis=1, kind="stable")[:, : min(KIN, len(doors) - 1)]
    return Board(
        orders=orders,
        couriers=couriers,
        start_s=start_s,
        hop_s=hop_s,
        next_s=ways.between(doors, picks),
        astray_s=astray_s[doors],
        prices=prices,
        nearest=nearest.astype(np.int64),
        floor_s=np.take_along_axis(floor_s, nearest, axis=1),
        kin=np.ascontiguousarray(kin, dtype=np.int64),
    )
