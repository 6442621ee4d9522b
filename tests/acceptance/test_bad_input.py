"""The worst inputs, from outside: a sentence and exit code 2, never a traceback."""

import json
from pathlib import Path

import pytest

from tests.acceptance.command import swiftleaf
from tests.service.documents import NOT_JSON, REFUSED, straight


@pytest.mark.parametrize("name", ["10,000 orders", "several faults at once"])
def test_unusable_requests(tmp_path: Path, name: str) -> None:
    case = REFUSED[name]
    lines = swiftleaf("plan", "-", "--out", "plan.json", folder=tmp_path, code=2, given=case.body()).stderr.splitlines()
    assert {line.split(": ")[1] for line in lines} == set(case.paths)


def test_fifty_megabytes_of_json(tmp_path: Path) -> None:
    (tmp_path / "huge.json").write_text(json.dumps({"name": "x" * 50_000_000}))
    said = swiftleaf("plan", "huge.json", "--out", "plan.json", folder=tmp_path, code=2)
    assert said.stderr == (
        f"huge.json: over the limit of {16 * 2**20} bytes; send fewer orders, or raise SWIFTLEAF_MAX_BODY_BYTES\n"
    )


def test_bytes_that_are_not_utf8(tmp_path: Path) -> None:
    said = swiftleaf("check", "-", "-", folder=tmp_path, code=2, given=NOT_JSON["not UTF-8"])
    assert said.stderr.startswith("-: $: Invalid JSON")


def test_file_that_is_no_map(tmp_path: Path) -> None:
    (tmp_path / "request.json").write_text(json.dumps(straight()))
    (tmp_path / "picture.osm.pbf").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(1000))
    said = swiftleaf("plan", "request.json", "--out", "plan.json", "--map", "picture.osm.pbf", folder=tmp_path, code=2)
    assert said.stderr.startswith("picture.osm.pbf: ")


def test_help_and_unknown_commands(tmp_path: Path) -> None:
    assert "doctor" in swiftleaf("--help", folder=tmp_path).stdout
    assert "No such command" in swiftleaf("deliver", folder=tmp_path, code=2).stderr


def test_output_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert swiftleaf("demo", "--once", "--out", "file/out", folder=tmp_path, code=2).stderr.startswith("file/out: ")
