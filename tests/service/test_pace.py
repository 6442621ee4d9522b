"""How much time a search gets when many are asked for, by a clock that is wound by hand."""

import pytest

from service import pace
from service.pace import CROWDED_S, DRAIN_S, LEAST_S, LOAD, Pace


class Clock:
    """Seconds, as many as it is told."""

    now_s = 100.0

    def monotonic(self) -> float:
        return self.now_s


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(pace, "time", clock)
    return clock


def limits(asked: Pace, clock: Clock, every_s: float, count: int, *, busy: bool, wanted_s: float = 1.0) -> list[float]:
    given = []
    for _ in range(count):
        asked.want(wanted_s, busy=busy)
        given.append(asked.limit_s(wanted_s, waiting=0))
        clock.now_s += every_s
    return given


def used() -> Pace:
    """Two workers, of which it is known that a plan takes 0.1 s beyond its search."""
    asked = Pace(2)
    for _ in range(100):
        asked.note(0.2, 0.3)
    return asked


def test_who_finds_a_worker_free_searches_as_long_as_wanted(clock: Clock) -> None:
    assert limits(used(), clock, 0.1, 50, busy=False) == [1.0] * 50


def test_who_finds_none_free_for_once_does_too_if_the_workers_can_do_it_all(clock: Clock) -> None:
    assert limits(used(), clock, 1.0, 50, busy=True)[2:] == [1.0] * 48


def test_rush_shares_the_workers_from_its_beginning_on(clock: Clock) -> None:
    given = limits(used(), clock, 0.25, 60, busy=True)
    assert given[0] == 1.0
    assert given[-1] == pytest.approx(2 * LOAD / 4 - 0.1, abs=0.02)
    assert sum(each + 0.1 for each in given[4:]) < 2 * 0.25 * len(given[4:]), "more work than the workers can do"


def test_no_search_is_cut_to_nothing_nor_longer_than_wanted(clock: Clock) -> None:
    asked = used()
    assert min(limits(asked, clock, 0.01, 200, busy=True)) == LEAST_S
    assert asked.limit_s(0.01, waiting=9) == 0.01


def test_after_a_quiet_while_there_is_all_the_time_again(clock: Clock) -> None:
    asked = used()
    assert limits(asked, clock, 0.1, 50, busy=True)[-1] < 0.1
    assert limits(asked, clock, 0.1, 20, busy=False)[-1] < 0.1, "the rush may still be on"
    clock.now_s += CROWDED_S
    assert limits(asked, clock, 0.1, 20, busy=False) == [1.0] * 20


@pytest.mark.usefixtures("clock")
def test_the_more_wait_the_shorter_each_search_so_that_the_last_has_its_plan_in_time() -> None:
    asked = used()
    asked.want(1.0, busy=True)
    alone, few, many = (asked.limit_s(1.0, waiting) for waiting in (0, 2, 6))
    assert alone == 1.0
    assert (few + 0.1) * 2 == pytest.approx(DRAIN_S)
    assert (many + 0.1) * 4 == pytest.approx(DRAIN_S)
    assert asked.limit_s(1.0, 1_000) == LEAST_S
