"""``/v1/carbon/ledger/entries`` and ``/checkpoint``: the ledger added to, read, and signed for others to keep."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field

import carbon
from dispatch.record import Record
from service import booking
from service.api.body import Body, parse
from service.api.carbon import EARLIEST, LATEST
from service.api.documents import json_body
from service.api.paging import After, page_of
from service.api.state import KNOWN_PARAMETERS, DatabaseOf, HungUp, SettingsOf, WorkersOf
from service.auth import OF_ALL_STORES, Scope, needs, no_store
from service.booking import Booked, Booking, NotSettledError, Rides
from service.db.database import Database
from service.db.fleets import FleetRepository
from service.problems import SOLVED, InvalidRequest, NotDone, NotFound, NotJson, TooLarge, Unavailable, responses
from service.settings import Settings

KEY_FILE = "ledger.key"
"""In the data folder: what this server signs checkpoints with, made for the first of them."""


router = APIRouter(prefix="/v1/carbon/ledger", tags=["carbon"], dependencies=[KNOWN_PARAMETERS])

READ = [needs(Scope.CARBON_READ), OF_ALL_STORES]
TIMEOUT_S = 300.0


class ToBook(Record):
    """A day that live fleets rode on, by the clocks of who ordered, and a store; all stores if that is left out."""

    day: Annotated[date, Field(ge=EARLIEST, le=LATEST)]
    store: Annotated[str, Field(min_length=1, max_length=100)] | None = None


class LedgerEntry(BaseModel):
    """An entry as it stands in the ledger.

    ``sha256`` is over the canonical JSON (RFC 8785) of all the rest, and ``previous`` that of the entry before it.
    """

    number: int
    at: str
    kind: str
    corrects: int | None
    previous: str
    record: dict[str, Any]
    sha256: str


class LedgerPage(BaseModel):
    """Entries in their sequence; ``next`` is the ``after`` of the next page, null at the end."""

    entries: list[LedgerEntry]
    next: int | None


@contextmanager
def _file(settings: Settings) -> Iterator[Path]:
    """The ledger's file; what is wrong with it is told without saying where it lies."""
    path = settings.ledger_file
    try:
        yield path
    except carbon.CarbonError as error:
        raise Unavailable(str(error).replace(str(path), path.name)) from None


@router.get("/entries", dependencies=READ, response_model=LedgerPage, responses=responses(InvalidRequest, Unavailable))
def read_ledger_entries(
    settings: SettingsOf,
    after: After = 0,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    kind: Annotated[str | None, Query(max_length=100, description="only entries of this kind")] = None,
) -> Response:
    """The ledger's entries, byte for byte, so that whoever keeps a copy can follow the chain of their hashes.

    Takes a key of all stores. A ledger without entries has none to show.
    """
    with _file(settings) as path:
        found = carbon.Ledger(path).entries(kind=kind) if path.exists() else iter(())
        entries = list(islice((entry for entry in found if entry.number > after), limit + 1))
    lines = [entry.line.decode().rstrip() for entry in entries[:limit]]
    return page_of("entries", lines, entries[limit - 1].number if len(entries) > limit else None)


@router.post(
    "/entries",
    dependencies=[needs(Scope.CARBON_WRITE), OF_ALL_STORES],
    openapi_extra=json_body(ToBook, {"day": "2026-11-20"}),
    responses=responses(NotJson, NotFound, NotDone, TooLarge, InvalidRequest, *SOLVED),
)
async def book_ridden(
    body: Body, database: DatabaseOf, settings: SettingsOf, workers: WorkersOf, hung_up: HungUp
) -> Booking:
    """Book what live fleets rode on a day: each store's trips become one footprint in the ledger, and each trip once.

    Takes a key of all stores. A day is booked once it is settled: when the second day after it is over in UTC; before,
    this is 409 and says from when on. Sent again, it books what is not booked yet, most often nothing.
    """
    asked = await run_in_threadpool(parse, ToBook, body)
    try:
        rides = await run_in_threadpool(_rides, database, asked)
    except NotSettledError as error:
        raise NotDone(str(error)) from None
    with _file(settings):
        rounds, entries = booking.accounted(settings), list[Booked]()
        while True:
            booked = await run_in_threadpool(booking.booked_about, rounds, asked.day)
            drafts, done = await workers.run(
                booking.draft, rides, booked, settings.map_files, timeout_s=TIMEOUT_S, hung_up=hung_up
            )
            entered = await run_in_threadpool(booking.enter, rounds, drafts, carbon.bundled_registry())
            entries += entered
            if len(entered) == len(drafts):
                return done.model_copy(update={"entries": entries})


def _rides(database: Database, asked: ToBook) -> Rides:
    if asked.store is not None:
        with database.transaction() as session:
            if not (asked.store.isprintable() and FleetRepository(session).knows(asked.store)):
                raise no_store(asked.store)
    return booking.read_rides(database, asked.day, None if asked.store is None else [asked.store])


@router.get("/checkpoint", dependencies=READ, responses=responses(NotFound, Unavailable))
def sign_ledger(settings: SettingsOf) -> carbon.Checkpoint:
    """How many entries the ledger has now and what the last one is, signed by this server; all of it is verified first.

    Keep it elsewhere: ``swiftleaf ledger verify --checkpoint`` then finds what was cut off or written anew since. Takes
    a key of all stores.
    """
    with _file(settings) as path:
        if not path.exists():
            raise NotFound("there is no ledger yet; `swiftleaf ledger record` or `book` begins one")
        return carbon.sign_checkpoint(path, carbon.read_private_key(_key(settings.data_dir / KEY_FILE)))


def _key(path: Path) -> Path:
    """The server's key, made if it is not there."""
    try:
        if not path.exists():
            carbon.new_key(path)
    except carbon.CheckpointError:
        if not path.exists():  # else another request made it just now
            raise
    return path
