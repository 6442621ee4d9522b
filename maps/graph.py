"""The search graph: public streets in the middle, private ones only at either end."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from maps.plane import Floats
from maps.profiles import Profile
from maps.reach import Reach
from maps.snap import Snaps
from maps.streets import Ints, Street, StreetNetwork
from maps.weights import pack

FORWARD, BACKWARD = 0, 1
"""Directions along an edge: from tail to head, from head to tail."""

FIRST, CORE, LAST = 0, 1, 2
"""Layers of the graph, see ``StreetGraph``."""


@dataclass(frozen=True)
class Doorways:
    """How ``k`` snapped points get onto the graph, or off it, each in up to ``w`` ways.

    Attributes:
        node: ``(k, w)`` graph node.
        weight: ``(k, w)`` weight between the point and the node, inf where there is no such way.
    """

    node: Ints
    weight: Floats


class StreetGraph:
    """Streets of one profile as a graph in which every path obeys private access.

    A street node has up to three graph nodes: for the *first* stretch (private streets before any public one), the
    *core*, and the *last* stretch. Private arcs lead first to first, first to core, core to last and last to last;
    public arcs core to core. A path may so start and end in private streets but never cut through them, and a plain
    search for the shortest path needs no penalty to obey. Only nodes on private streets have the extra copies.

    Args:
        network: The streets.
        profile: Who uses them.
        reach: ``find_reach`` of the two.
        edges: ``(e,)`` usable edges to include.

    Attributes:
        copies: ``(n, 3)`` graph node of each street node in each layer, -1 for none.
        size: Number of graph nodes.
    """

    def __init__(self, network: StreetNetwork, profile: Profile, reach: Reach, edges: Ints) -> None:
        self._network = network
        self._reach = reach
        self._moving_s = (reach.forward_s, reach.backward_s)
        signals = (network.has(Street.SIGNAL_FORWARD), network.has(Street.SIGNAL_BACKWARD))
        self._signal = tuple(np.where(signal, pack(profile.signal_delay_s, 0.0), 0.0) for signal in signals)
        self.copies, self.size = _copy_nodes(network, reach, edges)

        whole = np.ones(len(edges))
        starts, ends, weights, names = [], [], [], []
        for direction, (start, end) in enumerate(((network.tail, network.head), (network.head, network.tail))):
            weight = self.stretch(edges, whole, direction) + self._signal[direction][edges]
            for public, layer, next_layer in _LAYERED:
                u, v = self.copies[start[edges], layer], self.copies[end[edges], next_layer]
                taken = np.isfinite(weight) & (reach.public[edges] == public) & (u >= 0) & (v >= 0) & (u != v)
                starts.append(u[taken])
                ends.append(v[taken])
                weights.append(weight[taken])
                names.append(2 * edges[taken] + direction)
        u, v, weight, name = (np.concatenate(parts) for parts in (starts, ends, weights, names))
        # Sparse matrices add up parallel arcs in some of their operations; only the quickest may stay.
        order = np.lexsort((name, weight, v, u))
        u, v, weight, name = u[order], v[order], weight[order], name[order]
        best = np.ones(len(u), dtype=bool)
        best[1:] = (u[1:] != u[:-1]) | (v[1:] != v[:-1])
        self._arc = name[best]
        row = np.concatenate(([0], np.cumsum(np.bincount(u[best], minlength=self.size))))
        self._forward = csr_array((weight[best], v[best], row), shape=(self.size, self.size))
        self._reverse = csr_array(self._forward.T)

    def stretch(self, edge: Ints, share: Floats, direction: int) -> Floats:
        """Weight of moving along a share of each edge, signals not counted; no distance is free either way."""
        seconds = np.zeros(len(edge))
        np.multiply(self._moving_s[direction][edge], share, out=seconds, where=share > 0)
        return pack(seconds, self._network.length_m[edge] * share)

    def exits(self, snaps: Snaps) -> Doorways:
        """Ways from snapped points onto the graph: towards the head or the tail, signals there included."""
        tail, head = self._network.tail, self._network.head
        to_head, to_tail = 1.0 - snaps.fraction, snaps.fraction
        weights = []
        for share, direction in ((to_head, FORWARD), (to_tail, BACKWARD)):
            signal = np.where(share > 0, self._signal[direction][snaps.edge], 0.0)
            weights.append(self.stretch(snaps.edge, share, direction) + signal)
        return self._doorways(snaps, (head, tail), weights, (FIRST, CORE))

    def entries(self, snaps: Snaps) -> Doorways:
        """Ways from the graph to snapped points: from the tail or the head of their edge."""
        tail, head = self._network.tail, self._network.head
        from_tail, from_head = snaps.fraction, 1.0 - snaps.fraction
        weights = [self.stretch(snaps.edge, from_tail, FORWARD), self.stretch(snaps.edge, from_head, BACKWARD)]
        return self._doorways(snaps, (tail, head), weights, (FIRST, CORE, LAST))

    def _doorways(
        self, snaps: Snaps, ends: tuple[Ints, Ints], weights: list[Floats], layers: tuple[int, ...]
    ) -> Doorways:
        public = self._reach.public[snaps.edge]
        nodes, costs = [], []
        for end, weight in zip(ends, weights, strict=True):
            for layer in layers:
                copy = self.copies[end[snaps.edge], layer]
                there = (snaps.edge >= 0) & (copy >= 0) & (~public | (layer == CORE))
                nodes.append(np.where(there, copy, 0))
                costs.append(np.where(there, weight, np.inf))
        return Doorways(np.column_stack(nodes), np.column_stack(costs))

    def search(self, doorways: Doorways, *, reverse: bool = False, limit_s: float = np.inf) -> Floats:
        """Weights of the shortest paths from points to all graph nodes.

        Args:
            doorways: Exits of ``k`` points (or their entries, in reverse).
            reverse: Paths from the nodes to the points instead.
            limit_s: Give up beyond this.

        Returns:
            ``(k, size)`` weights, inf where there is no path.
        """
        graph, sources = self._with_points(doorways, reverse=reverse)
        found: Floats = dijkstra(graph, indices=sources, limit=limit_s)[:, : self.size]
        return found

    def paths(self, doorways: Doorways) -> tuple[Floats, NDArray[np.int32]]:
        """The shortest paths from one point to all graph nodes.

        Returns:
            ``(size,)`` weights and ``(size,)`` the node before each one; ``size`` stands for the point itself, and a
            negative number for none.
        """
        graph, sources = self._with_points(doorways, reverse=False)
        weights, before = dijkstra(graph, indices=sources, return_predecessors=True)
        return weights[0, : self.size], before[0, : self.size]

    def _with_points(self, doorways: Doorways, *, reverse: bool) -> tuple[Any, Ints]:
        """The graph with one more row for each point. Nothing leads to these rows, so no path passes through a door."""
        base = self._reverse if reverse else self._forward
        ways = np.isfinite(doorways.weight)
        rows = base.indptr[-1] + np.cumsum(ways.sum(axis=1))
        total = self.size + len(ways)
        graph = csr_array(
            (
                np.concatenate((base.data, doorways.weight[ways])),
                np.concatenate((base.indices, doorways.node[ways])),
                np.concatenate((base.indptr, rows)),
            ),
            shape=(total, total),
        )
        return graph, np.arange(self.size, total)

    def arc(self, start: int, end: int) -> tuple[int, int]:
        """Edge and direction of the arc between two neighbouring graph nodes."""
        first, last = self._forward.indptr[start : start + 2]
        name = int(self._arc[first + np.flatnonzero(self._forward.indices[first:last] == end)[0]])
        return name // 2, name % 2


# Whether the street is public, the layer an arc starts in and the layer it ends in.
_LAYERED = (
    (True, CORE, CORE),
    (False, FIRST, FIRST),
    (False, FIRST, CORE),
    (False, CORE, LAST),
    (False, LAST, LAST),
)


def _copy_nodes(network: StreetNetwork, reach: Reach, edges: Ints) -> tuple[Ints, int]:
    """Number the graph nodes: a core copy for nodes of the core, the other two for nodes on private streets."""
    n_nodes = len(network.lon)
    public, private = (
        np.bincount(np.concatenate((network.tail[some], network.head[some])), minlength=n_nodes) > 0
        for some in (edges[reach.public[edges]], edges[~reach.public[edges]])
    )
    wanted = np.zeros((n_nodes, 3), dtype=bool)
    wanted[:, CORE] = (public | private) & reach.core
    wanted[:, FIRST] = wanted[:, LAST] = private
    copies = np.full((n_nodes, 3), -1, dtype=np.int64)
    size = int(wanted.sum())
    copies[wanted] = np.arange(size)
    return copies, size
