import hashlib
import math
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import carbon
from carbon import E_BIKE, Factor, Packaging, Piece, Registry, Report, Round, RoundStop
from carbon.draws import Draws

DAY = date(2026, 5, 1)
LEVELS = (0.05, 0.5, 0.95)


def ride(
    id: str,  # noqa: A002 - the field's name
    *orders: str,
    metres: float = 8000.0,
    speed_mps: float = 5.0,
    load_kg: float = 3.0,
    told: bool = True,
    vehicle_class: str = "e_bike",
    battery_wh: float | None = None,
    store_id: str = "S",
    started_on: date = DAY,
    data_class: str = "modelled",
) -> Round:
    if battery_wh is None:
        battery_wh = float(E_BIKE.battery_wh(metres, metres / speed_mps, load_kg))
    return Round(
        id=id,
        store_id=store_id,
        region="CN",
        vehicle_id="V",
        vehicle_class=vehicle_class,
        started_on=started_on,
        distance_m=metres,
        battery_wh=battery_wh,
        stops=tuple(RoundStop(order_id=name, mass_kg=1.0 + i, distance_m=1000.0) for i, name in enumerate(orders)),
        travel_s=metres / speed_mps if told else None,
        load_kg=load_kg if told else None,
        data_class=data_class,
    )


def ranged(key: str, lower: float, upper: float) -> Factor:
    """A bundled factor with a range of the user's own."""
    factor = carbon.bundled_registry().get(key, region="CN" if key.startswith("electricity") else None)
    return factor.model_copy(update={"lower": factor.value * lower, "upper": factor.value * upper})


GRID = ranged("electricity_life_cycle_footprint_factor", 0.8, 1.4)
LDPE = ranged(carbon.DEFAULT_PACKAGING.pieces[0].production, 0.9, 1.1)
BAG = ranged("mass_single_use_ldpe_e_commerce_bag_21_l", 0.5, 2.0)
OWN = carbon.bundled_registry().joined(Registry([GRID, LDPE, BAG]))
"""The bundled factors, with ranges for the grid, for LDPE and for the mass of a bag."""
WITHOUT = Registry(factor.model_copy(update={"lower": None, "upper": None}) for factor in carbon.bundled_registry())


def footprint_in_draw(drawn: Mapping[str, float]) -> Report:
    """The whole way once more with other values: factor file, model, round, footprint."""
    registry = Registry(
        factor.model_copy(update={"value": drawn[factor.id], "lower": None, "upper": None})
        if factor.id in drawn
        else factor
        for factor in OWN
    )
    bike = carbon.EBike.read("e_bike", E_BIKE.factor_keys, registry)
    wh = float(bike.battery_wh(8000.0, 1600.0, 3.0))
    kg = registry.get(BAG.key).value
    piece = carbon.DEFAULT_PACKAGING.pieces[0].model_copy(update={"mass_kg": kg})
    bag = Packaging(name="ldpe_bag", pieces=(piece,))
    return carbon.footprint([ride("R", "A", "B", battery_wh=wh)], {"A": bag, "B": bag}, registry)


def test_it_is_the_footprint_made_again_in_every_draw() -> None:
    report = carbon.footprint([ride("R", "A", "B")], {}, OWN)
    found = carbon.uncertainty(report, draws=60, seed=5)
    draws = Draws(60, 5)
    drawn = {factor.id: draws.of(factor) for factor in report.factors}
    again = [footprint_in_draw({id_: float(values[k]) for id_, values in drawn.items()}) for k in range(60)]
    for i, order in enumerate(found.orders):
        for field in ("transport_gco2e", "packaging_gco2e", "total_gco2e"):
            expected = np.quantile([getattr(each.orders[i], field) for each in again], LEVELS)
            assert list(getattr(order, field).model_dump().values()) == pytest.approx(expected, rel=1e-9)
    assert found.total is not None
    for field in ("transport_gco2e", "packaging_gco2e", "total_gco2e"):
        expected = np.quantile([getattr(each.totals, field) for each in again], LEVELS)
        assert list(getattr(found.total, field).model_dump().values()) == pytest.approx(expected, rel=1e-9)
    expected = np.quantile([each.rounds[0].gco2e for each in again], LEVELS)
    assert list(found.rounds[0].gco2e.model_dump().values()) == pytest.approx(expected, rel=1e-9)


def test_it_lists_which_factors_had_a_range_and_which_had_none() -> None:
    found = carbon.uncertainty(carbon.footprint([ride("R", "A")], {}, OWN), draws=10)
    assert {id_.split("@")[0] for id_ in found.ranged} == {
        GRID.key, LDPE.key, BAG.key, "battery_charge_efficiency", "battery_discharge_efficiency", "rider_mass",
        "rolling_resistance_bicycle_tyre", "cda_e_bike", "e_bike_motor_efficiency", "auxiliary_power_e_bike",
    }  # fmt: skip
    assert {id_.split("@")[0] for id_ in found.constant} == {
        "charger_efficiency", "curb_mass_e_bike", "two_wheeler_transmission_efficiency", "stops_per_kilometre_in_town",
        "air_density",
    }  # fmt: skip
    assert (found.not_drawn, found.limits, found.not_computable) == ((), (), None)
    assert (found.seed, found.draws) == (0, 10)


def test_orders_of_one_chunk_are_drawn_as_those_of_another() -> None:
    # A million draws are taken two orders at a time.
    report = carbon.footprint([ride(f"R{i}", f"O{i}") for i in range(3)], {}, OWN)
    first, second, third = carbon.uncertainty(report, draws=1_000_000).orders
    assert [order.order_id for order in (first, second, third)] == ["O0", "O1", "O2"]
    assert first.total_gco2e == second.total_gco2e == third.total_gco2e


def test_without_ranges_every_figure_is_the_estimate() -> None:
    report = carbon.footprint([ride("R1", "A", "B"), ride("R2", "C", vehicle_class="drone")], {}, WITHOUT)
    found = carbon.uncertainty(report, draws=7)
    assert found.ranged == ()
    for order, made in zip(found.orders, report.orders, strict=True):
        for field in ("transport_gco2e", "packaging_gco2e", "total_gco2e"):
            assert list(getattr(order, field).model_dump().values()) == pytest.approx([getattr(made, field)] * 3)
    assert found.total is not None
    assert found.total.total_gco2e.p5 == pytest.approx(found.total.total_gco2e.p95) == report.totals.total_gco2e


def test_one_draw_of_a_factor_is_shared_by_everything_that_uses_it() -> None:
    # Twice the same order a day later: were they drawn apart, their sum would spread by the root of 2 and not by 2.
    report = carbon.footprint([ride("R1", "A"), ride("R2", "B", started_on=date(2026, 5, 2))], {}, OWN)
    found = carbon.uncertainty(report, draws=500)
    assert found.total is not None
    for level in ("p5", "p50", "p95"):
        twice = 2 * getattr(found.orders[0].total_gco2e, level)
        assert getattr(found.total.total_gco2e, level) == pytest.approx(twice, rel=1e-12)
    # An order's total is narrower than the ends of its parts, which are independent but for the draw.
    order = found.orders[0]
    assert order.total_gco2e.p95 < order.transport_gco2e.p95 + order.packaging_gco2e.p95
    assert order.total_gco2e.p5 > order.transport_gco2e.p5 + order.packaging_gco2e.p5


def test_periods_are_by_store_by_day_and_by_both() -> None:
    may_2 = date(2026, 5, 2)
    report = carbon.footprint(
        [
            ride("R1", "A", "B", store_id="T"),
            ride("R2", "C", started_on=may_2),
            ride("R3", "D", store_id="T", started_on=may_2),
        ],
        {},
    )
    found = carbon.uncertainty(report, draws=50)
    assert [(part.store_id, part.rounds, part.orders) for part in found.stores] == [("S", 1, 1), ("T", 2, 3)]
    assert [(part.first_day, part.store_id, part.orders) for part in found.days] == [(DAY, None, 2), (may_2, None, 2)]
    assert [(part.store_id, part.first_day, part.last_day) for part in found.store_days] == [
        ("S", may_2, may_2),
        ("T", DAY, DAY),
        ("T", may_2, may_2),
    ]
    assert found.stores[0].total_gco2e == found.store_days[0].total_gco2e == found.orders[2].total_gco2e
    assert found.total is not None
    assert (found.total.first_day, found.total.last_day, found.total.orders) == (DAY, may_2, 4)


def test_same_seed_same_bytes_in_another_process_too() -> None:
    code = (
        "import carbon, hashlib, datetime as d;"
        "r = carbon.Round(id='R', store_id='S', region='CN', vehicle_id='V', vehicle_class='drone',"
        " started_on=d.date(2026, 5, 1), distance_m=5000, battery_wh=90, travel_s=500, load_kg=.2,"
        " stops=(carbon.RoundStop(order_id='A', mass_kg=.5, distance_m=2500),));"
        "u = carbon.uncertainty(carbon.footprint([r], {}), draws=200, seed=11);"
        "print(hashlib.sha256(u.model_dump_json().encode()).hexdigest())"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": seed}
        ).stdout
        for seed in ("1", "2")
    }
    assert len(found) == 1
    assert len(found.pop().strip()) == hashlib.sha256().digest_size * 2


def test_another_seed_gives_other_bytes_and_much_the_same_range() -> None:
    report = carbon.footprint([ride("R", "A")], {}, OWN)
    one, two = (carbon.uncertainty(report, draws=20_000, seed=seed).orders[0].total_gco2e for seed in (1, 2))
    assert one != two
    assert list(one.model_dump().values()) == pytest.approx(list(two.model_dump().values()), rel=0.02)


def test_a_model_is_not_drawn_where_nobody_says_how_fast_and_how_heavy() -> None:
    report = carbon.footprint([ride("R1", "A", told=False), ride("R2", "B", vehicle_class="rickshaw")], {})
    found = carbon.uncertainty(report, draws=10)
    assert {id_.split("@")[0] for id_ in found.ranged} == {"battery_charge_efficiency"}
    assert "rider_mass@default@2020" in found.not_drawn
    assert found.limits[0].startswith("energy of 'e_bike': none of its rounds says travel_s and load_kg")
    assert found.limits[1].startswith("energy of 'rickshaw': a class whose model is not known here")
    assert found.rounds[0].gco2e.p95 < found.rounds[0].gco2e.p5 * 0.9 / 0.8


def test_a_round_read_from_its_battery_has_no_model_and_one_read_at_the_socket_no_charging_either() -> None:
    battery = carbon.uncertainty(carbon.footprint([ride("R", "A", data_class="primary")], {}), draws=10)
    assert {id_.split("@")[0] for id_ in battery.ranged} == {"battery_charge_efficiency"}
    report = carbon.footprint([ride("R", "A").model_copy(update={"meter_kwh": 0.123})], {})
    socket = carbon.uncertainty(report, draws=10)
    assert socket.ranged == socket.limits == ()
    assert socket.orders[0].transport_gco2e.p5 == pytest.approx(0.123 * 577.7, rel=1e-12)
    assert socket.orders[0].transport_gco2e.p95 == pytest.approx(0.123 * 577.7, rel=1e-12)


def test_a_drones_height_is_drawn_at_its_own_speed_and_load() -> None:
    wh = float(carbon.M100.battery_wh(2500, [0.5, 0.0], 10.0).sum())
    flight = ride("R", "A", metres=5000, speed_mps=10, load_kg=0.25, vehicle_class="drone", battery_wh=wh)
    report = carbon.footprint([flight], {})
    found = carbon.uncertainty(report, draws=4000)
    assert "drone_cruise_height_above_take_off@default@undated" in found.ranged
    # The same two flights with their own loads at every drawn height: the mean load stands for both within 0.1 %.
    draws = Draws(4000, 0)
    heights = draws.of(carbon.bundled_registry().get("drone_cruise_height_above_take_off"))
    out, home = (
        replace(carbon.M100, cruise_height_m=heights).battery_wh(2500, kg, 10.0)  # a field broadcasts
        for kg in (0.5, 0.0)
    )
    charged = draws.of(carbon.bundled_registry().get("battery_charge_efficiency")) * 0.9
    expected = np.quantile((out + home) / charged * 0.5777, LEVELS)
    assert list(found.rounds[0].gco2e.model_dump().values()) == pytest.approx(expected, rel=1e-3)


def own_range(key: str, unit: str, low: float, value: float, high: float) -> carbon.Factor:
    return carbon.Factor(
        key=key, name=key, value=value, lower=low, upper=high, unit=unit, gas="CO2e", region="CN",
        source="own", address="own", licence="own",
    )  # fmt: skip


def test_fuels_and_leaks_are_drawn_from_their_ranges() -> None:
    own = own_range("diesel", "kgCO2e/l", 1.0, 2.0, 3.0), own_range("gas", "kgCO2e/kg", 500.0, 1000.0, 1500.0)
    registry = carbon.bundled_registry().joined(carbon.Registry(own))
    fuel = carbon.Fuel(amount=2.0, unit="l", operation="diesel", provision="diesel")
    van = ride("R", "A").model_copy(
        update={"vehicle_class": "van", "battery_wh": 0.0, "fuels": (fuel,), "refrigerants_kg": {"gas": 0.001}}
    )
    found = carbon.uncertainty(carbon.footprint([van], {}, registry), draws=4000, seed=3)
    draws = Draws(4000, 3)
    diesel, gas = (draws.of(factor) for factor in own)
    expected = np.quantile(4000 * diesel + gas, LEVELS)
    assert list(found.rounds[0].gco2e.model_dump().values()) == pytest.approx(expected, rel=1e-3)
    assert list(found.orders[0].transport_gco2e.model_dump().values()) == pytest.approx(expected, rel=1e-3)
    assert {"diesel@CN@undated", "gas@CN@undated"} <= set(found.ranged)
    assert not any("no electricity" in limit for limit in found.limits)


def test_end_of_life_is_drawn_with_the_packaging() -> None:
    own = own_range("board", "kgCO2e/kg", 1.0, 2.0, 3.0), own_range("end", "kgCO2e/kg", 0.0, 1.0, 2.0)
    registry = carbon.bundled_registry().joined(carbon.Registry(own))
    piece = carbon.Piece(material="board", mass_kg=0.1, production="board", end_of_life={"end": 0.5})
    box = carbon.Packaging(name="box", pieces=(piece,))
    report = carbon.footprint([ride("R", "A")], {"A": box}, registry)
    found = carbon.uncertainty(report, {"box": box}, draws=4000, seed=3)
    draws = Draws(4000, 3)
    board, end = (draws.of(factor) for factor in own)
    expected = np.quantile(100 * board + 50 * end, LEVELS)
    assert list(found.orders[0].packaging_gco2e.model_dump().values()) == pytest.approx(expected, rel=1e-3)
    assert found.limits == ()


def test_handling_in_the_store_moves_with_the_grid_of_the_ride() -> None:
    account = carbon.HubAccount(
        store_id="S",
        region="CN",
        first_day=DAY,
        last_day=DAY,
        left_kg={"ambient": 10.0, "chilled": 10.0},
        own={"chilled": carbon.Use(grid_kwh=3.0, refrigerants_kg={"gwp100_ar6_r_404a": 1e-4})},
        shared=carbon.Use(grid_kwh=2.0),
    )
    report = carbon.footprint([ride("R", "A", "B")], {}, OWN, hubs=[account])
    found = carbon.uncertainty(report, draws=400, seed=3)
    # 1 kg and 2 kg of ambient goods at 0.1 kWh/kg: grams by the same draws of the grid as anything else.
    grid_g = 1000 * Draws(400, 3).of(GRID)
    one, two = found.orders
    assert one.hub_gco2e is not None
    assert two.hub_gco2e is not None
    assert list(one.hub_gco2e.model_dump().values()) == pytest.approx(np.quantile(0.1 * grid_g, LEVELS), rel=1e-9)
    assert two.hub_gco2e.p95 == pytest.approx(2 * one.hub_gco2e.p95, rel=1e-9)
    assert found.limits == ()
    assert found.total is not None
    assert found.total.hub_gco2e is not None
    assert found.total.hub_gco2e.p5 == pytest.approx(3 * one.hub_gco2e.p5, rel=1e-9)
    # The whole is drawn together: from every draw of the three parts, not from their percentiles.
    bare = carbon.uncertainty(carbon.footprint([ride("R", "A", "B")], {}, OWN), draws=400, seed=3)
    assert bare.total is not None
    assert (bare.total.hub_gco2e, bare.orders[0].hub_gco2e) == (None, None)
    assert found.total.total_gco2e.p95 > bare.total.total_gco2e.p95
    assert found.total.total_gco2e.p95 < bare.total.total_gco2e.p95 + found.total.hub_gco2e.p95
    pair = carbon.paired(carbon.footprint([ride("R", "A", "B")], {}, OWN), report, draws=400, seed=3)
    assert pair.total_gco2e.p5 == pytest.approx(found.total.hub_gco2e.p5, rel=1e-9)
    assert pair.hub_gco2e is None
    assert pair.limits == ("handling is known for 0 orders of A and 2 of B, and the difference holds what is known",)


def test_a_leak_in_the_store_stays_constant() -> None:
    account = carbon.HubAccount(
        store_id="S",
        region="CN",
        first_day=DAY,
        last_day=DAY,
        left_kg={"ambient": 10.0},
        shared=carbon.Use(grid_kwh=2.0, refrigerants_kg={"gwp100_ar6_r_404a": 1e-4}),
    )
    report = carbon.footprint([ride("R", "A")], {}, OWN, hubs=[account])
    found = carbon.uncertainty(report, draws=400, seed=3)
    leaked_g = report.orders[0].hub_operation_gco2e
    assert leaked_g
    expected = np.quantile(0.2 * 1000 * Draws(400, 3).of(GRID) + leaked_g, LEVELS)
    assert found.orders[0].hub_gco2e is not None
    assert list(found.orders[0].hub_gco2e.model_dump().values()) == pytest.approx(expected, rel=1e-9)
    assert found.limits[0].startswith(f"{leaked_g:.1f} g of handling are no electricity")


def test_packaging_that_is_not_known_stays_constant_and_says_so() -> None:
    own = Packaging(name="own", pieces=(Piece(material="LDPE", mass_kg=0.02, production=LDPE.key),))
    report = carbon.footprint([ride("R", "A", "B")], {"A": own, "B": own}, OWN)
    stranger = carbon.uncertainty(report, draws=10)
    assert stranger.orders[0].packaging_gco2e.p5 == report.orders[0].packaging_gco2e
    assert stranger.limits == ("packaging 'own' of 59.3 g is not among the packagings given, so it stays constant",)
    assert LDPE.id in stranger.not_drawn
    other = carbon.uncertainty(report, {"own": carbon.DEFAULT_PACKAGING}, draws=10)
    assert other.limits == ("packaging 'own' of 59.3 g would be 35.6 g as given, so it stays constant",)
    known = carbon.uncertainty(report, {"own": own}, draws=2000)
    assert (known.limits, LDPE.id in known.ranged) == ((), True)
    spread = known.orders[0].packaging_gco2e
    assert 0.9 * 59.3 < spread.p5 < 59.3 < spread.p95 < 1.1 * 59.31


def test_recycled_material_is_drawn_by_its_own_factor() -> None:
    recycled = ranged(str(carbon.DEFAULT_PACKAGING.pieces[0].recycled), 0.5, 1.5)
    half = Packaging(
        name="half",
        pieces=(Piece(material="LDPE", mass_kg=0.02, production=LDPE.key, recycled=recycled.key, recycled_share=0.5),),
    )
    registry = carbon.bundled_registry().joined(Registry([recycled]))
    report = carbon.footprint([ride("R", "A")], {"A": half}, registry)
    found = carbon.uncertainty(report, {"half": half}, draws=300, seed=2)
    # 10 g of each, by factors in kg per tonne.
    drawn = 0.01 * carbon.bundled_registry().get(LDPE.key).value + 0.01 * Draws(300, 2).of(recycled)
    expected = np.quantile(drawn, LEVELS)
    assert list(found.orders[0].packaging_gco2e.model_dump().values()) == pytest.approx(expected, rel=1e-12)


def test_a_reusable_bag_is_drawn_by_its_uses_and_its_making() -> None:
    making = ranged("desnz_material_use_plastic_plastics_pp_incl_forming_primary_material_production", 0.9, 1.2)
    uses = ranged("base_case_uses_reusable_e_commerce_bag", 0.5, 2.0)
    bag = carbon.STANDARD_PACKAGING["reusable_bag"]
    assert bag.loop is not None
    washed = bag.model_copy(update={"loop": bag.loop.model_copy(update={"wash_gco2e": 5.0})})
    registry = carbon.bundled_registry().joined(Registry([making, uses]))
    report = carbon.footprint([ride("R", "A", "B")], {"A": washed, "B": carbon.STANDARD_PACKAGING["none"]}, registry)
    found = carbon.uncertainty(report, {**carbon.STANDARD_PACKAGING, "reusable_bag": washed}, draws=300, seed=2)
    draws = Draws(300, 2)
    drawn = 0.118 * draws.of(making) / draws.of(uses) + 5.0
    assert found.limits == ()
    expected = np.quantile(drawn, LEVELS)
    assert list(found.orders[0].packaging_gco2e.model_dump().values()) == pytest.approx(expected, rel=1e-9)
    assert set(found.orders[1].packaging_gco2e.model_dump().values()) == {0.0}


@pytest.mark.parametrize("name", list(carbon.STANDARD_PACKAGING))
def test_every_standard_packaging_can_be_drawn(name: str) -> None:
    report = carbon.footprint([ride("R", "A")], {"A": carbon.STANDARD_PACKAGING[name]})
    found = carbon.uncertainty(report, draws=10)
    assert found.limits == ()
    assert found.orders[0].packaging_gco2e.p50 == pytest.approx(report.orders[0].packaging_gco2e)


def test_a_report_over_no_orders_says_why_it_has_no_total() -> None:
    found = carbon.uncertainty(carbon.footprint([], {}), draws=10)
    assert (found.orders, found.rounds, found.stores, found.days, found.total) == ((), (), (), (), None)
    assert found.not_computable == "total is not computable because there are no orders"


def test_what_cannot_be_drawn_is_refused() -> None:
    report = carbon.footprint([ride("R", "A")], {})
    with pytest.raises(carbon.QuantityError, match="draws is 0"):
        carbon.uncertainty(report, draws=0)
    with pytest.raises(carbon.QuantityError, match="seed is -1"):
        carbon.paired(report, report, seed=-1)
    for update in ({"lower": 80.0}, {"upper": math.nan}, {"value": math.nan}):
        factors = tuple(f.model_copy(update=update) if f.key == "rider_mass" else f for f in report.factors)
        with pytest.raises(carbon.QuantityError, match="rider_mass"):
            carbon.uncertainty(report.model_copy(update={"factors": factors}), draws=10)
    few = tuple(factor for factor in report.factors if not factor.key.startswith("electricity"))
    with pytest.raises(carbon.MissingFactorError, match="electricity of round 'R'"):
        carbon.uncertainty(report.model_copy(update={"factors": few}), draws=10)
    with pytest.raises(carbon.AllocationError, match="round_id of order 'A'"):
        carbon.uncertainty(report.model_copy(update={"rounds": ()}), draws=10)
    with pytest.raises(carbon.AllocationError, match="orders of report_b is empty"):
        carbon.paired(report, carbon.footprint([], {}))


def test_a_round_cannot_be_ridden_in_negative_time_or_with_negative_load() -> None:
    with pytest.raises(carbon.QuantityError, match="load_kg of round 'R' is -1"):
        ride("R", "A", load_kg=-1, battery_wh=1)
    with pytest.raises(carbon.QuantityError, match="travel_s of round 'R' is -"):
        ride("R", "A", speed_mps=-1, battery_wh=1)


def test_a_report_is_no_better_than_itself() -> None:
    report = carbon.footprint([ride("R", "A")], {}, OWN)
    found = carbon.paired(report, report, draws=100)
    assert set(found.total_gco2e.model_dump().values()) == {0.0}
    assert (found.lower_share, found.orders_a, found.orders_b) == (0.0, 1, 1)


def test_a_pair_shares_its_draws_so_that_a_small_gain_is_a_sure_one() -> None:
    # Five per cent less riding on a grid known to -20 and +40 %: the two ranges overlap, their difference is never 0.
    long, short = (carbon.footprint([ride("R", "A", metres=metres)], {}, OWN) for metres in (8000.0, 7600.0))
    alone = [carbon.uncertainty(each, draws=1000).rounds[0].gco2e for each in (long, short)]
    assert alone[1].p95 > alone[0].p5
    found = carbon.paired(long, short, draws=1000)
    assert found.lower_share == 1.0
    assert found.total_gco2e.p95 < 0
    for level, mirrored in (("p5", "p95"), ("p50", "p50"), ("p95", "p5")):
        saved = getattr(found.transport_gco2e, level)
        assert saved == pytest.approx(-0.05 * getattr(alone[0], mirrored), rel=1e-9)
    assert set(found.packaging_gco2e.model_dump().values()) == {0.0}
    assert GRID.id in found.ranged


def test_an_e_bike_held_against_a_drone() -> None:
    wh = float(carbon.M100.battery_wh(2500, [0.5, 0.0], 10.0).sum())
    flown = carbon.footprint(
        [ride("R", "A", metres=5000, speed_mps=10, load_kg=0.25, vehicle_class="drone", battery_wh=wh)], {}
    )
    ridden = carbon.footprint([ride("R", "A", metres=5000)], {})
    found = carbon.paired(flown, ridden, draws=1000)
    assert found.lower_share == 1.0
    assert {"cda_e_bike@default@2020", "drone_cruise_height_above_take_off@default@undated"} <= set(found.ranged)
    back = carbon.paired(ridden, flown, draws=1000)
    assert back.total_gco2e.p95 == pytest.approx(-found.total_gco2e.p5, rel=1e-12)
    assert back.lower_share == 0.0


rides = st.lists(
    st.tuples(st.floats(100, 20_000), st.floats(2, 8), st.floats(0, 30), st.integers(1, 5), st.booleans()),
    min_size=1,
    max_size=6,
)


@settings(max_examples=30, deadline=None)
@given(rides, st.integers(0, 2**40))
def test_percentiles_ascend_within_the_ends_of_the_factors(
    drawn: list[tuple[float, float, float, int, bool]], seed: int
) -> None:
    made = [
        ride(f"R{i}", *(f"O{i}-{j}" for j in range(orders)), metres=m, speed_mps=v, load_kg=kg, told=told)
        for i, (m, v, kg, orders, told) in enumerate(drawn)
    ]
    report = carbon.footprint(made, {}, OWN)
    found = carbon.uncertainty(report, draws=40, seed=seed)
    assert found == carbon.uncertainty(report, draws=40, seed=seed)
    assert found.total is not None
    for order, made_order in zip(found.orders, report.orders, strict=True):
        for field in ("transport_gco2e", "packaging_gco2e", "total_gco2e"):
            spread = getattr(order, field)
            assert 0 <= spread.p5 <= spread.p50 <= spread.p95
            # Grid -20 to +40 %, charging -6 to +6 %, and no parameter of F8 is more than 21 % off, 9 or so together.
            assert 0.3 * getattr(made_order, field) < spread.p5
            assert spread.p95 < 3 * getattr(made_order, field)
    in_rounds = math.fsum(round_.gco2e.p50 for round_ in found.rounds)
    assert found.total.transport_gco2e.p50 == pytest.approx(in_rounds, rel=0.2)


def test_it_is_json_and_comes_back_the_same() -> None:
    found = carbon.uncertainty(carbon.footprint([ride("R", "A")], {}), draws=10)
    assert carbon.Uncertainty.model_validate_json(found.model_dump_json()) == found
    pair = carbon.paired(*[carbon.footprint([ride("R", "A")], {})] * 2, draws=10)
    assert carbon.Difference.model_validate_json(pair.model_dump_json()) == pair
