"""What ``swiftleaf radius`` and ``swiftleaf fleet`` do: make a study in the workers, show it, write it, resume it."""

import csv
import io
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pydantic import ValidationError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

import dispatch
from dispatch import radius, twin
from dispatch.twin.refuse import MAX_DAY_ORDERS
from service import tasks, twins
from service.atlas import Atlas
from service.commands import about, read_settings
from service.demo import make_folder
from service.files import UsageError, check_writable, fault_lines, write_document
from service.settings import Settings
from service.solve import NoWorkersError, SolveError, Workers
from service.tables import fleet_table, study_table

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


def read_world(scenario: str, file: Path | None, orders_per_day: float | None) -> twin.World:
    """The world of a file, or a bundled one, with so many orders to expect in a day if that is given.

    Raises:
        UsageError: with every fault of the world.
    """
    world = twins.read(file, scenario, twins.Changes(), None).world
    if orders_per_day is None:
        return world
    if not 0 <= orders_per_day <= MAX_DAY_ORDERS:
        raise UsageError(f"--orders-per-day: {orders_per_day:g}; give 0 to {MAX_DAY_ORDERS}")
    whole = sum(world.demand.orders_per_quarter)
    if whole == 0:
        raise UsageError("--orders-per-day: the world expects no orders at any hour; there is nothing to scale")
    scaled = tuple(expected * orders_per_day / whole for expected in world.demand.orders_per_quarter)
    return world.model_copy(update={"demand": world.demand.model_copy(update={"orders_per_quarter": scaled})})


def study(
    world: twin.World,
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
    try:
        asked = radius.Study(
            world=world, settings=tuple(settings), seeds=tuple(range(seeds)), on_time=on_time, stop_early=stop_early
        )
    except ValidationError as error:
        raise UsageError(*fault_lines("study", dispatch.faults_of(error))) from None
    with about("study"):
        radius.refuse_study(asked, Atlas(place.settings().map_files))
    console = Console()
    with _bench(world, place, len(settings) * seeds) as bench:
        outcome = radius.conduct(asked, bench.runner, bench.journal, bench.plan)
    console.print(study_table(outcome))
    said = (
        outcome.recommendation.sentences if outcome.recommendation else ("No order came; there is nothing to choose.",)
    )
    for sentence in said:
        console.print(sentence, highlight=False)
    texts = (outcome.model_dump_json(indent=2), _csv(outcome), radius.draw_study(outcome), radius.report(outcome))
    for name, text in zip(FILES, texts, strict=True):
        write_document(str(place.out / name), text.rstrip("\n"))
    console.print(f"Wrote {', '.join(str(place.out / name) for name in FILES)}.", soft_wrap=True, highlight=False)
    return outcome


def fleet(
    world: twin.World, setting: radius.Setting, place: Place, *, seeds: int, on_time: float, most: int
) -> radius.MinimumFleet:
    """Find the fewest riders, print the answer and write ``FLEET_FILE``. Raises as ``study`` does."""
    with about("fleet"):
        twin.refuse_world(setting.applied(world), Atlas(place.settings().map_files))
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
            self.workers = self.closing.enter_context(Workers(self.settings.workers, self.settings.scheduler))
        if self.workers.lost:
            raise NoWorkersError("the workers died and did not come back; what is finished is kept: run it again")
        return radius.Pool(self.workers.executor(), self.workers.capacity)

    def plan(self, runs: int) -> None:
        self.progress.update(self.bar, total=runs)

    def tell(self, task: radius.Task, _made: bool) -> None:
        self.progress.update(self.bar, advance=1, run=f"{task.setting.label}, seed {task.seed}")


@contextmanager
def _bench(world: twin.World, place: Place, runs: int | None) -> Iterator[_Bench]:
    """Open the folder and the bar; turn what goes wrong into sentences, and Ctrl-C into ``Stopped``."""
    settings = place.settings()
    make_folder(place.out)
    check_writable(str(place.out / FILES[0]))
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
        kept = 0 if journal is None else len(journal)
        raise Stopped(
            f"Stopped. {kept} finished runs are kept in {place.out / radius.JOURNAL}; the same command resumes there."
        ) from None
    except (radius.StudyError, SolveError) as error:
        raise UsageError(str(error)) from None


def _csv(outcome: radius.Outcome) -> str:
    """The outcome as CSV, a row a setting, each estimate with the ends of its interval."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    estimates = [name for name in radius.Measures.model_fields if name not in {"people", "reached_share"}]
    writer.writerow(
        ["radius_m", "minutes", "riders", "drones", "promise_min", "seeds", "people", "reached_share"]
        + [f"{name}{end}" for name in estimates for end in ("", "_low", "_high")]
        + ["front", "recommended", "dropped"]
    )
    best = outcome.recommendation and outcome.recommendation.setting
    for row in outcome.rows:
        each, measures = row.setting, row.measures
        found = [getattr(measures, name) for name in estimates]
        writer.writerow(
            [each.radius and each.radius.metres, each.radius and each.radius.minutes]
            + [each.riders, each.drones, each.promise_min, row.seeds, measures.people, measures.reached_share]
            + [value for one in found for value in ((one.mean, one.low, one.high) if one else (None, None, None))]
            + [int(row.front), int(each == best), row.dropped or ""]
        )
    return text.getvalue()
