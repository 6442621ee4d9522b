"""The radius studio in a real browser."""

import re

import httpx
import pytest
from playwright.sync_api import Route, expect

from tests.browser.fleet import Fleet
from tests.browser.visit import DESKTOP, PHONE, Open

pytestmark = pytest.mark.browser
SIZES = pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
LOCALES = pytest.mark.parametrize("locale", ["en-GB", "zh-CN"])
STUDIO = "/radius?fleet=la-serena"
"""The studio of ``fed``: other tests' fleets are on its server too."""


@SIZES
@LOCALES
def test_the_slider_says_at_once_what_is_reached(visit: Open, fed: Fleet, size: tuple[int, int], locale: str) -> None:
    page = visit(fed.server, size, path=STUDIO, locale=locale)
    facts = page.page.locator("#reach-facts")
    expect(facts).to_contain_text("km²", timeout=60_000)
    expect(facts).to_contain_text("/ 40", timeout=60_000)
    assert page.until_painted("area-fill")
    assert page.until_painted("streets")
    before = facts.inner_text()
    page.page.locator("#reach").focus()
    page.page.keyboard.press("End")
    expect(page.page.locator("#reach-value")).to_contain_text("30")
    expect(facts).not_to_have_text(before, timeout=30_000)
    page.page.locator('[data-by="metres"]').click()
    expect(page.page.locator("#reach-value")).to_have_text("2.0 km")
    expect(facts).to_contain_text("/ 40", timeout=30_000)
    assert page.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_studio_begins_with_the_fleet_of_the_board_one_comes_from_else_with_the_newest(
    visit: Open, fed: Fleet
) -> None:
    newest = Fleet(fed.server, "newest")
    newest.make([{"id": "newest-1", "location": [-71.25, -29.9], "region": "CL"}])
    newest.close()
    page = visit(fed.server, path="/radius").page
    here = page.locator("#place option:checked")
    expect(here).to_have_text("newest-1 · newest", timeout=30_000)
    page.goto(f"{fed.server}/board/{fed.id}")
    page.get_by_role("link", name="Radius studio").click()
    expect(here).to_contain_text(f"· {fed.id}", timeout=30_000)
    page.locator("#place").select_option("newest-1 · newest")
    page.get_by_role("link", name="中文").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh")
    expect(here).to_have_text("newest-1 · newest", timeout=30_000)


def test_the_keyboard_alone_puts_the_store_elsewhere(visit: Open, fed: Fleet) -> None:
    page = visit(fed.server, path=STUDIO)
    facts = page.page.locator("#reach-facts")
    expect(facts).to_contain_text("km²", timeout=60_000)
    page.until_painted("area-fill")
    before = facts.inner_text()
    page.page.locator("canvas").focus()
    for _ in range(3):
        page.page.keyboard.press("ArrowRight")
    page.until("!map.planMap.library.isMoving()", "the map does not come to rest")
    page.page.keyboard.press("Enter")
    expect(facts).not_to_have_text(before, timeout=30_000)


def test_people_and_area_are_the_apis(visit: Open, fed: Fleet) -> None:
    page = visit(fed.server, path=STUDIO)
    expect(page.page.locator("#reach-facts")).to_contain_text("km²", timeout=60_000)
    lon, lat = fed.plan()["stores"][0]["location"]
    query = {"map": "coquimbo", "lon": lon, "lat": lat, "minutes": 10}
    area = httpx.get(f"{fed.server}/v1/service-areas", params=query, timeout=60, trust_env=False).json()
    expect(page.page.locator("#reach-facts")).to_contain_text(f"{area['properties']['people']:,}")


def test_the_heat_map_shows_orders_for_a_fleet_and_people_without(visit: Open, fed: Fleet) -> None:
    asked = Fleet(fed.server, "asked")
    asked.make([{"id": "asked-1", "location": [-71.2463, -29.8981], "region": "CL"}])
    asked.had_orders("asked-1", (-71.25, -29.9))
    asked.close()
    page = visit(fed.server, path="/radius?fleet=asked")
    expect(page.page.locator("#legend-name")).to_contain_text("orders expected", timeout=60_000)
    assert page.until_painted("heat")
    expect(page.page.locator("#reach-facts")).to_contain_text(re.compile(r"Expected in\s15\smin\s*[\d.]+ / [\d.]+"))
    page.page.locator("#place").select_option(index=page.page.locator("#place option").count() - 1)
    expect(page.page.locator("#legend-name")).to_contain_text("people", timeout=60_000)
    page.page.locator("#heat").uncheck()
    expect(page.page.locator("#legend")).to_be_hidden()


def test_a_fleet_that_had_no_orders_lately_is_not_expected_to_have_a_ten_thousandth(visit: Open, fed: Fleet) -> None:
    page = visit(fed.server, path="/login")

    def still(route: Route) -> None:
        found = route.fetch().json()
        for feature in found["features"]:
            feature["properties"]["expected"] = 1e-5
        route.fulfill(json=found)

    page.page.route("**/demand.geojson", still)
    page.page.goto(f"{fed.server}{STUDIO}")
    expect(page.page.locator("#legend-name")).to_contain_text("people", timeout=60_000)
    expect(page.page.locator("#reach-facts")).not_to_contain_text("Expected")


@LOCALES
def test_a_study_is_followed_to_its_recommendation(visit: Open, fed: Fleet, locale: str) -> None:
    page = visit(fed.server, path=STUDIO, locale=locale)
    busy = {"type": "/problems/unavailable", "title": "Busy", "status": 503, "detail": "later"}
    page.page.route("**/radius/studies/*", lambda route: route.fulfill(status=503, json=busy), times=1)
    page.page.locator("#radii").fill("1, 2")
    page.page.locator("#riders").fill("3, 5")
    page.page.locator("#promises").fill("45")
    page.page.locator("#seeds").fill("2")
    page.page.locator("#per-day").fill("60")
    page.page.locator("#study-form button").click()
    expect(page.page.locator(".answer")).to_be_visible(timeout=200_000)
    expect(page.page.locator(".plot .dot.is-best")).to_have_count(1)
    expect(page.page.locator("#outcome .is-best .chip")).to_have_text("推荐" if locale == "zh-CN" else "recommended")
    expect(page.page.locator("#side-by-side tbody tr")).to_have_count(6)
    links = page.page.locator("#study .exports a")
    expect(links).to_have_count(4)
    exports = [str(links.nth(i).evaluate("link => link.href")) for i in range(4)]
    for link in exports:
        assert httpx.get(link, timeout=60, trust_env=False).status_code == 200, link
    asked = httpx.get(next(link for link in exports if "." not in link.rsplit("/", 1)[1]), timeout=60, trust_env=False)
    store = fed.plan()["stores"][0]
    assert asked.json()["request"]["around"]["stores"][0]["location"] == store["location"]
    assert asked.json()["request"]["promises_min"] == [45]
    second = page.page.locator('[name="side-1"]').last
    second.check()
    expect(page.page.locator("#side-by-side")).to_contain_text("B")
    if locale == "zh-CN":
        assert not re.search(r"\b(riders?|recommended|drones?)\b", page.page.locator("#outcome").inner_text())


def test_a_study_that_cannot_be_says_why(visit: Open, fed: Fleet) -> None:
    page = visit(fed.server, path=STUDIO)
    page.page.locator("#radii").fill("-1")
    page.page.locator("#study-form button").click()
    expect(page.page.locator("#form-fault")).to_be_visible(timeout=60_000)
    page.errors[:] = [error for error in page.errors if "422" not in error]


def test_a_place_without_a_store_is_asked_for_its_region(visit: Open, fed: Fleet) -> None:
    page = visit(fed.server, path=STUDIO)
    expect(page.page.locator("#reach-facts")).to_contain_text("km²", timeout=60_000)
    region = page.page.locator("#region")
    expect(region).to_be_hidden()
    page.page.locator("#place").select_option(index=page.page.locator("#place option").count() - 1)
    expect(region).to_be_visible()
    page.page.locator("#scenario").select_option("sample")
    expect(region).to_be_hidden()
    page.page.locator("#scenario").select_option("here")
    region.fill("ZZZ")
    page.page.locator("#unit").select_option("minutes")
    page.page.locator("#radii").fill("5, 8")
    page.page.locator("#study-form button").click()
    expect(page.page.locator("#form-fault")).to_contain_text("region is 'ZZZ'", timeout=60_000)
    page.errors[:] = [error for error in page.errors if "422" not in error]
