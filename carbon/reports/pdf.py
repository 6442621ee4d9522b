"""A statement as PDF, for a board to read and an auditor to keep.

The page layout is a fixed Typst template; everything said comes to it as data, so no name, note or address can become
markup. Bytes are the same for the same statement and fonts: no clock, no random id. Needs the extra ``pdf``.
"""

import json
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from carbon.errors import ReportError
from carbon.reports.display import ROUNDING, alike, cell_text, short_hash, shown
from carbon.reports.gallery import gallery
from carbon.reports.paper import on_paper
from carbon.reports.period import Period
from carbon.reports.spoken import in_words
from carbon.reports.statement import Statement
from carbon.reports.table import Cell, Table
from carbon.reports.words import unit_for
from carbon.svg import FONT

if TYPE_CHECKING:
    import typst

TEMPLATE = Path(__file__).with_name("report.typ")

FAMILIES = ("Libertinus Serif",)
"""The text's font, which Typst brings along: Latin, Greek and Cyrillic."""
EAST_ASIAN = (
    "Source Han Serif SC", "Noto Serif CJK SC", "Noto Serif SC", "Songti SC", "SimSun", "Source Han Sans SC",
    "Noto Sans CJK SC", "Noto Sans SC", "PingFang SC", "Microsoft YaHei", "WenQuanYi Micro Hei",
)  # fmt: skip
"""Fonts of the computer that are used for Chinese, the first that it has; Typst brings none."""
CHART_FONT = ", ".join(f"'{name}'" for name in (*FAMILIES, *EAST_ASIAN))
NO_GLYPH = "could not be displayed with font"
"""What Typst says of a character that no font has, if the standard asks it to care."""
FIRST_EAST_ASIAN = "\u2e80"
BREAK_AFTER = "_@/:."
"""A word longer than ``LONGEST`` may be broken after one of these, and after ``LONGEST_RUN`` letters without one."""
LONGEST, LONGEST_RUN = 18, 12
ZERO_WIDTH = "\u200b"


class Section(NamedTuple):
    """A chapter of the PDF.

    Attributes:
        title: its heading.
        tables: keys of the tables in it.
        across: whether its pages lie across.
    """

    title: str
    tables: tuple[str, ...]
    across: bool = False


FEWEST_DRAWN = 2
"""A chart of fewer rows shows nothing that the table does not."""
COVER_CHART = "totals"
"""The table whose chart is on the cover."""
COVER_TOTALS = ("A + B: all of it", "A: transport and handling", "B: packaging")
SECTIONS = (
    Section("Results", ("totals", "intensities", "ranges", "change")),
    Section("Riders and drones", ("riders_and_drones", "vehicle_classes")),
    Section("Stores, temperature and days", ("stores", "zones", "days")),
    Section("Where the emissions come from", ("contributors", "data_classes")),
    Section("Other views", ("market", "scopes")),
    Section("Method and limits", ("method", "exclusions")),
    Section("Rules and verification", ("checklist",)),
    Section("Categories of operation", ("hubs", "categories"), across=True),
    Section("Factors", ("factors",), across=True),
)
"""The chapters, those across last; a table in none of them comes at the end."""
UNDER = {"factors": {"name": ("factor",), "gas": ("gwp",), "region": ("year",), "source": ("licence", "edition")}}
"""By table and column: the columns printed small under it."""
LINKS = {"factors": {"source": "address"}}
"""By table and column: the column that holds its address."""


def pdf(statement: Statement) -> bytes:
    """Set a statement as PDF, tagged for screen readers (PDF/UA-1).

    A statement with characters that the bundled font lacks is set with fonts of this computer. If no font has one of
    them, the cover says that some characters show as boxes, and the tags are left out, as PDF/UA forbids such text.

    Raises:
        ReportError: if the extra ``pdf`` is not installed, or Typst refuses the document.
    """
    document = json.dumps(_document(in_words(statement)), ensure_ascii=False)
    foreign = any(char >= FIRST_EAST_ASIAN for char in document)
    try:
        import typst  # noqa: PLC0415 - an optional extra
    except ImportError:
        raise ReportError(
            "format pdf needs Typst, which is not installed: install swiftleaf[pdf], or choose html, xlsx, csv or json"
        ) from None
    refused = ""
    for system, boxes in ((False, False), (True, False), (True, True))[foreign:]:
        fonts = _fonts(system=system)
        families = set(fonts.families())
        chosen = [*FAMILIES, *(name for name in EAST_ASIAN if name in families)]
        try:
            return typst.compile(
                TEMPLATE.read_bytes(),
                font_paths=fonts,
                sys_inputs={"statement": document, "fonts": json.dumps(chosen), "boxes": json.dumps(boxes)},
                pdf_standards=[] if boxes else ["ua-1"],
            )
        except typst.TypstError as error:
            refused = error.message
            if NO_GLYPH not in refused:
                break
    raise ReportError(f"the PDF of {statement.title!r} could not be set: {refused}")


@lru_cache(maxsize=2)
def _fonts(*, system: bool) -> "typst.Fonts":
    """Typst's own fonts, with or without the computer's; found once, as that takes longer than the setting."""
    import typst  # noqa: PLC0415 - an optional extra

    return typst.Fonts(include_system_fonts=system)


def _document(statement: Statement) -> dict[str, Any]:
    """What the template reads: only text, and charts."""
    charts = gallery(statement)
    period, previous, verified = statement.period, statement.previous_period, statement.verification
    return {
        "title": statement.title,
        "alignment": statement.alignment,
        "period": _days(period) or "no days, as there are no rounds",
        "days": period.days if period else 0,
        "previous": _days(previous) or "none given",
        "stores": [_breakable(store) for store in statement.stores],
        "orders": f"{statement.orders:,}",
        "edition": short_hash(statement.edition) if statement.edition else "not stated",
        "findings": statement.findings,
        "rounding": ROUNDING,
        "chart": _chart(charts[COVER_CHART]),
        "figures": list(_figures(statement)),
        "sections": [
            {
                "title": section.title,
                "across": section.across,
                "tables": [
                    _table(table, None if table.key == COVER_CHART else charts.get(table.key)) for table in tables
                ],
            }
            for section, tables in _sections(statement)
        ],
        "verification": (
            None if verified is None else {"by": verified.by, "on": str(verified.on), "statement": verified.statement}
        ),
    }


def _days(period: Period | None) -> str:
    if period is None:
        return ""
    return str(period.first_day) if period.days == 1 else f"{period.first_day} to {period.last_day}"


def _sections(statement: Statement) -> Iterator[tuple[Section, list[Table]]]:
    there = {table.key: table for table in statement.tables if not table.listing}
    for section in SECTIONS:
        if tables := [there.pop(key) for key in section.tables if key in there]:
            yield section, tables
    if there:
        yield Section("Further tables", tuple(there), across=True), list(there.values())


def _figures(statement: Statement) -> Iterator[dict[str, str]]:
    """The cover's figures: the total, its two ledgers, and an order's mean."""
    totals, means = statement.table("totals"), statement.table("intensities")
    for table, names, per in ((totals, COVER_TOTALS, ""), (means, ("A + B per order",), "/order")):
        values = [table.row(name)["value"] for name in names]
        known = [float(value) for value in values if isinstance(value, int | float)]
        # The ledgers in the unit of their sum and rounded at one place, as they will be compared and added.
        unit = unit_for(known)
        texts = iter(alike(grams / unit.grams for grams in known))
        for name, value in zip(names, values, strict=True):
            if isinstance(value, int | float):
                yield {"label": name, "value": next(texts), "unit": unit.name + per, "because": ""}
            else:
                yield {"label": name, "value": "", "unit": "", "because": cell_text(value)}


def _table(table: Table, chart: str | None) -> dict[str, Any]:
    """One table with its chart, its columns those that fit a page."""
    kept = [column for column in table.columns if on_paper(table, column)]
    text = shown(table.model_copy(update={"columns": tuple(kept)}))
    under, links = UNDER.get(table.key, {}), LINKS.get(table.key, {})
    cells = []
    for row, said in zip(table.rows, text.rows, strict=True):
        cells.append(
            [
                {
                    "text": _breakable(words),
                    "under": _breakable(_small(under.get(column.key, ()), row)),
                    "link": _address(row[links[column.key]]) if column.key in links else "",
                }
                for column, words in zip(kept, said, strict=True)
            ]
        )
    return {
        "title": table.title,
        "note": table.note,
        "columns": [
            {
                "title": head.title.replace(" + ", "\N{NO-BREAK SPACE}+\N{NO-BREAK SPACE}"),
                "unit": head.unit,
                "number": head.numeric,
                "longest": _longest(text.rows, at),
                "usual": _usual(text.rows, at),
            }
            for at, head in enumerate(text.columns)
        ],
        "rows": cells,
        "footnotes": text.footnotes,
        "left_out": len(table.columns) - len(kept) - sum(map(len, under.values())) - len(links),
        "chart": None if chart is None or len(cells) < FEWEST_DRAWN else _chart(chart),
    }


def _chart(svg: str) -> dict[str, str]:
    return {"svg": svg.replace(FONT, CHART_FONT), "alt": _description(svg)}


def _small(keys: Iterable[str], row: Mapping[str, Cell]) -> str:
    return ", ".join(f"edition {row[key]}" if key == "edition" else str(row[key]) for key in keys if row[key])


def _longest(rows: tuple[tuple[str, ...], ...], at: int) -> int:
    return max((len(row[at]) for row in rows), default=0)


def _usual(rows: tuple[tuple[str, ...], ...], at: int) -> int:
    return round(sum(len(row[at]) for row in rows) / len(rows)) if rows else 0


def _breakable(words: str) -> str:
    """``words`` with places to break long ids at, which no reader sees."""
    return " ".join(word if len(word) <= LONGEST else _broken(word) for word in words.split(" "))


def _broken(word: str) -> str:
    made, run = "", 0
    for char in word:
        run += 1
        made += char
        if char in BREAK_AFTER or run == LONGEST_RUN:
            made, run = made + ZERO_WIDTH, 0
    return made


def _address(cell: object) -> str:
    """An address to link to: a web page's or nothing."""
    said = str(cell)
    return said if said.startswith(("https://", "http://")) else ""


def _description(svg: str) -> str:
    """What a chart says to whoever cannot see it."""
    found = ET.fromstring(svg).find("{http://www.w3.org/2000/svg}desc")  # noqa: S314 - drawn by this package
    return "" if found is None else found.text or ""
