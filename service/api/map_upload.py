"""``PUT`` and ``DELETE /v1/maps/{file}``: maps of one's own, sent in and taken out."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path as File
from typing import Annotated, Any
from uuid import uuid4

import anyio
from fastapi import APIRouter, Path, Request, Response
from fastapi.concurrency import run_in_threadpool

from dispatch import Fault
from dispatch.online import Setup
from dispatch.request import MapTravel
from service import tasks
from service.api.body import DRAIN_BYTES, refuse_encoded
from service.api.maps import MapLine
from service.api.state import KNOWN_PARAMETERS, DatabaseOf, HungUp, SettingsOf, WorkersOf
from service.auth import OF_ALL_STORES, Scope, needs
from service.db.fleets import FleetRepository
from service.db.models import FleetRow
from service.problems import (
    EncodedBody,
    Exists,
    InUse,
    InvalidRequest,
    NotFound,
    TooLarge,
    Unavailable,
    invalid,
    responses,
)
from service.settings import BUNDLED_MAP, Settings
from service.shelf import SUFFIXES, UNFINISHED, is_same, map_name, put_away, sent_maps

router = APIRouter(
    prefix="/v1/maps", tags=["maps"], dependencies=[needs(Scope.OPS_WRITE), OF_ALL_STORES, KNOWN_PARAMETERS]
)

READ_S = 600.0
"""A map of a whole country takes minutes to read."""
BINARY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}

FileName = Annotated[
    str,
    Path(max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", description="the map's name and .osm.pbf or .osm"),
]


@router.put(
    "/{file_name}",
    status_code=201,
    response_model=MapLine,
    openapi_extra=BINARY,
    responses={
        200: {"model": MapLine, "description": "It was there already, the same."},
        **responses(Exists, TooLarge, EncodedBody, InvalidRequest, Unavailable),
    },
)
async def send_map(
    file_name: FileName, request: Request, settings: SettingsOf, workers: WorkersOf, hung_up: HungUp
) -> Response:
    """Send an OpenStreetMap file, as it is, in the body: ``curl -T city.osm.pbf .../v1/maps/`` names it ``city``.

    A worker reads all of it before it is taken. From then on every request may name it, after a restart too, and it
    never changes: another map needs another name, or that this one is deleted. It is everybody's, and takes a key of
    all stores.

    It lies in the data folder of this server: several servers on one database, and workers on other machines, are told
    of maps by SWIFTLEAF_MAPS.
    """
    refuse_encoded(request)
    named = map_name(file_name)
    if named is None:
        text = f"{file_name!r} does not end in {' or '.join(SUFFIXES)}; name the map so, and convert other kinds"
        raise invalid([Fault(path="path.file_name", text=text)])
    name, suffix = named
    if name == BUNDLED_MAP or name in settings.maps:
        raise Exists(f"{name!r} is the name of a map that comes with this server; choose another")
    upload = (settings.data_dir / f"{UNFINISHED}{uuid4().hex}{suffix}").absolute()
    try:
        with _room():
            await _receive(request, upload, settings.max_map_bytes)
        read = await workers.run(tasks.read_sent_map, str(upload), name, timeout_s=READ_S, hung_up=hung_up)
        with _room():
            new = await run_in_threadpool(_keep, upload, settings, name, file_name)
    finally:
        with anyio.CancelScope(shield=True):
            await run_in_threadpool(upload.unlink, missing_ok=True)
    return Response(MapLine.model_validate(read).model_dump_json(), 201 if new else 200, media_type="application/json")


@router.delete(
    "/{file_name}", status_code=204, response_class=Response, responses=responses(NotFound, InUse, InvalidRequest)
)
def drop_map(file_name: FileName, settings: SettingsOf, database: DatabaseOf) -> Response:
    """Delete a map that was sent, by its name, with or without the suffix; another may have the name then.

    One that a fleet goes by stays, and so does one that a fleet went by which has ended: its log and its carbon are
    reckoned on it.
    """
    name, _ = map_name(file_name) or (file_name, "")
    with database.writing() as session:
        there = sent_maps(settings.data_dir).get(name)
        if there is None:
            raise NotFound(f"no map {name!r} was sent here; those that come with the server are its operator's")
        fleets = FleetRepository(session)
        users = [row.id for row in (*fleets.all(), *fleets.all(ended=True)) if _goes_by(row, name)]
        if users:
            raise InUse(f"fleet {users[0]!r} is dispatched on the map {name!r}, or was; send another by another name")
        there.unlink(missing_ok=True)
    return Response(status_code=204)


def _goes_by(fleet: FleetRow, name: str) -> bool:
    travel = Setup.model_validate_json(fleet.setup).travel
    return isinstance(travel, MapTravel) and travel.name == name


@contextmanager
def _room() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        text = f"the map cannot be kept in the data folder ({error.strerror}); its operator must make room there"
        raise Unavailable(text) from None


async def _receive(request: Request, upload: File, limit: int) -> None:
    """Write the body into a file; raises ``TooLarge``, after it has read enough of a larger body to be heard."""
    size = 0
    async with await anyio.open_file(upload, "xb") as out:
        async for chunk in request.stream():
            size += len(chunk)
            if size <= limit:
                await out.write(chunk)
            elif size > limit + DRAIN_BYTES:
                break
    if size > limit:
        raise TooLarge(
            f"the map is over the limit of {limit} bytes; cut it to the area that is needed, or raise "
            "SWIFTLEAF_MAX_MAP_BYTES"
        )


def _keep(upload: File, settings: Settings, name: str, file_name: str) -> bool:
    """Whether the map is new. Raises ``Exists`` if the name is another's."""
    there = sent_maps(settings.data_dir).get(name)
    if there is None:
        try:
            put_away(upload, settings.data_dir, file_name)
        except FileExistsError:  # somebody was quicker by a moment
            there = sent_maps(settings.data_dir)[name]
        else:
            return True
    if not is_same(upload, there):
        raise Exists(f"there is another map named {name!r}, and fleets may go by it; choose another name")
    return False
