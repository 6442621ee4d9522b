"""The plans in the database."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.orm import Session, load_only

from service.db.models import PlanRow, PlanStoreRow, Status

INTERRUPTED = "the server stopped while it was solving this; send the request again"


class PlanRepository:
    """Plans within one transaction.

    Args:
        session: of ``Database.transaction``.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, request: str, answer: Mapping[str, str] | None = None, *, stores: Iterable[str] = ()) -> PlanRow:
        """Insert a request: ``solving``, or ``done`` with its ``answer`` (``plan``, ``geojson``, ``carbon``).

        ``stores`` are the request's; without them it is seen only by who sees all stores.
        """
        status = Status.SOLVING if answer is None else Status.DONE
        row = PlanRow(id=uuid4().hex, created_at=datetime.now(UTC), status=status, request=request, **(answer or {}))
        self._session.add(row)
        self._session.flush()
        self._session.add_all(PlanStoreRow(plan_id=row.id, store_id=store) for store in set(stores))
        return row

    def get(self, plan_id: str, seen: Collection[str] | None = None) -> PlanRow | None:
        """The row, or None if there is none, or its stores are not all among those ``seen``."""
        return self._session.scalar(sa.select(PlanRow).where(PlanRow.id == plan_id, *_only(seen)))

    def newest(
        self,
        limit: int,
        status: Status | None = None,
        seen: Collection[str] | None = None,
        *,
        before: PlanRow | None = None,
    ) -> list[PlanRow]:
        """The newest plans of stores that are ``seen`` first, or those older than ``before``; no document is read."""
        query = sa.select(PlanRow).options(load_only(PlanRow.id, PlanRow.created_at, PlanRow.status, PlanRow.error))
        if status is not None:
            query = query.where(PlanRow.status == status)
        if before is not None:
            earlier = sa.and_(PlanRow.created_at == before.created_at, PlanRow.id > before.id)
            query = query.where(sa.or_(PlanRow.created_at < before.created_at, earlier))
        query = query.where(*_only(seen))
        return list(self._session.scalars(query.order_by(PlanRow.created_at.desc(), PlanRow.id).limit(limit)))

    def done(self) -> Iterator[tuple[str, str, str]]:
        """Id, request and plan of every plan that is done, as JSON text, in the order they were stored."""
        query = sa.select(PlanRow.id, PlanRow.request, PlanRow.plan).where(PlanRow.status == Status.DONE)
        ordered = query.order_by(PlanRow.created_at, PlanRow.id).execution_options(yield_per=100)
        for plan_id, request, plan in self._session.execute(ordered):
            yield plan_id, request, plan or ""

    def stores(self) -> list[str]:
        """The stores of every plan, by id."""
        return list(self._session.scalars(sa.select(PlanStoreRow.store_id).distinct().order_by(PlanStoreRow.store_id)))

    def done_of(self, stores: Collection[str]) -> Iterator[tuple[str, str, str]]:
        """As ``done``, those of one of the stores alone."""
        mine = sa.select(PlanStoreRow.plan_id).where(PlanStoreRow.store_id.in_(stores))
        query = sa.select(PlanRow.id, PlanRow.request, PlanRow.plan).where(PlanRow.status == Status.DONE)
        ordered = query.where(PlanRow.id.in_(mine)).order_by(PlanRow.created_at, PlanRow.id)
        for plan_id, request, plan in self._session.execute(ordered.execution_options(yield_per=100)):
            yield plan_id, request, plan or ""

    def finish(self, plan_id: str, answer: Mapping[str, str]) -> None:
        """Store the answer and mark the plan ``done``."""
        self._session.execute(
            sa.update(PlanRow).where(PlanRow.id == plan_id).values(status=Status.DONE, error=None, **answer)
        )

    def fail(self, plan_id: str, error: str) -> None:
        """Mark the plan ``failed`` with a sentence that says why."""
        self._session.execute(sa.update(PlanRow).where(PlanRow.id == plan_id).values(status=Status.FAILED, error=error))

    def drop(self, plan_id: str) -> None:
        """Forget a request that turned out not to be one."""
        self._session.execute(sa.delete(PlanStoreRow).where(PlanStoreRow.plan_id == plan_id))
        self._session.execute(sa.delete(PlanRow).where(PlanRow.id == plan_id))

    def fail_interrupted(self, older_than: timedelta = timedelta()) -> int:
        """Mark what a dead server left ``solving`` as failed, if it is so old; returns how many there were."""
        began_before = datetime.now(UTC) - older_than
        interrupted = sa.update(PlanRow).where(PlanRow.status == Status.SOLVING, PlanRow.created_at <= began_before)
        ids = self._session.scalars(interrupted.values(status=Status.FAILED, error=INTERRUPTED).returning(PlanRow.id))
        return len(ids.all())


def _only(seen: Collection[str] | None) -> tuple[sa.ColumnElement[bool], ...]:
    """The plans all of whose stores are ``seen``, and that have any; None is no restriction."""
    if seen is None:
        return ()
    stores = sa.select(PlanStoreRow.store_id).where(PlanStoreRow.plan_id == PlanRow.id)
    return stores.exists(), ~stores.where(PlanStoreRow.store_id.not_in(seen)).exists()
