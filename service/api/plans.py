"""``/v1/plans``: plan a snapshot, and read what was planned."""

from datetime import datetime
from typing import Annotated, Any

import anyio
from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel

import carbon
import dispatch
from service import tasks
from service.api.body import Body, parse_request
from service.api.documents import PLAN_EXAMPLE, GeoJson, json_body
from service.api.paging import Cursor, cut, no_cursor
from service.api.state import KNOWN_PARAMETERS, DatabaseOf, HungUp, SettingsOf, WorkersOf
from service.auth import Caller, CallerOf, Scope, needs, own_stores
from service.db.database import Database
from service.db.models import PlanRow, Status
from service.db.plans import PlanRepository
from service.foreseen import FORESEEN, problem_of
from service.problems import (
    SOLVED,
    Forbidden,
    InvalidRequest,
    NotDone,
    NotFound,
    NotJson,
    TooLarge,
    invalid,
    responses,
)
from service.solve import NoTurnError
from service.telemetry.counts import note_plan

router = APIRouter(prefix="/v1/plans", tags=["plans"], dependencies=[KNOWN_PARAMETERS])

GRACE_S = 60.0
"""What compiling, checking, explaining and drawing a large snapshot may take on top of its search."""

NULL = "null"


class PlanLine(BaseModel):
    """A stored plan in a list. ``error`` is the reason of a failed one."""

    id: str
    created_at: datetime
    status: Status
    error: str | None = None


class PlanList(BaseModel):
    """Stored plans, newest first; ``next`` is the cursor of older ones, null at the end."""

    plans: list[PlanLine]
    next: str | None


class StoredPlan(PlanLine):
    """A stored plan. ``plan`` is null until the status is ``done``."""

    plan: dispatch.Plan | None = None


class StoredPlanWithRequest(StoredPlan):
    """A stored plan with what was asked."""

    request: dispatch.PlanRequest


class FeatureCollection(BaseModel):
    """A GeoJSON FeatureCollection (RFC 7946); each feature's property ``role`` is store, trip, stop or unserved."""

    type: str
    features: list[dict[str, Any]]


def _line(row: PlanRow) -> PlanLine:
    return PlanLine(id=row.id, created_at=row.created_at, status=Status(row.status), error=row.error)


def _document(row: PlanRow, *, request: bool) -> bytes:
    """The stored JSON texts as one JSON object, none of them parsed."""
    parts = {"request": row.request} if request else {}
    parts["plan"] = row.plan or NULL
    head = _line(row).model_dump_json()[:-1]
    return (head + "".join(f',"{name}":{text}' for name, text in parts.items()) + "}").encode()


def load(database: Database, plan_id: str, caller: Caller) -> PlanRow:
    """The plan's row; ``NotFound`` if there is none, or none for this caller."""
    with database.transaction() as session:
        row = PlanRepository(session).get(plan_id, caller.stores)
    if row is None:
        raise NotFound(f"no plan has the id {plan_id[:80]!r}; GET /v1/plans lists them")
    return row


def part(row: PlanRow, text: str | None, media_type: str) -> Response:
    """One of the plan's documents as it was stored; ``NotDone`` if it is not there yet."""
    if text is None:
        raise NotDone(f"plan {row.id} is {row.status}: {row.error or 'ask again shortly'}")
    return Response(text, media_type=media_type)


@router.post(
    "",
    status_code=201,
    dependencies=[needs(Scope.PLANS_WRITE)],
    response_model=StoredPlan,
    openapi_extra=json_body(dispatch.PlanRequest, PLAN_EXAMPLE),
    responses=responses(NotJson, Forbidden, TooLarge, InvalidRequest, *SOLVED),
)
async def make_plan(
    request: Request,
    body: Body,
    caller: CallerOf,
    settings: SettingsOf,
    database: DatabaseOf,
    workers: WorkersOf,
    hung_up: HungUp,
    engine: Annotated[dispatch.Engine, Query(description="auto is columns: search and proof")] = "auto",
    time_limit_s: Annotated[float, Query(gt=0, allow_inf_nan=False, description="wall clock for the search")] = 1.0,
    seed: Annotated[int, Query(ge=0, lt=2**31)] = 0,
) -> Response:
    """Plan one snapshot, and keep it.

    Orders that cannot be served are in the plan's ``unserved`` with a coded reason; only a malformed request is
    refused, with every fault listed. It answers when the plan is done. A server that is asked for more plans than it
    could search for so long searches for each as long as its share allows; the plan's gap says what that cost.
    """
    if time_limit_s > settings.max_time_limit_s:
        text = f"{time_limit_s:g} is over this server's limit of {settings.max_time_limit_s:g} seconds; ask for less"
        raise invalid([dispatch.Fault(path="query.time_limit_s", text=text)])
    workers.refuse_if_full()
    parsed = await run_in_threadpool(parse_request, body)
    stores = [store.id for store in parsed.stores]
    own_stores(caller, stores)
    document = parsed.model_dump_json()

    def write() -> str:
        with database.writing() as session:
            return PlanRepository(session).add(document, stores=stores).id

    plan_id = await run_in_threadpool(write)
    try:
        answer = await workers.run(
            tasks.plan,
            engine,
            document,
            settings.map_files,
            seed=seed,
            timeout_s=time_limit_s + GRACE_S,
            search_s=time_limit_s,
            hung_up=hung_up,
        )
    except BaseException as error:
        # Whatever ended the solve, a cancelled request included, the row must not say "solving" for ever.
        with anyio.CancelScope(shield=True):
            await run_in_threadpool(_give_up, database, plan_id, error)
        raise

    def finish() -> PlanRow:
        note_plan(answer["plan"])
        with database.writing() as session:
            PlanRepository(session).finish(plan_id, answer)
        return load(database, plan_id, caller)

    row = await run_in_threadpool(finish)
    location = str(request.url_for("read_plan", plan_id=plan_id).path)
    return Response(_document(row, request=False), 201, {"Location": location}, "application/json")


def _give_up(database: Database, plan_id: str, error: BaseException) -> None:
    """Forget what was refused or not begun, which never was a plan; keep any other failure with its reason."""
    with database.writing() as session:
        plans = PlanRepository(session)
        if isinstance(error, dispatch.RequestError | NoTurnError):
            plans.drop(plan_id)
        elif isinstance(error, FORESEEN):
            plans.fail(plan_id, str(problem_of(error).detail))
        else:
            plans.fail(plan_id, "the solve ended unexpectedly; the server's log has the details")


@router.get("", dependencies=[needs(Scope.PLANS_READ)], responses=responses(InvalidRequest))
def list_plans(
    caller: CallerOf,
    database: DatabaseOf,
    limit: Annotated[int, Query(ge=1, le=200)] = 20,
    cursor: Cursor = None,
    status: Annotated[Status | None, Query(description="only plans of this status")] = None,
) -> PlanList:
    """The newest plans first; of a key that is bound to stores, those of no others."""
    with database.transaction() as session:
        plans = PlanRepository(session)
        before = None if cursor is None else plans.get(cursor, caller.stores)
        if cursor is not None and before is None:
            raise no_cursor(cursor)
        rows = plans.newest(limit + 1, status, caller.stores, before=before)
    page, following = cut(rows, limit, lambda row: row.id)
    return PlanList(plans=[_line(row) for row in page], next=following)


@router.get(
    "/{plan_id}",
    dependencies=[needs(Scope.PLANS_READ)],
    response_model=StoredPlanWithRequest,
    responses=responses(NotFound),
)
def read_plan(plan_id: str, caller: CallerOf, database: DatabaseOf) -> Response:
    """One plan with its request."""
    return Response(_document(load(database, plan_id, caller), request=True), media_type="application/json")


@router.get(
    "/{plan_id}/geojson",
    dependencies=[needs(Scope.PLANS_READ)],
    response_class=GeoJson,
    response_model=FeatureCollection,
    responses=responses(NotFound, NotDone),
)
def read_geojson(plan_id: str, caller: CallerOf, database: DatabaseOf) -> Response:
    """A plan drawn: the store, each trip along its streets, each stop, and the orders left out."""
    row = load(database, plan_id, caller)
    return part(row, row.geojson, GeoJson.media_type)


@router.get(
    "/{plan_id}/carbon",
    dependencies=[needs(Scope.CARBON_READ)],
    response_model=carbon.Report,
    responses=responses(NotFound, NotDone),
)
def read_carbon(plan_id: str, caller: CallerOf, database: DatabaseOf) -> Response:
    """A plan's carbon report: every order and round, ride and packaging apart, with every factor used."""
    row = load(database, plan_id, caller)
    return part(row, row.carbon, "application/json")
