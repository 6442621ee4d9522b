"""What the pages ask for: a live plan drawn, where people live and orders come from, and what stores emitted."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import carbon
from service.auth import Scope
from service.db.database import Database
from service.db.events import EventRepository
from service.db.fleets import FleetRepository
from service.db.plans import PlanRepository
from service.settings import Settings
from tests.browser.fleet import peak
from tests.service.live.fleet import order, rider, stamp, wait_for
from tests.service.postgres import fresh_database
from tests.service.server import Running, running


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(Settings(data_dir=tmp_path_factory.mktemp("pages"), port=0, workers=1)) as started:
        setup = {
            "stores": [{"id": "north", "location": [-71.25, -29.90], "region": "CL"}],
            "travel": {"kind": "map", "name": "coquimbo"},
            "patience": {"busy": 0},
            "work": 20,
        }
        made = started.client.post("/v1/fleets", json={"id": "fleet", "setup": setup})
        assert made.status_code == 201, made.text
        request = peak(orders=8, riders=2, drones=1)
        planned = started.client.post("/v1/plans", json=request.model_dump(mode="json"), params={"time_limit_s": 0.3})
        assert planned.status_code == 201, planned.text
        yield started


@pytest.fixture(scope="module")
def fed(server: Running) -> dict[str, Any]:
    """The plan of a fleet with a rider and two orders."""
    for learnt in ("demand.geojson", "hints"):
        assert server.client.get(f"/v1/fleets/fleet/{learnt}").status_code == 409, "no order yet"
    events = [rider("ann"), order("one", east=0.003), order("two", east=0.005)]
    answer = server.client.post("/v1/stores/north/events", json={"events": events})
    assert {each["status"] for each in answer.json()["events"]} == {"taken"}

    def planned() -> dict[str, Any] | None:
        plan: dict[str, Any] = server.client.get("/v1/fleets/fleet/plan").json()
        return plan if len(plan.get("orders", ())) == 2 and (plan["trips"] or plan["proposed"]) else None

    found: dict[str, Any] = wait_for(planned, 60)
    return found


def test_a_live_plan_is_held_against_a_proven_bound(server: Running, fed: dict[str, Any]) -> None:
    answer = server.client.get("/v1/fleets/fleet/plan/gap")
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found["revision"] >= fed["revision"]
    assert found["orders"] == 2
    assert 0 < found["bound"] <= found["cost"]
    assert found["gap"] == pytest.approx(1 - found["bound"] / found["cost"])
    assert found["gap"] < 0.01, "two orders and a rider: a plan is soon proven the best"


@pytest.mark.usefixtures("fed")
def test_a_live_plan_is_drawn_along_the_streets(server: Running) -> None:
    answer = server.client.get("/v1/fleets/fleet/plan.geojson")
    assert answer.headers["content-type"] == "application/geo+json"
    features = answer.json()["features"]
    assert features
    for feature in features:
        line, places = feature["geometry"]["coordinates"], feature["properties"]["places"]
        assert len(line) > len(places), "streets bend"
        assert line[places[0]] == line[places[-1]]
    again = server.client.get("/v1/fleets/fleet/plan.geojson", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code in {200, 304}
    assert (again.status_code == 304) == (again.headers["etag"] == answer.headers["etag"])
    assert server.client.get("/v1/fleets/none/plan.geojson").status_code == 404


@pytest.mark.usefixtures("fed")
def test_demand_is_learnt_from_the_fleets_own_orders(server: Running) -> None:
    stray = order("stray", placed_at="1970-01-01T00:00:00Z")
    cancelled = {"id": "stray-cancelled", "at": stamp(), "kind": "order_cancelled", "order_id": "stray"}
    server.client.post("/v1/stores/north/events", json={"events": [stray, cancelled]}).raise_for_status()
    answer = server.client.get("/v1/fleets/fleet/demand.geojson")
    assert answer.status_code == 200, f"an order with a wrong date spoils it: {answer.text}"
    assert sum(each["properties"]["expected"] for each in answer.json()["features"]) > 0
    wrong = server.client.get("/v1/fleets/fleet/demand.geojson", params={"timezone": "Nowhere"})
    assert wrong.status_code == 422


@pytest.mark.usefixtures("fed")
def test_idle_riders_are_told_where_to_wait(server: Running) -> None:
    """The only store is where a rider waits anyway; one that was seen a kilometre off is called back."""
    assert server.client.get("/v1/fleets/fleet/hints").json()["hints"] == []
    seen = {"kind": "vehicle_located", "vehicle_id": "bob", "location": [-71.24, -29.90]}
    events = [rider("bob"), {"id": "bob-seen", "at": stamp()} | seen]
    server.client.post("/v1/stores/north/events", json={"events": events})

    def told() -> dict[str, Any] | None:
        answer: dict[str, Any] = server.client.get("/v1/fleets/fleet/hints", params={"ahead_min": 240}).json()
        return answer if answer["hints"] else None

    found = wait_for(told, 60)
    (hint,) = found["hints"]
    assert (hint["vehicle_id"], hint["store_id"], hint["waiting"]) == ("bob", "north", 1)
    assert hint["away_m"] == pytest.approx(964, rel=0.01)
    assert "in the next 240 min, for 1 waiting there; it is 1.0 km away" in hint["text"]
    wrong = [{"timezone": "Nowhere"}, {"ahead_min": 0}, {"ahead": 5}]
    for params in wrong:
        answer = server.client.get("/v1/fleets/fleet/hints", params=params)
        assert (answer.status_code, answer.json()["errors"][0]["path"]) == (422, f"query.{next(iter(params))}")
    assert server.client.get("/v1/fleets/none/hints").status_code == 404


def test_people_are_those_of_the_census(server: Running) -> None:
    zones = server.client.get("/v1/maps/coquimbo/people").json()["features"]
    people = sum(each["properties"]["people"] for each in zones)
    assert people == pytest.approx(411_000, rel=0.5)
    assert all(each["properties"]["people_per_km2"] >= 0 for each in zones)
    assert server.client.get("/v1/maps/none/people").status_code == 404


def day_of(server: Running) -> dict[str, str]:
    stores = server.client.get("/v1/carbon/stores").json()
    return {"from": stores["first_day"], "to": stores["last_day"]}


def test_figures_are_those_of_the_stored_plans(server: Running) -> None:
    days = day_of(server)
    answer = server.client.get("/v1/carbon/figures", params=days)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    plan_id = server.client.get("/v1/plans").json()["plans"][0]["id"]
    totals = server.client.get(f"/v1/plans/{plan_id}/carbon").json()["totals"]
    assert found["totals"]["total_gco2e"] == pytest.approx(totals["total_gco2e"])
    assert found["before"] is None
    assert sum(found["histogram"]["counts"]) == totals["orders"] == sum(each["orders"] for each in found["days"])
    assert {each["plan_id"] for each in found["orders"]} == {plan_id}


def test_a_report_can_be_taken_in_every_format(server: Running) -> None:
    days = day_of(server)
    for name, head in {"json": b"{", "csv": b"", "xlsx": b"PK", "html": b"<!doctype", "pdf": b"%PDF"}.items():
        answer = server.client.get(f"/v1/carbon/report.{name}", params=days)
        assert answer.status_code == 200, answer.text
        assert answer.content.lower().startswith(head.lower())
        assert f".{name}" in answer.headers["content-disposition"]
    assert server.client.get("/v1/carbon/report.exe", params=days).status_code == 422


def test_what_cannot_be_reported_on_is_refused(server: Running) -> None:
    days = day_of(server)
    assert server.client.get("/v1/carbon/figures", params=days | {"store": "none"}).status_code == 404
    assert server.client.get("/v1/carbon/figures", params={"from": "2026-02-01", "to": "2026-01-01"}).status_code == 422
    assert server.client.get("/v1/carbon/figures", params=days | {"shop": "x"}).status_code == 422


def test_a_key_of_another_store_sees_nothing(server: Running) -> None:
    key = server.key(Scope.CARBON_READ, stores=["elsewhere"])
    assert server.client.get("/v1/carbon/stores", headers=key).json()["stores"] == []
    found = server.client.get("/v1/carbon/figures", params=day_of(server), headers=key).json()
    assert found["totals"]["orders"] == 0


def test_the_ledger_is_verified_and_a_change_is_found(server: Running) -> None:
    assert server.client.get("/v1/carbon/ledger").json()["valid"] is None
    path: Path = server.app.state.settings.ledger_file
    ledger = carbon.Ledger(path)
    ledger.append("note", {"text": "one"})
    ledger.append("note", {"text": "two"})
    found = server.client.get("/v1/carbon/ledger").json()
    assert (found["entries"], found["valid"], found["kinds"]) == (2, True, {"note": 2})
    path.write_text(path.read_text().replace("one", "uno"))
    found = server.client.get("/v1/carbon/ledger").json()
    assert found["valid"] is False
    assert found["findings"]
    assert str(path.parent) not in str(found), "where it lies is for the operator"


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    opened = Database(f"sqlite:///{tmp_path}/swiftleaf.db" if request.param == "sqlite" else fresh_database())
    opened.migrate()
    yield opened
    opened.close()


def test_plans_are_found_by_their_stores(database: Database) -> None:
    answer = {"plan": "{}", "geojson": "{}", "carbon": "{}"}
    with database.transaction() as session:
        plans = PlanRepository(session)
        first = plans.add('{"n":1}', answer, stores=["a", "b"]).id
        second = plans.add('{"n":2}', answer, stores=["c"]).id
        plans.add('{"n":3}', stores=["a"])
    with database.transaction() as session:
        plans = PlanRepository(session)
        assert plans.stores() == ["a", "b", "c"]
        assert [row[0] for row in plans.done_of(["a", "b"])] == [first]
        assert [row[0] for row in plans.done_of(["c", "d"])] == [second]


def test_the_latest_events_come_first(database: Database) -> None:
    with database.writing() as session:
        FleetRepository(session).add("fleet", "{}", ["north"])
        EventRepository(session, "fleet").add({"one": '{"n":1}', "two": '{"n":2}'})
    with database.transaction() as session:
        events = EventRepository(session, "fleet")
        assert events.latest(1) == ['{"n":2}']
        assert events.latest(9) == ['{"n":2}', '{"n":1}']
