"""``/v1/fleets/{id}/plan``: a fleet's plan as it stands."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Header, Query, Response
from fastapi.responses import StreamingResponse

from service.api.fleets import FleetOf
from service.api.state import KNOWN_PARAMETERS, DatabaseOf, LiveOf
from service.auth import Scope, needs
from service.db.database import Database
from service.db.decisions import DecisionRepository
from service.db.models import LivePlanRow
from service.live import LivePlan
from service.problems import NotDone, NotFound, Unavailable, responses

router = APIRouter(prefix="/v1/fleets/{fleet_id}", tags=["live"], dependencies=[KNOWN_PARAMETERS])


MAX_STREAMS = 2_000
"""At a time, in one process."""

Seq = Annotated[int | None, Query(ge=0, le=2**62, description="begin behind this decision; default: from now on")]


def load_plan(database: Database, fleet_id: str) -> LivePlanRow:
    """The plan's row; ``NotDone`` before the fleet was first looked after."""
    with database.transaction() as session:
        row = DecisionRepository(session, fleet_id).plan()
    if row is None:
        raise NotDone(f"fleet {fleet_id!r} was not looked after yet; ask again in some seconds")
    return row


def etag_of(revision: int) -> str:
    """The entity tag of a revision."""
    return f'"{revision}"'


def _matches(tags: str, etag: str) -> bool:
    """Whether an If-None-Match header names the tag; weak tags count, as RFC 9110 has it for this header."""
    return any(tag.strip().removeprefix("W/") in {etag, "*"} for tag in tags.split(","))


@router.get(
    "/plan",
    dependencies=[needs(Scope.LIVE_READ)],
    response_model=LivePlan,
    responses={304: {"description": "The plan is still the one that you have."}, **responses(NotFound, NotDone)},
)
def read_live_plan(
    fleet: FleetOf,
    database: DatabaseOf,
    if_none_match: Annotated[str | None, Header(description="the ETag of the plan that you have")] = None,
) -> Response:
    """Orders, vehicles and trips as they stand, and the trips that would be made next. Its ETag is its revision."""
    row = load_plan(database, fleet.id)
    etag = etag_of(row.revision)
    headers = {"ETag": etag, "Cache-Control": "no-cache"}
    if if_none_match is not None and _matches(if_none_match, etag):
        return Response(status_code=304, headers=headers)
    return Response(row.document, headers=headers, media_type="application/json")


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
    fleet: FleetOf,
    live: LiveOf,
    after: Seq = None,
    last_event_id: Annotated[int | None, Header(ge=0, le=2**62, description="as ``after``; it comes first")] = None,
) -> StreamingResponse:
    """Decisions as they are made, as server-sent events: ``id`` is the decision's ``seq``, ``event`` its kind.

    Between them an ``event: plan`` without an id tells that the live plan has a new ``revision``. Whoever comes again
    with the ``Last-Event-ID`` that it had gets what it missed, all of it and once, from whichever process it asks.
    """
    if live.feeds.subscribers >= MAX_STREAMS:
        text = f"{MAX_STREAMS} streams are open here, which is the limit; come again, or ask another process"
        raise Unavailable(text, headers={"Retry-After": "10"})
    place = after if last_event_id is None else last_event_id

    async def frames() -> AsyncIterator[bytes]:
        async with live.feeds.of(fleet.id) as feed:
            async for frame in feed.stream(place):
                yield frame

    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(frames(), headers=headers, media_type="text/event-stream")
