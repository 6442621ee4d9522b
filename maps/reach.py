"""Which streets a profile can use at all, and which of them lie on the way to anywhere."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from maps.errors import MapError
from maps.plane import Floats
from maps.profiles import Profile
from maps.streets import Ints, Street, StreetNetwork

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Reach:
    """A network as one profile may use it.

    The *core* is the largest set of nodes that can all reach each other on public streets. Everything that can be
    reached from the core and can reach it, over private or one-way stretches as may be, is *usable*; the rest is
    islands, which must never swallow a door. A public street outside the core counts as private: it leads nowhere but
    to itself.

    Attributes:
        forward_s: ``(m,)`` moving seconds from tail to head, inf where not possible.
        backward_s: ``(m,)`` moving seconds from head to tail.
        usable: ``(m,)`` whether a door may be on the edge.
        public: ``(m,)`` whether the edge may be passed through.
        core: ``(n,)`` whether the node is in the core.
    """

    forward_s: Floats
    backward_s: Floats
    usable: Mask
    public: Mask
    core: Mask


def find_reach(network: StreetNetwork, profile: Profile) -> Reach:
    """Classify the streets of a network for a profile.

    Raises:
        MapError: If the profile cannot use any street of the network.
    """
    forward_s, backward_s = profile.edge_seconds(network)
    open_ways = np.isfinite(forward_s), np.isfinite(backward_s)
    private = network.has(Street.PRIVATE)
    everything = _components(network, open_ways)
    core = _largest(
        _components(network, (open_ways[0] & ~private, open_ways[1] & ~private)), network, open_ways, ~private
    )
    if not core.any():  # all streets are private: then the largest private piece is what there is
        core = _largest(everything, network, open_ways, np.ones_like(private))
    if not core.any():
        raise MapError(
            f"map {network.name!r} has no street that the profile {profile.name!r} may use; "
            "choose another map or profile"
        )
    inside = everything == everything[np.argmax(core)]
    usable = (open_ways[0] | open_ways[1]) & inside[network.tail] & inside[network.head]
    public = usable & ~private & core[network.tail] & core[network.head]
    return Reach(forward_s, backward_s, usable, public, core)


def _components(network: StreetNetwork, ways: tuple[Mask, Mask]) -> Ints:
    """Strongly connected component of each node over the open ways, forward and backward."""
    forward, backward = ways
    starts = np.concatenate((network.tail[forward], network.head[backward]))
    ends = np.concatenate((network.head[forward], network.tail[backward]))
    graph = csr_array((np.ones(len(starts)), (starts, ends)), shape=(len(network.lon),) * 2)
    _, labels = connected_components(graph, directed=True, connection="strong")
    return np.asarray(labels, dtype=np.int64)


def _largest(labels: Ints, network: StreetNetwork, ways: tuple[Mask, Mask], wanted: Mask) -> Mask:
    """Nodes of the component with the most street in it; none if there is no street at all."""
    inner = (ways[0] | ways[1]) & wanted & (labels[network.tail] == labels[network.head])
    if not inner.any():
        return np.zeros(len(labels), dtype=bool)
    metres = np.bincount(labels[network.tail[inner]], weights=network.length_m[inner])
    mask: Mask = labels == np.argmax(metres)
    return mask
