"""A database that is gone for a minute: ``python -m tests.benchmarks.outage [--seconds S] [--clients N]``.

Clients send events and ask for plans' pages all the while. The PostgreSQL behind the server is killed and started again
after so long, then stopped as by SIGSTOP, which lets every connection hang, and continued. Prints a table with the
goals: an answer that says when to come again, recovery by itself within 10 s, nothing lost that was acknowledged.
"""

import argparse
import tempfile
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.acceptance.serving import Server
from tests.acceptance.test_live import all_decided
from tests.benchmarks.live import EVENTS, OPEN, Line, lost, start
from tests.service.live.fleet import stamp, wait_for
from tests.service.postgres import fresh_database, server_away

PATIENCE_S = 30.0
"""No client waits longer for an answer; a clear 503 comes sooner."""
PAUSE_S = 0.1


@dataclass
class Seen:
    """What clients saw while the database was away."""

    acknowledged: dict[str, int] = field(default_factory=dict)
    statuses: Counter[str] = field(default_factory=Counter)
    slowest_s: float = 0.0
    without_retry_after: int = 0


def send(url: httpx.URL, name: str, seen: Seen, away: threading.Event, over: threading.Event) -> None:
    """Send one event after another until it is over; what is not acknowledged is not sent again."""
    number = 0
    with httpx.Client(base_url=url, timeout=PATIENCE_S, trust_env=False) as client:
        while not over.is_set():
            event = {"kind": "vehicle_located", "vehicle_id": "ana", "location": [-71.25, -29.9], "at": stamp()}
            began_s, was_away, number = time.perf_counter(), away.is_set(), number + 1
            try:
                answer = client.post(EVENTS, json=event | {"id": f"{name}-{number}"})
            except httpx.HTTPError as error:
                seen.statuses[type(error).__name__] += 1
                continue
            if answer.is_success:
                receipt = answer.json()["events"][0]
                seen.acknowledged[receipt["id"]] = receipt["seq"]
            else:
                seen.statuses[str(answer.status_code)] += 1
                seen.without_retry_after += "retry-after" not in answer.headers
            if was_away:
                seen.slowest_s = max(seen.slowest_s, time.perf_counter() - began_s)
            time.sleep(PAUSE_S)


def outage(folder: Path, seconds: float, clients: int, *, paused: bool) -> list[Line]:
    """One outage, of a database that is dead or, ``paused``, one that takes connections and says nothing."""
    server = Server(folder, DATABASE_URL=fresh_database(), **OPEN)
    start(server)
    seen, away, over = Seen(), threading.Event(), threading.Event()
    threads = [
        threading.Thread(target=send, args=(server.client.base_url, f"c{i}", seen, away, over)) for i in range(clients)
    ]
    for thread in threads:
        thread.start()
    time.sleep(2)
    alive: Counter[str] = Counter()
    with server_away(paused=paused):
        away.set()
        end_s = time.monotonic() + seconds
        while time.monotonic() < end_s:
            for page in ("/healthz", "/readyz"):
                with suppress(httpx.HTTPError):
                    alive[f"{page} {server.client.get(page, timeout=PATIENCE_S).status_code}"] += 1
            time.sleep(1)
        away.clear()
    back_s = time.monotonic()
    before = len(seen.acknowledged)
    wait_for(lambda: len(seen.acknowledged) > before + clients, 60)
    took_s = time.monotonic() - back_s
    over.set()
    for thread in threads:
        thread.join(60)
    log = wait_for(lambda: all_decided(server), 300)
    server.stop()
    what = f"PostgreSQL {'silent' if paused else 'dead'} for {seconds:g} s, {clients} clients"
    told = f"{dict(seen.statuses)}, slowest {seen.slowest_s:.1f} s, {seen.without_retry_after} without Retry-After"
    clear = set(seen.statuses) == {"503"} and not seen.without_retry_after
    well = not alive["/readyz 200"] and set(alive) == {"/healthz 200", "/readyz 503"}
    return [
        Line(f"{what}: answers", "503 with Retry-After", told, clear),
        Line("meanwhile", "alive, not ready", str(dict(alive)), well),
        lost("after it", log, seen.acknowledged, [took_s]),
    ]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--clients", type=int, default=8)
    asked = parser.parse_args()
    print("| measure | goal | measured | met |\n|---|---|---|---|")
    for paused in (False, True):
        with tempfile.TemporaryDirectory() as folder:
            for line in outage(Path(folder), asked.seconds, asked.clients, paused=paused):
                met = "yes" if line.met else "no"
                print(f"| {line.measure} | {line.goal} | {line.found} | {met} |", flush=True)


if __name__ == "__main__":
    main()
