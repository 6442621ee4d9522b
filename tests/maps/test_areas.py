import json
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

import maps
from maps.areas import BESIDE_M, SIMPLIFY_M
from maps.plane import Plane
from tests.maps.drawing import PLANE, ROAD, Drawing, draw
from tests.maps.random_networks import PLANE as RANDOM_PLANE
from tests.maps.random_networks import networks


def area_m2(area: maps.ServiceArea) -> float:
    return float(shapely.area(shapely.transform(area.polygon, PLANE.to_xy)))


def test_a_street_is_cut_where_the_time_runs_out(tmp_path: Path) -> None:
    drawing = draw(tmp_path, "A" + "-" * 49 + "B" + "-" * 49 + "C", {"ABC": ROAD})
    # 60 s at 5 m/s is 300 m each way along a street of 1 km each way.
    area = maps.service_area(drawing.network, maps.E_BIKE, drawing.at("B"), minutes=1)
    assert area.streets_m == pytest.approx(600, abs=1)
    west, south, east, north = shapely.transform(area.polygon, PLANE.to_xy).bounds
    assert east - west == pytest.approx(600 + 2 * BESIDE_M, abs=10)
    assert north - south == pytest.approx(2 * BESIDE_M, abs=10)


def test_the_walk_from_the_store_takes_its_time(tmp_path: Path) -> None:
    drawing = draw(tmp_path, "A" + "-" * 49 + "B" + "-" * 49 + "C", {"ABC": ROAD})
    # 43 m at 4.3 km/h is 36 s, which leaves 24 s.
    area = maps.service_area(drawing.network, maps.E_BIKE, drawing.at("B", 0, 43), minutes=1)
    assert area.streets_m == pytest.approx(2 * 24 * 5, abs=1)
    nothing = maps.service_area(drawing.network, maps.E_BIKE, drawing.at("B", 0, 86), minutes=1)
    assert nothing.streets_m == 0
    assert nothing.polygon.is_empty


def test_against_a_one_way_the_reach_is_that_of_pushing(tmp_path: Path) -> None:
    drawing = draw(tmp_path, "A" + "-" * 49 + "B" + "-" * 49 + "C", {"ABC": {**ROAD, "oneway": "yes"}})
    area = maps.service_area(drawing.network, maps.E_BIKE, drawing.at("B"), minutes=1)
    assert area.streets_m == pytest.approx(300 + 60 * 4 / 3.6, abs=1)


def test_a_street_reached_from_both_ends_is_counted_once(tmp_path: Path) -> None:
    picture = """
        A---------B
        |         |
        D---------C
    """
    drawing = draw(tmp_path, picture, {"ABCDA": ROAD})
    # 480 m round; 50 s is 250 m each way, which is all of it.
    whole = maps.service_area(drawing.network, maps.E_BIKE, drawing.at("A", 50), minutes=50 / 60)
    assert whole.streets_m == pytest.approx(480, abs=0.5)
    part = maps.service_area(drawing.network, maps.E_BIKE, drawing.at("A", 50), minutes=40 / 60)
    assert part.streets_m == pytest.approx(400, abs=0.5)


def test_private_streets_are_reached_but_not_crossed(tmp_path: Path) -> None:
    picture = """
        A--------------B
        |              |
        E--------------I
        |              |
        D--------------C
    """

    def streets_m(compound: dict[str, str]) -> float:
        drawing = draw(tmp_path, picture, {"ABICDEA": ROAD, "EI": {**ROAD, **compound}})
        return maps.service_area(drawing.network, maps.E_BIKE, drawing.at("E"), minutes=70 / 60).streets_m

    # 350 m in 70 s. The ring is 760 m, the compound 300 m. Both ways round leave 60 m of the ring, which one reaches by
    # I if the compound may be crossed: 350 m by A end 10 m below B and 350 m by D end 10 m past C.
    assert streets_m({}) == pytest.approx(760 + 300, abs=1)
    assert streets_m({"access": "private"}) == pytest.approx(2 * 350 + 300, abs=1)


def test_a_radius_is_a_disk_cut_to_the_streets(tmp_path: Path) -> None:
    drawing = draw(tmp_path, "A" + "-" * 49 + "B" + "-" * 49 + "C", {"ABC": ROAD})
    area = maps.service_area(drawing.network, maps.E_BIKE, drawing.at("B"), radius_m=200)
    assert area.streets_m == pytest.approx(400, abs=1)
    assert area_m2(area) == pytest.approx(2 * 200 * 2 * BESIDE_M, rel=0.1)
    assert area_m2(area) < np.pi * 200**2
    assert (area.minutes, area.radius_m) == (None, 200)


def test_small_holes_are_filled_and_large_ones_are_not(tmp_path: Path) -> None:
    def holes(cells: int) -> int:
        side = "-" * (cells - 1)
        rows = [f"A{side}B", *(["|" + " " * (cells - 1) + "|"] * (cells - 1)), f"D{side}C"]
        drawing = draw(tmp_path, "\n".join(rows), {"ABCDA": ROAD})
        area = maps.service_area(drawing.network, maps.E_BIKE, drawing.at("A"), minutes=20)
        return len(shapely.get_parts(area.polygon)[0].interiors)

    # Streets 340 m apart leave a hole of 180 m, less than a block; 400 m apart, one of 240 m.
    assert holes(17) == 0
    assert holes(20) == 1


def test_geojson(drawn: Drawing) -> None:
    area = maps.service_area(drawn.network, maps.E_BIKE, drawn.at("A"), minutes=1)
    feature = json.loads(json.dumps(area.to_geojson()))
    assert feature["type"] == "Feature"
    assert feature["properties"]["minutes"] == 1
    assert shapely.geometry.shape(feature["geometry"]).equals_exact(area.polygon, 1e-6)


def test_questions_without_an_answer(drawn: Drawing) -> None:
    here = (drawn.network, maps.E_BIKE, drawn.at("A"))
    with pytest.raises(ValueError, match="give exactly one"):
        maps.service_area(*here)
    with pytest.raises(ValueError, match="give exactly one"):
        maps.service_area(*here, minutes=5, radius_m=5)
    with pytest.raises(ValueError, match="minutes is 0"):
        maps.service_area(*here, minutes=0)
    with pytest.raises(ValueError, match="radius_m is nan"):
        maps.service_area(*here, radius_m=float("nan"))
    with pytest.raises(maps.PointError, match="no street for the profile 'e-bike' within 250 m"):
        maps.service_area(drawn.network, maps.E_BIKE, drawn.at("A", 0, 900), minutes=5)


@settings(max_examples=60, deadline=None)
@given(networks(), st.floats(0, 900), st.floats(0, 900), st.floats(0.5, 8))
def test_areas_are_valid_grow_with_time_and_hold_what_is_reached(
    network: maps.StreetNetwork, x: float, y: float, minutes: float
) -> None:
    (centre,) = RANDOM_PLANE.to_lonlat(np.array([[x, y]])).tolist()
    try:
        small = maps.service_area(network, maps.E_BIKE, tuple(centre), minutes=minutes)
    except maps.MapError:
        return
    large = maps.service_area(network, maps.E_BIKE, tuple(centre), minutes=minutes + 2)
    assert small.polygon.is_valid
    assert small.streets_m <= large.streets_m + 1e-6
    plane = Plane(*centre)
    one, two = (shapely.transform(area.polygon, plane.to_xy) for area in (small, large))
    # Either outline may stray by what simplifying allows, and by the polygon's own way of drawing a circle.
    assert one.difference(two.buffer(2 * SIMPLIFY_M + 4)).area < 1
    # What the matrix says is reached in time lies inside.
    travel = maps.TravelTimes(network, maps.E_BIKE)
    middles = np.array([network.edge_shape(edge)[1] for edge in range(len(network.tail))])
    travel.add([centre])
    travel.add(middles)
    reached = (travel.seconds[0, 1:] <= minutes * 60 - 1) & (travel.snap_m[1:] < 0.5)
    for spot in middles[reached]:
        assert small.polygon.covers(shapely.Point(spot))
