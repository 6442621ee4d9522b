import math
import re
from datetime import date

import pytest

import carbon
from carbon import (
    SHENZHEN_DRAFT,
    Fuel,
    PlantCharge,
    PowerContract,
    RefrigerantCharge,
    SiteFuel,
    SiteReadiness,
    SiteReading,
    SiteRule,
    SiteStatement,
    SiteYear,
    site_readiness,
)

DIESEL = "desnz_fuels_liquid_fuels_diesel_100_mineral_diesel"
DIESEL_PROVISION = "desnz_wtt_fuels_liquid_fuels_diesel_100_mineral_diesel"
CN_GRID = 577.7  # gCO2e/kWh, life cycle, 2024


def read(value: float, *documents: str) -> SiteReading:
    return SiteReading(value=value, evidence=documents or ("bill 1",))


def plant(refrigerant: str, charge_kg: float, loss_rate: float = 0.1, *, evidence: bool = True) -> PlantCharge:
    charge = RefrigerantCharge(refrigerant=refrigerant, charge_kg=charge_kg, loss_rate=loss_rate)
    return PlantCharge(charge=charge, evidence=("log book",) if evidence else ())


GREEN = PowerContract(kwh=read(40_000, "certificates"), factor="own_wind", renewable=True)
UNPROVEN = PowerContract(kwh=SiteReading(value=1), factor="own_wind", renewable=True)


def burned(amount: float, unit: str, *documents: str) -> SiteFuel:
    fuel = Fuel(amount=amount, unit=unit, operation=DIESEL, provision=DIESEL_PROVISION)
    return SiteFuel(fuel=fuel, evidence=documents or ("invoice",))


def site(**change: object) -> SiteYear:
    return SiteYear.model_validate(
        {
            "site_id": "SZ-1",
            "year": 2025,
            "region": "CN-GD",
            "grid_kwh": read(80_000),
            "pv_self_used_kwh": read(20_000, "PV meter"),
            "pv_exported_kwh": read(5_000, "PV meter"),
            "storage_kwh": read(58_000),
            "storage_m2": read(2_000, "lease"),
            "contracts": (),
            "fuels": (burned(100, "litres"),),
            "refrigerants": (plant("R-744", 70), plant("R-410A", 30)),
        }
        | change
    )


def ready(*, residual: bool = False, **change: object) -> SiteReadiness:
    own = carbon.Registry(
        carbon.Factor(
            key=key,
            name=key,
            value=value,
            unit="kgCO2e/kWh",
            gas="CO2e",
            region="CN-GD",
            source="own",
            address="own",
            licence="own",
        )
        for key, value in (("own_wind", 0.011), ("electricity_residual_mix", 0.6))
        if residual or key == "own_wind"
    )
    return site_readiness(site(**change), SHENZHEN_DRAFT, carbon.bundled_registry().joined(own))


def test_a_years_balance_by_hand() -> None:
    found = ready()
    column = found.location
    assert column.grid_gco2e.value == pytest.approx(80_000 * CN_GRID)
    assert column.fuel_operation_gco2e.value == pytest.approx(100 * 2661.55)
    assert column.fuel_provision_gco2e.value == pytest.approx(100 * 624.09)
    assert column.refrigerant_gco2e.value == pytest.approx((7 * 1 + 3 * 2255.5) * 1000)
    whole = 80_000 * CN_GRID + 328_564 + 6_773_500
    assert column.total_gco2e.value == pytest.approx(whole)
    net, storage, renewable, low_gwp = found.criteria
    assert (net.met, net.gap) == (False, pytest.approx(whole / 1e6))
    assert (storage.met, storage.figure.value, storage.gap) == (True, 29, 0)
    assert (renewable.met, renewable.figure.value) == (True, pytest.approx(0.2))
    assert (low_gwp.met, low_gwp.figure.value) == (True, pytest.approx(0.7))
    assert found.readiness == "not ready"
    assert "Net emission, location-based is 53.3 tCO2e, 53.3 from the limit of at most 0." in found.statement
    assert {"R-410A", "R-744"} <= {factor.name.removeprefix("GWP100 AR6 ") for factor in found.factors}


def test_location_and_market_stand_apart() -> None:
    found = ready(contracts=(GREEN,), residual=True)
    assert found.market.grid_gco2e.value == pytest.approx(40_000 * 11 + 40_000 * 600)
    assert found.location == ready().location  # no contract changes it
    assert found.criteria[2].figure.value == pytest.approx(0.6)
    whole = ready(contracts=(PowerContract(kwh=read(80_000), factor="own_wind", renewable=True),))
    assert whole.market.grid_gco2e.value == pytest.approx(80_000 * 11)  # nothing is left that needs a residual mix


def test_without_a_residual_mix_the_market_column_is_not_computable() -> None:
    market = ready(contracts=(GREEN,)).market
    assert market.grid_gco2e.value is None
    assert market.grid_gco2e.not_computable == (
        "grid_gco2e, market-based is not computable because no contract covers 40000 kWh and "
        "'electricity_residual_mix' of 'CN-GD' is not known"
    )
    assert market.total_gco2e.value is None
    assert market.refrigerant_gco2e.value is not None


def test_exported_sun_counts_nowhere() -> None:
    much, none = ready(pv_exported_kwh=read(1e9)), ready(pv_exported_kwh=read(0))
    assert much.pv_exported_kwh.value == 1e9
    assert (much.location, much.market, much.criteria) == (none.location, none.market, none.criteria)


@pytest.mark.parametrize(
    ("change", "criterion", "because"),
    [
        ({"grid_kwh": None}, 0, "grid_kwh is not known"),
        ({"grid_kwh": SiteReading(value=80_000)}, 0, "grid_kwh has no evidence"),
        ({"refrigerants": None}, 0, "refrigerants is not known"),
        ({"refrigerants": (plant("R-744", 70, evidence=False),)}, 3, r"refrigerants\[0\] has no evidence"),
        ({"fuels": None}, 0, "fuels is not known"),
        ({"fuels": (SiteFuel(fuel=burned(1, "litres").fuel),)}, 0, r"fuels\[0\] has no evidence"),
        ({"storage_m2": None}, 1, "storage_m2 is not known"),
        ({"pv_self_used_kwh": SiteReading(value=20_000)}, 2, "pv_self_used_kwh has no evidence"),
        (
            {"contracts": (GREEN.model_copy(update={"kwh": SiteReading(value=1)}),)},
            2,
            r"contracts\[0\] has no evidence",
        ),
        ({"grid_kwh": read(0), "pv_self_used_kwh": read(0), "storage_kwh": None}, 2, "no electricity was used"),
    ],
)
def test_what_has_no_evidence_is_not_computed(change: dict[str, object], criterion: int, because: str) -> None:
    found = ready(**change).criteria[criterion]
    assert (found.figure.value, found.gap, found.met) == (None, None, None)
    assert re.search(f"is not computable because .*{because}", found.figure.not_computable or "")


SUNNY: dict[str, object] = {
    "grid_kwh": read(0),
    "pv_self_used_kwh": read(60_000, "PV meter"),
    "fuels": (),
    "refrigerants": (),
    "no_refrigerant": SiteStatement(stated_by="Li Lei, plant engineer", evidence=("inventory of plants",)),
}


def test_a_site_on_its_own_sun_is_ready_and_never_certified() -> None:
    found = ready(**SUNNY)
    assert found.readiness == "ready"
    assert found.location.total_gco2e.value == 0
    low_gwp = found.criteria[3]
    assert (low_gwp.met, low_gwp.gap, low_gwp.figure.value, low_gwp.figure.not_computable) == (True, 0, None, None)
    said = "the site has no refrigerant at all, as Li Lei, plant engineer states"
    assert low_gwp.figure.stated == said
    assert f"Low-GWP refrigerant: {said}." in found.statement
    assert found.evidence["no_refrigerant"] == ("inventory of plants",)
    assert "self-assessment" in found.statement
    assert "certif" not in found.model_dump_json().lower()


def test_one_missing_document_keeps_it_from_being_ready() -> None:
    found = ready(**(SUNNY | {"storage_kwh": SiteReading(value=58_000)}))
    assert found.readiness == "not computable"
    assert found.missing_evidence == ("storage_kwh",)
    assert found.evidence["pv_self_used_kwh"] == ("PV meter",)
    assert "Electricity of storage is not computable because storage_kwh has no evidence." in found.statement


@pytest.mark.parametrize(
    ("change", "criterion", "gap"),
    [
        ({"storage_kwh": read(60_000)}, 1, 0),
        ({"storage_kwh": read(64_000)}, 1, 2),
        ({"pv_self_used_kwh": read(0)}, 2, 0.15),
        ({"refrigerants": (plant("R-744", 60), plant("R-32", 40))}, 3, 0),
        ({"refrigerants": (plant("R-744", 50), plant("R-32", 50))}, 3, 0.1),
    ],
)
def test_the_gap_to_each_limit(change: dict[str, object], criterion: int, gap: float) -> None:
    found = ready(**change).criteria[criterion]
    assert (found.gap, found.met) == (pytest.approx(gap), gap == 0)


def test_a_rule_may_read_the_net_from_the_market_column() -> None:
    rule = SHENZHEN_DRAFT.model_copy(update={"net_column": "market"})
    net = site_readiness(site(), rule).criteria[0]
    assert net.name == "net emission, market-based"
    assert net.met is None


def test_bad_sites_are_refused_by_name() -> None:
    with pytest.raises(carbon.MissingFactorError, match="region is 'ATLANTIS'"):
        ready(region="ATLANTIS")
    with pytest.raises(carbon.MissingFactorError, match="'R-999'"):
        ready(refrigerants=(plant("R-999", 1),))
    with pytest.raises(carbon.QuantityError, match="value of a reading is -1"):
        read(-1)
    with pytest.raises(carbon.QuantityError, match="value of a reading is nan"):
        read(math.nan)
    with pytest.raises(carbon.QuantityError, match="contracts of site 'SZ-1' cover 40000 kWh, more than its grid_kwh"):
        site(grid_kwh=read(30_000), storage_kwh=None, contracts=(GREEN,))
    with pytest.raises(carbon.QuantityError, match="storage_kwh of site 'SZ-1' is 200000"):
        site(storage_kwh=read(200_000))
    with pytest.raises(carbon.QuantityError, match="storage_m2 of site 'SZ-1' is 0"):
        site(storage_m2=read(0))
    with pytest.raises(carbon.UnitError, match="unit is 'kg'"):
        ready(fuels=(burned(1, "kg"),))
    co2_only = "electricity_co2_factor_national_average"
    with pytest.raises(carbon.MixedGasError):
        ready(contracts=(PowerContract(kwh=read(80_000), factor=co2_only, renewable=False),))


@pytest.mark.parametrize(
    ("change", "because"),
    [
        ({"no_refrigerant": None}, "refrigerants lists none; state in no_refrigerant"),
        ({"no_refrigerant": SiteStatement(stated_by="Li Lei")}, "no_refrigerant has no evidence"),
        ({"no_refrigerant": None, "refrigerants": None}, "refrigerants is not known"),
        ({"no_refrigerant": None, "refrigerants": (plant("R-744", 0),)}, "every plant is charged with 0 kg"),
    ],
)
def test_what_is_not_computable_is_neither_met_nor_ready(change: dict[str, object], because: str) -> None:
    found = ready(**(SUNNY | change))
    low_gwp = found.criteria[3]
    assert (low_gwp.met, low_gwp.gap, low_gwp.figure.stated) == (None, None, None)
    assert because in (low_gwp.figure.not_computable or "")
    assert found.readiness == "not computable"
    for criterion in found.criteria:
        assert (criterion.figure.not_computable is None) == (criterion.met is not None)


def test_a_site_with_plants_cannot_state_that_it_has_none() -> None:
    with pytest.raises(carbon.QuantityError, match="no_refrigerant of site 'SZ-1' states that it has none"):
        site(no_refrigerant=SiteStatement(stated_by="Li Lei"))


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("max_net_tco2e", math.nan, "max_net_tco2e of rule .* is nan"),
        ("max_net_tco2e", math.inf, "max_net_tco2e of rule .* is inf"),
        ("max_storage_kwh_per_m2", -1, "max_storage_kwh_per_m2 of rule .* is -1"),
        ("max_storage_kwh_per_m2", math.nan, "is nan"),
        ("min_renewable_share", 7, "min_renewable_share of rule .* is 7; a share is at most 1"),
        ("min_renewable_share", -1, "is -1"),
        ("min_low_gwp_share", math.nan, "is nan"),
        ("min_low_gwp_share", 1.01, "is 1.01; a share is at most 1"),
        ("low_gwp", -1, "low_gwp of rule .* is -1"),
        ("low_gwp", math.inf, "is inf"),
    ],
)
def test_a_rule_is_possible_or_refused(field: str, value: float, said: str) -> None:
    with pytest.raises(carbon.QuantityError, match=said):
        SiteRule.model_validate(SHENZHEN_DRAFT.model_dump() | {field: value})
    with pytest.raises(carbon.QuantityError, match=said):  # a changed copy is checked when it is used
        site_readiness(site(), SHENZHEN_DRAFT.model_copy(update={field: value}))
    assert SiteRule.model_validate(SHENZHEN_DRAFT.model_dump() | {"max_net_tco2e": -5, "min_renewable_share": 1})


def test_a_changed_copy_of_a_site_is_checked() -> None:
    with pytest.raises(carbon.QuantityError, match="value of a reading is nan"):
        site_readiness(
            site().model_copy(update={"grid_kwh": read(1).model_copy(update={"value": math.nan})}), SHENZHEN_DRAFT
        )


def test_amounts_beyond_computing_say_so() -> None:
    with pytest.raises(carbon.QuantityError, match="more than any site can have"):
        read(1e308)
    with pytest.raises(carbon.QuantityError, match="grams of an emission is inf"):
        ready(fuels=(burned(1e308, "litres"),))
    huge = ready(**(SUNNY | {"fuels": (burned(5e304, "litres"), burned(5e304, "litres"))}))
    tiny = ready(storage_m2=read(5e-324))
    for criterion in (huge.criteria[0], tiny.criteria[1]):
        assert criterion.met is None
        assert "too large to compute with" in (criterion.figure.not_computable or "")
    assert huge.readiness == "not computable"


def test_grid_power_is_not_renewable_whatever_its_contract_says() -> None:
    registry = carbon.bundled_registry()
    key = registry.electricity("CN-GD", date(2025, 12, 31)).key
    for factor in (key, "own_worse"):
        worse = carbon.Factor(
            key="own_worse", name="own", value=0.9, unit="kgCO2e/kWh", gas="CO2e", region="CN-GD", source="own",
            address="own", licence="own",
        )  # fmt: skip
        contract = PowerContract(kwh=read(80_000), factor=factor, renewable=True)
        with pytest.raises(carbon.QuantityError, match=rf"factor '{factor}' of contracts\[0\] .* not below the 577.7"):
            site_readiness(site(contracts=(contract,)), SHENZHEN_DRAFT, registry.joined(carbon.Registry([worse])))
        honest = contract.model_copy(update={"renewable": False})
        found = site_readiness(site(contracts=(honest,)), SHENZHEN_DRAFT, registry.joined(carbon.Registry([worse])))
        assert found.criteria[2].figure.value == pytest.approx(0.2)  # the sun alone


def test_a_renewable_contract_without_certificates_does_not_count() -> None:
    found = ready(contracts=(UNPROVEN,)).criteria[2]
    assert found.met is None
    assert "contracts[0] has no evidence" in (found.figure.not_computable or "")
