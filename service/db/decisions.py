"""The decisions in the database, and the live plan that came of them."""

from collections.abc import Collection, Iterator, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dispatch.online import Decision
from service.db.models import DecisionRow, EventRow, LivePlanRow


class DecisionRepository:
    """A fleet's decisions and its live plan within one transaction.

    Args:
        session: of ``Database.transaction`` or ``Database.writing``.
        fleet_id: of the fleet.
    """

    def __init__(self, session: Session, fleet_id: str) -> None:
        self._session = session
        self._fleet_id = fleet_id

    def add(self, event_seq: int, decisions: Sequence[Decision]) -> None:
        """Store what was decided on an event."""
        rows = [
            {
                "fleet_id": self._fleet_id,
                "event_seq": event_seq,
                "number": number,
                "kind": decision.kind,
                "document": decision.model_dump_json(),
            }
            for number, decision in enumerate(decisions)
        ]
        if rows:
            self._session.execute(sa.insert(DecisionRow), rows)

    def after(self, seq: int, limit: int, kinds: Sequence[str] | None = None) -> list[DecisionRow]:
        """Decisions in their sequence, from behind ``seq`` on, of some kinds or all."""
        query = sa.select(DecisionRow).where(DecisionRow.fleet_id == self._fleet_id, DecisionRow.seq > seq)
        if kinds is not None:
            query = query.where(DecisionRow.kind.in_(kinds))
        return list(self._session.scalars(query.order_by(DecisionRow.seq).limit(limit)))

    def on(self, event_seqs: Sequence[int]) -> list[DecisionRow]:
        """What was decided on these events."""
        query = sa.select(DecisionRow).where(DecisionRow.event_seq.in_(event_seqs))
        return list(self._session.scalars(query.order_by(DecisionRow.seq)))

    def between(self, first: int, until: int, kinds: Collection[str]) -> Iterator[tuple[int, str]]:
        """Decisions of some kinds on the events from position ``first`` to before ``until``: position and document."""
        query = sa.select(EventRow.position, DecisionRow.document).join(EventRow, EventRow.seq == DecisionRow.event_seq)
        query = query.where(
            EventRow.fleet_id == self._fleet_id,
            EventRow.position >= first,
            EventRow.position < until,
            DecisionRow.kind.in_(kinds),
        )
        ordered = query.order_by(EventRow.position, DecisionRow.number).execution_options(yield_per=500)
        for position, document in self._session.execute(ordered):
            yield position or 0, document

    def last_seq(self) -> int:
        """The number of the last decision, 0 if there is none."""
        query = sa.select(sa.func.max(DecisionRow.seq)).where(DecisionRow.fleet_id == self._fleet_id)
        return self._session.scalar(query) or 0

    def plan(self) -> LivePlanRow | None:
        """The plan as it stands; None before the first event was handled."""
        return self._session.get(LivePlanRow, self._fleet_id)

    def revision(self) -> int:
        """The revision of the plan, 0 if there is none."""
        query = sa.select(LivePlanRow.revision).where(LivePlanRow.fleet_id == self._fleet_id)
        return self._session.scalar(query) or 0

    def put_plan(self, revision: int, document: str) -> None:
        """Replace the plan."""
        values = {"revision": revision, "document": document}
        replaced = sa.update(LivePlanRow).where(LivePlanRow.fleet_id == self._fleet_id).values(values)
        if self._session.scalar(replaced.returning(LivePlanRow.fleet_id)) is None:
            self._session.execute(sa.insert(LivePlanRow).values(fleet_id=self._fleet_id, **values))
