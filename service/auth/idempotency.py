"""``Idempotency-Key`` on every POST: a request that is sent again gets the same answer again, byte for byte.

After the IETF's draft-ietf-httpapi-idempotency-key-header: the same key with another request is 422, with one that is
still being worked on 409. The key belongs to the caller, the answer is kept for 24 hours. What is not an answer to
keep, any 5xx and what may be otherwise the next time, is forgotten at once. A process that died over a request blocks
its key for 15 seconds. If it died between what the request did and the keeping of its answer, the request is done again
when it is sent again: routes whose effect must happen once have a name of their own for it, as an event has its id.
Answers are sealed, since some hold a secret that is kept nowhere else.
"""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus
from uuid import uuid4

import anyio
import structlog
from fastapi.concurrency import run_in_threadpool
from fastapi_problem.error import StatusProblem
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dispatch import Fault
from service.db.answers import AnswerRepository, Claim
from service.db.database import Database, DatabaseError
from service.db.models import AnswerRow
from service.foreseen import problem_of
from service.keyring import SealError
from service.keys.caller import CALLER, Caller
from service.privacy.sealing import Sealer
from service.problems import InFlight, KeyReused, invalid, respond

HEADER = "idempotency-key"
MAX_KEY = 255
RENEW_S = 5.0
RETRY_AFTER_S = 1

PASSING = frozenset(
    {
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.CONFLICT,
        HTTPStatus.PRECONDITION_FAILED,
        HTTPStatus.PRECONDITION_REQUIRED,
        HTTPStatus.TOO_MANY_REQUESTS,
    }
)
"""Refusals that the same request may not meet the next time; nothing was done, so they are not kept."""


class Idempotency:
    """ASGI middleware behind ``Gate``: answers a POST with an ``Idempotency-Key`` once.

    Args:
        app: what answers.
        max_body_bytes: a larger body is passed on; the route refuses it.
    """

    def __init__(self, app: ASGIApp, max_body_bytes: int) -> None:
        self._app = app
        self._max_body_bytes = max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer from what is kept, or pass the request on and keep the answer."""
        caller = scope.get(CALLER)
        key = Headers(scope=scope).get(HEADER) if scope["type"] == "http" and scope["method"] == "POST" else None
        # An answer of the login page holds a session, which is kept nowhere.
        if key is None or not isinstance(caller, Caller) or not scope["path"].startswith("/v1/"):
            await self._app(scope, receive, send)
            return
        if not (0 < len(key) <= MAX_KEY and key.isascii() and key.isprintable()):
            text = f"needs 1 to {MAX_KEY} printable ASCII characters"
            await respond(invalid([Fault(path="header.idempotency-key", text=text)]))(scope, receive, send)
            return
        body, receive = await self._read(receive)
        if body is None:
            await self._app(scope, receive, send)
            return
        await self._answer(_claim(caller, key, scope, body), scope, receive, send)

    async def _answer(self, claim: Claim, scope: Scope, receive: Receive, send: Send) -> None:
        state = HTTPConnection(scope).app.state
        try:
            known = await run_in_threadpool(_begin, state.database, claim)
            if known is not None:
                await _again(known, state.sealer)(scope, receive, send)
                return
        except (StatusProblem, DatabaseError) as error:
            problem = error if isinstance(error, StatusProblem) else problem_of(error)
            await respond(problem)(scope, receive, send)
            return
        messages: list[Message] = []

        async def note(message: Message) -> None:
            messages.append(message)

        try:
            async with _alive(state.database, claim):
                await self._app(scope, receive, note)
        finally:
            # Whatever ended it, a request that was given up included.
            with anyio.CancelScope(shield=True):
                await run_in_threadpool(_end, state.database, claim, messages, state.sealer)
        for message in messages:
            await send(message)

    async def _read(self, receive: Receive) -> tuple[bytes | None, Receive]:
        """The whole body, None if it is too large or the client left, and a ``receive`` that gives it once more."""
        messages: list[Message] = []
        size = 0
        whole = False
        while not whole and size <= self._max_body_bytes:
            message = await receive()
            messages.append(message)
            if message["type"] != "http.request":
                break
            size += len(message.get("body", b""))
            whole = not message.get("more_body", False)
        waiting = iter(messages)

        async def again() -> Message:
            message = next(waiting, None)
            return message if message is not None else await receive()

        complete = whole and size <= self._max_body_bytes
        return b"".join(message.get("body", b"") for message in messages) if complete else None, again


def _claim(caller: Caller, key: str, scope: Scope, body: bytes) -> Claim:
    line = (
        f"{scope['path']}?{scope['query_string'].decode('latin-1')}\n{Headers(scope=scope).get('content-type', '')}\n"
    )
    return Claim(caller.key_id, key, hashlib.sha256(line.encode() + body).hexdigest(), uuid4().hex)


def _begin(database: Database, claim: Claim) -> AnswerRow | None:
    """What is known of the request; None if it is now ours to answer. Raises ``InFlight`` or ``KeyReused``."""
    with database.transaction() as session:
        known = AnswerRepository(session).find(claim)
    if known is None:
        with database.writing() as session:
            answers = AnswerRepository(session)
            if answers.claim(claim):
                return None
            known = answers.find(claim)
    if known is not None and known.request_hash != claim.request_hash:
        raise KeyReused("this Idempotency-Key came with another body, address or query before; take a new one")
    if known is None or known.status is None:
        raise InFlight(
            "the same request is being worked on; send it again for its answer",
            headers={"Retry-After": str(RETRY_AFTER_S)},
        )
    return known


def _end(database: Database, claim: Claim, messages: list[Message], sealer: Sealer) -> None:
    """Keep the answer, or forget the attempt. The answer leaves even if it cannot be kept: what was done is done."""
    start = next((message for message in messages if message["type"] == "http.response.start"), None)
    try:
        with database.writing() as session:
            answers = AnswerRepository(session)
            if start is None or start["status"] >= HTTPStatus.INTERNAL_SERVER_ERROR or start["status"] in PASSING:
                answers.drop(claim)
                return
            headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in start["headers"]]
            body = b"".join(message.get("body", b"") for message in messages)
            answers.keep(claim, start["status"], headers, sealer.seal(body))
    except DatabaseError as error:
        structlog.get_logger().warning("answer.not_kept", key_id=claim.key_id, error=str(error))


def _again(row: AnswerRow, sealer: Sealer) -> Response:
    """The answer that was kept."""
    try:
        body = sealer.open(row.body or b"")
    except SealError:
        return respond(InFlight("the answer was sealed with a key that is gone; take a new Idempotency-Key"))
    headers: list[tuple[str, str]] = json.loads(row.headers or "[]")
    answer = Response(body, row.status or HTTPStatus.OK)
    answer.raw_headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    answer.headers["Idempotency-Replayed"] = "true"
    return answer


@asynccontextmanager
async def _alive(database: Database, claim: Claim) -> AsyncIterator[None]:
    """Tell the other processes, while the block lasts, that this one works on the request."""

    def renew() -> None:
        with suppress(DatabaseError), database.writing() as session:
            AnswerRepository(session).renew(claim)

    async def keep_on() -> None:
        while True:
            await asyncio.sleep(RENEW_S)
            await run_in_threadpool(renew)

    renewing = asyncio.create_task(keep_on())
    try:
        yield
    finally:
        renewing.cancel()
