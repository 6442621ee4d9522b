"""Runs the HTTP server in this process: finds a port, says its address once it answers, stops in order."""

import asyncio
import gc
import logging
import socket
from collections.abc import Callable
from contextlib import suppress

import uvicorn
from fastapi import FastAPI

from service.app import create_app
from service.files import UsageError
from service.settings import Settings


class _Server(uvicorn.Server):
    """Uvicorn, telling when it listens, and ending the streams that nobody else would end when it stops."""

    def __init__(self, config: uvicorn.Config, app: FastAPI, on_listening: Callable[[], None]) -> None:
        super().__init__(config)
        self._app = app
        self._on_listening = on_listening

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._on_listening()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Refuse what is new, finish what is in flight within the grace, then let go of the port."""
        if hasattr(self._app.state, "live"):
            self._app.state.live.feeds.close()
        traffic = self._app.state.traffic
        traffic.stopping = True
        with suppress(TimeoutError):
            async with asyncio.timeout(self.config.timeout_graceful_shutdown):
                await traffic.answered.wait()
        await super().shutdown(sockets)


def serve(
    settings: Settings,
    bound: socket.socket,
    on_ready: Callable[[], None],
    *,
    on_listening: Callable[[], None] = lambda: None,
    access_log: bool = True,
) -> None:
    """Answer HTTP on ``bound`` until interrupted.

    Args:
        settings: of the server.
        bound: from ``listen``.
        on_ready: called when plans can be made.
        on_listening: called before that, when everything else is answered.
        access_log: whether each request gets a line in the log.

    Raises:
        UsageError: if the server cannot start; the message says why.
    """

    def stop() -> None:
        server.should_exit = True

    def ready() -> None:
        # What is there now stays until the end. Were the collector to look at it again and again, all of the server
        # would stand still for some tenths of a second whenever it reads a long log.
        gc.collect()
        gc.freeze()
        on_ready()

    app = create_app(settings, access_log=access_log, on_warm=ready, on_failure=stop)
    config = uvicorn.Config(
        app,
        log_level="info" if access_log else "warning",
        access_log=False,  # the application writes its own, with the request's id
        timeout_graceful_shutdown=int(settings.max_time_limit_s) + 5,
    )
    # A failed start is told once, in one sentence, by the UsageError below.
    logging.getLogger("uvicorn.error").addFilter(lambda record: not str(record.msg).startswith("Traceback"))
    server = _Server(config, app, on_listening)
    failed = False
    try:
        server.run(sockets=[bound])
    except KeyboardInterrupt:
        return
    except SystemExit:  # uvicorn's way to say that the application did not start
        failed = True
    finally:
        bound.close()
    failure = getattr(app.state, "failure", None)
    if failed or failure or not server.started:
        raise UsageError(f"the server did not start: {failure or 'see the log above'}")
