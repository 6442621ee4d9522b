"""The stores' books of carbon points in the database: entries are added, and none is ever changed or removed."""

from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from carbon import Award, BoxReturned, Revocation
from service.db.fleets import FleetRepository
from service.db.models import PlanStoreRow, PointsRow

WRITING = 0x5317F901
"""The number of the PostgreSQL advisory lock under which entries are added, one after another over all books."""


class PointsRepository:
    """One store's book within one transaction.

    Args:
        session: of ``Database.transaction``, or of ``Database.writing`` for what adds something.
        store_id: whose book.
    """

    def __init__(self, session: Session, store_id: str) -> None:
        self._session = session
        self._store_id = store_id
        self._mine = PointsRow.store_id == store_id

    def has_store(self) -> bool:
        """Whether there is such a store: one that is dispatched, or that there are plans of."""
        planned = sa.select(PlanStoreRow.store_id).where(PlanStoreRow.store_id == self._store_id).limit(1)
        return FleetRepository(self._session).knows(self._store_id) or self._session.scalar(planned) is not None

    def lock(self) -> None:
        """Wait for the turn to add something, which lasts until the transaction ends.

        So what a rule was held against still holds, and whoever reads on from the last ``seq`` it saw misses none.
        """
        if self._session.get_bind().dialect.name == "postgresql":
            self._session.execute(sa.select(sa.func.pg_advisory_xact_lock(WRITING)))

    def following(self) -> int:
        """The sequence of the next entry of the book."""
        last = self._session.scalar(sa.select(sa.func.max(PointsRow.sequence)).where(self._mine))
        return 0 if last is None else last + 1

    def excerpt(self, order_ids: Collection[str] = (), loop_ids: Collection[str] = ()) -> list[PointsRow]:
        """All entries about these orders and these turns of boxes, and about the order of the first, in sequence."""
        first = sa.select(PointsRow.order_id).where(self._mine, PointsRow.sequence == 0).scalar_subquery()
        about = sa.or_(PointsRow.order_id.in_(order_ids), PointsRow.loop_id.in_(loop_ids), PointsRow.order_id == first)
        return list(self._session.scalars(sa.select(PointsRow).where(self._mine, about).order_by(PointsRow.sequence)))

    def elsewhere(self, loop_id: str) -> bool:
        """Whether the turn of a box was credited in another store's book."""
        query = sa.select(PointsRow.seq).where(PointsRow.loop_id == loop_id, ~self._mine).limit(1)
        return self._session.scalar(query) is not None

    def overdue(self, on: date, limit: int) -> list[str]:
        """Turns of boxes that were due before a day, did not come back in time and whose award stands."""
        other = aliased(PointsRow)
        settled = sa.select(other.seq).where(
            other.store_id == self._store_id,
            other.loop_id == PointsRow.loop_id,
            sa.or_(other.kind == "revocation", (other.kind == "box_returned") & (other.box_on <= PointsRow.box_on)),
        )
        query = sa.select(PointsRow.loop_id).where(
            self._mine, PointsRow.kind == "award", PointsRow.box_on < on, ~settled.exists()
        )
        return [loop_id or "" for loop_id in self._session.scalars(query.order_by(PointsRow.sequence).limit(limit))]

    def add(self, entry: Award | BoxReturned | Revocation, award: Award) -> PointsRow:
        """Add an entry; ``award`` is the one that it is, or is about."""
        act = award.act
        row = PointsRow(
            store_id=self._store_id,
            sequence=entry.sequence,
            entered_at=datetime.now(UTC),
            kind=entry.kind,
            order_id=act.order_id,
            loop_id=act.loop_id,
            day=act.done_on,
            box_on=entry.returned_on if isinstance(entry, BoxReturned) else act.return_due_on,
            pseudonym=None if act.consumer is None else act.consumer.pseudonym,
            document=entry.model_dump_json(),
        )
        self._session.add(row)
        self._session.flush()
        return row

    def after(self, seq: int, limit: int) -> list[PointsRow]:
        """Entries in the sequence in which they were added, from behind ``seq`` on."""
        query = sa.select(PointsRow).where(self._mine, PointsRow.seq > seq).order_by(PointsRow.seq)
        return list(self._session.scalars(query.limit(limit)))

    def documents(self, days: tuple[date, date] | None = None, pseudonym: str | None = None) -> Iterator[str]:
        """Entries in sequence, as JSON: all, or those about acts of these days (the last included), or of a consumer.

        Either way an award comes with all that was entered about it.
        """
        query = sa.select(PointsRow.document).where(self._mine).order_by(PointsRow.sequence)
        if days is not None:
            query = query.where(PointsRow.day.between(*days))
        if pseudonym is not None:
            query = query.where(PointsRow.pseudonym == pseudonym)
        yield from self._session.scalars(query.execution_options(yield_per=500))
