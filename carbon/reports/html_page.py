"""A statement as one self-contained HTML page, for a screen by day and by night, and for a printer."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import jinja2

from carbon.reports.display import DASH, ROUNDING, footnote_mark, place_of, placed, short_hash, shown
from carbon.reports.gallery import gallery
from carbon.reports.paper import on_paper
from carbon.reports.ranges import only_drawn
from carbon.reports.spoken import in_words
from carbon.reports.statement import Statement
from carbon.reports.table import Column, Table
from carbon.reports.words import Unit, unit_for

TEMPLATE = Path(__file__).with_name("report.html")
MARKS = {"fulfilled": "✓", "not fulfilled": "✗", "not applicable": "○"}
"""What a colour alone may not say."""
KEY_FIGURES = {
    "intensities": ("A + B per order", "A: transport per order", "B: packaging per order"),
    "totals": ("A + B: all of it",),
}
"""By table: the figures at the top, those of one table rounded at one place."""


class KeyFigure(NamedTuple):
    """One of the figures at the top."""

    name: str
    value: str
    unit: str
    note: str


def html_page(statement: Statement) -> str:
    """Render a statement as HTML. It asks for nothing over the network and runs no script."""
    statement = in_words(statement)
    return _template().render(
        statement=statement,
        facts=_facts(statement),
        keys=list(_keys(statement)),
        tables=[shown(table) for table in statement.tables if not table.listing],
        screen_only={
            table.key: {at for at, column in enumerate(table.columns) if not _printed(table, column)}
            for table in statement.tables
        },
        charts=gallery(statement),
        marks=MARKS,
        superscript=footnote_mark,
        rounding=ROUNDING,
    )


def _printed(table: Table, column: Column) -> bool:
    """Whether a column is on paper too; the ids of factors are, as nothing else names them there."""
    return on_paper(table, column) or (table.key, column.key) == ("factors", "factor")


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(TEMPLATE.read_text(encoding="utf-8"))


def _facts(statement: Statement) -> list[tuple[str, str]]:
    verified = statement.verification
    return [
        ("Period", "none, as there are no rounds" if statement.period is None else str(statement.period)),
        ("Held against", "no period before" if statement.previous_period is None else str(statement.previous_period)),
        ("Stores", ", ".join(statement.stores) or "none"),
        ("Orders", f"{statement.orders:,}"),
        ("Verified by", "nobody" if verified is None else f"{verified.by}, {verified.on}: {verified.statement}"),
        ("Factors", "edition not stated" if statement.edition is None else f"edition {short_hash(statement.edition)}"),
    ]


def _keys(statement: Statement) -> Iterator[KeyFigure]:
    for key, names in KEY_FIGURES.items():
        rows = {name: statement.table(key).row(name) for name in names}
        grams = [float(row["value"]) for row in rows.values() if isinstance(row["value"], int | float)]
        unit = unit_for(grams)
        place = place_of(value / unit.grams for value in grams)
        for name, row in rows.items():
            value = row["value"]
            if isinstance(value, int | float):
                said = unit.name + str(row["unit"]).removeprefix("gCO2e")
                note = _range_words(statement.table("ranges"), name.partition(": all")[0], unit, place)
                yield KeyFigure(name, placed(value / unit.grams, place), said, note)
            else:
                yield KeyFigure(name, DASH, "", str(value))


def _range_words(ranges: Table, figure: str, unit: Unit, place: int | None) -> str:
    """Range of a figure, if it has one, and what it leaves out."""
    only = only_drawn(ranges.rows)
    for row in ranges.rows:
        low, high = row["p5"], row["p95"]
        if row["figure"] == figure and isinstance(low, float) and isinstance(high, float):
            ends = " to ".join(placed(end / unit.grams, place) for end in (low, high))
            return f"{ends} in nine of ten draws" + (f"; only {only} was drawn" if only else "")
    return ""
