"""A pool of trips: what a search has found worth driving, for whoever recombines trips into plans."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dispatch.engines.compiled import compiled
from dispatch.engines.kernel import Draft, Floats, Ints, Words, before
from dispatch.problem import COST, Arrays

PROBES = 16
"""So many slots in a row are looked at for a trip; if others have them all, it takes the first."""


class Pool(NamedTuple):
    """A hash table of trips by order set, store and class of vehicle, with the cheapest sequence of each.

    ``m`` slots, of trips of at most ``k`` orders. Two different sets share a key with odds of one in 2^64.
    """

    key: Words  # (m,) 0 where a slot is empty
    stops: NDArray[np.int32]  # (m, k) orders in the sequence of the stops
    n_stops: Ints  # (m,)
    store: Ints  # (m,)
    kind: Ints  # (m,) class of the vehicle that made it
    leaves_s: Floats  # (m,) when it left the store then
    cost: Floats  # (m,) what it cost then, lateness included and the approach not


def empty_pool(size: int, k: int) -> Pool:
    """A pool for about ``size`` trips of up to ``k`` orders; one of size 0 keeps nothing and costs nothing."""
    m = 1 << (size - 1).bit_length() if size > 0 else 0
    return Pool(
        key=np.zeros(m, dtype=np.uint64),
        stops=np.zeros((m, k), dtype=np.int32),
        n_stops=np.zeros(m, dtype=np.int64),
        store=np.zeros(m, dtype=np.int64),
        kind=np.zeros(m, dtype=np.int64),
        leaves_s=np.zeros(m),
        cost=np.zeros(m),
    )


@compiled
def _mix(x: np.uint64) -> np.uint64:
    """The output function of SplitMix64 (Steele, Lea and Flood 2014): every bit depends on every bit."""
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


@compiled
def pool_add(pool: Pool, a: Arrays, d: Draft, v: int, p: int) -> None:
    """Keep trip ``p`` of vehicle ``v``, unless the same orders are there already in a sequence as cheap."""
    n_stops, store, kind = d.trips[v, p].n_stops, d.trips[v, p].store, a.vehicles[v].kind
    m = len(pool.key)
    if m == 0 or n_stops > pool.stops.shape[1]:
        return
    key = np.uint64(0)
    for i in range(n_stops):  # a sum, so that the sequence does not matter
        key += _mix(np.uint64(d.stops[v, p, i] + 1) * np.uint64(0x9E3779B97F4A7C15))
    key = _mix(key + np.uint64(store) * np.uint64(0xD1342543DE82EF95) + np.uint64(kind) * np.uint64(0xA0761D6478BD642F))
    key |= np.uint64(1)  # never 0
    cost = d.trips[v, p].cost
    origin = before(a, d, v, p)[0]
    if origin != store:
        cost -= a.legs[kind, origin, store, COST]
    first = slot = np.int64((key >> np.uint64(1)) & np.uint64(m - 1))
    for _ in range(PROBES):
        if pool.key[slot] == 0 or pool.key[slot] == key:
            break
        slot = (slot + 1) & (m - 1)
    if pool.key[slot] == key:
        if pool.cost[slot] <= cost:
            return
    elif pool.key[slot] != 0:
        slot = first
    pool.key[slot] = key
    for i in range(n_stops):
        pool.stops[slot, i] = d.stops[v, p, i]
    pool.n_stops[slot] = n_stops
    pool.store[slot] = store
    pool.kind[slot] = kind
    pool.leaves_s[slot] = d.trips[v, p].leaves_s
    pool.cost[slot] = cost


@compiled
def pool_add_all(pool: Pool, a: Arrays, d: Draft, v: int) -> None:
    """Keep every trip of vehicle ``v``."""
    for p in range(d.n_trips[v]):
        pool_add(pool, a, d, v, p)
