"""A statement as one self-contained HTML page, for a screen by day and by night, and for a printer."""

from functools import cache
from pathlib import Path
from typing import NamedTuple

import jinja2

from carbon.reports.display import cell_text, footnote_mark, shown, unit_text
from carbon.reports.gallery import gallery
from carbon.reports.statement import Statement
from carbon.reports.table import Missing

TEMPLATE = Path(__file__).with_name("report.html")
MARKS = {"fulfilled": "✓", "not fulfilled": "✗", "not applicable": "○"}
"""What a colour alone may not say."""
KEY_FIGURES = (
    ("intensities", "A + B per order"),
    ("intensities", "A: transport per order"),
    ("intensities", "B: packaging per order"),
    ("totals", "A + B: all of it"),
)


class KeyFigure(NamedTuple):
    """One of the figures at the top."""

    name: str
    value: str
    unit: str
    note: str


def html_page(statement: Statement) -> str:
    """Render a statement as HTML. It asks for nothing over the network and runs no script."""
    return _template().render(
        statement=statement,
        facts=_facts(statement),
        keys=[_key(statement, table, figure) for table, figure in KEY_FIGURES],
        tables=[shown(table) for table in statement.tables if not table.listing],
        charts=gallery(statement),
        marks=MARKS,
        superscript=footnote_mark,
    )


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
        ("Factors", "edition not stated" if statement.edition is None else f"edition {statement.edition}"),
    ]


def _key(statement: Statement, table: str, figure: str) -> KeyFigure:
    row = statement.table(table).row(figure)
    value, unit = row["value"], str(row["unit"])
    if isinstance(value, Missing):
        return KeyFigure(figure, "–", "", str(value))  # noqa: RUF001 - the dash is meant
    note = ""
    for range_ in statement.table("ranges").rows:
        if range_["figure"] == figure.partition(": all")[0] and not isinstance(range_["p5"], Missing):
            low, high = (cell_text(range_[end]) for end in ("p5", "p95"))
            note = f"{low} to {high} in nine of ten draws"
    return KeyFigure(figure, cell_text(value), unit_text(unit), note)
