"""A scheduler, workers and a server as processes of their own; a stop that loses nothing; a worker's death."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
import pytest

from service.api.documents import PLAN_EXAMPLE
from tests.acceptance.command import SCRIPT


@contextmanager
def started(*arguments: str, folder: Path, until: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A command that runs on, once it has printed ``until``; and that line."""
    environment = os.environ | {"SWIFTLEAF_DATA_DIR": str(folder / "data"), "SWIFTLEAF_AUTH": "off"}
    log = folder / f"{arguments[0]}.log"
    with log.open("w") as errors:
        process = subprocess.Popen(
            [SCRIPT, *arguments], cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=errors, text=True
        )
    assert process.stdout is not None
    try:
        for line in process.stdout:
            if until in line:
                yield process, line
                break
        else:
            pytest.fail(f"{arguments[0]} said nothing of {until!r}: {log.read_text()}")
    finally:
        process.terminate()
        try:
            process.wait(40)
        except subprocess.TimeoutExpired:
            process.kill()
        process.stdout.close()


def test_a_server_with_its_scheduler_and_worker_stops_in_order(tmp_path: Path) -> None:
    with started("scheduler", "--port", "0", folder=tmp_path, until="Scheduling") as (_, line):
        address = line.split()[2]
        with (
            started("worker", "--scheduler", address, folder=tmp_path, until="Working") as (worker, _),
            started("serve", "--port", "0", "--scheduler", address, folder=tmp_path, until="answers at") as (
                server,
                said,
            ),
        ):
            url = said.split(" at ")[1].split()[0]
            with httpx.Client(base_url=url, timeout=90, trust_env=False) as client:
                assert client.get("/readyz").json()["workers"] == 1
                for process in psutil.Process(worker.pid).children(recursive=True):
                    process.kill()
                again = client.post("/v1/plans", params={"engine": "greedy"}, json=PLAN_EXAMPLE)
                assert again.status_code == 201, again.text
                with ThreadPoolExecutor(1) as pool:
                    search = {"engine": "routing", "time_limit_s": 3}
                    slow = pool.submit(client.post, "/v1/plans", params=search, json=PLAN_EXAMPLE)
                    time.sleep(1)
                    server.send_signal(signal.SIGTERM)
                    time.sleep(0.5)
                    late = httpx.get(f"{url}v1/plans", trust_env=False)
                    assert (late.status_code, late.headers["retry-after"]) == (503, "2")
                    assert httpx.get(f"{url}healthz", trust_env=False).status_code == 200
                    assert slow.result().status_code == 201
                assert server.wait(20) in {0, -signal.SIGTERM}
