import math
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

import carbon
from carbon import Round, RoundStop


def round_of(number: int, day: date = date(2026, 5, 1), **changes: object) -> Round:
    return Round.model_validate(
        {
            "id": f"R{number}",
            "store_id": "S",
            "region": "CL",
            "vehicle_id": "V",
            "vehicle_class": "e_bike",
            "started_on": day,
            "distance_m": 4000.0,
            "battery_wh": 76.5,
            "stops": (RoundStop(order_id=f"O{number}", mass_kg=2.0, distance_m=1500.0),),
        }
        | changes
    )


KINDS = [
    ("S / drone", "ambient / GCD"),
    ("S / e_bike", "ambient / SFD"),
    ("S / e_bike", "chilled / SFD"),
    ("T / e_bike", "ambient / SFD"),
]


def test_rounds_of_one_kind_are_one_category() -> None:
    rounds = [
        round_of(1, empty_distance_m=2000.0),
        round_of(2, empty_distance_m=1500.0, day=date(2026, 5, 3)),
        round_of(3, vehicle_class="drone", distance_type="GCD"),
        round_of(4, store_id="T"),
        round_of(5, stops=(RoundStop(order_id="O5", mass_kg=1.0, distance_m=1.0, zone="chilled"),)),
    ]
    found = {category.id: category for category in carbon.footprint(rounds, {}).categories}
    assert list(found) == [f"{kind} / electricity / {rest}" for kind, rest in KINDS]
    both = found["S / e_bike / electricity / ambient / SFD"]
    assert (both.rounds, both.orders, both.distance_m, both.empty_distance_m) == (2, 2, 8000.0, 3500.0)
    assert (both.first_day, both.last_day) == (date(2026, 5, 1), date(2026, 5, 3))
    assert both.activity_tkm == pytest.approx(0.006, rel=1e-12)
    assert both.gco2e == pytest.approx(2 * 29.1113, rel=1e-12)
    assert both.gco2e_per_tkm == pytest.approx(58.2226 / 0.006, rel=1e-12)
    assert both.gco2e_per_order == pytest.approx(29.1113, rel=1e-12)
    assert found["T / e_bike / electricity / ambient / SFD"].empty_distance_m is None
    assert both.primary_share == 0


drawn = st.lists(
    st.tuples(
        st.sampled_from(["S", "T"]),
        st.sampled_from(["e_bike", "moped"]),
        st.floats(1e-6, 2000),
        st.lists(st.tuples(st.floats(0.1, 20), st.floats(10, 5000)), min_size=1, max_size=5),
    ),
    min_size=1,
    max_size=8,
)


@given(drawn)
def test_all_three_views_carry_the_whole_category(
    rounds: list[tuple[str, str, float, list[tuple[float, float]]]],
) -> None:
    made = [
        round_of(
            number,
            store_id=store,
            vehicle_class=kind,
            battery_wh=wh,
            stops=tuple(
                RoundStop(order_id=f"{number}-{i}", mass_kg=kg, distance_m=m) for i, (kg, m) in enumerate(stops)
            ),
        )
        for number, (store, kind, wh, stops) in enumerate(rounds)
    ]
    report = carbon.footprint(made, {})
    names = {round_.round_id: round_.category for round_ in report.rounds}
    for category in report.categories:
        own = [order for order in report.orders if names[order.round_id] == category.id]
        for view in ("transport_gco2e", "category_gco2e", "parcel_gco2e"):
            assert math.fsum(getattr(order, view) for order in own) == pytest.approx(category.gco2e, rel=1e-9), view
    assert math.fsum(category.gco2e for category in report.categories) == pytest.approx(
        report.totals.transport_gco2e, rel=1e-9
    )


def test_what_moves_by_another_energy_is_another_category() -> None:
    petrol = carbon.Fuel(
        amount=1.0,
        unit="litres",
        operation="desnz_fuels_liquid_fuels_petrol_100_mineral_petrol",
        provision="desnz_wtt_fuels_liquid_fuels_petrol_100_mineral_petrol",
    )
    report = carbon.footprint(
        [round_of(1, vehicle_class="moped"), round_of(2, vehicle_class="moped", battery_wh=0.0, fuels=(petrol,))], {}
    )
    assert [category.energy for category in report.categories] == [petrol.operation, "electricity"]
    odd = [round_of(1, store_id="S / x", vehicle_class="y"), round_of(2, store_id="S", vehicle_class="x / y")]
    assert len(carbon.footprint(odd, {}).categories) == 2


def test_a_category_has_no_intensity_without_the_mass_of_every_order() -> None:
    unknown = round_of(2, stops=(RoundStop(order_id="B", mass_kg=None, distance_m=1.0),))
    report = carbon.footprint([round_of(1), unknown], {})
    (category,) = report.categories
    assert (category.activity_tkm, category.gco2e_per_tkm) == (None, None)
    assert category.not_computable == ("gco2e_per_tkm is not computable because a mass is unknown in 1 of 2 rounds")
    assert [order.category_gco2e for order in report.orders] == [None, None]


def test_activity_on_another_distance_is_refused() -> None:
    (category,) = carbon.footprint([round_of(1)], {}).categories
    with pytest.raises(carbon.DistanceTypeError, match="intensity is SFD and of the activity GCD"):
        category.element_gco2e(carbon.Activity.of(1, 1, "GCD"))


def test_a_period_is_at_most_a_year() -> None:
    assert len(carbon.footprint([round_of(1), round_of(2, day=date(2027, 4, 30))], {}).categories) == 1
    with pytest.raises(carbon.AllocationError, match="2026-05-01 to 2027-05-01"):
        carbon.footprint([round_of(1), round_of(2, day=date(2027, 5, 1))], {})
    leap = date(2028, 2, 29)
    assert len(carbon.footprint([round_of(1, day=leap), round_of(2, day=date(2029, 2, 28))], {}).categories) == 1
    with pytest.raises(carbon.AllocationError, match="2028-02-29 to 2029-03-01"):
        carbon.footprint([round_of(1, day=leap), round_of(2, day=date(2029, 3, 1))], {})


def test_the_scope_map_adds_up_to_the_report() -> None:
    diesel = carbon.Fuel(
        amount=1,
        unit="litres",
        operation="desnz_fuels_liquid_fuels_diesel_average_biofuel_blend",
        provision="desnz_wtt_fuels_liquid_fuels_diesel_average_biofuel_blend",
    )
    hub = carbon.HubAccount(
        store_id="S",
        region="CL",
        first_day=date(2026, 1, 1),
        last_day=date(2026, 12, 31),
        left_kg={"ambient": 1000.0},
        shared=carbon.Use(grid_kwh=100.0, refrigerants_kg={"gwp100_ar6_r_404a": 0.001}),
    )
    rounds = [
        round_of(1),
        round_of(2, operator="hired"),
        round_of(3, vehicle_class="van", battery_wh=0, fuels=(diesel,)),
    ]
    report = carbon.footprint(rounds, {}, hubs=[hub])
    lines = carbon.scope_map(report)
    assert math.fsum(line.gco2e for line in lines) == pytest.approx(report.totals.total_gco2e, rel=1e-12)
    found = {(line.scope, line.category, line.what.split(":")[0]): line.gco2e for line in lines}
    assert found[1, None, "own vehicles"] == pytest.approx(2570.82, rel=1e-12)
    assert found[3, 3, "own vehicles"] == pytest.approx(611.01, rel=1e-12)
    assert found[2, None, "own vehicles"] == pytest.approx(29.1113, rel=1e-12)
    assert found[3, 4, "hired vehicles"] == pytest.approx(29.1113, rel=1e-12)
    assert found[1, None, "stores"] == pytest.approx(6 * 4.728, rel=1e-12)
    assert found[2, None, "stores"] == pytest.approx(6 * 29.1113, rel=1e-12)
    assert found[3, 1, "packaging"] == pytest.approx(report.totals.packaging_gco2e, rel=1e-12)
