"""What would mend an order of a live plan that nobody can take, or that comes late: the cheapest change."""

from collections.abc import Mapping

import maps
from dispatch.answer import Fix
from dispatch.fix import fixes_of
from dispatch.online import Setup
from dispatch.planner import plan as make_plan
from dispatch.problem import compile_problem
from dispatch.record import Id, Record
from dispatch.travel import Travel
from service.atlas import networks_of
from service.live.plan import LivePlan
from service.live.price import Arrival, Missing, arrival_of, not_waiting, open_part


class Mend(Record):
    """How an order stands in the plan, and the cheapest change that would mend it.

    ``fix`` is null where the order is served on time, and where no change is known. One of kind ``promise`` or
    ``shift`` without an ``unserved_cost`` can be made by a change of the plan (``promise``, ``extend``); of any other
    kind it is for people to bring about: call a rider in, find a larger vehicle.
    """

    revision: int
    order_id: Id
    currency: str
    now: Arrival
    fix: Fix | None


def mend(live: LivePlan, setup: Setup, order_id: str, atlas: Mapping[str, maps.StreetNetwork]) -> Mend | Missing:
    """Find what would mend an order, and try it out.

    Promises are those that were given: the margin that trips are planned with is left aside.

    Args:
        live: the plan as it stands.
        setup: of the fleet.
        order_id: of the order.
        atlas: the maps there are.

    Returns:
        The change, or that the order is not waiting.
    """
    request = open_part(live, setup.model_copy(update={"margin_s": 0}))
    if order_id not in {order.id for order in request.orders}:
        return not_waiting(order_id)
    travel = Travel.of(request, networks_of(setup, atlas))
    plan = make_plan(request, engine="search", work_limit=setup.work, travel=travel, fixes=False)
    now, fix = arrival_of(plan, order_id), None
    if now.late_s is None or now.late_s > 0:
        problem = compile_problem(request, travel)
        fix = fixes_of(request, travel, problem, plan.trips, [order_id]).get(order_id)
    return Mend(revision=live.revision, order_id=order_id, currency=plan.currency, now=now, fix=fix)
