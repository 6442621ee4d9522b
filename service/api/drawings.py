"""``/v1/fleets/{id}/plan.geojson``: the trips of a fleet's plan along the streets."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel

from service import drawing
from service.api.documents import GeoJson
from service.api.fleets import FleetOf
from service.api.live import etag_of, load_plan
from service.api.state import KNOWN_PARAMETERS, DatabaseOf, HungUp, SettingsOf, WorkersOf
from service.auth import Scope, needs
from service.problems import SOLVED, NotDone, NotFound, responses

router = APIRouter(prefix="/v1/fleets/{fleet_id}", tags=["live"], dependencies=[KNOWN_PARAMETERS])


class TripCollection(BaseModel):
    """A GeoJSON FeatureCollection of lines; ``places`` are the points that are the store, the stops, the store."""

    type: str
    features: list[dict[str, Any]]


@router.get(
    "/plan.geojson",
    response_class=GeoJson,
    response_model=TripCollection,
    responses={
        304: {"description": "The plan is still the one that you have."},
        **responses(NotFound, NotDone, *SOLVED),
    },
    dependencies=[needs(Scope.LIVE_READ)],
)
async def read_drawing(
    fleet: FleetOf,
    database: DatabaseOf,
    settings: SettingsOf,
    workers: WorkersOf,
    hung_up: HungUp,
    if_none_match: Annotated[str | None, Header(description="the ETag of the drawing that you have")] = None,
) -> Response:
    """The committed and proposed trips as lines along the streets. Its ETag is the revision of the plan it draws."""
    row = await run_in_threadpool(load_plan, database, fleet.id)
    headers = {"ETag": etag_of(row.revision), "Cache-Control": "no-cache"}
    if if_none_match is not None and headers["ETag"] in if_none_match:
        return Response(status_code=304, headers=headers)
    drawn = await workers.run(drawing.draw_live_plan, row.document, fleet.setup, settings.map_files, hung_up=hung_up)
    return Response(drawn, headers=headers, media_type=GeoJson.media_type)
