"""``/v1/keys``: make, list and revoke API keys."""

from typing import Any

from fastapi import APIRouter, Response
from fastapi.concurrency import run_in_threadpool

from dispatch import Fault
from dispatch.record import Record
from service.api.body import Body, parse
from service.api.documents import json_body
from service.api.paging import Cursor, Limit, cut, no_cursor
from service.api.state import KNOWN_PARAMETERS, DatabaseOf
from service.auth import Scope, needs
from service.db.keys import KeyRepository
from service.keys.register import KeyLine, KeyRequest, NewKey, create, line, revoke
from service.problems import InvalidRequest, NotFound, NotJson, TooLarge, invalid, responses

router = APIRouter(prefix="/v1/keys", tags=["keys"], dependencies=[needs(Scope.ADMIN), KNOWN_PARAMETERS])

KEY_EXAMPLE: dict[str, Any] = {
    "name": "checkout of the centre",
    "scopes": ["events:write", "live:read"],
    "stores": ["store"],
}


class Keys(Record):
    """Keys, the oldest first, without their secrets; ``next`` is the cursor of newer ones, null at the end."""

    keys: list[KeyLine]
    next: str | None


def refuse_bound_admin(scopes: tuple[Scope, ...], stores: tuple[str, ...] | None) -> None:
    """An admin of some stores could make a key for all of them. Raises ``InvalidRequest``."""
    if stores is not None and Scope.ADMIN in scopes:
        raise invalid([Fault(path="$.stores", text="an admin key is for all stores; leave stores out, or admin")])


@router.post(
    "",
    status_code=201,
    response_model=NewKey,
    openapi_extra=json_body(KeyRequest, KEY_EXAMPLE),
    responses=responses(NotJson, TooLarge, InvalidRequest),
)
async def make_key(body: Body, database: DatabaseOf) -> Response:
    """Make a key. It is in this answer and nowhere else: only a hash of it is kept."""
    asked = parse(KeyRequest, body)
    refuse_bound_admin(asked.scopes, asked.stores)
    made = await run_in_threadpool(create, database, asked.name, asked.scopes, asked.stores)
    headers = {"Location": f"/v1/keys/{made.id}", "Cache-Control": "no-store"}
    return Response(made.model_dump_json(), 201, headers, "application/json")


@router.get("", responses=responses(InvalidRequest))
def list_keys(database: DatabaseOf, limit: Limit = 100, cursor: Cursor = None) -> Keys:
    """Every key, revoked ones too, the oldest first."""
    with database.transaction() as session:
        keys = KeyRepository(session)
        behind = None if cursor is None else keys.get(cursor)
        if cursor is not None and behind is None:
            raise no_cursor(cursor)
        page, following = cut(keys.all(behind, limit + 1), limit, lambda row: row.id)
    return Keys(keys=[line(row) for row in page], next=following)


@router.delete("/{key_id}", status_code=204, responses=responses(NotFound))
def revoke_key(key_id: str, database: DatabaseOf) -> None:
    """Make a key worthless for good, end its sessions, and disable the webhooks that it made."""
    if not revoke(database, key_id):
        raise NotFound(f"no valid key has the id {key_id[:80]!r}; GET /v1/keys lists them")
