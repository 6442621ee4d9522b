"""The one door to the engines: compile, solve, time, explain, price, check."""

import math
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Literal

import carbon
from dispatch.answer import Bound, Plan, Summary, Trip
from dispatch.check import check
from dispatch.engines.columns.engine import solve_columns
from dispatch.engines.greedy import solve_greedy
from dispatch.engines.routing import solve_routing
from dispatch.engines.search import solve_search
from dispatch.explain import explain
from dispatch.faults import DispatchError, Fault, RequestError, refuse_contradictions
from dispatch.fix import MOST_WORK, fixes_of
from dispatch.objective import price
from dispatch.problem import Problem, compile_problem
from dispatch.request import PlanRequest, Store
from dispatch.timetable import Routes, timetable
from dispatch.travel import Travel

Engine = Literal["auto", "greedy", "routing", "search", "columns"]
ENGINES: tuple[Engine, ...] = ("auto", "greedy", "routing", "search", "columns")
CLOSED = 1e-6
"""A plan whose gap is no more than this part of its cost is called proven optimal."""
BOUNDED = (
    "the cost of any plan of this request, departures at any moment; lateness is counted from the first moment "
    "of the minute or two in which a trip leaves, and approaches, bags and the spread of work are left out"
)


class InvalidPlanError(DispatchError):
    """Raised when an engine's plan fails the checker: a defect of Swiftleaf, never of the request."""


def plan(
    request: PlanRequest,
    *,
    engine: Engine = "auto",
    time_limit_s: float = 1.0,
    seed: int = 0,
    work_limit: int | None = None,
    travel: Travel | None = None,
    fixes: bool | None = None,
    fix_work: int = MOST_WORK,
    start: Routes | None = None,
    enough: Callable[[], bool] | None = None,
) -> Plan:
    """Plan one snapshot.

    Args:
        request: stores, orders, vehicles, travel and prices.
        engine: ``greedy`` answers in milliseconds; ``search`` improves on it by ruin and recreate, and ``routing`` by
            OR-Tools' routing solver, until ``time_limit_s``; ``columns`` searches, and proves beside it how far its
            plan is from the best. ``auto`` is ``columns``.
        time_limit_s: wall clock for the engine. Compiling and checking come on top.
        seed: of the search.
        work_limit: iterations of the search in place of the time limit: the same request, seed and work limit give the
            same plan, byte for byte.
        travel: the request's legs if they are measured already.
        fixes: look for the cheapest change that would serve each unserved order, and bring each late one on time; see
            ``dispatch.fix``. That takes up to a second; None is True, but for ``greedy``, which answers at once.
        fix_work: how much of that is done at most; by default about a second's.
        start: trips that ``search`` begins with, such as those of the plan before.
        enough: is asked by ``search`` after every 50 iterations, and of a clock more often, whether to stop before.

    Returns:
        A checked plan. Orders that cannot be served are in ``unserved`` with their reason; they never sink the rest.

    Raises:
        RequestError: if the request contradicts itself, or names a map or a region that is not there.
        InvalidPlanError: if the plan fails its own check.
    """
    refuse_contradictions(request)
    refuse_regions(request)
    if engine not in ENGINES:
        raise ValueError(f"engine {engine!r} is not one of {', '.join(ENGINES)}")
    if not time_limit_s > 0 or math.isinf(time_limit_s):
        raise ValueError(f"time_limit_s must be a positive number of seconds, not {time_limit_s}")
    if work_limit is not None and work_limit < 1:
        raise ValueError(f"work_limit must be at least 1 iteration, not {work_limit}")
    fixes = engine != "greedy" if fixes is None else fixes
    travel = travel or Travel.of(request)
    problem = compile_problem(request, travel)
    engine = "columns" if engine == "auto" else engine
    routes: Routes
    lower_bound: float | None = None
    if engine == "greedy":
        routes = solve_greedy(problem)
    elif engine == "routing":
        routes = solve_routing(problem, time_limit_s)
    elif engine == "search":
        routes = solve_search(problem, time_limit_s, seed=seed, work_limit=work_limit, start=start, enough=enough)
    else:
        routes, lower_bound = solve_columns(problem, time_limit_s, seed=seed, work_limit=work_limit)
    trips = timetable(request, travel, problem.pins.before(routes))
    fix_work = fix_work if fixes else 0
    answer = assemble(request, travel, problem, trips, lower_bound, engine=engine, seed=seed, fix_work=fix_work)
    verdict = check(request, answer, travel)
    if not verdict.valid:
        raise InvalidPlanError("; ".join(f"{v.path}: {v.text}" for v in verdict.violations[:5]))
    return answer.model_copy(update={"verdict": verdict})


def refuse_regions(request: PlanRequest) -> None:
    """Raise a ``RequestError`` for stores in regions whose grid factor is not in the registry."""
    faults = list(region_faults(request.stores))
    if faults:
        raise RequestError(faults)


def region_faults(stores: Iterable[Store]) -> Iterator[Fault]:
    """What is wrong with the regions of stores, each at its JSON path in a document that has them as ``$.stores``."""
    for i, store in enumerate(stores):
        try:
            carbon.bundled_registry().electricity(store.region)
        except carbon.MissingFactorError as error:
            yield Fault(path=f"$.stores[{i}].region", text=str(error))


def assemble(
    request: PlanRequest,
    travel: Travel,
    problem: Problem,
    trips: Sequence[Trip],
    lower_bound: float | None,
    *,
    engine: str,
    seed: int,
    fix_work: int = 0,
) -> Plan:
    """Put timed trips, the orders they leave out and the figures of both together."""
    unserved, late = explain(request, travel, problem, trips, refused=problem.pins.impossible)
    if fix_work:
        asked = [*(item.order_id for item in unserved), *(item.order_id for item in late)]
        mended = fixes_of(request, travel, problem, trips, asked, seed, fix_work)
        unserved = tuple(item.model_copy(update={"fix": mended.get(item.order_id)}) for item in unserved)
        late = tuple(item.model_copy(update={"fix": mended.get(item.order_id)}) for item in late)
    cost = price(request, trips, [item.order_id for item in unserved])
    bound = None if lower_bound is None else bound_of(cost.total, problem.fixed_cost + lower_bound)
    on_board = tuple(order_id for vehicle in request.vehicles for order_id in vehicle.on_board)
    stops = [stop for trip in trips for stop in trip.stops]
    summary = Summary(
        orders=len(request.orders) - len(on_board),
        served=len(stops),
        late=sum(stop.late_s > 0 for stop in stops),
        late_s=sum(stop.late_s for stop in stops),
        unserved=len(unserved),
        trips=len(trips),
        travel_s=sum(trip.travel_s for trip in trips),
        distance_m=sum(trip.distance_m for trip in trips),
        battery_wh=sum(trip.battery_wh for trip in trips),
        transport_gco2e=sum(trip.transport_gco2e for trip in trips),
    )
    return Plan(
        now=request.now,
        engine=engine,
        seed=seed,
        currency=request.rates.currency,
        trips=tuple(trips),
        unserved=unserved,
        late=late,
        on_board=on_board,
        bound=bound,
        cost=cost,
        summary=summary,
    )


def bound_of(cost: float, lower_bound: float) -> Bound | None:
    """A plan's bound: never above its own cost by its last digits, and none at all, said aloud, if above by more."""
    if lower_bound - cost > CLOSED * max(abs(cost), 1.0):
        warnings.warn(
            f"bound is {lower_bound!r}, above the cost {cost!r} of a valid plan; it is left out. This is a defect of "
            "Swiftleaf: please report it with the request",
            RuntimeWarning,
            stacklevel=2,
        )
        return None
    lower_bound = min(lower_bound, cost)
    gap = (cost - lower_bound) / cost if cost > 0 else 0.0
    return Bound(cost=lower_bound, gap=gap, proven_optimal=gap <= CLOSED, of=BOUNDED)
