"""``/v1/quotes``: can this order be promised, and by whom."""

from fastapi import APIRouter, Response
from fastapi.concurrency import run_in_threadpool

import dispatch
from service import tasks
from service.api.body import Body, parse
from service.api.documents import QUOTE_EXAMPLE, json_body
from service.api.state import KNOWN_PARAMETERS, HungUp, SettingsOf, WorkersOf
from service.auth import CallerOf, Scope, needs, own_stores
from service.problems import SOLVED, InvalidRequest, NotJson, TooLarge, responses

router = APIRouter(prefix="/v1/quotes", tags=["quotes"], dependencies=[needs(Scope.PLANS_WRITE), KNOWN_PARAMETERS])


@router.post(
    "",
    response_model=dispatch.Quote,
    openapi_extra=json_body(dispatch.QuoteRequest, QUOTE_EXAMPLE),
    responses=responses(NotJson, TooLarge, InvalidRequest, *SOLVED),
)
async def make_quote(
    body: Body, caller: CallerOf, settings: SettingsOf, workers: WorkersOf, hung_up: HungUp
) -> Response:
    """Whether ``order`` can be at its door by ``promised_at`` beside the orders of ``request``, and who would bring it.

    Nothing is stored, and no order already taken is made late for it.
    """
    asked = await run_in_threadpool(parse, dispatch.QuoteRequest, body)
    own_stores(caller, [store.id for store in asked.request.stores])
    answer = await workers.run(
        tasks.quote,
        asked.request.model_dump_json(),
        asked.order.model_dump_json(),
        settings.map_files,
        hung_up=hung_up,
    )
    return Response(answer, media_type="application/json")
