"""Server-sent events: from any place on, without a gap or a duplicate, from any process."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest
import sqlalchemy as sa

from service.api import live
from service.auth import Scope
from service.auth.session import COOKIE
from service.db.keys import KeyRepository
from service.db.models import EndedSessionRow, KeyRow, StoreRow
from service.keys import register
from service.live import feed
from service.settings import Settings
from tests.service.live.fleet import FLEET, order, rider, wait_for
from tests.service.postgres import fresh_database
from tests.service.server import Running, bearer, running_without_workers

EVENTS = "/v1/stores/north/events"
STREAM = "/v1/fleets/fleet/stream"


class Message(NamedTuple):
    seq: int | None
    kind: str
    data: dict[str, object]


def messages(lines: Iterator[str]) -> Iterator[Message]:
    """The messages of a stream, as a browser reads them; one without data only sets the place."""
    fields: dict[str, str] = {}
    for line in lines:
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
            continue
        if "data" in fields:
            seq = int(fields["id"]) if "id" in fields else None
            yield Message(seq, fields["event"], json.loads(fields["data"]))
        fields = {}


@contextmanager
def subscribed(server: Running, after: int | None = None) -> Iterator[Iterator[Message]]:
    headers = {} if after is None else {"Last-Event-ID": str(after)}
    with server.client.stream("GET", STREAM, headers=headers) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield messages(answer.iter_lines())


def decisions(server: Running) -> list[int]:
    page = server.client.get("/v1/fleets/fleet/decisions", params={"limit": 1_000}).json()
    return [each["seq"] for each in page["decisions"]]


def take(stream: Iterator[Message], last: int) -> list[int]:
    """The decisions' numbers up to ``last``."""
    seqs = []
    for message in stream:
        if message.seq is not None:
            seqs.append(message.seq)
            if message.seq >= last:
                break
    return seqs


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Running]:
    with running_without_workers(Settings(data_dir=tmp_path)) as started:
        started.client.post("/v1/fleets", json=FLEET).raise_for_status()
        started.client.post(EVENTS, json={"events": [rider("ana"), order("o0")]}).raise_for_status()
        wait_for(lambda: decisions(started))
        yield started


def test_stream_tells_what_is_decided_and_that_the_plan_is_new(server: Running) -> None:
    with subscribed(server) as stream:
        first = next(stream)
        assert (first.seq, first.kind) == (None, "plan")
        server.client.post(EVENTS, json=order("o1", ready_s=600)).raise_for_status()
        told = [next(stream) for _ in range(3)]
    assert [message.kind for message in told] == ["hold", "quoted", "plan"]
    assert told[0].data["order_id"] == "o1"
    assert told[0].seq is not None
    assert first.data["revision"] < told[2].data["revision"]  # type: ignore[operator]


def test_whoever_comes_again_misses_nothing_and_gets_nothing_twice(
    server: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even from further back than is kept in memory, a few decisions at a time."""
    monkeypatch.setattr(feed, "KEPT", 5)
    monkeypatch.setattr(feed, "PAGE", 4)
    got: list[int] = []
    done = threading.Event()

    def listen() -> None:
        place = 0
        while not done.is_set():
            with subscribed(server, place) as stream:
                for message in stream:
                    if message.seq is not None:
                        got.append(message.seq)
                        place = message.seq
                    if done.is_set() or place % 7 == 0:
                        break  # hang up in the middle of it

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    for i in range(12):
        server.client.post(EVENTS, json=order(f"x{i}", ready_s=600)).raise_for_status()
    wait_for(lambda: any(seq == decisions(server)[-1] for seq in got) and len(decisions(server)) > 20)
    done.set()
    server.client.post(EVENTS, json=order("y", ready_s=600)).raise_for_status()
    thread.join(10)
    whole = decisions(server)
    assert got == whole[: len(got)]
    with subscribed(server, 0) as stream:
        assert take(stream, whole[-1]) == whole


def test_another_process_tells_the_same(tmp_path: Path) -> None:
    """The one that takes the event need not dispatch the fleet, and neither need be the one that is listened to."""
    url = fresh_database()
    with (
        running_without_workers(Settings(data_dir=tmp_path / "a", database_url=url)) as first,
        running_without_workers(Settings(data_dir=tmp_path / "b", database_url=url)) as second,
    ):
        first.client.post("/v1/fleets", json=FLEET).raise_for_status()
        wait_for(lambda: len(first.app.state.live.keeper.fleets | second.app.state.live.keeper.fleets) == 1)
        with subscribed(first) as here, subscribed(second) as there:
            assert next(here).kind == next(there).kind == "plan"
            for server in (first, second):
                server.client.post(EVENTS, json={"events": [rider("ana"), order("o1", ready_s=600)]})
                server.client.post(EVENTS, json=order(server.url, ready_s=600)).raise_for_status()
            last = wait_for(lambda: decisions(first)[5:])[-1]
            assert take(here, last) == take(there, last) == [seq for seq in decisions(second) if seq <= last]


def test_a_stream_ends_with_the_right_to_listen(server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that is revoked, one whose scopes change, one that sees the fleet no more, and a session that is over."""
    monkeypatch.setattr(feed, "CHECK_S", 0.2)
    monkeypatch.setattr(feed, "BEAT_S", 0.2)
    database = server.app.state.database
    names = ("revoked", "restricted", "unbound", "over", "out", "kept")
    keys = {name: register.create(database, name, [Scope.LIVE_READ], ["north", "south"]) for name in names}
    ended: dict[str, bool] = {}

    def listen(name: str, headers: dict[str, str]) -> None:
        with httpx.stream("GET", server.url + STREAM[1:], headers=headers, timeout=20, trust_env=False) as answer:
            ended[name] = False
            for _ in answer.iter_lines():
                pass
        ended[name] = True

    sessions = server.app.state.sessions
    monkeypatch.setattr(sessions, "_max_age_s", 4)
    tokens = {name: sessions._ring.seal(f"{keys[name].id} {name}".encode()).decode() for name in ("over", "out")}
    sent = {name: bearer(keys[name].key) for name in names}
    sent |= {name: {"Cookie": f"{COOKIE}={token}"} for name, token in tokens.items()}
    threads = [threading.Thread(target=listen, args=each, daemon=True) for each in sent.items()]
    for thread in threads:
        thread.start()
    wait_for(lambda: len(ended) == len(names))
    assert not any(ended.values())
    with database.writing() as session:
        KeyRepository(session).revoke(keys["revoked"].id)
        session.get(KeyRow, keys["restricted"].id).scopes = '["plans:read"]'
        session.get(KeyRow, keys["unbound"].id).stores = '["north"]'
        session.add(EndedSessionRow(id="out", ended_at=sa.func.now()))
    wait_for(lambda: sum(ended.values()) == len(names) - 1)
    assert not ended["kept"]
    with database.writing() as session:
        session.add(StoreRow(id="third", fleet_id="fleet"))
    wait_for(lambda: ended["kept"])


def test_no_key_takes_all_streams(server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "MAX_STREAMS_OF_KEY", 1)
    other = server.key(Scope.LIVE_READ)
    with subscribed(server) as stream:
        next(stream)
        refused = server.client.get(STREAM)
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "10")
        with server.client.stream("GET", STREAM, headers=other) as answer:
            assert answer.status_code == 200
    wait_for(lambda: server.app.state.live.feeds.subscribers == 0)
    with subscribed(server) as stream:
        next(stream)


def test_a_place_that_no_decision_has_come_to_misses_nothing_from_now_on(server: Running) -> None:
    last = decisions(server)[-1]
    with subscribed(server, last + 1_000) as stream:
        server.client.post("/v1/stores/north/events", json=order("later", ready_s=600)).raise_for_status()
        assert take(stream, last + 1)[0] == last + 1


def test_places_that_are_none_are_refused(server: Running) -> None:
    for headers in ({"Last-Event-ID": "x"}, {"Last-Event-ID": "-1"}):
        answer = httpx.get(server.url + STREAM[1:], headers={**server.client.headers, **headers}, timeout=10)
        assert answer.status_code == 422
