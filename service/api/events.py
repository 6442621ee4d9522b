"""``/v1/stores/{id}/events``: what happens, sent in; ``/v1/fleets/{id}/events`` and ``/decisions``: read back."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field
from pydantic_core import from_json

import dispatch
from dispatch.online import Decision, Event
from dispatch.record import Record
from service.api.body import Body
from service.api.documents import json_body
from service.api.fleets import FleetOf, fleet_of
from service.api.paging import After, Limit, number_or_null, page_of
from service.api.state import KNOWN_PARAMETERS, DatabaseOf, LiveOf
from service.auth import Caller, CallerOf, Scope, needs, see_store
from service.db.database import Database
from service.db.decisions import DecisionRepository
from service.db.events import EventRepository
from service.db.fleets import FleetRepository
from service.live import LivePlan
from service.live.bells import Bells
from service.live.belongs import Belongings
from service.live.intake import MAX_EVENTS, Receipts, read_event, take_in
from service.problems import Ended, InvalidRequest, NotFound, NotJson, TooLarge, Unavailable, invalid, responses

router = APIRouter(prefix="/v1", tags=["live"], dependencies=[KNOWN_PARAMETERS])

EVENTS_EXAMPLE: dict[str, Any] = {
    "events": [
        {
            "id": "shift-17",
            "at": "2026-11-20T19:52:00-03:00",
            "kind": "rider_on",
            "rider": {"id": "rider-1", "store_id": "centre"},
        },
        {
            "id": "order-1-placed",
            "at": "2026-11-20T19:53:00-03:00",
            "kind": "order_placed",
            "order": {
                "id": "order-1",
                "store_id": "centre",
                "location": [-71.2512, -29.9024],
                "placed_at": "2026-11-20T19:53:00-03:00",
                "ready_at": "2026-11-20T19:58:00-03:00",
                "promised_at": "2026-11-20T20:23:00-03:00",
                "mass_kg": 2.4,
            },
        },
    ]
}


class EventBatch(Record):
    """Events in the sequence in which they happened. A single event may be sent without this around it."""

    events: Annotated[tuple[Event, ...], Field(min_length=1, max_length=MAX_EVENTS)]


class TakenEvent(BaseModel):
    """An event as it was taken in. ``position`` is its place in the fleet's log, null until it is decided on."""

    seq: int
    taken_at: datetime
    position: int | None
    handled_at: datetime | None
    event: Event


class EventPage(BaseModel):
    """Events in the sequence of arrival; ``next`` is the ``after`` of the next page, null at the end."""

    events: list[TakenEvent]
    next: int | None


class MadeDecision(BaseModel):
    """A decision, and the number of the event it was made on."""

    seq: int
    event_seq: int
    decision: Decision


class DecisionPage(BaseModel):
    """Decisions in their sequence; ``next`` is the ``after`` of the next page, null at the end."""

    decisions: list[MadeDecision]
    next: int | None


@router.post(
    "/stores/{store_id}/events",
    status_code=202,
    dependencies=[needs(Scope.EVENTS_WRITE)],
    response_model=Receipts,
    openapi_extra=json_body(EventBatch, EVENTS_EXAMPLE),
    responses=responses(NotJson, NotFound, Ended, TooLarge, InvalidRequest, Unavailable),
)
async def take_events(store_id: str, body: Body, database: DatabaseOf, live: LiveOf, caller: CallerOf) -> Response:
    """Take in what happened at a store: one event, or up to 1,000 as ``{"events": [...]}``.

    Each is judged by itself: the answer says of every one whether it was taken, was known from before, or is refused,
    and why. An event's id makes it safe to send again. What is answered with 202 is on disk, and is decided on within
    moments; the decisions are read from the fleet's ``decisions``, ``stream`` or ``plan``. Only if every event is
    refused, or there is none, is the request refused itself.
    """
    see_store(caller, store_id)
    receipts = await run_in_threadpool(_take, store_id, body, database, live.bells, caller)
    return Response(receipts.model_dump_json(), 202, media_type="application/json")


def _take(store_id: str, body: bytes, database: Database, bells: Bells, caller: Caller) -> Receipts:
    try:
        document = from_json(body)
    except ValueError as error:
        raise NotJson(f"{error}; send one JSON document in UTF-8") from None
    fleet_id = fleet_of(database, store_id)
    items = _items(document)
    operator = caller.may(Scope.LIVE_WRITE)
    read = [(_id_of(item), read_event(item, store_id, path, operator=operator)) for path, item in items]
    if caller.stores is not None:
        whose = _belongings(database, fleet_id)
        read = [(name, _own(event, whose, caller, path)) for (name, event), (path, _) in zip(read, items, strict=True)]
    receipts = take_in(database, bells, fleet_id, read)
    if all(receipt.status == "refused" for receipt in receipts):
        raise invalid(fault for receipt in receipts for fault in receipt.faults)
    return Receipts(events=tuple(receipts))


def _belongings(database: Database, fleet_id: str) -> Belongings:
    with database.transaction() as session:
        stores = [store.id for store in FleetRepository(session).stores(fleet_id)]
        row = DecisionRepository(session, fleet_id).plan()
    return Belongings(stores, None if row is None else LivePlan.model_validate_json(row.document))


def _own(
    event: Event | tuple[dispatch.Fault, ...], whose: Belongings, caller: Caller, path: str
) -> Event | tuple[dispatch.Fault, ...]:
    """The event, or a fault if it names what belongs to stores that the caller does not see."""
    found = None if isinstance(event, tuple) else whose.stranger(event, caller.sees)
    if found is None:
        return event
    field, text = found
    return (dispatch.Fault(path=f"{path}.{field}", text=text),)


def _items(document: object) -> list[tuple[str, object]]:
    """The events of what was sent, each with its path."""
    if not isinstance(document, dict) or "events" not in document:
        return [("$", document)]
    events = document["events"]
    unknown = [name for name in document if name != "events"]
    if unknown:
        text = "there is no such field; check its spelling"
        raise invalid(dispatch.Fault(path=f"$.{name[:80]}", text=text) for name in unknown[:10])
    if not isinstance(events, list) or not 0 < len(events) <= MAX_EVENTS:
        found = f"{len(events)} events" if isinstance(events, list) else type(events).__name__
        text = f"{found}; send an array of 1 to {MAX_EVENTS}, the rest in further requests"
        raise invalid([dispatch.Fault(path="$.events", text=text)])
    return [(f"$.events[{i}]", item) for i, item in enumerate(events)]


def _id_of(item: object) -> str | None:
    found = item.get("id") if isinstance(item, dict) else None
    return found[:100] if isinstance(found, str) else None


@router.get(
    "/fleets/{fleet_id}/events",  # noqa: FAST003 - FleetOf reads it
    dependencies=[needs(Scope.LIVE_READ)],
    response_model=EventPage,
    responses=responses(NotFound),
)
def read_events(fleet: FleetOf, database: DatabaseOf, after: After = 0, limit: Limit = 100) -> Response:
    """A fleet's events in the sequence of arrival; the server's own ticks are among them."""
    with database.transaction() as session:
        rows = EventRepository(session, fleet.id).after(after, limit + 1)
    page = rows[:limit]
    lines = [
        f'{{"seq":{row.seq},"taken_at":"{row.taken_at.isoformat()}","position":{number_or_null(row.position)},'
        f'"handled_at":{_moment(row.handled_at)},"event":{row.document}}}'
        for row in page
    ]
    return page_of("events", lines, page[-1].seq if len(rows) > limit else None)


@router.get(
    "/fleets/{fleet_id}/decisions",  # noqa: FAST003 - FleetOf reads it
    dependencies=[needs(Scope.LIVE_READ)],
    response_model=DecisionPage,
    responses=responses(NotFound),
)
def read_decisions(fleet: FleetOf, database: DatabaseOf, after: After = 0, limit: Limit = 100) -> Response:
    """What was decided, in its sequence."""
    with database.transaction() as session:
        rows = DecisionRepository(session, fleet.id).after(after, limit + 1)
    page = rows[:limit]
    lines = [f'{{"seq":{row.seq},"event_seq":{row.event_seq},"decision":{row.document}}}' for row in page]
    return page_of("decisions", lines, page[-1].seq if len(rows) > limit else None)


def _moment(value: datetime | None) -> str:
    return "null" if value is None else f'"{value.isoformat()}"'
