"""The street network: what every other part of this package works on."""

import os
import uuid
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from enum import IntFlag
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import shapely
from numpy.typing import NDArray

from maps.closures import Area, closed_area
from maps.errors import MapFileError
from maps.plane import Floats

if TYPE_CHECKING:
    import networkx as nx

    from maps.profiles import Profile

Ints = NDArray[np.int64]

MAP_FORMAT = 1
"""Version of the ``.npz`` map file; a reader refuses any other."""

STREET_KINDS = (
    "motorway",
    "trunk",
    "primary",
    "secondary",
    "tertiary",
    "unclassified",
    "residential",
    "living_street",
    "service",
    "track",
    "cycleway",
    "path",
    "footway",
    "pedestrian",
    "bridleway",
    "steps",
    "busway",
)
"""Street classes by code: OpenStreetMap's ``highway`` values, links folded into the class they serve."""


class Street(IntFlag):
    """Facts about an edge, from its OpenStreetMap tags; *forward* is from tail to head."""

    RIDE_FORWARD = 1
    """One-way rules let a bicycle go from tail to head."""
    RIDE_BACKWARD = 2
    """One-way rules let a bicycle go from head to tail."""
    PRIVATE = 4
    """Only for those who start or end here: private or closed access, or touching a closed barrier."""
    BICYCLE_YES = 8
    """Bicycles are expressly allowed."""
    BICYCLE_DISMOUNT = 16
    """Bicycles must be pushed."""
    BICYCLE_NO = 32
    """Bicycles are forbidden, pushed or not."""
    FOOT_NO = 64
    """Nobody may walk here, so nothing may be pushed here."""
    SIGNAL_FORWARD = 128
    """A traffic signal stands at the head, for those who arrive going forward."""
    SIGNAL_BACKWARD = 256
    """A traffic signal stands at the tail, for those who arrive going backward."""


@dataclass(frozen=True)
class MapInfo:
    """What a map holds, for people.

    Attributes:
        name: The map's name, its file's stem.
        nodes: Junctions, dead ends and signals.
        edges: Street pieces between them.
        streets_km: Length of all pieces, each counted once.
        kinds_km: The same by street class, longest first.
        signals: Nodes with a traffic signal.
        street_names: Different names.
        private_km: Length open only to those who start or end there.
        bounds: West, south, east, north in degrees.
    """

    name: str
    nodes: int
    edges: int
    streets_km: float
    kinds_km: dict[str, float]
    signals: int
    street_names: int
    private_km: float
    bounds: tuple[float, float, float, float]


@dataclass(frozen=True, eq=False)
class StreetNetwork:
    """Streets as arrays: ``n`` nodes, ``m`` edges, each edge one piece of street with its shape.

    An edge stands for both directions; which of them may be ridden is in its flags, and how fast in a ``Profile``. The
    arrays cannot be written to.

    Attributes:
        name: The map's name.
        lon: ``(n,)`` degrees.
        lat: ``(n,)`` degrees.
        tail: ``(m,)`` node where the edge's shape starts.
        head: ``(m,)`` node where it ends; equal to ``tail`` for a loop.
        length_m: ``(m,)`` metres along the shape.
        kind: ``(m,)`` index into ``STREET_KINDS``.
        flags: ``(m,)`` bits of ``Street``.
        maxspeed_kmh: ``(m,)`` posted limit, 0 where none is known.
        name_id: ``(m,)`` index into ``names``.
        names: Street names in UTF-8, as mapped; the first is the empty one.
        shape_start: ``(m + 1,)`` where each edge's points start in ``shape``.
        shape: ``(p, 2)`` lon/lat of all edges' points, ends included, in degrees.
    """

    name: str
    lon: Floats
    lat: Floats
    tail: Ints
    head: Ints
    length_m: Floats
    kind: NDArray[np.uint8]
    flags: NDArray[np.uint16]
    maxspeed_kmh: NDArray[np.uint8]
    name_id: Ints
    names: tuple[str, ...]
    shape_start: Ints
    shape: Floats

    def __post_init__(self) -> None:
        for _, array in self._arrays():
            array.setflags(write=False)

    def _arrays(self) -> Iterator[tuple[str, NDArray[Any]]]:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, np.ndarray):
                yield field.name, value

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east and north of all shapes, in degrees."""
        west, south = self.shape.min(axis=0)
        east, north = self.shape.max(axis=0)
        return float(west), float(south), float(east), float(north)

    def has(self, flag: Street) -> NDArray[np.bool_]:
        """``(m,)`` whether an edge has a flag (any of them, for a combination)."""
        found: NDArray[np.bool_] = (self.flags & np.uint16(flag)) != 0
        return found

    def edge_shape(self, edge: int) -> Floats:
        """``(k, 2)`` lon/lat of one edge from tail to head."""
        return self.shape[self.shape_start[edge] : self.shape_start[edge + 1]]

    def lines(self, edges: Ints, xy: Floats | None = None) -> NDArray[Any]:
        """Shapely lines of some edges.

        Args:
            edges: ``(e,)`` edge indices.
            xy: ``(p, 2)`` other coordinates for all points of ``shape``, say in metres.

        Returns:
            ``(e,)`` shapely LineStrings.
        """
        points = self.shape if xy is None else xy
        counts = self.shape_start[edges + 1] - self.shape_start[edges]
        owner = np.repeat(np.arange(len(edges)), counts)
        first = np.repeat(self.shape_start[edges] - (np.cumsum(counts) - counts), counts)
        lines: NDArray[Any] = shapely.linestrings(points[first + np.arange(len(owner))], indices=owner)
        return lines

    def without(self, area: Area) -> Self:
        """The same streets with those closed that touch an area: an accident, a flood, a market.

        A piece of street is closed from junction to junction, for riding and for pushing; all else, indices of nodes
        and edges included, stays as it is. A door on a closed piece is walked to from the nearest open street. An area
        that touches no street closes none. Travel times of before are not those of the new network: measure again.

        Args:
            area: A shapely Polygon or MultiPolygon in lon/lat, or one ring as ``(k, 2)`` lon/lat, closed or not.

        Raises:
            PointError: If the area has a point off the globe, or is no area.
        """
        closed = shapely.intersects(closed_area(area), self.lines(np.arange(len(self.tail))))
        barred = np.uint16(Street.BICYCLE_NO | Street.FOOT_NO)
        return replace(self, flags=np.where(closed, self.flags | barred, self.flags))

    def info(self) -> MapInfo:
        """Counts and lengths of what the map holds."""
        km = np.bincount(self.kind, weights=self.length_m, minlength=len(STREET_KINDS)) / 1000
        ends = (self.head[self.has(Street.SIGNAL_FORWARD)], self.tail[self.has(Street.SIGNAL_BACKWARD)])
        return MapInfo(
            name=self.name,
            nodes=len(self.lon),
            edges=len(self.tail),
            streets_km=round(float(km.sum()), 1),
            kinds_km={STREET_KINDS[k]: round(float(km[k]), 1) for k in np.argsort(-km, kind="stable") if km[k] > 0},
            signals=len(np.unique(np.concatenate(ends))),
            street_names=len(self.names) - 1,
            private_km=round(float(self.length_m[self.has(Street.PRIVATE)].sum()) / 1000, 1),
            bounds=self.bounds,
        )

    def to_networkx(self, profile: "Profile") -> "nx.MultiDiGraph[int]":
        """The streets one profile may use, as a networkx graph.

        Nodes have ``x`` and ``y`` (lon, lat). Arcs have ``seconds`` (signal at their end included), ``metres``,
        ``edge`` (index here), ``private`` and ``name``. It is the plain statement of what the fast engines compute;
        private arcs are there too, and who may use them when is the caller's matter.
        """
        import networkx as nx  # noqa: PLC0415 - a third of a second that only this needs

        graph: nx.MultiDiGraph[int] = nx.MultiDiGraph(name=self.name)
        graph.add_nodes_from(
            (i, {"x": x, "y": y}) for i, (x, y) in enumerate(zip(self.lon.tolist(), self.lat.tolist(), strict=True))
        )
        ways = zip(profile.edge_seconds(self), ((self.tail, self.head), (self.head, self.tail)), strict=True)
        signals = (self.has(Street.SIGNAL_FORWARD), self.has(Street.SIGNAL_BACKWARD))
        private = self.has(Street.PRIVATE)
        for (seconds, (start, end)), signal in zip(ways, signals, strict=True):
            for edge in np.flatnonzero(np.isfinite(seconds)).tolist():
                graph.add_edge(
                    int(start[edge]),
                    int(end[edge]),
                    seconds=float(seconds[edge]) + (profile.signal_delay_s if signal[edge] else 0.0),
                    metres=float(self.length_m[edge]),
                    edge=edge,
                    private=bool(private[edge]),
                    name=self.names[self.name_id[edge]],
                )
        return graph

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the network to a map file (``.npz``) that ``read_map`` reads back; whole or not at all.

        Raises:
            OSError: If the folder is missing or cannot be written to.
        """
        target = Path(path)
        names = np.frombuffer("\0".join(self.names).encode(), dtype=np.uint8)
        temporary = target.with_name(f".{target.name}.{uuid.uuid4().hex}.part")
        try:
            with temporary.open("xb") as file:
                np.savez(
                    file,
                    allow_pickle=False,
                    map_format=np.array(MAP_FORMAT),
                    street_names=names,
                    **dict(self._arrays()),
                )
            temporary.replace(target)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise

    @classmethod
    def load(cls, path: str | os.PathLike[str], name: str) -> Self:
        """Read a map file written by ``save``.

        Args:
            path: The ``.npz`` file.
            name: The name the network shall carry.

        Raises:
            MapFileError: If the file is not a map file of this version.
        """
        try:
            # Opened here, because numpy leaves a file open that turns out to be no archive.
            with Path(path).open("rb") as file, np.load(file, allow_pickle=False) as stored:
                version = int(stored["map_format"])
                if version != MAP_FORMAT:
                    raise MapFileError(
                        f"{path}: map file of format {version}, this version of Swiftleaf reads format {MAP_FORMAT}; "
                        "build it again from its OpenStreetMap file"
                    )
                names = tuple(stored["street_names"].tobytes().decode().split("\0"))
                wanted = [field.name for field in fields(cls) if field.name not in {"name", "names"}]
                network = cls(name=name, names=names, **{key: stored[key] for key in wanted})
        except (KeyError, ValueError, EOFError, TypeError, zipfile.BadZipFile) as error:
            # What numpy says of it is left to the traceback: it advises options that nobody here can set.
            why = error.args[0] if isinstance(error, KeyError) else "it is damaged, or something else altogether"
            raise MapFileError(
                f"{path}: not a complete Swiftleaf map file: {why}; build it again from its OpenStreetMap file"
            ) from error
        if not network._is_consistent():
            raise MapFileError(f"{path}: its arrays contradict each other; build it again from its OpenStreetMap file")
        return network

    def _is_consistent(self) -> bool:
        """Whether all arrays are of one size and point only at what exists."""
        n, m, p = len(self.lon), len(self.tail), len(self.shape)
        of_edges = (self.head, self.length_m, self.kind, self.flags, self.maxspeed_kmh, self.name_id)
        sizes = {len(array) for array in of_edges}
        if m == 0 or sizes != {m} or len(self.lat) != n or self.shape_start.shape != (m + 1,):
            return False
        limits = ((self.tail, n), (self.head, n), (self.name_id, len(self.names)), (self.kind, len(STREET_KINDS)))
        inside = all(int(array.min()) >= 0 and int(array.max()) < limit for array, limit in limits)
        steps = np.diff(self.shape_start)
        return bool(inside and self.shape_start[0] == 0 and self.shape_start[-1] == p and (steps > 1).all())
