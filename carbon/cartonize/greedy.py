"""The fast heuristic: things go one after another to the best corner that is free, in many different orders.

The corners are the extreme points of Crainic, Perboli and Tadei, "Extreme point-based heuristics for three-dimensional
bin packing" (INFORMS Journal on Computing 20(3), 2008): where a placed thing's far faces, carried back towards the
walls, meet what is already there. Each corner and way to turn is tried against every rule; the first container that
has a place takes the thing. Numbers are whole, so equal input and seed give an equal layout on any machine.
"""

import numpy as np
from numba import njit

from carbon.cartonize.load import Bins, Ints, Layout, Load

LOWEST, TOUCHING, TIGHTEST = 0, 1, 2
"""Which free corner is best: the lowest top, the most area touching others or walls, the smallest hull of the load."""
STRATEGIES = 3
FAR = 16_384
"""Above any coordinate, so that three of them fit into one number."""
WORST = 2**62
WORK = 60_000_000
"""Steps of the innermost loop that one call may take, about: large loads are tried in fewer orders."""


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
    count = len(load)
    affordable = max(2 * STRATEGIES, WORK // (40 * count**3 + 1))
    orders, strategies = _starts(load, min(starts, affordable), seed)
    found = np.full((count, 5), -1, np.int64)
    whole = _search(
        load.sizes_mm,
        load.turns,
        load.mass_mg,
        load.bears_mg,
        load.volume_mm3,
        load.limited,
        orders,
        strategies,
        bins.sides_mm,
        bins.payload_mg,
        support_permille,
        found,
    )
    return Layout(bin=found[:, 0], at_mm=found[:, 1:4], turn=found[:, 4]), bool(whole)


def _starts(load: Load, starts: int, seed: int) -> tuple[Ints, Ints]:
    """Orders to try, (s, n), and each one's strategy: sorted ones first, then shuffles of them, the fragile last."""
    rng = np.random.default_rng(seed)
    sides = load.sizes_mm[:, 0]
    keys = [load.volume_mm3, sides.max(axis=1), load.volume_mm3 // load.sizes_mm[:, :, 2].max(axis=1), sides.min(axis=1)]
    tender = load.bears_mg < load.mass_mg.max()
    rows = []
    for start in range(starts):
        key = keys[(start // STRATEGIES) % len(keys)].astype(np.float64)
        if start >= STRATEGIES * len(keys):
            key *= np.exp(rng.normal(0.0, 0.5, len(load)))
        last = tender if start % 2 == 0 or start < STRATEGIES * len(keys) else np.zeros_like(tender)
        rows.append(np.lexsort((-key, last)))
    return np.array(rows, np.int64), np.arange(starts, dtype=np.int64) % STRATEGIES


@njit(cache=True, nogil=True)
def _search(  # type: ignore[no-untyped-def] # noqa: ANN202, D103, PLR0917
    sizes, turns, mass, bears, volume, limited, orders, strategies, sides, payload, support, best  # noqa: ANN001
):
    count = turns.shape[0]
    trial = np.empty((count, 5), np.int64)
    most = -1
    for start in range(orders.shape[0]):
        _fill_once(
            sizes, turns, mass, bears, limited, orders[start], strategies[start], sides, payload, support, trial
        )
        held = 0
        placed = 0
        for i in range(count):
            if trial[i, 0] >= 0:
                held += volume[i]
                placed += 1
        if held > most:
            most = held
            best[:] = trial
        if placed == count:
            best[:] = trial
            return True
    return False


@njit(cache=True, nogil=True)
def _fill_once(  # type: ignore[no-untyped-def] # noqa: ANN202, C901, PLR0912, PLR0914, PLR0915
    sizes, turns, mass, bears, limited, order, strategy, sides, payload, support, out  # noqa: ANN001
):
    count, bins = turns.shape[0], sides.shape[0]
    out[:] = -1
    boxes = np.zeros((count, 6), np.int64)  # near and far corner of each placed thing
    points = np.zeros((bins, 6 * count + 2, 3), np.int64)
    n_points = np.ones(bins, np.int64)
    held = np.zeros((bins, count), np.int64)
    n_held = np.zeros(bins, np.int64)
    load_mg = np.zeros(bins, np.int64)
    hull = np.zeros((bins, 3), np.int64)
    above_mg = np.zeros(count, np.int64)
    under = np.zeros((count, count), np.bool_)  # under[i, j]: i carries j, directly or through others
    below = np.zeros(count, np.bool_)
    for k in range(count):
        i = order[k]
        for b in range(bins):
            if load_mg[b] + mass[i] > payload[b]:
                continue
            lowest, at, way = WORST, -1, -1
            for p in range(n_points[b]):
                x, y, z = points[b, p, 0], points[b, p, 1], points[b, p, 2]
                for t in range(turns[i]):
                    x2, y2, z2 = x + sizes[i, t, 0], y + sizes[i, t, 1], z + sizes[i, t, 2]
                    if x2 > sides[b, 0] or y2 > sides[b, 1] or z2 > sides[b, 2]:
                        continue
                    free, carried, touching = True, 0, 0
                    for h in range(n_held[b]):
                        j = held[b, h]
                        dx = min(x2, boxes[j, 3]) - max(x, boxes[j, 0])
                        dy = min(y2, boxes[j, 4]) - max(y, boxes[j, 1])
                        dz = min(z2, boxes[j, 5]) - max(z, boxes[j, 2])
                        if dx > 0 and dy > 0:
                            if dz > 0:
                                free = False
                                break
                            if boxes[j, 5] == z:
                                carried += dx * dy
                                touching += dx * dy
                            elif boxes[j, 2] == z2:
                                if limited:  # what j carries would have to be weighed again
                                    free = False
                                    break
                                touching += dx * dy
                        elif dz > 0:
                            if dx == 0 and dy > 0:
                                touching += dy * dz
                            elif dy == 0 and dx > 0:
                                touching += dx * dz
                    if not free:
                        continue
                    if z > 0 and carried * 1000 < support * (x2 - x) * (y2 - y):
                        continue
                    if limited and z > 0 and not _bearable(
                        i, x, y, z, x2, y2, mass, bears, boxes, held[b], n_held[b], above_mg, under, below
                    ):
                        continue
                    if strategy == LOWEST:
                        score = (z2 * FAR + y2) * FAR + x2
                    elif strategy == TOUCHING:
                        if x == 0 or x2 == sides[b, 0]:
                            touching += (y2 - y) * (z2 - z)
                        if y == 0 or y2 == sides[b, 1]:
                            touching += (x2 - x) * (z2 - z)
                        if z == 0 or z2 == sides[b, 2]:
                            touching += (x2 - x) * (y2 - y)
                        score = -touching * FAR + z2
                    else:
                        score = max(x2, hull[b, 0]) * max(y2, hull[b, 1]) * max(z2, hull[b, 2]) * 64 + z
                    if score < lowest:
                        lowest, at, way = score, p, t
            if at < 0:
                continue
            x, y, z = points[b, at, 0], points[b, at, 1], points[b, at, 2]
            boxes[i, 0], boxes[i, 1], boxes[i, 2] = x, y, z
            boxes[i, 3], boxes[i, 4], boxes[i, 5] = x + sizes[i, way, 0], y + sizes[i, way, 1], z + sizes[i, way, 2]
            out[i, 0], out[i, 1], out[i, 2], out[i, 3], out[i, 4] = b, x, y, z, way
            if limited:
                _bearable(
                    i, x, y, z, boxes[i, 3], boxes[i, 4], mass, bears, boxes, held[b], n_held[b], above_mg, under, below
                )
                for j in range(count):
                    if below[j]:
                        under[j, i] = True
                        above_mg[j] += mass[i]
            load_mg[b] += mass[i]
            for axis in range(3):
                hull[b, axis] = max(hull[b, axis], boxes[i, 3 + axis])
            n_points[b] = _extend(points[b], n_points[b], boxes, i, held[b], n_held[b])
            held[b, n_held[b]] = i
            n_held[b] += 1
            break


@njit(cache=True, nogil=True)
def _bearable(  # type: ignore[no-untyped-def] # noqa: ANN202, PLR0917
    i, x, y, z, x2, y2, mass, bears, boxes, held, n_held, above_mg, under, below  # noqa: ANN001
):
    """Mark in ``below`` what would carry thing i at a place, and say whether all of it bears that."""
    below[:] = False
    if z == 0:
        return True
    for h in range(n_held):
        j = held[h]
        if boxes[j, 5] == z and min(x2, boxes[j, 3]) > max(x, boxes[j, 0]) and min(y2, boxes[j, 4]) > max(y, boxes[j, 1]):
            below[j] = True
            for g in range(n_held):
                if under[held[g], j]:
                    below[held[g]] = True
    for h in range(n_held):
        j = held[h]
        if below[j] and above_mg[j] + mass[i] > bears[j]:
            return False
    return True


@njit(cache=True, nogil=True)
def _extend(points, n_points, boxes, i, held, n_held):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Add the extreme points that thing i makes; return how many points there are."""
    for axis in range(3):
        for towards in range(3):
            if towards == axis:
                continue
            x, y, z = boxes[i, 0], boxes[i, 1], boxes[i, 2]
            corner = (
                boxes[i, 3] if axis == 0 else x,
                boxes[i, 4] if axis == 1 else y,
                boxes[i, 5] if axis == 2 else z,  # noqa: PLR2004 - the third axis
            )
            near = 0
            one, two = (towards + 1) % 3, (towards + 2) % 3
            for h in range(n_held):
                j = held[h]
                if (
                    boxes[j, 3 + towards] <= corner[towards]
                    and boxes[j, one] <= corner[one] < boxes[j, 3 + one]
                    and boxes[j, two] <= corner[two] < boxes[j, 3 + two]
                ):
                    near = max(near, boxes[j, 3 + towards])
            points[n_points, 0] = near if towards == 0 else corner[0]
            points[n_points, 1] = near if towards == 1 else corner[1]
            points[n_points, 2] = near if towards == 2 else corner[2]  # noqa: PLR2004 - the third axis
            known = False
            for p in range(n_points):
                if (
                    points[p, 0] == points[n_points, 0]
                    and points[p, 1] == points[n_points, 1]
                    and points[p, 2] == points[n_points, 2]
                ):
                    known = True
                    break
            if not known:
                n_points += 1
    return n_points
