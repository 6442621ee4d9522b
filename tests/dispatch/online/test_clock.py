"""Clocks that are wrong for a while: what was measured on them is taken back."""

from datetime import timedelta
from typing import Any

import pytest

from dispatch import Rates
from dispatch.online import (
    Commit,
    Dispatcher,
    GaveUp,
    Hold,
    OrderCancelled,
    OrderPlaced,
    Overdue,
    Quoted,
    ReadyChanged,
    Rejected,
    Released,
    Restarted,
    Status,
    StopDone,
    Tick,
    TripLeft,
    TripReturned,
    VehicleDelayed,
    VehicleLocated,
)
from tests.dispatch.online.small_day import Store30, at, order, setup, the

HERE = (0.0, 0.0)
YEAR = 525_600


def test_rider_who_came_on_or_back_on_a_wrong_clock_is_used_on_the_right_one() -> None:
    back = Store30()
    back.rider()
    back.tell(OrderPlaced, 0, order=order("a", 1.0))
    back.tell(TripLeft, 0, trip_id="ana/1")
    back.tell(StopDone, 3, trip_id="ana/1", order_id="a")
    back.tell(TripReturned, 59, trip_id="ana/1")
    back.tell(Tick, 6)
    assert the(Commit, back.tell(OrderPlaced, 7, order=order("b", 1.0, placed=7))).trip.depart_at == at(7)
    on = Store30()
    on.rider(minute=YEAR)
    on.tell(Tick, 0)
    assert the(Commit, on.tell(OrderPlaced, 1, order=order("a", 1.0, placed=1))).trip.depart_at == at(1)


def test_trip_that_left_or_was_committed_on_a_wrong_clock_is_missed_on_the_right_one() -> None:
    left = Store30()
    left.rider()
    left.tell(OrderPlaced, 0, order=order("a", 1.0))
    left.tell(TripLeft, 59, trip_id="ana/1")
    left.tell(Tick, 1)
    assert left.dispatcher.state.trips["ana/1"].due_at == at(1) + left_to_door()
    assert not the(Overdue, left.tell(Tick, 20)).vanished
    assert the(GaveUp, left.tell(Tick, 81)).order_id == "a"
    committed = Store30()
    committed.tell(Tick, YEAR)
    committed.rider(minute=YEAR)
    assert the(Commit, committed.tell(OrderPlaced, YEAR, order=order("a", 1.0, placed=YEAR))).trip.id == "ana/1"
    committed.tell(Tick, 2)
    assert the(Overdue, committed.tell(Tick, 18)).vehicle_id == "ana"


def left_to_door() -> object:
    """From leaving to having handed the only order over: 100 s of a kilometre, and two minutes at the door."""
    return at(220 / 60) - at(0)


def test_news_with_a_fast_clock_finds_nobody_else_silent() -> None:
    store = Store30()
    store.rider()
    store.tell(OrderPlaced, 0, order=order("a", 1.0))
    store.rider("ben", 1)
    for minute in (52, 100):
        said = store.tell(VehicleLocated, minute, vehicle_id="ben", location=HERE)
        assert not any(isinstance(each, Overdue) for each in said)
    store.tell(Tick, 2.5)
    assert store.tell(TripLeft, 3, trip_id="ana/1") == []


def test_old_news_between_ticks_does_not_stop_the_clock() -> None:
    store = Store30()
    store.rider()
    store.tell(OrderPlaced, 0, order=order("a", 1.0))
    store.tell(TripLeft, 0, trip_id="ana/1")
    assert the(Rejected, store.tell(Tick, 600)).field == "at"
    store.tell(VehicleLocated, 1, vehicle_id="ana", location=HERE)
    store.tell(Tick, 600.2)
    assert store.dispatcher.state.now == at(600.2)


def test_order_that_nobody_was_told_of_is_quoted_after_a_restart() -> None:
    store = Store30()
    store.rider()
    placed = OrderPlaced(id="o", at=at(0), order=order("a", 1.0, ready=10))
    assert store.dispatcher.handle(placed, looks=0) == ()
    again = Dispatcher(setup())
    for event, decisions in (*store.told, (placed, ())):
        again.recall(event, decisions)
    assert again.state == store.dispatcher.state
    restarted = Restarted(id="r", at=at(1))
    said = list(again.handle(restarted))
    assert (the(Hold, said).until, the(Quoted, said).order_id) == (at(10), "a")
    assert said == list(store.dispatcher.handle(restarted))


def test_trip_of_a_wrong_clock_stays_on_the_right_one_whatever_small_news_comes() -> None:
    for kind, fields in (
        (VehicleDelayed, {"vehicle_id": "ana", "by_s": 60}),
        (OrderCancelled, {"order_id": "b"}),
        (ReadyChanged, {"order_id": "b", "ready_at": at(4)}),
    ):
        store = Store30(rates=Rates(unserved_cost=1e9))
        store.rider()
        for name in ("a", "b"):
            store.tell(OrderPlaced, 0, order=order(name, 1.0, ready=3))
        for _ in range(2):
            store.tell(Tick, 4_320)
        assert len(store.dispatcher.state.trips["ana/1"].open_orders) == 2
        store.tell(Tick, 1)
        store.tell(kind, 2, **fields)
        assert store.dispatcher.state.trips["ana/1"].due_at < at(10)
        assert store.dispatcher.state.vehicles["ana"].free_at < at(20)


def test_rider_who_was_delayed_or_released_on_a_wrong_clock_is_idle_on_the_right_one() -> None:
    delayed = Store30()
    delayed.rider()
    delayed.tell(VehicleDelayed, 59, vehicle_id="ana", by_s=60)
    delayed.tell(Tick, 1)
    assert the(Commit, delayed.tell(OrderPlaced, 2, order=order("a", 1.0, placed=2))).trip.depart_at == at(2)
    released = Store30(rates=Rates(unserved_cost=1e9))
    released.rider()
    released.tell(Tick, 4_320)
    released.tell(OrderPlaced, 0, order=order("a", 1.0))
    released.tell(OrderCancelled, 0, order_id="a")
    released.tell(Tick, 1)
    assert the(Commit, released.tell(OrderPlaced, 2, order=order("b", 1.0, placed=2))).trip.depart_at == at(2)
    later = Store30()
    later.rider(minute=59, free_at=at(100))
    later.tell(Tick, 1)
    assert later.dispatcher.state.vehicles["ana"].free_at == at(100)


def test_trip_of_a_wrong_clock_waits_for_what_is_not_packed_on_the_right_one() -> None:
    store = Store30()
    store.rider()
    store.tell(OrderPlaced, 0, order=order("a", 1.0, ready=9, promised_at=at(60)))
    the(Commit, store.tell(Tick, 40))
    assert the(Quoted, store.tell(Tick, 0)).arrive_at == at(9) + timedelta(seconds=100)
    assert store.tell(Tick, 10) == []
    the(Overdue, store.tell(Tick, 24))


@pytest.mark.parametrize("changes", [{"ready": 180}, {"not_before_at": at(180)}])
def test_order_of_a_wrong_clock_that_could_not_go_for_long_is_open_on_the_right_one(changes: dict[str, Any]) -> None:
    store = Store30()
    store.rider()
    store.tell(OrderPlaced, 0, order=order("a", 1.0, promised_at=at(200), **changes))
    the(Commit, store.tell(Tick, 180))
    said = store.tell(Tick, 0)
    assert the(Released, said).order_ids == ("a",)
    assert all(each.arrive_at == at(180) for each in said if isinstance(each, Quoted))
    assert store.status("a") is Status.OPEN
