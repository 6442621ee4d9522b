"""One event into the state: what it changes, or why it cannot be.

Nothing is planned here, so that the state is a fold over the events and the dispatcher's own commitments alone.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import maps
from dispatch.online import fleet_events, order_events, trip_events
from dispatch.online.clock import BACK, believe, set_back
from dispatch.online.event import Event, StreetClosed
from dispatch.online.forgetting import forget
from dispatch.online.lives import News, NotPossible
from dispatch.online.state import Closure, State

CLOSED = timedelta(days=1)
"""So long streets are closed if nobody says how long."""
KEPT = timedelta(days=7)
"""So long a closure that is over is kept, should the clock be set back."""
ALL = ""
"""Whom a topic is about that names nobody: the air, for every drone."""


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
    believe(state, event, asked=asked)
    topics = _topics(event)
    for topic, of in topics:
        _refuse_older(state, event, topic, of)
    handler: Callable[[State, Any], News] = _HANDLERS[event.kind]
    news = handler(state, event)
    state.seen[event.id] = None
    for topic, of in topics:
        state.told_at.setdefault(topic, {})[of] = event.at
    before = state.now
    if state.now is None or event.at > state.now:
        state.now = event.at
    elif event.kind == "tick" and event.at < state.now - BACK:
        set_back(state, event.at, news)
    news.stirs |= before is not None and state.closed_at(before) != state.closed_at(state.now)
    _forget_closures(state, state.now)
    forget(state)
    return news


def _topics(event: Event) -> list[tuple[str, str]]:
    """What an event says anew, so that what was said of it before no longer holds: the topic, and of whom or what."""
    if event.kind == "rider_on":
        return [("duty", event.rider.id)]
    if event.kind == "drone_on":
        return [("duty", event.drone.id)]
    if event.kind == "street_closed":
        return [("street", repr(event.ring))]
    return [(topic, getattr(event, name) or ALL) for topic, name in _SAYS.get(event.kind, ())]


def _refuse_older(state: State, event: Event, topic: str, of: str) -> None:
    """Refuse what was overtaken by later news of the same; what is as old as that is taken."""
    known_at = state.told_at.get(topic, {}).get(of, event.at)
    if event.at < known_at:
        text = f"{event.at.isoformat()} is before the last that was told of this, from {known_at.isoformat()}"
        raise NotPossible("at", f"{text}; if it is so all the same, say it as of now")


def _street_closed(state: State, event: StreetClosed) -> News:
    try:
        maps.closed_area(event.ring)
    except maps.PointError as error:
        raise NotPossible("ring", str(error)) from None
    others = [closure for closure in state.closures if closure.ring != event.ring]
    state.closures = [*others, Closure(event.ring, event.until or event.at + CLOSED)]
    return News()


def _forget_closures(state: State, now: datetime) -> None:
    kept = [closure for closure in state.closures if closure.until + KEPT > now]
    if len(kept) < len(state.closures):
        state.closures, rings = kept, {repr(closure.ring) for closure in kept}
        state.told_at["street"] = {ring: at for ring, at in state.told_at["street"].items() if ring in rings}


def _restarted(_state: State, _event: Event) -> News:
    return News()


def _nothing(_state: State, _event: Event) -> News:
    return News(stirs=False)


_HANDLERS: dict[str, Callable[[State, Any], News]] = {
    "order_placed": order_events.placed,
    "ready_changed": order_events.ready,
    "promise_moved": order_events.promised,
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
    "shift_changed": fleet_events.shift,
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
    "promise_moved": [("promise", "order_id")],
    "address_corrected": [("address", "order_id")],
    "order_assigned": [("vehicle", "order_id")],
    "order_held": [("departure", "order_id")],
    "order_hurried": [("departure", "order_id")],
    "order_freed": [("vehicle", "order_id"), ("departure", "order_id")],
    "vehicle_off": [("duty", "vehicle_id")],
    "vehicle_lost": [("duty", "vehicle_id")],
    "vehicle_located": [("place", "vehicle_id")],
    "shift_changed": [("shift", "vehicle_id")],
    "drones_grounded": [("flight", "vehicle_id")],
    "drones_cleared": [("flight", "vehicle_id")],
    "store_closed": [("open", "store_id")],
    "store_opened": [("open", "store_id")],
}
"""The topics of events, and the field that says of whom."""
