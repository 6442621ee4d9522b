"""Every violation that the checker knows, each made by one edit of a valid plan."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from dispatch import Plan, check, plan
from tests.dispatch.build import at, drone, line, matrix, order, request, rider

ASKED = request(
    order("a", promise=150, max_late_s=0),
    order("b", mass_kg=20.0, volume_l=30.0),
    order("c", ready=900, mass_kg=20.0, volume_l=60.0),
    riders=[rider("r", capacity_orders=2, shift_end_at=at(7200)), rider("q", free_at=at(3600))],
    travel=line(100, 200, 300),
)
GOOD = plan(ASKED, engine="greedy")

Edit = Callable[[dict[str, Any]], None]


def codes(edit: Edit, asked: Any = ASKED, good: Plan = GOOD) -> dict[str, str]:
    """The violations that an edit of a good plan's JSON brings, by path."""
    document = good.model_dump(mode="json")
    edit(document)
    return {v.path: v.code for v in check(asked, Plan.model_validate(document)).violations}


def shift(moment: str, seconds: int) -> str:
    return (datetime.fromisoformat(moment) + timedelta(seconds=seconds)).isoformat()


def test_the_unedited_plan_is_valid() -> None:
    assert GOOD.verdict.valid
    assert codes(lambda _: None) == {}
    assert [(trip.vehicle_id, [stop.order_id for stop in trip.stops]) for trip in GOOD.trips] == [
        ("r", ["a", "b"]),
        ("r", ["c"]),
    ]


def test_a_stop_moved_by_a_minute() -> None:
    def edit(p: dict[str, Any]) -> None:
        p["trips"][0]["stops"][1]["arrive_at"] = shift(p["trips"][0]["stops"][1]["arrive_at"], 60)

    assert codes(edit) == {"$.trips[0].stops[1].arrive_at": "wrong_time"}


def test_an_order_in_no_list() -> None:
    found = codes(lambda p: p["trips"][0]["stops"].pop())
    assert found["$"] == "order_missing"


def test_an_order_twice() -> None:
    found = codes(lambda p: p["unserved"].append({"order_id": "a", "code": "busy", "text": ""}))
    assert found["$.unserved[0].order_id"] == "order_twice"


def test_an_order_that_nobody_placed() -> None:
    found = codes(lambda p: p["trips"][0]["stops"][0].update(order_id="z"))
    assert found["$.trips[0].stops[0].order_id"] == "order_unknown"


def test_a_vehicle_that_nobody_has() -> None:
    assert codes(lambda p: p["trips"][0].update(vehicle_id="z"))["$.trips[0].vehicle_id"] == "vehicle_unknown"


def test_an_empty_trip() -> None:
    assert codes(lambda p: p["trips"][0].update(stops=[]))["$.trips[0].stops"] == "empty_trip"


def test_an_overloaded_rider() -> None:
    def edit(p: dict[str, Any]) -> None:
        p["trips"][0]["stops"] += p["trips"][1]["stops"]

    found = check(ASKED, _edited(edit)).violations
    assert {"over_orders", "over_mass", "over_volume", "leaves_before_ready"} <= {v.code for v in found}


def test_two_trips_of_one_id() -> None:
    assert codes(lambda p: p["trips"][1].update(id=p["trips"][0]["id"])) == {"$.trips[1].id": "trip_twice"}


def test_trips_that_overlap() -> None:
    found = codes(lambda p: p["trips"][1].update(depart_at=at(300).isoformat()))
    assert found["$.trips[1].depart_at"] in {"trips_overlap", "leaves_before_ready"}


def test_a_rider_who_is_not_free_yet() -> None:
    assert codes(lambda p: p["trips"][1].update(vehicle_id="q"))["$.trips[1].depart_at"] == "leaves_before_free"


def test_leaving_before_now() -> None:
    found = check(ASKED, _edited(lambda p: p["trips"][0].update(depart_at=at(-60).isoformat()))).violations
    assert {v.code for v in found if v.path == "$.trips[0].depart_at"} == {"leaves_before_free", "leaves_before_ready"}


@pytest.mark.parametrize("figure", ["travel_s", "distance_m", "battery_wh", "transport_gco2e"])
def test_a_changed_figure_of_a_trip(figure: str) -> None:
    found = codes(lambda p: p["trips"][0].update({figure: p["trips"][0][figure] + 1}))
    assert found[f"$.trips[0].{figure}"] == "wrong_figure"


@pytest.mark.parametrize(
    "figure", ["orders", "served", "late", "late_s", "unserved", "trips", "travel_s", "distance_m"]
)
def test_a_changed_figure_of_the_summary(figure: str) -> None:
    assert codes(lambda p: p["summary"].update({figure: p["summary"][figure] + 1})) == {
        f"$.summary.{figure}": "wrong_figure"
    }


@pytest.mark.parametrize("term", ["riding", "distance", "trips", "lateness", "unserved", "carbon", "total"])
def test_a_changed_term_of_the_cost(term: str) -> None:
    assert codes(lambda p: p["cost"].update({term: p["cost"][term] + 1})) == {f"$.cost.{term}": "wrong_figure"}


def test_a_leg_shorter_than_the_way() -> None:
    found = codes(lambda p: p["trips"][0]["return_leg"].update(travel_s=1))
    assert found["$.trips[0].return_leg.travel_s"] == "wrong_time"


def test_another_now_and_another_currency() -> None:
    assert codes(lambda p: p.update(now=at(1).isoformat())) == {"$.now": "wrong_time"}
    assert codes(lambda p: p.update(currency="EUR")) == {"$.currency": "wrong_figure"}


def test_limits_of_a_hand_made_plan() -> None:
    """A plan made under loose limits is judged under tight ones."""
    loose = request(order("a"), travel=line(400))
    made = plan(loose, engine="greedy")
    tight = request(
        order("a", promise=300, max_late_s=30), riders=[rider(shift_end_at=at(600), store_id="s")], travel=line(400)
    )
    found = {v.code for v in check(tight, made).violations}
    assert {"promise_broken", "after_shift"} <= found


def test_a_drone_beyond_its_range() -> None:
    def asked(range_m: float) -> Any:
        return request(order("a", location=(0.0, 0.01)), riders=[], drones=[drone(range_m=range_m)], travel=line(1))

    made = plan(asked(3000), engine="greedy")
    assert {v.code for v in check(asked(2000), made).violations} == {"over_range"}


def test_no_path() -> None:
    made = plan(request(order("a"), travel=line(100)), engine="greedy")
    cut = request(order("a"), travel=matrix([[0, None], [100, 0]]))
    assert {v.code for v in check(cut, made).violations} == {"no_path"}


def _edited(edit: Edit) -> Plan:
    document = GOOD.model_dump(mode="json")
    edit(document)
    return Plan.model_validate(document)
