"""Which charts a statement has: one for each table that a picture tells faster, drawn from the table's own cells."""

import math
from collections.abc import Mapping, Sequence
from datetime import date

from carbon.reports.charts import (
    LEDGERS,
    DayStack,
    Interval,
    Stack,
    bars,
    by_day,
    ledgers,
    per_order,
    ranges,
)
from carbon.reports.ranges import PARTS, WHOLE, only_drawn
from carbon.reports.statement import Statement
from carbon.reports.table import Cell, Table

MOST_BARS = 12
"""So many bars a chart shows."""
ZONES_AND_STORES = {"stores": "Stores", "zones": "Temperature zones"}


def gallery(statement: Statement) -> Mapping[str, str]:
    """Charts as SVG text, by the key of the table that each one shows."""
    return {
        "totals": _ledgers(statement.table("totals")),
        "ranges": _ranges(statement.table("ranges")),
        "riders_and_drones": per_order(
            [
                Stack(str(row["part"]), (grams,))
                for row in statement.table("riders_and_drones").rows
                if (grams := _grams(row["transport_per_order"])) is not None
            ]
        ),
        "days": by_day(
            [DayStack(date.fromisoformat(str(row["part"])), _both(row)) for row in statement.table("days").rows]
        ),
        **{
            key: _parts(title, [Stack(str(row["part"]), _both(row)) for row in statement.table(key).rows])
            for key, title in ZONES_AND_STORES.items()
        },
        "contributors": _parts("Top contributors", [_source(row) for row in statement.table("contributors").rows]),
    }


def _parts(title: str, stacks: Sequence[Stack]) -> str:
    """The stacks as given if they are few, else the largest of them."""
    if len(stacks) <= MOST_BARS:
        return bars(title, "", stacks, LEDGERS)
    ranked = sorted(stacks, key=lambda stack: -math.fsum(stack.parts))
    return bars(title, f"The {MOST_BARS} largest of {len(stacks)}; the table has them all", ranked[:MOST_BARS], LEDGERS)


def _ledgers(totals: Table) -> str:
    transport, handling, packaging = (
        _grams(totals.row(name)["value"]) for name in ("A: transport", "A: handling in stores", "B: packaging")
    )
    return ledgers(transport, handling, packaging)


def _ranges(table: Table) -> str:
    """The ranges of the total and its parts, which are all in grams; not those of stores, days and single orders."""
    found = []
    only = only_drawn(table.rows)
    for row in table.rows:
        low, mid, high = (_grams(row[key]) for key in ("p5", "p50", "p95"))
        if row["figure"] in {WHOLE, *PARTS} and mid is not None:
            partly = f" (only {only} drawn)" if only and row["figure"] == WHOLE else ""
            found.append(Interval(f"{row['figure']}{partly}", low, mid, high))
    return ranges("Totals with their ranges", found)


def _both(row: Mapping[str, Cell]) -> tuple[float, float]:
    """Grams of a row in ledger A and in ledger B; handling counts where it is known."""
    known = [grams for key in ("transport", "handling") if (grams := _grams(row[key])) is not None]
    return math.fsum(known), _grams(row["packaging"]) or 0.0


def _source(row: Mapping[str, Cell]) -> Stack:
    grams = _grams(row["gco2e"]) or 0.0
    return Stack(str(row["what"]), (grams, 0.0) if row["ledger"] == "A" else (0.0, grams))


def _grams(cell: Cell) -> float | None:
    return float(cell) if isinstance(cell, int | float) else None
