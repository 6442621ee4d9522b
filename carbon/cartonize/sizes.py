"""Box-range design: which k box sizes waste least over many orders.

Each order's goods of one class get hulls, the outsides of some of their layouts. A box holds them if it holds one of
the hulls, or if the heuristic finds a layout in it. Candidate boxes come from the orders: hulls are joined two by two,
always those whose common box wastes least, and the later joins on the way to a single box are candidates. Which k of
them waste least is a k-median problem, and a mixed-integer programme solves it exactly. Its formulation, with one
variable for each set of boxes that comes before a dearer one, is that of Cornuejols, Nemhauser and Wolsey (SIAM Journal
on Algebraic and Discrete Methods 1(3), 1980).
"""

# ruff: noqa: PLC0415 - as in pack.py
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise, product

import numpy as np
from numpy.typing import NDArray

from carbon.cartonize.budget import Steps
from carbon.cartonize.items import (
    LONGEST_MM,
    MM3_PER_L,
    MOST_PIECES,
    PACK_CLASSES,
    CartonItem,
    CartonOrder,
    PackClass,
    PackingRules,
    too_many,
)
from carbon.cartonize.load import UNLIMITED_MG, Bins, Ints, Load, permille
from carbon.cartonize.pack import DEFAULT_RULES
from carbon.errors import QuantityError
from carbon.values import Record

SHAPES = np.array([(1.0, 1.0, 1.0), (1.3, 1.0, 0.8), (1.5, 1.2, 0.6), (1.4, 0.7, 1.0), (1.0, 0.8, 1.3)])
"""Proportions of the room that a hull is looked for in, from a cube to a flat and a tall one."""
FILLS = (0.6, 0.8)
"""Shares of that room that the goods take."""
MOST_HULLS = 12
"""So many hulls of one load are kept, those of the least volume."""
MOST_STEPS = 15_000_000
"""Steps of the heuristic for one load in one room."""
MOST_JOINED = 300
"""So many different hulls are joined at most; more are first rounded up to a coarser step."""


class BoxSize(Record):
    """One size of a range.

    Attributes:
        length_mm: longer inner side of the base.
        width_mm: other inner side of the base.
        height_mm: inner height.
        loads: how many loads are packed in it.
    """

    length_mm: int
    width_mm: int
    height_mm: int
    loads: int

    @property
    def volume_l(self) -> float:
        """Inner volume."""
        return self.length_mm * self.width_mm * self.height_mm / MM3_PER_L


class BoxRange(Record):
    """The sizes that waste least over some orders.

    Attributes:
        sizes: the sizes, the smallest volume first; fewer than asked for if more would not help.
        loads: how many loads there were: one for each order and class of goods.
        items_l: volume of all goods.
        volume_l: volume of all boxes, each load in the smallest size that holds it.
        bound_l: no k of the candidates need less.
        proven: whether ``volume_l`` is that least one.
        candidates: how many sizes it was chosen from.
        left_out: orders by id with goods that no box within the longest sides holds, and the reason.
    """

    sizes: tuple[BoxSize, ...]
    loads: int
    items_l: float
    volume_l: float
    bound_l: float
    proven: bool
    candidates: int
    left_out: Mapping[str, str]

    @property
    def void_share(self) -> float:
        """Share of all boxes' inner volume that is empty."""
        return 1 - self.items_l / self.volume_l


def design_box_range(
    orders: Iterable[CartonOrder],
    sizes: int,
    *,
    longest_mm: tuple[int, int, int] = (600, 400, 400),
    step_mm: int = 10,
    most_loads: int = 300,
    candidates: int = 80,
    rounds: int = 2,
    limit_s: float = 30.0,
    starts: int = 24,
    rules: PackingRules = DEFAULT_RULES,
) -> BoxRange:
    """Choose the box sizes that waste least over a month, or any number, of orders.

    A load takes about 0.2 s: more loads than ``most_loads`` are sampled. What a box holds is decided by the heuristic,
    so that a size may hold more than it is chosen for. The result is the best of the candidates, which is no proof
    over all sizes that one could make.

    Args:
        orders: the orders; goods of different classes go into boxes of their own.
        sizes: k, how many sizes the store keeps.
        longest_mm: inner length, width and height that no box exceeds; length and width may be swapped.
        step_mm: sizes are multiples of this.
        most_loads: design for so many loads, drawn at random by the rules' seed if there are more.
        candidates: how many sizes to choose from at first, about.
        rounds: how often to choose again with the neighbours of the chosen sizes, a step longer or shorter.
        limit_s: most seconds for each choice.
        starts: orders of packing that are tried for each load and room.
        rules: what a layout has to keep; its seed seeds the tries.

    Raises:
        QuantityError: if k, the step or another count is below 1 (``rounds`` below 0), a longest side is none from 1 to
            ``LONGEST_MM``, or no order can be boxed.
    """
    for field, value, least in (
        ("sizes", sizes, 1),
        ("step_mm", step_mm, 1),
        ("most_loads", most_loads, 1),
        ("candidates", candidates, 1),
        ("rounds", rounds, 0),
        ("starts", starts, 1),
    ):
        if value < least:
            raise QuantityError(f"{field} is {value}; it must be at least {least}")
    if not all(1 <= side_mm <= LONGEST_MM for side_mm in longest_mm):
        raise QuantityError(
            f"longest_mm is {longest_mm}; give a length, a width and a height from 1 to {LONGEST_MM} mm"
        )
    wanted, left_out = _wanted(orders, longest_mm, most_loads, rules.seed)
    demands: list[_Demand] = []
    for items, owners in wanted.items():
        load = Load.of(items)
        hulls = _hulls(load, longest_mm, step_mm, starts, rules)
        if len(hulls):
            demands.append(_Demand(load, len(owners), hulls))
        else:
            left_out |= dict.fromkeys(owners, f"no layout of its goods was found within {_times(longest_mm)} mm")
    if not demands:
        reasons = "".join(f"; order {order_id!r}: {reason}" for order_id, reason in [*left_out.items()][:1])
        raise QuantityError(f"orders hold nothing that can be boxed{reasons}; give orders, or a longer longest_mm")
    weights = np.array([demand.weight for demand in demands])
    boxes = _joins(np.array([demand.hulls[0] for demand in demands]), weights, candidates, step_mm)
    fits = _held(demands, boxes, starts, rules)
    chosen, bound_l = _choose(fits, weights, boxes, sizes, limit_s)
    for _ in range(rounds):
        near = _neighbours(boxes[chosen], boxes, np.array(longest_mm), step_mm)
        boxes = np.vstack((boxes, near))
        fits = np.hstack((fits, _held(demands, near, starts, rules)))
        before = set(chosen.tolist())
        chosen, bound_l = _choose(fits, weights, boxes, sizes, limit_s)
        if before == set(chosen.tolist()):
            break
    return _range(demands, boxes, fits, chosen, bound_l, left_out)


@dataclass(frozen=True, slots=True, eq=False)
class _Demand:
    """One load, how many orders have it, and hulls (h, 3) of it, the least volume first."""

    load: Load
    weight: int
    hulls: Ints


def _range(
    demands: Sequence[_Demand],
    boxes: Ints,
    fits: NDArray[np.bool_],
    chosen: Ints,
    bound_l: float,
    left_out: Mapping[str, str],
) -> BoxRange:
    chosen = chosen[np.argsort(boxes[chosen].prod(axis=1), kind="stable")]
    loads: Counter[int] = Counter()
    for row, demand in zip(fits, demands, strict=True):
        loads[int(chosen[row[chosen].argmax()])] += demand.weight  # the first that holds is the smallest
    sides = [(*boxes[box].tolist(), loads[box]) for box in chosen.tolist() if loads[box]]
    named = tuple(BoxSize(length_mm=x, width_mm=y, height_mm=z, loads=count) for x, y, z, count in sides)
    volume_l = math.fsum(size.loads * size.volume_l for size in named)
    return BoxRange(
        sizes=named,
        loads=sum(size.loads for size in named),
        items_l=math.fsum(demand.weight * int(demand.load.volume_mm3.sum()) for demand in demands) / MM3_PER_L,
        volume_l=volume_l,
        bound_l=min(bound_l, volume_l),
        proven=bound_l >= volume_l * (1 - 1e-6),
        candidates=len(boxes),
        left_out=left_out,
    )


def _wanted(
    orders: Iterable[CartonOrder], longest_mm: tuple[int, int, int], most: int, seed: int
) -> tuple[dict[tuple[CartonItem, ...], list[str]], dict[str, str]]:
    """Part orders by class: equal loads with the orders they come from; and which orders cannot be boxed, and why."""
    largest = Bins(np.array([longest_mm], np.int64), np.array([UNLIMITED_MG], np.int64))
    parts: list[tuple[str, tuple[CartonItem, ...]]] = []
    left_out: dict[str, str] = {}
    for order in orders:
        if order.pieces > MOST_PIECES:
            left_out[order.id] = too_many(order)
            continue
        classes: dict[PackClass, list[CartonItem]] = {}
        for item in sorted(order.items, key=lambda item: item.id):
            classes.setdefault(PACK_CLASSES[item.storage], []).append(item)
        too_large = [item.id for item in order.items if not largest.fits(Load.of([item])).all()]
        if too_large:
            left_out[order.id] = f"item {too_large[0]!r} fits into no box of {_times(longest_mm)} mm"
        else:
            parts += [(order.id, tuple(items)) for items in classes.values()]
    if len(parts) > most:
        drawn = np.sort(np.random.default_rng(seed).choice(len(parts), most, replace=False))
        parts = [parts[number] for number in drawn.tolist()]
    wanted: dict[tuple[CartonItem, ...], list[str]] = {}
    for order_id, items in parts:
        wanted.setdefault(items, []).append(order_id)
    return wanted, left_out


def _hulls(load: Load, longest_mm: tuple[int, int, int], step_mm: int, starts: int, rules: PackingRules) -> Ints:
    """Sides of boxes (h, 3) that hold a load, multiples of the step, none inside another, the least volume first."""
    from carbon.cartonize.greedy import load_hulls

    longest = np.array(longest_mm, np.int64)
    cubes_mm = np.cbrt(load.volume_mm3.sum() / np.array(FILLS))
    rooms = np.minimum(longest, np.ceil(SHAPES * cubes_mm[:, None, None]).astype(np.int64)).reshape(-1, 3)
    sides = np.unique(np.vstack((rooms, longest)), axis=0)
    bins = Bins(sides, np.full(len(sides), UNLIMITED_MG, np.int64))
    found = _rounded(load_hulls(load, bins, permille(rules.support_share), starts, rules.seed, MOST_STEPS), step_mm)
    found = np.unique(found[(found <= longest).all(axis=1)], axis=0)
    inside = (found[:, None, :] >= found).all(axis=2) & ~np.eye(len(found), dtype=np.bool_)
    found = found[~inside.any(axis=1)]
    kept: Ints = found[np.argsort(found.prod(axis=1), kind="stable")][:MOST_HULLS]
    return kept


def _rounded(sides: Ints, step_mm: int) -> Ints:
    """Round sides (n, 3) up to a step, the longer side of the base first."""
    up = -(-sides // step_mm) * step_mm
    up[:, :2] = np.sort(up[:, :2], axis=1)[:, ::-1]
    return up


def _joins(hulls: Ints, weights: Ints, most: int, step_mm: int) -> Ints:
    """Boxes (c, 3): hulls joined two by two, those first whose joint box wastes least, from ``most`` / 2 of them on."""
    coarse_mm = step_mm
    boxes, which = np.unique(hulls, axis=0, return_inverse=True)
    while len(boxes) > MOST_JOINED:
        coarse_mm += step_mm
        boxes, which = np.unique(_rounded(hulls, coarse_mm), axis=0, return_inverse=True)
    counts = np.bincount(which.ravel(), weights=weights)
    now, found = boxes, list(boxes)
    while len(now) > 1:
        joint = np.maximum(now[:, None], now[None]).prod(axis=2) * (counts[:, None] + counts)
        own = now.prod(axis=1) * counts
        waste = joint - own[:, None] - own
        np.fill_diagonal(waste, np.inf)
        one, other = divmod(int(waste.argmin()), len(now))
        both = [one, other]
        now = np.vstack((np.delete(now, both, axis=0), now[both].max(axis=0)))
        counts = np.append(np.delete(counts, both), counts[both].sum())
        found = list(now) if len(now) >= most // 2 else [*found, now[-1]]
    return np.unique(np.array(found), axis=0)


def _neighbours(chosen: Ints, known: Ints, longest: Ints, step_mm: int) -> Ints:
    """Boxes that differ from a chosen one by a step along one or two sides, and are not known yet."""
    moves = np.array([move for move in product((-1, 0, 1), repeat=3) if 0 in move and any(move)], np.int64)
    near = (chosen[:, None] + step_mm * moves).reshape(-1, 3)
    near = near[(near > 0).all(axis=1) & (near <= longest).all(axis=1)]
    near = np.unique(_rounded(near, step_mm), axis=0)
    new: Ints = near[~(near[:, None] == known).all(axis=2).any(axis=1)]
    return new


def _held(demands: Sequence[_Demand], boxes: Ints, starts: int, rules: PackingRules) -> NDArray[np.bool_]:
    """(d, c): which box holds which load, as far as the heuristic finds a layout."""
    from carbon.cartonize.greedy import fill

    held = np.zeros((len(demands), len(boxes)), np.bool_)
    volumes = boxes.prod(axis=1)
    bins = Bins(boxes, np.full(len(boxes), UNLIMITED_MG, np.int64))
    for row, demand in enumerate(demands):
        known = demand.hulls
        could = (volumes >= demand.load.volume_mm3.sum()) & bins.fits(demand.load).all(axis=0)
        for column in np.argsort(volumes, kind="stable").tolist():
            if not could[column]:
                continue
            whole = bool((known <= boxes[column]).all(axis=1).any())
            if not whole:
                one = Bins(bins.sides_mm[column : column + 1], bins.payload_mg[column : column + 1])
                _, whole = fill(demand.load, one, permille(rules.support_share), starts, rules.seed, Steps(MOST_STEPS))
                if whole:
                    known = np.vstack((known, boxes[column]))
            held[row, column] = whole
    return held


def _choose(fits: NDArray[np.bool_], weights: Ints, boxes: Ints, sizes: int, limit_s: float) -> tuple[Ints, float]:
    """Choose at most so many boxes that hold every load with the least volume; and a bound below any such choice.

    A load pays for its smallest box, and the step to the next larger one whenever none of those before is chosen.
    """
    from ortools.math_opt.python import mathopt

    ranked = _undominated(fits, boxes.prod(axis=1))
    volumes_l = boxes[ranked].prod(axis=1) / MM3_PER_L
    model = mathopt.Model()
    keep = [model.add_binary_variable() for _ in ranked]
    model.add_linear_constraint(mathopt.LinearSum(keep) <= sizes)
    steps_l: defaultdict[tuple[int, ...], float] = defaultdict(float)
    needed: set[tuple[int, ...]] = set()
    fixed_l = 0.0
    for row, weight in zip(fits[:, ranked], weights.tolist(), strict=True):
        holding = np.flatnonzero(row).tolist()
        fixed_l += weight * float(volumes_l[holding[0]])
        needed.add(tuple(holding))
        for place, (box, dearer) in enumerate(pairwise(holding), start=1):
            steps_l[tuple(holding[:place])] += weight * float(volumes_l[dearer] - volumes_l[box])
    costs = []
    for before in sorted(needed):
        model.add_linear_constraint(mathopt.LinearSum([keep[box] for box in before]) >= 1)
    for before, step_l in steps_l.items():
        missing = model.add_variable(lb=0.0)
        model.add_linear_constraint(missing + mathopt.LinearSum([keep[box] for box in before]) >= 1)
        costs.append(step_l * missing)
    model.minimize(mathopt.LinearSum(costs) + fixed_l)
    limit = mathopt.SolveParameters(time_limit=timedelta(seconds=limit_s), relative_gap_tolerance=0.0)
    result = mathopt.solve(model, mathopt.SolverType.GSCIP, params=limit)
    if not result.has_primal_feasible_solution():
        raise QuantityError(f"limit_s is {limit_s}, too little to choose {sizes} of {len(boxes)} sizes; give more")
    values = np.array(result.variable_values(keep))
    return ranked[values > 0.5], float(result.dual_bound())  # noqa: PLR2004 - a binary


def _undominated(fits: NDArray[np.bool_], volumes: Ints) -> Ints:
    """Boxes, the least volume first, without those that hold no more than another of no greater volume."""
    kept: list[int] = []
    for box in np.argsort(volumes, kind="stable").tolist():
        more = [fits[:, other][fits[:, box]].all() for other in kept]
        if fits[:, box].any() and not any(more):
            kept.append(box)
    return np.array(kept, np.int64)


def _times(sides_mm: Sequence[int]) -> str:
    return " x ".join(map(str, sides_mm))
