import pytest

import carbon
from dispatch import Plan, PlanRequest, Travel, draw
from dispatch.planner import assemble
from dispatch.problem import compile_problem
from dispatch.rounds import footprint, rounds
from dispatch.timetable import Routes, timetable
from tests.dispatch.build import line, matrix, order, request, rider, sequences, store


def made(asked: PlanRequest, travel: Travel, routes: Routes) -> Plan:
    trips = timetable(asked, travel, routes)
    return assemble(asked, travel, compile_problem(asked, travel), trips, None, engine="hand", seed=0)


def test_a_door_that_only_another_door_leads_to_is_as_far_as_the_way_ridden() -> None:
    asked = request(order("a"), order("b"), travel=matrix([[0, 100, None], [100, 0, 50], [70, 50, 0]]))
    travel = Travel.of(asked)
    plan = made(asked, travel, {"r": sequences(["a", "b"])})
    (ridden,) = rounds(asked, plan.trips, travel)
    assert [stop.distance_m for stop in ridden.stops] == [500, 750]
    assert len(footprint(asked, plan, travel).orders) == 2


def test_a_vehicle_charges_at_its_own_store_wherever_its_trip_starts() -> None:
    asked = request(
        order("a", store_id="t"),
        stores=[store("s", region="CL"), store("t", location=(0.01, 0.0), region="CN")],
        riders=[rider(shared_with=("t",), kind="moped")],
        travel=line(50, 60),
    )
    travel = Travel.of(asked)
    plan = made(asked, travel, {"r": sequences(["a"], store_id="t")})
    (ridden,) = rounds(asked, plan.trips, travel)
    assert (ridden.region, ridden.store_id, ridden.vehicle_class) == ("CL", "t", "moped")
    assert ridden.distance_m == 5 * (50 + 10 + 10)
    (emitted,) = footprint(asked, plan, travel).orders
    assert emitted.transport_gco2e == pytest.approx(plan.trips[0].transport_gco2e)


def test_the_drawn_trip_begins_where_the_vehicle_was() -> None:
    asked = request(
        order("a", store_id="t", location=(0.02, 0.0)),
        order("b", location=(0.0, 0.01)),
        stores=[store("s"), store("t", location=(0.01, 0.0))],
        riders=[rider(shared_with=("t",))],
        travel=line(50, 60, 10),
    )
    travel = Travel.of(asked)
    plan = made(asked, travel, {"r": (*sequences(["a"], store_id="t"), *sequences(["b"]))})
    drawn = [
        each["geometry"]["coordinates"]
        for each in draw(asked, plan, travel)["features"]
        if each["properties"]["role"] == "trip"
    ]
    assert drawn == [
        [[0, 0], [0.01, 0], [0.02, 0], [0.01, 0]],
        [[0.01, 0], [0, 0], [0, 0.01], [0, 0]],
    ]


def test_a_round_says_how_fast_and_how_heavy_it_was_so_that_its_range_can_be_drawn() -> None:
    # 100 s and 500 m out with both orders, 50 s and 250 m on with the second, 70 s and 350 m home: 5 m a second.
    asked = request(
        order("a", mass_kg=1.0), order("b", mass_kg=3.0), travel=matrix([[0, 100, 90], [100, 0, 50], [70, 50, 0]])
    )
    travel = Travel.of(asked)
    plan = made(asked, travel, {"r": sequences(["a", "b"])})
    (ridden,) = rounds(asked, plan.trips, travel)
    assert (ridden.travel_s, ridden.distance_m) == (220, 1100)
    assert ridden.load_kg == pytest.approx((4.0 * 500 + 3.0 * 250) / 1100)
    found = carbon.uncertainty(footprint(asked, plan, travel), draws=50)
    assert found.limits == ()
    assert any(id_.startswith("cda_e_bike@") for id_ in found.ranged)
