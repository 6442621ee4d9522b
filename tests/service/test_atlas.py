"""The maps a request may name."""

from pathlib import Path

import pytest

import maps
from service.atlas import Atlas
from service.settings import BUNDLED_MAP


def test_bundled_map_is_always_there() -> None:
    atlas = Atlas()
    assert list(atlas) == [BUNDLED_MAP]
    assert atlas[BUNDLED_MAP] is maps.bundled_map()
    assert atlas[BUNDLED_MAP].name == BUNDLED_MAP
    assert atlas.people(BUNDLED_MAP) is maps.bundled_people()


def test_files_are_read_once_and_only_when_asked_for(tmp_path: Path) -> None:
    saved = tmp_path / "copy.npz"
    maps.bundled_map().save(saved)
    atlas = Atlas({"copy": saved, "absent": tmp_path / "absent.osm.pbf"})
    assert set(atlas) == {"absent", BUNDLED_MAP, "copy"}
    assert len(atlas) == 3
    assert "absent" in atlas
    assert "atlantis" not in atlas
    assert atlas["copy"] is Atlas({"other": saved})["other"]
    assert atlas.people("copy") is None
    with pytest.raises(maps.MapFileError, match=r"^absent\.osm\.pbf:") as caught:
        _ = atlas["absent"]
    assert str(tmp_path) not in str(caught.value), "a request is told what is wrong, not where"
    with pytest.raises(KeyError):
        _ = atlas["atlantis"]
