"""The dispatch board in a real browser: it shows the live plan, follows it, and changes it after saying the price."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from playwright.sync_api import expect

from tests.browser.fleet import Fleet, Json
from tests.browser.visit import DESKTOP, PHONE, Open, Visit

pytestmark = pytest.mark.browser
SIZES = pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
LOCALES = pytest.mark.parametrize("locale", ["en-GB", "zh-CN"])
CHINESE = "[\\u4e00-\\u9fff]"


def opened(visit: Open, fed: Fleet, size: tuple[int, int] = DESKTOP, **how: str) -> Visit:
    page = visit(fed.server, size, path=f"/board/{fed.id}", **how)
    expect(page.page.locator(".order-row").first).to_be_visible(timeout=60_000)
    return page


def living(plan: Json) -> list[Json]:
    return [line for line in plan["orders"] if line["status"] in {"open", "committed", "on_board"}]


@SIZES
@LOCALES
def test_the_map_shows_streets_stops_and_vehicles(visit: Open, fed: Fleet, size: tuple[int, int], locale: str) -> None:
    page = opened(visit, fed, size, locale=locale)
    assert page.until_painted("streets")
    plan = fed.plan()
    stops = page.until_painted("stops") + page.until_painted("unserved")
    assert {stop["order_id"] for stop in stops} <= {line["order"]["id"] for line in plan["orders"]}
    assert len({stop["order_id"] for stop in stops}) > 0.8 * len(living(plan))
    vehicles = {vehicle["vehicle_id"] for vehicle in page.until_painted("vehicles")}
    assert vehicles == {line["vehicle"]["id"] for line in plan["vehicles"]}
    assert page.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_vehicles_move_along_their_ways(visit: Open, fed: Fleet) -> None:
    page = opened(visit, fed)
    page.until_painted("vehicles")
    where = """() => JSON.stringify(map.planMap.library.queryRenderedFeatures({layers: ["vehicles"]})
      .map(({geometry}) => geometry.coordinates))"""
    before = page.page.evaluate(where)
    page.until(f"({where})() !== {before!r}", "no vehicle moves")


@LOCALES
def test_lists_agree_with_the_plan(visit: Open, fed: Fleet, locale: str) -> None:
    page = opened(visit, fed, locale=locale)
    plan = fed.plan()
    expect(page.page.locator("#orders-count")).to_contain_text(str(len(living(plan))))
    rows = page.page.locator(".order-row")
    first = min(living(plan), key=lambda line: (line["order"]["promised_at"], line["order"]["id"]))
    expect(page.page.locator('[aria-posinset="1"]')).to_have_attribute("data-order-id", first["order"]["id"])
    assert rows.count() < len(living(plan)), "only what is seen is built"
    expect(page.page.locator(".lane")).to_have_count(len(plan["vehicles"]))
    heavy = page.page.locator(".unserved-item", has_text="order-001")
    expect(heavy).to_contain_text("太重" if locale == "zh-CN" else "Too heavy")
    heavy.get_by_role("button").click()
    expect(page.page.locator("#card-mend")).to_contain_text(
        re.compile(r"可载 [\d.]+ 公斤" if locale == "zh-CN" else r"Room for [\d.]+ kg"), timeout=60_000
    )
    page.page.keyboard.press("Escape")
    if locale == "zh-CN":
        shown = page.page.locator("main").inner_text()
        assert not re.findall(r"\b(open|late|on time|vehicle|orders?|arrives|minutes?|trips?) ", shown)


@LOCALES
def test_the_day_and_the_plans_gap_are_told(visit: Open, fed: Fleet, locale: str) -> None:
    page = opened(visit, fed, locale=locale)
    expect(page.page.locator("#plan-gap strong")).to_have_text(re.compile(r"^\d+(\.\d)?\s%$"), timeout=60_000)
    expect(page.page.locator("#plan-gap")).to_contain_text("差距" if locale == "zh-CN" else "Gap")
    expect(page.page.locator("#day > div")).to_have_count(4)


@pytest.fixture(scope="module")
def strayed(fed: Fleet) -> Iterator[Fleet]:
    """A fleet that had thirty orders in ten minutes, and whose one rider is idle a kilometre from the store."""
    fleet = Fleet(fed.server, "strayed")
    lon, lat = -71.2463, -29.8981
    fleet.make([{"id": "strayed-1", "location": [lon, lat], "region": "CL"}])
    fleet.had_orders("strayed-1", (lon - 0.004, lat))
    fleet.send(
        "strayed-1",
        {"kind": "rider_on", "rider": {"id": "ana", "store_id": "strayed-1"}},
        {"kind": "vehicle_located", "vehicle_id": "ana", "location": [lon + 0.01, lat]},
    )
    fleet.until(lambda plan: any(line["location"] for line in plan["vehicles"]))
    yield fleet
    fleet.close()


@SIZES
@LOCALES
def test_an_idle_rider_is_told_where_to_wait_and_why(
    visit: Open, strayed: Fleet, size: tuple[int, int], locale: str
) -> None:
    page = visit(strayed.server, size, path=f"/board/{strayed.id}", locale=locale)
    if size == PHONE:
        page.page.locator('.tabs [data-tab="vehicles"]').click(timeout=60_000)
    chinese = locale == "zh-CN"
    lane = page.page.locator('.lane[data-vehicle-id="ana"]')
    expect(lane.locator(".lane-hint strong")).to_have_text(
        "去 strayed-1 等候" if chinese else "wait at strayed-1", timeout=60_000
    )
    why = re.compile(
        "预计 30 分钟内那里有 .+ 单.距离 964 m" if chinese else "orders expected there in 30 min; 964 m away"
    )
    expect(lane.locator(".lane-hint")).to_have_text(why)
    expect(lane.locator(".lane-name")).to_have_attribute("aria-label", why)
    expect(lane.locator(".row-name")).to_have_text("ana")
    assert page.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@LOCALES
def test_the_fix_of_an_order_that_nobody_can_take_is_a_button(visit: Open, strayed: Fleet, locale: str) -> None:
    now, order_id = datetime.now(UTC), f"hasty-{locale}"
    order: Json = {"id": order_id, "store_id": "strayed-1", "location": [-71.2503, -29.8981], "mass_kg": 1.0}
    order |= {"placed_at": now.isoformat(), "ready_at": now.isoformat(), "max_late_s": 0}
    order["promised_at"] = (now + timedelta(seconds=90)).isoformat()
    strayed.send("strayed-1", {"kind": "order_placed", "order": order})
    page = visit(strayed.server, DESKTOP, path=f"/board/{strayed.id}", locale=locale)
    page.page.locator(".unserved-item", has_text=order_id).get_by_role("button").click(timeout=60_000)
    page.page.locator("#card-mend button").click(timeout=60_000)
    said = page.page.locator("#board-said")
    expect(said).to_have_text(f"{order_id} 已改约。" if locale == "zh-CN" else f"{order_id} has a new promise.")
    (line,) = [each for each in strayed.plan()["orders"] if each["order"]["id"] == order_id]
    assert (line["vehicle_id"], line["late_s"]) == ("ana", 0)


def test_the_keyboard_keeps_its_place_when_the_plan_changes(visit: Open, fed: Fleet) -> None:
    page = opened(visit, fed)
    page.page.locator('.risk[data-risk="late"]').focus()
    before = page.page.evaluate("document.body.dataset.revision")
    store_id = fed.plan()["stores"][0]["id"]
    fed.send(store_id, {"kind": "rider_on", "rider": {"id": "a-new-one", "store_id": store_id}})
    expect(page.page.locator('.lane[data-vehicle-id="a-new-one"]')).to_be_visible(timeout=30_000)
    assert page.page.evaluate("document.body.dataset.revision") != before
    assert page.page.evaluate("document.activeElement.dataset.risk") == "late"


def test_a_fleet_without_orders_looks_at_its_first(visit: Open, fed: Fleet) -> None:
    fleet = Fleet(fed.server, "early")
    lon, lat = -71.2463, -29.8981
    fleet.make([{"id": "early-1", "location": [lon, lat], "region": "CL"}])
    fleet.send("early-1", {"kind": "rider_on", "rider": {"id": "ana", "store_id": "early-1"}})
    fleet.until(lambda plan: bool(plan["vehicles"]))
    page = visit(fed.server, path="/board/early")
    page.until_painted("store")
    now = datetime.now(UTC)
    order = {"id": "far", "store_id": "early-1", "location": [lon + 0.02, lat], "mass_kg": 1.0}
    order |= {"placed_at": now.isoformat(), "ready_at": now.isoformat()}
    order["promised_at"] = (now + timedelta(minutes=30)).isoformat()
    fleet.send("early-1", {"kind": "order_placed", "order": order})
    assert [stop["order_id"] for stop in page.until_painted("stops")] == ["far"]
    fleet.close()


def test_risks_filter_the_list(visit: Open, fed: Fleet) -> None:
    page = opened(visit, fed)
    page.page.locator('.risk[data-risk="unserved"]').click()
    unserved = page.page.locator(".order-row")
    expect(unserved.first.locator(".mark")).to_have_class(re.compile("is-unserved"))
    assert set(unserved.locator(".mark").evaluate_all("marks => marks.map(mark => mark.className)")) == {
        "mark is-unserved"
    }
    page.page.locator('.risk[data-risk="unserved"]').click()
    page.page.locator("#orders-find").fill("no such order")
    expect(page.page.locator("#orders-empty")).to_be_visible()


def test_a_row_further_down_opens_at_the_first_click(visit: Open, fed: Fleet) -> None:
    page = opened(visit, fed)
    page.page.locator("#orders").evaluate("box => { box.scrollTop = 600; }")
    row = page.page.locator('[aria-posinset="15"]')
    order_id = row.get_attribute("data-order-id")
    assert order_id
    row.click()
    expect(page.page.locator("#card-title")).to_have_text(order_id)


def movable(fed: Fleet) -> tuple[str, str]:
    """An order that another rider can carry, and that rider: one whom the price gives an arrival, not a refusal."""
    plan = fed.plan()
    riders = [each["vehicle"]["id"] for each in plan["vehicles"] if "range_m" not in each["vehicle"]]
    for line in plan["orders"]:
        if line["status"] != "open" or not line["vehicle_id"] or line["assigned_to"]:
            continue
        for rider in riders:
            price = fed.price(line["order"]["id"], rider) if rider != line["vehicle_id"] else None
            if price and price["after"]["vehicle_id"] == rider:
                return line["order"]["id"], rider
    raise AssertionError("no order can be given to another rider")


@LOCALES
def test_the_keyboard_alone_gives_an_order_to_another_rider(visit: Open, fed: Fleet, locale: str) -> None:
    page = opened(visit, fed, locale=locale)
    order_id, rider = movable(fed)
    keyboard = page.page.keyboard
    page.page.locator(".skip").focus()
    keyboard.press("Enter")
    for _ in range(3):
        if page.page.evaluate("document.activeElement.id") == "orders":
            break
        keyboard.press("Tab")
    expect(page.page.locator("#orders")).to_be_focused()
    keyboard.press("Home")
    for _ in range(60):
        if page.page.locator("#orders").get_attribute("aria-activedescendant") == f"order-{order_id}":
            break
        keyboard.press("ArrowDown")
    keyboard.press("Enter")
    expect(page.page.locator("#card-title")).to_have_text(order_id)
    expect(page.page.locator("#card-vehicle")).to_be_focused()
    keyboard.type(rider)
    confirm = page.page.locator("#card-confirm")
    expect(confirm).to_contain_text(rider, timeout=60_000)
    expect(page.page.locator(".price")).to_contain_text("CNY")
    expect(page.page.locator("#card")).not_to_contain_text("null")
    for _ in range(4):
        if page.page.evaluate("document.activeElement.id") == "card-confirm":
            break
        keyboard.press("Tab")
    keyboard.press("Enter")
    expect(page.page.locator("#board-said")).to_contain_text(order_id, timeout=60_000)
    expect(page.page.locator("#orders")).to_be_focused()
    assert fed.until(
        lambda plan: any(line["order"]["id"] == order_id and line["assigned_to"] == rider for line in plan["orders"])
    )


def test_an_order_dropped_on_a_rider_is_priced_first(visit: Open, fed: Fleet) -> None:
    page = opened(visit, fed)
    order_id, rider = movable(fed)
    page.page.locator("#orders-find").fill(order_id)
    page.page.locator(f'.order-row[data-order-id="{order_id}"]').drag_to(
        page.page.locator(f'.lane[data-vehicle-id="{rider}"]')
    )
    expect(page.page.locator("#card-title")).to_have_text(order_id)
    expect(page.page.locator("#card-vehicle")).to_have_value(rider)
    expect(page.page.locator("#card-confirm")).to_contain_text(rider, timeout=60_000)
    page.page.keyboard.press("Escape")
    expect(page.page.locator("#card")).to_be_hidden()


def test_the_board_follows_what_happens(visit: Open, fed: Fleet) -> None:
    page = opened(visit, fed)
    expect(page.page.locator("#link")).to_have_attribute("data-state", "live", timeout=30_000)
    line = next(line for line in fed.plan()["orders"] if line["status"] == "open")
    fed.send(line["order"]["store_id"], {"kind": "order_cancelled", "order_id": line["order"]["id"]})
    page.page.locator("#orders-find").fill(line["order"]["id"])
    expect(page.page.locator("#orders-empty")).to_be_visible(timeout=30_000)


def test_a_lost_connection_is_told_and_taken_up_again(visit: Open, fed: Fleet) -> None:
    page = opened(visit, fed)
    page.page.context.set_offline(True)
    page.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.page.locator("#notice")).to_contain_text("Not up to date", timeout=30_000)
    page.page.context.set_offline(False)
    expect(page.page.locator("#notice")).to_be_hidden(timeout=30_000)
    page.errors[:] = [error for error in page.errors if "ERR_INTERNET_DISCONNECTED" not in error]


def test_a_fleet_that_is_not_there_is_told_in_a_sentence(visit: Open, fed: Fleet) -> None:
    page = visit(fed.server, path="/board/none")
    expect(page.page.get_by_role("alert")).to_contain_text("There is no fleet none")
    page.errors[:] = [error for error in page.errors if "404" not in error]


def test_a_fleet_without_vehicles_says_what_to_do_first(visit: Open, fed: Fleet) -> None:
    store = {"id": "empty-1", "location": [-71.25, -29.9], "region": "CL"}
    answer = httpx.post(
        f"{fed.server}/v1/fleets",
        json={"id": "empty", "setup": {"stores": [store], "travel": {"kind": "straight"}}},
        timeout=30,
        trust_env=False,
    )
    assert answer.status_code in {200, 201}
    page = visit(fed.server, path="/board/empty")
    expect(page.page.locator("#cover")).to_contain_text("/v1/stores/empty-1/events", timeout=30_000)
    page.errors[:] = [error for error in page.errors if "409" not in error]


@pytest.mark.parametrize("tab", ["orders", "vehicles", "day"])
def test_on_a_phone_every_tab_fits(visit: Open, fed: Fleet, tab: str) -> None:
    page = opened(visit, fed, PHONE, locale="zh-CN", scheme="dark")
    button = page.page.locator(f'.tabs [data-tab="{tab}"]')
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    assert page.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    small = """() => [...document.querySelectorAll(".tabs button, .lane-name, .risk, .find, .icon-button, .rooms a")]
      .map((one) => [one.className, one.getBoundingClientRect().height])
      .filter(([, height]) => height > 0 && height < 40)"""
    assert page.page.evaluate(small) == []


def test_the_switch_turns_the_page_dark_and_keeps_it(visit: Open, fed: Fleet) -> None:
    page = opened(visit, fed)
    page.until_painted("stops")
    ground = "map.planMap.library.getPaintProperty('ground', 'background-color')"
    light = page.page.evaluate(ground)
    page.page.locator("#theme").click()
    page.until(f"{ground} !== '{light}'", "the map keeps its light ground")
    page.page.reload()
    assert page.page.locator("html").get_attribute("data-theme") == "dark"
    assert page.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(25, 31, 29)"


def test_the_language_switch_keeps_the_page(visit: Open, fed: Fleet) -> None:
    page = opened(visit, fed)
    page.page.get_by_role("link", name="中文").click()
    expect(page.page.locator("html")).to_have_attribute("lang", "zh")
    expect(page.page.locator("#orders-title")).to_have_text(re.compile(CHINESE))
    page.page.goto(f"{fed.server}/")
    expect(page.page.locator("html")).to_have_attribute("lang", "zh")
    expect(page.page.locator("#fleets .tile", has_text=fed.id)).to_have_attribute("href", f"/board/{fed.id}")
