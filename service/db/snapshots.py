"""The snapshots in the database: at most one a fleet."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.db.models import SnapshotRow


class SnapshotRepository:
    """A fleet's snapshot within one transaction.

    Args:
        session: of ``Database.transaction`` or ``Database.writing``.
        fleet_id: of the fleet.
    """

    def __init__(self, session: Session, fleet_id: str) -> None:
        self._session = session
        self._fleet_id = fleet_id

    def get(self) -> SnapshotRow | None:
        """The row, or None."""
        return self._session.get(SnapshotRow, self._fleet_id)

    def put(self, position: int, form: str, document: bytes) -> None:
        """Replace it."""
        values = {"position": position, "format": form, "document": document}
        replaced = sa.update(SnapshotRow).where(SnapshotRow.fleet_id == self._fleet_id).values(values)
        if self._session.scalar(replaced.returning(SnapshotRow.fleet_id)) is None:
            self._session.execute(sa.insert(SnapshotRow).values(fleet_id=self._fleet_id, **values))
