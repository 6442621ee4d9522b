"""What ``swiftleaf frontier``, ``compare`` and ``ledger record`` do. Every mistake leaves as a ``UsageError``."""

from pathlib import Path

from pydantic import TypeAdapter

import carbon
import dispatch
from carbon.reports import OrderLabel, TradeOff, label_svg, trade_off
from service.books import Books
from service.commands import about, measure, read_plan, read_request
from service.files import UsageError, check_writable, write_document
from service.labels import label_of
from service.settings import read_settings

PLANS = TypeAdapter(tuple[dispatch.Plan, ...])


def frontier(
    request_name: str,
    out: str,
    chart: str | None,
    map_file: Path | None,
    *,
    points: int,
    time_limit_s: float,
    seed: int,
) -> tuple[dispatch.Plan, ...]:
    """Plan the request in a file under several weights; write the plans that none beats, and a chart of them."""
    settings = read_settings()
    request = read_request(request_name, settings)
    for name in filter(None, (out, chart)):
        check_writable(name)
    travel = measure(request, request_name, settings, map_file)
    with about(request_name):
        plans = dispatch.frontier(request, points=points, time_limit_s=time_limit_s, seed=seed, travel=travel)
    write_document(out, PLANS.dump_json(plans, indent=2).decode())
    if chart:
        drawn = [TradeOff(plan.cost.total, plan.summary.transport_gco2e) for plan in plans]
        write_document(chart, trade_off(drawn, currency=request.rates.currency))
    return plans


def compare(
    request_name: str,
    plan_name: str,
    out: str | None,
    map_file: Path | None,
    scenario: dispatch.Scenario,
    books: Books,
) -> tuple[dispatch.Comparison, carbon.Difference | None]:
    """Hold the plan in a file against itself under one change; the range of the difference if there are orders.

    Contracts of the accounts are part of the change.
    """
    settings = read_settings()
    request, plan = read_request(request_name, settings), read_plan(plan_name, settings)
    if out is not None:
        check_writable(out)
    travel = measure(request, request_name, settings, map_file)
    with about(request_name):
        changed = scenario.model_copy(update={"contracts": books.accounts.contracts})
        found = dispatch.compare(request, plan, changed, travel, books.registry)
        difference = carbon.paired(found.base, found.other) if found.orders else None
    if out is not None:
        write_document(out, found.model_dump_json(indent=2))
    return found, difference


def label(
    request_name: str, plan_name: str, order_id: str, out: str, map_file: Path | None, books: Books
) -> OrderLabel:
    """Write the label of one order of a plan: a card if ``out`` ends in ``.svg``, else JSON."""
    settings = read_settings()
    request, plan = read_request(request_name, settings), read_plan(plan_name, settings)
    check_writable(out)
    travel = measure(request, request_name, settings, map_file)
    known = books.accounts
    with about(request_name):
        report = dispatch.footprint(request, plan, travel, books.registry, hubs=known.hubs, contracts=known.contracts)
        found = label_of(report, order_id)
    if found is None:
        raise UsageError(f"{plan_name}: serves no order {order_id!r}; name one of its stops")
    write_document(out, label_svg(found) if out.endswith(".svg") else found.model_dump_json(indent=2))
    return found


def record(ledger_file: Path, request_name: str, plan_name: str, map_file: Path | None, books: Books) -> carbon.Entry:
    """Append the footprint of a plan to a ledger, with what it was made from: inputs and, once, all factors."""
    settings = read_settings()
    request, plan = read_request(request_name, settings), read_plan(plan_name, settings)
    check_writable(str(ledger_file))
    travel = measure(request, request_name, settings, map_file)
    with about(request_name):
        rounds = dispatch.rounds(request, plan.trips, travel)
        draft = carbon.footprint_draft(
            rounds,
            dispatch.packaging_of(request),
            books.registry,
            hubs=books.accounts.hubs,
            contracts=books.accounts.contracts,
        )
        return carbon.record_footprints(carbon.Ledger(ledger_file), [draft], books.registry)[0]
