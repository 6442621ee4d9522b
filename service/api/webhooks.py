"""``/v1/fleets/{id}/webhooks``: who is told of decisions."""

import json
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field
from starlette.convertors import StringConvertor, register_url_convertor

import dispatch
from dispatch.record import Record
from service.api.body import Body, parse
from service.api.documents import json_body
from service.api.fleets import FleetOf
from service.api.state import KNOWN_PARAMETERS, DatabaseOf, SealerOf, SettingsOf
from service.auth import CallerOf, Scope, needs
from service.db.database import Database
from service.db.decisions import DecisionRepository
from service.db.fleets import FleetRepository
from service.db.models import WebhookRow
from service.db.webhooks import WebhookRepository
from service.live.addresses import AddressError, check_url
from service.live.courier import new_secret
from service.problems import Ended, InvalidRequest, NotFound, NotJson, TooLarge, Unavailable, invalid, responses

router = APIRouter(prefix="/v1/fleets/{fleet_id}/webhooks", tags=["live"], dependencies=[KNOWN_PARAMETERS])


class _Name(StringConvertor):
    """A name in an address up to a colon, behind which stands what is done with it."""

    regex = "[^/:]+"


register_url_convertor("name", _Name())

MAX_WEBHOOKS = 20
"""Of one fleet."""

Kind = Literal["commit", "hold", "quoted", "rerouted", "warned", "overdue", "released", "gave_up", "rejected"]

WEBHOOK_EXAMPLE: dict[str, Any] = {"url": "https://shop.example/swiftleaf", "kinds": ["commit", "warned"]}


class WebhookRequest(Record):
    """Who is to be told, and of what: kinds of decisions, all by default, made from now on or behind ``after``."""

    url: Annotated[str, Field(min_length=1, max_length=2_000)]
    kinds: Annotated[tuple[Kind, ...] | None, Field(min_length=1, max_length=9)] = None
    after: Annotated[int | None, Field(ge=0, le=2**62)] = None


class WebhookLine(BaseModel):
    """A webhook: told up to ``sent_seq``; ``failures`` in a row, with the last ``error``; tried again at ``next_at``.

    One that failed for too long, or whose key was revoked, is disabled, and keeps its place until it is enabled again.
    """

    id: str
    url: str
    kinds: list[Kind] | None
    created_at: datetime
    sent_seq: int
    failures: int
    next_at: datetime | None
    disabled_at: datetime | None
    error: str | None


class NewWebhook(WebhookLine):
    """A webhook that was just made. Its ``secret`` is shown this once: messages are signed with it."""

    secret: str


class WebhookList(BaseModel):
    """The webhooks of a fleet, the oldest first."""

    webhooks: list[WebhookLine]


def _line(row: WebhookRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "url": row.url,
        "kinds": None if row.kinds is None else json.loads(row.kinds),
        "created_at": row.created_at,
        "sent_seq": row.sent_seq,
        "failures": row.failures,
        "next_at": row.next_at,
        "disabled_at": row.disabled_at,
        "error": row.error,
    }


def _load(database: Database, fleet_id: str, webhook_id: str) -> WebhookRow:
    if webhook_id.isprintable():
        with database.transaction() as session:
            row = WebhookRepository(session).get(webhook_id)
        if row is not None and row.fleet_id == fleet_id:
            return row
    raise _none(fleet_id, webhook_id)


def _none(fleet_id: str, webhook_id: str) -> NotFound:
    return NotFound(f"fleet {fleet_id!r} has no webhook {webhook_id[:80]!r}; GET /v1/fleets/{fleet_id}/webhooks lists")


@router.post(
    "",
    status_code=201,
    dependencies=[needs(Scope.LIVE_WRITE)],
    openapi_extra=json_body(WebhookRequest, WEBHOOK_EXAMPLE),
    responses=responses(NotJson, NotFound, Ended, TooLarge, InvalidRequest, Unavailable),
)
async def make_webhook(
    response: Response,
    fleet: FleetOf,
    body: Body,
    database: DatabaseOf,
    settings: SettingsOf,
    sealer: SealerOf,
    caller: CallerOf,
) -> NewWebhook:
    """Have an address told of decisions: a POST for each, one after another, signed as Standard Webhooks has it.

    What is not answered with a 2xx is sent again with growing pauses, and holds up what comes after it. 410, five hours
    of failures, or the end of the key that made it, disables the webhook. Private addresses are refused unless the
    operator allows them.
    """
    asked = await run_in_threadpool(parse, WebhookRequest, body)
    try:
        url = check_url(asked.url, private=settings.webhook_private)
    except AddressError as error:
        raise invalid([dispatch.Fault(path="$.url", text=str(error))]) from None
    secret = new_secret()

    def add() -> WebhookRow:
        with database.writing() as session:
            FleetRepository(session).lock_living(fleet.id)
            webhooks = WebhookRepository(session)
            if len(webhooks.of(fleet.id)) >= MAX_WEBHOOKS:
                text = f"fleet {fleet.id!r} has {MAX_WEBHOOKS} webhooks, which is the limit; delete one"
                raise invalid([dispatch.Fault(path="$", text=text)])
            last = DecisionRepository(session, fleet.id).last_seq()
            after = last if asked.after is None else asked.after
            if after > last:
                raise invalid([dispatch.Fault(path="$.after", text=f"{after} is behind the last decision, {last}")])
            return webhooks.add(fleet.id, caller.key_id, url, asked.kinds, sealer.seal(secret.encode()), after)

    response.headers["Cache-Control"] = "no-store"
    return NewWebhook(**_line(await run_in_threadpool(add)), secret=secret)


@router.get("", dependencies=[needs(Scope.LIVE_READ)], responses=responses(NotFound))
def list_webhooks(fleet: FleetOf, database: DatabaseOf) -> WebhookList:
    """The webhooks of a fleet, and how they fare."""
    with database.transaction() as session:
        return WebhookList(webhooks=[WebhookLine(**_line(row)) for row in WebhookRepository(session).of(fleet.id)])


@router.delete(
    "/{webhook_id:name}",
    status_code=204,
    response_class=Response,
    dependencies=[needs(Scope.LIVE_WRITE)],
    responses=responses(NotFound),
)
def drop_webhook(fleet: FleetOf, webhook_id: str, database: DatabaseOf) -> Response:
    """Tell it no more."""
    _load(database, fleet.id, webhook_id)
    with database.writing() as session:
        if not WebhookRepository(session).drop(fleet.id, webhook_id):
            raise _none(fleet.id, webhook_id)
    return Response(status_code=204)


@router.post(
    "/{webhook_id:name}:enable", dependencies=[needs(Scope.LIVE_WRITE)], responses=responses(NotFound, Unavailable)
)
def enable_webhook(fleet: FleetOf, webhook_id: str, database: DatabaseOf, caller: CallerOf) -> WebhookLine:
    """Tell it again, at once, of all that it has missed; from now on it is the webhook of the key that asked for it."""
    _load(database, fleet.id, webhook_id)
    with database.writing() as session:
        WebhookRepository(session).enable(webhook_id, caller.key_id)
    return WebhookLine(**_line(_load(database, fleet.id, webhook_id)))
