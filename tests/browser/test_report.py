"""The report's page in a real browser: on a desk, on a phone, in the dark, on paper."""

import io
import re
from collections.abc import Iterable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from pypdf import PageObject, PdfReader

import carbon
from carbon.reports import statement
from carbon.reports.html_page import html_page
from tests.browser.visit import DESKTOP, PHONE
from tests.carbon.reports.build import report

PAPER = (680, 1009)
"""What the margins leave of an A4 page, in px."""

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page, as a file."""
    made = report()
    file = tmp_path_factory.mktemp("page") / "report.html"
    said = statement(
        made, previous=report(contracts=False), ranges=carbon.uncertainty(made, draws=100), edition="e" * 64
    )
    file.write_text(html_page(said), encoding="utf-8")
    return file


def opened(browser: Browser, file: Path, size: tuple[int, int], *, dark: bool = False) -> tuple[Page, list[str]]:
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, color_scheme="dark" if dark else "light"
    )
    faults: list[str] = []
    page = context.new_page()
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("request", lambda request: None if request.url == file.as_uri() else faults.append(request.url))
    page.goto(file.as_uri())
    return page, faults


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_it_fits_and_asks_for_nothing(browser: Browser, page_file: Path, size: tuple[int, int]) -> None:
    page, faults = opened(browser, page_file, size)
    assert page.evaluate("document.documentElement.scrollWidth") == size[0]
    assert page.evaluate("document.querySelectorAll('figure svg').length") >= 4
    small = "[...document.querySelectorAll('td')].every(cell => parseFloat(getComputedStyle(cell).fontSize) >= 12)"
    assert page.evaluate(small)
    assert faults == []
    page.context.close()


def test_figures_are_flushed_right(browser: Browser, page_file: Path) -> None:
    page, _ = opened(browser, page_file, DESKTOP)
    edges = page.evaluate("""
        [...document.querySelectorAll('#totals td.number')].map(cell => {
            const range = document.createRange();
            range.selectNodeContents(cell);
            return Math.round(range.getBoundingClientRect().right);
        })
    """)
    assert max(edges) - min(edges) <= 1
    page.context.close()


def test_on_paper_no_table_is_wider_than_the_page(browser: Browser, page_file: Path) -> None:
    page, _ = opened(browser, page_file, PAPER)
    page.emulate_media(media="print")
    wide = page.evaluate("""
        [...document.querySelectorAll('table')].filter(
            table => table.getBoundingClientRect().right > document.documentElement.clientWidth
        ).map(table => table.closest('section').id)
    """)
    assert wide == []
    pages = PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True))).pages
    assert {round(float(each.mediabox.width)) for each in pages} == {595}, "upright A4, all of them"
    text = re.sub(r"\s+", " ", pages_text(pages))
    assert "more columns are on the screen, and in the CSV, XLSX and JSON" in text
    assert "Packaging per order" not in text, "left out on paper"
    page.emulate_media(media="screen")
    assert "Packaging per order" in page.inner_text("#stores")
    page.context.close()


def pages_text(pages: Iterable[PageObject]) -> str:
    return "\n".join(each.extract_text() for each in pages)


def test_it_turns_dark_with_the_screen_and_light_on_paper(browser: Browser, page_file: Path) -> None:
    page, _ = opened(browser, page_file, DESKTOP, dark=True)
    colour = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(colour) == "rgb(25, 31, 29)"
    chart = "getComputedStyle(document.querySelector('figure svg rect')).fill"
    assert page.evaluate(chart) == "rgb(25, 31, 29)"
    page.emulate_media(media="print")
    assert page.evaluate(colour) == "rgb(255, 255, 255)"
    assert page.evaluate(chart) == "rgb(255, 255, 255)"
    page.context.close()
