"""Plans made by hand: timed as the engine's, judged, priced, and never refused for being bad."""

import pytest
from hypothesis import given, settings
from pydantic import ValidationError

from dispatch import CheckRequest, PlanRequest, RequestError, SketchTrip, check, evaluate, plan
from dispatch.request import PinnedTrip
from tests.dispatch.build import NOW, at, line, order, request, rider, store
from tests.dispatch.random_requests import requests


def trip(vehicle_id: str, *order_ids: str, **fields: object) -> SketchTrip:
    return SketchTrip.model_validate({"vehicle_id": vehicle_id, "order_ids": order_ids} | fields)


def test_sketch_is_timed_and_priced_by_hand() -> None:
    asked = request(order("a"), order("b"), riders=[rider("r"), rider("q")], travel=line(100, 150))
    made = evaluate(asked, [trip("q", "b", depart_at=at(50)), trip("r", "a")])
    assert made.verdict.valid
    assert [each.vehicle_id for each in made.trips] == ["q", "r"], "in the sketch's sequence"
    assert [each.stops[0].arrive_at for each in made.trips] == [at(200), at(100)]
    assert made.trips[0].return_at == at(50 + 150 + 60 + 150)
    assert made.cost.riding == pytest.approx(5.0)  # 500 s at a hundredth
    assert (made.engine, made.summary.served, made.unserved) == ("hand", 2, ())


def test_violations_are_listed_and_priced() -> None:
    asked = request(
        order("a", promise=40, max_late_s=0),
        order("b", mass_kg=31, priority=3),
        order("c", ready=30),
        riders=[rider("r", shift_end_at=at(100))],
        travel=line(100, 150, 10),
    )
    made = evaluate(asked, [trip("r", "a", "c", depart_at=at(0))])
    found = {(each.code, each.path, each.cost) for each in made.verdict.violations}
    assert found == {
        ("promise_broken", "$.trips[0].stops[0].arrive_at", 6.0),  # a minute at a tenth a second
        ("leaves_before_ready", "$.trips[0].depart_at", None),
        ("after_shift", "$.trips[0].return_at", None),
    }
    assert made.cost.lateness == pytest.approx(6.0)
    assert made.cost.unserved == pytest.approx(300.0)  # b, of priority 3
    assert [(item.order_id, item.code) for item in made.unserved] == [("b", "too_heavy")]
    assert [item.order_id for item in made.late] == ["a"]


def test_what_the_request_does_not_know_is_left_out_and_named_where_the_sketch_has_it() -> None:
    asked = request(order("a"), order("b", promise=40, max_late_s=0), travel=line(100, 150))
    made = evaluate(
        asked, [trip("x", "a"), trip("r", "z", "b", "y"), trip("r", "a", store_id="nowhere"), trip("r"), trip("r", "b")]
    )
    found = [(each.code, each.path) for each in made.verdict.violations]
    assert ("vehicle_unknown", "$.trips[0].vehicle_id") in found
    assert ("order_unknown", "$.trips[1].stops[0].order_id") in found
    assert ("order_unknown", "$.trips[1].stops[2].order_id") in found
    assert ("promise_broken", "$.trips[1].stops[1].arrive_at") in found
    assert ("wrong_store", "$.trips[2].store_id") in found
    assert ("empty_trip", "$.trips[3].stops") in found
    assert ("order_twice", "$.trips[4].stops[0].order_id") in found
    assert [item.order_id for item in made.unserved] == ["a"]


def test_pinned_trips_are_the_sketchs_to_make() -> None:
    asked = request(
        order("a"), order("b"), travel=line(100, 150), pinned=[PinnedTrip(vehicle_id="r", order_ids=("b",))]
    )
    kept = evaluate(asked, [trip("r", "b"), trip("r", "a")])
    broken = evaluate(asked, [trip("r", "a")])
    assert kept.verdict.valid
    assert {each.code for each in broken.verdict.violations} == {"pin_broken"}
    assert [item.order_id for item in broken.unserved] == ["b"]


def test_orders_on_board_are_no_ones_to_take() -> None:
    asked = request(order("a"), order("b"), riders=[rider(on_board=("b",), free_at=at(60))], travel=line(100, 150))
    made = evaluate(asked, [trip("r", "a", "b")])
    assert {each.code for each in made.verdict.violations} == {"on_board"}


@settings(max_examples=40, deadline=None)
@given(requests())
def test_an_engines_plan_sketched_again_is_the_same_plan(asked: PlanRequest) -> None:
    made = plan(asked, engine="greedy", fixes=False)
    again = evaluate(asked, made)
    assert again.verdict.valid
    assert (again.trips, again.cost, again.summary) == (made.trips, made.cost, made.summary)
    sketched = evaluate(
        asked, [trip(t.vehicle_id, *(s.order_id for s in t.stops), store_id=t.store_id) for t in made.trips]
    )
    assert [each.stops for each in sketched.trips] == [each.stops for each in made.trips]


def test_a_whole_plan_is_judged_as_it_stands() -> None:
    asked = request(order("a"), travel=line(100))
    made = plan(asked, engine="greedy")
    lying = made.model_copy(update={"cost": made.cost.model_copy(update={"total": 0.0})})
    answer = evaluate(asked, lying)
    assert answer.cost.total == pytest.approx(made.cost.total)
    assert answer.verdict == check(asked, lying)
    assert [each.path for each in answer.verdict.violations] == ["$.cost.total"]


def test_a_bad_request_is_still_refused() -> None:
    asked = PlanRequest(now=NOW, stores=[store()], riders=[rider(store_id="x")])
    with pytest.raises(RequestError, match="no store has the id 'x'"):
        evaluate(asked, [])


def test_exactly_one_of_trips_and_plan() -> None:
    asked = request(order("a"), travel=line(100))
    with pytest.raises(ValidationError, match="exactly one of trips and plan"):
        CheckRequest(request=asked)
    with pytest.raises(ValidationError, match="exactly one of trips and plan"):
        CheckRequest(request=asked, trips=(), plan=plan(asked, engine="greedy"))
