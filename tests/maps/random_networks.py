"""Small random networks: parallel streets, loops, one-ways, private streets, islands, signals."""

from itertools import pairwise

import numpy as np
from hypothesis import strategies as st

import maps
from maps.plane import Floats, Plane, step_lengths_m

PLANE = Plane(-71.25, -29.9)
_KINDS = [maps.STREET_KINDS.index(kind) for kind in ("trunk", "residential", "footway", "steps", "primary")]
_RULES = st.sampled_from(
    [maps.Street.RIDE_FORWARD, maps.Street.RIDE_BACKWARD, maps.Street(3), maps.Street(3), maps.Street(3)]
)
_EXTRAS = st.sampled_from(
    [
        maps.Street(0),
        maps.Street(0),
        maps.Street.PRIVATE,
        maps.Street.PRIVATE,
        maps.Street.SIGNAL_FORWARD,
        maps.Street.SIGNAL_BACKWARD,
        maps.Street.BICYCLE_YES,
        maps.Street.BICYCLE_NO,
        maps.Street.FOOT_NO,
    ]
)


@st.composite
def networks(draw: st.DrawFn) -> maps.StreetNetwork:
    n = draw(st.integers(2, 9))
    cells = draw(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=n, max_size=n, unique=True))
    # Jitter, so that no two paths are equally long by chance.
    jitter = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    nodes = PLANE.to_lonlat(np.array(cells) * 100.0 + jitter.uniform(-30, 30, (n, 2)))
    pairs = draw(st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), min_size=1, max_size=18))
    shapes = []
    for tail, head in pairs:
        bend = PLANE.to_lonlat(PLANE.to_xy((nodes[[tail]] + nodes[[head]]) / 2) + jitter.uniform(-60, 60, (1, 2)))
        shapes.append(np.concatenate((nodes[[tail]], bend, nodes[[head]])))
    flags = [int(draw(_RULES) | draw(_EXTRAS) | draw(_EXTRAS)) for _ in pairs]
    start = np.concatenate(([0], np.cumsum([len(shape) for shape in shapes])))
    shape = np.concatenate(shapes)
    return maps.StreetNetwork(
        name="random",
        lon=nodes[:, 0].copy(),
        lat=nodes[:, 1].copy(),
        tail=np.array([tail for tail, _ in pairs]),
        head=np.array([head for _, head in pairs]),
        length_m=np.array([step_lengths_m(shape[a:b]).sum() for a, b in pairwise(start)]),
        kind=np.array([draw(st.sampled_from(_KINDS)) for _ in pairs], dtype=np.uint8),
        flags=np.array(flags, dtype=np.uint16),
        maxspeed_kmh=np.array([draw(st.sampled_from([0, 0, 10, 50])) for _ in pairs], dtype=np.uint8),
        name_id=np.arange(len(pairs)) % 3,
        names=("", "East Street", "北街"),
        shape_start=start,
        shape=shape,
    )


@st.composite
def points(draw: st.DrawFn) -> Floats:
    """Up to eight places in and around a random network; some beside a street, some far from any."""
    count = draw(st.integers(1, 8))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    return PLANE.to_lonlat(rng.uniform(-250, 1250, (count, 2)))
