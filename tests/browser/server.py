"""A real server as its operator starts it, and a real plan on it."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

import dispatch
import maps

START_S = 120.0
SETTINGS = {"SWIFTLEAF_WORKERS": "1"}
ADDRESS = re.compile(r"Swiftleaf answers at (http://\S+?)/\s")


@contextmanager
def running_server(folder: Path, auth: str = "off") -> Iterator[str]:
    """``swiftleaf serve`` on a free port, its database in ``folder``, with keys or none; its address, once ready."""
    command = [
        sys.executable,
        "-c",
        "from service.cli import main; main()",
        "serve",
        "--port",
        "0",
        "--data-dir",
        str(folder),
    ]
    log = folder / "server.log"
    with log.open("wb") as out:
        server = subprocess.Popen(
            command, stdout=out, stderr=out, env={**os.environ, **SETTINGS, "SWIFTLEAF_AUTH": auth}
        )
        try:
            yield _address(server, log)
        finally:
            server.terminate()
            try:
                server.wait(30)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _address(server: "subprocess.Popen[bytes]", log: Path) -> str:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and server.poll() is None:
        if found := ADDRESS.search(log.read_text(errors="replace")):
            return found[1]
        time.sleep(0.1)
    raise AssertionError(f"the server did not start (exit code {server.poll()}):\n{log.read_text(errors='replace')}")


def peak_request(orders: int = 36) -> dict[str, Any]:
    """A dinner peak in the bundled city with one order too heavy for anyone and one in the sea."""
    peak = dispatch.dinner_peak(maps.bundled_map(), maps.bundled_people(), orders=orders, riders=6, drones=2, seed=3)
    request = peak.model_dump(mode="json")
    request["orders"][0]["mass_kg"] = 45.0
    request["orders"][1]["location"] = [-71.32, -29.9]
    return request


def post_plan(server: str, request: dict[str, Any]) -> str:
    """Plan ``request`` over HTTP; the plan's id."""
    answer = httpx.post(f"{server}/v1/plans", json=request, params={"time_limit_s": 0.5}, timeout=90, trust_env=False)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


@dataclass(frozen=True)
class Stored:
    """A plan as the API gives it, which the page must agree with."""

    server: str
    folder: Path
    id: str
    plan: dict[str, Any]
    carbon: dict[str, Any]

    @property
    def stops(self) -> list[dict[str, Any]]:
        """All stops, in the order of the trips."""
        return [stop for trip in self.plan["trips"] for stop in trip["stops"]]

    def emission(self, order_id: str) -> dict[str, Any]:
        """The order's line of the carbon report."""
        return next(line for line in self.carbon["orders"] if line["order_id"] == order_id)
