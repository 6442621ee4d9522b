"""Characters that no database or file system keeps, wherever a request may have them: refused, never a crash."""

import json
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from service.app import create_app
from service.settings import Settings
from tests.service.live.fleet import FLEET, rider
from tests.service.postgres import fresh_database
from tests.service.server import Running, running_without_workers

DOCUMENT = create_app(Settings(port=0)).openapi()
NAMES = {"fleet_id": "fleet", "store_id": "north", "format_name": "json"}
ODD = ("a%00b", "%ED%A0%80")
"""NUL, and half of a surrogate pair, which is no UTF-8, as they stand in an address."""
PAGES = (
    "/board/{odd}",
    "/login?next={odd}",
    "/?a={odd}",
    "/static/{odd}",
    "/static/js/{odd}",
    "/problems/{odd}",
    "/{odd}",
)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("nul")
    url = fresh_database() if request.param == "postgresql" else None
    limits = {"address_rate_per_s": 1e6, "address_burst": 10**6}
    with running_without_workers(Settings(data_dir=folder, database_url=url, auth="off", **limits)) as started:
        started.client.post("/v1/fleets", json=FLEET).raise_for_status()
        started.client.post("/v1/stores/north/events", json=rider("ana")).raise_for_status()
        yield started


def requests() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every operation, but the one without an end and the one that takes workers."""
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            if operation["operationId"] not in {"stream_decisions", "start_study"}:
                yield path, method, operation


@pytest.mark.parametrize("odd", ODD)
def test_no_address_and_no_query_makes_a_crash(server: Running, odd: str) -> None:
    wrong = []
    for path, method, operation in requests():
        known = [each for each in operation.get("parameters", ()) if each["in"] in {"path", "query"}]
        for one in known:
            address = path
            for each in known:
                if each["in"] == "path":
                    value = odd if each is one else NAMES.get(each["name"], "x")
                    address = address.replace("{" + each["name"] + "}", value)
            if one["in"] == "query":
                address += f"?{one['name']}={odd}"
            answer = server.client.request(method, address)
            if answer.status_code == 500 or ("%00" in odd and answer.status_code < 400):
                wrong.append((method, address, answer.status_code))
    assert wrong == []


@pytest.mark.parametrize("address", PAGES)
def test_no_page_is_a_crash(server: Running, address: str) -> None:
    assert [odd for odd in ODD if server.client.get(address.format(odd=odd)).status_code >= 500] == []


@pytest.mark.parametrize("odd", ["\\u0000", "\\ud800"])
def test_no_text_in_a_body_makes_a_crash(server: Running, odd: str) -> None:
    wrong = []
    for path, method, operation in requests():
        body = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if body is None:
            continue
        example = json.dumps(body["examples"]["whole"]["value"], ensure_ascii=True)
        address = path.format(**{"order_id": "x", "webhook_id": "x"} | NAMES)
        query = {each["name"]: "north" for each in operation.get("parameters", ()) if each["name"] == "store"}
        ends = [i for i, letter in enumerate(example) if letter == '"' and example[i - 1].isalnum()]
        for end in ends:
            said = example[:end] + odd + example[end:]
            headers = {"content-type": "application/json", "if-match": "*"}
            answer = server.client.request(method, address, content=said, params=query, headers=headers)
            if answer.status_code == 500:
                wrong.append((method, address, said[end - 20 : end + 8]))
    assert wrong == []


@pytest.mark.parametrize(
    "header", [b"Idempotency-Key", b"If-None-Match", b"Authorization", b"Last-Event-ID", b"Cookie"]
)
def test_header_with_nul_is_refused(server: Running, header: bytes) -> None:
    host, port = server.url.removeprefix("http://").rstrip("/").split(":")
    with socket.create_connection((host, int(port)), 5) as plain:
        plain.sendall(b"GET /v1/fleets/fleet/plan HTTP/1.1\r\nHost: 127.0.0.1\r\n" + header + b": a\0b\r\n\r\n")
        assert plain.recv(100).startswith(b"HTTP/1.1 400 ")
