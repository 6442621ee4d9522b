"""The page ``/plans`` in a real browser: what it shows is what the API says."""

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.server import Stored, peak_request, post_plan, running_server
from tests.browser.visit import DESKTOP, PHONE, Open, Visit

pytestmark = pytest.mark.browser
SIZES = pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])


def shown(visit: Visit) -> None:
    """Wait for the plan in the panel."""
    expect(visit.page.locator(".stop-row").first).to_be_visible(timeout=30_000)


def row(visit: Visit, order_id: str) -> Any:
    return visit.page.locator(f'[data-order-id="{order_id}"]')


@SIZES
def test_map_shows_streets_trips_and_stops(visit: Open, stored: Stored, size: tuple[int, int]) -> None:
    page = visit(stored.server, size)
    assert {street["kind"] for street in page.until_painted("streets")} >= {"residential", "primary"}
    riders = {trip["id"] for trip in stored.plan["trips"] if trip["vehicle_kind"] == "rider"}
    flights = {trip["id"] for trip in stored.plan["trips"] if trip["vehicle_kind"] == "drone"}
    assert {trip["trip_id"] for trip in page.until_painted("trips")} == riders
    assert flights
    assert {trip["trip_id"] for trip in page.until_painted("flights")} == flights
    assert {stop["order_id"] for stop in page.until_painted("stop-dots")} == {stop["order_id"] for stop in stored.stops}
    assert len(page.until_painted("store")) == 1
    assert page.until_painted("area-fill")


def test_map_writes_street_names_and_etas_without_a_glyph_server(visit: Open, stored: Stored) -> None:
    page = visit(stored.server)
    assert all(street["name"] for street in page.until_painted("street-names"))
    etas = {stop["order_id"]: stop["arrive_at"][11:16] for stop in stored.stops}
    labels = page.until_painted("etas")
    assert labels
    assert all(label["eta"].startswith(etas[label["order_id"]]) for label in labels)


@SIZES
def test_every_stop_has_its_eta_in_the_plans_own_offset(visit: Open, stored: Stored, size: tuple[int, int]) -> None:
    page = visit(stored.server, size)
    shown(page)
    for stop in stored.stops:
        expect(row(page, stop["order_id"]).locator(".eta")).to_have_text(stop["arrive_at"][11:16])
    first = row(page, stored.stops[0]["order_id"])
    first.scroll_into_view_if_needed()
    expect(first.locator(".eta")).to_be_in_viewport()


@SIZES
def test_a_click_on_an_order_shows_its_grams_and_factors(visit: Open, stored: Stored, size: tuple[int, int]) -> None:
    page = visit(stored.server, size)
    shown(page)
    order_id = stored.stops[1]["order_id"]
    emission = stored.emission(order_id)
    row(page, order_id).click()
    grams = page.page.locator("#order-grams .bars .figure")
    expect(grams).to_have_text([f"{emission[f'{part}_gco2e']:.1f} g" for part in ("transport", "packaging")])
    expect(grams.first).to_be_visible()
    grid = next(factor for factor in stored.carbon["factors"] if factor["unit"].endswith("/kWh"))
    expect(page.page.locator("#details .factors").first).to_contain_text(f"{grid['value']} {grid['unit']}")
    expect(page.page.locator("#details .factors").first).to_contain_text(grid["source"])
    expect(page.page.locator("#details-title")).to_have_text(order_id)


def test_a_click_on_the_map_opens_the_order_and_brings_out_its_trip(visit: Open, stored: Stored) -> None:
    page = visit(stored.server)
    stop = page.until_painted("stops")[0]
    at = page.page.evaluate(
        """(id) => {
          const {library} = map.planMap;
          const stops = library.queryRenderedFeatures({layers: ["stops"]});
          const found = stops.find(({properties}) => properties.order_id === id);
          const {x, y} = library.project(found.geometry.coordinates);
          return {x, y};
        }""",
        stop["order_id"],
    )
    page.page.locator("#map canvas").click(position=at)
    expect(page.page.locator("#details-title")).to_have_text(stop["order_id"])
    layer = "flight-picked" if stop["vehicle_kind"] == "drone" else "trip-picked"
    assert {trip["trip_id"] for trip in page.until_painted(layer)} == {stop["trip_id"]}


def test_the_keyboard_alone_opens_and_closes_an_order(visit: Open, stored: Stored) -> None:
    page = visit(stored.server)
    shown(page)
    order = row(page, stored.stops[0]["order_id"])
    order.focus()
    page.page.keyboard.press("Enter")
    expect(page.page.locator("#details-title")).to_be_focused()
    page.page.keyboard.press("Escape")
    expect(page.page.locator("#details")).to_be_hidden()
    expect(order).to_be_focused()


def test_choosing_a_trip_brings_it_out_and_choosing_it_again_lets_go(visit: Open, stored: Stored) -> None:
    page = visit(stored.server)
    shown(page)
    page.until_painted("trips")
    trip = page.page.locator(".trip").first
    trip.locator(".trip-row").click()
    expect(trip.locator(".trip-row")).to_have_attribute("aria-pressed", "true")
    assert page.page.evaluate("map.planMap.library.getPaintProperty('trips', 'line-opacity')") < 0.5
    trip.locator(".trip-row").click()
    page.page.mouse.move(5, 5)
    expect(trip.locator(".trip-row")).to_have_attribute("aria-pressed", "false")
    assert page.page.evaluate("map.planMap.library.getPaintProperty('trips', 'line-opacity')") > 0.5


def test_summary_agrees_with_the_plan_and_its_report(visit: Open, stored: Stored) -> None:
    page = visit(stored.server)
    shown(page)
    summary, cost, totals = stored.plan["summary"], stored.plan["cost"], stored.carbon["totals"]
    expect(page.page.locator(".lead")).to_have_text(
        re.compile(rf"^{summary['served']} served\s+of {summary['orders']} orders$")
    )
    numbers = [summary["served"] - summary["late"], summary["late"], summary["unserved"]]
    for place, value in zip(page.page.locator(".kpis dd").all(), numbers, strict=True):
        expect(place).to_have_text(re.compile(rf"^{value}(?!\d)"))
    expect(page.page.locator("summary .sum")).to_have_text(f"{cost['total']:,.2f} {stored.plan['currency']}")
    mean = [f"{totals[f'{part}_gco2e'] / totals['orders']:.1f} g" for part in ("transport", "packaging")]
    expect(page.page.locator("section .bars .figure")).to_have_text(mean)


def test_unserved_orders_say_why(visit: Open, stored: Stored) -> None:
    page = visit(stored.server)
    shown(page)
    reasons = {item["order_id"]: item for item in stored.plan["unserved"]}
    assert {"too_heavy", "off_map"} <= {item["code"] for item in reasons.values()}
    heavy = next(item for item in reasons.values() if item["code"] == "too_heavy")
    expect(row(page, heavy["order_id"])).to_contain_text(heavy["text"])
    row(page, heavy["order_id"]).click()
    expect(page.page.locator("#details")).to_contain_text("Too heavy")
    page.page.locator("#details summary").click()
    expect(page.page.locator("#details .factors li")).to_have_count(len(heavy["vehicles"]))


def test_service_area_follows_its_slider_and_its_switch(visit: Open, stored: Stored) -> None:
    page = visit(stored.server)
    facts = page.page.locator("#area-facts")
    expect(facts).to_contain_text("people", timeout=30_000)
    ten_minutes = facts.inner_text()
    page.page.locator("#area-minutes").focus()
    page.page.keyboard.press("Home")
    expect(page.page.locator("#area-value")).to_have_text("5 min")
    expect(facts).not_to_have_text(ten_minutes)
    expect(facts).to_contain_text("people")
    page.page.locator("#area-on").uncheck()
    page.until("map.planMap.library.queryRenderedFeatures({layers: ['area-fill']}).length === 0", "the area stays")
    expect(facts).to_be_empty()


def test_a_lost_connection_is_told_and_tried_again(visit: Open, stored: Stored) -> None:
    page = visit(stored.server)
    shown(page)
    page.page.context.set_offline(True)
    page.page.locator("#refresh").click()
    alert = page.page.get_by_role("alert")
    expect(alert).to_contain_text("could not be loaded")
    page.page.context.set_offline(False)
    assert page.errors
    assert all("ERR_INTERNET_DISCONNECTED" in error for error in page.errors)
    page.errors.clear()
    alert.get_by_role("button").click()
    shown(page)


@SIZES
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_runs_out_of_the_page(visit: Open, stored: Stored, size: tuple[int, int], scheme: str) -> None:
    page = visit(stored.server, size, scheme=scheme)
    shown(page)
    fits = "document.documentElement.scrollWidth <= innerWidth && panel.scrollWidth <= panel.clientWidth"
    assert page.page.evaluate(fits)
    row(page, stored.stops[0]["order_id"]).click()
    expect(page.page.locator("#details")).to_be_visible()
    assert page.page.evaluate(fits)


def test_everything_to_touch_on_a_phone_is_44_pixels_high(visit: Open, stored: Stored) -> None:
    page = visit(stored.server, PHONE)
    shown(page)
    script = """() => [...document.querySelectorAll("button, summary, select, .switch, input[type=range]")]
      .map((one) => [one.className || one.id, one.getBoundingClientRect().height])
      .filter(([, height]) => height > 0 && height < 44)"""
    assert page.page.evaluate(script) == []


def test_dark_and_light_follow_the_person(visit: Open, stored: Stored) -> None:
    page = visit(stored.server)
    page.until_painted("streets")
    ground = "map.planMap.library.getPaintProperty('ground', 'background-color')"
    light = page.page.evaluate(ground)
    page.page.emulate_media(color_scheme="dark")
    page.until(f"{ground} !== '{light}'", "the map keeps its light ground")
    assert page.until_painted("stops")


def test_the_first_plan_appears_when_looked_for_again(visit: Open, tmp_path: Path) -> None:
    with running_server(tmp_path) as server:
        page = visit(server, PHONE)
        expect(page.page.locator(".state")).to_contain_text("swiftleaf demo", timeout=30_000)
        expect(page.page.locator("#chooser")).to_be_hidden()
        assert page.until_painted("streets")
        first = post_plan(server, peak_request(orders=8))
        page.page.get_by_role("button", name="Look again").click()
        shown(page)
        assert page.page.evaluate("document.body.dataset.plan") == first
        second = post_plan(server, peak_request(orders=9))
        page.page.locator("#refresh").click()
        expect(page.page.locator("#plans option")).to_have_count(2)
        page.until(f"document.body.dataset.plan === '{second}'", "the newest plan is not shown")
        page.page.locator("#plans").select_option(first)
        page.until(f"document.body.dataset.plan === '{first}'", "the chosen plan is not shown")
        assert f"plan={first}" in page.page.url
