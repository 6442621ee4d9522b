"""The dispatcher: events in, decisions out.

One dispatcher runs live, replayed and simulated. It is pure: what it decides follows from the events it was given, in
their sequence, and from nothing else; it has no clock, and its search stops after so many iterations.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Literal

import maps
from dispatch.faults import DispatchError
from dispatch.forecast import Forecast
from dispatch.online.decision import Commit, Decision, GaveUp, Overdue, Quoted, Rejected, Released
from dispatch.online.event import Event
from dispatch.online.fold import fold
from dispatch.online.hold import Outlook
from dispatch.online.learning import Learner
from dispatch.online.lives import News, NotPossible, commit, end, release, take_for_lost
from dispatch.online.planner import Planner, Proposal, Proposed, Stopwatch, StorePlanner
from dispatch.online.setup import Setup, refuse_setup
from dispatch.online.state import State, Status, TripLife
from dispatch.online.telling import GROWN, MAY_OPEN, Telling
from dispatch.record import seconds_after
from dispatch.request import MapTravel, Order

AGAIN = timedelta(minutes=1)
"""Orders that nobody can take are planned again after so long, should nothing happen before."""
SOONEST = timedelta(seconds=1)
"""A trip whose vehicle is still out is looked at again no sooner than this."""
RECALLED = frozenset({"commit", "gave_up", "quoted", "rejected"})
"""The kinds of decisions that ``Dispatcher.recall`` looks at; what was told is told anew."""


class GapError(DispatchError):
    """Raised when a log that is recalled lacks events: the text names the trip that could not have been committed."""


class Dispatcher:
    """Decides for stores, event by event.

    Args:
        setup: what it is made for.
        planner: of trips (default: ``StorePlanner`` of ``setup``).
        forecast: of demand (default: learnt from the orders it is given, if ``setup`` says by whose days; else, and
            before there are enough, what came lately).
        networks: the maps that ``setup`` may name (default: the bundled one).
        state: what another of the same ``setup`` had recalled of a log, to ``recall`` the rest (default: nothing).

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
        state: State | None = None,
    ) -> None:
        refuse_setup(setup, networks)
        self.setup = setup
        self._planner = planner or StorePlanner(
            setup.travel, setup.rates, setup.airspace, setup.margin_s, networks=networks
        )
        self.state = state or State({store.id: store for store in setup.stores})
        self._forecast = forecast
        self._learner = None if setup.timezone is None or forecast is not None else Learner(self.state, setup.timezone)
        self.proposal = Proposal()
        self.wake_at: datetime | None = None
        self.cut: int | None = None
        self._due_at: datetime | None = None
        self._telling = Telling(self.state)
        self._stirred = False

    def handle(
        self, event: Event, *, looks: int | None = None, deadline_s: float | None = None
    ) -> tuple[Decision, ...]:
        """Take an event and decide.

        Args:
            event: what happened.
            looks: where the search was cut short when this event was first handled, from a ``Cut`` in the log. With 0
                nothing is planned on this event, but on the next one: for a caller that has it already.
            deadline_s: cut the search short after so much time; ``cut`` then says where. None never looks at a clock.

        Returns:
            What is decided, in the sequence in which it is; among it a ``Rejected`` if the event cannot be.
        """
        self.cut = None
        try:
            asked = event.kind == "tick" and self.wake_at is not None and event.at <= self.wake_at
            news = self._fold(event, asked=asked)
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
        self._await_quotes(news)
        silent = list(self._listen(now, event))
        decisions += silent
        late = [trip_id for trip_id, trip in self.state.trips.items() if now > trip.due_at]
        for trip_id in dict.fromkeys([*news.moved, *late]):
            decisions += self._telling.moved(now, event.id, trip_id)
        self._stirred |= news.stirs or bool(silent)
        due = self._stirred or (self._due_at is not None and now >= self._due_at)
        if due and looks == 0:
            self.cut, self._stirred = 0, True
        elif due and (event.kind in {"tick", "street_closed"} or not self.setup.in_rounds):
            self._stirred = False
            decisions += self._plan(now, event.id, Stopwatch(looks, deadline_s))
            for order_id in self.state.unquoted:
                if order_id in self.state.orders:
                    decisions.append(self._telling.quote(now, event.id, order_id, self.proposal))
            self.state.unquoted.clear()
        due_at = now if self._stirred else self._due_at
        looks_at = [min(self._patient_until(trip), max(trip.due_at, now) + GROWN) for trip in self.state.trips.values()]
        self.wake_at = min(looks_at if due_at is None else [due_at, *looks_at], default=None)
        return tuple(decisions)

    def recall(self, event: Event, decisions: Iterable[Decision]) -> None:
        """Take an event as ``handle`` did once, with what was decided then, without planning anything.

        After the last one, ``handle`` a ``Restarted``: from there on the dispatcher goes on as if it had never stopped.

        Args:
            event: from the log.
            decisions: that were made on it; those of the kinds ``RECALLED`` suffice.

        Raises:
            GapError: if a trip was committed that cannot have been by the events before.
        """
        decisions = tuple(decisions)
        # A tick that was believed may have been since it was asked for.
        asked = event.kind == "tick" and not any(isinstance(decision, Rejected) for decision in decisions)
        try:
            news = self._fold(event, asked=asked)
        except NotPossible:
            return
        assert self.state.now is not None
        list(self._listen(self.state.now, event))
        self._await_quotes(news)
        for decision in decisions:
            if isinstance(decision, Commit):
                _refuse_gap(self.state, decision)
                commit(self.state, decision.trip)
            elif isinstance(decision, GaveUp) and decision.order_id in self.state.orders:
                end(self.state, decision.order_id, Status.GIVEN_UP, decision.at)
            elif isinstance(decision, Quoted):
                self.state.unquoted.pop(decision.order_id, None)

    def _await_quotes(self, news: News) -> None:
        """Orders that were found are to be quoted, but those that were found to be at their end."""
        found = (order_id for order_id in news.found if self.state.orders[order_id].status in MAY_OPEN)
        self.state.unquoted |= dict.fromkeys(found)

    def _begin_anew(self) -> None:
        self._planner.forget()
        self._telling.forget()
        if self._learner:
            self._learner.forget()

    def _fold(self, event: Event, *, asked: bool) -> News:
        if event.kind == "street_closed" and not isinstance(self.setup.travel, MapTravel):
            raise NotPossible("ring", f"travel is {self.setup.travel.kind!r}, which has no streets to close")
        return fold(self.state, event, asked=asked)

    def _plan(self, now: datetime, event_id: str, stopwatch: Stopwatch) -> Iterator[Decision]:
        """Plan the open orders, commit what must go, and tell what has changed for the rest."""
        yield from self._give_up(now, event_id)
        state, setup = self.state, self.setup
        proposal = self._planner.propose(state, now, setup.work, stopwatch)
        self.cut, self.proposal = stopwatch.cut, proposal
        forecast = self._learner.forecast(now) if self._learner else self._forecast
        outlook = Outlook(setup.patience, setup.rates, state, proposal, forecast, now)
        # Of others the text counts from the promise that was planned with.
        as_given = {life.order.id for life in state.open_orders if setup.margin_s == 0 and not life.hurried}
        why = {late.order_id: late.text for late in proposal.late if late.order_id in as_given}
        waiting: list[Proposed] = []
        untils: list[datetime] = []
        for proposed in proposal.trips:
            until = outlook.until(proposed)
            vehicle = state.vehicles[proposed.trip.vehicle_id]
            if until > now or vehicle.trip_id is not None:
                waiting.append(proposed._replace(held_s=max(seconds_after(proposed.go_at, until), 0.0)))
                untils.append(until)
                continue
            trip = proposed.trip.model_copy(update={"id": f"{vehicle.vehicle.id}/{vehicle.trips + 1}"})
            yield from self._telling.planned(now, event_id, proposed, None, why)
            commit(state, trip)
            yield Commit(at=now, event_id=event_id, trip=trip)
        self.proposal = proposal._replace(trips=tuple(waiting))
        for proposed, until in zip(waiting, untils, strict=True):
            yield from self._telling.planned(now, event_id, proposed, until, why)
        yield from self._telling.later(now, event_id, proposal.later)
        yield from self._telling.unserved(now, event_id, proposal.unserved)
        self._due_at = min(self._moments(now, untils), default=None)
        self._telling.forget_ended()

    def _moments(self, now: datetime, untils: list[datetime]) -> Iterator[datetime]:
        """When there may be something to decide though nothing happens."""
        yield from (max(until, now + SOONEST) for until in untils)
        yield from (each.plan_at for each in self.proposal.later)
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

    def _listen(self, now: datetime, event: Event) -> Iterator[Decision]:
        """Tell of vehicles that are silent for too long: one that has not even left gives its trip back at once.

        One that is on the road keeps its orders for a while yet. Only who holds a clock can say how long it is silent.
        """
        if event.kind not in {"tick", "restarted"}:
            return
        event_id = event.id
        for trip in list(self.state.trips.values()):
            vehicle = self.state.vehicles[trip.trip.vehicle_id]
            if now < self._patient_until(trip):
                continue
            vehicle_id, trip_id = vehicle.vehicle.id, trip.trip.id
            since = max(trip.due_at, vehicle.heard_at)
            text = f"nothing was heard of trip {trip_id!r} since {since.isoformat()}"
            vanished, vehicle.overdue_at = vehicle.overdue, now
            yield Overdue(at=now, event_id=event_id, vehicle_id=vehicle_id, vanished=vanished, text=text)
            if vanished:
                take_for_lost(self.state, trip_id, now)
                code: Literal["vehicle_vanished"] = "vehicle_vanished"
                for order_id in trip.open_orders:
                    if self.state.orders[order_id].status is not Status.GIVEN_UP:
                        continue  # it is claimed to have been delivered before
                    yield GaveUp(at=now, event_id=event_id, order_id=order_id, code=code, text=text)
            elif trip.left_at is None:
                _, order_ids, _ = release(self.state, trip_id, text)
                yield Released(at=now, event_id=event_id, trip_id=trip_id, order_ids=order_ids, text=text)

    def _patient_until(self, trip: TripLife) -> datetime:
        """When the silence of a trip becomes too long, and, once that was told, when its vehicle has vanished."""
        vehicle = self.state.vehicles[trip.trip.vehicle_id]
        if vehicle.overdue_at is not None:
            return vehicle.overdue_at + timedelta(seconds=self.setup.vanished_s)
        return max(trip.due_at, vehicle.heard_at) + timedelta(seconds=self.setup.silence_s)


def _refuse_gap(state: State, decision: Commit) -> None:
    """Raise a ``GapError`` for a trip that the state knows no order or no idle vehicle for."""
    trip = decision.trip
    vehicle = state.vehicles.get(trip.vehicle_id)
    strange = [stop.order_id for stop in trip.stops if stop.order_id not in state.open_ids]
    if strange or vehicle is None or vehicle.trip_id is not None:
        cause = f"orders {strange} are not open" if strange else f"vehicle {trip.vehicle_id!r} is not idle"
        text = f"trip {trip.id!r} was committed on event {decision.event_id!r}, but {cause}"
        raise GapError(f"{text}: events before it are missing; bring the whole log back, or begin a new one")


def _last_at(order: Order) -> datetime | None:
    """The last moment at which an order may arrive; None if there is none."""
    return None if order.max_late_s is None else order.promised_at + timedelta(seconds=order.max_late_s)
