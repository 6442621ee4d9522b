"""Reads OpenStreetMap files with pyosmium."""

from array import array
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import osmium

from maps.errors import MapFileError
from maps.simplify import RawStreets, simplify
from maps.streets import StreetNetwork
from maps.tags import StreetTags, is_closed_barrier, read_signal, read_street


@dataclass
class _Collected:
    """Ways end to end as they come from the file."""

    refs: "array[int]" = field(default_factory=lambda: array("q"))
    x: "array[int]" = field(default_factory=lambda: array("i"))
    y: "array[int]" = field(default_factory=lambda: array("i"))
    way_start: "array[int]" = field(default_factory=lambda: array("q", [0]))
    streets: list[StreetTags] = field(default_factory=list)
    barriers: list[int] = field(default_factory=list)
    signals: dict[int, tuple[bool, bool]] = field(default_factory=dict)
    objects: int = 0
    missing_nodes: int = 0

    def add_node(self, node: osmium.osm.Node) -> None:
        tags = {tag.k: tag.v for tag in node.tags}
        if is_closed_barrier(tags):
            self.barriers.append(node.id)
        signal = read_signal(tags)
        if any(signal):
            self.signals[node.id] = signal

    def add_way(self, way: osmium.osm.Way) -> None:
        street = read_street({tag.k: tag.v for tag in way.tags})
        if street is None:
            return
        last = None
        before = len(self.refs)
        for node in way.nodes:
            location = node.location
            if not location.valid():
                self.missing_nodes += 1
            elif node.ref != last:
                last = node.ref
                self.refs.append(last)
                self.x.append(location.x)
                self.y.append(location.y)
        if len(self.refs) - before < 2:  # noqa: PLR2004 - a line needs two points
            del self.refs[before:], self.x[before:], self.y[before:]
            return
        self.way_start.append(len(self.refs))
        self.streets.append(street)


def read_osm(path: Path, name: str) -> StreetNetwork:
    """Read the streets of an OpenStreetMap file.

    Ways are split where they meet, at closed barriers and at signals, and joined again where nothing but the way
    changes; see ``maps.simplify``. A way that leaves the extract is cut where its nodes end.

    Args:
        path: ``.osm.pbf``, ``.osm``, or either compressed as pyosmium knows it. Nodes must come before ways, as they do
            in files in the usual order.
        name: Name for the network.

    Raises:
        MapFileError: If the file is missing, empty, damaged, of another kind, or has no streets.
    """
    found = _collect(path)
    if not found.streets:
        if found.missing_nodes:
            raise MapFileError(
                f"{path}: its ways refer to nodes that are not there or come later in the file; "
                "sort it (`osmium sort`) or extract it again with complete ways"
            )
        raise MapFileError(
            f"{path}: no streets among its {found.objects} tagged nodes and ways; "
            "export an area with `highway` ways, nodes included"
        )
    refs = np.frombuffer(found.refs, dtype=np.int64)
    return simplify(
        RawStreets(
            refs=refs,
            coords=np.column_stack([np.frombuffer(axis, dtype=np.int32) for axis in (found.x, found.y)]) / 1e7,
            way_start=np.frombuffer(found.way_start, dtype=np.int64),
            streets=found.streets,
            barriers=np.array(found.barriers, dtype=np.int64),
            signals=found.signals,
        ),
        name,
    )


def _collect(path: Path) -> _Collected:
    found = _Collected()
    try:
        # Only tagged nodes and ways pass the filter; the locations of all nodes are kept before it, inside the library.
        processor = (
            osmium.FileProcessor(str(path), osmium.osm.NODE | osmium.osm.WAY)
            .with_locations()
            .with_filter(osmium.filter.KeyFilter("highway", "barrier"))
        )
        for item in processor:
            found.objects += 1
            if isinstance(item, osmium.osm.Node):
                found.add_node(item)
            elif isinstance(item, osmium.osm.Way):
                found.add_way(item)
    except (RuntimeError, osmium.InvalidLocationError) as error:  # what pyosmium raises for unreadable input
        raise MapFileError(
            f"{path}: cannot be read as OpenStreetMap data ({error}); it is cut off, damaged or another kind of file, "
            "so download or export it again as .osm.pbf or .osm"
        ) from error
    return found
