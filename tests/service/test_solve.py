"""The seam to the workers, with real processes and real signals."""

import asyncio
import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import dispatch
from service import solve, tasks
from service.solve import NoTurnError, NoWorkersError, Workers, WorkerTimeoutError, awaited
from tests.service.documents import example


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    with Workers(1) as started:
        yield started


async def plan_and_kill(workers: Workers) -> tuple[dispatch.Plan, int]:
    """Plan for three seconds, kill the worker one second into it; the plan, and the process killed."""
    document = dispatch.PlanRequest.model_validate(example()).model_dump_json()
    running = asyncio.create_task(workers.run(tasks.plan, "routing", document, {}, time_limit_s=3.0, seed=0))
    await asyncio.sleep(1.0)
    assert workers.busy
    (pid,) = workers.pids
    os.kill(pid, signal.SIGKILL)
    answer = await running
    return dispatch.Plan.model_validate_json(answer["plan"]), pid


def test_solve_survives_the_death_of_its_worker(workers: Workers) -> None:
    plan, killed = asyncio.run(plan_and_kill(workers))
    assert plan.verdict.valid
    assert plan.summary.served == 3
    assert workers.pids
    assert killed not in workers.pids
    assert not workers.busy


def test_a_worker_that_is_killed_again_and_again_as_it_starts_comes_back() -> None:
    with Workers(1) as doomed:
        killed: set[int] = set()
        while len(killed) < 6:
            killed |= (found := set(doomed.pids) - killed)
            for pid in found:
                os.kill(pid, signal.SIGKILL)
            time.sleep(0.3)
        assert asyncio.run(doomed.probe(timeout_s=60.0)) == 1
        (alive,) = doomed.pids
        assert alive not in killed


def test_work_is_done_in_another_process(workers: Workers) -> None:
    assert asyncio.run(workers.run(os.getpid)) in workers.pids
    assert workers.pids != [os.getpid()]


def test_tiny_problem_is_solved(workers: Workers) -> None:
    assert asyncio.run(workers.probe()) == 1


def test_errors_come_back_as_they_were_raised(workers: Workers) -> None:
    document = dispatch.PlanRequest.model_validate(example(travel={"kind": "map", "name": "x"})).model_dump_json()
    with pytest.raises(dispatch.RequestError) as caught:
        asyncio.run(workers.run(tasks.plan, "greedy", document, {}, time_limit_s=1.0, seed=0))
    assert caught.value.faults[0].path == "$.travel.name"
    with pytest.raises(tasks.Refusal) as refused:
        asyncio.run(workers.run(tasks.service_area, "coquimbo", 0.0, 0.0, 5.0, None, {}))
    assert refused.value.faults[0].path == "query.lon"


def test_task_that_takes_too_long_is_given_up(workers: Workers) -> None:
    with pytest.raises(WorkerTimeoutError, match="within 0 s"):
        asyncio.run(workers.run(time.sleep, 1.5, timeout_s=0.2))
    assert asyncio.run(workers.probe()) == 1


def test_the_rest_waits_its_turn(workers: Workers) -> None:
    """More tasks than workers are queued on this side, and none of them is lost."""

    async def many() -> list[int]:
        return await asyncio.gather(*(workers.run(abs, -number) for number in range(20)))

    assert asyncio.run(many()) == list(range(20))
    assert workers.count() == 1


def test_turn_that_does_not_come_is_refused_and_the_next_one_served(
    workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(solve, "WAIT_S", 0.3)

    async def crowd(fleet: Workers) -> None:
        first = asyncio.create_task(fleet.run(time.sleep, 1.0))
        await asyncio.sleep(0)
        with pytest.raises(NoTurnError, match=r"busy for 0\.3 s"):
            await fleet.run(abs, -1)
        await first
        assert await fleet.run(abs, -2) == 2

    with Workers(scheduler=workers._fleet.address) as fleet:
        asyncio.run(crowd(fleet))


def test_who_would_wait_too_long_is_refused_at_once(workers: Workers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solve, "WAIT_S", 1.2)

    async def crowd(fleet: Workers) -> list[int]:
        await fleet.run(time.sleep, 0.5)  # so that tasks are known to take half a second
        assert fleet.expected_wait_s == 0
        taken = [asyncio.create_task(fleet.run(time.sleep, 0.5)) for _ in range(3)]
        await asyncio.sleep(0)
        assert fleet.expected_wait_s > solve.WAIT_S
        for refused in (fleet.refuse_if_full, lambda: asyncio.create_task(fleet.run(abs, -1))):
            with pytest.raises(NoTurnError, match="every worker is busy") as caught:
                await (refused() or asyncio.sleep(0))
            assert caught.value.retry_after_s >= 2
        await asyncio.gather(*taken)
        return [await fleet.run(abs, -2)]

    with Workers(scheduler=workers._fleet.address) as fleet:
        assert asyncio.run(crowd(fleet)) == [2]


def test_task_is_not_begun_for_someone_who_left_or_was_cancelled(workers: Workers, tmp_path: Path) -> None:
    async def gone() -> bool:
        return True

    async def crowd(fleet: Workers) -> None:
        first = asyncio.create_task(fleet.run(time.sleep, 0.5))
        await asyncio.sleep(0)
        left = asyncio.create_task(fleet.run(os.mkdir, tmp_path / "left", hung_up=gone))
        cancelled = asyncio.create_task(fleet.run(os.mkdir, tmp_path / "cancelled"))
        await asyncio.sleep(0)
        cancelled.cancel()
        await first
        with pytest.raises(NoTurnError, match="hung up"):
            await left
        await fleet.run(os.mkdir, tmp_path / "wanted")

    with Workers(scheduler=workers._fleet.address) as fleet:
        asyncio.run(crowd(fleet))
    assert [path.name for path in tmp_path.iterdir()] == ["wanted"]


def test_workers_of_a_scheduler_solve_as_well(workers: Workers) -> None:
    with Workers(scheduler=workers._fleet.address) as fleet:
        assert asyncio.run(fleet.probe()) == 1
        assert (fleet.count(), fleet.pids) == (1, [])
    assert workers.count() == 1, "a fleet outlives the servers that use it"


def test_workers_that_are_not_running_say_so() -> None:
    idle = Workers(1)
    assert (idle.count(), idle.pids, idle.busy) == (0, [], False)
    with pytest.raises(NoWorkersError, match="not running"):
        asyncio.run(idle.run(abs, -1))
    idle.close()


def test_scheduler_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solve, "CONNECT_S", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as mute:  # it takes calls and says nothing
        for address in ("tcp://127.0.0.1:1", f"tcp://127.0.0.1:{mute.getsockname()[1]}"):
            with pytest.raises(NoWorkersError, match=rf"no scheduler answered at {address} in 0\.5 s; start one"):
                Workers(scheduler=address).start()
    with pytest.raises(NoWorkersError, match=r"no scheduler answers at tls://127\.0\.0\.1:1 .*; start one"):
        Workers(scheduler="tls://127.0.0.1:1").start()
    assert awaited("tcp://here:1") == (
        "the scheduler at tcp://here:1, 0.5 s at most, and for a warm worker of it, 120 s at most"
    )
