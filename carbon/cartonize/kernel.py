"""The heuristic's inner loops, compiled: one filling of some containers, and two ways to try many.

A filling puts things one after another into the best free corner. The corners are the extreme points of Crainic,
Perboli and Tadei, "Extreme point-based heuristics for three-dimensional bin packing" (INFORMS Journal on Computing
20(3), 2008): where a placed thing's far faces, carried back towards the walls, meet what is already there.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar, cast

import numpy as np
from numba import njit
from numpy.typing import NDArray

from carbon.cartonize.load import Ints

LOWEST, TOUCHING, TIGHTEST = 0, 1, 2
"""Which free corner is best: the lowest top, the most area touching others or walls, the smallest hull of the load."""
STRATEGIES = 3
ANY = -1
"""A thing may be turned in every way that it has."""
NOTHING = -1
"""No kind of thing: kinds are counted from 0."""
MOVES, TURNINGS = 0.6, 0.3
"""Parts of the random steps that move a thing in the order and that turn it; the rest change the strategy."""
FAR = 16_384
"""Above any coordinate, so that three of them fit into one number."""
WORST = 2**62
CORNERS = 400
"""So many corners of a container are kept: the oldest are mostly too narrow for anything once there are more."""
OVERDRAFT = 30_000_000
"""Steps that a filling may take more than there are, so that most are finished."""
CALL = 50
"""Steps that a look at all things costs before the first of them."""
X, Y, Z = 0, 1, 2
IN_WAY = 3
Kernel = TypeVar("Kernel", bound=Callable[..., Any])


class Things(NamedTuple):
    """A load's arrays, as ``Load`` has them; ``limited`` if what rests on some thing matters."""

    sizes: Ints
    turns: Ints
    mass: Ints
    bears: Ints
    volume: Ints
    like: Ints
    limited: bool


class Space(NamedTuple):
    """Containers' arrays, as ``Bins`` has them, and the least share of a base that is carried, in thousandths."""

    sides: Ints
    payload: Ints
    support: int


class State(NamedTuple):
    """What a filling knows of the things that it has placed."""

    boxes: Ints  # (n, 6): near and far corner of each
    held: Ints  # (k, n): which things lie in each container, in the order they came
    above: Ints  # (n,): what rests on each, directly or through others
    under: NDArray[np.bool_]  # (n, n): whether one carries another, directly or through others
    below: NDArray[np.bool_]  # (n,): what would carry the thing that is looked at
    left: Ints  # (1,): steps of the innermost loops that may still be made


def compiled(kernel: Kernel) -> Kernel:
    """Decorate a kernel: compiled once for a machine, and free of the interpreter lock."""
    return cast("Kernel", njit(cache=True, nogil=True)(kernel))


@compiled
def try_orders(things: Things, space: Space, orders: Ints, strategies: Ints, left: Ints, best: Ints) -> bool:
    """Fill in each of ``orders`` (s, n) by its strategy until all is in; ``best`` (n, 5) takes the fullest.

    The steps made are taken from ``left`` (1,); once none are left, no filling but the first begins.
    """
    count = things.turns.shape[0]
    trial = np.empty((count, 5), np.int64)
    free = np.full(count, ANY, np.int64)
    most = np.int64(-1)
    for start in range(orders.shape[0]):
        if start > 0 and left[0] <= 0:
            break
        held = fill_once(things, space, orders[start], free, strategies[start], left, trial)
        if held > most:
            most = held
            best[:] = trial
        if trial[:, 0].min() >= 0:
            return True
    return False


@compiled
def hulls(things: Things, space: Space, orders: Ints, strategies: Ints, left: Ints, out: Ints) -> None:
    """Fill in each of ``orders`` (s, n); ``out`` (s, 3) takes the sides of each whole load's hull, else 0.

    The steps made are taken from ``left`` (1,), as in ``try_orders``.
    """
    count = things.turns.shape[0]
    trial = np.empty((count, 5), np.int64)
    free = np.full(count, ANY, np.int64)
    out[:] = 0
    for start in range(orders.shape[0]):
        if start > 0 and left[0] <= 0:
            break
        fill_once(things, space, orders[start], free, strategies[start], left, trial)
        if trial[:, 0].min() >= 0:
            for i in range(count):
                for axis in range(3):
                    out[start, axis] = max(out[start, axis], trial[i, 1 + axis] + things.sizes[i, trial[i, 4], axis])


@compiled
def climb(
    things: Things, space: Space, order: Ints, only: Ints, rolls: NDArray[np.float64], left: Ints, best: Ints
) -> bool:
    """Change an order (n,) and its turns (n,) by ``rolls`` (s, 4), one by one, keeping what holds no less volume.

    The steps made are taken from ``left`` (1,), as in ``try_orders``.
    """
    count = things.turns.shape[0]
    trial = np.empty((count, 5), np.int64)
    strategy = LOWEST
    most = np.int64(-1)
    for step in range(rolls.shape[0]):
        if step > 0 and left[0] <= 0:
            break
        thing, place, came_from = int(rolls[step, 1] * count), int(rolls[step, 2] * count), 0
        was_strategy, was_only = strategy, only[thing]
        moves = step > 0 and rolls[step, 0] < MOVES
        if moves:
            for k in range(count):
                if order[k] == thing:
                    came_from = k
            _move(order, came_from, place)
        elif step > 0 and rolls[step, 0] < MOVES + TURNINGS:
            only[thing] = int(rolls[step, 3] * (things.turns[thing] + 1)) - 1
        elif step > 0:
            strategy = int(rolls[step, 3] * STRATEGIES)
        held = fill_once(things, space, order, only, strategy, left, trial)
        if held >= most:
            most = held
            best[:] = trial
            if trial[:, 0].min() >= 0:
                return True
        else:
            strategy, only[thing] = was_strategy, was_only
            if moves:
                _move(order, place, came_from)
    return False


@compiled
def _move(order: Ints, start: int, end: int) -> None:
    """Take the thing at one place of an order and put it at another."""
    thing = order[start]
    towards = 1 if end > start else -1
    for k in range(start, end, towards):
        order[k] = order[k + towards]
    order[end] = thing


@compiled
def fill_once(things: Things, space: Space, order: Ints, only: Ints, strategy: int, left: Ints, out: Ints) -> np.int64:
    """Place things one after another, each in the first container that has a place for it.

    Args:
        things: the ``n`` things.
        space: the ``k`` containers.
        order: (n,) the order of placing.
        only: (n,) the one way each may be turned, or ``ANY``.
        strategy: which corner is best.
        left: (1,) what the steps made are taken from; ``OVERDRAFT`` below zero the filling ends with what it has.
        out: (n, 5) written: container or -1, corner, way to turn.

    Returns:
        The volume that is held.
    """
    count, bins = things.turns.shape[0], space.sides.shape[0]
    out[:] = -1
    state = State(
        np.zeros((count, 6), np.int64),
        np.zeros((bins, count), np.int64),
        np.zeros(count, np.int64),
        np.zeros((count, count), np.bool_),
        np.zeros(count, np.bool_),
        left,
    )
    points = np.zeros((bins, 6 * count + 2, 4), np.int64)  # and which thing was in the way there last
    points[:, :, IN_WAY] = NOTHING
    n_points, n_held = np.ones(bins, np.int64), np.zeros(bins, np.int64)
    load, hull = np.zeros(bins, np.int64), np.zeros((bins, 3), np.int64)
    room = space.sides[:, X] * space.sides[:, Y] * space.sides[:, Z]
    missed = np.full(bins, NOTHING, np.int64)  # kind of thing that had no place and, nothing being added, has none
    volume = np.int64(0)
    for k in range(count):
        i = order[k]
        if left[0] < -OVERDRAFT:
            break
        for b in range(bins):
            if load[b] + things.mass[i] > space.payload[b] or things.volume[i] > room[b]:
                continue
            if only[i] == ANY and missed[b] == things.like[i]:
                continue
            at, way = _best_corner(
                things, space, state, b, n_held[b], hull[b], points[b, : n_points[b]], i, only[i], strategy
            )
            if at < 0:
                if only[i] == ANY:
                    missed[b] = things.like[i]
                continue
            out[i, 0], out[i, 4] = b, way
            for axis in range(3):
                out[i, 1 + axis] = state.boxes[i, axis] = points[b, at, axis]
                state.boxes[i, 3 + axis] = points[b, at, axis] + things.sizes[i, way, axis]
                hull[b, axis] = max(hull[b, axis], state.boxes[i, 3 + axis])
            if things.limited:
                _bearable(things, state, b, n_held[b], i, state.boxes[i])
                for j in range(count):
                    if state.below[j]:
                        state.under[j, i] = True
                        state.above[j] += things.mass[i]
            load[b] += things.mass[i]
            n_points[b] = _keep_free(points[b], n_points[b], state.boxes[i])
            n_points[b] = _extend(points[b], n_points[b], state, b, n_held[b], i)
            state.held[b, n_held[b]] = i
            n_held[b] += 1
            room[b] -= things.volume[i]
            missed[b] = NOTHING
            volume += things.volume[i]
            break
    return volume


@compiled
def _best_corner(
    things: Things,
    space: Space,
    state: State,
    b: int,
    n_held: int,
    hull: Ints,
    points: Ints,
    i: int,
    only: int,
    strategy: int,
) -> tuple[int, int]:
    """Which point is best for thing i, and how it is turned there; -1 if it may be at none."""
    lowest, at, way = WORST, -1, -1
    side_x, side_y, side_z = space.sides[b, X], space.sides[b, Y], space.sides[b, Z]
    hull_x, hull_y, hull_z = hull[X], hull[Y], hull[Z]
    state.left[0] -= points.shape[0] * things.turns[i]
    for p in range(points.shape[0]):
        x, y, z = points[p, X], points[p, Y], points[p, Z]
        for t in range(things.turns[i]):
            x2, y2, z2 = x + things.sizes[i, t, X], y + things.sizes[i, t, Y], z + things.sizes[i, t, Z]
            if x2 > side_x or y2 > side_y or z2 > side_z or only not in (ANY, t):
                continue
            # the score that needs no look at the other things, or less than any for the strategy that does
            score = -WORST
            if strategy == LOWEST:
                score = (z2 * FAR + y2) * FAR + x2
            elif strategy == TIGHTEST:
                score = max(x2, hull_x) * max(y2, hull_y) * max(z2, hull_z) * 64 + z
            if score < lowest:
                score = _score(things, space, state, b, n_held, i, points[p], t, score)
            if score < lowest:
                lowest, at, way = score, p, t
    return at, way


@compiled
def _score(
    things: Things,
    space: Space,
    state: State,
    b: int,
    n_held: int,
    i: int,
    point: Ints,
    t: int,
    foreseen: int,
) -> int:
    """How good it is to put thing i at a point within the walls, turned way t: less is better.

    ``WORST`` if it may not be there, ``foreseen`` if that is a score, else one for the area that touches.
    """
    state.left[0] -= CALL
    x, y, z = point[X], point[Y], point[Z]
    x2, y2, z2 = x + things.sizes[i, t, X], y + things.sizes[i, t, Y], z + things.sizes[i, t, Z]
    last = point[IN_WAY]
    if last != NOTHING and (
        min(x2, state.boxes[last, 3]) > max(x, state.boxes[last, 0])
        and min(y2, state.boxes[last, 4]) > max(y, state.boxes[last, 1])
        and min(z2, state.boxes[last, 5]) > max(z, state.boxes[last, 2])
    ):
        return WORST
    carried, touching = 0, 0
    for h in range(n_held):
        j = state.held[b, h]
        dx = min(x2, state.boxes[j, 3]) - max(x, state.boxes[j, 0])
        dy = min(y2, state.boxes[j, 4]) - max(y, state.boxes[j, 1])
        dz = min(z2, state.boxes[j, 5]) - max(z, state.boxes[j, 2])
        if min(dx, dy, dz) > 0:
            state.left[0] -= h
            point[IN_WAY] = j
            return WORST
        if dz == 0 and dx > 0 and dy > 0:
            if state.boxes[j, 5] == z:
                carried += dx * dy
            elif things.limited:  # j would rest on i, and what i and all below it carry had to be weighed again
                state.left[0] -= h
                return WORST
            touching += dx * dy
        elif dz > 0 and min(dx, dy) == 0:
            touching += max(dx, dy) * dz
    state.left[0] -= n_held
    if z > 0 and carried * 1000 < space.support * (x2 - x) * (y2 - y):
        return WORST
    if things.limited and z > 0 and not _bearable(things, state, b, n_held, i, np.array((x, y, z, x2, y2, z2))):
        return WORST
    if foreseen > -WORST:
        return foreseen
    return int(z2 - (touching + _at_walls(things, space, b, i, point, t)) * FAR)


@compiled
def _at_walls(things: Things, space: Space, b: int, i: int, point: Ints, t: int) -> int:
    """Area of thing i that touches the floor, the walls and the lid."""
    touching = 0
    for axis in range(3):
        if point[axis] == 0 or point[axis] + things.sizes[i, t, axis] == space.sides[b, axis]:
            touching += things.volume[i] // things.sizes[i, t, axis]
    return touching


@compiled
def _bearable(things: Things, state: State, b: int, n_held: int, i: int, box: Ints) -> bool:
    """Mark in ``state.below`` what would carry thing i at a place, and say whether all of it bears that."""
    state.below[:] = False
    if box[Z] == 0:
        return True
    state.left[0] -= 2 * n_held
    for h in range(n_held):
        j = state.held[b, h]
        dx = min(box[3], state.boxes[j, 3]) - max(box[0], state.boxes[j, 0])
        dy = min(box[4], state.boxes[j, 4]) - max(box[1], state.boxes[j, 1])
        if state.boxes[j, 5] == box[Z] and dx > 0 and dy > 0:
            if state.above[j] + things.mass[i] > things.bears[j]:
                return False
            state.below[j] = True
            state.left[0] -= n_held
            for g in range(n_held):
                if state.under[state.held[b, g], j]:
                    state.below[state.held[b, g]] = True
    for h in range(n_held):
        j = state.held[b, h]
        if state.below[j] and state.above[j] + things.mass[i] > things.bears[j]:
            return False
    return True


@compiled
def _keep_free(points: Ints, n_points: int, box: Ints) -> int:
    """Drop the points that a placed thing covers, where nothing can be put any more, and the oldest of too many.

    Returns how many points stay.
    """
    kept = 0
    for p in range(max(0, n_points - CORNERS), n_points):
        inside = True
        for axis in range(3):
            inside &= box[axis] <= points[p, axis] < box[3 + axis]
        if not inside:
            points[kept] = points[p]
            kept += 1
    return kept


@compiled
def _extend(points: Ints, n_points: int, state: State, b: int, n_held: int, i: int) -> int:
    """Add the extreme points that thing i makes; return how many points there are."""
    boxes = state.boxes
    state.left[0] -= 6 * (n_held + n_points)
    for axis in range(3):
        for towards in range(3):
            if towards == axis:
                continue
            point = points[n_points]
            for each in range(3):
                point[each] = boxes[i, 3 + each] if each == axis else boxes[i, each]
            near = 0
            one, two = (towards + 1) % 3, (towards + 2) % 3
            for h in range(n_held):
                j = state.held[b, h]
                if (
                    boxes[j, 3 + towards] <= point[towards]
                    and boxes[j, one] <= point[one] < boxes[j, 3 + one]
                    and boxes[j, two] <= point[two] < boxes[j, 3 + two]
                ):
                    near = max(near, boxes[j, 3 + towards])
            point[towards] = near
            point[IN_WAY] = NOTHING
            known = False
            for p in range(n_points):
                if points[p, X] == point[X] and points[p, Y] == point[Y] and points[p, Z] == point[Z]:
                    known = True
                    break
            if not known:
                n_points += 1
    return n_points
