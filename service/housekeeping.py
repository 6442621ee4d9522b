"""What the server does by itself, on its start and every hour: erases persons and answers whose time is over."""

import asyncio
from datetime import timedelta

import structlog
from fastapi.concurrency import run_in_threadpool

from service.db.answers import AnswerRepository
from service.db.database import Database, DatabaseError
from service.db.persons import PersonRepository

EVERY_S = 3_600.0


def sweep(database: Database, retention_days: float) -> tuple[int, int]:
    """Erase what is too old; returns how many persons and answers that were."""
    with database.writing() as session:
        persons = PersonRepository(session).sweep(timedelta(days=retention_days))
        return persons, AnswerRepository(session).sweep()


async def keep_house(database: Database, retention_days: float) -> None:
    """Sweep now and every hour, until cancelled. A database that is gone is for the next hour."""
    log = structlog.get_logger()
    while True:
        try:
            persons, answers = await run_in_threadpool(sweep, database, retention_days)
            log.info("house.swept", persons=persons, answers=answers)
        except DatabaseError as error:
            log.warning("house.not_swept", error=str(error))
        await asyncio.sleep(EVERY_S)
