"""``/v1/fleets/{id}/plan`` and ``/stream``: a fleet as it stands, changed by operators, told as it goes on."""

import math
import time
from collections.abc import AsyncIterator, Callable
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from dispatch.record import Id
from service import tasks
from service.api.body import Body, parse
from service.api.documents import json_body
from service.api.fleets import FleetOf
from service.api.state import KNOWN_PARAMETERS, DatabaseOf, HungUp, LiveOf, SettingsOf, WorkersOf
from service.auth import CallerOf, Scope, needs
from service.db.database import Database
from service.db.decisions import DecisionRepository
from service.db.models import LivePlanRow
from service.live import LivePlan
from service.live.gap import PlanGap
from service.live.house import Live
from service.live.mend import Mend
from service.live.overrides import Changes, StaleError, UnknownError, await_handled, refused, send
from service.live.price import Move, Price
from service.problems import (
    SOLVED,
    InvalidRequest,
    NotDone,
    NotFound,
    NotJson,
    NotPossible,
    Stale,
    TooLarge,
    TooMany,
    Unavailable,
    Unconditional,
    invalid,
    responses,
)
from service.telemetry.counts import note_live_gap

router = APIRouter(prefix="/v1/fleets/{fleet_id}", tags=["live"], dependencies=[KNOWN_PARAMETERS])


CHANGES_EXAMPLE: dict[str, Any] = {
    "changes": [
        {"do": "assign", "order_id": "order-1", "vehicle_id": "rider-1"},
        {"do": "hurry", "order_id": "order-1"},
        {"do": "hold", "order_id": "order-2", "until": "2026-11-20T20:10:00-03:00"},
        {"do": "free", "order_id": "order-3"},
        {"do": "promise", "order_id": "order-4", "promised_at": "2026-11-20T20:25:00-03:00"},
        {"do": "extend", "order_id": "order-5", "vehicle_id": "rider-1", "shift_end_at": "2026-11-20T22:00:00-03:00"},
    ]
}
MOVE_EXAMPLE: dict[str, Any] = {"order_id": "order-1", "vehicle_id": "rider-1"}

MAX_DIGITS = 18

FIRST_PLAN_S = 3.0

MAX_STREAMS, MAX_STREAMS_OF_KEY = 2_000, 1_000
"""At a time, in one process; no key takes them all."""

NOT_MODIFIED: dict[int | str, dict[str, Any]] = {304: {"description": "The plan is still the one that you have."}}

IfNoneMatch = Annotated[str | None, Header(description="the ETag of the plan that you have")]
Seq = Annotated[int | None, Query(ge=0, le=2**62, description="begin behind this decision; default: from now on")]


def load_plan(database: Database, fleet_id: str) -> LivePlanRow:
    """The plan's row; a fleet that was just made is waited for. Raises ``NotDone`` if its first plan does not come."""
    end_s = time.monotonic() + FIRST_PLAN_S
    while True:
        with database.transaction() as session:
            row = DecisionRepository(session, fleet_id).plan()
        if row is not None:
            return row
        if time.monotonic() > end_s:
            raise NotDone(f"fleet {fleet_id!r} was not looked after yet; ask again in some seconds")
        time.sleep(0.05)


def etag_of(revision: int) -> str:
    """The entity tag of a revision."""
    return f'"{revision}"'


def unless_known(revision: int, if_none_match: str | None, document: Callable[[], str]) -> Response:
    """A plan of a revision, or 304 for who has it; weak tags count, as RFC 9110 has it for If-None-Match."""
    etag = etag_of(revision)
    headers = {"ETag": etag, "Cache-Control": "no-cache"}
    if any(tag.strip().removeprefix("W/") in {etag, "*"} for tag in (if_none_match or "").split(",")):
        return Response(status_code=304, headers=headers)
    return Response(document(), headers=headers, media_type="application/json")


@router.get(
    "/plan",
    dependencies=[needs(Scope.LIVE_READ)],
    response_model=LivePlan,
    responses={**NOT_MODIFIED, **responses(NotFound, NotDone)},
)
def read_live_plan(
    fleet: FleetOf,
    database: DatabaseOf,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Orders, vehicles and trips as they stand, and the trips that would be made next. Its ETag is its revision."""
    row = load_plan(database, fleet.id)
    return unless_known(row.revision, if_none_match, lambda: row.document)


@router.patch(
    "/plan",
    dependencies=[needs(Scope.LIVE_WRITE)],
    response_model=LivePlan,
    openapi_extra=json_body(Changes, CHANGES_EXAMPLE),
    responses={
        202: {"description": "All is in the log; the dispatcher has not come to it yet. Read the plan again."},
        **responses(NotJson, NotFound, NotPossible, Stale, TooLarge, InvalidRequest, Unconditional, Unavailable),
    },
)
async def change_live_plan(
    fleet: FleetOf,
    body: Body,
    database: DatabaseOf,
    live: LiveOf,
    if_match: Annotated[str | None, Header(description="the ETag of the plan that you saw, or `*`")] = None,
) -> Response:
    """Have orders carried as an operator wants: assign them to a vehicle, hold them, hurry them, or let go of them.

    What mends an order may be told too: that its promise was moved, or that a shift ends later.

    The whole of it goes into the fleet's log and is answered with the plan that came of it. If-Match is stale (412) if
    one of the orders named was changed by anybody since that revision; other orders may have moved on. An order that
    is on the road or at its end can no longer be changed.
    """
    wanted = await run_in_threadpool(parse, Changes, body)  # RFC 9110, 13.2.1: a precondition comes after all else
    if if_match is None:
        raise Unconditional("send the ETag of the plan that you saw as If-Match, or * for whatever there is")
    seen = _revision_of(if_match)
    return await run_in_threadpool(_change, database, live, fleet.id, wanted, seen)


def _revision_of(if_match: str) -> int | None:
    """The revision that an If-Match header names; None for any."""
    tag = if_match.strip()
    if tag == "*":
        return None
    number = tag.removeprefix('"').removesuffix('"')
    if not (number.isascii() and number.isdecimal()) or len(number) > MAX_DIGITS:
        raise Stale(f"{tag[:80]!r} is no ETag of a live plan; it looks like {etag_of(57)}")
    return int(number)


def _change(database: Database, live: Live, fleet_id: str, wanted: Changes, seen: int | None) -> Response:
    try:
        seqs = send(database, live.bells, fleet_id, wanted, seen)
    except StaleError as error:
        raise Stale(str(error)) from None
    except UnknownError as error:
        raise invalid(error.faults) from None
    if not await_handled(database, live.bells, fleet_id, seqs):
        return Response(status_code=202)
    faults = refused(database, fleet_id, seqs)
    if faults:
        errors = [fault.model_dump() for fault in faults]
        raise NotPossible(f"{faults[0].path}: {faults[0].text}", errors=errors)
    row = load_plan(database, fleet_id)
    return Response(row.document, headers={"ETag": etag_of(row.revision)}, media_type="application/json")


@router.post(
    "/plan:price",
    dependencies=[needs(Scope.LIVE_READ)],
    response_model=Price,
    openapi_extra=json_body(Move, MOVE_EXAMPLE),
    responses=responses(NotJson, NotFound, NotDone, TooLarge, InvalidRequest, *SOLVED),
)
async def price_live_move(
    fleet: FleetOf, body: Body, database: DatabaseOf, settings: SettingsOf, workers: WorkersOf, hung_up: HungUp
) -> Response:
    """What it would cost to have a vehicle carry an order: before it is done, with everybody who would be later."""
    move = await run_in_threadpool(parse, Move, body)
    row = await run_in_threadpool(load_plan, database, fleet.id)
    priced = await workers.run(
        tasks.price_move, row.document, fleet.setup, move.model_dump_json(), settings.map_files, hung_up=hung_up
    )
    return Response(priced, media_type="application/json")


@router.get(
    "/plan/mend",
    dependencies=[needs(Scope.LIVE_READ)],
    response_model=Mend,
    responses=responses(NotFound, NotDone, InvalidRequest, *SOLVED),
)
async def find_live_mend(
    fleet: FleetOf,
    order_id: Annotated[Id, Query(description="of an order that waits, say one that nobody can take")],
    database: DatabaseOf,
    settings: SettingsOf,
    workers: WorkersOf,
    hung_up: HungUp,
) -> Response:
    """What would mend an order that nobody can take, or that comes late: the cheapest change, tried out by a worker."""
    row = await run_in_threadpool(load_plan, database, fleet.id)
    found = await workers.run(
        tasks.mend_order, row.document, fleet.setup, order_id, settings.map_files, hung_up=hung_up
    )
    return Response(found, media_type="application/json")


@router.get(
    "/plan/gap",
    dependencies=[needs(Scope.LIVE_READ)],
    response_model=PlanGap,
    responses=responses(NotFound, NotDone, *SOLVED),
)
async def read_live_gap(
    fleet: FleetOf, database: DatabaseOf, settings: SettingsOf, workers: WorkersOf, hung_up: HungUp
) -> Response:
    """How far the plan of the orders not yet on the road can be from the best one; that takes a worker a second."""
    row = await run_in_threadpool(load_plan, database, fleet.id)
    found = await workers.run(tasks.plan_gap, row.document, fleet.setup, settings.map_files, hung_up=hung_up)
    note_live_gap(found)
    return Response(found, media_type="application/json")


@router.get(
    "/stream",
    dependencies=[needs(Scope.LIVE_READ)],
    response_class=StreamingResponse,
    responses={
        200: {"description": "Server-sent events.", "content": {"text/event-stream": {"schema": {"type": "string"}}}},
        **responses(NotFound, Unavailable),
    },
)
async def stream_decisions(
    request: Request,
    fleet: FleetOf,
    live: LiveOf,
    caller: CallerOf,
    after: Seq = None,
    last_event_id: Annotated[int | None, Header(ge=0, le=2**62, description="as ``after``; it comes first")] = None,
) -> StreamingResponse:
    """Decisions as they are made, as server-sent events: ``id`` is the decision's ``seq``, ``event`` its kind.

    Between them an ``event: plan`` without an id tells that the live plan has a new ``revision``. Whoever comes again
    with the ``Last-Event-ID`` that it had gets what it missed, all of it and once, from whichever process it asks. A
    stream ends within seconds after its key was revoked.
    """
    if live.feeds.subscribers >= MAX_STREAMS:
        text = f"{MAX_STREAMS} streams are open here, which is the limit; come again, or ask another process"
        raise Unavailable(text, headers={"Retry-After": "10"})
    if live.feeds.streams_of(caller) >= MAX_STREAMS_OF_KEY:
        text = f"key {caller.key_id} has {MAX_STREAMS_OF_KEY} streams open here, which is the limit; close some"
        raise TooMany(text, headers={"Retry-After": "10"})
    place = after if last_event_id is None else last_event_id
    left_s = request.app.state.sessions.left_s(request) if caller.by_cookie else math.inf

    async def frames() -> AsyncIterator[bytes]:
        async with live.feeds.of(fleet.id, caller) as feed:
            async for frame in feed.stream(caller, place, left_s):
                yield frame

    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(frames(), headers=headers, media_type="text/event-stream")
