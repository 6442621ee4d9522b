"""Pinned trips: made first, or refused with the limit that they break."""

from datetime import datetime
from typing import Any

import pytest

from dispatch import PlanRequest, Reason, Travel, plan
from dispatch.pins import settle_pins
from dispatch.problem import compile_problem
from tests.dispatch.build import at, drone, line, matrix, order, pinned, request, rider, sequences, store


def test_pinned_trips_come_first_and_the_rest_is_planned_after_them() -> None:
    asked = request(
        order("a"), order("b"), order("c"), travel=line(100, 50, 40), pinned=[pinned("b", "a", depart_at=at(30))]
    )
    answer = plan(asked, engine="greedy")
    assert [[stop.order_id for stop in trip.stops] for trip in answer.trips] == [["b", "a"], ["c"]]
    first, second = answer.trips
    assert first.depart_at == at(30)
    assert first.return_at == second.depart_at == at(30 + 200 + 120)
    assert answer.unserved == ()


def test_two_pins_of_a_vehicle_follow_each_other() -> None:
    asked = request(order("a"), order("b"), travel=line(100, 50), pinned=[pinned("b"), pinned("a")])
    pins = settle_pins(asked, Travel.of(asked))
    assert pins.routes == {"r": sequences(["b"], ["a"])}
    assert [trip.depart_at for trip in pins.trips] == [at(0), at(160)]


def test_vehicles_are_compiled_as_they_are_after_their_pins() -> None:
    asked = request(
        order("a", store_id="t"),
        order("b"),
        stores=[store("s"), store("t")],
        riders=[rider("q"), rider("r", shared_with=("t",))],
        drones=[drone(turnaround_s=100)],
        travel=line(50, 60, 10),
        pinned=[pinned("a", store_id="t")],
    )
    problem = compile_problem(asked, Travel.of(asked))
    q, r, _ = problem.arrays.vehicles
    assert problem.order_ids == ("b",)
    assert (r["start"], r["free_s"], r["work_s"]) == (1, 130, 130)
    assert (q["start"], q["free_s"], q["work_s"]) == (0, 0, 0)
    assert problem.fixed_cost == pytest.approx(0.7)  # 70 s of riding


LINE = {"travel": line(100)}
IMPOSSIBLE: dict[str, tuple[PlanRequest, str]] = {
    "over capacity": (
        request(order("a"), riders=[rider(capacity_orders=0)], pinned=[pinned("a")], **LINE),
        "at most 0",
    ),
    "too heavy": (request(order("a", mass_kg=31), pinned=[pinned("a")], **LINE), "31.0 kg"),
    "a broken promise": (
        request(order("a", promise=40, max_late_s=0), pinned=[pinned("a")], **LINE),
        "60 s after the promise",
    ),
    "grounded": (
        request(order("a"), drones=[drone(grounded=True)], pinned=[pinned("a", vehicle_id="d")], **LINE),
        "'d' is grounded",
    ),
    "not ready": (request(order("a", ready=50), pinned=[pinned("a", depart_at=at(40))], **LINE), "'a' is ready"),
    "in the past": (request(order("a"), pinned=[pinned("a", depart_at=at(-1))], **LINE), "can leave"),
    "not back yet": (
        request(order("a"), riders=[rider(free_at=at(60))], pinned=[pinned("a", depart_at=at(40))], **LINE),
        "can leave",
    ),
    "after the shift": (
        request(order("a"), riders=[rider(shift_end_at=at(200))], pinned=[pinned("a")], **LINE),
        "after the shift of 'r' ends",
    ),
    "no way": (request(order("a"), travel=matrix([[0, None], [1, 0]]), pinned=[pinned("a")]), "no path"),
    "closed": (request(order("a"), stores=[store(open=False)], pinned=[pinned("a")], **LINE), "'s' is closed"),
    "another store": (
        request(order("a", store_id="nowhere"), pinned=[pinned("a")], **LINE),
        "in stock at ['nowhere']",
    ),
    "another vehicle": (request(order("a", vehicle_ids=("q",)), pinned=[pinned("a")], **LINE), "['q'] only"),
}


@pytest.mark.parametrize("case", IMPOSSIBLE)
def test_a_pinned_trip_that_cannot_be_leaves_its_orders_out_and_names_the_limit(case: str) -> None:
    asked, words = IMPOSSIBLE[case]
    (left_out,) = plan(asked, engine="greedy").unserved
    assert left_out.code == Reason.PIN_IMPOSSIBLE
    assert words in left_out.text


def test_an_impossible_pin_leaves_the_rest_planned_and_the_next_pin_made() -> None:
    asked = request(
        order("a", mass_kg=99),
        order("b"),
        order("c"),
        order("d"),
        travel=line(10, 20, 30, 40),
        pinned=[pinned("a", "b"), pinned("c")],
    )
    answer = plan(asked, engine="greedy")
    assert [item.order_id for item in answer.unserved] == ["a", "b"]
    assert [[stop.order_id for stop in trip.stops] for trip in answer.trips] == [["c"], ["d"]]
    assert answer.cost.unserved == 200


@pytest.mark.parametrize("leaves", [None, at(100.25)])
def test_a_trip_after_a_pin_starts_on_a_whole_second(leaves: datetime | None) -> None:
    asked = request(order("a"), order("b"), travel=line(10, 20), pinned=[pinned("a", depart_at=leaves)])
    answer: Any = plan(asked, engine="greedy")
    assert answer.verdict.valid
    assert answer.trips[1].depart_at == (at(80) if leaves is None else at(181))
