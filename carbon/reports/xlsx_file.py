"""A statement as a workbook: a cover, then a sheet for each table, figures at full precision under number formats."""

import io
import math
from datetime import UTC, date, datetime

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from carbon.reports.display import unit_text
from carbon.reports.statement import Statement
from carbon.reports.table import Column, Missing, Table, unit_of

CREATED = datetime(2000, 1, 1, tzinfo=UTC)
"""Of every workbook, so that the same statement makes the same bytes."""
FORBIDDEN = str.maketrans("[]:*?/\\", "       ")
SHEET_NAME_MAX = 31
WIDEST, NARROWEST = 60, 8
"""Widths of columns, in characters."""
INK, SURFACE, RULE = "#14211b", "#e7f0eb", "#b9c7bf"


def xlsx_file(statement: Statement) -> bytes:
    """Render a statement as an XLSX file. All text is written as text, so none of it can become a formula."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(
        out,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "default_date_format": "yyyy-mm-dd",
        },
    )
    book.set_properties({"title": statement.title, "comments": statement.alignment, "created": CREATED})
    styles = _Styles(book)
    _cover(book.add_worksheet("Cover"), statement, styles)
    for table in statement.tables:
        _sheet(book.add_worksheet(_sheet_name(table)), table, styles)
    book.close()
    return out.getvalue()


class _Styles:
    """Formats of cells, each made once."""

    def __init__(self, book: Workbook) -> None:
        self._book = book
        self._numbers: dict[str, Format] = {}
        self.title = book.add_format({"bold": True, "font_size": 16, "font_color": INK})
        self.head = book.add_format({
            "bold": True, "bg_color": SURFACE, "bottom": 1, "bottom_color": RULE, "text_wrap": True, "valign": "top",
        })  # fmt: skip
        self.number_head = book.add_format({
            "bold": True, "bg_color": SURFACE, "bottom": 1, "bottom_color": RULE, "text_wrap": True, "valign": "top",
            "align": "right",
        })  # fmt: skip
        self.note = book.add_format({"italic": True, "font_color": "#55635c", "text_wrap": True, "valign": "top"})
        self.text = book.add_format({"text_wrap": True, "valign": "top"})
        self.label = book.add_format({"bold": True, "valign": "top"})
        self.missing = book.add_format({
            "italic": True, "font_color": "#8a4b00", "text_wrap": True, "valign": "top", "align": "right",
        })  # fmt: skip
        self.day = self.number("yyyy-mm-dd")

    def number(self, pattern: str) -> Format:
        """The format of figures after a pattern."""
        if pattern not in self._numbers:
            self._numbers[pattern] = self._book.add_format({"num_format": pattern, "valign": "top"})
        return self._numbers[pattern]


def _sheet_name(table: Table) -> str:
    return table.title.translate(FORBIDDEN)[:SHEET_NAME_MAX].strip(" '")


def _cover(sheet: Worksheet, statement: Statement, styles: _Styles) -> None:
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 26)
    sheet.set_column(1, 1, 96)
    sheet.write_string(0, 0, statement.title, styles.title)
    period = statement.period
    days = "not computable because there are no rounds" if period is None else str(period)
    verified = statement.verification
    facts = [
        ("Standard", f"{statement.alignment}; figures are estimates"),
        ("Period", days),
        ("Held against", "no period before" if statement.previous_period is None else str(statement.previous_period)),
        ("Stores", ", ".join(statement.stores) or "none"),
        ("Orders", f"{statement.orders:,}"),
        ("Edition of the factors", statement.edition or "not stated"),
        ("Verification", "none" if verified is None else f"{verified.by}, {verified.on}: {verified.statement}"),
        *(("Findings" if not number else "", finding) for number, finding in enumerate(statement.findings)),
    ]
    for row, (label, text) in enumerate(facts, 2):
        sheet.write_string(row, 0, label, styles.label)
        sheet.write_string(row, 1, text, styles.text)
    start = len(facts) + 3
    sheet.write_string(start, 0, "Sheets", styles.label)
    for number, table in enumerate(statement.tables):
        name = _sheet_name(table)
        sheet.write_url(start + number, 1, f"internal:'{name.replace(chr(39), chr(39) * 2)}'!A1", string=name)
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)


def _sheet(sheet: Worksheet, table: Table, styles: _Styles) -> None:
    sheet.write_string(0, 0, table.title, styles.title)
    if table.note:
        sheet.merge_range(1, 0, 1, max(len(table.columns) - 1, 1), "", styles.note)
        sheet.write_string(1, 0, table.note, styles.note)
        across = sum(_width(column, table) for column in table.columns)
        sheet.set_row(1, 15 * math.ceil(len(table.note) / max(across, 1)))
    head = 2
    for at, column in enumerate(table.columns):
        title = f"{column.title}\n{unit_text(column.unit)}" if column.unit else column.title
        sheet.write_string(head, at, title, styles.number_head if column.kind == "number" else styles.head)
        sheet.set_column(at, at, _width(column, table))
    smallest = [_smallest(column, table) for column in table.columns]
    for number, row in enumerate(table.rows, head + 1):
        for at, column in enumerate(table.columns):
            cell = row[column.key]
            if isinstance(cell, Missing):
                sheet.write_string(number, at, str(cell), styles.missing)
            elif isinstance(cell, str):
                if column.kind == "day":
                    sheet.write_datetime(number, at, date.fromisoformat(cell), styles.day)
                else:
                    sheet.write_string(number, at, unit_text(cell) if column.key == "unit" else cell, styles.text)
            else:
                sheet.write_number(
                    number, at, cell, styles.number(_pattern(column, unit_of(column, row), smallest[at], cell))
                )
    sheet.freeze_panes(head + 1, 1)
    if table.rows:
        sheet.autofilter(head, 0, head + len(table.rows), len(table.columns) - 1)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(head)


def _pattern(column: Column, unit: str, smallest: float | None, cell: float) -> str:
    """Number format: percentages for fractions, else decimals enough for three figures of the column's smallest."""
    if isinstance(cell, int):
        return "#,##0"
    if column.exact:
        return "General"
    size = (abs(cell) or None) if smallest is None else smallest
    decimals = 0
    if size:
        decimals = min(6, max(0, 2 - math.floor(math.log10(size * (100 if unit == "fraction" else 1)))))
    places = f".{'0' * decimals}" if decimals else ""
    return f"0{places}%" if unit == "fraction" else f"#,##0{places}"


def _smallest(column: Column, table: Table) -> float | None:
    """The smallest figure of a column but 0, 0 if there is none; None where each row has a unit of its own."""
    if not column.unit:
        return None
    sizes = (abs(cell) for row in table.rows if isinstance(cell := row[column.key], float) and cell)
    return min(sizes, default=0.0)


def _width(column: Column, table: Table) -> float:
    """Width that shows a column's cells; long text is wrapped."""
    figures = [0 if isinstance(cell := row[column.key], Missing) else len(str(cell)) for row in table.rows]
    longest = max((*figures, 0))
    if column.kind == "number":
        gone = any(isinstance(row[column.key], Missing) for row in table.rows)
        return max(NARROWEST + 6, min(24, len(column.title) * 0.7), 30 if gone else 0)
    return min(WIDEST, max(NARROWEST, longest + 2, len(column.title) + 4))
