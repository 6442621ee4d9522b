"""Live plans are proven now and then, each once, and decisions are timed."""

import asyncio
from collections.abc import Callable
from typing import Any, cast

import pytest

from service.db.database import Database
from service.live import proving
from service.solve import NoWorkersError, Workers
from service.telemetry.counts import REGISTRY
from tests.service.live.fleet import all_handled, order, rider, wait_for
from tests.service.live.test_keeper import found, process


class Here:
    """Calls in this process what a worker would; not there at first."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def run_behind(self, function: Callable[..., str], /, *args: Any, timeout_s: float) -> str:
        assert timeout_s > 0
        self.asked.append(args[0])
        if len(self.asked) == 1:
            raise NoWorkersError("not yet")
        return await asyncio.to_thread(function, *args)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_plan_of_a_fleet_is_proven_once_and_decisions_are_timed(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proving, "EVERY_S", 0.02)
    found(database)
    workers = Here()
    names = ("swiftleaf_live_gap_count", "swiftleaf_live_solve_seconds_count")
    gaps, decided = (REGISTRY.get_sample_value(name) or 0 for name in names)

    async def prove() -> None:
        proven = asyncio.create_task(proving.keep_proving(database, live.keeper, cast("Workers", workers), {}))
        await asyncio.to_thread(wait_for, lambda: REGISTRY.get_sample_value(names[0]) == gaps + 1)
        await asyncio.sleep(0.2)
        proven.cancel()

    with process(database) as live:
        live.send(rider("ana"), order("o1", ready_s=900))
        wait_for(lambda: live.keeper.fleets and all_handled(database))
        asyncio.run(prove())
    assert len(workers.asked) == 2
    assert REGISTRY.get_sample_value(names[0]) == gaps + 1
    assert (REGISTRY.get_sample_value(names[1]) or 0) >= decided + 2
