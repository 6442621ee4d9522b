"""The ledger, labels of live orders and exchange documents over HTTP."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import carbon
from carbon.ledger import read_public_key
from service.auth import Scope
from service.settings import Settings
from tests.service.live.fleet import FLEET, Json, order, rider, stamp, wait_for
from tests.service.postgres import fresh_database
from tests.service.server import Running, running, running_without_workers

ORDERS = "/v1/stores/north/orders"


@pytest.fixture(params=["sqlite", "postgresql"], scope="module")
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server with a fleet that has delivered one order of two."""
    url = None if request.param == "sqlite" else fresh_database()
    data_dir = tmp_path_factory.mktemp("data")
    with running(Settings(data_dir=data_dir, database_url=url, port=0, workers=1)) as started:
        started.client.post("/v1/fleets", json=FLEET).raise_for_status()
        tell(started, rider("ana"), order("o1"))
        wait_for(lambda: (status_of(started, "o1")) == "committed")
        done = {"trip_id": "ana/1", "at": stamp()}
        tell(
            started,
            done | {"id": "left", "kind": "trip_left"},
            done | {"id": "done", "kind": "stop_done", "order_id": "o1"},
            order("o2", ready_s=900),
        )
        wait_for(lambda: (status_of(started, "o1"), status_of(started, "o2")) == ("delivered", "open"))
        yield started


def tell(server: Running, *events: Json) -> None:
    server.client.post("/v1/stores/north/events", json={"events": list(events)}).raise_for_status()


def status_of(server: Running, order_id: str) -> str | None:
    answer = server.client.get(f"{ORDERS}/{order_id}")
    return answer.json()["status"] if answer.status_code == 200 else None


def test_an_order_that_was_delivered_live_has_a_label(server: Running) -> None:
    label = server.client.get(f"{ORDERS}/o1/label").json()
    assert label["order_id"] == "o1"
    assert label["a_transport_gco2e"] > 0
    assert label["total_gco2e"] == pytest.approx(label["a_transport_gco2e"] + label["b_packaging_gco2e"])
    today = stamp()[:10]
    figures = server.client.get("/v1/carbon/figures", params={"from": today, "to": today}).json()
    assert figures["totals"]["total_gco2e"] == pytest.approx(label["total_gco2e"], abs=0.01)
    (how,) = (each["how"] for each in figures["orders"])
    assert how["share"] * how["round"]["gco2e"] == pytest.approx(label["a_transport_gco2e"], abs=0.01)
    assert how["round"]["electricity"].split("@")[0] in {factor["key"] for factor in figures["factors"]}
    card = server.client.get(f"{ORDERS}/o1/label.svg")
    assert (card.headers["content-type"], card.text[:4]) == ("image/svg+xml", "<svg")
    assert server.client.get(f"{ORDERS}/o2/label").status_code == 409
    assert server.client.get(f"{ORDERS}/o3/label").status_code == 404
    south = server.key(Scope.CARBON_READ, stores=["south"])
    assert server.client.get(f"{ORDERS}/o1/label", headers=south).status_code == 404


def test_what_was_ridden_is_exchanged_and_stands_up_to_a_check(server: Running) -> None:
    today = stamp()[:10]
    asked = {"from": today, "to": today, "company_name": "Shop", "company_id": ["urn:uuid:shop"]}
    made = server.client.get("/v1/carbon/exchange", params=asked)
    assert made.status_code == 200, made.text
    assert made.json()["left_out"] == []
    assert {each["companyName"] for each in made.json()["data"]} == {"Shop"}
    checked = server.client.post("/v1/carbon/exchange:check", json={"data": made.json()["data"]}).json()
    assert (checked["documents"] >= 2, checked["flags"]) == (True, [])
    for wrong in ({"company_id": ["shop"]}, {"company_name": ""}):
        refused = server.client.get("/v1/carbon/exchange", params=asked | wrong)
        assert (refused.status_code, refused.json()["errors"][0]["path"][:14]) == (422, "query.company_"), refused.text


def test_the_ledger_is_read_page_by_page_and_signed(tmp_path: Path) -> None:
    with running_without_workers(Settings(data_dir=tmp_path)) as server:
        client, base = server.client, "/v1/carbon/ledger"
        assert client.get(f"{base}/entries").json() == {"entries": [], "next": None}
        assert client.get(f"{base}/checkpoint").status_code == 404
        ledger = carbon.Ledger(tmp_path / "ledger.jsonl")
        for number in range(5):
            ledger.append("note" if number % 2 else "remark", {"number": number, "text": "é"})
        read, after = b"", 0
        while after is not None:
            page = client.get(f"{base}/entries", params={"after": after, "limit": 2})
            for each in page.json()["entries"]:
                read += json.dumps(each, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
            after = page.json()["next"]
        assert read == ledger.path.read_bytes(), "byte for byte, so that its hashes can be followed"
        notes = client.get(f"{base}/entries", params={"kind": "note", "limit": 1}).json()
        assert ([each["number"] for each in notes["entries"]], notes["next"]) == ([2], 2)

        first, second = (carbon.Checkpoint.model_validate(client.get(f"{base}/checkpoint").json()) for _ in range(2))
        assert (first.count, first.key_id) == (5, second.key_id)
        public = read_public_key(tmp_path / "ledger.key.pub")
        assert carbon.verify_ledger(ledger.path, checkpoints=[first], public_key=public).valid
        bound = server.key(Scope.CARBON_READ, stores=["north"])
        assert client.get(f"{base}/entries", headers=bound).status_code == 403
        lines = ledger.path.read_bytes().splitlines(keepends=True)
        ledger.path.write_bytes(b"".join([*lines[:2], lines[2].replace(b"remark", b"rumour"), *lines[3:]]))
        for part in ("entries", "checkpoint"):
            broken = client.get(f"{base}/{part}")
            assert (broken.status_code, str(tmp_path) in broken.text) == (503, False)
