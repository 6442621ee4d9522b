"""Every request has an id, a line in the log, and is counted and timed."""

import asyncio
import re
import time
from dataclasses import dataclass, field
from uuid import uuid4

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.keys.caller import CALLER
from service.telemetry.counts import REQUEST_S, REQUESTS

HEADER = "X-Request-ID"
FIT = re.compile(r"[A-Za-z0-9._-]{1,64}")
"""An id that a caller may give a request; anything else would be free text in our log."""
QUIET = ("/healthz", "/readyz", "/metrics", "/static/")
"""What is asked for all the time and says nothing in a log."""
ALIVE = "/healthz"
"""What is answered to the last: a process that stops in order is alive."""
STREAM = "text/event-stream"
NOWHERE = "none"
"""The route of a request that no route takes; its own path could be any, and each would be a time series."""


@dataclass
class Traffic:
    """The requests of one server: how many are in flight, ``answered`` if none is, and whether it takes new ones."""

    in_flight: int = 0
    stopping: bool = False
    answered: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.answered.set()

    def come(self) -> None:
        """A request is there."""
        self.in_flight += 1
        self.answered.clear()

    def go(self) -> None:
        """It is answered."""
        self.in_flight -= 1
        if not self.in_flight:
            self.answered.set()


class Requests:
    """ASGI middleware, the outermost: id, log line, count and time.

    Args:
        app: what answers.
        traffic: is told of every request; while it is ``stopping`` they get ``refusal``.
        refusal: what new requests are answered then.
        log: whether each request gets a line in the log.
    """

    def __init__(self, app: ASGIApp, traffic: Traffic, refusal: ASGIApp, *, log: bool = True) -> None:
        self._app = app
        self._traffic, self._refusal = traffic, refusal
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; take note of how it ended."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get(HEADER, "")
        request_id = given if FIT.fullmatch(given) else uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id
        status, stream = 500, False

        async def send_with_id(message: Message) -> None:
            nonlocal status, stream
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers[HEADER] = request_id
                stream = headers.get("content-type", "").startswith(STREAM)
            await send(message)

        refused = self._traffic.stopping and scope["path"] != ALIVE
        app = self._refusal if refused else self._app
        self._traffic.come()
        began_s = time.perf_counter()
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await app(scope, receive, send_with_id)
            finally:
                self._traffic.go()
                took_s = time.perf_counter() - began_s
                self._note(scope, status, None if stream else took_s)
                if self._log and not scope["path"].startswith(QUIET):
                    structlog.get_logger().info(
                        "request",
                        method=scope["method"],
                        path=scope["path"],
                        status=status,
                        took_ms=round(1000 * took_s, 1),
                        key=getattr(scope.get(CALLER), "key_id", None),
                    )

    def _note(self, scope: Scope, status: int, took_s: float | None) -> None:
        route = getattr(scope.get("route"), "path", None) or NOWHERE
        method = scope["method"] if route != NOWHERE else NOWHERE
        REQUESTS.labels(method, route, str(status)).inc()
        if took_s is not None:
            REQUEST_S.labels(method, route).observe(took_s)
