"""``/v1/carbon/exchange``: carbon documents for others, and documents of others recomputed."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, StringConstraints

import carbon
from dispatch import Fault
from service import footprints
from service.api.body import Body, refuse_non_json
from service.api.carbon import TIMEOUT_S, AskedOf, rows_of
from service.api.state import KNOWN_PARAMETERS, DatabaseOf, HungUp, SettingsOf, WorkersOf
from service.auth import Scope, needs
from service.problems import InvalidRequest, NotFound, NotJson, TooLarge, Unavailable, invalid, responses

router = APIRouter(prefix="/v1/carbon", tags=["carbon"], dependencies=[needs(Scope.CARBON_READ), KNOWN_PARAMETERS])

URN = r"^[uU][rR][nN]:[A-Za-z0-9][A-Za-z0-9-]{0,31}:\S+$"
DOCUMENTS = {
    "description": "iLEAP 1.0.0 or PACT documents: one, a list, or a page of them",
    "anyOf": [{"type": "object"}, {"type": "array"}],
}

SHIPMENT_EXAMPLE: dict[str, Any] = {
    "mass": "87",
    "shipmentId": "shipment-1",
    "tces": [
        {
            "tceId": "leg-1",
            "tocId": "van",
            "shipmentId": "shipment-1",
            "mass": "87",
            "distance": {"sfd": "423"},
            "transportActivity": "36.801",
            "co2eWTW": "3.6801",
            "co2eTTW": "3.2801",
        }
    ],
}
BODY: dict[str, Any] = {"schema": DOCUMENTS, "examples": {"whole": {"value": SHIPMENT_EXAMPLE}}}


class ExchangeFindings(BaseModel):
    """What recomputing documents found: ``flags`` contradict, ``unchecked`` came with nothing to recompute from."""

    documents: int
    flags: list[str]
    unchecked: list[str]


class ExchangeDocuments(BaseModel):
    """PACT 3 product footprints, with iLEAP 1.0.0 documents in them; ``left_out`` says what is missing, and why."""

    data: list[dict[str, Any]]
    left_out: list[str]


@router.get("/exchange", response_model=ExchangeDocuments, responses=responses(NotFound, InvalidRequest, Unavailable))
async def export_exchange(
    asked: AskedOf,
    database: DatabaseOf,
    settings: SettingsOf,
    workers: WorkersOf,
    hung_up: HungUp,
    company_name: Annotated[str, Query(min_length=1, max_length=200, description="who answers for the documents")],
    company_id: Annotated[
        list[Annotated[str, StringConstraints(pattern=URN, max_length=200)]],
        Query(min_length=1, max_length=20, description="a URN that identifies the company; may be given again"),
    ],
) -> Response:
    """What stores emitted over some days, in the form in which shippers and carriers exchange it."""
    rows = await run_in_threadpool(rows_of, database, asked)
    owner = carbon.DataOwner(company_name=company_name, company_ids=tuple(company_id))
    days = asked.period.first_day, asked.period.last_day
    try:
        made = await workers.run(
            footprints.exchanged, rows, asked.stores, *days, settings.map_files, owner, datetime.now(UTC),
            timeout_s=TIMEOUT_S, hung_up=hung_up,
        )  # fmt: skip
    except carbon.CarbonError as error:
        raise Unavailable(str(error)) from None
    return Response(made, headers={"Cache-Control": "no-cache"}, media_type="application/json")


@router.post(
    "/exchange:check",
    openapi_extra={"requestBody": {"required": True, "content": {"application/json": BODY}}},
    responses=responses(NotJson, TooLarge, InvalidRequest, Unavailable),
)
async def check_exchange(body: Body) -> ExchangeFindings:
    """Recompute carbon documents of others. Nothing is stored."""
    await run_in_threadpool(refuse_non_json, body)  # half a surrogate pair, which no answer can repeat, is none
    try:
        imported = await run_in_threadpool(carbon.import_documents, body)
    except carbon.ExchangeError as error:
        raise invalid([Fault(path="$", text=str(error))]) from None
    return ExchangeFindings(
        documents=len(imported.documents),
        flags=[str(finding) for finding in imported.flags],
        unchecked=[str(finding) for finding in imported.unchecked],
    )
