"""``/v1/carbon/exchange:check``: documents of others recomputed."""

from fastapi import APIRouter
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel

import carbon
from dispatch import Fault
from service.api.body import Body, refuse_non_json
from service.api.state import KNOWN_PARAMETERS
from service.auth import Scope, needs
from service.problems import InvalidRequest, NotJson, TooLarge, Unavailable, invalid, responses

router = APIRouter(prefix="/v1/carbon", tags=["carbon"], dependencies=[needs(Scope.CARBON_READ), KNOWN_PARAMETERS])

DOCUMENTS = {
    "description": "iLEAP 1.0.0 or PACT documents: one, a list, or a page of them",
    "anyOf": [{"type": "object"}, {"type": "array", "items": {"type": "object"}}],
}


class ExchangeFindings(BaseModel):
    """What recomputing documents found: ``flags`` contradict, ``unchecked`` came with nothing to recompute from."""

    documents: int
    flags: list[str]
    unchecked: list[str]


@router.post(
    "/exchange:check",
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
