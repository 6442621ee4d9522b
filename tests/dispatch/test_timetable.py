import pytest

import carbon
from dispatch import Leg, Travel
from dispatch.timetable import RouteTrip, retraced, timetable
from tests.dispatch.build import at, drone, line, matrix, order, request, rider, sequences, store


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


TWO = [store("s"), store("t", location=(0.01, 0.0))]


def test_the_way_to_another_store_is_ridden_while_the_order_is_packed() -> None:
    """Stores at 0 and 50 s along a street, orders at 10 and 60 s; the second is ready long after the rider is there."""
    asked = request(
        order("a"),
        order("b", store_id="t", ready=400),
        stores=TWO,
        riders=[rider(shared_with=("t",))],
        travel=line(50, 10, 60),
    )
    routes = {"r": (RouteTrip("s", ("a",)), RouteTrip("t", ("b",)))}
    first, second = timetable(asked, Travel.of(asked), routes)
    assert (first.approach_leg, first.return_at) == (Leg(travel_s=0, distance_m=0), at(80))
    assert second.approach_leg == Leg(travel_s=50, distance_m=250)
    assert second.depart_at == at(400)
    assert (second.travel_s, second.distance_m) == (70, 350)
    assert second.return_at == at(480)
    early = request(*asked.orders[:1], order("b", store_id="t"), stores=TWO, riders=asked.riders, travel=asked.travel)
    assert timetable(early, Travel.of(early), routes)[1].depart_at == at(80 + 50)


def test_the_approach_takes_energy_and_the_load_does_not_ride_on_it() -> None:
    near = request(order("a", store_id="t"), stores=TWO, riders=[rider(store_id="t")], travel=line(50, 60))
    far = request(order("a", store_id="t"), stores=TWO, riders=[rider(shared_with=("t",))], travel=line(50, 60))
    routes = {"r": sequences(["a"], store_id="t")}
    ((one,), (two,)) = (timetable(asked, Travel.of(asked), routes) for asked in (near, far))
    empty_wh = float(carbon.E_BIKE.battery_wh(250.0, 50.0, 0.0))
    assert two.battery_wh == pytest.approx(one.battery_wh + empty_wh)


def test_a_vehicle_that_comes_back_elsewhere_starts_from_there() -> None:
    asked = request(order("a"), stores=TWO, riders=[rider(free_at=at(30), free_store_id="t")], travel=line(50, 10))
    (trip,) = timetable(asked, Travel.of(asked), {"r": sequences(["a"])})
    assert (trip.approach_leg.travel_s, trip.depart_at) == (50, at(80))


def test_a_rider_waits_at_the_door_until_it_opens() -> None:
    asked = request(order("a", not_before_at=at(299.5), promise=300), order("b"), travel=line(100, 150))
    (trip,) = timetable(asked, Travel.of(asked), {"r": sequences(["a", "b"])})
    a, b = trip.stops
    assert (a.leg.travel_s, a.arrive_at, a.leave_at, a.late_s) == (100, at(300), at(360), 0)
    assert b.arrive_at == at(410)


def test_a_trip_leaves_when_somebody_said_so_possible_or_not() -> None:
    asked = request(order("a", ready=100), order("b"), travel=line(50, 50))
    routes = {"r": (RouteTrip("s", ("a",), at(40)), RouteTrip("s", ("b",), at(500.5)))}
    first, second = timetable(asked, Travel.of(asked), routes)
    assert (first.depart_at, second.depart_at) == (at(40), at(500.5))
    assert second.stops[0].arrive_at == at(550.5)
    assert (first.id, second.id) == ("r/1", "r/2")


def test_a_leg_without_a_path_is_nothing_for_the_checker_to_name() -> None:
    asked = request(order("a"), travel=matrix([[0, None], [30, 0]]))
    (trip,) = timetable(asked, Travel.of(asked), {"r": sequences(["a"])})
    assert trip.stops[0].leg == Leg(travel_s=0, distance_m=0)


def test_a_trip_that_lost_a_stop_is_measured_anew_and_its_approach_stands() -> None:
    asked = request(order("a"), order("b", mass_kg=2.0), travel=line(200, 300))
    (trip,) = timetable(asked, Travel.of(asked), {"r": sequences(["a", "b"])})
    approach = Leg(travel_s=50, distance_m=250.0)
    shorter = trip.model_copy(update={"stops": trip.stops[:1], "approach_leg": approach})
    told = retraced(asked, Travel.of(asked), shorter)
    assert told is not None
    assert (told.travel_s, told.distance_m) == (450, 2250.0)
    assert [stop.leg for stop in told.stops] == [trip.stops[0].leg]
    assert told.return_leg == Leg(travel_s=200, distance_m=1000.0)
    assert told.depart_at == trip.depart_at
    assert 0 < told.battery_wh < trip.battery_wh
    assert told.transport_gco2e == pytest.approx(trip.transport_gco2e * told.battery_wh / trip.battery_wh)
    same = retraced(asked, Travel.of(asked), trip)
    assert same == trip


def test_a_trip_to_where_no_way_leads_cannot_be_measured_anew() -> None:
    asked = request(order("a"), order("b"), travel=matrix([[0, 100, 100], [100, 0, None], [100, 100, 0]]))
    (trip,) = timetable(asked, Travel.of(asked), {"r": sequences(["b", "a"])})
    assert retraced(asked, Travel.of(asked), trip) == trip
    backwards = trip.model_copy(update={"stops": trip.stops[::-1]})
    assert retraced(asked, Travel.of(asked), backwards) is None
