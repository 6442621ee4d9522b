import math
from datetime import date
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

import carbon
from carbon import Emission, Fuel, HubAccount, Use

if TYPE_CHECKING:
    from carbon.values import Zone

YEAR = {"first_day": date(2026, 1, 1), "last_day": date(2026, 12, 31)}


def kg(amount: float) -> Emission:
    return Emission(amount * 1000, "CO2e")


def test_w4_the_published_hub() -> None:
    """UBA/CLECAT Guide to ISO 14083 (2024), example 5: chilled 3.68 + 9.07 = 12.75, ambient 0.38 + 0.82 = 1.19 kg/t."""
    found = carbon.handling(
        {"chilled": 6_000_000, "ambient": 137_000_000},
        {"chilled": (kg(20_300), kg(50_250)), "ambient": (kg(10_310), kg(17_503))},
        (kg(42_888), kg(98_782)),
    )
    chilled, ambient = found["chilled"], found["ambient"]
    assert [round(chilled.operation_gco2e_per_kg, 2), round(chilled.provision_gco2e_per_kg, 2)] == [3.68, 9.07]
    assert round(chilled.gco2e_per_kg, 2) == 12.75
    assert [round(ambient.operation_gco2e_per_kg, 2), round(ambient.provision_gco2e_per_kg, 2)] == [0.38, 0.82]
    assert round(ambient.gco2e_per_kg, 2) == 1.19


masses = st.floats(0.01, 1e7)
grams = st.floats(0, 1e9)


@given(masses, masses, grams, grams, grams)
def test_zones_carry_the_whole_hub(chilled: float, ambient: float, cold: float, warm: float, shared: float) -> None:
    left: dict[Zone, float] = {"chilled": chilled, "ambient": ambient}
    nothing = Emission(0.0, "CO2e")
    own: dict[Zone, tuple[Emission, Emission]] = {
        "chilled": (nothing, Emission(cold, "CO2e")),
        "ambient": (nothing, Emission(warm, "CO2e")),
    }
    found = carbon.handling(left, own, (nothing, Emission(shared, "CO2e")))
    carried = math.fsum(found[zone].gco2e_per_kg * left[zone] for zone in left)
    assert carried == pytest.approx(cold + warm + shared, rel=1e-9)


def account(**changes: object) -> HubAccount:
    return HubAccount.model_validate(
        {
            "store_id": "S",
            "region": "CL",
            **YEAR,
            "left_kg": {"ambient": 3000.0, "chilled": 1000.0},
            "own": {"chilled": Use(grid_kwh=100.0, refrigerants_kg={"gwp100_ar6_r_404a": 0.001})},
            "shared": Use(grid_kwh=40.0),
        }
        | changes
    )


def test_a_store_by_hand() -> None:
    # 0.291113 kg a kWh in Chile; R-404A 4728. The chilled tonne has its own 100 kWh and leak, and a quarter of 40 kWh.
    found = carbon.hub_category(account())
    assert found.operation_gco2e == pytest.approx(4728.0, rel=1e-12)
    assert found.energy_provision_gco2e == pytest.approx(140 * 291.113, rel=1e-12)
    assert found.handling["chilled"].operation_gco2e_per_kg == pytest.approx(4.728, rel=1e-12)
    assert found.handling["chilled"].provision_gco2e_per_kg == pytest.approx((100 + 10) * 0.291113, rel=1e-12)
    assert found.handling["ambient"].gco2e_per_kg == pytest.approx(10 * 0.291113, rel=1e-12)
    assert found.electricity.startswith("electricity_generation_intensity@CL")


def test_a_generator_burns_in_operation_and_is_made_in_provision() -> None:
    diesel = Fuel(
        amount=10,
        unit="litres",
        operation="desnz_fuels_liquid_fuels_diesel_average_biofuel_blend",
        provision="desnz_wtt_fuels_liquid_fuels_diesel_average_biofuel_blend",
    )
    found = carbon.hub_category(account(own={}, shared=Use(fuels=(diesel,))))
    assert found.operation_gco2e == pytest.approx(25_708.2, rel=1e-12)
    assert found.energy_provision_gco2e == pytest.approx(6_110.1, rel=1e-12)


def test_what_nobody_can_carry_is_refused() -> None:
    with pytest.raises(carbon.AllocationError, match="left_kg of chilled is 0"):
        carbon.hub_category(account(left_kg={"ambient": 1.0}))
    with pytest.raises(carbon.AllocationError, match="left_kg of every zone is 0"):
        carbon.hub_category(account(left_kg={"ambient": 0.0}, own={}))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"left_kg": {"ambient": -1.0}}, r"left_kg\['ambient'\] of store 'S' is -1"),
        ({"last_day": date(2025, 12, 31)}, "is 0 days"),
        ({"last_day": date(2027, 1, 2)}, "is 367 days"),
    ],
)
def test_impossible_accounts_are_refused(changes: dict[str, object], said: str) -> None:
    with pytest.raises(carbon.QuantityError, match=said):
        account(**changes)


def test_a_use_is_never_negative() -> None:
    with pytest.raises(carbon.QuantityError, match="grid_kwh is -1"):
        Use(grid_kwh=-1.0)
    with pytest.raises(carbon.QuantityError, match=r"refrigerants_kg\['r'\]"):
        Use(refrigerants_kg={"r": math.nan})
    with pytest.raises(carbon.MissingFactorError, match="'gwp100_of_nothing'"):
        carbon.hub_category(account(own={}, shared=Use(refrigerants_kg={"gwp100_of_nothing": 1.0})))
    diesel = "desnz_fuels_liquid_fuels_diesel_average_biofuel_blend"
    with pytest.raises(carbon.UnitError, match="unit is 'kg'"):
        carbon.hub_category(account(own={}, shared=Use(refrigerants_kg={diesel: 1.0})))


def test_the_default_leak_by_hand() -> None:
    """UBA/CLECAT Guide: 0.5 g of R-404A a tonne of ambient goods, 1.2 g a tonne of cooled ones."""
    leaks = {zone: carbon.default_leaks_kg(zone, 2000.0) for zone in ("ambient", "chilled")}
    assert leaks == {"ambient": {"gwp100_ar6_r_404a": 0.001}, "chilled": {"gwp100_ar6_r_404a": 0.0024}}
    found = carbon.hub_category(
        account(left_kg={"chilled": 2000.0}, own={"chilled": Use(refrigerants_kg=leaks["chilled"])}, shared=Use())
    )
    assert found.handling["chilled"].operation_gco2e_per_kg == pytest.approx(0.0024 * 4_728_000 / 2000, rel=1e-12)
    with pytest.raises(carbon.QuantityError, match="left_kg is -1"):
        carbon.default_leaks_kg("ambient", -1.0)
