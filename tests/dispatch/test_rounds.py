import pytest

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
