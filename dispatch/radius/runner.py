"""Makes runs: each a simulated day of one setting and seed, in any ``concurrent.futures.Executor``."""

from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, CancelledError, Executor, Future, wait
from dataclasses import dataclass
from typing import NamedTuple

from dispatch.radius.faults import RunsFailedError
from dispatch.radius.journal import Kept, Task
from dispatch.radius.setting import Setting
from dispatch.twin import DayResult, World

Simulate = Callable[[World, int], DayResult]
Told = Callable[[Task, bool], None]
"""Is told each run as it is finished, and whether it was made now rather than found in the journal."""

PULSE_S = 60.0
LISTED = 5
"""So many failed runs are named."""


def untold(_task: Task, _made: bool) -> None:
    """Nobody wants to know."""


def play(simulate: Simulate, world: World, setting: Setting, seed: int) -> DayResult:
    """Simulate one day of a setting; what a worker does."""
    return simulate(setting.applied(world), seed)


class Pool(NamedTuple):
    """An executor, and how many runs are handed out to it at a time: as many as it has workers.

    That a worker which dies costs no run is the executor's to see to, as Dask does.
    """

    executor: Executor
    at_once: int


@dataclass(frozen=True, slots=True)
class Runner:
    """What runs are made with.

    Attributes:
        opened: gives the pool; called when a run is to be made, so that a finished study starts no worker, and again
            whenever none has finished for ``PULSE_S``, so that it can raise if the workers are gone for good.
        simulate: plays one day; a function of a module where the executor's workers are other processes.
        told: is told each finished run.
    """

    opened: Callable[[], Pool]
    simulate: Simulate
    told: Told = untold

    def run(self, world: World, tasks: Iterable[Task], journal: Kept) -> dict[Task, DayResult]:
        """Make the runs that the journal does not have, and return all.

        Each is in the journal before the next is handed out in its place. The longest are begun first, so that no
        worker is left with one at the end: those of the largest radius, which have most orders.

        Raises:
            RunsFailedError: if some came to no result; after the others have.
        """
        found: dict[Task, DayResult] = {}
        missing: list[Task] = []
        for task in dict.fromkeys(tasks):
            day = journal.get(task)
            if day is None:
                missing.append(task)
            else:
                found[task] = day
                self.told(task, False)
        missing.sort(key=lambda task: (task.setting.order, -task.seed))
        if not missing:
            return found
        executor, at_once = self.opened()
        failed: dict[Task, BaseException] = {}
        under_way: dict[Future[DayResult], Task] = {}
        try:
            while missing or under_way:
                while missing and len(under_way) < at_once:
                    task = missing.pop()
                    under_way[executor.submit(play, self.simulate, world, task.setting, task.seed)] = task
                finished = wait(under_way, PULSE_S, FIRST_COMPLETED).done
                if not finished:
                    self.opened()
                for future in finished:
                    task = under_way.pop(future)
                    error = CancelledError() if future.cancelled() else future.exception()
                    if error is not None:
                        failed[task] = error
                        continue
                    found[task] = future.result()
                    journal.add(task, found[task])
                    self.told(task, True)
        finally:
            for future in under_way:
                future.cancel()
        if failed:
            raise _failure(failed, len(found))
        return found


def _failure(failed: dict[Task, BaseException], kept: int) -> RunsFailedError:
    named = [f"{task.setting.label}, seed {task.seed}: {type(e).__name__}: {e}" for task, e in failed.items()]
    more = [f"and {len(named) - LISTED} more"] if len(named) > LISTED else []
    return RunsFailedError(
        f"{len(failed)} runs came to no result, {kept} are kept; run it again to repeat these only: "
        + "; ".join([*named[:LISTED], *more])
    )
