"""What happens to orders and to the trips that carry them."""

from datetime import datetime, timedelta

from dispatch.online import event as words
from dispatch.online.lives import (
    STEADY_S,
    News,
    NotPossible,
    Release,
    end,
    expect_departure,
    known_store,
    living,
    release,
    reopen,
    run_late,
    trip_heard_of,
    vehicle_of,
    withdraw,
)
from dispatch.online.state import OrderLife, State, Status, TripLife
from dispatch.record import seconds_after
from dispatch.timetable import turnaround_s


def placed(state: State, event: words.OrderPlaced) -> News:
    """Take an ``OrderPlaced``."""
    order = event.order
    if order.id in state.orders:
        raise NotPossible("order.id", f"order {order.id!r} was placed before; give each order its own id")
    if not any(store_id in state.stores for store_id in (order.store_id, *order.also_at)):
        raise NotPossible("order.store_id", f"no store {order.store_id!r}; stores: {sorted(state.stores)}")
    state.orders[order.id] = OrderLife(order)
    state.open_ids[order.id] = None
    return News()


def ready(state: State, event: words.ReadyChanged) -> News:
    """Take a ``ReadyChanged``; a committed trip waits for its last order."""
    life = living(state, event.order_id, Status.OPEN, Status.COMMITTED)
    life.order = life.order.model_copy(update={"ready_at": event.ready_at})
    if life.trip_id is None:
        return News()
    news = expect_departure(state, state.trips[life.trip_id])
    news.stirs = True
    return news


def cancelled(state: State, event: words.OrderCancelled) -> News:
    """Take an ``OrderCancelled``; a trip without orders that has not left is given back."""
    life = living(state, event.order_id, Status.OPEN, Status.COMMITTED, Status.ON_BOARD)
    trip_id = life.trip_id
    end(state, event.order_id, Status.CANCELLED, event.at)
    if trip_id is None:
        return News()
    trip = state.trips[trip_id]
    trip.open_orders.remove(event.order_id)
    if trip.left_at is not None:
        return News()
    if not trip.open_orders:
        return News(released=[release(state, trip_id, "all its orders were cancelled")])
    news = expect_departure(state, trip)
    news.stirs = True
    return news


def address(state: State, event: words.AddressCorrected) -> News:
    """Take an ``AddressCorrected``."""
    life = living(state, event.order_id, Status.OPEN, Status.COMMITTED, Status.ON_BOARD)
    life.order = life.order.model_copy(update={"location": event.location})
    return News()


def _stop(state: State, event: words.StopDone | words.StopFailed, status: Status) -> News:
    trip, released = trip_heard_of(state, event.trip_id, event.order_id)
    if trip.left_at is None:  # the news of its leaving got lost
        _leave(state, trip, event.at)
    trip.open_orders.remove(event.order_id)
    end(state, event.order_id, status, event.at)
    planned_at = next(stop.leave_at for stop in trip.trip.stops if stop.order_id == event.order_id)
    return _with(released, run_late(state, trip, seconds_after(planned_at, event.at)))


def _with(released: list[Release], news: News) -> News:
    """``news`` and what else was given back."""
    news.released += released
    news.stirs |= bool(released)
    return news


def done(state: State, event: words.StopDone) -> News:
    """Take a ``StopDone``."""
    return _stop(state, event, Status.DELIVERED)


def failed(state: State, event: words.StopFailed) -> News:
    """Take a ``StopFailed``."""
    return _stop(state, event, Status.FAILED)


def out_of_stock(state: State, event: words.StockOut) -> News:
    """Take a ``StockOut``."""
    known_store(state, event.store_id)
    lives = [living(state, order_id, Status.OPEN, Status.COMMITTED) for order_id in event.order_ids]
    news = News()
    for life in lives:
        life.no_stock |= {event.store_id}
        if life.trip_id is not None and state.trips[life.trip_id].trip.store_id == event.store_id:
            text = f"order {life.order.id!r} is out of stock at {event.store_id!r}"
            _take_from_trip(state, life, text, news)
    return news


def _take_from_trip(state: State, life: OrderLife, text: str, news: News) -> None:
    """Take an order from its trip, which has not left and may leave sooner without it."""
    assert life.trip_id is not None
    trip = state.trips[life.trip_id]
    news.released.append(withdraw(state, life.order.id, text))
    if trip.open_orders:
        news.moved += expect_departure(state, trip).moved


def assigned(state: State, event: words.OrderAssigned) -> News:
    """Take an ``OrderAssigned``."""
    life = living(state, event.order_id, Status.OPEN, Status.COMMITTED)
    vehicle = vehicle_of(state, event.vehicle_id)
    if vehicle.leaving or vehicle.overdue:
        raise NotPossible("vehicle_id", f"vehicle {event.vehicle_id!r} takes no more trips; choose another")
    allowed = life.order.vehicle_ids
    if allowed is not None and event.vehicle_id not in allowed:
        raise NotPossible("vehicle_id", f"order {event.order_id!r} may travel with {list(allowed)} only")
    life.assigned_to = event.vehicle_id
    if life.trip_id is None or state.trips[life.trip_id].trip.vehicle_id == event.vehicle_id:
        return News()
    news = News()
    _take_from_trip(state, life, f"order {event.order_id!r} was assigned to {event.vehicle_id!r}", news)
    return news


def held(state: State, event: words.OrderHeld) -> News:
    """Take an ``OrderHeld``."""
    life = living(state, event.order_id, Status.OPEN, Status.COMMITTED)
    life.held_until, life.hurried = event.until, False
    if life.trip_id is None:
        return News()
    news = News()
    _take_from_trip(state, life, f"order {event.order_id!r} is held until {event.until.isoformat()}", news)
    return news


def hurried(state: State, event: words.OrderHurried) -> News:
    """Take an ``OrderHurried``."""
    life = living(state, event.order_id, Status.OPEN, Status.COMMITTED)
    life.held_until, life.hurried = None, True
    return News()


def freed(state: State, event: words.OrderFreed) -> News:
    """Take an ``OrderFreed``."""
    life = living(state, event.order_id, Status.OPEN, Status.COMMITTED)
    life.assigned_to, life.held_until, life.hurried = None, None, False
    return News()


def left(state: State, event: words.TripLeft) -> News:
    """Take a ``TripLeft``."""
    known = state.trips.get(event.trip_id)
    if known is not None and known.left_at is not None:
        raise NotPossible("trip_id", f"trip {event.trip_id!r} left at {known.left_at.isoformat()} already")
    trip, released = trip_heard_of(state, event.trip_id)
    _leave(state, trip, event.at)
    return _with(released, run_late(state, trip, seconds_after(trip.trip.depart_at, event.at)))


def _leave(state: State, trip: TripLife, at: datetime) -> None:
    trip.left_at = at
    for order_id in trip.open_orders:
        state.orders[order_id].status = Status.ON_BOARD


def returned(state: State, event: words.TripReturned) -> News:
    """Take a ``TripReturned``."""
    trip, released = trip_heard_of(state, event.trip_id)
    del state.trips[event.trip_id]
    for order_id in trip.open_orders:
        reopen(state, order_id)
    vehicle = state.vehicles[trip.trip.vehicle_id]
    found, vehicle.trip_id, vehicle.overdue = vehicle.overdue, None, False
    free_at = event.at + timedelta(seconds=turnaround_s(vehicle.vehicle))
    surprise_s = abs(seconds_after(vehicle.free_at, free_at))
    vehicle.free_at = free_at
    return _with(released, News(stirs=found or bool(trip.open_orders) or surprise_s > STEADY_S))
