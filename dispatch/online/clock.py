"""Which moments are believed, and what is taken back when the clock turns out to have been wrong."""

from datetime import datetime, timedelta

from dispatch.online.event import Event
from dispatch.online.lives import News, NotPossible, reopen, wait_for, withdraw
from dispatch.online.state import State, Status, TripLife
from dispatch.record import seconds_after
from dispatch.timetable import turnaround_s

AHEAD = timedelta(hours=1)
"""An event this much ahead of the clock is not believed: ticks were due."""
TICK_AHEAD = timedelta(hours=6)
"""Nor is, while orders are open or trips under way, a tick that is this much ahead; two in a row are."""
BACK = timedelta(seconds=60)
"""A tick this much behind the clock sets it back; one less behind is late, and the clock stays."""


def believe(state: State, event: Event, *, asked: bool) -> None:
    """Refuse a moment far ahead of the clock, unless it is a tick's that a second one says, or that harms nothing.

    Raises:
        NotPossible: with the way out; that a tick has told such a moment is kept.
    """
    tick = event.kind == "tick"
    ahead = TICK_AHEAD if tick else AHEAD
    quiet = tick and not state.open_ids and not state.trips  # a night without orders is no fault of any clock
    # Whoever restarts has a clock, and was away for as long as it says.
    if state.now is None or asked or quiet or event.kind == "restarted" or event.at <= state.now + ahead:
        if tick:
            state.suspect_at = None
        return
    suspect_at = state.suspect_at
    if tick:
        state.suspect_at = event.at
        if suspect_at is not None and abs(seconds_after(suspect_at, event.at)) <= TICK_AHEAD.total_seconds():
            state.suspect_at = None
            return
    text = f"{event.at.isoformat()} is more than {ahead.total_seconds() / 3600:g} h ahead of the clock, "
    text += f"{state.now.isoformat()}; if the clock is wrong, send ticks of the right time, two if there is work"
    raise NotPossible("at", text)


def set_back(state: State, now: datetime, news: News) -> None:
    """Set the clock back, and take back all that was measured on it.

    That is silence, lateness, when vehicles are free, what came too late, and which news is the latest. Who vanished on
    the road is still to be found.
    """
    state.now = now
    news.stirs = True  # what was to be looked at later is to be looked at now
    vanished = {
        life.trip.vehicle_id
        for life in state.given_back.values()
        if life.left_at is not None and life.number == state.vehicles[life.trip.vehicle_id].trips
    }
    for vehicle_id, vehicle in state.vehicles.items():
        trip = state.trips.get(vehicle.trip_id or "")
        if trip is None:  # how long it rests is forgotten, but not what it came on with
            vehicle.free_at = min(vehicle.free_at, max(now, vehicle.vehicle.free_at or now))
        else:
            _run_sooner(trip, (vehicle.acted_at if trip.left_at else trip.committed_at) or now, now)
            back_at = trip.trip.return_at + timedelta(seconds=trip.late_s + turnaround_s(vehicle.vehicle))
            vehicle.free_at = min(vehicle.free_at, back_at)
            news.moved.append(trip.trip.id)
            if trip.left_at is None:
                _wait(state, trip, news)
        vehicle.heard_at = min(vehicle.heard_at, now)
        vehicle.acted_at = vehicle.acted_at and min(vehicle.acted_at, now)
        if vehicle.overdue_at is not None and vehicle.overdue_at > now:
            vehicle.overdue_at = now if vehicle_id in vanished else None
    for life in (*state.trips.values(), *state.given_back.values(), *state.over.values()):
        _clamp(life, now)
    for told in state.told_at.values():
        told |= {of: min(at, now) for of, at in told.items()}
    for order_id, order in state.orders.items():
        given_up = order.status is Status.GIVEN_UP and order.trip_id is None
        if given_up and order.ended_at is not None and order.ended_at > now:
            reopen(state, order_id)
            news.found.append(order_id)


def _run_sooner(life: TripLife, latest_at: datetime, now: datetime) -> None:
    """Take from a trip what the latest that was heard of it lay ahead of the right clock."""
    wrong = max(latest_at - now, timedelta())
    life.due_at -= wrong
    if life.left_at is not None:
        life.late_s -= wrong.total_seconds()
        return
    trip = life.trip  # planned on the wrong clock, from the first moment to the last
    stops = tuple(
        stop.model_copy(update={"arrive_at": stop.arrive_at - wrong, "leave_at": stop.leave_at - wrong})
        for stop in trip.stops
    )
    moments = {"depart_at": trip.depart_at - wrong, "return_at": trip.return_at - wrong, "stops": stops}
    life.trip = trip.model_copy(update=moments)


def _wait(state: State, trip: TripLife, news: News) -> None:
    """Have a trip that is to leave sooner wait for what is not packed then, and go without what nobody opens to."""
    for stop in trip.trip.stops:
        if stop.order_id not in trip.open_orders:
            continue
        opens_at = state.orders[stop.order_id].order.not_before_at
        if opens_at is not None and opens_at > stop.arrive_at:
            text = f"the door of order {stop.order_id!r} does not open before {opens_at.isoformat()}"
            withdraw(state, stop.order_id, text, news)
        else:
            wait_for(state, stop.order_id, news)


def _clamp(trip: TripLife, now: datetime) -> None:
    trip.committed_at = min(trip.committed_at, now)
    trip.left_at = trip.left_at and min(trip.left_at, now)
