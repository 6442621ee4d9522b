"""What happens to riders, drones and stores."""

from datetime import datetime, timedelta

from dispatch.online import event as words
from dispatch.online.lives import (
    News,
    NotPossible,
    end,
    expect_departure,
    hear,
    known_store,
    release,
    run_late,
    vehicle_of,
)
from dispatch.online.state import State, Status, VehicleLife
from dispatch.record import LAST_YEAR
from dispatch.request import Drone, Rider


def rider_on(state: State, event: words.RiderOn) -> News:
    """Take a ``RiderOn``."""
    return _on(state, event.rider, event.at, "rider")


def drone_on(state: State, event: words.DroneOn) -> News:
    """Take a ``DroneOn``."""
    return _on(state, event.drone, event.at, "drone")


def _on(state: State, vehicle: Rider | Drone, at: datetime, name: str) -> News:
    known = state.vehicles.get(vehicle.id)
    if known is not None and known.trip_id is not None:
        text = f"vehicle {vehicle.id!r} is on trip {known.trip_id!r}; send trip_returned first"
        raise NotPossible(f"{name}.id", text)
    if known is not None and not known.leaving and not known.overdue:
        raise NotPossible(f"{name}.id", f"vehicle {vehicle.id!r} is on already; send vehicle_off first")
    store_id = known_store(state, vehicle.store_id, f"{name}.store_id")
    if vehicle.free_store_id is not None:
        store_id = known_store(state, vehicle.free_store_id, f"{name}.free_store_id")
    for shared_id in vehicle.shared_with:
        known_store(state, shared_id, f"{name}.shared_with")
    if vehicle.on_board:
        text = f"{list(vehicle.on_board)} are planned here; leave it empty, and say in free_at when it is back"
        raise NotPossible(f"{name}.on_board", text)
    life = VehicleLife(vehicle, max(at, vehicle.free_at or at), store_id, max(at, state.now or at))
    life.acted_at = at
    if isinstance(vehicle, Drone):
        life.grounded = vehicle.grounded
        _fit(state, life)
    if known is not None:  # who stands at a store is on none of the trips that were given back
        life.trips, life.orders, life.over_before = known.trips, known.orders, known.trips + 1
    state.vehicles[vehicle.id] = life
    return News()


def off(state: State, event: words.VehicleOff) -> News:
    """Take a ``VehicleOff``."""
    vehicle = vehicle_of(state, event.vehicle_id)
    vehicle.leaving = True
    if vehicle.trip_id is not None and state.trips[vehicle.trip_id].left_at is None:
        trip_id = vehicle.trip_id
        return News(released=[release(state, trip_id, f"vehicle {event.vehicle_id!r} went off")])
    return News()


def lost(state: State, event: words.VehicleLost) -> News:
    """Take a ``VehicleLost``: what is on board has failed."""
    vehicle = vehicle_of(state, event.vehicle_id)
    vehicle.leaving = True
    trip_id = vehicle.trip_id
    if trip_id is None:
        return News()
    text = f"vehicle {event.vehicle_id!r} is lost"
    if state.trips[trip_id].left_at is None:
        return News(released=[release(state, trip_id, text)])
    trip = state.trips.pop(trip_id)
    for order_id in trip.open_orders:
        end(state, order_id, Status.FAILED, event.at)
    if trip.open_orders:  # the news that they were handed over may still be on its way
        state.over[trip_id] = trip
    vehicle.trip_id = None
    return News()


def located(state: State, event: words.VehicleLocated) -> News:
    """Take a ``VehicleLocated``: an idle vehicle seen at another store stands there now.

    One that was seen before it fell silent is not heard of.
    """
    vehicle = vehicle_of(state, event.vehicle_id)
    if event.store_id is not None:
        known_store(state, event.store_id)
    _refuse_older(vehicle, event.at)
    vehicle.location = event.location
    news = News(stirs=False)
    if event.store_id is not None and vehicle.trip_id is None and vehicle.store_id != event.store_id:
        vehicle.store_id, news.stirs = event.store_id, True
    _hear_since(state, vehicle, event.at, news)
    return news


def delayed(state: State, event: words.VehicleDelayed) -> News:
    """Take a ``VehicleDelayed``."""
    vehicle = vehicle_of(state, event.vehicle_id)
    _refuse_older(vehicle, event.at)
    free_at = max(vehicle.free_at, event.at) + timedelta(seconds=event.by_s)
    if free_at.year > LAST_YEAR:  # delays add up, and would leave the calendar
        text = f"vehicle {event.vehicle_id!r} would be free in the year {free_at.year}; send vehicle_off"
        raise NotPossible("by_s", text)
    news = News()
    _hear_since(state, vehicle, event.at, news)
    if vehicle.trip_id is None:
        vehicle.free_at = free_at
        return news
    trip = state.trips[vehicle.trip_id]
    if trip.left_at is None:
        trip.delayed_s += event.by_s
        expect_departure(state, trip, news)
    else:
        run_late(state, trip, trip.late_s + event.by_s, news)
    return news


def shift(state: State, event: words.ShiftChanged) -> News:
    """Take a ``ShiftChanged``."""
    life = vehicle_of(state, event.vehicle_id)
    life.vehicle = life.vehicle.model_copy(update={"shift_end_at": event.shift_end_at})
    return News()


def _refuse_older(vehicle: VehicleLife, at: datetime) -> None:
    """Refuse news from before the last that a vehicle is known to have done: that tells more."""
    if vehicle.acted_at is not None and at < vehicle.acted_at:
        text = f"{at.isoformat()} is before {vehicle.acted_at.isoformat()}, when {vehicle.vehicle.id!r} last came on, "
        raise NotPossible("at", text + "left, stopped or came back; say how it is now")


def _hear_since(state: State, vehicle: VehicleLife, at: datetime, news: News) -> None:
    """Hear of a vehicle, unless the news is from before it was told to be overdue."""
    if vehicle.overdue_at is None or at >= vehicle.overdue_at:
        hear(state, vehicle, at, news)


def _ground(state: State, event: words.DronesGrounded | words.DronesCleared, *, grounded: bool) -> News:
    """Ground or clear one drone, or the air."""
    vehicle_id = event.vehicle_id
    if vehicle_id is not None and not isinstance(vehicle_of(state, vehicle_id).vehicle, Drone):
        raise NotPossible("vehicle_id", f"vehicle {vehicle_id!r} is a rider; only drones are grounded and cleared")
    news = News()
    if vehicle_id is None:
        state.grounded = grounded
    for life in state.vehicles.values():
        if isinstance(life.vehicle, Drone) and vehicle_id in {None, life.vehicle.id}:
            if vehicle_id is not None:
                life.grounded = grounded
            _fit(state, life)
            if life.vehicle.grounded and life.trip_id is not None and state.trips[life.trip_id].left_at is None:
                trip_id = life.trip_id
                news.released.append(release(state, trip_id, f"drone {life.vehicle.id!r} was grounded"))
    return news


def _fit(state: State, life: VehicleLife) -> None:
    """Have a drone say whether it may take off: as far as itself and the weather go."""
    assert isinstance(life.vehicle, Drone)
    life.vehicle = life.vehicle.model_copy(update={"grounded": life.grounded or state.grounded})


def grounded(state: State, event: words.DronesGrounded) -> News:
    """Take a ``DronesGrounded``."""
    return _ground(state, event, grounded=True)


def cleared(state: State, event: words.DronesCleared) -> News:
    """Take a ``DronesCleared``."""
    return _ground(state, event, grounded=False)


def closed(state: State, event: words.StoreClosed) -> News:
    """Take a ``StoreClosed``."""
    store_id = known_store(state, event.store_id)
    state.stores[store_id] = state.stores[store_id].model_copy(update={"open": False})
    waiting = [trip.trip.id for trip in state.trips.values() if trip.trip.store_id == store_id and trip.left_at is None]
    return News(released=[release(state, trip_id, f"store {store_id!r} closed") for trip_id in waiting])


def opened(state: State, event: words.StoreOpened) -> News:
    """Take a ``StoreOpened``."""
    store_id = known_store(state, event.store_id)
    state.stores[store_id] = state.stores[store_id].model_copy(update={"open": True})
    return News()
