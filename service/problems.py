"""Every error that leaves over HTTP: RFC 9457 ``application/problem+json``, with a stable ``type`` to look up.

Problem
├── NotJson            400
├── Unauthenticated    401
├── Forbidden          403
├── CrossSite          403
├── NotFound           404
├── MethodNotAllowed   405
├── NotDone            409
├── InFlight           409
├── Exists             409
├── NotPossible        409
├── Credited           409
├── Unfinished         409
├── Ended              409
├── Stale              412
├── TooLarge           413
├── NotJsonType        415
├── EncodedBody        415
├── Misdirected        421
├── InvalidRequest     422, with ``errors``: every fault by path
├── KeyReused          422
├── Unconditional      428
├── TooMany            429
├── Internal           500, without internals
├── WorkersFailed      502
├── Unavailable        503
└── TimedOut           504
"""

from collections.abc import Iterable, Sequence
from typing import Any

import rfc9457
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi_problem.error import StatusProblem
from fastapi_problem.handler import ExceptionHandler, add_exception_handler, new_exception_handler
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Match

import dispatch
import maps
from service.db.database import DatabaseError
from service.db.fleets import EndedError
from service.keyring import KeyRingError, SealError
from service.solve import NoTurnError, NoWorkersError, WorkerLostError, WorkerTimeoutError
from service.tasks import Refusal
from service.telemetry.requests import HEADER as REQUEST_ID

Headers = dict[str, str]

DOCUMENTATION = "/problems/{type}"
"""Where a problem's type leads."""

DATABASE_AGAIN_S = 5
WORKERS_AGAIN_S = 5
"""When to come again while the database is away."""


class NotJson(StatusProblem):
    """Raised when a body is not JSON."""

    status = 400
    title = "The body is not JSON"
    type_ = "not-json"


class Unauthenticated(StatusProblem):
    """Raised when a request names no valid key. ``WWW-Authenticate`` says how to send one."""

    status = 401
    title = "Who are you?"
    type_ = "unauthenticated"


class Forbidden(StatusProblem):
    """Raised when a key is valid and may not do this: it lacks a scope, or is bound to other stores."""

    status = 403
    title = "This key may not do this"
    type_ = "forbidden"


class CrossSite(StatusProblem):
    """Raised when a page of another site makes a browser send a request that changes something."""

    status = 403
    title = "This came from another site"
    type_ = "cross-site"


class NotFound(StatusProblem):
    """Raised when there is nothing at this address."""

    status = 404
    title = "There is nothing here"
    type_ = "not-found"


class MethodNotAllowed(StatusProblem):
    """Raised when the address is right and the method is not; the ``Allow`` header lists what is."""

    status = 405
    title = "This method is not allowed here"
    type_ = "method-not-allowed"


class NotDone(StatusProblem):
    """Raised when a plan is asked for a part that it does not have, because it is being solved or has failed."""

    status = 409
    title = "The plan is not done"
    type_ = "not-done"


class InFlight(StatusProblem):
    """Raised when a request with the same Idempotency-Key is still being worked on. Come again after Retry-After."""

    status = 409
    title = "The first of these requests is not answered yet"
    type_ = "in-flight"


class Exists(StatusProblem):
    """Raised when something else has the id already that a new thing is to have."""

    status = 409
    title = "This id is taken"
    type_ = "exists"


class NotPossible(StatusProblem):
    """Raised when a live plan cannot be changed as wanted; ``errors`` says why. What else was wanted was done."""

    status = 409
    title = "The plan cannot be changed so"
    type_ = "not-possible"


class Credited(StatusProblem):
    """Raised when carbon points would be given twice for one act, one ride or one turn of a box."""

    status = 409
    title = "This was credited already"
    type_ = "credited"


class Unfinished(StatusProblem):
    """Raised when a fleet is to end that still has orders, trips or news to see to; ``anyway=true`` ends it even so."""

    status = 409
    title = "The fleet has work to see to"
    type_ = "unfinished"


class Ended(StatusProblem):
    """Raised when a fleet is told of something after its end. Its stores may be in another fleet by now."""

    status = 409
    title = "The fleet has ended"
    type_ = "ended"


class Stale(StatusProblem):
    """Raised when the orders to be changed are not as they were in the revision that If-Match names. Read it again."""

    status = 412
    title = "The plan has changed meanwhile"
    type_ = "stale"


class TooLarge(StatusProblem):
    """Raised when a body is larger than the server takes."""

    status = 413
    title = "The body is too large"
    type_ = "too-large"


class Unconditional(StatusProblem):
    """Raised when a plan is to be changed without saying which revision of it was seen. Send its ETag as If-Match."""

    status = 428
    title = "If-Match is missing"
    type_ = "unconditional"


class NotJsonType(StatusProblem):
    """Raised when a body is not declared as JSON. A page of another site cannot make a browser declare it unasked."""

    status = 415
    title = "The body is not declared as JSON"
    type_ = "not-json-type"


class EncodedBody(StatusProblem):
    """Raised when a body is compressed, which could make a small one huge; bodies are taken as they are."""

    status = 415
    title = "The body is encoded"
    type_ = "encoded-body"


class Misdirected(StatusProblem):
    """Raised when a server without keys is addressed by another name than this machine's own."""

    status = 421
    title = "This is not the server you meant"
    type_ = "misdirected"


class InvalidRequest(StatusProblem):
    """Raised when a request is malformed or contradicts itself; ``errors`` lists every fault by path."""

    status = 422
    title = "The request is invalid"
    type_ = "invalid-request"


class KeyReused(StatusProblem):
    """Raised when an Idempotency-Key comes with another request than the first time. A new request needs a new key."""

    status = 422
    title = "This Idempotency-Key belongs to another request"
    type_ = "idempotency-key-reused"


class TooMany(StatusProblem):
    """Raised when a key or an address asks more often than it may. Come again after Retry-After."""

    status = 429
    title = "Too many requests"
    type_ = "too-many-requests"


class Internal(StatusProblem):
    """Raised for everything unforeseen. What happened is in the server's log, never in the answer."""

    status = 500
    title = "Swiftleaf made a mistake"
    type_ = "internal"

    def __init__(self, *_: object) -> None:
        super().__init__("the server's log has the details; the same request will most likely fail again")


class WorkersFailed(StatusProblem):
    """Raised when worker processes died of a request."""

    status = 502
    title = "The workers could not solve this"
    type_ = "workers-failed"


class Unavailable(StatusProblem):
    """Raised when the database, the workers or a map is out of order, or every worker is busy for too long."""

    status = 503
    title = "Swiftleaf is not ready"
    type_ = "unavailable"


class TimedOut(StatusProblem):
    """Raised when no worker answered in time."""

    status = 504
    title = "The solve took too long"
    type_ = "timed-out"


KINDS: tuple[type[StatusProblem], ...] = (
    NotJson,
    Unauthenticated,
    Forbidden,
    CrossSite,
    NotFound,
    MethodNotAllowed,
    NotDone,
    InFlight,
    Exists,
    NotPossible,
    Credited,
    Unfinished,
    Ended,
    Stale,
    TooLarge,
    NotJsonType,
    EncodedBody,
    Misdirected,
    InvalidRequest,
    KeyReused,
    Unconditional,
    TooMany,
    Internal,
    WorkersFailed,
    Unavailable,
    TimedOut,
)


SOLVED: tuple[type[StatusProblem], ...] = (Unavailable, WorkersFailed, TimedOut)
"""What a route may answer in place of what a worker was to find."""


class ProblemDetails(BaseModel):
    """An error, as RFC 9457 has it. ``errors`` is there for an invalid request: every fault by path."""

    type: str
    title: str
    status: int
    detail: str | None = None
    errors: list[dispatch.Fault] | None = None


def respond(problem: StatusProblem) -> JSONResponse:
    """The answer that says ``problem``, for what stands before the routes."""
    return JSONResponse(
        problem.marshal(uri=DOCUMENTATION),
        problem.status,
        dict(problem.headers or {}),
        media_type="application/problem+json",
    )


def invalid(faults: Iterable[dispatch.Fault]) -> InvalidRequest:
    """The problem that lists ``faults``."""
    listed = [fault.model_dump() for fault in faults]
    first = f"{listed[0]['path']}: {listed[0]['text']}" if listed else ""
    more = f" (and {len(listed) - 1} more)" if len(listed) > 1 else ""
    return InvalidRequest(first + more, errors=listed)


def _invalid_parameters(_: ExceptionHandler, __: Request, error: RequestValidationError) -> InvalidRequest:
    """Faults of query and path parameters, as ``query.time_limit_s``."""
    return invalid(
        dispatch.Fault(
            path=".".join(str(part) for part in item["loc"]), text=f"{item['msg']}, not {str(item['input'])[:80]!r}"
        )
        for item in error.errors()
    )


def problem_of(error: Exception) -> StatusProblem:
    """The problem that a foreseen exception of a lower room or of the workers is, over HTTP."""
    if isinstance(error, dispatch.RequestError | Refusal):
        return invalid(error.faults)
    if isinstance(error, EndedError):
        return Ended(f"{error}; GET /v1/stores lists the stores that are dispatched, with their fleets")
    if isinstance(error, WorkerLostError):
        return WorkersFailed(str(error))
    if isinstance(error, WorkerTimeoutError):
        return TimedOut(str(error))
    if isinstance(error, NoTurnError):
        return Unavailable(str(error), headers={"Retry-After": str(error.retry_after_s)})
    if isinstance(error, KeyRingError | SealError):
        return Unavailable("this server's sealing keys do not open what is stored; its operator must bring them back")
    if isinstance(error, DatabaseError):
        structlog.get_logger().warning("database.away", error=str(error))  # where it is, is for the operator alone
        text = "the database does not answer, or is full; nothing of this was done: send it again soon"
        return Unavailable(text, headers={"Retry-After": str(DATABASE_AGAIN_S)})
    if isinstance(error, NoWorkersError):
        return Unavailable(str(error), headers={"Retry-After": str(WORKERS_AGAIN_S)})
    if isinstance(error, maps.MapError):
        return Unavailable(str(error))
    return Internal()


FORESEEN = (
    dispatch.RequestError,
    Refusal,
    EndedError,
    WorkerLostError,
    WorkerTimeoutError,
    NoTurnError,
    NoWorkersError,
    DatabaseError,
    KeyRingError,
    SealError,
    maps.MapError,
)


def _methods(routes: Sequence[BaseRoute], request: Request) -> set[str]:
    """Every method that some route takes at this address; the framework names only those of the first route."""
    return {
        method
        for route in routes
        if route.matches(request.scope)[0] is not Match.NONE
        for method in getattr(route, "methods", None) or ()
    }


def responses(*kinds: type[StatusProblem]) -> dict[int | str, dict[str, Any]]:
    """The OpenAPI responses of a route that may answer with these problems."""
    return {
        kind.status: {
            "description": kind.title,
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}},
        }
        for kind in kinds
    }


def install(app: FastAPI, headers: Headers, routes: Sequence[BaseRoute]) -> None:
    """Make ``app`` answer every error as a problem.

    Args:
        app: the application.
        headers: set on those answers too that no middleware sees.
        routes: those of its routers, which it does not show flat; they know the methods of an address.
    """

    def with_headers(
        content: dict[str, Any], request: Request, response: JSONResponse
    ) -> tuple[dict[str, Any], JSONResponse]:
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        # A crash is answered outside of every middleware, the one that writes the id included.
        if request_id := request.scope.get("state", {}).get("request_id"):
            response.headers[REQUEST_ID] = request_id
        return content, response

    def http(_: ExceptionHandler, request: Request, error: HTTPException) -> rfc9457.Problem:
        if error.status_code == NotFound.status:
            return NotFound(f"no page or resource at {request.url.path}; /openapi.json lists what there is")
        if error.status_code == MethodNotAllowed.status:
            allowed = ", ".join(sorted(_methods(routes, request)))
            return MethodNotAllowed(
                f"{request.method} {request.url.path}; allowed: {allowed}", headers={"Allow": allowed}
            )
        return rfc9457.Problem(
            str(error.detail), type_="http-error", status=error.status_code, headers=dict(error.headers or {})
        )

    handler = new_exception_handler(
        unhandled_wrappers={"default": Internal},
        handlers={kind: lambda _, __, error: problem_of(error) for kind in FORESEEN},
        http_exception_handler=http,
        request_validation_handler=_invalid_parameters,
        post_hooks=[with_headers],
        documentation_uri_template=DOCUMENTATION,
    )
    add_exception_handler(app, handler, generic_swagger_defaults=False)
    # Registered one by one: what is left to the handler of plain Exception is logged as a crash and answered with 500.
    for kind in FORESEEN:
        app.add_exception_handler(kind, handler)
