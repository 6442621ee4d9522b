"""Where a store operator's report puts each figure: scopes 1, 2 and 3 of the GHG Protocol.

Own vehicles and stores burn and leak in scope 1 and draw electricity in scope 2; hired ones are scope 3, category 4;
packaging is category 1 when bought and 12 when thrown away. The grid factor behind ledger A counts the life cycle of
electricity, so for own vehicles it holds scope 2 and the upstream part of category 3 together; the map says so rather
than splitting what the source does not split. Source: GHG Protocol, Corporate Value Chain (Scope 3) Standard (2011).
"""

import math
from typing import Literal

from carbon.report import Report
from carbon.values import Record

ELECTRICITY_NOTE = "life-cycle factor of the grid: holds scope 2 and the upstream part of scope 3, category 3"


class ScopeLine(Record):
    """One line of the map.

    Attributes:
        scope: 1, 2 or 3.
        category: of scope 3, None in scopes 1 and 2.
        what: what emitted it, in words.
        gco2e: how much.
        note: what to know before using it, or None.
    """

    scope: Literal[1, 2, 3]
    category: int | None
    what: str
    gco2e: float
    note: str | None = None


def scope_map(report: Report) -> tuple[ScopeLine, ...]:
    """Put every gram of a report on its line; the lines add up to its total. Lines of 0 g are left out.

    Handling in stores is mapped as far as orders carry it. Fuels' provision is category 3 for own vehicles.
    """
    own = [round_ for round_ in report.rounds if round_.operator == "own"]
    hired = [round_ for round_ in report.rounds if round_.operator == "hired"]
    handled = [order for order in report.orders if order.hub_gco2e is not None]
    lines = (
        ScopeLine(
            scope=1,
            category=None,
            what="own vehicles: fuels burnt, refrigerants leaked",
            gco2e=math.fsum(round_.operation_gco2e for round_ in own),
        ),
        ScopeLine(
            scope=1,
            category=None,
            what="stores: fuels burnt, refrigerants leaked",
            gco2e=math.fsum(order.hub_operation_gco2e or 0.0 for order in handled),
        ),
        ScopeLine(
            scope=2,
            category=None,
            what="own vehicles: electricity",
            gco2e=math.fsum(round_.energy_provision_gco2e - round_.fuel_provision_gco2e for round_ in own),
            note=ELECTRICITY_NOTE,
        ),
        ScopeLine(
            scope=2,
            category=None,
            what="stores: electricity and provision of fuels",
            gco2e=math.fsum((order.hub_gco2e or 0.0) - (order.hub_operation_gco2e or 0.0) for order in handled),
            note=ELECTRICITY_NOTE,
        ),
        ScopeLine(
            scope=3,
            category=3,
            what="own vehicles: making and delivering fuels",
            gco2e=math.fsum(round_.fuel_provision_gco2e for round_ in own),
        ),
        ScopeLine(
            scope=3,
            category=4,
            what="hired vehicles",
            gco2e=math.fsum(round_.gco2e for round_ in hired),
        ),
        ScopeLine(
            scope=3,
            category=1,
            what="packaging: production",
            gco2e=math.fsum(
                order.packaging_gco2e - (order.packaging_end_of_life_gco2e or 0.0) for order in report.orders
            ),
        ),
        ScopeLine(
            scope=3,
            category=12,
            what="packaging: end of life",
            gco2e=math.fsum(order.packaging_end_of_life_gco2e or 0.0 for order in report.orders),
        ),
    )
    return tuple(line for line in lines if line.gco2e > 0)
