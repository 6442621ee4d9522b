import math

import numpy as np
import pytest

import maps
from dispatch import Airspace, MapTravel, Matrix, RequestError, RiderKind, StraightTravel, Travel, plan
from dispatch.sphere import great_circle_m
from tests.dispatch.build import drone, line, matrix, order, request, rider, store


def test_great_circle_of_one_degree() -> None:
    metres = great_circle_m(np.array([[0.0, 0.0], [0.0, 1.0], [180.0, 0.0]]))
    assert metres[0, 1] == pytest.approx(math.pi * 6_371_000 / 180)
    assert metres[0, 2] == pytest.approx(math.pi * 6_371_000)
    assert np.array_equal(metres, metres.T)


def test_straight_travel_detours_and_rounds_up() -> None:
    asked = request(
        order("a", location=(0.0, 0.009)), travel=StraightTravel(kind="straight", speed_kmh=36, detour_factor=1.5)
    )
    legs = Travel.of(asked).legs(asked.riders[0])
    assert legs.metres[0, 1] == pytest.approx(1.5 * 1000.754, abs=0.01)
    assert legs.seconds[0, 1] == 151  # 150.1 s
    assert legs.seconds[0, 0] == 0


def test_a_null_in_either_matrix_is_no_path() -> None:
    travel = matrix([[0, 5], [7, 0]])
    travel.metres[0][1] = None
    asked = request(order("a"), travel=travel)
    legs = Travel.of(asked).legs(asked.riders[0])
    assert np.isinf(legs.seconds[0, 1])
    assert legs.seconds[1, 0] == 7


def test_drones_fly_straight_whatever_the_riders_do() -> None:
    asked = request(order("a", location=(0.0, 0.009)), drones=[drone(climb_s=40)], travel=line(3))
    legs = Travel.of(asked).legs(asked.drones[0])
    assert legs.seconds[0, 1] == 141
    assert legs.seconds[1, 1] == 0


def test_an_unknown_map_names_the_ones_there_are() -> None:
    with pytest.raises(RequestError, match=r"\$\.travel\.name.*'atlantis'.*coquimbo"):
        Travel.of(request(travel=MapTravel(name="atlantis")))


def test_on_the_bundled_city_an_order_at_sea_is_off_the_map_and_the_rest_is_planned() -> None:
    lon, lat = maps.SAMPLE_STORE
    asked = request(
        order("near", location=(lon + 0.005, lat - 0.003)),
        order("sea", location=(lon - 0.2, lat)),
        stores=[store(location=maps.SAMPLE_STORE)],
        riders=[rider()],
        travel=MapTravel(),
    )
    travel = Travel.of(asked)
    answer = plan(asked, engine="greedy", travel=travel)
    assert [item.code for item in answer.unserved] == ["off_map"]
    (trip,) = answer.trips
    way = travel.line(asked.riders[0], 0, 1)
    assert len(way) > 2
    straight_m = travel.straight_m[0, 1]
    assert straight_m < trip.stops[0].leg.distance_m < 3 * straight_m


def test_two_doors_a_millimetre_apart_are_a_second_apart() -> None:
    """Geocoders put neighbours a hair apart; no leg may have metres and no seconds."""
    asked = request(
        order("a", location=(0.001, 0.0)),
        order("b", location=(0.00100000001, 0.0)),
        travel=StraightTravel(kind="straight"),
    )
    legs = Travel.of(asked).legs(asked.riders[0])
    assert 0 < legs.metres[1, 2] < 0.01
    assert legs.seconds[1, 2] == 1
    assert plan(asked, engine="greedy").summary.served == 2


def test_an_order_far_across_the_map_is_on_it() -> None:
    """27.8 km apart, each on a street: the clip around the store must not call the address wrong."""
    asked = request(
        order("far", location=(-71.2421094, -30.0789711), promise=36_000, unserved_cost=1e6),
        stores=[store(location=(-71.2651676, -29.8295891))],
        travel=MapTravel(),
    )
    assert plan(asked, engine="greedy").summary.served == 1


def test_each_kind_of_rider_has_its_own_matrix() -> None:
    moped = matrix([[0, 40], [60, 0]])
    travel = line(100).model_copy(update={"by_kind": {"moped": Matrix(seconds=moped.seconds, metres=moped.metres)}})
    asked = request(
        order("a"), riders=[rider("r"), rider("m", kind="moped"), rider("c", kind="cargo_bike")], travel=travel
    )
    legs = [Travel.of(asked).legs(each) for each in asked.riders]
    assert [each.seconds[0, 1] for each in legs] == [100, 40, 100]
    assert legs[1].seconds[1, 0] == 60


def test_a_drones_matrix_stands_in_place_of_the_straight_line_and_the_sites() -> None:
    flown = matrix([[0, 40], [None, 0]])
    travel = line(100).model_copy(update={"by_kind": {"drone": Matrix(seconds=flown.seconds, metres=flown.metres)}})
    asked = request(
        order("a", location=(0.0, 0.009)),
        drones=[drone(climb_s=99)],
        travel=travel,
        airspace=Airspace(landing_sites=[(1.0, 1.0)]),
    )
    measured = Travel.of(asked)
    legs = measured.legs(asked.drones[0])
    assert (legs.seconds[0, 1], legs.metres[0, 1]) == (40, 200)
    assert np.isinf(legs.seconds[1, 0])
    assert measured.lands(1)


def test_kinds_of_riders_may_have_their_own_speed() -> None:
    asked = request(
        order("a", location=(0.0, 0.009)),
        riders=[rider("r"), rider("m", kind="moped")],
        travel=StraightTravel(kind="straight", speed_kmh=18, speed_kmh_by_kind={"moped": 36}, detour_factor=1),
    )
    travel = Travel.of(asked)
    assert [travel.legs(each).seconds[0, 1] for each in asked.riders] == [201, 101]  # 1000.75 m


def test_on_a_map_a_moped_rides_by_its_own_profile() -> None:
    lon, lat = maps.SAMPLE_STORE
    asked = request(
        order("a", location=(lon + 0.012, lat - 0.008)),
        stores=[store(location=maps.SAMPLE_STORE)],
        riders=[rider("r"), rider("m", kind="moped")],
        travel=MapTravel(),
    )
    travel = Travel.of(asked)
    by_bike, by_moped = (travel.legs(each) for each in asked.riders)
    assert by_moped.seconds[0, 1] != by_bike.seconds[0, 1]
    assert travel.streets(RiderKind.MOPED).profile is maps.MOPED
    assert len(travel.line(asked.riders[1], 0, 1)) > 2


def test_a_drone_lands_at_the_site_nearest_to_the_door() -> None:
    asked = request(
        order("near", location=(0.0, 0.009)),
        order("far", location=(0.0, 0.02)),
        riders=[],
        drones=[drone()],
        travel=line(1, 2),
        airspace=Airspace(landing_sites=[(0.0, 0.0085), (0.0, 0.0105)], landing_reach_m=100),
    )
    travel = Travel.of(asked)
    legs = travel.legs(asked.drones[0])
    assert legs.metres[0, 1] == pytest.approx(0.0085 * math.pi * 6_371_000 / 180)
    assert legs.seconds[0, 1] == 95  # 945.2 m at 10 m/s
    assert np.isinf(legs.metres[0, 2])  # 1 km from the next site
    assert (travel.lands(1), travel.lands(2)) == (True, False)
    assert travel.line(asked.drones[0], 0, 1)[1].tolist() == [0.0, 0.0085]


def test_without_a_map_there_are_no_streets() -> None:
    with pytest.raises(ValueError, match="travels by 'matrix', not on a map"):
        Travel.of(request(travel=line())).streets(RiderKind.E_BIKE)


def test_a_place_is_no_time_from_itself_whatever_the_matrix_says() -> None:
    asked = request(order("a"), travel=matrix([[7, 5], [5, None]]))
    legs = Travel.of(asked).legs(asked.riders[0])
    assert np.diag(legs.seconds).tolist() == np.diag(legs.metres).tolist() == [0, 0]


def box(west: float, south: float, east: float, north: float) -> list[tuple[float, float]]:
    return [(west, south), (east, south), (east, north), (west, north)]


def test_a_drone_flies_round_a_zone_and_the_drawn_line_with_it() -> None:
    wall = box(-0.003, 0.004, 0.003, 0.005)
    asked = request(
        order("a", location=(0.0, 0.009)),
        order("inside", location=(0.0, 0.0045)),
        riders=[],
        drones=[drone()],
        travel=line(1, 2),
        airspace=Airspace(no_fly=[wall], clearance_m=0),
    )
    travel = Travel.of(asked)
    legs = travel.legs(asked.drones[0])
    degree_m = math.pi * 6_371_000 / 180
    by_hand_m = degree_m * (math.hypot(0.003, 0.004) + 0.001 + math.hypot(0.003, 0.004))
    assert legs.metres[0, 1] == pytest.approx(by_hand_m, rel=1e-6)
    assert len(travel.line(asked.drones[0], 0, 1)) == 4
    assert np.isinf(legs.metres[0, 2])
    assert (travel.lands(1), travel.lands(2)) == (True, False)


def test_a_corridor_is_the_only_way() -> None:
    asked = request(
        order("a", location=(0.009, 0.0)),
        riders=[],
        drones=[drone()],
        travel=line(1),
        airspace=Airspace(corridors=[[(0.0, 0.001), (0.009, 0.001)]]),
    )
    travel = Travel.of(asked)
    degree_m = math.pi * 6_371_000 / 180
    assert travel.legs(asked.drones[0]).metres[0, 1] == pytest.approx(degree_m * 0.011, rel=1e-6)


def test_a_landing_site_in_a_zone_is_none() -> None:
    asked = request(
        order("a", location=(0.0, 0.009)),
        riders=[],
        drones=[drone()],
        travel=line(1),
        airspace=Airspace(
            no_fly=[box(-0.001, 0.0088, 0.001, 0.0095)],
            landing_sites=[(0.0, 0.009), (0.0, 0.0084)],
            landing_reach_m=100,
        ),
    )
    travel = Travel.of(asked)
    assert travel.line(asked.drones[0], 0, 1)[-1].tolist() == [0.0, 0.0084]


def test_zones_and_corridors_that_are_none_are_refused_at_their_paths() -> None:
    flat, fine = [(0.0, 0.0), (1e-3, 0.0), (0.0, 0.0)], box(0, 0, 1e-3, 1e-3)
    asked = request(
        travel=line(),
        airspace=Airspace(no_fly=[fine, flat, box(-90, -5, 90, 5)], corridors=[[(0.0, 0.0), (0.0, 0.0)]]),
    )
    with pytest.raises(RequestError) as caught:
        Travel.of(asked)
    texts = {fault.path: fault.text for fault in caught.value.faults}
    assert set(texts) == {"$.airspace.no_fly[1]", "$.airspace.no_fly[2]", "$.airspace.corridors[0]"}
    assert "different points" in texts["$.airspace.no_fly[1]"]


@pytest.mark.parametrize("way", [StraightTravel(kind="straight"), MapTravel()])
def test_travel_that_grew_is_as_if_measured_at_once(way: StraightTravel | MapTravel) -> None:
    lon, lat = maps.SAMPLE_STORE
    shop = [store("s", location=(lon, lat))]
    near, far = order("near", location=(lon + 0.004, lat)), order("far", location=(lon + 0.01, lat + 0.01))
    moved = near.model_copy(update={"location": (lon, lat + 0.005)})
    grown = Travel.of(request(near, stores=shop, travel=way))
    grown.add([far])
    grown.add([moved])
    whole = Travel.of(request(moved, far, stores=shop, travel=way))
    for travel in (grown, whole):
        assert travel.knows(moved)
        assert travel.knows(far)
    assert not grown.knows(near)
    for vehicle in (rider("e"), rider("m", kind=RiderKind.MOPED), drone("d")):
        legs = []
        for travel in (grown, whole):
            places = [travel.stores["s"], travel.orders["near"], travel.orders["far"]]
            measured = travel.legs(vehicle)
            legs.append([measured.seconds[np.ix_(places, places)], measured.metres[np.ix_(places, places)]])
        assert np.allclose(*legs)


def test_matrix_does_not_grow() -> None:
    with pytest.raises(RequestError, match=r"travel\.kind"):
        Travel.of(request(order("a"), travel=line(1))).add([order("b")])
