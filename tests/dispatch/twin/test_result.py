"""Means over seeds, their intervals, and paired differences."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.answer import Cost
from dispatch.twin import DayResult, Estimate, Summary, difference, measures_of

FREE = Cost(riding=0, distance=0, trips=0, lateness=0, unserved=0, carbon=0, total=0)


def result(seed: int, trips: int = 10, lost: dict[str, int] | None = None, **changes: object) -> DayResult:
    given: dict[str, object] = {
        "world": "little", "seed": seed, "orders": 20, "accepted": 20, "delivered": 20, "undelivered": lost or {},
        "on_time_share": 1.0, "late_mean_s": 0.0, "late_p95_s": 0.0, "click_to_door_mean_min": 20.0,
        "click_to_door_p95_min": 25.0, "trips": trips, "orders_per_trip": 2.0, "drone_share": 0.0, "riding_h": 5.0,
        "distance_km": 50.0, "on_shift_h": 10.0, "utilisation": 0.5, "cost": FREE, "idle_cost": 0.0,
        "cost_per_order": 5.0, "transport_gco2e": 100.0, "packaging_gco2e": 200.0, "gco2e_per_order": 15.0,
        "people_reached": 1_000.0, "reached_share": 0.5, "contribution": 100.0,
    }  # fmt: skip
    return DayResult(**given | changes)  # type: ignore[arg-type] # the fields are the result's


def test_an_interval_by_hand() -> None:
    """Of 1, 2, 3: the mean is 2, the standard error 1 / sqrt(3), and t for two degrees of freedom 4.3027."""
    estimate = Estimate.of([1.0, 2.0, 3.0])
    assert estimate.mean == 2.0
    assert estimate.high == pytest.approx(2 + 4.302653 / math.sqrt(3), abs=1e-5)
    assert estimate.low == pytest.approx(2 - 4.302653 / math.sqrt(3), abs=1e-5)


def test_one_seed_has_no_interval() -> None:
    assert Estimate.of([4.0]) == Estimate(mean=4.0, low=None, high=None, n=1)


def test_intervals_cover_the_truth_as_often_as_they_say() -> None:
    rng = np.random.default_rng(0)
    found = [Estimate.of(rng.normal(3.0, 2.0, 5).tolist()) for _ in range(2_000)]
    covered = np.mean([(each.low or 0) <= 3.0 <= (each.high or 0) for each in found])
    assert 0.93 < covered < 0.97


def test_a_summary_has_every_measure() -> None:
    summary = Summary.of([result(0, 10), result(1, 14, {"cancelled": 2})])
    assert summary.seeds == (0, 1)
    assert summary.measures["trips"].mean == 12
    assert summary.measures["undelivered"].mean == 1
    assert summary.measures["undelivered_share"].mean == pytest.approx(0.05)
    assert "cost.riding" in summary.measures
    assert Summary.model_validate_json(summary.model_dump_json()) == summary


def test_a_day_that_lost_no_order_for_a_reason_counts_as_none() -> None:
    summary = Summary.of([result(0), result(1, lost={"cancelled": 2})])
    assert summary.measures["undelivered.cancelled"] == Estimate.of([0.0, 2.0])


def test_a_measure_that_a_day_has_not_is_left_out_of_its_mean() -> None:
    summary = Summary.of([result(0, late_mean_s=None), result(1, late_mean_s=30.0)])
    assert summary.measures["late_mean_s"] == Estimate(mean=30.0, low=None, high=None, n=1)


@pytest.mark.parametrize("seeds", [[], [1, 1]])
def test_a_summary_needs_days_each_once(seeds: list[int]) -> None:
    with pytest.raises(ValueError, match="each seed once"):
        Summary.of([result(seed) for seed in seeds])


@given(st.lists(st.integers(1, 100), min_size=2, max_size=8))
def test_a_common_shift_is_certain_in_pairs_however_days_differ(trips: list[int]) -> None:
    before = [result(seed, count) for seed, count in enumerate(trips)]
    after = [result(seed, count + 3) for seed, count in enumerate(trips)]
    found = difference(before, after)["trips"]
    assert (found.mean, found.low, found.high) == (3.0, 3.0, 3.0)


def test_differences_pair_common_seeds_only() -> None:
    found = difference([result(0, 1), result(1, 5)], [result(1, 6, {"no_vehicle": 1}), result(2, 50)])
    assert found["trips"] == Estimate(mean=1.0, low=None, high=None, n=1)
    assert found["undelivered.no_vehicle"].mean == 1.0
    with pytest.raises(ValueError, match="no seed in common"):
        difference([result(0)], [result(1)])


def test_the_machine_s_speed_is_no_part_of_a_result() -> None:
    assert result(0, decision_p99_ms=1.0) == result(0, decision_p99_ms=9.0)
    assert "decision_p99_ms" not in measures_of(result(0, decision_p99_ms=1.0))
    assert result(0, 10) != result(0, 11)
