"""What lives as long as the server does: database, fleets, workers, studies."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager

import structlog
from fastapi import FastAPI
from fastapi.concurrency import run_in_threadpool

from service.auth.session import Sessions
from service.db.database import Database, DatabaseError
from service.housekeeping import fail_interrupted, keep_house
from service.keyring import KeyRingError
from service.live.house import Live
from service.live.proving import keep_proving
from service.privacy.sealing import Sealer
from service.settings import Settings
from service.solve import NoWorkersError, Workers
from service.studies.conductor import Conductor


def lifetime(
    settings: Settings, on_warm: Callable[[], None], on_failure: Callable[[], None]
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """The lifespan of an application; the arguments are those of ``create_app``."""

    @asynccontextmanager
    async def live(app: FastAPI) -> AsyncIterator[None]:
        log = structlog.get_logger()
        async with AsyncExitStack() as stack:
            try:
                app.state.sessions, app.state.sealer = Sessions(settings), Sealer(settings)
                database = Database(settings.database)
                stack.callback(database.close)
                revision = await run_in_threadpool(database.migrate)
                interrupted = await run_in_threadpool(fail_interrupted, database, settings.max_time_limit_s)
                log.info("database.open", url=database.url, revision=revision, interrupted_plans=interrupted)
                house = Live(database, settings, app.state.sealer)
                stack.push_async_callback(run_in_threadpool, house.close)
                house.start()
            except (DatabaseError, KeyRingError) as error:
                app.state.failure = str(error)
                raise
            workers = Workers(settings.workers, settings.scheduler)
            stack.push_async_callback(run_in_threadpool, workers.close)
            conductor = Conductor(database, workers, lambda: settings.map_files)
            stack.push_async_callback(conductor.close)

            async def warm() -> None:
                try:
                    await run_in_threadpool(workers.start)
                except NoWorkersError as error:
                    app.state.failure = str(error)
                    on_failure()
                    return
                log.info("workers.warm", workers=workers.count(), scheduler=settings.scheduler or "local")
                conductor.start()
                on_warm()

            app.state.database, app.state.workers, app.state.live = database, workers, house
            app.state.conductor = conductor
            sweeping = asyncio.create_task(keep_house(database, settings))
            stack.callback(sweeping.cancel)
            proving = asyncio.create_task(keep_proving(database, house.keeper, workers, settings.map_files))
            stack.callback(proving.cancel)
            warming = asyncio.create_task(warm())
            stack.push_async_callback(asyncio.wait, [warming])  # a start cannot be stopped in the middle
            yield

    return live
