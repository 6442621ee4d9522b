"""Studies over HTTP, made by a real worker; what is found is what the engine finds without any server."""

import asyncio
import csv
import io
import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

import maps
from dispatch import radius, twin
from service.atlas import Atlas
from service.auth import Scope
from service.db.models import RunRow
from service.settings import Settings
from service.studies.ask import RadiusStudy, StudyRequest
from service.studies.conductor import Conductor
from tests.dispatch.radius import toy
from tests.service.documents import straight
from tests.service.server import Running, running

PATIENCE_S = 120.0
WORLD = twin.with_orders(toy.world(), 30).model_dump(mode="json")
WIND = {
    "instrument": "wind farm",
    "region": "CL",
    "factor": "wind",
    "first_day": "2026-01-01",
    "last_day": "2026-12-31",
    "evidence": "statement 7",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(Settings(data_dir=tmp_path_factory.mktemp("studies"), port=0, workers=1)) as started:
        yield started


def asked(**changes: Any) -> dict[str, Any]:
    return {"kind": "radius", "world": WORLD, "radii_m": [900, 1500], "riders": [1], "seeds": 3} | changes


def until(met: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not met():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.05)


def start(server: Running, document: dict[str, Any]) -> str:
    answer = server.client.post("/v1/studies", json=document)
    assert answer.status_code == 202, answer.text
    location = answer.headers["location"]
    assert location == f"/v1/studies/{answer.json()['id']}"
    return str(location)


def over(server: Running, location: str) -> dict[str, Any]:
    until(lambda: server.client.get(location).json()["status"] not in {"queued", "running"})
    found: dict[str, Any] = server.client.get(location).json()
    return found


def by_engine(document: dict[str, Any], folder: Path) -> radius.Outcome:
    """The same study without any server."""
    study = StudyRequest.model_validate(document).root
    assert isinstance(study, RadiusStudy)
    world = study.whole(Atlas())
    with ThreadPoolExecutor(1) as executor, radius.Journal(folder, world) as journal:
        runner = radius.Runner(lambda: radius.Pool(executor, 1), twin.simulate)
        return radius.conduct(study.study(world), runner, journal)


def test_a_radius_study_finds_what_the_engine_finds_and_says_it_in_three_texts(server: Running, tmp_path: Path) -> None:
    location = start(server, asked())
    found = over(server, location)
    assert found["status"] == "done"
    outcome = radius.Outcome.model_validate(found["result"])
    assert outcome == by_engine(asked(), tmp_path)
    assert found["progress"] == {"done": outcome.runs, "all": outcome.runs}
    rows = list(csv.DictReader(io.StringIO(server.client.get(f"{location}/table.csv").text)))
    assert [float(row["radius_m"]) for row in rows] == [900, 1500]
    assert server.client.get(f"{location}/chart.svg").text.startswith("<svg")
    assert outcome.recommendation is not None
    assert outcome.recommendation.sentences[0] in server.client.get(f"{location}/recommendation.md").text


def test_what_a_server_had_finished_when_it_stopped_is_not_made_again(server: Running, tmp_path: Path) -> None:
    document = asked(radii_m=[900], riders=[1, 2], seeds=6, stop_early=False)
    location = start(server, document)
    until(lambda: server.client.get(location).json()["progress"]["done"] >= 2)
    first: Conductor = server.app.state.conductor
    loop = first._lanes[0].get_loop()
    asyncio.run_coroutine_threadsafe(first.close(), loop).result(60)
    stopped = server.client.get(location).json()
    assert stopped["status"] == "running"
    database = server.app.state.database
    with database.transaction() as session:
        kept = set(session.scalars(sa.select(RunRow.key).where(RunRow.study_id == stopped["id"])))
    assert len(kept) == stopped["progress"]["done"] < 12
    second = Conductor(database, server.app.state.workers, dict)
    loop.call_soon_threadsafe(second.start)
    server.app.state.conductor = second
    try:
        found = over(server, location)
    finally:
        asyncio.run_coroutine_threadsafe(second.close(), loop).result(60)
        loop.call_soon_threadsafe(first.start)
        server.app.state.conductor = first
    # A run that was made again would meet its own key in the table.
    assert found["status"] == "done", found["error"]
    assert found["progress"] == {"done": 12, "all": 12}
    assert radius.Outcome.model_validate(found["result"]) == by_engine(document, tmp_path)


def test_a_worker_that_is_killed_costs_no_run(server: Running) -> None:
    location = start(server, asked(radii_m=[900], riders=[1, 2], seeds=2, stop_early=False))
    until(lambda: server.client.get(location).json()["progress"]["done"] >= 1)
    (pid,) = server.app.state.workers.pids
    os.kill(pid, signal.SIGKILL)
    found = over(server, location)
    assert (found["status"], found["progress"]) == ("done", {"done": 4, "all": 4})


def test_a_canceled_study_stops_and_keeps_its_runs(server: Running) -> None:
    location = start(server, asked(seeds=50, stop_early=False))
    until(lambda: server.client.get(location).json()["progress"]["done"] >= 1)
    assert server.client.get(f"{location}/table.csv").status_code == 409
    canceled = server.client.delete(location).json()
    assert canceled["status"] == "canceled"
    until(lambda: server.app.state.conductor.running == 0)
    assert server.client.get(location).json()["progress"]["done"] >= canceled["progress"]["done"] >= 1
    assert server.client.delete(location).json()["status"] == "canceled"
    assert server.client.get(f"{location}/table.csv").json()["detail"].endswith("is canceled: start another")


def test_fewest_riders_and_what_if_and_siting(server: Running) -> None:
    made = server.client.post("/v1/plans", params={"engine": "greedy"}, json=straight()).json()
    change = {"name": "van", "vehicle": "diesel_van"}
    what_if = start(server, {"kind": "what_if", "plan_id": made["id"], "scenario": change})
    fleet = start(server, {"kind": "fleet", "world": WORLD, "radius_m": 900, "seeds": 2, "most": 2})
    siting = start(server, {"kind": "siting", "k": 1, "minutes": 8, "grid_m": 3000})
    found = over(server, what_if)
    assert found["status"] == "done", found["error"]
    assert found["result"]["comparison"]["transport_gco2e"] > 0
    assert "What if: van" in server.client.get(f"{what_if}/recommendation.md").text
    rows = list(csv.DictReader(io.StringIO(server.client.get(f"{what_if}/table.csv").text)))
    assert len(rows) == made["plan"]["summary"]["served"]
    ops = server.key(Scope.OPS_READ, Scope.OPS_WRITE)
    carbon = server.key(Scope.OPS_READ, Scope.CARBON_READ)
    for part in ("", "/table.csv", "/recommendation.md"):
        refused = server.client.get(f"{what_if}{part}", headers=ops)
        assert refused.status_code == 403
        assert "lacks the scope carbon:read" in refused.json()["detail"], "it tells what each order emits"
        assert server.client.get(f"{what_if}{part}", headers=carbon).status_code == 200
    document = {"kind": "what_if", "plan_id": made["id"], "scenario": change}
    assert server.client.post("/v1/studies", json=document, headers=ops).status_code == 403
    found = over(server, siting)
    assert found["status"] == "done", found["error"]
    assert found["result"]["siting"]["proven"]
    assert server.client.get(f"{siting}/chart.svg").status_code == 404
    assert "Open site-" in server.client.get(f"{siting}/recommendation.md").text
    found = over(server, fleet)
    assert [each["riders"] for each in found["result"]["fleets"]] == [1, 2]
    assert server.client.get(f"{fleet}/table.csv").text.count("\n") == 3


@pytest.mark.parametrize(
    ("document", "path"),
    [
        (asked(radii_m=[-3]), "$.radii_m[0]"),
        (asked(seeds=0), "$.seeds"),
        (asked(scenario="sample"), "$"),
        (asked(world=WORLD | {"promise_min": -1}), "$.world.promise_min"),
        (asked(world=WORLD | {"travel": {"kind": "map", "name": "atlantis"}}), "$.world.travel.name"),
        (asked(orders_per_day=-5), "$.orders_per_day"),
        (asked(kind="weather"), "$.kind"),
        ({"kind": "siting", "k": 3, "minutes": 5, "map": "atlantis"}, "$.map"),
        ({"kind": "what_if", "plan_id": "x", "scenario": {"name": "nothing"}}, "$"),
        ({"kind": "what_if", "plan_id": "x", "scenario": {"name": "wind", "contracts": [WIND | {"share": -1}]}}, "$"),
    ],
)
def test_a_study_that_cannot_be_is_refused_by_path(server: Running, document: dict[str, Any], path: str) -> None:
    answer = server.client.post("/v1/studies", json=document)
    assert answer.status_code == 422, answer.text
    assert path in [fault["path"] for fault in answer.json()["errors"]]


def test_a_key_sees_the_studies_of_its_stores_alone(server: Running) -> None:
    location = start(server, asked(radii_m=[900], riders=[1], seeds=1))
    stranger = server.key(Scope.OPS_READ, Scope.OPS_WRITE, stores=["elsewhere"])
    for answer in (
        server.client.get(location, headers=stranger),
        server.client.delete(location, headers=stranger),
    ):
        assert answer.status_code == 404
    ids = [each["id"] for each in server.client.get("/v1/studies", headers=stranger).json()["studies"]]
    assert location.rpartition("/")[2] not in ids
    assert server.client.post("/v1/studies", json=asked(), headers=stranger).status_code == 422
    reader = server.key(Scope.OPS_READ)
    assert server.client.get(location, headers=reader).status_code == 200
    assert server.client.post("/v1/studies", json=asked(), headers=reader).status_code == 403


def test_a_study_about_no_store_is_of_who_asked_for_it(server: Running) -> None:
    document = {"kind": "radius", "scenario": "sample", "orders_per_day": 60, "radii_m": [1500], "riders": [4]}
    one, two, both = (
        server.key(Scope.OPS_READ, Scope.OPS_WRITE, stores=stores) for stores in (["one"], ["two"], ["one", "two"])
    )
    ours = start(server, document)
    theirs = server.client.post("/v1/studies", json=document, headers=one).headers["location"]
    for key, seen in ((one, [theirs]), (two, []), (both, [theirs])):
        page = server.client.get("/v1/studies", params={"limit": 1}, headers=key).json()
        assert ([f"/v1/studies/{each['id']}" for each in page["studies"]], page["next"]) == (seen, None)
        for location in (ours, theirs):
            known = 200 if location in seen else 404
            assert server.client.get(location, headers=key).status_code == known
            cursor = {"cursor": location.rpartition("/")[2]}
            answer = server.client.get("/v1/studies", params=cursor, headers=key)
            assert answer.status_code == (200 if location in seen else 422)
    assert server.client.delete(ours, headers=one).status_code == 404
    assert [server.client.delete(location).json()["status"] for location in (ours, theirs)] == ["canceled"] * 2


def test_the_list_is_read_page_by_page(server: Running) -> None:
    for _ in range(3):
        server.client.delete(start(server, asked(seeds=1)))
    seen: list[str] = []
    query: dict[str, Any] = {"limit": 2}
    while query:
        page = server.client.get("/v1/studies", params=query).json()
        seen += [each["id"] for each in page["studies"]]
        query = page["next"] and {"limit": 2, "cursor": page["next"]}
    assert len(seen) == len(set(seen)) >= 3
    assert seen == [each["id"] for each in server.client.get("/v1/studies", params={"limit": 200}).json()["studies"]]
    assert server.client.get("/v1/studies", params={"cursor": "x"}).status_code == 422


def test_a_study_around_a_store_on_a_map_of_ones_own(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("own")
    mine = folder / "mine.npz"
    maps.bundled_map().save(mine)
    store = {"id": "shop", "location": list(maps.SAMPLE_STORE), "region": "CL"}
    document = {"kind": "radius", "around": {"map": "mine", "stores": [store]}, "orders_per_day": 20}
    lists = {"radii_m": [1_500], "riders": [2], "seeds": 1}
    with running(Settings(data_dir=folder, port=0, workers=1, maps={"mine": mine})) as server:
        found = over(server, start(server, document | lists))
        assert found["status"] == "done", found["error"]
        (row,) = found["result"]["rows"]
        assert row["measures"]["orders_per_day"]["mean"] > 0
        for around, path in (
            ({"map": "none", "stores": [store]}, "$.around.map"),
            ({"map": "mine", "stores": [store | {"location": [121.47, 31.23]}]}, "$.around.stores"),
            ({"map": "mine", "stores": []}, "$.around.stores"),
        ):
            answer = server.client.post("/v1/studies", json=document | lists | {"around": around})
            assert answer.status_code == 422
            assert [fault["path"] for fault in answer.json()["errors"]] == [path]
        both = server.client.post("/v1/studies", json=document | lists | {"scenario": "sample"})
        assert "exactly one of scenario, around and world" in both.text
