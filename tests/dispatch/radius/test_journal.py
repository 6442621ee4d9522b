"""The file of finished runs: torn ends, other worlds, other writers, kills in mid-write."""

import subprocess
import sys
from pathlib import Path

import pytest

from dispatch.radius import Journal, Setting, StudyError, Task
from tests.dispatch.radius.toy import simulate, world

TASKS = [Task(setting=Setting(riders=riders), seed=seed) for riders in (1, 2) for seed in range(3)]


def fill(folder: Path) -> bytes:
    with Journal(folder, world()) as journal:
        for task in TASKS:
            journal.add(task, simulate(task.setting.applied(world()), task.seed))
    return (folder / "runs.jsonl").read_bytes()


def test_what_was_added_is_found_again(tmp_path: Path) -> None:
    content = fill(tmp_path)
    assert content.count(b"\n") == 1 + len(TASKS)
    with Journal(tmp_path, world()) as journal:
        assert len(journal) == len(TASKS)
        assert journal.said == []
        for task in TASKS:
            assert journal.get(task) == simulate(task.setting.applied(world()), task.seed)
        assert journal.get(Task(setting=Setting(riders=1), seed=9)) is None
        journal.add(TASKS[0], simulate(world(), 0))
    assert (tmp_path / "runs.jsonl").read_bytes() == content


@pytest.mark.parametrize("cut", [1, 2, 100])
def test_a_torn_line_is_dropped_and_said(tmp_path: Path, cut: int) -> None:
    content = fill(tmp_path)
    (tmp_path / "runs.jsonl").write_bytes(content[:-cut])
    with Journal(tmp_path, world()) as journal:
        assert len(journal) == len(TASKS) - 1
        (said,) = journal.said
        assert "cut off while it was written" in said
        journal.add(TASKS[-1], simulate(TASKS[-1].setting.applied(world()), TASKS[-1].seed))
    assert (tmp_path / "runs.jsonl").read_bytes() == content


def test_a_head_that_was_torn_is_written_again(tmp_path: Path) -> None:
    content = fill(tmp_path)
    (tmp_path / "runs.jsonl").write_bytes(content[:20])
    with Journal(tmp_path, world()) as journal:
        assert (len(journal), len(journal.said)) == (0, 1)
    assert fill(tmp_path) == content


def test_a_line_that_is_no_run_of_this_world_is_left_out_and_said(tmp_path: Path) -> None:
    lines = fill(tmp_path).splitlines(keepends=True)
    lines[2] = lines[2].replace(b'"seed":1,"day"', b'"seed":7,"day"')
    lines[3] = b"{}\n"
    (tmp_path / "runs.jsonl").write_bytes(b"".join(lines))
    with Journal(tmp_path, world()) as journal:
        assert len(journal) == len(TASKS) - 2
        assert [said.split(": ")[0].split(", ")[1] for said in journal.said] == ["line 3", "line 4"]


def test_two_results_of_one_run_are_refused(tmp_path: Path) -> None:
    lines = fill(tmp_path).splitlines(keepends=True)
    changed = lines[-1].replace(b'"trips":', b'"trips":1')
    (tmp_path / "runs.jsonl").write_bytes(b"".join([*lines, lines[-1]]))
    with Journal(tmp_path, world()) as journal:
        assert len(journal) == len(TASKS)
    (tmp_path / "runs.jsonl").write_bytes(b"".join([*lines, changed]))
    with pytest.raises(StudyError, match="another result of the same run"):
        Journal(tmp_path, world())


def test_another_world_is_refused_with_the_way_out(tmp_path: Path) -> None:
    content = fill(tmp_path)
    with pytest.raises(StudyError, match=r"runs of another world .*; give another folder, or that world"):
        Journal(tmp_path, world().model_copy(update={"margin": 3.0}))
    (tmp_path / "runs.jsonl").write_bytes(b"a list of things\nto do\n")
    with pytest.raises(StudyError, match="is no file of runs"):
        Journal(tmp_path, world())
    (tmp_path / "runs.jsonl").write_bytes(content.replace(b'"format":1', b'"format":2'))
    with pytest.raises(StudyError, match="format is 2, not 1"):
        Journal(tmp_path, world())


def test_a_folder_that_another_process_writes_is_refused(tmp_path: Path) -> None:
    with Journal(tmp_path, world()), pytest.raises(StudyError, match="another study is writing it"):
        Journal(tmp_path, world())
    Journal(tmp_path, world()).close()


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="cannot be written"):
        Journal(tmp_path / "absent", world())


ROOT = Path(__file__).resolve().parents[3]
KILLER = """
import os, signal, sys, time
from pathlib import Path
from dispatch.radius import Journal, Setting, Task
from tests.dispatch.radius.toy import simulate, world

for wait_s in (0.02, 0.05, 0.11, 0.17, 0.23):
    begins, begun = os.pipe()
    child = os.fork()
    if child == 0:
        with Journal(Path(sys.argv[1]), world()) as journal:
            os.write(begun, b"x")
            for seed in range(len(journal), 100_000):
                journal.add(Task(setting=Setting(riders=1), seed=seed), simulate(world(), seed))
    os.read(begins, 1)
    time.sleep(wait_s)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
"""


def test_kills_in_the_midst_of_writing_lose_at_most_the_run_under_way(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", KILLER, str(tmp_path)], cwd=ROOT, check=True, timeout=60)
    with Journal(tmp_path, world()) as journal:
        kept = len(journal)
        for seed in range(kept):
            assert journal.get(Task(setting=Setting(riders=1), seed=seed)) == simulate(world(), seed)
    assert kept > 5
    assert (tmp_path / "runs.jsonl").read_bytes().count(b"\n") == 1 + kept
