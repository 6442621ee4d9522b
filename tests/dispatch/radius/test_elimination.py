"""Early stop: the best is stopped no more often than it says, the hopeless are, and rounds alone decide."""

import numpy as np

from dispatch.radius import Days, Setting
from dispatch.radius.elimination import ERROR, beaten, comparisons, looks, rounds
from dispatch.radius.stats import Floats

SETTINGS = tuple(Setting(riders=count) for count in range(1, 6))


def days(on_time: Floats, contribution: Floats, orders: float = 400.0) -> Days:
    whole = np.full(len(contribution), orders)
    return Days(
        orders=whole,
        on_time=on_time * whole,
        delivered=whole,
        cost=whole,
        gco2e=whole,
        contribution=contribution,
        people=0.0,
        reached_share=None,
    )


def test_rounds_grow_up_to_the_seeds() -> None:
    assert rounds(1) == (1,)
    assert rounds(3) == (3,)
    assert rounds(5) == (3, 5)
    assert rounds(20) == (3, 5, 8, 13, 20)
    assert [looks(3), looks(5), looks(20)] == [0, 1, 4]
    assert comparisons(1, 0) == 1
    assert comparisons(5, 4) == 52


def studies(shares: list[float], means: list[float], error: float) -> tuple[float, float]:
    """Simulate 250 studies of five settings and 20 seeds; how many of them lose the first, and stop on average."""
    rng = np.random.default_rng(7)
    lost = stopped = 0
    for _ in range(250):
        common = rng.normal(0, 20, size=20)
        money = np.array(means)[:, None] + common + rng.normal(0, 10, size=(5, 20))
        share = np.array(shares)[:, None] + 0.0002 * common + rng.normal(0, 0.006, size=(5, 20))
        race = list(range(5))
        for end in rounds(20)[:-1]:
            seen = {SETTINGS[i]: days(share[i, :end], money[i, :end], 4_000.0) for i in race}
            out = {setting for setting, _ in beaten(seen, 0.95, error)}
            race = [i for i in race if SETTINGS[i] not in out]
        lost += 0 not in race
        stopped += 5 - len(race)
    return lost / 250, stopped / 250


NARROW = [0.9501, 0.96, 0.97, 0.9499, 0.9499]
"""The first keeps a target of 0.95 by a hair; two that leave more miss it by a hair."""


def test_the_true_best_is_stopped_no_more_often_than_it_says() -> None:
    error = ERROR / comparisons(len(SETTINGS), looks(20))
    assert studies(NARROW, [100, 99, 99, 160, 150], error)[0] <= ERROR
    assert studies(NARROW, [100, 99, 99, 160, 150], 0.3)[0] > ERROR, "the test can fail"


def test_what_is_clearly_worse_is_stopped_in_most_studies() -> None:
    error = ERROR / comparisons(len(SETTINGS), looks(20))
    lost, stopped = studies([0.97, 0.97, 0.97, 0.9, 0.9], [100, 50, 40, 160, 150], error)
    assert lost <= ERROR
    assert stopped > 3


def test_the_hopeless_are_stopped_with_the_reason() -> None:
    few = np.linspace(-1, 1, 8)
    late, fine, poor = (
        days(0.60 + 0.01 * few, 900 + few),
        days(0.98 + 0.001 * few, 500 + few),
        days(0.99 + 0.001 * few, 100 + few),
    )
    names = dict(zip(SETTINGS, (late, fine, poor), strict=False))
    reasons = dict(beaten(names, 0.95, 0.001))
    assert list(reasons) == [SETTINGS[0], SETTINGS[2]]
    assert "surely below 95.0% on time" in reasons[SETTINGS[0]]
    assert reasons[SETTINGS[2]].startswith("surely contributes less than 2 riders")


def test_where_none_meets_the_target_the_nearest_stays() -> None:
    few = np.linspace(-1, 1, 8)
    race = {SETTINGS[0]: days(0.60 + 0.01 * few, few), SETTINGS[1]: days(0.80 + 0.01 * few, few)}
    assert [setting for setting, _ in beaten(race, 0.95, 0.001)] == [SETTINGS[0]]


def test_days_without_orders_decide_nothing() -> None:
    few = np.linspace(-1, 1, 5)
    race = {SETTINGS[0]: days(few, few, orders=0.0), SETTINGS[1]: days(0.8 + 0.01 * few, few)}
    assert list(beaten(race, 0.95, 0.01)) == []
