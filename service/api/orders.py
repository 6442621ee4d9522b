"""``/v1/stores/{id}/orders``: what became of the orders that were placed at a store."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel
from pydantic_core import from_json
from sqlalchemy.orm import Session

from dispatch.online import Status
from dispatch.record import Moment
from service.api.paging import After, Limit, page_of
from service.api.state import KNOWN_PARAMETERS, DatabaseOf
from service.auth import CallerOf, Scope, needs, no_store, see_store
from service.db.database import Database
from service.db.decisions import DecisionRepository
from service.db.fleets import FleetRepository
from service.db.models import OrderRow
from service.db.orders import OrderRepository
from service.live.plan import LiveOrder
from service.problems import InvalidRequest, NotFound, responses

router = APIRouter(
    prefix="/v1/stores/{store_id}/orders",
    tags=["live"],
    dependencies=[needs(Scope.LIVE_READ), KNOWN_PARAMETERS],
)

ENDS = frozenset({Status.DELIVERED, Status.FAILED, Status.CANCELLED, Status.GIVEN_UP})

OrderId = Annotated[str, Path(max_length=100)]


class StoreOrder(LiveOrder):
    """An order of a store: its place among all orders, its fleet, and how it stands or what became of it.

    ``order.promised_at`` is the promise, ``quoted_arrive_at`` what was said last, ``delivered_at`` when it was handed
    over, null if it was not.
    """

    seq: int
    fleet_id: str
    delivered_at: Moment | None = None


class OrderPage(BaseModel):
    """Orders in the sequence in which they were placed; ``next`` is the ``after`` of the next page, null at the end."""

    orders: list[StoreOrder]
    next: int | None


class _Standing:
    """How orders stand: those not at their end by the plan of their fleet, which is read once."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._lines: dict[str, dict[str, Any]] = {}

    def shown(self, row: OrderRow) -> str:
        """A ``StoreOrder`` as JSON."""
        line = self._living(row) or from_json(row.document)
        delivered_at = line["ended_at"] if line["status"] == Status.DELIVERED else None
        return json.dumps(
            line | {"seq": row.seq, "fleet_id": row.fleet_id, "delivered_at": delivered_at}, ensure_ascii=False
        )

    def _living(self, row: OrderRow) -> dict[str, Any] | None:
        if row.status in ENDS:
            return None
        if row.fleet_id not in self._lines:
            plan = DecisionRepository(self._session, row.fleet_id).plan()
            lines = [] if plan is None else from_json(plan.document)["orders"]
            self._lines[row.fleet_id] = {line["order"]["id"]: line for line in lines}
        found: dict[str, Any] | None = self._lines[row.fleet_id].get(row.order_id)
        return found


def _known(database: Database, store_id: str) -> None:
    """Raise ``NotFound`` for a store that never was in a fleet."""
    with database.transaction() as session:
        if not (store_id.isprintable() and FleetRepository(session).knows(store_id)):
            raise no_store(store_id)


@router.get("", response_model=OrderPage, responses=responses(NotFound, InvalidRequest))
def list_orders(
    store_id: str,
    caller: CallerOf,
    database: DatabaseOf,
    after: After = 0,
    limit: Limit = 100,
    status: Annotated[list[Status] | None, Query(max_length=20, description="only these; may be given again")] = None,
) -> Response:
    """The orders that were placed at a store, the earliest first; those of fleets that have ended are among them."""
    see_store(caller, store_id)
    _known(database, store_id)
    with database.transaction() as session:
        rows = OrderRepository(session).of_store(store_id, after, limit + 1, status)
        page, standing = rows[:limit], _Standing(session)
        lines = [standing.shown(row) for row in page]
    return page_of("orders", lines, page[-1].seq if len(rows) > limit else None)


@router.get("/{order_id:path}", response_model=StoreOrder, responses=responses(NotFound, InvalidRequest))
def read_order(store_id: str, order_id: OrderId, caller: CallerOf, database: DatabaseOf) -> Response:
    """One order: the last that was placed at the store under this id."""
    see_store(caller, store_id)
    _known(database, store_id)
    with database.transaction() as session:
        row = OrderRepository(session).latest(store_id, order_id)
        if row is None:
            raise NotFound(
                f"no order {order_id[:80]!r} was placed at {store_id!r}; GET /v1/stores/{store_id}/orders lists them"
            )
        return Response(_Standing(session).shown(row), media_type="application/json")
