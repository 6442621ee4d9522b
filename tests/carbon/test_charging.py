import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

import carbon


def test_f7_divides_by_charger_and_cells() -> None:
    assert float(carbon.grid_wh(765.0)) == pytest.approx(1000.0, rel=1e-12)
    assert [factor.value for factor in carbon.charging_factors()] == [0.85, 0.9]


@given(st.floats(0, 1e6))
def test_charging_loses_the_same_share_of_every_amount(battery_wh: float) -> None:
    assert float(carbon.grid_wh(battery_wh)) * 0.85 * 0.90 == pytest.approx(battery_wh, rel=1e-12)


def test_the_uks_worked_example_of_an_electricity_mix_and_its_lines() -> None:
    # DESNZ 2025 methodology: 61 g of which 24.19 % are 14.76 g/kWh; 8 % lost on the lines are 1.28 g/kWh more.
    share = carbon.Emission(61.0, "CO2e").part(0.2419).grams
    assert round(share, 2) == 14.76
    assert round(carbon.line_loss_gco2e_per_kwh(share, 0.08), 2) == 1.28


def test_the_uks_published_line_losses_are_such_a_share() -> None:
    # WTT of generation 0.0459 and of its T&D 0.00397 kgCO2e/kWh: 7.96 % are lost, printed as 8 %.
    get = carbon.bundled_registry().get
    made = get("desnz_wtt_uk_electricity_wtt_uk_electricity_generation_electricity_uk_kwh").value
    lost = get("desnz_wtt_uk_electricity_wtt_uk_electricity_t_d_electricity_uk_kwh").value
    assert round(lost / (made + lost), 2) == 0.08
    assert carbon.line_loss_gco2e_per_kwh(made, lost / (made + lost)) == pytest.approx(lost, rel=1e-12)


@pytest.mark.parametrize("share", [1.0, 1.5, -0.1, math.nan])
def test_an_impossible_share_is_refused(share: float) -> None:
    with pytest.raises(carbon.QuantityError, match="lost_share is"):
        carbon.line_loss_gco2e_per_kwh(14.76, share)
