"""Studies in real Dask workers, one of which is killed; and what the commands say of what cannot be."""

import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from dispatch.radius import Journal, Outcome, Pool, Runner, Study, Task, conduct, grid
from dispatch.twin import sample_world
from service import solve
from service.cli import app
from service.solve import NoWorkersError, Workers
from tests.dispatch.radius.toy import simulate, slow_simulate, world

STUDY = Study(world=world(), settings=grid(radii_m=[2000, 3000], riders=[2, 4, 6]), seeds=(0, 1, 2, 3))


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    with Workers(2) as started:
        while started.count() < 2:
            time.sleep(0.05)
        yield started


def test_a_killed_worker_loses_no_run_and_doubles_none(workers: Workers, tmp_path: Path) -> None:
    log = tmp_path / "log"
    killed: list[int] = []

    def kill_one_at_work(_task: Task, _made: bool) -> None:
        until_s = time.monotonic() + 5  # a run that was handed out may be slow to begin
        while not killed and time.monotonic() < until_s:
            at_work: Counter[int] = Counter()
            for line in log.read_text().splitlines():
                what, pid, *_ = line.split()
                at_work[int(pid)] += 1 if what == "begun" else -1
            busy = [pid for pid in workers.pids if at_work[pid]]
            if busy:
                killed.append(busy[0])
                os.kill(busy[0], signal.SIGKILL)
            time.sleep(0.01)

    with Journal(tmp_path, STUDY.world) as journal:
        play = partial(slow_simulate, log)
        runner = Runner(lambda: Pool(workers.executor(), workers.capacity), play, kill_one_at_work)
        outcome = conduct(STUDY, runner, journal)
    lines = [line.split() for line in log.read_text().splitlines()]
    begun = [tuple(days) for what, _, *days in lines if what == "begun"]
    again = [days for days, count in Counter(begun).items() if count > 1]
    assert len(killed) == 1
    assert again, "what the killed worker had in hand is played once more"
    keys = [line.split(b'"key":"')[1][:64] for line in (tmp_path / "runs.jsonl").read_bytes().splitlines()[1:]]
    assert len(keys) == len(set(keys)) == outcome.runs
    assert outcome == in_this_process(tmp_path)


def in_this_process(folder: Path) -> Outcome:
    (folder / "here").mkdir()
    with Journal(folder / "here", STUDY.world) as journal, ThreadPoolExecutor(1) as pool:
        return conduct(STUDY, Runner(lambda: Pool(pool, 1), simulate), journal)


def test_the_workers_of_a_scheduler_make_a_study(workers: Workers, tmp_path: Path) -> None:
    address = workers._fleet.address
    asked = "radius --radii 1.5 --riders 1 --drones 0 1 --seeds 2 --orders-per-day 20"
    said = run(*asked.split(), "--scheduler", address, "--out", str(tmp_path), code=0).stdout
    assert "Take 1.5 km, 1 rider, " in said
    outcome = Outcome.model_validate_json((tmp_path / "study.json").read_bytes())
    assert [row.label for row in outcome.rows] == ["1.5 km, 1 rider, no drones", "1.5 km, 1 rider, 1 drone"]
    table = (tmp_path / "table.csv").read_text().splitlines()
    assert table[0].startswith("radius_m,minutes,riders,drones,promise_min,seeds,people,reached_share,orders_per_day,")
    assert table[1].startswith("1500.0,,1,0,,2,")
    assert workers.count() >= 1, "a fleet outlives the studies that use it"


def test_workers_that_are_not_running_give_no_executor() -> None:
    with pytest.raises(NoWorkersError, match="start them first"):
        Workers(1).executor()


def run(*arguments: str, code: int = 2) -> Result:
    result = CliRunner().invoke(app, arguments)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code == code, result.output
    return result


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("radius --radii 0 2", "radius: $.radii_m[0]: 0; give more than 0"),
        ("radius --radii 2 -1", "radius: $.radii_m[1]: -1000; give more than 0"),
        ("radius --radii 49", "reaches beyond the map 'coquimbo'"),
        ("radius --radii nan", "$.radii_m[0]: nan"),
        ("radius --minutes 500", "$.minutes[0]: 500; give more than 0 and at most 180"),
        ("radius --riders 0 --drones 0", "no riders and no drones"),
        ("radius --riders 8 twelve", "unable to parse string as an integer"),
        ("radius --radii", "unable to parse string as a number"),
        ("radius --radii 2 --seeds 0", "should be greater than or equal to 1"),
        ("radius --radii 2 --on-time 0", "study: $.on_time"),
        ("radius --radii 2 --on-time 95", "should be less than or equal to 1"),
        ("radius --scenario nowhere", "'nowhere' is not one of"),
        ("radius --world absent.json", "absent.json: cannot be read"),
        ("radius --orders-per-day -1", "--orders-per-day: -1; give 0 to 20000"),
        ("radius --workers 0", "should be greater than or equal to 1"),
        (
            "radius --scheduler nonsense",
            "setting scheduler: 'nonsense' is no address of a scheduler, such as tcp://host:8786",
        ),
        ("fleet --radius 0", "fleet: $.radii_m[0]: 0"),
        ("fleet --radius 2 --minutes 10", "not both"),
        ("fleet --on-time 2", "should be less than or equal to 1"),
        ("fleet --most 0", "should be greater than or equal to 1"),
        ("fleet --most 5000", "fleet: $.most: 5000; give 1 to 1000 riders per store"),
    ],
)
def test_what_cannot_be_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: str, said: str) -> None:
    monkeypatch.chdir(tmp_path)
    result = run(*arguments.split(), "--out", "study")
    assert said in " ".join(result.stderr.replace("│", " ").split())
    assert not (tmp_path / "study").exists()


def test_a_scheduler_that_is_not_there_is_waited_for_and_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(solve, "CONNECT_S", 0.5)
    asked = "radius --radii 1.5 --seeds 1 --scheduler tcp://127.0.0.1:1"
    said = " ".join(run(*asked.split(), "--out", str(tmp_path)).stderr.split())
    assert "Waiting for the scheduler at tcp://127.0.0.1:1, 0.5 s at most, and for a warm worker of it" in said
    assert "no scheduler answered at tcp://127.0.0.1:1 in 0.5 s; start one with `swiftleaf scheduler`" in said


@pytest.mark.parametrize("arguments", ["radius --radii 49 --riders 1", "fleet --radius 49"])
def test_a_world_is_looked_at_with_what_the_options_make_of_it(tmp_path: Path, arguments: str) -> None:
    file = tmp_path / "nobody.json"
    file.write_text(sample_world(riders=0, drones=0).model_dump_json())
    result = run(*arguments.split(), "--world", str(file), "--out", str(tmp_path / "study"))
    (said,) = result.stderr.splitlines()
    assert said.startswith(f"{file}: $.radius.metres: 49000 m reaches beyond the map")
    file.write_text(sample_world(riders=1).model_dump_json().replace('"region":"CL"', '"region":"ZZ"'))
    result = run(*arguments.replace("49", "2").split(), "--world", str(file), "--out", str(tmp_path / "study"))
    assert f"{file}: $.stores[0].region: region is 'ZZ'" in result.stderr
    assert not (tmp_path / "study").exists()


def test_a_folder_with_another_world_is_refused(tmp_path: Path) -> None:
    with Journal(tmp_path, world()) as journal:
        journal.add(Task(setting=grid(riders=[2])[0], seed=0), simulate(world(), 0))
    said = run("radius", "--radii", "2", "--out", str(tmp_path)).stderr
    assert "holds runs of another world ('toy'" in " ".join(said.split())
    (tmp_path / "file").write_text("")
    assert "give another --out" in run("radius", "--radii", "2", "--out", str(tmp_path / "file")).stderr
