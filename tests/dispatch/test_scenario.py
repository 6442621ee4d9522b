import math

import pytest

import carbon
from dispatch import Comparison, PlanRequest, Scenario, Travel, compare, dinner_peak, plan
from dispatch.planner import assemble
from dispatch.problem import compile_problem
from dispatch.timetable import Routes, timetable
from maps import bundled_map, bundled_people
from tests.dispatch.build import NOW, drone, line, order, request, rider, sequences, store


def compared(
    asked: PlanRequest, routes: Routes, registry: carbon.Registry | None = None, **scenario: object
) -> Comparison:
    travel = Travel.of(asked)
    made = assemble(
        asked, travel, compile_problem(asked, travel), timetable(asked, travel, routes), None, engine="hand", seed=0
    )
    return compare(asked, made, Scenario.model_validate({"name": "what if"} | scenario), travel, registry)


BOTH = request(order("a", mass_kg=2.0), order("b", mass_kg=4.0), travel=line(100, 200))
ROUTE = {"r": sequences(["a", "b"])}
"""One e-bike rides 500 m to a, 500 m on to b and 1000 m home, at 5 m/s."""


def test_another_bag_changes_packaging_and_the_mass_carried() -> None:
    found = compared(BOTH, ROUTE, packaging="carton")
    carton, bag = carbon.STANDARD_PACKAGING["carton"], carbon.STANDARD_PACKAGING["ldpe_bag"]
    more = carbon.packaging_gco2e(carton).production_gco2e - carbon.packaging_gco2e(bag).production_gco2e
    assert [each.packaging_gco2e for each in found.orders] == pytest.approx([more, more], rel=1e-12)
    # 53 g more of packaging is no more to ride: the plan's energy counts goods alone; but it divides the round anew.
    assert found.transport_gco2e == pytest.approx(0, abs=1e-9)
    assert found.total_gco2e == pytest.approx(2 * more, rel=1e-9)


def test_another_vehicle_rides_the_same_trips() -> None:
    found = compared(BOTH, ROUTE, vehicle="moped")
    before, after = found.base.rounds[0], found.other.rounds[0]
    assert (before.vehicle_class, after.vehicle_class) == ("e_bike", "moped")
    assert before.distance_m == after.distance_m == 2000
    wh = carbon.MOPED.battery_wh([500, 500, 1000], [100, 100, 200], [6, 4, 0]).sum()
    assert after.battery_wh == pytest.approx(wh, rel=1e-12)
    assert math.fsum(each.transport_gco2e for each in found.orders) == pytest.approx(
        after.gco2e - before.gco2e, rel=1e-9
    )


def test_vans_go_by_the_kilometre() -> None:
    diesel = compared(BOTH, ROUTE, vehicle="diesel_van").other
    assert diesel.totals.transport_gco2e == pytest.approx(2 * (255.61 + 61.28), rel=1e-12)
    assert diesel.totals.operation_gco2e == pytest.approx(2 * 255.61, rel=1e-12)
    assert diesel.rounds[0].data_class == "default"
    electric = compared(BOTH, ROUTE, vehicle="electric_van").other
    # 0.06976 kg/km over 0.19553 kg/kWh of the UK, on Chile's 0.291113.
    assert electric.totals.transport_gco2e == pytest.approx(2 * 69.76 / 195.53 * 291.113, rel=1e-9)
    assert electric.rounds[0].data_class == "default"
    assert "desnz_freighting_goods_vans_average_up_to_3_5_tonnes_battery_electric_vehicle_per_km" in {
        factor.key for factor in electric.factors
    }
    petrol = compared(BOTH, ROUTE, vehicle="petrol_moped").other
    assert petrol.totals.transport_gco2e == pytest.approx(2 * 0.01922 * (2339.84 + 606.64), rel=1e-9)


def test_a_drone_flies_each_order_alone_and_leaves_what_is_too_heavy() -> None:
    found = compared(BOTH, ROUTE, vehicle="drone")
    assert found.kept == {"b": "4 kg; a drone carries 2.5 kg"}
    by_order = {order.order_id: order for order in found.other.orders}
    assert (by_order["a"].vehicle_class, by_order["b"].vehicle_class) == ("drone", "e_bike")
    assert [each.order_id for each in found.orders] == ["a", "b"]
    assert found.other.totals.orders == 2


def test_what_flies_already_flies_still_and_can_ride() -> None:
    asked = request(order("a"), riders=[], drones=[drone("d")], travel=line(100))
    again = compared(asked, {"d": sequences(["a"])}, vehicle="drone")
    assert (again.total_gco2e, again.kept) == (pytest.approx(0, abs=1e-12), {})
    ridden = compared(asked, {"d": sequences(["a"])}, vehicle="cargo_bike")
    assert ridden.other.rounds[0].vehicle_class == "cargo_bike"


def test_another_grid_scales_the_ride_and_nothing_else() -> None:
    found = compared(BOTH, ROUTE, region="CN")
    assert found.other.totals.transport_gco2e == pytest.approx(
        found.base.totals.transport_gco2e * 577.7 / 291.113, rel=1e-9
    )
    assert found.packaging_gco2e == 0
    with pytest.raises(carbon.MissingFactorError, match="'UY'"):
        compared(BOTH, ROUTE, region="UY")


def test_green_power_is_in_the_market_column_alone() -> None:
    wind = carbon.Factor(
        key="wind", name="wind park", value=0.0, unit="kgCO2e/kWh", gas="CO2e", region="CL",
        source="supplier", address="its statement", licence="own",
    )  # fmt: skip
    contract = carbon.Contract(
        instrument="wind contract", region="CL", share=0.5, factor="wind",
        evidence="statement 17", first_day=NOW.date(), last_day=NOW.date(),
    )  # fmt: skip
    registry = carbon.bundled_registry().joined(carbon.Registry([wind]))
    found = compared(BOTH, ROUTE, registry, contracts=[contract.model_dump()])
    assert found.total_gco2e == 0
    assert found.market_gco2e == pytest.approx(-found.base.totals.transport_gco2e / 2, rel=1e-9)
    assert compared(BOTH, ROUTE, region="CL").market_gco2e is None


def test_a_scenario_that_changes_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="'what if' changes nothing"):
        compared(BOTH, ROUTE)


def test_orders_of_two_stores_fly_from_their_own() -> None:
    asked = request(
        order("a"),
        order("b", store_id="t"),
        stores=[store("s"), store("t", location=(0.01, 0.0))],
        riders=[rider("r"), rider("q", store_id="t")],
        travel=line(10, 100, 200),
    )
    found = compared(asked, {"r": sequences(["a"]), "q": sequences(["b"], store_id="t")}, vehicle="drone")
    assert {round_.store_id for round_ in found.other.rounds} == {"s", "t"}


def test_a_dinner_peak_under_every_vehicle_keeps_its_orders() -> None:
    asked = dinner_peak(bundled_map(), bundled_people(), orders=12, riders=4, drones=1, seed=3)
    travel = Travel.of(asked)
    made = plan(asked, engine="greedy", travel=travel)
    served = {stop.order_id for trip in made.trips for stop in trip.stops}
    grams = {}
    for vehicle in ("e_bike", "moped", "cargo_bike", "drone", "diesel_van", "electric_van", "petrol_moped"):
        found = compare(asked, made, Scenario(name=vehicle, vehicle=vehicle), travel)
        assert {each.order_id for each in found.orders} == served
        assert found.base.totals.total_gco2e + found.total_gco2e == pytest.approx(
            found.other.totals.total_gco2e, rel=1e-9
        )
        grams[vehicle] = found.other.totals.transport_gco2e
    assert grams["e_bike"] < grams["moped"] < grams["electric_van"] < grams["diesel_van"]
