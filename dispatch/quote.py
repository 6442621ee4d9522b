"""Can this address be promised by then, and by whom."""

from collections.abc import Sequence

from dispatch.answer import Reason, Stop, Trip, VehicleReason
from dispatch.engines.greedy import solve_greedy
from dispatch.explain import explain
from dispatch.faults import Fault, RequestError, refuse_contradictions
from dispatch.objective import price
from dispatch.planner import refuse_regions
from dispatch.problem import compile_problem
from dispatch.record import Id, Reckoned, Record
from dispatch.request import Order, PlanRequest
from dispatch.timetable import Routes, timetable
from dispatch.travel import Travel

MUST = 1e9
"""Price of leaving an order out that a quote must place if any vehicle can."""


class QuoteRequest(Record):
    """The store as it stands, with the orders already taken, and the order that a customer is about to place."""

    request: PlanRequest
    order: Order


class Quote(Record):
    """The answer at the checkout.

    ``promised`` is whether the order can be at the door by its ``promised_at`` without making any order late that is
    on time without it. ``earliest_at`` is the earliest arrival found under the same condition, whatever was asked;
    null if no vehicle can go at all.
    """

    order_id: Id
    promised: bool
    vehicle_id: Id | None = None
    depart_at: Reckoned | None = None
    arrive_at: Reckoned | None = None
    extra_cost: float | None = None
    earliest_at: Reckoned | None = None
    code: Reason | None = None
    text: str = ""
    vehicles: tuple[VehicleReason, ...] = ()


def quote(request: PlanRequest, order: Order, *, travel: Travel | None = None) -> Quote:
    """Try to fit ``order`` into the plan of the orders already taken.

    The plan of those is the greedy one, in which nobody's place is moved; the order is then inserted where it costs
    least, with every order that was on time held to its promise.

    Args:
        request: the store's snapshot without the order.
        order: the candidate; its id must be new.
        travel: legs of the request *with* the order, if measured already.

    Raises:
        RequestError: as ``plan`` does, and if the order's id is already taken.
    """
    if any(taken.id == order.id for taken in request.orders):
        text = f"{order.id!r} is already among the request's orders; a quote is for a new one"
        raise RequestError([Fault(path="$.order.id", text=text)])
    whole = request.model_copy(update={"orders": [*request.orders, order]})
    refuse_contradictions(whole)
    refuse_regions(whole)
    travel = travel or Travel.of(whole)
    problem = compile_problem(request, travel)
    taken = solve_greedy(problem)
    before = timetable(request, travel, problem.pins.before(taken))
    placed = _place(whole, order, travel, taken, before, hurry=False)
    earliest = _place(whole, order, travel, taken, before, hurry=True)
    earliest_at = earliest[1].arrive_at if earliest else None
    if placed is not None:
        trip, stop, extra_cost = placed
        return Quote(
            order_id=order.id,
            promised=True,
            vehicle_id=trip.vehicle_id,
            depart_at=trip.depart_at,
            arrive_at=stop.arrive_at,
            extra_cost=extra_cost,
            earliest_at=min(stop.arrive_at, earliest_at or stop.arrive_at),
        )
    hard = order.model_copy(update={"max_late_s": 0, "unserved_cost": MUST})
    probe = whole.model_copy(update={"orders": [*request.orders, hard]})
    ((why,), _) = explain(probe, travel, compile_problem(probe, travel), before, only={order.id})
    text = why.text
    if earliest_at is not None and why.code != Reason.BUSY:
        text += f", with nothing else to do; after the orders already taken, {earliest_at.isoformat()} is the earliest"
    return Quote(
        order_id=order.id, promised=False, earliest_at=earliest_at, code=why.code, text=text, vehicles=why.vehicles
    )


def _place(
    whole: PlanRequest, order: Order, travel: Travel, taken: Routes, before: Sequence[Trip], *, hurry: bool
) -> tuple[Trip, Stop, float] | None:
    """Insert ``order`` into ``taken``: by its promise, or, in a hurry, as early as can be. None if it does not fit.

    Returns:
        its trip, its stop, and what the insertion adds to the plan's cost (without the price of leaving the order out).
    """
    on_time = {stop.order_id for trip in before for stop in trip.stops if stop.late_s == 0}
    settled = {o for vehicle in whole.vehicles for o in vehicle.on_board} | {
        o for p in whole.pinned for o in p.order_ids
    }
    left_out = {o.id for o in whole.orders} - {stop.order_id for trip in before for stop in trip.stops} - {order.id}
    left_out -= settled
    asked = order.model_copy(
        update={"unserved_cost": MUST, "promised_at": order.placed_at, "max_late_s": None}
        if hurry
        else {"unserved_cost": MUST, "max_late_s": 0}
    )
    orders = [
        asked if o.id == order.id else o.model_copy(update={"max_late_s": 0}) if o.id in on_time else o
        for o in whole.orders
        if o.id not in left_out
    ]
    rates = (
        whole.rates.model_copy(update={"late_cost_per_min": 1e3, "late_cost_per_min_after_grace": 1e3})
        if hurry
        else whole.rates
    )
    probe = whole.model_copy(update={"orders": orders, "rates": rates})
    problem = compile_problem(probe, travel)
    after = timetable(probe, travel, problem.pins.before(solve_greedy(problem, taken)))
    for trip in after:
        for stop in trip.stops:
            if stop.order_id == order.id:
                kept = [o.id for o in orders if o.id != order.id]
                return trip, stop, _cost(whole, after, kept) - _cost(whole, before, kept)
    return None


def _cost(request: PlanRequest, trips: Sequence[Trip], expected: Sequence[str]) -> float:
    served = {stop.order_id for trip in trips for stop in trip.stops}
    return price(request, trips, [order_id for order_id in expected if order_id not in served]).total
