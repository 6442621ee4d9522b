"""``/v1/plans:check``: what a plan made by hand is worth."""

from fastapi import APIRouter, Response
from fastapi.concurrency import run_in_threadpool

import dispatch
from service import tasks
from service.api.body import Body, parse
from service.api.documents import CHECK_EXAMPLE, json_body
from service.api.state import KNOWN_PARAMETERS, HungUp, SettingsOf, WorkersOf
from service.auth import CallerOf, Scope, needs, own_stores
from service.problems import SOLVED, InvalidRequest, NotJson, TooLarge, responses

router = APIRouter(prefix="/v1/plans:check", tags=["plans"], dependencies=[needs(Scope.PLANS_WRITE), KNOWN_PARAMETERS])


@router.post(
    "",
    response_model=dispatch.Plan,
    openapi_extra=json_body(dispatch.CheckRequest, CHECK_EXAMPLE),
    responses=responses(NotJson, TooLarge, InvalidRequest, *SOLVED),
)
async def check_plan(
    body: Body, caller: CallerOf, settings: SettingsOf, workers: WorkersOf, hung_up: HungUp
) -> Response:
    """Time, price and judge ``trips`` made by hand, or a whole ``plan`` as it stands, against ``request``.

    No plan is refused for being bad: its ``verdict`` lists every violation, priced where the rates have a price for it.
    Nothing is stored.
    """
    asked = await run_in_threadpool(parse, dispatch.CheckRequest, body)
    own_stores(caller, [store.id for store in asked.request.stores])
    answer = await workers.run(tasks.evaluate, asked.model_dump_json(), settings.map_files, hung_up=hung_up)
    return Response(answer, media_type="application/json")
