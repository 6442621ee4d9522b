"""Tables that say themselves what their columns count: the one shape that every format of a report renders."""

from collections.abc import Iterator, Mapping
from typing import Literal

from carbon.values import Record, Text


class Missing(Record):
    """A figure that is not there, and why.

    Attributes:
        not_computable_because: the reason, in words that go on from "because".
    """

    not_computable_because: Text

    def __str__(self) -> str:
        """The whole sentence."""
        return f"not computable because {self.not_computable_because}"


Cell = str | int | float | Missing
"""Text (a day is its ISO 8601 text), a count, a figure at full precision, or the reason why there is none."""


class Column(Record):
    """One column.

    Attributes:
        key: stable name, for machines.
        title: name for people.
        kind: what its cells are.
        unit: of its figures; ``"fraction"`` for shares of 1. Empty for counts, for text, and where each row has a
            column ``unit`` of its own.
        exact: whether people too are to read its figures at full precision.
    """

    key: Text
    title: Text
    kind: Literal["text", "day", "number"] = "text"
    unit: str = ""
    exact: bool = False


class Table(Record):
    """One table.

    Attributes:
        key: stable name, for machines.
        title: name for people.
        note: what to know before reading it; may be empty.
        columns: its columns, the first of which names the row.
        rows: its rows, each with one cell for every column's key.
        listing: whether it lists single things, such as orders: files hold it, pages leave it out.
    """

    key: Text
    title: Text
    note: str = ""
    columns: tuple[Column, ...]
    rows: tuple[Mapping[str, Cell], ...]
    listing: bool = False

    def row(self, name: str) -> Mapping[str, Cell]:
        """The first row whose first column says ``name``.

        Raises:
            KeyError: if there is none.
        """
        for row in self.rows:
            if row[self.columns[0].key] == name:
                return row
        raise KeyError(f"table {self.key!r} has no row {name!r}")

    def cells(self, row: Mapping[str, Cell]) -> Iterator[tuple[Column, Cell, str]]:
        """The cells of one of its rows, each with its column and its unit."""
        for column in self.columns:
            yield column, row[column.key], unit_of(column, row)


def unit_of(column: Column, row: Mapping[str, Cell]) -> str:
    """Unit of a column's cell in a row: the column's, or for a figure without one what the row says."""
    own = row.get("unit", "") if column.kind == "number" and not column.unit else column.unit
    return own if isinstance(own, str) else ""


def known(value: float | None, because: str) -> Cell:
    """``value``, or why there is none."""
    return Missing(not_computable_because=because) if value is None else value


def ratio(amount: Cell, by: Cell, because: str) -> Cell:
    """``amount`` over ``by``; what is missing in either carries over, and nothing is divided by 0."""
    if isinstance(amount, Missing):
        return amount
    if isinstance(by, Missing):
        return by
    if isinstance(amount, str) or isinstance(by, str):
        raise TypeError("amount and by are figures")
    return amount / by if by else Missing(not_computable_because=because)
