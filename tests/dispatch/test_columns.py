"""The columns engine's parts, by hand and against plain enumeration."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch import plan
from dispatch.engines.columns.completion import empty_tables
from dispatch.engines.columns.cuts import Cuts, coefficients, no_cuts, toll_of
from dispatch.engines.columns.engine import solve_columns
from dispatch.engines.columns.fleets import Fleets, fleets_of
from dispatch.engines.columns.partition import Partition, Trips, cheapest_of_each_set
from dispatch.engines.columns.pricing import column, empty_branch, empty_found, price
from dispatch.engines.columns.relaxation import Relaxation
from dispatch.engines.draft import draft_of
from dispatch.engines.greedy import solve_greedy
from dispatch.problem import Floats, Problem, compile_problem
from dispatch.travel import Travel
from tests.dispatch.build import at, line, order, request, rider
from tests.dispatch.random_requests import requests

Priced = tuple[int, tuple[int, ...]]
"""A slot and the sequence of a trip's orders."""


def compiled(asked) -> Problem:  # noqa: ANN001 - a PlanRequest, spelt out where it is drawn
    """The arrays of a request."""
    return compile_problem(asked, Travel.of(asked))


def test_riders_who_differ_only_in_when_they_work_are_one_fleet_counted_by_the_minute() -> None:
    asked = request(
        order("a"),
        riders=[
            rider("now"),
            rider("later", free_at=at(120)),
            rider("leaves", shift_end_at=at(180)),
            rider("small", capacity_orders=1),
        ],
        travel=line(60),
    )
    fleets = fleets_of(compiled(asked))
    assert fleets.fleet_of.tolist() == [0, 0, 0, 1]
    assert fleets.counts[0, :5].tolist() == [2, 2, 3, 2, 2]  # at 0, 60, 120, 180 and 240 s
    assert fleets.counts[1, :3].tolist() == [1, 1, 1]
    assert fleets.fleets["free_s"].tolist() == [0, 0]


def test_an_order_behind_another_is_reached_by_way_of_it() -> None:
    asked = request(order("a"), order("b"), travel=line(60, 120))
    problem = compiled(asked)
    problem.arrays.legs[0, 0, 2, 0] = np.inf  # no way from the store to b
    assert fleets_of(problem).soonest_s.tolist() == [[60, 60 + 60 + 60]]


def cuts_of(rng: np.random.Generator, n: int) -> tuple[Cuts, Floats]:
    """Two cuts over three random orders each, if there are as many, and their prices."""
    if n < 3:
        return no_cuts(), np.zeros(0)
    orders = np.full((2, 5), -1)
    orders[:, :3] = [rng.permutation(n)[:3] for _ in range(2)]
    return Cuts(orders, (orders >= 0).astype(np.int64), np.full(2, 2), np.ones(2, dtype=np.int64)), rng.uniform(0, 9, 2)


def priced_by_hand(
    problem: Problem, fleets: Fleets, base: int, pi: Floats, mu: Floats, cuts: tuple[Cuts, Floats]
) -> dict[Priced, float]:
    """Reduced cost of every trip of a base that is below 0."""
    a, n, g = problem.arrays._replace(legs=problem.lower_legs), len(pi), mu.shape[1]
    cum = np.concatenate([[0.0], np.cumsum(mu[fleets.bases[base, 0]])])
    found = {}
    for stops in (stops for length in range(1, n + 1) for stops in permutations(range(n), length)):
        if fleets.allowed[base, list(stops)].all():
            for slot in range(g):
                cost, end = column(a, fleets, base, slot, np.array(stops))
                reduced = cost - pi[list(stops)].sum() + max(0.0, cum[end] - cum[min(slot + 1, g)])
                reduced += float(coefficients(cuts[0], np.array([stops]))[0] @ cuts[1])
                if reduced < -1e-6:
                    found[slot, stops] = reduced
    return found


def priced_by_kernel(
    problem: Problem, fleets: Fleets, base: int, pi: Floats, mu: Floats, cuts: tuple[Cuts, Floats]
) -> tuple[dict[Priced, float], Floats]:
    """The same by the kernel, and its share of every order."""
    a, n, g = problem.arrays._replace(legs=problem.lower_legs), len(pi), mu.shape[1]
    cum = np.concatenate([[0.0], np.cumsum(mu[fleets.bases[base, 0]])])
    everybody = np.array([[j for j in range(n) if j != i] for i in range(n)], dtype=np.int64).reshape(n, n - 1)
    found, tables, branch = empty_found(n, n, 200_000), empty_tables(n, g, n), empty_branch(n, n)
    n_found, _, everything = price(
        a, fleets, base, (0, g), pi, cum, everybody, tables, -1e-6, 200_000, 10**6, found, 0, branch, toll_of(*cuts, n)
    )
    assert everything
    priced = {
        (int(t["slot"]), tuple(s[: t["n_stops"]].tolist())): float(t["cost"])
        for t, s in zip(found.trips[:n_found], found.stops[:n_found], strict=True)
    }
    return priced, found.share


@settings(deadline=None)  # the kernels are compiled in the first example
@given(requests(max_orders=4), st.integers(0, 2**32))
def test_pricing_finds_every_trip_below_the_threshold_and_only_those(asked, seed: int) -> None:  # noqa: ANN001 - drawn
    problem = compiled(asked)
    n = len(problem.order_ids)
    if n == 0 or not problem.vehicle_ids:
        return
    fleets = fleets_of(problem)
    rng = np.random.default_rng(seed)
    pi, mu, cuts = rng.uniform(0, 30, n), rng.uniform(0, 0.3, fleets.counts.shape), cuts_of(rng, n)
    for base in range(len(fleets.bases)):
        expected = priced_by_hand(problem, fleets, base, pi, mu, cuts)
        priced, share = priced_by_kernel(problem, fleets, base, pi, mu, cuts)
        assert priced == pytest.approx(expected)
        for (_, stops), reduced in expected.items():
            assert share[list(stops)].max() <= reduced / len(stops) + 1e-6


@settings(deadline=None)
@given(requests(max_orders=4), st.integers(0, 2**32))
def test_where_points_have_no_price_pricing_finds_a_trip_in_the_first_of_slots_that_cost_the_same(
    asked,  # noqa: ANN001 - drawn
    seed: int,
) -> None:
    problem = compiled(asked)
    n = len(problem.order_ids)
    if n == 0 or not problem.vehicle_ids:
        return
    rng = np.random.default_rng(seed)
    fleets = fleets_of(problem)
    pi, cuts = rng.uniform(0, 30, n), cuts_of(rng, n)
    mu = rng.uniform(0, 0.3, fleets.counts.shape) * (rng.random(fleets.counts.shape) < 0.2)
    for base in range(len(fleets.bases)):
        cheapest: dict[tuple[int, ...], float] = {}
        for (_, stops), reduced in priced_by_hand(problem, fleets, base, pi, mu, cuts).items():
            cheapest[stops] = min(reduced, cheapest.get(stops, 0.0))
        found: dict[tuple[int, ...], float] = {}
        priced, _ = priced_by_kernel(problem, fleets, base, pi, mu, cuts)
        for (_, stops), reduced in priced.items():
            found[stops] = min(reduced, found.get(stops, 0.0))
        assert found == pytest.approx(cheapest)


def test_a_cut_forbids_half_of_each_of_three_pairs() -> None:
    """Three orders, three trips of two at 1 each, single trips at 2: half of each pair costs 1.5, whole trips 3."""
    trips = Trips(
        stops=np.array([[0, 1], [1, 2], [0, 2], [0, -1], [1, -1], [2, -1]]),
        cost=np.array([1.0, 1.0, 1.0, 2.0, 2.0, 2.0]),
        slot=np.zeros(6, dtype=np.int64),
        base=np.zeros(6, dtype=np.int64),
    )
    partition = Partition(trips, 3)
    partition.lift(10.0, np.inf)
    assert partition.value == 3.0
    assert partition.cuts.orders.tolist() == [[0, 1, 2, -1, -1]]
    chosen, bound = partition.choose(10.0, 5.0)
    assert trips.cost[chosen].sum() == 3.0
    assert abs(bound - 3.0) < 1e-9


def test_of_trips_with_the_same_orders_the_cheapest_is_kept() -> None:
    trips = Trips(
        stops=np.array([[0, 1], [1, 0], [2, -1]]),
        cost=np.array([3.0, 2.0, 1.0]),
        slot=np.array([5, 6, 7]),
        base=np.zeros(3, dtype=np.int64),
    )
    kept = cheapest_of_each_set(trips, 3)
    assert sorted(zip(kept.cost.tolist(), kept.slot.tolist(), strict=True)) == [(1.0, 7), (2.0, 6)]


def test_the_relaxation_never_proves_more_than_it_is_worth() -> None:
    asked = request(
        *(order(f"o{i}", ready=100 * i, max_late_s=0) for i in range(8)),
        riders=[rider("r"), rider("q", free_at=at(300))],
        travel=line(*(40 * i + 30 for i in range(8))),
    )
    problem = compiled(asked)
    relaxation = Relaxation(problem)
    relaxation.begin(draft_of(problem, solve_greedy(problem)))
    bounds = []
    while relaxation.improve():
        bounds.append(relaxation.best.bound)
    assert bounds == sorted(bounds)
    assert relaxation.best.bound <= relaxation.value + 1e-6
    assert relaxation.best.bound >= 0.99 * relaxation.value


def test_a_small_street_is_solved_to_proof() -> None:
    asked = request(
        *(order(f"o{i}", max_late_s=0) for i in range(6)),
        riders=[rider(capacity_orders=6)],
        travel=line(*(60 * i + 60 for i in range(6))),
    )
    answer = plan(asked, work_limit=500)
    assert answer.cost.total == pytest.approx(7.2)  # 360 s out, 360 s back
    assert answer.bound is not None
    assert answer.bound.proven_optimal
    assert answer.bound.cost == pytest.approx(7.2, abs=1e-4)


def test_without_orders_or_vehicles_the_bound_is_what_it_costs() -> None:
    assert solve_columns(compiled(request()), 1.0) == ({}, 0.0)
    assert solve_columns(compiled(request(order("a"), order("b"), riders=[], travel=line(60, 60))), 1.0) == ({}, 200.0)
