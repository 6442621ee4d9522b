import json
import math
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import carbon
from carbon import Round, RoundStop

DAY = date(2026, 5, 1)


def round_of(  # a round is these things
    id: str,  # noqa: A002 - the field's name
    *stops: tuple[str, float | None, float],
    battery_wh: float = 76.5,
    region: str = "CL",
    vehicle_class: str = "e_bike",
    started_on: date = DAY,
) -> Round:
    return Round(
        id=id,
        store_id="S",
        region=region,
        vehicle_id=f"V-{vehicle_class}",
        vehicle_class=vehicle_class,
        started_on=started_on,
        distance_m=8000,
        battery_wh=battery_wh,
        stops=tuple(RoundStop(order_id=name, mass_kg=mass, distance_m=metres) for name, mass, metres in stops),
    )


def test_by_hand() -> None:
    # 76.5 Wh from the battery are 0.1 kWh from the grid, 29.1113 g in Chile; 1 kg x 1 km against 3 kg x 1 km.
    report = carbon.footprint(
        [round_of("R1", ("A", 1.0, 1000.0), ("B", 3.0, 1000.0))],
        {"A": carbon.STANDARD_PACKAGING["ldpe_bag"], "B": carbon.STANDARD_PACKAGING["none"]},
    )
    (round_,), (a, b) = report.rounds, report.orders
    assert round_.grid_kwh == pytest.approx(0.1, rel=1e-12)
    assert round_.gco2e == pytest.approx(29.1113, rel=1e-12)
    assert (round_.operation_gco2e, round_.energy_provision_gco2e) == (0, round_.gco2e)
    assert round_.activity_tkm == 0.004
    assert round_.gco2e_per_tkm == pytest.approx(29.1113 / 0.004, rel=1e-12)
    assert round_.gco2e_per_order == pytest.approx(29.1113 / 2, rel=1e-12)
    assert (a.transport_gco2e, b.transport_gco2e) == pytest.approx((29.1113 / 4, 29.1113 * 3 / 4), rel=1e-12)
    assert a.intensity_gco2e_per_tkm == pytest.approx(round_.gco2e_per_tkm, rel=1e-12)
    assert a.packaging_gco2e == pytest.approx(0.012 * 2965.0779, rel=1e-12)
    assert (b.packaging_gco2e, b.total_gco2e) == (0, b.transport_gco2e)
    totals = report.totals
    assert totals.total_gco2e == pytest.approx(29.1113 + 35.5809348, rel=1e-12)
    assert totals.gco2e_per_order == pytest.approx(totals.total_gco2e / 2, rel=1e-12)
    assert (totals.first_day, totals.last_day, totals.not_computable) == (DAY, DAY, None)


rounds = st.lists(
    st.tuples(
        st.floats(1e-6, 5000),
        st.sampled_from(["CL", "CN-GD", "BR"]),
        st.sampled_from(["e_bike", "drone"]),
        st.lists(st.tuples(st.none() | st.floats(0.01, 50), st.floats(0, 6000)), min_size=1, max_size=6),
    ),
    min_size=1,
    max_size=8,
)


@given(rounds)
def test_orders_add_up_to_rounds_and_nothing_is_negative(
    drawn: list[tuple[float, str, str, list[tuple[float | None, float]]]],
) -> None:
    made = [
        round_of(
            f"R{i}",
            *((f"O{i}-{j}", kg, m) for j, (kg, m) in enumerate(stops)),
            battery_wh=wh,
            region=region,
            vehicle_class=kind,
        )
        for i, (wh, region, kind, stops) in enumerate(drawn)
    ]
    report = carbon.footprint(made, {})
    for round_ in report.rounds:
        own = [order for order in report.orders if order.round_id == round_.round_id]
        assert math.fsum(order.transport_gco2e for order in own) == pytest.approx(round_.gco2e, rel=1e-9)
    orders, totals = report.orders, report.totals
    assert math.fsum(order.transport_gco2e for order in orders) == pytest.approx(totals.transport_gco2e, rel=1e-9)
    assert math.fsum(order.total_gco2e for order in orders) == pytest.approx(totals.total_gco2e, rel=1e-9)
    assert math.fsum(each.gco2e for each in report.vehicle_classes) == pytest.approx(totals.transport_gco2e, rel=1e-9)
    assert sum(each.orders for each in report.vehicle_classes) == totals.orders == len(orders)
    assert min(order.transport_gco2e for order in orders) >= 0
    assert min(order.packaging_gco2e for order in orders) >= 0


def test_it_can_say_that_a_drone_is_worse_than_an_e_bike() -> None:
    # The same half kilogram to the same door 2.5 km away: by bicycle at 20 km/h and by air at 12 m/s, home empty.
    ridden = carbon.E_BIKE.battery_wh(2500, 450, [0.5, 0.0]).sum()
    flown = carbon.M100.battery_wh(2500, [0.5, 0.0], 12.0).sum()
    report = carbon.footprint(
        [
            round_of("R1", ("A", 0.5, 2500.0), battery_wh=float(ridden), region="CN-GD"),
            round_of("R2", ("B", 0.5, 2500.0), battery_wh=float(flown), region="CN-GD", vehicle_class="drone"),
        ],
        {},
    )
    drone, bike = report.vehicle_classes
    assert (drone.vehicle_class, bike.vehicle_class) == ("drone", "e_bike")
    assert drone.gco2e_per_order > 1.5 * bike.gco2e_per_order
    (said,) = report.findings
    assert said.startswith("drone: ")
    assert f"{drone.gco2e_per_order / bike.gco2e_per_order:.1f} times e_bike" in said


def test_findings_put_the_cleanest_first_whichever_it_is() -> None:
    both = [
        round_of("R1", ("A", 1.0, 1.0), battery_wh=90.0),
        round_of("R2", ("B", 1.0, 1.0), battery_wh=30.0, vehicle_class="drone"),
    ]
    assert carbon.footprint(both, {}).findings == (
        "e_bike: 34.2 gCO2e of transport an order, 3.0 times drone (11.4 gCO2e)",
    )
    assert carbon.footprint(both[:1], {}).findings == ()
    idle = round_of("R2", ("B", 1.0, 1.0), vehicle_class="drone")
    nothing = [both[0], Round.model_validate(dict(idle) | {"battery_wh": 0.0, "data_class": "primary"})]
    assert "more than drone (0.0 gCO2e)" in carbon.footprint(nothing, {}).findings[0]


def test_every_factor_used_is_cited_whole() -> None:
    report = carbon.footprint([round_of("R1", ("A", 1.0, 1000.0)), round_of("R2", ("B", 1.0, 1000.0), region="CN")], {})
    keys = {factor.key for factor in report.factors}
    assert {"electricity_generation_intensity", "electricity_life_cycle_footprint_factor", "charger_efficiency"} <= keys
    assert set(carbon.E_BIKE.factor_keys.values()) <= keys
    assert not set(carbon.M100.factor_keys.values()) & keys
    assert {factor.id for factor in carbon.packaging_factors(carbon.DEFAULT_PACKAGING)} <= {
        f.id for f in report.factors
    }
    assert len({factor.id for factor in report.factors}) == len(report.factors)
    assert {round_.electricity for round_ in report.rounds} <= {factor.id for factor in report.factors}
    assert report.method.alignment == "aligned with ISO 14083:2023"
    assert report.method.distance_types == ("SFD",)
    assert {order.distance_type for order in report.orders} == {"SFD"}
    assert report.method.gwp_sets == ("AR5", "not stated")
    assert any("offsets" in each for each in report.method.exclusions)


def test_a_metered_round_cites_no_model_and_a_class_of_ones_own_needs_none() -> None:
    metered = round_of("R1", ("A", 1.0, 1000.0)).model_copy(update={"data_class": "primary"})
    rickshaw = round_of("R2", ("B", 1.0, 1000.0), vehicle_class="rickshaw")
    report = carbon.footprint([metered, rickshaw], {})
    assert not {factor.key for factor in report.factors} & set(carbon.E_BIKE.factor_keys.values())
    assert [order.data_class for order in report.orders] == ["primary", "modelled"]


def test_the_empty_way_home_is_in_the_round() -> None:
    out_wh, home_wh = carbon.E_BIKE.battery_wh(1000, 200, np.array([5.0, 0.0]))
    whole = carbon.footprint([round_of("R1", ("A", 5.0, 1000.0), battery_wh=float(out_wh + home_wh))], {})
    out = carbon.footprint([round_of("R1", ("A", 5.0, 1000.0), battery_wh=float(out_wh))], {})
    assert 1.9 < whole.orders[0].transport_gco2e / out.orders[0].transport_gco2e < 2


def test_assumed_packaging_says_so() -> None:
    report = carbon.footprint(
        [round_of("R1", ("A", 1.0, 1.0), ("B", 1.0, 1.0))],
        {"A": carbon.DEFAULT_PACKAGING, "Z": carbon.DEFAULT_PACKAGING},
    )
    assert [order.packaging_data_class for order in report.orders] == ["modelled", "default"]
    assert [order.packaging for order in report.orders] == ["ldpe_bag", "ldpe_bag"]


def test_the_fallback_is_carried_into_the_report() -> None:
    report = carbon.footprint([round_of("R1", ("A", None, 1000.0), ("B", 2.0, 1000.0))], {})
    assert report.rounds[0].method_reason == "mass unknown for 1 of 2 orders"
    assert report.rounds[0].gco2e_per_tkm is None
    assert report.vehicle_classes[0].gco2e_per_tkm is None
    assert [order.method for order in report.orders] == ["shipments", "shipments"]
    assert [order.intensity_gco2e_per_tkm is None for order in report.orders] == [True, False]


def test_a_report_over_no_orders_says_so_and_gives_no_mean() -> None:
    report = carbon.footprint([], {})
    assert (report.orders, report.rounds, report.factors) == ((), (), ())
    assert report.totals.gco2e_per_order is None
    assert "because there are no orders" in str(report.totals.not_computable)
    assert report.totals.first_day is None


def test_what_cannot_be_accounted_for_is_refused() -> None:
    with pytest.raises(carbon.MissingFactorError, match="'UY'"):
        carbon.footprint([round_of("R1", ("A", 1.0, 1.0), region="UY")], {})
    with pytest.raises(carbon.AllocationError, match="'A' is in round 'R1' and in round 'R2'"):
        carbon.footprint([round_of("R1", ("A", 1.0, 1.0)), round_of("R2", ("A", 1.0, 1.0))], {})
    with pytest.raises(carbon.AllocationError, match="'R1' twice"):
        carbon.footprint([round_of("R1", ("A", 1.0, 1.0)), round_of("R1", ("B", 1.0, 1.0))], {})


def test_a_co2_only_grid_is_refused() -> None:
    co2 = carbon.Factor(
        key="electricity_generation_intensity", name="own", value=0.3, unit="kgCO2/kWh", gas="CO2", region="UY",
        source="own", address="own", licence="own",
    )  # fmt: skip
    registry = carbon.bundled_registry().joined(carbon.Registry([co2]))
    with pytest.raises(carbon.MixedGasError):
        carbon.footprint([round_of("R1", ("A", 1.0, 1.0), region="UY")], {}, registry)


def test_the_report_is_json_and_comes_back_the_same() -> None:
    report = carbon.footprint([round_of("R1", ("A", 1.5, 1234.5), ("B", None, 10.0))], {})
    assert carbon.Report.model_validate_json(report.model_dump_json()) == report
    assert json.loads(report.model_dump_json())["rounds"][0]["started_on"] == "2026-05-01"


def account(**changes: object) -> carbon.HubAccount:
    return carbon.HubAccount.model_validate(
        {
            "store_id": "S",
            "region": "CL",
            "first_day": date(2026, 1, 1),
            "last_day": date(2026, 12, 31),
            "left_kg": {"ambient": 1000.0, "chilled": 1000.0},
            "own": {"chilled": carbon.Use(grid_kwh=100.0, refrigerants_kg={"gwp100_ar6_r_404a": 0.001})},
            "shared": carbon.Use(grid_kwh=100.0),
        }
        | changes
    )


def chilled(name: str, mass_kg: float | None) -> RoundStop:
    return RoundStop(order_id=name, mass_kg=mass_kg, distance_m=1000.0, zone="chilled")


def test_handling_is_in_the_total_and_the_market_is_not() -> None:
    round_ = round_of("R1", ("A", 2.0, 1000.0))
    round_ = Round.model_validate(dict(round_) | {"stops": (*round_.stops, chilled("B", 2.0), chilled("C", None))})
    wind = carbon.Factor(
        key="wind", name="wind", value=0.0, unit="kgCO2e/kWh", gas="CO2e", region="CL",
        source="own", address="own", licence="own",
    )  # fmt: skip
    contract = carbon.Contract(
        instrument="wind contract", region="CL", share=0.5, factor="wind", evidence="17",
        first_day=date(2026, 1, 1), last_day=date(2026, 12, 31),
    )  # fmt: skip
    registry = carbon.bundled_registry().joined(carbon.Registry([wind]))
    report = carbon.footprint([round_], {}, registry, hubs=[account()], contracts=[contract])
    a, b, c = report.orders
    assert a.hub_gco2e == pytest.approx(2 * 50 * 0.291113, rel=1e-12)
    assert b.hub_gco2e == pytest.approx(2 * (150 * 0.291113 + 4.728), rel=1e-12)
    assert b.hub_operation_gco2e == pytest.approx(2 * 4.728, rel=1e-12)
    assert (c.hub_gco2e, report.totals.orders_without_hub) == (None, 1)
    assert report.method.exclusions[-1].startswith("energy and refrigerants of store S for 1 order:")
    totals = report.totals
    assert totals.hub_gco2e == pytest.approx(a.hub_gco2e + b.hub_gco2e, rel=1e-12)
    assert totals.total_gco2e == pytest.approx(
        totals.transport_gco2e + totals.hub_gco2e + totals.packaging_gco2e, rel=1e-12
    )
    assert math.fsum(order.total_gco2e for order in report.orders) == pytest.approx(totals.total_gco2e, rel=1e-9)
    assert totals.market_gco2e == pytest.approx(totals.transport_gco2e / 2, rel=1e-12)
    assert math.fsum(order.market_gco2e or 0 for order in report.orders) == pytest.approx(totals.market_gco2e, rel=1e-9)
    assert report.rounds[0].market_rest == "location-based"
    assert "wind contract (17); what they do not cover: location-based" in report.method.market
    assert {"wind", "gwp100_ar6_r_404a"} <= {factor.key for factor in report.factors}
    (category,) = report.categories
    assert (category.zone, category.market_gco2e) == ("mixed", totals.market_gco2e)
    # Half the store's power is wind too: 50 kWh a tonne of its own grid, halved; refrigerant leaks as before.
    assert a.hub_market_gco2e == pytest.approx(2 * 25 * 0.291113, rel=1e-12)
    assert totals.hub_market_gco2e == pytest.approx(a.hub_market_gco2e + 2 * (75 * 0.291113 + 4.728), rel=1e-12)
    assert a.gwp_sets == ("AR5", "AR6", "not stated")
    assert report.rounds[0].gwp_sets == ("not stated",)


def test_without_accounts_and_contracts_both_columns_are_empty_and_say_why() -> None:
    report = carbon.footprint([round_of("R1", ("A", 2.0, 1000.0))], {})
    assert (report.totals.hub_gco2e, report.totals.market_gco2e, report.hubs) == (None, None, ())
    assert report.orders[0].hub_gco2e is None
    assert report.method.market.startswith("no market-based column")


def test_a_day_has_one_account_of_a_store() -> None:
    later = account(first_day=date(2026, 12, 31), last_day=date(2027, 6, 1))
    with pytest.raises(carbon.AllocationError, match="within the account that ends on 2026-12-31"):
        carbon.footprint([round_of("R1", ("A", 2.0, 1000.0))], {}, hubs=[account(), later])


def test_a_meter_overrides_the_model_and_the_charging_losses() -> None:
    metered = Round.model_validate(dict(round_of("R1", ("A", 1.0, 1000.0))) | {"meter_kwh": 0.2})
    report = carbon.footprint([metered, round_of("R2", ("B", 1.0, 1000.0))], {})
    first, second = report.rounds
    assert (first.grid_kwh, first.data_class) == (0.2, "primary")
    assert first.gco2e == pytest.approx(0.2 * 291.113, rel=1e-12)
    assert second.data_class == "modelled"
    assert report.totals.primary_share == pytest.approx(2 / 3, rel=1e-12)
    alone = carbon.footprint([metered], {})
    assert alone.totals.primary_share == 1
    assert "charger_efficiency" not in {factor.key for factor in alone.factors}
    assert not {factor.key for factor in alone.factors} & set(carbon.E_BIKE.factor_keys.values())
    with pytest.raises(carbon.QuantityError, match="has counted every run already"):
        metered.with_empty_run(100.0, 1.0)


DIESEL = carbon.Fuel(
    amount=4.8,
    unit="litres",
    operation="desnz_fuels_liquid_fuels_diesel_average_biofuel_blend",
    provision="desnz_wtt_fuels_liquid_fuels_diesel_average_biofuel_blend",
)


def van(**changes: object) -> Round:
    made = round_of("V1", ("A", 1.0, 1000.0), vehicle_class="van")
    own = {"battery_wh": 0.0, "fuels": (DIESEL,), "data_class": "primary"}
    return Round.model_validate(dict(made) | own | changes)


def test_a_van_burns_in_operation_and_its_diesel_is_made_in_provision() -> None:
    (round_,) = carbon.footprint([van()], {}).rounds
    assert round_.operation_gco2e == pytest.approx(4.8 * 2570.82, rel=1e-12)
    assert round_.energy_provision_gco2e == pytest.approx(4.8 * 611.01, rel=1e-12)
    assert round_.fuel_provision_gco2e == round_.energy_provision_gco2e
    assert round_.gco2e == pytest.approx(4.8 * 3181.83, rel=1e-12)


def test_w6_the_published_refrigerant() -> None:
    """UBA/CLECAT Guide: 1.7788 kg R-452A at 2291.6 are 4,076 kg; over 1.8 M t.km 2.26 g. 5.5 kg x 32.5 % = 1.7875."""
    registry = carbon.bundled_registry()
    made = van(
        fuels=(),
        refrigerants_kg={"gwp100_ar6_r_452a": 1.7788},
        stops=(RoundStop(order_id="A", mass_kg=1.8e6, distance_m=1e6),),
    )
    (round_,) = carbon.footprint([made], {}).rounds
    assert round(round_.refrigerant_gco2e / 1000) == 4076
    assert round_.operation_gco2e == round_.refrigerant_gco2e
    assert round_.activity_tkm == pytest.approx(1.8e6, rel=1e-12)
    assert round(round_.gco2e_per_tkm or 0, 2) == 2.26
    charge = registry.get("refrigerated_truck_unit_charge").value
    assert charge * registry.get("refrigerated_truck_annual_loss_rate").value == pytest.approx(1.7875, rel=1e-12)


def test_an_empty_run_belongs_to_a_round() -> None:
    made = Round.model_validate(dict(round_of("R1", ("A", 1.0, 1000.0))) | {"empty_distance_m": 4000.0})
    more = made.with_empty_run(1000.0, 7.65)
    assert (more.distance_m, more.empty_distance_m, more.battery_wh) == (9000.0, 5000.0, pytest.approx(84.15))
    assert round_of("R1", ("A", 1.0, 1.0)).with_empty_run(1.0, 1.0).empty_distance_m is None
    before, after = (carbon.footprint([each], {}).totals.transport_gco2e for each in (made, more))
    assert after == pytest.approx(before * 1.1, rel=1e-12)
    with pytest.raises(carbon.QuantityError, match="battery_wh of it is -1"):
        made.with_empty_run(1.0, -1.0)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"distance_m": 0.0}, "is 0, but it used energy"),
        ({"distance_m": 0.0, "battery_wh": 0.0, "meter_kwh": 1.0}, "is 0, but it used energy"),
        ({"distance_m": 0.0, "battery_wh": 0.0}, "order 'A' is not at the store"),
        ({"battery_wh": 0.0}, "is 0 over 8000 m, which no model gives"),
        ({"empty_distance_m": 9000.0}, "more than its distance_m"),
        ({"meter_kwh": -1.0}, "meter_kwh of round 'R1' is -1"),
        ({"refrigerants_kg": {"gwp100_ar6_r_404a": -1.0}}, "refrigerants_kg"),
    ],
)
def test_rounds_that_cannot_be_are_refused(changes: dict[str, object], said: str) -> None:
    with pytest.raises(carbon.QuantityError, match=said):
        Round.model_validate(dict(round_of("R1", ("A", 1.0, 1000.0))) | changes)


def test_a_round_of_no_metres_to_the_store_itself_is_divided_equally_and_says_so() -> None:
    made = Round.model_validate(
        dict(round_of("R1", ("A", 1.0, 0.0), ("B", 3.0, 0.0))) | {"distance_m": 0.0, "battery_wh": 0.0}
    )
    report = carbon.footprint([made], {})
    assert "at the store" in str(report.rounds[0].method_reason)
    assert report.rounds[0].gco2e_per_tkm is None
    assert [order.intensity_gco2e_per_tkm for order in report.orders] == [None, None]


def test_a_drone_that_carries_more_than_its_model_has_seen_says_so() -> None:
    light = round_of("R1", ("A", 0.5, 1000.0), vehicle_class="drone")
    heavy = round_of("R2", ("B", 0.4, 1000.0), ("C", 0.2, 1000.0), vehicle_class="drone")
    assert carbon.footprint([light], {}).method.models == carbon.footprint([], {}).method.models
    assert carbon.footprint([light, heavy], {}).method.models[-1] == (
        "drone: 1 round left with more than the 0.5 kg of the flights behind the model"
    )


def own(key: str, value: float, **changes: object) -> carbon.Factor:
    return carbon.Factor.model_validate(
        {
            "key": key,
            "name": key,
            "value": value,
            "unit": "kgCO2e/kg",
            "gas": "CO2e",
            "region": "CL",
            "source": "own",
            "address": "own",
            "licence": "own",
        }
        | changes
    )


OVER = {"valid_from": date(2020, 1, 1), "valid_to": date(2020, 12, 31)}
MADE = own("board_of_my_own", 2.0)


def boxed(**changes: object) -> carbon.Packaging:
    piece = carbon.Piece.model_validate(
        {"material": "board", "mass_kg": 0.1, "production": "board_of_my_own"} | changes
    )
    return carbon.Packaging(name="box", pieces=(piece,))


@pytest.mark.parametrize(
    ("factors", "round_changes", "packed"),
    [
        ([MADE.model_copy(update=OVER)], {}, {"A": boxed()}),
        ([MADE, own("end", 1.0, **OVER)], {}, {"A": boxed(end_of_life={"end": 1.0})}),
        ([own("gas", 5.0, **OVER)], {"refrigerants_kg": {"gas": 0.1}}, {}),
        (
            [own("petrol", 3.0, unit="kgCO2e/l", **OVER)],
            {"fuels": (carbon.Fuel(amount=1, unit="l", operation="petrol", provision="petrol"),)},
            {},
        ),
        ([own("charger_efficiency", 0.9, unit="-", gas=None, **OVER)], {}, {}),
        ([own("electricity_generation_intensity", 0.2, unit="kgCO2e/kWh", **OVER)], {}, {}),
    ],
)
def test_no_figure_is_made_with_a_factor_out_of_its_validity(
    factors: list[carbon.Factor], round_changes: dict[str, object], packed: dict[str, carbon.Packaging]
) -> None:
    registry = carbon.bundled_registry().joined(carbon.Registry(factors))
    made = Round.model_validate(dict(round_of("R1", ("A", 1.0, 1000.0))) | round_changes)
    with pytest.raises(carbon.ExpiredFactorError, match=r"2026-05-01.*2020-01-01 to 2020-12-31"):
        carbon.footprint([made], packed, registry)


def test_a_factor_of_the_rounds_own_place_is_taken() -> None:
    mine = carbon.Registry(
        [
            own("charger_efficiency", 0.5, unit="-", gas=None, region="CL"),
            own("electricity_generation_intensity", 0.1, unit="kgCO2e/kWh", region="CN-GD", year=2025),
        ]
    )
    registry = carbon.bundled_registry().joined(mine)
    here, there = (
        carbon.footprint([round_of("R1", ("A", 1.0, 1000.0), region=region)], {}, registry).rounds[0]
        for region in ("CL", "CN-GD")
    )
    assert here.grid_kwh == pytest.approx(0.0765 / 0.85 / 0.5, rel=1e-12)
    assert there.grid_kwh == pytest.approx(0.0765 / 0.85 / 0.9, rel=1e-12)
    assert there.gco2e == pytest.approx(there.grid_kwh * 100, rel=1e-12)


def test_an_older_round_has_the_factor_of_its_year() -> None:
    emitted = [
        carbon.footprint([round_of("R1", ("A", 1.0, 1.0), region="CN", started_on=day)], {}).rounds[0].electricity
        for day in (date(2019, 1, 1), date(2023, 6, 1), date(2024, 6, 1), date(2026, 6, 1))
    ]
    assert [each.split("@")[-1] for each in emitted] == ["2023", "2023", "2024", "2024"]


def test_end_of_life_is_in_the_packaging_where_a_route_is_given() -> None:
    registry = carbon.bundled_registry().joined(carbon.Registry([MADE, own("end", 1.0)]))
    packed = {"A": boxed(end_of_life={"end": 0.5}), "B": boxed()}
    report = carbon.footprint([round_of("R1", ("A", 1.0, 1.0), ("B", 1.0, 1.0))], packed, registry)
    a, b = report.orders
    assert (a.packaging_gco2e, a.packaging_end_of_life_gco2e) == pytest.approx((250.0, 50.0), rel=1e-12)
    assert (b.packaging_gco2e, b.packaging_end_of_life_gco2e) == (pytest.approx(200.0), None)
    assert a.total_gco2e == pytest.approx(a.transport_gco2e + 250.0, rel=1e-12)
    lines = {line.category: line.gco2e for line in carbon.scope_map(report)}
    assert (lines[1], lines[12]) == pytest.approx((400.0, 50.0), rel=1e-12)
    assert math.fsum(line.gco2e for line in carbon.scope_map(report)) == pytest.approx(report.totals.total_gco2e)


def test_a_tiny_activity_has_no_intensity_rather_than_an_infinite_one() -> None:
    report = carbon.footprint([round_of("R1", ("A", 1.0, 1e-305))], {})
    assert report.rounds[0].gco2e_per_tkm is None
    assert (report.orders[0].intensity_gco2e_per_tkm, report.orders[0].category_gco2e) == (None, None)
