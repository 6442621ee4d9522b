"""What people read is in words, and what machines read keeps its ids."""

import re

import pytest

from carbon.reports import statement
from carbon.reports.csv_text import csv_text
from carbon.reports.html_page import html_page
from carbon.reports.spoken import in_words, words_of
from tests.carbon.reports.build import report, round_of, rounds

EDITION = "0123456789abcdef" * 4


def visible(page: str) -> str:
    return re.sub(r"<style>.*?</style>|<[^>]+>", " ", page, flags=re.DOTALL)


@pytest.mark.parametrize(
    ("name", "words"),
    [("e_bike", "e-bike"), ("paper_bag", "paper bag"), ("ldpe_bag", "LDPE bag"),
     ("recycled_ldpe_bag", "recycled LDPE bag"), ("woven_pp", "woven PP"),
     ("drone", "drone"), ("cargo_e_bike", "cargo e-bike")],
)  # fmt: skip
def test_ids_are_said_as_words(name: str, words: str) -> None:
    assert words_of(name) == words


def test_pages_are_in_words_and_files_keep_the_ids() -> None:
    said = statement(report())
    page = visible(html_page(said))
    assert "packaging: paper bag" in page
    assert "e-bike" in page
    assert not re.search(r"(?<![\w@])(e_bike|paper_bag|ldpe_bag)(?![\w@])", page)
    assert "packaging: paper_bag" in csv_text(said)
    assert '"e_bike"' in said.model_dump_json()


def test_ids_of_others_stay_as_they_are() -> None:
    made = report([round_of("r1", ("a", 1.0, 500.0), store_id="paper_bag_1"), round_of("r2", ("b", 1.0, 5.0))])
    spoken = in_words(statement(made))
    assert spoken.table("stores").row("paper_bag_1")
    assert [row["factor"] for row in spoken.table("factors").rows] == [factor.id for factor in made.factors]
    assert spoken.table("orders") == statement(made).table("orders")


def test_a_store_called_store_is_said_once() -> None:
    made = report([each.model_copy(update={"store_id": "store"}) for each in rounds()[:2]], hubs=False)
    page = visible(html_page(statement(made)))
    assert "store store" not in page
    assert "energy and refrigerants of the store for 3 orders" in page
    two = report([round_of("r1", ("a", 1.0, 5.0), store_id="store 2")], hubs=False)
    assert "store store 2 for 1 order:" in visible(html_page(statement(two))), "a longer id stays whole"


def test_a_name_turns_nothing_round() -> None:
    made = report([round_of("r1", ("a", 1.0, 500.0), store_id="S\u202e1")])
    assert "\u202e" not in html_page(statement(made))
    assert "\u202e" in statement(made).model_dump_json()


def test_the_edition_is_short_at_the_top_and_whole_in_the_method() -> None:
    page = visible(html_page(statement(report(), edition=EDITION)))
    assert "edition 0123456789ab…" in page
    assert EDITION in page


def test_software_and_sources_are_named() -> None:
    said = statement(report())
    assert re.fullmatch(r"Swiftleaf \d+\.\d+.*", str(said.table("method").row("Software")["text"]))
    assert "CSV, XLSX and JSON" in str(said.table("method").row("Further information")["text"])
    (rule,) = (rule for rule in said.checklist if rule.id == "R13")
    assert "further information" in rule.evidence


def test_one_order_is_one_and_no_change_is_none() -> None:
    made = report([round_of("r1", ("a", 1.0, 500.0))])
    said = statement(made, previous=made)
    assert said.findings[0].startswith("1 order emitted")
    assert said.findings[-1] == "An order emitted as much as in the period before."
    assert not re.search(r"\b1 (orders|rounds|chains|operations|accounts)\b", visible(html_page(said)))
    assert statement(report(), previous=made).findings[-1].endswith("in the period before.")
    assert " than in" in statement(report(), previous=made).findings[-1]
