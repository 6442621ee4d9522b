"""``swiftleaf demo`` as a server: the next free port, the plan on it, a quiet end."""

import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil

from tests.acceptance.command import SCRIPT, swiftleaf


@contextmanager
def taken_port() -> Iterator[int]:
    """A port that somebody else listens on."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


def test_demo_serves_its_plan_and_stops_quietly(tmp_path: Path) -> None:
    environment = os.environ | {
        "SWIFTLEAF_DATA_DIR": str(tmp_path / "data"),
        "SWIFTLEAF_WORKERS": "1",
        "COLUMNS": "200",
    }
    with taken_port() as port:
        command = [SCRIPT, "demo", "--port", str(port), "--orders", "5", "--engine", "greedy", "--out", "out"]
        with subprocess.Popen(
            command,
            cwd=tmp_path,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        ) as server:
            assert server.stdout is not None
            printed = ""
            for line in server.stdout:
                printed += line.decode()
                if "http://" in printed:
                    break
            assert f"Port {port} is taken" in printed
            address = "http://" + printed.split("http://")[1].split()[0]
            with httpx.Client(base_url=address, timeout=30, trust_env=False) as client:
                assert client.get("/").status_code == 200
                (plan,) = client.get("/v1/plans").json()["plans"]
                assert client.get(f"/v1/plans/{plan['id']}").json()["plan"]["summary"]["orders"] == 5
            workers = psutil.Process(server.pid).children(recursive=True)
            os.killpg(server.pid, signal.SIGINT)  # as a terminal sends Ctrl-C: to the workers too
            _, errors = server.communicate(timeout=60)
    assert b"Traceback" not in errors
    assert server.returncode == 0
    _, alive = psutil.wait_procs(workers, timeout=10)
    assert [worker for worker in alive if worker.status() != psutil.STATUS_ZOMBIE] == []


def test_port_that_is_taken_is_one_sentence(tmp_path: Path) -> None:
    with taken_port() as port:
        said = swiftleaf("serve", "--port", str(port), folder=tmp_path, code=2)
    assert f"cannot listen on 127.0.0.1:{port}" in said.stderr
    assert "--port" in said.stderr


def test_database_that_cannot_be_opened_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    said = swiftleaf("serve", "--port", "0", "--data-dir", str(tmp_path / "file"), folder=tmp_path, code=2)
    assert "SWIFTLEAF_DATA_DIR" in said.stderr.splitlines()[-1]
