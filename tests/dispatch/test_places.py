"""Places are measured as the objective prices them, and need exactly what they break."""

import pytest
from hypothesis import given, settings

from dispatch import PlanRequest, Travel, plan
from dispatch.objective import price
from dispatch.places import places_of, standing_of, trips_cost
from dispatch.problem import compile_problem
from dispatch.timetable import RouteTrip, timetable
from tests.dispatch.build import at, line, order, request, rider
from tests.dispatch.random_requests import requests


@settings(max_examples=60, deadline=None)
@given(requests(drones=False, metric=True))
def test_trips_and_places_cost_what_the_objective_says(asked: PlanRequest) -> None:
    travel = Travel.of(asked)
    problem = compile_problem(asked, travel)
    answer = plan(asked, engine="greedy", fixes=False)
    a = problem.arrays
    cost = answer.cost.total - answer.cost.unserved - answer.cost.fairness
    assert trips_cost(a, standing_of(problem, answer.trips)) == pytest.approx(cost, abs=1e-6)
    for item in answer.unserved:
        if item.order_id not in problem.order_ids:
            continue
        row = problem.order_ids.index(item.order_id)
        for place in places_of(a, standing_of(problem, answer.trips), row)[:40]:
            routes = {
                vehicle.id: [
                    RouteTrip(trip.store_id, tuple(stop.order_id for stop in trip.stops))
                    for trip in answer.trips
                    if trip.vehicle_id == vehicle.id
                ]
                for vehicle in asked.vehicles
            }
            day = routes[asked.vehicles[place["vehicle"]].id]
            pinned = sum(not set(trip.orders) <= set(problem.order_ids) for trip in day)
            p, i = pinned + int(place["trip"]), int(place["stop"])
            if i < 0:
                day.insert(p, RouteTrip(problem.store_ids[place["store"]], (item.order_id,)))
            else:
                day[p] = RouteTrip(day[p].store, (*day[p].orders[:i], item.order_id, *day[p].orders[i:]))
            trips = timetable(asked, travel, routes)
            after = price(asked, trips, [])
            late = next(stop.late_s for trip in trips for stop in trip.stops if stop.order_id == item.order_id)
            rates = asked.rates
            own = min(late, rates.late_grace_s) * rates.late_cost_per_min / 60
            own += max(0, late - rates.late_grace_s) * rates.late_cost_per_min_after_grace / 60
            own *= next(order.priority for order in asked.orders if order.id == item.order_id)
            assert place["cost"] == pytest.approx(after.total - after.fairness - own - cost, abs=1e-6)


def test_a_place_says_what_its_trip_takes() -> None:
    asked = request(
        order("a", volume_l=30),
        order("b", volume_l=15, temperature="hot", mass_kg=29.5),
        riders=[rider(shift_end_at=at(250))],
        travel=line(100, 110),
    )
    travel = Travel.of(asked)
    problem = compile_problem(asked, travel)
    trips = timetable(asked, travel, {"r": [RouteTrip("s", ("a",))]})
    places = places_of(problem.arrays, standing_of(problem, trips), 1)
    before, after = (place for place in places if place["stop"] >= 0)
    assert (before["arrive_s"], after["arrive_s"]) == (110, 170)
    # 110 there, 60 at b, 10 back to a, 60 at a, 100 home; or 100, 60, 10, 60, 110.
    assert (before["over_end_s"], after["over_end_s"]) == (340 - 250, 340 - 250)
    assert (after["n_orders"], after["load_kg"], after["metres"]) == (2, 30.5, 220 * 5)
    # Two bags, one of each temperature: 80 l in all will do for 30 l and 15 l.
    assert after["capacity_l"] == 45


@pytest.mark.parametrize(("litres", "needed"), [((50.0, 15.0), 100.0), ((30.0, 30.0), 60.0), ((90.0, 10.0), 180.0)])
def test_two_temperatures_need_room_in_a_bag_each(litres: tuple[float, float], needed: float) -> None:
    asked = request(
        order("a", volume_l=litres[0]), order("b", volume_l=litres[1], temperature="frozen"), travel=line(100, 110)
    )
    travel = Travel.of(asked)
    problem = compile_problem(asked, travel)
    trips = timetable(asked, travel, {"r": [RouteTrip("s", ("a",))]})
    places = places_of(problem.arrays, standing_of(problem, trips), 1)
    assert {place["capacity_l"] for place in places if place["stop"] >= 0} == {needed}
