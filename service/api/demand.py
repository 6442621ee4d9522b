"""``/v1/fleets/{id}/demand.geojson`` and ``/hints``: where orders are expected, and where to wait for them.

Both are learnt from the orders that the fleet had.
"""

import json
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import AwareDatetime, BaseModel

from dispatch import Fault
from dispatch.forecast import ForecastError
from dispatch.forecast.history import zone_of
from dispatch.online import Setup
from dispatch.online.learning import REMEMBERED
from service import heat
from service.api.documents import GeoJson
from service.api.fleets import FleetOf
from service.api.live import load_plan
from service.api.state import KNOWN_PARAMETERS, DatabaseOf, HungUp, WorkersOf
from service.auth import Scope, needs
from service.db.database import Database
from service.db.events import EventRepository
from service.db.models import FleetRow
from service.problems import SOLVED, InvalidRequest, NotDone, NotFound, invalid, responses

router = APIRouter(prefix="/v1/fleets/{fleet_id}", tags=["live"], dependencies=[KNOWN_PARAMETERS])

EARLIEST, LATEST = datetime(1970, 1, 2, tzinfo=UTC), datetime(2999, 12, 31, tzinfo=UTC)
TimezoneOf = Annotated[
    str | None,
    Query(max_length=60, description="IANA name or offset whose hours count; null is the fleet's own, else UTC"),
]
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
    placed = [(*order["location"], datetime.fromisoformat(order["placed_at"]).timestamp()) for order in orders]
    now = datetime.now(UTC)
    first_s, last_s = (now - REMEMBERED).timestamp(), now.timestamp()
    believed = [each for each in placed if first_s <= each[2] <= last_s]  # one with a wrong date spoils no history
    if not believed:
        raise NotDone(f"fleet {fleet_id!r} had no order in {REMEMBERED.days} days, so there is nothing to learn from")
    return believed


def _zone(fleet: FleetRow, asked: str | None) -> str:
    """The time zone asked for, else the fleet's own, else UTC. Raises ``InvalidRequest`` if there is none such."""
    zone = asked or Setup.model_validate_json(fleet.setup).timezone or "+00:00"
    try:
        zone_of(zone)
    except ForecastError as error:
        raise invalid([Fault(path="query.timezone", text=str(error))]) from None
    return zone


def _no_history(fleet_id: str, error: ForecastError) -> NotDone:
    return NotDone(f"the orders of fleet {fleet_id!r} are no history to learn from: {error}")


@router.get(
    "/demand.geojson",
    dependencies=[needs(Scope.OPS_READ)],
    response_class=GeoJson,
    response_model=DemandCollection,
    responses=responses(NotFound, NotDone, InvalidRequest, *SOLVED),
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
    timezone: TimezoneOf = None,
) -> Response:
    """The orders to expect in a quarter hour, by hexagon, as the fleet's own history has it."""
    zone = _zone(fleet, timezone)
    placed = await run_in_threadpool(_placed, database, fleet.id)
    try:
        drawn = await workers.run(heat.demand_map, placed, zone, at or datetime.now(UTC), hung_up=hung_up)
    except ForecastError as error:
        raise _no_history(fleet.id, error) from None
    return Response(drawn, headers={"Cache-Control": "private, max-age=60"}, media_type=GeoJson.media_type)


@router.get(
    "/hints",
    dependencies=[needs(Scope.LIVE_READ)],
    response_model=heat.Waiting,
    responses=responses(NotFound, NotDone, InvalidRequest, *SOLVED),
)
async def read_hints(
    fleet: FleetOf,
    database: DatabaseOf,
    workers: WorkersOf,
    hung_up: HungUp,
    ahead_min: Annotated[int, Query(ge=1, le=240, description="the orders of so many minutes count")] = 30,
    timezone: TimezoneOf = None,
) -> Response:
    """Where idle riders should wait, and why: close to the orders to come, and not all in one place.

    A rider moves only if the orders that it would reach are worth the way: a tenth of an order a kilometre. It waits at
    a store that is open and that it may start trips from. Once there, say so by `vehicle_located` with the store's id.
    """
    zone = _zone(fleet, timezone)
    placed = await run_in_threadpool(_placed, database, fleet.id)
    plan = await run_in_threadpool(load_plan, database, fleet.id)
    try:
        told = await workers.run(
            heat.waiting, placed, zone, plan.document, datetime.now(UTC), ahead_min, hung_up=hung_up
        )
    except ForecastError as error:
        raise _no_history(fleet.id, error) from None
    return Response(told, headers={"Cache-Control": "no-cache"}, media_type="application/json")
