import importlib.util
import json
import sqlite3
import struct
import zipfile
from pathlib import Path
from types import ModuleType

import networkx as nx
import numpy as np
import pytest

import maps
from maps.plane import Floats, Plane, step_lengths_m
from tests.maps.oracle import Oracle

SAMPLE = Path(maps.__file__).parent / "sample"


def disk(rng: np.random.Generator, n: int, radius_m: float) -> Floats:
    angle, radius = rng.uniform(0, 2 * np.pi, n), radius_m * np.sqrt(rng.uniform(0, 1, n))
    return Plane(*maps.SAMPLE_STORE).to_lonlat(np.column_stack((radius * np.cos(angle), radius * np.sin(angle))))


def test_the_city_is_all_there() -> None:
    info = maps.bundled_map().info()
    assert info.name == "coquimbo"
    # AequilibraE's own sum over its 19,846 streets is 1,468.39 km.
    assert info.streets_km == 1468.4
    assert (info.kinds_km["residential"], info.kinds_km["primary"]) == (862.1, 114.3)
    assert info.street_names > 2000
    assert "Avenida Francisco de Aguirre" in maps.bundled_map().names
    people = maps.bundled_people()
    assert len(people.zones) == 133
    assert people.total == pytest.approx(451_899, abs=1)
    assert sum(path.stat().st_size for path in SAMPLE.iterdir() if path.is_file()) < 2_000_000


def test_the_sample_store_is_among_streets() -> None:
    travel = maps.TravelTimes(maps.bundled_map(), maps.E_BIKE, maps.SAMPLE_STORE, 3000)
    snaps = travel._snapper.snap(disk(np.random.default_rng(0), 20_000, 3000))
    assert np.isfinite(snaps.walk_m).mean() == pytest.approx(0.94, abs=0.005)


def test_real_streets_agree_with_networkx() -> None:
    network = maps.bundled_map()
    travel = maps.TravelTimes(network, maps.E_BIKE)
    travel.add(np.concatenate(([maps.SAMPLE_STORE], disk(np.random.default_rng(3), 11, 3000))))
    assert travel.seconds == pytest.approx(Oracle(network, maps.E_BIKE).seconds(travel._snaps), abs=0.1)


def test_a_clip_changes_nothing() -> None:
    points = np.concatenate(([maps.SAMPLE_STORE], disk(np.random.default_rng(4), 120, 3000)))
    whole = maps.TravelTimes(maps.bundled_map(), maps.E_BIKE)
    clipped = maps.TravelTimes(maps.bundled_map(), maps.E_BIKE, maps.SAMPLE_STORE, 3000)
    for travel in (whole, clipped):
        travel.add(points)
    # Doors are measured on planes with different centres, which moves them by a metre or two along the street at most.
    assert clipped.seconds == pytest.approx(whole.seconds, abs=0.5)


def test_routes_have_the_length_of_the_matrix() -> None:
    travel = maps.TravelTimes(maps.bundled_map(), maps.E_BIKE, maps.SAMPLE_STORE, 3000)
    travel.add(np.concatenate(([maps.SAMPLE_STORE], disk(np.random.default_rng(5), 40, 3000))))
    for j in np.flatnonzero(np.isfinite(travel.snap_m))[1:]:
        for route in (travel.route(0, int(j)), travel.route(int(j), 0)):
            assert step_lengths_m(route.coords).sum() == pytest.approx(route.metres, abs=2)
            assert len(route.streets) > 0


def test_adding_one_by_one_is_adding_at_once() -> None:
    points = disk(np.random.default_rng(6), 25, 3000)
    one_by_one = maps.TravelTimes(maps.bundled_map(), maps.E_BIKE, maps.SAMPLE_STORE, 3000)
    at_once = maps.TravelTimes(maps.bundled_map(), maps.E_BIKE, maps.SAMPLE_STORE, 3000)
    for point in points:
        one_by_one.add([point])
    at_once.add(points)
    assert np.array_equal(one_by_one.seconds, at_once.seconds)
    assert np.array_equal(one_by_one.metres, at_once.metres)


def test_an_isochrone_holds_the_streets_networkx_reaches() -> None:
    network = maps.bundled_map()
    graph = network.to_networkx(maps.E_BIKE)
    node = int(np.argmin(step_distances(network)))
    place = (float(network.lon[node]), float(network.lat[node]))
    area = maps.service_area(network, maps.E_BIKE, place, minutes=6)
    reached = nx.single_source_dijkstra_path_length(graph, node, cutoff=360, weight="seconds")
    whole_m = {d["edge"]: d["metres"] for u, v, d in graph.edges(data=True) if u in reached and v in reached}
    touched_m = {d["edge"]: d["metres"] for u, _, d in graph.edges(data=True) if u in reached}
    assert 0.9 * sum(whole_m.values()) < area.streets_m < sum(touched_m.values())


def step_distances(network: maps.StreetNetwork) -> Floats:
    x, y = Plane(*maps.SAMPLE_STORE).to_xy(np.column_stack((network.lon, network.lat))).T
    return np.hypot(x, y)


@pytest.fixture
def make_sample() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_sample", SAMPLE / "make_sample.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def blob(kind: int, body: bytes) -> bytes:
    return struct.pack("<bbi4d", 0, 1, 4326, 0, 0, 0, 0) + b"\x7c" + struct.pack("<i", kind) + body + b"\xfe"


def line(*points: tuple[float, float]) -> bytes:
    return struct.pack("<i", len(points)) + b"".join(struct.pack("<2d", *point) for point in points)


def test_the_sample_is_made_from_a_project(tmp_path: Path, make_sample: ModuleType) -> None:
    a, bend, b = (-71.25, -29.9), (-71.249, -29.9), (-71.248, -29.901)
    database = sqlite3.connect(tmp_path / "project_database.sqlite")
    database.execute("CREATE TABLE nodes (node_id, is_centroid, osm_id, geometry)")
    database.execute(
        "CREATE TABLE links (link_id, a_node, b_node, direction, link_type, name, speed_ab, speed_ba, geometry)"
    )
    database.execute("CREATE TABLE zones (zone_id, population, employment, geometry)")
    for node_id, osm_id, place in ((7, 5007, a), (8, 5008, b)):
        database.execute(
            "INSERT INTO nodes VALUES (?, 0, ?, ?)", (node_id, osm_id, blob(1, struct.pack("<2d", *place)))
        )
    for row in (
        (1, 7, 8, 1, "residential", "Ñuble", 30, None, blob(2, line(a, bend, b))),
        (2, 7, 8, 0, "centroid_connector", None, None, None, blob(2, line(a, b))),
    ):
        database.execute("INSERT INTO links VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
    ring = line(a, bend, b, a)
    polygon = struct.pack("<i", 1) + b"\x69" + struct.pack("<2i", 3, 1) + ring
    database.execute("INSERT INTO zones VALUES (1, 12.5, NULL, ?)", (blob(6, polygon),))
    database.commit()
    database.close()
    with zipfile.ZipFile(tmp_path / "coquimbo.zip", "w") as archive:
        archive.write(tmp_path / "project_database.sqlite", "project_database.sqlite")
    make_sample.main([str(tmp_path / "coquimbo.zip"), "--out", str(tmp_path)])

    network = maps.read_map(tmp_path / "coquimbo.osm.pbf")
    assert network.shape == pytest.approx(np.array([a, bend, b]), abs=1e-7)
    assert network.names == ("", "Ñuble")
    assert network.flags.tolist() == [maps.Street.RIDE_FORWARD]
    assert network.maxspeed_kmh.tolist() == [30]
    people = maps.read_people(tmp_path / "coquimbo_people.geojson")
    assert people.total == 12.5
    feature = json.loads((tmp_path / "coquimbo_people.geojson").read_text())["features"][0]
    assert feature["properties"] == {"zone": 1, "population": 12.5, "employment": None}
