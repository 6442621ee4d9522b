"""What became of a store's orders, read over HTTP; and a fleet's plan as one of its stores sees it."""

from collections.abc import Iterator

import pytest

from dispatch.online import EVENTS, Dispatcher, Setup
from service.auth import Scope
from service.live.board import Board
from service.live.store_plan import plan_of_store
from service.settings import Settings
from tests.service.live.fleet import FLEET, SETUP, Json, order, rider, stamp, wait_for
from tests.service.postgres import fresh_database
from tests.service.server import Running, running_without_workers

NORTH = "/v1/stores/north"


@pytest.fixture(params=["sqlite", "postgresql"], scope="module")
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server with a fleet of two stores, each with a rider."""
    url = None if request.param == "sqlite" else fresh_database()
    with running_without_workers(Settings(data_dir=tmp_path_factory.mktemp("data"), database_url=url)) as started:
        started.client.post("/v1/fleets", json=FLEET).raise_for_status()
        for name, store in (("ana", "north"), ("ben", "south")):
            started.client.post(f"/v1/stores/{store}/events", json=rider(name, store)).raise_for_status()
        wait_for(lambda: len(plan(started).get("vehicles", [])) == 2)
        yield started


def plan(server: Running) -> Json:
    answer = server.client.get("/v1/fleets/fleet/plan")
    document: Json = answer.json() if answer.status_code == 200 else {}
    return document


def tell(server: Running, *events: Json, store: str = "north") -> None:
    server.client.post(f"/v1/stores/{store}/events", json={"events": list(events)}).raise_for_status()


def read(server: Running, order_id: str) -> Json:
    answer = server.client.get(f"{NORTH}/orders/{order_id}")
    document: Json = answer.json() if answer.status_code == 200 else {}
    return document


def wait_until(server: Running, order_id: str, status: str) -> Json:
    found: Json = wait_for(lambda: (line := read(server, order_id)).get("status") == status and line)
    return found


def test_an_order_is_followed_to_its_end(server: Running) -> None:
    tell(server, order("o1"))
    committed = wait_until(server, "o1", "committed")
    assert (committed["trip_id"], committed["fleet_id"], committed["delivered_at"]) == ("ana/1", "fleet", None)
    assert committed["quoted_arrive_at"] is not None
    assert committed["order"]["promised_at"] is not None
    at = stamp()
    done = {"trip_id": "ana/1", "at": at}
    tell(
        server,
        done | {"id": "left", "kind": "trip_left"},
        done | {"id": "done", "kind": "stop_done", "order_id": "o1"},
        done | {"id": "back", "kind": "trip_returned"},
    )
    delivered = wait_until(server, "o1", "delivered")
    assert delivered["delivered_at"] == delivered["ended_at"] is not None
    assert (delivered["seq"], delivered["trip_id"]) == (committed["seq"], "ana/1")
    assert server.client.get(f"{NORTH}/orders/nobody").status_code == 404
    assert server.client.get("/v1/stores/nowhere/orders").status_code == 404


def test_a_cancelled_order_is_no_longer_said_to_arrive(server: Running) -> None:
    tell(server, order("c1", ready_s=900))
    assert wait_until(server, "c1", "open")["quoted_arrive_at"] is not None
    tell(server, {"id": "c1-no", "at": stamp(), "kind": "order_cancelled", "order_id": "c1"})
    line = wait_until(server, "c1", "cancelled")
    assert [line[name] for name in ("arrive_at", "late_s", "quoted_arrive_at", "vehicle_id")] == [None] * 4


def test_nor_is_it_before_the_next_round_plans_without_it() -> None:
    dispatcher = Dispatcher(Setup.model_validate(SETUP | {"in_rounds": True}))
    board = Board("fleet", dispatcher)
    cancelled = {"id": "no", "at": stamp(2), "kind": "order_cancelled", "order_id": "o"}
    told = [rider("ana"), order("o", ready_s=900), {"id": "t", "at": stamp(1), "kind": "tick"}, cancelled]
    for revision, event in enumerate(map(EVENTS.validate_python, told), start=1):
        board.note(event, dispatcher.handle(event), revision)
        if revision == 3:
            assert board.plan(revision).orders[0].arrive_at is not None
    assert dispatcher.proposal.trips, "it is planned still"
    (line,) = board.plan(4).orders
    assert (line.status, line.arrive_at, line.vehicle_id, line.quoted_arrive_at) == ("cancelled", None, None, None)
    assert board.changed(3) == {2: line}
    assert board.changed(4) == {}


def test_orders_are_read_page_by_page_and_by_status(server: Running) -> None:
    tell(server, *(order(f"p{i}", ready_s=900) for i in range(5)))
    tell(server, order("s1", "south", ready_s=900), store="south")
    wait_until(server, "p4", "open")
    read_back: list[Json] = []
    after: int | None = 0
    while after is not None:
        page = server.client.get(f"{NORTH}/orders", params={"after": after, "limit": 2, "status": "open"}).json()
        read_back += page["orders"]
        after = page["next"]
    assert [line["order"]["id"] for line in read_back] == [f"p{i}" for i in range(5)]
    assert all(line["arrive_at"] for line in read_back), "as the plan of now has it"
    ends = server.client.get(f"{NORTH}/orders", params={"status": ["delivered", "cancelled"]}).json()["orders"]
    assert {line["status"] for line in ends} <= {"delivered", "cancelled"}
    assert server.client.get(f"{NORTH}/orders", params={"status": "lost"}).status_code == 422


def test_orders_are_shown_to_keys_of_their_store(server: Running) -> None:
    south = server.key(Scope.LIVE_READ, stores=["south"])
    assert server.client.get(f"{NORTH}/orders", headers=south).status_code == 404
    assert server.client.get("/v1/stores/south/orders", headers=south).status_code == 200


def test_a_store_is_shown_its_part_of_the_plan(server: Running) -> None:
    tell(server, order("mine"))
    hurried = {"id": "now", "at": stamp(), "kind": "order_hurried", "order_id": "yours"}
    tell(server, order("yours", "south"), order("late", "south", ready_s=900), hurried, store="south")
    wait_for(lambda: "south" in {each["trip"]["store_id"] for each in plan(server)["trips"]})
    wait_for(lambda: read(server, "mine"))
    south = server.key(Scope.LIVE_READ, stores=["south"])
    answer = server.client.get("/v1/stores/south/plan", headers=south)
    part, whole = answer.json(), plan(server)
    assert "day" not in part
    assert part["store"]["id"] == "south"
    assert {line["order"]["store_id"] for line in part["orders"]} == {"south"}
    assert [line["vehicle"]["id"] for line in part["vehicles"]] == ["ben"]
    assert part["trips"] == [each for each in whole["trips"] if each["trip"]["store_id"] == "south"]
    assert {stop["order_id"] for each in part["proposed"] for stop in each["trip"]["stops"]} <= {"s1", "late"}
    etag = answer.headers["etag"]
    assert etag == f'"{part["revision"]}"'
    again = server.client.get("/v1/stores/south/plan", headers=south | {"If-None-Match": etag})
    assert again.status_code == 304 or again.headers["etag"] != etag
    assert server.client.get(f"{NORTH}/plan", headers=south).status_code == 404
    assert server.client.get("/v1/stores/nowhere/plan").status_code == 404


def test_what_leaves_from_a_store_is_its_concern_wherever_it_was_placed() -> None:
    dispatcher = Dispatcher(Setup.model_validate(SETUP))
    board = Board("fleet", dispatcher)
    told = [rider("ben", "south", shared_with=["north"]), order("o", "north", also_at=["south"])]
    for revision, event in enumerate(map(EVENTS.validate_python, told), start=1):
        board.note(event, dispatcher.handle(event), revision)
    whole = board.plan(2)
    assert [each.trip.store_id for each in whole.trips] == ["south"]
    north, south = (plan_of_store(whole, store) for store in ("north", "south"))
    assert ([line.order.id for line in north.orders], len(north.trips), len(north.vehicles)) == (["o"], 0, 1)
    assert ([line.order.id for line in south.orders], len(south.trips), len(south.vehicles)) == (["o"], 1, 1)


def test_an_order_whose_id_has_a_slash_is_found(server: Running) -> None:
    tell(server, order("2026/11/o7", ready_s=900))
    assert wait_until(server, "2026/11/o7", "open")["order"]["id"] == "2026/11/o7"
    assert server.client.get(f"{NORTH}/orders/2026/11/o7/label").status_code == 409
    assert server.client.get(f"{NORTH}/orders/2026/11/o7/customer").status_code == 404


def test_orders_outlive_their_fleet(server: Running) -> None:
    lines = server.client.get(f"{NORTH}/orders").json()["orders"]
    server.client.delete("/v1/fleets/fleet", params={"anyway": True}).raise_for_status()
    assert [line["seq"] for line in server.client.get(f"{NORTH}/orders").json()["orders"]] == [
        line["seq"] for line in lines
    ]
