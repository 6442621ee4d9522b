import math
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

import carbon
from carbon import Emission
from carbon.quantity import checked, checked_array


def test_adding_co2_alone_to_co2_equivalents_raises() -> None:
    with pytest.raises(carbon.MixedGasError, match="life-cycle factor"):
        Emission(1.0, "CO2e") + Emission(2.0, "CO2")
    with pytest.raises(carbon.MixedGasError, match="3 g CO2 and 1 g CO2e"):
        carbon.total([Emission(1.0, "CO2e"), Emission(2.0, "CO2"), Emission(1.0, "CO2")])


def test_sums_of_one_gas_keep_it() -> None:
    assert Emission(1.0, "CO2") + Emission(2.0, "CO2") == Emission(3.0, "CO2")
    assert carbon.total([]) == Emission(0.0, "CO2e")


@given(st.lists(st.floats(0, 1e9), min_size=1), st.randoms())
def test_a_sum_does_not_depend_on_its_order(grams: list[float], random: Random) -> None:
    shuffled = grams.copy()
    random.shuffle(shuffled)
    assert carbon.total(Emission(g, "CO2e") for g in grams) == carbon.total(Emission(g, "CO2e") for g in shuffled)


@pytest.mark.parametrize("value", [-1e-9, math.nan, math.inf])
def test_impossible_numbers_are_refused_by_name(value: float) -> None:
    with pytest.raises(carbon.QuantityError, match="mass_kg"):
        checked("mass_kg", value)
    with pytest.raises(carbon.QuantityError, match=r"mass_kg is .* at index 1"):
        checked_array("mass_kg", [1.0, value], finite=True)


def test_unreachable_passes_where_it_may() -> None:
    assert checked("metres", math.inf, finite=False) == math.inf
    assert checked_array("metres", [0.0, math.inf])[1] == math.inf
    with pytest.raises(carbon.QuantityError):
        Emission(1.0, "CO2e").part(-0.1)
