"""``/v1/stores/{id}/plan``: what of its fleet's live plan concerns one store."""

from fastapi import APIRouter, Response

from service.api.fleets import fleet_of
from service.api.live import NOT_MODIFIED, IfNoneMatch, load_plan, unless_known
from service.api.state import KNOWN_PARAMETERS, DatabaseOf
from service.auth import CallerOf, Scope, needs, see_store
from service.live import LivePlan
from service.live.store_plan import StorePlan, plan_of_store
from service.problems import NotDone, NotFound, responses

router = APIRouter(prefix="/v1/stores/{store_id}", tags=["live"], dependencies=[KNOWN_PARAMETERS])


@router.get(
    "/plan",
    dependencies=[needs(Scope.LIVE_READ)],
    response_model=StorePlan,
    responses={**NOT_MODIFIED, **responses(NotFound, NotDone)},
)
def read_store_plan(
    store_id: str, caller: CallerOf, database: DatabaseOf, if_none_match: IfNoneMatch = None
) -> Response:
    """One store's orders, vehicles and trips as they stand, whatever else its fleet dispatches.

    Its ETag is the revision of the fleet's plan, which is changed by whoever sees the whole of it.
    """
    see_store(caller, store_id)
    row = load_plan(database, fleet_of(database, store_id))

    def part() -> str:
        return plan_of_store(LivePlan.model_validate_json(row.document), store_id).model_dump_json()

    return unless_known(row.revision, if_none_match, part)
