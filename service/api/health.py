"""``/healthz`` and ``/readyz``: is the process alive, and can it do its work."""

from importlib.metadata import version
from typing import Literal

from fastapi import APIRouter
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel

from service.api.state import DatabaseOf, WorkersOf
from service.problems import Unavailable, responses
from service.solve import WorkerTimeoutError

router = APIRouter(tags=["health"])


class Alive(BaseModel):
    """The process answers."""

    status: Literal["alive"] = "alive"
    version: str


class Ready(BaseModel):
    """Everything answers. ``tiny_problem`` is ``solved``, or ``skipped`` while every worker has a larger one."""

    status: Literal["ready"] = "ready"
    database: Literal["answers"] = "answers"
    workers: int
    tiny_problem: Literal["solved", "skipped"]


@router.head("/healthz", include_in_schema=False)
@router.get("/healthz")
async def alive() -> Alive:
    """Whether the process is alive. It asks nobody else, so that a busy or broken neighbour never gets it restarted."""
    return Alive(version=version("swiftleaf"))


@router.head("/readyz", include_in_schema=False)
@router.get("/readyz", responses=responses(Unavailable))
async def ready(database: DatabaseOf, workers: WorkersOf) -> Ready:
    """Whether work would be done: the database answers, and a worker solves a tiny problem."""
    await run_in_threadpool(database.ping)
    alive = await run_in_threadpool(workers.count)
    if workers.busy and alive:
        # Working workers are working; a probe queued behind a 30 s solve would take a healthy server out of service.
        return Ready(workers=alive, tiny_problem="skipped")
    try:
        served = await workers.probe()
    except WorkerTimeoutError as error:
        raise Unavailable(f"the workers do not answer: {error}") from None
    if served != 1:
        raise Unavailable("a worker answered the tiny problem wrongly; run `swiftleaf doctor`")
    return Ready(workers=alive, tiny_problem="solved")
