"""Moments are what JSON has of them."""

from datetime import datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

import pytest

from dispatch.online import Tick


@pytest.mark.parametrize(
    ("zone", "offset"),
    [
        (ZoneInfo("Europe/Berlin"), timedelta(hours=2)),
        (timezone(timedelta(seconds=-2670)), timedelta(minutes=-45)),
        (timezone(timedelta(hours=-3)), timedelta(hours=-3)),
    ],
)
def test_a_moment_is_fixed_to_its_offset_and_the_same_as_read_back(zone: tzinfo, offset: timedelta) -> None:
    given = datetime(2026, 10, 25, 1, 50, tzinfo=zone)
    told = Tick(id="a", at=given)
    read = Tick.model_validate_json(told.model_dump_json())
    assert told.at == read.at == given
    assert told.at.utcoffset() == read.at.utcoffset() == offset
    hours_later = timedelta(hours=3)  # past the change of Berlin's clocks
    assert told.at + hours_later == read.at + hours_later


@pytest.mark.parametrize(("fold", "hours"), [(0, 2), (1, 1)])
def test_the_second_of_two_equal_times_of_day_is_kept(fold: int, hours: int) -> None:
    told = Tick(id="a", at=datetime(2026, 10, 25, 2, 30, fold=fold, tzinfo=ZoneInfo("Europe/Berlin")))
    assert told.at.utcoffset() == timedelta(hours=hours)
