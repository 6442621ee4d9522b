"""Worker processes and their schedulers, on this machine and others: whatever dies is begun anew, as often as it does.

``swiftleaf worker`` and ``swiftleaf scheduler`` run these until they are stopped; a server without a fleet has its own.
"""

import asyncio
import logging
import signal
import threading
from collections.abc import Callable, Coroutine
from typing import Any

import dask
import structlog
from distributed import Nanny, Scheduler, Status

CLOSE_S = 5.0
"""So long a part may take to end by itself."""
AGAIN_S = 1.0
"""How soon a worker looks again for a scheduler that is not there."""
GONE_S = 3.0
"""A worker without a process for so long is begun anew: one that is killed while it starts is not always replaced."""

CONFIG = {
    # One death is forgiven and the task run again; at the second it fails.
    "distributed.scheduler.allowed-failures": 1,
    # Nobody looks at Dask's own pages here.
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
}
"""What differs from Dask's own settings."""


class LocalFleet:
    """A scheduler and worker processes of this machine, looked after in a thread of their own.

    Args:
        processes: how many workers.

    Attributes:
        address: of the scheduler, once it was started.
    """

    def __init__(self, processes: int) -> None:
        self.address = ""
        self._processes = processes
        self._nannies: dict[int, Nanny] = {}
        self._scheduler: Scheduler | None = None
        self._looking_after: list[asyncio.Task[None]] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="workers", daemon=True)

    @property
    def pids(self) -> list[int]:
        """Process ids of the workers that are up or starting."""
        return [pid for pid in (nanny.pid for nanny in tuple(self._nannies.values())) if pid is not None]

    def start(self) -> None:
        """Start it all; workers are not there yet when this returns.

        Raises:
            OSError: if no port can be had.
        """
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._begin(), self._loop).result()

    def close(self) -> None:
        """End it all. A process that does not end in time is left behind: it is a daemon, and ends with this one."""
        try:
            asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(2 * CLOSE_S)
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)

    async def _begin(self) -> None:
        # It would listen for its pages whether wanted or not; at least on nobody else's port.
        self._scheduler = await Scheduler(host="127.0.0.1", port=0, dashboard=False, dashboard_address="127.0.0.1:0")
        self.address = self._scheduler.address
        for number in range(self._processes):
            noted = self._noting(number)
            self._looking_after.append(
                asyncio.create_task(_worker(self.address, on_begin=noted, silence_logs=logging.CRITICAL))
            )

    def _noting(self, number: int) -> Callable[[Nanny], None]:
        return lambda nanny: self._nannies.update({number: nanny})

    async def _end(self) -> None:
        for task in self._looking_after:
            task.cancel()
        await asyncio.wait(self._looking_after, timeout=CLOSE_S)
        if self._scheduler is not None:
            await self._scheduler.close()


def work(scheduler: str, processes: int, on_ready: Callable[[], None]) -> None:
    """Run worker processes, one solve at a time each, until stopped; whatever dies, here or there, is begun anew.

    A worker that is stopped finishes nothing: its task is run by another one, and that costs time, not the task.
    """
    dask.config.set(CONFIG)
    asyncio.run(_until_stopped([lambda: _worker(scheduler, on_ready=on_ready) for _ in range(processes)]))


def schedule(host: str, port: int, on_ready: Callable[[str], None]) -> None:
    """Run a scheduler until stopped. It keeps nothing: servers hand out again what it forgot.

    Raises:
        OSError: if the address is not this machine's, or the port is taken.
    """
    dask.config.set(CONFIG)
    asyncio.run(_until_stopped([lambda: _scheduler(host, port, on_ready)]))


async def _worker(
    address: str,
    *,
    on_begin: Callable[[Nanny], None] = lambda _: None,
    on_ready: Callable[[], None] = lambda: None,
    silence_logs: int | None = None,
) -> None:
    """Keep a worker alive until cancelled: ``on_begin`` is told of each nanny before it starts, ``on_ready`` after."""
    while True:
        nanny = Nanny(
            address,
            nthreads=1,
            preload=["service.tasks"],
            dashboard=False,
            death_timeout=None,
            silence_logs=silence_logs,
        )
        on_begin(nanny)
        try:
            await nanny
            on_ready()
            await _until_gone(nanny)
        except Exception as error:  # noqa: BLE001 - a network has many ways to fail, and all of them pass
            structlog.get_logger().warning("worker.no_scheduler", scheduler=address, error=str(error))
        finally:
            await _closed(nanny)
        await asyncio.sleep(AGAIN_S)


async def _until_gone(nanny: Nanny) -> None:
    """Wait until a worker has ended, or has had no process for a while."""
    without_s = 0.0
    while nanny.status == Status.running and without_s < GONE_S:
        await asyncio.sleep(AGAIN_S)
        without_s = 0.0 if nanny.pid else without_s + AGAIN_S


async def _closed(nanny: Nanny) -> None:
    try:
        await asyncio.wait_for(nanny.close(timeout=CLOSE_S / 2), CLOSE_S)
    except Exception as error:  # noqa: BLE001 - it is given up either way
        structlog.get_logger().info("worker.left_behind", error=repr(error))


async def _scheduler(host: str, port: int, on_ready: Callable[[str], None]) -> None:
    async with Scheduler(host=host, port=port, dashboard=False) as scheduler:
        on_ready(scheduler.address)
        await scheduler.finished()


async def _until_stopped(parts: list[Callable[[], Coroutine[Any, Any, None]]]) -> None:
    """Run all parts until SIGTERM or SIGINT, or until one ends by itself; raises what that one raised."""
    stopped = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stopped.set)
    running = [asyncio.create_task(part()) for part in parts]
    stop: asyncio.Task[Any] = asyncio.create_task(stopped.wait())
    ended, _ = await asyncio.wait([stop, *running], return_when=asyncio.FIRST_COMPLETED)
    for task in running:
        task.cancel()
    await asyncio.wait(running, timeout=CLOSE_S)
    for task in ended:
        task.result()
