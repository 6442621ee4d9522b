"""The events in the database: taken in once, handled in a sequence that is kept, read on from any place."""

from bisect import bisect_left
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.db.models import DecisionRow, EventRow

SKIPPED = -1
"""``looks`` of an event that the dispatcher failed on, and was therefore never given."""


class Handled(NamedTuple):
    """An event as it stands in the log: its place, where its plan was cut short, and itself as JSON."""

    seq: int
    position: int
    looks: int | None
    document: str


class EventRepository:
    """A fleet's events within one transaction that holds its lock (``FleetRepository.lock``) if it writes.

    Args:
        session: of ``Database.transaction`` or ``Database.writing``.
        fleet_id: of the fleet.
    """

    def __init__(self, session: Session, fleet_id: str) -> None:
        self._session = session
        self._fleet_id = fleet_id
        self._mine = EventRow.fleet_id == fleet_id

    def known(self, event_ids: Sequence[str]) -> dict[str, EventRow]:
        """Those events that were taken in already, by id."""
        rows = self._session.scalars(sa.select(EventRow).where(self._mine, EventRow.event_id.in_(event_ids)))
        return {row.event_id: row for row in rows}

    def add(self, documents: Mapping[str, str]) -> dict[str, int]:
        """Take in new events, JSON by id, in their sequence; returns their ``seq`` by id."""
        if not documents:
            return {}
        now = datetime.now(UTC)
        rows = [
            {"fleet_id": self._fleet_id, "event_id": event_id, "taken_at": now, "document": document}
            for event_id, document in documents.items()
        ]
        inserted = sa.insert(EventRow).returning(EventRow.event_id, EventRow.seq, sort_by_parameter_order=True)
        return dict(self._session.execute(inserted, rows).all())

    def latest(self, limit: int) -> list[str]:
        """The documents of the events that were taken last, the newest first."""
        query = sa.select(EventRow.document).where(self._mine).order_by(EventRow.seq.desc())
        return list(self._session.scalars(query.limit(limit)))

    def waiting(self, limit: int) -> list[EventRow]:
        """The first events that were not handled yet, in the sequence of arrival."""
        query = sa.select(EventRow).where(self._mine, EventRow.position.is_(None)).order_by(EventRow.seq)
        return list(self._session.scalars(query.limit(limit)))

    def mark(self, seq: int, position: int, looks: int | None) -> None:
        """Give an event its place in the log."""
        marked = sa.update(EventRow).where(EventRow.seq == seq)
        self._session.execute(marked.values(position=position, looks=looks, handled_at=datetime.now(UTC)))

    def are_handled(self, seqs: Sequence[int]) -> bool:
        """Whether all of these events were handled."""
        query = sa.select(EventRow.seq).where(EventRow.seq.in_(seqs), EventRow.position.is_(None)).limit(1)
        return self._session.scalar(query) is None

    def after(self, seq: int, limit: int) -> list[EventRow]:
        """Events in the sequence of arrival, from behind ``seq`` on."""
        query = sa.select(EventRow).where(self._mine, EventRow.seq > seq).order_by(EventRow.seq)
        return list(self._session.scalars(query.limit(limit)))

    def position_at(self, moment: datetime) -> int:
        """The position in the log from which on events were taken in at ``moment`` or later, but for a few seconds."""
        last = self._session.scalar(sa.select(sa.func.max(EventRow.position)).where(self._mine)) or 0
        return bisect_left(range(1, last + 1), moment, key=self._taken_at) + 1

    def _taken_at(self, position: int) -> datetime:
        query = sa.select(EventRow.taken_at).where(self._mine, EventRow.position == position)
        return self._session.scalars(query).one()

    def effective(
        self, first: int, until: int, kinds: Collection[str], *, newest_first: bool = False
    ) -> Iterator[tuple[int, str]]:
        """Position and document of the handled events of some kinds that were not rejected.

        Args:
            first: position of the first that may be among them.
            until: position behind the last.
            kinds: of events.
            newest_first: the other way round; whoever stops early then has the last of them.
        """
        # Quotes within a text are escaped in JSON, so that no id or name looks like a kind.
        named = sa.or_(*(EventRow.document.contains(f'"kind":"{kind}"', autoescape=True) for kind in sorted(kinds)))
        decided = sa.select(DecisionRow.seq).where(DecisionRow.event_seq == EventRow.seq)
        refused = decided.where(DecisionRow.kind == "rejected").exists()
        query = sa.select(EventRow.position, EventRow.document).where(
            self._mine, EventRow.position >= first, EventRow.position < until, named, ~refused
        )
        ordered = query.order_by(EventRow.position.desc() if newest_first else EventRow.position)
        with self._session.execute(ordered.execution_options(yield_per=500)) as rows:  # closed by who stops early, too
            for position, document in rows:
                yield position or 0, document

    def handled(
        self, after: int = 0, kinds: Collection[str] | None = None, page: int = 1_000
    ) -> Iterator[tuple[Handled, list[str]]]:
        """The log: the handled events in their sequence, with what was decided on each as JSON texts.

        Args:
            after: position of the last event that is left out.
            kinds: of the decisions that are wanted; None for all.
            page: so many events are read at a time: a log may be longer than memory.
        """
        columns = EventRow.seq, EventRow.position, EventRow.looks, EventRow.document
        decisions = sa.select(DecisionRow.event_seq, DecisionRow.document)
        if kinds is not None:
            decisions = decisions.where(DecisionRow.kind.in_(kinds))
        while True:
            query = sa.select(*columns).where(self._mine, EventRow.position > after).order_by(EventRow.position)
            found = self._session.execute(query.limit(page))
            rows = [Handled(seq, position or 0, looks, document) for seq, position, looks, document in found]
            if not rows:
                return
            decided: dict[int, list[str]] = {row.seq: [] for row in rows}
            theirs = decisions.where(DecisionRow.event_seq.in_(decided))
            for seq, document in self._session.execute(theirs.order_by(DecisionRow.event_seq, DecisionRow.number)):
                decided[seq].append(document)
            for row in rows:
                yield row, decided[row.seq]
            after = rows[-1].position
