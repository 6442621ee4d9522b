"""The HTTP application: routers, middleware, and what lives as long as the server does."""

from collections.abc import Callable
from importlib.metadata import version
from inspect import getdoc

from fastapi import FastAPI
from fastapi.middleware.gzip import GZipMiddleware
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

import service.pages
from service import foreseen, problems
from service.api import (
    areas,
    carbon,
    checks,
    demand,
    drawings,
    events,
    exchange,
    fleets,
    health,
    keys,
    labels,
    ledger,
    live,
    live_labels,
    map_upload,
    maps,
    metrics,
    orders,
    persons,
    plans,
    points,
    quotes,
    store_plan,
    studies,
    webhooks,
)
from service.api.documents import describe_bodies
from service.auth.gate import Gate
from service.auth.idempotency import Idempotency
from service.lifetime import lifetime
from service.middleware import SECURITY_HEADERS, SecurityHeaders
from service.settings import Settings
from service.telemetry.requests import Requests, Traffic

GZIP_LEVEL = 5
"""Streets shrink to within a few per cent of the best level in a fraction of its time."""

DESCRIPTION = "Plans 30-minute deliveries from front warehouses and accounts for their carbon."


def create_app(
    settings: Settings | None = None,
    *,
    access_log: bool = False,
    on_warm: Callable[[], None] = lambda: None,
    on_failure: Callable[[], None] = lambda: None,
) -> FastAPI:
    """Build the application.

    Nothing is opened before the server starts it: its lifespan migrates the database, marks what a dead server left
    unfinished as failed, and takes the fleets that nobody dispatches; it closes them in the opposite order. Workers
    become warm meanwhile, which takes ten seconds: whoever needs one before is told when to come again.

    Args:
        settings: default: from the environment.
        access_log: whether each request gets a line in the log.
        on_warm: called once the first worker is warm.
        on_failure: called if none will be; ``app.state.failure`` says why.

    Raises:
        pydantic.ValidationError: if the environment holds settings that cannot be used.
    """
    settings = settings or Settings()

    app = FastAPI(
        title="Swiftleaf",
        version=version("swiftleaf"),
        description=DESCRIPTION,
        lifespan=lifetime(settings, on_warm, on_failure),
        docs_url=None,  # both pages would load scripts from another host
        redoc_url=None,
        telemetry={"logs": False},  # they would hold what was refused, and with it whatever a request said
        generate_unique_id_function=lambda route: route.name,  # names that a generated client has for its functions
        separate_input_output_schemas=False,
    )
    app.state.settings = settings
    # The last one added is the first that a request meets.
    app.add_middleware(Idempotency, max_body_bytes=settings.max_body_bytes)
    app.add_middleware(Gate, settings=settings)
    app.add_middleware(GZipMiddleware, minimum_size=1_000, compresslevel=GZIP_LEVEL)
    app.add_middleware(SecurityHeaders, headers=SECURITY_HEADERS)
    app.state.traffic = Traffic()
    app.add_middleware(Requests, traffic=app.state.traffic, refusal=refuse_while_stopping, log=access_log)
    rooms = (
        health,
        metrics,
        plans,
        labels,
        carbon,
        ledger,
        live_labels,
        points,
        checks,
        quotes,
        areas,
        maps,
        map_upload,
        studies,
        fleets,
        events,
        live,
        store_plan,
        webhooks,
        drawings,
        exchange,
        demand,
        keys,
        persons,
        orders,  # after what else has an order's id, which may have a slash, in its address
        service.pages.login,
        service.pages.studies,
        service.pages,
    )
    routers = [room.router for room in rooms]
    for router in routers:
        app.include_router(router)
    service.pages.login.install(app)
    app.mount("/static", service.pages.static_files(), name="static")
    app.add_api_route("/problems/{kind}", explain_problem, include_in_schema=False)
    foreseen.install(app, SECURITY_HEADERS, [route for router in routers for route in router.routes])
    describe_bodies(app)
    return app


async def refuse_while_stopping(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a request that meets a server about to stop: another one, or the next one here, will take it."""
    answer = problems.respond(
        problems.Unavailable(
            "this server is stopping; send it again", headers={"Retry-After": "2", "Connection": "close"}
        )
    )
    await answer(scope, receive, send)


async def explain_problem(kind: str) -> PlainTextResponse:
    """The page that a problem's ``type`` leads to."""
    for problem in problems.KINDS:
        if problem.type_ == kind:
            return PlainTextResponse(f"{problem.title} ({problem.status})\n\n{getdoc(problem)}\n")
    raise problems.NotFound(
        f"no problem is called {kind[:80]!r}; there are {', '.join(str(p.type_) for p in problems.KINDS)}"
    )
