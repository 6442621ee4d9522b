"""The meal-delivery benchmark as a stranger runs it, on the hand-worked day."""

import csv
import subprocess
import sys
from pathlib import Path

import pytest

from dispatch.readers import MealFigures, read_mdrp
from tests.benchmarks import mdrp
from tests.dispatch.couriers.hand import FIGURES, FILES, write

ROOT = Path(__file__).resolve().parent.parent


def test_the_command_runs_from_outside(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    for name in ("0o50t75s2p100", "b"):
        write(tmp_path / "data" / name, FILES)
    rows = tmp_path / "rows.csv"
    command = ["-m", "tests.benchmarks.mdrp", "--data", str(tmp_path / "data"), "--work", "50", "--csv", str(rows)]
    done = subprocess.run(
        [sys.executable, *command], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "over the 1 with published figures: 22.50 min; published: rolling horizon 27.29, exact" in done.stdout
    assert "over all 2: 0 of 4 orders undelivered" in done.stdout
    with rows.open(newline="") as file:
        lines = list(csv.DictReader(file))
    assert [line["instance"] for line in lines] == ["0o50t75s2p100", "b"]
    assert {name: float(lines[0][name]) for name in FIGURES} == FIGURES


def test_without_instances_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["mdrp", "--data", str(tmp_path)])
    assert mdrp.main() == 0
    assert capsys.readouterr().out.startswith("skipped: there is no instance")


def test_two_processes_find_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "data").mkdir()
    write(tmp_path / "data" / "a", FILES)
    monkeypatch.setattr(sys, "argv", ["mdrp", "--data", str(tmp_path / "data"), "--work", "50", "--jobs", "2"])
    assert mdrp.main() == 0
    assert "over all 1: 0 of 2 orders undelivered" in capsys.readouterr().out
    broken = mdrp.Measured("a", MealFigures(**FIGURES, decision_p99_s=0.1), 0, ("o1 is carried twice",), 0.1)
    monkeypatch.setattr(mdrp, "measure", lambda *_, **__: broken)
    monkeypatch.setattr(sys, "argv", ["mdrp", "--data", str(tmp_path / "data")])
    assert mdrp.main() == 1
    assert "BROKEN a: o1 is carried twice" in capsys.readouterr().out


def test_the_published_means_are_the_papers() -> None:
    assert round(mdrp.mean([rolling for rolling, _ in mdrp.PUBLISHED.values()]), 2) == 31.88
    assert round(mdrp.mean([exact for _, exact in mdrp.PUBLISHED.values()]), 2) == 30.67


def test_an_order_ready_after_everybody_has_gone_off_is_impossible(tmp_path: Path) -> None:
    couriers = FILES["couriers.txt"].replace("0\t60", "0\t21").replace("10\t40", "10\t21")
    assert mdrp.impossible(read_mdrp(write(tmp_path, FILES))) == 0
    assert mdrp.impossible(read_mdrp(write(tmp_path, FILES | {"couriers.txt": couriers}))) == 1


def test_days_without_a_delivery_count_in_no_mean() -> None:
    nothing = MealFigures(
        orders=1, delivered=0, undelivered_share=1, click_to_door_mean_min=None, click_to_door_overage_mean_min=None,
        ready_to_pickup_mean_min=None, cost_per_order=5, orders_per_bundle=None, decision_p99_s=0.1,
    )  # fmt: skip
    one = MealFigures(**FIGURES, decision_p99_s=0.2)
    assert mdrp.line_of([nothing, one]) == ["1", "22.50", "1.00", "0.00", "8.75", "1.000", "0.200"]
