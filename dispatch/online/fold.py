"""One event into the state: what it changes, or why it cannot be.

Nothing is planned here, so that the state is a fold over the events and the dispatcher's own commitments alone.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from dispatch.online import fleet_events, order_events
from dispatch.online.event import Event, StreetClosed
from dispatch.online.lives import News, NotPossible
from dispatch.online.state import State
from dispatch.record import seconds_after

AHEAD = timedelta(hours=1)
"""While orders are open or trips under way, an event this much ahead of the clock is not believed: ticks were due."""
TICK_AHEAD = timedelta(hours=6)
"""Nor is a tick that is this much ahead; two in a row are."""
BACK = timedelta(seconds=60)
"""A tick this much behind the clock sets it back; one less behind is late, and the clock stays."""


def fold(state: State, event: Event) -> News:
    """Change ``state`` by ``event``.

    Raises:
        NotPossible: if the event is repeated, names what is not there, or comes too late; the state is as before.
    """
    if event.id in state.seen:
        raise NotPossible("id", f"event {event.id!r} was taken before; give each event its own id")
    _believe(state, event)
    handler: Callable[[State, Any], News] = _HANDLERS[event.kind]
    news = handler(state, event)
    state.seen.add(event.id)
    set_back = state.now is not None and event.kind == "tick" and event.at < state.now - BACK
    if state.now is None or event.at > state.now or set_back:
        state.now = event.at
    news.stirs |= set_back  # what was to be looked at later is to be looked at now
    return news


def _believe(state: State, event: Event) -> None:
    """Refuse a moment far ahead of the clock, unless a second tick says the same or there is nothing to be harmed."""
    ahead = TICK_AHEAD if event.kind == "tick" else AHEAD
    quiet = not state.open_ids and not state.trips  # a night without orders is no fault of any clock
    # Whoever restarts has a clock, and was away for as long as it says.
    if state.now is None or quiet or event.kind == "restarted" or event.at <= state.now + ahead:
        state.suspect_at = None
        return
    suspect_at = state.suspect_at
    if event.kind == "tick":
        state.suspect_at = event.at
        if suspect_at is not None and abs(seconds_after(suspect_at, event.at)) <= TICK_AHEAD.total_seconds():
            state.suspect_at = None
            return
    text = f"{event.at.isoformat()} is more than {ahead.total_seconds() / 3600:g} h ahead of the clock, "
    text += f"{state.now.isoformat()}; if the clock is wrong, send two ticks of the right time"
    raise NotPossible("at", text)


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
    "trip_left": order_events.left,
    "stop_done": order_events.done,
    "stop_failed": order_events.failed,
    "trip_returned": order_events.returned,
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
