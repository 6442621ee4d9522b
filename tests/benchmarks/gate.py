"""What the service does with more than it can do: too many plans, and the same request over and over.

Run it: ``uv run python -m tests.benchmarks.gate [--rate 12] [--seconds 60] [--duplicates 10000]``.
"""

import argparse
import asyncio
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import numpy as np

import dispatch
import maps

CLIENTS, DISTINCT = 20, 500
ADDRESS = re.compile(r"answers at (http://\S+?)/ ")


@contextmanager
def served(folder: Path, workers: int) -> Iterator[tuple[str, str]]:
    """``swiftleaf serve``: its address and its admin key."""
    environment = os.environ | {"SWIFTLEAF_WORKERS": str(workers), "SWIFTLEAF_DATA_DIR": str(folder)}
    command = [Path(sys.executable).with_name("swiftleaf"), "serve", "--port", "0"]
    log = folder / "server.log"
    with log.open("wb") as out, subprocess.Popen(command, env=environment, stdout=out, stderr=out) as server:
        try:
            while not ((folder / "admin.key").exists() and (found := ADDRESS.search(log.read_text()))):
                time.sleep(0.1)
            yield found[1], (folder / "admin.key").read_text().strip()
        finally:
            server.terminate()


async def overload(client: httpx.AsyncClient, request: dict[str, Any], rate_per_s: float, seconds: float) -> None:
    """Ask for plans at a rate that does not wait for answers, and for ``/healthz`` beside it."""
    plans: list[tuple[int, float, int]] = []
    beats: list[float] = []

    async def ask() -> None:
        start = time.perf_counter()
        answer = await client.post("/v1/plans", json=request, params={"time_limit_s": 1.0})
        plans.append((answer.status_code, time.perf_counter() - start, int(answer.headers.get("retry-after", 0))))

    async def beat() -> None:
        while True:
            start = time.perf_counter()
            await client.get("/healthz")
            beats.append(time.perf_counter() - start)
            await asyncio.sleep(0.1)

    beating = asyncio.create_task(beat())
    asked = []
    begin = time.perf_counter()
    for number in range(int(rate_per_s * seconds)):
        await asyncio.sleep(max(0.0, begin + number / rate_per_s - time.perf_counter()))
        asked.append(asyncio.create_task(ask()))
    await asyncio.gather(*asked)
    beating.cancel()
    print(f"{rate_per_s:g} plans/s for {seconds:g} s: {dict(Counter(status for status, _, _ in plans))}")
    for name, taken in (("accepted", {201}), ("refused", {429, 503})):
        of = [took for status, took, _ in plans if status in taken]
        if of:
            print(f"  {name}: p50 {np.quantile(of, 0.5):.3f} s, p99 {np.quantile(of, 0.99):.3f} s, max {max(of):.3f} s")
    waits = [wait for status, _, wait in plans if status != httpx.codes.CREATED]
    print(f"  refusals without Retry-After: {waits.count(0)} of {len(waits)}")
    print(f"  /healthz: p50 {np.quantile(beats, 0.5) * 1e3:.1f} ms, p99 {np.quantile(beats, 0.99) * 1e3:.1f} ms")


async def duplicate(client: httpx.AsyncClient, count: int) -> None:
    """Send each of 500 requests again and again from 20 clients at once; each must be done once."""
    names = [f"{uuid4().hex}" for _ in range(DISTINCT)]
    numbers = iter(range(count))
    statuses: Counter[int] = Counter()
    ids: dict[str, set[str]] = {}

    async def send() -> None:
        for number in numbers:
            name = names[number * 7 % DISTINCT]
            while True:
                document = {"name": name, "scopes": ["plans:read"]}
                answer = await client.post("/v1/keys", json=document, headers={"Idempotency-Key": name})
                statuses[answer.status_code] += 1
                if answer.status_code not in {409, 429, 503}:
                    break
                await asyncio.sleep(int(answer.headers["retry-after"]) if answer.status_code == 429 else 0.05)
            ids.setdefault(name, set()).add(answer.text)

    start = time.perf_counter()
    await asyncio.gather(*(send() for _ in range(CLIENTS)))
    took = time.perf_counter() - start
    listed = (await client.get("/v1/keys", params={"limit": 1_000})).json()
    assert listed["next"] is None, "more keys than a page has"
    made = Counter(line["name"] for line in listed["keys"])
    print(f"{count} POSTs of {DISTINCT} requests from {CLIENTS} clients in {took:.1f} s: {dict(statuses)}")
    print(f"  not done just once: {sum(made[name] != 1 for name in names)}")
    print(f"  answered in more than one way: {sum(len(answers) != 1 for answers in ids.values())}")


async def measure(address: str, key: str, options: argparse.Namespace) -> None:
    """Print both."""
    peak = dispatch.dinner_peak(maps.bundled_map(), maps.bundled_people(), orders=40, riders=8, drones=0, seed=1)
    request = peak.model_dump(mode="json")
    limits = httpx.Limits(max_connections=1_000, max_keepalive_connections=100)
    async with httpx.AsyncClient(
        base_url=address, headers={"Authorization": f"Bearer {key}"}, timeout=60, limits=limits, trust_env=False
    ) as client:
        if options.seconds:
            for _ in range(4):
                await client.post("/v1/plans", json=request)
            await overload(client, request, options.rate, options.seconds)
        if options.duplicates:
            await duplicate(client, options.duplicates)


def main() -> None:
    """Serve, ask, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, default=12.0, help="plans a second")
    parser.add_argument("--seconds", type=float, default=60.0, help="how long; 0 for not at all")
    parser.add_argument("--duplicates", type=int, default=10_000, help="how many POSTs; 0 for none")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, served(Path(folder), options.workers) as (address, key):
        asyncio.run(measure(address, key, options))


if __name__ == "__main__":
    main()
