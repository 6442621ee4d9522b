"""The API over real HTTP: uvicorn, SQLite and Dask workers, all of them real."""

import codecs
import gzip
import json
import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

import carbon
import dispatch
from carbon.reports import OrderLabel
from service import problems, solve
from service.db.database import Database
from service.db.plans import PlanRepository
from service.settings import Settings
from service.solve import Workers
from tests.service.documents import LEFT_OUT, NOT_JSON, REFUSED, LeftOut, Refused, example, straight
from tests.service.server import Running, running

JSON = {"content-type": "application/json"}
STORE = {"lon": -71.2463, "lat": -29.8981}
LIMIT = 8_000_000


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One server for all tests here, started on a database in which another server died while it was solving."""
    settings = Settings(data_dir=tmp_path_factory.mktemp("data"), workers=1, max_body_bytes=LIMIT, max_time_limit_s=10)
    died = Database(settings.database)
    died.migrate()
    with died.transaction() as session:
        interrupted = PlanRepository(session).add("{}").id
    died.close()
    with running(settings) as started:
        started.app.state.interrupted = interrupted
        yield started


@pytest.fixture
def client(server: Running) -> httpx.Client:
    return server.client


def problem(answer: httpx.Response, kind: type[problems.StatusProblem]) -> dict[str, Any]:
    """The body of a problem, after checking that it is one of that kind."""
    assert answer.status_code == kind.status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    body: dict[str, Any] = answer.json()
    assert body["status"] == kind.status
    assert body["type"] == f"/problems/{kind.type_}"
    assert body["title"] == kind.title
    assert "Traceback" not in answer.text
    return body


def test_alive_and_ready(client: httpx.Client) -> None:
    assert client.get("/healthz").json()["status"] == "alive"
    ready = client.get("/readyz").json()
    assert ready == {"status": "ready", "database": "answers", "workers": 1, "tiny_problem": "solved"}


@pytest.mark.parametrize("path", ["/", "/healthz", "/readyz"])
def test_head_is_answered_as_get_without_the_body(client: httpx.Client, path: str) -> None:
    head, get = client.head(path), client.get(path)
    assert head.status_code == get.status_code == 200
    assert head.headers["content-type"] == get.headers["content-type"]
    assert head.content == b""


def test_not_ready_says_why(server: Running, tmp_path: Path) -> None:
    state = server.app.state
    database, workers = state.database, state.workers
    try:
        state.workers = Workers(1)
        assert "not running" in problem(server.client.get("/readyz"), problems.Unavailable)["detail"]
        state.workers, state.database = workers, Database(f"sqlite:///{tmp_path}/empty.db")
        assert "database" in problem(server.client.get("/readyz"), problems.Unavailable)["detail"]
        state.database.close()
    finally:
        state.database, state.workers = database, workers
    assert server.client.get("/readyz").status_code == 200


def test_plan_is_made_kept_and_read_in_every_form(client: httpx.Client) -> None:
    made = client.post("/v1/plans?time_limit_s=0.2&seed=5", json=example())
    assert made.status_code == 201, made.text
    stored = made.json()
    assert made.headers["location"] == f"/v1/plans/{stored['id']}"
    assert (stored["status"], stored["error"]) == ("done", None)
    request = dispatch.PlanRequest.model_validate(example())
    plan = dispatch.Plan.model_validate(stored["plan"])
    assert plan.seed == 5
    assert plan.summary.served == 3
    assert dispatch.check(request, plan).valid

    again = client.get(made.headers["location"]).json()
    assert again["plan"] == stored["plan"]
    assert dispatch.PlanRequest.model_validate(again["request"]) == request
    drawing = client.get(made.headers["location"] + "/geojson")
    assert drawing.headers["content-type"] == "application/geo+json"
    assert [f["properties"]["role"] for f in drawing.json()["features"]].count("stop") == 3
    report = carbon.Report.model_validate(client.get(made.headers["location"] + "/carbon").json())
    assert {order.order_id for order in report.orders} == {"order-1", "order-2", "order-3"}
    assert report.totals.transport_gco2e == pytest.approx(plan.summary.transport_gco2e)
    at = made.headers["location"] + "/orders/order-1/label"
    label = OrderLabel.model_validate(client.get(at).json())
    (order,) = (order for order in report.orders if order.order_id == "order-1")
    assert (label.total_gco2e, label.b_packaging_gco2e) == (order.total_gco2e, order.packaging_gco2e)
    assert label.spread is not None
    drawn = client.get(at + ".svg")
    assert drawn.headers["content-type"] == "image/svg+xml"
    assert "order-1" in drawn.text
    assert "order-9" in problem(client.get(at.replace("order-1", "order-9")), problems.NotFound)["detail"]


def test_plans_are_listed_newest_first(client: httpx.Client) -> None:
    ids = [client.post("/v1/plans?engine=greedy", json=straight()).json()["id"] for _ in range(3)]
    listed = client.get("/v1/plans?limit=2").json()["plans"]
    assert [line["id"] for line in listed] == ids[:0:-1]
    assert all(line["status"] == "done" for line in client.get("/v1/plans?status=done").json()["plans"])


def test_same_request_seed_and_engine_give_the_same_plan(client: httpx.Client) -> None:
    one, two = (client.post("/v1/plans?engine=greedy&seed=3", json=example()).json()["plan"] for _ in range(2))
    assert one == two


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED.keys())
def test_unusable_requests_are_refused_with_every_fault(client: httpx.Client, case: Refused) -> None:
    before = client.get("/v1/plans?limit=200").json()
    errors = problem(client.post("/v1/plans", content=case.body(), headers=JSON), problems.InvalidRequest)["errors"]
    assert {error["path"] for error in errors} == set(case.paths)
    assert case.text in errors[0]["text"]
    assert client.get("/v1/plans?limit=200").json() == before, "a refused request leaves nothing behind"


@pytest.mark.parametrize("case", LEFT_OUT.values(), ids=LEFT_OUT.keys())
def test_one_bad_order_is_left_out_and_the_rest_planned(client: httpx.Client, case: LeftOut) -> None:
    plan = client.post("/v1/plans?engine=greedy", json=case.make()).json()["plan"]
    assert [(item["order_id"], item["code"]) for item in plan["unserved"]] == [("order-2", case.code)]
    assert plan["unserved"][0]["text"]
    assert plan["summary"]["served"] == 2


def test_no_orders_is_a_plan_without_trips(client: httpx.Client) -> None:
    made = client.post("/v1/plans", json=example(orders=[]))
    assert made.status_code == 201
    assert made.json()["plan"]["trips"] == made.json()["plan"]["unserved"] == []
    assert client.get(made.headers["location"] + "/carbon").json()["orders"] == []


@pytest.mark.parametrize("body", NOT_JSON.values(), ids=NOT_JSON.keys())
def test_what_is_not_json_is_400(client: httpx.Client, body: bytes) -> None:
    problem(client.post("/v1/plans", content=body, headers=JSON), problems.NotJson)


def test_body_over_the_limit_is_413_by_length_and_by_count(client: httpx.Client) -> None:
    huge = json.dumps(example(stores=[{"name": "x" * 50_000_000}])).encode()
    assert str(LIMIT) in problem(client.post("/v1/plans", content=huge, headers=JSON), problems.TooLarge)["detail"]
    chunks = (huge[i : i + 1_000_000] for i in range(0, len(huge), 1_000_000))  # sent without a Content-Length
    problem(client.post("/v1/quotes", content=chunks, headers=JSON), problems.TooLarge)


def test_body_must_be_declared_as_json(client: httpx.Client) -> None:
    text = json.dumps(straight())
    problem(client.post("/v1/plans", content=text, headers={"content-type": "text/plain"}), problems.NotJsonType)
    accepted = client.post("/v1/plans", content=text, headers={"content-type": "application/json; charset=utf-8"})
    assert accepted.status_code == 201


@pytest.mark.parametrize("encoding", ["gzip", "br"])
def test_encoded_body_is_415_and_says_the_way_out(client: httpx.Client, encoding: str) -> None:
    body = gzip.compress(json.dumps(straight()).encode())
    answer = client.post("/v1/plans", content=body, headers=JSON | {"content-encoding": encoding})
    assert f"'{encoding}'; send the body as it is" in problem(answer, problems.EncodedBody)["detail"]
    assert answer.headers["accept-encoding"] == "identity"
    plain = client.post("/v1/plans", json=straight(), headers={"content-encoding": "identity"})
    assert plain.status_code == 201


def test_byte_order_mark_before_the_json_is_taken(client: httpx.Client) -> None:
    body = json.dumps(straight()).encode("utf-8-sig")
    assert body.startswith(codecs.BOM_UTF8)
    assert client.post("/v1/plans", content=body, headers=JSON).status_code == 201


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ("engine=magic", "query.engine"),
        ("time_limit_s=0", "query.time_limit_s"),
        ("time_limit_s=nan", "query.time_limit_s"),
        ("time_limit_s=11", "query.time_limit_s"),
        ("seed=-1", "query.seed"),
        ("time_limit=5", "query.time_limit"),
    ],
)
def test_bad_parameters_are_named(client: httpx.Client, query: str, path: str) -> None:
    errors = problem(client.post(f"/v1/plans?{query}", json=straight()), problems.InvalidRequest)["errors"]
    assert [error["path"] for error in errors] == [path]


def test_unknown_parameters_are_all_named_with_those_there_are(client: httpx.Client) -> None:
    answer = client.get("/v1/plans?limits=1&limit=1&state=done")
    assert problem(answer, problems.InvalidRequest)["errors"] == [
        {"path": "query.limits", "text": "no such parameter; there are limit, cursor, status"},
        {"path": "query.state", "text": "no such parameter; there are limit, cursor, status"},
    ]
    for answer in (
        client.get("/v1/plans/unknown?x=1"),
        client.post("/v1/quotes?x=1", json=quote_request()),
        client.post("/v1/plans:check?x=1", json=sketch()),
        client.get("/v1/service-areas", params=STORE | {"minutes": 5, "x": 1}),
        client.get("/v1/maps?x=1"),
        client.get("/v1/maps/coquimbo/streets", params=STORE | {"x": 1}),
    ):
        errors = problem(answer, problems.InvalidRequest)["errors"]
        assert [error["path"] for error in errors] == ["query.x"]


def test_addresses_that_are_not_there(client: httpx.Client) -> None:
    problem(client.get("/v1/nothing"), problems.NotFound)
    problem(client.get("/v1/plans/unknown"), problems.NotFound)
    problem(client.get("/v1/plans/unknown/carbon"), problems.NotFound)
    refused = client.delete("/v1/plans")
    problem(refused, problems.MethodNotAllowed)
    assert refused.headers["allow"] == "GET, POST"


def test_each_type_of_problem_can_be_looked_up(client: httpx.Client) -> None:
    for kind in problems.KINDS:
        page = client.get(f"/problems/{kind.type_}")
        assert page.status_code == 200
        assert page.text.startswith(kind.title)
    problem(client.get("/problems/other"), problems.NotFound)


def test_parts_of_a_plan_that_is_not_done_are_409(server: Running) -> None:
    with server.app.state.database.transaction() as session:
        plan_id = PlanRepository(session).add("{}").id
    assert "solving" in problem(server.client.get(f"/v1/plans/{plan_id}/geojson"), problems.NotDone)["detail"]
    with server.app.state.database.transaction() as session:
        PlanRepository(session).fail(plan_id, "the dog ate it")
    assert "the dog ate it" in problem(server.client.get(f"/v1/plans/{plan_id}/carbon"), problems.NotDone)["detail"]


def test_unforeseen_error_is_500_without_internals(server: Running) -> None:
    database = server.app.state.database
    del server.app.state.database
    try:  # on a connection of its own, since the server closes it then
        answer = httpx.get(f"{server.url}v1/plans", headers=server.client.headers)
    finally:
        server.app.state.database = database
    assert "database" not in json.dumps(problem(answer, problems.Internal))


def quote_request(**order: Any) -> dict[str, Any]:
    taken = example()
    candidate = taken["orders"].pop() | order
    return {"request": taken, "order": candidate}


def test_quote_promises_what_can_be_kept(client: httpx.Client) -> None:
    quote = dispatch.Quote.model_validate(client.post("/v1/quotes", json=quote_request()).json())
    assert quote.promised
    assert quote.arrive_at is not None
    assert quote.arrive_at.isoformat() <= "2026-11-20T20:28:00-03:00"
    assert quote.vehicle_id in {"rider-1", "rider-2", "drone-1"}


def test_quote_says_why_not(client: httpx.Client) -> None:
    quote = client.post("/v1/quotes", json=quote_request(location=[-71.45, -29.9], mass_kg=9)).json()
    assert (quote["promised"], quote["code"], quote["vehicle_id"]) == (False, "off_map", None)


@pytest.mark.parametrize(
    ("document", "path"),
    [
        (quote_request(mass_kg=-1), "$.order.mass_kg"),
        (quote_request(id="order-1"), "$.order.id"),
        ({"request": example(stores=[]), "order": example()["orders"][0]}, "$.request.stores"),
        (
            quote_request() | {"request": example(travel={"kind": "map", "name": "atlantis"}, orders=[])},
            "$.request.travel.name",
        ),
        (
            quote_request()
            | {"request": example(orders=[], travel={"kind": "matrix", "seconds": [], "metres": [[0, 1], [1, 0]]})},
            "$.request.travel.seconds",
        ),
    ],
)
def test_unusable_quotes_are_refused_at_their_own_paths(
    client: httpx.Client, document: dict[str, Any], path: str
) -> None:
    errors = problem(client.post("/v1/quotes", json=document), problems.InvalidRequest)["errors"]
    assert [error["path"] for error in errors] == [path]


def sketch(*trips: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"request": straight(**fields), "trips": list(trips)}


def test_plan_made_by_hand_is_timed_priced_and_judged(client: httpx.Client) -> None:
    trips = [
        {"vehicle_id": "rider-1", "order_ids": ["order-2", "order-1"]},
        {"vehicle_id": "rider-2", "order_ids": ["order-3"], "depart_at": "2026-11-20T20:02:00-03:00"},
    ]
    kept = client.get("/v1/plans?limit=200").json()
    answer = client.post("/v1/plans:check", json=sketch(*trips))
    assert answer.status_code == 200, answer.text
    plan = dispatch.Plan.model_validate(answer.json())
    assert [[stop.order_id for stop in trip.stops] for trip in plan.trips] == [["order-2", "order-1"], ["order-3"]]
    assert {fault.code for fault in plan.verdict.violations} == {"leaves_before_free", "leaves_before_ready"}
    assert plan.summary.served == 3
    assert plan.cost.total > 0
    assert client.get("/v1/plans?limit=200").json() == kept, "nothing is stored"


def test_our_own_plan_is_checked_as_it_stands(client: httpx.Client) -> None:
    made = client.post("/v1/plans?engine=greedy", json=straight()).json()["plan"]
    checked = client.post("/v1/plans:check", json={"request": straight(), "plan": made}).json()
    assert checked["verdict"] == {"valid": True, "violations": []}
    assert checked["cost"] == pytest.approx(made["cost"])
    made["cost"]["total"] -= 1
    checked = client.post("/v1/plans:check", json={"request": straight(), "plan": made}).json()
    assert [fault["path"] for fault in checked["verdict"]["violations"]] == ["$.cost.total"]


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ({"request": straight()}, "$"),
        ({"request": straight(), "trips": [{"vehicle_id": "rider-1"}]}, "$.trips[0].order_ids"),
        (sketch(stores=[]), "$.request.stores"),
        (sketch(travel={"kind": "map", "name": "atlantis"}), "$.request.travel.name"),
        (sketch(riders=[{"id": "r", "store_id": "x"}]), "$.request.riders[0].store_id"),
    ],
)
def test_unusable_checks_are_refused_at_their_own_paths(
    client: httpx.Client, document: dict[str, Any], path: str
) -> None:
    errors = problem(client.post("/v1/plans:check", json=document), problems.InvalidRequest)["errors"]
    assert [error["path"] for error in errors] == [path]


def test_service_area_grows_with_time_and_counts_people(client: httpx.Client) -> None:
    five, ten = (
        client.get("/v1/service-areas", params=STORE | {"minutes": minutes}).json()["properties"] for minutes in (5, 10)
    )
    for name in ("streets_m", "people", "area_km2"):
        assert 0 < five[name] < ten[name], name
    assert (ten["minutes"], ten["radius_m"], ten["map"]) == (10, None, "coquimbo")
    disk = client.get("/v1/service-areas", params=STORE | {"radius_m": 1_000}).json()
    assert disk["type"] == "Feature"
    assert 0 < disk["properties"]["area_km2"] <= 3.15  # the whole disk is pi square kilometres


@pytest.mark.parametrize(
    ("params", "paths"),
    [
        (STORE, ["query"]),
        (STORE | {"minutes": 5, "radius_m": 500}, ["query"]),
        ({"lon": 200, "lat": "north", "minutes": 5}, ["query.lon", "query.lat"]),
        (STORE | {"minutes": "inf"}, ["query.minutes"]),
        (STORE | {"minutes": 5, "map": "atlantis"}, ["query.map"]),
        ({"lon": -75, "lat": -29.9, "minutes": 5}, ["query.lon"]),
    ],
)
def test_service_areas_that_cannot_be(client: httpx.Client, params: dict[str, Any], paths: list[str]) -> None:
    errors = problem(client.get("/v1/service-areas", params=params), problems.InvalidRequest)["errors"]
    assert [error["path"] for error in errors] == paths


def test_maps_and_their_streets(client: httpx.Client) -> None:
    (bundled,) = client.get("/v1/maps").json()["maps"]
    assert (bundled["name"], bundled["people"], bundled["error"]) == ("coquimbo", True, None)
    west, south, east, north = bundled["bounds"]
    assert west < STORE["lon"] < east
    assert south < STORE["lat"] < north
    with client.stream("GET", "/v1/maps/coquimbo/streets", params=STORE | {"radius_m": 1_000}) as answer:
        assert answer.headers["content-encoding"] == "gzip"
        streets = json.loads(gzip.decompress(b"".join(answer.iter_raw())))
    assert {"residential", "primary"} <= {feature["properties"]["kind"] for feature in streets["features"]}
    problem(client.get("/v1/maps/atlantis/streets", params=STORE), problems.NotFound)


def test_openapi_examples_can_be_posted_as_they_stand(client: httpx.Client) -> None:
    document = client.get("/openapi.json").json()
    posted = []
    for path, methods in document["paths"].items():
        post = methods.get("post", {})
        media = post.get("requestBody", {}).get("content", {}).get("application/json", {})
        # What is about a certain fleet or store is posted by its own tests.
        if "examples" in media and not any(each.get("required") for each in post.get("parameters", ())):
            answer = client.post(path, json=media["examples"]["whole"]["value"])
            assert answer.is_success, answer.text
            posted.append(path)
            if path == "/v1/studies":  # it would take the only worker for the rest of this file
                client.delete(answer.headers["location"])
    assert set(posted) >= {"/v1/plans", "/v1/plans:check", "/v1/quotes", "/v1/keys"}
    names = set(document["components"]["schemas"])
    references = {text.split('"')[0] for text in json.dumps(document).split("#/components/schemas/")[1:]}
    assert references <= names


def test_the_character_nul_is_refused_wherever_it_stands(client: httpx.Client) -> None:
    problem(client.get("/v1/plans/%00"), problems.NotFound)
    problem(client.post("/v1/keys", json={"name": "a\0b", "scopes": ["plans:read"]}), problems.InvalidRequest)
    named = client.post("/v1/keys", json={"name": "a\\u0000b", "scopes": ["plans:read"]})
    assert named.json()["name"] == "a\\u0000b", "a backslash before it makes it six letters"


def test_page_and_every_answer_keep_other_hosts_out(client: httpx.Client) -> None:
    for path in ("/", "/healthz", "/v1/nothing", "/static/favicon.svg"):
        policy = client.get(path).headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "http" not in policy
    assert client.get("/").headers["content-type"].startswith("text/html")
    assert client.get("/docs").status_code == client.get("/redoc").status_code == 404


def kill_the_worker_in_mid_solve(server: Running, known: set[str]) -> set[str]:
    """SIGKILL the worker that is planning, a second into it, once its address is not ``known``; return that."""
    workers = server.app.state.workers
    while True:
        processing = workers._client.processing()
        solving = {
            address for address, tasks in processing.items() if any(task.startswith("plan-") for task in tasks)
        } - known
        if solving and len(workers.pids) == 1:
            break
        time.sleep(0.1)
    time.sleep(1.0)
    os.kill(workers.pids[0], signal.SIGKILL)
    return solving


def test_request_that_loses_two_workers_fails_alone(server: Running) -> None:
    client = server.client
    while any(
        server.app.state.workers._client.processing().values()
    ):  # a cancelled study of a test before may still have its last day to simulate
        time.sleep(0.1)
    with ThreadPoolExecutor(1) as pool:
        lost = pool.submit(client.post, "/v1/plans?engine=routing&time_limit_s=8", json=example())
        first = kill_the_worker_in_mid_solve(server, set())
        assert client.get("/readyz").json()["tiny_problem"] == "skipped", "a solving server is a healthy one"
        kill_the_worker_in_mid_solve(server, first)
        problem(lost.result(60), problems.WorkersFailed)
    newest = client.get("/v1/plans?limit=1").json()["plans"][0]
    assert newest["status"] == "failed"
    assert "two worker processes" in newest["error"]
    again = client.post("/v1/plans?engine=greedy", json=straight())
    assert again.status_code == 201, again.text


def test_busy_server_says_when_to_come_again_and_drops_who_hung_up(
    server: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, workers = server.client, server.app.state.workers
    monkeypatch.setattr(solve, "WAIT_S", 30.0)
    kept = {line["id"] for line in client.get("/v1/plans?limit=200").json()["plans"]}
    with ThreadPoolExecutor(1) as pool:
        long = pool.submit(client.post, "/v1/plans?engine=search&time_limit_s=4", json=example())
        while not workers.busy:
            time.sleep(0.02)
        with pytest.raises(httpx.ReadTimeout):
            client.post("/v1/plans?engine=search&time_limit_s=9", json=example(), timeout=0.5)
        monkeypatch.setattr(solve, "WAIT_S", 0.2)
        refused = client.post("/v1/plans", json=straight())
        assert "every worker" in problem(refused, problems.Unavailable)["detail"]
        assert int(refused.headers["retry-after"]) > 0
        made = long.result(60).json()
    monkeypatch.undo()
    again = client.post("/v1/plans?engine=greedy", json=straight())
    assert again.status_code == 201, again.text
    new = [line for line in client.get("/v1/plans?limit=200").json()["plans"] if line["id"] not in kept]
    assert [line["status"] for line in new] == ["done", "done"], "what was not begun leaves nothing behind"
    assert made["id"] in {line["id"] for line in new}


def test_interrupted_plan_was_failed_at_the_start(server: Running) -> None:
    oldest = server.client.get("/v1/plans?limit=200&status=failed").json()["plans"][-1]
    assert oldest["id"] == server.app.state.interrupted
    assert "send the request again" in oldest["error"]
