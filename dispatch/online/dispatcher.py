"""The dispatcher: events in, decisions out.

One dispatcher runs live, replayed and simulated. It is pure: what it decides follows from the events it was given, in
their sequence, and from nothing else; it has no clock, and its search stops after so many iterations.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from pydantic import Field

import maps
from dispatch.answer import Reason
from dispatch.faults import Fault, RequestError
from dispatch.forecast import Forecast
from dispatch.online.decision import (
    Commit,
    Decision,
    GaveUp,
    Hold,
    Overdue,
    Quoted,
    Rejected,
    Released,
    Rerouted,
    Warned,
    Why,
)
from dispatch.online.event import Event
from dispatch.online.fold import fold
from dispatch.online.hold import Outlook, Patience
from dispatch.online.lives import News, NotPossible, commit, end, release
from dispatch.online.planner import Planner, Proposal, Proposed, Stopwatch, StorePlanner
from dispatch.online.state import State, Status
from dispatch.record import Record, Whole, seconds_after
from dispatch.request import MAX_STORES, Airspace, MapTravel, MatrixTravel, Order, Rates, Store, Travel
from dispatch.timetable import lateness_s

AGAIN = timedelta(minutes=1)
"""Orders that nobody can take are planned again after so long, should nothing happen before."""
SOONEST = timedelta(seconds=1)
"""A trip whose vehicle is still out is looked at again no sooner than this."""
MAY_OPEN = frozenset({Status.OPEN, Status.COMMITTED, Status.ON_BOARD})
"""An order in one of these stages is open or may be once more."""
TOLD_S = 60.0
"""A hold or a lateness that moved by less than this is not told again."""


class Setup(Record):
    """What a dispatcher is made for.

    Attributes:
        stores: that it dispatches.
        travel: how vehicles travel, on a map or straight; a matrix cannot know tomorrow's addresses.
        rates: the prices.
        airspace: where drones fly.
        patience: how long trips wait.
        margin_s: trips are planned to arrive so much before the promise.
        work: iterations of the search at each plan.
        in_rounds: plan on ticks only, for all that happened since the last one, rather than on every event.
        silence_s: a vehicle that is so much behind with its news is overdue.
    """

    stores: Annotated[list[Store], Field(min_length=1, max_length=MAX_STORES)]
    travel: Travel = MapTravel()
    rates: Rates = Rates()
    airspace: Airspace | None = None
    patience: Patience = Patience()
    margin_s: Whole = 0
    work: Annotated[int, Field(ge=1, le=10_000_000)] = 1_000
    in_rounds: bool = False
    silence_s: Whole = 900


@dataclass(slots=True)
class _Told:
    """What was said of an open order last."""

    store_id: str
    until: datetime | None = None
    late_s: float = 0.0
    code: Reason | None = None


class Dispatcher:
    """Decides for stores, event by event.

    Args:
        setup: what it is made for.
        planner: of trips (default: ``StorePlanner`` of ``setup``).
        forecast: of demand (default: what came lately).
        networks: the maps that ``setup`` may name (default: the bundled one).

    Attributes:
        state: the fold of the events and the commitments.
        proposal: the last plan; trips that were committed from it are no longer there.
        wake_at: when a ``Tick`` is of use next, None if only events are.
        cut: the look at which the last plan was cut short, None if it was not.

    Raises:
        RequestError: if the setup contradicts itself, or names a map that is not there.
    """

    def __init__(
        self,
        setup: Setup,
        planner: Planner | None = None,
        forecast: Forecast | None = None,
        networks: dict[str, maps.StreetNetwork] | None = None,
    ) -> None:
        if isinstance(setup.travel, MatrixTravel):
            text = "a matrix knows no address but its own; a dispatcher travels by 'map' or 'straight'"
            raise RequestError([Fault(path="$.travel.kind", text=text)])
        self.setup = setup
        self._planner = planner or StorePlanner(
            setup.travel, setup.rates, setup.airspace, setup.margin_s, networks=networks
        )
        self._forecast = forecast
        self.state = State({store.id: store for store in setup.stores})
        self.proposal = Proposal()
        self.wake_at: datetime | None = None
        self.cut: int | None = None
        self._due_at: datetime | None = None
        self._told: dict[str, _Told] = {}
        self._stirred = False
        self._to_quote: list[str] = []

    def handle(
        self, event: Event, *, looks: int | None = None, deadline_s: float | None = None
    ) -> tuple[Decision, ...]:
        """Take an event and decide.

        Args:
            event: what happened.
            looks: where the search was cut short when this event was first handled, from a ``Cut`` in the log.
            deadline_s: cut the search short after so much time; ``cut`` then says where. None never looks at a clock.

        Returns:
            What is decided, in the sequence in which it is; among it a ``Rejected`` if the event cannot be.
        """
        self.cut = None
        try:
            news = self._fold(event)
        except NotPossible as refusal:
            return (Rejected(at=event.at, event_id=event.id, field=refusal.field, text=str(refusal)),)
        now = self.state.now
        assert now is not None
        if event.kind == "restarted":
            self._begin_anew()
        decisions: list[Decision] = [
            Released(at=now, event_id=event.id, trip_id=trip_id, order_ids=order_ids, text=text)
            for trip_id, order_ids, text in news.released
        ]
        silent = list(self._listen(now, event.id))
        decisions += silent
        self._stirred |= news.stirs or bool(silent)
        if event.kind == "order_placed":
            self._to_quote.append(event.order.id)
        due = self._stirred or (self._due_at is not None and now >= self._due_at)
        if due and (event.kind in {"tick", "street_closed"} or not self.setup.in_rounds):
            self._stirred = False
            try:
                decisions += self._plan(now, event.id, Stopwatch(looks, deadline_s))
            except maps.MapError as error:
                if not self.state.closures:
                    raise
                self.state.closures.pop()  # measured for the first time since it was closed, and impossible
                self._stirred = True
                decisions.append(Rejected(at=event.at, event_id=event.id, field="ring", text=str(error)))
            decisions += [self._quote(now, event.id, order_id) for order_id in self._to_quote]
            self._to_quote.clear()
        due_at = now if self._stirred else self._due_at
        self.wake_at = min((at for at in (due_at, *self._listening()) if at is not None), default=None)
        return tuple(decisions)

    def recall(self, event: Event, decisions: Iterable[Decision]) -> None:
        """Take an event as ``handle`` did once, with what was decided then, without planning anything.

        After the last one, ``handle`` a ``Restarted``: from there on the dispatcher goes on as if it had never stopped.

        Args:
            event: from the log.
            decisions: that were made on it.
        """
        decisions = tuple(decisions)
        if event.kind == "tick" and not any(isinstance(decision, Rejected) for decision in decisions):
            self.state.suspect_at = event.at  # it was believed then, maybe since it was asked for
        try:
            self._fold(event)
        except NotPossible:
            return
        assert self.state.now is not None
        list(self._listen(self.state.now, event.id))
        for decision in decisions:
            if isinstance(decision, Commit):
                commit(self.state, decision.trip)
            elif isinstance(decision, GaveUp):
                end(self.state, decision.order_id, Status.GIVEN_UP, decision.at)
            elif isinstance(decision, Rejected):
                self.state.closures.pop()  # what ``handle`` rejects after it was taken is a street

    def _begin_anew(self) -> None:
        self._planner.forget()
        self._told.clear()
        self._to_quote.clear()

    def _fold(self, event: Event) -> News:
        if event.kind == "street_closed" and not isinstance(self.setup.travel, MapTravel):
            raise NotPossible("ring", f"travel is {self.setup.travel.kind!r}, which has no streets to close")
        if event.kind == "tick" and self.wake_at is not None and event.at <= self.wake_at:
            self.state.suspect_at = event.at  # asked for, however far ahead
        return fold(self.state, event)

    def _plan(self, now: datetime, event_id: str, stopwatch: Stopwatch) -> Iterator[Decision]:
        """Plan the open orders, commit what must go, and tell what has changed for the rest."""
        yield from self._give_up(now, event_id)
        state, setup = self.state, self.setup
        proposal = self._planner.propose(state, now, setup.work, stopwatch)
        self.cut, self.proposal = stopwatch.cut, proposal
        outlook = Outlook(setup.patience, setup.rates, state, proposal, self._forecast, now)
        waiting: list[tuple[Proposed, datetime]] = []
        for proposed in proposal.trips:
            until = outlook.until(proposed)
            vehicle = state.vehicles[proposed.trip.vehicle_id]
            if until > now or vehicle.trip_id is not None:
                waiting.append((proposed, until))
                continue
            trip = proposed.trip.model_copy(update={"id": f"{vehicle.vehicle.id}/{vehicle.trips + 1}"})
            yield from self._tell(now, event_id, proposed, None)
            commit(state, trip)
            yield Commit(at=now, event_id=event_id, trip=trip)
        self.proposal = proposal._replace(trips=tuple(proposed for proposed, _ in waiting))
        for proposed, until in waiting:
            yield from self._tell(now, event_id, proposed, until)
        yield from self._tell_unserved(now, event_id)
        self._due_at = min(self._moments(now, [until for _, until in waiting]), default=None)
        self._told = {
            order_id: told for order_id, told in self._told.items() if state.orders[order_id].status in MAY_OPEN
        }

    def _moments(self, now: datetime, untils: list[datetime]) -> Iterator[datetime]:
        """When there may be something to decide though nothing happens."""
        yield from (max(until, now + SOONEST) for until in untils)
        for order_id in self.state.open_ids:
            last_at = _last_at(self.state.orders[order_id].order)
            if last_at is not None:
                yield last_at + SOONEST
        if self.proposal.unserved:
            yield now + AGAIN

    def _give_up(self, now: datetime, event_id: str) -> Iterator[Decision]:
        """End the orders that nobody can serve any more."""
        for life in self.state.open_orders:
            order, last_at = life.order, _last_at(life.order)
            if last_at is not None and now > last_at:
                text = f"promised by {order.promised_at.isoformat()}, at most {order.max_late_s} s late; that is past"
                yield GaveUp(at=now, event_id=event_id, order_id=order.id, code="too_late", text=text)
            elif not life.stores:
                text = f"none of {[order.store_id, *order.also_at]} has it in stock"
                yield GaveUp(at=now, event_id=event_id, order_id=order.id, code="no_stock", text=text)
            else:
                continue
            end(self.state, order.id, Status.GIVEN_UP, now)

    def _tell(self, now: datetime, event_id: str, proposed: Proposed, until: datetime | None) -> Iterator[Decision]:
        """Tell what is new for the orders of a trip that waits ``until`` then, or, with None, goes."""
        trip = proposed.trip
        why = {late.order_id: late.text for late in self.proposal.late}
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
            if abs(stop.late_s - told.late_s) > TOLD_S:
                text = why.get(order_id, f"arrives at {stop.arrive_at.isoformat()}, {stop.late_s} s after its promise")
                code = Reason.PROMISE_MISSED
                yield Warned(at=now, event_id=event_id, order_id=order_id, late_s=stop.late_s, code=code, text=text)
                told.late_s = stop.late_s
            told.code = None
            if until is not None and (told.until is None or abs(seconds_after(told.until, until)) > TOLD_S):
                idle = self.state.vehicles[trip.vehicle_id].trip_id is None
                reason: Why = "others_may_join" if proposed.go_at <= now else "not_ready" if idle else "no_vehicle_yet"
                yield Hold(at=now, event_id=event_id, order_id=order_id, until=until, why=reason)
                told.until = until

    def _tell_unserved(self, now: datetime, event_id: str) -> Iterator[Decision]:
        for item in self.proposal.unserved:
            told = self._known(item.order_id)
            if told.code != item.code:
                told.code, told.until = item.code, None
                yield Warned(
                    at=now, event_id=event_id, order_id=item.order_id, late_s=None, code=item.code, text=item.text
                )

    def _known(self, order_id: str) -> _Told:
        if order_id not in self._told:
            self._told[order_id] = _Told(self.state.orders[order_id].order.store_id)
        return self._told[order_id]

    def _quote(self, now: datetime, event_id: str, order_id: str) -> Decision:
        """When a new order arrives, by the trip it was just committed to or planned on."""
        life = self.state.orders[order_id]
        trips = [proposed.trip for proposed in self.proposal.trips]
        if life.trip_id is not None:
            trips = [self.state.trips[life.trip_id].trip]
        for trip in trips:
            for stop in trip.stops:
                if stop.order_id == order_id:
                    arrive_at, late_s = stop.arrive_at, lateness_s(life.order, stop.arrive_at)
                    return Quoted(at=now, event_id=event_id, order_id=order_id, arrive_at=arrive_at, late_s=late_s)
        return Quoted(at=now, event_id=event_id, order_id=order_id, arrive_at=None, late_s=None)

    def _listen(self, now: datetime, event_id: str) -> Iterator[Decision]:
        """Tell of vehicles that are silent for too long; one that has not even left gives its trip back."""
        silence = timedelta(seconds=self.setup.silence_s)
        for trip in list(self.state.trips.values()):
            vehicle = self.state.vehicles[trip.trip.vehicle_id]
            if now < trip.next_at + silence or vehicle.overdue:
                continue
            vehicle.overdue = True
            vehicle_id, trip_id = vehicle.vehicle.id, trip.trip.id
            text = f"nothing was heard of trip {trip_id!r} since {trip.next_at.isoformat()}"
            yield Overdue(at=now, event_id=event_id, vehicle_id=vehicle_id, text=text)
            if trip.left_at is None:
                vehicle.leaving = True
                order_ids = release(self.state, trip_id)
                yield Released(at=now, event_id=event_id, trip_id=trip_id, order_ids=order_ids, text=text)

    def _listening(self) -> Iterator[datetime]:
        """When silence becomes too long, for each trip."""
        silence = timedelta(seconds=self.setup.silence_s)
        for trip in self.state.trips.values():
            if not self.state.vehicles[trip.trip.vehicle_id].overdue:
                yield trip.next_at + silence


def _last_at(order: Order) -> datetime | None:
    """The last moment at which an order may arrive; None if there is none."""
    return None if order.max_late_s is None else order.promised_at + timedelta(seconds=order.max_late_s)
