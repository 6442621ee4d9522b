"""The login page in a real browser, on a server that asks for keys: in, wrong, out, and no way in from another site."""

import re
from collections.abc import Iterator
from typing import NamedTuple

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.server import running_server
from tests.browser.visit import DESKTOP, PHONE, Open

pytestmark = pytest.mark.browser
LOCALES = pytest.mark.parametrize("locale", ["en-GB", "zh-CN"])
SIZES = pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
WRONG = {"en-GB": "not valid here", "zh-CN": "无效"}
LOG_OUT = {"en-GB": "Log out", "zh-CN": "退出"}


class Locked(NamedTuple):
    """A server that asks for keys, and its first admin key."""

    server: str
    key: str


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Locked]:
    folder = tmp_path_factory.mktemp("locked")
    with running_server(folder, auth="keys") as server:
        yield Locked(server, (folder / "admin.key").read_text(encoding="ascii").strip())


def log_in(page: Page, key: str) -> None:
    """By keyboard alone: the field has the focus as the page opens."""
    expect(page.locator("#key")).to_be_focused()
    page.keyboard.insert_text(key)
    page.keyboard.press("Enter")


@SIZES
@LOCALES
def test_a_key_opens_the_page_that_was_asked_for(
    visit: Open, locked: Locked, locale: str, size: tuple[int, int]
) -> None:
    page = visit(locked.server, size, path="/radius?lang=" + locale[:2], locale=locale).page
    expect(page).to_have_url(re.compile("/login"))
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    log_in(page, locked.key)
    expect(page).to_have_url(re.compile("/radius"))
    expect(page.locator("#reach-facts")).to_contain_text("km²", timeout=60_000)
    (cookie,) = [each for each in page.context.cookies() if each["name"] == "swiftleaf_session"]
    assert cookie["httpOnly"]
    assert cookie["sameSite"] == "Lax"
    assert locked.key not in cookie["value"]
    page.get_by_role("button", name=LOG_OUT[locale]).press("Enter")
    expect(page).to_have_url(re.compile("/login$"))
    assert page.request.get(f"{locked.server}/v1/plans").status == 401
    page.goto(f"{locked.server}/carbon")
    expect(page).to_have_url(re.compile("/login"))


@LOCALES
def test_a_wrong_key_is_told_in_the_persons_language(visit: Open, locked: Locked, locale: str) -> None:
    visited = visit(locked.server, path="/login", locale=locale)
    log_in(visited.page, "sl_no_such_key")
    expect(visited.page.get_by_role("alert")).to_contain_text(WRONG[locale])
    expect(visited.page.locator("#key")).to_have_value("")
    assert all("401" in error for error in visited.errors)
    visited.errors.clear()


def test_another_site_can_do_nothing_with_the_session(visit: Open, locked: Locked) -> None:
    visited = visit(locked.server, path="/login?next=//elsewhere.example/")
    page = visited.page
    log_in(page, locked.key)
    expect(page).to_have_url(f"{locked.server}/")
    context, here = page.context, f"{locked.server}/v1/fleets"
    for site, status in (("cross-site", 403), ("same-site", 403), ("same-origin", 422)):
        answer = context.request.post(here, data={}, headers={"Sec-Fetch-Site": site})
        assert answer.status == status, site
    assert context.request.post(here, data={}, headers={"Origin": "http://elsewhere.example"}).status == 403


def test_a_session_that_ends_while_a_study_runs_leads_to_the_login_and_back(visit: Open, locked: Locked) -> None:
    client = httpx.Client(
        base_url=locked.server, headers={"Authorization": f"Bearer {locked.key}"}, timeout=60, trust_env=False
    )
    asked = {"kind": "radius", "scenario": "sample", "radii_m": [1500], "riders": [4], "seeds": 100}
    study = client.post("/v1/studies", json=asked).json()["id"]
    visited = visit(locked.server, path="/radius")
    page = visited.page
    log_in(page, locked.key)
    expect(page.locator("#study progress")).to_be_visible(timeout=30_000)
    expect(page.locator("#legend")).to_be_visible(timeout=30_000)  # all that the page asks for by itself is there
    page.context.clear_cookies(name="swiftleaf_session")
    expect(page).to_have_url(re.compile(r"/login\?next=%2Fradius$"), timeout=30_000)
    log_in(page, locked.key)
    expect(page.locator("#study progress")).to_be_visible(timeout=30_000)
    page.locator("[data-cancel]").click()
    expect(page.locator("#study")).to_contain_text("Stopped", timeout=30_000)
    assert client.get(f"/v1/studies/{study}").json()["status"] == "canceled"
    client.close()
    visited.errors[:] = [error for error in visited.errors if "401" not in error]
