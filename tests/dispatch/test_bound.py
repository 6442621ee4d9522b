"""No valid plan is ever below the bound: against every plan there is, every engine, and awkward requests."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from dispatch import PlanRequest, SketchTrip, Travel, evaluate, plan
from dispatch.engines.columns.partition import Partition, Trips
from dispatch.engines.columns.relaxation import Prices, Relaxation
from dispatch.engines.draft import draft_of
from dispatch.engines.greedy import solve_greedy
from dispatch.problem import compile_problem
from tests.dispatch.brute_force import BruteForce
from tests.dispatch.build import at, line, matrix, order, request, rider
from tests.dispatch.random_requests import whole_requests

CENT = 1e-6
BRIEFLY: dict[str, Any] = {"time_limit_s": 0.05}
THOROUGHLY: dict[str, Any] = {"work_limit": 2_000}


def street(seed: int, n_orders: int = 4, **fields: Any) -> PlanRequest:
    """Two riders and orders at crooked ways from one store, packed over a few minutes."""
    rng = np.random.default_rng(seed)
    at_m = rng.uniform(0, 400, (n_orders + 1, 2))
    ways_s = np.hypot(*(at_m[:, None] - at_m).transpose(2, 0, 1)) * rng.uniform(0.6, 1.6, (n_orders + 1, n_orders + 1))
    np.fill_diagonal(ways_s, 0)
    ready = rng.integers(0, 600, n_orders)
    orders = [
        order(
            f"o{i}",
            ready=float(ready[i]),
            promise=float(ready[i] + rng.integers(200, 1200)),
            max_late_s=[None, 0, 300][rng.integers(3)],
            handover_s=int(rng.integers(0, 150)),
        )
        for i in range(n_orders)
    ]
    riders = [rider("r"), rider("q", free_at=at(float(rng.integers(0, 900))), shift_end_at=at(2400))]
    return request(*orders, **({"riders": riders, "travel": matrix(np.ceil(ways_s).tolist())} | fields))


def assert_bounded(asked: PlanRequest, optimum: float, **limit: Any) -> None:
    """A plan of the columns engine is no better than the best there is, its bound no higher, and its proof true."""
    answer = plan(asked, engine="columns", fixes=False, **limit)
    assert answer.bound is not None
    assert answer.bound.cost <= optimum + CENT
    assert answer.cost.total >= optimum - CENT
    if answer.bound.proven_optimal:
        assert answer.cost.total == pytest.approx(optimum, rel=2e-6, abs=CENT)


@settings(max_examples=45, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(whole_requests(max_orders=4))
def test_no_plan_is_below_the_bound(asked: PlanRequest) -> None:
    travel = Travel.of(asked)
    optimum = BruteForce(asked, travel).best_cost()
    assert_bounded(asked, optimum, travel=travel, **BRIEFLY)
    assert_bounded(asked, optimum, travel=travel, **THOROUGHLY)
    assert plan(asked, engine="greedy", travel=travel, fixes=False).cost.total >= optimum - CENT
    assert plan(asked, engine="search", work_limit=500, travel=travel, fixes=False).cost.total >= optimum - CENT


@pytest.mark.parametrize("seed", range(25))
def test_no_plan_is_below_the_bound_where_most_orders_can_be_served(seed: int) -> None:
    asked = street(seed)
    travel = Travel.of(asked)
    optimum = BruteForce(asked, travel).best_cost()
    assert_bounded(asked, optimum, travel=travel, **BRIEFLY)
    assert_bounded(asked, optimum, travel=travel, **THOROUGHLY)


@pytest.mark.parametrize("seed", range(30))
def test_no_plan_is_below_the_bound_where_somebody_must_be_left_out(seed: int) -> None:
    asked = street(seed, n_orders=5, riders=[rider("r", capacity_orders=2)])
    asked = asked.model_copy(
        update={"orders": tuple(each.model_copy(update={"max_late_s": 0}) for each in asked.orders)}
    )
    travel = Travel.of(asked)
    assert_bounded(asked, BruteForce(asked, travel).best_cost(), travel=travel, time_limit_s=0.15)


@pytest.mark.parametrize("max_late_s", [0, None])
def test_a_bound_holds_for_departures_between_two_seconds(max_late_s: int | None) -> None:
    """The rider is free at 200.5 s and the door is 100 s away, promised for 300.5 s: engines see 201, 100 and 300."""
    asked = request(
        order("o", promise=300.5, max_late_s=max_late_s), riders=[rider(free_at=at(200.5))], travel=line(100)
    )
    by_hand = evaluate(asked, [SketchTrip(vehicle_id="r", order_ids=("o",), depart_at=at(200.5))])
    assert by_hand.verdict.valid
    assert by_hand.cost.total == pytest.approx(2.0)
    for limit in ({"time_limit_s": 0.3}, {"work_limit": 500}):
        answer = plan(asked, fixes=False, **limit)
        assert answer.bound is not None
        assert answer.bound.cost <= by_hand.cost.total + CENT


def test_moments_on_whole_seconds_are_no_looser_for_the_bound() -> None:
    problem = compile_problem(street(3), Travel.of(street(3)))
    assert problem.outward.orders.tolist() == problem.arrays.orders.tolist()
    assert problem.outward.vehicles.tolist() == problem.arrays.vehicles.tolist()


def test_orders_are_left_out_whole() -> None:
    """Ten orders at once, each 10 min away, and a rider who can bring one of them: the relaxation would bring parts."""
    orders = [order(f"o{i}", ready=60 * i, promise=60 * i + 650, max_late_s=0, handover_s=0) for i in range(10)]
    asked = request(*orders, riders=[rider(capacity_orders=1)], travel=line(*[600] * 10))
    problem = compile_problem(asked, Travel.of(asked))
    relaxation = Relaxation(problem)
    relaxation.begin(draft_of(problem, solve_greedy(problem)))
    while relaxation.improve():
        pass
    loose = relaxation.best.bound
    price = 1_000.0
    serving = relaxation.serving_more(price)
    while serving.improve():
        pass
    answer = plan(asked, time_limit_s=0.3, fixes=False)
    left_out = len(answer.unserved)
    assert serving.best.bound - price * (left_out - 1) > answer.cost.total  # nobody can leave out fewer
    relaxation.leave_out(left_out)
    while relaxation.improve():
        pass
    assert loose <= relaxation.best.bound + CENT
    assert relaxation.best.bound <= answer.cost.total + CENT
    assert answer.bound is not None
    assert answer.bound.proven_optimal


def test_small_requests_are_mostly_proven() -> None:
    """A bound that is never wrong because it is always 0 would be none."""
    bounds = [plan(street(seed), work_limit=2_000, fixes=False).bound for seed in range(20)]
    gaps = [bound.gap for bound in bounds if bound is not None]
    assert len(gaps) == len(bounds)
    assert np.median(gaps) < 0.1


def test_every_engine_is_above_the_bound() -> None:
    for seed in range(4):
        asked = street(seed, n_orders=9)
        bound = plan(asked, engine="columns", time_limit_s=0.3, fixes=False).bound
        assert bound is not None
        searched = plan(asked, engine="search", work_limit=20_000, fixes=False)
        routed = plan(asked, engine="routing", time_limit_s=0.1, fixes=False)
        greedy = plan(asked, engine="greedy", fixes=False)
        assert 0 < bound.cost <= min(each.cost.total for each in (searched, routed, greedy)) + CENT


@pytest.mark.parametrize("left", [-np.inf, np.inf])
def test_a_bound_does_not_read_what_was_there_before(left: float) -> None:
    """The tables are filled anew for each slot, in part: the rest holds what an earlier one left.

    a is 50 s away, in the first minute, and b 70 s, in the second; but from the beginning of a's minute b is 20 s away.
    Only a before b, which costs 1.40, keeps a's promise; at prices of 0.20 and 1.50 it gains 0.30,
    and b alone 0.10.
    """
    a, b = order("a", handover_s=0, promise=55, max_late_s=0), order("b", handover_s=0)
    problem = compile_problem(request(a, b, travel=line(50, 70)), Travel.of(request(a, b, travel=line(50, 70))))
    relaxation = Relaxation(problem)
    relaxation.thorough = True
    relaxation.tables.best[:] = relaxation.tables.other[:] = left
    prices = Prices(np.array([0.2, 1.5]), np.zeros(relaxation.fleets.counts.shape), np.zeros(0))
    relaxation.prove(prices, 10**9)
    assert prices.bound == pytest.approx(1.4, abs=1e-5)


def test_the_cheapest_choice_within_a_gap() -> None:
    """Two orders alone cost 3 together and 4 apart; where the second is in no trip nothing can be chosen."""
    trips = Trips(np.array([[0, -1], [1, -1], [0, 1]]), np.array([2.0, 2.0, 3.0]), np.zeros(3, int), np.zeros(3, int))
    chosen, bound = Partition(trips, 2).choose(10.0, 1.0)
    assert (chosen.tolist(), bound) == ([2], pytest.approx(3.0))
    nowhere = Trips(trips.stops[:1], trips.cost[:1], trips.slot[:1], trips.base[:1])
    assert Partition(nowhere, 2).choose(5.0, 1.0)[1] == 5.0


AWKWARD = {
    "no riders": request(order("a"), riders=[]),
    "no room": request(order("a"), riders=[rider(capacity_orders=0)], travel=line(100)),
    "no ways": request(order("a"), order("b"), travel=matrix([[0, None, None], [None, 0, None], [None, None, 0]])),
    "no way to one": request(order("a"), order("b"), travel=matrix([[0, 90, None], [90, 0, None], [None, None, 0]])),
    "no way home": request(order("a"), order("b"), travel=matrix([[0, 90, 90], [None, 0, None], [90, 90, 0]])),
    "no shift": request(order("a"), riders=[rider(free_at=at(900), shift_end_at=at(60))], travel=line(100)),
    "days ahead": request(
        *(order(f"o{i}", ready=20_000.0 * i, promise=20_000.0 * i + 300) for i in range(4)), travel=line(90, 80, 70, 60)
    ),
    "very dear": request(
        *(order(f"o{i}", ready=10.0 * i, promise=600, unserved_cost=1e9, priority=1000.0) for i in range(4)),
        travel=line(90, 80, 70, 60),
    ),
}


@pytest.mark.parametrize("asked", AWKWARD.values(), ids=AWKWARD.keys())
@pytest.mark.parametrize("limit", [{"time_limit_s": 0.001}, {"time_limit_s": 0.2}, {"work_limit": 50}])
def test_awkward_requests(asked: PlanRequest, limit: dict[str, Any]) -> None:
    assert_bounded(asked, BruteForce(asked, Travel.of(asked)).best_cost(), **limit)


def test_trips_longer_than_are_enumerated_are_bounded_too() -> None:
    """All thirty in one round along the street cost 20 of riding."""
    asked = request(
        *(order(f"o{i}", handover_s=0, promise=7200) for i in range(30)),
        riders=[rider(capacity_orders=30, capacity_kg=99, capacity_l=99)],
        travel=line(*range(100, 1100, 33)[:30]),
    )
    answer = plan(asked, work_limit=300, fixes=False)
    assert answer.bound is not None
    assert answer.bound.cost <= 2 * (100 + 29 * 33) / 100 + CENT


def test_same_work_same_bytes() -> None:
    """Two runs here and one in another process."""
    asked = street(3, n_orders=12)
    here = [plan(asked, work_limit=3_000, seed=5).model_dump_json() for _ in range(2)]
    script = (
        "import sys; from dispatch import PlanRequest, plan; "
        "print(plan(PlanRequest.model_validate_json(sys.stdin.read()), work_limit=3_000, seed=5).model_dump_json())"
    )
    there = subprocess.run(
        [sys.executable, "-c", script],
        input=asked.model_dump_json(),
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    assert here[0] == here[1] == there.stdout.strip()
