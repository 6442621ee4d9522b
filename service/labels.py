"""An order's label out of a report, its range drawn."""

import carbon
from carbon.reports import OrderLabel, order_label


def label_of(report: carbon.Report, order_id: str) -> OrderLabel | None:
    """The label of an order, None if the report does not have it."""
    found = [order for order in report.orders if order.order_id == order_id]
    if not found:
        return None
    (drawn,) = (each for each in carbon.uncertainty(report).orders if each.order_id == order_id)
    return order_label(found[0], drawn)
