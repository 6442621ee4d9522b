"""A thousand random days: no commitment broken, no order lost or served twice, the same again on replay."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

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
    OrderAssigned,
    OrderCancelled,
    OrderFreed,
    OrderHeld,
    OrderHurried,
    OrderPlaced,
    Overdue,
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
    StreetClosed,
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
    rates=Rates(unserved_cost=1e6),  # so that no order is better left out than late
    work=10,
    vanished_s=1_200,
)
STORES = st.sampled_from(["north", "south"])
STRANGE = "strange"
WITHDRAWN = ("out of stock", "was assigned to", "is held until")
"""An order that is taken from a trip for one of these reasons cannot have left with it."""


class Heard(NamedTuple):
    """An event, where its plan was cut short if it was, and what was decided."""

    event: Event
    looks: int | None
    decisions: tuple[Decision, ...]


class Day(RuleBasedStateMachine):
    """Events as they come, sensible and not; beside them a second, simpler account of what was promised."""

    def __init__(self) -> None:
        super().__init__()
        self.setup = SETUP
        self.dispatcher = Dispatcher(SETUP)
        self.log: list[Heard] = []
        self.now = NOON
        self.behind, self.looks = timedelta(), None
        self.placed: dict[str, Status] = {}
        self.trips: dict[str, list[str]] = {}
        self.left: set[str] = set()
        self.given_back: dict[str, list[str]] = {}
        self.expected: set[tuple[str, str]] = set()
        self.riders: list[str] = []

    def tell(self, kind: type[Any], **fields: object) -> tuple[Decision, ...]:
        at = self.now if kind is Tick else self.now - self.behind
        self.behind = timedelta()
        return self.hear(kind(id=f"e{len(self.log)}", at=at, **fields))

    def hear(self, event: Event) -> tuple[Decision, ...]:
        looks, self.looks = self.looks, None
        decisions = self.dispatcher.handle(event, looks=looks)
        self.log.append(Heard(event, looks, decisions))
        for decision in decisions:
            self.believe(decision)
        assert not self.expected, "orders that another vehicle left with were not taken from their trips"
        return decisions

    def believe(self, decision: Decision) -> None:
        if isinstance(decision, Commit):
            trip = decision.trip
            order_ids = [stop.order_id for stop in trip.stops]
            assert trip.id not in self.trips
            assert len(set(order_ids)) == len(order_ids)
            for order_id in order_ids:
                wanted = self.dispatcher.state.orders[order_id].assigned_to
                if wanted in {life.vehicle.id for life in self.dispatcher.state.ready_vehicles}:
                    assert trip.vehicle_id == wanted, "not as the operator wants it"
                assert self.placed[order_id] is Status.OPEN, "committed twice, or after its end"
                self.placed[order_id] = Status.COMMITTED
            busy = [each for each in self.trips if each.split("/")[0] == trip.vehicle_id]
            assert not busy, "a vehicle has two trips"
            self.trips[trip.id] = order_ids
        elif isinstance(decision, Released):
            assert decision.trip_id not in self.left, "a trip that left was taken back"
            for order_id in decision.order_ids:
                if (decision.trip_id, order_id) in self.expected:
                    self.expected.remove((decision.trip_id, order_id))
                    continue
                self.trips[decision.trip_id].remove(order_id)
                assert self.placed[order_id] is Status.COMMITTED
                self.placed[order_id] = Status.OPEN
                if not any(words in decision.text for words in WITHDRAWN):
                    self.given_back.setdefault(decision.trip_id, []).append(order_id)
            if not self.trips.get(decision.trip_id, True):
                del self.trips[decision.trip_id]
        elif isinstance(decision, Overdue) and decision.vanished:
            (trip_id,) = (each for each in self.trips if each.split("/")[0] == decision.vehicle_id)
            assert trip_id in self.left
            self.given_back[trip_id] = self.trips.pop(trip_id)
        elif isinstance(decision, GaveUp):
            vanished = decision.code == "vehicle_vanished"
            assert self.placed[decision.order_id] is (Status.ON_BOARD if vanished else Status.OPEN)
            self.placed[decision.order_id] = Status.GIVEN_UP

    def revive(self, trip_id: str, order_id: str | None = None) -> bool:
        """A trip that was given back turns out to have left; says whether that can be."""
        mine = self.given_back.get(trip_id)
        if mine is None:
            return trip_id in self.trips
        vehicle_id = trip_id.split("/", maxsplit=1)[0]
        others = [each for each in self.trips if each.split("/")[0] == vehicle_id]
        alive = {Status.OPEN, Status.GIVEN_UP, Status.COMMITTED}
        if order_id is not None and (order_id not in mine or self.placed[order_id] not in alive):
            return False
        if any(other in self.left for other in others):
            return False
        del self.given_back[trip_id]
        for other in others:
            self.given_back[other] = self.trips.pop(other)
            for each in self.given_back[other]:
                self.placed[each] = Status.OPEN
                self.expected.add((other, each))
        carried = [each for each in mine if self.placed[each] in alive]
        for each in carried:
            for other in [other for other, order_ids in self.trips.items() if each in order_ids]:
                self.expected.add((other, each))
                self.trips[other].remove(each)
                if not self.trips[other]:
                    del self.trips[other]
            self.placed[each] = Status.ON_BOARD
        self.trips[trip_id] = carried
        self.left.discard(trip_id)
        return True

    @initialize(riders=st.integers(0, 3), drones=st.integers(0, 1), in_rounds=st.booleans())
    def begin(self, riders: int, drones: int, in_rounds: bool) -> None:
        self.setup = SETUP.model_copy(update={"in_rounds": in_rounds})
        self.dispatcher = Dispatcher(self.setup)
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
        return data.draw(st.sampled_from([*sorted({*self.trips, *self.given_back}), STRANGE]))

    @rule(minutes=st.integers(1, 20))
    def news_is_late(self, minutes: int) -> None:
        self.behind = timedelta(minutes=minutes)

    @rule(looks=st.integers(1, 3))
    def search_is_cut(self, looks: int) -> None:
        self.looks = looks

    @rule(data=st.data())
    def trip_leaves(self, data: st.DataObject) -> None:
        self.leave(self.some_trip(data))

    @precondition(lambda self: self.given_back)
    @rule(data=st.data())
    def trip_had_left(self, data: st.DataObject) -> None:
        self.leave(data.draw(st.sampled_from(sorted(self.given_back))))

    def leave(self, trip_id: str) -> None:
        expected = trip_id not in (self.left & self.trips.keys()) and self.revive(trip_id)
        if expected:
            self.left.add(trip_id)
            for order_id in self.trips[trip_id]:
                self.placed[order_id] = Status.ON_BOARD
        decisions = self.tell(TripLeft, trip_id=trip_id)
        assert expected != isinstance(decisions[0] if decisions else None, Rejected)

    @rule(data=st.data(), kind=st.sampled_from([StopDone, StopFailed]))
    def stop(self, data: st.DataObject, kind: type[Any]) -> None:
        trip_id = self.some_trip(data)
        known = self.trips.get(trip_id) or self.given_back.get(trip_id) or []
        order_id = data.draw(st.sampled_from([*known, STRANGE]))
        expected = order_id != STRANGE and self.revive(trip_id, order_id)
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
        expected = self.revive(trip_id)
        for order_id in self.trips.pop(trip_id, []) if expected else []:
            self.placed[order_id] = Status.OPEN
        decisions = self.tell(TripReturned, trip_id=trip_id)
        assert expected != isinstance(decisions[0] if decisions else None, Rejected)

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

    @rule(data=st.data(), kind=st.sampled_from([OrderAssigned, OrderHeld, OrderHurried, OrderFreed]))
    def operator_decides(self, data: st.DataObject, kind: type[Any]) -> None:
        order_id = self.some_order(data)
        fields: dict[str, object] = {}
        if kind is OrderAssigned:
            fields = {"vehicle_id": data.draw(st.sampled_from([*self.riders, STRANGE]))}
        elif kind is OrderHeld:
            fields = {"until": self.now + timedelta(minutes=data.draw(st.integers(-5, 40)))}
        decisions = self.tell(kind, order_id=order_id, **fields)
        rejected = bool(decisions) and isinstance(decisions[0], Rejected)
        if self.placed.get(order_id) not in {Status.OPEN, Status.COMMITTED}:
            assert rejected
        elif kind is not OrderAssigned:
            assert not rejected

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
        event, _, decisions = data.draw(st.sampled_from(self.log))
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
        again = Dispatcher(self.setup)
        for event, _, decisions in self.log:
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

    @rule()
    def street_closes(self) -> None:
        ring = ((-71.25, -29.9), (-71.24, -29.9), (-71.24, -29.89))
        assert isinstance(self.tell(StreetClosed, ring=ring)[0], Rejected), "who travels straight has no streets"

    def deliver(self, trip_id: str) -> None:
        """All that is left to do of a trip, at once."""
        if trip_id not in self.left:
            self.left.add(trip_id)
            self.tell(TripLeft, trip_id=trip_id)
        for order_id in tuple(self.trips[trip_id]):
            self.trips[trip_id].remove(order_id)
            self.tell(StopDone, trip_id=trip_id, order_id=order_id)
            self.placed[order_id] = Status.DELIVERED
        del self.trips[trip_id]
        self.tell(TripReturned, trip_id=trip_id)

    def teardown(self) -> None:
        """Once stores are open and riders there, whatever can still be served is; and all of it again on replay."""
        self.behind, self.looks = timedelta(), None
        for order_id in tuple(self.dispatcher.state.open_ids):
            self.tell(OrderFreed, order_id=order_id)
        for store in self.setup.stores:
            self.tell(StoreOpened, store_id=store.id)
            self.tell(RiderOn, rider=Rider(id=f"last-{store.id}", store_id=store.id, shared_with=("north", "south")))
        for _ in range(200):
            while given := [each for each in self.trips if each.startswith("last-")]:
                self.deliver(given[0])
            wake_at = self.dispatcher.wake_at
            if wake_at is None:
                break
            self.now = max(self.now, wake_at)
            self.tell(Tick)
        left_open = [self.dispatcher.state.orders[order_id] for order_id in self.dispatcher.state.open_ids]
        assert not left_open, "an order that could be served is not"
        assert answers(self.log) == answers(replayed(self.setup, self.log))


def replayed(setup: Setup, log: Sequence[Heard]) -> list[Heard]:
    again = Dispatcher(setup)
    return [Heard(event, looks, again.handle(event, looks=looks)) for event, looks, _ in log]


def answers(log: Sequence[Heard]) -> list[list[str]]:
    return [[decision.model_dump_json() for decision in heard.decisions] for heard in log]


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
