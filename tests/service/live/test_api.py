"""Fleets, events and the live plan over HTTP, on SQLite."""

import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from service.auth import Scope
from service.db.fleets import FleetRepository
from service.drawing import draw_live_plan
from service.heat import waiting
from service.settings import Settings
from service.tasks import plan_gap
from tests.service.live.fleet import FLEET, SETUP, Json, order, rider, stamp, wait_for
from tests.service.server import Running, running_without_workers

EVENTS = "/v1/stores/north/events"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server with a fleet that has a rider."""
    with running_without_workers(Settings(data_dir=tmp_path_factory.mktemp("live"))) as started:
        assert started.client.post("/v1/fleets", json=FLEET).status_code == 201
        started.client.post(EVENTS, json=rider("ana")).raise_for_status()
        wait_for(lambda: plan(started)["vehicles"])
        yield started


def plan(server: Running) -> Json:
    answer = server.client.get("/v1/fleets/fleet/plan")
    document: Json = answer.json() if answer.status_code == 200 else {"vehicles": [], "orders": [], "revision": 0}
    return document


def line(server: Running, order_id: str) -> Json | None:
    return next((each for each in plan(server)["orders"] if each["order"]["id"] == order_id), None)


def paths(answer: Json) -> list[str]:
    return [fault["path"] for fault in answer["errors"]]


def test_the_same_fleet_may_be_made_again_and_no_other_under_its_id(server: Running) -> None:
    again = server.client.post("/v1/fleets", json=FLEET)
    assert (again.status_code, again.headers["location"]) == (200, "/v1/fleets/fleet")
    other = server.client.post("/v1/fleets", json={"id": "fleet", "setup": SETUP | {"work": 7}})
    assert (other.status_code, other.json()["type"]) == (409, "/problems/exists")
    assert [fleet["id"] for fleet in server.client.get("/v1/fleets").json()["fleets"]] == ["fleet"]
    assert server.client.get("/v1/fleets/fleet").json()["dispatched"]
    stores = server.client.get("/v1/stores").json()["stores"]
    assert [(each["fleet_id"], each["store"]["id"]) for each in stores] == [("fleet", "north"), ("fleet", "south")]
    assert server.client.get("/v1/stores/south").json() == stores[1]


def test_a_fleet_from_before_a_field_was_there_is_the_same_still(server: Running) -> None:
    with server.app.state.database.transaction() as session:
        row = FleetRepository(session).get("fleet")
        assert row is not None
        document = json.loads(row.setup)
        del document["timezone"]
        row.setup = json.dumps(document)
    assert server.client.post("/v1/fleets", json=FLEET).status_code == 200


def test_a_timezone_that_is_none_is_refused(server: Running) -> None:
    answer = server.client.post("/v1/fleets", json={"id": "mars", "setup": SETUP | {"timezone": "Mars/Olympus"}})
    assert (answer.status_code, paths(answer.json())) == (422, ["$.setup.timezone"])
    assert "give an IANA name" in answer.json()["detail"]


def test_carbon_of_a_fleet_is_shown_to_keys_of_all_its_stores(server: Running) -> None:
    day = {"from": "2026-01-01", "to": "2026-01-01", "store": "north"}
    for stores, seen in ((["north"], []), (["north", "south"], ["north", "south"])):
        key = server.key(Scope.CARBON_READ, stores=stores)
        assert server.client.get("/v1/carbon/stores", headers=key).json()["stores"] == seen
        answer = server.client.get("/v1/carbon/figures", params=day, headers=key)
        assert answer.status_code == (503 if seen else 404), "these servers have no workers"


def test_a_fleet_that_could_not_be_dispatched_is_refused(server: Running) -> None:
    stores = [{"id": "nowhere", "location": [-71.25, -29.9], "region": "ZZ"}]
    refused = server.client.post("/v1/fleets", json={"id": "x", "setup": SETUP | {"stores": stores}})
    assert (refused.status_code, paths(refused.json())) == (422, ["$.setup.stores[0].region"])


def test_an_order_that_contradicts_itself_is_refused_and_costs_no_other(server: Running) -> None:
    bad = order("contradictory", not_before_at=stamp(5_400))
    taken = server.client.post(EVENTS, json={"events": [bad, order("beside-it")]}).json()["events"]
    assert [each["status"] for each in taken] == ["refused", "taken"]
    assert [fault["path"] for fault in taken[0]["faults"]] == ["$.events[0].order.not_before_at"]
    wait_for(lambda: line(server, "beside-it"))


def test_a_key_of_one_store_tells_events_of_no_other(server: Running) -> None:
    south = "/v1/stores/south/events"
    server.client.post(south, json={"events": [rider("sue", "south"), order("of-south", "south")]}).raise_for_status()
    wait_for(lambda: line(server, "of-south"))
    key = server.key(Scope.EVENTS_WRITE, stores=["north"])
    free = "$.rider.free_store_id"
    for number, (fields, path) in enumerate(
        [
            ({"kind": "order_cancelled", "order_id": "of-south"}, "$.order_id"),
            ({"kind": "vehicle_off", "vehicle_id": "sue"}, "$.vehicle_id"),
            ({"kind": "trip_returned", "trip_id": "sue/1"}, "$.trip_id"),
            ({"kind": "rider_on", "rider": {"id": "sue", "store_id": "north"}}, "$.rider.id"),
            ({"kind": "rider_on", "rider": {"id": "r", "store_id": "north", "free_store_id": "south"}}, free),
            (rider("r", shared_with=["south"]), "$.rider.shared_with"),
            (order("r", also_at=["south"]), "$.order.also_at"),
            ({"kind": "drones_grounded"}, "$.kind"),
            ({"kind": "street_closed", "ring": [[-71.2, -29.9], [-71.2, -29.8], [-71.1, -29.9]]}, "$.kind"),
        ]
    ):
        told = fields | {"id": f"foreign-{number}", "at": stamp()}
        refused = server.client.post(EVENTS, json=told, headers=key)
        assert (refused.status_code, paths(refused.json())) == (422, [path])
    both = server.key(Scope.EVENTS_WRITE, stores=["north", "south"])
    grounded = {"id": "grounded", "at": stamp(), "kind": "drones_grounded"}
    assert server.client.post(EVENTS, json=grounded, headers=both).status_code == 202
    seen = {
        "id": "ana-seen",
        "at": stamp(),
        "kind": "vehicle_located",
        "vehicle_id": "ana",
        "location": [-71.25, -29.9],
    }
    assert server.client.post(EVENTS, json=seen, headers=key).status_code == 202


def test_trips_on_straight_streets_are_drawn(server: Running) -> None:
    server.client.post(EVENTS, json=order("drawn")).raise_for_status()
    shown = wait_for(lambda: (found := plan(server))["trips"] and found)
    drawn = json.loads(draw_live_plan(json.dumps(shown), json.dumps(SETUP), {}))
    assert {each["properties"]["trip_id"] for each in drawn["features"]} >= {
        each["trip"]["id"] for each in shown["trips"]
    }


def test_plan_in_the_last_of_all_years_is_read_by_whoever_works_with_it(server: Running) -> None:
    """What was taken adds up to moments that would not be: their sum is told all the same."""
    last = "2200-12-31T00:00:00Z"
    late = order("late", ready_at=last, promised_at=last, handover_s=10_000_000, vehicle_ids=["lea"])
    off = {"id": "lea-off", "at": stamp(), "kind": "vehicle_off", "vehicle_id": "lea"}
    server.client.post(EVENTS, json={"events": [rider("lea", free_at=last), late]}).raise_for_status()
    beyond = re.compile(r'"return_at":\s*"2201')
    shown = wait_for(lambda: beyond.search(json.dumps(found := plan(server))) and found)
    placed = [(-71.25, -29.9, 1.78e9), (-71.25, -29.91, 1.79e9)]
    assert json.loads(waiting(placed, "UTC", json.dumps(shown), datetime.now(UTC), 30))["hints"] == []
    assert json.loads(plan_gap(json.dumps(shown), json.dumps(SETUP), {}))["orders"] >= 1
    away = {"id": "late-off", "at": stamp(), "kind": "order_cancelled", "order_id": "late"}
    server.client.post(EVENTS, json={"events": [off, away]}).raise_for_status()


def test_who_only_tells_events_overrides_nothing(server: Running) -> None:
    assigned = {"id": "assigned", "at": stamp(), "kind": "order_assigned", "order_id": "o", "vehicle_id": "ana"}
    refused = server.client.post(EVENTS, json=assigned, headers=server.key(Scope.EVENTS_WRITE))
    assert (refused.status_code, paths(refused.json())) == (422, ["$.kind"])
    both = server.key(Scope.EVENTS_WRITE, Scope.LIVE_WRITE)
    assert server.client.post(EVENTS, json=assigned, headers=both).status_code == 202


def test_unusable_fleets_are_refused_with_every_fault(server: Running) -> None:
    twice = [SETUP["stores"][0] | {"id": name} for name in ("east", "east", "a/b")]
    refused = server.client.post("/v1/fleets", json={"id": "x", "setup": SETUP | {"stores": twice}})
    assert (refused.status_code, paths(refused.json())) == (422, ["$.setup.stores[1].id", "$.setup.stores[2].id"])
    taken = server.client.post("/v1/fleets", json={"id": "x", "setup": SETUP})
    assert paths(taken.json()) == ["$.setup.stores[0].id", "$.setup.stores[1].id"]
    lost = {"stores": [twice[0]], "travel": {"kind": "map", "name": "atlantis"}}
    assert paths(server.client.post("/v1/fleets", json={"id": "x", "setup": lost}).json()) == ["$.setup.travel.name"]
    assert paths(server.client.post("/v1/fleets", json={"id": "/", "setup": lost}).json()) == ["$.id"]


def test_one_bad_event_costs_no_other(server: Running) -> None:
    batch = [
        order("g1", ready_s=600),
        {"id": "t", "at": stamp(), "kind": "tick"},
        {"id": "~x", "at": stamp(90), "kind": "vehicle_off", "vehicle_id": "ana"},
        order("g2", "south"),
        order("g3", mass_kg="heavy"),
        {"id": "n", "kind": "no_such"},
        7,
        order("g\n4") | {"id": "g4"},
        rider("g\0") | {"id": "g5"},
    ]
    answer = server.client.post(EVENTS, json={"events": batch})
    assert answer.status_code == 202
    receipts = answer.json()["events"]
    assert [each["status"] for each in receipts] == ["taken"] + ["refused"] * 8
    found = [[fault["path"] for fault in each["faults"]] for each in receipts]
    assert found == [
        [],
        ["$.events[1].kind"],
        ["$.events[2].id", "$.events[2].at"],
        ["$.events[3].order.store_id"],
        ["$.events[4].order.mass_kg"],
        ["$.events[5].kind"],
        ["$.events[6]"],
        ["$.events[7].order.id"],
        ["$.events[8].rider.id"],
    ]
    assert receipts[0]["seq"] > 0


def test_requests_that_hold_no_event_at_all(server: Running) -> None:
    assert paths(server.client.post(EVENTS, json=order("x", mass_kg=-1)).json()) == ["$.order.mass_kg"]
    assert paths(server.client.post(EVENTS, json={"events": []}).json()) == ["$.events"]
    assert paths(server.client.post(EVENTS, json={"events": [1], "more": 1}).json()) == ["$.more"]
    many = {"events": [{"id": str(i)} for i in range(1_001)]}
    assert "1001 events" in server.client.post(EVENTS, json=many).json()["detail"]
    headers = {"Content-Type": "application/json"}
    assert server.client.post(EVENTS, content=b"{", headers=headers).json()["type"] == "/problems/not-json"
    assert server.client.post("/v1/stores/nowhere/events", json=order("x")).status_code == 404


def test_an_event_sent_often_is_taken_once(server: Running) -> None:
    event = order("often", ready_s=600)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: server.client.post(EVENTS, json=event).json()["events"][0], range(40)))
    assert sorted(answer["status"] for answer in answers) == ["known"] * 39 + ["taken"]
    assert len({answer["seq"] for answer in answers}) == 1
    other = server.client.post(EVENTS, json=event | {"at": stamp(-5)})
    assert (other.status_code, paths(other.json())) == (422, ["$.id"])
    twice = server.client.post(EVENTS, json={"events": [rider("eva"), rider("eva") | {"at": stamp(-5)}, 1]})
    assert [each["status"] for each in twice.json()["events"]] == ["taken", "refused", "refused"]
    assert twice.json()["events"][1]["faults"][0]["path"] == "$.events[1].id"


def test_plan_is_read_again_only_when_it_changed(server: Running) -> None:
    first = server.client.get("/v1/fleets/fleet/plan")
    etag = first.headers["etag"]
    assert etag == f'"{first.json()["revision"]}"'
    for tags in (etag, f"W/{etag}", f'"0", {etag}', "*"):
        same = server.client.get("/v1/fleets/fleet/plan", headers={"If-None-Match": tags})
        if same.status_code == 200:  # a tick came between
            etag = same.headers["etag"]
        else:
            assert (same.status_code, same.content) == (304, b"")
    server.client.post(EVENTS, json=order("p1", ready_s=600)).raise_for_status()
    wait_for(lambda: line(server, "p1"))
    fresh = server.client.get("/v1/fleets/fleet/plan", headers={"If-None-Match": etag})
    assert fresh.status_code == 200
    assert int(fresh.headers["etag"].strip('"')) > int(etag.strip('"'))


def test_events_and_decisions_are_read_page_by_page(server: Running) -> None:
    server.client.post(EVENTS, json={"events": [order(f"c{i}", ready_s=900) for i in range(5)]}).raise_for_status()
    wait_for(lambda: line(server, "c4"))
    for name in ("events", "decisions"):
        whole = server.client.get(f"/v1/fleets/fleet/{name}", params={"limit": 1_000}).json()
        assert whole["next"] is None
        after: int | None = 0
        read: list[Json] = []
        while after is not None:
            page = server.client.get(f"/v1/fleets/fleet/{name}", params={"limit": 3, "after": after}).json()
            read += page[name]
            after = page["next"]
        assert read[: len(whole[name])] == whole[name]
        assert len(whole[name]) > 5
    assert server.client.get("/v1/fleets/fleet/events", params={"limit": 0}).status_code == 422
    assert server.client.get("/v1/fleets/nowhere/decisions").status_code == 404
    assert server.client.get("/v1/fleets/%00/plan").status_code == 404


def test_a_key_of_one_store_sees_nothing_of_the_other(server: Running) -> None:
    one = server.key(Scope.EVENTS_WRITE, Scope.LIVE_READ, Scope.LIVE_WRITE, stores=["south"])
    get = server.client.get
    assert server.client.post(EVENTS, json=order("x"), headers=one).status_code == 404
    assert server.client.post("/v1/stores/south/events", json=order("s", "south"), headers=one).status_code == 202
    assert get("/v1/fleets", headers=one).json()["fleets"] == []
    assert get("/v1/fleets/fleet/plan", headers=one).status_code == 404
    assert [each["store"]["id"] for each in get("/v1/stores", headers=one).json()["stores"]] == ["south"]
    assert get("/v1/stores/north", headers=one).status_code == 404
    foreign = {"id": "mine", "setup": SETUP | {"stores": [SETUP["stores"][0] | {"id": "west"}]}}
    assert server.client.post("/v1/fleets", json=foreign, headers=one).status_code == 403
    both = server.key(Scope.LIVE_READ, stores=["south", "north"])
    assert get("/v1/fleets/fleet/plan", headers=both).status_code == 200


def test_database_that_is_away_is_503_and_loses_nothing(tmp_path: Path) -> None:
    """The table is renamed under the server, which then answers as one whose database fails, and recovers."""
    with running_without_workers(Settings(data_dir=tmp_path)) as server:
        server.client.post("/v1/fleets", json=FLEET).raise_for_status()
        server.client.post(EVENTS, json=rider("ana")).raise_for_status()
        wait_for(lambda: plan(server)["vehicles"])
        engine = server.app.state.database._engine
        with engine.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE events RENAME TO hidden")
        away = server.client.post(EVENTS, json=order("o1"))
        assert (away.status_code, away.headers["retry-after"]) == (503, "5")
        with engine.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE hidden RENAME TO events")
        server.client.post(EVENTS, json=order("o1")).raise_for_status()
        assert wait_for(lambda: line(server, "o1"))["status"] in {"open", "committed"}
        assert plan(server)["vehicles"][0]["vehicle"]["id"] == "ana"
