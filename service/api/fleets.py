"""``/v1/fleets`` and ``/v1/stores``: stores that are dispatched together."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field

import dispatch
from dispatch.online import Setup
from dispatch.online.setup import refuse_contradicting
from dispatch.record import Id, Record
from dispatch.request import MapTravel, Store
from service.api.body import Body, parse
from service.api.documents import json_body
from service.api.maps import known_map
from service.api.state import KNOWN_PARAMETERS, DatabaseOf, LiveOf, SettingsOf
from service.auth import Caller, CallerOf, Scope, needs, no_store, own_stores, see_store
from service.db.database import Database
from service.db.fleets import FleetRepository
from service.db.models import FleetRow
from service.problems import Exists, InvalidRequest, NotFound, NotJson, TooLarge, Unavailable, invalid, responses

router = APIRouter(prefix="/v1", tags=["live"], dependencies=[KNOWN_PARAMETERS])

FLEET_EXAMPLE: dict[str, Any] = {
    "id": "la-serena",
    "setup": {
        "stores": [{"id": "centre", "name": "La Serena centre", "location": [-71.2463, -29.8981], "region": "CL"}],
        "travel": {"kind": "map", "name": "coquimbo"},
        "timezone": "America/Santiago",
    },
}


class FleetRequest(Record):
    """A fleet to be: its stores and how it is dispatched."""

    id: Annotated[Id, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", description="letters, digits, '.', '_', '-'")]
    setup: Setup


class Fleet(BaseModel):
    """A fleet. ``dispatched`` says whether some process is dispatching it, or was a few seconds ago."""

    id: str
    created_at: datetime
    dispatched: bool
    setup: Setup


class FleetList(BaseModel):
    """Every fleet, by id."""

    fleets: list[Fleet]


class FleetStore(BaseModel):
    """A store, and the fleet it belongs to."""

    fleet_id: str
    store: Store


class StoreList(BaseModel):
    """Every store, by id."""

    stores: list[FleetStore]


def _shown(row: FleetRow) -> Fleet:
    setup = Setup.model_validate_json(row.setup)
    return Fleet(id=row.id, created_at=row.created_at, dispatched=row.owner is not None, setup=setup)


def _stores(row: FleetRow) -> dict[str, FleetStore]:
    setup = Setup.model_validate_json(row.setup)
    return {store.id: FleetStore(fleet_id=row.id, store=store) for store in setup.stores}


def _sees(caller: Caller, fleets: FleetRepository, fleet_id: str) -> bool:
    """Whether a fleet is the caller's: what its stores share takes a key of them all."""
    return caller.stores is None or caller.sees_all(store.id for store in fleets.stores(fleet_id))


def _fleet(fleet_id: str, database: DatabaseOf, caller: CallerOf) -> FleetRow:
    with database.transaction() as session:
        fleets = FleetRepository(session)
        row = fleets.get(fleet_id) if fleet_id.isprintable() else None
        if row is not None and _sees(caller, fleets, fleet_id):
            return row
    raise NotFound(f"no fleet has the id {fleet_id[:80]!r}; GET /v1/fleets lists them")


FleetOf = Annotated[FleetRow, Depends(_fleet)]
"""The fleet that the address names; ``NotFound`` if there is none, or none that the caller sees."""


def fleet_of(database: Database, store_id: str) -> str:
    """The id of the fleet that a store belongs to; ``NotFound`` if there is no such store."""
    row = None
    if store_id.isprintable():
        with database.transaction() as session:
            row = FleetRepository(session).store(store_id)
    if row is None:
        raise no_store(store_id)
    return row.fleet_id


def _refuse_unusable(setup: Setup) -> None:
    faults = []
    try:
        refuse_contradicting(setup)
    except dispatch.RequestError as error:
        faults += [fault.model_copy(update={"path": f"$.setup{fault.path[1:]}"}) for fault in error.faults]
    for i, store in enumerate(setup.stores):
        if not store.id.isprintable() or "/" in store.id:
            text = f"{store.id!r} has a '/' or a character that cannot be seen; it stands in addresses"
            faults.append(dispatch.Fault(path=f"$.setup.stores[{i}].id", text=text))
    if faults:
        raise invalid(faults)


def _add(database: Database, asked: FleetRequest) -> tuple[FleetRow, bool]:
    """The fleet's row, and whether it is new."""
    document = asked.setup.model_dump_json()
    store_ids = [store.id for store in asked.setup.stores]
    with database.writing() as session:
        fleets = FleetRepository(session)
        row = fleets.get(asked.id)
        if row is not None:
            if Setup.model_validate_json(row.setup) == asked.setup:
                return row, False
            raise Exists(f"fleet {asked.id!r} is there, with another setup; choose another id")
        taken = fleets.taken(store_ids)
        if taken:
            faults = [
                dispatch.Fault(
                    path=f"$.setup.stores[{i}].id",
                    text=f"store {store_id!r} belongs to fleet {taken[store_id]!r}; a store is dispatched once",
                )
                for i, store_id in enumerate(store_ids)
                if store_id in taken
            ]
            raise invalid(faults)
        return fleets.add(asked.id, document, store_ids), True


@router.post(
    "/fleets",
    status_code=201,
    dependencies=[needs(Scope.LIVE_WRITE)],
    response_model=Fleet,
    openapi_extra=json_body(FleetRequest, FLEET_EXAMPLE),
    responses={
        200: {"model": Fleet, "description": "It was there already, the same."},
        **responses(NotJson, Exists, TooLarge, InvalidRequest, Unavailable),
    },
)
async def make_fleet(
    request: Request, body: Body, database: DatabaseOf, settings: SettingsOf, live: LiveOf, caller: CallerOf
) -> Response:
    """Make a fleet of stores that share riders and are dispatched together. It is dispatched from now on."""
    asked = await run_in_threadpool(parse, FleetRequest, body)
    _refuse_unusable(asked.setup)
    own_stores(caller, [store.id for store in asked.setup.stores])
    if isinstance(asked.setup.travel, MapTravel):
        known_map(settings, asked.setup.travel.name, "$.setup.travel.name")
    row, new = await run_in_threadpool(_add, database, asked)
    live.keeper.hurry()
    location = str(request.url_for("read_fleet", fleet_id=row.id).path)
    return Response(_shown(row).model_dump_json(), 201 if new else 200, {"Location": location}, "application/json")


@router.get("/fleets", dependencies=[needs(Scope.LIVE_READ)])
def list_fleets(database: DatabaseOf, caller: CallerOf) -> FleetList:
    """Every fleet whose stores are all the key's."""
    with database.transaction() as session:
        fleets = FleetRepository(session)
        return FleetList(fleets=[_shown(row) for row in fleets.all() if _sees(caller, fleets, row.id)])


@router.get(
    "/fleets/{fleet_id}",  # noqa: FAST003 - FleetOf reads it
    dependencies=[needs(Scope.LIVE_READ)],
    responses=responses(NotFound),
)
def read_fleet(fleet: FleetOf) -> Fleet:
    """One fleet with its setup."""
    return _shown(fleet)


@router.get("/stores", dependencies=[needs(Scope.LIVE_READ)])
def list_stores(database: DatabaseOf, caller: CallerOf) -> StoreList:
    """Every store that the key sees."""
    with database.transaction() as session:
        stores = [store for row in FleetRepository(session).all() for store in _stores(row).values()]
    seen = [store for store in stores if caller.sees(store.store.id)]
    return StoreList(stores=sorted(seen, key=lambda each: each.store.id))


@router.get("/stores/{store_id}", dependencies=[needs(Scope.LIVE_READ)], responses=responses(NotFound))
def read_store(store_id: str, database: DatabaseOf, caller: CallerOf) -> FleetStore:
    """One store."""
    see_store(caller, store_id)
    fleet_id = fleet_of(database, store_id)
    with database.transaction() as session:
        row = FleetRepository(session).get(fleet_id)
    assert row is not None
    return _stores(row)[store_id]
