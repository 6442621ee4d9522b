"""What a dispatcher knows does not grow with its age, and what it forgets changes no decision."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from dispatch.online import (
    Dispatcher,
    OrderCancelled,
    OrderHurried,
    OrderPlaced,
    Rejected,
    StopDone,
    Tick,
    TripLeft,
    forgetting,
)
from dispatch.online.hold import Outlook
from dispatch.online.learning import Learner
from tests.dispatch.online.test_learning import MONDAY, history, order, setup
from tests.dispatch.online.test_machine import ENDED, Day, Heard, replayed


def limit(monkeypatch: pytest.MonkeyPatch, **limits: int) -> None:
    for name, value in limits.items():
        monkeypatch.setattr(forgetting, name, value)


def tell_days(dispatcher: Dispatcher, days: int, per_day: int) -> None:
    for event in history(days, per_day):
        if event.id.endswith("/0 placed"):
            dispatcher.recall(Tick(id=f"morning of {event.id}", at=event.at), ())
        dispatcher.recall(event, ())


def answers(log: list[Heard]) -> list[object]:
    """What was decided, but for the words in which something was rejected."""
    return [
        [each.field if isinstance(each, Rejected) else each.model_dump_json() for each in heard.decisions]
        for heard in log
    ]


def test_random_days_are_decided_alike_by_one_who_forgets(monkeypatch: pytest.MonkeyPatch) -> None:
    """What came lately is always known; here, where none is kept, it is held fixed.

    Orders that were given up are kept here: one can still be cancelled, or found when a clock goes back.
    """
    monkeypatch.setattr(Outlook, "_per_s", lambda *_: 0.001)
    monkeypatch.setattr(forgetting, "_is_over", lambda life: life.status in ENDED)
    forgot = []

    class Forgetting(Day):
        def teardown(self) -> None:
            with pytest.MonkeyPatch.context() as patched:
                limit(patched, ORDERS=1, ORDERS_KEPT=0, SWEEP=1)
                assert answers(replayed(self.setup, self.log)) == answers(self.log)
                again = Dispatcher(self.setup)
                for event, _, decisions in self.log:
                    again.recall(event, decisions)
                assert again.state.orders.keys() | again.state.past.keys() == self.placed.keys()
                forgot.append(len(again.state.past))

    checks = [HealthCheck.too_slow, HealthCheck.filter_too_much]
    days = settings(
        max_examples=100, stateful_step_count=50, deadline=None, derandomize=True, suppress_health_check=checks
    )
    run_state_machine_as_test(Forgetting, settings=days)
    assert sum(forgot) > 50


def test_orders_that_are_over_are_forgotten_but_not_their_ids() -> None:
    dispatcher = Dispatcher(setup(None))
    tell_days(dispatcher, 3, 4_000)
    state = dispatcher.state
    assert len(state.orders) < forgetting.ORDERS
    assert len(state.seen) <= 2 * forgetting.EVENTS
    assert len(state.orders) + len(state.past) == 12_000
    assert not state.orders.keys() & state.past.keys()
    again = order("0/0", MONDAY + timedelta(days=3))
    (refused,) = dispatcher.handle(OrderPlaced(id="again", at=again.placed_at - timedelta(hours=11), order=again))
    assert isinstance(refused, Rejected)
    assert "placed before" in refused.text
    gone = OrderCancelled(id="late", at=MONDAY + timedelta(days=2, hours=13), order_id="0/0")
    assert isinstance(dispatcher.handle(gone)[0], Rejected)


def test_old_orders_are_learnt_from_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    now = MONDAY + timedelta(days=9)
    found = []
    for kept in (10_000, 3):
        limit(monkeypatch, ORDERS=kept, ORDERS_KEPT=kept, SWEEP=1)
        dispatcher = Dispatcher(setup("UTC"))
        tell_days(dispatcher, 9, 20)
        learnt = Learner(dispatcher.state, "UTC").forecast(now)
        assert learnt is not None
        found.append([learnt.expected(now + timedelta(minutes=15 * k), 900) for k in range(96)])
        assert (len(dispatcher.state.past) > 100) == (kept == 3)
    assert found[0] == found[1]


def test_order_on_a_trip_of_which_there_may_be_news_is_not_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    limit(monkeypatch, ORDERS=3, ORDERS_KEPT=1, SWEEP=1)
    day = Day()
    day.come_on("r0")
    day.place("north", east=1)
    day.tell(OrderHurried, order_id="o0")
    (trip_id,) = day.trips
    day.tell(TripLeft, trip_id=trip_id)
    day.tell(StopDone, trip_id=trip_id, order_id="o0")
    for _ in range(4):
        day.place("north", east=2)
        day.tell(OrderCancelled, order_id=list(day.placed)[-1])
    orders, past = day.dispatcher.state.orders, day.dispatcher.state.past
    assert "o0" in orders, "its trip is on the road"
    assert past
