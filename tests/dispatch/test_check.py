"""Every violation that the checker knows, each made by one edit of a valid plan."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from dispatch import Airspace, Plan, PlanRequest, Travel, ViolationCode, check, plan
from dispatch.planner import assemble
from dispatch.problem import compile_problem
from dispatch.timetable import Routes, RouteTrip, timetable
from tests.dispatch.build import at, drone, line, matrix, order, pinned, request, rider, sequences, store

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


def made(asked: PlanRequest, routes: Routes) -> Plan:
    """The plan that these routes are."""
    travel = Travel.of(asked)
    trips = timetable(asked, travel, routes)
    return assemble(asked, travel, compile_problem(asked, travel), trips, None, engine="hand", seed=0)


TWO = [store("s"), store("t", location=(0.01, 0.0))]
SOLO = sequences(["a"])
FLOWN = {"location": (0.0, 0.01)}

# A plan made under loose limits, and a request under whose tight ones just this is wrong with it.
TIGHT: dict[str, tuple[ViolationCode, PlanRequest, Routes, PlanRequest]] = {
    "battery": (
        ViolationCode.OVER_BATTERY,
        request(order("a", **FLOWN), riders=[], drones=[drone()], travel=line(1)),
        {"d": SOLO},
        request(order("a", **FLOWN), riders=[], drones=[drone(battery_wh=5)], travel=line(1)),
    ),
    "bags": (
        ViolationCode.OVER_BAGS,
        request(order("a"), order("b"), travel=line(10, 20)),
        {"r": sequences(["a", "b"])},
        request(order("a", temperature="hot"), order("b"), riders=[rider(bags=1)], travel=line(10, 20)),
    ),
    "bags filled": (
        ViolationCode.OVER_BAGS,
        request(order("a", volume_l=41), order("b", volume_l=5), travel=line(10, 20)),
        {"r": sequences(["a", "b"])},
        request(order("a", volume_l=41), order("b", volume_l=5, temperature="frozen"), travel=line(10, 20)),
    ),
    "no bag at all": (
        ViolationCode.OVER_BAGS,
        request(order("a"), travel=line(10)),
        {"r": SOLO},
        request(order("a"), riders=[rider(bags=0)], travel=line(10)),
    ),
    "carbon cap": (
        ViolationCode.OVER_CARBON_CAP,
        request(order("a"), travel=line(600)),
        {"r": SOLO},
        request(order("a"), travel=line(600), max_gco2e_per_order=1.0),
    ),
    "another vehicle": (
        ViolationCode.VEHICLE_NOT_ALLOWED,
        request(order("a"), riders=[rider("r"), rider("q")], travel=line(10)),
        {"r": SOLO},
        request(order("a", vehicle_ids=("q",)), riders=[rider("r"), rider("q")], travel=line(10)),
    ),
    "grounded": (
        ViolationCode.CANNOT_FLY,
        request(order("a", **FLOWN), riders=[], drones=[drone()], travel=line(1)),
        {"d": SOLO},
        request(order("a", **FLOWN), riders=[], drones=[drone(grounded=True)], travel=line(1)),
    ),
    "wind": (
        ViolationCode.CANNOT_FLY,
        request(order("a", **FLOWN), riders=[], drones=[drone()], travel=line(1)),
        {"d": SOLO},
        request(order("a", **FLOWN), riders=[], drones=[drone()], travel=line(1), airspace=Airspace(wind_mps=12.1)),
    ),
    "out of stock": (
        ViolationCode.NOT_IN_STOCK,
        request(order("a"), stores=TWO, travel=line(0, 10)),
        {"r": SOLO},
        request(order("a", store_id="t"), stores=TWO, travel=line(0, 10)),
    ),
    "closed": (
        ViolationCode.STORE_CLOSED,
        request(order("a", also_at=("t",)), stores=TWO, travel=line(0, 10)),
        {"r": SOLO},
        request(order("a", also_at=("t",)), stores=[store("s", open=False), TWO[1]], travel=line(0, 10)),
    ),
    "a store of others": (
        ViolationCode.WRONG_STORE,
        request(order("a", store_id="t"), stores=TWO, riders=[rider(shared_with=("t",))], travel=line(5, 10)),
        {"r": sequences(["a"], store_id="t")},
        request(order("a", store_id="t"), stores=TWO, travel=line(5, 10)),
    ),
    "no way to the store": (
        ViolationCode.NO_PATH,
        request(order("a", store_id="t"), stores=TWO, riders=[rider(shared_with=("t",))], travel=line(5, 10)),
        {"r": sequences(["a"], store_id="t")},
        request(
            order("a", store_id="t"),
            stores=TWO,
            riders=[rider(shared_with=("t",))],
            travel=matrix([[0, None, 10], [5, 0, 5], [10, 5, 0]]),
        ),
    ),
    "a pin left out": (
        ViolationCode.PIN_BROKEN,
        request(order("a"), travel=line(10)),
        {},
        request(order("a"), travel=line(10), pinned=[pinned("a")]),
    ),
    "a pin with another sequence": (
        ViolationCode.PIN_BROKEN,
        request(order("a"), order("b"), travel=line(10, 20)),
        {"r": sequences(["a", "b"])},
        request(order("a"), order("b"), travel=line(10, 20), pinned=[pinned("b", "a")]),
    ),
    "a pin that comes second": (
        ViolationCode.PIN_BROKEN,
        request(order("a"), order("b"), travel=line(10, 20)),
        {"r": sequences(["a"], ["b"])},
        request(order("a"), order("b"), travel=line(10, 20), pinned=[pinned("b")]),
    ),
    "a pin at another time": (
        ViolationCode.PIN_BROKEN,
        request(order("a"), travel=line(10)),
        {"r": SOLO},
        request(order("a"), travel=line(10), pinned=[pinned("a", depart_at=at(60))]),
    ),
    "away until later": (
        ViolationCode.LEAVES_BEFORE_FREE,
        request(order("a"), travel=line(10)),
        {"r": SOLO},
        request(order("a"), riders=[rider(free_at=at(1))], travel=line(10)),
    ),
}


@pytest.mark.parametrize("case", TIGHT)
def test_a_plan_made_under_loose_limits_breaks_just_the_tight_one(case: str) -> None:
    code, loose, routes, tight = TIGHT[case]
    answer = made(loose, routes)
    assert check(loose, answer).valid
    assert {v.code for v in check(tight, answer).violations} == {code}


def test_an_order_that_is_on_board_can_neither_be_planned_nor_left_out() -> None:
    asked = request(order("a"), order("b"), riders=[rider(free_at=at(0), on_board=("b",))], travel=line(10, 20))
    good = made(asked, {"r": SOLO})
    assert check(asked, good).valid
    assert (good.on_board, good.summary.orders) == (("b",), 1)
    unlisted = codes(lambda p: p.update(on_board=[]), asked, good)
    assert unlisted == {"$.on_board": "on_board"}
    assert codes(lambda p: p["on_board"].append("a"), asked, good) == {"$.on_board[1]": "on_board"}
    planned = made(request(order("a"), order("b"), travel=line(10, 20)), {"r": sequences(["a", "b"])})
    found = codes(lambda p: p["summary"].update(orders=1) or p.update(on_board=["b"]), asked, planned)
    assert found == {"$.trips[0].stops[1].order_id": "on_board"}


def test_the_way_to_another_store_takes_time_and_is_counted() -> None:
    asked = request(
        order("a"),
        order("b", store_id="t"),
        stores=TWO,
        riders=[rider(shared_with=("t",))],
        travel=line(50, 10, 60),
    )
    good = made(asked, {"r": (RouteTrip("s", ("a",)), RouteTrip("t", ("b",)))})
    assert check(asked, good).valid

    def earlier(p: dict[str, Any]) -> None:
        second = p["trips"][1]
        second["depart_at"] = shift(second["depart_at"], -1)
        second["return_at"] = shift(second["return_at"], -1)
        for name in ("arrive_at", "leave_at"):
            second["stops"][0][name] = shift(second["stops"][0][name], -1)

    assert codes(earlier, asked, good) == {"$.trips[1].depart_at": "trips_overlap"}
    found = codes(lambda p: p["trips"][1]["approach_leg"].update(travel_s=0, distance_m=0), asked, good)
    assert found["$.trips[1].approach_leg.travel_s"] == "wrong_time"
    assert found["$.trips[1].approach_leg.distance_m"] == "wrong_figure"


def test_nobody_hands_over_before_the_door_opens() -> None:
    loose = request(order("a", promise=300), travel=line(100))
    tight = request(order("a", promise=300, not_before_at=at(200)), travel=line(100))
    found = {v.path: v.code for v in check(tight, made(loose, {"r": SOLO})).violations}
    assert found == {
        "$.trips[0].stops[0].arrive_at": "wrong_time",
        "$.trips[0].stops[0].leave_at": "wrong_time",
        "$.trips[0].return_at": "wrong_time",
    }
    assert check(tight, made(tight, {"r": SOLO})).valid


def test_a_pin_that_cannot_be_is_no_fault_of_the_plan() -> None:
    asked = request(order("a"), order("b"), travel=line(10, 20), pinned=[pinned("a", depart_at=at(-5))])
    assert check(asked, made(asked, {"r": sequences(["b"])})).valid


def test_faults_with_a_price_have_it() -> None:
    asked = request(order("a", promise=40, max_late_s=0, priority=2), order("b", priority=3), travel=line(100, 200))
    loose = request(order("a", promise=40, priority=2), order("b", priority=3), travel=line(100, 200))
    late = check(asked, made(loose, {"r": sequences(["a", "b"])})).violations
    assert [(v.code, v.cost) for v in late] == [("promise_broken", pytest.approx(2 * 6.0))]  # 60 s at a tenth
    document = made(loose, {"r": SOLO}).model_dump(mode="json")
    document["unserved"] = []
    missing = check(loose, Plan.model_validate(document)).violations[0]
    assert (missing.code, missing.cost) == ("order_missing", 300.0)
    assert all(v.cost is None for v in check(request(travel=line()), GOOD).violations)


def _edited(edit: Edit) -> Plan:
    document = GOOD.model_dump(mode="json")
    edit(document)
    return Plan.model_validate(document)
