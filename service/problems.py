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
├── InUse              409
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

from collections.abc import Iterable
from typing import Any

from fastapi_problem.error import StatusProblem
from pydantic import BaseModel
from starlette.responses import JSONResponse

import dispatch

Headers = dict[str, str]

DOCUMENTATION = "/problems/{type}"
"""Where a problem's type leads."""


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
    """Raised when something is asked for that is not made yet, or will not be; the sentence says which."""

    status = 409
    title = "This is not done"
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


class InUse(StatusProblem):
    """Raised when a map is to be deleted that a fleet's log is decided on, or was."""

    status = 409
    title = "Something needs this"
    type_ = "in-use"


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
    InUse,
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


def responses(*kinds: type[StatusProblem]) -> dict[int | str, dict[str, Any]]:
    """The OpenAPI responses of a route that may answer with these problems."""
    return {
        kind.status: {
            "description": kind.title,
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}},
        }
        for kind in kinds
    }
