"""What is heard of trips: that they left, stopped and came back, and which of it is believed.

There is news of trips that were given back too. Such a trip is under way after all, as far as its vehicle can be on it:
one that has left on another trip, or on a later one since, or came on anew, is not. Then the news is believed of the
orders alone. What a clock tells that is slow, from before the trip was committed, was when it was committed.
"""

from datetime import datetime, timedelta

from dispatch.online import event as words
from dispatch.online.lives import (
    STEADY_S,
    News,
    NotPossible,
    end,
    hear_act,
    release,
    reopen,
    run_late,
    take_up,
    withdraw,
)
from dispatch.online.state import OrderLife, State, Status, TripLife
from dispatch.record import seconds_after
from dispatch.timetable import turnaround_s

ENDED = frozenset({Status.DELIVERED, Status.FAILED, Status.CANCELLED})
"""An order in one of these stages stays there, whatever is heard."""


def left(state: State, event: words.TripLeft) -> News:
    """Take a ``TripLeft``."""
    trip, news = _heard_of(state, event.trip_id), News(stirs=False)
    if _under_way(state, trip):
        assert trip.left_at is not None
        raise NotPossible("trip_id", f"trip {event.trip_id!r} left at {trip.left_at.isoformat()} already")
    if _elsewhere(state, trip):
        text = f"trip {event.trip_id!r} is over, or its vehicle left on another or came on anew since; say what became "
        text += "of its orders"
        raise NotPossible("trip_id", text)
    at = _moment_of(trip, event.at)
    _leave(state, trip, at, news)
    hear_act(state, trip, at, news)
    run_late(state, trip, seconds_after(trip.trip.depart_at, at), news)
    return news


def done(state: State, event: words.StopDone) -> News:
    """Take a ``StopDone``."""
    return _stop(state, event, Status.DELIVERED)


def failed(state: State, event: words.StopFailed) -> News:
    """Take a ``StopFailed``."""
    return _stop(state, event, Status.FAILED)


def returned(state: State, event: words.TripReturned) -> News:
    """Take a ``TripReturned``. Of one that was given back, only what was given up with it is open again."""
    trip, news = _heard_of(state, event.trip_id), News(stirs=False)
    if event.trip_id in state.over:
        raise NotPossible("trip_id", f"trip {event.trip_id!r} is over already")
    had_orders, at = bool(trip.open_orders), _moment_of(trip, event.at)
    vehicle = state.vehicles[trip.trip.vehicle_id]
    free_at = at + timedelta(seconds=turnaround_s(vehicle.vehicle))
    if event.trip_id in state.trips:
        del state.trips[event.trip_id]
        news.stirs = abs(seconds_after(vehicle.free_at, free_at)) > STEADY_S
        vehicle.trip_id, vehicle.free_at = None, free_at
        _has_been_out(state, trip, at, news)
    else:
        if not _elsewhere(state, trip):
            news.stirs, vehicle.free_at = True, max(vehicle.free_at, free_at)
            _has_been_out(state, trip, at, news)
        del state.given_back[event.trip_id]
        trip.open_orders = [each for each in trip.open_orders if _given_up_with(state.orders[each], event.trip_id)]
        news.found += trip.open_orders
    for order_id in trip.open_orders:
        reopen(state, order_id)
    if had_orders:  # the news that they were handed over may still be on its way
        state.over[event.trip_id] = trip
    news.stirs |= bool(trip.open_orders)
    return news


def _stop(state: State, event: words.StopDone | words.StopFailed, status: Status) -> News:
    """The end of an order, unless it has come to one; and news of its vehicle, unless that is elsewhere."""
    trip, order_id, news = _heard_of(state, event.trip_id), event.order_id, News(stirs=False)
    planned = {stop.order_id: stop.leave_at for stop in trip.trip.stops}
    if order_id not in planned:
        raise NotPossible("order_id", f"order {order_id!r} is not on trip {event.trip_id!r}")
    order, elsewhere, at = state.orders[order_id], _elsewhere(state, trip), _moment_of(trip, event.at)
    on_another = order.status is Status.ON_BOARD and order.trip_id != event.trip_id
    claimed = on_another and status is Status.DELIVERED  # whoever has it on board will tell; if not, it was so
    if on_another and not claimed:
        text = f"order {order_id!r} is on board of trip {order.trip_id!r} by now; say it of that one"
        raise NotPossible("order_id", text)
    ended = order.status in ENDED and not (status is Status.DELIVERED and _presumed(state, trip, order, at))
    if claimed:
        order.claimed = event.trip_id, at
    if ended and (elsewhere or _under_way(state, trip)):
        raise NotPossible("order_id", f"order {order_id!r} was done, failed or cancelled already")
    if not elsewhere and not _under_way(state, trip):  # the news of its leaving got lost
        _leave(state, trip, at, news)
    if not ended and not claimed:
        if order.status is Status.COMMITTED:
            withdraw(state, order_id, f"order {order_id!r} turned out to be on trip {event.trip_id!r}", news)
        if order_id in trip.open_orders:
            trip.open_orders.remove(order_id)
        order.trip_id = event.trip_id
        end(state, order_id, status, at)
    if elsewhere:
        news.stirs = not claimed
    elif hear_act(state, trip, at, news):
        run_late(state, trip, seconds_after(planned[order_id], at), news)
    return news


def _presumed(state: State, trip: TripLife, order: OrderLife, at: datetime) -> bool:
    """Whether an order was taken to have ended only after ``at``: by a cancellation, or with a vehicle that is lost."""
    assert order.ended_at is not None
    with_vehicle = trip.trip.id in state.over and order.order.id in trip.open_orders
    presumed = order.status is Status.CANCELLED or (order.status is Status.FAILED and with_vehicle)
    return presumed and at <= order.ended_at


def _moment_of(trip: TripLife, at: datetime) -> datetime:
    """When something happened on a trip that is told to have been ``at``: never before it was committed, or left."""
    return max(at, trip.left_at or trip.committed_at)


def _has_been_out(state: State, trip: TripLife, at: datetime, news: News) -> None:
    """Hear that a vehicle is back from ``trip``: it cannot turn out to be on an earlier one."""
    vehicle = state.vehicles[trip.trip.vehicle_id]
    vehicle.over_before = max(vehicle.over_before, trip.number + 1)
    hear_act(state, trip, at, news)


def _heard_of(state: State, trip_id: str) -> TripLife:
    """A trip that there may be news of, or ``NotPossible``."""
    life = state.trips.get(trip_id) or state.given_back.get(trip_id) or state.over.get(trip_id)
    if life is None:
        raise NotPossible("trip_id", f"no trip {trip_id!r} is under way, committed or given back; it may be over")
    return life


def _under_way(state: State, trip: TripLife) -> bool:
    return trip.trip.id in state.trips and trip.left_at is not None


def _elsewhere(state: State, trip: TripLife) -> bool:
    """Whether a trip is over, or its vehicle on another or a later one, so that it cannot be on this one now."""
    if trip.trip.id in state.over:
        return True
    vehicle = state.vehicles[trip.trip.vehicle_id]
    other = state.trips.get(vehicle.trip_id or "", trip)
    return vehicle.over_before > trip.number or (other is not trip and other.left_at is not None)


def _given_up_with(order: OrderLife, trip_id: str) -> bool:
    return order.status is Status.GIVEN_UP and order.trip_id == trip_id


def _leave(state: State, trip: TripLife, at: datetime, news: News) -> None:
    if trip.trip.id in state.given_back:
        _revive(state, trip, news)
    trip.left_at = at
    state.vehicles[trip.trip.vehicle_id].over_before = trip.number
    for order_id in trip.open_orders:
        state.orders[order_id].status = Status.ON_BOARD


def _revive(state: State, trip: TripLife, news: News) -> None:
    """Commit a trip that was given back again, with those of its orders that no other has left with."""
    trip_id, vehicle = trip.trip.id, state.vehicles[trip.trip.vehicle_id]
    if vehicle.trip_id is not None:
        news.released.append(release(state, vehicle.trip_id, f"its vehicle turned out to be out on {trip_id!r}"))
    carried = []
    for order_id in trip.open_orders:
        order = state.orders[order_id]
        if order.status is Status.COMMITTED:
            withdraw(state, order_id, f"order {order_id!r} turned out to be on trip {trip_id!r}", news)
        if order.status is Status.GIVEN_UP:
            news.found.append(order_id)
        if order.status in {Status.OPEN, Status.GIVEN_UP}:
            order.status, order.trip_id, order.ended_at = Status.COMMITTED, trip_id, None
            state.open_ids.pop(order_id, None)
            carried.append(order_id)
    trip.open_orders, trip.left_at, trip.late_s = carried, None, 0.0
    state.trips[trip_id] = state.given_back.pop(trip_id)
    take_up(vehicle, trip.trip)
    news.stirs = True
