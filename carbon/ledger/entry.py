"""One line of a ledger: canonical JSON that holds the hash of the line before it and ends in its own."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Self

from pydantic import JsonValue

from carbon.errors import LedgerError
from carbon.ledger.canonical import canonical, is_canonical, parsed

GENESIS = "0" * 64
"""What the first entry has in place of the hash before it."""
KIND = re.compile(r"[a-z][a-z0-9_]{0,63}")
HEADER = re.compile(
    rb'\{"at":"(?P<at>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z)","corrects":(?P<corrects>null|[1-9]\d{0,14}),'
    rb'"kind":"(?P<kind>[a-z][a-z0-9_]{0,63})","number":(?P<number>[1-9]\d{0,14}),'
    rb'"previous":"(?P<previous>[0-9a-f]{64})","record":'
)
"""Start of a line. The names sort so that what is needed to walk the chain stands first and the own hash last, hence
verification can hash the bytes of the file as they are."""
DIGITS = re.compile(rb"\d+")
SEAL = re.compile(rb',"sha256":"(?P<sha256>[0-9a-f]{64})"\}')
SEAL_BYTES = len(',"sha256":""}') + 64


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to be appended: an entry without its place in the chain.

    Attributes:
        kind: what it is, lower case with underscores.
        record: its content, a canonical JSON object.
        corrects: number of the earlier entry that it takes the place of, or None.
        once: whether a ledger that has an entry of this kind and content already goes without it.

    Raises:
        LedgerError: if the kind is no such name, or it would correct something unless that is done already.
    """

    kind: str
    record: bytes = field(repr=False)
    corrects: int | None = None
    once: bool = False

    def __post_init__(self) -> None:
        if not KIND.fullmatch(self.kind):
            raise LedgerError(
                f"kind is {self.kind!r}; name it in at most 64 lower-case letters, digits and underscores, letter first"
            )
        if self.once and self.corrects is not None:
            raise LedgerError(f"corrects is {self.corrects} in a draft to append once; corrections are always appended")

    @classmethod
    def of(cls, kind: str, record: Mapping[str, object], *, corrects: int | None = None) -> Self:
        """Make a draft of plain JSON content (``CanonicalError`` if it is not)."""
        return cls(kind, canonical(dict(record)), corrects)

    def sealed(self, number: int, previous: str, at: str) -> "Entry":
        """Give it its place in the chain and its hash."""
        return Entry(number, at, self.kind, self.corrects, previous, self.record)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a ledger.

    Attributes:
        number: its place, from 1 without gaps.
        at: when it was appended: UTC, ISO 8601 with microseconds; never before the entry before it.
        kind: what it is.
        corrects: number of the earlier entry that it takes the place of, or None.
        previous: SHA-256 of the entry before it, 64 hexadecimal digits; zeros for the first.
        record_json: its content, a canonical JSON object.
        sha256: SHA-256 over the canonical JSON of all the above.
    """

    number: int
    at: str
    kind: str
    corrects: int | None
    previous: str
    record_json: bytes = field(repr=False)
    sha256: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "sha256", hashlib.sha256(self._unsealed() + b"}").hexdigest())

    @classmethod
    def read(cls, line: bytes) -> Self:
        """Read a line of a ledger, with or without its line end.

        Raises:
            LedgerError: if it is no entry, not canonical, or its hash is not that of its content.
        """
        line = line.removesuffix(b"\n")
        ends = ends_of(line)
        if ends is None:
            raise LedgerError(f"line {line[:40]!r} is not an entry; verify the ledger")
        header, seal = ends
        fault = fault_of(line, header, seal)
        if fault:
            raise LedgerError(f"entry {header['number'].decode()} {fault}; verify the ledger")
        corrects = header["corrects"]
        return cls(
            int(header["number"]),
            header["at"].decode(),
            header["kind"].decode(),
            None if corrects == b"null" else int(corrects),
            header["previous"].decode(),
            line[header.end() : -SEAL_BYTES],
        )

    @property
    def record(self) -> dict[str, JsonValue]:
        """Its content, parsed anew at each call."""
        value = parsed(self.record_json)
        assert isinstance(value, dict)
        return value

    @property
    def line(self) -> bytes:
        """The bytes that stand in the file, line end included."""
        return b'%b,"sha256":"%b"}\n' % (self._unsealed(), self.sha256.encode())

    def _unsealed(self) -> bytes:
        return b'{"at":"%b","corrects":%b,"kind":"%b","number":%d,"previous":"%b","record":%b' % (
            self.at.encode(),
            b"null" if self.corrects is None else b"%d" % self.corrects,
            self.kind.encode(),
            self.number,
            self.previous.encode(),
            self.record_json,
        )


def ends_of(line: bytes) -> tuple[re.Match[bytes], re.Match[bytes]] | None:
    """Return the header and the seal of a line without its line end; None if it is no entry."""
    header, seal = HEADER.match(line), SEAL.fullmatch(line, max(0, len(line) - SEAL_BYTES))
    return None if header is None or seal is None else (header, seal)


def fault_of(line: bytes, header: re.Match[bytes], seal: re.Match[bytes]) -> str | None:
    """Say what is wrong with an entry by itself, or None if nothing is; its place in the chain is another matter."""
    if hashlib.sha256(line[:-SEAL_BYTES] + b"}").hexdigest().encode() != seal["sha256"]:
        return "does not have the content that its hash was made of"
    record = line[header.end() : -SEAL_BYTES]
    if not record.startswith(b"{") or not is_canonical(record):
        return "is not canonical JSON"
    return None if _is_moment(header["at"]) else f"is of {header['at'].decode()}, which no clock shows"


@lru_cache(maxsize=16)
def _is_moment(at: bytes) -> bool:
    """Whether digits in the places of a time are one. Entries that were appended together have the same."""
    try:
        year, month, day, hour, minute, second, microsecond = map(int, DIGITS.findall(at))
        datetime(year, month, day, hour, minute, second, microsecond, tzinfo=UTC)
    except ValueError:
        return False
    return True
