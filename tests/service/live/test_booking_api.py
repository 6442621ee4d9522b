"""What a live fleet rode, booked over HTTP."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

import carbon
from service.auth import Scope
from service.db.database import Database
from service.problems import Forbidden, InvalidRequest, NotDone, NotFound
from service.settings import Settings
from tests.service.live.test_booking import ID_NAMES, booked, ride
from tests.service.live.test_ridden import Day
from tests.service.postgres import fresh_database
from tests.service.server import Running, is_problem, running

ENTRIES = "/v1/carbon/ledger/entries"


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Of a server whose fleet rode a trip from either store on 2026-11-20."""
    url = None if request.param == "sqlite" else fresh_database()
    made = Settings(data_dir=tmp_path, database_url=url, port=0, workers=1)
    database = Database(made.database)
    database.migrate()
    day = Day(database)
    ride(day, "r", "a")
    ride(day, "s", "b", store="south")
    database.close()
    return made


@pytest.fixture
def server(settings: Settings) -> Iterator[Running]:
    with running(settings) as started:
        yield started


def book(server: Running, headers: dict[str, str] | None = None, **asked: str) -> httpx.Response:
    return server.client.post(ENTRIES, json=asked, headers=headers)


def test_a_day_is_booked_over_http(server: Running, settings: Settings) -> None:
    today = datetime.now(UTC).date().isoformat()
    early = book(server, day=today)
    assert is_problem(early, NotDone)
    assert f"{today} can be booked from " in early.json()["detail"]
    assert is_problem(book(server, day="2026-11-20", store="west"), NotFound)
    for wrong in ({}, {"day": "2026-11-20", "stores": "north"}, {"day": "20 November"}, {"day": "0001-01-01"}):
        assert is_problem(book(server, **wrong), InvalidRequest), wrong
    for poor in (server.key(Scope.CARBON_READ), server.key(Scope.CARBON_WRITE, stores=["north", "south"])):
        assert is_problem(book(server, poor, day="2026-11-20"), Forbidden)
    assert not settings.ledger_file.exists()

    named = server.key(Scope.CARBON_WRITE) | {"Idempotency-Key": "south's day"}
    south = book(server, named, day="2026-11-20", store="south")
    (entry,) = south.json()["entries"]
    assert (south.status_code, entry["store"], entry["trips"], entry["orders"]) == (200, "south", 1, 1), south.text
    again = book(server, named, day="2026-11-20", store="south")
    assert (again.headers["idempotency-replayed"], again.content) == ("true", south.content)
    assert [each["store"] for each in book(server, day="2026-11-20").json()["entries"]] == ["north"]
    assert book(server, day="2026-11-20").json() == {
        "day": "2026-11-20",
        "entries": [],
        "left_out": [],
        "superseded": [],
    }
    assert booked(settings) == dict.fromkeys(ID_NAMES, 1)

    status = server.client.get("/v1/carbon/ledger").json()
    assert (status["entries"], status["kinds"], status["valid"]) == (3, {"edition": 1, "footprint": 2}, True)
    read = server.client.get(ENTRIES, params={"kind": "footprint"}).json()["entries"]
    assert (read[0]["number"], read[0]["sha256"]) == (entry["number"], entry["sha256"])
    assert server.client.get("/v1/carbon/ledger/checkpoint").json()["count"] == 3
    figures = server.client.get("/v1/carbon/figures", params={"from": "2026-11-20", "to": "2026-11-20"}).json()
    sums = [each["record"]["figures"]["totals"]["total_gco2e"] for each in read]
    assert sum(sums) == pytest.approx(figures["totals"]["total_gco2e"])


def test_a_torn_ledger_is_not_written_to(server: Running, settings: Settings) -> None:
    carbon.Ledger(settings.ledger_file).append("note", {"text": "opened"})
    settings.ledger_file.write_bytes(settings.ledger_file.read_bytes()[:-9])
    refused = book(server, day="2026-11-20")
    assert refused.status_code == 503
    assert "recover it (swiftleaf ledger recover)" in refused.json()["detail"]
    assert str(settings.data_dir) not in refused.text
    carbon.Ledger(settings.ledger_file).recover()
    assert len(book(server, day="2026-11-20").json()["entries"]) == 2
