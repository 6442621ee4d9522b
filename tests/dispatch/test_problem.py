import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch import Airspace, Matrix, PlanRequest, Reason, StraightTravel, Travel
from dispatch.objective import leg_battery_wh, transport_gco2e
from dispatch.problem import COST, COST_PER_KG, WH, WH_PER_KG, Problem, compile_problem
from tests.dispatch.build import SIMPLE, at, drone, line, matrix, order, request, rider, store
from tests.dispatch.random_requests import requests

STRAIGHT = StraightTravel(kind="straight")
TWO = [store("s"), store("t", location=(0.01, 0.0))]


def compiled(asked: PlanRequest) -> Problem:
    return compile_problem(asked, Travel.of(asked))


def test_stores_that_can_fill_an_order_and_vehicles_that_serve_them() -> None:
    asked = request(
        order("a", also_at=("t", "nowhere")),
        order("b", store_id="t"),
        order("c", store_id="nowhere", also_at=("t",)),
        stores=TWO,
        riders=[rider("r"), rider("q", store_id="t", shared_with=("s",))],
        travel=line(50, 1, 2, 3),
    )
    arrays = compiled(asked).arrays
    assert arrays.stocked.tolist() == [[True, True], [False, True], [False, True]]
    assert arrays.orders["store"].tolist() == [0, 1, 1]
    assert arrays.serves.tolist() == [[True, False], [True, True]]


def test_travel_that_was_measured_in_another_sequence_is_read_by_id() -> None:
    asked = request(order("a", location=(0.01, 0.0)), order("b", location=(0.05, 0.0)), travel=STRAIGHT)
    travel = Travel.of(asked)
    turned = asked.model_copy(update={"orders": asked.orders[::-1]})
    again = compile_problem(turned, travel)
    assert again.order_ids == ("b", "a")
    assert np.array_equal(again.arrays.legs, compiled(turned).arrays.legs)


def test_a_closed_store_fills_nothing() -> None:
    asked = request(
        order("a", also_at=("t",)), order("b"), stores=[store("s", open=False), TWO[1]], travel=line(50, 1, 2)
    )
    problem = compiled(asked)
    assert problem.order_ids == ("a",)
    assert problem.hopeless == {"b": Reason.STORE_CLOSED}
    assert problem.arrays.stocked.tolist() == [[False, True]]
    assert problem.arrays.orders["store"].tolist() == [1]


def test_what_orders_name_and_nobody_has_is_overlooked_unless_nothing_is_left() -> None:
    asked = request(
        order("a", vehicle_ids=("z", "r")),
        order("b", vehicle_ids=("z",)),
        order("c", store_id="z", also_at=("y",)),
        travel=line(1, 2, 3),
    )
    problem = compiled(asked)
    assert problem.order_ids == ("a",)
    assert problem.arrays.may.tolist() == [[True]]
    assert problem.hopeless == {"b": Reason.NOT_ALLOWED, "c": Reason.UNKNOWN_STORE}
    assert problem.fixed_cost == 200


def test_who_may_carry_what() -> None:
    asked = request(
        order("a", location=(0.0, 0.009)),
        order("b", location=(0.0, 0.009), vehicle_ids=("r", "e")),
        order("c", location=(0.0, 0.05)),
        drones=[drone("d"), drone("e"), drone("f", grounded=True), drone("g", max_wind_mps=5)],
        airspace=Airspace(landing_sites=[(0.0, 0.009)], wind_mps=8),
        travel=line(1, 2, 3),
    )
    may = compiled(asked).arrays.may
    assert may[0].tolist() == [True, True, True, False, False]
    assert may[1].tolist() == [True, False, True, False, False]
    assert may[2].tolist() == [True, False, False, False, False]


def test_orders_on_board_are_not_planned() -> None:
    asked = request(order("a"), order("b"), riders=[rider(free_at=at(9), on_board=("a",))], travel=line(1, 2))
    problem = compiled(asked)
    assert (problem.order_ids, problem.hopeless) == (("b",), {})


def test_the_cap_on_grams_is_one_on_battery_energy() -> None:
    asked = request(order("a"), travel=line(600), max_gco2e_per_order=2.5)
    (vehicle,) = compiled(asked).arrays.vehicles
    assert transport_gco2e(float(vehicle["wh_per_order"]), "CL") == pytest.approx(2.5)
    (free,) = compiled(request(order("a"), travel=line(600))).arrays.vehicles
    assert np.isinf(free["wh_per_order"])


def test_an_order_keeps_its_wait_temperature_and_priority() -> None:
    asked = request(
        order("a", not_before_at=at(60.5), temperature="frozen", priority=2.5), order("b"), travel=line(1, 2)
    )
    first, second = compiled(asked).arrays.orders
    assert (first["early_s"], first["temperature"], first["priority"], first["unserved_cost"]) == (61, 3, 2.5, 250)
    assert second["early_s"] == -np.inf


@settings(max_examples=60, deadline=None)
@given(
    load_kg=st.floats(0, 2.5),
    masses=st.lists(st.floats(0, 2.5), min_size=1, max_size=4),
    metres=st.floats(1, 20_000),
    speed_mps=st.floats(1, 30),
)
def test_a_drones_energy_lies_between_the_engines_and_the_bounds(
    load_kg: float, masses: list[float], metres: float, speed_mps: float
) -> None:
    """Loads are sums of some orders' masses."""
    flown = matrix([[0] + [metres / 5] * len(masses)] + [[metres / 5] + [1] * len(masses) for _ in masses])
    asked = request(
        *(order(f"o{i}", mass_kg=mass) for i, mass in enumerate(masses)),
        riders=[rider()],
        drones=[drone(speed_mps=speed_mps, capacity_kg=2.5, capacity_orders=4)],
        rates=SIMPLE.model_copy(update={"carbon_cost_per_kg": 100.0}),
        travel=flown.model_copy(update={"by_kind": {"drone": Matrix(seconds=flown.seconds, metres=flown.metres)}}),
    )
    problem = compiled(asked)
    c = problem.arrays.vehicles["kind"][1]
    upper, lower = problem.arrays.legs[c, 0, 1], problem.lower_legs[c, 0, 1]
    load_kg = min(2.5, sum(masses[: int(load_kg * 2) + 1]))
    truth = float(leg_battery_wh(asked.drones[0], np.array([1.0]), np.array([metres]), load_kg)[0])
    slack = 1e-9 * truth + 1e-7
    assert lower[WH] + load_kg * lower[WH_PER_KG] - slack <= truth <= upper[WH] + load_kg * upper[WH_PER_KG] + slack
    price = transport_gco2e(1.0, "CL") / 1000 * 100
    assert upper[COST_PER_KG] == pytest.approx(upper[WH_PER_KG] * price)
    assert lower[COST_PER_KG] == pytest.approx(lower[WH_PER_KG] * price)
    assert lower[COST] == upper[COST]
    rides = problem.arrays.vehicles["kind"][0]
    assert np.array_equal(problem.arrays.legs[rides], problem.lower_legs[rides])


def test_without_drones_the_bounds_legs_are_the_engines() -> None:
    problem = compiled(request(order("a"), travel=line(600)))
    assert problem.lower_legs is problem.arrays.legs


@settings(max_examples=50, deadline=None)
@given(requests())
def test_every_order_is_compiled_settled_or_hopeless(asked: PlanRequest) -> None:
    problem = compiled(asked)
    on_board = [order_id for vehicle in asked.vehicles for order_id in vehicle.on_board]
    pinned = [order_id for route in problem.pins.routes.values() for trip in route for order_id in trip.orders]
    parts = [*problem.order_ids, *problem.hopeless, *on_board, *pinned]
    assert sorted(parts) == sorted(order.id for order in asked.orders)
    assert problem.arrays.may.shape == (len(problem.order_ids), len(asked.vehicles))
