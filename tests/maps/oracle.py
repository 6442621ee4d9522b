"""Travel times the slow and plain way: networkx, one stretch after another, no layers and no packed weights."""

from typing import Any

import networkx as nx
import numpy as np

import maps
from maps.plane import Floats
from maps.snap import Snaps

Graph = Any


class Oracle:
    def __init__(self, network: maps.StreetNetwork, profile: maps.Profile) -> None:
        self.network = network
        self.profile = profile
        whole = network.to_networkx(profile)
        public = nx.MultiDiGraph((u, v, d) for u, v, d in whole.edges(data=True) if not d["private"])
        core = self._most_street(public) or self._most_street(whole)
        self.core = core
        inside = next(set(part) for part in nx.strongly_connected_components(whole) if core <= set(part))
        self.usable: set[int] = set()
        self.through: set[int] = set()
        self.ends, self.middle = nx.MultiDiGraph(), nx.MultiDiGraph()
        for u, v, data in whole.edges(data=True):
            if {u, v} <= inside:
                self.usable.add(data["edge"])
                if {u, v} <= core and not data["private"]:
                    self.through.add(data["edge"])
                (self.middle if data["edge"] in self.through else self.ends).add_edge(u, v, **data)

    @staticmethod
    def _most_street(graph: Graph) -> set[int]:
        metres: dict[frozenset[int], float] = {}
        for part in nx.strongly_connected_components(graph):
            inner = {d["edge"]: d["metres"] for _, _, d in graph.subgraph(part).edges(data=True)}
            metres[frozenset(part)] = sum(inner.values())
        best = max(metres, key=lambda part: metres[part], default=frozenset())
        return set(best) if metres.get(best) else set()

    def seconds(self, snaps: Snaps) -> Floats:
        walks = snaps.walk_m * 3.6 / self.profile.walk_kmh
        matrix = np.full((len(snaps), len(snaps)), np.inf)
        for i in range(len(snaps)):
            if snaps.edge[i] < 0:
                continue
            anywhere, public = self._spread(snaps, i)
            for j in range(len(snaps)):
                if snaps.edge[j] >= 0:
                    reached = public if int(snaps.edge[j]) in self.through else anywhere
                    ride = min(
                        (reached.get(node, np.inf) + s for node, s in self._way(snaps, j, out=False)), default=np.inf
                    )
                    matrix[i, j] = walks[i] + min(ride, self._direct(snaps, i, j)) + walks[j]
        np.fill_diagonal(matrix, 0.0)
        return matrix

    def _spread(self, snaps: Snaps, i: int) -> tuple[dict[int, float], dict[int, float]]:
        """Seconds to all nodes, and to those of the core while still on public streets."""
        start = dict[int, float]()
        for node, seconds in self._way(snaps, i, out=True):
            start[node] = min(seconds, start.get(node, np.inf))
        first = start if int(snaps.edge[i]) in self.through else self._dijkstra(self.ends, start)
        public = self._dijkstra(self.middle, {node: s for node, s in first.items() if node in self.core})
        both = {node: min(first.get(node, np.inf), public.get(node, np.inf)) for node in first | public}
        if int(snaps.edge[i]) in self.through:
            both = public
        return self._dijkstra(self.ends, both), public

    @staticmethod
    def _dijkstra(graph: Graph, start: dict[int, float]) -> dict[int, float]:
        extended = graph.copy()
        extended.add_edges_from(("door", node, {"seconds": seconds}) for node, seconds in start.items())
        extended.add_node("door")
        found: dict[Any, float] = nx.single_source_dijkstra_path_length(extended, "door", weight="seconds")
        del found["door"]
        return found

    def _parts(self, edge: int) -> tuple[float, float, float, float]:
        """Moving seconds forward and backward, and the waits at head and tail."""
        forward, backward = (float(seconds[edge]) for seconds in self.profile.edge_seconds(self.network))
        flags, wait = maps.Street(int(self.network.flags[edge])), self.profile.signal_delay_s
        return (
            forward,
            backward,
            wait if maps.Street.SIGNAL_FORWARD in flags else 0.0,
            wait if maps.Street.SIGNAL_BACKWARD in flags else 0.0,
        )

    def _way(self, snaps: Snaps, i: int, *, out: bool) -> list[tuple[int, float]]:
        edge, at = int(snaps.edge[i]), float(snaps.fraction[i])
        tail, head = int(self.network.tail[edge]), int(self.network.head[edge])
        forward, backward, wait_head, wait_tail = self._parts(edge)
        if out:
            return [
                (head, 0.0 if at == 1 else forward * (1 - at) + wait_head),
                (tail, 0.0 if at == 0 else backward * at + wait_tail),
            ]
        return [(tail, 0.0 if at == 0 else forward * at), (head, 0.0 if at == 1 else backward * (1 - at))]

    def _direct(self, snaps: Snaps, i: int, j: int) -> float:
        if snaps.edge[i] != snaps.edge[j]:
            return np.inf
        forward, backward, _, _ = self._parts(int(snaps.edge[i]))
        step = float(snaps.fraction[j] - snaps.fraction[i])
        return 0.0 if step == 0 else step * forward if step > 0 else -step * backward
