"""Small days, every moment worked out by hand: straight streets, 36 km/h, so that 10 m take a second."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dispatch import Airspace, Drone, MapTravel, MatrixTravel, Reason, RequestError, Rider
from dispatch.online import (
    AddressCorrected,
    Commit,
    Cut,
    Dispatcher,
    DroneOn,
    DronesGrounded,
    Entry,
    GaveUp,
    Hold,
    Log,
    LogError,
    OrderAssigned,
    OrderCancelled,
    OrderFreed,
    OrderHeld,
    OrderHurried,
    OrderPlaced,
    Overdue,
    Patience,
    PromiseMoved,
    Quoted,
    ReadyChanged,
    Rejected,
    Released,
    Rerouted,
    Restarted,
    RiderOn,
    ShiftChanged,
    Status,
    StockOut,
    StopDone,
    StopFailed,
    StoreClosed,
    StreetClosed,
    Tick,
    TripLeft,
    TripReturned,
    VehicleDelayed,
    VehicleLocated,
    VehicleLost,
    VehicleOff,
    Warned,
    read_log,
    replay,
)
from tests.dispatch.online.small_day import KM, TWO, Store30, at, on_the_road, order, setup, the


def test_order_that_is_not_packed_is_quoted_held_and_then_goes() -> None:
    store = Store30()
    store.rider()
    decisions = store.tell(OrderPlaced, 0, order=order("o", 1.0, ready=5))
    quoted, hold = the(Quoted, decisions), the(Hold, decisions)
    assert (quoted.arrive_at, quoted.late_s) == (at(5) + timedelta(seconds=100), 0)
    assert (hold.until, hold.why) == (at(5), "not_ready")
    assert store.dispatcher.wake_at == at(5)
    trip = the(Commit, store.tell(Tick, 5)).trip
    assert (trip.id, trip.vehicle_id, trip.depart_at) == ("ana/1", "ana", at(5))
    assert trip.return_at == at(5) + timedelta(seconds=100 + 120 + 100)


def test_trip_runs_its_course_and_its_rider_is_there_again() -> None:
    store = Store30()
    store.rider()
    trip = the(Commit, store.tell(OrderPlaced, 0, order=order("a", 1.0))).trip
    hold = the(Hold, store.tell(OrderPlaced, 1, order=order("b", -1.0, placed=1)))
    assert (hold.until, hold.why) == (at(0) + timedelta(seconds=320), "no_vehicle_yet")
    store.tell(TripLeft, 1, trip_id=trip.id)  # a minute late, so all that follows is
    assert store.dispatcher.state.vehicles["ana"].free_at == at(1) + timedelta(seconds=320)
    store.tell(StopDone, 4, trip_id=trip.id, order_id="a")
    assert store.status("a") is Status.DELIVERED
    second = the(Commit, store.tell(TripReturned, 6, trip_id=trip.id)).trip
    assert (second.id, second.depart_at) == ("ana/2", at(6))


def test_delay_of_a_rider_moves_what_waits_for_it() -> None:
    store = Store30()
    store.rider()
    store.tell(OrderPlaced, 0, order=order("a", 1.0))
    store.tell(OrderPlaced, 0, order=order("b", 1.0))
    hold = the(Hold, store.tell(VehicleDelayed, 1, vehicle_id="ana", by_s=600))
    assert (hold.order_id, hold.until) == ("b", at(10) + timedelta(seconds=320))


def test_delayed_rider_whose_trip_is_given_back_is_no_sooner_there() -> None:
    store = Store30()
    store.rider()
    store.tell(OrderPlaced, 0, order=order("a", 1.0))
    store.tell(VehicleDelayed, 0, vehicle_id="ana", by_s=1_200)
    store.tell(OrderCancelled, 1, order_id="a")
    hold = the(Hold, store.tell(OrderPlaced, 1, order=order("b", 1.0, placed=1)))
    assert (hold.until, hold.why) == (at(20), "not_ready")


def test_late_order_is_warned_of_once() -> None:
    store = Store30()
    store.rider()
    store.tell(OrderPlaced, 0, order=order("a", 6.0))
    decisions = store.tell(OrderPlaced, 0, order=order("b", -6.0))  # 22 min there and back, then 10 min to b
    warned = the(Warned, decisions)
    assert warned.late_s == 1_320 + 600 - 1_800
    assert warned.text.startswith("2.0 min after the promise; the vehicle nearest to being on time: ")
    assert not [each for each in store.tell(Tick, 0.5) if isinstance(each, Warned)]


@pytest.mark.parametrize("hurried", [True, False])
def test_late_order_is_warned_of_by_its_promise_as_it_was_given(hurried: bool) -> None:
    store = Store30(margin_s=0 if hurried else 240)
    store.tell(OrderPlaced, 0, order=order("a", 3.0, ready=40, unserved_cost=1e6))
    if hurried:
        store.tell(OrderHurried, 0, order_id="a")
    warned = the(Warned, store.rider(minute=1))
    assert warned.late_s == 900
    assert warned.text == f"arrives at {at(45).isoformat()}, 900 s after its promise"


def test_order_without_any_rider_is_warned_of_with_the_reason() -> None:
    store = Store30()
    warned = the(Warned, store.tell(OrderPlaced, 0, order=order("a", 1.0)))
    assert (warned.late_s, warned.code) == (None, Reason.NO_VEHICLE)
    assert the(Commit, store.rider(minute=3)).trip.depart_at == at(3)


def test_new_ready_time_holds_a_committed_trip() -> None:
    store = Store30()
    store.rider()
    store.tell(OrderPlaced, 0, order=order("a", 1.0))
    store.tell(ReadyChanged, 0.5, order_id="a", ready_at=at(4))
    assert store.dispatcher.state.vehicles["ana"].free_at == at(4) + timedelta(seconds=320)


def test_cancelled_order_frees_its_rider_before_it_leaves_and_comes_back_after() -> None:
    store = Store30()
    store.rider()
    first = the(Commit, store.tell(OrderPlaced, 0, order=order("a", 1.0))).trip
    released = the(Released, store.tell(OrderCancelled, 0, order_id="a"))
    assert (released.trip_id, released.order_ids) == (first.id, ())
    second = the(Commit, store.tell(OrderPlaced, 1, order=order("b", 1.0, placed=1))).trip
    store.tell(TripLeft, 1, trip_id=second.id)
    store.tell(OrderCancelled, 2, order_id="b")
    assert store.status("b") is Status.CANCELLED
    store.tell(TripReturned, 5, trip_id=second.id)
    assert store.status("b") is Status.CANCELLED


def test_stop_that_fails_is_an_end_and_a_trip_that_comes_back_full_opens_its_orders() -> None:
    store = Store30()
    store.rider()
    a, b = order("a", 1.0, ready=1), order("b", 1.1, ready=1)
    store.tell(OrderPlaced, 0, order=a)
    store.tell(OrderPlaced, 0, order=b)
    trip = the(Commit, store.tell(Tick, 1)).trip
    assert [stop.order_id for stop in trip.stops] in (["a", "b"], ["b", "a"])
    store.tell(StopFailed, 3, trip_id=trip.id, order_id="a")
    assert (store.status("a"), store.status("b")) == (Status.FAILED, Status.ON_BOARD)
    again = the(Commit, store.tell(TripReturned, 6, trip_id=trip.id)).trip
    assert [stop.order_id for stop in again.stops] == ["b"]


def test_corrected_address_is_driven_to() -> None:
    store = Store30()
    store.rider()
    store.tell(OrderPlaced, 0, order=order("a", 1.0, ready=5))
    store.tell(AddressCorrected, 1, order_id="a", location=(2.0 * KM, 0.0))
    assert the(Commit, store.tell(Tick, 5)).trip.stops[0].arrive_at == at(5) + timedelta(seconds=200)


def test_neighbour_fills_the_orders_of_a_store_that_closes() -> None:
    store = Store30(stores=TWO)
    store.rider()
    store.tell(RiderOn, 0, rider=Rider(id="ben", store_id="next"))
    first = the(Commit, store.tell(OrderPlaced, 0, order=order("a", 1.0, also_at=("next",)))).trip
    assert first.store_id in {"store", "next"}
    decisions = store.tell(StoreClosed, 0, store_id=first.store_id)
    assert the(Released, decisions).order_ids == ("a",)
    second = the(Commit, decisions).trip
    assert second.store_id != first.store_id
    assert the(Rerouted, decisions).to_store_id == second.store_id


def test_order_out_of_stock_goes_next_door_and_is_given_up_where_nobody_has_it() -> None:
    store = Store30(stores=TWO)
    store.tell(RiderOn, 0, rider=Rider(id="ben", store_id="next"))
    store.tell(OrderPlaced, 0, order=order("a", 1.0, also_at=("next",), ready=5))
    store.tell(OrderPlaced, 0, order=order("b", 1.0, ready=5))
    gave_up = the(GaveUp, store.tell(StockOut, 1, store_id="store", order_ids=("a", "b")))
    assert (gave_up.order_id, gave_up.code) == ("b", "no_stock")
    trip = the(Commit, store.tell(Tick, 5)).trip
    assert (trip.store_id, [stop.order_id for stop in trip.stops]) == ("next", ["a"])


@pytest.mark.parametrize("opens", [None, at(180)])
def test_order_that_only_an_unknown_store_has_is_given_up(opens: datetime | None) -> None:
    store = Store30()
    changes: dict[str, Any] = {"store_id": "gone", "also_at": ("store",), "not_before_at": opens}
    store.tell(OrderPlaced, 0, order=order("a", 1.0, promised_at=at(200), **changes))
    gave_up = the(GaveUp, store.tell(StockOut, 1, store_id="store", order_ids=("a",)))
    assert (gave_up.order_id, gave_up.code) == ("a", "no_stock")


def test_hard_promise_is_given_up_when_it_is_past() -> None:
    store = Store30()
    store.tell(OrderPlaced, 0, order=order("a", 1.0, max_late_s=60))
    assert not [each for each in store.tell(Tick, 31) if isinstance(each, GaveUp)]
    gave_up = the(GaveUp, store.tell(Tick, 31.1))
    assert (gave_up.order_id, gave_up.code, store.status("a")) == ("a", "too_late", Status.GIVEN_UP)


def test_rider_that_vanishes_before_leaving_gives_its_trip_to_another() -> None:
    store = Store30(silence_s=300)
    store.rider("ana")
    first = the(Commit, store.tell(OrderPlaced, 0, order=order("a", 1.0))).trip
    store.rider("ben", minute=1)
    assert store.tell(Tick, 4.9) == []
    decisions = store.tell(Tick, 5)
    assert the(Overdue, decisions).vehicle_id == "ana"
    assert the(Released, decisions).trip_id == first.id
    assert the(Commit, decisions).trip.vehicle_id == "ben"


def test_trip_that_was_given_back_for_silence_and_had_left_keeps_its_orders() -> None:
    store = Store30(silence_s=300)
    store.rider("ana")
    first = the(Commit, store.tell(OrderPlaced, 0, order=order("a", 1.0))).trip
    store.rider("ben", minute=1)
    second = the(Commit, store.tell(Tick, 5)).trip
    decisions = store.tell(TripLeft, 6, trip_id=first.id)  # ana had left, and ben is about to leave with the same
    released = the(Released, decisions)
    assert (released.trip_id, released.order_ids) == (second.id, ("a",))
    assert (store.status("a"), store.dispatcher.state.orders["a"].trip_id) == (Status.ON_BOARD, first.id)
    assert store.dispatcher.state.vehicles["ben"].trip_id is None
    store.tell(StopDone, 8, trip_id=first.id, order_id="a")
    store.tell(TripReturned, 10, trip_id=first.id)
    assert store.status("a") is Status.DELIVERED
    assert the(Commit, store.tell(OrderPlaced, 11, order=order("b", 1.0, placed=11))).trip.vehicle_id in {"ana", "ben"}


def test_order_that_two_riders_left_with_is_delivered_once() -> None:
    store = Store30(silence_s=300)
    store.rider("ana")
    first = the(Commit, store.tell(OrderPlaced, 0, order=order("a", 1.0))).trip
    store.rider("ben", minute=1)
    second = the(Commit, store.tell(Tick, 5)).trip
    store.tell(TripLeft, 6, trip_id=second.id)
    assert store.tell(StopDone, 7, trip_id=first.id, order_id="a") == []
    assert store.status("a") is Status.ON_BOARD
    assert store.dispatcher.state.trips[first.id].open_orders == []
    store.tell(StopDone, 8, trip_id=second.id, order_id="a")
    assert store.status("a") is Status.DELIVERED


def test_order_of_a_rider_who_vanished_is_believed_to_be_delivered_by_another() -> None:
    store = Store30()
    store.rider("ana")
    first = the(Commit, store.tell(OrderPlaced, 0, order=order("a", 1.0))).trip
    store.tell(Tick, 16)
    second = the(Commit, store.rider("ben", minute=17)).trip
    store.tell(TripLeft, 18, trip_id=second.id)
    store.tell(Tick, 40)
    assert the(GaveUp, store.tell(Tick, 110)).code == "vehicle_vanished"
    store.tell(StopDone, 112, trip_id=first.id, order_id="a")
    assert store.status("a") is Status.DELIVERED


def test_restart_after_hours_goes_on_with_the_work() -> None:
    store = Store30()
    store.rider()
    store.tell(OrderPlaced, 0, order=order("a", 1.0, ready=90, promised_at=at(600)))
    again = Dispatcher(setup())
    for event, decisions in store.told:
        again.recall(event, decisions)
    assert the(Commit, list(again.handle(Restarted(id="restarted", at=at(120))))).trip.depart_at == at(120)


def test_rider_that_was_not_heard_of_gets_no_trip_until_it_is() -> None:
    store = Store30(silence_s=300)
    store.rider("ana")
    store.tell(OrderPlaced, 0, order=order("a", 1.0))
    assert the(Warned, store.tell(Tick, 5)).code is Reason.NO_VEHICLE
    again = the(Commit, store.tell(VehicleLocated, 6, vehicle_id="ana", location=(0.0, 0.0))).trip
    assert (again.id, again.depart_at) == ("ana/2", at(6))


def test_rider_that_vanishes_on_the_road_is_waited_for_and_then_given_up_with_its_orders() -> None:
    store = Store30(silence_s=300, vanished_s=1_800)
    store.rider("ana")
    trip = the(Commit, store.tell(OrderPlaced, 0, order=order("a", 1.0))).trip
    store.tell(TripLeft, 0, trip_id=trip.id)
    heard_s = 100 + 120  # at the door, and handed over
    overdue = Tick(id="overdue", at=at(0) + timedelta(seconds=heard_s + 300))
    assert [type(each) for each in store.dispatcher.handle(overdue)] == [Overdue]
    assert the(Warned, store.tell(OrderPlaced, 9, order=order("b", 1.0, placed=9))).code is Reason.NO_VEHICLE
    gone_at = at(0) + timedelta(seconds=heard_s + 300 + 1_800)
    gone = the(GaveUp, list(store.dispatcher.handle(Tick(id="gone", at=gone_at))))
    assert (gone.order_id, gone.code, store.status("a")) == ("a", "vehicle_vanished", Status.GIVEN_UP)
    store.tell(StopDone, 60, trip_id=trip.id, order_id="a")  # it was a flat battery, of the telephone
    assert store.status("a") is Status.DELIVERED
    assert store.dispatcher.state.orders["a"].ended_at == at(60)


def test_order_on_the_road_is_warned_of_when_it_gets_late_and_quoted_anew_when_it_no_longer_is() -> None:
    store = Store30()
    store.rider()
    trip = the(Commit, store.tell(OrderPlaced, 0, order=order("a", 1.0, ready=0))).trip
    store.tell(TripLeft, 0, trip_id=trip.id)
    warned = the(Warned, store.tell(VehicleDelayed, 1, vehicle_id="ana", by_s=1_800))
    assert (warned.late_s, warned.code) == (100, Reason.PROMISE_MISSED)
    assert warned.text == "trip 'ana/1' runs 1800 s later than planned"
    assert store.tell(VehicleDelayed, 2, vehicle_id="ana", by_s=30) == []


def test_lateness_of_a_committed_trip_shrinks_when_its_order_is_packed_sooner() -> None:
    store = Store30()
    store.rider()
    store.tell(OrderPlaced, 0, order=order("a", 1.0, promised_at=at(3)))
    assert the(Warned, store.tell(ReadyChanged, 0.5, order_id="a", ready_at=at(9))).late_s == 6 * 60 + 100
    quoted = the(Quoted, store.tell(ReadyChanged, 1, order_id="a", ready_at=at(1)))
    assert (quoted.arrive_at, quoted.late_s) == (at(1) + timedelta(seconds=100), 0)
    assert store.dispatcher.state.vehicles["ana"].free_at == at(1) + timedelta(seconds=320)


def test_trip_goes_without_an_order_that_is_packed_much_later() -> None:
    store = Store30()
    store.rider()
    for name in ("a", "b"):
        store.tell(OrderPlaced, 0, order=order(name, 1.0, ready=1, promised_at=at(300)))
    assert len(the(Commit, store.tell(Tick, 1)).trip.stops) == 2
    waits = store.tell(ReadyChanged, 1.5, order_id="a", ready_at=at(9))
    assert {each.order_id for each in waits if isinstance(each, Quoted)} == {"a", "b"}
    assert len(waits) == 2
    assert the(Released, store.tell(ReadyChanged, 2, order_id="a", ready_at=at(180))).order_ids == ("a",)
    assert store.dispatcher.state.trips["ana/1"].open_orders == ["b"]
    assert store.status("a") is Status.OPEN


def test_order_that_found_a_rider_after_all_is_quoted_anew() -> None:
    store = Store30()
    assert the(Quoted, store.tell(OrderPlaced, 0, order=order("a", 1.0))).arrive_at is None
    assert the(Quoted, store.rider(minute=3)).arrive_at == at(3) + timedelta(seconds=100)


def test_rider_that_is_lost_on_the_road_loses_its_orders_and_no_more() -> None:
    store = Store30()
    store.rider()
    trip = the(Commit, store.tell(OrderPlaced, 0, order=order("a", 1.0))).trip
    store.tell(TripLeft, 0, trip_id=trip.id)
    store.tell(OrderPlaced, 1, order=order("b", 1.0, placed=1))
    store.tell(VehicleLost, 2, vehicle_id="ana")
    assert (store.status("a"), store.status("b")) == (Status.FAILED, Status.OPEN)
    assert the(Commit, store.rider("ben", minute=3)).trip.stops[0].order_id == "b"


def test_rider_that_goes_off_on_the_road_brings_its_orders_first() -> None:
    store = Store30()
    store.rider()
    trip = the(Commit, store.tell(OrderPlaced, 0, order=order("a", 1.0))).trip
    store.tell(TripLeft, 0, trip_id=trip.id)
    assert store.tell(VehicleOff, 1, vehicle_id="ana") == []
    store.tell(StopDone, 3, trip_id=trip.id, order_id="a")
    store.tell(TripReturned, 6, trip_id=trip.id)
    assert the(Warned, store.tell(OrderPlaced, 7, order=order("b", 1.0, placed=7))).code is Reason.NO_VEHICLE


def test_grounded_drone_gives_its_trip_to_a_rider() -> None:
    store = Store30()
    store.tell(DroneOn, 0, drone=Drone(id="dora", store_id="store"))
    assert the(Commit, store.tell(OrderPlaced, 0, order=order("a", 1.0))).trip.vehicle_id == "dora"
    store.rider(minute=1)
    decisions = store.tell(DronesGrounded, 1)
    assert the(Released, decisions).order_ids == ("a",)
    assert the(Commit, decisions).trip.vehicle_id == "ana"


def test_idle_rider_seen_at_another_store_starts_there() -> None:
    store = Store30(stores=TWO)
    store.rider(shared_with=("next",))
    store.tell(VehicleLocated, 0, vehicle_id="ana", location=(0.5 * KM, 0.0), store_id="next")
    trip = the(Commit, store.tell(OrderPlaced, 1, order=order("a", 1.0, placed=1, store_id="next"))).trip
    assert (trip.depart_at, trip.approach_leg.travel_s) == (at(1), 0)


def somebody_came(store: Store30) -> None:
    """Orders came lately, from either side of the store; so others are to be expected."""
    for name, east_km in (("before", 1.0), ("before too", -1.0)):
        store.tell(OrderPlaced, 0, order=order(name, east_km))
        store.tell(OrderCancelled, 0, order_id=name)


def test_lone_order_does_not_wait_for_itself_and_one_that_goes_sooner_than_said_is_quoted_anew() -> None:
    store = Store30(patience=Patience())
    store.rider()
    assert the(Commit, store.tell(OrderPlaced, 0, order=order("a", 1.0))).trip.depart_at == at(0)
    store = Store30(patience=Patience(busy=10, wait_cost_per_min=0))
    store.rider(capacity_orders=2)
    somebody_came(store)
    said = the(Quoted, store.tell(OrderPlaced, 1, order=order("a", 1.0, placed=1)))
    assert said.arrive_at == at(31) - timedelta(seconds=60)
    decisions = store.tell(OrderPlaced, 2, order=order("b", 1.0, placed=2))  # the trip is full
    assert len(the(Commit, decisions).trip.stops) == 2
    first = the(Commit, decisions).trip.stops[0].arrive_at
    assert {each.order_id for each in decisions if isinstance(each, Quoted)} == {"a", "b"}
    assert first == at(2) + timedelta(seconds=100)


def test_nobody_waits_for_hours_at_a_door_that_opens_later() -> None:
    for patience in (Patience(), Patience(busy=0)):
        store = Store30(patience=patience)
        store.rider()
        decisions = store.tell(OrderPlaced, 0, order=order("a", 1.0, not_before_at=at(360), promised_at=at(390)))
        plan_at = at(330) - timedelta(seconds=400)  # a kilometre, slowly
        assert (the(Hold, decisions).until, the(Quoted, decisions).arrive_at) == (plan_at, at(360))
        assert store.dispatcher.wake_at == plan_at
        assert the(Commit, store.tell(OrderPlaced, 40, order=order("b", 1.0, placed=40))).trip.stops[0].order_id == "b"
        store.tell(TripLeft, 40, trip_id="ana/1")
        store.tell(StopDone, 43, trip_id="ana/1", order_id="b")
        store.tell(TripReturned, 45, trip_id="ana/1")
        store.tell(Tick, 330)
        while "ana/2" not in store.dispatcher.state.trips:
            assert store.dispatcher.wake_at is not None
            store.tell(Tick, (store.dispatcher.wake_at - at(0)).total_seconds() / 60)
        trip = store.dispatcher.state.trips["ana/2"].trip
        assert at(358) < trip.depart_at <= at(390)
        assert at(360) <= trip.stops[0].arrive_at <= at(390)


def test_far_door_that_opens_later_is_planned_in_time_for_the_ride() -> None:
    store = Store30()
    store.rider()
    said = store.tell(OrderPlaced, 0, order=order("a", 20.0, not_before_at=at(180), promised_at=at(181), max_late_s=0))
    assert the(Hold, said).until < at(180) - timedelta(seconds=2_000)  # of the ride
    while not store.dispatcher.state.trips:
        assert store.dispatcher.wake_at is not None
        store.tell(Tick, (store.dispatcher.wake_at - at(0)).total_seconds() / 60)
    (life,) = store.dispatcher.state.trips.values()
    assert life.trip.stops[0].arrive_at == at(180)


def test_order_that_opens_later_is_quoted_by_when_it_is_packed_or_held() -> None:
    store = Store30()
    store.rider()
    said = store.tell(OrderPlaced, 0, order=order("a", 1.0, ready=180, not_before_at=at(120), promised_at=at(240)))
    assert the(Quoted, said).arrive_at == at(180)
    assert the(Quoted, store.tell(OrderHeld, 1, order_id="a", until=at(200))).arrive_at == at(200)


def test_wait_at_a_later_door_takes_up_what_a_held_trip_goes_later() -> None:
    store = Store30(patience=Patience(busy=10, join_radius_m=5_000))
    for k in range(8):
        store.tell(OrderPlaced, 0, order=order(f"before {k}", 3.0))
        store.tell(OrderCancelled, 0, order_id=f"before {k}")
    store.rider()
    said = store.tell(OrderPlaced, 0, order=order("y", 3.0, not_before_at=at(25), promised_at=at(25)))
    said += store.tell(OrderPlaced, 0, order=order("x", 2.9, promised_at=at(120)))
    assert not [each for each in said if isinstance(each, Warned)]
    assert {each.arrive_at for each in said if isinstance(each, Quoted) and each.order_id == "y"} == {at(25)}


def test_order_whose_trip_runs_much_later_but_in_time_is_quoted_anew() -> None:
    store = Store30()
    store.rider()
    store.tell(OrderPlaced, 0, order=order("a", 1.0, promised_at=at(90)))
    quoted = the(Quoted, store.tell(VehicleDelayed, 1, vehicle_id="ana", by_s=3_000))
    assert (quoted.arrive_at, quoted.late_s) == (at(50) + timedelta(seconds=100), 0)


def test_order_that_another_goes_before_is_quoted_anew_though_its_trip_sets_off_as_before() -> None:
    store = on_the_road()
    hold = the(Hold, store.tell(OrderPlaced, 1, order=order("b", 3.0, promised_at=at(60))))
    assert hold.until + timedelta(seconds=300) == the(Quoted, list(store.told[-1][1])).arrive_at
    said = store.tell(OrderPlaced, 2, order=order("c", 1.0, promised_at=at(8), handover_s=400))
    assert {each.order_id for each in said if isinstance(each, Hold)} == {"c"}
    assert {each.order_id: each.arrive_at for each in said if isinstance(each, Quoted)} == {
        "b": hold.until + timedelta(seconds=700),
        "c": hold.until + timedelta(seconds=100),
    }


def test_trip_waits_for_orders_that_may_join_and_goes_in_time_for_its_promise() -> None:
    """1 km takes 100 s, so the last moment for a promise at 12:30 is 12:28:20, and a guard of 60 s before it."""
    store = Store30(patience=Patience(busy=10, wait_cost_per_min=0))
    store.rider()
    somebody_came(store)
    decisions = store.tell(OrderPlaced, 0, order=order("a", 1.0))
    hold = the(Hold, decisions)
    assert (hold.until, hold.why) == (at(30) - timedelta(seconds=160), "others_may_join")
    assert the(Quoted, decisions).arrive_at == hold.until + timedelta(seconds=100)
    store.tell(OrderPlaced, 10, order=order("b", 1.1, placed=10))
    trip = the(Commit, store.tell(Tick, 28)).trip
    assert {stop.order_id for stop in trip.stops} == {"a", "b"}
    assert trip.stops[0].late_s == 0


def test_full_trip_goes_at_once_unless_it_may_wait_for_an_order_that_goes_better_with_it() -> None:
    """Riders carry two orders; a and c lie to the east, b and d to the west, and nobody is late before 12:28."""
    waiting = Patience(busy=10, wait_cost_per_min=0)
    east_and_west = [order(name, (1.0, -1.0)[minute % 2], placed=minute) for minute, name in enumerate("abcd")]
    hasty = Store30(patience=waiting)
    hasty.rider(capacity_orders=2)
    somebody_came(hasty)
    hasty.tell(OrderPlaced, 0, order=east_and_west[0])
    full = the(Commit, hasty.tell(OrderPlaced, 1, order=east_and_west[1])).trip
    assert {stop.order_id for stop in full.stops} == {"a", "b"}
    patient = Store30(patience=waiting.model_copy(update={"swap": True}))
    patient.rider("ana", capacity_orders=2)
    patient.rider("ben", capacity_orders=2)
    somebody_came(patient)
    said = [each for minute, item in enumerate(east_and_west) for each in patient.tell(OrderPlaced, minute, order=item)]
    assert not [each for each in said if isinstance(each, Commit)]
    said = patient.tell(Tick, 29)
    trips = [sorted(stop.order_id for stop in each.trip.stops) for each in said if isinstance(each, Commit)]
    assert sorted(trips) == [["a", "c"], ["b", "d"]]


def test_margin_plans_for_an_earlier_promise_but_tells_of_the_true_one() -> None:
    store = Store30(margin_s=600, patience=Patience(busy=10, wait_cost_per_min=0))
    store.rider()
    somebody_came(store)
    hold = the(Hold, store.tell(OrderPlaced, 0, order=order("a", 1.0)))
    assert hold.until == at(20) - timedelta(seconds=160)
    late = the(Commit, store.tell(Tick, 25)).trip.stops[0]
    assert (late.arrive_at, late.late_s) == (at(25) + timedelta(seconds=100), 0)


def test_in_rounds_nothing_is_planned_until_a_tick() -> None:
    store = Store30(in_rounds=True)
    store.rider()
    assert store.tell(OrderPlaced, 0, order=order("a", 1.0)) == []
    assert store.tell(OrderPlaced, 0, order=order("b", 1.1)) == []
    assert store.dispatcher.wake_at == at(0)
    decisions = store.tell(Tick, 0)
    assert {each.order_id for each in decisions if isinstance(each, Quoted)} == {"a", "b"}
    assert len(the(Commit, decisions).trip.stops) == 2


@pytest.mark.parametrize(
    ("kind", "fields", "blamed"),
    [
        (TripLeft, {"trip_id": "none/1"}, "trip_id"),
        (StopDone, {"trip_id": "ana/1", "order_id": "none"}, "order_id"),
        (OrderCancelled, {"order_id": "none"}, "order_id"),
        (VehicleOff, {"vehicle_id": "none"}, "vehicle_id"),
        (DronesGrounded, {"vehicle_id": "ana"}, "vehicle_id"),
        (StoreClosed, {"store_id": "none"}, "store_id"),
        (RiderOn, {"rider": Rider(id="ana", store_id="store")}, "rider.id"),
        (RiderOn, {"rider": Rider(id="eve", store_id="none", free_store_id="store")}, "rider.store_id"),
        (RiderOn, {"rider": Rider(id="eve", store_id="store", free_store_id="none")}, "rider.free_store_id"),
        (RiderOn, {"rider": Rider(id="eve", store_id="store", on_board=("a",), free_at=at(9))}, "rider.on_board"),
        (OrderPlaced, {"order": order("a", 1.0)}, "order.id"),
        (OrderPlaced, {"order": order("z", 1.0, store_id="none")}, "order.store_id"),
        (OrderPlaced, {"order": order("z", 1.0, not_before_at=at(31))}, "order.not_before_at"),
        (StreetClosed, {"ring": [(0, 0), (1, 0), (1, 1)]}, "ring"),
    ],
)
def test_event_that_cannot_be_changes_nothing_and_names_the_field(kind: Any, fields: Any, blamed: str) -> None:
    store = Store30()
    store.rider()
    store.tell(OrderPlaced, 0, order=order("a", 1.0))
    rejected = the(Rejected, store.tell(kind, 1, **fields))
    assert rejected.field == blamed
    assert store.status("a") is Status.COMMITTED
    assert store.dispatcher.state.now == at(0)


def test_clock_jumps_by_two_ticks_only_and_comes_back_by_one() -> None:
    store = Store30()
    store.rider()
    store.tell(OrderPlaced, 0, order=order("a", 1.0, ready=60, promised_at=at(120)))
    assert the(Rejected, store.tell(OrderPlaced, 9_000, order=order("b", 1.0))).field == "at"
    assert the(Rejected, store.tell(Tick, 9_000)).field == "at"
    assert store.dispatcher.state.now == at(0)
    store.tell(Tick, 9_001)
    assert store.dispatcher.state.now == at(9_001)
    store.tell(Tick, 2)
    assert store.dispatcher.state.now == at(2)
    store.tell(Tick, 1.5)  # merely late
    assert store.dispatcher.state.now == at(2)


def test_quiet_night_is_over_at_one_tick() -> None:
    store = Store30()
    store.rider()
    trip = the(Commit, store.tell(OrderPlaced, 0, order=order("a", 1.0))).trip
    store.tell(StopDone, 4, trip_id=trip.id, order_id="a")
    store.tell(TripReturned, 6, trip_id=trip.id)
    assert store.tell(Tick, 900) == []
    assert the(Commit, store.tell(OrderPlaced, 900, order=order("b", 1.0, placed=900))).trip.depart_at == at(900)


def test_event_of_tomorrow_moves_no_clock_though_there_is_nothing_to_do() -> None:
    store = Store30()
    store.tell(Tick, 0)
    refused = the(Rejected, store.rider("ben", minute=2 * 24 * 60))
    assert (refused.field, store.dispatcher.state.now) == ("at", at(0))
    store.rider("ana", minute=1)
    commit = the(Commit, store.tell(OrderPlaced, 1, order=order("a", 1.0, placed=1, max_late_s=600)))
    assert (commit.trip.vehicle_id, commit.trip.depart_at) == ("ana", at(1))


def test_order_for_tomorrow_goes_at_the_one_tick_that_was_asked_for() -> None:
    store = Store30()
    store.rider()
    store.tell(OrderPlaced, 0, order=order("a", 1.0, ready=600, promised_at=at(700)))
    assert store.dispatcher.wake_at == at(600)
    tick = Tick(id="asked for", at=at(600))
    decisions = store.dispatcher.handle(tick)
    assert the(Commit, list(decisions)).trip.depart_at == at(600)
    again = Dispatcher(setup())
    for event, decided in [*store.told, (tick, decisions)]:
        again.recall(event, decided)
    assert again.state == store.dispatcher.state


def test_clock_that_is_set_back_leaves_no_order_waiting() -> None:
    store = Store30()
    store.rider()
    store.tell(OrderPlaced, 0, order=order("a", 1.0, ready=20, promised_at=at(90)))
    store.tell(RiderOn, 5, rider=Rider(id="ben", store_id="store"))
    store.dispatcher.state.now = at(300)
    store.tell(Tick, 6)
    assert store.dispatcher.wake_at == at(20)
    assert the(Commit, store.tell(Tick, 20)).trip.depart_at == at(20)


def test_silence_on_a_clock_that_was_wrong_is_forgotten() -> None:
    store = Store30()
    store.rider()
    store.tell(OrderPlaced, 0, order=order("a", 1.0, promised_at=at(120)))
    store.tell(Tick, 9_000)
    assert the(Overdue, store.tell(Tick, 9_001)).vehicle_id == "ana"
    assert the(Commit, store.tell(Tick, 1)).trip.vehicle_id == "ana"


def test_event_an_hour_ahead_is_not_believed_while_there_is_work() -> None:
    store = Store30()
    store.rider()
    store.tell(OrderPlaced, 0, order=order("a", 1.0, ready=10, max_late_s=600))
    seen = store.tell(VehicleLocated, 300, vehicle_id="ana", location=(0.0, 0.0))
    assert the(Rejected, seen).field == "at"
    assert store.status("a") is Status.OPEN


def test_rider_that_is_seen_is_not_silent() -> None:
    store = Store30(silence_s=300)
    store.rider()
    the(Commit, store.tell(OrderPlaced, 0, order=order("a", 1.0)))
    for minute in range(1, 12):
        seen = store.tell(VehicleLocated, minute, vehicle_id="ana", location=(0.0, 0.0))
        assert all(isinstance(each, Quoted) for each in seen)  # later and later
    assert the(Overdue, store.tell(Tick, 17)).vehicle_id == "ana"


def test_event_is_taken_once() -> None:
    store = Store30()
    event = OrderPlaced(id="once", at=at(0), order=order("a", 1.0))
    assert store.dispatcher.handle(event)
    assert the(Rejected, list(store.dispatcher.handle(event))).field == "id"


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"travel": MatrixTravel(kind="matrix", seconds=[[0]], metres=[[0]])}, r"\$\.travel\.kind"),
        ({"travel": MapTravel(name="atlantis")}, r"\$\.travel\.name: .*'atlantis'"),
        ({"stores": [TWO[0], TWO[0]]}, r"\$\.stores\[1\]\.id: 'store' is already"),
        ({"stores": [TWO[0].model_copy(update={"region": "ZZ"})]}, r"\$\.stores\[0\]\.region"),
        ({"airspace": Airspace(no_fly=[[(0.0, 0.0), (1.0, 1.0), (0.0, 0.0)]])}, r"\$\.airspace\.no_fly\[0\]"),
    ],
)
def test_setup_that_cannot_be_is_refused_before_any_event(changes: dict[str, Any], path: str) -> None:
    with pytest.raises(RequestError, match=path):
        Dispatcher(setup(**changes))


def test_log_of_vehicles_with_the_longest_ids_can_be_read(tmp_path: Path) -> None:
    store = Store30()
    name = "r" * 100
    store.rider(name)
    store.tell(OrderPlaced, 0, order=order("a", 1.0))
    store.tell(TripLeft, 1, trip_id=f"{name}/1")
    with Log(tmp_path / "log.jsonl") as log:
        for event, decisions in store.told:
            log.append(event, None, decisions)
    assert [(each.event, each.decisions) for each in read_log(tmp_path / "log.jsonl")] == store.told


def test_cut_that_was_told_as_an_event_is_an_entry_of_its_own(tmp_path: Path) -> None:
    path, dispatcher = tmp_path / "log.jsonl", Dispatcher(setup())
    told = [Tick(id="a", at=at(0)), Cut(id="cut", at=at(0), event_id="a", looks=1), Tick(id="b", at=at(1))]
    entries = [Entry(event, 7, dispatcher.handle(event)) for event in told]
    with Log(path) as log:
        for entry in entries:
            log.append(entry.event, entry.looks, entry.decisions)
    assert list(read_log(path)) == entries
    cut = path.read_bytes().splitlines()[1]
    for misplaced in (cut, cut + b"\n" + cut.replace(b'"event_id":"a"', b'"event_id":"b"')):
        path.write_bytes(path.read_bytes() + misplaced + b"\n")
        with pytest.raises(LogError, match="a cut stands where it cannot"):
            list(read_log(path))


def written(path: Path, *, deadline_s: float | None = None) -> list[Entry]:
    dispatcher = Dispatcher(setup(work=5_000))
    events: list[Any] = [RiderOn(id=f"r{i}", at=at(0), rider=Rider(id=f"r{i}", store_id="store")) for i in range(2)]
    events += [
        OrderPlaced(id=f"o{i}", at=at(i), order=order(f"o{i}", (i * 7 % 11 - 5) / 3, placed=i, ready=i + 5))
        for i in range(12)
    ]
    entries = []
    with Log(path) as log:
        for event in events:
            decisions = dispatcher.handle(event, deadline_s=deadline_s)
            log.append(event, dispatcher.cut, decisions)
            entries.append(Entry(event, dispatcher.cut, decisions))
    return entries


@pytest.mark.parametrize("deadline_s", [None, 1e-4])
def test_log_is_read_as_written_and_replays_byte_for_byte_cuts_included(tmp_path: Path, deadline_s: float) -> None:
    path = tmp_path / "log.jsonl"
    entries = written(path, deadline_s=deadline_s)
    assert (deadline_s is not None) == any(entry.looks is not None for entry in entries)
    assert list(read_log(path)) == entries
    again = list(replay(Dispatcher(setup(work=5_000)), read_log(path)))
    assert [e.decisions for e in again] == [e.decisions for e in entries]
    copy = tmp_path / "again.jsonl"
    with Log(copy) as log:
        for entry in again:
            log.append(entry.event, entry.looks, entry.decisions)
    assert copy.read_bytes() == path.read_bytes()


def test_log_that_was_cut_anywhere_loses_its_last_entry_whole_and_is_written_on(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    entries = written(path)
    whole = path.read_bytes()
    last = whole.rindex(b'{"follow":')
    assert whole.count(b"\n", last) > 2
    for size in (len(whole) - 1, len(whole) - 7, whole.index(b"\n", last) + 1, last + 20, last):
        path.write_bytes(whole[:size])
        assert list(read_log(path)) == entries[:-1]
        with Log(path) as log:
            log.append(entries[-1].event, None, entries[-1].decisions)
        assert path.read_bytes() == whole
    path.write_bytes(b"")
    assert list(read_log(path)) == []


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[]",
        '{"event":{"kind":"order_eaten"}}',
        json.dumps({"event": {"kind": "tick", "id": "t", "at": "noon"}}),
        '{"decision":{"kind":"commit"}}',
    ],
)
def test_line_of_a_log_that_is_none_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "log.jsonl"
    written(path)
    path.write_text(path.read_text() + line + "\n")
    with pytest.raises(LogError, match=r"log\.jsonl, line \d+: "):
        list(read_log(path))


def test_operator_moves_a_committed_order_to_another_rider() -> None:
    store = Store30()
    store.rider("ana")
    assert the(Commit, store.tell(OrderPlaced, 0, order=order("o", 1.0))).trip.vehicle_id == "ana"
    store.rider("ben")
    decisions = store.tell(OrderAssigned, 1, order_id="o", vehicle_id="ben")
    released, commit = the(Released, decisions), the(Commit, decisions)
    assert (released.trip_id, released.order_ids) == ("ana/1", ("o",))
    assert "assigned to 'ben'" in released.text
    assert commit.trip.vehicle_id == "ben"


def test_assigned_order_waits_for_its_rider_until_it_is_freed_or_the_rider_goes() -> None:
    for frees in ("freed", "off"):
        store = Store30()
        store.rider("ana")
        store.tell(OrderPlaced, 0, order=order("first", 12.0))  # back after 42 minutes
        store.rider("ben")
        store.tell(OrderPlaced, 1, order=order("o", 1.0, placed=1, ready=2))
        decisions = store.tell(OrderAssigned, 1, order_id="o", vehicle_id="ana")
        assert the(Hold, decisions).why == "no_vehicle_yet"
        assert the(Warned, decisions).late_s == 760
        assert not store.tell(Tick, 2)
        if frees == "freed":
            decisions = store.tell(OrderFreed, 3, order_id="o")
        else:
            store.tell(TripLeft, 2, trip_id="ana/1")
            decisions = store.tell(VehicleOff, 3, vehicle_id="ana")
        assert the(Commit, decisions).trip.vehicle_id == "ben"


def test_assignments_that_cannot_be_say_why() -> None:
    store = Store30()
    store.rider("ana")
    store.rider("ben")
    store.tell(VehicleOff, 0, vehicle_id="ben")
    store.tell(OrderPlaced, 0, order=order("o", 1.0, ready=9, vehicle_ids=("ana",)))
    blamed = [
        the(Rejected, store.tell(OrderAssigned, 1, order_id=order_id, vehicle_id=vehicle_id)).field
        for order_id, vehicle_id in (("x", "ana"), ("o", "x"), ("o", "ben"))
    ]
    assert blamed == ["order_id", "vehicle_id", "vehicle_id"]
    store.rider("eva")
    assert "['ana'] only" in the(Rejected, store.tell(OrderAssigned, 1, order_id="o", vehicle_id="eva")).text
    store.tell(OrderPlaced, 1, order=order("p", 1.0))
    store.tell(TripLeft, 2, trip_id="ana/1")
    for kind, fields in ((OrderAssigned, {"vehicle_id": "eva"}), (OrderHeld, {"until": at(9)}), (OrderHurried, {})):
        if store.status("p") is Status.ON_BOARD:
            assert the(Rejected, store.tell(kind, 3, order_id="p", **fields)).field == "order_id"


def test_a_promise_that_is_moved_counts_from_then_on() -> None:
    store = Store30()
    assert the(Warned, store.tell(OrderPlaced, 0, order=order("o", 1.0, max_late_s=0))).late_s is None
    store.tell(PromiseMoved, 29, order_id="o", promised_at=at(60))
    commit = the(Commit, store.tell(RiderOn, 31, rider=Rider(id="ana", store_id="store")))
    assert commit.trip.stops[0].late_s == 0
    warned = the(Warned, store.tell(PromiseMoved, 31, order_id="o", promised_at=at(20)))
    assert warned.text.endswith("s after its promise")
    assert the(Quoted, store.tell(PromiseMoved, 31, order_id="o", promised_at=at(60))).late_s == 0
    for minutes in (-1, -9):
        blamed = the(Rejected, store.tell(PromiseMoved, 34, order_id="o", promised_at=at(minutes)))
        assert blamed.field == "promised_at"
        assert "promise a later moment" in blamed.text


def test_a_shift_that_ends_later_takes_what_it_could_not() -> None:
    store = Store30()
    store.tell(RiderOn, 0, rider=Rider(id="ana", store_id="store", shift_end_at=at(1)))
    assert the(Warned, store.tell(OrderPlaced, 0, order=order("o", 1.0))).code is Reason.SHIFT_ENDS
    assert the(Rejected, store.tell(ShiftChanged, 0, vehicle_id="ben", shift_end_at=at(60))).field == "vehicle_id"
    assert the(Commit, store.tell(ShiftChanged, 1, vehicle_id="ana", shift_end_at=at(60))).trip.vehicle_id == "ana"


def test_held_order_leaves_its_trip_and_goes_when_the_operator_said() -> None:
    store = Store30()
    store.rider()
    the(Commit, store.tell(OrderPlaced, 0, order=order("o", 1.0)))
    decisions = store.tell(OrderHeld, 0, order_id="o", until=at(6))
    assert the(Released, decisions).trip_id == "ana/1"
    assert the(Hold, decisions).until == at(6)
    assert store.dispatcher.wake_at == at(6)
    assert the(Commit, store.tell(Tick, 6)).trip.depart_at == at(6)


def test_hurried_order_waits_for_no_other() -> None:
    store = Store30(patience=Patience(busy=10, wait_cost_per_min=0.0))
    store.rider()
    for i in range(3):  # enough came lately that one more is expected
        store.tell(OrderPlaced, 0, order=order(f"gone{i}", 1.0))
        store.tell(OrderCancelled, 0, order_id=f"gone{i}")
    assert the(Hold, store.tell(OrderPlaced, 0, order=order("o", 1.0))).why == "others_may_join"
    assert the(Commit, store.tell(OrderHurried, 1, order_id="o")).trip.depart_at == at(1)


def test_hurried_order_leaves_those_behind_that_are_not_packed() -> None:
    store = Store30()
    store.rider()
    store.tell(OrderPlaced, 0, order=order("later", 1.0, ready=10))
    assert the(Hold, store.tell(OrderPlaced, 0, order=order("o", 1.0, max_late_s=0))).until == at(10)
    commit = the(Commit, store.tell(OrderHurried, 1, order_id="o"))
    assert [(stop.order_id, stop.late_s) for stop in commit.trip.stops] == [("o", 0)]
    assert commit.trip.depart_at == at(1)


def test_events_that_wait_together_are_planned_on_the_last_of_them_and_so_in_a_replay(tmp_path: Path) -> None:
    events = [
        RiderOn(id="r", at=at(0), rider=Rider(id="ana", store_id="store")),
        OrderPlaced(id="a", at=at(0), order=order("a", 1.0)),
        OrderPlaced(id="b", at=at(1), order=order("b", 1.1, placed=1, ready=1)),
    ]
    dispatcher = Dispatcher(setup())
    with Log(tmp_path / "log.jsonl") as log:
        for event, looks in zip(events, (0, 0, None), strict=True):
            decisions = dispatcher.handle(event, looks=looks)
            assert dispatcher.cut == looks
            assert (dispatcher.wake_at == event.at) == (looks == 0)
            log.append(event, dispatcher.cut, decisions)
    entries = list(read_log(tmp_path / "log.jsonl"))
    assert [len(entry.decisions) for entry in entries] == [0, 0, 3]
    assert [stop.order_id for stop in the(Commit, list(entries[2].decisions)).trip.stops] == ["a", "b"]
    assert {each.order_id for each in entries[2].decisions if isinstance(each, Quoted)} == {"a", "b"}
    assert list(replay(Dispatcher(setup()), entries)) == entries
