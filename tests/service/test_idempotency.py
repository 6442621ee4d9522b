"""A POST that is sent again: answered once, by whatever process, and by whatever database."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from service.auth import Scope, idempotency
from service.db.answers import KEPT, LEASE, AnswerRepository, Claim
from service.db.database import Database, DatabaseError
from service.db.models import AnswerRow, KeyRow
from service.keyring import new_key
from service.privacy import Sealer
from service.settings import Settings
from tests.service.postgres import fresh_database
from tests.service.server import Running, running_without_workers

NEW_KEY = {"name": "twice", "scopes": ["plans:read"]}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("data")
    url = fresh_database() if request.param == "postgresql" else None
    return Settings(data_dir=folder, database_url=url, max_body_bytes=100_000)


@pytest.fixture(scope="module")
def server(settings: Settings) -> Iterator[Running]:
    with running_without_workers(settings) as started:
        yield started


def post(server: Running, key: str, document: dict[str, Any] = NEW_KEY, **headers: str) -> httpx.Response:
    return server.client.post("/v1/keys", json=document, headers={"Idempotency-Key": key, **headers})


def rows(database: Database, model: type[Any], *where: Any) -> list[Any]:
    with database.transaction() as session:
        return list(session.scalars(sa.select(model).where(*where)))


def test_the_same_again_is_the_same_answer_byte_for_byte(server: Running) -> None:
    first, again = post(server, "a"), post(server, "a")
    assert first.status_code == again.status_code == 201
    assert first.content == again.content
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    for name in ("location", "content-type", "cache-control", "content-security-policy"):
        assert first.headers[name] == again.headers[name]
    database = server.app.state.database
    assert len(rows(database, KeyRow, KeyRow.id == first.json()["id"])) == 1


def test_an_answer_may_hold_a_secret_and_lies_sealed(server: Running) -> None:
    made = post(server, "sealed").json()["key"].encode()
    (row,) = rows(server.app.state.database, AnswerRow, AnswerRow.idempotency_key == "sealed")
    assert made not in row.body
    assert made in server.app.state.sealer.open(row.body)


def test_a_session_is_kept_nowhere(server: Running) -> None:
    """Not even if who logs in again, and has a key already, would have the answer kept."""
    key = server.client.headers["Authorization"].removeprefix("Bearer ")
    headers = {"Idempotency-Key": "login", "Sec-Fetch-Site": "same-origin"}
    assert server.client.post("/login", data={"key": key}, headers=headers).status_code == 303
    assert rows(server.app.state.database, AnswerRow, AnswerRow.idempotency_key == "login") == []


def test_an_answer_that_no_key_opens_is_not_made_up(server: Running) -> None:
    post(server, "lost")
    with server.app.state.database.transaction() as session:
        (row,) = session.scalars(sa.select(AnswerRow).where(AnswerRow.idempotency_key == "lost"))
        row.body = Sealer(Settings(sealing_keys=new_key())).seal(b"{}")
    assert "take a new Idempotency-Key" in post(server, "lost").json()["detail"]


def test_another_body_query_or_address_is_422(server: Running) -> None:
    post(server, "b")
    other = post(server, "b", NEW_KEY | {"name": "other"})
    assert other.json()["type"] == "/problems/idempotency-key-reused"
    assert other.status_code == 422
    again = server.client.post("/v1/keys?x=1", json=NEW_KEY, headers={"Idempotency-Key": "b"})
    assert again.json()["type"] == "/problems/idempotency-key-reused"


def test_a_key_belongs_to_its_caller(server: Running) -> None:
    other = server.key(Scope.ADMIN)
    first, stranger = post(server, "c"), post(server, "c", **other)
    assert stranger.status_code == 201
    assert first.json()["id"] != stranger.json()["id"]


def test_a_refusal_is_given_again_but_not_one_for_want_of_a_scope(server: Running) -> None:
    refused, again = post(server, "d", {}), post(server, "d", {})
    assert (refused.status_code, refused.content) == (422, again.content)
    assert again.headers["idempotency-replayed"] == "true"
    poor = server.key(Scope.PLANS_READ)
    assert [post(server, "e", **poor).status_code for _ in range(2)] == [403, 403]
    assert rows(server.app.state.database, AnswerRow, AnswerRow.idempotency_key == "e") == []


def test_a_failure_of_the_server_is_not_kept(server: Running) -> None:
    body = {"request": {}}
    headers = {"Idempotency-Key": "f", "Connection": "close"}  # after such an error the server closes it anyway
    database = server.app.state.database
    workers = server.app.state.workers
    del server.app.state.workers  # whatever is unforeseen
    try:
        for _ in range(2):
            assert server.client.post("/v1/plans", json=body, headers=headers).status_code == 500
    finally:
        server.app.state.workers = workers
    assert rows(database, AnswerRow, AnswerRow.idempotency_key == "f") == []
    assert server.client.post("/v1/plans", json=body, headers=headers).status_code == 422


def test_twenty_at_once_make_one_key(server: Running) -> None:
    def send(number: int) -> httpx.Response:
        with httpx.Client(base_url=server.url, headers=server.client.headers, trust_env=False, timeout=30) as client:
            while True:
                answer = client.post("/v1/keys", json=NEW_KEY, headers={"Idempotency-Key": f"g{number % 5}"})
                if answer.status_code != 409:
                    return answer
                assert int(answer.headers["retry-after"]) > 0
                time.sleep(0.02)

    before = len(rows(server.app.state.database, KeyRow))
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(send, range(100)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 5
    assert len(rows(server.app.state.database, KeyRow)) == before + 5


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb"])
def test_what_is_no_key_is_named(server: Running, key: str) -> None:
    answer = post(server, key)
    assert [fault["path"] for fault in answer.json()["errors"]] == ["header.idempotency-key"]


def test_a_body_over_the_limit_is_refused_by_its_route(server: Running) -> None:
    assert post(server, "h", NEW_KEY | {"name": "x" * 200_000}).status_code == 413


@pytest.fixture
def database(server: Running) -> Database:
    found: Database = server.app.state.database
    return found


def claim(key: str, attempt: str, body: str = "body") -> Claim:
    return Claim("caller", key, body, attempt)


def test_a_request_in_flight_is_taken_by_nobody_else_until_its_process_is_dead(database: Database) -> None:
    one, two = claim("i", "one"), claim("i", "two")
    assert idempotency._begin(database, one) is None
    with pytest.raises(idempotency.InFlight):
        idempotency._begin(database, two)
    _age(database, "i", seen_at=LEASE)
    with database.transaction() as session:
        AnswerRepository(session).renew(one)
    with pytest.raises(idempotency.InFlight):
        idempotency._begin(database, two)
    _age(database, "i", seen_at=LEASE)
    assert idempotency._begin(database, two) is None
    with database.transaction() as session:
        AnswerRepository(session).keep(one, 200, [], b"too late")
        AnswerRepository(session).drop(one)
    with database.transaction() as session:
        AnswerRepository(session).keep(two, 200, [], b"answer")
    known = idempotency._begin(database, one)
    assert known is not None
    assert known.body == b"answer"


def test_an_answer_is_forgotten_after_a_day(database: Database) -> None:
    old = claim("j", "old")
    idempotency._begin(database, old)
    with database.transaction() as session:
        AnswerRepository(session).keep(old, 200, [], b"old")
    _age(database, "j", asked_at=KEPT)
    assert idempotency._begin(database, claim("j", "new", "other body")) is None
    _age(database, "j", asked_at=KEPT)
    with database.transaction() as session:
        assert AnswerRepository(session).sweep() == 1


def _age(database: Database, key: str, **by: timedelta) -> None:
    with database.transaction() as session:
        (row,) = session.scalars(sa.select(AnswerRow).where(AnswerRow.idempotency_key == key))
        for name, age in by.items():
            setattr(row, name, getattr(row, name) - age - timedelta(seconds=1))


def test_an_answer_leaves_though_it_cannot_be_kept(settings: Settings, tmp_path: Path) -> None:
    """The database goes away after the route has answered."""
    gone = Database(f"sqlite:///{tmp_path}/gone.db")  # without tables
    start = {"type": "http.response.start", "status": 200, "headers": []}
    with pytest.raises(DatabaseError, match="no such table"):
        idempotency._begin(gone, claim("k", "k"))
    idempotency._end(gone, claim("k", "k"), [start], Sealer(settings))
    gone.close()
