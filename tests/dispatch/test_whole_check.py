"""The judge against plans that nobody optimised: any sequences at all, timed and put together."""

from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch import PlanRequest, Travel, ViolationCode, check, draw, footprint
from dispatch.faults import refuse_contradictions
from dispatch.pins import settle_pins
from dispatch.planner import assemble
from dispatch.problem import compile_problem
from dispatch.timetable import Routes, RouteTrip, timetable
from tests.dispatch.random_requests import whole_requests

FIGURES = {ViolationCode.WRONG_TIME, ViolationCode.WRONG_FIGURE}
BOOKKEEPING = {ViolationCode.ORDER_MISSING, ViolationCode.ORDER_TWICE, ViolationCode.ON_BOARD, ViolationCode.PIN_BROKEN}


@st.composite
def careless_routes(draw: st.DrawFn, asked: PlanRequest) -> Routes:
    """Every free order on any vehicle, in any trip, from any store."""
    free = list(compile_problem(asked, Travel.of(asked)).order_ids)
    routes: dict[str, list[RouteTrip]] = {}
    while free and asked.vehicles:
        vehicle = draw(st.sampled_from(asked.vehicles))
        trip = [free.pop() for _ in range(min(len(free), draw(st.integers(1, 3))))]
        store_id = draw(st.sampled_from([item.id for item in asked.stores]))
        routes.setdefault(vehicle.id, []).append(RouteTrip(store_id, tuple(trip)))
    return routes


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_times_and_figures_of_any_plan_are_the_judges_own(data: st.DataObject) -> None:
    asked = data.draw(whole_requests())
    refuse_contradictions(asked)
    travel = Travel.of(asked)
    problem = compile_problem(asked, travel)
    trips = timetable(asked, travel, problem.pins.before(data.draw(careless_routes(asked))))
    answer = assemble(asked, travel, problem, trips, None, engine="hand", seed=0)
    found = {v.code for v in check(asked, answer, travel).violations}
    if ViolationCode.NO_PATH not in found:  # such a leg has no time that could be right
        assert not found & FIGURES
        footprint(asked, answer, travel)
        draw(asked, answer, travel)
    assert not found & BOOKKEEPING


@settings(max_examples=150, deadline=None)
@given(whole_requests())
def test_pinned_trips_that_are_kept_break_no_limit(asked: PlanRequest) -> None:
    travel = Travel.of(asked)
    pins = settle_pins(asked, travel)
    answer = assemble(asked, travel, compile_problem(asked, travel), pins.trips, None, engine="hand", seed=0)
    assert check(asked, answer, travel).valid
