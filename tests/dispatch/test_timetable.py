import pytest

from dispatch import Travel
from dispatch.timetable import timetable
from tests.dispatch.build import at, drone, line, matrix, order, request, rider, sequences


def test_a_trip_with_two_stops_is_timed_by_hand() -> None:
    asked = request(order("a", ready=100), order("b", ready=30, promise=300), travel=line(200, 300))
    (trip,) = timetable(asked, Travel.of(asked), {"r": sequences(["a", "b"])})
    assert trip.depart_at == at(100)  # waits for the later of the two
    a, b = trip.stops
    assert (a.arrive_at, a.leave_at, a.late_s) == (at(300), at(360), 0)
    assert (b.arrive_at, b.leave_at, b.late_s) == (at(460), at(520), 160)
    assert trip.return_at == at(820)
    assert (trip.travel_s, trip.distance_m) == (600, 3000.0)


def test_a_second_trip_starts_when_the_first_is_back() -> None:
    asked = request(order("a"), order("b"), travel=line(100, 50))
    first, second = timetable(asked, Travel.of(asked), {"r": sequences(["a"], ["b"])})
    assert first.return_at == second.depart_at == at(260)
    assert second.return_at == at(420)
    assert (first.id, second.id) == ("r/1", "r/2")


def test_a_rider_who_is_out_leaves_later() -> None:
    asked = request(order("a"), riders=[rider(free_at=at(77.5))], travel=line(100))
    (trip,) = timetable(asked, Travel.of(asked), {"r": sequences(["a"])})
    assert trip.depart_at == at(78)


def test_a_drone_swaps_its_battery_between_trips() -> None:
    asked = request(
        order("a", location=(0.0, 0.009)),
        order("b", location=(0.0, 0.009)),
        riders=[],
        drones=[drone(turnaround_s=120, climb_s=20, handover_s=30)],
        travel=line(1, 1),
    )
    first, second = timetable(asked, Travel.of(asked), {"d": sequences(["a"], ["b"])})
    assert first.stops[0].leg.distance_m == pytest.approx(1000.75, abs=0.1)  # 0.009 degrees of latitude
    assert first.stops[0].leg.travel_s == 121  # 100.08 s at 10 m/s and 20 s of climbing, rounded up
    assert (second.depart_at - first.return_at).total_seconds() == 120


def test_the_way_back_may_differ_from_the_way_there() -> None:
    asked = request(order("a"), travel=matrix([[0, 100], [300, 0]]))
    (trip,) = timetable(asked, Travel.of(asked), {"r": sequences(["a"])})
    assert trip.return_leg.travel_s == 300
