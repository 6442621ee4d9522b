import dataclasses
from pathlib import Path

import numpy as np
import pytest

import maps
from tests.maps.drawing import ROAD, Tags, draw


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"speeds_kmh": {"boulevard": 20.0}}, "unknown street class"),
        ({"speeds_kmh": {"primary": 0.0}}, "speed of primary is 0.0 km/h"),
        ({"push_kmh": -1.0}, "speed of push_kmh is -1.0"),
        ({"walk_kmh": float("nan")}, "speed of walk_kmh is nan"),
        ({"signal_delay_s": -1.0}, "signal_delay_s is -1.0"),
        ({"snap_limit_m": float("inf")}, "snap_limit_m is inf"),
    ],
)
def test_profiles_that_make_no_sense(change: dict[str, object], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        dataclasses.replace(maps.E_BIKE, **change)  # type: ignore[arg-type]  # wrong on purpose


def test_the_e_bike_keeps_the_law() -> None:
    assert max(maps.E_BIKE.speeds_kmh.values()) <= 25
    assert maps.E_BIKE.push_kmh < min(maps.E_BIKE.speeds_kmh.values())
    assert "steps" not in maps.E_BIKE.speeds_kmh


def test_what_each_class_may_do() -> None:
    off_the_road = {"motorway", "cycleway", "path", "footway", "pedestrian", "bridleway", "steps", "busway"}
    assert not off_the_road & set(maps.MOPED.speeds_kmh)
    assert max(maps.MOPED.speeds_kmh.values()) <= 45
    for kind, speed_kmh in maps.CARGO_BIKE.speeds_kmh.items():
        assert speed_kmh < maps.E_BIKE.speeds_kmh[kind]
    for profile in (maps.MOPED, maps.CARGO_BIKE):
        assert profile.push_kmh < maps.E_BIKE.push_kmh
        assert "steps" not in profile.speeds_kmh


AROUND_BY_MOPED_S = 180 / (25 / 3.6)
AROUND_BY_CARGO_BIKE_S = 180 / (15 / 3.6)


@pytest.mark.parametrize(
    ("tags", "moped_s", "cargo_bike_s"),
    [
        (ROAD, 100 / (25 / 3.6), 100 / (15 / 3.6)),
        ({"highway": "primary"}, 100 / (30 / 3.6), 100 / (16 / 3.6)),
        ({"highway": "primary", "maxspeed": "20"}, 100 / (20 / 3.6), 100 / (16 / 3.6)),
        ({"highway": "cycleway"}, AROUND_BY_MOPED_S, 100 / (16 / 3.6)),
        ({"highway": "path", "bicycle": "designated"}, AROUND_BY_MOPED_S, 100 / (10 / 3.6)),
        ({"highway": "path"}, AROUND_BY_MOPED_S, AROUND_BY_CARGO_BIKE_S),
        ({"highway": "footway"}, AROUND_BY_MOPED_S, AROUND_BY_CARGO_BIKE_S),
        ({"highway": "footway", "bicycle": "yes"}, AROUND_BY_MOPED_S, AROUND_BY_CARGO_BIKE_S),
        ({"highway": "steps"}, AROUND_BY_MOPED_S, AROUND_BY_CARGO_BIKE_S),
    ],
)
def test_a_street_or_the_way_round_it(tmp_path: Path, tags: Tags, moped_s: float, cargo_bike_s: float) -> None:
    # A to B is 100 m straight, and 180 m round by D and C.
    picture = """
        A----B
        |    |
        D----C
    """
    drawing = draw(tmp_path, picture, {"AB": tags, "BCDA": ROAD})
    for profile, expected_s in ((maps.MOPED, moped_s), (maps.CARGO_BIKE, cargo_bike_s)):
        seconds = drawing.travel("A", "B", profile=profile).seconds
        assert seconds[0, 1] == pytest.approx(expected_s, abs=0.03)
        assert seconds[1, 0] == pytest.approx(expected_s, abs=0.03)


@pytest.mark.parametrize(
    ("tags", "moped_s", "cargo_bike_s"),
    [
        ({"highway": "pedestrian"}, np.inf, 100 / (3.5 / 3.6)),
        ({**ROAD, "oneway": "-1"}, 100 / (3.0 / 3.6), 100 / (3.5 / 3.6)),
        ({"highway": "primary", "oneway": "-1"}, np.inf, 100 / (3.5 / 3.6)),
        ({"highway": "footway"}, np.inf, np.inf),
    ],
)
def test_where_each_is_pushed(tmp_path: Path, tags: Tags, moped_s: float, cargo_bike_s: float) -> None:
    drawing = draw(tmp_path, "A----B", {"AB": tags})
    assert maps.MOPED.edge_seconds(drawing.network)[0][0] == pytest.approx(moped_s, abs=0.1)
    assert maps.CARGO_BIKE.edge_seconds(drawing.network)[0][0] == pytest.approx(cargo_bike_s, abs=0.1)


def test_a_moped_reaches_the_sample_city_and_is_quickest() -> None:
    network = maps.bundled_map()
    people = maps.bundled_people()
    doors = people.draw(40, maps.SAMPLE_STORE, 2500.0, network, np.random.default_rng(0))
    medians = []
    for profile in (maps.MOPED, maps.E_BIKE, maps.CARGO_BIKE):
        travel = maps.TravelTimes(network, profile, maps.SAMPLE_STORE, 2500.0)
        travel.add([maps.SAMPLE_STORE, *doors])
        assert np.isfinite(travel.seconds).all()
        medians.append(float(np.median(travel.seconds[0, 1:])))
    assert medians == sorted(medians)
