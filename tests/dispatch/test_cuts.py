"""Cuts: what they count by hand, that they cut off shares of trips, and that no whole plan breaks one."""

from itertools import combinations

import numpy as np
import pytest
from scipy.optimize import linprog

from dispatch.engines.columns.cuts import PATTERNS, Cuts, coefficients, enter, joined, leave, no_cuts, toll_of
from dispatch.engines.columns.cuts import violated as violated_cuts
from dispatch.engines.columns.relaxation import Relaxation
from dispatch.engines.draft import draft_of
from dispatch.engines.kernel import Floats, Ints, total_cost
from dispatch.engines.search import solve_search
from dispatch.problem import compile_problem
from dispatch.travel import Travel
from tests.dispatch.test_bound import street

PAIRS = Cuts(np.array([[0, 1, 2, -1, -1]]), np.array([[1, 1, 1, 0, 0]]), np.array([2]), np.array([1]))
"""Of the trips with two of orders 0, 1 and 2 there is at most one."""
LED = Cuts(np.array([[0, 1, 2, 3, -1]]), np.array([[2, 1, 1, 1, 0]]), np.array([3]), np.array([1]))
"""Of the trips with order 0 and another of 1, 2 and 3, or with all of these, there is at most one."""
TRIPS = np.array([[0, 1, -1], [1, 2, 0], [3, 2, 1], [3, -1, -1], [0, 3, -1]])


def whole_plan(rng: np.random.Generator, n_orders: int) -> Ints:
    """A random division of all orders into trips of up to four."""
    left, rows = rng.permutation(n_orders).tolist(), []
    while left:
        size = int(rng.integers(1, 5))
        rows.append([*left[:size], -1, -1, -1, -1][:4])
        left = left[size:]
    return np.array(rows)


def corner(rng: np.random.Generator, pattern: Ints, n_orders: int) -> tuple[Ints, Floats]:
    """Shares that break a cut of ``pattern`` over random orders as much as any can, and carry no order twice."""
    lead, second, ones, whole = pattern.tolist()
    weights = np.array([lead] + [second] * (second > 0) + [1] * ones)
    rows = [trip for size in (1, 2, 3, 4) for trip in combinations(range(len(weights)), size)]
    member = np.array([[place in trip for trip in rows] for place in range(len(weights))])
    worth = (weights @ member) // whole
    share = linprog(-worth, A_ub=member, b_ub=np.ones(len(weights)), method="highs-ds").x
    orders = rng.permutation(n_orders)
    stops = np.array([[*(orders[place] for place in trip), -1, -1, -1][:4] for trip in rows])
    return stops[share > 0], share[share > 0]


def test_a_trip_counts_by_the_whole_part_of_its_weights() -> None:
    both = joined(PAIRS, LED)
    assert coefficients(both, TRIPS).T.tolist() == [[1, 1, 1, 0, 0], [1, 1, 1, 0, 1]]
    assert coefficients(no_cuts(), TRIPS).shape == (5, 0)


def test_an_order_pays_where_the_whole_part_grows_and_takes_it_back() -> None:
    toll = toll_of(joined(PAIRS, LED), np.array([5.0, 7.0]), 4)
    assert enter(toll, 1) == 0.0
    assert enter(toll, 0) == 12.0
    assert enter(toll, 2) == 0.0
    for order in (2, 0, 1):
        leave(toll, order)
    assert toll.load.tolist() == [0, 0]
    assert enter(toll, 3) == 0.0


def test_cuts_without_a_price_ask_for_nothing() -> None:
    toll = toll_of(joined(PAIRS, LED), np.array([0.0, 7.0]), 4)
    assert toll.cuts.tolist() == [[1], [1], [1], [1]]


@pytest.mark.parametrize("seed", range(10))
def test_tolls_are_what_the_coefficients_cost(seed: int) -> None:
    rng = np.random.default_rng(seed)
    stops, share = corner(rng, PATTERNS[seed % len(PATTERNS)], 12)
    cuts = violated_cuts(stops, share, 12)
    price = rng.uniform(0, 9, len(cuts.most)) * (rng.random(len(cuts.most)) < 0.7)
    toll = toll_of(cuts, price, 12)
    for trip, counts in zip(stops, coefficients(cuts, stops), strict=True):
        carried = trip[trip >= 0].tolist()
        assert sum(enter(toll, order) for order in carried) == pytest.approx(counts @ price)
        for order in carried:
            leave(toll, order)
    assert not toll.load.any()


@pytest.mark.parametrize("pattern", range(len(PATTERNS)))
def test_a_cut_is_found_that_shares_break_and_no_whole_plan_does(pattern: int) -> None:
    rng = np.random.default_rng(pattern)
    for _ in range(10):
        stops, share = corner(rng, PATTERNS[pattern], 10)
        cuts = violated_cuts(stops, share, 10, PATTERNS[pattern : pattern + 1])
        assert len(cuts.most) > 0
        assert (share @ coefficients(cuts, stops) > cuts.most).all()
        for _ in range(40):
            assert (coefficients(cuts, whole_plan(rng, 10)).sum(axis=0) <= cuts.most).all()


@pytest.mark.parametrize("seed", range(12))
def test_cuts_lift_the_bound_and_no_plan_is_below_it(seed: int) -> None:
    asked = street(seed, n_orders=11)
    problem = compile_problem(asked, Travel.of(asked))
    best = solve_search(problem, 10.0, work_limit=20_000)
    relaxation = Relaxation(problem)
    relaxation.begin(draft_of(problem, best))
    bounds = []
    for _ in range(8):
        while relaxation.improve():
            pass
        bounds.append(relaxation.best.bound)
        if not relaxation.cut():
            break
    assert bounds == sorted(bounds)
    assert bounds[-1] <= total_cost(problem.arrays, draft_of(problem, best)) + 1e-6
