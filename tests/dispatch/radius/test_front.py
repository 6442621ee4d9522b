"""The front, against brute force."""

from hypothesis import given
from hypothesis import strategies as st

from dispatch.radius import Days, Measures, Setting
from dispatch.radius.front import front
from tests.dispatch.radius.toy import day

FEW = st.integers(0, 3)


def measured(on_time: int, cost: int, gco2e: int, contribution: int, people: int) -> Measures:
    return Days.of(
        [day(accepted=10, on_time=on_time, cost=cost, gco2e=gco2e, contribution=contribution, people=people)]
    ).measures()


@given(st.lists(st.tuples(FEW, FEW, FEW, FEW, FEW), max_size=12))
def test_no_setting_of_the_front_is_dominated_and_all_others_are(rows: list[tuple[int, int, int, int, int]]) -> None:
    settings = [Setting(riders=i + 1) for i in range(len(rows))]
    found = front({setting: measured(*row) for setting, row in zip(settings, rows, strict=True)})
    by_people = any(row[4] for row in rows)
    worse_when_more = [(-a, b, c, -d, -e if by_people else 0) for a, b, c, d, e in rows]
    for i, setting in enumerate(settings):
        dominated = any(
            all(x <= y for x, y in zip(other, worse_when_more[i], strict=True))
            and (other != worse_when_more[i] or j < i)
            for j, other in enumerate(worse_when_more)
            if j != i
        )
        assert (setting in found) != dominated


def test_a_setting_that_delivers_nothing_is_not_on_it() -> None:
    nothing = Days.of([day(accepted=0, on_time=0)]).measures()
    lost = Days.of([day(accepted=3, on_time=0, delivered=0)]).measures()
    assert front({Setting(riders=1): nothing, Setting(riders=2): lost}) == frozenset()
