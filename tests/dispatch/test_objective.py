import pytest

from dispatch import plan
from dispatch.objective import late_cost
from tests.dispatch.build import SIMPLE, line, order, request, rider


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
