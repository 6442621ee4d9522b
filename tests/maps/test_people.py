import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

import maps
from maps.plane import Plane
from tests.maps.drawing import ROAD, draw

STORE = maps.SAMPLE_STORE


def zones(*features: tuple[list[list[float]], Any]) -> dict[str, Any]:
    return {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "properties": properties, "geometry": {"type": "Polygon", "coordinates": [ring]}}
            for ring, properties in features
        ],
    }


def square(west: float, south: float, size: float) -> list[list[float]]:
    return [[west, south], [west + size, south], [west + size, south + size], [west, south + size], [west, south]]


def written(folder: Path, content: object) -> Path:
    path = folder / "people.geojson"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def test_people_are_counted_by_the_area_they_share(tmp_path: Path) -> None:
    content = zones(
        (square(0, 0, 0.01), {"population": 1000, "employment": 7}), (square(0.02, 0, 0.01), {"population": 500})
    )
    people = maps.read_people(written(tmp_path, content))
    assert people.total == 1500
    assert people.employment[0] == 7
    assert np.isnan(people.employment[1])
    assert people.within(shapely.box(0, 0, 0.005, 0.01)) == pytest.approx(500)
    assert people.within(shapely.box(0.0, 0, 0.03, 0.005)) == pytest.approx(750)
    assert people.within(shapely.box(1, 1, 2, 2)) == 0


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("not json", "not a GeoJSON FeatureCollection"),
        ("[]", "not a GeoJSON FeatureCollection"),
        (zones(), "holds no zones"),
        (zones((square(0, 0, 1), {})), "'population'"),
        (zones((square(0, 0, 1), {"population": -1})), "population of feature 0 is -1"),
        (zones((square(0, 0, 1), {"population": None})), "not a GeoJSON FeatureCollection"),
        (zones((square(0, 0, 0), {"population": 1})), "feature 0 is no polygon with an area"),
        ({"features": [{"properties": {"population": 1}, "geometry": {"type": "Blob"}}]}, "not a GeoJSON"),
    ],
)
def test_files_that_are_no_people(tmp_path: Path, content: object, text: str) -> None:
    path = written(tmp_path, content)
    with pytest.raises(maps.MapFileError, match=text) as caught:
        maps.read_people(path)
    assert str(path) in str(caught.value)


def test_a_people_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(maps.MapFileError, match="cannot be opened"):
        maps.read_people(tmp_path / "none.geojson")


def test_addresses_lie_in_the_disk_beside_streets_and_follow_the_people() -> None:
    network, people = maps.bundled_map(), maps.bundled_people()
    doors = people.draw(3000, STORE, 3000, network, np.random.default_rng(7))
    assert doors.shape == (3000, 2)
    xy = Plane(*STORE).to_xy(doors)
    assert np.hypot(*xy.T).max() <= 3000
    travel = maps.TravelTimes(network, maps.E_BIKE, STORE, 3000)
    travel.add(doors[:300])
    assert np.isfinite(travel.seconds).all()
    assert travel.snap_m.max() < 26
    # Zones wholly inside the disk get their share of the doors, within four standard deviations.
    disk = shapely.transform(shapely.Point(0, 0).buffer(3000, quad_segs=32), Plane(*STORE).to_lonlat)
    everyone = people.within(disk)
    places = shapely.points(doors)
    for zone, residents in zip(people.zones, people.population, strict=True):
        if disk.contains(zone) and residents > 1500:
            share = residents / everyone
            expected, spread = 3000 * share, np.sqrt(3000 * share)
            found = int(shapely.contains(zone.buffer(0.0003), places).sum())
            assert found >= expected - 4 * spread


def test_draws_are_repeatable() -> None:
    network, people = maps.bundled_map(), maps.bundled_people()
    one, two, other = (people.draw(40, STORE, 2000, network, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert np.array_equal(one, two)
    assert not np.array_equal(one, other)
    assert people.draw(0, STORE, 2000, network, np.random.default_rng(1)).shape == (0, 2)


def test_nobody_lives_at_sea() -> None:
    with pytest.raises(maps.PointError, match="nobody lives beside a street within 500 m"):
        maps.bundled_people().draw(5, (-71.5, -29.9), 500, maps.bundled_map(), np.random.default_rng(0))


def test_people_stand_along_the_streets_of_their_zone(tmp_path: Path) -> None:
    """The west's 400 people share 100, 60 and 40 m of street; the east has a motorway, and no house stands on it."""
    picture = """
        A----B--C------D
             |
             E
    """
    motorway = {"highway": "motorway", "bicycle": "yes"}
    drawing = draw(tmp_path, picture, {"ABC": ROAD, "CD": motorway, "BE": ROAD})
    west, east = drawing.at("A", -10, -60), drawing.at("D", 10, 10)
    middle = drawing.at("C", 5, 0)[0]
    halves = [shapely.box(west[0], west[1], middle, east[1]), shapely.box(middle, west[1], east[0], east[1])]
    people = maps.Population(np.array(halves), np.array([400.0, 30.0]), np.full(2, np.nan))
    places, count = people.along(drawing.network)
    found = {
        tuple(np.round(place, 5)): round(float(each), 1) for place, each in zip(places.tolist(), count, strict=True)
    }
    assert sorted(found.values()) == [30.0, 80.0, 120.0, 200.0]
    assert found[tuple(np.round(drawing.at("A", 50, 0), 5))] == 200.0
    assert count.sum() == pytest.approx(people.total)
