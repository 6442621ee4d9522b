"""What ``swiftleaf radius`` and ``swiftleaf fleet`` do: make a study in the workers, show it, write it, resume it."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from pydantic import ValidationError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

import dispatch
from dispatch import radius, twin
from service import tasks, twins
from service.commands import about
from service.files import UsageError, fault_lines, make_folder, write_document
from service.settings import Settings, read_settings
from service.solve import SolveError, Workers, awaited
from service.studies.texts import study_csv
from service.study_tables import fleet_table, study_table

FILES = ("study.json", "table.csv", "chart.svg", "recommendation.md")
FLEET_FILE = "fleet.json"


class Stopped(Exception):  # noqa: N818 - nothing went wrong
    """Raised when the user stopped a study; the sentence says what is kept, and how to go on."""


@dataclass(frozen=True)
class Place:
    """Where a study is made: its folder, and the workers that make it."""

    out: Path
    workers: int | None = None
    scheduler: str | None = None

    def settings(self) -> Settings:
        """The settings, with these workers."""
        return read_settings(workers=self.workers, scheduler=self.scheduler)


def read(scenario: str, file: Path | None, orders_per_day: float | None) -> twins.Asked:
    """The world of a file, or a bundled one, with so many orders to expect in a day if that is given.

    Raises:
        UsageError: if it is no world, or cannot have so many orders.
    """
    asked = twins.load(file, scenario)
    if orders_per_day is None:
        return asked
    try:
        return replace(asked, world=twin.with_orders(asked.world, orders_per_day))
    except dispatch.RequestError as error:
        raise UsageError(*(f"--orders-per-day: {fault.text}" for fault in error.faults)) from None


def study(
    asked: twins.Asked,
    settings: Sequence[radius.Setting],
    place: Place,
    *,
    seeds: int,
    on_time: float,
    stop_early: bool,
) -> radius.Outcome:
    """Simulate all settings, print what came of them, and write ``FILES``.

    Raises:
        UsageError: for everything that the user can put right.
        Stopped: if the user stopped it.
    """
    world = asked.world
    try:
        made = radius.Study(
            world=world, settings=tuple(settings), seeds=tuple(range(seeds)), on_time=on_time, stop_early=stop_early
        )
    except ValidationError as error:
        raise UsageError(*fault_lines("study", dispatch.faults_of(error))) from None
    with about(asked.name):
        radius.refuse_study(made, asked.networks)
    console = Console()
    with _bench(world, place, len(settings) * seeds) as bench:
        outcome = radius.conduct(made, bench.runner, bench.journal, bench.plan)
    console.print(study_table(outcome))
    said = (
        outcome.recommendation.sentences if outcome.recommendation else ("No order came; there is nothing to choose.",)
    )
    for sentence in said:
        console.print(sentence, highlight=False)
    texts = (outcome.model_dump_json(indent=2), study_csv(outcome), radius.draw_study(outcome), radius.report(outcome))
    for name, text in zip(FILES, texts, strict=True):
        write_document(str(place.out / name), text.rstrip("\n"))
    console.print(f"Wrote {', '.join(str(place.out / name) for name in FILES)}.", soft_wrap=True, highlight=False)
    return outcome


def fleet(
    asked: twins.Asked, setting: radius.Setting, place: Place, *, seeds: int, on_time: float, most: int
) -> radius.MinimumFleet:
    """Find the fewest riders, print the answer and write ``FLEET_FILE``. Raises as ``study`` does."""
    world = asked.world
    with about("fleet"):
        radius.refuse_fleet(setting, on_time=on_time, seeds=range(seeds), most=most)
    with about(asked.name):
        twin.refuse_world(radius.crewed(world, setting), asked.networks)
    with _bench(world, place, None) as bench, about("fleet"):
        answer = radius.minimum_fleet(
            world,
            setting,
            on_time=on_time,
            seeds=range(seeds),
            most=most,
            runner=bench.runner,
            journal=bench.journal,
        )
    console = Console()
    console.print(fleet_table(answer))
    for sentence in answer.sentences:
        console.print(sentence, highlight=False)
    write_document(str(place.out / FLEET_FILE), answer.model_dump_json(indent=2))
    console.print(f"Wrote {place.out / FLEET_FILE}.", soft_wrap=True, highlight=False)
    return answer


@dataclass(slots=True)
class _Bench:
    """The file of finished runs of one study, its progress bar, and the workers once a run is to be made."""

    settings: Settings
    journal: radius.Journal
    progress: Progress
    bar: TaskID
    closing: ExitStack
    workers: Workers | None = None

    @property
    def runner(self) -> radius.Runner:
        return radius.Runner(self.open, partial(tasks.simulate_day, self.settings.map_files), self.tell)

    def open(self) -> radius.Pool:
        if self.workers is None:
            self.progress.console.print(f"Waiting for {awaited(self.settings.scheduler)} ...", highlight=False)
            self.workers = self.closing.enter_context(Workers(self.settings.workers, self.settings.scheduler))
        return radius.Pool(self.workers.executor(), self.workers.capacity)

    def plan(self, runs: int) -> None:
        self.progress.update(self.bar, total=runs)

    def tell(self, task: radius.Task, _made: bool) -> None:
        self.progress.update(self.bar, advance=1, run=f"{task.setting.label}, seed {task.seed}")


@contextmanager
def _bench(world: twin.World, place: Place, runs: int | None) -> Iterator[_Bench]:
    """Open the folder and the bar; turn what goes wrong into sentences, and Ctrl-C into ``Stopped``."""
    settings = place.settings()
    make_folder(place.out, (*FILES, FLEET_FILE))
    console = Console(stderr=True)
    journal: radius.Journal | None = None
    words = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    try:
        with radius.Journal(place.out, world) as journal, ExitStack() as closing:
            for sentence in journal.said:
                console.print(sentence, highlight=False)
            if len(journal):
                console.print(f"{len(journal)} finished runs in {journal.path} are used again.", highlight=False)
            bar = closing.enter_context(Progress(*words, TextColumn("{task.fields[run]}"), console=console))
            yield _Bench(settings, journal, bar, bar.add_task("days simulated", total=runs, run=""), closing)
    except KeyboardInterrupt:
        kept = 0
        if journal is not None:
            with radius.Journal(place.out, world) as journal:  # Ctrl-C may have come after a run's line was written
                kept = len(journal)
        raise Stopped(
            f"Stopped. {kept} finished runs are kept in {place.out / radius.JOURNAL}; the same command resumes there."
        ) from None
    except (radius.StudyError, SolveError) as error:
        raise UsageError(str(error)) from None
