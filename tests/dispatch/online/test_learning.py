"""A dispatcher that learns from its own orders: it waits where others come, goes where none do, and replays."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from dispatch import Order, Rider, Store, StraightTravel
from dispatch.online import (
    Commit,
    Dispatcher,
    Entry,
    Event,
    Hold,
    OrderCancelled,
    OrderPlaced,
    Patience,
    Rejected,
    Restarted,
    RiderOn,
    Setup,
    StopDone,
    Tick,
    TripLeft,
    TripReturned,
    learning,
    replay,
)
from dispatch.online.clock import AHEAD
from dispatch.online.learning import Learner
from dispatch.online.state import OrderLife, State

MONDAY = datetime(2026, 11, 2, tzinfo=UTC)
DOOR = (0.01, 0.0)
NOON_H, EVENING_H = 12, 18


def setup(timezone: str | None) -> Setup:
    return Setup(
        stores=[Store(id="store", location=(0.0, 0.0), region="CL")],
        travel=StraightTravel(kind="straight", speed_kmh=36.0, detour_factor=1.0),
        patience=Patience(busy=10),
        work=20,
        timezone=timezone,
    )


def order(name: str, placed_at: datetime, **changes: Any) -> Order:
    fields: dict[str, Any] = {
        "id": name,
        "store_id": "store",
        "location": DOOR,
        "placed_at": placed_at,
        "ready_at": placed_at,
        "promised_at": placed_at + timedelta(minutes=40),
        "mass_kg": 1.0,
    }
    return Order(**fields | changes)


def history(days: int, per_day: int = 20) -> list[Event]:
    """So many orders in the hour after noon, each day, all of them cancelled at once."""
    events: list[Event] = []
    for day in range(days):
        for number in range(per_day):
            at = MONDAY + timedelta(days=day, hours=NOON_H, minutes=60 * number / per_day)
            name = f"{day}/{number}"
            events += [
                OrderPlaced(id=f"{name} placed", at=at, order=order(name, at)),
                OrderCancelled(id=f"{name} cancelled", at=at, order_id=name),
            ]
    return events


def day_of(day: int, hours: tuple[float, ...]) -> list[Event]:
    """A rider comes on at nine, and single orders come."""
    start = MONDAY + timedelta(days=day)
    events: list[Event] = [
        RiderOn(id=f"on {day}", at=start + timedelta(hours=9), rider=Rider(id=f"ana {day}", store_id="store"))
    ]
    for hour in hours:
        at = start + timedelta(hours=hour)
        events.append(OrderPlaced(id=f"{day} at {hour}", at=at, order=order(f"{day}-{hour}", at)))
    return events


def handle(dispatcher: Dispatcher, events: list[Event]) -> list[Entry]:
    """The log of these events; before one that is hours after the last, a clock ticks."""
    log: list[Entry] = []
    for event in events:
        now = dispatcher.state.now
        if now is not None and event.at > now + AHEAD and event.kind != "restarted":
            tick = Tick(id=f"before {event.id}", at=event.at)
            log.append(Entry(tick, None, dispatcher.handle(tick)))
        log.append(Entry(event, None, dispatcher.handle(event)))
    return log


def kinds(entry: Entry) -> set[type]:
    return {type(decision) for decision in entry.decisions} & {Commit, Hold}


@pytest.mark.parametrize(
    ("timezone", "days", "hour", "decides"),
    [
        ("UTC", 8, NOON_H, Hold),  # twenty come in this hour
        ("UTC", 8, EVENING_H, Commit),  # none ever came in this one
        ("-06:00", 8, EVENING_H, Commit),
        ("UTC", 6, NOON_H, Commit),  # not a week yet: none came lately
        (None, 8, NOON_H, Commit),
    ],
)
def test_it_waits_when_others_are_to_come(timezone: str | None, days: int, hour: int, decides: type) -> None:
    told = handle(Dispatcher(setup(timezone)), history(days) + day_of(days, (hour,)))
    assert kinds(told[-1]) == {decides}


def live(dispatcher: Dispatcher, events: list[Event], until: datetime) -> list[Entry]:
    """What happens until then: the events, the ticks that the dispatcher asks for, and its trips, as planned."""
    waiting, log = list(events), []
    while True:
        waiting.sort(key=lambda each: each.at)
        next_at = waiting[0].at if waiting else until
        if dispatcher.wake_at is not None and dispatcher.wake_at < next_at:
            event: Event = Tick(id=f"tick {dispatcher.wake_at}", at=dispatcher.wake_at)
        elif waiting:
            event = waiting.pop(0)
        else:
            return log
        new = handle(dispatcher, [event])
        log += new
        for trip in (each.trip for entry in new for each in entry.decisions if isinstance(each, Commit)):
            stops = [(stop.order_id, stop.arrive_at + timedelta(minutes=1)) for stop in trip.stops]
            waiting.append(TripLeft(id=f"{trip.id} left", at=trip.depart_at, trip_id=trip.id))
            waiting += [
                StopDone(id=f"{order_id} done", at=at, trip_id=trip.id, order_id=order_id) for order_id, at in stops
            ]
            waiting.append(TripReturned(id=f"{trip.id} back", at=trip.return_at, trip_id=trip.id))


def test_a_log_replays_byte_for_byte_through_nights_and_restarts() -> None:
    """What was learnt from is found in the log again, whether the dispatcher lived through it or recalled it."""
    made = setup("America/Santiago")
    dispatcher = Dispatcher(made)
    log = handle(dispatcher, history(8))
    for day in range(8, 12):
        start = MONDAY + timedelta(days=day)
        last = day_of(day, (NOON_H + 0.1, NOON_H + 0.3, 15, EVENING_H, 19.98))
        log += live(dispatcher, last, start + timedelta(hours=20))
        dispatcher = Dispatcher(made)  # it was killed while an order waited, and is there again two minutes later
        for entry in log:
            dispatcher.recall(entry.event, entry.decisions)
        begun = start + timedelta(hours=20, minutes=2)
        log += live(dispatcher, [Restarted(id=f"restarted {day}", at=begun)], start + timedelta(hours=22))
    assert {kind for each in log for kind in kinds(each)} == {Commit, Hold}
    assert not any(isinstance(decision, Rejected) for each in log for decision in each.decisions)
    again = list(replay(Dispatcher(made), log))
    assert [each.decisions for each in again] == [each.decisions for each in log]
    without = list(replay(Dispatcher(setup(None)), log))
    assert [each.decisions for each in without] != [each.decisions for each in log], "what is learnt must matter"


def state_of(*placed_at: datetime, **changes: Any) -> State:
    orders = [order(f"o{number}", moment, **changes) for number, moment in enumerate(placed_at)]
    return State({}, orders={each.id: OrderLife(each) for each in orders})


def test_it_learns_once_a_night_and_after_a_restart() -> None:
    state = state_of(*(MONDAY + timedelta(days=day) for day in range(9)))
    learner = Learner(state, "+08:00")
    evening = MONDAY + timedelta(days=9, hours=12)  # eight in the evening there
    first = learner.forecast(evening)
    assert first is not None
    assert learner.forecast(evening + timedelta(hours=7, minutes=59)) is first
    second = learner.forecast(evening + timedelta(hours=8))  # four in the morning
    assert second is not first
    learner.forget()
    assert learner.forecast(evening + timedelta(hours=8)) is not second


def test_what_is_no_history_teaches_nothing() -> None:
    now = MONDAY + timedelta(days=300)
    assert Learner(State({}), "UTC").forecast(now) is None
    assert Learner(state_of(now - timedelta(days=6)), "UTC").forecast(now) is None
    assert Learner(state_of(now - timedelta(days=200), now - timedelta(days=1)), "UTC").forecast(now) is None
    assert Learner(state_of(now + timedelta(days=1)), "UTC").forecast(now) is None
    at_once = state_of(*[now - timedelta(days=8)] * 20)
    assert Learner(at_once, "UTC").forecast(now) is None
    assert Learner(state_of(now - timedelta(days=8), now - timedelta(days=7)), "UTC").forecast(now) is None


@pytest.mark.parametrize("stray_days", [8, 15, 100])
def test_one_order_with_a_wrong_date_makes_no_history(stray_days: int) -> None:
    now = MONDAY + timedelta(days=300)
    stray = now - timedelta(days=stray_days)
    assert Learner(state_of(stray, *[now - timedelta(minutes=k) for k in range(1, 60)]), "UTC").forecast(now) is None
    week = [now - timedelta(days=day, hours=1) for day in range(8)]
    with_it, without = (Learner(state_of(*moments), "UTC").forecast(now) for moments in ([stray, *week], week))
    assert with_it is not None
    assert without is not None
    next_day = [forecast.expected(now, 86_400) for forecast in (with_it, without)]
    assert next_day[0] == pytest.approx(next_day[1], rel=0.4)


def test_shop_that_is_closed_at_weekends_learns() -> None:
    monday = MONDAY + timedelta(days=28, hours=4)
    worked = [MONDAY + timedelta(days=day, hours=NOON_H) for day in range(28) if day % 7 < 5]
    assert Learner(state_of(*worked), "UTC").forecast(monday) is not None


def test_only_the_latest_orders_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learning, "MOST_ORDERS", 1)
    state = state_of(*(MONDAY + timedelta(days=day) for day in range(9)))
    assert Learner(state, "UTC").forecast(MONDAY + timedelta(days=9)) is None


def test_a_timezone_that_is_none_is_refused() -> None:
    with pytest.raises(ValidationError, match="give an IANA name"):
        setup("Mars/Olympus")
