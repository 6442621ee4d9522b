"""A thousand random requests with every feature: the judge agrees with every engine, and no plan is below the bound."""

from hypothesis import HealthCheck, given, settings

from dispatch import Engine, PlanRequest, Travel, plan
from tests.dispatch.random_requests import whole_requests

CENT = 1e-6
ENERGY = 1e-3
"""A drone's energy is a chord to the engines, at most the carbon of a few grams above the price of the plan."""


@settings(max_examples=1_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(asked=whole_requests())
def test_every_engine_keeps_every_rule_and_none_is_below_the_bound(asked: PlanRequest) -> None:
    travel = Travel.of(asked)

    def cost(engine: Engine, time_limit_s: float, work_limit: int | None = None) -> float:
        # ``plan`` raises if its own check finds fault with what the engine says of times, loads, prices or grams.
        answer = plan(
            asked, engine=engine, time_limit_s=time_limit_s, work_limit=work_limit, travel=travel, fixes=False
        )
        assert answer.verdict.valid
        if answer.bound is not None:
            bounds.append(answer.bound.cost)
        return answer.cost.total

    bounds: list[float] = []
    greedy = cost("greedy", 1.0)
    searched = cost("search", 1.0, work_limit=60)
    routed = cost("routing", 0.02)
    proven = [cost("columns", 0.03), cost("columns", 1.0, work_limit=60)]
    assert max(searched, routed) <= greedy + ENERGY
    assert max(bounds) <= min(greedy, searched, routed, *proven) + CENT
    assert len(bounds) == len(proven)
