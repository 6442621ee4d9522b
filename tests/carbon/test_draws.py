import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import carbon
from carbon.draws import Draws, factor_range, has_range, triangular

RIDER = carbon.bundled_registry().get("rider_mass")  # 60, 75, 90 kg
STREAM = [67.86267903808597, 67.64647636387144, 74.56718089817517]
ends = st.floats(-1e6, 1e6)


@given(st.lists(ends, min_size=3, max_size=3), st.lists(st.floats(0, 1, exclude_max=True), min_size=1, max_size=20))
def test_draws_stay_within_the_range_and_rise_with_the_uniform_ones(corners: list[float], drawn: list[float]) -> None:
    lower, value, upper = sorted(corners)
    found = triangular(lower, value, upper, np.sort(drawn))
    assert lower <= found.min() <= found.max() <= upper
    assert (np.diff(found) >= 0).all()


@pytest.mark.parametrize(
    ("lower", "value", "upper"), [(0, 1, 2), (0.8, 0.85, 0.9), (25, 50, 100), (1, 1, 3), (1, 3, 3)]
)
def test_draws_follow_the_triangle(lower: float, value: float, upper: float) -> None:
    uniform = np.linspace(0, 0.999, 500)
    width = upper - lower
    expected = stats.triang.ppf(uniform, (value - lower) / width, lower, width)
    assert triangular(lower, value, upper, uniform) == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_no_range_is_no_draw() -> None:
    assert (triangular(2.0, 2.0, 2.0, np.linspace(0, 0.9, 5)) == 2.0).all()
    charger = carbon.bundled_registry().get("charger_efficiency")
    assert not has_range(charger)
    assert (Draws(100, 0).of(charger) == 0.9).all()


def test_an_end_that_was_not_published_is_the_value() -> None:
    one_sided = RIDER.model_copy(update={"lower": None})
    assert factor_range(one_sided) == (75, 90)
    assert Draws(1000, 0).of(one_sided).min() >= 75


@pytest.mark.parametrize(
    ("lower", "value", "upper"),
    [(2, 1, 3), (0, 4, 3), (3, 2, 1), (math.nan, 1, 2), (0, math.nan, 2), (0, 1, math.nan), (0, 1, math.inf)],
)
def test_a_range_that_does_not_hold_its_value_is_refused(lower: float, value: float, upper: float) -> None:
    with pytest.raises(carbon.QuantityError, match="in ascending order"):
        triangular(lower, value, upper, np.array([0.5]))
    bad = RIDER.model_copy(update={"lower": lower, "value": value, "upper": upper})
    with pytest.raises(carbon.QuantityError, match="rider_mass@default@2020"):
        Draws(10, 0).of(bad)


def test_a_factors_draws_depend_on_seed_and_id_alone() -> None:
    crr = carbon.bundled_registry().get("rolling_resistance_bicycle_tyre")
    one, two = Draws(1000, 7), Draws(1000, 7)
    two.of(crr)  # another order of asking
    assert (one.of(RIDER) == two.of(RIDER)).all()
    assert (one.of(RIDER) != Draws(1000, 8).of(RIDER)).all()
    assert abs(np.corrcoef(one.of(RIDER), one.of(crr))[0, 1]) < 0.1
    assert one.used() == {RIDER.id, crr.id}
    assert (Draws(10, 7).of(RIDER) == one.of(RIDER)[:10]).all()


def test_the_stream_is_the_one_it_has_always_been() -> None:
    # Stored figures are made again from their seed, so the numbers behind it may never change.
    assert Draws(3, 0).of(RIDER).tolist() == STREAM


def test_moments_are_those_of_the_triangle() -> None:
    drawn = Draws(100_000, 1).of(RIDER)
    assert drawn.mean() == pytest.approx(75, abs=0.1)  # its deviation over the root of 100,000 is 0.02
    assert drawn.std() == pytest.approx(15 / math.sqrt(6), rel=0.01)


@pytest.mark.parametrize(("count", "seed", "field"), [(0, 0, "draws is 0"), (-5, 0, "draws is -5"), (1, -1, "seed is")])
def test_impossible_draws_are_refused(count: int, seed: int, field: str) -> None:
    with pytest.raises(carbon.QuantityError, match=field):
        Draws(count, seed)
