"""A report cut into parts: by store, temperature zone, day, vehicle class, or by who brings the orders."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence

from carbon.account import OrderFootprint
from carbon.counted import counted
from carbon.energy import VEHICLES, Drone
from carbon.report import Report
from carbon.reports.table import Cell, Column, Missing, Table, known, ratio

PART_COLUMNS = (
    Column(key="orders", title="Orders", kind="number"),
    Column(key="transport", title="A: transport", kind="number", unit="gCO2e"),
    Column(key="handling", title="A: handling", kind="number", unit="gCO2e"),
    Column(key="packaging", title="B: packaging", kind="number", unit="gCO2e"),
    Column(key="total", title="A + B", kind="number", unit="gCO2e"),
    Column(key="share", title="Share of A + B", kind="number", unit="fraction"),
    Column(key="transport_per_order", title="Transport per order", kind="number", unit="gCO2e/order"),
    Column(key="packaging_per_order", title="Packaging per order", kind="number", unit="gCO2e/order"),
    Column(key="total_per_order", title="A + B per order", kind="number", unit="gCO2e/order"),
    Column(key="activity", title="Activity", kind="number", unit="tkm"),
    Column(key="distance_type", title="Distance"),
    Column(key="transport_per_tkm", title="Transport per t·km", kind="number", unit="gCO2e/tkm"),
)
"""Columns of every part of a report, after the one that names it."""

NO_ORDERS = "there are no orders"
NO_HUB = "no account of a store covers its orders"
NO_ACTIVITY = "there is no activity to divide by"
NOTHING_EMITTED = "nothing was emitted"

PARTS_NOTE = (
    "Activity is goods with packaging times the distance from the store, shortest feasible (SFD) or great-circle "
    "(GCD); activities of two types are not added."
)


def part_tables(report: Report, stores: Iterable[str]) -> tuple[Table, ...]:
    """The report by who brings, store, zone, day and vehicle class; a store named without orders keeps its row."""
    orders, whole = report.orders, report.totals.total_gco2e
    days = {round_.round_id: round_.started_on.isoformat() for round_ in report.rounds}
    return (
        _table(
            "riders_and_drones",
            "Riders against drones",
            "By",
            _grouped(orders, lambda order: _side(order.vehicle_class), ("riders", "drones")),
            whole,
            note=f"Riders are every class on the road. {PARTS_NOTE}",
        ),
        _table("stores", "By store", "Store", _grouped(orders, lambda order: order.store_id, stores), whole),
        _table("zones", "By temperature zone", "Zone", _grouped(orders, lambda order: order.zone), whole),
        _table("days", "By day", "Day", _grouped(orders, lambda order: days[order.round_id]), whole),
        _table(
            "vehicle_classes",
            "By vehicle class",
            "Class",
            _grouped(orders, lambda order: order.vehicle_class),
            whole,
        ),
    )


def _side(vehicle_class: str) -> str:
    return "drones" if isinstance(VEHICLES.get(vehicle_class), Drone) else "riders"


def _grouped(
    orders: Iterable[OrderFootprint], by: Callable[[OrderFootprint], str], expected: Iterable[str] = ()
) -> Mapping[str, list[OrderFootprint]]:
    """Orders by name of their part; the expected parts first, though they be empty, then the others by name."""
    groups: dict[str, list[OrderFootprint]] = {name: [] for name in expected}
    found: dict[str, list[OrderFootprint]] = {}
    for order in orders:
        found.setdefault(by(order), []).append(order)
    return groups | dict(sorted(found.items()))


def _table(
    key: str, title: str, first: str, groups: Mapping[str, Sequence[OrderFootprint]], whole: float, *, note: str = ""
) -> Table:
    naming = Column(key="part", title=first, kind="day" if key == "days" else "text")
    return Table(
        key=key,
        title=title,
        note=note,
        columns=(naming, *PART_COLUMNS),
        rows=tuple({"part": name, **_row(orders, whole)} for name, orders in groups.items()),
    )


def _row(orders: Sequence[OrderFootprint], whole: float) -> dict[str, Cell]:
    none = Missing(not_computable_because=NO_ORDERS)
    activity, types = activity_of(orders)
    if not orders:
        figures: dict[str, Cell] = {column.key: none for column in PART_COLUMNS}
        return figures | {"orders": 0, "distance_type": types}
    transport = math.fsum(order.transport_gco2e for order in orders)
    handled = [order.hub_gco2e for order in orders if order.hub_gco2e is not None]
    packaging = math.fsum(order.packaging_gco2e for order in orders)
    total = math.fsum((transport, *handled)) + packaging
    return {
        "orders": len(orders),
        "transport": transport,
        "handling": known(math.fsum(handled) if handled else None, NO_HUB),
        "packaging": packaging,
        "total": total,
        "share": ratio(total, whole, NOTHING_EMITTED),
        "transport_per_order": transport / len(orders),
        "packaging_per_order": packaging / len(orders),
        "total_per_order": total / len(orders),
        "activity": activity,
        "distance_type": types,
        "transport_per_tkm": ratio(transport, activity, NO_ACTIVITY),
    }


def activity_of(orders: Sequence[OrderFootprint]) -> tuple[Cell, str]:
    """Activity of orders in tkm, or why there is none; and their distance types in words."""
    types = sorted({order.distance_type for order in orders})
    unknown = sum(order.activity_tkm is None for order in orders)
    reason = None
    if not orders:
        reason = NO_ORDERS
    elif len(types) > 1:
        reason = f"its distances are of two types ({' and '.join(types)}), whose activities may not be added"
    elif unknown:
        reason = f"the mass of {unknown:,} of its {counted(len(orders), 'order')} is unknown"
    activity = math.fsum(order.activity_tkm or 0.0 for order in orders)
    return Missing(not_computable_because=reason) if reason else activity, " and ".join(types) or "none"
