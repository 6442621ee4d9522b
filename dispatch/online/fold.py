"""One event into the state: what it changes, or why it cannot be.

Nothing is planned here, so that the state is a fold over the events and the dispatcher's own commitments alone.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from dispatch.online import fleet_events, order_events, trip_events
from dispatch.online.event import Event, StreetClosed
from dispatch.online.lives import News, NotPossible
from dispatch.online.state import State
from dispatch.record import seconds_after

AHEAD = timedelta(hours=1)
"""An event this much ahead of the clock is not believed: ticks were due."""
TICK_AHEAD = timedelta(hours=6)
"""Nor is, while orders are open or trips under way, a tick that is this much ahead; two in a row are."""
BACK = timedelta(seconds=60)
"""A tick this much behind the clock sets it back; one less behind is late, and the clock stays."""


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
    handler: Callable[[State, Any], News] = _HANDLERS[event.kind]
    news = handler(state, event)
    state.seen.add(event.id)
    if state.now is None or event.at > state.now:
        state.now = event.at
    elif event.kind == "tick" and event.at < state.now - BACK:
        _set_back(state, event.at)
        news.stirs = True  # what was to be looked at later is to be looked at now
    return news


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


def _set_back(state: State, now: datetime) -> None:
    """Set the clock back, and forget what silence was measured on it; who vanished on the road is still to be found."""
    state.now = now
    vanished = {life.trip.vehicle_id for life in state.given_back.values() if life.left_at is not None}
    for vehicle_id, vehicle in state.vehicles.items():
        vehicle.heard_at = min(vehicle.heard_at, now)
        if vehicle.overdue_at is not None and vehicle.overdue_at > now:
            vehicle.overdue_at = now if vehicle_id in vanished else None


def _street_closed(state: State, event: StreetClosed) -> News:
    state.closures.append(event.ring)
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
