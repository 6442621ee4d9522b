"""Maps sent in: read before they are taken, there for every request and after a restart, and never another."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

import maps
from service.auth import Scope
from service.settings import Settings
from service.shelf import DAY_S, UNFINISHED, sweep_uploads
from tests.service.live.fleet import wait_for
from tests.service.real import VILLAGE
from tests.service.server import Running, running, running_without_workers

CITY = (Path(maps.__file__).parent / "sample" / "coquimbo.osm.pbf").read_bytes()


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("maps")


@pytest.fixture(scope="module")
def server(data_dir: Path) -> Iterator[Running]:
    with running(Settings(data_dir=data_dir, port=0, workers=1, max_map_bytes=len(CITY))) as started:
        yield started


def test_a_map_is_sent_once_and_stays_what_it_is(server: Running, data_dir: Path) -> None:
    send = server.client.put
    made = send("/v1/maps/village.osm", content=VILLAGE)
    assert (made.status_code, made.json()["name"], made.json()["error"]) == (201, "village", None)
    assert made.json()["edges"] > 0
    assert send("/v1/maps/village.osm", content=VILLAGE).status_code == 200, "sent again it is the same"
    other = send("/v1/maps/village.osm.pbf", content=CITY)
    assert (other.status_code, other.json()["type"]) == (409, "/problems/exists")
    assert send("/v1/maps/coquimbo.osm.pbf", content=CITY).status_code == 409
    assert send("/v1/maps/town.osm.pbf", content=CITY).status_code == 201
    named = {line["name"]: line["error"] for line in server.client.get("/v1/maps").json()["maps"]}
    assert named == {"coquimbo": None, "town": None, "village": None}
    streets = server.client.get("/v1/maps/village/streets", params={"lon": -71.25, "lat": -29.905})
    assert len(streets.json()["features"]) > 0
    assert list(data_dir.glob(f"{UNFINISHED}*")) == []


def test_what_is_no_map_or_too_large_is_refused_and_leaves_nothing(server: Running, data_dir: Path) -> None:
    send = server.client.put
    before = sorted(path.name for path in data_dir.rglob("*") if "maps" in str(path))
    bad = send("/v1/maps/bad.osm.pbf", content=b"no map at all")
    assert (bad.status_code, str(data_dir) in bad.text) == (422, False)
    assert send("/v1/maps/bad.zip", content=CITY).json()["errors"][0]["path"] == "path.file_name"
    assert send("/v1/maps/.bad.osm", content=VILLAGE).status_code == 422
    large = send("/v1/maps/large.osm.pbf", content=CITY + b"x")
    assert (large.status_code, "SWIFTLEAF_MAX_MAP_BYTES" in large.json()["detail"]) == (413, True)
    packed = send("/v1/maps/packed.osm", content=VILLAGE, headers={"Content-Encoding": "gzip"})
    assert packed.status_code == 415
    for key in (server.key(Scope.OPS_READ), server.key(Scope.OPS_WRITE, stores=["north"])):
        assert send("/v1/maps/village.osm", content=VILLAGE, headers=key).status_code == 403
    assert sorted(path.name for path in data_dir.rglob("*") if "maps" in str(path)) == before
    assert list(data_dir.glob(f"{UNFINISHED}*")) == []


def test_a_fleet_travels_on_a_map_that_came_while_the_server_ran_and_after_a_restart(
    server: Running, data_dir: Path
) -> None:
    server.client.put("/v1/maps/village.osm", content=VILLAGE).raise_for_status()
    store = {"id": "shop", "location": [-71.25, -29.905], "region": "CL"}
    asked = {"id": "fleet", "setup": {"stores": [store], "travel": {"kind": "map", "name": "village"}}}
    server.client.post("/v1/fleets", json=asked).raise_for_status()
    wait_for(lambda: "fleet" in server.app.state.live.keeper.fleets)
    assert Settings(data_dir=data_dir).map_files["village"] == str(data_dir / "maps" / "village.osm")
    with running_without_workers(Settings(data_dir=data_dir)) as again:
        store |= {"id": "other"}
        again.client.post("/v1/fleets", json=asked | {"id": "next", "setup": asked["setup"]}).raise_for_status()


def test_a_map_that_no_fleet_goes_by_is_deleted_and_leaves_its_name(server: Running) -> None:
    client = server.client
    client.put("/v1/maps/short.osm", content=VILLAGE).raise_for_status()
    before = {each["name"]: each for each in client.get("/v1/maps").json()["maps"]}["short"]
    assert client.delete("/v1/maps/short").status_code == 204
    assert "short" not in {each["name"] for each in client.get("/v1/maps").json()["maps"]}
    missing = client.delete("/v1/maps/short.osm")
    assert (missing.status_code, client.delete("/v1/maps/coquimbo").status_code) == (404, 404)
    bare = VILLAGE.replace(b'<tag k="highway" v="residential"/>', b"", 1)
    assert bare != VILLAGE
    client.put("/v1/maps/short.osm", content=bare).raise_for_status()
    after = {each["name"]: each for each in client.get("/v1/maps").json()["maps"]}["short"]
    assert after["streets_km"] < before["streets_km"], "the worker reads the new one"
    assert client.delete("/v1/maps/short.osm").status_code == 204


def test_a_map_that_a_fleet_goes_by_or_went_by_stays(server: Running) -> None:
    client = server.client
    client.put("/v1/maps/kept.osm", content=VILLAGE).raise_for_status()
    store = {"id": "kiosk", "location": [-71.25, -29.905], "region": "CL"}
    asked = {"id": "keeper", "setup": {"stores": [store], "travel": {"kind": "map", "name": "kept"}}}
    client.post("/v1/fleets", json=asked).raise_for_status()
    for _ in range(2):
        refused = client.delete("/v1/maps/kept")
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/in-use")
        assert "'keeper'" in refused.json()["detail"]
        client.delete("/v1/fleets/keeper").raise_for_status()
    for key in (server.key(Scope.OPS_READ), server.key(Scope.OPS_WRITE, stores=["kiosk"])):
        assert client.delete("/v1/maps/kept", headers=key).status_code == 403


def test_what_a_dead_server_left_is_swept_away(tmp_path: Path) -> None:
    old, new = tmp_path / f"{UNFINISHED}old.osm", tmp_path / f"{UNFINISHED}new.osm"
    for path in (old, new):
        path.touch()
    os.utime(old, (0, new.stat().st_mtime - DAY_S - 1))
    sweep_uploads(tmp_path)
    assert (old.exists(), new.exists()) == (False, True)
