"""The smallest fleet, against trying them all."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dispatch import RequestError
from dispatch.radius import Days, Journal, MinimumFleet, Pool, Runner, Setting, minimum_fleet
from dispatch.radius.recommend import keeps
from dispatch.twin import DayResult, Radius, World
from tests.dispatch.radius.toy import simulate, world

SEEDS = tuple(range(5))


def smallest(folder: Path, km: float, target: float, most: int = 64, seeds: tuple[int, ...] = SEEDS) -> MinimumFleet:
    place = world(name=f"toy {km}")
    (folder / f"{km}").mkdir(exist_ok=True)
    with Journal(folder / f"{km}", place) as journal, ThreadPoolExecutor(1) as pool:
        setting = Setting(radius=Radius(metres=1000 * km))
        return minimum_fleet(
            place,
            setting,
            on_time=target,
            seeds=seeds,
            most=most,
            runner=Runner(lambda: Pool(pool, 2), simulate),
            journal=journal,
        )


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from([1.0, 2.0, 3.0, 4.0]), st.sampled_from([0.8, 0.9, 0.95, 0.99]))
def test_no_smaller_fleet_keeps_the_target(tmp_path: Path, km: float, target: float) -> None:
    found = smallest(tmp_path, km, target)

    def kept(riders: int) -> bool:
        setting = Setting(radius=Radius(metres=1000 * km), riders=riders)
        days = Days.of([simulate(setting.applied(world()), seed) for seed in SEEDS])
        return bool(keeps(days.on_time, days.orders, target))

    assert found.riders == next((riders for riders in range(1, 65) if kept(riders)), None)
    assert {each.riders: each.meets for each in found.fleets} == {
        each.riders: kept(each.riders) for each in found.fleets
    }
    assert len(found.fleets) <= 12


def test_the_answer_says_what_one_rider_less_would_do(tmp_path: Path) -> None:
    found = smallest(tmp_path, 2.5, 0.95)
    assert found.riders == 5
    assert found.confidence == 1.0
    assert found.fewer_confidence is not None
    assert found.fewer_confidence < 0.6
    assert found.sentences[0].startswith("It takes 5 riders per store: 100.0% (99.")
    assert found.sentences[1].startswith("With 4 it is 9")


def test_a_target_that_no_fleet_keeps_is_said(tmp_path: Path) -> None:
    found = smallest(tmp_path, 4.0, 0.95, most=5)
    assert (found.riders, found.confidence, found.fewer_confidence) == (None, None, None)
    assert "Not even 5 riders per store keep 95.0%" in found.sentences[0]
    assert [each.riders for each in found.fleets] == [1, 2, 4, 5]


def test_one_rider_and_one_day(tmp_path: Path) -> None:
    found = smallest(tmp_path, 0.5, 0.5, seeds=(3,))
    assert (found.riders, found.confidence, found.fewer_confidence) == (1, None, None)
    assert "A single seed" in found.sentences[-1]


@pytest.mark.parametrize(("update", "path"), [
    ({"on_time": 0.0}, "$.on_time"), ({"on_time": 1.1}, "$.on_time"), ({"seeds": ()}, "$.seeds"),
    ({"seeds": (1, 1)}, "$.seeds"), ({"most": 0}, "$.most"), ({"setting": Setting(riders=3)}, "$.setting.riders"),
])  # fmt: skip
def test_what_cannot_be_is_refused(tmp_path: Path, update: dict[str, object], path: str) -> None:
    given: dict[str, object] = {"setting": Setting(), "on_time": 0.9, "seeds": SEEDS, "most": 9} | update
    with Journal(tmp_path, world()) as journal, ThreadPoolExecutor(1) as pool, pytest.raises(RequestError) as caught:
        minimum_fleet(world(), runner=Runner(lambda: Pool(pool, 1), simulate), journal=journal, **given)  # type: ignore[arg-type]
    assert [fault.path for fault in caught.value.faults] == [path]


def test_no_orders_is_said(tmp_path: Path) -> None:
    def nobody(place: World, seed: int) -> DayResult:
        return simulate(place, seed).model_copy(update={"accepted": 0, "delivered": 0, "on_time_share": None})

    with (
        Journal(tmp_path, world()) as journal,
        ThreadPoolExecutor(1) as pool,
        pytest.raises(RequestError, match="no order"),
    ):
        minimum_fleet(
            world(),
            Setting(),
            on_time=0.9,
            seeds=SEEDS,
            most=9,
            runner=Runner(lambda: Pool(pool, 1), nobody),
            journal=journal,
        )
