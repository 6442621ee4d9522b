"""What an operator sees: figures that exist under the names the dashboard asks for, and ids that lead to log lines."""

import asyncio
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.types import Message, Receive, Send
from starlette.types import Scope as Connection
from structlog.testing import capture_logs

import service
from service.auth import Scope
from service.keys.caller import CALLER, Caller
from service.settings import Settings
from service.telemetry.counts import note_live_gap, note_plan
from service.telemetry.requests import Requests, Traffic
from tests.service.server import Running, running_without_workers

DASHBOARD = json.loads((Path(service.__file__).parent / "docs" / "grafana.json").read_text())
QUERIES = [(panel["title"], target["expr"]) for panel in DASHBOARD["panels"] for target in panel["targets"]]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running_without_workers(Settings(data_dir=tmp_path_factory.mktemp("telemetry"), port=0)) as started:
        yield started


def figures(server: Running) -> dict[str, float]:
    """Every sample by name and labels."""
    text = server.client.get("/metrics").text
    return {
        f"{sample.name}{json.dumps(sample.labels, sort_keys=True)}": sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_every_query_of_the_dashboard_names_figures_that_exist(server: Running) -> None:
    text = server.client.get("/metrics").text
    there = {name for family in text_string_to_metric_families(text) for name in (family.name, f"{family.name}_total")}
    there |= {f"{name}_bucket" for name in there}
    for title, query in QUERIES:
        named = set(re.findall(r"swiftleaf_\w+", query))
        assert named, title
        assert named <= there, title


def test_requests_are_counted_by_route_not_by_path(server: Running) -> None:
    before = figures(server)
    for plan_id in ("a", "b", "c"):
        assert server.client.get(f"/v1/plans/{plan_id}").status_code == 404
    server.client.get("/no/such/page")
    after = figures(server)
    plan = 'swiftleaf_requests_total{"method": "GET", "route": "/v1/plans/{plan_id}", "status": "404"}'
    none = 'swiftleaf_requests_total{"method": "none", "route": "none", "status": "404"}'
    assert after[plan] == before.get(plan, 0) + 3
    assert after[none] == before.get(none, 0) + 1
    seconds = 'swiftleaf_request_seconds_count{"method": "GET", "route": "/v1/plans/{plan_id}"}'
    assert after[seconds] == before.get(seconds, 0) + 3


def test_the_line_of_a_request_names_its_key() -> None:
    """Its id, which is fit for logs; none if there was no valid one."""

    async def answer(scope: Connection, _: Receive, send: Send) -> None:
        scope[CALLER] = Caller("abc", frozenset())
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(_: Message) -> None:
        pass

    async def receive() -> Message:
        raise AssertionError

    scope = {"type": "http", "method": "GET", "path": "/x", "headers": []}
    with capture_logs() as lines:
        asyncio.run(Requests(answer, Traffic(), answer)(scope, receive, send))
    assert [(line["event"], line["path"], line["key"]) for line in lines] == [("request", "/x", "abc")]


def test_figures_take_a_scope(server: Running) -> None:
    assert server.client.get("/metrics", headers=server.key(Scope.PLANS_READ)).status_code == 403
    assert server.client.get("/metrics", headers=server.key(Scope.OPS_READ)).status_code == 200


def test_an_id_that_was_given_comes_back_and_any_other_is_made_up(server: Running) -> None:
    assert server.client.get("/healthz", headers={"X-Request-ID": "till-7.42"}).headers["x-request-id"] == "till-7.42"
    for unfit in ("", "a b", "x" * 65, "{}"):
        made = server.client.get("/v1/nothing", headers={"X-Request-ID": unfit}).headers["x-request-id"]
        assert re.fullmatch(r"[0-9a-f]{32}", made)


def test_the_gap_of_a_plan_is_noted_if_it_has_a_bound(server: Running) -> None:
    before = figures(server)["swiftleaf_plan_gap_count{}"]
    note_plan('{"bound": null}')
    note_plan('{"bound": {"gap": 0.03}}')
    assert figures(server)["swiftleaf_plan_gap_count{}"] == before + 1


def test_the_gap_of_a_live_plan_is_noted_if_it_was_proven(server: Running) -> None:
    before = figures(server)["swiftleaf_live_gap_count{}"]
    note_live_gap('{"gap": null}')
    note_live_gap('{"gap": 0.03}')
    assert figures(server)["swiftleaf_live_gap_count{}"] == before + 1
