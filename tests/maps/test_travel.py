from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

import maps
from maps.plane import Floats, step_lengths_m
from tests.maps.drawing import ROAD, Drawing, draw
from tests.maps.oracle import Oracle
from tests.maps.random_networks import networks, points

# Hand arithmetic below: an e-bike does 5 m/s on a residential street (100 m in 20 s) and is pushed at 4 km/h (100 m in
# 90 s).
RIDE_100_S = 20.0
PUSH_100_S = 90.0
ROUND_S = 0.05


def close(seconds: float) -> Any:
    return pytest.approx(seconds, abs=ROUND_S)


def test_a_straight_street(tmp_path: Path) -> None:
    travel = draw(tmp_path, "A----B----C", {"ABC": ROAD}).travel("A", "C")
    assert travel.seconds[0, 1] == close(2 * RIDE_100_S)
    assert travel.metres[0, 1] == pytest.approx(200, abs=0.2)
    assert travel.seconds.diagonal().tolist() == [0, 0]
    assert travel.snap_m == pytest.approx([0, 0], abs=0.02)


def test_one_way_streets_are_ridden_along_and_pushed_against(tmp_path: Path) -> None:
    picture = """
        A----B
        |    |
        |    |
        |    |
        |    |
        |    |
        D----C
    """
    ways = {"AB": {**ROAD, "oneway": "yes"}, "BCDA": ROAD}
    drawing = draw(tmp_path, picture, ways)
    assert drawing.seconds("A", "B") == close(RIDE_100_S)
    # Round the block is 340 m by bike, 68 s; pushing the 100 m takes 90 s.
    assert drawing.seconds("B", "A") == close(68)
    pushing = draw(tmp_path, "A----B----C", {"ABC": {**ROAD, "oneway": "yes"}})
    assert pushing.seconds("C", "A") == close(2 * PUSH_100_S)


@pytest.mark.parametrize(
    ("tags", "there", "back"),
    [
        ({"oneway": "-1"}, PUSH_100_S, RIDE_100_S),
        ({"oneway": "yes", "oneway:bicycle": "no"}, RIDE_100_S, RIDE_100_S),
        ({"oneway": "yes", "cycleway": "opposite"}, RIDE_100_S, RIDE_100_S),
        ({"oneway": "yes", "cycleway:left": "opposite_lane"}, RIDE_100_S, RIDE_100_S),
        ({"oneway": "yes", "cycleway:left": "lane", "cycleway:left:oneway": "-1"}, RIDE_100_S, RIDE_100_S),
        ({"oneway": "yes", "cycleway": "lane"}, RIDE_100_S, PUSH_100_S),
        ({"oneway:bicycle": "yes"}, RIDE_100_S, PUSH_100_S),
        ({"junction": "roundabout"}, RIDE_100_S, PUSH_100_S),
        ({"bicycle": "dismount"}, PUSH_100_S, PUSH_100_S),
        ({"highway": "footway"}, PUSH_100_S, PUSH_100_S),
        ({"highway": "footway", "bicycle": "yes"}, 30.0, 30.0),
        ({"highway": "primary", "maxspeed": "10"}, 36.0, 36.0),
        ({"highway": "trunk", "oneway": "yes", "maxspeed": "80"}, 18.0, np.inf),
    ],
)
def test_rules_of_one_street(tmp_path: Path, tags: dict[str, str], there: float, back: float) -> None:
    # Stubs make A and B junctions; the long way round keeps them in one strongly connected piece.
    picture = """
        G-A----B-H
          |    |
          E    F
    """
    drawing = draw(tmp_path, picture, {"AB": {**ROAD, **tags}, "AEFB": ROAD, "GA": ROAD, "BH": ROAD})
    network = drawing.network
    edge = int(np.argmin(np.abs(network.length_m - 100)))
    forward, backward = (float(seconds[edge]) for seconds in maps.E_BIKE.edge_seconds(network))
    if network.shape[network.shape_start[edge], 0] > drawing.at("A", 50)[0]:
        forward, backward = backward, forward
    assert (forward, backward) == (close(there), close(back))


def test_a_forbidden_street_is_no_street(tmp_path: Path) -> None:
    picture = """
        A----B
        |    |
        D----C
    """
    for tags in ({"bicycle": "no"}, {"highway": "steps"}, {"highway": "motorway"}, {"motorroad": "yes"}):
        drawing = draw(tmp_path, picture, {"AB": {**ROAD, **tags}, "BCDA": ROAD})
        assert drawing.seconds("A", "B") == close(180 / 5)


def test_a_signal_costs_a_wait_when_it_is_passed_but_not_when_one_starts_there(tmp_path: Path) -> None:
    drawing = draw(tmp_path, "A----B----C", {"ABC": ROAD}, {"B": {"highway": "traffic_signals"}})
    wait = maps.E_BIKE.signal_delay_s
    assert drawing.seconds("A", "C") == close(2 * RIDE_100_S + wait)
    assert drawing.seconds("C", "A") == close(2 * RIDE_100_S + wait)
    assert drawing.seconds("B", "C") == close(RIDE_100_S)
    one_way = {"highway": "traffic_signals", "traffic_signals:direction": "forward"}
    drawing = draw(tmp_path, "A----B----C", {"ABC": ROAD}, {"B": one_way})
    assert drawing.seconds("A", "C") == close(2 * RIDE_100_S + wait)
    assert drawing.seconds("C", "A") == close(2 * RIDE_100_S)


GATED = """
    A--------------B
    |              |
    |              |
    E--F---G----H--I
    |              |
    D--------------C
"""


def test_a_door_at_a_gate_stands_in_the_street_not_behind_it(tmp_path: Path) -> None:
    # The private way comes first in the file, and E and I are nodes of both.
    drawing = draw(tmp_path, GATED, {"EFGHI": {**ROAD, "access": "private"}, "ABICDEA": ROAD})
    assert drawing.seconds("E", "I") == close(380 / 5)


def test_private_streets_serve_their_ends_and_nobody_else(tmp_path: Path) -> None:
    # E to I is 300 m straight through the compound and 460 m round it by A and B; F, G and H are inside.
    drawing = draw(tmp_path, GATED, {"ABICDEA": ROAD, "EFGHI": {**ROAD, "access": "private"}})
    assert drawing.seconds("E", "I") == close((40 + 300 + 40) / 5)
    assert drawing.seconds("I", "E") == close((40 + 300 + 40) / 5)
    assert drawing.seconds("G", "I") == close(160 / 5)
    assert drawing.seconds("I", "G") == close(160 / 5)
    assert drawing.seconds("F", "H") == close(180 / 5)
    open_to_all = draw(tmp_path, GATED, {"ABICDEA": ROAD, "EFGHI": ROAD})
    assert open_to_all.seconds("E", "I") == close(300 / 5)


def test_a_trip_may_leave_one_compound_and_enter_another(tmp_path: Path) -> None:
    picture = "A----B----C----D----E"
    private = {**ROAD, "access": "private"}
    drawing = draw(tmp_path, picture, {"AB": private, "BC": ROAD, "CD": private, "DE": private})
    assert drawing.seconds("A", "E") == close(80)
    # The public street beyond the compound leads nowhere else, so it counts as private too: no way through, but a way
    # in.
    beyond = draw(tmp_path, picture, {"ABC": ROAD, "CD": private, "DE": ROAD})
    assert beyond.seconds("A", "E") == close(80)
    assert beyond.seconds("E", "A") == close(80)


@pytest.mark.parametrize("tags", [{"access": "private"}, {"bicycle": "no"}, {"access": "no"}])
def test_a_closed_gate_stops_those_who_only_pass(tmp_path: Path, tags: dict[str, str]) -> None:
    # E to I through the gate at G is 300 m; round by A and B is 380 m.
    drawing = draw(tmp_path, GATED, {"ABICDEA": ROAD, "EFGHI": ROAD}, {"G": {"barrier": "gate", **tags}})
    assert drawing.seconds("E", "I") == close(380 / 5)
    assert drawing.seconds("F", "I") == close(240 / 5)


@pytest.mark.parametrize(
    "tags",
    [{"barrier": "gate"}, {"barrier": "lift_gate", "access": "private", "bicycle": "yes"}, {"barrier": "bollard"}],
)
def test_an_open_gate_stops_nobody(tmp_path: Path, tags: dict[str, str]) -> None:
    drawing = draw(tmp_path, GATED, {"ABICDEA": ROAD, "EFGHI": ROAD}, {"G": tags})
    assert drawing.seconds("E", "I") == close(300 / 5)


def test_the_walk_from_the_door_counts_at_both_ends(tmp_path: Path) -> None:
    drawing = draw(tmp_path, "A---------B", {"AB": ROAD})
    travel = drawing.travel(drawing.at("A", 50, 43), drawing.at("A", 150, -86))
    assert travel.snap_m == pytest.approx([43, 86], abs=0.05)
    # 4.3 km/h is 43 m in 36 s.
    assert travel.seconds[0, 1] == pytest.approx(36 + 20 + 72, abs=0.1)
    assert travel.metres[0, 1] == pytest.approx(43 + 100 + 86, abs=0.3)


def test_points_on_one_street_ride_straight_even_against_the_network(tmp_path: Path) -> None:
    drawing = draw(tmp_path, "A---------B", {"AB": ROAD})
    travel = drawing.travel(drawing.at("A", 40), drawing.at("A", 60), drawing.at("A", 60))
    assert travel.seconds[0, 1] == close(4)
    assert travel.seconds[1, 0] == close(4)
    assert travel.seconds[1, 2] == close(0)


def test_a_door_beyond_the_limit_is_off_the_map(tmp_path: Path) -> None:
    drawing = draw(tmp_path, "A----B", {"AB": ROAD})
    travel = drawing.travel("A", drawing.at("B", 0, 249), drawing.at("B", 0, 251), drawing.at("B", 200, 200))
    assert np.isfinite(travel.snap_m).tolist() == [True, True, False, False]
    assert np.isfinite(travel.seconds[:3, :3]).tolist() == [
        [True, True, False],
        [True, True, False],
        [False, False, True],
    ]
    assert np.isinf(travel.metres[2, 0])
    assert travel.seconds.diagonal().tolist() == [0, 0, 0, 0]


def test_a_clip_far_from_any_street_snaps_nothing(drawn: Drawing) -> None:
    travel = maps.TravelTimes(drawn.network, maps.E_BIKE, (0, 0), 1000)
    travel.add([(0, 0), (0.001, 0)])
    assert np.isinf(travel.snap_m).all()
    assert travel.seconds.tolist() == [[0, np.inf], [np.inf, 0]]


def test_an_island_never_swallows_a_door(tmp_path: Path) -> None:
    picture = """
        A---------B

        X-Y
    """
    drawing = draw(tmp_path, picture, {"AB": ROAD, "XY": ROAD})
    travel = drawing.travel("X", "B")
    assert travel.snap_m[0] == pytest.approx(40, abs=0.05)
    assert np.isfinite(travel.seconds).all()


def test_parallel_streets_give_the_quicker_one(tmp_path: Path) -> None:
    picture = """
        A----B
        |    |
        C----D
    """
    drawing = draw(tmp_path, picture, {"AB": {"highway": "footway"}, "ACDB": ROAD})
    travel = drawing.travel("A", "B")
    assert travel.seconds[0, 1] == close(180 / 5)
    assert len(travel.route(0, 1).coords) == 4


def test_a_path_never_leads_through_a_customer(tmp_path: Path) -> None:
    drawing = draw(tmp_path, "A----B----C", {"ABC": ROAD})
    off_the_street = drawing.at("B", 0, 200)
    alone, crowded = drawing.travel("A", "C"), drawing.travel("A", "C", off_the_street, "B")
    assert crowded.seconds[0, 1] == alone.seconds[0, 1]


def test_a_route_follows_the_streets_and_names_them(tmp_path: Path) -> None:
    picture = """
        A----B
             |
             |
        D----C
    """
    ways = {"AB": {**ROAD, "name": "深南大道"}, "BC": ROAD, "CD": {**ROAD, "name": "科苑路"}}
    drawing = draw(tmp_path, picture, ways)
    travel = drawing.travel(drawing.at("A", 20, 10), "D")
    route = travel.route(0, 1)
    assert route.streets == ("深南大道", "科苑路")
    corners = [drawing.at("A", 20, 10), drawing.at("A", 20), *(drawing.at(name) for name in "BCD")]
    assert route.coords == pytest.approx(np.array(corners), abs=1e-6)
    assert route.seconds == travel.seconds[0, 1]
    assert route.metres == travel.metres[0, 1] == pytest.approx(10 + 80 + 60 + 100, abs=0.3)
    back = travel.route(1, 0)
    assert back.coords == pytest.approx(np.array(corners[::-1]), abs=1e-6)
    assert back.streets == ("科苑路", "深南大道")
    nowhere = travel.route(0, 0)
    assert (nowhere.seconds, nowhere.metres, nowhere.streets) == (0, 0, ())
    assert nowhere.coords.shape == (2, 2)


def test_no_route_where_there_is_no_way(tmp_path: Path) -> None:
    drawing = draw(tmp_path, "A----B", {"AB": ROAD})
    travel = drawing.travel("A", drawing.at("B", 0, 400))
    with pytest.raises(maps.PointError, match="no way by e-bike from point 0 to point 1"):
        travel.route(0, 1)


def test_a_loop_is_ridden_the_shorter_way_round(tmp_path: Path) -> None:
    picture = """
        A---B----C
            |    |
            E----D
    """
    drawing = draw(tmp_path, picture, {"AB": ROAD, "BCDEB": ROAD})
    travel = drawing.travel("A", "C", "E", "D")
    assert travel.seconds[0] == pytest.approx([0, (80 + 100) / 5, (80 + 40) / 5, (80 + 140) / 5], abs=ROUND_S)
    assert travel.seconds[1, 2] == close(140 / 5)
    assert len(travel.route(0, 2).coords) == 3


@pytest.mark.parametrize(
    ("point", "text"),
    [
        ((0, 200), r"point 0 is \(0.0, 200.0\)"),
        ((np.nan, 0), "point 0 is"),
        ((181, 0), "point 0 is"),
        ((1, 2, 3), r"shape \(1, 3\)"),
    ],
)
def test_points_that_are_no_places(tmp_path: Path, point: tuple[float, ...], text: str) -> None:
    travel = draw(tmp_path, "A----B", {"AB": ROAD}).travel("A")
    with pytest.raises(maps.PointError, match=text):
        travel.add([point])
    assert travel.seconds.shape == (1, 1)


def test_no_points_are_no_trouble(tmp_path: Path) -> None:
    travel = draw(tmp_path, "A----B", {"AB": ROAD}).travel()
    assert travel.seconds.shape == (0, 0)
    assert travel.add(np.empty((0, 2))).tolist() == []


def test_a_clip_needs_centre_and_radius(drawn: Drawing) -> None:
    with pytest.raises(ValueError, match="give both"):
        maps.TravelTimes(drawn.network, maps.E_BIKE, centre=drawn.at("A"))
    with pytest.raises(ValueError, match="radius_m is -1"):
        maps.TravelTimes(drawn.network, maps.E_BIKE, centre=drawn.at("A"), radius_m=-1)


def test_a_profile_that_can_use_no_street_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(maps.MapError, match="no street that the profile 'e-bike' may use"):
        draw(tmp_path, "A----B", {"AB": {"highway": "steps"}}).travel("A")


def test_matrices_cannot_be_written_to(drawn: Drawing) -> None:
    travel = drawn.travel("A", "B")
    with pytest.raises(ValueError, match="read-only"):
        travel.seconds[0, 1] = 1


def test_a_clip_that_cuts_two_points_off_is_widened(tmp_path: Path) -> None:
    # The only way from A to C leads over B and D, 4 km away.
    picture = "A" + "-" * 200 + "B\n" + " " * 201 + "|\n" + "C" + "-" * 200 + "D"
    drawing = draw(tmp_path, picture, {way: {**ROAD, "name": way} for way in ("AB", "BD", "CD")})
    travel = maps.TravelTimes(drawing.network, maps.E_BIKE, drawing.at("A"), 500)
    travel.add([drawing.at("A"), drawing.at("C")])
    assert travel.seconds[0, 1] == pytest.approx((201 * 40 + 40) / 5, abs=0.2)
    length_m = step_lengths_m(travel.route(0, 1).coords).sum()
    assert length_m == pytest.approx(travel.metres[0, 1], abs=1)


@settings(max_examples=150, deadline=None)
@given(networks(), points())
def test_random_networks_agree_with_the_oracle(network: maps.StreetNetwork, places: Floats) -> None:
    try:
        travel = maps.TravelTimes(network, maps.E_BIKE)
    except maps.MapError:
        return
    travel.add(places)
    oracle = Oracle(network, maps.E_BIKE)
    snaps = travel._snaps
    assert set(snaps.edge[snaps.edge >= 0].tolist()) <= oracle.usable
    expected = oracle.seconds(snaps)
    assert travel.seconds == pytest.approx(expected, abs=0.03)
    for i in range(len(places)):
        for j in range(len(places)):
            if np.isfinite(expected[i, j]):
                route = travel.route(i, j)
                assert route.metres == travel.metres[i, j]
                assert step_lengths_m(route.coords).sum() == pytest.approx(route.metres, abs=1.5)
                assert route.coords[[0, -1]] == pytest.approx(places[[i, j]], abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(networks(), points(), points())
def test_adding_later_is_the_same_as_adding_at_once(network: maps.StreetNetwork, one: Floats, two: Floats) -> None:
    try:
        later = maps.TravelTimes(network, maps.E_BIKE)
    except maps.MapError:
        return
    assert later.add(one).tolist() == list(range(len(one)))
    assert later.add(two).tolist() == list(range(len(one), len(one) + len(two)))
    at_once = maps.TravelTimes(network, maps.E_BIKE)
    at_once.add(np.concatenate((one, two)))
    assert np.array_equal(later.seconds, at_once.seconds)
    assert np.array_equal(later.metres, at_once.metres)


@settings(max_examples=25, deadline=None)
@given(networks(), points())
def test_doors_go_to_the_nearest_usable_street(network: maps.StreetNetwork, places: Floats) -> None:
    try:
        travel = maps.TravelTimes(network, maps.E_BIKE)
    except maps.MapError:
        return
    travel.add(places)
    usable = sorted(Oracle(network, maps.E_BIKE).usable)
    for place, walk_m in zip(places, travel.snap_m, strict=True):
        # Brute force: every usable street as a dense row of points.
        nearest_m = np.inf
        for edge in usable:
            shape = network.edge_shape(edge)
            share = np.linspace(0, 1, 400)[:, None]
            dense = np.concatenate([a + share * (b - a) for a, b in pairwise(shape)])
            steps = [step_lengths_m(np.stack((place, spot)))[0] for spot in dense[:: 1 if len(dense) < 900 else 2]]
            nearest_m = min(nearest_m, *steps)
        expected = nearest_m if nearest_m <= maps.E_BIKE.snap_limit_m else np.inf
        if abs(nearest_m - maps.E_BIKE.snap_limit_m) > 1:
            assert walk_m == pytest.approx(expected, abs=0.5)


@settings(max_examples=60, deadline=None)
@given(networks(), points(), points())
def test_times_between_two_sets_are_those_of_the_matrix(network: maps.StreetNetwork, one: Floats, two: Floats) -> None:
    try:
        travel = maps.TravelTimes(network, maps.E_BIKE)
    except maps.MapError:
        return
    between = travel.between(one, two)
    assert travel.seconds.shape == (0, 0)
    travel.add(np.concatenate((one, two)))
    assert np.array_equal(between, travel.seconds[: len(one), len(one) :])
