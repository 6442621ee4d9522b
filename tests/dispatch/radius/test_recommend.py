"""Recommendations: whom they take and why, in both cases, and how sure they are."""

import numpy as np
import pytest

from dispatch.radius import Days, Recommendation, Setting
from dispatch.radius.recommend import RESAMPLES, recommend
from tests.dispatch.radius.toy import day

CHEAP, FINE, LATE = Setting(riders=2), Setting(riders=4), Setting(riders=1)
LOADS = (90, 100, 110, 95, 105)


def days(share: float, contribution: float, spread: float = 1.0, noise: int = 0) -> Days:
    rng = np.random.default_rng(noise)
    return Days.of(
        [
            day(
                accepted=10 * load,
                on_time=round(10 * load * share),
                cost=2.0 * load,
                gco2e=5.0 * load,
                contribution=contribution + load + spread * rng.normal(),
            )
            for load in LOADS
        ]
    )


def chosen(settings: dict[Setting, Days], target: float = 0.95) -> Recommendation:
    found = recommend(settings, {setting: each.measures() for setting, each in settings.items()}, target, "CNY")
    assert found is not None
    return found


def test_of_those_that_meet_the_target_the_one_that_leaves_most() -> None:
    found = chosen({CHEAP: days(0.99, 400), FINE: days(0.99, 300), LATE: days(0.9, 500)})
    assert (found.setting, found.meets, found.runner_up, found.confidence) == (CHEAP, True, FINE, 1.0)
    said = " ".join(found.sentences)
    assert said.startswith("Take 2 riders. Of the 3 settings, 2 keep 95.0% of the orders on time with 95 % confidence")
    assert "Next best is 4 riders: 100 CNY a day less (100 to 100 over the paired days)." in said
    assert "1 rider would leave 100 CNY a day more, but keeps 90.0%" in said


def test_if_none_meets_the_target_the_nearest_and_it_says_so() -> None:
    found = chosen({CHEAP: days(0.90, 400), FINE: days(0.93, 300)})
    assert (found.setting, found.meets, found.confidence) == (FINE, False, 1.0)
    said = " ".join(found.sentences)
    assert "none keeps 95.0% of the orders on time with 95 % confidence. It comes nearest, and leaves 400 CNY" in said
    assert "a longer promise, a smaller radius, or more riders" in said
    assert "Next best is 2 riders with 90.0% on time, and 100 CNY a day more (100 to 100 over the paired days)." in said


def test_within_a_point_of_the_nearest_the_one_that_leaves_most() -> None:
    found = chosen({CHEAP: days(0.925, 400), FINE: days(0.93, 300), LATE: days(0.91, 900)})
    assert (found.setting, found.runner_up, found.meets, found.confidence) == (CHEAP, FINE, False, 1.0)
    assert "Of the 2 that come nearest, within a point of one another, it leaves most" in found.sentences[2]


def test_of_equals_the_first_is_taken_and_once() -> None:
    twins = chosen({CHEAP: days(0.9, 400), FINE: days(0.9, 400)})
    assert (twins.setting, twins.confidence) == (CHEAP, 1.0)


def test_a_mean_above_the_target_is_not_yet_confidence() -> None:
    few = [day(accepted=20, on_time=20 if seed else 18, seed=seed, contribution=1.0) for seed in range(3)]
    found = chosen({CHEAP: Days.of(few)})
    assert not found.meets
    assert "Its mean does meet the target: more seeds may settle it." in found.sentences


def test_what_may_be_chance_is_said_and_halves_the_confidence() -> None:
    near = chosen({CHEAP: days(0.99, 400, 30, noise=1), FINE: days(0.99, 400, 30, noise=2)})
    assert near.confidence is not None
    assert 0.3 < near.confidence < 0.95
    assert any("which may be chance" in sentence for sentence in near.sentences)
    other = next(sentence for sentence in near.sentences if "resamples" in sentence)
    assert f"{RESAMPLES:,} resamples of the 5 days, and" in other


def test_the_same_days_give_the_same_recommendation() -> None:
    settings = {CHEAP: days(0.99, 400, 30, noise=1), FINE: days(0.96, 390, 30, noise=2), LATE: days(0.94, 500)}
    assert chosen(settings) == chosen(dict(reversed(settings.items())))


def test_a_single_day_gives_no_confidence() -> None:
    settings = {CHEAP: Days.of([day(accepted=100, on_time=96, contribution=5.0)])}
    found = chosen(settings)
    assert (found.meets, found.confidence) == (True, None)
    assert found.sentences[-1].startswith("A single seed says nothing about other days")


def test_settings_stopped_early_are_counted() -> None:
    settings = {CHEAP: days(0.99, 400)}
    measured = {CHEAP: settings[CHEAP].measures(), FINE: days(0.99, 100).measures()}
    found = recommend(settings, measured, 0.95, "CNY")
    assert found is not None
    assert "Of the 2 settings 1 was stopped early; of the other 1, 1 keeps" in found.sentences[1]


def test_no_orders_no_recommendation() -> None:
    nothing = Days.of([day(accepted=0, on_time=0) for _ in range(3)])
    assert recommend({CHEAP: nothing}, {CHEAP: nothing.measures()}, 0.95, "CNY") is None
    some = chosen({CHEAP: nothing, FINE: days(0.5, 1)})
    assert some.setting == FINE
    assert some.runner_up is None


def test_costs_leave_out_the_price_of_lost_orders_and_take_in_idle_hours() -> None:
    days_ = [day(accepted=10, on_time=4, delivered=5, cost=30.0, idle_cost=20.0, unserved=300.0, gco2e=100.0)]
    measures = Days.of(days_).measures()
    assert measures.cost_per_order is not None
    assert measures.cost_per_order.mean == pytest.approx(10.0)
    assert measures.gco2e_per_order is not None
    assert measures.gco2e_per_order.mean == pytest.approx(20.0)
    assert measures.on_time_share is not None
    assert measures.on_time_share.mean == pytest.approx(0.4)
    assert measures.undelivered_share is not None
    assert measures.undelivered_share.mean == pytest.approx(0.5)
