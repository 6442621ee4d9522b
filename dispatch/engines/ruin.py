"""Ruin and recreate: take out orders that are near each other, put them back where they cost least, and anneal.

After Christiaens and Vanden Berghe, *Slack induction by string removals for vehicle routing problems*, Transportation
Science 54(2), 2020, with two changes for trips of a few orders that follow one another on a vehicle: a string may run
over several of the vehicle's trips, and an iteration saves and restores only the vehicles it touches. Their counts of
how long each customer has been absent guide it to plans that leave nobody out, here as a price that grows.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dispatch.engines.compiled import compiled, inlined
from dispatch.engines.insertion import Hints, cheapest, cheapest_pair, put_pair
from dispatch.engines.kernel import CENT, NOBODY, Draft, Floats, Ints, Words, put, retime, spread_s, uniform
from dispatch.engines.pool import Pool, pool_add_all
from dispatch.problem import SECONDS, Arrays

BLINK = 0.01
EVEN_BLINK = 0.3
"""How likely a place is overlooked in half of the rounds where uneven work has a price: insertion does not see it, and
would put every order back where it was."""
MEAN_REMOVED = 5
LONGEST_STRING = 8
RETRIED = 3
"""So many of the orders that nobody carries are tried again in each iteration."""
SEQUENCES = np.array([0, 0, 0, 0, 1, 1, 2, 2, 3, 4, 4, 5])
"""How often removed orders go back in at random, by promise, far first, near first, by ready time, dear first."""
FEVER = 8.0
"""So much hotter is the search while somebody is left out: to make room for one more it must first ride farther."""
LOOK, URGE = 64, 0.02
"""So many rounds pass between two looks at who is left out; at each, leaving them out comes to count by this part more
in what is accepted. So the search tries all ways to leave somebody out, not again and again the same."""
CURRENT, BEST = range(2)
"""Places of the array of costs that ``anneal`` keeps."""


class Scratch(NamedTuple):
    """Room to work in, for ``n`` orders and ``v`` vehicles."""

    saved: Draft  # blocks of the touched vehicles as they were
    removed: Ints  # (n,)
    key: Floats  # (n,)
    missed: Floats  # (n,) by what part leaving an order out has come to count more
    touched: Ints  # (v,) the first ones are the vehicles touched in this iteration
    is_touched: NDArray[np.bool_]  # (v,)


@inlined
def _copy_block(d: Draft, to: Draft, v: int) -> None:
    to.n_trips[v] = d.n_trips[v]
    for p in range(d.n_trips[v]):
        n_stops = d.trips[v, p].n_stops
        to.trips[v, p] = d.trips[v, p]
        for i in range(n_stops):
            to.stops[v, p, i] = d.stops[v, p, i]
        for i in range(n_stops + 1):
            for column in range(3):
                to.times[v, p, i, column] = d.times[v, p, i, column]


@compiled
def copy_draft(d: Draft, to: Draft) -> None:
    """Copy a whole draft into another of the same shape."""
    for v in range(len(d.n_trips)):
        _copy_block(d, to, v)
    for o in range(len(d.seats)):
        to.seats[o] = d.seats[o]


@inlined
def _block_cost(d: Draft, v: int) -> float:
    cost = 0.0
    for p in range(d.n_trips[v]):
        cost += d.trips[v, p].cost
    return cost


@inlined
def _touch(d: Draft, s: Scratch, v: int, n_touched: int) -> int:
    """Save a vehicle's block before its first change in this iteration; the new number of touched vehicles."""
    if s.is_touched[v]:
        return n_touched
    s.is_touched[v] = True
    s.touched[n_touched] = v
    _copy_block(d, s.saved, v)
    return n_touched + 1


@compiled
def _take_string(d: Draft, s: Scratch, o: int, length: int, within_trip: bool, rng: Words, n_removed: int) -> int:
    """Take out up to ``length`` successive orders around ``o`` from its vehicle; the new number of removed orders."""
    v = d.seats[o].vehicle
    first = last = at = n = 0
    for p in range(d.n_trips[v]):
        if p == d.seats[o].trip:
            at = n + d.seats[o].stop
            first, last = n, n + d.trips[v, p].n_stops
        n += d.trips[v, p].n_stops
    if not within_trip:
        first, last = 0, n
    length = min(length, last - first)
    lowest, highest = max(first, at - length + 1), min(at, last - length)
    start = lowest + int(uniform(rng) * (highest - lowest + 1))
    n = kept_trips = 0
    for p in range(d.n_trips[v]):
        kept_stops = 0
        for i in range(d.trips[v, p].n_stops):
            here = d.stops[v, p, i]
            if start <= n < start + length:
                d.seats[here].vehicle = NOBODY
                s.removed[n_removed] = here
                n_removed += 1
            else:
                d.stops[v, kept_trips, kept_stops] = here
                kept_stops += 1
            n += 1
        if kept_stops > 0:
            d.trips[v, kept_trips].n_stops = kept_stops
            d.trips[v, kept_trips].store = d.trips[v, p].store
            kept_trips += 1
    d.n_trips[v] = kept_trips
    return n_removed


@compiled
def _take_broken(a: Arrays, d: Draft, s: Scratch, v: int, n_removed: int) -> int:
    """Take out all trips of a vehicle that became impossible; the new number of removed orders.

    Fewer orders can break a cap on grams per order, and a detour saved can be a longer way where a matrix breaks the
    triangle inequality.
    """
    while not retime(a, d, v) < np.inf:
        broken = 0
        while d.trips[v, broken].cost < np.inf:
            broken += 1
        for i in range(d.trips[v, broken].n_stops):
            o = d.stops[v, broken, i]
            d.seats[o].vehicle = NOBODY
            s.removed[n_removed] = o
            n_removed += 1
        d.n_trips[v] -= 1
        for p in range(broken, d.n_trips[v]):
            d.trips[v, p].n_stops = d.trips[v, p + 1].n_stops
            d.trips[v, p].store = d.trips[v, p + 1].store
            for i in range(d.trips[v, p].n_stops):
                d.stops[v, p, i] = d.stops[v, p + 1, i]
    return n_removed


@compiled
def _ruin(a: Arrays, d: Draft, s: Scratch, neighbours: Ints, rng: Words) -> tuple[int, int]:
    """Take strings out around a random order; numbers of removed orders and touched vehicles."""
    n_removed = n_touched = 0
    seed = int(uniform(rng) * len(d.seats))
    goal = 1 + int(uniform(rng) * (2 * MEAN_REMOVED - 1))
    within_trip = uniform(rng) < 0.5  # noqa: PLR2004 - an even chance
    for i in range(neighbours.shape[1] + 1):
        o = seed if i == 0 else neighbours[seed, i - 1]
        v = d.seats[o].vehicle
        if v < 0 or (s.is_touched[v] and not within_trip):
            continue
        n_touched = _touch(d, s, v, n_touched)
        length = 1 + int(uniform(rng) * min(LONGEST_STRING, goal - n_removed))
        n_removed = _take_string(d, s, o, length, within_trip, rng, n_removed)
        if n_removed >= goal:
            break
    for i in range(n_touched):
        n_removed = _take_broken(a, d, s, s.touched[i], n_removed)
    return n_removed, n_touched


@compiled
def _retry(d: Draft, s: Scratch, n_removed: int, rng: Words) -> int:
    """Add a few of the orders that nobody carried anyway to the removed ones; the new number of removed orders."""
    n = len(d.seats)
    start = int(uniform(rng) * n)
    n_taken = n_removed
    for i in range(n):
        o = (start + i) % n
        if d.seats[o].vehicle >= 0 or o in s.removed[:n_taken]:
            continue
        s.removed[n_removed] = o
        n_removed += 1
        if n_removed - n_taken == RETRIED:
            break
    return n_removed


@compiled
def _sort(a: Arrays, s: Scratch, n_removed: int, rng: Words) -> None:
    """Put removed orders into one of the sequences, by insertion: there are few."""
    kind = SEQUENCES[int(uniform(rng) * len(SEQUENCES))]
    for i in range(n_removed):
        order = a.orders[s.removed[i]]
        if kind == 0:
            s.key[i] = uniform(rng)
        elif kind == 1:
            s.key[i] = order.promise_s
        elif kind in (2, 3):
            away_s = a.legs[0, order.store, order.place, SECONDS]
            s.key[i] = away_s if kind == 3 else -away_s  # noqa: PLR2004 - see SEQUENCES
        elif kind == 4:  # noqa: PLR2004 - see SEQUENCES
            s.key[i] = order.ready_s
        else:
            s.key[i] = -order.unserved_cost
    for i in range(1, n_removed):
        o, key = s.removed[i], s.key[i]
        j = i - 1
        while j >= 0 and s.key[j] > key:
            s.removed[j + 1], s.key[j + 1] = s.removed[j], s.key[j]
            j -= 1
        s.removed[j + 1], s.key[j + 1] = o, key


@compiled
def _restore(d: Draft, s: Scratch, n_touched: int) -> None:
    """Put back the touched vehicles as they were saved."""
    for i in range(n_touched):
        v = s.touched[i]
        for p in range(d.n_trips[v]):
            for j in range(d.trips[v, p].n_stops):
                d.seats[d.stops[v, p, j]].vehicle = NOBODY
    for i in range(n_touched):
        v = s.touched[i]
        _copy_block(s.saved, d, v)
        for p in range(d.n_trips[v]):
            for j in range(d.trips[v, p].n_stops):
                o = d.stops[v, p, j]
                d.seats[o].vehicle, d.seats[o].trip, d.seats[o].stop = v, p, j


@compiled
def _recreate(
    a: Arrays, d: Draft, s: Scratch, hints: Hints, rng: Words, n_removed: int, n_touched: int
) -> tuple[int, int]:
    """Put the removed orders back where they cost least, as far as that pays.

    Returns:
        the numbers of removed orders, now with those that nobody carried and that went along with one, and of touched
        vehicles.
    """
    n_tried = n_removed
    blink = EVEN_BLINK if a.spread_cost > 0 and uniform(rng) < 0.5 else BLINK  # noqa: PLR2004 - an even chance
    for i in range(n_tried):
        o = s.removed[i]
        if d.seats[o].vehicle >= 0:
            continue  # it went with another
        v, p, at, store = cheapest(a, d, o, hints, blink, rng)
        if v >= 0:
            n_touched = _touch(d, s, v, n_touched)
            put(a, d, o, v, p, at, store)
        elif hints.company[o, 0] != NOBODY:
            place, mate, leads = cheapest_pair(a, d, o, hints)
            if mate != NOBODY:
                n_touched = _touch(d, s, place[0], n_touched)
                put_pair(a, d, o, mate, leads, place)
                if mate not in s.removed[:n_removed]:
                    s.removed[n_removed] = mate
                    n_removed += 1
    return n_removed, n_touched


@compiled
def _iterate(a: Arrays, d: Draft, s: Scratch, pool: Pool, hints: Hints, rng: Words, temperature: float) -> float:
    """One round of ruin and recreate; the change of cost, 0 if it was refused and undone."""
    spread_before_s = spread_s(a, d) if a.spread_cost > 0 else 0.0
    n_taken, n_touched = _ruin(a, d, s, hints.neighbours, rng)
    n_tried = _retry(d, s, n_taken, rng)
    delta = urged = 0.0
    for i in range(n_taken, n_tried):
        o = s.removed[i]
        delta -= a.orders[o].unserved_cost
        urged -= a.orders[o].unserved_cost * s.missed[o]
    _sort(a, s, n_tried, rng)
    n_removed, n_touched = _recreate(a, d, s, hints, rng, n_tried, n_touched)
    for i in range(n_removed):
        o = s.removed[i]
        if i >= n_tried:
            delta -= a.orders[o].unserved_cost
            urged -= a.orders[o].unserved_cost * s.missed[o]
        elif d.seats[o].vehicle < 0:
            delta += a.orders[o].unserved_cost
            urged += a.orders[o].unserved_cost * s.missed[o]
    for i in range(n_touched):
        delta += _block_cost(d, s.touched[i]) - _block_cost(s.saved, s.touched[i])
    if a.spread_cost > 0:
        delta += a.spread_cost * (spread_s(a, d) - spread_before_s)
    if not delta + urged < -temperature * np.log(1.0 - uniform(rng)):
        _restore(d, s, n_touched)
        delta = 0.0
    elif delta < -CENT:
        for i in range(n_touched):
            pool_add_all(pool, a, d, s.touched[i])
    for i in range(n_touched):
        s.is_touched[s.touched[i]] = False
    return delta


@compiled
def anneal(
    a: Arrays,
    d: Draft,
    best: Draft,
    s: Scratch,
    pool: Pool,
    hints: Hints,
    rng: Words,
    iterations: int,
    hot: float,
    cold: float,
    costs: Floats,
) -> None:
    """Run ``iterations`` rounds on ``d``, the temperature falling from ``hot`` to ``cold``; keep the ``best`` draft.

    Args:
        a: the problem.
        d: the current draft, changed in place.
        best: the best draft so far, kept up to date.
        s: room to work in.
        pool: gets the trips that a round changed for the better, and all trips of a new best draft.
        hints: where to look first.
        rng: the generator's one word of state.
        iterations: how many.
        hot: temperature at the first round, in money.
        cold: temperature at the last.
        costs: ``(2,)``, cost of ``d`` (CURRENT) and of ``best`` (BEST), kept up to date.
    """
    temperature = hot
    cooling = (cold / hot) ** (1.0 / max(iterations, 1))
    fever = 1.0
    for iteration in range(iterations):
        temperature *= cooling
        if iteration % LOOK == 0:
            fever = 1.0
            for o in range(len(d.seats)):
                if d.seats[o].vehicle < 0:
                    fever = FEVER
                    s.missed[o] += URGE
        costs[CURRENT] += _iterate(a, d, s, pool, hints, rng, temperature * fever)
        if costs[CURRENT] < costs[BEST] - 1e-7:
            costs[BEST] = costs[CURRENT]
            copy_draft(d, best)
            for v in range(len(d.n_trips)):
                pool_add_all(pool, a, d, v)
