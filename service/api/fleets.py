"""``/v1/fleets`` and ``/v1/stores``: stores that are dispatched together."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

import dispatch
from dispatch.online import Setup
from dispatch.online.setup import refuse_contradicting
from dispatch.record import Id, Record
from dispatch.request import MapTravel, Store
from service.api.body import Body, parse
from service.api.documents import json_body
from service.api.maps import known_map
from service.api.paging import Cursor, Limit, cut
from service.api.state import KNOWN_PARAMETERS, DatabaseOf, LiveOf, SettingsOf
from service.atlas import Atlas
from service.auth import Caller, CallerOf, Scope, needs, no_store, own_stores, see_store
from service.db.database import Database
from service.db.fleets import FleetRepository
from service.db.models import FleetRow
from service.live.ending import left_to_do
from service.problems import (
    Exists,
    InvalidRequest,
    NotFound,
    NotJson,
    TooLarge,
    Unavailable,
    Unfinished,
    invalid,
    responses,
)
from service.settings import Settings

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
    """A fleet to be: its stores and how it is dispatched. ``replaces`` is a fleet that ends in the same moment."""

    id: Annotated[Id, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", description="letters, digits, '.', '_', '-'")]
    setup: Setup
    replaces: Id | None = None


class Fleet(BaseModel):
    """A fleet. ``dispatched`` says whether some process is dispatching it, or was a few seconds ago."""

    id: str
    created_at: datetime
    ended_at: datetime | None
    dispatched: bool
    setup: Setup


class FleetList(BaseModel):
    """Fleets, by id; ``next`` is the cursor of those behind them, null at the end."""

    fleets: list[Fleet]
    next: str | None


class FleetStore(BaseModel):
    """A store, and the fleet it belongs to."""

    fleet_id: str
    store: Store


class StoreList(BaseModel):
    """Stores, by id; ``next`` is the cursor of those behind them, null at the end."""

    stores: list[FleetStore]
    next: str | None


def _shown(row: FleetRow) -> Fleet:
    setup = Setup.model_validate_json(row.setup)
    return Fleet(
        id=row.id, created_at=row.created_at, ended_at=row.ended_at, dispatched=row.owner is not None, setup=setup
    )


def _stores(row: FleetRow) -> dict[str, FleetStore]:
    setup = Setup.model_validate_json(row.setup)
    return {store.id: FleetStore(fleet_id=row.id, store=store) for store in setup.stores}


def _id_of(row: FleetRow) -> str:
    return row.id


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


def _refuse_unusable(setup: Setup, settings: Settings) -> None:
    """Raise ``InvalidRequest`` for a setup that no event could be planned with."""
    faults = []
    try:
        travel = dispatch.Travel.of(refuse_contradicting(setup), Atlas(settings.map_files))
    except dispatch.RequestError as error:
        faults += [fault.model_copy(update={"path": f"$.setup{fault.path[1:]}"}) for fault in error.faults]
    else:
        faults += _off_map(setup, travel)
    for i, store in enumerate(setup.stores):
        if not store.id.isprintable() or "/" in store.id:
            text = f"{store.id!r} has a '/' or a character that cannot be seen; it stands in addresses"
            faults.append(dispatch.Fault(path=f"$.setup.stores[{i}].id", text=text))
    if faults:
        raise invalid(faults)


def _off_map(setup: Setup, travel: dispatch.Travel) -> Iterator[dispatch.Fault]:
    """A fault for each store that no street of the fleet's map leads to."""
    for i, store in enumerate(setup.stores):
        if travel.network is not None and travel.off_map(travel.stores[store.id]):
            west, south, east, north = travel.network.bounds
            yield dispatch.Fault(
                path=f"$.setup.stores[{i}].location",
                text=f"{list(store.location)} is too far from every street of the map {travel.network.name!r}, which "
                f"reaches from {west:.2f} to {east:.2f} in longitude and from {south:.2f} to {north:.2f} in latitude; "
                "give [lon, lat], or name another map",
            )


def _end(session: Session, row: FleetRow) -> None:
    """End a locked fleet; raises ``Unfinished`` if there is something that it has to see to."""
    left = left_to_do(session, row.id)
    if left is not None:
        raise Unfinished(f"fleet {row.id!r} has {left}; wait for them, cancel the orders, or end it with anyway=true")
    FleetRepository(session).end(row)


def _replace(session: Session, asked: FleetRequest, caller: Caller) -> None:
    """End the fleet that the new one replaces."""
    fleets = FleetRepository(session)
    row = None if asked.replaces is None else fleets.lock(asked.replaces)
    if row is not None and row.ended_at is None and _sees(caller, fleets, row.id):
        _end(session, row)
    elif asked.replaces is not None:
        text = f"no fleet {asked.replaces!r} is dispatched; GET /v1/fleets lists those that are"
        raise invalid([dispatch.Fault(path="$.replaces", text=text)])


def _add(database: Database, asked: FleetRequest, caller: Caller) -> tuple[FleetRow, bool]:
    """The fleet's row, and whether it is new."""
    document = asked.setup.model_dump_json()
    store_ids = [store.id for store in asked.setup.stores]
    with database.writing() as session:
        fleets = FleetRepository(session)
        row = fleets.get(asked.id)
        if row is not None:
            if row.ended_at is None and Setup.model_validate_json(row.setup) == asked.setup:
                return row, False
            what = "is there, with another setup" if row.ended_at is None else "has ended, and its log is kept"
            raise Exists(f"fleet {asked.id!r} {what}; choose another id")
        _replace(session, asked, caller)
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
        **responses(NotJson, Exists, Unfinished, TooLarge, InvalidRequest, Unavailable),
    },
)
async def make_fleet(
    request: Request, body: Body, database: DatabaseOf, settings: SettingsOf, live: LiveOf, caller: CallerOf
) -> Response:
    """Make a fleet of stores that share riders and are dispatched together. It is dispatched from now on.

    A fleet's setup never changes: its log is decided again with it, and must give the same bytes for ever. Another
    setup is another fleet, which ``replaces`` the former in one moment once that has nothing left to see to. Vehicles
    come on again then, and what was learnt of the orders is learnt anew.
    """
    asked = await run_in_threadpool(parse, FleetRequest, body)
    own_stores(caller, [store.id for store in asked.setup.stores])
    if isinstance(asked.setup.travel, MapTravel):
        known_map(settings, asked.setup.travel.name, "$.setup.travel.name")
    await run_in_threadpool(_refuse_unusable, asked.setup, settings)
    row, new = await run_in_threadpool(_add, database, asked, caller)
    live.keeper.hurry()
    location = str(request.url_for("read_fleet", fleet_id=row.id).path)
    return Response(_shown(row).model_dump_json(), 201 if new else 200, {"Location": location}, "application/json")


@router.get("/fleets", dependencies=[needs(Scope.LIVE_READ)], responses=responses(InvalidRequest))
def list_fleets(
    database: DatabaseOf,
    caller: CallerOf,
    ended: Annotated[bool, Query(description="those that have ended, rather than those that have not")] = False,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> FleetList:
    """Every fleet whose stores are all the key's, by id."""
    with database.transaction() as session:
        fleets = FleetRepository(session)
        seen = [row for row in fleets.all(ended=ended) if row.id > (cursor or "") and _sees(caller, fleets, row.id)]
    page, following = cut(sorted(seen, key=_id_of), limit, _id_of)
    return FleetList(fleets=[_shown(row) for row in page], next=following)


@router.get(
    "/fleets/{fleet_id}",  # noqa: FAST003 - FleetOf reads it
    dependencies=[needs(Scope.LIVE_READ)],
    responses=responses(NotFound),
)
def read_fleet(fleet: FleetOf) -> Fleet:
    """One fleet with its setup, ended or not."""
    return _shown(fleet)


@router.delete(
    "/fleets/{fleet_id}",  # noqa: FAST003 - FleetOf reads it
    dependencies=[needs(Scope.LIVE_WRITE)],
    responses=responses(NotFound, Unfinished, InvalidRequest),
)
def end_fleet(
    fleet: FleetOf,
    database: DatabaseOf,
    live: LiveOf,
    anyway: Annotated[bool, Query(description="end it whatever it still has to see to")] = False,
) -> Fleet:
    """End a fleet's dispatch for good. Its stores are free for another, its webhooks are told no more, its log stays.

    Orders that are open and trips that are out hold it up (409), for nobody would see to them any more.
    """
    with database.writing() as session:
        fleets = FleetRepository(session)
        row = fleets.lock(fleet.id)
        assert row is not None
        if row.ended_at is None:
            fleets.end(row) if anyway else _end(session, row)
    live.keeper.hurry()
    return _shown(row)


@router.get("/stores", dependencies=[needs(Scope.LIVE_READ)], responses=responses(InvalidRequest))
def list_stores(database: DatabaseOf, caller: CallerOf, limit: Limit = 100, cursor: Cursor = None) -> StoreList:
    """Every store that the key sees, by id."""
    with database.transaction() as session:
        stores = [store for row in FleetRepository(session).all() for store in _stores(row).values()]
    seen = [each for each in stores if each.store.id > (cursor or "") and caller.sees(each.store.id)]
    page, following = cut(sorted(seen, key=lambda each: each.store.id), limit, lambda each: each.store.id)
    return StoreList(stores=list(page), next=following)


@router.get("/stores/{store_id}", dependencies=[needs(Scope.LIVE_READ)], responses=responses(NotFound))
def read_store(store_id: str, database: DatabaseOf, caller: CallerOf) -> FleetStore:
    """One store."""
    see_store(caller, store_id)
    fleet_id = fleet_of(database, store_id)
    with database.transaction() as session:
        row = FleetRepository(session).get(fleet_id)
    assert row is not None
    return _stores(row)[store_id]
