"""What the command line prints of plans and maps for people."""

from dataclasses import asdict

import numpy as np
from rich import box
from rich.table import Table

import carbon
import dispatch
import maps

LONGEST_STREETS = 8


def table_of(title: str, *columns: str) -> Table:
    """An empty table with these columns, which fold what is too wide for them."""
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, show_header=bool(columns))
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def plan_table(plan: dispatch.Plan, report: carbon.Report) -> Table:
    """A plan in one table: what is served, its cost term by term, what an order emits, ride and packaging apart."""
    summary, cost, totals = plan.summary, plan.cost, report.totals
    table = table_of(f"Plan ({plan.engine}), {plan.now:%Y-%m-%d %H:%M}")
    table.add_column(style="dim")
    table.add_column(justify="right")
    table.add_column(style="dim", overflow="fold")
    trips = f"in {summary.trips} trips, {summary.distance_m / 1000:.1f} km, {summary.travel_s / 3600:.1f} h under way"
    table.add_row("orders served", f"{summary.served} of {summary.orders}", trips)
    table.add_row("late", str(summary.late), f"{summary.late_s / 60:.1f} minutes together" if summary.late else "")
    table.add_row("unserved", str(summary.unserved), "")
    terms = cost.model_dump(exclude={"total"})
    spent = ", ".join(f"{name} {value:.2f}" for name, value in terms.items() if value)
    table.add_row(f"cost, {plan.currency}", f"{cost.total:.2f}", spent)
    if totals.orders:
        table.add_row("gCO2e per order", f"{totals.total_gco2e / totals.orders:.1f}", "mean of the orders served")
        electricity = f"{summary.battery_wh:.0f} Wh from batteries"
        table.add_row("  transport", f"{totals.transport_gco2e / totals.orders:.1f}", electricity)
        table.add_row("  packaging", f"{totals.packaging_gco2e / totals.orders:.1f}", "production, kept apart")
    return table


def unserved_table(plan: dispatch.Plan) -> Table:
    """Every order left out, with its reason."""
    table = table_of("Unserved", "order", "code", "why")
    for item in plan.unserved:
        table.add_row(item.order_id, str(item.code), item.text)
    return table


def map_table(network: maps.StreetNetwork) -> Table:
    """What a map holds, and its longest named streets."""
    info = asdict(network.info())
    table = table_of(f"Map {info.pop('name')}")
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    kinds = info.pop("kinds_km")
    west, south, east, north = info.pop("bounds")
    for name, value in info.items():
        table.add_row(name.replace("_", " "), f"{value:,}")
    table.add_row("bounds", f"{west:.5f} to {east:.5f} longitude, {south:.5f} to {north:.5f} latitude")
    table.add_row("km by class", ", ".join(f"{kind} {km:,}" for kind, km in kinds.items()))
    table.add_row("longest streets", ", ".join(longest_streets(network)))
    return table


def longest_streets(network: maps.StreetNetwork) -> list[str]:
    """The names of the longest named streets, longest first, as they are mapped."""
    length_m = np.bincount(network.name_id, weights=network.length_m, minlength=len(network.names))
    longest = np.argsort(-length_m, kind="stable")
    return [network.names[i] for i in longest if network.names[i] and length_m[i] > 0][:LONGEST_STREETS]
