"""When riders are on, whatever their breaks."""

import pytest

from dispatch.twin.shifts import stretches
from tests.dispatch.twin.worlds import crew, world

H = 3600


@pytest.mark.parametrize(
    ("breaks", "on"),
    [
        ([], [(9, 13, 0)]),
        ([("10:00", "12:00")], [(9, 10, 0), (12, 13, 2)]),
        ([("10:00", "12:00"), ("10:30", "11:00")], [(9, 10, 0), (12, 13, 2)]),
        ([("10:30", "11:00"), ("10:00", "12:00")], [(9, 10, 0), (12, 13, 2)]),
        ([("10:00", "11:00"), ("10:30", "12:00")], [(9, 10, 0), (12, 13, 2)]),
        ([("10:00", "11:00"), ("11:00", "12:00")], [(9, 10, 0), (12, 13, 2)]),
        ([("10:00", "11:00"), ("10:00", "11:00")], [(9, 10, 0), (11, 13, 1)]),
        ([("09:00", "10:00"), ("12:00", "13:00")], [(10, 12, 1)]),
        ([("09:00", "13:00")], []),
    ],
)
def test_breaks_that_touch_or_overlap_are_one(
    breaks: list[tuple[str, str]], on: list[tuple[float, float, float]]
) -> None:
    found = [tuple(stretch)[1:] for stretch in stretches(world(crews=(crew("r", "09:00", "13:00", *breaks),)), ())]
    assert found == [tuple(hours * H for hours in each) for each in on]
