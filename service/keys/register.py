"""Makes, reads and revokes keys."""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field
from sqlalchemy.orm import Session

from dispatch.record import Record
from service.db.database import Database
from service.db.keys import KeyRepository
from service.db.models import KeyRow
from service.db.sessions import EndedSessionRepository
from service.db.webhooks import WebhookRepository
from service.keys.caller import ANYONE, Caller
from service.keys.scopes import Scope
from service.keys.secret import Secret, new_secret


def _speaks(text: str) -> str:
    if not text.strip() or not text.isprintable():
        raise ValueError("is blank, or has a character that cannot be seen")
    return text


Name = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_speaks)]


class KeyRequest(Record):
    """A key to be made. Without ``stores`` it sees all of them."""

    name: Name
    scopes: Annotated[tuple[Scope, ...], Field(min_length=1, max_length=len(Scope))]
    stores: Annotated[tuple[Name, ...], Field(min_length=1, max_length=1_000)] | None = None


class KeyLine(BaseModel):
    """A key as it is listed. ``stores`` of null are all of them; its secret is known to nobody but its holder."""

    id: str
    name: str
    scopes: list[Scope]
    stores: list[str] | None
    created_at: datetime
    revoked_at: datetime | None = None


class NewKey(KeyLine):
    """A key just made. ``key`` is shown this once."""

    key: str


def line(row: KeyRow) -> KeyLine:
    """The row as it is shown."""
    return KeyLine(
        id=row.id,
        name=row.name,
        scopes=json.loads(row.scopes),
        stores=None if row.stores is None else json.loads(row.stores),
        created_at=row.created_at,
        revoked_at=row.revoked_at,
    )


def create(database: Database, name: str, scopes: Iterable[Scope], stores: Iterable[str] | None) -> NewKey:
    """Make a key."""
    made = new_secret()
    with database.writing() as session:
        row = KeyRepository(session).add(made.id, name, made.hash, set(scopes), None if stores is None else set(stores))
        return NewKey(**line(row).model_dump(), key=made.text)


def create_first(database: Database) -> Secret | None:
    """Make an admin key if there is no valid one; None if there is."""
    made = new_secret()
    with database.writing() as session:
        added = KeyRepository(session).add_first(made.id, "first start", made.hash, Scope.ADMIN)
    return made if added else None


def revoke(database: Database, key_id: str) -> bool:
    """Make a key worthless for good, and disable its webhooks; whether it was there and valid until now."""
    with database.writing() as session:
        WebhookRepository(session).disable_those_of(key_id)
        return KeyRepository(session).revoke(key_id)


def caller_of(row: KeyRow | None, session: str | None = None) -> Caller | None:
    """Who calls with this key; None if it is unknown or revoked."""
    if row is None or row.revoked_at is not None:
        return None
    shown = line(row)
    stores = None if shown.stores is None else frozenset(shown.stores)
    return Caller(row.id, frozenset(shown.scopes), stores, session)


def unchanged(session: Session, caller: Caller) -> bool:
    """Whether the key behind a caller, and its session, still is valid and may what it might then."""
    return caller == ANYONE or caller == _named(session, caller.key_id, caller.session)


def holder(database: Database, secret: Secret) -> Caller | None:
    """Who holds this key; None if nobody does any more, or ever did."""
    with database.transaction() as session:
        row = KeyRepository(session).get(secret.id)
        return caller_of(row) if secret.fits(row.hash if row else None) else None


def named(database: Database, key_id: str, session_id: str) -> Caller | None:
    """Who calls by a session of this key; None if either is over."""
    with database.transaction() as session:
        return _named(session, key_id, session_id)


def _named(session: Session, key_id: str, session_id: str | None) -> Caller | None:
    if session_id is not None and EndedSessionRepository(session).has(session_id):
        return None
    return caller_of(KeyRepository(session).get(key_id), session_id)


def log_out(database: Database, session_id: str) -> None:
    """End a session for whoever has its cookie."""
    with database.writing() as session:
        EndedSessionRepository(session).add(session_id)
