"""An operator's word: by If-Match, into the log, priced before; with a real worker for the prices."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import httpx
import pytest

from dispatch.answer import FixKind
from dispatch.online import Dispatcher, Setup
from service.atlas import Atlas
from service.live import LivePlan
from service.live.mend import Mend, mend
from service.live.price import Missing, Move, Price, price
from service.live.replay import first_difference, read_entries
from service.settings import Settings
from tests.service.live.fleet import FLEET, SETUP, Json, order, rider, stamp, wait_for
from tests.service.server import Running, running_without_workers

EVENTS = "/v1/stores/north/events"
PLAN = "/v1/fleets/fleet/plan"


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Two riders, and an order that is packed in ten minutes."""
    with running_without_workers(Settings(data_dir=tmp_path_factory.mktemp("live"))) as started:
        started.client.post("/v1/fleets", json=FLEET).raise_for_status()
        batch = [rider("ana"), rider("ben"), order("o1", ready_s=600)]
        started.client.post(EVENTS, json={"events": batch}).raise_for_status()
        wait_for(lambda: line(started, "o1"))
        yield started
        setup = Setup.model_validate(SETUP)
        same = first_difference(Dispatcher(setup), read_entries(started.app.state.database, "fleet"))
        assert isinstance(same, int), same


def read(server: Running) -> Json:
    document: Json = server.client.get(PLAN).json()
    return document


def line(server: Running, order_id: str) -> Json | None:
    return next((each for each in read(server).get("orders", []) if each["order"]["id"] == order_id), None)


def change(server: Running, *changes: Json, seen: object = "*") -> httpx.Response:
    return server.client.patch(PLAN, json={"changes": list(changes)}, headers={"If-Match": str(seen)})


def assign(vehicle_id: str, order_id: str = "o1") -> Json:
    return {"do": "assign", "order_id": order_id, "vehicle_id": vehicle_id}


def test_an_order_goes_to_the_rider_that_was_chosen_and_is_freed_again(server: Running) -> None:
    now = line(server, "o1")
    assert now is not None
    other = "ben" if now["vehicle_id"] == "ana" else "ana"
    answer = change(server, assign(other), seen=server.client.get(PLAN).headers["etag"])
    assert answer.status_code == 200
    (moved,) = answer.json()["orders"]
    assert (moved["vehicle_id"], moved["assigned_to"]) == (other, other)
    assert answer.headers["etag"] == f'"{answer.json()["revision"]}"'
    until = stamp(1_200)
    (held,) = change(server, {"do": "hold", "order_id": "o1", "until": until}).json()["orders"]
    assert datetime.fromisoformat(held["held_until"]) == datetime.fromisoformat(until)
    assert datetime.fromisoformat(held["arrive_at"]) > datetime.fromisoformat(until)
    (hurried,) = change(server, {"do": "hurry", "order_id": "o1"}).json()["orders"]
    assert (hurried["hurried"], hurried["held_until"], hurried["assigned_to"]) == (True, None, other)
    (freed,) = change(server, {"do": "free", "order_id": "o1"}).json()["orders"]
    assert (freed["hurried"], freed["assigned_to"]) == (False, None)


def test_stale_is_who_did_not_see_the_orders_last_change(server: Running) -> None:
    seen = read(server)["revision"]
    server.client.post(EVENTS, json=order("o2", ready_s=600)).raise_for_status()
    wait_for(lambda: line(server, "o2"))
    assert change(server, assign("ana"), seen=f'"{seen}"').status_code == 200, "another order is no matter"
    stale = change(server, assign("ben"), seen=f'"{seen}"')
    assert (stale.status_code, stale.json()["type"]) == (412, "/problems/stale")
    assert "'o1'" in stale.json()["detail"]
    assert change(server, assign("ben"), seen='"999999"').status_code == 412
    assert change(server, assign("ben"), seen="W/x").status_code == 412
    bare = server.client.patch(PLAN, json={"changes": [assign("ben")]})
    assert (bare.status_code, bare.json()["type"]) == (428, "/problems/unconditional")
    assert line(server, "o1")["assigned_to"] == "ana"  # type: ignore[index]


def test_what_cannot_be_is_told_by_path(server: Running) -> None:
    answer = change(server, assign("ana"), assign("zoe", "o9"))
    found = [fault["path"] for fault in answer.json()["errors"]]
    assert (answer.status_code, found) == (422, ["$.changes[1].order_id", "$.changes[1].vehicle_id"])
    assert line(server, "o1")["assigned_to"] is None  # type: ignore[index]
    server.client.post(EVENTS, json={"id": "off", "at": stamp(), "kind": "vehicle_off", "vehicle_id": "ben"})
    wait_for(lambda: any(each["leaving"] for each in read(server)["vehicles"]))
    gone = change(server, {"do": "hurry", "order_id": "o1"}, assign("ben"))
    assert (gone.status_code, gone.json()["type"]) == (409, "/problems/not-possible")
    assert [fault["path"] for fault in gone.json()["errors"]] == ["$.changes[1].vehicle_id"]
    assert change(server, {"do": "eat", "order_id": "o1"}).status_code == 422
    naive = change(server, {"do": "hold", "order_id": "o1", "until": "2026-11-20T20:10:00"})
    assert [fault["path"] for fault in naive.json()["errors"]] == ["$.changes[0].until"]


def test_a_move_is_priced_before_it_is_made(server: Running) -> None:
    """The rider of the far store has further to go; what is told is what then happens."""
    far: Json = {"kind": "rider_on", "rider": {"id": "far", "store_id": "south", "shared_with": ["north"]}}
    answer = server.client.post("/v1/stores/south/events", json={"id": "far-on", "at": stamp()} | far)
    assert answer.status_code == 202
    wait_for(lambda: len(read(server)["vehicles"]) == 3)
    before = LivePlan.model_validate(read(server))
    found = priced(before, "far")
    assert isinstance(found, Price)
    assert found.cost == pytest.approx(found.cost_after - found.cost_before)
    assert found.cost > 0
    assert (found.after.vehicle_id, found.later) == ("far", ())
    (moved,) = change(server, assign("far")).json()["orders"]
    assert moved["vehicle_id"] == "far"
    told, then = found.after.arrive_at, datetime.fromisoformat(moved["arrive_at"])
    assert told is not None
    assert abs((told - then).total_seconds()) <= 5
    free = priced(before, before.orders[0].vehicle_id or "")
    assert isinstance(free, Price)
    assert free.cost == 0
    for move in (("o9", "ana"), ("o1", "zoe")):
        assert isinstance(priced(before, move[1], move[0]), Missing)


def priced(live: LivePlan, vehicle_id: str, order_id: str = "o1") -> Any:
    return price(live, Setup.model_validate(SETUP), Move(order_id=order_id, vehicle_id=vehicle_id), Atlas())


def test_a_committed_order_is_priced_out_of_its_trip(server: Running) -> None:
    server.client.post(EVENTS, json=order("now")).raise_for_status()
    wait_for(lambda: line(server, "now"))
    change(server, {"do": "hurry", "order_id": "now"}).raise_for_status()
    committed = wait_for(lambda: [each for each in read(server)["orders"] if each["status"] == "committed"])[0]
    other = "ben" if committed["vehicle_id"] == "ana" else "ana"
    found = priced(LivePlan.model_validate(read(server)), other, "now")
    assert isinstance(found, Price)
    assert found.before.vehicle_id == committed["vehicle_id"]
    assert found.after.vehicle_id == other
    assert change(server, assign(other, "now")).status_code == 200
    assert line(server, "now")["vehicle_id"] == other  # type: ignore[index]


def test_what_mends_an_order_is_found_and_is_done_by_a_change(server: Running) -> None:
    """Nobody is there within a minute, and eve goes home before she could be."""
    server.client.post(EVENTS, json=rider("eve", shift_end_at=stamp(90))).raise_for_status()
    server.client.post(EVENTS, json=order("hasty", promised_at=stamp(60), max_late_s=0)).raise_for_status()
    server.client.post(EVENTS, json=order("hers", vehicle_ids=["eve"])).raise_for_status()
    for order_id, kind in (("hasty", FixKind.PROMISE), ("hers", FixKind.SHIFT)):
        wait_for(lambda order_id=order_id: (line(server, order_id) or {}).get("code"))
        found = mended(server, order_id)
        assert isinstance(found, Mend)
        assert found.now.vehicle_id is None
        assert found.fix is not None
        assert found.fix.kind is kind
        told = found.fix.model_dump(mode="json")
        done = {
            FixKind.PROMISE: {"do": "promise", "promised_at": told["promised_at"]},
            FixKind.SHIFT: {"do": "extend", "vehicle_id": told["vehicle_id"], "shift_end_at": told["shift_end_at"]},
        }
        assert change(server, {"order_id": order_id, **done[kind]}).status_code == 200
        served = line(server, order_id)
        assert served is not None
        assert (served["vehicle_id"] is not None, served["late_s"]) == (True, 0)
    on_time = mended(server, "hers")
    assert isinstance(on_time, Mend)
    assert on_time.fix is None
    assert isinstance(mended(server, "o9"), Missing)
    stranger = {"do": "extend", "order_id": "hers", "vehicle_id": "zoe", "shift_end_at": stamp(900)}
    assert [fault["path"] for fault in change(server, stranger).json()["errors"]] == ["$.changes[0].vehicle_id"]


def mended(server: Running, order_id: str) -> Mend | Missing:
    return mend(LivePlan.model_validate(read(server)), Setup.model_validate(SETUP), order_id, Atlas())
