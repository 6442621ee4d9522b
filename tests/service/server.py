"""The real application under uvicorn on a free port, in a thread of the test's own process."""

import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import httpx
import uvicorn
from fastapi import FastAPI

from service.app import create_app
from service.auth.session import Sessions
from service.db.database import Database
from service.keys import Scope, register
from service.live.house import Live
from service.port import listen, url_of
from service.privacy import Sealer
from service.problems import StatusProblem
from service.settings import Settings
from service.solve import Workers


@dataclass(frozen=True)
class Running:
    """A server that answers; ``client`` sends an admin key, others send one of ``key``."""

    app: FastAPI
    client: httpx.Client
    url: str

    def key(self, *scopes: Scope, stores: Iterable[str] | None = None) -> dict[str, str]:
        """The header of a new key."""
        return bearer(register.create(self.app.state.database, "test", scopes, stores).key)


def bearer(key: str) -> dict[str, str]:
    """The header that sends a key."""
    return {"Authorization": f"Bearer {key}"}


def is_problem(answer: httpx.Response, kind: type[StatusProblem]) -> bool:
    """Whether it is the problem that is meant."""
    return answer.status_code == kind.status and answer.json()["type"] == f"/problems/{kind.type_}"


@contextmanager
def running(settings: Settings) -> Iterator[Running]:
    """Serve until the block ends, with warm workers."""
    app = create_app(settings)
    with _serving(app, settings, lifespan="on") as started:
        while not app.state.workers.count():
            assert not hasattr(app.state, "failure"), app.state.failure
            time.sleep(0.05)
        yield started


@contextmanager
def running_without_workers(settings: Settings, *, log: bool = False) -> Iterator[Running]:
    """The same within a second: what would be solved is 503. With ``log`` it writes what an operator's server does."""
    app = create_app(settings)
    database = Database(settings.database)
    database.migrate()
    app.state.database, app.state.workers = database, Workers()
    app.state.sessions, app.state.sealer = Sessions(settings), Sealer(settings)
    app.state.live = Live(database, settings, app.state.sealer)
    app.state.live.start()
    try:
        with _serving(app, settings, lifespan="off", log=log) as started:
            yield started
    finally:
        app.state.live.close()
        database.close()


@contextmanager
def _serving(
    app: FastAPI, settings: Settings, lifespan: Literal["on", "off"], *, log: bool = False
) -> Iterator[Running]:
    bound = listen("127.0.0.1", 0)
    server = uvicorn.Server(
        uvicorn.Config(app, log_level="info" if log else "error", access_log=log, lifespan=lifespan)
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
    thread.start()
    try:
        while not server.started:
            thread.join(0.05)
            assert thread.is_alive(), "the server did not start"
        with httpx.Client(base_url=url_of(bound), timeout=90, trust_env=False) as client:
            started = Running(app, client, url_of(bound))
            if settings.auth == "keys":
                client.headers.update(started.key(Scope.ADMIN))
            yield started
    finally:
        server.should_exit = True
        thread.join(60)
        bound.close()
    assert not thread.is_alive()
