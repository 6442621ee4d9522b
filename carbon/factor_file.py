"""Factor files: UTF-8 CSV, one factor a line."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources.abc import Traversable
from pathlib import Path

from pydantic import ValidationError

from carbon.errors import FactorFileError, QuantityError, UnitError
from carbon.factors import Factor

COLUMNS = (
    "key",
    "name",
    "value",
    "lower",
    "upper",
    "unit",
    "gas",
    "gwp",
    "region",
    "year",
    "edition",
    "source",
    "address",
    "licence",
)
OPTIONAL_COLUMNS = ("valid_from", "valid_to")
"""Columns that a factor file may leave out: the shipped sources state a year, none of them a last day."""


def read_factors(path: Path | Traversable | str) -> Iterator[Factor]:
    """Read a factor file with the columns of ``COLUMNS``, in any order, and those of ``OPTIONAL_COLUMNS`` or not.

    ``lower``, ``upper``, ``gas``, ``gwp``, ``year``, ``edition``, ``valid_from`` and ``valid_to`` may be empty.

    Raises:
        FactorFileError: if the file is missing or is not such a table; names the line and the field. A column that is
            unknown, misspelt or there twice is refused, and so is a line with more cells than columns, since a comma
            without quotes would move every cell behind it.
    """
    path = Path(path) if isinstance(path, str) else path
    try:
        # utf-8-sig, because spreadsheets write a byte order mark
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise FactorFileError(f"factor file {path}: {error}; give a readable UTF-8 CSV file") from error
    rows = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        _refuse_columns(rows.fieldnames or (), path)
        for row in rows:
            yield _factor(row, path, rows.line_num)
    except csv.Error as error:
        raise FactorFileError(f"factor file {path}, line {rows.line_num}: {error}; give a UTF-8 CSV file") from error


def _refuse_columns(names: Sequence[str], path: Path | Traversable) -> None:
    missing = [column for column in COLUMNS if column not in names]
    strange = sorted({name for name in names if name not in (*COLUMNS, *OPTIONAL_COLUMNS) or names.count(name) > 1})
    if missing or strange:
        faults = [f"no column {', '.join(missing)}"] if missing else []
        faults += [f"column {', '.join(map(repr, strange))} is unknown or there twice"] if strange else []
        raise FactorFileError(
            f"factor file {path}: {'; '.join(faults)}; the columns are {', '.join(COLUMNS)}, and if you like "
            f"{' and '.join(OPTIONAL_COLUMNS)}"
        )


def _factor(row: Mapping[str | None, str | list[str] | None], path: Path | Traversable, line: int) -> Factor:
    """Turn one line of a factor file into a factor; empty cells are None where the field allows it."""
    if None in row:
        raise FactorFileError(
            f"factor file {path}, line {line}: more cells than columns; put a cell with a comma in double quotes"
        )
    optional = {"lower", "upper", "gas", "gwp", "year", *OPTIONAL_COLUMNS}
    cells = {column: str(row.get(column) or "").strip() for column in (*COLUMNS, *OPTIONAL_COLUMNS)}
    try:
        return Factor.model_validate({key: cell for key, cell in cells.items() if cell or key not in optional})
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(map(str, fault['loc']))} is {fault['input']!r}: {fault['msg']}" for fault in error.errors()
        )
        raise FactorFileError(f"factor file {path}, line {line}: {faults}") from error
    except (QuantityError, UnitError) as error:
        raise FactorFileError(f"factor file {path}, line {line}: {error}") from error
