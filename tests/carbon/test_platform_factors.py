"""Published factors of carbon-inclusion platforms and claims of avoided emissions, recomputed with F13.

The cities' factors come from a second-hand table that says of itself that some entries look inconsistent, and no
original was read; they are for travel by bicycle or metro, which is none of our behaviours. So they are tests here and
ship as no data. The text of DB11/T 3043-2024 states its figures in tonnes of CO2 (equations 1 and 2), so all of them
are taken as CO2 alone.
"""

from datetime import date

import pytest

import carbon
from carbon import Avoided, Baseline, Behaviour, EmissionRange

DAY = date(2025, 11, 11)


def exactly(grams: float) -> EmissionRange:
    return EmissionRange(lower_gco2e=grams, value_gco2e=grams, upper_gco2e=grams, gas="CO2")


def baseline(emission: EmissionRange, unit: str = "km") -> Baseline:
    return Baseline(
        version="as published",
        behaviour=Behaviour.SLOWER_SLOT,  # a baseline needs one of ours
        unit=unit,
        emission=emission,
        valid_from=date(2021, 1, 1),
        valid_to=date(2025, 12, 31),
        source="second-hand table",
        address="https://renrendoc.com/paper/340635060.html",
    )


def per_km(before_kg: float, after_kg: float) -> Avoided:
    return carbon.avoided(baseline(exactly(before_kg * 1000)), exactly(after_kg * 1000), 1, DAY)


def test_beijings_kilometre_on_a_bicycle() -> None:
    # DB11/T 3043-2024: 0.104 kg before, 0.0087 kg cycling, and 0.0953 kg avoided is published.
    found = per_km(0.104, 0.0087)
    assert round(found.value_gco2e / 1000, 4) == 0.0953
    assert (found.counts, found.credited_gco2e) == ("CO2", found.value_gco2e)


def test_shanghais_kilometre_on_a_bicycle() -> None:
    # 0.106 kg before and 0.009 kg cycling; what follows from them is not printed.
    assert round(per_km(0.106, 0.009).value_gco2e / 1000, 3) == 0.097


@pytest.mark.parametrize(
    ("city", "before_kg", "times"), [("Guangdong 2024", 0.232, 2.3), ("Shenzhen 2021", 0.218, 2.2)]
)
def test_guangdongs_and_shenzhens_do_not_fit_beijings(city: str, before_kg: float, times: float) -> None:
    # No cycling figure is published beside them; with Beijing's they avoid over twice what its kilometre does.
    found = per_km(before_kg, 0.0087).value_gco2e
    assert round(found / per_km(0.104, 0.0087).value_gco2e, 1) == times, city


def test_guangzhous_two_baselines_of_a_metro_trip_make_a_range() -> None:
    # 0.5419 kg by what the trip replaces and 0.5155 kg by the mean of all trips: the lower one is what may be credited.
    trip = EmissionRange(lower_gco2e=515.5, value_gco2e=541.9, upper_gco2e=541.9, gas="CO2")
    found = carbon.avoided(baseline(trip, "trip"), exactly(0), 10, DAY)
    assert found.credited_gco2e == pytest.approx(5155)
    assert found.value_gco2e - found.credited_gco2e == pytest.approx(264)


def test_cainiaos_acts() -> None:
    # 18,000 t of 1.095 bn acts (press, first days of a November, robinawilliams.com/blog-1025100.html): 16.4 g an act.
    assert round(18_000e6 / 1.095e9, 1) == 16.4
    found = carbon.avoided(baseline(exactly(16.4), "act"), exactly(0), 1.095e9, DAY)
    assert float(f"{found.value_gco2e / 1e6:.2g}") == 18_000


def test_cainiaos_cartons() -> None:
    # 37 g for each of 0.8 bn cartons returned; the claim "about 30 kt" is 29.6 kt
    found = carbon.avoided(baseline(exactly(37), "carton"), exactly(0), 0.8e9, DAY)
    assert found.value_gco2e / 1e9 == pytest.approx(29.6)


def test_a_platforms_baseline_is_not_held_against_our_own_footprint() -> None:
    # 0.0091 kWh/km of an e-bike by China's life-cycle factor are CO2e, and the platform's kilometre is CO2.
    electricity = carbon.bundled_registry().electricity("CN", DAY)
    grams = electricity.emission(0.0091, "kWh").grams
    ours = EmissionRange(lower_gco2e=grams, value_gco2e=grams, upper_gco2e=grams)
    with pytest.raises(carbon.MixedGasError, match="is CO2 and that of the project CO2e"):
        carbon.avoided(baseline(exactly(104)), ours, 1, DAY)
