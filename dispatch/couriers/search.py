"""Ruin and recreate over the courses of all couriers at once, annealed.

As in ``dispatch.engines.ruin``, after Christiaens and Vanden Berghe, *Slack induction by string removals for vehicle
routing problems*, Transportation Science 54(2), 2020. Courses here hold a few orders each, so what is taken out around
an order is either its kin one by one or the whole courses of the couriers that carry them.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dispatch.couriers.board import Board, Courses, empty_courses
from dispatch.couriers.kernel import cheapest, course_cost_s, put, take
from dispatch.engines.compiled import compiled, inlined
from dispatch.engines.kernel import CENT, NOBODY, Floats, Ints, Words, uniform

BLINK = 0.02
MOST_REMOVED = 6
HOT_S, COLD_S = 120.0, 5.0
"""First and last temperature, in seconds of click-to-door."""
FEWEST, PER_ORDER = 200, 20
"""No search makes more rounds than FEWEST and so many for each open order: four times as many made plans cheaper, but
whole days no better, for what is ordered next matters more."""
BATCH = 200
"""Rounds between two looks at whether to stop."""
CURRENT, BEST = range(2)
"""Places of the array of costs that ``anneal`` keeps."""

Course = tuple[tuple[int, ...], ...]
"""A courier's trips, each with its orders in the sequence of their doors."""


class Scratch(NamedTuple):
    """Room to work in, for ``n`` orders and ``m`` couriers."""

    saved: Courses  # the touched courses as they were
    removed: Ints  # (n,)
    key: Floats  # (n,)
    touched: Ints  # (m,) the first ones are the couriers touched in this round
    is_touched: NDArray[np.bool_]  # (m,)


@inlined
def _copy_course(p: Courses, to: Courses, c: int) -> None:
    to.size[c], to.cost_s[c] = p.size[c], p.cost_s[c]
    for k in range(p.size[c]):
        to.seq[c, k], to.head[c, k] = p.seq[c, k], p.head[c, k]


@compiled
def _copy(p: Courses, to: Courses) -> None:
    for c in range(len(p.size) - 1):
        _copy_course(p, to, c)
    for o in range(len(p.seat)):
        to.seat[o] = p.seat[o]


@inlined
def _touch(p: Courses, s: Scratch, c: int, n_touched: int) -> int:
    """Save a course before its first change in this round; the new number of touched couriers."""
    if s.is_touched[c]:
        return n_touched
    s.is_touched[c] = True
    s.touched[n_touched] = c
    _copy_course(p, s.saved, c)
    return n_touched + 1


@compiled
def _ruin(b: Board, p: Courses, s: Scratch, rng: Words) -> tuple[int, int]:
    """Take out orders around a random one, and list all that nobody carries; their number and the touched couriers'."""
    n_removed = n_touched = 0
    seed = int(uniform(rng) * len(p.seat))
    goal = 1 + int(uniform(rng) * MOST_REMOVED)
    whole = uniform(rng) < 0.5  # noqa: PLR2004 - an even chance
    for i in range(b.kin.shape[1] + 1):
        o = seed if i == 0 else b.kin[seed, i - 1]
        c = p.seat[o]
        if c == NOBODY:
            continue
        n_touched = _touch(p, s, c, n_touched)
        n_removed += p.size[c] if whole else 1
        if whole:
            while p.size[c] > 0:
                take(p, p.seq[c, p.size[c] - 1])
        else:
            take(p, o)
        if n_removed >= goal:
            break
    for i in range(n_touched):
        p.cost_s[s.touched[i]] = course_cost_s(b, p, s.touched[i], s.touched[i])
    n_removed = 0
    for o in range(len(p.seat)):
        if p.seat[o] == NOBODY:
            s.removed[n_removed] = o
            n_removed += 1
    return n_removed, n_touched


@compiled
def _sort(b: Board, s: Scratch, n_removed: int, rng: Words) -> None:
    """Put the removed orders into a sequence, by insertion, for there are few: at random, or by when they are ready."""
    kind = int(uniform(rng) * 4)
    for i in range(n_removed):
        o = s.removed[i]
        if kind <= 1:
            s.key[i] = uniform(rng)
        elif kind == 2:  # noqa: PLR2004 - one of four
            s.key[i] = b.orders[o].ready_s
        else:
            s.key[i] = b.orders[o].placed_s + b.floor_s[o, 0]
    for i in range(1, n_removed):
        o, key = s.removed[i], s.key[i]
        j = i - 1
        while j >= 0 and s.key[j] > key:
            s.removed[j + 1], s.key[j + 1] = s.removed[j], s.key[j]
            j -= 1
        s.removed[j + 1], s.key[j + 1] = o, key


@inlined
def _restore(p: Courses, s: Scratch, n_removed: int, n_touched: int) -> None:
    for i in range(n_removed):
        p.seat[s.removed[i]] = NOBODY
    for i in range(n_touched):
        c = s.touched[i]
        _copy_course(s.saved, p, c)
        for k in range(p.size[c]):
            p.seat[p.seq[c, k]] = c


@inlined
def _left_out(p: Courses) -> int:
    n = 0
    for o in range(len(p.seat)):
        n += 1 if p.seat[o] == NOBODY else 0
    return n


@compiled
def total_cost_s(b: Board, p: Courses) -> float:
    """The price of all courses and of all orders left out."""
    cost_s = b.prices[0].left_out_s * _left_out(p)
    for c in range(len(p.size) - 1):
        cost_s += p.cost_s[c]
    return float(cost_s)


@compiled
def fill(b: Board, p: Courses, rng: Words) -> None:
    """Put every order that nobody carries where it costs least, in the sequence in which they were placed."""
    for o in range(len(p.seat)):
        if p.seat[o] == NOBODY:
            c, at, how = cheapest(b, p, o, 0.0, rng)
            if c != NOBODY:
                put(b, p, o, c, at, how)


@compiled
def anneal(
    b: Board, p: Courses, best: Courses, s: Scratch, rng: Words, rounds: int, hot_s: float, cold_s: float, costs: Floats
) -> None:
    """Run ``rounds`` on ``p``, the temperature falling from ``hot_s`` to ``cold_s``; keep the ``best`` courses.

    ``costs``, ``(2,)``, holds the price of ``p`` (CURRENT) and of ``best`` (BEST) and is kept up to date.
    """
    temperature_s = hot_s
    cooling = (cold_s / hot_s) ** (1.0 / max(rounds, 1))
    for _ in range(rounds):
        temperature_s *= cooling
        left_out = _left_out(p)
        n_removed, n_touched = _ruin(b, p, s, rng)
        _sort(b, s, n_removed, rng)
        for i in range(n_removed):
            o = s.removed[i]
            c, at, how = cheapest(b, p, o, BLINK, rng)
            if c != NOBODY:
                n_touched = _touch(p, s, c, n_touched)
                put(b, p, o, c, at, how)
        change_s = b.prices[0].left_out_s * (_left_out(p) - left_out)
        for i in range(n_touched):
            c = s.touched[i]
            change_s += p.cost_s[c] - s.saved.cost_s[c]
            s.is_touched[c] = False
        if change_s < -temperature_s * np.log(uniform(rng)):
            costs[CURRENT] += change_s
            if costs[CURRENT] < costs[BEST] - CENT:
                costs[BEST] = costs[CURRENT]
                _copy(p, best)
        else:
            _restore(p, s, n_removed, n_touched)


def solve(
    board: Board, start: Sequence[Course], work: int, seed: int, enough: Callable[[], bool] | None = None
) -> list[Course]:
    """Courses for all couriers of a board; the same arguments give the same courses.

    Args:
        board: what is open.
        start: a course for each courier to begin with, such as what is left of the last plan; what cannot be is left
            out.
        work: rounds that the search makes at most; it makes fewer where few orders are open.
        seed: of the search.
        enough: is asked after every so many rounds whether to stop before.
    """
    n, m = len(board.orders), len(board.couriers)
    courses, best = empty_courses(n, m), empty_courses(n, m)
    for c, course in enumerate(start):
        _seat(board, courses, c, course)
    rng = np.random.SeedSequence(seed).generate_state(1, np.uint64) | np.uint64(1)
    fill(board, courses, rng)
    _copy(courses, best)
    costs = np.full(2, total_cost_s(board, courses))
    scratch = Scratch(
        saved=empty_courses(n, m),
        removed=np.zeros(n, dtype=np.int64),
        key=np.zeros(n),
        touched=np.zeros(m, dtype=np.int64),
        is_touched=np.zeros(m, dtype=np.bool_),
    )
    rounds = min(work, FEWEST + PER_ORDER * n)
    for done in range(0, rounds, BATCH):
        hot_s, cold_s = (HOT_S * (COLD_S / HOT_S) ** (min(at, rounds) / rounds) for at in (done, done + BATCH))
        anneal(board, courses, best, scratch, rng, min(BATCH, rounds - done), hot_s, cold_s, costs)
        if enough is not None and enough():
            break
    return [_course(best, c) for c in range(m)]


def _seat(board: Board, courses: Courses, c: int, course: Course) -> None:
    """Give courier ``c`` a course, as far as it can be."""
    orders = [o for trip in course for o in trip][: courses.seq.shape[1]]
    pick = board.orders["pick"]
    heads = [i == 0 or pick[o] != pick[trip[i - 1]] for trip in course for i, o in enumerate(trip)][: len(orders)]
    courses.seq[c, : len(orders)], courses.head[c, : len(orders)] = orders, heads
    courses.size[c] = len(orders)
    courses.cost_s[c] = course_cost_s(board, courses, c, c)
    if np.isfinite(courses.cost_s[c]):
        courses.seat[orders] = c
    else:
        courses.size[c], courses.cost_s[c] = 0, 0.0


def _course(courses: Courses, c: int) -> Course:
    """A courier's course as trips."""
    size = int(courses.size[c])
    cuts = [*np.flatnonzero(courses.head[c, :size]).tolist(), size]
    row = courses.seq[c, :size].tolist()
    return tuple(tuple(row[a:b]) for a, b in pairwise(cuts))
