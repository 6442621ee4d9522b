"""``swiftleaf radius`` as its users run it: stopped by Ctrl-C, resumed, and then finished with nothing left to do."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.acceptance.command import SCRIPT, swiftleaf

STUDY = "radius --scenario sample --radii 1.5 2.5 --riders 1 2 --seeds 3 --orders-per-day 30 --workers 1 --out study"


def runs(folder: Path) -> list[str]:
    """Keys of the runs that are whole in the file."""
    file = folder / "study" / "runs.jsonl"
    if not file.exists():
        return []
    return [json.loads(line)["key"] for line in file.read_bytes().splitlines(keepends=True)[1:] if line.endswith(b"\n")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("radius")


def test_ctrl_c_keeps_what_is_finished_and_the_same_command_goes_on(folder: Path) -> None:
    environment = os.environ | {"SWIFTLEAF_DATA_DIR": str(folder / "data")}
    begun = subprocess.Popen(
        [SCRIPT, *STUDY.split()], cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    while len(runs(folder)) < 2 and begun.poll() is None:
        time.sleep(0.05)
    begun.send_signal(signal.SIGINT)
    _, said = begun.communicate(timeout=60)
    assert begun.returncode == 130, said
    assert "Traceback" not in said
    kept = runs(folder)
    assert 2 <= len(kept) < 12
    assert f"Stopped. {len(kept)} finished runs are kept in study/runs.jsonl; the same command resumes" in said

    done = swiftleaf(*STUDY.split(), folder=folder)
    assert f"{len(kept)} finished runs in study/runs.jsonl are used again." in done.stderr
    assert runs(folder)[: len(kept)] == kept
    assert len(set(runs(folder))) == len(runs(folder)) == 12
    assert "Take " in done.stdout
    assert "Wrote study/study.json, study/table.csv, study/chart.svg, study/recommendation.md." in done.stdout


def test_a_finished_study_is_shown_again_with_the_same_bytes(folder: Path) -> None:
    names = ("study.json", "table.csv", "chart.svg", "recommendation.md", "runs.jsonl")
    before = [(folder / "study" / name).read_bytes() for name in names]
    swiftleaf(*STUDY.split(), folder=folder)
    assert [(folder / "study" / name).read_bytes() for name in names] == before
    assert len(before[1].splitlines()) == 1 + 4
    outcome = json.loads(before[0])
    assert outcome["recommendation"]["sentences"][0] in before[3].decode()


def test_the_smallest_fleet_shares_the_runs_of_the_study(folder: Path) -> None:
    before = runs(folder)
    asked = "fleet --radius 1.5 --seeds 3 --orders-per-day 30 --on-time 0.99 --most 2 --out study"
    done = swiftleaf(*asked.split(), folder=folder)
    assert runs(folder) == before
    answer = json.loads((folder / "study" / "fleet.json").read_bytes())
    assert answer["sentences"][0] in " ".join(done.stdout.split())
    assert [each["riders"] for each in answer["fleets"]] == [1, 2]
