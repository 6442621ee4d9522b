import os
from pathlib import Path

import pytest

import maps
import maps.files
from maps.files import cache_folder
from maps.osm import read_osm
from tests.maps.drawing import ROAD, Drawing, draw


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the files really read with pyosmium."""
    names: list[str] = []

    def counted(path: Path, name: str) -> maps.StreetNetwork:
        names.append(name)
        return read_osm(path, name)

    monkeypatch.setattr(maps.files, "read_osm", counted)
    return names


def test_a_file_is_read_once_and_found_again_by_content(drawn: Drawing, reads: list[str]) -> None:
    first = maps.read_map(drawn.path)
    moved = drawn.path.rename(drawn.path.with_name("moved.osm"))
    second = maps.read_map(moved)
    assert reads == ["drawn"]
    assert (first.name, second.name) == ("drawn", "moved")
    assert second.shape.tolist() == first.shape.tolist()


def test_a_changed_file_is_read_again(tmp_path: Path, reads: list[str]) -> None:
    before = maps.read_map(draw(tmp_path, "A----B", {"AB": ROAD}).path)
    after = maps.read_map(draw(tmp_path, "A--B", {"AB": ROAD}).path)
    assert reads == ["drawn", "drawn"]
    assert after.length_m[0] < before.length_m[0]


def test_without_the_cache_nothing_is_kept(drawn: Drawing, reads: list[str]) -> None:
    maps.read_map(drawn.path, cache=False)
    maps.read_map(drawn.path, cache=False)
    assert len(reads) == 2
    assert not cache_folder().exists()


def test_a_damaged_cache_is_read_over(drawn: Drawing, reads: list[str]) -> None:
    maps.read_map(drawn.path)
    (kept,) = cache_folder().iterdir()
    kept.write_bytes(kept.read_bytes()[:100])
    maps.read_map(drawn.path)
    maps.read_map(drawn.path)
    assert len(reads) == 2


def test_a_cache_that_cannot_be_written_is_no_error(
    drawn: Drawing, reads: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "a file, not a folder"
    blocked.write_text("in the way")
    monkeypatch.setenv("SWIFTLEAF_CACHE_DIR", str(blocked))
    assert len(maps.read_map(drawn.path).tail) == 1
    assert len(maps.read_map(drawn.path).tail) == 1
    assert len(reads) == 2


def test_the_platform_has_a_folder_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SWIFTLEAF_CACHE_DIR")
    assert "swiftleaf" in str(cache_folder())


def test_a_file_that_may_not_be_read(drawn: Drawing) -> None:
    drawn.path.chmod(0)
    if os.access(drawn.path, os.R_OK):
        pytest.skip("this user may read everything")
    with pytest.raises(maps.MapFileError, match="check its permissions"):
        maps.read_map(drawn.path)
