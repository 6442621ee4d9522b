"""A study in two Dask workers against one, and one of whose workers is killed: wall times, and whether the bytes agree.

Run it on an idle machine: ``uv run python -m tests.benchmarks.study [--orders-per-day 420] [--seeds 4]``.
"""

import argparse
import os
import signal
import tempfile
import time
from concurrent.futures import wait
from functools import partial
from pathlib import Path
from typing import NamedTuple

from dispatch.radius import JOURNAL, Journal, Outcome, Pool, Runner, Study, Task, conduct, draw_study, grid, report
from dispatch.twin import DayResult, World, sample_world
from service import tasks
from service.solve import Workers

GOAL = 1.8
KILL_AFTER = 5
"""Finished runs after which a worker is killed."""


class Made(NamedTuple):
    """A study that was made: how long it took, how busy the workers were, what it wrote, and whom it killed."""

    wall_s: float
    busy_share: float
    texts: tuple[str, ...]
    runs: list[bytes]
    killed: int | None


def study_of(orders_per_day: float, seeds: int) -> Study:
    """Nine settings of the sample world, all simulated to the end."""
    settings = grid(radii_m=[1500, 2500, 3500], riders=[6, 9, 12])
    world = sample_world(orders=orders_per_day)
    return Study(world=world, settings=settings, seeds=tuple(range(seeds)), stop_early=False)


def timed_day(log: Path, world: World, seed: int) -> DayResult:
    """Play a day, and note how long it took."""
    start = time.perf_counter()
    day = tasks.simulate_day({}, world, seed)
    with log.open("a") as file:
        file.write(f"{time.perf_counter() - start}\n")
    return day


def make(study: Study, count: int, *, kill: bool = False) -> Made:
    """Make a study in so many workers that have each played a day before."""
    with tempfile.TemporaryDirectory() as name, Workers(count) as workers, Journal(Path(name), study.world) as journal:
        while workers.count() < count:
            time.sleep(0.05)
        warm_up(workers, study.world)
        log = Path(name) / "log"
        killed: list[int] = []
        finished = 0

        def told(_task: Task, _made: bool) -> None:
            nonlocal finished
            finished += 1
            if kill and finished == KILL_AFTER:
                killed.append(workers.pids[0])
                os.kill(killed[0], signal.SIGKILL)

        runner = Runner(lambda: Pool(workers.executor(), count), partial(timed_day, log), told)
        start = time.perf_counter()
        outcome = conduct(study, runner, journal)
        wall_s = time.perf_counter() - start
        runs = (Path(name) / JOURNAL).read_bytes().splitlines()
        busy_share = sum(map(float, log.read_text().split())) / (count * wall_s)
        return Made(wall_s, busy_share, written(outcome), sorted(runs), killed[0] if killed else None)


def warm_up(workers: Workers, world: World) -> None:
    """Play a day in every worker; of as many days at once, each worker takes some."""
    executor = workers.executor()
    wait([executor.submit(tasks.simulate_day, {}, world, 1_000 + i) for i in range(2 * workers.capacity)])


def written(outcome: Outcome) -> tuple[str, ...]:
    """The texts of a study."""
    return outcome.model_dump_json(), draw_study(outcome), report(outcome)


def main() -> None:
    """Print the wall times, their ratio, and what a kill changed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders-per-day", type=float, default=420.0)
    parser.add_argument("--seeds", type=int, default=4)
    options = parser.parse_args()
    study = study_of(options.orders_per_day, options.seeds)
    days = len(study.settings) * len(study.seeds)
    print(f"{days} days of {options.orders_per_day:g} orders, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    one = make(study, 1)
    print(
        f"one worker:   {one.wall_s:7.1f} s, busy {one.busy_share:.1%} of it, {one.wall_s / days:.2f} s a day",
        flush=True,
    )
    two = make(study, 2)
    ratio = one.wall_s / two.wall_s
    met = "yes" if ratio >= GOAL else "no"
    print(f"two workers:  {two.wall_s:7.1f} s, busy {two.busy_share:.1%} of it")
    print(f"two over one: {ratio:.2f} times as fast (goal {GOAL}): {met}")
    print(f"   on cores that nothing else uses, their busy time allows {2 * two.busy_share / one.busy_share:.2f}")
    print(f"identical:    {'yes' if two[2:4] == one[2:4] else 'NO'}", flush=True)
    hurt = make(study, 2, kill=True)
    print(f"one of two killed (pid {hurt.killed}, SIGKILL) after {KILL_AFTER} runs: {hurt.wall_s:.1f} s")
    print(
        f"runs kept:    {len(hurt.runs) - 1} of {days}, each once: {'yes' if len(set(hurt.runs)) == days + 1 else 'NO'}"
    )
    print(f"identical:    {'yes' if hurt[2:4] == one[2:4] else 'NO'}")
    print(f"load {os.getloadavg()[0]:.1f} after")


if __name__ == "__main__":
    main()
