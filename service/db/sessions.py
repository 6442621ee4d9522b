"""The pages' sessions that ended before their time, in the database."""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.db.models import EndedSessionRow


class EndedSessionRepository:
    """Ended sessions within one transaction.

    Args:
        session: of ``Database.transaction`` or ``Database.writing``.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, session_id: str) -> None:
        """Note that a session is over."""
        self._session.merge(EndedSessionRow(id=session_id, ended_at=datetime.now(UTC)))

    def has(self, session_id: str) -> bool:
        """Whether a session is over."""
        return self._session.get(EndedSessionRow, session_id) is not None

    def sweep(self, age: timedelta) -> None:
        """Forget those that would be over by themselves."""
        self._session.execute(sa.delete(EndedSessionRow).where(EndedSessionRow.ended_at < datetime.now(UTC) - age))
