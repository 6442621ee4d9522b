"""News that comes in another sequence than it was made in: the older of two pieces never undoes the newer."""

from typing import Any

import pytest

from dispatch import Drone
from dispatch.online import (
    AddressCorrected,
    Commit,
    Decision,
    DroneOn,
    DronesCleared,
    DronesGrounded,
    GaveUp,
    Hold,
    OrderCancelled,
    OrderFreed,
    OrderHeld,
    OrderHurried,
    OrderPlaced,
    PromiseMoved,
    Quoted,
    ReadyChanged,
    Rejected,
    Released,
    ShiftChanged,
    Status,
    StopDone,
    StopFailed,
    StoreClosed,
    StoreOpened,
    Tick,
    TripLeft,
    TripReturned,
    VehicleDelayed,
    VehicleLocated,
    VehicleLost,
    VehicleOff,
)
from tests.dispatch.online.small_day import KM, TWO, Store30, at, on_the_road, order, the

HERE = (0.0, 0.0)


def refused(decisions: list[Decision]) -> bool:
    return the(Rejected, decisions).field == "at"


def test_older_news_of_a_store_an_order_or_a_drone_is_refused() -> None:
    store = Store30()
    store.tell(OrderPlaced, 0, order=order("a", 1.0))
    store.tell(DroneOn, 0, drone=Drone(id="d", store_id="store"))
    for newer, older in [
        ((StoreOpened, {"store_id": "store"}), (StoreClosed, {"store_id": "store"})),
        ((ReadyChanged, {"order_id": "a", "ready_at": at(12)}), (ReadyChanged, {"order_id": "a", "ready_at": at(99)})),
        (
            (PromiseMoved, {"order_id": "a", "promised_at": at(60)}),
            (PromiseMoved, {"order_id": "a", "promised_at": at(90)}),
        ),
        (
            (ShiftChanged, {"vehicle_id": "d", "shift_end_at": at(60)}),
            (ShiftChanged, {"vehicle_id": "d", "shift_end_at": at(90)}),
        ),
        (
            (AddressCorrected, {"order_id": "a", "location": (0.01, 0.0)}),
            (AddressCorrected, {"order_id": "a", "location": (0.02, 0.0)}),
        ),
        ((OrderFreed, {"order_id": "a"}), (OrderHeld, {"order_id": "a", "until": at(300)})),
        ((OrderHeld, {"order_id": "a", "until": at(15)}), (OrderHurried, {"order_id": "a"})),
        ((DronesCleared, {}), (DronesGrounded, {})),
        ((DronesCleared, {"vehicle_id": "d"}), (DronesGrounded, {"vehicle_id": "d"})),
    ]:
        assert not any(isinstance(each, Rejected) for each in store.tell(newer[0], 10, **newer[1]))
        assert refused(store.tell(older[0], 9, **older[1]))
    life = store.dispatcher.state.orders["a"]
    assert store.dispatcher.state.stores["store"].open
    assert (life.order.ready_at, life.order.location, life.held_until) == (at(12), (0.01, 0.0), at(15))
    assert life.order.promised_at == at(60)
    vehicle = store.dispatcher.state.vehicles["d"].vehicle
    assert isinstance(vehicle, Drone)
    assert not vehicle.grounded
    assert vehicle.shift_end_at == at(60)


def test_a_drone_flies_if_neither_it_nor_the_air_is_grounded() -> None:
    store = Store30()

    def fly() -> set[str]:
        drones = {name: life.vehicle for name, life in store.dispatcher.state.vehicles.items()}
        return {name for name, drone in drones.items() if isinstance(drone, Drone) and not drone.grounded}

    for name in ("d", "e"):
        store.tell(DroneOn, 0, drone=Drone(id=name, store_id="store", grounded=name == "e"))
    assert fly() == {"d"}
    store.tell(DronesGrounded, 1)
    store.tell(DroneOn, 2, drone=Drone(id="f", store_id="store"))
    assert fly() == set()
    store.tell(DronesCleared, 3, vehicle_id="e")
    assert fly() == set()
    store.tell(DronesGrounded, 4, vehicle_id="f")
    store.tell(DronesCleared, 5)
    assert fly() == {"d", "e"}


def test_older_word_of_where_a_rider_is_or_whether_it_is_on_is_refused() -> None:
    store = Store30(stores=TWO)
    store.rider(shared_with=("next",))
    store.tell(VehicleLocated, 10, vehicle_id="ana", location=TWO[1].location, store_id="next")
    assert refused(store.tell(VehicleLocated, 5, vehicle_id="ana", location=HERE, store_id="store"))
    assert store.dispatcher.state.vehicles["ana"].store_id == "next"
    store.tell(VehicleOff, 12, vehicle_id="ana")
    assert refused(store.rider("ana", 11))
    assert store.dispatcher.state.vehicles["ana"].leaving
    store.rider("ana", 13)
    assert refused(store.tell(VehicleOff, 12.5, vehicle_id="ana"))


def test_delay_from_before_a_rider_came_back_delays_nothing() -> None:
    store = on_the_road()
    store.tell(StopDone, 3, trip_id="ana/1", order_id="a")
    store.tell(TripReturned, 6, trip_id="ana/1")
    assert refused(store.tell(VehicleDelayed, 1, vehicle_id="ana", by_s=3_600))
    assert the(Commit, store.tell(OrderPlaced, 7, order=order("b", 1.0, placed=7))).trip.vehicle_id == "ana"


def test_old_delay_does_not_find_a_vanished_rider() -> None:
    store = on_the_road()
    store.tell(Tick, 20)
    assert the(GaveUp, store.tell(Tick, 100)).order_id == "a"
    store.tell(OrderPlaced, 101, order=order("b", 1.0, placed=101))
    assert store.tell(VehicleDelayed, 10, vehicle_id="ana", by_s=60) == []
    assert store.status("b") is Status.OPEN


def test_older_stop_ends_its_order_and_moves_no_other() -> None:
    store = Store30()
    store.rider("ana")
    for name in ("a", "b", "c"):
        store.tell(OrderPlaced, 0, order=order(name, 1.0, ready=1))
    first, second, third = (stop.order_id for stop in the(Commit, store.tell(Tick, 1)).trip.stops)
    store.tell(TripLeft, 1, trip_id="ana/1")
    store.tell(StopDone, 12, trip_id="ana/1", order_id=second)
    due_at = store.dispatcher.state.trips["ana/1"].due_at
    store.tell(StopDone, 4, trip_id="ana/1", order_id=first)
    assert store.status(first) is Status.DELIVERED
    assert store.dispatcher.state.orders[first].ended_at == at(4)
    assert store.dispatcher.state.trips["ana/1"].due_at == due_at
    assert store.status(third) is Status.ON_BOARD


def test_rider_who_came_on_anew_is_on_no_earlier_trip() -> None:
    store = Store30(silence_s=300)
    store.rider()
    store.tell(OrderPlaced, 0, order=order("a", 1.0, promised_at=at(90)))
    the(Released, store.tell(Tick, 5))
    store.rider("ben", 6)
    store.tell(OrderPlaced, 7, order=order("b", -1.0, placed=7, vehicle_ids=("ana",)))
    assert the(Commit, store.rider("ana", 10)).trip.id == "ana/2"
    assert the(Rejected, store.tell(TripLeft, 1, trip_id="ana/1")).field == "trip_id"
    assert store.dispatcher.state.vehicles["ana"].trip_id == "ana/2"
    # That an order of it was handed over is believed all the same.
    assert the(Released, store.tell(StopDone, 3, trip_id="ana/1", order_id="a")).trip_id == "ben/1"
    assert store.status("a") is Status.DELIVERED


def test_vanished_rider_who_came_on_anew_is_not_out_with_the_orders_that_were_given_up() -> None:
    store = on_the_road(promised_at=at(200))
    store.tell(Tick, 20)
    store.tell(Tick, 80)
    store.rider("ana", 81)
    assert the(Commit, store.tell(OrderPlaced, 82, order=order("b", 1.0, placed=82))).trip.id == "ana/2"
    assert the(Rejected, store.tell(TripLeft, 0, trip_id="ana/1")).field == "trip_id"
    assert (store.status("a"), store.status("b")) == (Status.GIVEN_UP, Status.COMMITTED)
    found = the(Quoted, store.tell(TripReturned, 83, trip_id="ana/1"))  # somebody brought it back
    assert (found.order_id, store.status("a")) == ("a", Status.OPEN)


def test_trip_that_came_back_was_the_last_even_if_nobody_heard_that_it_left() -> None:
    store = Store30(silence_s=300)
    store.rider()
    store.tell(OrderPlaced, 0, order=order("a", 1.0, promised_at=at(60)))
    the(Released, store.tell(Tick, 5))
    store.rider("ben", 5.5)
    store.tell(OrderPlaced, 6, order=order("b", -1.0, placed=6, vehicle_ids=("ana",)))
    assert the(Commit, store.tell(VehicleLocated, 7, vehicle_id="ana", location=HERE)).trip.id == "ana/2"
    store.tell(TripReturned, 12, trip_id="ana/2")
    assert the(Rejected, store.tell(TripLeft, 1, trip_id="ana/1")).field == "trip_id"
    assert "ana/1" not in store.dispatcher.state.trips


def test_given_up_order_can_be_cancelled_and_is_not_carried_when_it_is_found() -> None:
    store = on_the_road(promised_at=at(200))
    store.tell(Tick, 20)
    store.tell(Tick, 80)
    assert store.tell(OrderCancelled, 81, order_id="a") == []
    assert store.tell(TripReturned, 82, trip_id="ana/1") == []
    assert store.status("a") is Status.CANCELLED


@pytest.mark.parametrize(
    ("kind", "minute", "status"), [(StopDone, 3, True), (StopDone, 7, False), (StopFailed, 3, False)]
)
def test_order_that_was_handed_over_before_it_was_cancelled_or_lost(kind: Any, minute: int, status: bool) -> None:
    lost = on_the_road()
    lost.tell(VehicleLost, 6, vehicle_id="ana")
    cancelled = on_the_road()
    cancelled.tell(OrderCancelled, 6, order_id="a")
    for store, before in ((lost, Status.FAILED), (cancelled, Status.CANCELLED)):
        assert store.status("a") is before
        decisions = store.tell(kind, minute, trip_id="ana/1", order_id="a")
        assert store.status("a") is (Status.DELIVERED if status else before)
        assert any(isinstance(each, Rejected) for each in decisions) is not status
    assert the(Rejected, lost.tell(TripReturned, 8, trip_id="ana/1")).text.endswith("is over already")


def test_trip_does_not_leave_before_it_was_committed_whatever_a_telephone_says() -> None:
    quotes = []
    for minute in (0, -180):
        store = Store30()
        store.rider()
        store.tell(OrderPlaced, 0, order=order("far", 10.0, promised_at=at(60)))
        store.tell(TripLeft, minute, trip_id="ana/1")
        decisions = store.tell(OrderPlaced, 1, order=order("b", 1.0, placed=1))
        assert the(Hold, decisions).why == "no_vehicle_yet"
        quotes.append(the(Quoted, decisions).arrive_at)
    assert quotes[0] == quotes[1]


def test_clock_that_was_set_back_takes_back_what_came_too_late_on_it() -> None:
    store = Store30()
    store.tell(OrderPlaced, 0, order=order("a", 1.0, max_late_s=600, vehicle_ids=("ben",)))
    store.rider("ana", 1)
    assert the(GaveUp, store.tell(VehicleLocated, 59, vehicle_id="ana", location=HERE)).order_id == "a"
    assert the(Quoted, store.tell(Tick, 2)).order_id == "a"
    assert store.status("a") is Status.OPEN
    assert the(Commit, store.rider("ben", 3)).trip.stops[0].order_id == "a"
    assert store.tell(VehicleLocated, 4, vehicle_id="ana", location=(0.1 * KM, 0.0)) == []  # of minute 59 no more
    # Who vanished long ago, and was found, is not taken to be gone again.
    other = on_the_road(promised_at=at(200))
    other.tell(Tick, 20)
    other.tell(Tick, 80)
    other.tell(VehicleLocated, 80, vehicle_id="ana", location=HERE)
    the(Commit, other.tell(OrderPlaced, 80, order=order("b", 1.0, placed=80, promised_at=at(300))))
    other.tell(Tick, 9_000)
    other.tell(Tick, 9_001)
    other.tell(Tick, 83)
    assert other.dispatcher.state.vehicles["ana"].overdue_at is None


def test_nobody_is_quoted_for_an_order_that_was_cancelled() -> None:
    store = Store30(in_rounds=True)
    store.rider()
    store.tell(OrderPlaced, 0, order=order("a", 1.0))
    store.tell(OrderCancelled, 1, order_id="a")
    assert store.tell(Tick, 2) == []
