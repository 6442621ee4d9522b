"""``/v1/carbon/ledger/entries`` and ``/checkpoint``: the ledger read by others, and signed for them to keep."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel

import carbon
from service.api.paging import After, page_of
from service.api.state import KNOWN_PARAMETERS, SettingsOf
from service.auth import OF_ALL_STORES, Scope, needs
from service.problems import InvalidRequest, NotFound, Unavailable, responses
from service.settings import Settings

KEY_FILE = "ledger.key"
"""In the data folder: what this server signs checkpoints with, made for the first of them."""


router = APIRouter(
    prefix="/v1/carbon/ledger",
    tags=["carbon"],
    dependencies=[needs(Scope.CARBON_READ), KNOWN_PARAMETERS, OF_ALL_STORES],
)


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


@router.get("/entries", response_model=LedgerPage, responses=responses(InvalidRequest, Unavailable))
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


@router.get("/checkpoint", responses=responses(NotFound, Unavailable))
def sign_ledger(settings: SettingsOf) -> carbon.Checkpoint:
    """How many entries the ledger has now and what the last one is, signed by this server; all of it is verified first.

    Keep it elsewhere: ``swiftleaf ledger verify --checkpoint`` then finds what was cut off or written anew since. Takes
    a key of all stores.
    """
    with _file(settings) as path:
        if not path.exists():
            raise NotFound("there is no ledger yet; `swiftleaf ledger record` begins one")
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
