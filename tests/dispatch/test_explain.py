"""One test a reason: the order is left out for exactly that, and the figures that bind are in the sentence."""

import pytest

from dispatch import MapTravel, Order, PlanRequest, Rates, Reason, Travel, Unserved, plan
from dispatch.explain import MAX_REASONS, NEAREST, explain
from dispatch.problem import compile_problem
from dispatch.request import Airspace, PinnedTrip
from tests.dispatch.build import at, drone, line, matrix, order, request, rider, store

TWO_STORES = [store("s"), store("t")]

CASES: dict[Reason, tuple[PlanRequest, str]] = {
    Reason.UNKNOWN_STORE: (request(order("a", store_id="nowhere"), travel=line(100)), "'nowhere'"),
    Reason.NO_VEHICLE: (request(order("a"), riders=[], travel=line(100)), "no rider and no drone rides for store 's'"),
    Reason.NO_ROOM: (request(order("a"), riders=[rider(capacity_orders=0)], travel=line(100)), "carries no orders"),
    Reason.TOO_HEAVY: (request(order("a", mass_kg=31), travel=line(100)), "31 kg; 'r' carries 30 kg"),
    Reason.TOO_BULKY: (request(order("a", volume_l=81), travel=line(100)), "81 l; 'r' carries 80 l"),
    Reason.NO_PATH: (request(order("a"), travel=matrix([[0, None], [5, 0]])), "no way for 'r'"),
    Reason.OUT_OF_RANGE: (
        request(order("a", location=(0.0, 0.1)), riders=[], drones=[drone(range_m=9000)], travel=line(1)),
        "22239 m out and back; 'd' flies 9000 m",
    ),
    Reason.SHIFT_ENDS: (
        request(order("a"), riders=[rider(shift_end_at=at(200))], travel=line(100)),
        "1.0 min after its shift ends",  # back at 260 s
    ),
    Reason.PROMISE_MISSED: (
        request(order("a", promise=40, max_late_s=0), travel=line(100)),
        "1.0 min after the promise",
    ),
    Reason.NOT_WORTH_IT: (request(order("a", promise=-600), travel=line(100)), "leaving it out costs 100.00"),
    Reason.STORE_CLOSED: (
        request(order("a"), stores=[store(open=False)], travel=line(100)),
        "closed: store 's'; open it",
    ),
    Reason.NOT_ALLOWED: (
        request(
            order("a", vehicle_ids=("q",)), riders=[rider(), rider("q", store_id="t")], stores=TWO_STORES
        ).model_copy(update={"travel": matrix([[0, 9, 100], [9, 0, 100], [100, 100, 0]])}),
        "'r' is not among its vehicle_ids, ['q']",
    ),
    Reason.GROUNDED: (
        request(order("a"), riders=[], drones=[drone(grounded=True)], travel=line(100)),
        "'d' is grounded",
    ),
    Reason.TOO_WINDY: (
        request(order("a"), riders=[], drones=[drone()], travel=line(100), airspace=Airspace(wind_mps=12.5)),
        "the wind blows at 12.5 m/s; 'd' flies up to 12 m/s",
    ),
    Reason.NO_LANDING: (
        request(
            order("a"),
            riders=[],
            drones=[drone()],
            travel=line(100),
            airspace=Airspace(landing_sites=[(0.01, 0.0)], landing_reach_m=80),
        ),
        "no landing site for 'd' lies within 80 m of the door",
    ),
    Reason.NO_BAG: (request(order("a"), riders=[rider(bags=0)], travel=line(100)), "'r' has no bag"),
    Reason.OUT_OF_BATTERY: (
        request(order("a", location=(0.0, 0.02)), riders=[], drones=[drone(battery_wh=9)], travel=line(1)),
        "Wh out and back; the battery of 'd' holds 9.0 Wh",
    ),
    Reason.TOO_MUCH_CARBON: (
        request(order("a"), max_gco2e_per_order=0.5, travel=line(900)),
        "gCO2e alone with 'r'; 0.5 gCO2e an order are allowed",
    ),
}


def alone(asked: PlanRequest) -> Unserved:
    """Why its one order is left out of a plan without trips."""
    travel = Travel.of(asked)
    ((left_out,), late) = explain(asked, travel, compile_problem(asked, travel), ())
    assert late == ()
    return left_out


@pytest.mark.parametrize("reason", CASES)
def test_reason(reason: Reason) -> None:
    asked, words = CASES[reason]
    left_out = alone(asked)
    assert left_out.code == reason
    assert words in left_out.text


def test_an_impossible_pin_names_the_limit_that_its_trip_breaks() -> None:
    asked = request(
        order("a"),
        order("b", mass_kg=31),
        travel=line(100, 110),
        pinned=[PinnedTrip(vehicle_id="r", order_ids=("a", "b"))],
    )
    answer = plan(asked, engine="greedy")
    assert {item.order_id: item.code for item in answer.unserved} == dict.fromkeys("ab", Reason.PIN_IMPOSSIBLE)
    assert "32.0 kg; 'r' carries at most 30.0 kg" in answer.unserved[0].text
    assert [item.fix for item in answer.unserved] == [None, None]


def test_every_reason_has_its_test() -> None:
    elsewhere = {Reason.BUSY, Reason.OFF_MAP, Reason.STORE_OFF_MAP, Reason.OTHER_STORE, Reason.PIN_IMPOSSIBLE}
    elsewhere |= {Reason.SET_ASIDE}  # by whoever looks after a planner that fails
    assert set(Reason) == elsewhere | set(CASES)


def test_busy_when_alone_it_would_fit() -> None:
    asked = request(
        order("a", promise=120, max_late_s=0),
        order("b", promise=120, max_late_s=0),
        travel=matrix([[0, 100, 100], [100, 0, 500], [100, 500, 0]]),
    )
    (left_out,) = plan(asked, engine="greedy").unserved
    assert left_out.code == Reason.BUSY
    # There at 100 s, back at 260 s; leaving with the other at 0 s, the rider is back at 260 s too.
    words = f"from {at(0).isoformat()} to {at(260).isoformat()} it makes r/1 with 1 other"
    assert left_out.text == f"'r' could take it alone and arrive at {at(100).isoformat()}, but {words}"


def test_the_nearest_reason_speaks_for_the_order_and_every_vehicle_has_its_own() -> None:
    asked = request(
        order("a", mass_kg=5, location=(0.0, 0.01)),
        riders=[rider("r", shift_end_at=at(10)), rider("q", capacity_kg=2), rider("p", store_id="t")],
        stores=[store("s"), store("t")],
        drones=[drone(capacity_kg=1)],
        travel=matrix([[0, 9, 100], [9, 0, 100], [100, 100, 0]]),
    )
    (left_out,) = plan(asked, engine="greedy").unserved
    assert left_out.code == Reason.SHIFT_ENDS
    assert {reason.vehicle_id: reason.code for reason in left_out.vehicles} == {
        "r": Reason.SHIFT_ENDS,
        "q": Reason.TOO_HEAVY,
        "p": Reason.OTHER_STORE,
        "d": Reason.TOO_HEAVY,
    }


def test_one_bad_order_never_sinks_the_rest() -> None:
    def good(name: str) -> Order:
        return order(name)

    asked = request(
        good("a"), order("x", store_id="nowhere"), good("b"), order("y", mass_kg=1e6), travel=line(10, 20, 30, 40)
    )
    answer = plan(asked, engine="greedy")
    assert {stop.order_id for trip in answer.trips for stop in trip.stops} == {"a", "b"}
    assert {item.order_id for item in answer.unserved} == {"x", "y"}


def test_a_store_off_the_map_is_named_itself() -> None:
    asked = request(
        order("a", location=(-71.2463, -29.8981)),
        stores=[store(location=(-71.6, -29.9))],
        travel=MapTravel(),
    )
    (left_out,) = plan(asked, engine="greedy").unserved
    assert left_out.code == Reason.STORE_OFF_MAP
    assert "store 's'" in left_out.text


def test_vehicles_alike_are_one_reason() -> None:
    asked = request(order("a", mass_kg=99), riders=[rider(f"r{i}") for i in range(50)], travel=line(10))
    (left_out,) = plan(asked, engine="greedy").unserved
    assert [(reason.vehicle_id, reason.alike) for reason in left_out.vehicles] == [("r0", 49)]


def test_where_everything_is_free_an_order_is_served_rather_than_called_not_worth_it() -> None:
    free = Rates(**dict.fromkeys((name for name in Rates.model_fields if "cost" in name), 0.0))
    answer = plan(request(order("a"), rates=free, travel=line(10)), engine="greedy")
    assert answer.summary.served == 1


def test_an_order_is_explained_from_the_store_that_comes_nearest_to_serving_it() -> None:
    asked = request(
        order("a", also_at=("t",), max_late_s=0, promise=150),
        riders=[rider("r", shared_with=("t",), free_store_id="t")],
        stores=TWO_STORES,
        travel=matrix([[0, 50, None], [50, 0, 200], [None, 200, 0]]),
    )
    left_out = alone(asked)
    assert left_out.code == Reason.PROMISE_MISSED
    assert f"at {at(200).isoformat()} at the earliest, 0.8 min after the promise" in left_out.text


def test_the_way_to_the_store_counts() -> None:
    asked = request(
        order("a", max_late_s=0, promise=120),
        riders=[rider("r", shared_with=("t",), free_store_id="t")],
        stores=TWO_STORES,
        travel=matrix([[0, 60, 100], [50, 0, 200], [100, 200, 0]]),
    )
    left_out = alone(asked)
    assert left_out.code == Reason.PROMISE_MISSED
    assert at(150).isoformat() in left_out.text


def test_a_late_order_says_who_could_have_been_on_time_and_what_he_does() -> None:
    asked = request(order("a", promise=120), order("b", promise=120), travel=line(100, 110))
    answer = plan(asked, engine="greedy")
    (late,) = answer.late
    assert late.order_id == "b"
    assert late.late_s == 50  # 100 there, 60 at the door of a, 10 on
    (reason,) = late.vehicles
    assert reason.code == Reason.BUSY
    assert "0.8 min after the promise" in late.text
    assert f"arrive at {at(110).isoformat()}" in late.text


def test_an_order_that_nobody_could_have_brought_on_time_says_so() -> None:
    answer = plan(request(order("a", promise=40), travel=line(100)), engine="greedy")
    (late,) = answer.late
    assert (late.late_s, late.vehicles[0].code) == (60, Reason.PROMISE_MISSED)


def test_many_orders_and_vehicles_list_the_nearest_only() -> None:
    riders = [rider(f"r{i}", capacity_kg=1 + i / 1000) for i in range(300)]
    orders = [order(f"o{i}", mass_kg=1.25, max_late_s=0, promise=50) for i in range(200)]
    asked = request(*orders, riders=riders, travel=line(*[100] * 200))
    travel = Travel.of(asked)
    unserved, _ = explain(asked, travel, compile_problem(asked, travel), ())
    assert {len(item.vehicles) for item in unserved} == {MAX_REASONS // 200}
    nearest = [NEAREST.index(reason.code) for reason in unserved[0].vehicles]
    assert nearest.count(NEAREST.index(Reason.PROMISE_MISSED)) == 50  # those of 1.25 kg and more
