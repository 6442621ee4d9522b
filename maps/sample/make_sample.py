"""Turns AequilibraE's Coquimbo example into an ordinary OpenStreetMap file and a demand file.

    python maps/sample/make_sample.py aequilibrae-1.7.2-*.whl

The argument is the wheel (``pip download --no-deps aequilibrae==1.7.2``) or the ``coquimbo.zip`` inside it. The files
``coquimbo.osm.pbf`` and ``coquimbo_people.geojson`` are written beside this script. Only the standard library and
pyosmium are needed: the SpatiaLite project is read as the SQLite file it is.
"""

import argparse
import io
import json
import sqlite3
import struct
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import osmium

Point = tuple[float, float]

HERE = Path(__file__).parent
INNER = "aequilibrae/reference_files/coquimbo.zip"
PROJECT = "project_database.sqlite"
NAME = "coquimbo"
# AequilibraE's direction of a link: 1 is from its first node to its last only, -1 the reverse, 0 both.
ONEWAY = {1: "yes", -1: "-1"}


def main(arguments: list[str]) -> None:
    """Read the project and write both files."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("source", type=Path, help="the AequilibraE wheel, or the coquimbo.zip inside it")
    parser.add_argument("--out", type=Path, default=HERE, help="folder to write to (default: beside this script)")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / PROJECT
        database.write_bytes(project_database(options.source))
        connection = sqlite3.connect(database)
        streets, nodes = write_streets(connection, options.out / f"{NAME}.osm.pbf")
        zones, people = write_people(connection, options.out / f"{NAME}_people.geojson")
        connection.close()
    print(f"{streets} ways, {nodes} nodes; {zones} zones with {people:.0f} people")


def project_database(source: Path) -> bytes:
    """The project's SQLite file out of the wheel or out of its inner archive."""
    archive = source.read_bytes()
    if source.suffix == ".whl":
        with zipfile.ZipFile(io.BytesIO(archive)) as wheel:
            archive = wheel.read(INNER)
    with zipfile.ZipFile(io.BytesIO(archive)) as project:
        return project.read(PROJECT)


def write_streets(connection: sqlite3.Connection, path: Path) -> tuple[int, int]:
    """Write all links but the centroid connectors, which are no streets, as OpenStreetMap ways.

    Junctions keep their OpenStreetMap node ids, so ways that met still meet. Points between junctions lost their ids on
    the way through AequilibraE and get new ones above all others.

    Returns:
        How many ways and nodes were written.
    """
    nodes: dict[int, Point] = {}
    osm_id: dict[int, int] = {}
    for node_id, identity, blob in connection.execute(
        "SELECT node_id, osm_id, geometry FROM nodes WHERE NOT is_centroid"
    ):
        osm_id[node_id] = identity
        nodes[identity] = point(blob)
    fresh = max(nodes) + 1
    ways: list[tuple[int, list[int], dict[str, str]]] = []
    links = connection.execute(
        "SELECT link_id, a_node, b_node, direction, link_type, name, speed_ab, speed_ba, geometry FROM links "
        "WHERE link_type <> 'centroid_connector' ORDER BY link_id"
    )
    for link_id, a_node, b_node, direction, kind, name, speed_ab, speed_ba, blob in links:
        inner = line(blob)[1:-1]
        refs = [osm_id[a_node], *range(fresh, fresh + len(inner)), osm_id[b_node]]
        nodes.update(zip(refs[1:-1], inner, strict=True))
        fresh += len(inner)
        tags = {"highway": kind, "name": name, "oneway": ONEWAY.get(direction)}
        tags |= speed_tags(direction, speed_ab, speed_ba)
        ways.append((link_id, refs, {key: value for key, value in tags.items() if value}))

    header = osmium.io.Header()
    header.set("generator", "swiftleaf make_sample.py")
    with osmium.SimpleWriter(str(path), header=header, overwrite=True) as writer:
        for identity in sorted(nodes):
            writer.add_node(osmium.osm.mutable.Node(id=identity, location=nodes[identity], version=1))
        for identity, refs, written in ways:
            writer.add_way(osmium.osm.mutable.Way(id=identity, nodes=refs, tags=written, version=1))
    return len(ways), len(nodes)


def speed_tags(direction: int, speed_ab: float | None, speed_ba: float | None) -> dict[str, str | None]:
    """The posted limit of the directions that exist; AequilibraE may keep a limit for one that does not."""
    ab, ba = (f"{speed:g}" if speed else None for speed in (speed_ab, speed_ba))
    if direction == 1:
        return {"maxspeed": ab}
    if direction == -1:
        return {"maxspeed": ba}
    if ab == ba:
        return {"maxspeed": ab}
    return {"maxspeed:forward": ab, "maxspeed:backward": ba}


def write_people(connection: sqlite3.Connection, path: Path) -> tuple[int, float]:
    """Write the zones as GeoJSON with ``population`` and ``employment`` (null: the project has no figures for it).

    Returns:
        How many zones and how many people were written.
    """
    features = []
    total = 0.0
    rows = connection.execute("SELECT zone_id, population, employment, geometry FROM zones ORDER BY zone_id")
    for zone_id, population, employment, blob in rows:
        total += population
        polygons = [[[[round(x, 6), round(y, 6)] for x, y in ring] for ring in rings] for rings in multipolygon(blob)]
        features.append(
            {
                "type": "Feature",
                "id": zone_id,
                "properties": {"zone": zone_id, "population": round(population, 2), "employment": employment},
                "geometry": {"type": "MultiPolygon", "coordinates": polygons},
            }
        )
    collection = {"type": "FeatureCollection", "name": NAME, "features": features}
    path.write_text(json.dumps(collection, separators=(",", ":")) + "\n", encoding="utf-8")
    return len(features), total


# A SpatiaLite geometry is 0x00, a byte for the byte order, the SRID, the bounding box, 0x7C, the class and the body,
# all numbers in that byte order (SpatiaLite's "BLOB-Geometry" format).
_BODY = 39
_POINT, _LINE, _POLYGON, _MULTIPOLYGON = 1, 2, 3, 6


def _body(blob: bytes, wanted: int) -> tuple[str, int]:
    order = "<" if blob[1] == 1 else ">"
    (kind,) = struct.unpack_from(f"{order}i", blob, _BODY)
    if kind != wanted:
        raise SystemExit(f"geometry class {kind} where {wanted} was expected: not the project this script knows")
    return order, _BODY + 4


def _points(blob: bytes, order: str, at: int) -> tuple[list[Point], int]:
    (count,) = struct.unpack_from(f"{order}i", blob, at)
    numbers = struct.unpack_from(f"{order}{2 * count}d", blob, at + 4)
    return list(zip(numbers[::2], numbers[1::2], strict=True)), at + 4 + 16 * count


def point(blob: bytes) -> Point:
    """The lon/lat of a SpatiaLite point."""
    order, at = _body(blob, _POINT)
    x, y = struct.unpack_from(f"{order}2d", blob, at)
    return x, y


def line(blob: bytes) -> list[Point]:
    """The lon/lat points of a SpatiaLite line."""
    order, at = _body(blob, _LINE)
    return _points(blob, order, at)[0]


def multipolygon(blob: bytes) -> Iterator[list[list[Point]]]:
    """The polygons of a SpatiaLite multipolygon, each a list of rings."""
    order, at = _body(blob, _MULTIPOLYGON)
    (polygons,) = struct.unpack_from(f"{order}i", blob, at)
    at += 4
    for _ in range(polygons):
        _, rings = struct.unpack_from(f"{order}2i", blob, at + 1)  # after the entity mark 0x69
        at += 9
        polygon = []
        for _ in range(rings):
            ring, at = _points(blob, order, at)
            polygon.append(ring)
        yield polygon


if __name__ == "__main__":
    main(sys.argv[1:])
