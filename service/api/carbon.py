"""``/v1/carbon``: what stores emitted over some days, as figures and as reports to hand out; and the ledger."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel

import carbon
from carbon.reports import Period
from dispatch import Fault
from service import footprints
from service.api.state import KNOWN_PARAMETERS, DatabaseOf, HungUp, SettingsOf, WorkersOf
from service.auth import OF_ALL_STORES, Caller, CallerOf, Scope, needs, no_store
from service.db.database import Database
from service.db.fleets import FleetRepository
from service.db.plans import PlanRepository
from service.live.ridden import read_ridden, ridden_days
from service.problems import SOLVED, InvalidRequest, NotFound, Unavailable, invalid, responses
from service.report import NEAR, glance_at

router = APIRouter(prefix="/v1/carbon", tags=["carbon"], dependencies=[needs(Scope.CARBON_READ), KNOWN_PARAMETERS])

TYPES: Mapping[str, str] = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "html": "text/html; charset=utf-8",
    "pdf": "application/pdf",
}
TIMEOUT_S = 300.0
EARLIEST, LATEST = date(1970, 1, 1), date(2999, 12, 31)


class CarbonStores(BaseModel):
    """The stores that there are plans of or that are dispatched live, and the days of the plans and live trips."""

    stores: list[str]
    first_day: date | None
    last_day: date | None


class Figures(BaseModel):
    """Estimates in grams of CO2e: totals, those of as many days before (null without), and their parts.

    An order of ``orders`` that was dispatched live has null for its ``plan_id``, and in ``how`` what its grams come of:
    its share of its round, its packaging, and the ``round``; one of a plan has null there and the plan's own report.
    ``factors`` are those behind all figures.
    """

    first_day: date
    last_day: date
    alignment: str
    totals: dict[str, Any]
    before: dict[str, Any] | None
    days: list[dict[str, Any]]
    classes: list[dict[str, Any]]
    packaging: list[dict[str, Any]]
    histogram: dict[str, Any]
    orders: list[dict[str, Any]]
    factors: list[dict[str, Any]]
    left_out: list[str]


class LedgerStatus(BaseModel):
    """The ledger in the data folder; without one, ``entries`` is 0 and the rest is null."""

    entries: int
    kinds: dict[str, int]
    valid: bool | None
    findings: list[str]
    head: str | None


class _Asked(BaseModel):
    """The stores and days of a report, and the fleets that the stores are dispatched in."""

    stores: tuple[str, ...]
    fleets: tuple[str, ...]
    period: Period


def _asked(
    caller: CallerOf,
    database: DatabaseOf,
    first_day: Annotated[date, Query(alias="from", ge=EARLIEST, le=LATEST, description="first day")],
    last_day: Annotated[date, Query(alias="to", ge=EARLIEST, le=LATEST, description="last day, at most a year later")],
    store: Annotated[str | None, Query(max_length=100, description="a store; null is all that the key sees")] = None,
) -> _Asked:
    planned, live = _stores(database, caller)
    seen = sorted({*planned, *(each for each, _ in live)})
    if store is not None and store not in seen:
        raise no_store(store)
    try:
        period = Period(first_day=first_day, last_day=last_day)
    except carbon.CarbonError as error:
        raise invalid([Fault(path="query.from", text=str(error))]) from None
    stores = seen if store is None else [store]
    fleets = sorted({fleet for each, fleet in live if each in stores})
    return _Asked(stores=tuple(stores), fleets=tuple(fleets), period=period)


AskedOf = Annotated[_Asked, Depends(_asked)]


def _stores(database: Database, caller: Caller) -> tuple[list[str], list[tuple[str, str]]]:
    """The caller's stores that there are plans of, and those of fleets that are the caller's, with each fleet."""
    with database.transaction() as session:
        planned = [store for store in PlanRepository(session).stores() if caller.sees(store)]
        dispatched = [(row.id, row.fleet_id) for row in FleetRepository(session).stores()]
    hidden = {fleet for store, fleet in dispatched if not caller.sees(store)}
    return planned, [(store, fleet) for store, fleet in dispatched if fleet not in hidden]


def rows_of(database: Database, asked: _Asked) -> list[tuple[str, str, str]]:
    """The plans and live trips that may matter."""
    first, last = asked.period.before.first_day - NEAR, asked.period.last_day + NEAR
    with database.transaction() as session:
        plans = PlanRepository(session).done_of(asked.stores)
        rows = [row for row in plans if (glance := glance_at(row[1])) is None or first <= glance[0] <= last]
        for fleet in asked.fleets:
            rows += read_ridden(session, fleet, asked.stores, asked.period)
        return rows


@router.get("/stores")
def list_carbon_stores(database: DatabaseOf, caller: CallerOf) -> CarbonStores:
    """The stores that a report can be made of, and from when until when there are plans and live trips of them."""
    planned, live = _stores(database, caller)
    with database.transaction() as session:
        glances = [glance_at(request) for _, request, _ in PlanRepository(session).done_of(planned)]
        ridden = [ridden_days(session, fleet) for fleet in sorted({fleet for _, fleet in live})]
    days = [glance[0] for glance in glances if glance is not None]
    days += [day for ends in ridden if ends is not None for day in ends]
    stores = sorted({*planned, *(store for store, _ in live)})
    return CarbonStores(stores=stores, first_day=min(days, default=None), last_day=max(days, default=None))


@router.get("/figures", response_model=Figures, responses=responses(NotFound, InvalidRequest, *SOLVED))
async def read_figures(
    asked: AskedOf, database: DatabaseOf, settings: SettingsOf, workers: WorkersOf, hung_up: HungUp
) -> Response:
    """What plans and live trips emitted over a period: an estimate, aligned with ISO 14083:2023."""
    rows = await run_in_threadpool(rows_of, database, asked)
    days = asked.period.first_day, asked.period.last_day
    found = await workers.run(
        footprints.figures, rows, asked.stores, *days, settings.map_files, timeout_s=TIMEOUT_S, hung_up=hung_up
    )
    return Response(found, headers={"Cache-Control": "no-cache"}, media_type="application/json")


@router.get(
    "/report.{format_name}",
    response_class=Response,
    responses={
        200: {"description": "The report.", "content": {kind.partition(";")[0]: {} for kind in TYPES.values()}},
        **responses(NotFound, InvalidRequest, *SOLVED),
    },
)
async def read_report(
    format_name: Literal["json", "csv", "xlsx", "html", "pdf"],
    asked: AskedOf,
    database: DatabaseOf,
    settings: SettingsOf,
    workers: WorkersOf,
    hung_up: HungUp,
) -> Response:
    """The same with ranges, factors, method and the reporting checklist, as a file to hand out."""
    rows = await run_in_threadpool(rows_of, database, asked)
    days = asked.period.first_day, asked.period.last_day
    try:
        made = await workers.run(
            footprints.document, rows, asked.stores, *days, settings.map_files, format_name,
            timeout_s=TIMEOUT_S, hung_up=hung_up,
        )  # fmt: skip
    except carbon.CarbonError as error:
        raise Unavailable(str(error)) from None
    name = f"carbon-{days[0]}-{days[1]}.{format_name}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-cache"}
    return Response(made, headers=headers, media_type=TYPES[format_name])


@router.get("/ledger", dependencies=[OF_ALL_STORES], responses=responses(Unavailable))
def read_ledger(settings: SettingsOf) -> LedgerStatus:
    """Whether the server's ledger, ``SWIFTLEAF_LEDGER``, still is what was written: every entry is checked."""
    path = settings.ledger_file
    if not path.exists():
        return LedgerStatus(entries=0, kinds={}, valid=None, findings=[], head=None)
    kinds: dict[str, int] = {}
    try:
        verified = carbon.verify_ledger(path)
        for entry in carbon.Ledger(path).entries():
            kinds[entry.kind] = kinds.get(entry.kind, 0) + 1
    except carbon.CarbonError as error:
        text = str(error).replace(str(path), path.name)  # where it lies is for the operator
        return LedgerStatus(entries=sum(kinds.values()), kinds=kinds, valid=False, findings=[text], head=None)
    findings = [str(finding) for finding in verified.findings]
    return LedgerStatus(
        entries=verified.entries, kinds=kinds, valid=verified.valid, findings=findings, head=verified.head
    )
