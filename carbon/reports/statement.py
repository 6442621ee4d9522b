"""Everything a report says, once: what every format, from JSON to PDF, renders and none computes again."""

from collections.abc import Iterable

from carbon.counted import counted
from carbon.errors import AllocationError, QuantityError
from carbon.report import Report
from carbon.reports.checklist import Rule, checklist
from carbon.reports.display import cell_text, significant
from carbon.reports.figures import figure_tables
from carbon.reports.orders import order_table
from carbon.reports.parts import part_tables
from carbon.reports.period import Period, Verification
from carbon.reports.ranges import range_table
from carbon.reports.sources import FURTHER, source_tables, word_tables
from carbon.reports.table import Column, Table
from carbon.uncertainty import Uncertainty
from carbon.values import Record

TITLE = "Delivery emissions: transport and packaging"

UNCHANGED = 0.0005
"""Fraction below which a change is none to speak of."""
SERVICES = "Services covered"
CONTENTS = {
    "totals": "emissions in total and in operation",
    "intensities": "intensities and activity",
    "vehicle_classes": "parts by vehicle",
    "categories": "distance types and categories",
    "hubs": "hub activity",
    "exclusions": "cut-offs",
    "method": "standard and method",
    "factors": "factors with their sources",
}
"""What a report must hold (rule R13), by the table that holds it."""


class Statement(Record):
    """A report as it is handed out.

    Attributes:
        title: heading.
        alignment: the standard, aligned with and not certified to.
        period: days covered; None only if none was given and there are no rounds.
        previous_period: days it is held against, None without them.
        stores: stores covered, those without orders included.
        orders: how many orders.
        edition: edition of the factor registry, None if not stated.
        findings: what matters most, in sentences.
        checklist: rules R1 to R14, judged.
        verification: who verified it; None if nobody did.
        tables: every figure, in the order to read them in.
    """

    title: str = TITLE
    alignment: str
    period: Period | None
    previous_period: Period | None
    stores: tuple[str, ...]
    orders: int
    edition: str | None
    findings: tuple[str, ...]
    checklist: tuple[Rule, ...]
    verification: Verification | None
    tables: tuple[Table, ...]

    def table(self, key: str) -> Table:
        """The table with a key.

        Raises:
            KeyError: if there is none.
        """
        for table in self.tables:
            if table.key == key:
                return table
        raise KeyError(f"no table {key!r}; there are {', '.join(table.key for table in self.tables)}")


def statement(
    report: Report,
    *,
    period: Period | None = None,
    stores: Iterable[str] = (),
    previous: Report | None = None,
    previous_period: Period | None = None,
    ranges: Uncertainty | None = None,
    edition: str | None = None,
    exclusions: Iterable[str] = (),
    verification: Verification | None = None,
) -> Statement:
    """Say everything that a report has to say.

    Args:
        report: the figures; over no orders it is valid, and the statement says so.
        period: days asked for; those of the rounds if left out.
        stores: stores asked for; those of the rounds are added.
        previous: figures of the period before, if at hand.
        previous_period: its days; those of its rounds if left out.
        ranges: ranges of the same report, if draws were made.
        edition: edition of the factor registry behind the figures.
        exclusions: what was left out beyond what the report's own method says, for example superseded plans.
        verification: who verified it.

    Raises:
        QuantityError: if a round lies outside the period.
        AllocationError: if an order names a round that is not there.
    """
    covered = period or Period.of(report)
    before = previous_period or (None if previous is None else Period.of(previous))
    for days, whose in ((covered, report), (before, previous)):
        _refuse(days, whose)
    places = dict.fromkeys((*stores, *sorted({each.store_id for each in report.rounds})))
    tables = (
        *figure_tables(report, previous),
        range_table(ranges),
        *part_tables(report, places),
        *source_tables(report),
        *word_tables(report, exclusions, edition),
    )
    rules = checklist(report, covered, verification, _contents(report, tables))
    return Statement(
        alignment=report.method.alignment,
        period=covered,
        previous_period=before,
        stores=tuple(places),
        orders=len(report.orders),
        edition=edition,
        findings=_findings(report, tables),
        checklist=rules,
        verification=verification,
        tables=(*tables[:-3], _rules(rules), *tables[-3:], order_table(report, ranges)),
    )


def _refuse(days: Period | None, report: Report | None) -> None:
    if report is None:
        return
    rounds = {each.round_id for each in report.rounds}
    for order in report.orders:
        if order.round_id not in rounds:
            raise AllocationError(
                f"round_id of order {order.order_id!r} is {order.round_id!r}, which is no round of the report; "
                "give the report whole"
            )
    for each in report.rounds:
        if days is not None and not days.holds(each.started_on):
            raise QuantityError(
                f"started_on of round {each.round_id!r} is {each.started_on}, outside the period {days.first_day} to "
                f"{days.last_day}; widen the period or leave the round out"
            )


def _contents(report: Report, tables: Iterable[Table]) -> dict[str, bool]:
    """Whether the report holds each thing that rule R13 asks for."""
    filled = {table.key: bool(table.rows) for table in tables}
    there = {SERVICES.lower(): bool(report.rounds)}
    for key, what in CONTENTS.items():
        there[what] = filled[key] and (bool(report.rounds) or key in {"exclusions", "method"})
    there[FURTHER.lower()] = any(
        row["topic"] == FURTHER for table in tables if table.key == "method" for row in table.rows
    )
    return there


def _findings(report: Report, tables: Iterable[Table]) -> tuple[str, ...]:
    if not report.orders:
        return ("There are no orders in this period, so no emission and no intensity is computable.",)
    totals = report.totals
    by_key = {table.key: table for table in tables}
    whole, packaging = totals.total_gco2e, totals.packaging_gco2e
    orders, mean = counted(len(report.orders), "order"), whole / len(report.orders)
    said = [f"{orders} emitted {significant(whole / 1000)} kgCO2e, {significant(mean)} g each."]
    if whole > 0:
        share = cell_text(packaging / whole, "fraction")
        said.append(f"Packaging (ledger B) is {share} of it, transport and handling (A) the rest.")
    said += [f"{finding}." for finding in report.findings]
    if top := by_key["contributors"].rows:
        said.append(f"The largest source is {top[0]['what']}, {cell_text(top[0]['share'], 'fraction')}.")
    if (before := by_key["change"]).rows and isinstance(change := before.row("A + B per order")["change_share"], float):
        by = f"{cell_text(abs(change), 'fraction')} {'more' if change > 0 else 'less'} than"
        said.append(f"An order emitted {'as much as' if abs(change) < UNCHANGED else by} in the period before.")
    return tuple(said)


def _rules(rules: Iterable[Rule]) -> Table:
    return Table(
        key="checklist",
        title="Checklist R1 to R14",
        note="Judged by this report's own figures.",
        columns=(
            Column(key="rule", title="Rule"),
            Column(key="requirement", title="Requirement"),
            Column(key="status", title="Status"),
            Column(key="evidence", title="Evidence"),
        ),
        rows=tuple(
            {"rule": rule.id, "requirement": rule.requirement, "status": rule.status, "evidence": rule.evidence}
            for rule in rules
        ),
    )
