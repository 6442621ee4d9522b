"""No plan of a frontier dominates another, and the trade-offs of small requests are those worked out by hand."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings

from dispatch import Plan, PlanRequest, Travel, dinner_peak, frontier, plan
from dispatch.frontier import non_dominated
from maps import bundled_map, bundled_people
from tests.dispatch.build import SIMPLE, drone, line, matrix, order, request, rider
from tests.dispatch.random_requests import requests

WORK = 300


def figures(each: Plan) -> tuple[float, float, float]:
    return round(each.cost.total, 6), each.summary.late_s, round(each.summary.transport_gco2e, 6)


def test_two_plans_by_hand() -> None:
    """Two orders side by side: one rider brings both, the second 10 s late, or two riders bring one each on time."""
    asked = request(
        order("a", promise=160),
        order("b", promise=160),
        riders=[rider("r"), rider("q")],
        travel=matrix([[0, 100, 100], [100, 0, 10], [100, 10, 0]]),
    )
    together, apart = frontier(asked, work_limit=WORK)
    # 210 s at a hundredth and 10 s late at a tenth; 400 s at a hundredth.
    assert figures(together)[:2] == (3.1, 10)
    assert figures(apart)[:2] == (4.0, 0)
    assert len(together.trips) == 1
    assert len(apart.trips) == 2
    assert together.summary.transport_gco2e < apart.summary.transport_gco2e


def test_three_plans_by_hand() -> None:
    """Two orders at one door: a cheap slow rider is late with both, a dear drone brings one each on time."""
    rates = SIMPLE.model_copy(
        update={"rider_cost_per_h": 3.6, "late_cost_per_min": 0.6, "late_cost_per_min_after_grace": 0.6}
    )
    asked = request(
        order("a", promise=150, location=(0.0, 0.009)),
        order("b", promise=150, location=(0.0, 0.009)),
        drones=[drone("d"), drone("e")],
        travel=matrix([[0, 200, 200], [200, 0, 0], [200, 0, 0]]),
        rates=rates,
    )
    found = frontier(asked, points=30, work_limit=WORK)
    # Ridden 400 s at a thousandth, 50 s and 110 s late at a hundredth; flown 202 s at a hundredth, and nobody late.
    assert [figures(each)[:2] for each in found] == [(2.0, 160), (2.92, 50), (4.04, 0)]
    assert [len(each.trips) for each in found] == [1, 2, 2]


def test_one_plan_where_nothing_is_to_be_traded() -> None:
    (only,) = frontier(request(order("a"), travel=line(100)), work_limit=WORK)
    assert only.verdict.valid
    assert only.cost.total == pytest.approx(2.0)


def test_no_orders_is_one_empty_plan() -> None:
    (only,) = frontier(request(travel=line()), work_limit=WORK)
    assert only.trips == ()


@settings(max_examples=25, deadline=None)
@given(requests(drones=False))
def test_no_plan_dominates_another_and_the_cheapest_comes_first(asked: PlanRequest) -> None:
    found = frontier(asked, points=8, work_limit=WORK)
    costs = [each.cost.total for each in found]
    assert costs == sorted(costs)
    for one, other in permutations(found, 2):
        assert not all(a <= b for a, b in zip(figures(one), figures(other), strict=True))
    first = plan(asked, work_limit=WORK, fixes=False)
    assert costs[0] <= first.cost.total + 1e-6
    assert min(each.summary.late_s for each in found) <= first.summary.late_s
    assert min(each.summary.transport_gco2e for each in found) <= first.summary.transport_gco2e + 1e-6
    assert all(each.verdict.valid and each.summary.unserved <= first.summary.unserved for each in found)


def test_same_work_gives_the_same_plans() -> None:
    asked = request(*(order(f"o{i}", promise=300) for i in range(6)), travel=line(*range(60, 240, 30)))
    one, two = (frontier(asked, points=6, work_limit=WORK, seed=4) for _ in range(2))
    assert [each.model_dump_json() for each in one] == [each.model_dump_json() for each in two]


def test_rows_that_others_dominate() -> None:
    values = np.array([[1, 5, 5], [2, 4, 5], [2, 5, 5], [1, 5, 5], [9, 9, 1], [3, 4, 5 - 1e-9]], dtype=np.float64)
    assert non_dominated(values).tolist() == [True, True, False, False, True, False]
    assert non_dominated(np.zeros((0, 3))).tolist() == []


@pytest.mark.parametrize("points", [0, 31])
def test_points_out_of_range_are_refused(points: int) -> None:
    with pytest.raises(ValueError, match="points must be 1 to 30 plans"):
        frontier(request(), points=points)


def test_a_price_on_carbon_buys_less_of_it() -> None:
    """A dinner peak on streets: without a price drones fly orders that bicycles could bring with less carbon."""
    asked = dinner_peak(bundled_map(), bundled_people(), orders=30, riders=8, drones=3, seed=1)
    travel = Travel.of(asked)

    def made(price_per_kg: float) -> Plan:
        rates = asked.rates.model_copy(update={"carbon_cost_per_kg": price_per_kg})
        priced = asked.model_copy(update={"rates": rates})
        return plan(priced, work_limit=20_000, travel=travel, fixes=False)

    free, dear = made(0.0), made(500.0)
    assert dear.summary.served == free.summary.served
    assert dear.summary.transport_gco2e < 0.9 * free.summary.transport_gco2e
    assert dear.cost.carbon < 500.0 * free.summary.transport_gco2e / 1000
