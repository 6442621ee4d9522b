"""One event into the state: what it changes, or why it cannot be.

Nothing is planned here, so that the state is a fold over the events and the dispatcher's own commitments alone.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import maps
from dispatch.online import fleet_events, order_events, trip_events
from dispatch.online.event import Event, StreetClosed
from dispatch.online.forgetting import forget
from dispatch.online.lives import News, NotPossible, reopen
from dispatch.online.state import Closure, State, Status
from dispatch.record import seconds_after

AHEAD = timedelta(hours=1)
"""An event this much ahead of the clock is not believed: ticks were due."""
TICK_AHEAD = timedelta(hours=6)
"""Nor is, while orders are open or trips under way, a tick that is this much ahead; two in a row are."""
BACK = timedelta(seconds=60)
"""A tick this much behind the clock sets it back; one less behind is late, and the clock stays."""
CLOSED = timedelta(days=1)
"""So long streets are closed if nobody says how long."""
ALL = ""
"""Whom a topic is about that names nobody: every drone."""


def fold(state: State, event: Event, *, asked: bool = False) -> News:
    """Change ``state`` by ``event``.

    Args:
        state: is changed.
        event: what happened.
        asked: it is a tick that was asked for, and so believed however far ahead it is.

    Raises:
        NotPossible: if the event is repeated, names what is not there, or comes too late; the state is as before.
    """
    if event.id in state.seen:
        raise NotPossible("id", f"event {event.id!r} was taken before; give each event its own id")
    _believe(state, event, asked=asked)
    topics = _topics(event)
    for topic, of in topics:
        _refuse_older(state, event, topic, of)
    handler: Callable[[State, Any], News] = _HANDLERS[event.kind]
    news = handler(state, event)
    state.seen[event.id] = None
    for topic, of in topics:
        state.told_at.setdefault(topic, {})[of] = event.at
    if state.now is None or event.at > state.now:
        state.now = event.at
    elif event.kind == "tick" and event.at < state.now - BACK:
        _set_back(state, event.at, news)
    _open_streets(state, state.now, news)
    forget(state)
    return news


def _topics(event: Event) -> list[tuple[str, str]]:
    """What an event says anew, so that what was said of it before no longer holds: the topic, and of whom or what."""
    if event.kind == "rider_on":
        return [("duty", event.rider.id)]
    if event.kind == "drone_on":
        return [("duty", event.drone.id)]
    return [(topic, getattr(event, name) or ALL) for topic, name in _SAYS.get(event.kind, ())]


def _refuse_older(state: State, event: Event, topic: str, of: str) -> None:
    """Refuse what was overtaken by later news of the same; what is as old as that is taken."""
    told = state.told_at.get(topic, {})
    known_at = max((told[each] for each in {of, ALL} if each in told), default=event.at)
    if event.at < known_at:
        text = f"{event.at.isoformat()} is before the last that was told of this, from {known_at.isoformat()}"
        raise NotPossible("at", f"{text}; if it is so all the same, say it as of now")


def _believe(state: State, event: Event, *, asked: bool) -> None:
    """Refuse a moment far ahead of the clock, unless it is a tick's that a second one says, or that harms nothing."""
    tick = event.kind == "tick"
    ahead = TICK_AHEAD if tick else AHEAD
    quiet = tick and not state.open_ids and not state.trips  # a night without orders is no fault of any clock
    # Whoever restarts has a clock, and was away for as long as it says.
    if state.now is None or asked or quiet or event.kind == "restarted" or event.at <= state.now + ahead:
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


def _set_back(state: State, now: datetime, news: News) -> None:
    """Set the clock back, and take back what was measured on it: silence, what came too late, which news is the latest.

    Who vanished on the road is still to be found.
    """
    state.now = now
    news.stirs = True  # what was to be looked at later is to be looked at now
    vanished = {
        life.trip.vehicle_id
        for life in state.given_back.values()
        if life.left_at is not None and life.number == state.vehicles[life.trip.vehicle_id].trips
    }
    for vehicle_id, vehicle in state.vehicles.items():
        vehicle.heard_at = min(vehicle.heard_at, now)
        vehicle.acted_at = min(vehicle.acted_at or now, now)
        if vehicle.overdue_at is not None and vehicle.overdue_at > now:
            vehicle.overdue_at = now if vehicle_id in vanished else None
    for trip in (*state.trips.values(), *state.given_back.values(), *state.over.values()):
        trip.committed_at, trip.left_at = min(trip.committed_at, now), trip.left_at and min(trip.left_at, now)
    for told in state.told_at.values():
        told |= {of: min(at, now) for of, at in told.items()}
    for order_id, life in state.orders.items():
        given_up = life.status is Status.GIVEN_UP and life.trip_id is None
        if given_up and life.ended_at is not None and life.ended_at > now:
            reopen(state, order_id)
            news.found.append(order_id)


def _open_streets(state: State, now: datetime, news: News) -> None:
    """Open the streets that are closed no longer."""
    closed = [closure for closure in state.closures if closure.until > now]
    if len(closed) < len(state.closures):
        state.closures, news.stirs = closed, True


def _street_closed(state: State, event: StreetClosed) -> News:
    try:
        maps.closed_area(event.ring)
    except maps.PointError as error:
        raise NotPossible("ring", str(error)) from None
    others = [closure for closure in state.closures if closure.ring != event.ring]
    state.closures = [*others, Closure(event.ring, event.until or event.at + CLOSED)]
    return News()


def _restarted(_state: State, _event: Event) -> News:
    return News()


def _nothing(_state: State, _event: Event) -> News:
    return News(stirs=False)


_HANDLERS: dict[str, Callable[[State, Any], News]] = {
    "order_placed": order_events.placed,
    "ready_changed": order_events.ready,
    "order_cancelled": order_events.cancelled,
    "address_corrected": order_events.address,
    "order_assigned": order_events.assigned,
    "order_held": order_events.held,
    "order_hurried": order_events.hurried,
    "order_freed": order_events.freed,
    "rider_on": fleet_events.rider_on,
    "drone_on": fleet_events.drone_on,
    "vehicle_off": fleet_events.off,
    "vehicle_lost": fleet_events.lost,
    "vehicle_located": fleet_events.located,
    "vehicle_delayed": fleet_events.delayed,
    "trip_left": trip_events.left,
    "stop_done": trip_events.done,
    "stop_failed": trip_events.failed,
    "trip_returned": trip_events.returned,
    "drones_grounded": fleet_events.grounded,
    "drones_cleared": fleet_events.cleared,
    "store_closed": fleet_events.closed,
    "store_opened": fleet_events.opened,
    "stock_out": order_events.out_of_stock,
    "street_closed": _street_closed,
    "tick": _nothing,
    "restarted": _restarted,
    "cut": _nothing,
}

_SAYS = {
    "ready_changed": [("ready", "order_id")],
    "address_corrected": [("address", "order_id")],
    "order_assigned": [("vehicle", "order_id")],
    "order_held": [("departure", "order_id")],
    "order_hurried": [("departure", "order_id")],
    "order_freed": [("vehicle", "order_id"), ("departure", "order_id")],
    "vehicle_off": [("duty", "vehicle_id")],
    "vehicle_lost": [("duty", "vehicle_id")],
    "vehicle_located": [("place", "vehicle_id")],
    "drones_grounded": [(fleet_events.FLIGHT, "vehicle_id")],
    "drones_cleared": [(fleet_events.FLIGHT, "vehicle_id")],
    "store_closed": [("open", "store_id")],
    "store_opened": [("open", "store_id")],
}
"""The topics of events, and the field that says of whom."""
