"""A server under traffic: the issue's marks, as measured.

Run it on an idle machine: ``uv run python -m tests.benchmarks.load``; for the whole marks with ``--minutes 10
--rush-minutes 3 --kills 200 --scheduler-kills 20``.

A server of two workers is asked for plans of 40 orders and 8 riders with a second of search, four a second; then three
times as many; then its workers are killed, one after another, while it plans on; then the same with a scheduler that is
killed. Each plan that was acknowledged is read back at the end.
"""

import argparse
import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil

from service.load import Tally, Traffic, drive, quantile

SCRIPT = Path(sys.executable).with_name("swiftleaf")
RATE_PER_S = 4.0


@contextmanager
def started(*arguments: str, folder: Path, until: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A command that runs on, once it has printed ``until``; and that line."""
    environment = os.environ | {"SWIFTLEAF_DATA_DIR": str(folder), "SWIFTLEAF_AUTH": "off"}
    with (folder / f"{arguments[0]}.log").open("a") as log:
        process = subprocess.Popen(
            [SCRIPT, *arguments], env=environment, stdout=subprocess.PIPE, stderr=log, text=True, cwd=folder
        )
    assert process.stdout is not None
    try:
        yield process, next(line for line in process.stdout if until in line)
    finally:
        process.terminate()
        process.wait(60)


def judge(name: str, tally: Tally, marks: dict[str, tuple[float, float]]) -> None:
    """Print figures beside their marks."""
    print(f"\n{name}\n{tally.text()}")
    for what, (found, most) in marks.items():
        print(f"  {what}: {found:.3f}, mark {most:g}: {'met' if found <= most else 'MISSED'}")


def lost(client: httpx.Client, plans: list[str]) -> int:
    """How many acknowledged plans cannot be read back as done."""
    return sum(client.get(f"/v1/plans/{plan_id}").json().get("status") != "done" for plan_id in plans)


def worker_pids(server: int) -> list[int]:
    """The processes that solve: those of the server's grandchildren that are Dask's, not helpers of Python."""
    found = psutil.Process(server).children(recursive=True)
    return [each.pid for each in found if "spawn_main" in " ".join(each.cmdline())]


async def under_kills(traffic: Traffic, kills: int, pids: list[int], again: float) -> Tally:
    """Traffic while a process is killed again and again; ``pids`` is asked anew each time by its parent's id."""

    async def kill() -> None:
        for number in range(kills):
            await asyncio.sleep(again)
            alive = [pid for parent in pids for pid in worker_pids(parent)]
            if alive:
                os.kill(alive[number % len(alive)], signal.SIGKILL)

    killing = asyncio.create_task(kill())
    tally = await drive(traffic)
    await killing
    return tally


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--rush-minutes", type=float, default=1.0, help="of three times as many")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seconds-between-kills", type=float, default=3.0)
    parser.add_argument("--scheduler-kills", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with started("serve", "--port", "0", folder=folder, until="answers at") as (server, said):
            url = said.split(" at ")[1].split()[0]
            client = httpx.Client(base_url=url, timeout=60, trust_env=False)
            asyncio.run(drive(Traffic(url, 2.0, 5.0)))  # a solve of this size in each worker
            tally = asyncio.run(drive(Traffic(url, RATE_PER_S, 60 * options.minutes)))
            errors = sum(tally.errors.values()) + len(tally.refused_s)
            marks = {
                "median, s": (quantile(tally.accepted_s, 0.5), 0.4),
                "p99, s": (quantile(tally.accepted_s, 0.99), 1.5),
                "not made": (errors, 0),
                "/healthz p99, s": (quantile(tally.health_s, 0.99), 0.025),
                "lost": (lost(client, tally.plans), 0),
            }
            judge(f"{RATE_PER_S:g} plans a second for {options.minutes:g} min", tally, marks)
            tally = asyncio.run(drive(Traffic(url, 3 * RATE_PER_S, 60 * options.rush_minutes)))
            marks = {
                "accepted p99, s": (quantile(tally.accepted_s, 0.99), 3.0),
                "refused without Retry-After": (tally.without_retry_after, 0),
                "errors": (sum(tally.errors.values()), 0),
                "/healthz p99, s": (quantile(tally.health_s, 0.99), 0.025),
                "lost": (lost(client, tally.plans), 0),
            }
            judge("three times that", tally, marks)
            if options.kills:
                seconds = options.kills * options.seconds_between_kills
                traffic = Traffic(url, 1.0, seconds, time_limit_s=0.5)
                tally = asyncio.run(under_kills(traffic, options.kills, [server.pid], options.seconds_between_kills))
                began_s = time.monotonic()
                while client.get("/readyz").status_code != 200:
                    time.sleep(0.1)
                marks = {
                    "ready again, s": (time.monotonic() - began_s, 10.0),
                    "lost": (lost(client, tally.plans), 0),
                }
                judge(f"{options.kills} workers killed", tally, marks)
            client.close()
        if options.scheduler_kills:
            with_scheduler(folder, options.scheduler_kills)


def with_scheduler(folder: Path, kills: int) -> None:
    """Kill the scheduler of a server and its worker again and again; each time see how soon a plan is made again."""
    with started("scheduler", "--port", "0", folder=folder, until="Scheduling") as (first, line):
        address = line.split()[2]
        port = address.rpartition(":")[2]
        scheduler = first
        with (
            started("worker", "--scheduler", address, "--processes", "2", folder=folder, until="Working"),
            started("serve", "--port", "0", "--scheduler", address, folder=folder, until="answers at") as (_, said),
            httpx.Client(base_url=said.split(" at ")[1].split()[0], timeout=60, trust_env=False) as client,
        ):
            (body,) = Traffic("", 1.0, 1.0, time_limit_s=0.2).documents()
            headers = {"Content-Type": "application/json"}
            took: list[float] = []
            plans: list[str] = []
            for _ in range(kills):
                scheduler.kill()
                scheduler.wait()
                began_s = time.monotonic()
                environment = os.environ | {"SWIFTLEAF_DATA_DIR": str(folder)}
                scheduler = subprocess.Popen([SCRIPT, "scheduler", "--port", port], env=environment, cwd=folder)
                while True:
                    answer = client.post("/v1/plans", params={"time_limit_s": 0.2}, content=body, headers=headers)
                    if answer.status_code == 201:
                        plans.append(answer.json()["id"])
                        took.append(time.monotonic() - began_s)
                        break
                    time.sleep(0.2)
            print(f"\n{kills} schedulers killed: a plan again after {max(took):.1f} s at most; mark 10")
            print(f"  lost: {lost(client, plans)}")
            scheduler.terminate()
            scheduler.wait()


if __name__ == "__main__":
    main()
