"""``/v1/carbon/points``: a store's book of carbon points, added to, read back and summed up.

A point is an incentive out of ledger C: no offset, and taken off no figure of a report.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ValidationError
from pydantic_core import from_json

import dispatch
from carbon import CarbonError, DuplicateAwardError, PointsStatement
from carbon.award import PERIOD, PointsEntry
from dispatch import Fault
from dispatch.record import Record
from service import points
from service.api.body import Body, parse, refuse_non_json
from service.api.documents import json_body
from service.api.paging import After, Limit, page_of
from service.api.state import KNOWN_PARAMETERS, DatabaseOf, HungUp, WorkersOf
from service.auth import CallerOf, Scope, needs, no_store, see_store
from service.db.database import Database
from service.db.models import PointsRow
from service.db.points import PointsRepository
from service.points import DamagedError, ToEnter
from service.problems import (
    SOLVED,
    Credited,
    InvalidRequest,
    NotFound,
    NotJson,
    TooLarge,
    Unavailable,
    invalid,
    responses,
)

router = APIRouter(prefix="/v1/carbon", tags=["carbon"], dependencies=[KNOWN_PARAMETERS])

Json = Mapping[str, Any]
MOST_BYTES = 20_000
MOST_NAME = 100
AHEAD = timedelta(days=1)
"""Somewhere it is tomorrow already."""
TIMEOUT_S = 300.0

AWARD_EXAMPLE: dict[str, Any] = {
    "kind": "award",
    "act": {
        "order_id": "order-1",
        "period": "2026-11",
        "done_on": "2026-11-20",
        "amount": 1,
        "project": {"lower_gco2e": 0, "value_gco2e": 0, "upper_gco2e": 0},
        "consumer": {"pseudonym": "5f1c09a4e2b7d8306c4e9b12a7f05d38", "consented_on": "2026-01-15"},
    },
    "rule": {
        "version": "no cutlery, 2026",
        "baseline": {
            "version": "cutlery set of wood, 2026",
            "behaviour": "no_cutlery",
            "unit": "order",
            "emission": {"lower_gco2e": 8, "value_gco2e": 12, "upper_gco2e": 16},
            "valid_from": "2026-01-01",
            "valid_to": "2026-12-31",
            "source": "own account of the set that is packed",
            "address": "https://shop.example/cutlery.pdf",
        },
        "gco2e_per_point": 1,
        "issuer": "Shop",
        "registry": "the shop's own",
        "required_by_law": False,
        "is_default": False,
    },
}


class ToRevokeOverdue(Record):
    """Boxes that were due before this day, and not back on the day they were due, are overdue."""

    on: date


class Entered(BaseModel):
    """An entry of a book. ``seq`` is its number among those of all books, ``entry.sequence`` its place in its own."""

    seq: int
    entered_at: datetime
    entry: PointsEntry


class PointsPage(BaseModel):
    """Entries in their sequence; ``next`` is the ``after`` of the next page, null at the end."""

    entries: list[Entered]
    next: int | None


class OverdueRevoked(BaseModel):
    """The awards that were taken back now; ``more`` says that there are others, for the same request again."""

    entries: list[Entered]
    more: bool


def _store(
    database: DatabaseOf,
    caller: CallerOf,
    store: Annotated[str, Query(min_length=1, max_length=100, description="whose book")],
) -> str:
    see_store(caller, store)
    if store.isprintable():
        with database.transaction() as session:
            if PointsRepository(session, store).has_store():
                return store
    raise no_store(store)


StoreOf = Annotated[str, Depends(_store)]
"""The store whose book it is; ``NotFound`` if there is none, or none that the caller sees."""


@router.post(
    "/points",
    status_code=201,
    dependencies=[needs(Scope.CARBON_WRITE)],
    response_model=Entered,
    openapi_extra=json_body(ToEnter, AWARD_EXAMPLE),
    responses={
        200: {"model": Entered, "description": "It was entered already, the same."},
        **responses(NotJson, NotFound, Credited, TooLarge, InvalidRequest, Unavailable),
    },
)
async def enter_points(store: StoreOf, body: Body, database: DatabaseOf) -> Response:
    """Give points for an act, say that a box came back, or take an award back. Nothing entered is ever changed.

    Points are of the conservative figure: the baseline's lower bound less what was emitted at most. An act earns once,
    a turn of a box once over all stores, and what is law or the default nothing. Name orders by ids that say nothing of
    a person, and consumers by a keyed hash alone.
    """
    row, new = await run_in_threadpool(_enter, database, store, body)
    return Response(_line(row), 201 if new else 200, media_type="application/json")


@router.post(
    "/points:overdue",
    dependencies=[needs(Scope.CARBON_WRITE)],
    response_model=OverdueRevoked,
    openapi_extra=json_body(ToRevokeOverdue, {"on": "2026-11-20"}),
    responses=responses(NotJson, NotFound, TooLarge, InvalidRequest, Unavailable),
)
async def revoke_overdue_points(store: StoreOf, body: Body, database: DatabaseOf) -> Response:
    """Take back what was given for boxes that were due before a day and not back in time, up to 500 at once."""
    wanted = await run_in_threadpool(parse, ToRevokeOverdue, body)
    _refuse_ahead({"$.on": wanted.on})

    def revoke() -> tuple[list[PointsRow], bool]:
        with database.writing() as session:
            return points.revoke_overdue(PointsRepository(session, store), wanted.on)

    try:
        rows, more = await run_in_threadpool(revoke)
    except DamagedError as error:
        raise Unavailable(str(error)) from None
    lines = ",".join(map(_line, rows))
    return Response(f'{{"entries":[{lines}],"more":{"true" if more else "false"}}}', media_type="application/json")


@router.get(
    "/points",
    dependencies=[needs(Scope.CARBON_READ)],
    response_model=PointsPage,
    responses=responses(NotFound, InvalidRequest),
)
def read_points(store: StoreOf, database: DatabaseOf, after: After = 0, limit: Limit = 100) -> Response:
    """A store's book, entry by entry."""
    with database.transaction() as session:
        rows = PointsRepository(session, store).after(after, limit + 1)
    return page_of("entries", list(map(_line, rows[:limit])), rows[limit - 1].seq if len(rows) > limit else None)


@router.get(
    "/points/statement",
    dependencies=[needs(Scope.CARBON_READ)],
    response_model=PointsStatement,
    responses=responses(NotFound, InvalidRequest, *SOLVED),
)
async def read_points_statement(
    store: StoreOf,
    database: DatabaseOf,
    workers: WorkersOf,
    hung_up: HungUp,
    period: Annotated[
        str | None, Query(pattern=PERIOD, description="of a year, a month or a day, as `2026-11`; null is all")
    ] = None,
    pseudonym: Annotated[
        str | None, Query(pattern=r"^[0-9a-f]{32,128}$", description="of one consumer; null is all")
    ] = None,
) -> Response:
    """Ledger C of a store: points that stand and the emissions avoided, every entry computed anew.

    It is no part of a carbon report's totals and is never taken off them.
    """
    try:
        days = None if period is None else points.days_of(period)
    except ValueError as error:
        raise invalid([Fault(path="query.period", text=f"{error}; give one like 2026 or 2026-11")]) from None
    documents, following = await run_in_threadpool(_documents, database, store, days, pseudonym)
    try:
        found = await workers.run(points.statement, documents, following, timeout_s=TIMEOUT_S, hung_up=hung_up)
    except DamagedError as error:
        raise Unavailable(str(error)) from None
    return Response(found, headers={"Cache-Control": "no-cache"}, media_type="application/json")


def _documents(
    database: Database, store: str, days: tuple[date, date] | None, pseudonym: str | None
) -> tuple[list[str], int]:
    with database.transaction() as session:
        book = PointsRepository(session, store)
        return list(book.documents(days, pseudonym)), book.following()


def _enter(database: Database, store: str, body: bytes) -> tuple[PointsRow, bool]:
    if len(body) > MOST_BYTES:
        raise invalid([Fault(path="$", text=f"{len(body)} bytes; an entry has at most {MOST_BYTES}")])
    document: Json | None = None
    try:
        wanted = ToEnter.model_validate_json(body).root
        document = wanted.model_dump(mode="json")
        _refuse_names(document)
        with database.writing() as session:
            return points.enter(PointsRepository(session, store), wanted)
    except ValidationError as error:
        raise invalid(dispatch.faults_of(error, document=refuse_non_json(body))) from None
    except DamagedError as error:
        raise Unavailable(str(error)) from None
    except DuplicateAwardError as error:
        raise Credited(str(error)) from None
    except CarbonError as error:
        raise invalid([Fault(path=_path_of(str(error), document or from_json(body)), text=str(error))]) from None


def _path_of(text: str, document: Json) -> str:
    """Where the field is that a sentence of the carbon room begins with; the whole if that is not told."""
    word = text.partition(" ")[0]
    paths = [path for path, name, _ in _fields("$", document) if name == word]
    return paths[0] if len(paths) == 1 else "$"


def _refuse_names(document: Json) -> None:
    """Refuse ids that no column holds, and days that are still to come."""
    faults, days = [], {}
    for path, name, value in _fields("$", document):
        if (
            name in {"order_id", "loop_id"}
            and value is not None
            and not (len(value) <= MOST_NAME and value.isprintable())
        ):
            text = f"{value[:80]!r} is over {MOST_NAME} characters, or has one that cannot be seen; choose another"
            faults.append(Fault(path=path, text=text))
        if name in {"done_on", "returned_on", "revoked_on"}:
            days[path] = date.fromisoformat(value)
    if faults:
        raise invalid(faults)
    _refuse_ahead(days)


def _fields(path: str, document: Json) -> Iterator[tuple[str, str, Any]]:
    for name, value in document.items():
        if isinstance(value, Mapping):
            yield from _fields(f"{path}.{name}", value)
        else:
            yield f"{path}.{name}", name, value


def _refuse_ahead(days: Mapping[str, date]) -> None:
    today = datetime.now(UTC).date()
    text = f"is ahead of the server's day, {today}; say when it was"
    faults = [Fault(path=path, text=f"{day} {text}") for path, day in days.items() if day > today + AHEAD]
    if faults:
        raise invalid(faults)


def _line(row: PointsRow) -> str:
    return f'{{"seq":{row.seq},"entered_at":"{row.entered_at.isoformat()}","entry":{row.document}}}'
