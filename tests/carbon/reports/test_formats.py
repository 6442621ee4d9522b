"""Every format holds the statement's own figures, and none runs what a name says."""

import csv
import io
import zipfile
from html.parser import HTMLParser

import openpyxl
import pytest

import carbon
from carbon.reports import Missing, Statement, statement
from carbon.reports.csv_text import BYTE_ORDER_MARK, HEADER, csv_text
from carbon.reports.display import shown
from carbon.reports.html_page import html_page
from carbon.reports.spoken import in_words
from carbon.reports.xlsx_file import xlsx_file
from tests.carbon.reports.build import EMPTY, report, round_of, rounds

ATTACKS = ('=HYPERLINK("https://evil.example";"x")', "+1", "-2+3", "@SUM(1)", "\t=1", "<script>alert(1)</script>")


@pytest.fixture(scope="module")
def said() -> Statement:
    made = report(
        [*rounds(), *(round_of(f"x{i}", (f"x{i}", 1.0, 900.0), store_id=name) for i, name in enumerate(ATTACKS))]
    )
    return statement(made, previous=report(), ranges=carbon.uncertainty(made, draws=100), edition="e1")


def lines_of(said: Statement) -> list[dict[str, str]]:
    text = csv_text(said)
    assert text.startswith(BYTE_ORDER_MARK)
    return list(csv.DictReader(io.StringIO(text.removeprefix(BYTE_ORDER_MARK), newline="")))


def test_csv_holds_every_figure_to_the_last_digit(said: Statement) -> None:
    lines = lines_of(said)
    assert tuple(lines[0]) == HEADER
    found = {(line["table"], line["row"], line["column"]): line for line in lines}
    assert len(found) == len(lines)
    for table in said.tables:
        for number, row in enumerate(table.rows, 1):
            for column, cell, unit in table.cells(row):
                if isinstance(cell, str):
                    continue
                line = found[table.key, str(number), column.key]
                assert line["unit"] == unit
                if isinstance(cell, Missing):
                    assert (line["value"], line["not_computable_because"]) == ("", cell.not_computable_because)
                else:
                    assert float(line["value"]) == cell


def test_csv_runs_nothing(said: Statement) -> None:
    for line in lines_of(said):
        for key in ("name", "value", "not_computable_because"):
            begins = line[key][:1]
            if begins in {"=", "+", "@", "\t"} or (begins == "-" and not line[key][1:2].isdigit()):
                raise AssertionError(line)
    assert any(line["name"] == "'" + ATTACKS[0] for line in lines_of(said))
    assert any(line["name"] == "上海一店" for line in lines_of(said))


def test_xlsx_holds_every_figure(said: Statement) -> None:
    book = openpyxl.load_workbook(io.BytesIO(xlsx_file(said)))
    cover, *sheets = book.worksheets
    assert cover.title == "Cover"
    assert len(sheets) == len(said.tables)
    for sheet, table in zip(sheets, said.tables, strict=True):
        assert sheet.freeze_panes == "B4"
        assert [str(cell.value).split("\n")[0] for cell in sheet[3]][: len(table.columns)] == [
            column.title for column in table.columns
        ]
        for at, row in enumerate(table.rows, 4):
            for column, cell in zip(table.columns, sheet[at], strict=False):
                wanted = row[column.key]
                assert cell.data_type != "f"
                if isinstance(wanted, Missing):
                    assert cell.value == str(wanted)
                elif isinstance(wanted, float):
                    assert float(cell.value) == pytest.approx(wanted, rel=1e-14)
                    assert cell.number_format != "General" or column.exact
                elif isinstance(wanted, int):
                    assert (cell.value, cell.number_format) == (wanted, "#,##0")
                elif column.kind == "day":
                    assert cell.value.date().isoformat() == wanted
                elif column.key != "unit":
                    assert (cell.value or "") == wanted


def test_xlsx_shows_three_figures_and_percentages(said: Statement) -> None:
    book = openpyxl.load_workbook(io.BytesIO(xlsx_file(said)))
    sheet = book["By store"]
    heads = {str(cell.value).replace("\n", " "): cell.column for cell in sheet[3]}
    assert sheet.cell(4, heads["Share of A + B %"]).number_format.endswith("%")
    least = min(float(sheet.cell(row, heads["A: transport g CO₂e"]).value) for row in range(4, 4 + len(ATTACKS)))
    decimals = len(sheet.cell(4, heads["A: transport g CO₂e"]).number_format.partition(".")[2])
    assert round(least, decimals) == pytest.approx(least, rel=0.005)


def test_xlsx_has_the_same_bytes_every_time_and_no_link_out(said: Statement) -> None:
    made = xlsx_file(said)
    assert made == xlsx_file(said)
    with zipfile.ZipFile(io.BytesIO(made)) as parts:
        relations = b"".join(parts.read(name) for name in parts.namelist() if name.endswith(".rels"))
    assert b"evil.example" not in relations
    assert b'TargetMode="External"' not in relations


class Reader(HTMLParser):
    """What a page holds: tags with their attributes, and text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data.strip())


def test_html_asks_for_nothing_and_runs_nothing(said: Statement) -> None:
    read = Reader(html_page(said))
    assert not {tag for tag, _ in read.tags} & {"script", "link", "img", "iframe", "object", "form"}
    for _, attributes in read.tags:
        assert not {name for name in attributes if name.startswith("on")} | ({"src", "srcset"} & set(attributes))
        assert "evil.example" not in (attributes.get("href") or "")
    assert "@import" not in html_page(said)
    assert "url(" not in html_page(said)
    assert ATTACKS[-1] in read.texts  # as text


def test_html_shows_what_the_tables_show(said: Statement) -> None:
    read = Reader(html_page(said))
    texts = set(read.texts)
    assert sum(tag == "svg" for tag, _ in read.tags) >= 4
    assert said.table("orders").columns[-1].title not in texts
    for table in map(shown, (table for table in in_words(said).tables if not table.listing)):
        assert table.title in texts
        for row in table.rows:
            for cell in row:
                assert cell.strip() in texts or any(cell.strip() in text for text in texts), (table.key, cell)
        for footnote in table.footnotes:
            assert any(text.endswith(footnote) for text in texts)


def test_every_format_takes_a_report_over_no_orders() -> None:
    nothing = statement(EMPTY)
    assert "no orders" in csv_text(nothing)
    assert "no orders" in html_page(nothing)
    book = openpyxl.load_workbook(io.BytesIO(xlsx_file(nothing)))
    assert any("no orders" in str(cell.value) for row in book["Cover"].rows for cell in row)
