"""What the server does by itself, on its start and every hour.

It erases persons and answers whose time is over, ends plans whose server died over them, and removes what such a server
left of maps that were coming in.
"""

import asyncio
from datetime import timedelta

import structlog
from fastapi.concurrency import run_in_threadpool

from service.db.answers import AnswerRepository
from service.db.database import Database, DatabaseError
from service.db.persons import PersonRepository
from service.db.plans import PlanRepository
from service.db.sessions import EndedSessionRepository
from service.settings import Settings
from service.shelf import sweep_uploads

EVERY_S = 3_600.0
INTERRUPTED_S = 120.0
"""A plan that is ``solving`` for so long beyond the longest search has no server any more."""


def sweep(database: Database, settings: Settings) -> tuple[int, int]:
    """Erase what is too old; returns how many persons and answers that were."""
    with database.writing() as session:
        EndedSessionRepository(session).sweep(timedelta(hours=settings.session_hours))
        persons = PersonRepository(session).sweep(timedelta(days=settings.retention_days))
        return persons, AnswerRepository(session).sweep()


def fail_interrupted(database: Database, max_time_limit_s: float) -> int:
    """Mark as failed what a dead server left ``solving``; returns how many plans that were.

    A file belongs to one server, so that at its start all of them are; PostgreSQL may have others, which are at theirs.
    """
    age_s = 0.0 if database.in_a_file else max_time_limit_s + INTERRUPTED_S
    with database.writing() as session:
        return PlanRepository(session).fail_interrupted(timedelta(seconds=age_s))


async def keep_house(database: Database, settings: Settings) -> None:
    """Sweep now and every hour, until cancelled. A database that is gone is for the next hour."""
    log = structlog.get_logger()
    while True:
        try:
            persons, answers = await run_in_threadpool(sweep, database, settings)
            plans = 0
            if not database.in_a_file:
                plans = await run_in_threadpool(fail_interrupted, database, settings.max_time_limit_s)
            await run_in_threadpool(sweep_uploads, settings.data_dir)
            log.info("house.swept", persons=persons, answers=answers, plans=plans)
        except (DatabaseError, OSError) as error:
            log.warning("house.not_swept", error=str(error))
        await asyncio.sleep(EVERY_S)
