"""Where a report's figures come from: the largest sources, categories, hubs, data classes, contracts, factors."""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from carbon.counted import counted
from carbon.report import Report
from carbon.reports.parts import NO_ACTIVITY, NO_ORDERS, NOTHING_EMITTED
from carbon.reports.table import Cell, Column, Missing, Table, known, ratio
from carbon.scopes import scope_map

if TYPE_CHECKING:
    from carbon.account import RoundFootprint

FURTHER = "Further information"
WHERE = (
    "sources of the method and of every factor are in this report's table of factors and parameters; its CSV, XLSX and "
    "JSON hold that table whole, with addresses and licences"
)
"""Where to read on, as rule R13 asks for."""
GRAMS = Column(key="gco2e", title="Emission", kind="number", unit="gCO2e")
SHARE = Column(key="share", title="Share of A + B", kind="number", unit="fraction")


def source_tables(report: Report) -> tuple[Table, ...]:
    """Every table of this module, in the order to read them in."""
    return (
        _contributors(report),
        _categories(report),
        _hubs(report),
        _data_classes(report),
        _market(report),
        _scopes(report),
    )


def _contributors(report: Report) -> Table:
    found: dict[tuple[str, str, str], float] = defaultdict(float)
    for round_ in report.rounds:
        power = round_.energy_provision_gco2e - round_.fuel_provision_gco2e
        found["A", f"{round_.vehicle_class}: electricity", round_.electricity] += power
        found["A", f"{round_.vehicle_class}: fuels", "factors of the fuels"] += (
            round_.operation_gco2e - round_.refrigerant_gco2e + round_.fuel_provision_gco2e
        )
        found["A", f"{round_.vehicle_class}: refrigerants", "warming potentials"] += round_.refrigerant_gco2e
    for order in report.orders:
        said = "assumed" if order.packaging_data_class == "default" else "stated"
        found["A", f"handling in store {order.store_id}", "account of the store"] += order.hub_gco2e or 0.0
        found["B", f"packaging: {order.packaging}", said] += order.packaging_gco2e
    whole, up_to = report.totals.total_gco2e, 0.0
    rows: list[dict[str, Cell]] = []
    for (ledger, what, source), grams in sorted(found.items(), key=lambda item: (-item[1], item[0])):
        if grams > 0:
            up_to += grams
            rows.append(
                {
                    "what": what,
                    "ledger": ledger,
                    "source": source,
                    "gco2e": grams,
                    "share": ratio(grams, whole, NOTHING_EMITTED),
                    "cumulated": ratio(up_to, whole, NOTHING_EMITTED),
                }
            )
    return Table(
        key="contributors",
        title="What contributes most",
        note="Largest first; together they are A + B.",
        columns=(
            Column(key="what", title="What"),
            Column(key="ledger", title="Ledger"),
            Column(key="source", title="Factor or source"),
            GRAMS,
            SHARE,
            Column(key="cumulated", title="Up to here", kind="number", unit="fraction"),
        ),
        rows=tuple(rows),
    )


def _categories(report: Report) -> Table:
    by_category: dict[str, list[RoundFootprint]] = {}
    for round_ in report.rounds:
        by_category.setdefault(round_.category, []).append(round_)

    def rows() -> Iterator[dict[str, Cell]]:
        for each in report.categories:
            own = by_category[each.id]
            unknown = sum(round_.activity_tkm is None for round_ in own)
            silent = sum(round_.empty_distance_m is None for round_ in own)
            because = f"a mass is unknown in {unknown:,} of its {counted(each.rounds, 'round')}"
            activity = known(each.activity_tkm, because)
            yield {
                "category": each.id,
                "store": each.store_id,
                "vehicle_class": each.vehicle_class,
                "zone": each.zone,
                "distance_type": each.distance_type,
                "rounds": each.rounds,
                "orders": each.orders,
                "distance": each.distance_m / 1000,
                "empty_distance": known(
                    None if each.empty_distance_m is None else each.empty_distance_m / 1000,
                    f"{silent:,} of its {counted(each.rounds, 'round')} give no such distance",
                ),
                "operation": each.operation_gco2e,
                "provision": each.energy_provision_gco2e,
                "gco2e": each.gco2e,
                "activity": activity,
                "per_tkm": ratio(each.gco2e, activity, NO_ACTIVITY),
                "per_order": each.gco2e_per_order,
                "primary_share": known(each.primary_share, NOTHING_EMITTED),
            }

    return Table(
        key="categories",
        title="Transport operation categories",
        note=(
            "A category (TOC) holds whole rounds of one store, class, temperature and distance type. Per order is the "
            "parcel view, after EN 17837."
        ),
        columns=(
            Column(key="category", title="Category"),
            Column(key="store", title="Store"),
            Column(key="vehicle_class", title="Class"),
            Column(key="zone", title="Zone"),
            Column(key="distance_type", title="Distance"),
            Column(key="rounds", title="Rounds", kind="number"),
            Column(key="orders", title="Orders", kind="number"),
            Column(key="distance", title="Ridden or flown", kind="number", unit="km"),
            Column(key="empty_distance", title="Of which empty", kind="number", unit="km"),
            Column(key="operation", title="Operation", kind="number", unit="gCO2e"),
            Column(key="provision", title="Energy provision", kind="number", unit="gCO2e"),
            GRAMS,
            Column(key="activity", title="Activity", kind="number", unit="tkm"),
            Column(key="per_tkm", title="Per t.km", kind="number", unit="gCO2e/tkm"),
            Column(key="per_order", title="Per order", kind="number", unit="gCO2e/order"),
            Column(key="primary_share", title="Primary share", kind="number", unit="fraction"),
        ),
        rows=tuple(rows()),
    )


def _hubs(report: Report) -> Table:
    def rows() -> Iterator[dict[str, Cell]]:
        for each in report.hubs:
            for zone, left_kg in sorted(each.left_kg.items()):
                part = each.handling.get(zone)
                idle = Missing(not_computable_because="nothing left this zone")
                yield {
                    "hub": each.id,
                    "zone": zone,
                    "left": left_kg,
                    "operation": part.operation_gco2e_per_kg * 1000 if part else idle,
                    "provision": part.provision_gco2e_per_kg * 1000 if part else idle,
                    "per_t": part.gco2e_per_kg * 1000 if part else idle,
                    "data_class": each.data_class,
                    "source": each.electricity,
                }

    missing = "" if report.hubs else "No store gave an account of its energy, so handling is not computable."
    return Table(
        key="hubs",
        title="Hub operation categories",
        note=f"A category (HOC) is one store over its own period; activity is what left it. {missing}".strip(),
        columns=(
            Column(key="hub", title="Hub"),
            Column(key="zone", title="Zone"),
            Column(key="left", title="Goods that left", kind="number", unit="kg"),
            Column(key="operation", title="Operation", kind="number", unit="gCO2e/t"),
            Column(key="provision", title="Energy provision", kind="number", unit="gCO2e/t"),
            Column(key="per_t", title="Per t", kind="number", unit="gCO2e/t"),
            Column(key="data_class", title="Data"),
            Column(key="source", title="Electricity"),
        ),
        rows=tuple(rows()),
    )


def _data_classes(report: Report) -> Table:
    totals = report.totals

    def row(what: str, data_class: str, count: int, grams: float, of: float) -> dict[str, Cell]:
        return {
            "data": f"{what}: {data_class}",
            "count": count,
            "gco2e": grams if count else Missing(not_computable_because="none is of this class"),
            "share": ratio(grams, of, NOTHING_EMITTED if report.orders else NO_ORDERS),
        }

    rows = []
    for data_class in ("primary", "modelled", "default"):
        rounds = [each.gco2e for each in report.rounds if each.data_class == data_class]
        rows.append(row("rounds", data_class, len(rounds), math.fsum(rounds), totals.transport_gco2e))
    for data_class, said in (("modelled", "stated"), ("default", "assumed")):
        packed = [each.packaging_gco2e for each in report.orders if each.packaging_data_class == data_class]
        rows.append(row("packaging", said, len(packed), math.fsum(packed), totals.packaging_gco2e))
    return Table(
        key="data_classes",
        title="Where the data come from",
        note=(
            "Primary is read from a meter, a battery or a fuel pump; modelled is computed from physics; default is a "
            "factor per kilometre. Assumed packaging is the standard bag."
        ),
        columns=(
            Column(key="data", title="Data"),
            Column(key="count", title="Rounds or orders", kind="number"),
            GRAMS,
            Column(key="share", title="Share of its ledger's part", kind="number", unit="fraction"),
        ),
        rows=tuple(rows),
    )


def _market(report: Report) -> Table:
    def rows() -> Iterator[dict[str, Cell]]:
        for store in sorted({each.store_id for each in report.rounds}):
            own = [each for each in report.rounds if each.store_id == store]
            bought = [each.market_gco2e for each in own if each.market_gco2e is not None]
            place = math.fsum(each.gco2e for each in own)
            market = known(
                math.fsum(bought) if len(bought) == len(own) else None,
                f"no contract covers {len(own) - len(bought):,} of its {counted(len(own), 'round')}",
            )
            rests = sorted({each.market_rest for each in own if each.market_rest is not None})
            yield {"store": store, "location": place, "market": market, "rest": ", ".join(rests) or "none"}

    return Table(
        key="market",
        title="Electricity: place and contract",
        note=f"Location-based figures are those of every total. By contract: {report.method.market}.",
        columns=(
            Column(key="store", title="Store"),
            Column(key="location", title="A: transport, location-based", kind="number", unit="gCO2e"),
            Column(key="market", title="A: transport, market-based", kind="number", unit="gCO2e"),
            Column(key="rest", title="What contracts leave open"),
        ),
        rows=tuple(rows()),
    )


def _scopes(report: Report) -> Table:
    return Table(
        key="scopes",
        title="Scopes of the GHG Protocol",
        note="For whoever operates the stores.",
        columns=(
            Column(key="what", title="What"),
            Column(key="scope", title="Scope"),
            Column(key="category", title="Category"),
            GRAMS,
            Column(key="note", title="Note"),
        ),
        rows=tuple(
            {
                "what": line.what,
                "scope": str(line.scope),
                "category": "" if line.category is None else str(line.category),
                "gco2e": line.gco2e,
                "note": line.note or "",
            }
            for line in scope_map(report)
        ),
    )


def word_tables(report: Report, exclusions: Iterable[str], edition: str | None) -> tuple[Table, ...]:
    """Exclusions, method and factors."""
    method = report.method
    topics = (
        ("Standard", method.alignment),
        ("Estimate", "an order's figure is an estimate"),
        ("Distances", ", ".join(method.distance_types) or "none: there are no rounds"),
        ("Allocation", method.allocation),
        ("Electricity", method.electricity),
        ("Market-based column", method.market),
        ("Global warming potentials", ", ".join(method.gwp_sets) or "none: no factor was used"),
        ("Packaging", method.packaging),
        *(("Model", model) for model in method.models),
        ("Edition of the factors", edition or "not stated"),
        ("Software", _software()),
        *(((FURTHER, WHERE),) if report.factors else ()),
    )
    return (
        Table(
            key="exclusions",
            title="What is left out",
            columns=(Column(key="what", title="What"),),
            rows=tuple({"what": what} for what in (*method.exclusions, *exclusions)),
        ),
        Table(
            key="method",
            title="Method",
            columns=(Column(key="topic", title="Topic"), Column(key="text", title="How")),
            rows=tuple({"topic": topic, "text": text} for topic, text in topics),
        ),
        _factors(report, edition),
    )


def _software() -> str:
    """Name and version of the software behind the figures."""
    try:
        return f"Swiftleaf {version('swiftleaf')}"
    except PackageNotFoundError:
        return "Swiftleaf, run from sources without a version"


def _factors(report: Report, edition: str | None) -> Table:
    open_end = "the source states no range"
    return Table(
        key="factors",
        title="Factors and parameters",
        note=f"Edition of the whole registry: {edition or 'not stated'}.",
        columns=(
            Column(key="factor", title="Factor"),
            Column(key="name", title="Name"),
            Column(key="value", title="Value", kind="number", exact=True),
            Column(key="unit", title="Unit"),
            Column(key="lower", title="Low", kind="number", exact=True),
            Column(key="upper", title="High", kind="number", exact=True),
            Column(key="gas", title="Gas"),
            Column(key="gwp", title="GWP set"),
            Column(key="region", title="Region"),
            Column(key="year", title="Year"),
            Column(key="edition", title="Edition"),
            Column(key="source", title="Source"),
            Column(key="address", title="Address"),
            Column(key="licence", title="Licence"),
        ),
        rows=tuple(
            {
                "factor": each.id,
                "name": each.name,
                "value": each.value,
                "unit": each.unit,
                "lower": known(each.lower, open_end),
                "upper": known(each.upper, open_end),
                "gas": each.gas or "not an emission",
                "gwp": each.gwp or ("not stated" if each.gas else ""),
                "region": each.region,
                "year": str(each.year or "not stated"),
                "edition": each.edition,
                "source": each.source,
                "address": each.address,
                "licence": each.licence,
            }
            for each in report.factors
        ),
    )
