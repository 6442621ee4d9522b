import json
from pathlib import Path

import pytest

import maps
from tests.maps.drawing import ROAD, draw


def test_streets_of_one_name_are_one_feature(tmp_path: Path) -> None:
    picture = """
        A----B----C
             |
             D
    """
    named = {**ROAD, "name": "科苑路"}
    drawing = draw(tmp_path, picture, {"AB": named, "BC": named, "BD": {"highway": "primary"}})
    page = maps.streets_geojson(drawing.network, drawing.at("A"), 1000)
    minor, major = page["features"]
    assert minor["properties"] == {"kind": "residential", "name": "科苑路"}
    assert major["properties"] == {"kind": "primary", "name": ""}
    assert [len(line) for line in minor["geometry"]["coordinates"]] == [2]
    assert minor["geometry"]["coordinates"][0][0] == pytest.approx(drawing.at("A"), abs=1e-5)


def test_only_near_streets_are_drawn(tmp_path: Path) -> None:
    drawing = draw(tmp_path, "A----B----C", {"AB": ROAD, "BC": {"highway": "primary"}})
    page = maps.streets_geojson(drawing.network, drawing.at("A"), 90)
    assert [feature["properties"]["kind"] for feature in page["features"]] == ["residential"]
    assert maps.streets_geojson(drawing.network, (0, 0), 90)["features"] == []


def test_the_sample_city_is_small_on_a_page() -> None:
    page = maps.streets_geojson(maps.bundled_map(), maps.SAMPLE_STORE, 3500)
    assert len(json.dumps(page)) < 400_000
    assert {"primary", "residential"} <= {feature["properties"]["kind"] for feature in page["features"]}
