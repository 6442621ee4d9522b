"""Reports: what an account of carbon says to a board and to an auditor, computed once and rendered in many formats.

Start at ``statement``: it turns a ``carbon.Report`` into a ``Statement``, in essence a list of tables with units, and
each format renders that.
"""

from carbon.reports.charts import TradeOff, trade_off
from carbon.reports.checklist import Rule
from carbon.reports.label import OrderLabel, label_svg, order_label
from carbon.reports.period import Period, Verification
from carbon.reports.statement import Statement, statement
from carbon.reports.table import Cell, Column, Missing, Table, unit_of

__all__ = [
    "Cell",
    "Column",
    "Missing",
    "OrderLabel",
    "Period",
    "Rule",
    "Statement",
    "Table",
    "TradeOff",
    "Verification",
    "label_svg",
    "order_label",
    "statement",
    "trade_off",
    "unit_of",
]
