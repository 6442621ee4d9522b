"""The studies in the database and their finished runs."""

import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.orm import Session, load_only

from service.db.models import RunRow, StudyRow, StudyStatus

LEASE = timedelta(seconds=12)
"""How long a process has a study to itself without a word; after that another takes it over."""

MOST_OPEN = 200
"""Of the same stores, so that nobody's queue keeps all others waiting for days."""

OPEN = (StudyStatus.QUEUED, StudyStatus.RUNNING)


class TooManyOpenError(Exception):
    """Raised when the queue has its share of studies of some stores; says the way out."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A study that this process is to make."""

    id: str
    kind: str
    request: str


class StudyRepository:
    """Studies within one transaction.

    What a process writes to a study that it makes is refused (False comes back) once the study was canceled, or taken
    over by another process.

    Args:
        session: of ``Database.transaction``.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, kind: str, request: str, stores: Iterable[str] | None) -> StudyRow:
        """Put a study in the queue; ``stores`` are those that a key must see to see it, None is all.

        Raises:
            TooManyOpenError: if ``MOST_OPEN`` of the same stores are not over yet.
        """
        text = None if stores is None else json.dumps(sorted(stores))
        same = StudyRow.stores.is_(None) if text is None else StudyRow.stores == text
        counted = sa.select(sa.func.count()).where(StudyRow.status.in_(OPEN), same)
        if (self._session.scalar(counted) or 0) >= MOST_OPEN:
            raise TooManyOpenError(f"{MOST_OPEN} studies of the same stores are not over yet; wait, or cancel some")
        row = StudyRow(
            id=uuid4().hex,
            kind=kind,
            created_at=datetime.now(UTC),
            status=StudyStatus.QUEUED,
            request=request,
            stores=text,
        )
        self._session.add(row)
        self._session.flush()
        return row

    def get(self, study_id: str) -> StudyRow | None:
        """The row, or None."""
        return self._session.get(StudyRow, study_id)

    def newest(
        self, *, before: StudyRow | None = None, status: StudyStatus | None = None, kind: str | None = None
    ) -> Iterator[StudyRow]:
        """The newest studies first, or those older than ``before``; their documents are left in the database."""
        query = sa.select(StudyRow).options(
            load_only(
                StudyRow.id,
                StudyRow.kind,
                StudyRow.created_at,
                StudyRow.status,
                StudyRow.stores,
                StudyRow.done_runs,
                StudyRow.all_runs,
                StudyRow.error,
            )
        )
        if status is not None:
            query = query.where(StudyRow.status == status)
        if kind is not None:
            query = query.where(StudyRow.kind == kind)
        if before is not None:
            earlier = sa.and_(StudyRow.created_at == before.created_at, StudyRow.id < before.id)
            query = query.where(sa.or_(StudyRow.created_at < before.created_at, earlier))
        ordered = query.order_by(StudyRow.created_at.desc(), StudyRow.id.desc()).execution_options(yield_per=100)
        with self._session.scalars(ordered) as rows:  # closed by who stops early, too
            yield from rows

    def count(self) -> dict[str, int]:
        """How many studies there are, by status."""
        counted = sa.select(StudyRow.status, sa.func.count()).group_by(StudyRow.status)
        return {status: count for status, count in self._session.execute(counted)}  # noqa: C416 - rows are no pairs

    def claim(self, owner: str, kinds: Collection[str]) -> Claimed | None:
        """Take the oldest study that nobody makes; None if there is none.

        Nobody makes those in the queue and those whose lease is over. A lease that ends much later than one begun now
        was written under a clock that was wrong, and is over too.
        """
        now = datetime.now(UTC)
        left = sa.or_(
            StudyRow.leased_until.is_(None), StudyRow.leased_until < now, StudyRow.leased_until > now + 2 * LEASE
        )
        free = sa.or_(StudyRow.status == StudyStatus.QUEUED, sa.and_(StudyRow.status == StudyStatus.RUNNING, left))
        oldest = (
            sa.select(StudyRow.id)
            .where(free, StudyRow.kind.in_(kinds))
            .order_by(StudyRow.created_at, StudyRow.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        taken = (
            sa.update(StudyRow)
            .where(StudyRow.id == oldest.scalar_subquery())
            .values(status=StudyStatus.RUNNING, owner=owner, leased_until=now + LEASE)
            .returning(StudyRow.id, StudyRow.kind, StudyRow.request)
        )
        row = self._session.execute(taken).one_or_none()
        return row and Claimed(*row)

    def renew(self, study_id: str, owner: str) -> bool:
        """Keep a study for another while."""
        return self._write(study_id, owner, leased_until=datetime.now(UTC) + LEASE)

    def plan(self, study_id: str, owner: str, all_runs: int) -> bool:
        """Say how many runs it will take at the most."""
        return self._write(study_id, owner, all_runs=all_runs)

    def run(self, study_id: str, key: str) -> str | None:
        """The document of a finished run, or None."""
        return self._session.scalar(sa.select(RunRow.document).where(RunRow.study_id == study_id, RunRow.key == key))

    def keep(self, study_id: str, owner: str, key: str, document: str) -> bool:
        """Keep a finished run and count it."""
        if not self._write(study_id, owner, done_runs=StudyRow.done_runs + 1):
            return False
        self._session.execute(sa.insert(RunRow).values(study_id=study_id, key=key, document=document))
        return True

    def finish(self, study_id: str, owner: str, result: str, runs: int | None = None) -> bool:
        """Keep the result; ``runs`` is how many it took, those that were kept if left out."""
        done = StudyRow.done_runs if runs is None else runs
        return self._write(
            study_id, owner, status=StudyStatus.DONE, result=result, done_runs=done, all_runs=done, owner=None
        )

    def fail(self, study_id: str, owner: str, error: str) -> bool:
        """Mark it failed with a sentence that says why."""
        return self._write(study_id, owner, status=StudyStatus.FAILED, error=error, owner=None)

    def release(self, study_id: str, owner: str) -> bool:
        """Leave it to whoever comes first."""
        return self._write(study_id, owner, owner=None, leased_until=None)

    def cancel(self, study_id: str) -> None:
        """Stop it if it is not over; its finished runs are kept."""
        self._session.execute(
            sa.update(StudyRow)
            .where(StudyRow.id == study_id, StudyRow.status.in_(OPEN))
            .values(status=StudyStatus.CANCELED, owner=None, leased_until=None)
        )

    def _write(self, study_id: str, owned_by: str, /, **values: object) -> bool:
        """Write to a study that ``owned_by`` makes; False if it is its no longer."""
        own = sa.update(StudyRow).where(
            StudyRow.id == study_id, StudyRow.owner == owned_by, StudyRow.status == StudyStatus.RUNNING
        )
        # The database looks at the rows; no session holds one of them here.
        written = own.values(**values).returning(StudyRow.id).execution_options(synchronize_session=False)
        return self._session.scalar(written) is not None
