"""One test a reason: the order is left out for exactly that, and the figures that bind are in the sentence."""

import pytest

from dispatch import MapTravel, Order, PlanRequest, Rates, Reason, plan
from tests.dispatch.build import at, drone, line, matrix, order, request, rider, store

CASES: dict[Reason, tuple[PlanRequest, str]] = {
    Reason.UNKNOWN_STORE: (request(order("a", store_id="nowhere"), travel=line(100)), "'nowhere'"),
    Reason.NO_VEHICLE: (request(order("a"), riders=[], travel=line(100)), "no rider and no drone"),
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
}


@pytest.mark.parametrize("reason", CASES)
def test_reason(reason: Reason) -> None:
    asked, words = CASES[reason]
    (left_out,) = plan(asked, engine="greedy").unserved
    assert left_out.code == reason
    assert words in left_out.text


def test_busy_when_alone_it_would_fit() -> None:
    asked = request(
        order("a", promise=120, max_late_s=0),
        order("b", promise=120, max_late_s=0),
        travel=matrix([[0, 100, 100], [100, 0, 500], [100, 500, 0]]),
    )
    (left_out,) = plan(asked, engine="greedy").unserved
    assert left_out.code == Reason.BUSY


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
