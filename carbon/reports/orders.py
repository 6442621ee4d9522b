"""Every order by itself: the listing that files hold and pages leave out."""

from collections.abc import Mapping

from carbon.account import OrderFootprint
from carbon.report import Report
from carbon.reports.parts import NO_ACTIVITY, NO_HUB
from carbon.reports.table import Cell, Column, Table, known
from carbon.uncertainty import OrderRange, Uncertainty

NO_END, NO_CONTRACT = "its packaging says nothing of its end of life", "no contract covers its electricity"
NO_DRAWS = "no draws were made for this report"

COLUMNS = (
    Column(key="order", title="Order"),
    Column(key="round", title="Round"),
    Column(key="store", title="Store"),
    Column(key="day", title="Day", kind="day"),
    Column(key="vehicle_class", title="Vehicle class"),
    Column(key="zone", title="Zone"),
    Column(key="transport", title="A: transport", kind="number", unit="gCO2e"),
    Column(key="handling", title="A: handling", kind="number", unit="gCO2e"),
    Column(key="packaging", title="B: packaging", kind="number", unit="gCO2e"),
    Column(key="total", title="A + B", kind="number", unit="gCO2e"),
    Column(key="total_p5", title="A + B, 5 % of draws below", kind="number", unit="gCO2e"),
    Column(key="total_p95", title="A + B, 5 % of draws above", kind="number", unit="gCO2e"),
    Column(key="end_of_life", title="B: of which end of life", kind="number", unit="gCO2e"),
    Column(key="market", title="A: transport, market-based, not added", kind="number", unit="gCO2e"),
    Column(key="by_tkm", title="A: transport by t·km of its category", kind="number", unit="gCO2e"),
    Column(key="by_parcel", title="A: transport by parcel of its category", kind="number", unit="gCO2e"),
    Column(key="activity", title="Activity", kind="number", unit="tkm"),
    Column(key="distance_type", title="Distance"),
    Column(key="share", title="Share of its round", kind="number", unit="fraction"),
    Column(key="method", title="Divided by"),
    Column(key="data_class", title="Transport data"),
    Column(key="packed_in", title="Packed in"),
    Column(key="packaging_data_class", title="Packaging data"),
)


def order_table(report: Report, ranges: Uncertainty | None) -> Table:
    """One row an order, in the order of the rounds; ranges where draws were made."""
    days = {round_.round_id: round_.started_on.isoformat() for round_ in report.rounds}
    drawn = {} if ranges is None else {each.order_id: each for each in ranges.orders}
    return Table(
        key="orders",
        title="Orders",
        note="Each figure is an estimate. Transport is the order's part of its round; the two other views of it, by "
        "tonne-kilometre and by parcel, divide the same grams of its category otherwise.",
        columns=COLUMNS,
        rows=tuple(_row(order, days[order.round_id], drawn.get(order.order_id)) for order in report.orders),
        listing=True,
    )


def _row(order: OrderFootprint, day: str, drawn: OrderRange | None) -> Mapping[str, Cell]:
    total = None if drawn is None else drawn.total_gco2e
    return {
        "order": order.order_id,
        "round": order.round_id,
        "store": order.store_id,
        "day": day,
        "vehicle_class": order.vehicle_class,
        "zone": order.zone,
        "transport": order.transport_gco2e,
        "handling": known(order.hub_gco2e, NO_HUB),
        "packaging": order.packaging_gco2e,
        "total": order.total_gco2e,
        "total_p5": known(None if total is None else total.p5, NO_DRAWS),
        "total_p95": known(None if total is None else total.p95, NO_DRAWS),
        "end_of_life": known(order.packaging_end_of_life_gco2e, NO_END),
        "market": known(order.market_gco2e, NO_CONTRACT),
        "by_tkm": known(order.category_gco2e, NO_ACTIVITY),
        "by_parcel": order.parcel_gco2e,
        "activity": known(order.activity_tkm, "its mass is unknown"),
        "distance_type": order.distance_type,
        "share": order.share,
        "method": order.method.replace("_", " times "),
        "data_class": order.data_class,
        "packed_in": order.packaging,
        "packaging_data_class": order.packaging_data_class,
    }
