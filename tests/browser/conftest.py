"""Servers with a plan or a fleet, and a browser to look at them."""

import os
import shutil
from collections.abc import Iterator
from typing import Literal
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, ViewportSize, sync_playwright

from tests.browser.fleet import Fleet, fed_fleet
from tests.browser.server import Stored, peak_request, post_plan, running_server
from tests.browser.visit import DESKTOP, PHONE, Open, Visit

Scheme = Literal["light", "dark"]
CHROMIUM_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--enable-unsafe-swiftshader",
]
NOTE_VIOLATIONS = """
window.violations = [];
addEventListener("securitypolicyviolation", ({violatedDirective, blockedURI}) => {
  violations.push(`${violatedDirective}: ${blockedURI}`);
});
"""


@pytest.fixture(scope="package")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stored]:
    """A server with one plan."""
    folder = tmp_path_factory.mktemp("server")
    with running_server(folder) as server:
        plan_id = post_plan(server, peak_request())
        texts = [
            httpx.get(f"{server}/v1/plans/{plan_id}{part}", timeout=30, trust_env=False) for part in ("", "/carbon")
        ]
        yield Stored(server, folder, plan_id, texts[0].json()["plan"], texts[1].json())


@pytest.fixture(scope="package")
def fed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """A server with a fleet on the road, and a plan."""
    with running_server(tmp_path_factory.mktemp("server")) as server:
        post_plan(server, peak_request())
        fleet = fed_fleet(server)
        yield fleet
        fleet.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A real browser with a profile of its own, which Playwright makes and removes.

    It lasts for one module: while Playwright runs, no other test in the process can start an event loop of its own.
    """
    names = ("chromium", "chromium-browser", "google-chrome")
    path = os.environ.get("SWIFTLEAF_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if path is None:
        text = f"no browser: none of {', '.join(names)} is on the PATH and SWIFTLEAF_CHROMIUM is not set"
        if os.environ.get("SWIFTLEAF_REQUIRE_BROWSER"):
            pytest.fail(text)
        pytest.skip(text)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, headless=True, args=CHROMIUM_ARGS)
        yield running
        running.close()


@pytest.fixture
def visit(browser: Browser) -> Iterator[Open]:
    """Open the page; at the end, whatever the test was about, nothing foreign was asked and nothing failed."""
    visits: list[Visit] = []

    def open_page(
        server: str,
        size: tuple[int, int] = DESKTOP,
        *,
        path: str = "/plans",
        scheme: Scheme = "light",
        locale: str = "en-GB",
    ) -> Visit:
        viewport: ViewportSize = {"width": size[0], "height": size[1]}
        context = browser.new_context(viewport=viewport, color_scheme=scheme, has_touch=size == PHONE, locale=locale)
        opened = Visit(context.new_page(), server)
        visits.append(opened)
        context.on("request", lambda request: opened.asked.append(request.url))
        opened.page.on("console", opened.note)
        opened.page.on("pageerror", lambda error: opened.errors.append(str(error)))
        opened.page.add_init_script(NOTE_VIOLATIONS)
        opened.page.goto(f"{server}{path}")
        return opened

    try:
        yield open_page
        for opened in visits:
            assert opened.hosts() == {urlsplit(opened.server).netloc}
            assert opened.errors == []
            assert opened.violations() == []
    finally:
        for opened in visits:
            opened.page.context.close()
