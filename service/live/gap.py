"""How far a live plan can be from the best: its open part planned as the dispatcher plans, against a proven bound."""

from collections.abc import Mapping

import maps
from dispatch.online import Setup
from dispatch.planner import plan as make_plan
from dispatch.record import Record
from dispatch.travel import Travel
from service.atlas import networks_of
from service.live.plan import LivePlan
from service.live.price import open_part

PROVING_S = 1.0
"""For the bound; a longer search would prove a smaller gap."""


class PlanGap(Record):
    """No plan of the open orders costs less than ``bound``; ``gap`` is the part of ``cost`` above it, 0 to 1.

    ``cost`` is that of the orders not yet on the road, in the currency of the fleet's rates. ``bound`` and ``gap`` are
    null where there is nothing to plan, or nothing was proven in time.
    """

    revision: int
    currency: str
    orders: int
    cost: float
    bound: float | None
    gap: float | None


def gap_of(live: LivePlan, setup: Setup, atlas: Mapping[str, maps.StreetNetwork]) -> PlanGap:
    """Plan what is open with the dispatcher's own engine and work, and prove beside it what no plan can undercut.

    Args:
        live: the plan as it stands.
        setup: of the fleet.
        atlas: the maps there are.
    """
    request = open_part(live, setup)
    travel = Travel.of(request, networks_of(setup, atlas))
    planned = make_plan(request, engine="search", work_limit=setup.work, travel=travel, fixes=False)
    cost, orders = planned.cost.total, len(request.orders)
    proven = None
    if orders:
        proven = make_plan(request, engine="columns", time_limit_s=PROVING_S, travel=travel, fixes=False).bound
    bound = None if proven is None else min(proven.cost, cost)
    return PlanGap(
        revision=live.revision,
        currency=planned.currency,
        orders=orders,
        cost=cost,
        bound=bound,
        gap=None if bound is None or cost <= 0 else (cost - bound) / cost,
    )
