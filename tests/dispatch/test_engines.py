"""The engines' arithmetic against the definition, and against every plan there is on tiny requests."""

from collections.abc import Iterator
from itertools import combinations, pairwise, permutations, product

import numpy as np
import pytest
from hypothesis import given, settings

from dispatch import PlanRequest, Travel, plan
from dispatch.engines.draft import draft_of, hints_of, routes_of, twins_of
from dispatch.engines.greedy import solve_greedy
from dispatch.engines.insertion import insert_all
from dispatch.engines.routing import solve_routing
from dispatch.engines.search import solve_search
from dispatch.objective import price
from dispatch.problem import compile_problem
from dispatch.timetable import Routes, RouteTrip, timetable
from tests.dispatch.build import line, matrix, order, request, rider, sequences, store
from tests.dispatch.random_requests import whole_requests


def definition(asked: PlanRequest, travel: Travel, routes: Routes) -> float:
    """What the routes and the pinned trips before them cost."""
    problem = compile_problem(asked, travel)
    trips = timetable(asked, travel, problem.pins.before(routes))
    served = {stop.order_id for trip in trips for stop in trip.stops}
    served.update(order_id for vehicle in asked.vehicles for order_id in vehicle.on_board)
    return price(asked, trips, [o.id for o in asked.orders if o.id not in served]).total


@settings(max_examples=150, deadline=None)
@given(whole_requests(drones=False))
def test_the_kernels_price_is_the_definition(asked: PlanRequest) -> None:
    asked = asked.model_copy(update={"rates": asked.rates.model_copy(update={"carbon_cost_per_kg": 50.0})})
    travel = Travel.of(asked)
    problem = compile_problem(asked, travel)
    if not problem.order_ids or not problem.vehicle_ids:
        return
    draft = draft_of(problem, {})
    n = len(problem.order_ids)
    cost = insert_all(problem.arrays, draft, np.arange(n), hints_of(problem, n))
    routes = routes_of(problem, draft)
    assert cost + problem.fixed_cost == pytest.approx(definition(asked, travel, routes))
    again = draft_of(problem, routes)
    assert again.seats["vehicle"].tolist() == draft.seats["vehicle"].tolist()


def splits(items: tuple[str, ...]) -> Iterator[list[list[str]]]:
    """Every way to cut a sequence into consecutive trips."""
    if not items:
        yield []
        return
    for cuts in range(len(items)):
        for where in combinations(range(1, len(items)), cuts):
            edges = (0, *where, len(items))
            yield [list(items[a:b]) for a, b in pairwise(edges)]


def best_by_brute_force(asked: PlanRequest, travel: Travel) -> float:
    """The cheapest valid plan of one vehicle, by trying every subset, sequence, cut and store of each trip."""
    problem = compile_problem(asked, travel)
    (vehicle,) = asked.vehicles
    best = np.inf
    for size in range(len(problem.order_ids) + 1):
        for chosen in permutations(problem.order_ids, size):
            for trips in splits(chosen):
                for store_ids in product(problem.store_ids, repeat=len(trips)):
                    sequence = [
                        RouteTrip(store_id, tuple(trip)) for store_id, trip in zip(store_ids, trips, strict=True)
                    ]
                    draft = draft_of(problem, {vehicle.id: sequence})
                    if int((draft.seats["vehicle"] >= 0).sum()) == size:
                        best = min(best, definition(asked, travel, {vehicle.id: sequence}))
    return best


@settings(max_examples=60, deadline=None, derandomize=True)
@given(whole_requests(max_orders=3, drones=False, metric=True, pins=False))
def test_search_finds_the_optimum_and_routing_is_no_better_on_tiny_requests(asked: PlanRequest) -> None:
    asked = asked.model_copy(update={"riders": asked.riders[:1]})
    if not asked.riders:
        return
    travel = Travel.of(asked)
    problem = compile_problem(asked, travel)
    optimum = best_by_brute_force(asked, travel)
    greedy = definition(asked, travel, solve_greedy(problem))
    routed = definition(asked, travel, solve_routing(problem, 0.05))
    searched = definition(asked, travel, solve_search(problem, 1.0, work_limit=300))
    assert searched == pytest.approx(optimum)
    assert optimum - 1e-6 <= routed <= greedy + 1e-6


def test_greedy_keeps_the_trips_it_is_given() -> None:
    asked = request(order("a"), order("b"), order("c"), riders=[rider("r"), rider("q")], travel=line(100, 200, 300))
    problem = compile_problem(asked, Travel.of(asked))
    routes = solve_greedy(problem, {"q": sequences(["c", "a"])})
    (trip,) = routes["q"]
    assert [name for name in trip.orders if name != "b"] == ["c", "a"]


def test_twins_are_vehicles_alike_in_everything() -> None:
    asked = request(order("a"), riders=[rider("r"), rider("q", capacity_kg=9), rider("p"), rider("o")], travel=line(1))
    assert twins_of(compile_problem(asked, Travel.of(asked)).arrays).tolist() == [-1, -1, 0, 2]


def test_an_order_is_no_company_for_itself() -> None:
    """Alone it is over the cap on grams, twice over it would not be; and the only other order is out of reach."""
    asked = request(
        order("a"),
        order("b", store_id="t"),
        stores=[store("s"), store("t")],
        travel=matrix([[0, None, 500, None], [None, 0, None, None], [500, None, 0, None], [None, None, None, 0]]),
    )
    grams = plan(asked, engine="greedy").summary.transport_gco2e
    capped = asked.model_copy(update={"max_gco2e_per_order": 0.6 * grams})
    assert plan(capped, engine="greedy", fixes=False).trips == ()


def three_in_a_row() -> PlanRequest:
    """Orders a, b and c on one street, and one rider."""
    return request(order("a"), order("b"), order("c"), riders=[rider("r")], travel=line(100, 200, 300))


def test_search_does_as_much_work_as_it_is_told() -> None:
    problem = compile_problem(three_in_a_row(), Travel.of(three_in_a_row()))
    assert solve_search(problem, np.inf, work_limit=40_000) == solve_search(problem, np.inf, work_limit=40_000)


def test_search_stops_when_it_is_told_that_it_is_enough() -> None:
    asked = three_in_a_row()
    problem = compile_problem(asked, Travel.of(asked))
    assert solve_search(problem, 100_000.0, enough=lambda: True)["r"]


def test_search_goes_on_from_cheaper_routes_of_others_and_tells_of_its_own() -> None:
    asked = three_in_a_row()
    travel = Travel.of(asked)
    problem = compile_problem(asked, travel)
    best = {"r": sequences(["a", "b", "c"])}
    told: list[Routes] = []
    apart = {"r": sequences(["a"], ["b"], ["c"])}

    def others(cost: float) -> Routes | None:
        return best if cost > definition(asked, travel, best) + 1e-6 else None

    found = solve_search(problem, 0.3, start=apart, others=others, on_better=told.append)
    assert definition(asked, travel, found) == pytest.approx(definition(asked, travel, best))
    assert definition(asked, travel, told[-1]) <= definition(asked, travel, apart)
