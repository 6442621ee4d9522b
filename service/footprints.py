"""What stores emitted over some days, by their plans and live trips; runs in a worker, which is sent these."""

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import numpy as np

import carbon
from carbon.reports import Period
from service.atlas import Atlas
from service.books import Books
from service.labels import label_of
from service.live.ridden import LIVE
from service.report import FORMATS, Ridden, read_plans, ridden, stated

Rows = Sequence[tuple[str, str, str]]
"""Id, request and plan of each plan, or what ``read_ridden`` makes of live trips, as JSON."""

LISTED = 500
"""So many orders are listed, those that emitted most."""
BINS = 24
HOW = {"share", "method", "packaging", "packaging_data_class", "packaging_end_of_life_gco2e"}
HOW_ROUND = {"distance_m", "vehicle_class", "battery_wh", "grid_kwh", "gco2e", "electricity", "method_reason"}
"""What is told of an order's account, and of its round's, so that its grams can be followed."""


def figures(rows: Rows, stores: Sequence[str], first_day: date, last_day: date, files: Mapping[str, str]) -> str:
    """The figures of stores over a period as JSON: totals, those of as many days before, and their parts."""
    period = Period(first_day=first_day, last_day=last_day)
    plans, unreadable, _ = read_plans(rows, stores, period)
    atlas, books = Atlas(files), Books()
    now, before = (ridden(plans, stores, days, atlas) for days in (period, period.before))
    report = now.report(books)
    earlier = _account(before, books)
    found = {
        "first_day": first_day.isoformat(),
        "last_day": last_day.isoformat(),
        "alignment": report.method.alignment,
        "totals": _totals(report),
        "before": earlier and _totals(earlier),
        "days": _days(report),
        "classes": _parts(report, "vehicle_class", "transport_gco2e"),
        "packaging": _parts(report, "packaging", "packaging_gco2e"),
        "histogram": _histogram(report),
        "orders": _orders(report),
        "factors": [factor.model_dump(mode="json") for factor in report.factors],
        "left_out": [*unreadable, *now.dropped],
    }
    return json.dumps(found, separators=(",", ":"))


def document(
    rows: Rows, stores: Sequence[str], first_day: date, last_day: date, files: Mapping[str, str], format_name: str
) -> bytes:
    """The report of stores over a period in one of ``service.report.FORMATS``.

    Raises:
        carbon.CarbonError: if it cannot be made, such as a PDF without the extra that sets it.
    """
    period = Period(first_day=first_day, last_day=last_day)
    plans, unreadable, _ = read_plans(rows, stores, period)
    atlas, books = Atlas(files), Books()
    now, before = (ridden(plans, stores, days, atlas) for days in (period, period.before))
    said = stated(
        now.report(books),
        books,
        period=period,
        stores=stores,
        previous=_account(before, books),
        exclusions=(*unreadable, *now.dropped, *(f"in the period before: {what}" for what in before.dropped)),
    )
    return FORMATS[format_name](said)


def label(
    ride: tuple[str, str, str],
    order_id: str,
    stores: Sequence[str],
    first_day: date,
    last_day: date,
    files: Mapping[str, str],
) -> str | None:
    """The label of one order of a row of ``read_ridden`` as JSON, None if its ride cannot be measured."""
    period = Period(first_day=first_day, last_day=last_day)
    plans, _, _ = read_plans([ride], stores, period)
    report = ridden(plans, stores, period, Atlas(files)).report(Books())
    found = label_of(report, f"{ride[0]}/{order_id}")
    return None if found is None else found.model_copy(update={"order_id": order_id}).model_dump_json()


def exchanged(
    rows: Rows,
    stores: Sequence[str],
    first_day: date,
    last_day: date,
    files: Mapping[str, str],
    owner: carbon.DataOwner,
    created: datetime,
) -> str:
    """What stores emitted over a period as PACT 3 product footprints with iLEAP 1.0.0 documents in them, as JSON.

    Beside ``data`` it has ``left_out``: what could not be exchanged, and why.
    """
    period = Period(first_day=first_day, last_day=last_day)
    plans, unreadable, _ = read_plans(rows, stores, period)
    books = Books()
    found = ridden(plans, stores, period, Atlas(files))
    made = carbon.export_documents(found.report(books), found.rounds, owner, created, hubs=books.accounts.hubs)
    left_out = [f"{each.what}: {each.because}" for each in made.left_out]
    data = json.loads(carbon.documents_json(made.footprints))
    return json.dumps(data | {"left_out": [*unreadable, *found.dropped, *left_out]}, ensure_ascii=False)


def _account(found: Ridden, books: Books) -> carbon.Report | None:
    return found.report(books) if found.rounds else None


def _totals(report: carbon.Report) -> dict[str, Any]:
    totals = report.totals
    return {
        "rounds": totals.rounds,
        "orders": totals.orders,
        "transport_gco2e": totals.transport_gco2e,
        "packaging_gco2e": totals.packaging_gco2e,
        "total_gco2e": totals.total_gco2e,
        "gco2e_per_order": totals.gco2e_per_order,
    }


def _days(report: carbon.Report) -> list[dict[str, Any]]:
    """A line for each day with rounds."""
    days = {each.round_id: each.started_on for each in report.rounds}
    orders: Counter[date] = Counter()
    transport: defaultdict[date, float] = defaultdict(float)
    packaging: defaultdict[date, float] = defaultdict(float)
    for each in report.orders:
        day = days[each.round_id]
        orders[day] += 1
        transport[day] += each.transport_gco2e
        packaging[day] += each.packaging_gco2e
    return [
        {
            "day": day.isoformat(),
            "orders": orders[day],
            "transport_gco2e": round(transport[day], 3),
            "packaging_gco2e": round(packaging[day], 3),
        }
        for day in sorted(orders)
    ]


def _parts(report: carbon.Report, kind: str, emission: str) -> list[dict[str, Any]]:
    """An emission of orders by what they have in the field ``kind``, the most orders first."""
    orders: Counter[str] = Counter()
    grams: defaultdict[str, float] = defaultdict(float)
    for each in report.orders:
        name = getattr(each, kind)
        orders[name] += 1
        grams[name] += getattr(each, emission)
    return [{kind: name, "orders": count, emission: round(grams[name], 3)} for name, count in orders.most_common()]


def _histogram(report: carbon.Report) -> dict[str, Any]:
    """How many orders emitted how much; the last bin holds all that lies beyond the 99th percentile."""
    totals = np.array([each.total_gco2e for each in report.orders])
    if not len(totals):
        return {"edges": [], "counts": []}
    top = max(float(np.percentile(totals, 99)), float(totals.min()) + 1e-6)
    counts, edges = np.histogram(np.minimum(totals, top), bins=BINS, range=(0.0, top))
    return {"edges": [round(edge, 3) for edge in edges.tolist()], "counts": counts.tolist()}


def _orders(report: carbon.Report) -> list[dict[str, Any]]:
    most = sorted(report.orders, key=lambda each: (-each.total_gco2e, each.order_id))[:LISTED]
    rounds = {each.round_id: each for each in report.rounds}
    live = {each.order_id for each in most if each.order_id.startswith(LIVE)}
    return [
        {
            "plan_id": None if each.order_id in live else each.order_id.partition("/")[0],
            "order_id": each.order_id.partition("/")[2],
            "vehicle_class": each.vehicle_class,
            "transport_gco2e": round(each.transport_gco2e, 3),
            "packaging_gco2e": round(each.packaging_gco2e, 3),
            "total_gco2e": round(each.total_gco2e, 3),
            "how": _how(each, rounds[each.round_id]) if each.order_id in live else None,
        }
        for each in most
    ]


def _how(order: carbon.OrderFootprint, ride: carbon.RoundFootprint) -> dict[str, Any]:
    """How an order's grams come about: of a live one no plan's account tells."""
    return order.model_dump(include=HOW) | {"round": ride.model_dump(include=HOW_ROUND)}
