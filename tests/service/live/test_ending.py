"""Fleets that end, and those that take their place; and stores that no fleet could be dispatched from."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import maps
from dispatch.online import Dispatcher
from service.auth import Scope
from service.db.database import Database
from service.db.fleets import EndedError, FleetRepository
from service.live.replay import first_difference, read_entries, read_setup
from service.settings import Settings
from tests.service.live.fleet import FLEET, SETUP, Json, order, rider, stamp, wait_for
from tests.service.postgres import fresh_database
from tests.service.server import Running, running_without_workers

EVENTS = "/v1/stores/north/events"


@pytest.fixture(params=["sqlite", "postgresql"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Running]:
    """A server with a fleet that has a rider."""
    url = None if request.param == "sqlite" else fresh_database()
    with running_without_workers(Settings(data_dir=tmp_path, database_url=url)) as started:
        started.client.post("/v1/fleets", json=FLEET).raise_for_status()
        started.client.post(EVENTS, json=rider("ana")).raise_for_status()
        wait_for(lambda: plan(started).get("vehicles"))
        yield started


def plan(server: Running) -> Json:
    answer = server.client.get("/v1/fleets/fleet/plan")
    document: Json = answer.json() if answer.status_code == 200 else {}
    return document


def tell(server: Running, *events: Json) -> None:
    server.client.post(EVENTS, json={"events": list(events)}).raise_for_status()


def problem(answer: object) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix("/problems/")  # type: ignore[attr-defined]


def test_a_fleet_ends_when_nothing_is_left_to_do_and_its_log_stays(server: Running) -> None:
    client = server.client
    tell(server, order("o1"))
    wait_for(lambda: plan(server)["trips"])
    busy = client.delete("/v1/fleets/fleet")
    assert problem(busy) == (409, "unfinished")
    assert "1 orders that are not at their end and 1 trips" in busy.json()["detail"]
    done = {"trip_id": "ana/1", "at": stamp()}
    tell(
        server,
        done | {"id": "left", "kind": "trip_left"},
        done | {"id": "done", "kind": "stop_done", "order_id": "o1"},
        done | {"id": "back", "kind": "trip_returned"},
    )
    wait_for(lambda: plan(server)["day"]["delivered"] and not plan(server)["trips"])
    ended = client.delete("/v1/fleets/fleet")
    assert (ended.status_code, ended.json()["dispatched"], ended.json()["ended_at"] is None) == (200, False, False)
    assert client.delete("/v1/fleets/fleet").json() == ended.json(), "once more changes nothing"
    wait_for(lambda: not server.app.state.live.keeper.fleets)

    assert client.get("/v1/fleets").json()["fleets"] == []
    assert client.get("/v1/fleets", params={"ended": True}).json()["fleets"] == [ended.json()]
    assert client.get("/v1/fleets/fleet").json() == ended.json()
    assert client.get("/v1/stores").json()["stores"] == []
    assert client.get("/v1/stores/north").status_code == 404
    kinds = [each["event"]["kind"] for each in client.get("/v1/fleets/fleet/events").json()["events"]]
    assert "trip_returned" in kinds
    assert client.get("/v1/carbon/stores").json()["stores"] == ["north", "south"], "what was ridden was ridden"
    assert client.post(EVENTS, json=order("o2")).status_code == 404
    changes = {"changes": [{"do": "hurry", "order_id": "o1"}]}
    assert problem(client.patch("/v1/fleets/fleet/plan", json=changes, headers={"If-Match": "*"})) == (409, "ended")
    webhook = {"url": "https://shop.example/"}
    assert problem(client.post("/v1/fleets/fleet/webhooks", json=webhook)) == (409, "ended")
    assert problem(client.post("/v1/fleets", json=FLEET)) == (409, "exists")

    assert client.post("/v1/fleets", json=FLEET | {"id": "next"}).status_code == 201
    wait_for(lambda: server.app.state.live.keeper.fleets == {"next"})
    assert client.get("/v1/stores/north").json()["fleet_id"] == "next"
    database = server.app.state.database
    setup = read_setup(database, "fleet")
    assert setup is not None
    assert isinstance(first_difference(Dispatcher(setup), read_entries(database, "fleet")), int)


def test_a_fleet_may_be_ended_in_the_middle_of_its_work_by_who_says_so(server: Running) -> None:
    tell(server, order("o1"))
    wait_for(lambda: plan(server)["trips"])
    assert server.client.delete("/v1/fleets/fleet", params={"anyway": True}).status_code == 200
    wait_for(lambda: not server.app.state.live.keeper.fleets)
    assert [line["status"] for line in plan(server)["orders"]] == ["committed"], "as it stood"


def test_another_setup_is_another_fleet_that_takes_the_place_of_the_first(server: Running) -> None:
    client = server.client
    new = {"id": "fleet-2", "setup": SETUP | {"margin_s": 60}, "replaces": "fleet"}
    tell(server, order("o1", ready_s=900))
    wait_for(lambda: plan(server)["orders"])
    assert problem(client.post("/v1/fleets", json=new)) == (409, "unfinished")
    assert [fleet["id"] for fleet in client.get("/v1/fleets").json()["fleets"]] == ["fleet"]
    tell(server, {"id": "no", "at": stamp(), "kind": "order_cancelled", "order_id": "o1"})
    wait_for(lambda: plan(server)["day"]["cancelled"])
    made = client.post("/v1/fleets", json=new)
    assert (made.status_code, made.json()["setup"]["margin_s"]) == (201, 60)
    assert client.post("/v1/fleets", json=new).status_code == 200, "sent again it is the same"
    assert [each["fleet_id"] for each in client.get("/v1/stores").json()["stores"]] == ["fleet-2"] * 2
    gone = client.post("/v1/fleets", json=new | {"id": "fleet-3"})
    assert (gone.status_code, gone.json()["errors"][0]["path"]) == (422, "$.replaces")


def test_who_does_not_see_a_whole_fleet_neither_ends_nor_replaces_it(server: Running) -> None:
    one = server.key(Scope.LIVE_WRITE, stores=["south", "west"])
    assert server.client.delete("/v1/fleets/fleet", headers=one).status_code == 404
    stores = [SETUP["stores"][0] | {"id": "west"}]
    new = {"id": "mine", "setup": SETUP | {"stores": stores}, "replaces": "fleet"}
    answer = server.client.post("/v1/fleets", json=new, headers=one)
    assert (answer.status_code, answer.json()["errors"][0]["path"]) == (422, "$.replaces")
    reader = server.key(Scope.LIVE_READ)
    assert server.client.delete("/v1/fleets/fleet", headers=reader).status_code == 403


@pytest.mark.parametrize("server", ["sqlite"], indirect=True)
def test_a_store_far_off_its_map_is_refused_and_so_is_a_zone_that_is_none(server: Running) -> None:
    here = {"id": "here", "location": list(maps.SAMPLE_STORE), "region": "CL"}
    swapped = {"id": "swapped", "location": list(maps.SAMPLE_STORE[::-1]), "region": "CL"}
    setup = {"stores": [here, swapped], "travel": {"kind": "map", "name": "coquimbo"}}
    answer = server.client.post("/v1/fleets", json={"id": "far", "setup": setup})
    assert answer.status_code == 422
    (fault,) = answer.json()["errors"]
    assert fault["path"] == "$.setup.stores[1].location"
    assert str(list(maps.SAMPLE_STORE[::-1])) in fault["text"]
    assert "give [lon, lat], or name another map" in fault["text"]
    straight = SETUP | {"stores": [here], "airspace": {"no_fly": [[[-71.26, -29.91]] * 3]}}
    flat = server.client.post("/v1/fleets", json={"id": "flat", "setup": straight})
    assert (flat.status_code, flat.json()["errors"][0]["path"]) == (422, "$.setup.airspace.no_fly[0]")


def test_a_store_is_in_one_fleet_at_a_time(database: Database) -> None:
    with database.writing() as session:
        fleets = FleetRepository(session)
        first = fleets.add("first", "{}", ["north"])
        (lease,) = fleets.leases()
        fleets.end(first)
        assert fleets.claim(lease, "a", first.created_at) is None
        assert fleets.leases() == []
        assert (fleets.store("north"), fleets.knows("north"), fleets.knows("east")) == (None, True, False)
        assert [row.id for row in fleets.all(ended=True)] == ["first"]
        fleets.add("second", "{}", ["north"])
        assert fleets.taken(["north"]) == {"north": "second"}
        assert [row.fleet_id for row in fleets.stores()] == ["first", "second"]
    with database.writing() as session, pytest.raises(EndedError):
        FleetRepository(session).lock_living("first")
