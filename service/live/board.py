"""Keeps account of a dispatcher beside it, and draws up the live plan."""

from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice, takewhile
from typing import NamedTuple

from dispatch.answer import Reason
from dispatch.online import Decision, Dispatcher, Event, Hold, OrderLife, Proposal, Quoted, State, Status
from dispatch.timetable import lateness_s
from service.live.plan import Day, LiveOrder, LivePlan, LiveTrip, LiveVehicle, ProposedTrip

DAY = timedelta(hours=24)
SHOWN = timedelta(minutes=30)
"""How long an order stays in the plan after its end."""
MAX_SHOWN = 500
NOTED = frozenset({"quoted"})
"""The kinds of decisions that a board must be told of when a log is recalled; a hold is told anew."""


@dataclass(slots=True)
class _Line:
    """What is noted of a living order; ``placed`` is the revision that it came with."""

    life: OrderLife
    placed: int
    revision: int
    seen: tuple[object, ...]
    hold: Hold | None = None
    quoted: Quoted | None = None


class _Ended(NamedTuple):
    line: _Line
    at: datetime
    on_time: bool


@dataclass(frozen=True, slots=True)
class Noted:
    """What is noted of an order, as ``_Line`` has it; and when it ended, whether on time, if it is at its end."""

    life: OrderLife
    placed: int
    revision: int
    quoted: Quoted | None
    ended_at: datetime | None = None
    on_time: bool = False


@dataclass(frozen=True, slots=True)
class Account:
    """What a board has noted and cannot read off its dispatcher, to go on from elsewhere.

    Attributes:
        living: orders that are not at their end.
        ended: those that are.
        placed: when orders were.
    """

    living: list[Noted]
    ended: list[Noted]
    placed: list[datetime]


class _Expected(NamedTuple):
    """When an order should be at its door, and by which vehicle."""

    vehicle_id: str
    arrive_at: datetime


class Board:
    """The account of one fleet.

    Args:
        fleet_id: of the fleet.
        dispatcher: is asked, never changed.
        account: of a board of the same dispatcher before (default: nothing was noted yet).
    """

    def __init__(self, fleet_id: str, dispatcher: Dispatcher, account: Account | None = None) -> None:
        self._fleet_id = fleet_id
        self._dispatcher = dispatcher
        self._living: dict[str, _Line] = {}
        self._ended: deque[_Ended] = deque()
        self._undelivered: list[_Ended] = []
        self._placed: deque[datetime] = deque()
        if account is not None:
            self._take_up(account)

    def account(self) -> Account:
        """What was noted; how long orders are held is left out, since a dispatcher that is begun anew tells it anew."""
        return Account(
            [_noted(line) for line in self._living.values()],
            [_noted(each.line, each.at, on_time=each.on_time) for each in self._ended],
            list(self._placed),
        )

    def _take_up(self, account: Account) -> None:
        orders = self._dispatcher.state.orders

        def line_of(noted: Noted) -> _Line:
            life = orders.get(noted.life.order.id, noted.life)  # what happens to it is to be seen here
            return _Line(life, noted.placed, noted.revision, _seen(life), quoted=noted.quoted)

        self._living = {noted.life.order.id: line_of(noted) for noted in account.living}
        for noted in account.ended:
            assert noted.ended_at is not None
            self._end(_Ended(line_of(noted), noted.ended_at, noted.on_time))
        self._placed.extend(account.placed)

    def note(self, event: Event, decisions: Iterable[Decision], revision: int) -> None:
        """Take note of an event that the dispatcher was given, and of what it decided."""
        state = self._dispatcher.state
        if event.kind == "order_placed":
            life = state.orders.get(event.order.id)
            if life is not None and life.order is event.order:
                self._living[event.order.id] = _Line(life, revision, revision, ())
                self._placed.append(event.at)
        for decision in decisions:
            if isinstance(decision, Hold) and decision.order_id in self._living:
                self._living[decision.order_id].hold = decision
            elif isinstance(decision, Quoted) and decision.order_id in self._living:
                self._living[decision.order_id].quoted = decision
        for ended in [each for each in self._undelivered if each.line.life.ended_at != each.at]:
            self._undelivered.remove(ended)  # it turns out to be under way or delivered
            self._ended.remove(ended)
            self._living[ended.line.life.order.id] = ended.line
        for order_id, line in list(self._living.items()):
            seen = _seen(line.life)
            if seen == line.seen:
                continue
            line.seen, line.revision = seen, revision
            if line.life.ended_at is not None:
                del self._living[order_id]
                self._end(_Ended(line, line.life.ended_at, _on_time(line.life)))
        self._forget(state.now)

    def plan(self, revision: int) -> LivePlan:
        """The plan as it stands."""
        state, proposal = self._dispatcher.state, self._dispatcher.proposal
        assert state.now is not None
        shown = islice((each.line for each in reversed(self._ended) if each.at > state.now - SHOWN), MAX_SHOWN)
        lines = [*self._living.values(), *list(shown)[::-1]]
        return LivePlan.model_construct(
            fleet_id=self._fleet_id,
            revision=revision,
            at=state.now,
            stores=tuple(state.stores.values()),
            orders=tuple(self._orders(lines)),
            vehicles=tuple(
                LiveVehicle.model_construct(
                    vehicle=life.vehicle,
                    store_id=life.store_id,
                    free_at=life.free_at,
                    trip_id=life.trip_id,
                    location=life.location,
                    leaving=life.leaving,
                    overdue=life.overdue,
                    trips=life.trips,
                    orders=life.orders,
                )
                for life in state.vehicles.values()
            ),
            trips=tuple(
                LiveTrip.model_construct(
                    trip=life.trip,
                    open_orders=tuple(life.open_orders),
                    left_at=life.left_at,
                    late_s=life.late_by(state.now),
                )
                for life in state.trips.values()
            ),
            proposed=tuple(
                ProposedTrip.model_construct(trip=each.trip, go_at=each.go_at, latest_at=each.latest_at)
                for each in proposal.trips
            ),
            day=self._day(state.now),
        )

    def changed(self, since: int) -> dict[int, LiveOrder]:
        """The orders whose revision is later than ``since``, by the revision that each was placed at."""
        ended = takewhile(lambda line: line.revision > since, (each.line for each in reversed(self._ended)))
        lines = [*(line for line in self._living.values() if line.revision > since), *ended]
        return dict(zip((line.placed for line in lines), self._orders(lines), strict=True))

    def _orders(self, lines: Iterable[_Line]) -> Iterator[LiveOrder]:
        state, proposal = self._dispatcher.state, self._dispatcher.proposal
        assert state.now is not None
        expected = dict(_expected(state, state.now, proposal))
        unserved = {item.order_id: (item.code, item.text) for item in proposal.unserved}
        for line in lines:
            yield _order(line, expected.get(line.life.order.id), unserved.get(line.life.order.id))

    def _day(self, now: datetime) -> Day:
        ends = Counter(each.line.life.status for each in self._ended)
        delivered = ends[Status.DELIVERED]
        on_time = sum(each.on_time for each in self._ended)
        return Day(
            since=now - DAY,
            placed=len(self._placed),
            delivered=delivered,
            on_time=on_time,
            failed=ends[Status.FAILED],
            cancelled=ends[Status.CANCELLED],
            given_up=ends[Status.GIVEN_UP],
            on_time_share=on_time / delivered if delivered else None,
        )

    def _end(self, ended: _Ended) -> None:
        self._ended.append(ended)
        if ended.line.life.status is not Status.DELIVERED:
            self._undelivered.append(ended)

    def _forget(self, now: datetime | None) -> None:
        """Drop what is older than a day."""
        while now is not None and self._placed and self._placed[0] < now - DAY:
            self._placed.popleft()
        while now is not None and self._ended and self._ended[0].at < now - DAY:
            self._ended.popleft()
            self._undelivered = [each for each in self._undelivered if each.at >= now - DAY]


def _noted(line: _Line, ended_at: datetime | None = None, *, on_time: bool = False) -> Noted:
    return Noted(line.life, line.placed, line.revision, line.quoted, ended_at, on_time)


def _seen(life: OrderLife) -> tuple[object, ...]:
    """What an operator decides by; a change of it makes what was decided on the former state stale."""
    return life.status, life.trip_id, life.assigned_to, life.held_until, life.hurried


def _on_time(life: OrderLife) -> bool:
    assert life.ended_at is not None
    return life.status is Status.DELIVERED and _arrived_at(life, life.ended_at) <= life.order.promised_at


def _arrived_at(life: OrderLife, handed_over_at: datetime) -> datetime:
    """About when the vehicle was at the door, which nobody told."""
    return handed_over_at - timedelta(seconds=life.order.handover_s)


def _expected(state: State, now: datetime, proposal: Proposal) -> Iterator[tuple[str, _Expected]]:
    for proposed in proposal.trips:
        vehicle_id = proposed.trip.vehicle_id
        yield from ((order_id, _Expected(vehicle_id, at)) for order_id, at in proposed.arrivals().items())
    for life in state.trips.values():
        late = timedelta(seconds=life.late_by(now))
        for stop in life.trip.stops:
            if stop.order_id in life.open_orders:
                yield stop.order_id, _Expected(life.trip.vehicle_id, stop.arrive_at + late)


def _order(line: _Line, expected: _Expected | None, unserved: tuple[Reason, str] | None) -> LiveOrder:
    life, hold = line.life, line.hold
    is_open = life.status is Status.OPEN
    if life.ended_at is not None:
        expected = None  # whatever was planned before
    arrive_at = expected.arrive_at if expected else None
    if life.status is Status.DELIVERED and life.ended_at is not None:
        arrive_at = _arrived_at(life, life.ended_at)
    code, text = unserved if unserved and is_open else (None, None)
    waits = is_open and code is None and hold is not None
    return LiveOrder.model_construct(
        order=life.order,
        status=life.status,
        revision=line.revision,
        vehicle_id=expected.vehicle_id if expected else None,
        trip_id=life.trip_id,
        arrive_at=arrive_at,
        late_s=None if arrive_at is None else lateness_s(life.order, arrive_at),
        quoted_arrive_at=line.quoted.arrive_at if line.quoted and (arrive_at or is_open) else None,
        assigned_to=life.assigned_to,
        held_until=life.held_until,
        hurried=life.hurried,
        hold_until=hold.until if waits and hold else None,
        hold_why=hold.why if waits and hold else None,
        code=code,
        text=text,
        ended_at=life.ended_at,
    )
