"""Workers on other machines: what ``swiftleaf worker`` and ``swiftleaf scheduler`` run until they are stopped."""

import asyncio
import signal
from collections.abc import Callable, Coroutine
from typing import Any

import dask
import structlog
from distributed import Nanny, Scheduler

from service import logs
from service.solve import CLOSE_S, CONFIG

AGAIN_S = 1.0
"""How soon a worker looks again for a scheduler that is not there."""


def work(scheduler: str, processes: int, on_ready: Callable[[], None]) -> None:
    """Run worker processes, one solve at a time each, until stopped; whatever dies, here or there, is begun anew.

    A worker that is stopped finishes nothing: its task is run by another one, and that costs time, not the task.
    """
    logs.configure()
    dask.config.set(CONFIG)
    asyncio.run(_until_stopped([lambda: _worker(scheduler, on_ready) for _ in range(processes)]))


def schedule(host: str, port: int, on_ready: Callable[[str], None]) -> None:
    """Run a scheduler until stopped. It keeps nothing: servers hand out again what it forgot."""
    logs.configure()
    dask.config.set(CONFIG)
    asyncio.run(_until_stopped([lambda: _scheduler(host, port, on_ready)]))


async def _worker(address: str, on_ready: Callable[[], None]) -> None:
    while True:
        try:
            async with Nanny(
                address, nthreads=1, preload=["service.tasks"], dashboard=False, death_timeout=None
            ) as nanny:
                on_ready()
                await nanny.finished()
        except Exception as error:  # noqa: BLE001 - a network has many ways to fail, and all of them pass
            structlog.get_logger().warning("worker.no_scheduler", scheduler=address, error=str(error))
        await asyncio.sleep(AGAIN_S)


async def _scheduler(host: str, port: int, on_ready: Callable[[str], None]) -> None:
    async with Scheduler(host=host, port=port, dashboard=False) as scheduler:
        on_ready(scheduler.address)
        await scheduler.finished()


async def _until_stopped(parts: list[Callable[[], Coroutine[Any, Any, None]]]) -> None:
    """Run all parts until SIGTERM or SIGINT, or until one ends by itself."""
    stopped = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stopped.set)
    running = [asyncio.create_task(part()) for part in parts]
    stop: asyncio.Task[Any] = asyncio.create_task(stopped.wait())
    await asyncio.wait([stop, *running], return_when=asyncio.FIRST_COMPLETED)
    for task in running:
        task.cancel()
    await asyncio.wait(running, timeout=CLOSE_S)
