"""A study: many settings of one world, simulated over the same seeds, and what follows from it."""

from collections.abc import Callable
from itertools import pairwise
from typing import Annotated, Self

from pydantic import Field, model_validator

from dispatch.faults import MAX_FAULTS, Fault, RequestError
from dispatch.radius.elimination import ERROR, beaten, comparisons, looks, rounds
from dispatch.radius.front import front
from dispatch.radius.journal import Kept, Task
from dispatch.radius.measures import Days, Measures
from dispatch.radius.recommend import Recommendation, recommend
from dispatch.radius.runner import Runner
from dispatch.radius.setting import MOST_SETTINGS, Setting
from dispatch.record import Number, Record, Whole
from dispatch.twin import DayResult, World
from dispatch.twin.refuse import Networks, refuse_world

Planned = Callable[[int], None]
"""Is told how many runs a study will have made at the most; again whenever settings leave the race."""


class Study(Record):
    """What to simulate, and under which target.

    Attributes:
        world: the world before any setting.
        settings: each once.
        seeds: each once; the same for all settings, so that their days differ by the setting alone.
        on_time: share of orders to be on time in the recommended setting.
        stop_early: whether settings that clearly cannot win are simulated no further.
    """

    world: World
    settings: Annotated[tuple[Setting, ...], Field(min_length=1, max_length=MOST_SETTINGS)]
    seeds: Annotated[tuple[Whole, ...], Field(min_length=1, max_length=1_000)]
    on_time: Annotated[Number, Field(gt=0, le=1)] = 0.95
    stop_early: bool = True

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        for name, values in (("settings", self.settings), ("seeds", self.seeds)):
            if len(set(values)) < len(values):
                raise ValueError(f"{name} holds one twice; give each once, or one day would count as two")
        return self


class Row(Record):
    """One setting of a study.

    ``dropped`` says why it left the race early, after ``seeds`` seeds; None if it did not. ``front`` is whether none of
    those simulated to the end dominates it.
    """

    setting: Setting
    label: str
    seeds: int
    measures: Measures
    front: bool
    dropped: str | None


class Outcome(Record):
    """What a study found: the same, byte for byte, however many workers made it and in whatever order.

    ``runs`` are those it is drawn from, and ``error`` how often early stop may cost the best setting.
    """

    world: str
    world_sha256: str
    on_time: float
    seeds: tuple[int, ...]
    currency: str
    runs: int
    rows: tuple[Row, ...]
    recommendation: Recommendation | None
    error: float


def refuse_study(study: Study, networks: Networks | None = None) -> None:
    """Raise a ``RequestError`` with what is wrong with the world under any of the settings, before a day is simulated.

    Args:
        study: what is to be simulated.
        networks: the maps that the world may name (default: the bundled one).
    """
    faults: dict[str, Fault] = {}
    for setting in study.settings:
        try:
            refuse_world(setting.applied(study.world), networks)
        except RequestError as error:
            for fault in error.faults:
                faults.setdefault(fault.text, fault)
    if faults:
        raise RequestError(list(faults.values())[:MAX_FAULTS])


def conduct(study: Study, runner: Runner, journal: Kept, planned: Planned | None = None) -> Outcome:
    """Make the runs that the journal does not have, and draw the conclusions.

    Args:
        study: what to simulate.
        runner: with what.
        journal: the finished runs of the study's world; new ones are added as they finish.
        planned: is told how many runs there will be.

    Raises:
        RunsFailedError: if runs came to no result.
        StudyError: if the journal cannot be written.
    """
    race = list(study.settings)
    results: dict[Setting, list[DayResult]] = {setting: [] for setting in race}
    dropped: dict[Setting, str] = {}
    count = len(study.seeds)
    ends = rounds(count) if study.stop_early else (count,)
    error = ERROR / comparisons(len(race), looks(count))
    for start, end in pairwise((0, *ends)):
        if planned is not None:
            planned(sum(map(len, results.values())) + len(race) * (count - start))
        tasks = [Task(setting=setting, seed=seed) for setting in race for seed in study.seeds[start:end]]
        found = runner.run(study.world, tasks, journal)
        for task in tasks:
            results[task.setting].append(found[task])
        if end < count:
            gathered = {setting: Days.of(results[setting]) for setting in race}
            dropped |= dict(beaten(gathered, study.on_time, error))
            race = [setting for setting in race if setting not in dropped]
    return _outcome(study, journal.world_sha256, results, dropped)


def _outcome(
    study: Study, world_sha256: str, results: dict[Setting, list[DayResult]], dropped: dict[Setting, str]
) -> Outcome:
    days = {setting: Days.of(made) for setting, made in results.items()}
    measured = {setting: each.measures() for setting, each in days.items()}
    race = {setting: each for setting, each in days.items() if setting not in dropped}
    best = front({setting: measured[setting] for setting in race})
    currency = study.world.rates.currency
    return Outcome(
        world=study.world.name,
        world_sha256=world_sha256,
        on_time=study.on_time,
        seeds=study.seeds,
        currency=currency,
        runs=sum(map(len, results.values())),
        rows=tuple(
            Row(
                setting=setting,
                label=setting.label,
                seeds=len(results[setting]),
                measures=measured[setting],
                front=setting in best,
                dropped=dropped.get(setting),
            )
            for setting in sorted(results, key=lambda setting: setting.order)
        ),
        recommendation=recommend(race, measured, study.on_time, currency),
        error=ERROR,
    )
