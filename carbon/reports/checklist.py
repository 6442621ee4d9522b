"""The checklist of a last-mile report, rules R1 to R14: what is fulfilled, what is not, and what shows it.

Each rule is judged by the report's own figures, so a report that lacks something says so. Source of the rules:
ISO 14083:2023 as explained in UBA/CLECAT, *Guide to ISO 14083* (2024).
"""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Literal

from carbon.account import OrderFootprint
from carbon.counted import counted
from carbon.energy import VEHICLES
from carbon.report import EXCLUSIONS, Report
from carbon.reports.period import Period, Verification
from carbon.values import Record, over_a_year

Status = Literal["fulfilled", "not fulfilled", "not applicable"]
NEWEST_GWP = "AR6"
CLOSE = 1e-9


class Rule(Record):
    """One rule, judged.

    Attributes:
        id: ``"R1"`` to ``"R14"``.
        requirement: what it asks for.
        status: whether the report does it.
        evidence: what in the report shows that.
    """

    id: str
    requirement: str
    status: Status
    evidence: str


Judged = tuple[Status, str]
NO_ROUNDS: Judged = ("not applicable", "there are no rounds")


def checklist(
    report: Report, period: Period | None, verification: Verification | None, tables: Mapping[str, bool]
) -> tuple[Rule, ...]:
    """Judge a report by every rule.

    Args:
        report: the report.
        period: what it covers, None if there is nothing to cover.
        verification: who verified it, if anybody did.
        tables: whether each table of the statement, by key, holds anything.
    """
    judged: tuple[tuple[str, Callable[[], Judged]], ...] = (
        ("six steps from transport chain to intensity and back, each result kept", lambda: _steps(report)),
        ("whole rounds: loaded and empty ways, one operation in one category", lambda: _whole_rounds(report)),
        ("activity on shortest feasible or great-circle distance, stated, never mixed", lambda: _distances(report)),
        ("mass is goods with the shipper's packaging, without load units", lambda: _masses(report)),
        ("rounds divided by distance from the hub times mass; a fallback recorded", lambda: _allocation(report)),
        ("electricity location-based; market-based apart", lambda: _electricity(report)),
        ("GWP100 of the latest IPCC report, sources documented; biofuels apart", lambda: _potentials(report)),
        ("refrigerant leakage in use", lambda: _refrigerants(report)),
        ("hubs included", lambda: _hubs(report)),
        ("making of vehicles and buildings, staff and offsets excluded", lambda: _excluded(report)),
        ("primary data before modelled before default; parameters listed", lambda: _data(report)),
        ("a period of at most a year", lambda: _year(report, period)),
        (
            "contents: services, standard, emissions, activity, parts, factors, cut-offs, further information",
            lambda: _contents(tables),
        ),
        ("verification, voluntary", lambda: _verified(verification)),
    )
    made = []
    for number, (requirement, judge) in enumerate(judged, 1):
        status, evidence = judge()
        made.append(Rule(id=f"R{number}", requirement=requirement, status=status, evidence=evidence))
    return tuple(made)


def _verdict(faults: Iterable[str], evidence: str) -> Judged:
    """Fulfilled with its evidence, or not, with every fault before it."""
    found = [fault for fault in faults if fault]
    return ("not fulfilled", f"{'; '.join(found)}; {evidence}") if found else ("fulfilled", evidence)


def _count(number: int, one: str, rest: str, many: str = "") -> str:
    """So many of what, and what is wrong with them; nothing if there are none."""
    return f"{counted(number, one, many)} {rest}" if number else ""


def _of(number: int, whole: int, one: str, rest: str) -> str:
    """So many of a whole, and what is wrong with them; nothing if there are none."""
    return f"{number:,} of {counted(whole, one)} {rest}" if number else ""


def _by_round(report: Report) -> Mapping[str, list[OrderFootprint]]:
    made: dict[str, list[OrderFootprint]] = defaultdict(list)
    for order in report.orders:
        made[order.round_id].append(order)
    return made


def _steps(report: Report) -> Judged:
    if not report.rounds:
        return NO_ROUNDS
    categories = {each.id: each.rounds for each in report.categories}
    own = Counter(each.category for each in report.rounds)
    lost = sum(count for name, count in own.items() if categories.get(name) != count)
    without = sum(order.category_gco2e is None for order in report.orders)
    return _verdict(
        (
            _count(lost, "round", "that the named category does not hold"),
            _count(without, "order", "without an element by the intensity of a category"),
        ),
        f"by order: {counted(len(report.orders), 'chain')}; by round: {counted(len(report.rounds), 'operation')}; "
        f"{counted(len(report.categories), 'transport category', 'transport categories')} and "
        f"{counted(len(report.hubs), 'hub category', 'hub categories')} with their intensities",
    )


def _whole_rounds(report: Report) -> Judged:
    if not report.rounds:
        return NO_ROUNDS
    known = [each for each in report.rounds if each.empty_distance_m is not None]
    silent = len(report.rounds) - len(known)
    never = sum(each.empty_distance_m == 0 < each.distance_m for each in known)
    empty_m = math.fsum(each.empty_distance_m or 0.0 for each in known)
    whole_m = math.fsum(each.distance_m for each in known)
    share = f" ({empty_m / whole_m:.0%})" if whole_m else ""
    return _verdict(
        (
            _count(silent, "round", "without a word on empty metres"),
            _count(never, "round", "with no empty way stated, not even the one back"),
        ),
        f"{empty_m / 1000:,.1f} of {whole_m / 1000:,.1f} km empty{share}, as stated by {counted(len(known), 'round')}",
    )


def _distances(report: Report) -> Judged:
    if not report.rounds:
        return NO_ROUNDS
    types: dict[str, set[str]] = defaultdict(set)
    for each in report.rounds:
        types[each.category].add(each.distance_type)
    for category in report.categories:
        types[category.id].add(category.distance_type)
    by_id = {each.round_id: each.distance_type for each in report.rounds}
    mixed = sum(len(found) > 1 for found in types.values())
    other = sum(by_id[order.round_id] != order.distance_type for order in report.orders)
    said = ", ".join(f"{each.vehicle_class} {each.distance_type}" for each in report.vehicle_classes)
    return _verdict(
        (
            _count(mixed, "category", "of mixed types", "categories"),
            _count(other, "order", "of another type than the round"),
        ),
        said,
    )


def _masses(report: Report) -> Judged:
    if not report.orders:
        return NO_ROUNDS
    known = [order for order in report.orders if order.mass_kg is not None]
    light = sum((order.mass_kg or 0.0) < order.packaging_kg * (1 - CLOSE) for order in known)
    goods_kg = math.fsum(order.mass_kg or 0.0 for order in known)
    packaging_kg = math.fsum(order.packaging_kg for order in known)
    return _verdict(
        (
            _count(len(report.orders) - len(known), "order", "of unknown mass"),
            _count(light, "order", "lighter than the packaging"),
        ),
        f"{goods_kg:,.1f} kg, of which {packaging_kg:,.2f} kg packaging, in {counted(len(known), 'order')}; load units "
        "of the carrier are not in the masses by definition of the field",
    )


def _allocation(report: Report) -> Judged:
    if not report.rounds:
        return NO_ROUNDS
    orders = _by_round(report)
    off = sum(
        not math.isclose(math.fsum(order.share for order in orders[each.round_id]), 1, rel_tol=CLOSE)
        or not math.isclose(
            math.fsum(order.transport_gco2e for order in orders[each.round_id]), each.gco2e, rel_tol=CLOSE
        )
        for each in report.rounds
    )
    fallen = [each for each in report.rounds if each.method == "shipments"]
    reasons = Counter(each.method_reason for each in fallen if each.method_reason)
    said = "; ".join(f"{counted(count, 'round')} in equal parts: {reason}" for reason, count in sorted(reasons.items()))
    return _verdict(
        (
            _count(off, "round", "whose parts do not add up to the whole"),
            _count(len(fallen) - sum(reasons.values()), "round", "in equal parts without a reason"),
        ),
        f"{len(report.rounds) - len(fallen):,} of {counted(len(report.rounds), 'round')} by distance times mass"
        + (f"; {said}" if said else ""),
    )


def _electricity(report: Report) -> Judged:
    if not report.rounds:
        return NO_ROUNDS
    whole = {factor.id for factor in report.factors if factor.gas == "CO2e"}
    used = sorted({each.electricity for each in report.rounds})
    return _verdict(
        (_count(sum(name not in whole for name in used), "grid factor", "not among the factors in CO2e"),),
        f"location-based by {', '.join(used)}; {report.method.market}",
    )


def _potentials(report: Report) -> Judged:
    emissions = [factor for factor in report.factors if factor.gas == "CO2e"]
    if not emissions:
        return "not applicable", "no emission factor was used"
    sets = Counter(factor.gwp or "no set stated by the source" for factor in emissions)
    newest = sum(factor.gwp == NEWEST_GWP for factor in emissions)
    bio = sorted(factor.id for factor in emissions if "bio" in factor.key)
    said = ", ".join(f"{name}: {count}" for name, count in sorted(sets.items()))
    return _verdict(
        (
            _of(len(emissions) - newest, len(emissions), "emission factor", f"not stated on {NEWEST_GWP}"),
            f"biofuels are not apart in {', '.join(bio)}" if bio else "",
        ),
        f"factors by set: {said}; each with its source in the factor table",
    )


def _refrigerants(report: Report) -> Judged:
    chilled = [order for order in report.orders if order.zone == "chilled"]
    leaked = math.fsum(each.refrigerant_gco2e for each in report.rounds)
    stores = [order for order in chilled if order.hub_gco2e is None]
    if not chilled and not leaked:
        return "not applicable", "no chilled order, and no refrigerant on board"
    return _verdict(
        (_of(len(stores), len(chilled), "chilled order", "from stores without an account of leaks"),),
        f"on the road {leaked:,.1f} gCO2e; in stores {_hub_operation(report)}",
    )


def _hub_operation(report: Report) -> str:
    if not report.hubs:
        return "not computable because no store gave an account"
    return f"{math.fsum(each.operation_gco2e for each in report.hubs) / 1000:,.1f} kgCO2e over their accounts' periods"


def _hubs(report: Report) -> Judged:
    if not report.orders:
        return NO_ROUNDS
    without = Counter(order.store_id for order in report.orders if order.hub_gco2e is None)
    return _verdict(
        (f"no account of store {store} for {counted(count, 'order')}" for store, count in sorted(without.items())),
        f"handling in {len(report.orders) - without.total():,} of {counted(len(report.orders), 'order')}, from "
        f"{counted(len(report.hubs), 'account')}",
    )


def _excluded(report: Report) -> Judged:
    missing = [what for what in EXCLUSIONS if what not in report.method.exclusions]
    kept = "; ".join(what for what in report.method.exclusions if what in EXCLUSIONS)
    return _verdict((f"not excluded: {what}" for what in missing), f"excluded: {kept or 'nothing'}")


def _data(report: Report) -> Judged:
    if not report.rounds:
        return NO_ROUNDS
    listed = {factor.key for factor in report.factors}
    classes = Counter(each.data_class for each in report.rounds)
    unlisted = {
        each.vehicle_class
        for each in report.rounds
        if each.data_class == "modelled"
        and not (
            each.vehicle_class in VEHICLES and listed.issuperset(VEHICLES[each.vehicle_class].factor_keys.values())
        )
    }
    share = report.totals.primary_share
    return _verdict(
        (
            _count(classes["default"], "round", "by default factors, with no justification stated"),
            f"parameters of {', '.join(sorted(unlisted))} are not listed" if unlisted else "",
        ),
        f"rounds: {', '.join(f'{count:,} {name}' for name, count in sorted(classes.items()))}; primary share "
        + ("not computable because they emitted nothing" if share is None else f"{share:.0%} by emissions"),
    )


def _year(report: Report, period: Period | None) -> Judged:
    if period is None:
        return "not applicable", "there is no period, as there are no rounds"
    outside = sum(not period.holds(each.started_on) for each in report.rounds)
    return _verdict(
        (
            _count(outside, "round", "outside the period"),
            "more than a year" if over_a_year(period.first_day, period.last_day) else "",
        ),
        f"{period}",
    )


def _contents(tables: Mapping[str, bool]) -> Judged:
    empty = [title for title, holds in tables.items() if not holds]
    return _verdict(
        (f"nothing under: {', '.join(empty)}" if empty else "",),
        f"there is: {', '.join(title for title, holds in tables.items() if holds) or 'nothing'}",
    )


def _verified(verification: Verification | None) -> Judged:
    if verification is None:
        return "not applicable", "voluntary, and nobody verified this report"
    return "fulfilled", f"{verification.by}, {verification.on}: {verification.statement}"
