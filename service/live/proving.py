"""Proves now and then how far live plans can be from the best, for whoever watches the figures."""

import asyncio

import structlog
from fastapi.concurrency import run_in_threadpool

import maps
from service import tasks
from service.db.database import Database, DatabaseError
from service.db.decisions import DecisionRepository
from service.db.fleets import FleetRepository
from service.live.keeper import Keeper
from service.solve import NoWorkersError, WorkerLostError, Workers, WorkerTimeoutError
from service.telemetry.counts import note_live_gap

EVERY_S = 300.0
"""A proof takes a worker a second or two."""
PATIENCE_S = 60.0


async def keep_proving(database: Database, keeper: Keeper, workers: Workers, files: dict[str, str]) -> None:
    """Prove the plan of each fleet of this process, if it is another one than last time, until cancelled.

    Args:
        database: where the plans are.
        keeper: knows the fleets.
        workers: prove, when nobody waits for them.
        files: of the maps there are.
    """
    log = structlog.get_logger()
    proven: dict[str, int] = {}
    while True:
        await asyncio.sleep(EVERY_S)
        for fleet_id in sorted(keeper.fleets):
            try:
                revision, plan, setup = await run_in_threadpool(_read, database, fleet_id)
                if plan and proven.get(fleet_id) != revision:
                    found = await workers.run_behind(tasks.plan_gap, plan, setup, files, timeout_s=PATIENCE_S)
                    note_live_gap(found)
                    proven[fleet_id] = revision
            except (DatabaseError, NoWorkersError, WorkerLostError, WorkerTimeoutError, maps.MapError) as error:
                log.warning("fleet.not_proven", fleet=fleet_id, error=str(error))


def _read(database: Database, fleet_id: str) -> tuple[int, str, str]:
    """A fleet's revision, plan and setup; no text where there is no plan yet."""
    with database.transaction() as session:
        plan, fleet = DecisionRepository(session, fleet_id).plan(), FleetRepository(session).get(fleet_id)
    return (0, "", "") if plan is None or fleet is None else (plan.revision, plan.document, fleet.setup)
