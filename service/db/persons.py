"""What is known of persons, sealed, in the database."""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.db.fleets import FleetRepository
from service.db.models import PersonRow


class PersonRepository:
    """Persons within one transaction; nothing here can read what is sealed.

    Args:
        session: of ``Database.transaction``.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def has_store(self, store_id: str) -> bool:
        """Whether there is such a store."""
        return FleetRepository(self._session).knows(store_id)

    def put(self, store_id: str, order_id: str, sealed: bytes) -> None:
        """Keep what is known of an order's person, in place of what was; the retention time begins anew."""
        self._session.merge(PersonRow(store_id=store_id, order_id=order_id, taken_at=datetime.now(UTC), sealed=sealed))

    def get(self, store_id: str, order_id: str) -> PersonRow | None:
        """The row, or None."""
        return self._session.get(PersonRow, (store_id, order_id))

    def of_order(self, order_id: str, store_id: str | None = None) -> list[PersonRow]:
        """The persons behind orders of this id, of one store or of any."""
        query = sa.select(PersonRow).where(PersonRow.order_id == order_id).order_by(PersonRow.store_id)
        return list(self._session.scalars(query if store_id is None else query.where(PersonRow.store_id == store_id)))

    def erase(self, order_id: str, store_id: str | None = None) -> int:
        """Forget the persons behind orders of this id; returns how many there were."""
        gone = sa.delete(PersonRow).where(PersonRow.order_id == order_id)
        gone = gone if store_id is None else gone.where(PersonRow.store_id == store_id)
        return len(self._session.scalars(gone.returning(PersonRow.order_id)).all())

    def sweep(self, keep: timedelta) -> int:
        """Forget who was told of longer ago than ``keep``; returns how many that were."""
        old = sa.delete(PersonRow).where(PersonRow.taken_at < datetime.now(UTC) - keep)
        return len(self._session.scalars(old.returning(PersonRow.order_id)).all())

    def locked(self) -> list[PersonRow]:
        """Every row, held until the transaction, which must be one of ``Database.writing``, ends."""
        return list(self._session.scalars(sa.select(PersonRow).with_for_update()))
