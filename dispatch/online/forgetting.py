"""What a dispatcher need not know any more, so that what it knows does not grow with its age.

All limits are numbers of orders, trips and events, never hours: a clock that was wrong for a while makes nothing be
forgotten. An order is, once it is at its end and was on no trip of which there may be news, so that no event can change
it (one that was given up could still be cancelled, or found by a clock that goes back). Where and when it was placed is
kept for longer, to learn from and to refuse its id.
"""

from itertools import islice
from typing import TypeVar

from dispatch.online.learning import MOST_ORDERS
from dispatch.online.state import OrderLife, State, Status, where_and_when

ORDERS, ORDERS_KEPT = 5_000, 2_500
"""With so many orders, those at their end are forgotten but for the latest so many."""
SWEEP = 500
"""Should they all be alive, they are looked through again after so many more."""
TRIPS = 1_000
"""Of trips that were taken back or came back with orders, news is believed of the latest so many at least."""
EVENTS = 20_000
"""An event is known again among so many later ones at least; a log that keeps its ids unique knows all."""

TOPICS = frozenset({"ready", "promise", "address", "vehicle", "departure"})
"""Those of ``State.told_at`` that are about orders."""

T = TypeVar("T")


def forget(state: State) -> None:
    """Forget the oldest of what there is too much of; called after each event."""
    if len(state.seen) > 2 * EVENTS:
        state.seen = _latest(state.seen, EVENTS)
    if len(state.given_back) > 2 * TRIPS:
        state.given_back = _latest(state.given_back, TRIPS)
    if len(state.over) > 2 * TRIPS:
        state.over = _latest(state.over, TRIPS)
    if len(state.orders) >= ORDERS and len(state.orders) % SWEEP == 0:
        _forget_orders(state)


def _forget_orders(state: State) -> None:
    trips = (*state.trips.values(), *state.given_back.values(), *state.over.values())
    named = {stop.order_id for life in trips for stop in life.trip.stops}
    older = len(state.orders) - ORDERS_KEPT
    old = {life.order.id: life for life in islice(state.orders.values(), older) if _is_over(life)}
    gone = {order_id: where_and_when(life.order) for order_id, life in old.items() if order_id not in named}
    state.past |= gone
    for topic in TOPICS & state.told_at.keys():
        state.told_at[topic] = {each: at for each, at in state.told_at[topic].items() if each not in gone}
    if len(state.past) > MOST_ORDERS:
        state.past = _latest(state.past, MOST_ORDERS)
    state.orders = {order_id: life for order_id, life in state.orders.items() if order_id not in gone}


def _is_over(life: OrderLife) -> bool:
    return life.status not in {Status.OPEN, Status.COMMITTED, Status.ON_BOARD}


def _latest(items: dict[str, T], count: int) -> dict[str, T]:
    return dict(islice(items.items(), len(items) - count, None))
