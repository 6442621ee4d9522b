import math
from datetime import date
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

import carbon
from carbon import Round, RoundStop


def round_of(*stops: tuple[float | None, float], battery_wh: float = 100.0, id: str = "R1") -> Round:  # noqa: A002 - the field's name
    return Round(
        id=id,
        store_id="S",
        region="CL",
        vehicle_id="V",
        vehicle_class="e_bike",
        started_on=date(2026, 5, 1),
        distance_m=8000,
        battery_wh=battery_wh,
        stops=tuple(
            RoundStop(order_id=f"{id}-{i}", mass_kg=mass, distance_m=metres) for i, (mass, metres) in enumerate(stops)
        ),
    )


stops_known = st.lists(st.tuples(st.floats(0.001, 1000), st.floats(0, 50_000)), min_size=1, max_size=30)
stops_any = st.lists(st.tuples(st.none() | st.floats(0, 1000), st.floats(0, 50_000)), min_size=1, max_size=30)


def uba_round(total_kg_km: float) -> Round:
    """Round of 14 stops and 45.3 kg: the five printed ones, and nine equal ones that make up the printed totals."""
    printed = [(4.0, 7000.0), (1.0, 7200.0), (2.0, 8900.0), (0.5, 7000.0), (0.25, 9000.0)]
    mass_kg = (45.3 - sum(kg for kg, _ in printed)) / 9
    metres = (total_kg_km - sum(kg * m / 1000 for kg, m in printed)) / 9 / mass_kg * 1000
    return round_of(*printed, *[(mass_kg, metres)] * 9)


def test_w1_the_published_parcel_round() -> None:
    """UBA/CLECAT Guide to ISO 14083 (2024), example 3, table 6: 45.3 kg, 0.3632 tkm."""
    allocation = carbon.allocate(uba_round(363.2))
    assert allocation.method == "mass_distance"
    assert allocation.activity_tkm == pytest.approx(0.3632, rel=1e-12)
    percent = [share.share * 100 for share in allocation.shares]
    assert [round(each, 1) for each in percent[:4]] == [7.7, 2.0, 4.9, 1.0]
    # The row 9 km, 0.25 kg is printed as 0.5 %; its own numbers give 0.00225 / 0.3632.
    assert round(percent[4], 2) == 0.62
    assert math.fsum(share.share for share in allocation.shares) == 1


def test_w2_the_published_diesel_of_the_same_round() -> None:
    """GLEC 3.2, from a secondary copy: 4.8 l at 3.278 kgCO2e/l; an item of 0.0024 of 0.3631 tkm gets 0.7 %."""
    diesel = carbon.Factor(
        key="diesel", name="diesel, well to wheel", value=3.278, unit="kgCO2e/litres", gas="CO2e", region="US",
        source="GLEC 3.2", address="secondary copy", licence="test only",
    )  # fmt: skip
    burnt = diesel.emission(4.8, "litres")
    assert round(burnt.grams / 1000, 3) == 15.734
    rest_kg_km = 363.1 - 2.4
    allocation = carbon.allocate(round_of((0.25, 9600.0), *[(45.05 / 13, rest_kg_km / 45.05 * 1000)] * 13))
    item = allocation.shares[0]
    assert item.activity_tkm == pytest.approx(0.0024, rel=1e-12)
    assert allocation.activity_tkm == pytest.approx(0.3631, rel=1e-12)
    assert round(item.share * 100, 1) == 0.7
    assert burnt.part(item.share).grams == pytest.approx(15_734.4 * 0.0024 / 0.3631, rel=1e-12)


@given(stops_any)
def test_shares_are_fractions_that_sum_to_one(stops: list[tuple[float | None, float]]) -> None:
    shares = [each.share for each in carbon.allocate(round_of(*stops)).shares]
    assert math.fsum(shares) == 1
    assert all(0 <= share <= 1 for share in shares)


@given(stops_known, st.randoms())
def test_the_order_of_stops_moves_no_grams(stops: list[tuple[float, float]], random: Random) -> None:
    first = round_of(*stops)
    shuffled = list(first.stops)
    random.shuffle(shuffled)
    again = first.model_copy(update={"stops": tuple(shuffled)})
    assert {each.order_id: each.share for each in carbon.allocate(first).shares} == {
        each.order_id: each.share for each in carbon.allocate(again).shares
    }


def test_by_hand() -> None:
    allocation = carbon.allocate(round_of((1.0, 1000.0), (3.0, 1000.0), (1.0, 4000.0)))
    assert [each.share for each in allocation.shares] == [0.125, 0.375, 0.5]
    assert allocation.activity_tkm == 0.008
    assert allocation.reason is None


@pytest.mark.parametrize("unknown", [None, 0.0])
def test_an_unknown_mass_divides_by_shipments_and_says_so(unknown: float | None) -> None:
    allocation = carbon.allocate(round_of((1.0, 100.0), (unknown, 9000.0), (1.0, 100.0), (1.0, 100.0)))
    assert allocation.method == "shipments"
    assert allocation.reason == "mass unknown for 1 of 4 orders"
    assert [each.share for each in allocation.shares] == [0.25] * 4
    assert allocation.activity_tkm is None
    assert allocation.shares[1].activity_tkm is None
    assert allocation.shares[0].activity_tkm == 0.0001


def test_stops_at_the_store_divide_by_shipments() -> None:
    allocation = carbon.allocate(round_of((1.0, 0.0), (9.0, 0.0)))
    assert (allocation.method, [each.share for each in allocation.shares]) == ("shipments", [0.5, 0.5])
    assert "at the store" in str(allocation.reason)


def test_the_smallest_activities_divide_as_any_other() -> None:
    allocation = carbon.allocate(round_of((1e-12, 2000.0), (1e-12, 6000.0)))
    assert allocation.method == "mass_distance"
    assert [share.share for share in allocation.shares] == pytest.approx([0.25, 0.75], rel=1e-12)


def test_one_order_carries_its_round_whole() -> None:
    assert carbon.allocate(round_of((2.0, 3000.0))).shares[0].share == 1


@pytest.mark.parametrize("bad", [-1.0, math.nan, math.inf])
def test_impossible_rounds_are_refused_by_name(bad: float) -> None:
    with pytest.raises(carbon.QuantityError, match="mass_kg of order 'R1-0'"):
        round_of((bad, 1.0))
    with pytest.raises(carbon.QuantityError, match="distance_m of order 'R1-0'"):
        round_of((1.0, bad))
    with pytest.raises(carbon.QuantityError, match="battery_wh of round 'R1'"):
        round_of((1.0, 1.0), battery_wh=bad)


def test_rounds_without_orders_or_with_one_twice_are_refused() -> None:
    with pytest.raises(carbon.AllocationError, match="nobody can carry its 100 Wh"):
        round_of()
    stop = RoundStop(order_id="A", mass_kg=1.0, distance_m=1.0)
    with pytest.raises(carbon.AllocationError, match="merge the two stops"):
        Round.model_validate(round_of((1.0, 1.0)).model_dump() | {"stops": (stop, stop)})
    with pytest.raises(carbon.QuantityError, match="activity of round"):
        carbon.allocate(round_of((1e300, 1e300), (1.0, 1.0)))


def test_an_empty_run_makes_a_round_longer_and_lighter() -> None:
    stop = RoundStop(order_id="A", mass_kg=4.0, distance_m=1000.0)
    ridden = Round(
        id="R", store_id="S", region="CN", vehicle_id="V", vehicle_class="e_bike", started_on=date(2026, 5, 1),
        distance_m=2000.0, battery_wh=10.0, stops=(stop,), travel_s=400.0, load_kg=2.0,
    )  # fmt: skip
    more = ridden.with_empty_run(2000.0, 9.0, 300.0)
    assert (more.travel_s, more.load_kg, more.distance_m) == (700.0, 1.0, 4000.0)
    assert ridden.with_empty_run(2000.0, 9.0).travel_s is None
    with pytest.raises(carbon.QuantityError, match="travel_s of the empty run is -1"):
        ridden.with_empty_run(2000.0, 9.0, -1.0)
