"""How much time a search gets when many are asked for, by a clock that is wound by hand."""

import pytest

from service import pace
from service.pace import LEAST_S, LOAD, Pace


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


def limits(asked: Pace, clock: Clock, every_s: float, count: int, wanted_s: float = 1.0) -> list[float]:
    given = []
    for _ in range(count):
        given.append(asked.limit_s(wanted_s))
        clock.now_s += every_s
    return given


def test_who_comes_alone_searches_as_long_as_wanted(clock: Clock) -> None:
    assert limits(Pace(2), clock, 2.0, 10) == [1.0] * 10


def test_rush_shares_the_workers_from_its_beginning_on(clock: Clock) -> None:
    asked = Pace(2)
    for _ in range(100):
        asked.note(0.2, 0.3)  # a plan takes 0.1 s beyond its search
    given = limits(asked, clock, 0.25, 60)
    assert given[-1] == pytest.approx(2 * LOAD / 4 - 0.1, abs=0.02)
    assert max(given[3:]) < 0.5
    assert sum(each + 0.1 for each in given[4:]) < 2 * 0.25 * len(given[4:]), "more work than the workers can do"


def test_no_search_is_cut_to_nothing_and_the_next_quiet_hour_has_all_its_time(clock: Clock) -> None:
    asked = Pace(1)
    assert min(limits(asked, clock, 0.01, 200)) == LEAST_S
    assert limits(Pace(2), clock, 4.0, 20, wanted_s=30.0)[-1] == pytest.approx(2 * LOAD * 28 / 8 - 0.1)
    clock.now_s += 10
    assert asked.limit_s(3.0) == 3.0
    assert asked.limit_s(0.01) == 0.01, "nobody searches for longer than was wanted"
