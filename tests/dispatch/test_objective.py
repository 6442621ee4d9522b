import numpy as np
import pytest

import carbon
from dispatch import Travel, plan
from dispatch.objective import late_cost, leg_battery_wh, price, work_s, work_spread_s
from dispatch.timetable import RouteTrip, timetable
from tests.dispatch.build import SIMPLE, at, drone, line, order, request, rider, sequences, store


@pytest.mark.parametrize(("late_s", "cost"), [(0, 0), (30, 3), (60, 6), (61, 7), (120, 66)])
def test_lateness_has_two_slopes(late_s: int, cost: float) -> None:
    assert late_cost(SIMPLE, late_s) == pytest.approx(cost)


def test_a_plan_costs_its_riding_and_lateness() -> None:
    answer = plan(request(order("a", promise=50), travel=line(100)), engine="greedy")
    assert answer.cost.riding == pytest.approx(2.0)  # 200 s out and back at a hundredth
    assert answer.cost.lateness == pytest.approx(5.0)  # 50 s late at a tenth
    assert answer.cost.total == pytest.approx(7.0)


def test_leaving_an_order_out_costs_its_own_price() -> None:
    lone = request(order("a", unserved_cost=0.5), order("b"), riders=[rider(capacity_orders=1)], travel=line(100, 100))
    answer = plan(lone, engine="greedy")
    assert [item.order_id for item in answer.unserved] == ["a"]
    assert answer.cost.unserved == 0.5


def test_carbon_has_a_price() -> None:
    free = plan(request(order("a"), travel=line(600)), engine="greedy")
    priced = plan(
        request(order("a"), travel=line(600), rates=SIMPLE.model_copy(update={"carbon_cost_per_kg": 10.0})),
        engine="greedy",
    )
    assert free.cost.carbon == 0
    assert priced.cost.carbon == pytest.approx(priced.summary.transport_gco2e / 100)
    assert priced.cost.carbon > 0


def test_priority_multiplies_lateness_and_being_left_out() -> None:
    asked = request(
        order("a", promise=50, priority=3),
        order("b", priority=2),
        order("c", priority=2, unserved_cost=7),
        travel=line(100, 1, 1),
    )
    trips = timetable(asked, Travel.of(asked), {"r": sequences(["a"])})
    cost = price(asked, trips, ["b", "c"])
    assert cost.lateness == pytest.approx(3 * 5.0)  # 50 s late at a tenth
    assert cost.unserved == pytest.approx(2 * 100 + 2 * 7)


def test_uneven_work_of_riders_has_a_price_and_drones_do_not_count() -> None:
    rates = SIMPLE.model_copy(update={"fairness_cost_per_h": 3600.0})
    asked = request(
        order("a"),
        order("b", ready=500),
        order("c", location=(0.0, 0.009)),
        riders=[rider("r"), rider("q"), rider("p")],
        drones=[drone()],
        rates=rates,
        travel=line(100, 40, 9),
    )
    trips = timetable(asked, Travel.of(asked), {"r": sequences(["a"]), "q": sequences(["b"]), "d": sequences(["c"])})
    assert [work_s(trip) for trip in trips] == [260, 140, 202]  # waiting at the store for b is no work
    assert work_spread_s(asked, trips) == 260  # p has done nothing
    assert price(asked, trips, []).fairness == pytest.approx(260)
    alone = asked.model_copy(update={"riders": asked.riders[:1]})
    assert work_spread_s(alone, trips[:1]) == 0


def test_the_way_to_the_store_is_work() -> None:
    asked = request(
        order("a", store_id="t", ready=400),
        stores=[store("s"), store("t")],
        riders=[rider(shared_with=("t",))],
        travel=line(50, 60),
    )
    (trip,) = timetable(asked, Travel.of(asked), {"r": (RouteTrip("t", ("a",)),)})
    assert (trip.depart_at, trip.return_at) == (at(400), at(480))
    assert work_s(trip) == 50 + 80


@pytest.mark.parametrize(
    ("kind", "ride"), [("e_bike", carbon.E_BIKE), ("moped", carbon.MOPED), ("cargo_bike", carbon.CARGO_BIKE)]
)
def test_each_kind_of_rider_draws_what_its_vehicle_does(kind: str, ride: carbon.EBike) -> None:
    seconds, metres = np.array([200.0]), np.array([1000.0])
    assert leg_battery_wh(rider(kind=kind), seconds, metres, 5.0) == ride.battery_wh(1000.0, 200.0, 5.0)
