"""The command that runs a meal-delivery day: what it writes, and every mistake in a sentence."""

import json
from pathlib import Path

from click.testing import Result
from typer.testing import CliRunner

from dispatch.couriers.day import WORK
from service.cli import app
from tests.dispatch.couriers.hand import FIGURES, FILES, SOLUTION, write


def run(*arguments: str, code: int = 0) -> Result:
    result = CliRunner().invoke(app, ["mdrp", *arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code == code, result.output
    return result


def test_a_day_is_run_and_written(tmp_path: Path) -> None:
    folder, out = write(tmp_path / "day", FILES), tmp_path / "new" / "out"
    said = run(str(folder), "--out", str(out), "--work", "50")
    assert "2 of 2 orders delivered; 22.50 min from click to door" in said.stderr
    summary = json.loads((out / "summary.json").read_text())
    assert list(summary) == [*FIGURES, "decision_p99_s"]
    assert summary.pop("decision_p99_s") >= 0
    assert summary == FIGURES
    assert {name: (out / name).read_text() for name in SOLUTION} == SOLUTION


def test_an_instance_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    folder = write(tmp_path / "day", FILES | {"orders.txt": FILES["orders.txt"].replace("\t20", "\tnoon")})
    said = run(str(folder), "--out", str(tmp_path / "out"), code=2).stderr
    assert "orders.txt, line 2: ready_time is 'noon'" in said
    assert not (tmp_path / "out").exists()
    assert "restaurants.txt" in run(str(tmp_path), "--out", str(tmp_path / "out"), code=2).stderr


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    folder = write(tmp_path / "day", FILES)
    (tmp_path / "out").write_text("a file")
    assert "cannot be made a folder" in run(str(folder), "--out", str(tmp_path / "out"), code=2).stderr
    taken = tmp_path / "taken" / list(SOLUTION)[2]
    taken.mkdir(parents=True)
    assert f"{taken}: is a folder" in run(str(folder), "--out", str(taken.parent), code=2).stderr
    assert list(taken.parent.iterdir()) == [taken]


def test_the_help_names_the_work_that_the_benchmark_does() -> None:
    assert f"[default: {WORK}]" in " ".join(run("--help").stdout.replace("│", " ").split())
