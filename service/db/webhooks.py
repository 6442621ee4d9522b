"""The webhooks in the database."""

import json
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.db.models import DecisionRow, WebhookRow


class WebhookRepository:
    """Webhooks within one transaction.

    Args:
        session: of ``Database.transaction`` or ``Database.writing``.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(
        self, fleet_id: str, key_id: str, url: str, kinds: Sequence[str] | None, secret: bytes, sent_seq: int
    ) -> WebhookRow:
        """Insert a webhook of a key that is told of what comes after ``sent_seq``; ``secret`` is sealed."""
        row = WebhookRow(
            id=uuid4().hex,
            fleet_id=fleet_id,
            key_id=key_id,
            url=url,
            kinds=None if kinds is None else json.dumps(list(kinds)),
            secret=secret,
            created_at=datetime.now(UTC),
            sent_seq=sent_seq,
            failures=0,
        )
        self._session.add(row)
        self._session.flush()
        return row

    def of(self, fleet_id: str) -> list[WebhookRow]:
        """The webhooks of a fleet, the oldest first."""
        query = sa.select(WebhookRow).where(WebhookRow.fleet_id == fleet_id)
        return list(self._session.scalars(query.order_by(WebhookRow.created_at, WebhookRow.id)))

    def get(self, webhook_id: str) -> WebhookRow | None:
        """The row, or None."""
        return self._session.get(WebhookRow, webhook_id)

    def drop(self, fleet_id: str, webhook_id: str) -> bool:
        """Forget a webhook of a fleet; False if there is none."""
        dropped = sa.delete(WebhookRow).where(WebhookRow.fleet_id == fleet_id, WebhookRow.id == webhook_id)
        return self._session.scalar(dropped.returning(WebhookRow.id)) is not None

    def due(self, fleet_ids: Collection[str]) -> list[str]:
        """The webhooks of these fleets that are to be told of something now."""
        news = sa.exists().where(DecisionRow.fleet_id == WebhookRow.fleet_id, DecisionRow.seq > WebhookRow.sent_seq)
        query = sa.select(WebhookRow.id).where(
            WebhookRow.fleet_id.in_(fleet_ids),
            WebhookRow.disabled_at.is_(None),
            sa.or_(WebhookRow.next_at.is_(None), WebhookRow.next_at <= datetime.now(UTC)),
            news,
        )
        return list(self._session.scalars(query))

    def sent(self, webhook_id: str, seq: int) -> bool:
        """Note that a webhook was told of everything up to ``seq``; False if it knows more, or is to know no more."""
        noted = sa.update(WebhookRow).where(WebhookRow.id == webhook_id, WebhookRow.sent_seq < seq)
        noted = noted.where(WebhookRow.disabled_at.is_(None))
        noted = noted.values(sent_seq=seq, failures=0, next_at=None, error=None)
        return self._session.scalar(noted.returning(WebhookRow.id)) is not None

    def failed(self, webhook_id: str, error: str, pause: timedelta | None) -> None:
        """Note a failure: it is tried again after ``pause``, or, with None, the webhook is disabled."""
        now = datetime.now(UTC)
        noted = sa.update(WebhookRow).where(WebhookRow.id == webhook_id, WebhookRow.disabled_at.is_(None))
        values = {"next_at": now + pause} if pause is not None else {"disabled_at": now}
        self._session.execute(noted.values(failures=WebhookRow.failures + 1, error=error, **values))

    def enable(self, webhook_id: str, key_id: str) -> None:
        """Try it again at once, as if it had never failed, from now on for this key."""
        noted = sa.update(WebhookRow).where(WebhookRow.id == webhook_id)
        self._session.execute(noted.values(key_id=key_id, failures=0, next_at=None, disabled_at=None, error=None))

    def disable_those_of(self, key_id: str) -> None:
        """Tell those no more that a key made or enabled."""
        noted = sa.update(WebhookRow).where(WebhookRow.key_id == key_id, WebhookRow.disabled_at.is_(None))
        self._session.execute(noted.values(disabled_at=datetime.now(UTC), error="its key was revoked"))
