"""Turns ways into edges: split at junctions, joined where nothing changes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maps.plane import Floats, step_lengths_m
from maps.streets import Ints, Street, StreetNetwork
from maps.tags import StreetTags

_TURNED = (
    (Street.RIDE_FORWARD, Street.RIDE_BACKWARD),
    (Street.SIGNAL_FORWARD, Street.SIGNAL_BACKWARD),
)
_SIGNALS = Street.SIGNAL_FORWARD | Street.SIGNAL_BACKWARD
_DEGREE_TWO = 2


@dataclass(frozen=True)
class RawStreets:
    """Ways as drawn, end to end in one list of ``p`` points.

    Attributes:
        refs: ``(p,)`` node ids.
        coords: ``(p, 2)`` lon/lat.
        way_start: ``(w + 1,)`` where each way starts.
        streets: ``w`` readings of the ways' tags.
        barriers: Ids of nodes that are closed barriers.
        signals: Traffic signals by node id: whether for those going forward along the way, and backward.
    """

    refs: Ints
    coords: Floats
    way_start: Ints
    streets: list[StreetTags]
    barriers: Ints
    signals: dict[int, tuple[bool, bool]]


@dataclass(frozen=True)
class _Pieces:
    """Ways cut at every node that matters; piece ``i`` spans the points ``first[i]`` to ``last[i]``, both included."""

    first: Ints
    last: Ints
    tail: Ints
    head: Ints
    way: Ints
    flags: NDArray[np.uint16]


def simplify(raw: RawStreets, name: str) -> StreetNetwork:
    """Build the network: edges from junction to junction, with their shapes.

    Ways are cut where a node is used twice (by two ways, or twice by one), at their ends, at closed barriers and at
    signals. Then pieces that meet at a node of exactly two, with nothing different between them (class, name, limit,
    rules), become one.
    """
    ids, node = np.unique(raw.refs, return_inverse=True)
    signal_ids = np.array(list(raw.signals), dtype=np.int64)
    signal = np.isin(ids, signal_ids)
    barrier = np.isin(ids, raw.barriers)
    pieces = _cut(raw, ids, node, signal, barrier)
    street_names = tuple(dict.fromkeys(["", *(street.name for street in raw.streets)]))
    name_code = {text: i for i, text in enumerate(street_names)}
    kind, limit, name_id = (
        np.array(values, dtype=np.int64)[pieces.way]
        for values in (
            [street.kind for street in raw.streets],
            [street.maxspeed_kmh for street in raw.streets],
            [name_code[street.name] for street in raw.streets],
        )
    )
    sort = np.column_stack((kind, limit, name_id))
    chains = _chains(pieces, sort, keep=signal, n_nodes=len(ids))

    shapes: list[Floats] = []
    tails, heads, leads, flags = [], [], [], []
    for chain in chains:
        lines: list[Floats] = []
        for piece, reverse in chain:
            line = raw.coords[pieces.first[piece] : pieces.last[piece] + 1]
            line = line[::-1] if reverse else line
            lines.append(line if not lines else line[1:])
        shapes.append(np.concatenate(lines))
        start, reverse_start = chain[0]
        end, reverse_end = chain[-1]
        tails.append(pieces.head[start] if reverse_start else pieces.tail[start])
        heads.append(pieces.tail[end] if reverse_end else pieces.head[end])
        leads.append(start)
        first_flags, last_flags = (_oriented(int(pieces.flags[p]), reverse=r) for p, r in (chain[0], chain[-1]))
        flags.append(
            (first_flags & ~_SIGNALS) | (first_flags & Street.SIGNAL_BACKWARD) | (last_flags & Street.SIGNAL_FORWARD)
        )

    used, ends = np.unique(np.array([tails, heads], dtype=np.int64), return_inverse=True)
    tail, head = ends.reshape(2, -1)
    points_of_node = np.empty((len(ids), 2))
    points_of_node[node] = raw.coords
    counts = np.array([len(shape) for shape in shapes], dtype=np.int64)
    shape_start = np.concatenate(([0], np.cumsum(counts)))
    shape = np.concatenate(shapes)
    return StreetNetwork(
        name=name,
        lon=points_of_node[used, 0].copy(),
        lat=points_of_node[used, 1].copy(),
        tail=tail,
        head=head,
        length_m=_lengths_m(shape, shape_start),
        kind=kind[leads].astype(np.uint8),
        flags=np.array(flags, dtype=np.uint16),
        maxspeed_kmh=limit[leads].astype(np.uint8),
        name_id=name_id[leads],
        names=street_names,
        shape_start=shape_start,
        shape=shape,
    )


def _cut(raw: RawStreets, ids: Ints, node: Ints, signal: NDArray[np.bool_], barrier: NDArray[np.bool_]) -> _Pieces:
    uses = np.bincount(node, minlength=len(ids))
    is_cut = ((uses > 1) | signal | barrier)[node]
    starts, ends = raw.way_start[:-1], raw.way_start[1:] - 1
    is_cut[starts] = is_cut[ends] = True
    cuts = np.flatnonzero(is_cut)
    way_of_cut = np.searchsorted(raw.way_start, cuts, side="right") - 1
    same_way = way_of_cut[1:] == way_of_cut[:-1]
    first, last, way = cuts[:-1][same_way], cuts[1:][same_way], way_of_cut[:-1][same_way]
    tail, head = node[first], node[last]

    flags = np.array([int(street.flags) for street in raw.streets], dtype=np.uint16)[way]
    flags[barrier[tail] | barrier[head]] |= np.uint16(Street.PRIVATE)
    # "Forward" on a signal means along its way, which says nothing where several ways meet: there it stands for
    # everyone.
    meets = uses > 1
    for_forward = np.zeros(len(ids), dtype=bool)
    for_backward = np.zeros(len(ids), dtype=bool)
    for i in np.flatnonzero(signal).tolist():
        for_forward[i], for_backward[i] = (True, True) if meets[i] else raw.signals[int(ids[i])]
    flags[for_forward[head]] |= np.uint16(Street.SIGNAL_FORWARD)
    flags[for_backward[tail]] |= np.uint16(Street.SIGNAL_BACKWARD)
    return _Pieces(first, last, tail, head, way, flags)


def _oriented(flags: int, *, reverse: bool) -> int:
    """Flags of a piece when it is walked the other way round."""
    if not reverse:
        return flags
    turned = flags
    for one, other in _TURNED:
        turned &= ~(one | other)
        turned |= other if flags & one else 0
        turned |= one if flags & other else 0
    return int(turned)


def _chains(pieces: _Pieces, sort: Ints, *, keep: NDArray[np.bool_], n_nodes: int) -> list[list[tuple[int, bool]]]:
    """Group pieces into edges: lists of (piece, walked from head to tail)."""
    tail, head = pieces.tail, pieces.head
    degree = np.bincount(tail, minlength=n_nodes) + np.bincount(head, minlength=n_nodes)
    through = (degree == _DEGREE_TWO) & ~keep
    # partner[2 * i] is the piece end that continues the tail of piece i, partner[2 * i + 1] its head; -1 is none.
    partner = np.full(2 * len(tail), -1, dtype=np.int64)
    ends = np.column_stack((tail, head)).ravel()
    at = np.argsort(ends, kind="stable")
    at = at[through[ends[at]]].reshape(-1, 2)
    one, other = at[:, 0], at[:, 1]
    same = (one // 2 != other // 2) & (sort[one // 2] == sort[other // 2]).all(axis=1)
    rules = pieces.flags & np.uint16(~_SIGNALS & 0xFFFF)
    turned = np.array([_oriented(int(f), reverse=True) for f in rules], dtype=np.uint16)
    # Ends of the same sort (tail to tail, head to head) mean that one of the two pieces is drawn the other way round.
    opposed = one % 2 == other % 2
    same &= rules[one // 2] == np.where(opposed, turned[other // 2], rules[other // 2])
    partner[one[same]] = other[same]
    partner[other[same]] = one[same]

    follow = partner.tolist()
    done = [False] * len(tail)
    chains: list[list[tuple[int, bool]]] = []
    for seed in range(len(done)):
        if done[seed]:
            continue
        # Back to the start of the chain first; a ring without any junction starts wherever it was met.
        piece, reverse = seed, False
        while (before := follow[2 * piece + reverse]) >= 0:
            piece, reverse = before // 2, before % 2 == 0
            if piece == seed:
                break
        chain = []
        while not done[piece]:
            done[piece] = True
            chain.append((piece, reverse))
            after = follow[2 * piece + (not reverse)]
            if after < 0:
                break
            piece, reverse = after // 2, after % 2 == 1
        chains.append(chain)
    return chains


def _lengths_m(shape: Floats, shape_start: Ints) -> Floats:
    steps = np.append(step_lengths_m(shape), 0.0)
    steps[shape_start[1:-1] - 1] = 0.0  # from the end of one edge to the start of the next is no street
    return np.add.reduceat(steps, shape_start[:-1])
