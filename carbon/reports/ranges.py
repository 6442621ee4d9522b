"""How far off a report's figures may be: the percentiles of a Monte-Carlo run over it (formula F12)."""

from collections.abc import Iterator

from carbon.reports.parts import NO_HUB, NO_ORDERS
from carbon.reports.table import Cell, Column, Missing, Table
from carbon.uncertainty import PeriodRange, Range, Uncertainty

NO_DRAWS = "Not computable because no draws were made for this report."


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


def _rows(ranges: Uncertainty) -> Iterator[dict[str, Cell]]:
    total = ranges.total
    if total is None:
        yield _row("A + B", None, NO_ORDERS)
        return
    yield _row("A + B", total.total_gco2e)
    yield _row("A: transport", total.transport_gco2e)
    yield _row("A: handling in stores", total.hub_gco2e, NO_HUB)
    yield _row("B: packaging", total.packaging_gco2e)
    each = Range.model_validate({name: grams / total.orders for name, grams in dict(total.total_gco2e).items()})
    yield _row("A + B per order", each, unit="gCO2e/order")
    for name, parts in (("store", ranges.stores), ("day", ranges.days)):
        if len(parts) > 1:
            for part in parts:
                yield _row(f"A + B of {name} {_name(part)}", part.total_gco2e)


def _name(part: PeriodRange) -> str:
    return part.first_day.isoformat() if part.store_id is None else part.store_id


def _row(figure: str, found: Range | None, because: str = "", unit: str = "gCO2e") -> dict[str, Cell]:
    if found is None:
        gone = Missing(not_computable_because=because)
        return {"figure": figure, "p5": gone, "p50": gone, "p95": gone, "unit": unit}
    return {"figure": figure, "p5": found.p5, "p50": found.p50, "p95": found.p95, "unit": unit}
