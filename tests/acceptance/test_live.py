"""Live dispatching from outside, with real processes that are killed in the middle of it."""

import json
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from tests.acceptance.command import swiftleaf
from tests.acceptance.serving import Server
from tests.service.live.fleet import FLEET, Json, order, rider, stamp, wait_for
from tests.service.postgres import fresh_database

EVENTS = "/v1/stores/north/events"
MOST = 60
"""Orders are sent among the first so many events."""


class Sender:
    """Sends an order and where its rider is, again and again, until the server is gone."""

    def __init__(self, server: Server, prefix: str = "") -> None:
        self.prefix = prefix
        self.client = server.client
        self.sent: list[Json] = []
        self.acknowledged: dict[str, int] = {}
        self.thread = threading.Thread(target=self._send, daemon=True)
        self.thread.start()

    def _send(self) -> None:
        while True:
            number = len(self.sent)
            batch = [order(f"{self.prefix}o{number}", ready_s=1_200)] if number < MOST else []
            seen = {"kind": "vehicle_located", "vehicle_id": "ana", "location": [-71.25, -29.9]}
            batch += [{"id": f"{self.prefix}seen{number + i}", "at": stamp()} | seen for i in range(3)]
            self.sent += batch
            try:
                answer = self.client.post(EVENTS, json={"events": batch})
            except (httpx.HTTPError, RuntimeError):  # the client is closed under it
                return
            for receipt in answer.json()["events"]:
                self.acknowledged[receipt["id"]] = receipt["seq"]


def events(server: Server) -> list[Json]:
    found: list[Json] = []
    after: int | None = 0
    while after is not None:
        page = server.client.get("/v1/fleets/fleet/events", params={"after": after, "limit": 1_000}).json()
        found += page["events"]
        after = page["next"]
    return found


def all_decided(server: Server) -> list[Json] | None:
    found = events(server)
    return found if all(each["position"] for each in found) else None


def test_killed_in_mid_write_nothing_acknowledged_is_lost_or_handled_twice(tmp_path: Path) -> None:
    server = Server(tmp_path)
    server.client.post("/v1/fleets", json=FLEET).raise_for_status()
    server.client.post(EVENTS, json=rider("ana")).raise_for_status()
    sender = Sender(server)
    wait_for(lambda: len(sender.acknowledged) > 30)
    server.kill()
    sender.thread.join(30)

    server = Server(tmp_path)
    wait_for(lambda: "restarted" in {each["event"]["kind"] for each in events(server)})
    again = server.client.post(EVENTS, json={"events": sender.sent[-6:]}).json()["events"]
    for receipt in again:
        if receipt["id"] in sender.acknowledged:
            assert (receipt["status"], receipt["seq"]) == ("known", sender.acknowledged[receipt["id"]])
    log = wait_for(lambda: all_decided(server), 60)
    seqs = {each["event"]["id"]: each["seq"] for each in log}
    assert len(seqs) == len(log)
    assert sender.acknowledged.items() <= seqs.items()
    assert sorted(each["position"] for each in log) == list(range(1, len(log) + 1))
    assert server.stop() == 0
    said = swiftleaf("replay", "fleet", "--out", "log.jsonl", folder=tmp_path)
    assert said.stdout.startswith(f"{len(log)} events, every decision the same")
    lines = (tmp_path / "log.jsonl").read_text().splitlines()
    assert sum(line.startswith('{"follow"') for line in lines) == len(log)
    assert "no fleet" in swiftleaf("replay", "nobody", folder=tmp_path, code=2).stderr


def committed(server: Server) -> Json | None:
    page = server.client.get("/v1/fleets/fleet/decisions").json()
    trips: list[Json] = [each["decision"]["trip"] for each in page["decisions"] if each["decision"]["kind"] == "commit"]
    return trips[0] if trips else None


def tell(server: Server, kind: str, trip: Json, **fields: str) -> None:
    event = {"id": kind, "at": stamp(), "kind": kind, "trip_id": trip["id"]} | fields
    (receipt,) = server.client.post(EVENTS, json=event).raise_for_status().json()["events"]
    assert receipt["status"] == "taken"


def test_a_ride_is_in_the_carbon_figures_and_in_the_report(tmp_path: Path) -> None:
    server = Server(tmp_path)
    server.client.post("/v1/fleets", json=FLEET).raise_for_status()
    assert server.client.get("/v1/carbon/stores").json() == {
        "stores": ["north", "south"],
        "first_day": None,
        "last_day": None,
    }
    server.client.post(EVENTS, json={"events": [rider("ana"), order("o1")]}).raise_for_status()
    trip = wait_for(lambda: committed(server), 60)
    tell(server, "trip_left", trip)
    tell(server, "stop_done", trip, order_id="o1")
    tell(server, "trip_returned", trip)
    wait_for(lambda: all_decided(server))
    stores = server.client.get("/v1/carbon/stores").json()
    days = {"from": stores["first_day"], "to": stores["last_day"]}
    found = server.client.get("/v1/carbon/figures", params=days | {"store": "north"}).raise_for_status().json()
    (line,) = found["orders"]
    assert (line["plan_id"], line["order_id"], line["vehicle_class"]) == (None, "o1", "e_bike")
    assert found["totals"]["rounds"] == found["totals"]["orders"] == 1
    assert abs(found["totals"]["transport_gco2e"] - trip["transport_gco2e"]) < 1e-9
    assert found["left_out"] == []
    south = server.client.get("/v1/carbon/figures", params=days | {"store": "south"}).raise_for_status().json()
    assert south["totals"]["orders"] == 0
    served = server.client.get("/v1/carbon/report.json", params=days).raise_for_status().json()
    assert served["orders"] == 1
    assert server.stop() == 0
    asked = ("--store", "north", "--from", days["from"], "--to", days["to"], "--format", "json", "--out", "r.json")
    swiftleaf("report", *asked, folder=tmp_path)
    said = json.loads((tmp_path / "r.json").read_bytes())
    assert said["orders"] == 1
    (totals,) = (table for table in said["tables"] if table["key"] == "totals")
    values = {row["figure"]: row["value"] for row in totals["rows"]}
    assert abs(values["A + B: all of it"] - found["totals"]["total_gco2e"]) < 1e-9


def test_second_server_takes_over_from_a_killed_one(tmp_path: Path) -> None:
    url = fresh_database()
    first = Server(tmp_path / "first", DATABASE_URL=url)
    first.client.post("/v1/fleets", json=FLEET).raise_for_status()
    first.client.post(EVENTS, json=rider("ana")).raise_for_status()
    wait_for(lambda: all_decided(first))
    second = Server(tmp_path / "second", DATABASE_URL=url)
    first.kill()
    killed_s = time.monotonic()
    second.client.post(EVENTS, json=order("o1")).raise_for_status()
    wait_for(lambda: all_decided(second), 10)
    assert time.monotonic() - killed_s < 10
    page = second.client.get("/v1/fleets/fleet/decisions").json()
    assert "commit" in {each["decision"]["kind"] for each in page["decisions"]}
    assert second.stop() == 0


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of six megabytes; only root may make one."""
    folder = tmp_path / "small"
    folder.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", folder], capture_output=True, check=False)
    if made.returncode:
        pytest.skip("only root can make a small file system, to fill it up")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def test_full_disk_is_said_and_what_was_acknowledged_outlives_it(small_disk: Path, tmp_path: Path) -> None:
    server = Server(tmp_path, warm=False, DATA_DIR=small_disk)
    server.client.post("/v1/fleets", json=FLEET).raise_for_status()
    server.client.post(EVENTS, json=rider("ana")).raise_for_status()
    wait_for(lambda: all_decided(server))
    with (small_disk / "filler").open("wb", buffering=0) as filler, suppress(OSError):
        while True:
            filler.write(bytes(4_096))
    acknowledged, refused = [], None
    for number in range(2_000):
        answer = server.client.post(EVENTS, json=order(f"o{number}", ready_s=1_200))
        if answer.status_code != 202:
            refused = answer
            break
        acknowledged.append(f"o{number}-placed")
    assert refused is not None
    assert (refused.status_code, refused.json()["type"]) == (503, "/problems/unavailable")
    assert "full" in refused.json()["detail"]
    assert int(refused.headers["retry-after"]) > 0
    assert server.client.get("/healthz").status_code == 200
    (small_disk / "filler").unlink()
    wait_for(lambda: server.client.post(EVENTS, json=order("after")).status_code == 202)
    log = wait_for(lambda: all_decided(server), 60)
    assert {*acknowledged, "after-placed"} <= {each["event"]["id"] for each in log}
    assert server.stop() == 0
