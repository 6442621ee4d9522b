"""Rank-1 cuts: no whole plan has more of some trips than these allow, though the relaxation's shares of trips do.

Each order is in one trip. Add up the rows of a few orders, each times a multiplier, and round down: of the trips with
two of three orders there is at most one (subset-row cuts: Jepsen et al., Operations Research 56(2), 2008), and so on
for four and five orders and most of the multipliers of Pecin et al. (Operations Research Letters 45, 2017).
"""

from typing import NamedTuple

import numpy as np

from dispatch.engines.compiled import compiled
from dispatch.engines.kernel import NOBODY, Floats, Ints

LARGEST = 5
"""Orders of a cut at most."""
NEAR = 11
"""So many of the orders that share trips with an order are combined with it."""
PATTERNS = np.array(
    [[1, 0, 2, 2], [2, 0, 3, 3], [1, 0, 4, 3], [1, 0, 4, 2], [3, 0, 4, 4], [2, 2, 3, 4], [2, 2, 3, 3]], dtype=np.int64
)
"""Multipliers, as numerators over a denominator: of the first order, of a second (0: none), how many orders with 1, and
the denominator."""
ONES = np.array([mask.bit_count() for mask in range(1 << (NEAR + 1))], dtype=np.int64)
"""How many members a set of an order and its near ones has, the set written in bits."""
VIOLATION = 0.02
"""A cut that is violated by less is not worth its row."""
PER_ORDER = 6
"""A round adds no more cuts with the same order."""


class Cuts(NamedTuple):
    """``m`` cuts: over all trips, the whole parts of (a trip's weights / ``whole``) sum to ``most`` at most."""

    orders: Ints  # (m, LARGEST) NOBODY where there are fewer
    weights: Ints  # (m, LARGEST) 0 where there are fewer
    whole: Ints  # (m,)
    most: Ints  # (m,)


class Toll(NamedTuple):
    """What cuts ask of a trip, looked up by order."""

    cuts: Ints  # (n, q) the cuts that each order is in, NOBODY where there are fewer
    weights: Ints  # (n, q)
    whole: Ints  # (m,)
    price: Floats  # (m,) never negative
    load: Ints  # (m,) room to work in: weights on the branch, 0 between calls


def no_cuts() -> Cuts:
    """None yet."""
    nothing = np.zeros((0, LARGEST), dtype=np.int64)
    return Cuts(nothing, nothing, np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))


def joined(cuts: Cuts, more: Cuts) -> Cuts:
    """The cuts of both, in this order."""
    return Cuts(*(np.concatenate(pair) for pair in zip(cuts, more, strict=True)))


def toll_of(cuts: Cuts, price: Floats, n_orders: int) -> Toll:
    """The cuts that have a price, by order."""
    rows, places = np.nonzero((cuts.orders >= 0) & (price > 0)[:, None])
    orders = cuts.orders[rows, places]
    by_order = np.argsort(orders, kind="stable")
    counts = np.bincount(orders, minlength=n_orders)
    at = np.arange(len(orders)) - np.repeat(np.cumsum(counts) - counts, counts)
    width = int(counts.max(initial=0))
    into, weights = np.full((n_orders, width), NOBODY), np.zeros((n_orders, width), dtype=np.int64)
    into[orders[by_order], at] = rows[by_order]
    weights[orders[by_order], at] = cuts.weights[rows, places][by_order]
    return Toll(into, weights, cuts.whole, price, np.zeros(len(price), dtype=np.int64))


@compiled
def enter(toll: Toll, o: int) -> float:
    """What order ``o`` adds to the toll of the orders entered before it; it is entered too."""
    price = 0.0
    for q in range(toll.cuts.shape[1]):
        cut = toll.cuts[o, q]
        if cut == NOBODY:
            break
        load = toll.load[cut]
        toll.load[cut] = load + toll.weights[o, q]
        price += toll.price[cut] * (toll.load[cut] // toll.whole[cut] - load // toll.whole[cut])
    return price


@compiled
def leave(toll: Toll, o: int) -> None:
    """Take back that order ``o`` was entered."""
    for q in range(toll.cuts.shape[1]):
        cut = toll.cuts[o, q]
        if cut == NOBODY:
            break
        toll.load[cut] -= toll.weights[o, q]


def coefficients(cuts: Cuts, stops: Ints) -> Ints:
    """How much each trip of ``stops`` ``(m, k)``, NOBODY where a row ends early, counts in each cut: ``(m, cuts)``."""
    n = 1 + int(max(cuts.orders.max(initial=0), stops.max(initial=0)))
    weights = np.zeros((len(cuts.whole), n + 1), dtype=np.int64)  # the last column is that of NOBODY
    np.put_along_axis(weights, cuts.orders, cuts.weights, axis=1)
    weights[:, -1] = 0
    return np.asarray(weights[:, stops].sum(axis=2).T // cuts.whole)


@compiled
def _survey(
    stops: Ints, share: Floats, first: int, near: Ints, n_near: int, masks: Ints, weight: Floats, place: Ints
) -> int:
    """The trips as sets of ``first`` and its near orders, each set once with its share: how many sets."""
    place[:] = NOBODY
    place[first] = 0
    for i in range(n_near):
        place[near[i]] = i + 1
    n = 0
    for row in range(len(stops)):
        mask = 0
        for o in stops[row]:
            if o >= 0 and place[o] >= 0:
                mask |= 1 << place[o]
        if ONES[mask] < 2:  # noqa: PLR2004 - alone it counts in no cut
            continue
        at = 0
        while at < n and masks[at] != mask:
            at += 1
        if at == n:
            masks[n], weight[n] = mask, 0.0
            n += 1
        weight[at] += share[row]
    return n


@compiled
def _combine(
    pattern: Ints, n_near: int, masks: Ints, weight: Floats, n_masks: int, best: Floats, chosen: Ints, row: int
) -> None:
    """The most violated cut of a pattern with order 0 first: its violation and the places of its orders."""
    lead, second, ones, whole = pattern[0], pattern[1], pattern[2], pattern[3]
    most = (lead + second + ones) // whole
    for other in range(1, n_near + 1 if second > 0 else 2):
        for rest in range(1 << n_near):
            if ONES[rest] != ones or (second > 0 and rest & (1 << (other - 1))):
                continue
            members = rest << 1
            value = -float(most)
            for i in range(n_masks):
                load = ONES[masks[i] & members]
                if masks[i] & 1:
                    load += lead
                if second > 0 and masks[i] & (1 << other):
                    load += second
                if load >= whole:
                    value += weight[i] * (load // whole)
            if value > best[row]:
                best[row] = value
                chosen[row, 0] = members
                chosen[row, 1] = other if second > 0 else 0


@compiled
def _separate(
    stops: Ints,
    share: Floats,
    near: Ints,
    n_near: Ints,
    patterns: Ints,
    masks: Ints,
    weight: Floats,
    place: Ints,
    best: Floats,
    chosen: Ints,
) -> None:
    """For each order and pattern the most violated cut, row by row into ``best`` and ``chosen``."""
    for first in range(len(near)):
        n_masks = 0
        if n_near[first] > 1:
            n_masks = _survey(stops, share, first, near[first], n_near[first], masks, weight, place)
        for p in range(len(patterns)):
            row = first * len(patterns) + p
            if n_masks > 0:
                _combine(patterns[p], n_near[first], masks, weight, n_masks, best, chosen, row)


def violated(stops: Ints, share: Floats, n_orders: int, patterns: Ints = PATTERNS, most: int = 60) -> Cuts:
    """Cuts that the shares of trips break, the worst first.

    Args:
        stops: ``(m, k)`` orders of the trips, NOBODY where a row ends early.
        share: ``(m,)`` how much of each trip there is.
        n_orders: orders of the problem.
        patterns: rows of ``PATTERNS``.
        most: so many cuts at most.
    """
    together = np.zeros((n_orders, n_orders + 1))  # the last column is that of NOBODY
    for i in range(stops.shape[1]):
        for j in range(stops.shape[1]):
            here = stops[:, i] >= 0
            if i != j:
                np.add.at(together, (stops[here, i], stops[here, j]), share[here])
    together = together[:, :n_orders]
    near = np.argsort(-together, axis=1, kind="stable")[:, :NEAR]
    n_near = np.minimum((together > 0).sum(axis=1), near.shape[1])
    rows = n_orders * len(patterns)
    best, chosen = np.full(rows, VIOLATION), np.zeros((rows, 2), dtype=np.int64)
    room = np.zeros(len(stops), dtype=np.int64)
    place = np.zeros(n_orders, dtype=np.int64)
    _separate(
        stops, share, np.ascontiguousarray(near), n_near, patterns, room, np.zeros(len(stops)), place, best, chosen
    )
    found: dict[tuple[tuple[int, int], ...], tuple[int, int]] = {}
    seen = np.zeros(n_orders, dtype=np.int64)
    for row in np.argsort(-best, kind="stable").tolist():
        if best[row] <= VIOLATION or len(found) == most:
            break
        first, (lead, second, _, whole) = row // len(patterns), patterns[row % len(patterns)].tolist()
        members, other = chosen[row].tolist()
        multipliers = {first: lead} | {int(near[first, i]): 1 for i in range(NEAR) if members >> (i + 1) & 1}
        if other:
            multipliers[int(near[first, other - 1])] = second
        key = tuple(sorted(multipliers.items()))
        orders = list(multipliers)
        if key not in found and seen[orders].max() < PER_ORDER:
            seen[orders] += 1
            found[key] = (whole, sum(multipliers.values()) // whole)
    cuts = Cuts(
        np.full((len(found), LARGEST), NOBODY),
        np.zeros((len(found), LARGEST), dtype=np.int64),
        np.array([whole for whole, _ in found.values()], dtype=np.int64),
        np.array([limit for _, limit in found.values()], dtype=np.int64),
    )
    for row, key in enumerate(found):
        for i, (order, weight) in enumerate(key):
            cuts.orders[row, i], cuts.weights[row, i] = order, weight
    return cuts
