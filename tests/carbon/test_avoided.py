import math
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

import carbon
from carbon import Avoided, Baseline, Behaviour, Emission, EmissionRange

DAY = date(2026, 11, 11)


def between(lower: float, value: float, upper: float) -> EmissionRange:
    return EmissionRange(lower_gco2e=lower, value_gco2e=value, upper_gco2e=upper)


def baseline(emission: EmissionRange, unit: str = "order", behaviour: Behaviour = Behaviour.POOLED_ROUND) -> Baseline:
    return Baseline(
        version="own 2026.1",
        behaviour=behaviour,
        unit=unit,
        emission=emission,
        valid_from=date(2026, 1, 1),
        valid_to=date(2026, 12, 31),
        source="own measurement",
        address="file 17",
    )


@st.composite
def ranges(draw: st.DrawFn) -> EmissionRange:
    return between(*sorted(draw(st.tuples(*[st.floats(0, 1e6)] * 3))))


def test_the_conservative_figure_is_low_minus_high() -> None:
    amount = carbon.avoided(baseline(between(20, 30, 40)), between(5, 10, 15), 2, DAY)
    assert (amount.lower_gco2e, amount.value_gco2e, amount.upper_gco2e) == (10, 40, 70)
    assert amount.credited_gco2e == 10


def test_a_negative_figure_is_shown_and_credits_nothing() -> None:
    amount = carbon.avoided(baseline(between(20, 30, 40)), between(50, 60, 70), 1, DAY)
    assert (amount.value_gco2e, amount.credited_gco2e) == (-30, 0)


@given(ranges(), ranges(), st.floats(0, 1e6))
def test_the_credit_is_never_above_the_figure_nor_below_zero(
    before: EmissionRange, after: EmissionRange, amount: float
) -> None:
    found = carbon.avoided(baseline(before), after, amount, DAY)
    assert found.lower_gco2e <= found.value_gco2e <= found.upper_gco2e
    assert 0 <= found.credited_gco2e <= max(0.0, found.value_gco2e)


@given(st.lists(st.tuples(ranges(), ranges()), max_size=6))
def test_sums_keep_their_bounds(pairs: list[tuple[EmissionRange, EmissionRange]]) -> None:
    amounts = [carbon.avoided(baseline(before), after, 1, DAY) for before, after in pairs]
    whole = carbon.total_avoided(amounts)
    assert whole.lower_gco2e == pytest.approx(math.fsum(amount.lower_gco2e for amount in amounts))
    assert whole == carbon.total_avoided(reversed(amounts))
    if len(amounts) > 1:
        assert amounts[0] + amounts[1] == carbon.total_avoided(amounts[:2])


AVOIDED = Avoided(lower_gco2e=1, value_gco2e=2, upper_gco2e=3)
EMITTED = Emission(10.0, "CO2e")


@pytest.mark.parametrize(
    "mix",
    [
        lambda: EMITTED + AVOIDED,  # type: ignore[operator]
        lambda: AVOIDED + EMITTED,  # type: ignore[operator]
        lambda: EMITTED - AVOIDED,  # type: ignore[operator]
        lambda: AVOIDED - EMITTED,
        lambda: 10.0 - AVOIDED,
        lambda: 10.0 + AVOIDED,
        lambda: AVOIDED + 10.0,  # type: ignore[operator]
        lambda: sum([AVOIDED, AVOIDED]),
        lambda: carbon.total([EMITTED, AVOIDED]),  # type: ignore[list-item]
        lambda: carbon.total([AVOIDED]),  # type: ignore[list-item]
        lambda: carbon.total_avoided([AVOIDED, EMITTED]),  # type: ignore[list-item]
    ],
)
def test_ledger_c_never_meets_the_others(mix: object) -> None:
    assert callable(mix)
    with pytest.raises(carbon.LedgerMixError, match="never added to or taken off"):
        mix()


def test_no_type_of_ledger_a_or_b_holds_an_avoided_amount() -> None:
    for kind in (carbon.Report, carbon.OrderFootprint, carbon.RoundFootprint, carbon.PackagingEmission, carbon.Totals):
        assert issubclass(kind, BaseModel)
        assert not [name for name in kind.model_fields if "avoided" in name or "points" in name]


@pytest.mark.parametrize("day", [date(2025, 12, 31), date(2027, 1, 1)])
def test_a_baseline_out_of_its_validity_is_refused(day: date) -> None:
    with pytest.raises(carbon.BaselineError, match=f"date is {day}.*'own 2026.1' holds from 2026-01-01 to 2026-12-31"):
        carbon.avoided(baseline(between(1, 2, 3)), between(0, 0, 0), 1, day)
    for last in (date(2026, 1, 1), date(2026, 12, 31)):
        assert carbon.avoided(baseline(between(1, 2, 3)), between(0, 0, 0), 1, last).value_gco2e == 2


def test_impossible_ranges_dates_and_amounts_are_refused() -> None:
    with pytest.raises(carbon.QuantityError, match="value_gco2e is 5"):
        between(1, 5, 4)
    with pytest.raises(carbon.QuantityError, match="lower_gco2e is -1"):
        between(-1, 5, 7)
    with pytest.raises(carbon.QuantityError, match="amount in order is -1"):
        carbon.avoided(baseline(between(1, 2, 3)), between(0, 0, 0), -1, DAY)
    for field in ("lower_gco2e", "value_gco2e", "upper_gco2e"):
        for grams in (math.nan, math.inf, -math.inf, 1e19):
            with pytest.raises(carbon.QuantityError, match=f"{field} of an avoided emission is"):
                Avoided.model_validate({"lower_gco2e": 1, "value_gco2e": 1, "upper_gco2e": 1} | {field: grams})
    with pytest.raises(carbon.QuantityError, match="value_gco2e of an avoided emission is 4"):
        Avoided(lower_gco2e=1, value_gco2e=4, upper_gco2e=3)
    with pytest.raises(carbon.QuantityError, match="more than the world emits"):
        carbon.avoided(baseline(between(1, 2, 3)), between(0, 0, 0), 1e308, DAY)
    with pytest.raises(carbon.BaselineError, match="before its valid_from"):
        Baseline.model_validate(baseline(between(1, 2, 3)).model_dump() | {"valid_to": date(2025, 1, 1)})


def test_carbon_dioxide_alone_is_not_set_against_all_greenhouse_gases() -> None:
    alone = EmissionRange(lower_gco2e=1, value_gco2e=2, upper_gco2e=3, gas="CO2")
    with pytest.raises(carbon.MixedGasError, match=r"gas of baseline 'own 2026.1' is CO2 and that of the project CO2e"):
        carbon.avoided(baseline(alone), between(0, 0, 0), 1, DAY)
    with pytest.raises(carbon.MixedGasError, match="is CO2e and that of the project CO2"):
        carbon.avoided(baseline(between(1, 2, 3)), alone, 1, DAY)
    amount = carbon.avoided(baseline(alone), alone, 1, DAY)
    assert (amount.counts, amount.lower_gco2e) == ("CO2", -2)
    with pytest.raises(carbon.MixedGasError, match="add up each kind on its own"):
        carbon.total_avoided([amount, AVOIDED])
    assert (amount + amount).counts == "CO2"
