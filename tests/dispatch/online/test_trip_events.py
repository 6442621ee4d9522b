"""News of trips that were given back, that is old, or that does not come; in small days worked out by hand."""

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from dispatch import Rider
from dispatch.online import (
    Commit,
    GaveUp,
    Hold,
    OrderAssigned,
    OrderCancelled,
    OrderHeld,
    OrderPlaced,
    Overdue,
    Quoted,
    Rejected,
    Released,
    RiderOn,
    Status,
    StockOut,
    StopDone,
    StopFailed,
    Tick,
    TripLeft,
    TripReturned,
    VehicleLocated,
    VehicleLost,
    Warned,
)
from tests.dispatch.online.small_day import Store30, at, on_the_road, order, the

HERE = (0.0, 0.0)


def next_one_out() -> Store30:
    """Ana was silent, so ana/1 with a was given back at 5 and a goes with ben; she is out on ana/2 with b since 7."""
    store = Store30(silence_s=300)
    store.rider("ana")
    store.tell(OrderPlaced, 0, order=order("a", 1.0))
    store.tell(Tick, 5)
    assert the(Commit, store.rider("ben", 5.5)).trip.id == "ben/1"
    store.tell(OrderPlaced, 6, order=order("b", -1.0, placed=6, vehicle_ids=("ana",)))
    assert the(Commit, store.tell(VehicleLocated, 7, vehicle_id="ana", location=HERE)).trip.id == "ana/2"
    store.tell(TripLeft, 7, trip_id="ana/2")
    return store


@pytest.mark.parametrize(("kind", "end"), [(StopDone, Status.DELIVERED), (StopFailed, Status.FAILED)])
def test_news_of_an_earlier_trip_is_believed_of_its_order_and_the_vehicle_goes_on(kind: Any, end: Status) -> None:
    store = next_one_out()
    released = the(Released, store.tell(kind, 8, trip_id="ana/1", order_id="a"))
    assert (released.trip_id, released.order_ids) == ("ben/1", ("a",))
    life = store.dispatcher.state.orders["a"]
    assert (life.status, life.ended_at, life.trip_id) == (end, at(8), "ana/1")
    assert store.dispatcher.state.vehicles["ana"].trip_id == "ana/2"
    assert store.tell(TripReturned, 8.5, trip_id="ana/1") == []
    assert the(Rejected, store.tell(StopDone, 9, trip_id="ana/1", order_id="a")).field == "trip_id"
    store.tell(StopDone, 10, trip_id="ana/2", order_id="b")
    assert (store.status("a"), store.status("b")) == (end, Status.DELIVERED)


def test_order_on_board_of_another_trip_is_ended_by_that_one() -> None:
    store = next_one_out()
    store.tell(TripLeft, 7, trip_id="ben/1")
    assert store.tell(StopDone, 8, trip_id="ana/1", order_id="a") == []
    assert store.status("a") is Status.ON_BOARD
    store.tell(StopDone, 12, trip_id="ben/1", order_id="a")
    ended = store.dispatcher.state.orders["a"]
    assert (ended.status, ended.trip_id, ended.ended_at) == (Status.DELIVERED, "ben/1", at(12))


@pytest.mark.parametrize("end", ["back", "failed", "vanished", "lost", "cancelled"])
def test_claim_to_have_delivered_what_another_has_on_board_holds_if_that_one_does_not(end: str) -> None:
    store = next_one_out()
    store.tell(TripLeft, 7, trip_id="ben/1")
    store.tell(StopDone, 8, trip_id="ana/1", order_id="a")
    said: list[Any] = []
    if end == "back":
        said = store.tell(TripReturned, 15, trip_id="ben/1")
    elif end == "failed":
        said = store.tell(StopFailed, 15, trip_id="ben/1", order_id="a")
    elif end == "lost":
        said = store.tell(VehicleLost, 15, vehicle_id="ben")
    elif end == "cancelled":
        said = store.tell(OrderCancelled, 15, order_id="a")
    else:
        for minute in (40, 200):
            said += store.tell(Tick, minute)
    ended = store.dispatcher.state.orders["a"]
    assert (ended.status, ended.trip_id, ended.ended_at) == (Status.DELIVERED, "ana/1", at(8))
    assert not [each for each in said if isinstance(each, GaveUp) and each.order_id == "a"]


def test_earlier_trip_that_is_back_leaves_its_orders_to_who_has_them() -> None:
    store = next_one_out()
    assert store.tell(TripReturned, 8, trip_id="ana/1") == []
    assert store.dispatcher.state.orders["a"].trip_id == "ben/1"
    assert store.dispatcher.state.given_back == {}


def test_late_word_that_an_earlier_trip_left_breaks_no_later_commitment() -> None:
    store = next_one_out()
    store.tell(TripReturned, 14, trip_id="ana/2")  # with b
    assert "ana/3" in store.dispatcher.state.trips
    assert the(Rejected, store.tell(TripLeft, 14, trip_id="ana/1")).text.startswith("trip 'ana/1' is over, or its")
    store.tell(StopDone, 14, trip_id="ana/1", order_id="a")
    assert store.status("a") is Status.DELIVERED
    assert store.dispatcher.state.vehicles["ana"].trip_id == "ana/3"


def test_goods_that_were_given_up_and_came_back_go_out_again_and_are_quoted() -> None:
    store = Store30()
    store.rider("ana")
    store.tell(OrderPlaced, 0, order=order("a", 1.0, promised_at=at(200)))
    store.tell(TripLeft, 0, trip_id="ana/1")
    store.tell(Tick, 20)
    assert the(GaveUp, store.tell(Tick, 80)).code == "vehicle_vanished"
    store.tell(RiderOn, 81, rider=Rider(id="ana", store_id="store"))
    store.tell(OrderPlaced, 81, order=order("b", 1.0, placed=81))
    store.tell(TripLeft, 81, trip_id="ana/2")
    quoted = the(Quoted, store.tell(TripReturned, 82, trip_id="ana/1"))
    back_at = at(81) + timedelta(seconds=100 + 120 + 100)
    assert (quoted.order_id, quoted.arrive_at) == ("a", back_at + timedelta(seconds=100))
    assert (store.status("a"), store.status("b")) == (Status.OPEN, Status.ON_BOARD)


def test_order_of_a_vanished_rider_that_turns_out_to_be_on_board_is_quoted() -> None:
    store = Store30()
    store.rider("ana")
    for name, east_km in (("a", 1.0), ("b", 1.0)):
        store.tell(OrderPlaced, 0, order=order(name, east_km, ready=1, promised_at=at(200)))
    assert len(the(Commit, store.tell(Tick, 1)).trip.stops) == 2
    store.tell(TripLeft, 1, trip_id="ana/1")
    store.tell(Tick, 20)
    store.tell(Tick, 80)
    assert (store.status("a"), store.status("b")) == (Status.GIVEN_UP, Status.GIVEN_UP)
    first, second = store.dispatcher.state.given_back["ana/1"].trip.stops
    quoted = the(Quoted, store.tell(StopDone, 81, trip_id="ana/1", order_id=first.order_id))
    assert (quoted.order_id, quoted.late_s) == (second.order_id, 0)
    assert quoted.arrive_at == at(81)  # the same door
    assert store.status(second.order_id) is Status.ON_BOARD


def test_rider_whose_order_another_delivered_is_out_until_it_is_back() -> None:
    store = Store30()
    store.rider("ana")
    store.tell(OrderPlaced, 0, order=order("a", 1.0))
    store.tell(Tick, 16)
    store.rider("ben", 17)
    store.tell(TripLeft, 17, trip_id="ben/1")
    store.tell(StopDone, 19, trip_id="ben/1", order_id="a")
    assert store.tell(StopDone, 20, trip_id="ana/1", order_id="a") == []
    assert store.dispatcher.state.orders["a"].ended_at == at(19)
    assert the(Hold, store.tell(OrderPlaced, 20, order=order("b", 1.0, placed=20))).why == "no_vehicle_yet"
    commit = the(Commit, store.tell(TripReturned, 20.5, trip_id="ana/1"))
    assert (commit.trip.id, commit.trip.depart_at) == ("ana/2", at(20.5))


@pytest.mark.parametrize(
    ("kind", "fields", "status"),
    [
        (OrderCancelled, {"order_id": "a"}, Status.CANCELLED),
        (OrderHeld, {"order_id": "a", "until": at(20)}, Status.ON_BOARD),
        (OrderAssigned, {"order_id": "a", "vehicle_id": "ben"}, Status.ON_BOARD),
        (StockOut, {"store_id": "store", "order_ids": ("a",)}, Status.ON_BOARD),
    ],
)
def test_trip_that_lost_its_last_order_and_had_left_is_out(kind: Any, fields: Any, status: Status) -> None:
    store = Store30()
    store.rider("ana")
    store.tell(OrderPlaced, 0, order=order("a", 1.0))
    store.rider("ben", 0, shift_end_at=at(1))  # too soon for any trip
    assert the(Released, store.tell(kind, 2, **fields)).trip_id == "ana/1"
    store.tell(TripLeft, 2.5, trip_id="ana/1")
    assert store.status("a") is status
    assert the(Hold, store.tell(OrderPlaced, 3, order=order("b", 1.0, placed=3))).why == "no_vehicle_yet"
    store.tell(TripReturned, 6, trip_id="ana/1")
    assert store.dispatcher.state.vehicles["ana"].trip_id != "ana/1"


def test_order_that_was_withdrawn_and_travelled_with_the_others_is_delivered() -> None:
    store = Store30()
    store.rider("ana")
    for name in ("a", "b"):
        store.tell(OrderPlaced, 0, order=order(name, 1.0, ready=1))
    store.tell(Tick, 1)
    store.tell(OrderHeld, 1, order_id="b", until=at(20))
    store.tell(TripLeft, 1, trip_id="ana/1")
    assert (store.status("a"), store.status("b")) == (Status.ON_BOARD, Status.OPEN)
    store.tell(StopDone, 5, trip_id="ana/1", order_id="b")
    assert store.status("b") is Status.DELIVERED


def test_order_of_a_rider_who_is_seen_but_stands_still_gets_later_and_later() -> None:
    store = on_the_road()
    told = {}
    for minute in range(1, 41):
        for each in store.tell(VehicleLocated, minute, vehicle_id="ana", location=HERE):
            told[minute] = each.late_s if isinstance(each, Warned) else the(Quoted, [each]).arrive_at
    # At a minute m it is 60 m - 220 s late at least, so at the door at 60 m - 120 s, where 1,800 s are promised.
    quoted = {minute: at(minute - 2) for minute in (9, 15, 21, 27, 33)}
    assert told == quoted | {35: 180, 37: 300, 39: 420}


def test_order_of_a_silent_rider_gets_later_at_the_ticks_that_are_asked_for() -> None:
    store = on_the_road()
    told, ticks = [], 0
    while store.dispatcher.state.vehicles["ana"].trip_id is not None:
        wake_at = store.dispatcher.wake_at
        assert wake_at is not None
        decisions = store.dispatcher.handle(Tick(id=f"t{ticks}", at=wake_at))
        ticks += 1
        told += [(each.at, each.late_s) for each in decisions if isinstance(each, Warned)]
    assert told[0][1] in range(61, 122)
    assert [late_s for _, late_s in told] == [(moment - at(32)).total_seconds() for moment, _ in told]
    gaps = {(after - before).total_seconds() for (before, _), (after, _) in pairwise(told)}
    assert gaps == {61.0}
    vanished_at = at(0) + timedelta(seconds=220 + 900 + 3_600)
    assert told[-1][0] > vanished_at - timedelta(seconds=62)
    assert ticks <= (900 + 3_600) / 61 + 3


def test_old_news_is_news_all_the_same_but_of_no_time_before_the_trip_left() -> None:
    store = Store30()
    store.rider("ana")
    for name in ("a", "b"):
        store.tell(OrderPlaced, 0, order=order(name, 1.0, ready=5))
    store.tell(Tick, 5)
    first, second = store.dispatcher.state.trips["ana/1"].trip.stops
    store.tell(TripLeft, 6, trip_id="ana/1")
    store.tell(StopDone, -120, trip_id="ana/1", order_id=first.order_id)
    assert store.status(first.order_id) is Status.DELIVERED
    said = store.tell(Tick, 22.9)  # the next door, the same, takes two minutes
    assert {type(each) for each in said} == {Quoted}
    assert not the(Overdue, store.tell(Tick, 23)).vanished
    assert store.status(second.order_id) is Status.ON_BOARD


def test_vanished_rider_is_not_found_by_an_old_sighting() -> None:
    store = on_the_road()
    store.tell(Tick, 20)
    assert the(GaveUp, store.tell(Tick, 100)).order_id == "a"
    store.tell(OrderPlaced, 101, order=order("b", 1.0, placed=101))
    assert store.tell(VehicleLocated, 99, vehicle_id="ana", location=HERE) == []
    assert the(Commit, store.tell(VehicleLocated, 102, vehicle_id="ana", location=HERE)).trip.id == "ana/2"


def test_order_that_came_back_and_turns_out_to_have_been_delivered_is_not_carried_again() -> None:
    store = Store30()
    store.rider()
    store.tell(OrderPlaced, 0, order=order("a", 1.0))
    store.tell(TripLeft, 0, trip_id="ana/1")
    assert the(Commit, store.tell(TripReturned, 6, trip_id="ana/1")).trip.id == "ana/2"
    released = the(Released, store.tell(StopDone, 6.5, trip_id="ana/1", order_id="a"))
    assert (released.trip_id, store.status("a")) == ("ana/2", Status.DELIVERED)
    assert the(Rejected, store.tell(TripReturned, 7, trip_id="ana/1")).field == "trip_id"
    assert the(Rejected, store.tell(TripLeft, 7, trip_id="ana/1")).field == "trip_id"


def test_margin_neither_breaks_an_order_that_opens_late_nor_makes_one_too_late() -> None:
    store = Store30(margin_s=240)
    store.rider()
    store.tell(OrderPlaced, 0, order=order("a", 1.0, not_before_at=at(28)))
    assert store.status("a") in {Status.OPEN, Status.COMMITTED}
    hard = Store30(margin_s=240)
    hard.tell(OrderPlaced, 0, order=order("a", 1.0, max_late_s=0))
    assert the(Commit, hard.rider(minute=27)).trip.stops[0].late_s == 0


def test_claim_of_a_stop_tells_that_its_trip_is_on_the_road_with_the_rest() -> None:
    store = Store30()
    store.rider("ana")
    for name in ("a", "c"):
        store.tell(OrderPlaced, 0, order=order(name, 1.0, ready=1, promised_at=at(200)))
    assert len(the(Commit, store.tell(Tick, 1)).trip.stops) == 2
    store.tell(Tick, 17)
    store.rider("ben", 17, capacity_orders=1)
    (carried,) = (stop.order_id for stop in store.dispatcher.state.trips["ben/1"].trip.stops)
    (other,) = {"a", "c"} - {carried}
    store.tell(TripLeft, 17.5, trip_id="ben/1")
    store.tell(StopDone, 18, trip_id="ana/1", order_id=carried)
    assert (store.status(other), store.dispatcher.state.orders[other].trip_id) == (Status.ON_BOARD, "ana/1")
    assert not store.dispatcher.state.vehicles["ana"].overdue
    store.tell(TripReturned, 22, trip_id="ben/1")
    assert (store.status(carried), store.dispatcher.state.trips.keys()) == (Status.DELIVERED, {"ana/1"})
