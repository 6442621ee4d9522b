"""Completion bounds: what a trip that stands at an order can still gain at most, by one dynamic programme a slot."""

from typing import NamedTuple

import numpy as np

from dispatch.engines.columns.fleets import Fleets
from dispatch.engines.compiled import compiled
from dispatch.engines.kernel import NOBODY, Floats, Ints
from dispatch.problem import COST, GRACE_S, LATE_COST, LATE_COST_AFTER, SECONDS, Arrays


class Tables(NamedTuple):
    """Completion bounds: the least reduced cost that any continuation can still collect.

    Entries are for ``r`` further visits at most, the order where the vehicle stands, and the time bucket in which it
    arrived there. ``other`` is the best continuation that does not visit ``following`` next, so that the way straight
    back to the order before is not counted on.
    """

    best: Floats  # (k, n, g + 1)
    following: Ints  # (k, n, g + 1)
    other: Floats  # (k, n, g + 1)


def empty_tables(n_orders: int, n_points: int, deepest: int) -> Tables:
    """Room for the completion bounds of trips of up to ``deepest`` orders."""
    shape = (max(deepest, 1), n_orders, n_points + 1)
    return Tables(np.empty(shape), np.empty(shape, dtype=np.int64), np.empty(shape))


@compiled
def late_cost(a: Arrays, o: int, arrive_s: float) -> float:
    """Price of reaching order ``o`` at ``arrive_s``."""
    late_s = arrive_s - a.orders[o].promise_s
    if late_s <= 0:
        return 0.0
    in_grace_s = min(late_s, a.late[GRACE_S])
    cost = in_grace_s * a.late[LATE_COST] + (late_s - in_grace_s) * a.late[LATE_COST_AFTER]
    return float(a.orders[o].priority * cost)


@compiled
def fill(  # noqa: C901, PLR0912 - one loop: a call costs a compiled kernel more than it tells
    a: Arrays,
    fl: Fleets,
    f: int,
    home: int,
    pi: Floats,
    cum: Floats,
    near: Ints,
    cand: Ints,
    n: int,
    first: Ints,
    final: Ints,
    k: int,
    t: Tables,
) -> int:
    """Fill the tables for arrivals in buckets ``first..final``; after how many further visits nothing gains."""
    fleet = fl.fleets[f]
    c, step = fleet.kind, fl.step_s
    last = len(cum) - 1
    for ii in range(n):
        i = cand[ii]
        place = a.orders[i].place
        back_s = a.handover_s[c, i] + a.legs[c, place, home, SECONDS] + fleet.turnaround_s
        back = a.legs[c, place, home, COST]
        for b in range(first[i], final[i] + 1):
            x = np.inf
            if back < np.inf:
                x = back + cum[min(int(np.ceil((b * step + back_s) / step)), last)]
            for r in range(k):
                t.best[r, i, b], t.following[r, i, b], t.other[r, i, b] = x, NOBODY, x
    for r in range(1, k):
        for ii in range(n):
            i = cand[ii]
            from_place = a.orders[i].place
            low, high = first[i], final[i]
            going_home = t.best[0, i, high]
            for jj in range(near.shape[1]):
                j = near[i, jj]
                if first[j] < 0:
                    continue
                order = a.orders[j]
                away_s = a.handover_s[c, i] + a.legs[c, from_place, order.place, SECONDS]
                cost = a.legs[c, from_place, order.place, COST] - pi[j]
                soonest_s = max(low * step + away_s, order.early_s)
                # What comes after an arrival never gets cheaper with time: if the first bucket cannot gain, none can.
                if not soonest_s <= order.latest_s or soonest_s == np.inf:
                    continue
                # A bucket begins before the arrivals in it, so a way on from there may seem quicker than any can be.
                if not cost + t.best[r - 1, j, max(first[j], min(int(soonest_s / step), final[j]))] < going_home:
                    continue
                for b in range(low, high + 1):
                    arrive_s = max(b * step + away_s, order.early_s)
                    if arrive_s > order.latest_s:
                        break
                    bj = max(first[j], min(int(arrive_s / step), final[j]))
                    x = cost + (t.other[r - 1, j, bj] if t.following[r - 1, j, bj] == i else t.best[r - 1, j, bj])
                    if x < t.other[r, i, b]:
                        if arrive_s > order.promise_s:
                            x += late_cost(a, j, arrive_s)
                        if x < t.best[r, i, b]:
                            t.other[r, i, b] = t.best[r, i, b]
                            t.best[r, i, b], t.following[r, i, b] = x, j
                        elif x < t.other[r, i, b]:
                            t.other[r, i, b] = x
        if r > 1 and not _gains(cand, n, first, final, r, t):
            return r
    return k


@compiled
def _gains(cand: Ints, n: int, first: Ints, final: Ints, r: int, t: Tables) -> bool:
    """Whether the ``r``-th further visit lowered any bound."""
    for ii in range(n):
        i = cand[ii]
        for b in range(first[i], final[i] + 1):
            if t.best[r, i, b] < t.best[r - 1, i, b] or t.other[r, i, b] < t.other[r - 1, i, b]:
                return True
    return False
