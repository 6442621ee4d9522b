"""A statement as CSV: one header and one figure a line, so that a spreadsheet can filter and pivot all of it.

Columns: ``table``, ``row`` (number within the table, from 1), ``name`` (first cell of the row), ``column``, ``value``
(full precision; empty if missing), ``unit`` and ``not_computable_because``. Row 0 of a table is its note.
"""

import csv
import io

from carbon.reports.statement import Statement
from carbon.reports.table import Missing

HEADER = ("table", "row", "name", "column", "value", "unit", "not_computable_because")
BYTE_ORDER_MARK = "\ufeff"
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a spreadsheet takes for the beginning of a formula, or skips on the way to one."""


def csv_text(statement: Statement) -> str:
    """Render a statement as CSV text (RFC 4180), to be written as UTF-8.

    It begins with a byte order mark, without which spreadsheets read Chinese names as something else.
    """
    out = io.StringIO(newline="")
    lines = csv.writer(out)
    lines.writerow(HEADER)
    heading = {
        "title": statement.title,
        "alignment": statement.alignment,
        "first_day": "" if statement.period is None else statement.period.first_day.isoformat(),
        "last_day": "" if statement.period is None else statement.period.last_day.isoformat(),
        "stores": ", ".join(statement.stores),
        "edition": statement.edition or "not stated",
        **{f"finding {number}": finding for number, finding in enumerate(statement.findings, 1)},
    }
    for number, (name, text) in enumerate(heading.items(), 1):
        lines.writerow(("report", number, name, "text", harmless(text), "", ""))
    for table in statement.tables:
        if table.note or not table.rows:
            lines.writerow((table.key, 0, "note", "text", harmless(table.note or "nothing to list"), "", ""))
        for number, row in enumerate(table.rows, 1):
            name = harmless(str(row[table.columns[0].key]))
            for column, cell, unit in table.cells(row):
                if column.key == "unit" or (column is table.columns[0] and len(table.columns) > 1):
                    continue  # on each line already
                missing = cell.not_computable_because if isinstance(cell, Missing) else ""
                value = "" if missing else harmless(cell) if isinstance(cell, str) else repr(cell)
                lines.writerow((table.key, number, name, column.key, value, unit, missing))
    return BYTE_ORDER_MARK + out.getvalue()


def harmless(text: str) -> str:
    """``text`` as a spreadsheet will show it, not run it."""
    return f"'{text}" if text.startswith(FORMULA) else text
