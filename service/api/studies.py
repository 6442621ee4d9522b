"""``/v1/studies``: questions that take the workers minutes, their progress and what came of them."""

import json
from datetime import datetime
from itertools import islice
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel

from dispatch import Fault, radius
from service.api import plans
from service.api.body import Body, parse
from service.api.documents import STUDY_EXAMPLE, json_body
from service.api.paging import Cursor, cut, no_cursor
from service.api.state import KNOWN_PARAMETERS, ConductorOf, DatabaseOf, HungUp, SettingsOf, WorkersOf
from service.auth import Caller, CallerOf, Scope, demand, needs
from service.db.database import Database
from service.db.models import StudyRow, StudyStatus
from service.db.studies import StudyRepository, TooManyOpenError
from service.problems import (
    SOLVED,
    InvalidRequest,
    NotDone,
    NotFound,
    NotJson,
    TooLarge,
    TooMany,
    invalid,
    responses,
)
from service.studies import texts, work
from service.studies.ask import Kind, SitingResult, StudyRequest, WhatIfResult, WhatIfStudy

router = APIRouter(prefix="/v1/studies", tags=["studies"], dependencies=[KNOWN_PARAMETERS])

Result = radius.Outcome | radius.MinimumFleet | SitingResult | WhatIfResult


class Progress(BaseModel):
    """Finished runs; ``all`` is null while nobody can know how many it takes, and falls as settings are stopped."""

    done: int
    all: int | None


class StudyLine(BaseModel):
    """A study in a list. ``error`` is the reason of a failed one."""

    id: str
    kind: Kind
    created_at: datetime
    status: StudyStatus
    progress: Progress
    error: str | None = None


class StudyList(BaseModel):
    """Studies, newest first; ``next`` is the cursor of older ones, null at the end."""

    studies: list[StudyLine]
    next: str | None


class StoredStudy(StudyLine):
    """A study with what was asked; ``result`` is null until the status is ``done``."""

    request: StudyRequest
    result: Result | None = None


def _line(row: StudyRow) -> StudyLine:
    return StudyLine(
        id=row.id,
        kind=Kind(row.kind),
        created_at=row.created_at,
        status=StudyStatus(row.status),
        progress=Progress(done=row.done_runs, all=row.all_runs),
        error=row.error,
    )


def _document(row: StudyRow) -> bytes:
    """The study as JSON; its request and result are joined in as they are."""
    head = _line(row).model_dump_json()[:-1]
    return f'{head},"request":{row.request},"result":{row.result or "null"}}}'.encode()


def _seen(row: StudyRow, caller: Caller) -> bool:
    """Whether a study is the caller's; one that is nobody's in particular is seen by keys of all stores."""
    return caller.stores is None if row.stores is None else caller.sees_all(json.loads(row.stores))


def load_study(database: Database, study_id: str, caller: Caller) -> StudyRow:
    """The study's row; ``NotFound`` if there is none, or none for this caller; ``Forbidden`` without its scope."""
    with database.transaction() as session:
        row = StudyRepository(session).get(study_id)
    if row is None or not _seen(row, caller):
        raise NotFound(f"no study has the id {study_id[:80]!r}; GET /v1/studies lists them")
    _demand_carbon(Kind(row.kind), caller)
    return row


def _demand_carbon(kind: Kind, caller: Caller) -> None:
    """A what-if tells what each order emits. Raises ``Forbidden``."""
    if kind is Kind.WHAT_IF:
        demand(caller, Scope.CARBON_READ)


def _found(row: StudyRow) -> str:
    """The result's JSON; ``NotDone`` if there is none."""
    if row.result is None:
        what = "start another" if row.status == StudyStatus.CANCELED else "ask again later"
        raise NotDone(f"study {row.id} is {row.status}: {row.error or what}")
    return row.result


@router.post(
    "",
    status_code=202,
    dependencies=[needs(Scope.OPS_WRITE)],
    response_model=StoredStudy,
    openapi_extra=json_body(StudyRequest, STUDY_EXAMPLE),
    responses=responses(NotJson, NotFound, NotDone, TooLarge, InvalidRequest, *SOLVED),
)
async def start_study(
    request: Request,
    body: Body,
    caller: CallerOf,
    settings: SettingsOf,
    database: DatabaseOf,
    workers: WorkersOf,
    conductor: ConductorOf,
    hung_up: HungUp,
) -> Response:
    """Ask for a study: ``radius``, ``fleet``, ``siting`` or ``what_if``, which takes the scope carbon:read too.

    It is answered at once; ``Location`` is where its progress and result will be. A study that was accepted is seen
    through, whatever stops in between, and no run of it that was finished is made again.
    """
    asked = (await run_in_threadpool(parse, StudyRequest, body)).root
    _demand_carbon(asked.kind, caller)
    stores = tuple(asked.stores)
    if isinstance(asked, WhatIfStudy) and asked.plan_id is not None:
        planned = await run_in_threadpool(plans.load, database, asked.plan_id, caller)
        plans.part(planned, planned.plan, "application/json")
        stores = tuple(store["id"] for store in json.loads(planned.request)["stores"])
    if not caller.sees_all(stores):
        raise invalid([Fault(path="$", text="names a store that this key does not see; leave it out")])
    document = asked.model_dump_json()
    await workers.run(work.refuse, document, settings.map_files, hung_up=hung_up)

    def write() -> StudyRow:
        with database.writing() as session:
            return StudyRepository(session).add(asked.kind, document, stores or caller.stores)

    try:
        row = await run_in_threadpool(write)
    except TooManyOpenError as error:
        raise TooMany(str(error), headers={"Retry-After": "60"}) from None
    conductor.wake()
    location = str(request.url_for("read_study", study_id=row.id).path)
    return Response(_document(row), 202, {"Location": location}, "application/json")


@router.get("", dependencies=[needs(Scope.OPS_READ)], responses=responses(InvalidRequest))
def list_studies(
    database: DatabaseOf,
    caller: CallerOf,
    limit: Annotated[int, Query(ge=1, le=200)] = 20,
    cursor: Cursor = None,
    status: Annotated[StudyStatus | None, Query(description="only studies of this status")] = None,
    kind: Annotated[Kind | None, Query(description="only studies of this kind")] = None,
) -> StudyList:
    """The newest studies first; of a key that is bound to stores, those of no others."""
    with database.transaction() as session:
        studies = StudyRepository(session)
        before = None if cursor is None else studies.get(cursor)
        if cursor is not None and (before is None or not _seen(before, caller)):
            raise no_cursor(cursor)
        newest = studies.newest(before=before, status=status, kind=kind)
        rows = list(islice((row for row in newest if _seen(row, caller)), limit + 1))
    page, following = cut(rows, limit, lambda row: row.id)
    return StudyList(studies=[_line(row) for row in page], next=following)


@router.get(
    "/{study_id}",
    dependencies=[needs(Scope.OPS_READ)],
    response_model=StoredStudy,
    responses=responses(NotFound),
)
def read_study(study_id: str, database: DatabaseOf, caller: CallerOf) -> Response:
    """One study: what was asked, how far it is, and what it found."""
    return Response(_document(load_study(database, study_id, caller)), media_type="application/json")


@router.delete("/{study_id}", dependencies=[needs(Scope.OPS_WRITE)], responses=responses(NotFound))
def cancel_study(study_id: str, database: DatabaseOf, caller: CallerOf) -> StudyLine:
    """Stop a study. One that is over already stays what it is; the answer says which."""
    load_study(database, study_id, caller)
    with database.transaction() as session:
        StudyRepository(session).cancel(study_id)
    return _line(load_study(database, study_id, caller))


def _text(media_type: str) -> dict[int | str, dict[str, object]]:
    """The OpenAPI response of a text, which has no schema of ours."""
    return {200: {"content": {media_type: {"schema": {"type": "string"}}}, "description": "The text"}}


CSV, SVG, MARKDOWN = "text/csv", "image/svg+xml", "text/markdown"


@router.get(
    "/{study_id}/table.csv",
    dependencies=[needs(Scope.OPS_READ)],
    response_class=Response,
    responses=responses(NotFound, NotDone) | _text(CSV),
)
def read_table(study_id: str, database: DatabaseOf, caller: CallerOf) -> Response:
    """The result as a table: a row a setting, a number of riders, a store, or an order."""
    row = load_study(database, study_id, caller)
    return Response(texts.table(Kind(row.kind), _found(row)), media_type=CSV)


@router.get(
    "/{study_id}/chart.svg",
    dependencies=[needs(Scope.OPS_READ)],
    response_class=Response,
    responses=responses(NotFound, NotDone) | _text(SVG),
)
def read_chart(study_id: str, database: DatabaseOf, caller: CallerOf) -> Response:
    """The trade-offs of a radius study, drawn, with the recommended setting marked; other kinds have none."""
    row = load_study(database, study_id, caller)
    drawn = texts.chart(Kind(row.kind), _found(row))
    if drawn is None:
        raise NotFound(f"study {row.id} is of the kind {row.kind}, which has no chart; a radius study has one")
    return Response(drawn, media_type=SVG)


@router.get(
    "/{study_id}/recommendation.md",
    dependencies=[needs(Scope.OPS_READ)],
    response_class=Response,
    responses=responses(NotFound, NotDone) | _text(MARKDOWN),
)
def read_recommendation(study_id: str, database: DatabaseOf, caller: CallerOf) -> Response:
    """What to do, why, and how sure that is, in Markdown."""
    row = load_study(database, study_id, caller)
    return Response(texts.recommendation(Kind(row.kind), _found(row)), media_type=MARKDOWN)
