"""The fast heuristic: many orders of placing, sorted ones first, and small changes to a layout that almost holds.

Numbers are whole and the random ones seeded, and what a search may take is counted in steps of its innermost loops, not
in seconds: equal input and seed give an equal layout on any machine.
"""

import numpy as np

from carbon.cartonize.budget import Steps
from carbon.cartonize.kernel import STRATEGIES, Space, Things, climb, hulls, try_orders
from carbon.cartonize.load import Bins, Ints, Layout, Load

LEAST_STARTS = 2 * STRATEGIES
"""Orders that are prepared whatever the load; with no steps left, only the first of them is tried."""
LARGE = 250
"""Loads of more things are tried by the first strategy alone, which looks at the fewest of them for each corner."""
SPREAD = 0.5
"""Standard deviation of the logarithm by which a shuffled order's keys differ from the sorted one's."""


def fill(load: Load, bins: Bins, support_permille: int, starts: int, seed: int, steps: Steps) -> tuple[Layout, bool]:
    """Look for a layout of the whole load in some containers.

    Args:
        load: ``n`` things.
        bins: ``k`` containers.
        support_permille: least share of each base that is carried, in thousandths.
        starts: how many orders to try; fewer if the steps end first, but one at least.
        seed: seed of the random ones among them.
        steps: what may be spent; what is spent is taken from it.

    Returns:
        The layout that holds the most volume, and whether it holds everything.
    """
    orders, strategies = _starts(load, min(starts, _affordable(load, steps)), seed)
    found = np.full((len(load), 5), -1, np.int64)
    with steps.meter() as left:
        whole = try_orders(_things(load), _space(bins, support_permille), orders, strategies, left, found)
    return _layout(found), bool(whole)


def improve(
    load: Load, bins: Bins, support_permille: int, layout: Layout, changes: int, seed: int, steps: Steps
) -> tuple[Layout, bool]:
    """Look for a layout near one that holds too little, or carries too little, by small changes at random.

    A change moves a thing to another place in the order, or turns it another way, or takes another strategy; it stays
    if no less volume is held than before.

    Args:
        load: ``n`` things.
        bins: ``k`` containers.
        support_permille: least share of each base that is carried, in thousandths.
        layout: where to begin: the things that are in no container first, then the others from the lowest to the
            highest, turned as they are.
        changes: how many changes to try; fewer if the steps end first.
        seed: seed of the changes.
        steps: what may be spent; what is spent is taken from it.

    Returns:
        The layout that holds the most volume, and whether it holds everything.
    """
    x, y, z = layout.at_mm.T
    order, only = np.lexsort((x, y, z, layout.bin)), layout.turn.copy()
    rolls = np.random.default_rng(seed).random((min(changes, _affordable(load, steps)), 4))
    found = np.full((len(load), 5), -1, np.int64)
    with steps.meter() as left:
        whole = climb(_things(load), _space(bins, support_permille), order, only, rolls, left, found)
    return _layout(found), bool(whole)


def load_hulls(load: Load, bins: Bins, support_permille: int, starts: int, seed: int, each: int) -> Ints:
    """Return the hulls (h, 3) that the load has in layouts within each container by itself, each once.

    Args:
        load: ``n`` things.
        bins: ``k`` containers, each filled alone.
        support_permille: least share of each base that is carried, in thousandths.
        starts: how many orders to try in each; fewer if the steps end first.
        seed: seed of the random ones among them.
        each: steps that may be spent on each container.
    """
    orders, strategies = _starts(load, min(starts, _affordable(load, Steps(each))), seed)
    things = _things(load)
    sides = np.zeros((len(bins.sides_mm), len(orders), 3), np.int64)
    for number, found in enumerate(sides):
        alone = Bins(bins.sides_mm[number : number + 1], bins.payload_mg[number : number + 1])
        with Steps(each).meter() as left:
            hulls(things, _space(alone, support_permille), orders, strategies, left, found)
    whole: Ints = np.unique(sides.reshape(-1, 3), axis=0)
    return whole[whole[:, 0] > 0]


def _affordable(load: Load, steps: Steps) -> int:
    """Fillings that the steps could be enough for: hardly one of ``n`` things takes fewer than ``n`` squared."""
    return max(LEAST_STARTS, steps.left // len(load) ** 2)


def _things(load: Load) -> Things:
    return Things(load.sizes_mm, load.turns, load.mass_mg, load.bears_mg, load.volume_mm3, load.like, load.limited)


def _space(bins: Bins, support_permille: int) -> Space:
    return Space(bins.sides_mm, bins.payload_mg, support_permille)


def _layout(found: Ints) -> Layout:
    return Layout(bin=found[:, 0], at_mm=found[:, 1:4], turn=found[:, 4])


def _starts(load: Load, starts: int, seed: int) -> tuple[Ints, Ints]:
    """Orders to try, (s, n), and each one's strategy: sorted by size first, then shuffled.

    What bears little comes last in all of the sorted orders and in half of the shuffled ones.
    """
    rng = np.random.default_rng(seed)
    sides = load.sizes_mm[:, 0]
    footprint = load.volume_mm3 // load.sizes_mm[:, :, 2].max(axis=1)
    keys = [load.volume_mm3, sides.max(axis=1), footprint, sides.min(axis=1)]
    tender = load.bears_mg < load.mass_mg.max()
    numbers = np.arange(starts)
    strategies = STRATEGIES if len(load) <= LARGE else 1
    key = np.array(keys, np.float64)[numbers // strategies % len(keys)]
    shuffled = numbers >= strategies * len(keys)
    key[shuffled] *= np.exp(rng.normal(0.0, SPREAD, (int(shuffled.sum()), len(load))))
    last = tender & (~shuffled | (numbers % 2 == 0))[:, None]
    return np.lexsort((-key, last), axis=1).astype(np.int64), numbers % strategies
