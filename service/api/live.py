"""``/v1/fleets/{id}/plan``: a fleet's plan as it stands."""

from typing import Annotated

from fastapi import APIRouter, Header, Response

from service.api.fleets import FleetOf
from service.api.state import KNOWN_PARAMETERS, DatabaseOf
from service.auth import Scope, needs
from service.db.database import Database
from service.db.decisions import DecisionRepository
from service.db.models import LivePlanRow
from service.live import LivePlan
from service.problems import NotDone, NotFound, responses

router = APIRouter(prefix="/v1/fleets/{fleet_id}", tags=["live"], dependencies=[KNOWN_PARAMETERS])


def load_plan(database: Database, fleet_id: str) -> LivePlanRow:
    """The plan's row; ``NotDone`` before the fleet was first looked after."""
    with database.transaction() as session:
        row = DecisionRepository(session, fleet_id).plan()
    if row is None:
        raise NotDone(f"fleet {fleet_id!r} was not looked after yet; ask again in some seconds")
    return row


def etag_of(revision: int) -> str:
    """The entity tag of a revision."""
    return f'"{revision}"'


def _matches(tags: str, etag: str) -> bool:
    """Whether an If-None-Match header names the tag; weak tags count, as RFC 9110 has it for this header."""
    return any(tag.strip().removeprefix("W/") in {etag, "*"} for tag in tags.split(","))


@router.get(
    "/plan",
    dependencies=[needs(Scope.LIVE_READ)],
    response_model=LivePlan,
    responses={304: {"description": "The plan is still the one that you have."}, **responses(NotFound, NotDone)},
)
def read_live_plan(
    fleet: FleetOf,
    database: DatabaseOf,
    if_none_match: Annotated[str | None, Header(description="the ETag of the plan that you have")] = None,
) -> Response:
    """Orders, vehicles and trips as they stand, and the trips that would be made next. Its ETag is its revision."""
    row = load_plan(database, fleet.id)
    etag = etag_of(row.revision)
    headers = {"ETag": etag, "Cache-Control": "no-cache"}
    if if_none_match is not None and _matches(if_none_match, etag):
        return Response(status_code=304, headers=headers)
    return Response(row.document, headers=headers, media_type="application/json")
