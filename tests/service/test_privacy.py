"""Persons: sealed, masked, erased, given out; and nowhere else, logs included."""

import json
import logging
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
import structlog
from pydantic import TypeAdapter

from carbon.ledger.replay import Inputs
from dispatch import Plan, PlanRequest
from dispatch.online import EVENTS, Event
from service import housekeeping, logs, personhouse
from service.auth import Scope
from service.db.answers import AnswerRepository, Claim
from service.db.database import Database
from service.db.models import Base, EndedSessionRow, EventRow, FleetRow, PersonRow, StoreRow, WebhookRow
from service.db.persons import PersonRepository
from service.db.plans import PlanRepository
from service.db.sessions import EndedSessionRepository
from service.files import UsageError
from service.keyring import SealError, new_key
from service.keys.secret import new_secret
from service.masking import MaskingFilter, mask
from service.privacy import Sealer, register
from service.problems import Forbidden, NotFound, Unavailable
from service.settings import Settings
from tests.service.postgres import fresh_database
from tests.service.server import Running, running_without_workers

ANA = {"name": "Ana Rojas", "phone": "+56 9 5555 0123", "door": "Tower B, bell 702", "note": "the dog is friendly"}
WORDS = ("Ana", "Rojas", "5555", "0123", "Tower", "bell 702", "friendly")
PLACE = [-71.251234, -29.902456]
EVENT = {"id": "e", "kind": "order_placed", "order": {"id": "order-1", "store_id": "a", "location": PLACE}}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    url = fresh_database() if request.param == "postgresql" else None
    settings = Settings(data_dir=tmp_path_factory.mktemp("data"), database_url=url)
    with running_without_workers(settings) as started:
        with started.app.state.database.transaction() as session:
            session.add(FleetRow(id="fleet", created_at=datetime.now(UTC), setup="{}", term=0))
            session.flush()
            session.add_all(StoreRow(id=store, fleet_id="fleet") for store in ("a", "b"))
        yield started


@pytest.fixture
def database(server: Running) -> Database:
    found: Database = server.app.state.database
    return found


def at(order: str, store: str = "a") -> str:
    return f"/v1/stores/{store}/orders/{order}/customer"


def test_a_person_is_told_seen_masked_and_erased(server: Running) -> None:
    client = server.client
    assert client.put(at("one"), json=ANA).status_code == 204
    whole = client.get(at("one"))
    assert whole.json() == {"masked": False, **ANA}
    assert whole.headers["cache-control"] == "no-store"
    masked = client.get(at("one"), headers=server.key(Scope.LIVE_READ, stores=["a"])).json()
    assert masked == {"masked": True, "name": "A•••", "phone": "•••23", "door": "•••", "note": "•••"}
    reader = server.key(Scope.LIVE_READ, Scope.PERSONAL_READ, stores=["a"])
    assert client.get(at("one"), headers=reader).json()["name"] == "Ana Rojas"
    assert client.delete(at("one"), headers=reader).json()["type"] == f"/problems/{Forbidden.type_}"
    assert client.put(at("one"), json={"phone": "600 123"}).status_code == 204
    told = client.get(at("one")).json()
    assert (told["name"], told["phone"]) == (None, "600 123"), "told anew is told whole"
    assert client.delete(at("one")).status_code == 204
    for answer in (client.get(at("one")), client.delete(at("one"))):
        assert answer.status_code == NotFound.status


def test_an_order_with_a_slash_has_an_address(server: Running) -> None:
    name = at("2026%2F11%2F7")
    assert server.client.put(name, json=ANA).status_code == 204
    assert server.client.get(name).json()["name"] == "Ana Rojas"
    assert server.client.get(at("2026%2F11")).status_code == 404
    assert server.client.delete(name).status_code == 204


@pytest.mark.parametrize(
    ("document", "path"),
    [({}, "$"), ({"phone": "call me"}, "$.phone"), ({"name": ""}, "$.name"), ({"mail": "a@b"}, "$.mail")],
)
def test_what_is_no_person_is_refused_without_being_kept(server: Running, document: Any, path: str) -> None:
    errors = server.client.put(at("none"), json=document).json()["errors"]
    assert [error["path"] for error in errors] == [path]
    assert server.client.get(at("none")).status_code == 404


def test_a_key_of_another_store_neither_reads_nor_tells_nor_erases(server: Running) -> None:
    server.client.put(at("two"), json=ANA)
    other = server.key(Scope.LIVE_READ, Scope.PERSONAL_READ, Scope.PERSONAL_WRITE, stores=["b"])
    for method, body in (("GET", None), ("PUT", ANA), ("DELETE", None)):
        answer = server.client.request(method, at("two"), json=body, headers=other)
        assert answer.status_code == 404
        assert answer.json()["detail"].startswith("no store has the id 'a'")
    assert server.client.get(at("two"), headers=other | {}).status_code == 404
    assert server.client.get(at("two", "b"), headers=other).status_code == 404, "an order of the same fleet"
    assert server.client.get(at("two")).json()["name"] == "Ana Rojas"


def test_nothing_of_a_person_lies_open_in_the_database(server: Running, database: Database) -> None:
    """Every column of every table, on either database: nothing of Ana but in the sealed column, which opens to her."""
    server.client.put(at("three"), json=ANA)
    with database.transaction() as session:
        everything = "\n".join(
            str([bytes(value) if isinstance(value, memoryview) else value for value in row])
            for table in Base.metadata.sorted_tables
            for row in session.execute(sa.select(table))
        )
        row = PersonRepository(session).get("a", "three")
    assert row is not None
    assert [word for word in WORDS[:2] + WORDS[4:] if word in everything] == []
    assert "three" in everything
    assert json.loads(server.app.state.sealer.open(row.sealed)) == ANA


def test_what_no_key_opens_is_503_and_says_nothing_of_it(server: Running, database: Database) -> None:
    other = Sealer(Settings(sealing_keys=new_key()))
    with database.transaction() as session:
        PersonRepository(session).put("a", "locked", other.seal(b"{}"))
    answer = server.client.get(at("locked"))
    assert answer.json()["type"] == f"/problems/{Unavailable.type_}"
    assert "sealing keys" in answer.json()["detail"]
    server.client.delete(at("locked"))


MOVED = {"id": "f", "kind": "address_corrected", "order_id": "order-1", "location": PLACE}


def place(database: Database) -> None:
    """Events and a plan that name order-1, and some that name another."""
    with database.transaction() as session:
        for number, event in enumerate([EVENT, MOVED]):
            text = json.dumps(event)
            session.add(EventRow(fleet_id="fleet", event_id=str(number), taken_at=datetime.now(UTC), document=text))
        other = json.dumps({"id": "order-1", "kind": "delivered", "order_id": "order-11"})
        session.add(EventRow(fleet_id="fleet", event_id="other", taken_at=datetime.now(UTC), document=other))
        orders = [{"id": "order-1", "store_id": "a", "location": PLACE}, {"id": "order-2", "location": [0, 0]}]
        PlanRepository(session).add(json.dumps({"orders": orders}))


def test_everything_known_is_given_out_and_masked_for_others(server: Running, database: Database) -> None:
    place(database)
    server.client.put(at("order-1"), json=ANA)
    sealer = server.app.state.sealer
    found = register.export(database, sealer, "order-1")
    assert [person.items() >= ANA.items() for person in found["persons"]] == [True]
    assert [each["event"]["kind"] for each in found["events"]] == ["order_placed", "address_corrected"]
    assert [each["location"] for each in found["plans"]] == [PLACE]
    masked = register.export(database, sealer, "order-1", "a", masked=True)
    text = json.dumps(masked)
    assert [word for word in WORDS if word in text] == []
    assert masked["events"][0]["event"]["order"]["location"] == (-71.25, -29.9)
    assert masked["events"][1]["event"]["location"] == (-71.25, -29.9)
    assert masked["plans"][0]["location"] == (-71.25, -29.9)
    assert not any(str(place) in text for place in PLACE)
    assert register.export(database, sealer, "order-1", "b")["events"] == [], "that was placed at another store"
    assert register.erase(database, "order-1", "b") == 0
    assert register.erase(database, "order-1") == 1
    left = register.export(database, sealer, "order-1")
    assert left["persons"] == []
    assert len(left["events"]) == 2, "events stay; they name an order and nobody"


def test_an_order_of_any_name_is_found(server: Running, database: Database) -> None:
    name = 'order "7" \\ of 北京'
    with database.transaction() as session:
        text = EVENTS.validate_python(
            {"id": "q", "at": "2026-11-20T20:00:00Z", "kind": "order_cancelled", "order_id": name}
        )
        row = {"event_id": "quoted", "taken_at": datetime.now(UTC), "document": text.model_dump_json()}
        session.add(EventRow(fleet_id="fleet", **row))
    found = register.export(database, server.app.state.sealer, name)
    assert [each["event"]["order_id"] for each in found["events"]] == [name]


def test_rotation_seals_anew_while_servers_go_on(server: Running, database: Database) -> None:
    running_server: Sealer = server.app.state.sealer
    settings = server.app.state.settings
    server.client.put(at("four"), json=ANA)
    with database.transaction() as session:
        session.add(
            WebhookRow(
                id="hook", fleet_id="fleet", key_id="key", url="https://x", secret=running_server.seal(b"whsec"),
                created_at=datetime.now(UTC), sent_seq=0, failures=0,
            )
        )  # fmt: skip
    file = settings.data_dir / "sealing.keys"
    first = file.read_text().split()
    kept = {"Idempotency-Key": f"before {database.url}"}
    document = {"name": "x", "scopes": ["plans:read"]}
    made = server.client.post("/v1/keys", json=document, headers=kept)
    for age_h in (0, 1, 23, 25):
        os.utime(file, times=(time.time() - 3_600 * age_h,) * 2)
        operator = Sealer(settings)
        assert register.rotate(database, operator) >= 2
        assert server.client.get(at("four")).json()["name"] == "Ana Rojas"
        assert server.client.put(at("five"), json=ANA).status_code == 204
        again = server.client.post("/v1/keys", json=document, headers=kept)
        assert (again.status_code, again.content) == (201, made.content) or age_h > 24
    last = file.read_text().split()
    assert len(last) == 2
    assert not set(first) & set(last)
    with database.transaction() as session:
        hook = session.get(WebhookRow, "hook")
        assert hook is not None
        assert running_server.open(hook.secret) == b"whsec"
        session.delete(hook)
    assert server.client.get(at("five")).json()["name"] == "Ana Rojas"


def test_rotation_changes_nothing_if_something_cannot_be_opened(server: Running, database: Database) -> None:
    server.client.put(at("six"), json=ANA)
    with database.transaction() as session:
        PersonRepository(session).put("a", "lost", Sealer(Settings(sealing_keys=new_key())).seal(b"{}"))
    with pytest.raises(SealError):
        register.rotate(database, Sealer(server.app.state.settings))
    assert server.client.get(at("six")).json()["name"] == "Ana Rojas"
    register.erase(database, "lost")
    register.rotate(database, Sealer(server.app.state.settings))
    assert server.client.get(at("six")).json()["name"] == "Ana Rojas"


def test_persons_answers_and_ended_sessions_go_when_their_time_is_over(database: Database) -> None:
    with database.transaction() as session:
        PersonRepository(session).put("a", "old", b"x")
        PersonRepository(session).put("a", "young", b"x")
        AnswerRepository(session).claim(Claim("k", "k", "h", "t"))
        EndedSessionRepository(session).add("new")
        session.add(EndedSessionRow(id="old", ended_at=datetime.now(UTC) - timedelta(hours=13)))
    housekeeping.sweep(database, Settings(retention_days=30))
    with database.transaction() as session:
        session.execute(
            sa.update(PersonRow)
            .where(PersonRow.order_id == "old")
            .values(taken_at=datetime.now(UTC) - timedelta(days=30, minutes=1))
        )
    assert housekeeping.sweep(database, Settings(retention_days=30))[0] == 1
    with database.transaction() as session:
        known = session.scalars(sa.select(PersonRow.order_id).where(PersonRow.order_id.in_(["old", "young"])))
        assert list(known) == ["young"]
        assert list(session.scalars(sa.select(EndedSessionRow.id))) == ["new"]
    register.erase(database, "young")


def test_the_command_line_gives_out_erases_and_rotates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SWIFTLEAF_DATA_DIR", str(tmp_path))
    with pytest.raises(UsageError, match="nothing here names order 'order-1'"):
        personhouse.export("order-1", None, masked=False)
    with pytest.raises(UsageError, match="nobody is known"):
        personhouse.erase("order-1", None)
    settings = Settings()
    database = Database(settings.database)
    with database.transaction() as session:
        session.add(FleetRow(id="fleet", created_at=datetime.now(UTC), setup="{}", term=0))
        session.flush()
        session.add(StoreRow(id="a", fleet_id="fleet"))
        session.flush()
        PersonRepository(session).put("a", "order-1", Sealer(settings).seal(json.dumps(ANA).encode()))
    assert personhouse.rotate() == 1
    assert json.loads(personhouse.export("order-1", "a", masked=False))["persons"][0]["note"] == ANA["note"]
    (tmp_path / "sealing.keys").unlink()
    with pytest.raises(UsageError, match=r"sealing\.keys"):
        personhouse.export("order-1", None, masked=False)
    assert personhouse.erase("order-1", None) == 1
    database.close()


def test_plans_and_events_have_no_room_for_a_person() -> None:
    """What is planned, told and recorded knows an order's id: no document has a field for the rest."""
    for model in (PlanRequest, Event, Plan, Inputs):
        schema = json.dumps(TypeAdapter(model).json_schema())
        assert [name for name in ("phone", "door", "note", "customer") if f'"{name}":' in schema] == []


MADE = new_secret().text


@pytest.mark.parametrize(
    "text",
    [
        f"a key {MADE} in a sentence",
        f"GET /login?key={MADE}",
        "Authorization: Bearer abc.def-ghi",
        "postgresql://swiftleaf:hunter2@db:5432/x",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "gAAAAABnRZ0x" + "Q" * 60 + "==",
        "call +56 9 5555 0123 or +1 (415) 555-2671",
        "手机13912345678。",
        "phone 9 5555 0123",
    ],
    ids=range(9),  # keys are made anew, and processes must agree on the names of tests
)
def test_secrets_and_phone_numbers_are_masked(text: str) -> None:
    masked = mask(text)
    assert "***" in masked
    for secret in (MADE, "abc.def", "hunter2", "MfKQ9r8G", "QQQQ", "5555", "555-2671", "13912345678", "0123"):
        assert secret not in masked


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-26T04:05:35.123456Z",
        "plan 0f8fad5bd9cb469fa16570867728950e took 12345678 us at -71.2463123,-29.8981456",
        "sqlite:////data/swiftleaf.db at revision 0002",
        "http://127.0.0.1:8000/v1/plans?limit=20",
        "order-12345678901",
    ],
)
def test_what_is_no_secret_stays_readable(text: str) -> None:
    assert mask(text) == text


def test_nothing_in_a_log_steers_a_terminal() -> None:
    assert mask("GET /\x1b[2J\u202egnp.\x9b") == r"GET /\x1b[2J\u202egnp.\x9b"
    assert mask("Traceback:\n\tin 北京") == "Traceback:\n\tin 北京"


def test_the_log_of_a_run_holds_no_secret(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What a server writes: keys in headers, forms and addresses, persons, crashes, its own events."""
    logs.configure()
    try:
        with running_without_workers(Settings(data_dir=tmp_path), log=True) as server:
            key = server.client.headers["Authorization"].removeprefix("Bearer ")
            server.client.get(f"/v1/plans?key={key}")
            server.client.put(at("x"), json=ANA)
            httpx.post(f"{server.url}login", data={"key": key}, headers={"Sec-Fetch-Site": "none"}, trust_env=False)
            del server.app.state.sealer
            assert server.client.put(at("x"), json=ANA, headers={"Connection": "close"}).status_code == 500
            log = structlog.get_logger()
            log.info("told", phone="123", note="n", deep=[{"phone": "123"}], text=f"of {key}")
            try:
                int(key)
            except ValueError:
                log.exception("broke", cause=key)
    finally:
        structlog.reset_defaults()
    captured = capsys.readouterr()
    written = captured.out + captured.err
    assert "GET /v1/plans?key=***" in written
    assert "Traceback" in written
    assert '"phone": "***", "note": "***", "deep": [{"phone": "***"}], "text": "of ***"' in written
    assert '"cause": "***"' in written
    for word in (key, "Ana Rojas", "Tower B", "friendly"):
        assert word not in written


def test_the_filter_masks_arguments_and_passes_everything_on() -> None:
    record = logging.LogRecord("x", logging.INFO, "", 0, "%s %d", (MADE, 5), None)
    assert MaskingFilter().filter(record)
    assert record.getMessage() == "*** 5"
