"""Closed streets, each way round them worked out by hand."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

import maps
from tests.maps.drawing import ROAD, Drawing, draw
from tests.maps.test_travel import close

BLOCKS = """
    A----B----C
    |    |    |
    |    |    |
    D----E----F
    |    |    |
    G----H----I
"""
STREETS = {"ABC": ROAD, "DEF": ROAD, "GHI": ROAD, "ADG": ROAD, "BEH": ROAD, "CFI": ROAD}


@pytest.fixture
def blocks(tmp_path: Path) -> Drawing:
    return draw(tmp_path, BLOCKS, STREETS)


def box(drawing: Drawing, middle: str, east_m: float, north_m: float, half_m: float = 8.0) -> list[tuple[float, float]]:
    """A square around a place beside a node."""
    corners = ((-1, -1), (1, -1), (1, 1), (-1, 1))
    return [drawing.at(middle, east_m + x * half_m, north_m + y * half_m) for x, y in corners]


def seconds(network: maps.StreetNetwork, *points: tuple[float, float]) -> Any:
    travel = maps.TravelTimes(network, maps.E_BIKE)
    travel.add(list(points))
    return travel.seconds


def test_the_way_leads_round_a_closed_street(blocks: Drawing) -> None:
    """B to E is 60 m straight. Closed, it is B-A-D-E: 100 + 60 + 100 m; over C and F it is as far."""
    closed = blocks.network.without(box(blocks, "B", 0, -30))
    b, e, h = blocks.at("B"), blocks.at("E"), blocks.at("H")
    assert seconds(blocks.network, b, e)[0, 1] == close(60 / 5)
    assert seconds(closed, b, e)[0, 1] == close(260 / 5)
    assert seconds(closed, e, b)[0, 1] == close(260 / 5)
    assert seconds(closed, e, h)[0, 1] == close(40 / 5)
    # Closures add up. With A-B closed too it is over C and F; with all three closed, B is walked to from E.
    twice = closed.without(box(blocks, "A", 50, 0))
    assert seconds(twice, b, e)[0, 1] == close(260 / 5)
    thrice = twice.without(box(blocks, "B", 50, 0))
    assert seconds(thrice, b, e)[0, 1] == close(60 * 3.6 / 4.3)


def test_a_door_on_a_closed_street_is_walked_to_from_the_nearest_open_one(blocks: Drawing) -> None:
    """A door 20 m below B, on the closed street: ride A to B, then walk 20 m at 4.3 km/h."""
    closed = blocks.network.without(box(blocks, "B", 0, -40))
    door = blocks.at("B", 0, -20)
    assert seconds(closed, blocks.at("A"), door)[0, 1] == close(100 / 5 + 20 * 3.6 / 4.3)
    assert seconds(blocks.network, blocks.at("A"), door)[0, 1] == close(120 / 5)


def test_a_closed_junction_closes_every_street_that_meets_there(blocks: Drawing) -> None:
    """Without E, B to H leads round the outside: 100 + 60 + 40 + 100 m."""
    closed = blocks.network.without(box(blocks, "E", 0, 0))
    assert seconds(closed, blocks.at("B"), blocks.at("H"))[0, 1] == close(300 / 5)


def test_a_one_way_detour_is_ridden_along_and_pushed_against(tmp_path: Path) -> None:
    """A-D-E-B is 60 + 100 + 60 m: 44 s along it at 5 m/s, 198 s against it at 4 km/h."""
    picture = """
        A----B
        |    |
        |    |
        D----E
    """
    drawing = draw(tmp_path, picture, {"AB": ROAD, "ADEB": {**ROAD, "oneway": "yes"}})
    closed = drawing.network.without(box(drawing, "A", 50, 0))
    there_and_back = seconds(closed, drawing.at("A"), drawing.at("B"))
    assert there_and_back[0, 1] == close(220 / 5)
    assert there_and_back[1, 0] == close(220 * 3.6 / 4)


def test_all_else_stays_as_it_is(blocks: Drawing) -> None:
    before = blocks.network
    flags = before.flags.copy()
    closed = before.without(box(blocks, "B", 0, -30))
    assert np.array_equal(before.flags, flags)
    (edge,) = np.flatnonzero(closed.flags != before.flags)
    ends = {tuple(before.edge_shape(int(edge))[k]) for k in (0, -1)}
    assert ends == {blocks.at("B"), blocks.at("E")}
    for (name, one), (_, other) in zip(before._arrays(), closed._arrays(), strict=True):
        assert name == "flags" or np.array_equal(one, other)
    for profile in (maps.E_BIKE, maps.MOPED, maps.CARGO_BIKE):
        was, now = profile.edge_seconds(before), profile.edge_seconds(closed)
        assert np.isinf([now[0][edge], now[1][edge]]).all()
        assert all(np.array_equal(np.delete(a, edge), np.delete(b, edge)) for a, b in zip(was, now, strict=True))
    with pytest.raises(ValueError, match="read-only"):
        closed.flags[0] = 0


def test_an_area_beside_the_streets_closes_none(blocks: Drawing) -> None:
    closed = blocks.network.without(box(blocks, "A", 50, -30))
    assert np.array_equal(closed.flags, blocks.network.flags)


def test_polygons_rings_and_bow_ties_close_the_same(blocks: Drawing) -> None:
    ring = box(blocks, "B", 0, -30)
    one = blocks.network.without(ring).flags
    assert np.array_equal(blocks.network.without([*ring, ring[0]]).flags, one)
    assert np.array_equal(blocks.network.without(shapely.Polygon(ring)).flags, one)
    assert np.array_equal(blocks.network.without(shapely.MultiPolygon([shapely.Polygon(ring)])).flags, one)
    bow_tie = [ring[0], ring[2], ring[1], ring[3]]
    assert np.array_equal(blocks.network.without(bow_tie).flags, one)
    holed = shapely.Polygon(box(blocks, "E", 0, 0, 90), [box(blocks, "E", 0, 0, 80)])
    some = blocks.network.without(holed).flags
    assert 0 < (some != blocks.network.flags).sum() < len(some)


def test_when_every_street_is_closed_it_is_said(blocks: Drawing) -> None:
    closed = blocks.network.without(box(blocks, "E", 0, 0, 500))
    with pytest.raises(maps.MapError, match="no street that the profile 'e-bike' may use"):
        maps.TravelTimes(closed, maps.E_BIKE)


@pytest.mark.parametrize(
    ("area", "said"),
    [
        ([(0, 0), (1, 1)], "at least 3 different corners; this ring has 2"),
        ([], "this ring has 0"),
        ([(0, 0), (1, 1), (2, 2)], "must have an area"),
        ([(0, 0), (1, 1), (200, 2)], "no \\(longitude, latitude\\) on Earth"),
        ([(0, 0), (1, float("nan")), (1, 2)], "no \\(longitude, latitude\\) on Earth"),
        (shapely.LineString([(0, 0), (1, 1)]), "must be a polygon, not a LineString"),
        (shapely.Polygon(), "must have an area"),
        (shapely.box(0, 80, 1, 100), "on Earth"),
    ],
)
def test_what_is_no_area_is_refused(drawn: Drawing, area: Any, said: str) -> None:
    with pytest.raises(maps.PointError, match=said):
        drawn.network.without(area)
