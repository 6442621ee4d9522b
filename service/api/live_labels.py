"""``/v1/stores/{id}/orders/{order}/label``: what one order that was dispatched live emitted."""

from datetime import date, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response
from fastapi.concurrency import run_in_threadpool
from pydantic_core import from_json

from carbon.reports import OrderLabel, Period, label_svg
from dispatch.online import Status
from service import footprints
from service.api.state import KNOWN_PARAMETERS, DatabaseOf, HungUp, SettingsOf, WorkersOf
from service.auth import CallerOf, Scope, needs, see_store
from service.db.database import Database
from service.db.fleets import FleetRepository
from service.db.orders import OrderRepository
from service.live.ridden import Row, read_ridden
from service.problems import InvalidRequest, NotDone, NotFound, Unavailable, responses

router = APIRouter(
    prefix="/v1/stores/{store_id}/orders/{order_id:path}",  # ids may have a slash
    tags=["carbon"],
    dependencies=[needs(Scope.CARBON_READ), KNOWN_PARAMETERS],
)

OrderId = Annotated[str, Path(max_length=100)]


def _ride(database: Database, store_id: str, order_id: str) -> tuple[Row, list[str], date] | None:
    """The rides among which an order was delivered, the stores of its fleet, and the day; None if none is known."""
    with database.transaction() as session:
        row = OrderRepository(session).latest(store_id, order_id) if store_id.isprintable() else None
        if row is None:
            raise NotFound(f"no order {order_id[:80]!r} was placed at {store_id[:80]!r}")
        if row.status != Status.DELIVERED:
            raise NotDone(f"order {order_id!r} is {row.status}; it has a label once it is delivered")
        day = datetime.fromisoformat(from_json(row.document)["ended_at"]).date()
        stores = [each.id for each in FleetRepository(session).stores(row.fleet_id)]
        rides = [
            (name, request, trips)
            for name, request, trips in read_ridden(session, row.fleet_id, stores, _about(day))
            if any(stop["order_id"] == order_id for trip in from_json(trips)["trips"] for stop in trip["stops"])
        ]
    return (rides[-1], stores, day) if rides else None


def _about(day: date) -> Period:
    """A day by whatever clock, and the nights around it."""
    return Period(first_day=day - timedelta(days=1), last_day=day + timedelta(days=1))


async def _label(
    store_id: str,
    order_id: OrderId,
    caller: CallerOf,
    database: DatabaseOf,
    settings: SettingsOf,
    workers: WorkersOf,
    hung_up: HungUp,
) -> OrderLabel:
    see_store(caller, store_id)
    found = await run_in_threadpool(_ride, database, store_id, order_id)
    made = None
    if found is not None:
        ride, stores, day = found
        period = _about(day)
        made = await workers.run(
            footprints.label, ride, order_id, stores, period.first_day, period.last_day, settings.map_files,
            hung_up=hung_up,
        )  # fmt: skip
    if made is None:
        raise NotFound(f"no ride that delivered order {order_id!r} can be measured")
    return OrderLabel.model_validate_json(made)


LabelOf = Annotated[OrderLabel, Depends(_label)]


@router.get("/label", responses=responses(NotFound, NotDone, InvalidRequest, Unavailable))
async def read_live_label(label: LabelOf) -> OrderLabel:
    """The estimate of an order that was delivered, transport and packaging apart, by the ride that delivered it."""
    return label


@router.get(
    "/label.svg",
    response_class=Response,
    responses={
        200: {"content": {"image/svg+xml": {}}, "description": "The card."},
        **responses(NotFound, NotDone, InvalidRequest, Unavailable),
    },
)
async def draw_live_label(label: LabelOf) -> Response:
    """The same as a card of 320 by 206 px."""
    return Response(label_svg(label), media_type="image/svg+xml")
