import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch import ENGINES, Engine, PlanRequest, Rates, RequestError, check, plan
from dispatch.planner import bound_of
from tests.dispatch.build import line, order, request, rider, store
from tests.dispatch.random_requests import whole_requests

CHORD = 1e-2
"""The engines see a drone's energy as a chord, a fraction of a gram from the figure that prices the plan."""


@settings(max_examples=150, deadline=None)
@given(whole_requests())
def test_greedy_plans_of_random_requests_pass_the_checker(asked: PlanRequest) -> None:
    answer = plan(asked, engine="greedy")
    assert check(asked, answer).valid
    named = [stop.order_id for trip in answer.trips for stop in trip.stops] + [
        item.order_id for item in answer.unserved
    ]
    named += answer.on_board
    assert sorted(named) == sorted(item.id for item in asked.orders)


@settings(max_examples=100, deadline=None)
@given(whole_requests(max_orders=6))
def test_searched_plans_pass_the_checker_and_never_cost_more_than_greedy(asked: PlanRequest) -> None:
    searched = plan(asked, work_limit=100)
    assert check(asked, searched).valid
    assert searched.cost.total <= plan(asked, engine="greedy").cost.total + CHORD


@settings(max_examples=25, deadline=None)
@given(whole_requests(max_orders=6))
def test_routing_plans_pass_the_checker_and_never_cost_more_than_greedy(asked: PlanRequest) -> None:
    greedy = plan(asked, engine="greedy")
    routed = plan(asked, engine="routing", time_limit_s=0.05)
    assert check(asked, routed).valid
    assert routed.cost.total <= greedy.cost.total + CHORD


@given(asked=whole_requests(max_orders=4), seed=st.integers(0, 3))
@settings(max_examples=20, deadline=None)
def test_the_same_request_gives_the_same_bytes(asked: PlanRequest, seed: int) -> None:
    assert (
        plan(asked, engine="greedy", seed=seed).model_dump_json()
        == plan(asked, engine="greedy", seed=seed).model_dump_json()
    )


@given(asked=whole_requests(max_orders=6), seed=st.integers(0, 3))
@settings(max_examples=20, deadline=None)
def test_the_same_request_seed_and_work_give_the_same_bytes(asked: PlanRequest, seed: int) -> None:
    one, two = (plan(asked, seed=seed, work_limit=200).model_dump_json() for _ in range(2))
    assert one == two


def test_another_process_gives_the_same_bytes() -> None:
    asked = request(*(order(f"o{i}", promise=900 + 7 * i) for i in range(12)), travel=line(*range(50, 290, 20)))
    code = (
        "import sys, dispatch;"
        "print(dispatch.plan(dispatch.read_request(sys.stdin.read()), seed=5, work_limit=500).model_dump_json())"
    )
    there = subprocess.run(
        [sys.executable, "-c", code], input=asked.model_dump_json(), capture_output=True, text=True, check=True
    )
    assert there.stdout.strip() == plan(asked, seed=5, work_limit=500).model_dump_json()


def test_no_orders_is_an_empty_plan() -> None:
    answer = plan(request(travel=line()))
    assert (answer.trips, answer.unserved, answer.cost.total) == ((), (), 0)
    assert answer.verdict.valid


def test_no_vehicles_leaves_everything_out() -> None:
    answer = plan(request(order("a"), order("b"), riders=[], travel=line(1, 2)))
    assert answer.summary.unserved == 2


@pytest.mark.parametrize("engine", ["routing", "search"])
def test_two_clusters_and_two_riders_are_one_cluster_each(engine: Engine) -> None:
    asked = request(
        *(order(f"o{i}", promise=900) for i in range(6)),
        riders=[rider("r", capacity_orders=3), rider("q", capacity_orders=3)],
        travel=line(200, 210, 220, 300, 310, 320),
    )
    answer = plan(asked, engine=engine, time_limit_s=0.5)
    assert answer.summary.served == 6
    assert answer.summary.travel_s == 440 + 640


def test_several_trips_a_rider() -> None:
    asked = request(*(order(f"o{i}") for i in range(4)), riders=[rider(capacity_orders=2)], travel=line(50, 50, 60, 60))
    answer = plan(asked, engine="routing", time_limit_s=0.2)
    assert [len(trip.stops) for trip in answer.trips] == [2, 2]


@pytest.mark.parametrize("engine", ENGINES)
def test_every_engine_names_itself(engine: Engine) -> None:
    answer = plan(request(order("a"), travel=line(10)), engine=engine, time_limit_s=0.05)
    assert answer.engine == ("columns" if engine == "auto" else engine)
    assert answer.summary.served == 1


@pytest.mark.parametrize("limit", [0, -1, float("nan"), float("inf")])
def test_a_time_limit_is_a_positive_number(limit: float) -> None:
    with pytest.raises(ValueError, match="time_limit_s must be a positive number"):
        plan(request(travel=line()), time_limit_s=limit)


def test_an_unknown_engine_names_the_ones_there_are() -> None:
    with pytest.raises(ValueError, match="auto, greedy, routing, search, columns"):
        plan(request(travel=line()), engine="magic")  # type: ignore[arg-type]


def test_a_region_without_a_grid_factor_is_refused_at_its_path() -> None:
    with pytest.raises(RequestError, match=r"\$\.stores\[0\]\.region"):
        plan(request(stores=[store(region="Atlantis")], travel=line()))


def test_a_work_limit_is_a_positive_number() -> None:
    with pytest.raises(ValueError, match="work_limit must be at least 1"):
        plan(request(travel=line()), work_limit=0)


def test_a_bound_in_the_last_digits_above_its_plan_is_the_plan() -> None:
    bound = bound_of(100.0, 100.0 + 1e-9)
    assert bound is not None
    assert (bound.cost, bound.gap, bound.proven_optimal) == (100.0, 0.0, True)


def test_a_bound_above_its_plan_is_left_out_and_said() -> None:
    with pytest.warns(RuntimeWarning, match="bound is 100.1, above the cost 100.0 of a valid plan"):
        assert bound_of(100.0, 100.1) is None


@pytest.mark.parametrize("engine", ["greedy", "routing", "search"])
def test_the_dearest_prices_and_longest_legs_that_a_request_may_hold(engine: Engine) -> None:
    most = {name: 1e9 for name in Rates.model_fields if "cost" in name}
    asked = request(
        order("near", mass_kg=1e9),
        order("far"),
        rates=Rates(**most),
        riders=[rider(capacity_kg=1e9)],
        travel=line(1e6, 9e6),
    )
    answer = plan(asked, engine=engine, time_limit_s=0.2)
    assert answer.verdict.valid
    assert len(answer.unserved) + answer.summary.served == 2
