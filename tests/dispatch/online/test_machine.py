"""A thousand random days: no commitment broken, no order lost or served twice, the same again on replay."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from dispatch import Drone, Order, Rates, Rider, Store, StraightTravel
from dispatch.online import (
    AddressCorrected,
    Commit,
    Decision,
    Dispatcher,
    DroneOn,
    DronesCleared,
    DronesGrounded,
    Event,
    GaveUp,
    OrderCancelled,
    OrderPlaced,
    ReadyChanged,
    Rejected,
    Released,
    Restarted,
    RiderOn,
    Setup,
    Status,
    StockOut,
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

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
SETUP = Setup(
    stores=[
        Store(id="north", location=(-71.25, -29.90), region="CL"),
        Store(id="south", location=(-71.25, -29.92), region="CL"),
    ],
    travel=StraightTravel(kind="straight"),
    rates=Rates(),
    work=10,
)
STORES = st.sampled_from(["north", "south"])
STRANGE = "strange"


class Day(RuleBasedStateMachine):
    """Events as they come, sensible and not; beside them a second, simpler account of what was promised."""

    def __init__(self) -> None:
        super().__init__()
        self.dispatcher = Dispatcher(SETUP)
        self.log: list[tuple[Event, tuple[Decision, ...]]] = []
        self.now = NOON
        self.placed: dict[str, Status] = {}
        self.trips: dict[str, list[str]] = {}
        self.left: set[str] = set()
        self.riders: list[str] = []

    def tell(self, kind: type[Any], **fields: object) -> tuple[Decision, ...]:
        event = kind(id=f"e{len(self.log)}", at=self.now, **fields)
        return self.hear(event)

    def hear(self, event: Event) -> tuple[Decision, ...]:
        decisions = self.dispatcher.handle(event)
        self.log.append((event, decisions))
        for decision in decisions:
            self.believe(decision)
        return decisions

    def believe(self, decision: Decision) -> None:
        if isinstance(decision, Commit):
            trip = decision.trip
            order_ids = [stop.order_id for stop in trip.stops]
            assert trip.id not in self.trips
            assert len(set(order_ids)) == len(order_ids)
            for order_id in order_ids:
                assert self.placed[order_id] is Status.OPEN, "committed twice, or after its end"
                self.placed[order_id] = Status.COMMITTED
            busy = [each for each in self.trips if each.split("/")[0] == trip.vehicle_id]
            assert not busy, "a vehicle has two trips"
            self.trips[trip.id] = order_ids
        elif isinstance(decision, Released):
            assert decision.trip_id not in self.left, "a trip that left was taken back"
            for order_id in decision.order_ids:
                self.trips[decision.trip_id].remove(order_id)
                assert self.placed[order_id] is Status.COMMITTED
                self.placed[order_id] = Status.OPEN
            if not self.trips[decision.trip_id]:
                del self.trips[decision.trip_id]
        elif isinstance(decision, GaveUp):
            assert self.placed[decision.order_id] is Status.OPEN
            self.placed[decision.order_id] = Status.GIVEN_UP

    @initialize(riders=st.integers(0, 3), drones=st.integers(0, 1))
    def begin(self, riders: int, drones: int) -> None:
        for i in range(riders):
            shared = ("south",) if i == 0 else ()
            self.tell(RiderOn, rider=Rider(id=f"r{i}", store_id="north", shared_with=shared, capacity_orders=2))
            self.riders.append(f"r{i}")
        for i in range(drones):
            self.tell(DroneOn, drone=Drone(id=f"d{i}", store_id="south"))
            self.riders.append(f"d{i}")

    @rule(seconds=st.integers(0, 1_500))
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)
        self.tell(Tick)

    @rule(
        store=STORES,
        both=st.booleans(),
        east=st.integers(-20, 20),
        north=st.integers(-20, 20),
        ready_s=st.integers(0, 900),
        max_late_s=st.sampled_from([None, 0, 600]),
    )
    def order(self, store: str, both: bool, east: int, north: int, ready_s: int, max_late_s: int | None) -> None:
        order_id = f"o{len(self.placed)}"
        self.placed[order_id] = Status.OPEN
        self.tell(
            OrderPlaced,
            order=Order(
                id=order_id,
                store_id=store,
                also_at=("south" if store == "north" else "north",) if both else (),
                location=(-71.25 + east / 1_000, -29.91 + north / 1_000),
                placed_at=self.now,
                ready_at=self.now + timedelta(seconds=ready_s),
                promised_at=self.now + timedelta(minutes=30),
                max_late_s=max_late_s,
                mass_kg=1.0,
            ),
        )

    def some_order(self, data: st.DataObject) -> str:
        return data.draw(st.sampled_from([*self.placed, STRANGE]))

    def some_trip(self, data: st.DataObject) -> str:
        return data.draw(st.sampled_from([*sorted(self.trips), STRANGE]))

    @rule(data=st.data())
    def trip_leaves(self, data: st.DataObject) -> None:
        trip_id = self.some_trip(data)
        expected = trip_id in self.trips and trip_id not in self.left
        if expected:
            self.left.add(trip_id)
            for order_id in self.trips[trip_id]:
                self.placed[order_id] = Status.ON_BOARD
        decisions = self.tell(TripLeft, trip_id=trip_id)
        assert expected != isinstance(decisions[0] if decisions else None, Rejected)

    @rule(data=st.data(), kind=st.sampled_from([StopDone, StopFailed]))
    def stop(self, data: st.DataObject, kind: type[Any]) -> None:
        trip_id = self.some_trip(data)
        order_id = data.draw(st.sampled_from([*self.trips.get(trip_id, []), STRANGE]))
        expected = order_id != STRANGE
        if expected:
            self.left.add(trip_id)
            for other in self.trips[trip_id]:
                self.placed[other] = Status.ON_BOARD
            self.trips[trip_id].remove(order_id)
            self.placed[order_id] = Status.DELIVERED if kind is StopDone else Status.FAILED
        decisions = self.tell(kind, trip_id=trip_id, order_id=order_id)
        assert expected != isinstance(decisions[0] if decisions else None, Rejected)

    @rule(data=st.data())
    def trip_returns(self, data: st.DataObject) -> None:
        trip_id = self.some_trip(data)
        for order_id in self.trips.pop(trip_id, []):
            self.placed[order_id] = Status.OPEN
        self.tell(TripReturned, trip_id=trip_id)

    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        order_id = self.some_order(data)
        alive = self.placed.get(order_id) in {Status.OPEN, Status.COMMITTED, Status.ON_BOARD}
        trip_id = next((each for each, order_ids in self.trips.items() if order_id in order_ids), None)
        if alive:
            self.placed[order_id] = Status.CANCELLED
            if trip_id is not None:
                self.trips[trip_id].remove(order_id)
        decisions = self.tell(OrderCancelled, order_id=order_id)
        assert alive != isinstance(decisions[0] if decisions else None, Rejected)

    @rule(data=st.data(), minutes=st.integers(-10, 30))
    def ready_changes(self, data: st.DataObject, minutes: int) -> None:
        self.tell(ReadyChanged, order_id=self.some_order(data), ready_at=self.now + timedelta(minutes=minutes))

    @rule(data=st.data(), east=st.integers(-20, 20))
    def address_changes(self, data: st.DataObject, east: int) -> None:
        self.tell(AddressCorrected, order_id=self.some_order(data), location=(-71.25 + east / 1_000, -29.91))

    @rule(data=st.data(), kind=st.sampled_from(["on", "off", "lost", "seen", "late"]))
    def vehicle(self, data: st.DataObject, kind: str) -> None:
        vehicle_id = data.draw(st.sampled_from([*self.riders, STRANGE]))
        if kind == "on":
            name = f"r{len(self.riders)}" if vehicle_id == STRANGE else vehicle_id
            if name not in self.riders:
                self.riders.append(name)
            self.tell(RiderOn, rider=Rider(id=name, store_id="south", shared_with=("north",)))
        elif kind == "off":
            self.tell(VehicleOff, vehicle_id=vehicle_id)
        elif kind == "lost":
            for trip_id in [each for each in self.trips if each in self.left and each.split("/")[0] == vehicle_id]:
                for order_id in self.trips.pop(trip_id):
                    self.placed[order_id] = Status.FAILED
            self.tell(VehicleLost, vehicle_id=vehicle_id)
        elif kind == "seen":
            self.tell(VehicleLocated, vehicle_id=vehicle_id, location=(-71.25, -29.91), store_id="south")
        else:
            self.tell(VehicleDelayed, vehicle_id=vehicle_id, by_s=300)

    @rule(store=STORES, kind=st.sampled_from([StoreClosed, StoreOpened]))
    def store_changes(self, store: str, kind: type[Any]) -> None:
        self.tell(kind, store_id=store)

    @rule(data=st.data(), store=STORES)
    def stock_is_out(self, data: st.DataObject, store: str) -> None:
        self.tell(StockOut, store_id=store, order_ids=(self.some_order(data),))

    @rule(kind=st.sampled_from([DronesGrounded, DronesCleared]))
    def wind(self, kind: type[Any]) -> None:
        self.tell(kind)

    @precondition(lambda self: self.log)
    @rule(data=st.data())
    def said_again(self, data: st.DataObject) -> None:
        event, decisions = data.draw(st.sampled_from(self.log))
        rejected = bool(decisions) and isinstance(decisions[0], Rejected)
        if not rejected:
            again = self.hear(event)
            assert isinstance(again[0], Rejected)
            assert len(again) == 1

    @rule(hours=st.integers(7, 100))
    def clock_jumps(self, hours: int) -> None:
        state = self.dispatcher.state
        before = state.now
        decisions = self.hear(Tick(id=f"e{len(self.log)}", at=self.now + timedelta(hours=hours)))
        if before is not None and state.suspect_at is not None:
            assert isinstance(decisions[0], Rejected)
            assert state.now == before
            state_after = self.hear(Tick(id=f"e{len(self.log)}", at=self.now))
            assert not any(isinstance(decision, Rejected) for decision in state_after)

    @rule()
    def process_dies(self) -> None:
        """A new dispatcher recalls the log and goes on; the replay of it all at the end must not differ."""
        again = Dispatcher(SETUP)
        for event, decisions in self.log:
            again.recall(event, decisions)
        self.dispatcher = again
        self.tell(Restarted)

    @invariant()
    def nothing_is_lost(self) -> None:
        state = self.dispatcher.state
        assert {order_id: life.status for order_id, life in state.orders.items()} == self.placed
        open_ids = {order_id for order_id, status in self.placed.items() if status is Status.OPEN}
        assert set(state.open_ids) == open_ids
        assert {trip_id: sorted(trip.open_orders) for trip_id, trip in state.trips.items()} == {
            trip_id: sorted(order_ids) for trip_id, order_ids in self.trips.items()
        }

    def teardown(self) -> None:
        assert answers(self.log) == answers(replayed(self.log))


def replayed(log: Sequence[tuple[Event, tuple[Decision, ...]]]) -> list[tuple[Event, tuple[Decision, ...]]]:
    again = Dispatcher(SETUP)
    return [(event, again.handle(event)) for event, _ in log]


def answers(log: Sequence[tuple[Event, tuple[Decision, ...]]]) -> list[list[str]]:
    return [[decision.model_dump_json() for decision in decisions] for _, decisions in log]


RUNS, EVENTS = 1_000, 50


@pytest.mark.timeout(1_200)  # a minute or three, and shrinking takes more
def test_thousand_days_of_random_events() -> None:
    run_state_machine_as_test(
        Day,
        settings=settings(
            max_examples=RUNS,
            stateful_step_count=EVENTS,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        ),
    )
