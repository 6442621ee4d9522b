"""Webhooks: signed, in order, sent again after a failure, disabled after too many, to a real receiver."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from standardwebhooks import Webhook

from service.auth import Scope
from service.live import courier
from service.live.addresses import AddressError, check_url, resolve
from service.settings import Settings
from tests.service.live.fleet import FLEET, Json, order, rider, wait_for
from tests.service.server import Running, running_without_workers

HOOKS = "/v1/fleets/fleet/webhooks"
EVENTS = "/v1/stores/north/events"


class Receiver:
    """Takes messages, or answers with ``status`` for as long as that is not 200."""

    def __init__(self) -> None:
        self.status = 200
        self.refused = 0
        self.taken: list[tuple[dict[str, str], bytes]] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if receiver.status == 200:
                    receiver.taken.append((dict(self.headers), body))
                else:
                    receiver.refused += 1
                self.send_response(receiver.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"

    @property
    def seqs(self) -> list[int]:
        return [json.loads(body)["data"]["seq"] for _, body in self.taken]


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()
    thread = threading.Thread(target=receiver.server.serve_forever, daemon=True)
    thread.start()
    yield receiver
    receiver.server.shutdown()
    receiver.server.server_close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Running]:
    with running_without_workers(Settings(data_dir=tmp_path, webhook_private=True)) as started:
        started.client.post("/v1/fleets", json=FLEET).raise_for_status()
        started.client.post(EVENTS, json={"events": [rider("ana"), order("o0")]}).raise_for_status()
        wait_for(lambda: decisions(started))
        yield started


def decisions(server: Running) -> list[Json]:
    found: list[Json] = server.client.get("/v1/fleets/fleet/decisions", params={"limit": 1_000}).json()["decisions"]
    return found


def make(server: Running, **fields: Any) -> Json:
    answer = server.client.post(HOOKS, json=fields)
    assert answer.status_code == 201, answer.text
    made: Json = answer.json()
    return made


def hook(server: Running) -> Json:
    (only,) = server.client.get(HOOKS).json()["webhooks"]
    found: Json = only
    return found


def hook_of(server: Running, made: Json) -> Json:
    (found,) = [each for each in server.client.get(HOOKS).json()["webhooks"] if each["id"] == made["id"]]
    one: Json = found
    return one


def test_every_decision_is_told_once_in_order_and_signed(server: Running) -> None:
    with receiving() as receiver:
        made = make(server, url=receiver.url, after=0)
        for i in range(5):
            server.client.post(EVENTS, json=order(f"o{i + 1}", ready_s=600)).raise_for_status()
        wait_for(lambda: len(decisions(server)) > 6 and receiver.seqs == [each["seq"] for each in decisions(server)])
        headers, body = receiver.taken[-1]
        document = Webhook(made["secret"]).verify(body, headers)
        last = decisions(server)[-1]
        assert document["type"] == f"decision.{last['decision']['kind']}"
        assert document["data"] == {"fleet_id": "fleet"} | last
        assert headers["webhook-id"] == f"{made['id']}.{last['seq']}"
        assert "secret" not in hook(server)
        assert server.client.delete(f"{HOOKS}/{made['id']}").status_code == 204
        assert server.client.get(HOOKS).json() == {"webhooks": []}
        assert server.client.delete(f"{HOOKS}/{made['id']}").status_code == 404


def test_kinds_that_nobody_asked_for_are_passed_over(server: Running) -> None:
    with receiving() as receiver:
        make(server, url=receiver.url, kinds=["commit"], after=0)
        wait_for(lambda: hook(server)["sent_seq"] == decisions(server)[-1]["seq"])
        assert [json.loads(body)["type"] for _, body in receiver.taken] == ["decision.commit"]


def test_receiver_that_fails_and_recovers_misses_nothing(server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(courier, "PAUSES_S", (0.1,) * 100)
    with receiving() as receiver:
        receiver.status = 500
        make(server, url=receiver.url, after=0)
        wait_for(lambda: receiver.refused > 2)
        failing = hook(server)
        assert (failing["error"], failing["sent_seq"], failing["disabled_at"]) == ("answered 500", 0, None)
        assert failing["failures"] >= 2
        receiver.status = 200
        wait_for(lambda: receiver.seqs == [each["seq"] for each in decisions(server)])
        wait_for(lambda: hook(server)["failures"] == 0)


def test_too_many_failures_disable_a_webhook_until_it_is_enabled(
    server: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(courier, "PAUSES_S", (0.1, 0.1))
    with receiving() as receiver:
        receiver.status = 404
        made = make(server, url=receiver.url, after=0)
        wait_for(lambda: hook(server)["disabled_at"])
        assert (receiver.refused, hook(server)["failures"]) == (3, 3)
        receiver.status = 200
        enabled = server.client.post(f"{HOOKS}/{made['id']}:enable").json()
        assert (enabled["failures"], enabled["disabled_at"], enabled["error"]) == (0, None, None)
        wait_for(lambda: receiver.seqs == [each["seq"] for each in decisions(server)])
        receiver.status = 410
        server.client.post(EVENTS, json=order("o9", ready_s=600)).raise_for_status()
        wait_for(lambda: hook(server)["disabled_at"])
        assert hook(server)["failures"] == 1


def test_a_webhook_ends_with_the_key_that_made_it(server: Running) -> None:
    with receiving() as receiver:
        key = server.key(Scope.LIVE_WRITE)
        made = server.client.post(HOOKS, json={"url": receiver.url}, headers=key).json()
        others = make(server, url=f"{receiver.url}/other")
        server.client.post(EVENTS, json=order("o1", ready_s=600)).raise_for_status()
        wait_for(lambda: len(receiver.taken) > 1)
        key_id = key["Authorization"].removeprefix("Bearer sl_").partition("_")[0]
        assert server.client.delete(f"/v1/keys/{key_id}").status_code == 204
        by_id = {each["id"]: each for each in server.client.get(HOOKS).json()["webhooks"]}
        ended, going_on = by_id[made["id"]], by_id[others["id"]]
        assert (ended["error"], going_on["disabled_at"]) == ("its key was revoked", None)
        assert ended["disabled_at"] is not None
        server.client.post(EVENTS, json=order("o2", ready_s=600)).raise_for_status()
        wait_for(lambda: hook_of(server, others)["sent_seq"] == decisions(server)[-1]["seq"])
        assert hook_of(server, made)["sent_seq"] == ended["sent_seq"]
        server.client.post(f"{HOOKS}/{made['id']}:enable").raise_for_status()
        wait_for(lambda: hook_of(server, made)["sent_seq"] == decisions(server)[-1]["seq"])


def test_a_receiver_that_trickles_its_answer_is_not_waited_for(
    server: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(courier, "TIMEOUT_S", 0.5)
    ended = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def trickle() -> None:
            taken, _ = listening.accept()
            with taken, suppress(OSError):
                for letter in b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 1_000:
                    taken.sendall(bytes([letter]))
                    if ended.wait(0.05):
                        return

        thread = threading.Thread(target=trickle, daemon=True)
        thread.start()
        make(server, url=f"http://127.0.0.1:{listening.getsockname()[1]}/", after=0)
        assert wait_for(lambda: hook(server)["error"], 5) == "no answer within 0.5 s"
        ended.set()
        thread.join()


def test_a_place_that_no_decision_has_come_to_is_refused(server: Running) -> None:
    last = decisions(server)[-1]["seq"]
    answer = server.client.post(HOOKS, json={"url": "http://127.0.0.1/", "after": last + 1_000})
    assert (answer.status_code, answer.json()["errors"][0]["path"]) == (422, "$.after")


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("10.0.0.1", False),
        ("100.64.0.1", False),
        ("169.254.169.254", False),
        ("224.0.0.1", False),
        ("2606:4700::1111", True),
        ("::1", False),
        ("::127.0.0.1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:8.8.8.8", True),
        ("::ffff:0:127.0.0.1", False),
        ("64:ff9b::10.0.0.1", False),
        ("64:ff9b::8.8.8.8", True),
        ("64:ff9b:1::10.0.0.1", False),
        ("2001:0:7f00:1::1", False),
        ("2002:7f00:1::", False),
        ("2002:808:808::1", True),
        ("fe80::1%eth0", False),
        ("fec0::1", False),
        ("fd00:ec2::254", False),
        ("ff02::1", False),
    ],
)
def test_private_addresses_are_refused_however_they_are_written(
    address: str, public: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As they are given, and as a name leads to them at the moment of the call."""
    literal = f"https://[{address}]/x" if ":" in address else f"https://{address}/x"
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    named = httpx.URL("https://shop.example/x")
    if public:
        assert check_url(literal, private=False) == literal
        assert resolve(named, private=False) == address
        return
    with pytest.raises(AddressError):
        check_url(literal, private=False)
    with pytest.raises(AddressError, match="leads to a private address"):
        resolve(named, private=False)
    assert resolve(named, private=True) == address


def test_nobody_has_the_server_look_around_in_its_network(tmp_path: Path) -> None:
    with running_without_workers(Settings(data_dir=tmp_path)) as server, receiving() as receiver:
        server.client.post("/v1/fleets", json=FLEET).raise_for_status()
        refused = [receiver.url, "https://10.1.2.3/x", "https://[::1]/", "https://[::ffff:127.0.0.1]/", "ftp://x/y"]
        refused += ["https://user@example.com/", "https:///", "https://169.254.169.254/latest/meta-data"]
        refused += ["https://exa mple.com/", "https://example.com:99999/"]
        for url in refused:
            answer = server.client.post(HOOKS, json={"url": url})
            assert (answer.status_code, answer.json()["errors"][0]["path"]) == (422, "$.url"), url
        port = receiver.server.server_port
        server.client.post(EVENTS, json={"events": [rider("ana"), order("o0")]}).raise_for_status()
        wait_for(lambda: decisions(server))
        make(server, url=f"https://localhost:{port}/", after=0)
        assert "private address" in wait_for(lambda: hook(server)["error"])
        assert receiver.taken == []
        reader = server.key(Scope.LIVE_READ)
        assert server.client.post(HOOKS, json={"url": "https://example.com/"}, headers=reader).status_code == 403
