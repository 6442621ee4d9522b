"""Ratios and their spread: against simulation, and where days happen to agree."""

import numpy as np
import pytest

from dispatch.radius.stats import half_width, pseudo_values, ratio, share_half_width, surely_positive


def test_pseudo_values_have_the_ratio_as_their_mean_and_its_spread() -> None:
    rng = np.random.default_rng(0)
    orders = rng.normal(100, 10, size=(4_000, 8))
    hits = 0.9 * orders + rng.normal(0, 3, size=orders.shape)
    values = pseudo_values(hits, orders)
    ratios = ratio(hits, orders)
    assert np.allclose(values.mean(axis=1), ratios)
    assert np.sqrt(values.var(axis=1, ddof=1).mean() / 8) == pytest.approx(ratios.std(), rel=0.05)
    covered = np.abs(ratios - 0.9) <= half_width(values, 0.025)
    assert covered.mean() == pytest.approx(0.95, abs=0.015)


def test_days_that_agree_still_have_a_spread_in_their_share() -> None:
    orders = np.full(3, 20.0)
    assert half_width(pseudo_values(orders, orders), 0.025) == 0
    wide = share_half_width(orders, orders, 0.025)
    assert 0.05 < wide < 0.3
    assert share_half_width(100 * orders, 100 * orders, 0.025) < wide / 5


def test_a_single_day_and_no_orders_are_sure_of_nothing() -> None:
    one, none = np.array([5.0]), np.zeros(3)
    assert half_width(one, 0.05) == np.inf
    assert share_half_width(one, one, 0.05) == np.inf
    assert share_half_width(none, none, 0.05) == np.inf
    assert np.isnan(ratio(none, none))
    assert not surely_positive(one, 0.05)
    assert not surely_positive(pseudo_values(none, none), 0.05)
