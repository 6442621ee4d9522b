"""The ledger's file: entries are added at its end, under a lock, and never changed.

**What survives what.** An append writes its entries with one call, under an exclusive lock on the file, and (unless the
ledger is opened with ``durable=False``) asks the disk to keep them (``fsync``) before it returns: once for all of its
entries. So an entry that was returned outlives a power cut. With ``durable=False`` it outlives the end of the process,
``SIGKILL`` too, but what the system had not yet written when the power failed is lost. In both cases the file can then
end in the middle of an entry whose append never returned; everything before that stays readable, nothing is added
behind it until ``recover`` has put the torn bytes aside.

**Time never runs backwards.** Where the clock is behind the last entry (it was set back, or another machine's is
ahead), an appended entry takes the last entry's time: their order is known, and recording goes on. So an entry's time
is no earlier than its clock said; after a clock that was ahead, times stand still until the true time has caught up.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from carbon.errors import CorrectionError, LedgerError, TornLedgerError
from carbon.ledger.disk import lock, read_bytes, sync_folder, whole_bytes
from carbon.ledger.entry import GENESIS, HEADER, SEAL_BYTES, Draft, Entry


@dataclass(frozen=True, slots=True)
class Recovery:
    """What was done about a ledger that ended in the middle of an entry.

    Attributes:
        offset: byte at which the torn part began.
        torn_bytes: how many bytes it has.
        aside: the file that holds them now, or None if only the line end was missing and was added.
    """

    offset: int
    torn_bytes: int
    aside: Path | None


@dataclass(frozen=True, slots=True)
class _End:
    """State of a file at its end: its size, and number, hash and time of its last entry."""

    size: int
    number: int
    sha256: str
    at: str


@dataclass(slots=True)
class _Kept:
    """Digests of the contents of one kind's entries, and up to which byte they were looked for."""

    digests: set[bytes] = field(default_factory=set)
    read_to: int = 0


class Ledger:
    """An append-only, hash-chained file of entries; several processes and threads may share one.

    Args:
        path: the file; made by the first append.
        durable: whether each append waits for the disk.
    """

    def __init__(self, path: Path | str, *, durable: bool = True) -> None:
        self.path = Path(path)
        self._durable = durable
        self._end: _End | None = None
        self._corrected: dict[int, int] = {}
        self._corrections_read_to = 0
        self._kept: dict[str, _Kept] = {}

    def append(self, kind: str, record: Mapping[str, object], *, corrects: int | None = None) -> Entry:
        """Add one entry; see ``append_all``."""
        return self.append_all([Draft.of(kind, record, corrects=corrects)])[0]

    def append_all(self, drafts: Iterable[Draft], *, provided: Callable[[], bool] = lambda: True) -> tuple[Entry, ...]:
        """Add entries in this order, all of them or none, with nothing of anybody else between them.

        Args:
            drafts: what to add.
            provided: asked about the ledger as it is when nobody else can add to it; if it says no, nothing is added.

        Returns:
            The entries that were added; a draft to append ``once`` that was there already has none.

        Raises:
            TornLedgerError: if the file ends in the middle of an entry.
            CorrectionError: if a draft corrects what does not exist, itself, a later one or one corrected already.
            LedgerError: if the file cannot be written, or its last line is no entry.
        """
        drafts = tuple(drafts)  # made before the lock is taken, since that may take long
        with self._locked() as file:
            return self._add(file, drafts) if provided() else ()

    def entries(self, *, kind: str | None = None) -> Iterator[Entry]:
        """Read all whole entries, or those of one kind, first to last, each held against its own hash.

        Bytes of a half-written entry at the end are passed over: its append never returned. Whether the chain is whole
        is for ``verify_ledger`` to say.

        Raises:
            LedgerError: at a line that is no entry or was altered; those before it have been given.
        """
        for offset, line in self.lines():
            if kind is None or _kind(line) == kind:
                yield self._entry(offset, line)

    def entry(self, number: int) -> Entry:
        """Return the entry of this number.

        Raises:
            LedgerError: if there is none, or it was altered.
        """
        for offset, line in self.lines():
            if _number(line) == number:
                return self._entry(offset, line)
        raise LedgerError(f"number is {number}; ledger {self.path} has no such entry")

    def current(self) -> Iterator[Entry]:
        """Read the entries that hold now: all but those that a later one corrects.

        Raises:
            LedgerError: as ``entries``.
        """
        corrected, stop = set[int](), 0
        for offset, line in self.lines():
            stop = offset + len(line)
            corrected.update(old for _, old in _correction(line))
        # What is appended from here on is left out, or both it and what it corrects would be given.
        for offset, line in self.lines(stop=stop):
            if _number(line) not in corrected:
                yield self._entry(offset, line)

    def history(self, number: int) -> tuple[Entry, ...]:
        """Return the entry of this number, what it corrects and what corrects it, oldest first.

        Raises:
            LedgerError: if there is no such entry, or one of them was altered.
        """
        corrects = dict(self._corrections(0))
        by = {old: new for new, old in corrects.items()}
        chain = [number]
        while chain[0] in corrects:
            chain.insert(0, corrects[chain[0]])
        while chain[-1] in by:
            chain.append(by[chain[-1]])
        return tuple(self.entry(each) for each in chain)

    def recover(self) -> Recovery | None:
        """Mend a file that ends in the middle of an entry, losing nothing; None if it does not.

        If only the line end is missing, it is added. Otherwise the torn bytes go to a file beside the ledger, named by
        its name, ``torn`` and the byte where they began; then they are cut off, and an entry of kind ``recovery`` says
        so.

        Raises:
            LedgerError: if the last whole line is no entry, or nothing can be written.
        """
        with self._locked() as file:
            size = os.fstat(file).st_size
            whole = whole_bytes(file, size)
            torn = read_bytes(file, whole, size)
            if not torn:
                return None
            end = self._tail(file, whole)
            if _follows(end, torn):
                self._write(file, size, b"\n")
                return Recovery(whole, len(torn), None)
            aside = self._set_aside(torn, whole)
            os.ftruncate(file, whole)
            digest = sha256(torn).hexdigest()
            record = {"aside": aside.name, "byte": whole, "bytes": len(torn), "sha256": digest}
            self._add(file, [Draft.of("recovery", record)])
            return Recovery(whole, len(torn), aside)

    @contextmanager
    def _locked(self) -> Iterator[int]:
        """Open the file for reading and writing, alone."""
        try:
            new = not self.path.exists()
            file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        except OSError as error:
            raise LedgerError(f"ledger {self.path} cannot be written: {error.strerror}; check its folder") from error
        try:
            lock(file)
            if new and self._durable:
                sync_folder(self.path.parent)
            yield file
        finally:
            os.close(file)  # lets go of the lock as well

    def _add(self, file: int, drafts: Iterable[Draft]) -> tuple[Entry, ...]:
        """Chain drafts to the end of the locked file."""
        end = self._read_end(file)
        at = max(end.at, datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"))
        entries: list[Entry] = []
        number, previous = end.number, end.sha256
        corrected: dict[int, int] = {}
        kept = set[tuple[str, bytes]]()
        for draft in drafts:
            if draft.once:
                content = draft.kind, _digest(draft.record)
                if content in kept or content[1] in self._digests(draft.kind, end.size):
                    continue
                kept.add(content)
            number += 1
            self._check_correction(end.size, draft, number, corrected)
            entries.append(draft.sealed(number, previous, at))
            previous = entries[-1].sha256
        lines = b"".join(entry.line for entry in entries)
        self._write(file, end.size, lines)
        self._end = _End(end.size + len(lines), number, previous, at if entries else end.at)
        for kind, digest in kept:
            self._kept[kind].digests.add(digest)
        if self._corrections_read_to == end.size:
            self._corrected |= corrected
            self._corrections_read_to = self._end.size
        return tuple(entries)

    def _read_end(self, file: int) -> _End:
        size = os.fstat(file).st_size
        if self._end is not None and self._end.size == size:
            return self._end
        if self._end is not None and size < self._end.size:
            raise LedgerError(f"ledger {self.path} has shrunk from {self._end.size} to {size} bytes; verify it")
        whole = whole_bytes(file, size)
        if whole < size:
            raise TornLedgerError(
                f"ledger {self.path} ends in the middle of an entry: {size - whole} bytes from byte {whole} on; "
                "recover it (swiftleaf ledger recover), which keeps these bytes aside"
            )
        return self._tail(file, size)

    def _tail(self, file: int, size: int) -> _End:
        """Number and hash of the last of ``size`` bytes of whole lines."""
        if size == 0:
            return _End(0, 0, GENESIS, "")
        start = whole_bytes(file, size - 1)
        try:
            last = Entry.read(read_bytes(file, start, size))
        except LedgerError as error:
            raise LedgerError(f"ledger {self.path}, byte {start}: nothing can follow: {error}") from error
        return _End(size, last.number, last.sha256, last.at)

    def _write(self, file: int, size: int, lines: bytes) -> None:
        """Write at the end of ``size`` bytes; if that fails, nothing of it stays."""
        try:
            written = 0
            while written < len(lines):
                written += os.write(file, memoryview(lines)[written:])
            if self._durable:
                os.fsync(file)
        except OSError as error:
            os.ftruncate(file, size)
            raise LedgerError(f"ledger {self.path} cannot be written: {error.strerror}; nothing was added") from error

    def _set_aside(self, torn: bytes, offset: int) -> Path:
        """Write the torn bytes to a new file of their own, and wait for the disk."""
        aside = self.path.with_name(f"{self.path.name}.torn-{offset}")
        attempt = 0
        while aside.exists():
            attempt += 1
            aside = self.path.with_name(f"{self.path.name}.torn-{offset}-{attempt}")
        try:
            with aside.open("xb") as stream:
                stream.write(torn)
                stream.flush()
                os.fsync(stream.fileno())
            sync_folder(aside.parent)
        except OSError as error:
            raise LedgerError(f"{aside} cannot be written: {error.strerror}; nothing was cut off") from error
        return aside

    def _check_correction(self, size: int, draft: Draft, number: int, new: dict[int, int]) -> None:
        """Refuse a correction that leads nowhere, and note a good one in ``new``."""
        old = draft.corrects
        if old is None:
            return
        if not 1 <= old < number:
            what = "itself" if old == number else "an entry that does not exist"
            raise CorrectionError(
                f"corrects is {old}, but this is entry {number}, which would correct {what}; name an earlier entry"
            )
        if self._corrections_read_to < size:
            self._corrected |= {of: by for by, of in self._corrections(self._corrections_read_to)}
            self._corrections_read_to = size
        by = new.get(old) or self._corrected.get(old)
        if by is not None:
            raise CorrectionError(
                f"corrects is {old}, which entry {by} corrects already; correct that one, or what corrects it in turn"
            )
        new[old] = number

    def _digests(self, kind: str, size: int) -> set[bytes]:
        """Digests of the contents of a kind's entries in the first ``size`` bytes, which are all."""
        kept = self._kept.setdefault(kind, _Kept())
        if kept.read_to < size:
            for _, line in self.lines(kept.read_to):
                header = HEADER.match(line)
                if header is not None and header["kind"] == kind.encode():
                    kept.digests.add(sha256(line[header.end() : -SEAL_BYTES - 1]).digest())
            kept.read_to = size
        return kept.digests

    def _corrections(self, offset: int) -> Iterator[tuple[int, int]]:
        """Number of each correction from a byte on, and of what it corrects."""
        for _, line in self.lines(offset):
            yield from _correction(line)

    def _entry(self, offset: int, line: bytes) -> Entry:
        try:
            return Entry.read(line)
        except LedgerError as error:
            raise LedgerError(f"ledger {self.path}, byte {offset}: {error}") from error

    def lines(self, offset: int = 0, stop: int | None = None) -> Iterator[tuple[int, bytes]]:
        """Whole lines as they stand, held against nothing, each with its byte.

        Args:
            offset: byte at which the first of them starts.
            stop: byte at which the first starts that is left out; None for all.

        Raises:
            LedgerError: if the file cannot be read.
        """
        try:
            with self.path.open("rb") as stream:
                stream.seek(offset)
                for line in stream:
                    if stop is not None and offset >= stop:
                        return
                    if line.endswith(b"\n"):
                        yield offset, line
                    offset += len(line)
        except OSError as error:
            raise LedgerError(f"ledger {self.path} cannot be read: {error.strerror}; check the path") from error


@lru_cache(maxsize=16)
def _digest(record: bytes) -> bytes:
    return sha256(record).digest()


def _kind(line: bytes) -> str | None:
    header = HEADER.match(line)
    return None if header is None else header["kind"].decode()


def _number(line: bytes) -> int | None:
    header = HEADER.match(line)
    return None if header is None else int(header["number"])


def _correction(line: bytes) -> Iterator[tuple[int, int]]:
    """Number of an entry and of what it corrects, or nothing."""
    header = HEADER.match(line)
    if header is not None and header["corrects"] != b"null":
        number, old = int(header["number"]), int(header["corrects"])
        if old < number:  # a forged cycle is for verification to report, and must not trap a reader
            yield number, old


def _follows(end: _End, torn: bytes) -> bool:
    """Whether bytes without a line end are a whole entry that belongs there."""
    try:
        entry = Entry.read(torn)
    except LedgerError:
        return False
    return (entry.number, entry.previous) == (end.number + 1, end.sha256)
