"""Which columns of a table are printed: those of wide tables that fit an upright page; files hold all of them."""

from collections.abc import Mapping

from carbon.reports.table import Column, Table

PARTS = ("part", "orders", "transport", "handling", "packaging", "total", "share", "total_per_order")
COLUMNS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("stores", "zones", "days"), PARTS),
    **dict.fromkeys(("riders_and_drones", "vehicle_classes"), (*PARTS, "transport_per_order", "transport_per_tkm")),
    "categories": (
        "category", "rounds", "orders", "distance", "empty_distance", "operation", "provision", "gco2e", "activity",
        "per_tkm", "per_order", "primary_share",
    ),
    "factors": ("name", "value", "unit", "lower", "upper", "gas", "region", "source"),
}  # fmt: skip
"""By table: the columns that are printed; all of a table that is not here."""


def on_paper(table: Table, column: Column) -> bool:
    """Whether a column of a table is printed."""
    return column.key in COLUMNS.get(table.key, (column.key,))
