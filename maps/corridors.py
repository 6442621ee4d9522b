"""Flight corridors: the lines that flights keep to, and where they are reached."""

from collections.abc import Iterator, Sequence

import numpy as np
import shapely
from numpy.typing import ArrayLike
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from maps.plane import Floats
from maps.streets import Ints
from maps.zones import Zones, chunks, ring_points, to_local

_GRID_DEG = 1e-5  # about a metre: lines that miss each other by less were meant to meet


class Corridors:
    """Polylines joined where they meet, less what zones cover.

    Args:
        lines: Polylines as ``(k, 2)`` lon/lat. They are drawn on a grid of about a metre, so that those that were meant
            to meet do.
        zones: The zones; what they cover of a corridor is closed.
        origin: ``(2,)`` lon/lat that coordinates are counted from.

    Attributes:
        xy: ``(n, 2)`` ends of the straight pieces, in degrees from ``origin``.
        pieces: ``(s, 2)`` indices of the ends of each straight piece.

    Raises:
        PointError: If a line has fewer than two different points, one off the globe, or is wider than 500 km.
    """

    def __init__(self, lines: Sequence[ArrayLike], zones: Zones, origin: Floats) -> None:
        points = [ring_points(line, f"corridors[{i}]", 2) for i, line in enumerate(lines)]
        drawn = [shapely.LineString(to_local(each[:1], origin) + each - each[0]) for each in points]
        joined = shapely.get_parts(zones.outside(shapely.union_all(drawn, grid_size=_GRID_DEG)))
        xy, line = shapely.get_coordinates(joined[shapely.get_dimensions(joined) == 1], return_index=True)
        self.xy, node = np.unique(xy, axis=0, return_inverse=True)
        self.pieces: Ints = np.column_stack((node[:-1], node[1:]))[line[1:] == line[:-1]]
        joins = csr_array((np.ones(len(self.pieces)), self.pieces.T), shape=(len(self.xy), len(self.xy)))
        self._network: Ints = connected_components(joins, directed=False)[1][self.pieces[:, 0]]
        self._zones = zones
        self._origin = origin

    def accesses(self, xy: Floats) -> tuple[Ints, Ints, Floats]:
        """Where points reach the corridors.

        A point reaches each network of connected corridors at one place: of all places nearest to it on a straight
        piece, the nearest that can be flown to straight without crossing a zone.

        Args:
            xy: ``(p, 2)`` points.

        Returns:
            ``(k,)`` points, ``(k,)`` pieces, and ``(k,)`` shares of the piece's length where it is met.
        """
        found = [(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), np.empty(0))]
        for i, j in chunks(len(xy), max(1, len(self.pieces))):
            found += [(i + point, piece, share) for point, piece, share in self._accesses(xy[i:j])]
        point, piece, share = (np.concatenate(each) for each in zip(*found, strict=True))
        return point, piece, share

    def _accesses(self, xy: Floats) -> Iterator[tuple[Ints, Ints, Floats]]:
        start, end = self.xy[self.pieces[:, 0]], self.xy[self.pieces[:, 1]]
        # East-west degrees are shorter than north-south ones.
        scale = np.stack((np.cos(np.radians(xy[:, 1] + self._origin[1])), np.ones(len(xy))), axis=1)[:, None]
        along, out = (end - start) * scale, (xy[:, None] - start) * scale
        share = np.clip((out * along).sum(axis=2) / (along**2).sum(axis=2), 0.0, 1.0)
        away = np.hypot(*np.moveaxis(out - share[..., None] * along, 2, 0))
        for network in range(int(self._network.max(initial=-1)) + 1):
            pieces = np.flatnonzero(self._network == network)
            left = away[:, pieces]
            waiting = np.arange(len(xy))
            while len(waiting):
                best = left[waiting].argmin(axis=1)
                some = np.isfinite(left[waiting, best])
                waiting, best = waiting[some], best[some]
                piece = pieces[best]
                shares = share[waiting, piece]
                blocked = self._zones.cross(xy[waiting], start[piece] + shares[:, None] * (end - start)[piece])
                yield waiting[~blocked], piece[~blocked], shares[~blocked]
                left[waiting[blocked], best[blocked]] = np.inf
                waiting = waiting[blocked]
