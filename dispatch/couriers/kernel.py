"""Compiled arithmetic on courses: what a courier's course costs, where one more order costs least.

Courses are short, so every change is priced by walking the whole course. Costs are seconds that customers wait from
click to door; what else counts is priced in them, see ``dispatch.couriers.CourierRules``.
"""

import numpy as np

from dispatch.couriers.board import Board, Courses
from dispatch.engines.compiled import compiled
from dispatch.engines.kernel import NOBODY, Words, uniform

ALONE, AHEAD, BEHIND = range(3)
"""How an order goes to a place of a course: as a trip of its own before the order there; with that order, ahead of it;
or with the order before it, as the last of their trip."""


@compiled
def course_cost_s(b: Board, p: Courses, row: int, c: int) -> float:
    """The price of the course in a row for courier ``c``; inf if it picks up after its time or carries too much."""
    n = p.size[row]
    if n == 0:
        return 0.0
    courier, price = b.couriers[c], b.prices[0]
    clock_s = courier.free_s
    cost_s = 0.0
    last = NOBODY
    k = 0
    while k < n:
        first = p.seq[row, k]
        pick = b.orders[first].pick
        ready_s = b.orders[first].ready_s
        end = k + 1
        while end < n and not p.head[row, end]:
            ready_s = max(ready_s, b.orders[p.seq[row, end]].ready_s)
            end += 1
        clock_s += b.start_s[c, pick] if last == NOBODY else b.next_s[last, pick]
        clock_s = max(clock_s + price.half_pick_s, ready_s)
        if clock_s > courier.off_s or end - k > courier.capacity:
            return np.inf
        clock_s += price.half_pick_s + b.orders[first].out_s
        for i in range(k, end):
            o = p.seq[row, i]
            if i > k:
                clock_s += b.hop_s[last, o]
            clock_s += b.orders[o].half_s
            cost_s += clock_s - b.orders[o].placed_s
            clock_s += b.orders[o].half_s
            last = o
        k = end
    # A courier far from the next order is worth less, the less the sooner it goes off.
    before, after = (courier.off_s - courier.free_s) / price.fade_s, (courier.off_s - clock_s) / price.fade_s
    cost_s += price.astray * (
        b.astray_s[last] * min(max(after, 0.0), 1.0) - courier.astray_s * min(max(before, 0.0), 1.0)
    )
    if n > courier.spare:
        cost_s += price.overpaid_s * (n - max(courier.spare, 0.0))
    return float(cost_s)


@compiled
def _try(b: Board, p: Courses, c: int, o: int, at: int, how: int) -> float:
    """The price of courier ``c``'s course with ``o`` at place ``at``; the course is in the last row then."""
    row = len(p.size) - 1
    n = p.size[c]
    for k in range(at):
        p.seq[row, k], p.head[row, k] = p.seq[c, k], p.head[c, k]
    for k in range(at, n):
        p.seq[row, k + 1], p.head[row, k + 1] = p.seq[c, k], p.head[c, k]
    p.seq[row, at] = o
    p.head[row, at] = how == ALONE or (how == AHEAD and p.head[c, at])
    if how == AHEAD:
        p.head[row, at + 1] = False
    p.size[row] = n + 1
    return float(course_cost_s(b, p, row, c))


@compiled
def cheapest(b: Board, p: Courses, o: int, blink: float, rng: Words) -> tuple[int, int, int]:
    """Where order ``o`` costs least: the courier, or NOBODY if leaving it out costs less; the place, and how.

    Args:
        b: the board.
        p: the courses without it.
        o: the order.
        blink: how likely a place is overlooked.
        rng: the generator's one word of state.
    """
    best_s, best_c, best_at, best_how = b.prices[0].left_out_s, NOBODY, 0, ALONE
    pick = b.orders[o].pick
    longest = p.seq.shape[1]
    for i in range(b.nearest.shape[1]):
        if b.floor_s[o, i] >= best_s:
            break
        c = b.nearest[o, i]
        n = p.size[c]
        if n == longest:
            continue
        for at in range(n + 1):
            starts = at == n or p.head[c, at]
            for how in range(3):
                if how == ALONE and not starts:
                    continue
                if how == AHEAD and (at == n or b.orders[p.seq[c, at]].pick != pick):
                    continue
                if how == BEHIND and (at == 0 or not starts or b.orders[p.seq[c, at - 1]].pick != pick):
                    continue
                if uniform(rng) < blink:
                    continue
                extra_s = _try(b, p, c, o, at, how) - p.cost_s[c]
                if extra_s < best_s:
                    best_s, best_c, best_at, best_how = extra_s, c, at, how
    return best_c, best_at, best_how


@compiled
def put(b: Board, p: Courses, o: int, c: int, at: int, how: int) -> None:
    """Put order ``o`` where ``cheapest`` says."""
    row = len(p.size) - 1
    p.cost_s[c] = _try(b, p, c, o, at, how)
    p.size[c] = p.size[row]
    for k in range(at, p.size[c]):
        p.seq[c, k], p.head[c, k] = p.seq[row, k], p.head[row, k]
    p.seat[o] = c


@compiled
def take(p: Courses, o: int) -> None:
    """Take order ``o`` out of its course, whose price is not brought up to date."""
    c = p.seat[o]
    n = p.size[c]
    at = 0
    while p.seq[c, at] != o:
        at += 1
    if at + 1 < n and p.head[c, at]:
        p.head[c, at + 1] = True
    for k in range(at, n - 1):
        p.seq[c, k], p.head[c, k] = p.seq[c, k + 1], p.head[c, k + 1]
    p.size[c] = n - 1
    p.seat[o] = NOBODY
