"""The seam to the worker processes: Dask behind ``concurrent.futures.Executor``.

OR-Tools' routing solver holds the interpreter lock for the whole solve, and an isochrone is hundreds of milliseconds of
work, so neither belongs in the process that answers HTTP. A worker that is killed in mid-solve is replaced and its task
run once more; killed again, the task fails with ``WorkerLostError``.
"""

import asyncio
import logging
import math
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from concurrent.futures import CancelledError, Executor
from contextlib import asynccontextmanager, suppress
from typing import Any, Self, TypeVar

import dask
import structlog
from distributed import Client, KilledWorker, Security, rpc
from distributed.comm.core import CommClosedError

from service.fleet import CLOSE_S, CONFIG, LocalFleet
from service.pace import Pace
from service.tasks import solve_tiny
from service.telemetry.counts import SOLVE_S

T = TypeVar("T")

START_S = 120.0
"""How long the first worker may take to come up warm; compiling kernels into an empty cache takes most of it."""

CONNECT_S = 20.0
"""How long a scheduler may take to answer."""

WAIT_S = 2.0
"""How long a task waits for its turn at a worker before it is refused; at once if it is expected to wait longer.

Whoever asks for a plan needs it now or asks elsewhere, and a queue that grows serves everybody late.
"""

RECENT = 0.1
"""The share of the newest task in the mean of what recent tasks took."""

CLOSED = "the workers were closed in mid-solve; send it again"


class SolveError(Exception):
    """Base of what can go wrong between this process and the workers."""


class WorkerLostError(SolveError):
    """Raised when two workers in a row died while they ran the task."""


class WorkerTimeoutError(SolveError):
    """Raised when no worker answered in time."""


class NoWorkersError(SolveError):
    """Raised when no worker came up, or the scheduler cannot be reached."""


class NoTurnError(SolveError):
    """Raised when a task was not begun: its turn would not come in time, or nobody waited for the answer any more.

    Attributes:
        retry_after_s: when its turn may come at once.
    """

    def __init__(self, text: str, retry_after_s: float = 1.0) -> None:
        super().__init__(text)
        self.retry_after_s = max(1, math.ceil(retry_after_s))


def awaited(scheduler: str | None) -> str:
    """What ``Workers.start`` waits for, in words for who waits with it."""
    if scheduler is None:
        return f"workers to warm up, {START_S:.0f} s at most"
    return (
        f"the scheduler at {scheduler}, {CONNECT_S:g} s at most, and for a warm worker of it, {START_S:.0f} s at most"
    )


def _reach(address: str) -> None:
    """Ask a scheduler who it is; Dask's client waits for ever for what is none and listens all the same.

    Raises:
        NoWorkersError: if it does not answer in ``CONNECT_S`` seconds.
    """

    async def ask() -> None:
        secured = Security().get_connection_args("client")  # type: ignore[no-untyped-call]  # the library has no types
        async with asyncio.timeout(CONNECT_S), rpc(address, connection_args=secured) as scheduler:  # type: ignore[no-untyped-call]
            await scheduler.identity()

    way_out = "start one with `swiftleaf scheduler`, or correct the address"
    try:
        asyncio.run(ask())
    except TimeoutError:
        raise NoWorkersError(f"no scheduler answered at {address} in {CONNECT_S:g} s; {way_out}") from None
    except Exception as error:
        raise NoWorkersError(f"no scheduler answers at {address} ({error}); {way_out}") from error


class Workers:
    """Worker processes of this machine, or those of a Dask scheduler.

    At most as many tasks are handed out as there are workers; the rest wait here in order, ``WAIT_S`` seconds at most,
    and those that would wait longer, by what recent tasks took, are refused at once. So a task that kills its worker
    takes no other with it, and one whose asker has left is dropped when its turn comes. A task that has begun runs to
    its end even then: Dask cannot stop it without killing the worker. Its turn is held meanwhile, for ``timeout_s`` at
    most.

    Work that nobody waits for comes behind: it waits as long as it takes, leaves one worker to the others if there are
    several, and what it takes tells nothing about how long those will wait.

    Args:
        count: local processes.
        scheduler: address of a Dask scheduler to use in their place.

    Attributes:
        pace: how long each search may take when many are asked for.
    """

    def __init__(self, count: int = 2, scheduler: str | None = None) -> None:
        self._count = count
        self._scheduler = scheduler
        self._fleet: LocalFleet | None = None
        self._client: Any = None  # the library has no types
        self._turn: asyncio.Semaphore | None = None
        self._turn_behind: asyncio.Semaphore | None = None
        self._behind = 0
        self._capacity = count
        self.pace = Pace(count)
        self._under_way: dict[object, tuple[float, float]] = {}
        self._queued_s: dict[object, float] = {}
        self._means_s: dict[tuple[str, int], float] = {}
        self._reconnecting = threading.Lock()

    def start(self) -> Self:
        """Start the workers and wait until they are warm; of a scheduler's, until the first is there.

        Raises:
            NoWorkersError: if they are not after ``START_S`` seconds, or the scheduler does not answer in
                ``CONNECT_S``.
        """
        dask.config.set(CONFIG)
        # Workers that a signal stops in the middle of something have nothing to add to what is raised here.
        logging.getLogger("distributed").setLevel(logging.CRITICAL)
        if self._scheduler is not None:
            _reach(self._scheduler)
        try:
            if self._scheduler is None:
                self._fleet = LocalFleet(self._count)
                self._fleet.start()
            address = self._scheduler if self._fleet is None else self._fleet.address
            self._client = Client(address, set_as_default=False, timeout=START_S)  # type: ignore[no-untyped-call]  # the library has no types
            self._client.wait_for_workers(1 if self._fleet is None else self._count, timeout=START_S)
            if self._scheduler is not None:
                self._capacity = self.pace.capacity = max(1, sum(self._client.nthreads().values()))
        except (
            OSError,
            TimeoutError,
            RuntimeError,
            ValueError,
        ) as error:
            self.close()
            where = f"the scheduler at {self._scheduler}" if self._scheduler else "this machine"
            raise NoWorkersError(f"no worker came up on {where} in {START_S:.0f} s at most: {error}") from error
        return self

    def close(self) -> None:
        """Stop the workers that ``start`` started. Safe to call twice."""
        client, fleet = self._client, self._fleet
        self._client = self._fleet = None
        if client is not None:
            with suppress(TimeoutError):
                client.close(timeout=CLOSE_S)
        if fleet is not None:
            with suppress(TimeoutError):
                fleet.close()

    def _reconnect(self) -> None:
        """Find the scheduler again after it was away for longer than Dask looks for it."""
        with self._reconnecting:
            if self._client is None or self._client.status != "closed":
                return
            try:
                self._client = Client(self._scheduler, set_as_default=False, timeout=CLOSE_S)  # type: ignore[no-untyped-call]  # the library has no types
            except (OSError, TimeoutError) as error:
                structlog.get_logger().warning("scheduler.away", scheduler=self._scheduler, error=str(error))
                raise NoWorkersError("the scheduler of the workers does not answer; send it again soon") from None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def pids(self) -> list[int]:
        """Process ids of the local workers that are up."""
        return [] if self._fleet is None else self._fleet.pids

    def count(self) -> int:
        """Ask the scheduler how many workers it has at this moment; blocks until it answers."""
        return 0 if self._client is None else len(self._client.scheduler_info(n_workers=-1)["workers"])

    @property
    def capacity(self) -> int:
        """How many tasks run at a time."""
        return self._capacity

    def executor(self) -> Executor:
        """The workers as an executor, for work that hands out no more tasks at a time than ``capacity``.

        Raises:
            NoWorkersError: if they are not running.
        """
        if self._client is None:
            raise NoWorkersError("the workers are not running; start them first")
        made: Executor = self._client.get_executor(pure=False)
        return made

    @property
    def busy(self) -> bool:
        """Whether every worker has a task."""
        return len(self._under_way) + self._behind >= self._capacity

    @property
    def waiting(self) -> int:
        """How many tasks wait for their turn, those that come behind left out."""
        return len(self._queued_s)

    @property
    def expected_wait_s(self) -> float:
        """How long the next task is expected to wait for its turn, if each takes as long as recent ones of its kind."""
        if not self.busy:
            return 0.0
        now = time.monotonic()
        under_way_s = sum(max(0.0, since + mean_s - now) for since, mean_s in self._under_way.values())
        return (under_way_s + sum(self._queued_s.values())) / max(1, self._capacity - self._behind)

    def refuse_if_full(self) -> None:
        """Raise ``NoTurnError`` if the next task would wait too long; called before anything is done for it."""
        wait_s = self.expected_wait_s
        if wait_s > WAIT_S:
            raise NoTurnError(
                f"every worker is busy, and {wait_s:.1f} s of work wait before this; send it again later, "
                "or raise SWIFTLEAF_WORKERS",
                wait_s,
            )

    @asynccontextmanager
    async def _in_turn(self, mean_s: float, hung_up: Callable[[], Awaitable[bool]] | None) -> AsyncIterator[None]:
        """Wait for a turn and hold it for the block; raises ``NoTurnError`` as ``run`` does."""
        self.refuse_if_full()
        if self._turn is None:
            self._turn = asyncio.Semaphore(self._capacity)
        task = object()
        self._queued_s[task] = mean_s
        try:
            async with asyncio.timeout(WAIT_S):
                await self._turn.acquire()
        except TimeoutError:
            raise NoTurnError(
                f"every worker was busy for {WAIT_S:g} s; send it again later, or raise SWIFTLEAF_WORKERS",
                self.expected_wait_s,
            ) from None
        finally:
            del self._queued_s[task]
        try:
            if hung_up is not None and await hung_up():
                raise NoTurnError("the client hung up before its turn came; send it again")
            yield
        finally:
            self._turn.release()

    async def run(
        self,
        function: Callable[..., T],
        /,
        *args: Any,  # noqa: ANN401 - passed on
        timeout_s: float = 60.0,
        search_s: float | None = None,
        hung_up: Callable[[], Awaitable[bool]] | None = None,
        **kwargs: Any,  # noqa: ANN401 - passed on
    ) -> T:
        """Run ``function(*args, **kwargs)`` in a worker, without blocking the event loop.

        Args:
            function: a function of a module, not a closure.
            args: plain data, by position.
            timeout_s: seconds it may take once its turn has come.
            search_s: how long it is to search, for a function that has a ``time_limit_s``; in a rush it gets less.
            hung_up: asked once, when its turn has come, whether nobody waits for the answer any more.
            kwargs: plain data, by name.

        Raises:
            WorkerLostError: if two workers in a row died of it.
            WorkerTimeoutError: if it took longer.
            NoWorkersError: if the workers are not started or were closed meanwhile.
            NoTurnError: if its turn did not come within ``WAIT_S`` or would not, or ``hung_up`` said yes when it did.
            Exception: whatever the function raised.
        """
        kind = (function.__name__, round(timeout_s))
        expected_s = self._means_s.get(kind, 0.0)
        if search_s is not None:
            self.pace.want(search_s, busy=self.busy)
            expected_s = self.pace.least_s  # what it is cut to if many others wait
        async with self._in_turn(expected_s, hung_up):
            if search_s is not None:
                kwargs["time_limit_s"] = search_s = self.pace.limit_s(search_s, self.waiting)
                expected_s = search_s + self.pace.beyond_s
            task, since = object(), time.monotonic()
            self._under_way[task] = since, expected_s
            try:
                answer: T = await self._call(function, args, kwargs, timeout_s)
                took_s = time.monotonic() - since
                SOLVE_S.labels(function.__name__).observe(took_s)
                if search_s is not None:
                    self.pace.note(search_s, took_s)
                else:
                    self._means_s[kind] = (1 - RECENT) * expected_s + RECENT * took_s if expected_s else took_s
                return answer
            finally:
                del self._under_way[task]

    async def run_behind(self, function: Callable[..., T], /, *args: Any, timeout_s: float) -> T:  # noqa: ANN401 - passed on
        """The same for what nobody waits for; raises no ``NoTurnError``."""
        if self._turn is None:
            self._turn = asyncio.Semaphore(self._capacity)
        if self._turn_behind is None:
            self._turn_behind = asyncio.Semaphore(max(1, self._capacity - 1))
        async with self._turn_behind, self._turn:
            self._behind += 1
            try:
                return await self._call(function, args, {}, timeout_s)
            finally:
                self._behind -= 1

    async def _call(
        self, function: Callable[..., T], args: Sequence[object], kwargs: Mapping[str, object], timeout_s: float
    ) -> T:
        """Have a worker call the function; raises as ``run`` does."""
        if self._client is None:
            raise NoWorkersError("the workers are not running; the server is starting or stopping: send it again soon")
        if self._scheduler is not None and self._client.status == "closed":
            await asyncio.to_thread(self._reconnect)
        try:
            future = self._client.get_executor(pure=False).submit(function, *args, **kwargs)
            done: T = await asyncio.wait_for(asyncio.wrap_future(future), timeout_s)
        except KilledWorker:
            raise WorkerLostError(
                "two worker processes in a row died in mid-solve; most often the machine ran out of memory: "
                "send fewer orders, or give it more"
            ) from None
        except TimeoutError:
            raise WorkerTimeoutError(
                f"no worker answered within {timeout_s:.0f} s; send it again, or ask for less"
            ) from None
        except (CancelledError, CommClosedError):
            raise NoWorkersError(CLOSED) from None
        except asyncio.CancelledError:
            current = asyncio.current_task()
            if current is not None and current.cancelling():  # it is the request that was given up, not the solve
                raise
            raise NoWorkersError(CLOSED) from None
        return done

    async def probe(self, timeout_s: float = 10.0) -> int:
        """Solve the tiny problem in a worker; returns the number of orders served, 1. Raises as ``run`` does."""
        return await self.run(solve_tiny, timeout_s=timeout_s)
