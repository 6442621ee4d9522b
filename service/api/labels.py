"""``/v1/plans/{id}/orders/{order}/label``: what one order emitted, for a receipt or an app."""

from fastapi import APIRouter, Response
from fastapi.concurrency import run_in_threadpool

import carbon
from carbon.reports import OrderLabel, label_svg
from service.api.plans import load
from service.api.state import KNOWN_PARAMETERS, DatabaseOf
from service.auth import Caller, CallerOf, Scope, needs
from service.db.database import Database
from service.labels import label_of
from service.problems import NotDone, NotFound, responses

router = APIRouter(
    prefix="/v1/plans/{plan_id}/orders/{order_id:path}",  # ids may have a slash
    tags=["plans"],
    dependencies=[needs(Scope.CARBON_READ), KNOWN_PARAMETERS],
)


@router.get("/label", responses=responses(NotFound, NotDone))
async def read_label(plan_id: str, order_id: str, caller: CallerOf, database: DatabaseOf) -> OrderLabel:
    """An order's estimate, transport and packaging apart, with its range."""
    return await run_in_threadpool(_label, database, plan_id, order_id, caller)


@router.get(
    "/label.svg",
    response_class=Response,
    responses={200: {"content": {"image/svg+xml": {}}, "description": "The card."}, **responses(NotFound, NotDone)},
)
async def draw_label(plan_id: str, order_id: str, caller: CallerOf, database: DatabaseOf) -> Response:
    """The same as a card of 320 by 206 px."""
    label = await run_in_threadpool(_label, database, plan_id, order_id, caller)
    return Response(label_svg(label), media_type="image/svg+xml")


def _label(database: Database, plan_id: str, order_id: str, caller: Caller) -> OrderLabel:
    row = load(database, plan_id, caller)
    if row.carbon is None:
        raise NotDone(f"plan {row.id} is {row.status}: {row.error or 'ask again shortly'}")
    label = label_of(carbon.Report.model_validate_json(row.carbon), order_id)
    if label is None:
        raise NotFound(
            f"plan {row.id} serves no order {order_id[:80]!r}; GET /v1/plans/{row.id}/carbon lists those served"
        )
    return label
