"""Figures as people read them: rounded, in a unit that fits, decimal points under one another.

A figure by itself has three significant digits. Figures of one unit that stand together, as parts and their sum do, are
all rounded at the same place, so that they add up but for their last digit. What is rounded here is for the eye alone;
JSON, CSV and XLSX carry full precision.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from carbon.reports.table import Cell, Column, Missing, Table, unit_of

FIGURE_SPACE, POINT_SPACE = "\u2007", "\u2008"
"""Spaces as wide as a digit and as a full stop, where a font has digits of one width."""

DASH = "\u2013"
SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
SCALES = ((1e7, 1e6, "t"), (1e4, 1e3, "k"))
"""From how many grams on they are shown as tonnes, and as kilograms."""
SMALLEST = 1e-6
DIGITS, MOST_DIGITS = 3, 4
"""Significant digits of a figure by itself; and of the largest of several, for the sake of the smallest."""
HASH_DIGITS = 12
ROUNDING = "Figures are rounded for print and may differ in the last digit from their sum."


@dataclass(frozen=True, slots=True)
class ShownColumn:
    """Head of a column.

    Attributes:
        title: its name.
        unit: of its figures, or an empty string.
        numeric: whether its cells are to be flushed right.
    """

    title: str
    unit: str
    numeric: bool


@dataclass(frozen=True, slots=True)
class ShownTable:
    """A table as text.

    Attributes:
        key: as the table has it.
        title: likewise.
        note: likewise.
        columns: heads.
        rows: cells, one for each column; what is missing shows the number of its footnote.
        footnotes: reasons of what is missing, the first of which is number 1.
    """

    key: str
    title: str
    note: str
    columns: tuple[ShownColumn, ...]
    rows: tuple[tuple[str, ...], ...]
    footnotes: tuple[str, ...]


def significant(value: float, digits: int = DIGITS) -> str:
    """``value`` rounded to ``digits`` significant figures, thousands parted by commas: 0.0123, 1.23, 123, 12,300."""
    if value == 0:
        return "0"
    if abs(value) < SMALLEST:
        return f"{value:.{digits - 1}e}"
    return _rounded(value, _decimals(value, digits))


def alike(values: Iterable[float]) -> list[str]:
    """Figures of one unit as text, all rounded at the same place: 0.475, 3.076 and their sum 3.551.

    That place gives the smallest three significant digits, if it gives the largest no more than four. A figure too
    small for it is said to be below it, so that nothing that was emitted reads as 0.
    """
    values = list(values)
    place = place_of(values)
    return [placed(value, place) for value in values]


def place_of(values: Iterable[float]) -> int | None:
    """Decimals at which to round figures of one unit, below 0 for tens and more; None if they are all 0 or minute."""
    sizes = [abs(value) for value in values if value]
    if not sizes or max(sizes) < SMALLEST:
        return None
    return min(_decimals(max(sizes), MOST_DIGITS), max(_decimals(size, DIGITS) for size in sizes))


def placed(value: float, place: int | None) -> str:
    """``value`` rounded at a place from ``place_of``."""
    if value == 0 or place is None:
        return significant(value)
    if round(value, place) == 0:
        least = _rounded(10.0**-place, place)
        return f"<{least}" if value > 0 else f">-{least}"
    return _rounded(value, place)


def _decimals(value: float, digits: int) -> int:
    """Decimals that show ``digits`` significant figures of ``value``, which is not 0; below 0 for tens and more."""
    rounded = round(value, digits - 1 - math.floor(math.log10(abs(value))))
    return digits - 1 - math.floor(math.log10(abs(rounded or value)))


def _rounded(value: float, decimals: int) -> str:
    return f"{round(value, decimals):,.{max(0, decimals)}f}"


def short_hash(edition: str) -> str:
    """The beginning of an edition's hash, enough to tell two apart by eye; the table of the method has it whole."""
    return edition if len(edition) <= HASH_DIGITS else f"{edition[:HASH_DIGITS]}…"


def footnote_mark(number: int) -> str:
    """The raised number of a footnote."""
    return str(number).translate(SUPERSCRIPT)


def unit_text(unit: str) -> str:
    """A unit in print: ``"gCO2e/order"`` is g CO₂e/order, a fraction a percentage."""
    return "%" if unit == "fraction" else unit.replace("CO2e", " CO₂e", 1).replace("tkm", "t·km")


def shown(table: Table) -> ShownTable:
    """Render a table as text. One unit is scaled alike, and rounded at one place, everywhere in it."""
    scales = _scales(table)
    places = _places(table, scales)
    footnotes: dict[str, int] = {}
    columns = [_column(column, table.rows, scales, places, footnotes) for column in table.columns]
    return ShownTable(
        key=table.key,
        title=table.title,
        note=table.note,
        columns=tuple(
            ShownColumn(
                title=column.title,
                unit=unit_text(scales.get(column.unit, (1.0, column.unit))[1]),
                numeric=column.kind == "number",
            )
            for column in table.columns
        ),
        rows=tuple(zip(*columns, strict=True)),
        footnotes=tuple(footnotes),
    )


def cell_text(cell: Cell, unit: str = "") -> str:
    """One figure or text by itself, without its unit except for a percentage."""
    if isinstance(cell, Missing):
        return str(cell)
    if isinstance(cell, str):
        return cell
    if isinstance(cell, int):
        return f"{cell:,}"
    return f"{significant(cell * 100)} %" if unit == "fraction" else significant(cell)


def _scales(table: Table) -> Mapping[str, tuple[float, str]]:
    """By unit in grams: what to divide by, and the unit that gives."""
    largest: dict[str, float] = {}
    for _, cell, unit in (each for row in table.rows for each in table.cells(row)):
        if unit.startswith("gCO2e") and isinstance(cell, float):
            largest[unit] = max(largest.get(unit, 0.0), abs(cell))
    made = {}
    for unit, most in largest.items():
        for least, by, prefix in SCALES:
            if most >= least:
                made[unit] = by, "t" + unit[1:] if prefix == "t" else prefix + unit
                break
    return made


def _places(table: Table, scales: Mapping[str, tuple[float, str]]) -> Mapping[str, int | None]:
    """By unit: the place at which its figures are rounded."""
    found: dict[str, list[float]] = {}
    for column, cell, unit in (each for row in table.rows for each in table.cells(row)):
        if unit and isinstance(cell, float) and not column.exact:
            found.setdefault(unit, []).append(_scaled(cell, unit, scales))
    return {unit: place_of(values) for unit, values in found.items()}


def _scaled(value: float, unit: str, scales: Mapping[str, tuple[float, str]]) -> float:
    return value * 100 if unit == "fraction" else value / scales.get(unit, (1.0, unit))[0]


def _column(
    column: Column,
    rows: Iterable[Mapping[str, Cell]],
    scales: Mapping[str, tuple[float, str]],
    places: Mapping[str, int | None],
    footnotes: dict[str, int],
) -> list[str]:
    texts = []
    for row in rows:
        cell, unit = row[column.key], unit_of(column, row)
        if isinstance(cell, Missing):
            number = footnotes.setdefault(str(cell), len(footnotes) + 1)
            texts.append(DASH + footnote_mark(number))
        elif column.key == "unit" and isinstance(cell, str):
            texts.append(unit_text(scales.get(cell, (1.0, cell))[1]))
        elif isinstance(cell, float):
            value = _scaled(cell, unit, scales)
            if column.exact:
                texts.append(f"{value:,}")
            else:
                texts.append(placed(value, places[unit]) if unit else significant(value))
        else:
            texts.append(cell_text(cell))
    return _aligned(texts) if column.kind == "number" else texts


def _aligned(texts: list[str]) -> list[str]:
    """Pad figures on the right, so that flushed right their decimal points stand under one another."""
    after = [len(text.partition(".")[2]) for text in texts]
    most = max(after, default=0)
    return [
        text + (POINT_SPACE if most and not decimals else "") + FIGURE_SPACE * (most - decimals)
        for text, decimals in zip(texts, after, strict=True)
    ]
