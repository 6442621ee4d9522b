"""What customers and stores are told of their orders, and what they were told last: only news is told."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from dispatch.answer import Reason, Unserved
from dispatch.online.decision import Decision, Hold, Quoted, Rerouted, Warned, Why
from dispatch.online.planner import Later, Proposal, Proposed
from dispatch.online.state import State, Status
from dispatch.record import seconds_after
from dispatch.timetable import lateness_s

TOLD_S = 60.0
"""A hold or a lateness that moved by less than this is not told again."""
MOVED_S = 300.0
"""An order is quoted anew when it turns out to come so much sooner or later, though nothing was decided on it."""
GROWN = timedelta(seconds=TOLD_S + 1)
"""After so long the lateness of a trip of which nothing is heard is told again."""
MAY_OPEN = frozenset({Status.OPEN, Status.COMMITTED, Status.ON_BOARD})
"""An order in one of these stages is open or may be once more."""


@dataclass(slots=True)
class Told:
    """What was said of an order last; ``code`` is why it was not served."""

    store_id: str
    until: datetime | None = None
    arrive_at: datetime | None = None
    late_s: float = 0.0
    code: Reason | None = None


class Telling:
    """Tells what is new since it was last told.

    Args:
        state: not changed.
    """

    def __init__(self, state: State) -> None:
        self._state = state
        self._told: dict[str, Told] = {}

    def forget(self) -> None:
        """Take it that nothing was told."""
        self._told.clear()

    def forget_ended(self) -> None:
        """Drop what was told of orders of which nothing will be told again."""
        orders = self._state.orders
        self._told = {
            order_id: told
            for order_id, told in self._told.items()
            if order_id in orders and orders[order_id].status in MAY_OPEN
        }

    def planned(
        self,
        now: datetime,
        event_id: str,
        proposed: Proposed,
        until: datetime | None,
        why: dict[str, str],
    ) -> Iterator[Decision]:
        """Tell of the orders of a trip that waits ``until`` then or, with None, goes; ``why`` they are late if so."""
        trip, arrivals = proposed.trip, proposed.arrivals()
        for stop in trip.stops:
            order_id = stop.order_id
            told = self._known(order_id)
            if told.store_id != trip.store_id:
                yield Rerouted(
                    at=now,
                    event_id=event_id,
                    order_id=order_id,
                    from_store_id=told.store_id,
                    to_store_id=trip.store_id,
                )
                told.store_id = trip.store_id
            held = until is not None and (told.until is None or abs(seconds_after(told.until, until)) > TOLD_S)
            at, news_s = arrivals[order_id], TOLD_S if held or until is None else MOVED_S
            yield from self._arrival(now, event_id, order_id, at, why.get(order_id), news_s)
            if held and until is not None:
                idle = self._state.vehicles[trip.vehicle_id].trip_id is None
                reason: Why = "others_may_join" if proposed.go_at <= now else "not_ready" if idle else "no_vehicle_yet"
                yield Hold(at=now, event_id=event_id, order_id=order_id, until=until, why=reason)
                told.until = until

    def moved(self, now: datetime, event_id: str, trip_id: str) -> Iterator[Decision]:
        """Tell of the orders of a trip that runs later or earlier than planned, if it still is to run."""
        life = self._state.trips.get(trip_id)
        if life is None:
            return
        late = timedelta(seconds=life.late_by(now))
        for stop in life.trip.stops:
            if stop.order_id in life.open_orders:
                text = f"trip {trip_id!r} runs {late.total_seconds():.0f} s later than planned" if late else None
                yield from self._arrival(now, event_id, stop.order_id, stop.arrive_at + late, text, MOVED_S)

    def later(self, now: datetime, event_id: str, orders: Iterable[Later]) -> Iterator[Decision]:
        """Tell of orders that are not planned yet."""
        for order_id, until, arrive_at in orders:
            told = self._known(order_id)
            if told.until != until:
                told.until = until
                yield Hold(at=now, event_id=event_id, order_id=order_id, until=until, why="not_ready")
            yield from self._arrival(now, event_id, order_id, arrive_at, None, TOLD_S)

    def unserved(self, now: datetime, event_id: str, items: tuple[Unserved, ...]) -> Iterator[Decision]:
        """Tell of orders that are not served as things are, each with its reason."""
        for item in items:
            told = self._known(item.order_id)
            if told.code != item.code:
                told.code, told.until, told.late_s = item.code, None, 0.0
                yield Warned(
                    at=now, event_id=event_id, order_id=item.order_id, late_s=None, code=item.code, text=item.text
                )

    def quote(self, now: datetime, event_id: str, order_id: str, proposal: Proposal) -> Decision:
        """When an order arrives that is new, or was given up and is not, by its trip or what is proposed."""
        order = self._state.orders[order_id]
        life = self._state.trips.get(order.trip_id or "")
        if life is None:
            arrivals = {each.order_id: each.arrive_at for each in proposal.later}
            for proposed in proposal.trips:
                arrivals |= proposed.arrivals()
        else:
            late = timedelta(seconds=life.late_by(now))
            arrivals = {stop.order_id: stop.arrive_at + late for stop in life.trip.stops}
        arrive_at = arrivals.get(order_id)
        late_s = None if arrive_at is None else lateness_s(order.order, arrive_at)
        self._known(order_id).arrive_at = arrive_at
        return Quoted(at=now, event_id=event_id, order_id=order_id, arrive_at=arrive_at, late_s=late_s)

    def _arrival(
        self, now: datetime, event_id: str, order_id: str, arrive_at: datetime, why: str | None, news_s: float
    ) -> Iterator[Decision]:
        """Warn of an order that is late, or more or less so than was said; quote one anew that no longer is.

        Quote it too if it comes more than ``news_s`` sooner or later than was said, or nobody knows what was.
        """
        told = self._known(order_id)
        moved = told.arrive_at is None or abs(seconds_after(told.arrive_at, arrive_at)) > news_s
        moved &= order_id not in self._state.unquoted
        late_s = lateness_s(self._state.orders[order_id].order, arrive_at)
        if late_s > 0 and abs(late_s - told.late_s) > TOLD_S:
            text = why or f"arrives at {arrive_at.isoformat()}, {late_s} s after its promise"
            code = Reason.PROMISE_MISSED
            yield Warned(at=now, event_id=event_id, order_id=order_id, late_s=late_s, code=code, text=text)
        elif told.code is not None or (late_s == 0 and told.late_s > 0) or moved:
            yield Quoted(at=now, event_id=event_id, order_id=order_id, arrive_at=arrive_at, late_s=late_s)
        else:
            return
        told.late_s, told.code, told.arrive_at = late_s, None, arrive_at

    def _known(self, order_id: str) -> Told:
        if order_id not in self._told:
            self._told[order_id] = Told(self._state.orders[order_id].order.store_id)
        return self._told[order_id]
