"""``/v1/carbon``: reports over the stored plans, the ledger's state, and documents of others recomputed."""

from datetime import date
from enum import StrEnum
from typing import Annotated

import anyio
from fastapi import APIRouter, Query, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ValidationError

import carbon
from carbon.reports import Period, Statement
from dispatch import Fault
from service import report
from service.api.body import Body, refuse_non_json
from service.api.state import KNOWN_PARAMETERS, SettingsOf
from service.auth import CallerOf, Scope, needs, see_store
from service.books import Books
from service.files import UsageError
from service.problems import InvalidRequest, NotFound, NotJson, TooLarge, Unavailable, invalid, responses

router = APIRouter(prefix="/v1/carbon", tags=["carbon"], dependencies=[KNOWN_PARAMETERS])

ONE_AT_A_TIME = anyio.CapacityLimiter(1)
"""A report reads every plan of its days and draws ten thousand times: one of them, beside everything else."""


DOCUMENTS = {
    "description": "iLEAP 1.0.0 or PACT documents: one, a list, or a page of them",
    "anyOf": [{"type": "object"}, {"type": "array", "items": {"type": "object"}}],
}


class ReportFormat(StrEnum):
    """Formats of a report; a test keeps them the same as ``service.report.FORMATS``."""

    JSON = "json"
    CSV = "csv"
    XLSX = "xlsx"
    HTML = "html"
    PDF = "pdf"


MEDIA = {
    ReportFormat.JSON: "application/json",
    ReportFormat.CSV: "text/csv",
    ReportFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ReportFormat.HTML: "text/html",
    ReportFormat.PDF: "application/pdf",
}


class LedgerFinding(BaseModel):
    """What is wrong with the ledger, and where."""

    text: str


class LedgerStatus(BaseModel):
    """The ledger as it is: how many entries, the hash of the last, and whether every one of them holds."""

    entries: int
    head: str
    valid: bool
    findings: list[LedgerFinding]


class ExchangeFindings(BaseModel):
    """What recomputing documents found: ``flags`` contradict, ``unchecked`` came with nothing to recompute from."""

    documents: int
    flags: list[str]
    unchecked: list[str]


@router.get(
    "/reports",
    dependencies=[needs(Scope.CARBON_READ)],
    response_model=Statement,
    responses=responses(NotFound, InvalidRequest, Unavailable)
    | {200: {"content": {media: {} for media in MEDIA.values() if media != MEDIA[ReportFormat.JSON]}}},
)
async def read_report(
    caller: CallerOf,
    settings: SettingsOf,
    store: Annotated[list[str], Query(min_length=1, max_length=100, description="ids of the stores")],
    first_day: Annotated[date, Query(description="first day")],
    last_day: Annotated[date, Query(description="last day, at most a year later")],
    format: Annotated[ReportFormat, Query(description="of the answer")] = ReportFormat.JSON,  # noqa: A002 - its name
) -> Response:
    """The carbon report of stores over some days, from the plans that are stored."""
    for each in store:
        see_store(caller, each)
    try:
        period = Period(first_day=first_day, last_day=last_day)
    except (carbon.CarbonError, ValidationError) as error:
        raise invalid([Fault(path="query.last_day", text=str(error))]) from None

    def make() -> bytes:
        return report.FORMATS[format](report.stored(settings, tuple(dict.fromkeys(store)), period, Books()))

    try:
        said = await anyio.to_thread.run_sync(make, limiter=ONE_AT_A_TIME)
    except UsageError as error:
        raise invalid([Fault(path="query.store", text=text.removeprefix("--store ")) for text in error.lines]) from None
    except carbon.CarbonError as error:
        raise Unavailable(str(error)) from None
    name = f"carbon-{first_day}-{last_day}.{format}"
    return Response(said, media_type=MEDIA[format], headers={"Content-Disposition": f'inline; filename="{name}"'})


@router.get("/ledger", dependencies=[needs(Scope.CARBON_READ)], responses=responses(NotFound, Unavailable))
async def read_ledger(settings: SettingsOf) -> LedgerStatus:
    """Verify the server's ledger, ``SWIFTLEAF_LEDGER``, from its first entry to its last."""
    file = settings.ledger_file
    if not file.is_file():
        raise NotFound("this server has no ledger; its operator names one in SWIFTLEAF_LEDGER")
    try:
        found = await anyio.to_thread.run_sync(carbon.verify_ledger, file, limiter=ONE_AT_A_TIME)
    except carbon.CarbonError as error:
        raise Unavailable(str(error)) from None
    return LedgerStatus(
        entries=found.entries,
        head=found.head,
        valid=found.valid,
        findings=[LedgerFinding(text=str(finding)) for finding in found.findings],
    )


@router.post(
    "/exchange:check",
    dependencies=[needs(Scope.CARBON_READ)],
    openapi_extra={"requestBody": {"required": True, "content": {"application/json": {"schema": DOCUMENTS}}}},
    responses=responses(NotJson, TooLarge, InvalidRequest, Unavailable),
)
async def check_exchange(body: Body) -> ExchangeFindings:
    """Recompute carbon documents of others. Nothing is stored."""
    try:
        imported = await run_in_threadpool(carbon.import_documents, body)
    except carbon.ExchangeError as error:
        refuse_non_json(body)
        raise invalid([Fault(path="$", text=str(error))]) from None
    return ExchangeFindings(
        documents=len(imported.documents),
        flags=[str(finding) for finding in imported.flags],
        unchecked=[str(finding) for finding in imported.unchecked],
    )
