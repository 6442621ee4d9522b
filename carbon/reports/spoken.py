"""A statement for people's eyes: the ids of vehicle classes and packagings as words, no text that turns others round.

Pages show what this returns; JSON, CSV and XLSX keep the ids, by which a machine finds the same thing again.
"""

import re
from collections.abc import Callable, Iterable, Mapping

from carbon.reports.statement import Statement
from carbon.reports.table import Cell, Missing, Table
from carbon.svg import shown_plainly

SPOKEN = {"e": "e-", "ldpe": "LDPE ", "hdpe": "HDPE ", "pp": "PP ", "rpet": "rPET "}
"""Parts of ids that are not said as they are written, with what joins them to the next part."""
ID = re.compile(r"[^\W_]+(?:_[^\W_]+)+")
"""An id that is made of words."""
AS_WRITTEN = frozenset({"stores", "market", "hubs", "factors"})
"""Tables that name rows by somebody else's ids, which are to be found again as they are."""
SAME_NAME = re.compile(r"\bstore store\b(?![-_]| \d)")


def in_words(statement: Statement) -> Statement:
    """The same statement with its findings, rules and tables in words, to be printed; figures stay as they are."""
    speak = _speaker(_ids(statement))
    return statement.model_copy(
        update={
            "stores": tuple(map(shown_plainly, statement.stores)),
            "findings": tuple(map(speak, statement.findings)),
            "checklist": tuple(
                rule.model_copy(update={"evidence": speak(rule.evidence)}) for rule in statement.checklist
            ),
            "tables": tuple(
                table if table.listing else _table(table, shown_plainly if table.key in AS_WRITTEN else speak)
                for table in statement.tables
            ),
        }
    )


def words_of(name: str) -> str:
    """An id in words: ``paper_bag`` is paper bag, ``e_bike`` e-bike, ``ldpe_bag`` LDPE bag."""
    *before, last = name.split("_")
    return "".join(SPOKEN.get(part, f"{part} ") for part in before) + SPOKEN.get(last, last).strip(" -")


def _ids(statement: Statement) -> Iterable[str]:
    """Vehicle classes and packagings of the orders, those that are not words already."""
    found = {
        str(row[key])
        for table in statement.tables
        if table.key == "orders"
        for row in table.rows
        for key in ("vehicle_class", "packed_in")
    }
    return sorted(name for name in found - set(statement.stores) if ID.fullmatch(name))


def _speaker(ids: Iterable[str]) -> Callable[[str], str]:
    names = {name: words_of(name) for name in ids}
    # Not within a longer id, an address or a file's name.
    pattern = re.compile(rf"(?<![\w@/.-])(?:{'|'.join(map(re.escape, names)) or '(?!)'})(?![\w@/-]|\.\w)")

    def speak(text: str) -> str:
        said = pattern.sub(lambda found: names[found[0]], text)
        return shown_plainly(SAME_NAME.sub("the store", said))

    return speak


def _table(table: Table, speak: Callable[[str], str]) -> Table:
    def spoken(row: Mapping[str, Cell]) -> dict[str, Cell]:
        return {key: _cell(cell, speak) for key, cell in row.items()}

    return table.model_copy(update={"note": speak(table.note), "rows": tuple(map(spoken, table.rows))})


def _cell(cell: Cell, speak: Callable[[str], str]) -> Cell:
    if isinstance(cell, Missing):
        return Missing(not_computable_because=speak(cell.not_computable_because))
    return speak(cell) if isinstance(cell, str) else cell
