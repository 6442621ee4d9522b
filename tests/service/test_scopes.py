"""Scopes and stores: walks over every operation of the OpenAPI document."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from service.auth import Scope
from service.db.database import Database
from service.db.models import Base, PlanRow, PlanStoreRow, PointsRow, Status, StudyRow, StudyStatus, WebhookRow
from service.problems import Forbidden, NotFound, Unauthenticated
from service.settings import Settings
from service.studies.conductor import Conductor
from tests.service.live.fleet import SETUP, order, rider, wait_for
from tests.service.server import Running, is_problem, running_without_workers

ALL_BUT_ADMIN = frozenset(Scope) - {Scope.ADMIN}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running_without_workers(Settings(data_dir=tmp_path_factory.mktemp("data"))) as started:
        yield started


def operations(server: Running) -> list[tuple[str, str, dict[str, Any]]]:
    document = server.client.get("/openapi.json").json()
    return [
        (method, path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


def ask(server: Running, method: str, path: str, headers: dict[str, str]) -> httpx.Response:
    """Send the operation with something for each parameter of its path."""
    url = server.url + re.sub(r"\{\w+\}", "x", path).lstrip("/")
    return httpx.request(method, url, headers=headers, timeout=60, trust_env=False)


def test_every_route_asks_for_a_key_and_its_scope(server: Running) -> None:
    """The walk over the OpenAPI document: 401 without a key, 403 with a key that has every scope but the route's."""
    walked, open_to_all = 0, set()
    for method, path, operation in operations(server):
        if "security" not in operation:
            open_to_all.add(path)
            continue
        (scopes,) = {tuple(scopes) for each in operation["security"] for scopes in each.values()}
        assert len(scopes) == 1, f"{method} {path}"
        without = ask(server, method, path, {})
        assert is_problem(without, Unauthenticated), f"{method} {path}: {without.text}"
        assert without.headers["www-authenticate"] == 'Bearer realm="swiftleaf"'
        poor = server.key(*(ALL_BUT_ADMIN - {Scope(scopes[0])}))
        refused = ask(server, method, path, poor)
        assert is_problem(refused, Forbidden), f"{method} {path}: {refused.text}"
        assert f"lacks the scope {scopes[0]}" in refused.json()["detail"]
        assert {"401", "403", "429", "503"} <= operation["responses"].keys()
        if method == "post":
            assert "Idempotency-Key" in {parameter["name"] for parameter in operation["parameters"]}
        walked += 1
    assert open_to_all == {"/healthz", "/readyz"}
    assert walked >= 18


def test_a_key_of_one_store_sees_no_other_store(server: Running) -> None:
    """On every route with a store in its path, a store of others and none at all are answered in the same words."""
    bound = server.key(*ALL_BUT_ADMIN, stores=["a"])
    walked = 0
    for method, path, _ in operations(server):
        if "{store_id}" not in path:
            continue
        body = {"content": b'{"name": "Ana"}', "headers": bound | {"content-type": "application/json"}}
        answers = [
            httpx.request(
                method,
                server.url + re.sub(r"\{\w+\}", "x", path.replace("{store_id}", store)).lstrip("/"),
                timeout=60,
                trust_env=False,
                **(body if method in {"put", "post"} else {"headers": bound}),
            )
            for store in ("b", "c")
        ]
        assert all(is_problem(answer, NotFound) for answer in answers), f"{method} {path}: {answers[0].text}"
        assert answers[0].text.replace("'b'", "'c'") == answers[1].text
        walked += 1
    assert walked >= 3


def test_what_a_key_sees_is_kept_by_no_proxy_and_read_by_no_other_site(server: Running) -> None:
    for path in ("/v1/plans", "/openapi.json", "/v1/nothing", "/login"):
        headers = server.client.get(path).headers
        assert headers["cache-control"] in {"private", "no-store"}
        assert headers["cross-origin-resource-policy"] == headers["cross-origin-opener-policy"] == "same-origin"


def store(name: str) -> dict[str, Any]:
    return SETUP["stores"][0] | {"id": name}


def ask_of_hidden(
    server: Running, method: str, path: str, operation: dict[str, Any], headers: dict[str, str]
) -> httpx.Response:
    """Send the operation about whatever is called ``hidden``, with the body that the document gives as an example."""
    given = {"format_name": "json", "from": "2026-11-01", "to": "2026-11-02", "lon": -71.25, "lat": -29.9}
    values = {each["name"]: given.get(each["name"], "hidden") for each in operation.get("parameters", ())}
    optional = {"store"} & values.keys()
    query = {
        each["name"]: values[each["name"]]
        for each in operation.get("parameters", ())
        if each["in"] == "query" and (each.get("required") or each["name"] in optional)
    }
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    body = content["examples"]["whole"]["value"] if "examples" in content else {}
    return httpx.request(
        method,
        server.url.rstrip("/") + path.format_map(values),
        params=query,
        json=None if method in {"get", "delete"} else body,
        headers=headers | {"If-Match": "*"},
        timeout=60,
        trust_env=False,
    )


def hide(server: Running) -> None:
    """Make a fleet with an order, a person and a webhook, a plan, studies, points and a ledger of other stores."""
    client = server.client
    client.post("/v1/fleets", json={"id": "hidden", "setup": SETUP | {"stores": [store("hidden")]}}).raise_for_status()
    events = {"events": [rider("hidden", "hidden"), order("hidden", "hidden")]}
    client.post("/v1/stores/hidden/events", json=events).raise_for_status()
    client.put("/v1/stores/hidden/orders/hidden/customer", json={"name": "Ana"}).raise_for_status()
    wait_for(lambda: client.get("/v1/fleets/hidden/plan").json().get("orders"), 60)  # compiling kernels comes first
    now = datetime.now(UTC)
    with server.app.state.database.writing() as session:
        session.add(PlanRow(id="hidden", created_at=now, status=Status.DONE, request="{}", plan="{}", geojson="{}"))
        session.flush()
        session.add(PlanStoreRow(plan_id="hidden", store_id="hidden"))
        for name, stores in (("hidden", None), ("hidden-too", '["hidden", "mine"]')):
            done = {"status": StudyStatus.DONE, "request": "{}", "result": "{}", "done_runs": 1, "stores": stores}
            session.add(StudyRow(id=name, kind="radius", created_at=now, **done))
        hook = {"key_id": "key", "url": "https://x", "secret": b"", "created_at": now, "sent_seq": 10**9, "failures": 0}
        session.add(WebhookRow(id="hidden", fleet_id="hidden", **hook))
        entry = {"entered_at": now, "kind": "award", "order_id": "hidden", "day": date(2026, 11, 1), "document": "{}"}
        session.add(PointsRow(store_id="hidden", sequence=0, **entry))
    server.app.state.settings.ledger_file.write_text("hidden")


def hidden(database: Database) -> list[str]:
    """Every row that is about what is hidden, but for what the dispatcher and the courier write by themselves."""
    moving = {"fleets", "events", "decisions", "live_plans", "answers"}
    with database.transaction() as session:
        return [
            f"{table.name} {row}"
            for table in Base.metadata.sorted_tables
            if table.name not in moving
            for row in session.execute(sa.select(table))
            if "hidden" in str(row)
        ]


NOBODYS = {
    **dict.fromkeys((f"get /v1/{name}" for name in ("fleets", "stores", "plans", "studies", "carbon/stores")), 200),
    "get /v1/service-areas": 422,
    "get /v1/maps": 503,
    "post /v1/carbon/exchange:check": 200,
    "post /v1/studies": 503,
}
"""What is answered at all: lists of one's own, and what is about no store. There are no workers here."""


def test_a_key_of_one_store_is_answered_as_if_there_were_no_other(tmp_path: Path) -> None:
    """Every operation, asked before and after others have things there, says the same and changes none of them."""
    with running_without_workers(Settings(data_dir=tmp_path)) as server:
        database = server.app.state.database
        server.app.state.conductor = Conductor(database, server.app.state.workers, dict)
        own = {"id": "own", "setup": SETUP | {"stores": [store("mine")]}}
        server.client.post("/v1/fleets", json=own).raise_for_status()
        wait_for(lambda: server.client.get("/v1/fleets/own").json()["dispatched"])
        bound = server.key(*ALL_BUT_ADMIN, stores=["mine"])
        walks: list[dict[str, tuple[int, str]]] = []
        for make in (lambda _: None, hide):
            make(server)
            held = hidden(database)
            walk = {}
            for method, path, operation in operations(server):
                if "security" in operation:
                    answer = ask_of_hidden(server, method, path, operation, bound)
                    walk[f"{method} {path}"] = answer.status_code, answer.text
            assert hidden(database) == held
            walks.append(walk)
        assert len(held) >= 6
        assert walks[0] == walks[1]
        assert len(walk) >= 50
        assert {name: status for name, (status, _) in walk.items() if status not in {403, 404}} == NOBODYS
