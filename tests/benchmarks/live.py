"""How live dispatching holds out: ``python -m tests.benchmarks.live [--subscribers N] [--seconds S] [--kills N] ...``.

Real server processes on this machine, which also runs the clients: subscribers that are cut off and come again, clients
that send everything many times, servers and a PostgreSQL that are killed in the middle of it. Prints a table with the
goals; an option set to 0 leaves its part out.
"""

import argparse
import asyncio
import re
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable  # noqa: TC003 - beside the others
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import httpx
import numpy as np

from tests.acceptance.serving import Server
from tests.acceptance.test_live import Sender, all_decided, events
from tests.benchmarks.awards import Awards, verified
from tests.service.live.fleet import FLEET, Json, order, rider, stamp, wait_for
from tests.service.postgres import fresh_database, kill_server

EVENTS = "/v1/stores/north/events"
STREAM = "/v1/fleets/fleet/stream"
FRAME = re.compile(rb"id: (\d+)\nevent: (\w+)\ndata: (.*)\n\n")
OPEN = {"KEY_RATE_PER_S": 1e6, "KEY_BURST": 10**6, "ADDRESS_RATE_PER_S": 1e6, "ADDRESS_BURST": 10**6}
UPDATES_PER_S = 2.0
CLIENTS, COPIES = 20, 20
BACK_S, STREAM_MS, ALIVE_MS = 10.0, 250.0, 25.0


class Line(NamedTuple):
    """A row of the table."""

    measure: str
    goal: str
    found: str
    met: bool


class Subscriber:
    """Reads a stream for as long as it is let; notes when each decision came."""

    def __init__(self, host: str, port: int) -> None:
        self.host, self.port = host, port
        self.got: list[tuple[int, float, bytes]] = []
        self.place: int | None = None
        self.reading = asyncio.Event()
        self._writer: asyncio.StreamWriter | None = None

    async def run(self) -> None:
        """Connect, read, and connect again with the place that was come to."""
        while True:
            reader, self._writer = await asyncio.open_connection(self.host, self.port)
            last = "" if self.place is None else f"Last-Event-ID: {self.place}\r\n"
            self._writer.write(f"GET {STREAM} HTTP/1.1\r\nHost: localhost:{self.port}\r\n{last}\r\n".encode())
            buffer = b""
            while chunk := await reader.read(65_536):
                buffer += chunk
                now = time.perf_counter()
                if self.place is None and (first := re.search(rb"retry: \d+\nid: (\d+)\n\n", buffer)):
                    self.place = int(first[1])
                    self.reading.set()
                end = 0
                for frame in FRAME.finditer(buffer):
                    self.place, end = int(frame[1]), frame.end()
                    self.got.append((self.place, now, frame[3] if frame[2] == b"quoted" else b""))
                buffer = buffer[end:]

    def cut(self) -> None:
        """Break the connection."""
        if self._writer is not None:
            self._writer.transport.abort()


def streams(folder: Path, subscribers: int, seconds: float, reconnects: int) -> list[Line]:
    """Subscribers of one fleet while orders come in and are cancelled again."""
    server = Server(folder, **OPEN)
    start(server)
    sent: dict[str, float] = {}

    def update(number: int) -> None:
        placed = order(f"o{number}", ready_s=600)
        gone = {"id": f"gone{number}", "at": stamp(), "kind": "order_cancelled", "order_id": f"o{number - 5}"}
        sent[f"o{number}"] = time.perf_counter()
        server.client.post(EVENTS, json={"events": [gone, placed] if number >= 5 else [placed]}).raise_for_status()

    async def measure() -> tuple[list[Subscriber], list[float]]:
        address = urlsplit(str(server.client.base_url))
        assert address.hostname is not None
        assert address.port is not None
        everybody = [Subscriber(address.hostname, address.port) for _ in range(subscribers)]
        tasks = [asyncio.create_task(each.run()) for each in everybody]
        await asyncio.gather(*(each.reading.wait() for each in everybody))
        health_s: list[float] = []
        rng = np.random.default_rng(0)
        count = int(seconds * UPDATES_PER_S)
        cuts = Counter(int(i) for i in rng.integers(0, count, reconnects))
        for number in range(count):
            began_s = time.perf_counter()
            await asyncio.to_thread(update, number)
            for i in rng.choice(subscribers, cuts[number], replace=False):
                everybody[i].cut()
            alive_s = time.perf_counter()
            await asyncio.to_thread(lambda: server.client.get("/healthz").raise_for_status())
            health_s.append(time.perf_counter() - alive_s)
            await asyncio.sleep(max(0.0, began_s + 1 / UPDATES_PER_S - time.perf_counter()))
        await asyncio.sleep(3)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return everybody, health_s

    everybody, health_s = asyncio.run(measure())
    made = [each["seq"] for each in decisions(server)]
    server.stop()
    gaps = duplicates = 0
    latency_s: list[float] = []
    for each in everybody:
        seqs = [seq for seq, _, _ in each.got]
        duplicates += len(seqs) - len(set(seqs))
        gaps += len(set(made[made.index(seqs[0]) :]) - set(seqs))
        quoted_s: dict[str, float] = {}  # first; it may be quoted anew minutes later
        for _, at_s, data in each.got:
            if data and (found := re.search(rb'"order_id":"(o\d+)"', data)):
                quoted_s.setdefault(found[1].decode(), at_s)
        latency_s += [at_s - sent[order_id] for order_id, at_s in quoted_s.items()]
    p50, p99 = np.percentile(latency_s, (50, 99)) * 1_000
    alive_ms = float(np.percentile(health_s, 99)) * 1_000
    who = f"{subscribers} subscribers, {reconnects} reconnects"
    told = f"p50 {p50:.0f} ms, p99 {p99:.0f} ms"
    return [
        Line(f"{who}: gaps, duplicates", "0, 0", f"{gaps}, {duplicates}", gaps == duplicates == 0),
        Line(f"{who}: event sent to client told", f"p99 <= {STREAM_MS:.0f} ms", told, p99 <= STREAM_MS),
        Line("/healthz beside it", f"p99 <= {ALIVE_MS:.0f} ms", f"p99 {alive_ms:.0f} ms", alive_ms <= ALIVE_MS),
    ]


def duplicated(folder: Path, posts: int) -> list[Line]:
    """The same events from many clients, each many times."""
    server = Server(folder, **OPEN)
    start(server)
    seen = {"kind": "vehicle_located", "vehicle_id": "ana", "location": [-71.25, -29.9], "at": stamp()}
    different = [seen | {"id": f"e{i}"} for i in range(posts // COPIES)]
    rng = np.random.default_rng(0)
    turns = rng.permutation(np.repeat(np.arange(len(different)), COPIES))
    answers: Counter[str] = Counter()

    def send(part: np.ndarray) -> Counter[str]:
        with httpx.Client(base_url=server.client.base_url, timeout=60, trust_env=False) as client:
            return Counter(client.post(EVENTS, json=different[i]).json()["events"][0]["status"] for i in part)

    began_s = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as pool:
        for counted in pool.map(send, np.array_split(turns, CLIENTS)):
            answers += counted
    took_s = time.perf_counter() - began_s
    log = wait_for(lambda: all_decided(server), 120)
    server.stop()
    kept = sum(each["event"]["kind"] == "vehicle_located" for each in log)
    found = f"{kept} events of {len(different)}; {dict(answers)}; {len(turns) / took_s:.0f} POSTs/s"
    met = kept == len(different) == answers["taken"] and answers.total() == len(turns)
    return [Line(f"{len(turns)} duplicated POSTs from {CLIENTS} clients", "no duplicate event", found, met)]


def killed(folder: Path, kills: int) -> list[Line]:
    """A server that is killed while it takes events in, and started again."""
    server = Server(folder, **OPEN)
    start(server)
    acknowledged: dict[str, int] = {}
    given: set[str] = set()
    back_s: list[float] = []
    for number in range(kills):
        sender, awards = Sender(server, prefix=f"k{number}-"), Awards(server, prefix=f"k{number}-")
        wait_for(lambda: len(sender.acknowledged) > 20, 60)  # noqa: B023 - awaited here
        server.kill()
        sender.thread.join(30)
        acknowledged |= sender.acknowledged
        given |= awards.stop()
        began_s = time.perf_counter()
        server = Server(folder, warm=False, **OPEN)
        back_s.append(time.perf_counter() - began_s)
    log = wait_for(lambda: all_decided(server), 300)
    ledger = ledger_line(server, given)
    server.stop()
    return [lost(f"kill -9 of the server in mid-write, {kills} times", log, acknowledged, back_s), ledger]


def without_database(folder: Path, kills: int) -> list[Line]:
    """A PostgreSQL that is killed while a server writes into it, and started again."""
    server = Server(folder, DATABASE_URL=fresh_database(), **OPEN)
    start(server)
    acknowledged: dict[str, int] = {}
    back_s: list[float] = []
    refused: Counter[int] = Counter()
    given: set[str] = set()
    for number in range(kills):
        stopping, awards = threading.Event(), Awards(server, prefix=f"p{number}-")

        def send(number: int = number, stopping: threading.Event = stopping) -> None:
            count = 0
            while not stopping.is_set():
                seen = {"kind": "vehicle_located", "vehicle_id": "ana", "location": [-71.25, -29.9], "at": stamp()}
                answer = server.client.post(EVENTS, json=seen | {"id": f"p{number}-{count}"})
                if answer.is_success:
                    acknowledged[f"p{number}-{count}"] = answer.json()["events"][0]["seq"]
                else:
                    refused[answer.status_code] += 1
                    time.sleep(0.05)
                count += 1

        thread = threading.Thread(target=send)
        thread.start()
        time.sleep(1)
        kill_server()
        began_s = time.perf_counter()
        before = len(acknowledged)
        wait_for(lambda: len(acknowledged) > before, 60)  # noqa: B023 - awaited here
        back_s.append(time.perf_counter() - began_s)
        stopping.set()
        thread.join(30)
        given |= awards.stop()
    log = wait_for(lambda: all_decided(server), 300)
    ledger = ledger_line(server, given)
    server.stop()
    line = lost(f"kill -9 of PostgreSQL, {kills} times; meanwhile {dict(refused)}", log, acknowledged, back_s)
    return [line._replace(met=line.met and set(refused) <= {503}), ledger]


def ledger_line(server: Server, given: set[str]) -> Line:
    """The row of the ledger that the server itself writes, after it was killed."""
    wait_for(lambda: server.client.get("/readyz").is_success, 120)
    found, met = verified(server, given)
    return Line("ledger C after it", "verifies, none lost", found, met)


def lost(measure: str, log: list[Json], acknowledged: dict[str, int], back_s: list[float]) -> Line:
    """The row of something that was killed."""
    seqs = {each["event"]["id"]: each["seq"] for each in log}
    missing = len(acknowledged.items() - seqs.items())
    twice = len(log) - len(seqs)
    back = f"back in {np.median(back_s):.1f} s, at most {max(back_s):.1f} s"
    found = f"{missing} of {len(acknowledged)} lost, {twice} twice, {back}"
    return Line(measure, "none lost, back within 10 s", found, missing == twice == 0 and max(back_s) <= BACK_S)


def start(server: Server) -> None:
    """A fleet with riders."""
    server.client.post("/v1/fleets", json=FLEET).raise_for_status()
    server.client.post(EVENTS, json={"events": [rider(name) for name in ("ana", "ben", "eva")]}).raise_for_status()
    wait_for(lambda: len(events(server)) > 3 and all_decided(server), 60)


def decisions(server: Server) -> list[Json]:
    """All of them."""
    found: list[Json] = []
    after: int | None = 0
    while after is not None:
        page = server.client.get("/v1/fleets/fleet/decisions", params={"after": after, "limit": 1_000}).json()
        found += page["decisions"]
        after = page["next"]
    return found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--subscribers", type=int, default=500)
    parser.add_argument("--reconnects", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--posts", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--database-kills", type=int, default=20)
    asked = parser.parse_args()
    parts: list[tuple[int, Callable[[Path], list[Line]]]] = [
        (asked.subscribers, lambda folder: streams(folder, asked.subscribers, asked.seconds, asked.reconnects)),
        (asked.posts, lambda folder: duplicated(folder, asked.posts)),
        (asked.kills, lambda folder: killed(folder, asked.kills)),
        (asked.database_kills, lambda folder: without_database(folder, asked.database_kills)),
    ]
    print("| measure | goal | measured | met |\n|---|---|---|---|")
    for wanted, part in parts:
        if wanted:
            with tempfile.TemporaryDirectory() as folder:
                for line in part(Path(folder)):
                    met = "yes" if line.met else "no"
                    print(f"| {line.measure} | {line.goal} | {line.found} | {met} |", flush=True)


if __name__ == "__main__":
    main()
