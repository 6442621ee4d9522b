"""The fleets in the database: their stores, and who dispatches them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.db.models import FleetRow, StoreRow


class LeaseLostError(Exception):
    """Raised when a process writes for a fleet that has ended, or that another has taken over; nothing is kept."""


class EndedError(Exception):
    """Raised when something is written for a fleet that nobody dispatches any more; nothing of it is kept."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to dispatch a fleet: of the process ``owner``, in its ``term``, as it was renewed ``until`` last."""

    fleet_id: str
    owner: str | None
    term: int
    until: datetime | None


class FleetRepository:
    """Fleets within one transaction.

    Args:
        session: of ``Database.transaction``, or of ``Database.writing`` for what changes something.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, fleet_id: str, setup: str, store_ids: Iterable[str]) -> FleetRow:
        """Insert a fleet whose id and stores are free: see ``taken``."""
        row = FleetRow(id=fleet_id, created_at=datetime.now(UTC), setup=setup, term=0)
        self._session.add(row)
        self._session.flush()
        self._session.add_all(StoreRow(id=store_id, fleet_id=fleet_id) for store_id in store_ids)
        self._session.flush()
        return row

    def get(self, fleet_id: str) -> FleetRow | None:
        """The row, or None."""
        return self._session.get(FleetRow, fleet_id)

    def all(self, *, ended: bool = False) -> list[FleetRow]:
        """Every fleet that has not ended, or that has, by id."""
        over = FleetRow.ended_at.is_not(None) if ended else FleetRow.ended_at.is_(None)
        return list(self._session.scalars(sa.select(FleetRow).where(over).order_by(FleetRow.id)))

    def stores(self, fleet_id: str | None = None) -> list[StoreRow]:
        """The stores of a fleet, ended or not, or of all fleets, by id."""
        query = sa.select(StoreRow).order_by(StoreRow.id, StoreRow.fleet_id)
        return list(self._session.scalars(query if fleet_id is None else query.where(StoreRow.fleet_id == fleet_id)))

    def store(self, store_id: str) -> StoreRow | None:
        """The store in the fleet that it belongs to, None if it belongs to none."""
        return self._session.scalar(sa.select(StoreRow).where(StoreRow.id == store_id, ~StoreRow.freed))

    def knows(self, store_id: str) -> bool:
        """Whether there is such a store, or was: in a fleet that has ended."""
        return self._session.scalar(sa.select(StoreRow.id).where(StoreRow.id == store_id).limit(1)) is not None

    def taken(self, store_ids: Sequence[str]) -> dict[str, str]:
        """Those of the stores that belong to a fleet already, with that fleet's id."""
        query = sa.select(StoreRow.id, StoreRow.fleet_id).where(StoreRow.id.in_(store_ids), ~StoreRow.freed)
        return dict(self._session.execute(query).all())

    def end(self, row: FleetRow) -> None:
        """End the dispatch of a locked fleet for good: who dispatches it has lost its lease, its stores are free."""
        row.owner, row.leased_until, row.term, row.ended_at = None, None, row.term + 1, datetime.now(UTC)
        self._session.execute(sa.update(StoreRow).where(StoreRow.fleet_id == row.id).values(freed=True))
        self._session.flush()

    def lock(self, fleet_id: str) -> FleetRow | None:
        """The row, held until the transaction ends: what is written for one fleet is written one after another.

        So the numbers of its events and decisions become visible in their sequence, and whoever reads on from the last
        number it saw misses none.
        """
        return self._session.get(FleetRow, fleet_id, with_for_update={"key_share": True}, populate_existing=True)

    def lock_living(self, fleet_id: str) -> FleetRow:
        """The same for whoever tells a fleet of something. Raises ``EndedError`` if it has ended, or never was."""
        row = self.lock(fleet_id)
        if row is None or row.ended_at is not None:
            raise EndedError(f"fleet {fleet_id!r} has ended")
        return row

    def fence(self, lease: Lease) -> None:
        """Lock a fleet for its dispatcher.

        Raises:
            LeaseLostError: if ``lease`` is over.
        """
        row = self.lock(lease.fleet_id)
        if row is None or (row.owner, row.term) != (lease.owner, lease.term):
            raise LeaseLostError(f"fleet {lease.fleet_id!r} is dispatched by another process")

    def leases(self) -> list[Lease]:
        """The lease of every fleet that has not ended."""
        query = sa.select(FleetRow.id, FleetRow.owner, FleetRow.term, FleetRow.leased_until)
        rows = self._session.execute(query.where(FleetRow.ended_at.is_(None)).order_by(FleetRow.id))
        return [Lease(*row) for row in rows]

    def claim(self, seen: Lease, owner: str, until: datetime) -> Lease | None:
        """Take a fleet over from the lease that was ``seen``; None if that has changed meanwhile."""
        row = self.lock(seen.fleet_id)
        if row is None or (row.owner, row.term, row.leased_until) != (seen.owner, seen.term, seen.until):
            return None
        row.owner, row.term, row.leased_until = owner, row.term + 1, until
        self._session.flush()
        return Lease(row.id, owner, row.term, until)

    def renew(self, owner: str, until: datetime) -> dict[str, int]:
        """Extend every lease of ``owner``; returns the terms by fleet."""
        renewed = sa.update(FleetRow).where(FleetRow.owner == owner).values(leased_until=until)
        rows = self._session.execute(renewed.returning(FleetRow.id, FleetRow.term))
        return dict(rows.all())

    def give_back(self, owner: str, fleet_id: str | None = None) -> None:
        """Free a fleet of ``owner``, or all, for others to take at once."""
        freed = sa.update(FleetRow).where(FleetRow.owner == owner).values(owner=None, leased_until=None)
        self._session.execute(freed if fleet_id is None else freed.where(FleetRow.id == fleet_id))
