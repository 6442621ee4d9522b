from datetime import date

import pytest

import carbon
from carbon import Contract, Factor, Registry

DAY = date(2026, 5, 1)
WIND = Factor(
    key="wind_contract", name="wind park", value=0.011, unit="kgCO2e/kWh", gas="CO2e", region="CL",
    source="supplier", address="its statement", licence="own",
)  # fmt: skip
RESIDUAL = Factor(
    key="electricity_residual_mix", name="residual", value=0.4, unit="kgCO2e/kWh", gas="CO2e", region="CL",
    source="registry", address="its table", licence="own",
)  # fmt: skip


def contract(**changes: object) -> Contract:
    return Contract.model_validate(
        {
            "instrument": "wind contract",
            "region": "CL",
            "share": 0.75,
            "factor": "wind_contract",
            "first_day": date(2026, 1, 1),
            "last_day": date(2026, 12, 31),
            "evidence": "statement 17",
        }
        | changes
    )


def registry(*factors: Factor) -> Registry:
    return carbon.bundled_registry().joined(Registry(factors))


def test_what_a_contract_does_not_cover_is_the_residual_mix() -> None:
    found = carbon.market_factor([contract()], "S", "CL", DAY, registry(WIND, RESIDUAL))
    assert found is not None
    assert found.rest == "residual mix"
    assert found.emission(100).grams == pytest.approx(75 * 11 + 25 * 400, rel=1e-12)


def test_without_a_residual_mix_the_place_stands_in_and_is_named() -> None:
    found = carbon.market_factor([contract()], "S", "CL", DAY, registry(WIND))
    assert found is not None
    assert found.rest == "location-based"
    assert found.emission(100).grams == pytest.approx(75 * 11 + 25 * 291.113, rel=1e-12)


def test_a_full_contract_leaves_nothing() -> None:
    found = carbon.market_factor([contract(share=1.0)], "S", "CL", DAY, registry(WIND))
    assert found is not None
    assert (found.rest, found.emission(1).grams) == (None, 11.0)


@pytest.mark.parametrize(
    ("changes", "store", "region", "day"),
    [({"store_id": "T"}, "S", "CL", DAY), ({}, "S", "BR", DAY), ({}, "S", "CL", date(2027, 1, 1))],
)
def test_no_contract_is_no_figure(changes: dict[str, object], store: str, region: str, day: date) -> None:
    assert carbon.market_factor([contract(**changes)], store, region, day, registry(WIND)) is None


def test_what_cannot_be_bought_is_refused() -> None:
    with pytest.raises(carbon.QuantityError, match=r"adds up to 1\.5"):
        carbon.market_factor([contract(), contract(instrument="again")], "S", "CL", DAY, registry(WIND))
    with pytest.raises(carbon.QuantityError, match="a share is at most 1"):
        contract(share=1.1)
    with pytest.raises(carbon.QuantityError, match="swap the two"):
        contract(last_day=date(2025, 1, 1))
    with pytest.raises(carbon.MissingFactorError, match="'wind_contract'"):
        carbon.market_factor([contract()], "S", "CL", DAY, carbon.bundled_registry())
    expired = WIND.model_copy(update={"valid_to": date(2025, 12, 31)})
    with pytest.raises(carbon.ExpiredFactorError, match="2026-05-01"):
        carbon.market_factor([contract()], "S", "CL", DAY, registry(expired))
