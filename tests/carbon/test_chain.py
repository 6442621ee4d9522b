import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

import carbon
from carbon import Activity, Chain, HubElement, Intensity, TransportElement


def ride(category: str, activity: Activity, gco2e: float) -> TransportElement:
    return TransportElement(category=category, activity=activity, operation_gco2e=0.0, provision_gco2e=gco2e)


def test_w9_the_published_shipment() -> None:
    """iLEAP 1.0.0: 87 kg over 423 km at 0.1 and 321 km at 0.17 kgCO2e/t.km; the sample prints 3.6801 for 36.801."""
    first, second = Activity.of(87, 423_000, "SFD"), Activity.of(87, 321_000, "SFD")
    assert (first.tkm, second.tkm) == pytest.approx((36.801, 27.927), rel=1e-12)
    chain = Chain(
        consignment="shipment",
        elements=(
            ride("T1", first, Intensity(gco2e_per_tkm=100, distance_type="SFD").gco2e(first)),
            ride("T2", second, Intensity(gco2e_per_tkm=170, distance_type="SFD").gco2e(second)),
        ),
    )
    assert chain.activity is not None
    assert chain.activity.tkm == pytest.approx(64.728, rel=1e-12)
    assert chain.gco2e / 1000 == pytest.approx(8.42769, rel=1e-12)
    assert chain.gco2e_per_tkm == pytest.approx(8427.69 / 64.728, rel=1e-12)
    assert Activity.of(230, 700_000, "SFD").tkm == pytest.approx(161, rel=1e-12)


def test_w11_the_published_activity() -> None:
    """DESNZ 2025 methodology: 5 t over 100 km are 500 t.km."""
    assert Activity.of(5000, 100_000, "SFD").tkm == pytest.approx(500, rel=1e-12)


def test_handling_is_in_the_dividend_of_a_chain_and_not_in_the_divisor() -> None:
    activity = Activity.of(2, 3000, "SFD")
    hub = HubElement(category="H", mass_kg=2, operation_gco2e=1.0, provision_gco2e=4.0)
    chain = Chain(consignment="A", elements=(hub, ride("T", activity, 25.0)))
    assert chain.gco2e == 30.0
    assert chain.gco2e_per_tkm == pytest.approx(30.0 / 0.006, rel=1e-12)
    alone = Chain(consignment="A", elements=(hub,))
    assert (alone.activity, alone.gco2e_per_tkm) == (None, None)


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=20), st.randoms())
def test_the_order_of_elements_moves_no_grams(grams: list[float], random: object) -> None:
    activity = Activity.of(1, 1000, "GCD")
    elements = [ride("T", activity, each) for each in grams]
    whole = Chain(consignment="A", elements=tuple(elements)).gco2e
    random.shuffle(elements)  # type: ignore[attr-defined]
    assert Chain(consignment="A", elements=tuple(elements)).gco2e == whole == math.fsum(grams)


def test_distance_types_that_do_not_match_are_refused() -> None:
    road, air = Activity.of(1, 1000, "SFD"), Activity.of(1, 1000, "GCD")
    with pytest.raises(carbon.DistanceTypeError, match="SFD in one activity and GCD in the other"):
        road + air
    with pytest.raises(carbon.DistanceTypeError, match="intensity is SFD and of the activity GCD"):
        Intensity(gco2e_per_tkm=1, distance_type="SFD").gco2e(air)
    with pytest.raises(carbon.DistanceTypeError, match="intensity is GCD and of the activity SFD"):
        Intensity(gco2e_per_tkm=1, distance_type="GCD").gco2e(road, daf=1.05)
    with pytest.raises(carbon.DistanceTypeError, match="SFD in one activity"):
        Chain(consignment="A", elements=(ride("T", road, 1.0), ride("U", air, 1.0))).activity  # noqa: B018


def test_a_distance_adjustment_factor_is_asked_for_where_it_belongs_and_nowhere_else() -> None:
    road = Activity.of(1000, 10_000, "SFD")
    ridden = Intensity(gco2e_per_tkm=100, distance_type="actual")
    assert ridden.gco2e(road, daf=carbon.road_daf()) == pytest.approx(100 * 10 * 1.05, rel=1e-12)
    with pytest.raises(carbon.DistanceTypeError, match="daf is missing"):
        ridden.gco2e(road)
    with pytest.raises(carbon.DistanceTypeError, match="nothing is to be adjusted"):
        Intensity(gco2e_per_tkm=100, distance_type="SFD").gco2e(road, daf=carbon.road_daf())
    with pytest.raises(carbon.DistanceTypeError, match="daf adjusts GCD"):
        ridden.gco2e(road, daf=carbon.airline_daf(1e6))
    for bad in (0.9, math.nan, math.inf):
        with pytest.raises(carbon.QuantityError, match="daf is"):
            carbon.Daf(factor=bad, distance_type="SFD", source="own")


def test_an_airline_flies_95_km_more_than_the_great_circle_and_a_drone_does_not() -> None:
    daf = carbon.airline_daf(950_000)
    assert (daf.factor, daf.distance_type) == (pytest.approx(1.1, rel=1e-12), "GCD")
    flown = Intensity(gco2e_per_tkm=600, distance_type="actual")
    assert flown.gco2e(Activity.of(1000, 950_000, "GCD"), daf=daf) == pytest.approx(600 * 950 * 1.1, rel=1e-12)
    for short_m in (0.0, 5000.0):
        with pytest.raises(carbon.QuantityError, match="less than an airline flies"):
            carbon.airline_daf(short_m)


@pytest.mark.parametrize("bad", [-1.0, math.nan, math.inf])
def test_elements_and_emissions_are_amounts(bad: float) -> None:
    with pytest.raises(carbon.QuantityError, match="mass_kg of H"):
        HubElement(category="H", mass_kg=bad, operation_gco2e=0.0, provision_gco2e=0.0)
    with pytest.raises(carbon.QuantityError, match="provision_gco2e of T"):
        ride("T", Activity.of(1, 1, "SFD"), bad)
    with pytest.raises(carbon.QuantityError, match="grams of an emission"):
        carbon.Emission(bad, "CO2e")
    with pytest.raises(carbon.MixedGasError, match="'CH4'"):
        carbon.Emission(1.0, "CH4")  # type: ignore[arg-type]


@pytest.mark.parametrize(("mass_kg", "distance_m"), [(-1, 1), (1, -1), (math.nan, 1), (1, math.inf)])
def test_impossible_activity_is_refused(mass_kg: float, distance_m: float) -> None:
    with pytest.raises(carbon.QuantityError, match=r"mass_kg|distance_m"):
        Activity.of(mass_kg, distance_m, "SFD")


def test_a_chain_without_elements_is_refused() -> None:
    with pytest.raises(carbon.AllocationError, match="elements of chain 'A' is empty"):
        Chain(consignment="A", elements=())
