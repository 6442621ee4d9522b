import pytest

from dispatch import Reason, RequestError, quote
from tests.dispatch.build import at, drone, line, matrix, order, pinned, request, rider, store


def test_a_free_rider_keeps_the_promise() -> None:
    answer = quote(request(travel=line(100)), order("new", promise=600))
    assert answer.promised
    assert (answer.vehicle_id, answer.depart_at, answer.arrive_at) == ("r", at(0), at(100))
    assert answer.extra_cost == pytest.approx(2.0)
    assert answer.earliest_at == at(100)


def test_an_order_that_would_make_another_late_is_not_promised() -> None:
    """The only rider just keeps the promise at one end of the street; the new address is at the other."""
    asked = request(
        order("a", promise=300, max_late_s=None), travel=matrix([[0, 300, 250], [300, 0, 550], [250, 550, 0]])
    )
    answer = quote(asked, order("new", promise=300))
    assert not answer.promised
    assert answer.code == Reason.BUSY
    assert answer.earliest_at == at(300 + 60 + 300 + 250)  # after the first trip


def test_the_earliest_arrival_is_told_when_the_promise_is_too_tight() -> None:
    answer = quote(request(travel=line(400)), order("new", promise=300))
    assert not answer.promised
    assert answer.code == Reason.PROMISE_MISSED
    assert answer.earliest_at == at(400)


def test_nobody_can_carry_it() -> None:
    answer = quote(request(travel=line(10)), order("new", mass_kg=99))
    assert (answer.promised, answer.code, answer.earliest_at) == (False, Reason.TOO_HEAVY, None)


def test_a_drone_may_be_the_one_who_can() -> None:
    asked = request(drones=[drone()], riders=[rider(free_at=at(3600))], travel=line(500))
    answer = quote(asked, order("new", promise=300, location=(0.0, 0.009)))
    assert (answer.promised, answer.vehicle_id) == (True, "d")


def test_an_id_that_is_taken_is_refused() -> None:
    with pytest.raises(RequestError, match=r"\$\.order\.id"):
        quote(request(order("a"), travel=line(1)), order("a"))


def test_pinned_trips_and_orders_on_board_stay_as_they_are() -> None:
    """The rider is back at 100 s and then makes the pinned trip of 260 s; the new order is 50 s away."""
    asked = request(
        order("a"),
        order("b"),
        riders=[rider(free_at=at(100), on_board=("b",))],
        travel=line(100, 1, 50),
        pinned=[pinned("a")],
    )
    answer = quote(asked, order("new", promise=600))
    assert (answer.promised, answer.depart_at, answer.arrive_at) == (True, at(360), at(410))
    assert answer.extra_cost == pytest.approx(1.0)


def test_an_impossible_pin_does_not_sink_a_quote() -> None:
    asked = request(order("a", mass_kg=99), travel=line(100, 50), pinned=[pinned("a")])
    assert quote(asked, order("new", promise=600)).promised


def test_a_neighbouring_store_may_be_the_one_that_can() -> None:
    stores = [store("s", open=False), store("t", location=(0.01, 0.0))]
    asked = request(stores=stores, riders=[rider(store_id="t")], travel=line(50, 60))
    answer = quote(asked, order("new", promise=600, also_at=("t",)))
    assert (answer.promised, answer.arrive_at) == (True, at(10))
