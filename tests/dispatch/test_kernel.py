"""The compiled arithmetic: what it keeps up to date is what it would compute afresh, and its short cuts are sound."""

import numpy as np
import pytest
from hypothesis import given, settings

from dispatch import PlanRequest, Travel
from dispatch.engines.draft import draft_of, hints_of, routes_of
from dispatch.engines.insertion import _added, _added_trip, insert_all
from dispatch.engines.kernel import NOBODY, Draft, bags_suffice, empty_draft, put, total_cost
from dispatch.engines.pool import Pool, empty_pool
from dispatch.engines.ruin import BEST, CURRENT, Scratch, anneal, copy_draft
from dispatch.objective import transport_gco2e
from dispatch.problem import WH, Problem, compile_problem
from dispatch.request import Temperature
from dispatch.timetable import RouteTrip
from tests.dispatch.build import at, line, matrix, order, request, rider, store
from tests.dispatch.random_requests import whole_requests

BOUNDLESS = 1e12


def compiled(asked: PlanRequest) -> Problem:
    return compile_problem(asked, Travel.of(asked))


def nothing_to_plan(problem: Problem) -> bool:
    return not problem.order_ids or not problem.vehicle_ids


def greedy_draft(problem: Problem) -> Draft:
    draft = draft_of(problem, {})
    insert_all(problem.arrays, draft, np.arange(len(problem.order_ids)), hints_of(problem, 30))
    return draft


def copied(problem: Problem, draft: Draft) -> Draft:
    again = empty_draft(problem.arrays)
    copy_draft(draft, again)
    return again


def annealed(problem: Problem, iterations: int, pool: Pool) -> tuple[Draft, Draft, tuple[float, float]]:
    """The current draft, the best one, and what the search says they cost."""
    a = problem.arrays
    n, v = len(a.orders), len(a.vehicles)
    draft = greedy_draft(problem)
    best = copied(problem, draft)
    scratch = Scratch(
        saved=empty_draft(a),
        removed=np.zeros(n, dtype=np.int64),
        key=np.zeros(n),
        missed=np.zeros(n),
        touched=np.zeros(v, dtype=np.int64),
        is_touched=np.zeros(v, dtype=np.bool_),
    )
    costs = np.full(2, total_cost(a, draft))
    rng = np.array([20261122], dtype=np.uint64)
    anneal(a, draft, best, scratch, pool, hints_of(problem, 30), rng, iterations, 30.0, 3.0, costs)
    return draft, best, (float(costs[CURRENT]), float(costs[BEST]))


@settings(max_examples=200, deadline=None)
@given(whole_requests())
def test_what_annealing_keeps_is_what_timing_afresh_gives(asked: PlanRequest) -> None:
    problem = compiled(asked)
    if nothing_to_plan(problem):
        return
    *drafts, costs = annealed(problem, 60, empty_pool(0, 0))
    for draft, cost in zip(drafts, costs, strict=True):
        fresh = draft_of(problem, routes_of(problem, draft))
        assert total_cost(problem.arrays, fresh) == pytest.approx(cost)
        assert fresh.n_trips.tolist() == draft.n_trips.tolist()
        carried = fresh.seats["vehicle"] != NOBODY
        assert (carried == (draft.seats["vehicle"] != NOBODY)).all()
        assert fresh.seats[carried].tolist() == draft.seats[carried].tolist()
        for v in range(len(draft.n_trips)):
            for p in range(draft.n_trips[v]):
                n_stops = draft.trips[v, p]["n_stops"]
                assert fresh.trips[v, p].tolist() == pytest.approx(draft.trips[v, p].tolist())
                assert fresh.times[v, p, :n_stops] == pytest.approx(draft.times[v, p, :n_stops])


def loads_fit(problem: Problem, v: int, orders: list[int]) -> bool:
    """Whether a vehicle holds the orders at once, by the figures and by the bags."""
    a, spare = problem.arrays, empty_draft(problem.arrays)
    vehicle, rows = a.vehicles[v], a.orders[orders]
    if len(orders) > vehicle["capacity_orders"]:
        return False
    spare.stops[v, 0, : len(orders)] = orders
    return bool(
        rows["mass_kg"].sum() <= vehicle["capacity_kg"]
        and rows["volume_l"].sum() <= vehicle["capacity_l"]
        and bags_suffice(a, spare, v, 0, len(orders), NOBODY)
    )


def without(problem: Problem, draft: Draft, o: int) -> Draft:
    """The draft with one order taken out, and trips that cannot be without it."""
    name = problem.order_ids[o]
    return draft_of(
        problem,
        {
            vehicle_id: [
                trip._replace(orders=left) for trip in trips if (left := tuple(x for x in trip.orders if x != name))
            ]
            for vehicle_id, trips in routes_of(problem, draft).items()
        },
    )


def compare_places(problem: Problem, draft: Draft, o: int, *, costs_too: bool) -> None:
    """Hold what is said of every place for order ``o``, which nobody carries, against what comes of it."""
    a = problem.arrays
    for v in np.flatnonzero(a.may[o]):
        before = draft.trips[v, : draft.n_trips[v]]["cost"].sum()
        for p in range(draft.n_trips[v]):
            trip = draft.trips[v, p]
            held = draft.stops[v, p, : trip["n_stops"]].tolist()
            if not a.stocked[o, trip["store"]] or not loads_fit(problem, v, [*held, o]):
                continue  # ``cheapest`` looks at these before it asks
            for stop in range(trip["n_stops"] + 1):
                after = put(a, copied(problem, draft), o, v, p, stop, 0)
                said = _added(a, draft, o, v, p, stop, BOUNDLESS)
                assert np.isfinite(after) == np.isfinite(said)
                assert not costs_too or not np.isfinite(after) or said == pytest.approx(after - before)
        for at_store in np.flatnonzero(a.serves[v] & a.stocked[o]):
            for p in range(draft.n_trips[v] + 1):
                after = put(a, copied(problem, draft), o, v, p, -1, at_store)
                said = _added_trip(a, draft, o, v, p, at_store, BOUNDLESS)
                assert np.isfinite(after) == np.isfinite(said)
                assert not costs_too or not np.isfinite(after) or said == pytest.approx(after - before)


@settings(max_examples=200, deadline=None)
@given(whole_requests(max_orders=6))
def test_a_place_is_refused_just_if_it_breaks_a_limit(asked: PlanRequest) -> None:
    problem = compiled(asked)
    if nothing_to_plan(problem):
        return
    draft = greedy_draft(problem)
    for o in range(len(problem.order_ids)):
        compare_places(problem, without(problem, draft, o), o, costs_too=False)


@settings(max_examples=200, deadline=None)
@given(whole_requests(max_orders=6, metric=True))
def test_on_true_streets_a_place_adds_what_it_is_said_to_add(asked: PlanRequest) -> None:
    rates = asked.rates.model_copy(update={"carbon_cost_per_kg": 0.0, "fairness_cost_per_h": 0.0})
    problem = compiled(asked.model_copy(update={"rates": rates}))
    if nothing_to_plan(problem):
        return
    draft = greedy_draft(problem)
    for o in range(len(problem.order_ids)):
        compare_places(problem, without(problem, draft, o), o, costs_too=True)


def trip_of(problem: Problem, *order_ids: str, start: str = "s") -> Draft:
    return draft_of(problem, {"r": [RouteTrip(start, order_ids)]})


def test_a_vehicle_waits_at_the_door_and_the_wait_swallows_delays() -> None:
    waits = order("b", not_before_at=at(1000), promise=1100)
    problem = compiled(request(order("a", promise=1800), waits, travel=line(100, 200)))
    draft = trip_of(problem, "a", "b")
    times = draft.times[0, 0, :2].tolist()
    # It reaches a at 100 and leaves at 160; at b it would be at 260, so b's handover begins at 1000, 740 s of room and
    # 100 s to the promise later.
    assert times == [[100.0, np.inf, 840.0], [1000.0, np.inf, 840.0]]
    assert draft.trips[0, 0]["again_s"] == 1260.0
    assert draft.trips[0, 0]["cost"] == pytest.approx(4.0)  # 400 s of riding: waiting costs nothing


def test_a_trip_from_another_store_begins_with_the_way_there() -> None:
    stores = [store("s"), store("t", location=(0.01, 0.01))]
    # The stores and the order lie along one street, at 0, 300 and 400 s.
    places = (0.0, 300.0, 400.0)
    rows: list[list[float | None]] = [[abs(x - y) for y in places] for x in places]
    asked = request(
        order("a", store_id="t", ready=350), stores=stores, riders=[rider(shared_with=("t",))], travel=matrix(rows)
    )
    problem = compiled(asked)
    (trip,) = trip_of(problem, "a", start="t").trips[0, :1]
    assert (trip["leaves_s"], trip["again_s"], trip["work_s"]) == (350.0, 610.0, 560.0)
    assert trip["metres"] == 500 * 5.0
    assert trip["cost"] == pytest.approx(5.0)


@pytest.mark.parametrize(("litres", "fits"), [((39.0, 40.0), True), ((41.0, 1.0), False)])
def test_each_temperature_takes_its_own_bags(litres: tuple[float, float], *, fits: bool) -> None:
    warm = order("a", temperature=Temperature.HOT, volume_l=litres[0])
    cold = order("b", temperature=Temperature.FROZEN, volume_l=litres[1])
    problem = compiled(request(warm, cold, travel=line(100, 200)))
    assert trip_of(problem, "a", "b").n_trips[0] == int(fits)


def test_two_orders_that_no_cap_lets_go_alone_go_together() -> None:
    # Each may emit 0.7 times what one alone does; two neighbours emit little more than one.
    alone = request(order("a"), order("b"), travel=line(200, 201))
    problem = compiled(alone)
    assert trip_of(problem, "a").n_trips[0] == 1
    wh = problem.arrays.legs[0, 0, 1, WH] * 2
    problem = compiled(alone.model_copy(update={"max_gco2e_per_order": 0.7 * transport_gco2e(wh, "CL")}))
    assert trip_of(problem, "a").n_trips[0] == 0
    assert greedy_draft(problem).seats["vehicle"].tolist() == [0, 0]


def test_an_order_that_is_reached_through_another_goes_with_it() -> None:
    # b is reached through a only, and a is left through b only: neither can go alone.
    rows: list[list[float | None]] = [[0, 100, None], [None, 0, 50], [150, 50, 0]]
    draft = greedy_draft(compiled(request(order("a"), order("b"), travel=matrix(rows))))
    assert draft.seats["vehicle"].tolist() == [0, 0]
    assert draft.seats["stop"].tolist() == [0, 1]


def test_the_pool_keeps_the_cheapest_sequence_of_each_set_of_orders() -> None:
    asked = request(*(order(f"o{i}", promise=600 + 100 * i) for i in range(12)), travel=line(*range(50, 650, 50)))
    problem = compiled(asked)
    pool = empty_pool(1000, 5)
    annealed(problem, 2000, pool)
    held = np.flatnonzero(pool.key)
    assert len(held) > 20
    sets = [frozenset(pool.stops[slot, : pool.n_stops[slot]].tolist()) for slot in held]
    assert len(set(sets)) == len(sets)
    for slot in held:
        names = tuple(problem.order_ids[o] for o in pool.stops[slot, : pool.n_stops[slot]])
        (trip,) = trip_of(problem, *names).trips[0, :1]
        assert trip["cost"] <= pool.cost[slot] + 1e-9  # alone it leaves no later than it did then


def test_a_full_pool_goes_on_and_an_empty_one_keeps_nothing() -> None:
    asked = request(*(order(f"o{i}") for i in range(12)), travel=line(*range(50, 650, 50)))
    small, none = empty_pool(8, 5), empty_pool(0, 5)
    with_small = annealed(compiled(asked), 500, small)[2]
    assert annealed(compiled(asked), 500, none)[2] == with_small
    assert (small.key != 0).all()
    assert len(none.key) == 0
