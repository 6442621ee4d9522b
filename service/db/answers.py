"""The answers kept for requests that are sent again, in the database."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from service.db.models import AnswerRow

KEPT = timedelta(hours=24)
"""How long an answer is given again."""

LEASE = timedelta(seconds=15)
"""How long after its last sign of life a process is given up, and its requests may be sent again."""


class Claim(NamedTuple):
    """A request that is to be answered once: who asks, by which key, what, and this attempt at it."""

    key_id: str
    idempotency_key: str
    request_hash: str
    attempt: str


class AnswerRepository:
    """Answers within one transaction.

    Args:
        session: of ``Database.transaction``.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def find(self, claim: Claim) -> AnswerRow | None:
        """What is known of the request; None if nothing, if it is too old, or if its process died over it."""
        now = datetime.now(UTC)
        valid = (AnswerRow.asked_at >= now - KEPT) & (
            AnswerRow.status.is_not(None) | (AnswerRow.seen_at >= now - LEASE)
        )
        return self._session.scalar(sa.select(AnswerRow).where(*_same(claim), valid))

    def claim(self, claim: Claim) -> bool:
        """Take the request on; False if somebody else has."""
        now = datetime.now(UTC)
        # First, so that SQLite takes the lock of its one writer before anything is read.
        dead = (AnswerRow.asked_at < now - KEPT) | (AnswerRow.status.is_(None) & (AnswerRow.seen_at < now - LEASE))
        self._session.execute(sa.delete(AnswerRow).where(*_same(claim), dead))
        row = {**claim._asdict(), "asked_at": now, "seen_at": now}
        postgres = self._session.get_bind().dialect.name == "postgresql"
        insert = (postgresql.insert if postgres else sqlite.insert)(AnswerRow).values(row)
        taken = self._session.scalar(insert.on_conflict_do_nothing().returning(AnswerRow.attempt))
        return taken is not None

    def renew(self, claim: Claim) -> None:
        """Say that the attempt is still being worked on."""
        self._session.execute(sa.update(AnswerRow).where(*_mine(claim)).values(seen_at=datetime.now(UTC)))

    def keep(self, claim: Claim, status: int, headers: Sequence[tuple[str, str]], body: bytes) -> None:
        """Keep the answer, its body sealed, unless the attempt was given up meanwhile."""
        values = {"status": status, "headers": json.dumps(headers), "body": body}
        self._session.execute(sa.update(AnswerRow).where(*_mine(claim)).values(values))

    def drop(self, claim: Claim) -> None:
        """Forget the attempt, so that the request may be sent again."""
        self._session.execute(sa.delete(AnswerRow).where(*_mine(claim)))

    def sweep(self) -> int:
        """Forget what is too old; returns how many answers that were."""
        old = sa.delete(AnswerRow).where(AnswerRow.asked_at < datetime.now(UTC) - KEPT)
        return len(self._session.scalars(old.returning(AnswerRow.idempotency_key)).all())


def _same(claim: Claim) -> tuple[sa.ColumnElement[bool], ...]:
    return AnswerRow.key_id == claim.key_id, AnswerRow.idempotency_key == claim.idempotency_key


def _mine(claim: Claim) -> tuple[sa.ColumnElement[bool], ...]:
    return *_same(claim), AnswerRow.attempt == claim.attempt, AnswerRow.status.is_(None)
