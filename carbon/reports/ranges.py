"""How far off a report's figures may be: the percentiles of a Monte-Carlo run over it (formula F12)."""

from collections.abc import Iterable, Iterator, Mapping

from carbon.reports.parts import NO_HUB, NO_ORDERS
from carbon.reports.table import Cell, Column, Missing, Table
from carbon.uncertainty import PeriodRange, Range, Uncertainty

NO_DRAWS = "Not computable because no draws were made for this report."
NOT_DRAWN = "it was not drawn: no factor has a published range"
SEE_NOTE = "none that could be used, as the note says"
WHOLE = "A + B"
PARTS = ("A: transport", "A: handling in stores", "B: packaging")
"""Names of the total's row and of its parts'."""


def range_table(ranges: Uncertainty | None) -> Table:
    """The range of the whole and of its parts; of stores and days where there are several."""
    rows: tuple[dict[str, Cell], ...] = ()
    note = NO_DRAWS
    if ranges is not None:
        note = (
            f"Percentiles of {ranges.draws:,} draws (seed {ranges.seed}). Factors with a published range, drawn: "
            f"{len(ranges.ranged)}; without one, constant: {len(ranges.constant)}. The true range is wider."
        )
        note = " ".join((note, *(f"{limit}." for limit in ranges.limits)))
        rows = tuple(_rows(ranges))
        if only := only_drawn(rows):
            note += f" Of {WHOLE} only {only} was drawn; the rest is in it as a fixed figure."
    return Table(
        key="ranges",
        title="Ranges",
        note=note,
        columns=(
            Column(key="figure", title="Figure"),
            Column(key="p5", title="5 % of draws below", kind="number"),
            Column(key="p50", title="Median", kind="number"),
            Column(key="p95", title="5 % of draws above", kind="number"),
            Column(key="unit", title="Unit"),
        ),
        rows=rows,
    )


def only_drawn(rows: Iterable[Mapping[str, Cell]]) -> str:
    """The part of A + B that was drawn, where another was not: a ledger or the name of its part. Else nothing."""
    parts = [row for row in rows if row["figure"] in PARTS and not isinstance(row["p50"], Missing)]
    fixed = {str(row["figure"]) for row in parts if isinstance(row["p5"], Missing)}
    drawn = [str(row["figure"]) for row in parts if row["figure"] not in fixed]
    if not fixed:
        return ""
    ledgers = sorted({name[0] for name in drawn})
    return " and ".join(drawn if {name[0] for name in fixed} & set(ledgers) else ledgers)


def _rows(ranges: Uncertainty) -> Iterator[dict[str, Cell]]:
    total = ranges.total
    if total is None:
        yield _row(WHOLE, None, NO_ORDERS)
        return
    fixed = f"{NOT_DRAWN}, or {SEE_NOTE}" if ranges.limits else NOT_DRAWN
    parts = (total.transport_gco2e, total.hub_gco2e, total.packaging_gco2e)
    for figure, found in zip((WHOLE, *PARTS), (total.total_gco2e, *parts), strict=True):
        yield _row(figure, found, NO_HUB if found is None else fixed)
    each = Range.model_validate({name: grams / total.orders for name, grams in dict(total.total_gco2e).items()})
    yield _row("A + B per order", each, fixed, unit="gCO2e/order")
    for name, periods in (("store", ranges.stores), ("day", ranges.days)):
        if len(periods) > 1:
            for part in periods:
                yield _row(f"A + B of {name} {_name(part)}", part.total_gco2e, fixed)


def _name(part: PeriodRange) -> str:
    return part.first_day.isoformat() if part.store_id is None else part.store_id


def _row(figure: str, found: Range | None, because: str, unit: str = "gCO2e") -> dict[str, Cell]:
    """A figure's range; why it has none, with the figure itself where that is all there is."""
    if found is None or found.fixed:
        gone = Missing(not_computable_because=because)
        return {"figure": figure, "p5": gone, "p50": gone if found is None else found.p50, "p95": gone, "unit": unit}
    return {"figure": figure, "p5": found.p5, "p50": found.p50, "p95": found.p95, "unit": unit}
