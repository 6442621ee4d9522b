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
    PromiseMoved,
    Quoted,
    ReadyChanged,
    Rejected,
    Released,
    Restarted,
    RiderOn,
    Setup,
    ShiftChanged,
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
ENDED = frozenset({Status.DELIVERED, Status.FAILED, Status.CANCELLED})
BACK = timedelta(seconds=60)


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
        self.stops: dict[str, list[str]] = {}
        """All orders that a trip was committed with."""
        self.trips: dict[str, list[str]] = {}
        """Those that a trip still has, which is committed or under way."""
        self.left: set[str] = set()
        self.given_back: dict[str, list[str]] = {}
        """Those that a trip had when it was given back or lost."""
        self.over: dict[str, list[str]] = {}
        """Those that a trip came back or was lost with."""
        self.too_late: dict[str, datetime] = {}
        """When an order was given up that no trip was lost with."""
        self.ended_at: dict[str, datetime] = {}
        self.claims: dict[str, datetime] = {}
        """When a trip is said to have handed an order over that another has on board."""
        self.trip_at: dict[str, datetime] = {}
        """When a trip was committed, or, once it was heard of, left."""
        self.acted_at: dict[str, datetime] = {}
        self.said_at: dict[tuple[str, str], datetime] = {}
        """When the latest news was from that one of which nothing older is taken."""
        self.lost_with: dict[str, str] = {}
        """The trip with which an order was given up."""
        self.over_before: dict[str, int] = {}
        self.expected: set[tuple[str, str]] = set()
        self.unquoted: set[str] = set()
        self.riders: list[str] = []
        self.heard_at: dict[str, datetime] = {}
        self.silent: dict[str, datetime] = {}
        self.vanished: set[str] = set()

    def tell(self, kind: type[Any], **fields: object) -> tuple[Decision, ...]:
        at = self.now if kind is Tick else self.now - self.behind
        self.behind = timedelta()
        return self.hear(kind(id=f"e{len(self.log)}", at=at, **fields))

    def hear(self, event: Event) -> tuple[Decision, ...]:
        looks, self.looks = self.looks, None
        before = self.dispatcher.state.now
        decisions = self.dispatcher.handle(event, looks=looks)
        self.log.append(Heard(event, looks, decisions))
        if rejected(decisions):
            assert len(decisions) == 1
            return decisions
        if before is not None and isinstance(event, Tick) and event.at < before - BACK:
            self.clock_is_set_back(event.at)
        for decision in decisions:
            self.believe(decision)
        assert not self.expected, "orders that another vehicle left with were not taken from their trips"
        if isinstance(event, Tick) or not self.setup.in_rounds:
            quoted = {decision.order_id for decision in decisions if isinstance(decision, Quoted)}
            late = {each for each in self.unquoted - quoted if self.placed[each] not in ENDED}
            assert not late, "nobody was told when an order comes that is new or found again"
            self.unquoted.clear()
        return decisions

    def outdated(self, topic: str, of: str) -> bool:
        """Whether the next event is older than the last that was said of something."""
        return self.now - self.behind < self.said_at.get((topic, of), NOON - timedelta(days=1))

    def say(self, topic: str, of: str) -> None:
        self.said_at[topic, of] = self.now - self.behind

    def moment_of(self, trip_id: str) -> datetime:
        """When what the next event tells of a trip is taken to have been."""
        return max(self.now - self.behind, self.trip_at[trip_id])

    def act(self, trip_id: str) -> None:
        """There is news of what a vehicle did on a trip."""
        self.hear_of(vehicle(trip_id))
        self.acted_at[vehicle(trip_id)] = max(self.acted_at[vehicle(trip_id)], self.moment_of(trip_id))

    def hear_of(self, vehicle_id: str, at: datetime | None = None) -> None:
        """There is news of a vehicle from the moment that the next event is told of."""
        at = at or self.now - self.behind
        self.heard_at[vehicle_id] = max(at, self.dispatcher.state.now or at)
        self.silent.pop(vehicle_id, None)
        self.vanished.discard(vehicle_id)

    def clock_is_set_back(self, now: datetime) -> None:
        """Silence on the wrong clock is none; who vanished on it is still gone."""
        for vehicle_id in self.silent.keys() - self.vanished:
            if self.silent[vehicle_id] > now:
                del self.silent[vehicle_id]
        for moments in (self.heard_at, self.silent, self.acted_at, self.trip_at):
            moments |= {each: min(at, now) for each, at in moments.items()}
        self.said_at |= {each: min(at, now) for each, at in self.said_at.items()}
        for order_id, at in self.too_late.items():
            if at > now and self.placed[order_id] is Status.GIVEN_UP:
                self.placed[order_id] = Status.OPEN
                self.unquoted.add(order_id)

    def believe(self, decision: Decision) -> None:
        if isinstance(decision, Commit):
            trip = decision.trip
            order_ids = [stop.order_id for stop in trip.stops]
            assert trip.id not in self.stops
            assert len(set(order_ids)) == len(order_ids)
            assert trip.vehicle_id not in self.silent, "a vehicle that is not heard of got a trip"
            for order_id in order_ids:
                wanted = self.dispatcher.state.orders[order_id].assigned_to
                if wanted in {life.vehicle.id for life in self.dispatcher.state.ready_vehicles}:
                    assert trip.vehicle_id == wanted, "not as the operator wants it"
                assert self.placed[order_id] is Status.OPEN, "committed twice, or after its end"
                self.placed[order_id] = Status.COMMITTED
            self.trip_at[trip.id] = decision.at
            assert not self.trips_of(trip.vehicle_id), "a vehicle has two trips"
            self.trips[trip.id], self.stops[trip.id] = order_ids, list(order_ids)
        elif isinstance(decision, Released):
            self.give_back(decision)
        elif isinstance(decision, Overdue):
            self.miss(decision)
        elif isinstance(decision, GaveUp):
            vanished = decision.code == "vehicle_vanished"
            assert self.placed[decision.order_id] is (Status.ON_BOARD if vanished else Status.OPEN)
            self.placed[decision.order_id] = Status.GIVEN_UP
            self.too_late.pop(decision.order_id, None)
            if not vanished:
                self.too_late[decision.order_id] = decision.at

    def give_back(self, decision: Released) -> None:
        trip_id = decision.trip_id
        pairs = {(trip_id, order_id) for order_id in decision.order_ids}
        if pairs and pairs <= self.expected:
            self.expected -= pairs
            return
        assert trip_id not in self.left, "a trip that left was taken back"
        for order_id in decision.order_ids:
            assert self.placed[order_id] is Status.COMMITTED
            self.placed[order_id] = Status.OPEN
        self.trips[trip_id] = [each for each in self.trips[trip_id] if each not in decision.order_ids]
        if not self.trips[trip_id]:
            del self.trips[trip_id]
            self.given_back[trip_id] = list(decision.order_ids)

    def miss(self, decision: Overdue) -> None:
        vehicle_id = decision.vehicle_id
        (trip_id,) = self.trips_of(vehicle_id)
        if decision.vanished:
            assert trip_id in self.left
            assert decision.at >= self.silent[vehicle_id] + timedelta(seconds=self.setup.vanished_s)
            self.vanished.add(vehicle_id)
            self.given_back[trip_id] = self.trips.pop(trip_id)
            for order_id in self.given_back[trip_id]:
                if not self.settled(order_id):
                    self.lost_with[order_id] = trip_id
        else:
            assert decision.at >= self.heard_at[vehicle_id] + timedelta(seconds=self.setup.silence_s)
            assert vehicle_id not in self.silent
        self.silent[vehicle_id] = decision.at

    def settled(self, order_id: str) -> bool:
        """Whether an order that is not handed over by who has it was delivered, as is claimed, by another before."""
        at = self.claims.pop(order_id, None)
        if at is not None:
            self.placed[order_id], self.ended_at[order_id] = Status.DELIVERED, at
        return at is not None

    def trips_of(self, vehicle_id: str) -> list[str]:
        return [each for each in self.trips if vehicle(each) == vehicle_id]

    def elsewhere(self, trip_id: str) -> bool:
        """Whether a trip is over, or its vehicle out on another or on a later one since."""
        others = {each for each in self.trips_of(vehicle(trip_id)) if each != trip_id}
        if trip_id in self.over:
            return True
        return bool(others & self.left) or self.over_before[vehicle(trip_id)] > number(trip_id)

    def depart(self, trip_id: str) -> None:
        """A trip turns out to have left; if it was given back, with what no other has left with."""
        if trip_id in self.given_back:
            for other in self.trips_of(vehicle(trip_id)):
                self.given_back[other] = self.trips.pop(other)
                for each in self.given_back[other]:
                    self.placed[each] = Status.OPEN
                    self.expected.add((other, each))
            self.trips[trip_id] = []
            for each in self.given_back.pop(trip_id):
                if self.placed[each] is Status.GIVEN_UP:
                    self.unquoted.add(each)
                if self.placed[each] in {Status.OPEN, Status.GIVEN_UP, Status.COMMITTED}:
                    self.take_away(each)
                    self.trips[trip_id].append(each)
        self.left.add(trip_id)
        self.trip_at[trip_id] = self.moment_of(trip_id)
        self.over_before[vehicle(trip_id)] = number(trip_id)
        for each in self.trips[trip_id]:
            self.placed[each] = Status.ON_BOARD

    def take_away(self, order_id: str) -> None:
        """An order is not on the trip that it is committed to."""
        if self.placed[order_id] is Status.COMMITTED:
            (other,) = (each for each, order_ids in self.trips.items() if order_id in order_ids)
            self.expected.add((other, order_id))
            self.trips[other].remove(order_id)
            if not self.trips[other]:
                del self.trips[other]
                self.given_back[other] = [order_id]

    @initialize(riders=st.integers(0, 3), drones=st.integers(0, 1), orders=st.integers(0, 4), in_rounds=st.booleans())
    def begin(self, riders: int, drones: int, orders: int, in_rounds: bool) -> None:
        self.setup = SETUP.model_copy(update={"in_rounds": in_rounds})
        self.dispatcher = Dispatcher(self.setup)
        self.tell(Tick)  # or the first event tells the time, and may be old
        for i in range(riders):
            shared = ("south",) if i == 0 else ()
            self.begin_shift(f"r{i}")
            self.tell(RiderOn, rider=Rider(id=f"r{i}", store_id="north", shared_with=shared, capacity_orders=2))
            self.riders.append(f"r{i}")
        for i in range(drones):
            self.begin_shift(f"d{i}")
            self.tell(DroneOn, drone=Drone(id=f"d{i}", store_id="south"))
            self.riders.append(f"d{i}")
        for i in range(orders):
            self.place("north", east=i - 2)

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
        self.place(store, both=both, east=east, north=north, ready_s=ready_s, max_late_s=max_late_s)

    def place(
        self,
        store: str,
        *,
        east: int,
        north: int = 0,
        both: bool = True,
        ready_s: int = 0,
        max_late_s: int | None = None,
    ) -> None:
        order_id = f"o{len(self.placed)}"
        self.placed[order_id] = Status.OPEN
        self.unquoted.add(order_id)
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

    @rule(minutes=st.integers(1, 200))
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

    @precondition(lambda self: self.given_back)
    @rule(data=st.data(), leaves=st.booleans())
    def vehicle_goes_on(self, data: st.DataObject, leaves: bool) -> None:
        """One whose trip was given back is seen, and gets an order as an operator wants it."""
        vehicle_id = vehicle(data.draw(st.sampled_from(sorted(self.given_back))))
        self.behind = timedelta()
        self.see(vehicle_id, None)
        self.place("north", east=0)
        order_id = list(self.placed)[-1]
        if not rejected(self.tell(OrderAssigned, order_id=order_id, vehicle_id=vehicle_id)):
            self.say("vehicle", order_id)
        self.tell(Tick)
        for trip_id in self.trips_of(vehicle_id) if leaves else ():
            self.leave(trip_id)

    def leave(self, trip_id: str) -> None:
        known = trip_id in self.trips or trip_id in self.given_back
        expected = known and not (trip_id in self.trips and trip_id in self.left) and not self.elsewhere(trip_id)
        if expected:
            self.act(trip_id)
            self.depart(trip_id)
        assert expected != rejected(self.tell(TripLeft, trip_id=trip_id))

    @rule(data=st.data(), kind=st.sampled_from([StopDone, StopFailed]))
    def stop(self, data: st.DataObject, kind: type[Any]) -> None:
        trip_id = self.some_trip(data)
        order_id = data.draw(st.sampled_from([*self.stops.get(trip_id, ()), STRANGE]))
        self.stop_at(trip_id, order_id, kind)

    @precondition(lambda self: self.given_back)
    @rule(data=st.data())
    def trip_had_delivered(self, data: st.DataObject) -> None:
        trip_id = data.draw(st.sampled_from(sorted(self.given_back)))
        self.stop_at(trip_id, data.draw(st.sampled_from(self.stops[trip_id])), StopDone)

    @precondition(lambda self: self.over)
    @rule(data=st.data(), kind=st.sampled_from([StopDone, StopFailed]))
    def trip_had_delivered_before_it_came_back(self, data: st.DataObject, kind: type[Any]) -> None:
        trip_id = data.draw(st.sampled_from(sorted(self.over)))
        self.stop_at(trip_id, data.draw(st.sampled_from(self.stops[trip_id])), kind)

    def stop_at(self, trip_id: str, order_id: str, kind: type[Any]) -> None:
        """News of an order is believed unless another trip has it on board; of a vehicle, unless that is elsewhere."""
        expected = STRANGE not in {trip_id, order_id}
        if expected:
            ended = self.placed[order_id] in ENDED and not (kind is StopDone and self.presumed(trip_id, order_id))
            elsewhere = self.elsewhere(trip_id)
            under_way = trip_id in self.trips and trip_id in self.left
            on_board = self.placed[order_id] is Status.ON_BOARD and order_id not in self.trips.get(trip_id, ())
            if on_board and kind is StopDone:
                self.claims[order_id] = self.moment_of(trip_id)
                if not elsewhere:
                    self.act(trip_id)
                    if not under_way:
                        self.depart(trip_id)
                assert not rejected(self.tell(kind, trip_id=trip_id, order_id=order_id))
                return
            expected = not on_board and not (ended and (elsewhere or under_way))
        if expected and not elsewhere:
            self.act(trip_id)
            if not under_way:
                self.depart(trip_id)
        if expected and not ended:
            self.take_away(order_id)
            if kind is StopDone:
                self.claims.pop(order_id, None)
            if not self.settled(order_id):
                self.placed[order_id] = Status.DELIVERED if kind is StopDone else Status.FAILED
                self.ended_at[order_id] = self.moment_of(trip_id)
            for order_ids in (each.get(trip_id, []) for each in (self.trips, self.given_back, self.over)):
                if order_id in order_ids:
                    order_ids.remove(order_id)
        assert expected != rejected(self.tell(kind, trip_id=trip_id, order_id=order_id))

    def presumed(self, trip_id: str, order_id: str) -> bool:
        """Whether an order's end, by a cancellation or with a vehicle, was only after it is told to be handed over."""
        lost = self.placed[order_id] is Status.FAILED and order_id in self.over.get(trip_id, ())
        cancelled = self.placed[order_id] is Status.CANCELLED
        return (cancelled or lost) and self.moment_of(trip_id) <= self.ended_at[order_id]

    @rule(data=st.data())
    def trip_returns(self, data: st.DataObject) -> None:
        """What it still has is open again; of a trip that was given back, what was given up with it."""
        trip_id = self.some_trip(data)
        expected = trip_id != STRANGE
        was_elsewhere = expected and self.elsewhere(trip_id)
        opened: list[str] = []
        had_orders = bool(self.trips.get(trip_id) or self.given_back.get(trip_id))
        if trip_id in self.trips or (expected and not was_elsewhere):
            self.act(trip_id)
            self.over_before[vehicle(trip_id)] = max(self.over_before[vehicle(trip_id)], number(trip_id) + 1)
        if trip_id in self.trips:
            opened = self.trips.pop(trip_id)
        elif expected:
            lost = [each for each in self.given_back.pop(trip_id) if self.placed[each] is Status.GIVEN_UP]
            opened = [each for each in lost if self.lost_with.get(each) == trip_id]
            self.unquoted |= set(opened)
        if had_orders:
            self.over[trip_id] = list(opened)
        for order_id in opened:
            self.lost_with.pop(order_id, None)
            if not self.settled(order_id):
                self.placed[order_id] = Status.OPEN
        assert expected != rejected(self.tell(TripReturned, trip_id=trip_id))

    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        order_id = self.some_order(data)
        alive = order_id != STRANGE and self.placed[order_id] not in ENDED
        trip_id = next((each for each, order_ids in self.trips.items() if order_id in order_ids), None)
        if alive:
            if not self.settled(order_id):
                self.placed[order_id] = Status.CANCELLED
                self.ended_at[order_id] = self.now - self.behind
            if trip_id is not None:
                self.trips[trip_id].remove(order_id)
        assert alive != rejected(self.tell(OrderCancelled, order_id=order_id))

    @rule(data=st.data(), minutes=st.integers(-10, 30))
    def ready_changes(self, data: st.DataObject, minutes: int) -> None:
        self.tell(ReadyChanged, order_id=self.some_order(data), ready_at=self.now + timedelta(minutes=minutes))

    @rule(data=st.data(), minutes=st.integers(-10, 90))
    def promise_moves(self, data: st.DataObject, minutes: int) -> None:
        self.tell(PromiseMoved, order_id=self.some_order(data), promised_at=self.now + timedelta(minutes=minutes))

    @rule(data=st.data(), minutes=st.integers(30, 180))
    def shift_changes(self, data: st.DataObject, minutes: int) -> None:
        vehicle_id = data.draw(st.sampled_from([*self.riders, STRANGE]))
        self.tell(ShiftChanged, vehicle_id=vehicle_id, shift_end_at=self.now + timedelta(minutes=minutes))

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
        topics = {OrderAssigned: ["vehicle"], OrderFreed: ["vehicle", "departure"]}.get(kind, ["departure"])
        alive = self.placed.get(order_id) in {Status.OPEN, Status.COMMITTED}
        expected = alive and not any(self.outdated(topic, order_id) for topic in topics)
        said = {(topic, order_id): self.now - self.behind for topic in topics}
        refused = rejected(self.tell(kind, order_id=order_id, **fields))
        assert refused or expected
        assert kind is OrderAssigned or refused != expected
        if not refused:
            self.said_at |= said

    @rule(data=st.data(), kind=st.sampled_from(["on", "off", "lost", "seen", "late"]))
    def fleet(self, data: st.DataObject, kind: str) -> None:
        vehicle_id = data.draw(st.sampled_from([*self.riders, STRANGE]))
        if kind == "on":
            self.come_on(f"r{len(self.riders)}" if vehicle_id == STRANGE else vehicle_id)
        elif kind == "seen":
            self.see(vehicle_id, "south")
        elif kind == "late":
            expected = vehicle_id != STRANGE and self.now - self.behind >= self.acted_at[vehicle_id]
            if expected:
                self.hear_since(vehicle_id)
            assert expected != rejected(self.tell(VehicleDelayed, vehicle_id=vehicle_id, by_s=300))
        else:
            expected = vehicle_id != STRANGE and not self.outdated("duty", vehicle_id)
            if expected:
                self.say("duty", vehicle_id)
            for trip_id in [each for each in self.trips_of(vehicle_id) if each in self.left and kind == "lost"]:
                if expected:
                    self.lose(trip_id)
            assert expected != rejected(self.tell(VehicleOff if kind == "off" else VehicleLost, vehicle_id=vehicle_id))

    def lose(self, trip_id: str) -> None:
        """A vehicle is lost with all that it has on board."""
        order_ids = self.trips.pop(trip_id)
        for order_id in order_ids:
            if not self.settled(order_id):
                self.placed[order_id], self.ended_at[order_id] = Status.FAILED, self.now - self.behind
        if order_ids:
            self.over[trip_id] = order_ids

    def see(self, vehicle_id: str, store_id: str | None) -> None:
        """A vehicle is seen; what is older than the last sight of it, or than what it did since, is no news."""
        expected = vehicle_id != STRANGE and not self.outdated("place", vehicle_id)
        expected = expected and self.now - self.behind >= self.acted_at[vehicle_id]
        if expected:
            self.say("place", vehicle_id)
            self.hear_since(vehicle_id)
        fields = {"vehicle_id": vehicle_id, "location": (-71.25, -29.91), "store_id": store_id}
        assert expected != rejected(self.tell(VehicleLocated, **fields))

    def hear_since(self, vehicle_id: str) -> None:
        """There is news of a vehicle, unless it is from before its silence was told."""
        at = self.now - self.behind
        if at >= self.silent.get(vehicle_id, at):
            self.hear_of(vehicle_id)

    def begin_shift(self, name: str) -> None:
        """A vehicle stands at a store: it is on none of the trips that it was given before."""
        self.hear_of(name)
        self.say("duty", name)
        self.acted_at[name] = self.now - self.behind
        self.over_before[name] = 1 + max((number(each) for each in self.stops if vehicle(each) == name), default=0)

    def come_on(self, name: str) -> None:
        life = self.dispatcher.state.vehicles.get(name)
        free = life is None or (life.trip_id is None and (life.leaving or name in self.silent))
        if free and not self.outdated("duty", name):
            self.begin_shift(name)
        if name not in self.riders:
            self.riders.append(name)
        self.tell(RiderOn, rider=Rider(id=name, store_id="south", shared_with=("north",)))

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
        if not rejected(decisions):
            assert rejected(self.hear(event))

    @rule(hours=st.integers(7, 100))
    def clock_jumps(self, hours: int) -> None:
        state = self.dispatcher.state
        before = state.now
        decisions = self.hear(Tick(id=f"e{len(self.log)}", at=self.now + timedelta(hours=hours)))
        if before is not None and state.suspect_at is not None:
            assert isinstance(decisions[0], Rejected)
            assert state.now == before
            assert not rejected(self.hear(Tick(id=f"e{len(self.log)}", at=self.now)))

    @rule(hours=st.integers(2, 100))
    def news_is_from_tomorrow(self, hours: int) -> None:
        known, at = self.dispatcher.state.now, self.now + timedelta(hours=hours)
        if known is not None and at > known + timedelta(hours=1):
            assert rejected(self.hear(VehicleOff(id=f"e{len(self.log)}", at=at, vehicle_id="r0")))
            assert self.dispatcher.state.now == known

    @rule()
    def process_dies(self) -> None:
        """A new dispatcher recalls the log and goes on; the replay of it all at the end must not differ."""
        again = Dispatcher(self.setup)
        for event, _, decisions in self.log:
            again.recall(event, decisions)
        assert again.state == self.dispatcher.state
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
        assert state.given_back.keys() == self.given_back.keys()
        assert {vehicle_id for vehicle_id, life in state.vehicles.items() if life.overdue} == set(self.silent)

    @rule()
    def street_closes(self) -> None:
        ring = ((-71.25, -29.9), (-71.24, -29.9), (-71.24, -29.89))
        assert isinstance(self.tell(StreetClosed, ring=ring)[0], Rejected), "who travels straight has no streets"

    def deliver(self, trip_id: str) -> None:
        """All that is left to do of a trip, at once."""
        if trip_id not in self.left:
            self.leave(trip_id)
        for order_id in tuple(self.trips[trip_id]):
            self.stop_at(trip_id, order_id, StopDone)
        self.act(trip_id)
        del self.trips[trip_id]
        self.tell(TripReturned, trip_id=trip_id)

    def teardown(self) -> None:
        """Once stores are open and riders there, whatever can still be served is; and all of it again on replay."""
        self.behind, self.looks = timedelta(), None
        for order_id in tuple(self.dispatcher.state.open_ids):
            self.tell(OrderFreed, order_id=order_id)
        for store in self.setup.stores:
            self.tell(StoreOpened, store_id=store.id)
            self.begin_shift(f"last-{store.id}")
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


def vehicle(trip_id: str) -> str:
    return trip_id.split("/", maxsplit=1)[0]


def number(trip_id: str) -> int:
    return int(trip_id.split("/")[1])


def rejected(decisions: Sequence[Decision]) -> bool:
    return bool(decisions) and isinstance(decisions[0], Rejected)


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
