"""Which rounds a ledger accounts for already, so that none is accounted for twice."""

from collections.abc import Set as AbstractSet
from datetime import date
from typing import NamedTuple

from pydantic import BaseModel, ValidationError

from carbon.errors import LedgerError
from carbon.ledger.canonical import canonical
from carbon.ledger.entry import HEADER
from carbon.ledger.file import Ledger
from carbon.ledger.replay import FOOTPRINT


class Departure(NamedTuple):
    """A round, and where and on which day it began."""

    round_id: str
    store_id: str
    day: date


class _Round(BaseModel):
    id: str
    store_id: str
    started_on: date


class _Inputs(BaseModel):
    rounds: tuple[_Round, ...]


class _Record(BaseModel):
    inputs: _Inputs


class _Line(BaseModel):
    """What is looked at of a footprint's line."""

    record: _Record


class AccountedRounds:
    """The rounds in a ledger's footprints whose ids begin in one way.

    A footprint that was corrected counts as well: what its correction leaves out was left out on purpose. Lines are
    not held against their hashes; that is for ``verify_ledger``.

    Args:
        ledger: the ledger; its file need not be there yet.
        start: what the ids begin with.

    Attributes:
        ledger: as given.
    """

    def __init__(self, ledger: Ledger, start: str) -> None:
        self.ledger = ledger
        self._start = start
        self._mark = b'"id":' + canonical(start)[:-1]  # quotes in a text are escaped, so no text looks like it
        self._found: set[Departure] = set()
        self._read_to = 0

    def departures(self) -> AbstractSet[Departure]:
        """All of them. Each call reads no more than what was added since the one before.

        Raises:
            LedgerError: if the ledger cannot be read.
        """
        if self.ledger.path.exists():
            for offset, line in self.ledger.lines(self._read_to):
                self._read_to = offset + len(line)
                header = HEADER.match(line)
                if header is not None and header["kind"] == FOOTPRINT.encode() and self._mark in line:
                    self._add(line, offset)
        return self._found

    def _add(self, line: bytes, offset: int) -> None:
        try:
            rounds = _Line.model_validate_json(line).record.inputs.rounds
        except ValidationError as error:
            fault = error.errors()[0]
            raise LedgerError(
                f"ledger {self.ledger.path}, byte {offset}: {'.'.join(map(str, fault['loc']))}: {fault['msg']}; "
                "verify the ledger"
            ) from error
        self._found.update(
            Departure(each.id, each.store_id, each.started_on) for each in rounds if each.id.startswith(self._start)
        )
