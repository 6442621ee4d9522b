"""``/v1/keys``: make, list and revoke API keys."""

from typing import Any

from fastapi import APIRouter, Response
from fastapi.concurrency import run_in_threadpool

from dispatch import Fault
from dispatch.record import Record
from service.api.body import Body, parse
from service.api.documents import json_body
from service.api.state import KNOWN_PARAMETERS, DatabaseOf
from service.auth import Scope, needs
from service.db.keys import KeyRepository
from service.keys.register import KeyLine, KeyRequest, NewKey, create, line
from service.problems import InvalidRequest, NotFound, NotJson, TooLarge, invalid, responses

router = APIRouter(prefix="/v1/keys", tags=["keys"], dependencies=[needs(Scope.ADMIN), KNOWN_PARAMETERS])

KEY_EXAMPLE: dict[str, Any] = {
    "name": "checkout of the centre",
    "scopes": ["events:write", "live:read"],
    "stores": ["store"],
}


class Keys(Record):
    """Every key, the oldest first, without its secret."""

    keys: list[KeyLine]


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


@router.get("")
def list_keys(database: DatabaseOf) -> Keys:
    """Every key, revoked ones too."""
    with database.transaction() as session:
        return Keys(keys=[line(row) for row in KeyRepository(session).all()])


@router.delete("/{key_id}", status_code=204, responses=responses(NotFound))
def revoke_key(key_id: str, database: DatabaseOf) -> None:
    """Make a key worthless for good, and end the sessions that were begun with it."""
    with database.writing() as session:
        if not KeyRepository(session).revoke(key_id):
            raise NotFound(f"no valid key has the id {key_id[:80]!r}; GET /v1/keys lists them")
