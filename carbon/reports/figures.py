"""The figures of a report as a whole: totals, intensities, and their change against the period before."""

import math
from collections.abc import Iterator

from carbon.counted import counted
from carbon.report import Report
from carbon.reports.parts import NO_ACTIVITY, NO_HUB, NO_ORDERS, NOTHING_EMITTED, activity_of
from carbon.reports.table import Cell, Column, Missing, Table, known, ratio

VALUE_COLUMNS = (
    Column(key="figure", title="Figure"),
    Column(key="value", title="Value", kind="number"),
    Column(key="unit", title="Unit"),
    Column(key="note", title="Note"),
)
CHANGE_COLUMNS = (
    Column(key="figure", title="Figure"),
    Column(key="previous", title="Before", kind="number"),
    Column(key="now", title="Now", kind="number"),
    Column(key="change", title="Change", kind="number"),
    Column(key="change_share", title="Change", kind="number", unit="fraction"),
    Column(key="unit", title="Unit"),
)


def figure_tables(report: Report, before: Report | None) -> tuple[Table, ...]:
    """Totals, intensities, and the change against ``before``."""
    return (
        _values("totals", "Totals", _totals(report)),
        _values("intensities", "Intensities", _intensities(report)),
        Table(
            key="change",
            title="Change against period before",
            note="" if before else "Not computable because no report of a period before was given.",
            columns=CHANGE_COLUMNS,
            rows=() if before is None else tuple(_changes(report, before)),
        ),
    )


def _changes(report: Report, before: Report) -> Iterator[dict[str, Cell]]:
    then = {name: value for name, value, _, _ in (*_totals(before), *_intensities(before))}
    lost = Missing(not_computable_because="the period before does not have it")
    for name, value, unit, _ in (*_totals(report), *_intensities(report)):
        yield _change(name, then.get(name, lost), value, unit)


_Figure = tuple[str, Cell, str, str]
"""Name, value, unit, note."""


def _totals(report: Report) -> Iterator[_Figure]:
    totals, rounds, orders = report.totals, report.rounds, report.orders
    handled = [order for order in orders if order.hub_gco2e is not None]
    hub_operation = math.fsum(order.hub_operation_gco2e or 0.0 for order in handled) if handled else None
    hub_rest = None if hub_operation is None or totals.hub_gco2e is None else totals.hub_gco2e - hub_operation
    ends = [each.packaging_end_of_life_gco2e for each in orders if each.packaging_end_of_life_gco2e is not None]
    some = f"of {len(handled):,} of {counted(len(orders), 'order')}" if 0 < len(handled) < len(orders) else ""
    contracted = sum(each.market_gco2e is not None for each in rounds)

    def grams(value: float | None, because: str = NO_ORDERS) -> Cell:
        return known(value if orders else None, because if orders else NO_ORDERS)

    yield "Orders", len(orders), "", ""
    yield "Rounds", len(rounds), "", "each with its empty way back"
    yield "Distance", grams(math.fsum(each.distance_m for each in rounds) / 1000), "km", "empty ways included"
    yield "A + B: all of it", grams(totals.total_gco2e), "gCO2e", ""
    yield "A: transport and handling", grams(math.fsum((totals.transport_gco2e, totals.hub_gco2e or 0.0))), "gCO2e", ""
    yield "A: transport", grams(totals.transport_gco2e), "gCO2e", "electricity location-based"
    yield "A: transport, operation", grams(totals.operation_gco2e), "gCO2e", "burnt or leaked on the road"
    yield "A: transport, energy provision", grams(totals.energy_provision_gco2e), "gCO2e", "making and delivering it"
    yield "A: handling in stores", grams(totals.hub_gco2e, NO_HUB), "gCO2e", some
    yield "A: handling, operation", grams(hub_operation, NO_HUB), "gCO2e", "burnt or leaked in the stores"
    yield "A: handling, energy provision", grams(hub_rest, NO_HUB), "gCO2e", "making and delivering it"
    yield "B: packaging", grams(totals.packaging_gco2e), "gCO2e", "production, and end of life where stated"
    yield (
        "B: packaging, end of life",
        grams(math.fsum(ends) if ends else None, "no packaging says what becomes of it"),
        "gCO2e",
        "of the figure above",
    )
    yield (
        "A: transport, market-based",
        grams(
            totals.market_gco2e,
            f"a contract for electricity covers {contracted:,} of {counted(len(rounds), 'round')}",
        ),
        "gCO2e",
        "stated apart, in no total",
    )
    yield (
        "Primary share of transport",
        grams(totals.primary_share, NOTHING_EMITTED),
        "fraction",
        "by emissions, from meters and fuel receipts",
    )


def _intensities(report: Report) -> Iterator[_Figure]:
    totals, orders = report.totals, report.orders
    handled = totals.orders - totals.orders_without_hub
    for name, amount, by in (
        ("A + B per order", totals.total_gco2e, len(orders)),
        ("A: transport per order", totals.transport_gco2e, len(orders)),
        ("B: packaging per order", totals.packaging_gco2e, len(orders)),
    ):
        yield name, ratio(amount, by, NO_ORDERS), "gCO2e/order", "parcel view, after EN 17837"
    handling = ratio(known(totals.hub_gco2e, NO_HUB if orders else NO_ORDERS), handled, NO_ORDERS)
    yield "A: handling per order", handling, "gCO2e/order", "of the orders that carry it"
    for kind, name in (("SFD", "shortest feasible distance"), ("GCD", "great-circle distance")):
        own = [order for order in orders if order.distance_type == kind]
        if own:
            activity, _ = activity_of(own)
            yield f"Activity on {kind}", activity, "tkm", name
            grams = math.fsum(order.transport_gco2e for order in own)
            yield f"A: transport per t.km on {kind}", ratio(grams, activity, NO_ACTIVITY), "gCO2e/tkm", name


def _values(key: str, title: str, figures: Iterator[_Figure]) -> Table:
    keys = [column.key for column in VALUE_COLUMNS]
    return Table(
        key=key,
        title=title,
        note="Ledger A is transport, aligned with ISO 14083:2023; ledger B is packaging, a product footprint.",
        columns=VALUE_COLUMNS,
        rows=tuple(dict(zip(keys, figure, strict=True)) for figure in figures),
    )


def _change(name: str, before: Cell, now: Cell, unit: str) -> dict[str, Cell]:
    change: Cell
    if isinstance(before, int | float) and isinstance(now, int | float):
        change = now - before
    else:
        change = now if isinstance(now, Missing) else before
    return {
        "figure": name,
        "previous": before,
        "now": now,
        "change": change,
        "change_share": ratio(change, before, "there was nothing before"),
        "unit": unit,
    }
