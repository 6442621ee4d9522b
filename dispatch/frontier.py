"""The trade-off between cost, lateness and carbon: the plans of a request of which none is worse in all three."""

from collections.abc import Iterator
from itertools import product

import numpy as np
from numpy.typing import NDArray

from dispatch.answer import Plan
from dispatch.check import check
from dispatch.planner import assemble, plan
from dispatch.problem import compile_problem
from dispatch.request import PlanRequest
from dispatch.travel import Travel

Floats = NDArray[np.float64]

LATE_WEIGHTS = (1.0, 10.0, 0.0, 3.0, 100.0, 0.3)
"""The request's rates of lateness times each of these."""
CARBON_WEIGHTS = (0.0, 1.0, 10.0, 0.3, 3.0)
"""So many times what the first plan costs otherwise is put on the carbon it emits, on top of the request's own rate."""
SAME = 6
"""Figures that agree in so many decimals are the same."""


def frontier(
    request: PlanRequest,
    *,
    points: int = 12,
    time_limit_s: float = 1.0,
    seed: int = 0,
    work_limit: int | None = None,
    travel: Travel | None = None,
) -> tuple[Plan, ...]:
    """Plan a request under several weights of lateness and carbon, and keep the plans that no other dominates.

    A plan dominates another that costs, is late and emits at least as much, and more in one of the three:
    ``cost.total`` at the request's own rates, ``summary.late_s`` and ``summary.transport_gco2e``. Leaving orders out
    would save all three; so no plan is kept that leaves out more of them than the plan at the request's own rates.

    Args:
        request: what to plan.
        points: how many plans to make, at most 30; the first is at the request's own rates.
        time_limit_s: wall clock for each of them.
        seed: of the search.
        work_limit: iterations of the search for each of them in place of the time limit, for the same answer each time.
        travel: the request's measured legs, if they are at hand.

    Returns:
        At least one checked plan, priced at the request's own rates, the cheapest first. They are as good as the search
        found in that time: a better plan than any of them may exist.

    Raises:
        ValueError: if ``points`` is less than 1 or more than 30.
        RequestError: as ``plan`` does.
    """
    most = len(LATE_WEIGHTS) * len(CARBON_WEIGHTS)
    if not 1 <= points <= most:
        raise ValueError(f"points must be 1 to {most} plans, not {points}")
    travel = travel or Travel.of(request)
    problem = compile_problem(request, travel)

    def made(weighed: PlanRequest) -> Plan:
        found = plan(weighed, time_limit_s=time_limit_s, seed=seed, work_limit=work_limit, travel=travel, fixes=False)
        same = assemble(request, travel, problem, found.trips, None, engine=found.engine, seed=seed)
        return same.model_copy(update={"verdict": check(request, same, travel)})

    first = made(request)
    others = [made(weighed) for weighed in _weighed(request, first, points - 1)]
    kept = [first, *(each for each in others if each.summary.unserved <= first.summary.unserved)]
    values = np.array(
        [(each.cost.total, each.summary.late_s, each.summary.transport_gco2e) for each in kept], dtype=np.float64
    )
    best = [kept[i] for i in np.flatnonzero(non_dominated(values))]
    return tuple(sorted(best, key=lambda each: each.cost.total))


def non_dominated(values: Floats) -> NDArray[np.bool_]:
    """Which rows of ``(m, k)`` no other row dominates: is nowhere greater, and somewhere less. Of equals the first."""
    rounded = np.round(values, SAME)
    no_worse = (rounded[:, None] <= rounded).all(axis=2)
    better = (rounded[:, None] < rounded).any(axis=2)
    earlier = np.arange(len(values))[:, None] < np.arange(len(values))
    dominated = np.any(no_worse & (better | earlier), axis=0)
    return np.asarray(~dominated, dtype=np.bool_)


def _weighed(request: PlanRequest, first: Plan, count: int) -> Iterator[PlanRequest]:
    """``count`` requests whose rates weigh lateness and carbon otherwise, those nearest to the request's own first."""
    pairs = sorted(
        product(range(len(LATE_WEIGHTS)), range(len(CARBON_WEIGHTS))), key=lambda pair: (pair[0] + pair[1], pair)
    )
    rates = request.rates
    kg = first.summary.transport_gco2e / 1000
    price = (first.cost.total - first.cost.carbon - first.cost.unserved) / kg if kg > 0 else 0.0
    for i, j in pairs[1 : count + 1]:
        late, carbon = LATE_WEIGHTS[i], CARBON_WEIGHTS[j]
        # Whatever is weighed, leaving an order out stays as dear beside it as it was.
        whole = max(1.0, late, 1.0 + carbon)
        weighed = rates.model_copy(
            update={
                "late_cost_per_min": rates.late_cost_per_min * late,
                "late_cost_per_min_after_grace": rates.late_cost_per_min_after_grace * late,
                "carbon_cost_per_kg": rates.carbon_cost_per_kg + price * carbon,
                "unserved_cost": rates.unserved_cost * whole,
            }
        )
        orders = [
            order
            if order.unserved_cost is None
            else order.model_copy(update={"unserved_cost": order.unserved_cost * whole})
            for order in request.orders
        ]
        yield request.model_copy(update={"rates": weighed, "orders": orders})
