"""How every exception that leaves over HTTP becomes a problem: what lower rooms raise, what no route takes, a crash."""

from collections.abc import Sequence
from typing import Any

import rfc9457
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi_problem.error import StatusProblem
from fastapi_problem.handler import ExceptionHandler, add_exception_handler, new_exception_handler
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Match

import dispatch
import maps
from service.db.database import DatabaseError
from service.db.fleets import EndedError
from service.keyring import KeyRingError, SealError
from service.problems import (
    DOCUMENTATION,
    Ended,
    Headers,
    Internal,
    InvalidRequest,
    MethodNotAllowed,
    NotFound,
    TimedOut,
    Unavailable,
    WorkersFailed,
    invalid,
)
from service.solve import NoTurnError, NoWorkersError, WorkerLostError, WorkerTimeoutError
from service.tasks import Refusal
from service.telemetry.requests import HEADER as REQUEST_ID

DATABASE_AGAIN_S = 5
WORKERS_AGAIN_S = 5
"""When to come again while the database is away."""


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
