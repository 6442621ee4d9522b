"""The fast heuristic: many orders of placing, sorted ones first, and small changes to a layout that almost holds.

Numbers are whole and the random ones seeded, so equal input and seed give an equal layout on any machine.
"""

import numpy as np

from carbon.cartonize.kernel import STRATEGIES, Space, Things, climb, hulls, try_orders
from carbon.cartonize.load import Bins, Ints, Layout, Load

WORK = 15_000_000
"""Steps of the innermost loop that one call may take, about: large loads are tried in fewer orders."""
SPREAD = 0.5
"""Standard deviation of the logarithm by which a shuffled order's keys differ from the sorted one's."""


def fill(load: Load, bins: Bins, support_permille: int, starts: int, seed: int) -> tuple[Layout, bool]:
    """Look for a layout of the whole load in some containers.

    Args:
        load: ``n`` things.
        bins: ``k`` containers.
        support_permille: least share of each base that is carried, in thousandths.
        starts: how many orders to try; fewer if the load is large.
        seed: seed of the random ones among them.

    Returns:
        The layout that holds the most volume, and whether it holds everything.
    """
    orders, strategies = _starts(load, min(starts, _affordable(load)), seed)
    found = np.full((len(load), 5), -1, np.int64)
    whole = try_orders(_things(load), _space(bins, support_permille), orders, strategies, found)
    return _layout(found), bool(whole)


def improve(
    load: Load, bins: Bins, support_permille: int, layout: Layout, steps: int, seed: int
) -> tuple[Layout, bool]:
    """Look for a layout near one that holds too little, or carries too little, by small changes at random.

    A step moves a thing to another place in the order, or changes the way it is turned or the strategy; it stays if
    no less volume is held than before.

    Args:
        load: ``n`` things.
        bins: ``k`` containers.
        support_permille: least share of each base that is carried, in thousandths.
        layout: where to begin: the things that are in no container first, then the others from the lowest to the
            highest, turned as they are.
        steps: how many steps to make; fewer if the load is large.
        seed: seed of the steps.

    Returns:
        The layout that holds the most volume, and whether it holds everything.
    """
    x, y, z = layout.at_mm.T
    order, only = np.lexsort((x, y, z, layout.bin)), layout.turn.copy()
    rolls = np.random.default_rng(seed).random((min(steps, _affordable(load)), 4))
    found = np.full((len(load), 5), -1, np.int64)
    whole = climb(_things(load), _space(bins, support_permille), order, only, rolls, found)
    return _layout(found), bool(whole)


def load_hulls(load: Load, bins: Bins, support_permille: int, starts: int, seed: int) -> Ints:
    """Return the hulls (h, 3) that the load has in layouts within each container by itself, each once.

    Args:
        load: ``n`` things.
        bins: ``k`` containers, each filled alone.
        support_permille: least share of each base that is carried, in thousandths.
        starts: how many orders to try in each; fewer if the load is large.
        seed: seed of the random ones among them.
    """
    orders, strategies = _starts(load, min(starts, _affordable(load)), seed)
    things = _things(load)
    sides = np.zeros((len(bins.sides_mm), len(orders), 3), np.int64)
    for number, found in enumerate(sides):
        alone = Bins(bins.sides_mm[number : number + 1], bins.payload_mg[number : number + 1])
        hulls(things, _space(alone, support_permille), orders, strategies, found)
    whole: Ints = np.unique(sides.reshape(-1, 3), axis=0)
    return whole[whole[:, 0] > 0]


def _affordable(load: Load) -> int:
    """Fillings within ``WORK``: each looks at about 40 corners and turns a thing, and at all placed things for each."""
    return max(2 * STRATEGIES, WORK // (40 * len(load) ** 3))


def _things(load: Load) -> Things:
    return Things(load.sizes_mm, load.turns, load.mass_mg, load.bears_mg, load.volume_mm3, load.limited)


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
    key = np.array(keys, np.float64)[numbers // STRATEGIES % len(keys)]
    shuffled = numbers >= STRATEGIES * len(keys)
    key[shuffled] *= np.exp(rng.normal(0.0, SPREAD, (int(shuffled.sum()), len(load))))
    last = tender & (~shuffled | (numbers % 2 == 0))[:, None]
    return np.lexsort((-key, last), axis=1).astype(np.int64), numbers % STRATEGIES
