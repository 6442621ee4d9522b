"""``/v1/fleets/{id}/demand.geojson``: where a fleet's next orders are expected, learnt from those that it had."""

import json
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import AwareDatetime, BaseModel

from dispatch import Fault
from dispatch.forecast import ForecastError
from dispatch.forecast.history import zone_of
from service import heat
from service.api.fleets import FleetOf
from service.api.state import KNOWN_PARAMETERS, DatabaseOf, HungUp, WorkersOf
from service.auth import Scope, needs
from service.db.database import Database
from service.db.events import EventRepository
from service.problems import InvalidRequest, NotDone, NotFound, Unavailable, invalid, responses

router = APIRouter(prefix="/v1/fleets/{fleet_id}", tags=["live"], dependencies=[KNOWN_PARAMETERS])

EARLIEST, LATEST = datetime(1970, 1, 2, tzinfo=UTC), datetime(2999, 12, 31, tzinfo=UTC)
READ = 50_000
"""So many of the fleet's latest events are looked through for orders."""


class DemandCollection(BaseModel):
    """A GeoJSON FeatureCollection of hexagons with ``cell``, ``expected``, ``low`` and ``high`` orders."""

    type: str
    features: list[dict[str, Any]]


def _placed(database: Database, fleet_id: str) -> heat.Placed:
    with database.transaction() as session:
        documents = EventRepository(session, fleet_id).latest(READ)
    orders = (event["order"] for event in map(json.loads, documents) if event["kind"] == "order_placed")
    return [(*order["location"], datetime.fromisoformat(order["placed_at"]).timestamp()) for order in orders]


@router.get(
    "/demand.geojson",
    dependencies=[needs(Scope.OPS_READ)],
    response_model=DemandCollection,
    responses=responses(NotFound, NotDone, InvalidRequest, Unavailable),
)
async def read_demand(
    fleet: FleetOf,
    database: DatabaseOf,
    workers: WorkersOf,
    hung_up: HungUp,
    at: Annotated[
        AwareDatetime | None,
        Query(ge=EARLIEST, le=LATEST, description="a moment of the quarter hour; null is now"),
    ] = None,
    timezone: Annotated[str, Query(max_length=60, description="IANA name or offset whose hours count")] = "+00:00",
) -> Response:
    """The orders to expect in a quarter hour, by hexagon, as the fleet's own history has it."""
    placed = await run_in_threadpool(_placed, database, fleet.id)
    if not placed:
        raise NotDone(f"fleet {fleet.id!r} had no order yet, so there is nothing to learn from")
    try:
        zone_of(timezone)
    except ForecastError as error:
        raise invalid([Fault(path="query.timezone", text=str(error))]) from None
    try:
        drawn = await workers.run(heat.demand_map, placed, timezone, at or datetime.now(UTC), hung_up=hung_up)
    except ForecastError as error:
        raise NotDone(f"the orders of fleet {fleet.id!r} are no history to learn from: {error}") from None
    return Response(drawn, headers={"Cache-Control": "private, max-age=60"}, media_type="application/geo+json")
