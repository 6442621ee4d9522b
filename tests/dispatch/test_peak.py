"""The demo's dinner peak on the bundled city: drawn, planned, drawn as GeoJSON and accounted for."""

import json

import pytest

import maps
from dispatch import Plan, PlanRequest, Travel, check, dinner_peak, draw, footprint, plan
from dispatch.sphere import great_circle_m

NETWORK, PEOPLE = maps.bundled_map(), maps.bundled_people()


@pytest.fixture(scope="module")
def peak() -> PlanRequest:
    return dinner_peak(NETWORK, PEOPLE)


@pytest.fixture(scope="module")
def travel(peak: PlanRequest) -> Travel:
    return Travel.of(peak)


@pytest.fixture(scope="module")
def answer(peak: PlanRequest, travel: Travel) -> Plan:
    return plan(peak, engine="greedy", travel=travel)


def test_the_peak_is_what_the_demo_says(peak: PlanRequest) -> None:
    assert (len(peak.orders), len(peak.riders), len(peak.drones)) == (60, 12, 2)
    assert all((order.promised_at - order.placed_at).total_seconds() == 1800 for order in peak.orders)
    assert all(0 <= (peak.now - order.placed_at).total_seconds() <= 900 for order in peak.orders)


def test_addresses_lie_within_the_radius(travel: Travel) -> None:
    metres = great_circle_m(travel.points)[0]
    assert metres.max() <= 3_000 + 1
    assert not any(travel.off_map(place) for place in range(len(metres)))


def test_the_seed_decides_everything(peak: PlanRequest) -> None:
    assert dinner_peak(NETWORK, PEOPLE) == peak
    assert dinner_peak(NETWORK, PEOPLE, seed=1) != peak


def test_requests_survive_json(peak: PlanRequest) -> None:
    assert PlanRequest.model_validate_json(peak.model_dump_json()) == peak


def test_the_plan_is_valid_and_serves_everyone(peak: PlanRequest, travel: Travel, answer: Plan) -> None:
    assert check(peak, answer, travel).valid
    assert answer.summary.served == 60


def test_the_drawing_has_every_store_trip_and_stop(peak: PlanRequest, travel: Travel, answer: Plan) -> None:
    drawing = json.loads(json.dumps(draw(peak, answer, travel)))
    roles = [feature["properties"]["role"] for feature in drawing["features"]]
    assert (roles.count("store"), roles.count("trip"), roles.count("stop")) == (1, len(answer.trips), 60)
    by_id = {f["properties"]["trip_id"]: f for f in drawing["features"] if f["properties"]["role"] == "trip"}
    for trip in answer.trips:
        way = by_id[trip.id]["geometry"]["coordinates"]
        assert way[0] == way[-1] == pytest.approx(list(maps.SAMPLE_STORE), abs=1e-6)
        if trip.vehicle_kind == "drone":
            assert len(way) == 2 * len(trip.stops) + 1
        else:
            assert len(way) > 2 * len(trip.stops) + 1  # along the streets


def test_the_footprint_closes_and_keeps_ride_and_packaging_apart(
    peak: PlanRequest, travel: Travel, answer: Plan
) -> None:
    report = footprint(peak, answer, travel)
    assert len(report.orders) == 60
    assert sum(order.transport_gco2e for order in report.orders) == pytest.approx(answer.summary.transport_gco2e)
    assert report.totals.total_gco2e == pytest.approx(report.totals.transport_gco2e + report.totals.packaging_gco2e)
    by_class = {each.vehicle_class: each.distance_type for each in report.vehicle_classes}
    assert by_class == {"drone": "GCD", "e_bike": "SFD"}
    chile = [factor for factor in report.factors if factor.region == "CL"]
    assert [factor.value for factor in chile] == [pytest.approx(0.2911, abs=1e-4)]


def test_a_chinese_store_counts_on_its_own_grid(peak: PlanRequest, travel: Travel) -> None:
    moved = peak.model_copy(update={"stores": [peak.stores[0].model_copy(update={"region": "CN-GD"})]})
    answer = plan(moved, engine="greedy", travel=travel)
    grid = [f for f in footprint(moved, answer, travel).factors if f.region == "CN" and "electricity" in f.key]
    assert [(f.value, f.gas, f.year) for f in grid] == [(0.5777, "CO2e", 2024)]
