"""The orders of live fleets in the database, as they stand."""

from collections.abc import Collection, Mapping

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dispatch.online import Status
from service.db.models import OrderRow
from service.live.plan import LiveOrder


class OrderRepository:
    """Orders within one transaction.

    Args:
        session: of ``Database.transaction``, or of ``Database.writing`` for what changes something.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def put(self, fleet_id: str, orders: Mapping[int, LiveOrder]) -> None:
        """Keep a fleet's orders as they are now, by the position of the event that placed each."""
        if not orders:
            return
        there = sa.select(OrderRow.placed, OrderRow.seq).where(
            OrderRow.fleet_id == fleet_id, OrderRow.placed.in_(orders)
        )
        known = dict(self._session.execute(there).all())
        states = {at: {"status": line.status, "document": line.model_dump_json()} for at, line in orders.items()}
        new = [
            {"fleet_id": fleet_id, "placed": at, "store_id": line.order.store_id, "order_id": line.order.id}
            | states[at]
            for at, line in sorted(orders.items())
            if at not in known
        ]
        if new:
            self._session.execute(sa.insert(OrderRow), new)
        if known:
            self._session.execute(sa.update(OrderRow), [{"seq": seq} | states[at] for at, seq in known.items()])

    def of_store(
        self, store_id: str, after: int, limit: int, statuses: Collection[Status] | None = None
    ) -> list[OrderRow]:
        """The orders placed at a store, in the sequence in which they were, from behind ``after`` on."""
        query = sa.select(OrderRow).where(OrderRow.store_id == store_id, OrderRow.seq > after)
        if statuses is not None:
            query = query.where(OrderRow.status.in_(statuses))
        return list(self._session.scalars(query.order_by(OrderRow.seq).limit(limit)))

    def latest(self, store_id: str, order_id: str) -> OrderRow | None:
        """The order of this id that was placed at a store last, None if none was."""
        query = sa.select(OrderRow).where(OrderRow.store_id == store_id, OrderRow.order_id == order_id)
        return self._session.scalar(query.order_by(OrderRow.seq.desc()).limit(1))
