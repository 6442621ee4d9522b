"""Sees studies through: claims them, has workers make their runs, keeps each run, writes what they found.

Studies are made by whichever server process claims them, one long and one short at a time. All that matters is in the
database: a process that dies is replaced by another once its lease is over, and what it had finished is not made again.
"""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import structlog
from fastapi.concurrency import run_in_threadpool
from pydantic import ValidationError

import carbon
import dispatch
import maps
from dispatch import radius, twin
from service.db.database import Database, DatabaseError
from service.db.plans import PlanRepository
from service.db.studies import Claimed, StudyRepository
from service.solve import NoWorkersError, SolveError, WorkerLostError, Workers
from service.studies import work
from service.studies.ask import FleetStudy, Kind, SitingStudy, StudyRequest, WhatIfStudy
from service.tasks import FILES

POLL_S = 2.0
"""How often the database is asked for studies that another process took in or left behind."""
RENEW_S = 3.0
RUN_S = 1_800.0
"""No run may take longer."""
AGAIN_S = 1.0
"""How long to wait before a run is tried again that no worker took."""
DEATHS = 3
"""So often a run is tried anew whose workers died; then it is the run that kills them."""

LANES: tuple[tuple[Kind, ...], ...] = ((Kind.RADIUS, Kind.FLEET), (Kind.SITING, Kind.WHAT_IF))
"""Kinds that are made one after another: nobody waits hours for an answer that takes a second."""


class _Over(Exception):  # noqa: N818 - nothing is wrong
    """Raised when this process must leave a study: it was canceled, taken over, or the server stops."""


@dataclass(eq=False)
class _Bench:
    """One study under way, and what its thread works with."""

    database: Database
    workers: Workers
    files: FILES
    owner: str
    claimed: Claimed
    loop: asyncio.AbstractEventLoop
    over: threading.Event = field(default_factory=threading.Event)
    under_way: set[Future[str]] = field(default_factory=set)

    def leave(self) -> None:
        """Make no more runs, and wait for none. A worker that is at one goes on to its end."""
        self.over.set()
        for future in tuple(self.under_way):
            future.cancel()

    def write(self, change: Callable[[StudyRepository], bool]) -> None:
        """Write to the study in one transaction; raises ``_Over`` if it is ours no longer."""
        with self.database.writing() as session:
            ours = change(StudyRepository(session))
        if not ours:
            self.leave()
            raise _Over

    def submit(self, function: Callable[..., str], *args: object) -> Future[str]:
        """Have a worker call a function; the future's result is what it returns."""
        if self.over.is_set():
            raise _Over
        future = asyncio.run_coroutine_threadsafe(self._patiently(function, *args), self.loop)
        self.under_way.add(future)
        future.add_done_callback(self.under_way.discard)
        if self.over.is_set():
            future.cancel()
        return future

    async def _patiently(self, function: Callable[..., str], *args: object) -> str:
        """Run it whenever a worker is there, however long that takes."""
        deaths = 0
        while True:
            try:
                return await self.workers.run_behind(function, *args, self.files, timeout_s=RUN_S)
            except NoWorkersError as error:
                structlog.get_logger().info("study.waits", study=self.claimed.id, reason=str(error))
            except WorkerLostError:
                deaths += 1
                if deaths == DEATHS:
                    raise
            await asyncio.sleep(AGAIN_S)


@dataclass(frozen=True)
class _Runs:
    """The finished runs of the study in the database, as ``dispatch.radius`` wants them kept."""

    bench: _Bench
    world_sha256: str

    def get(self, task: radius.Task) -> twin.DayResult | None:
        with self.bench.database.transaction() as session:
            found = StudyRepository(session).run(self.bench.claimed.id, radius.run_key(self.world_sha256, task))
        return None if found is None else twin.DayResult.model_validate_json(found)

    def add(self, task: radius.Task, day: twin.DayResult) -> None:
        """Keep the run and count it, in one transaction."""
        key, document = radius.run_key(self.world_sha256, task), day.model_dump_json()
        self.bench.write(lambda studies: studies.keep(self.bench.claimed.id, self.bench.owner, key, document))


class _Days(Executor):
    """Simulates days in the workers. The world is written as text once, not pickled anew for every day."""

    def __init__(self, bench: _Bench, world: twin.World) -> None:
        self._bench = bench
        self._world = world.model_dump_json()

    def submit(self, _play: Callable[..., Any], /, *args: Any, **_: Any) -> Future[Any]:  # noqa: ANN401 - as declared
        """What ``radius.Runner`` hands out: how to simulate, the world, a setting and a seed."""
        _simulate, _world, setting, seed = args
        day: Future[twin.DayResult] = Future()
        made = self._bench.submit(work.simulate, self._world, setting.model_dump_json(), seed)

        def read(done: Future[str]) -> None:
            if done.cancelled():
                day.cancel()
                day.set_running_or_notify_cancel()
            elif (error := done.exception()) is not None:
                day.set_exception(error)
            else:
                day.set_result(twin.DayResult.model_validate_json(done.result()))

        made.add_done_callback(read)
        return day


class Conductor:
    """Makes the studies that nobody makes, until it is closed.

    Args:
        database: where they are.
        workers: who does the work; studies leave one of them to others, if there are several.
        files: gives the extra maps by name.
    """

    def __init__(self, database: Database, workers: Workers, files: Callable[[], FILES]) -> None:
        self._database = database
        self._workers = workers
        self._files = files
        self._owner = uuid4().hex
        self._woken = [asyncio.Event() for _ in LANES]
        self._lanes: list[asyncio.Task[None]] = []
        self.running = 0

    def start(self) -> None:
        """Begin, in the running event loop."""
        self._lanes = [
            asyncio.create_task(self._lane(kinds, woken)) for kinds, woken in zip(LANES, self._woken, strict=True)
        ]

    async def close(self) -> None:
        """Stop; what is under way is left to whoever starts next. Safe to call twice."""
        for lane in self._lanes:
            lane.cancel()
        for lane in self._lanes:
            with suppress(asyncio.CancelledError):
                await lane
        self._lanes = []

    def wake(self) -> None:
        """Look for studies at once; to be called in the event loop."""
        for woken in self._woken:
            woken.set()

    async def _lane(self, kinds: tuple[Kind, ...], woken: asyncio.Event) -> None:
        while True:
            try:
                claimed = await run_in_threadpool(self._claim, kinds)
                if claimed is not None:
                    await self._conduct(claimed)
                    continue
            except DatabaseError as error:
                structlog.get_logger().warning("studies.no_database", error=str(error))
            with suppress(TimeoutError):
                async with asyncio.timeout(POLL_S):
                    await woken.wait()
            woken.clear()

    def _claim(self, kinds: tuple[Kind, ...]) -> Claimed | None:
        with self._database.writing() as session:
            return StudyRepository(session).claim(self._owner, kinds)

    async def _conduct(self, claimed: Claimed) -> None:
        """Make one study in a thread, keeping the lease; on cancellation see the thread out and give the study up."""
        bench = _Bench(self._database, self._workers, self._files(), self._owner, claimed, asyncio.get_running_loop())
        log = structlog.get_logger().bind(study=claimed.id, kind=claimed.kind)
        log.info("study.begins")
        self.running += 1
        thread = asyncio.create_task(asyncio.to_thread(_make, bench))
        renewal = asyncio.create_task(_renew(bench))
        try:
            await asyncio.shield(thread)
        except asyncio.CancelledError:
            bench.leave()
            with suppress(Exception):
                await thread
            with suppress(DatabaseError, _Over):
                await run_in_threadpool(bench.write, lambda studies: studies.release(claimed.id, self._owner))
            raise
        finally:
            renewal.cancel()
            self.running -= 1
        log.info("study.ends")


async def _renew(bench: _Bench) -> None:
    """Keep the lease until the study is over."""
    while not bench.over.is_set():
        await asyncio.sleep(RENEW_S)
        with suppress(DatabaseError, _Over):
            await run_in_threadpool(bench.write, lambda studies: studies.renew(bench.claimed.id, bench.owner))


def _make(bench: _Bench) -> None:
    """Make one study, in a thread of its own; raises only if the database does not answer."""
    study_id, owner = bench.claimed.id, bench.owner
    with suppress(_Over):
        try:
            result, runs = _result(bench)
        except (DatabaseError, _Over):
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the study must not be "running" for ever
            if bench.over.is_set():
                return
            said = _said(error)
            bench.write(lambda studies: studies.fail(study_id, owner, said))
        else:
            bench.write(lambda studies: studies.finish(study_id, owner, result, runs))


def _said(error: Exception) -> str:
    """What went wrong, for who asked."""
    if isinstance(error, dispatch.RequestError):
        return "; ".join(f"{fault.path}: {fault.text}" for fault in error.faults)
    if isinstance(error, ValidationError):
        return "this version of Swiftleaf does not read the study's request; ask for it again"
    if isinstance(error, radius.StudyError | SolveError | carbon.CarbonError | maps.MapError):
        return str(error)
    structlog.get_logger().error("study.failed", exc_info=error)
    return "the study ended unexpectedly; the server's log has the details"


def _result(bench: _Bench) -> tuple[str, int | None]:
    """What the study found, as JSON, and how many runs it took if they were not kept one by one."""
    asked = StudyRequest.model_validate_json(bench.claimed.request).root
    if isinstance(asked, SitingStudy):
        return bench.submit(work.choose, asked.model_dump_json()).result(), 1
    if isinstance(asked, WhatIfStudy):
        planned = _planned(bench, asked)
        return bench.submit(work.compare, *planned, asked.scenario.model_dump_json()).result(), 1
    world = twin.World.model_validate_json(bench.submit(work.world_of, bench.claimed.request).result())
    kept = _Runs(bench, radius.world_key(world))
    pool = radius.Pool(_Days(bench, world), max(1, bench.workers.capacity - 1))
    runner = radius.Runner(lambda: pool, twin.simulate)
    if isinstance(asked, FleetStudy):
        found = radius.minimum_fleet(
            world,
            asked.setting(),
            on_time=asked.on_time,
            seeds=range(asked.seeds),
            most=asked.most,
            runner=runner,
            journal=kept,
        )
        return found.model_dump_json(), None

    def plan(runs: int) -> None:
        bench.write(lambda studies: studies.plan(bench.claimed.id, bench.owner, runs))

    return radius.conduct(asked.study(world), runner, kept, plan).model_dump_json(), None


def _planned(bench: _Bench, asked: WhatIfStudy) -> tuple[str, str]:
    """The request and the plan that a what-if is about, as JSON."""
    if asked.request is not None and asked.plan is not None:
        return asked.request.model_dump_json(), asked.plan.model_dump_json()
    with bench.database.transaction() as session:
        row = PlanRepository(session).get(asked.plan_id or "")
    if row is None or row.plan is None:
        fault = dispatch.Fault(path="$.plan_id", text=f"there is no plan {asked.plan_id!r} that is done")
        raise dispatch.RequestError([fault])
    return row.request, row.plan
