"""The carbon report's page in a real browser: its figures are the API's, and an order opens to its factors."""

import json
import re
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect
from typer.testing import CliRunner

from service.cli import app
from tests.browser.fleet import Fleet, Json
from tests.browser.server import Stored
from tests.browser.visit import DESKTOP, PHONE, Open, Visit

pytestmark = pytest.mark.browser
SIZES = pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
LOCALES = pytest.mark.parametrize("locale", ["en-GB", "zh-CN"])


def opened(visit: Open, stored: Stored, size: tuple[int, int] = DESKTOP, **how: str) -> Visit:
    page = visit(stored.server, size, path="/carbon", **how)
    expect(page.page.locator("#totals > div").first).to_be_visible(timeout=120_000)
    return page


def figures(stored: Stored) -> Json:
    day = stored.plan["now"][:10]
    query = {"from": day, "to": day}
    found: Json = httpx.get(f"{stored.server}/v1/carbon/figures", params=query, timeout=120, trust_env=False).json()
    return found


@SIZES
@LOCALES
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_report_fits_and_its_charts_are_drawn(
    visit: Open, stored: Stored, size: tuple[int, int], locale: str, scheme: str
) -> None:
    page = opened(visit, stored, size, locale=locale, scheme=scheme)
    expect(page.page.locator(".uplot canvas")).to_have_count(2)
    assert page.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    inked = """() => [...document.querySelectorAll(".uplot canvas")].every((canvas) =>
      canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.some((value) => value > 0))"""
    assert page.page.evaluate(inked)
    words = page.page.locator("main").inner_text()
    assert "certified" not in words.lower()
    assert "ISO 14083:2023" in words
    if locale == "zh-CN":
        assert not re.search(r"\b(orders?|transport|packaging|estimate)\b(?!-\d)", words)


def test_totals_are_those_of_the_plan(visit: Open, stored: Stored) -> None:
    page = opened(visit, stored)
    totals = stored.carbon["totals"]
    tiles = page.page.locator("#totals strong").all_inner_texts()
    assert tiles[1] == f"{totals['gco2e_per_order']:.1f} g"
    assert tiles[4] == str(totals["orders"])
    assert figures(stored)["totals"]["total_gco2e"] == pytest.approx(totals["total_gco2e"])


def test_parts_add_up(stored: Stored) -> None:
    found = figures(stored)
    totals = found["totals"]
    assert sum(day["orders"] for day in found["days"]) == totals["orders"]
    assert sum(found["histogram"]["counts"]) == totals["orders"]
    assert sum(each["transport_gco2e"] for each in found["classes"]) == pytest.approx(
        totals["transport_gco2e"], abs=0.1
    )
    assert sum(each["packaging_gco2e"] for each in found["packaging"]) == pytest.approx(
        totals["packaging_gco2e"], abs=0.1
    )


def test_an_order_opens_down_to_its_factors(visit: Open, stored: Stored) -> None:
    page = opened(visit, stored)
    order_id = stored.stops[0]["order_id"]
    page.page.locator("#find").fill(order_id)
    page.page.locator(".order-line").first.press("Enter")
    expect(page.page.locator("#card #details-title")).to_have_text(order_id, timeout=30_000)
    grid = next(factor for factor in stored.carbon["factors"] if factor["unit"].endswith("/kWh"))
    expect(page.page.locator("#card .factors").first).to_contain_text(grid["source"])
    page.until("document.querySelector('.label-card')?.naturalWidth > 0", "the label is not drawn")
    page.page.keyboard.press("Escape")
    expect(page.page.locator("#card")).to_be_hidden()


@LOCALES
def test_a_scenario_is_compared(visit: Open, stored: Stored, locale: str) -> None:
    page = opened(visit, stored, locale=locale)
    page.page.locator("#scenario-vehicle").select_option("diesel_van")
    page.page.locator("#scenario-form button").click()
    expect(page.page.locator(".change.is-more")).to_contain_text("CO₂e", timeout=120_000)
    expect(page.page.locator("#scenario-result")).to_contain_text(f"{stored.carbon['totals']['total_gco2e']:,.0f} g")


def test_every_format_can_be_taken_away(visit: Open, stored: Stored) -> None:
    page = opened(visit, stored)
    links = page.page.locator("#files a").evaluate_all("links => links.map(link => link.href)")
    kinds = {}
    for link in links:
        answer = httpx.get(link, timeout=120, trust_env=False)
        assert answer.status_code == 200, link
        assert "attachment" in answer.headers["content-disposition"]
        kinds[link.partition("?")[0].rpartition(".")[2]] = answer.content[:4]
    assert set(kinds) == {"pdf", "xlsx", "csv", "json", "html"}
    assert kinds["pdf"] == b"%PDF"
    assert kinds["xlsx"][:2] == b"PK"


def test_days_without_rounds_say_so(visit: Open, stored: Stored) -> None:
    page = opened(visit, stored)
    page.page.locator("#from").fill("2020-01-01")
    page.page.locator("#to").fill("2020-01-31")
    page.page.locator("#ask button").click()
    expect(page.page.locator("#state")).to_contain_text("No rounds on these days", timeout=60_000)


def test_a_server_without_a_ledger_says_how_to_begin_one(visit: Open, stored: Stored) -> None:
    page = opened(visit, stored)
    expect(page.page.locator("#ledger")).to_contain_text("swiftleaf ledger record")


@LOCALES
def test_a_ledger_is_told_whole_and_told_changed(
    visit: Open, stored: Stored, locale: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    ledger = stored.folder / "ledger.jsonl"
    request.addfinalizer(lambda: ledger.unlink(missing_ok=True))
    kept = httpx.get(f"{stored.server}/v1/plans/{stored.id}", timeout=60, trust_env=False).json()
    for name in ("request", "plan"):
        (tmp_path / f"{name}.json").write_text(json.dumps(kept[name]), encoding="utf-8")
    files = [str(tmp_path / f"{name}.json") for name in ("request", "plan")]
    recorded = CliRunner().invoke(app, ["ledger", "record", str(ledger), *files])
    assert recorded.exit_code == 0, recorded.output
    page = opened(visit, stored, locale=locale)
    expect(page.page.locator("#ledger .is-good")).to_be_visible(timeout=30_000)
    ledger.write_text(ledger.read_text(encoding="utf-8").replace('"order-', '"other-', 1), encoding="utf-8")
    page.page.reload()
    expect(page.page.locator("#ledger .is-bad")).to_be_visible(timeout=30_000)
    expect(page.page.locator("#ledger li")).not_to_have_count(0)
    expect(page.page.locator("#ledger")).not_to_contain_text("null")


def test_an_order_that_was_dispatched_live_opens_to_its_grams(visit: Open, fed: Fleet) -> None:
    page = visit(fed.server, path="/carbon")
    expect(page.page.locator("#totals > div").first).to_be_visible(timeout=120_000)
    days = {name: page.page.locator(f"#{name}").input_value() for name in ("from", "to")}
    found = httpx.get(f"{fed.server}/v1/carbon/figures", params=days, timeout=120, trust_env=False).json()
    on_road = {stop["order_id"] for life in fed.plan()["trips"] if life["left_at"] for stop in life["trip"]["stops"]}
    live = {i: each for i, each in enumerate(found["orders"]) if each["plan_id"] is None}
    assert live
    assert {each["order_id"] for each in live.values()} == on_road
    number, line = next(iter(live.items()))
    order_id = line["order_id"]
    page.page.locator(".order-line").nth(number).press("Enter")
    expect(page.page.locator("#card #details-title")).to_have_text(order_id)
    expect(page.page.locator("#card .sum")).to_have_text(f"{line['total_gco2e']:.1f} g CO₂e")
    expect(page.page.locator("#card .steps")).to_contain_text("empty return included")
    key, region = line["how"]["round"]["electricity"].split("@")[:2]
    grid = next(factor for factor in found["factors"] if (factor["key"], factor["region"]) == (key, region))
    expect(page.page.locator("#card .factors").first).to_contain_text(grid["source"])
    page.page.locator("#card .back").click()
    expect(page.page.locator("#card")).to_be_hidden()
