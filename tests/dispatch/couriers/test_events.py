"""Couriers under whatever happens: no order is lost or carried twice, and a replay decides the same."""

from datetime import UTC, datetime, timedelta

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.couriers import CourierPlanner, Ways
from dispatch.online import Commit, Dispatcher, Event, Setup, Status
from dispatch.online import event as words
from dispatch.request import Order, Packaging, Rider, Store, StraightTravel

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
STORES, RIDERS, ORDERS = ("r0", "r1", "r2"), ("c0", "c1", "c2"), tuple(f"o{i}" for i in range(30))
LIVING = {Status.OPEN, Status.COMMITTED, Status.ON_BOARD}


def ways(seed: int) -> Ways:
    names = (*STORES, *RIDERS, *ORDERS)
    xy_m = np.random.default_rng(seed).integers(0, 3_000, (len(names), 2))
    metres = np.sqrt(((xy_m[:, None] - xy_m) ** 2).sum(axis=2))
    return Ways({name: i for i, name in enumerate(names)}, 60 * np.ceil(metres / 300), metres)


def dispatcher(seed: int) -> Dispatcher:
    stores = [Store(id=name, location=(0, 0), region="CN") for name in STORES]
    setup = Setup(stores=stores, travel=StraightTravel(kind="straight"), work=20, in_rounds=seed % 2 == 0)
    return Dispatcher(setup, CourierPlanner(ways(seed)))


def next_event(draw: st.DataObject, made: Dispatcher, number: int, at: datetime) -> Event:
    """Something that may happen next, whether or not it makes sense."""
    name = {"id": f"e{number}", "at": at}
    store_id, rider_id = draw.draw(st.sampled_from(STORES)), draw.draw(st.sampled_from(RIDERS))
    order_id = draw.draw(st.sampled_from(ORDERS))
    trips = list(made.state.trips.values())
    trip = draw.draw(st.sampled_from(trips)) if trips else None
    kinds = ["placed", "placed", "placed", "on", "on", "tick", "tick", "off", "cancelled", "closed", "opened", "stock"]
    kind = draw.draw(st.sampled_from([*kinds, "trip", "trip", "trip", "trip"] if trip else kinds))
    if kind == "placed":
        order = Order(
            id=order_id,
            store_id=store_id,
            also_at=("r2",) if store_id == "r1" else (),
            location=(0, 0),
            placed_at=at,
            ready_at=at + timedelta(minutes=draw.draw(st.integers(0, 20))),
            promised_at=at + timedelta(minutes=30),
            mass_kg=1.0,
            packaging=Packaging.NONE,
        )
        return words.OrderPlaced(order=order, **name)
    if kind == "on":
        shift_end_at = at + timedelta(minutes=draw.draw(st.integers(5, 200)))
        return words.RiderOn(rider=Rider(id=rider_id, store_id="r0", shift_end_at=shift_end_at), **name)
    if kind == "trip" and trip is not None:
        if trip.left_at is None:
            return words.TripLeft(trip_id=trip.trip.id, **name)
        if trip.open_orders:
            how = draw.draw(st.sampled_from([words.StopDone, words.StopDone, words.StopFailed]))
            return how(trip_id=trip.trip.id, order_id=trip.open_orders[0], **name)
        return words.TripReturned(trip_id=trip.trip.id, **name)
    return {
        "tick": lambda: words.Tick(**name),
        "off": lambda: words.VehicleOff(vehicle_id=rider_id, **name),
        "cancelled": lambda: words.OrderCancelled(order_id=order_id, **name),
        "closed": lambda: words.StoreClosed(store_id=store_id, **name),
        "opened": lambda: words.StoreOpened(store_id=store_id, **name),
        "stock": lambda: words.StockOut(store_id=store_id, order_ids=(order_id,), **name),
    }[kind]()


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 1_000), st.data())
def test_no_order_is_lost_or_carried_twice_and_a_replay_decides_the_same(seed: int, data: st.DataObject) -> None:
    made, at = dispatcher(seed), NOON
    told: list[tuple[Event, tuple[object, ...]]] = []
    placed: set[str] = set()
    for number in range(50):
        at += timedelta(minutes=data.draw(st.integers(0, 4)))
        event = next_event(data, made, number, at)
        decisions = made.handle(event)
        told.append((event, decisions))
        if event.kind == "order_placed":
            placed.add(event.order.id)
        state = made.state
        assert set(state.orders) == placed
        carried = [order_id for trip in state.trips.values() for order_id in trip.open_orders]
        assert len(carried) == len(set(carried))
        living = {order_id for order_id, life in state.orders.items() if life.status in LIVING}
        assert living == {*carried, *state.open_ids}
        for commit in (each for each in decisions if isinstance(each, Commit)):
            rider = state.vehicles[commit.trip.vehicle_id].vehicle
            assert rider.shift_end_at is not None
            assert commit.trip.depart_at - timedelta(minutes=2) <= rider.shift_end_at
    again = dispatcher(seed)
    assert [again.handle(event) for event, _ in told] == [decisions for _, decisions in told]
