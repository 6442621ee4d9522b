"""Whole studies by formula: the right answer, the same bytes from any executor, early stop, failures, resumption."""

from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from dispatch.radius import (
    Journal,
    Outcome,
    Pool,
    Runner,
    RunsFailedError,
    Setting,
    Study,
    Task,
    conduct,
    draw_study,
    grid,
    report,
)
from dispatch.twin import DayResult, World
from tests.dispatch.radius.toy import failing_simulate, simulate, world

SETTINGS = grid(radii_m=[1500, 2000, 2500, 3000, 3500], riders=[2, 4, 6, 8])


class Lazy(Executor):
    """Finishes each task while it is handed out, in this thread."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except RuntimeError as error:
            future.set_exception(error)
        return future


def make(
    folder: Path, executor: Executor, at_once: int = 1, *, seeds: int = 5, stop_early: bool = True, **how: Any
) -> tuple[Outcome, list[bool]]:
    """A study in a folder, and for each run in turn whether it was made now."""
    folder.mkdir(exist_ok=True)
    made: list[bool] = []
    study = Study(world=world(), settings=SETTINGS, seeds=tuple(range(seeds)), stop_early=stop_early)
    with Journal(folder, study.world) as journal:
        runner = Runner(lambda: Pool(executor, at_once), how.get("simulate", simulate), lambda _, now: made.append(now))
        return conduct(study, runner, journal), made


def test_a_study_finds_the_best_setting(tmp_path: Path) -> None:
    outcome, made = make(tmp_path, Lazy(), stop_early=False)
    assert len(made) == outcome.runs == len(SETTINGS) * 5
    assert outcome.recommendation is not None
    assert outcome.recommendation.setting.label == "3 km, 8 riders"
    rows = {row.label: row for row in outcome.rows}
    assert rows["2 km, 4 riders"].measures.people == 4000
    assert all(row.dropped is None for row in outcome.rows)
    assert rows["3 km, 8 riders"].front
    assert not rows["1.5 km, 8 riders"].front


def test_early_stop_saves_runs_and_takes_the_same(tmp_path: Path) -> None:
    whole, _ = make(tmp_path / "whole", Lazy(), stop_early=False)
    outcome, made = make(tmp_path / "early", Lazy())
    assert outcome.runs == len(made) < 0.8 * whole.runs
    assert outcome.recommendation is not None
    assert whole.recommendation is not None
    assert outcome.recommendation.setting == whole.recommendation.setting
    dropped = [row for row in outcome.rows if row.dropped]
    assert dropped
    assert all(row.seeds == 3 for row in dropped)
    said = report(outcome)
    assert all(f"- {row.label}, after 3 days: {row.dropped}." in said for row in dropped)


def test_workers_and_their_order_change_nothing(tmp_path: Path) -> None:
    one, _ = make(tmp_path / "one", Lazy())
    with ThreadPoolExecutor(4) as pool:
        four, _ = make(tmp_path / "four", pool, 4)
    texts = [(each.model_dump_json(), draw_study(each), report(each)) for each in (one, four)]
    assert texts[0] == texts[1]
    runs = [sorted((tmp_path / name / "runs.jsonl").read_bytes().splitlines()) for name in ("one", "four")]
    assert runs[0] == runs[1]


def test_a_finished_study_makes_no_run_again_and_a_longer_one_only_the_new(tmp_path: Path) -> None:
    first, made = make(tmp_path, Lazy())
    again, found = make(tmp_path, Lazy())
    assert all(made)
    assert not any(found)
    assert first.model_dump_json() == again.model_dump_json()
    _, longer = make(tmp_path, Lazy(), stop_early=False)
    assert sum(longer) == len(SETTINGS) * 5 - len(made)
    last, _ = make(tmp_path, Lazy())
    assert last.model_dump_json() == first.model_dump_json(), (
        "runs that are there already must not change who is stopped"
    )


def test_a_run_that_fails_costs_no_other(tmp_path: Path) -> None:
    with pytest.raises(RunsFailedError, match=r"4 runs came to no result, 56 are kept; .*2 km, 8 riders, seed 1: Run"):
        make(tmp_path, Lazy(), seeds=3, simulate=failing_simulate)
    outcome, made = make(tmp_path, Lazy(), seeds=3)
    assert sum(made) == 4
    assert outcome.runs == 60


def test_a_study_stopped_by_its_user_goes_on_where_it_was(tmp_path: Path) -> None:
    whole, _ = make(tmp_path / "whole", Lazy())
    runs = 0

    def stopped(place: World, seed: int) -> DayResult:
        nonlocal runs
        runs += 1
        if runs > 30:
            raise KeyboardInterrupt
        return simulate(place, seed)

    with pytest.raises(KeyboardInterrupt):
        make(tmp_path / "part", Lazy(), simulate=stopped)
    outcome, made = make(tmp_path / "part", Lazy())
    assert made.count(False) == 30
    assert outcome.model_dump_json() == whole.model_dump_json()


def test_no_demand_is_an_outcome_without_a_recommendation(tmp_path: Path) -> None:
    def nobody(place: World, seed: int) -> DayResult:
        return simulate(place, seed).model_copy(update={"accepted": 0, "delivered": 0, "on_time_share": None})

    outcome, _ = make(tmp_path, Lazy(), simulate=nobody)
    assert outcome.recommendation is None
    assert all(row.measures.on_time_share is None and not row.front for row in outcome.rows)
    assert "nothing to draw because no orders came" in draw_study(outcome)
    assert "No order came in any setting" in report(outcome)


def test_a_task_asked_for_twice_is_made_once(tmp_path: Path) -> None:
    task = Task(setting=Setting(riders=2), seed=0)
    made: list[bool] = []
    with Journal(tmp_path, world()) as journal:
        runner = Runner(lambda: Pool(Lazy(), 2), simulate, lambda _, now: made.append(now))
        assert list(runner.run(world(), [task, task], journal)) == [task]
    assert made == [True]
