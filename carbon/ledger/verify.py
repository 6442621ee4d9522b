"""Is a ledger what it was? Every line by itself, its place in the chain, and the checkpoints kept elsewhere."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path
from typing import Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from carbon.errors import CheckpointError, LedgerError
from carbon.ledger.checkpoint import Checkpoint
from carbon.ledger.disk import lock
from carbon.ledger.entry import GENESIS, ends_of, fault_of

SEGMENT_BYTES = 8 * 2**20
MOST_FINDINGS = 1000
"""Findings kept of each segment and of a whole ledger; all are counted."""

Progress = Callable[[int, int], None]
"""Told how many bytes have been verified, of how many."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with a ledger.

    Attributes:
        code: ``"entry"`` a line is no intact entry; ``"chain"`` it does not follow from the one before, by number, hash
            or time; ``"torn"`` the file ends in the middle of an entry; ``"correction"`` one leads nowhere;
            ``"checkpoint"`` the ledger is not what was signed; ``"signature"`` a checkpoint is not what was signed.
        line: line of the file, from 1; None if it is not about one line.
        offset: byte at which that line begins.
        text: what was found, in words.
    """

    code: Literal["entry", "chain", "torn", "correction", "checkpoint", "signature"]
    line: int | None
    offset: int | None
    text: str

    def __str__(self) -> str:
        where = "" if self.line is None else f"line {self.line}, byte {self.offset}: "
        return f"{self.code}: {where}{self.text}"


@dataclass(frozen=True, slots=True)
class Verification:
    """What verifying a ledger found.

    Attributes:
        entries: number of the last entry.
        head: its hash; zeros in an empty ledger.
        size_bytes: size of the file when verification began.
        findings: what is wrong, in the order of the file, at most ``MOST_FINDINGS``.
        found: how many things are wrong.
        signed: how many entries the latest of the checkpoints counts; None if none was given.
    """

    entries: int
    head: str
    size_bytes: int
    findings: tuple[Finding, ...]
    found: int
    signed: int | None = None

    @property
    def valid(self) -> bool:
        """Whether nothing is wrong."""
        return not self.found


@dataclass(slots=True)
class _Place:
    """Where the chain stands: number, hash and time of the last entry, None where a broken line hides them."""

    number: int | None = 0
    sha256: bytes | None = GENESIS.encode()
    at: bytes | None = None

    def pass_unread(self, lines: int) -> None:
        """Move on over lines that could not be read."""
        if lines:
            self.number, self.sha256 = None if self.number is None else self.number + lines, None
            self.at = None

    def break_before(self, number: int, previous: bytes, at: bytes | None) -> str | None:
        """Say how an entry fails to follow from here."""
        if self.number is not None and number > self.number + 1:
            gone = f"entry {number - 1}" if number == self.number + 2 else f"entries {self.number + 1} to {number - 1}"
            return f"entry {number} follows entry {self.number}: {gone} removed"
        if self.number is not None and number <= self.number:
            return f"entry {number} follows entry {self.number}: moved, repeated or put in"
        if self.sha256 is not None and previous != self.sha256:
            return f"entry {number} was chained to another entry than the one before it, which was changed or put in"
        if self.at is not None and at is not None and at < self.at:
            return (
                f"entry {number} is of {at.decode()}, and the one before it of {self.at.decode()}: time ran backwards"
            )
        return None


@dataclass(slots=True)
class _Segment:
    """What one process found in its part of the file; lines count from the part's first."""

    lines: int = 0
    unread: int = 0
    """Lines that could not be read, before the first that could."""
    first: tuple[int, int, int, bytes, bytes | None] | None = None
    """Line, byte, number, ``previous`` and time of the first line that could be read."""
    end: _Place = field(default_factory=_Place)
    findings: list[Finding] = field(default_factory=list)
    found: int = 0
    corrections: list[tuple[int, int, int, int]] = field(default_factory=list)
    """Line, byte, number and what it corrects."""
    heads: dict[int, str] = field(default_factory=dict)
    """Hashes of the entries that a checkpoint speaks of."""

    def note(self, finding: Finding) -> None:
        self.found += 1
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(finding)


def verify_ledger(
    path: Path | str,
    *,
    checkpoints: Sequence[Checkpoint] = (),
    public_key: Ed25519PublicKey | None = None,
    processes: int = 1,
    progress: Progress | None = None,
) -> Verification:
    """Verify a ledger from its first byte to its last.

    Without a checkpoint this finds every edited, removed, swapped, repeated or inserted entry and a cut in the middle
    of one, unless all hashes from there to the end were computed anew; and, whatever was computed anew, a time that is
    none or runs backwards. With one, it also finds such a rewrite, and a shortened ledger, up to the entry that was
    signed.

    Args:
        path: the ledger; entries appended meanwhile are left for the next time.
        checkpoints: checkpoints of it that were kept elsewhere.
        public_key: the key they must be signed by; without it a signature is only held against the key it names.
        processes: how many share the work. More than one starts interpreters, so the caller's main module must be one
            that can be imported.
        progress: told after each part.

    Raises:
        LedgerError: if the file cannot be read.
    """
    path = Path(path)
    size, parts = _parts(path)
    scan = partial(_scan, path, frozenset(checkpoint.count for checkpoint in checkpoints))
    whole, place = _Segment(), _Place()
    corrected: dict[int, int] = {}
    for (_, stop), segment in zip(parts, _scanned(scan, parts, processes), strict=True):
        place = _join(whole, place, segment, corrected)
        if progress is not None:
            progress(stop, size)
    findings = sorted(whole.findings, key=lambda finding: finding.offset or 0)
    heads = {0: GENESIS} | whole.heads
    about = [finding for checkpoint in checkpoints for finding in _held(checkpoint, public_key, place, heads)]
    return Verification(
        entries=place.number or 0,
        head=(place.sha256 or b"").decode(),
        size_bytes=size,
        findings=(*about, *findings)[:MOST_FINDINGS],
        found=whole.found + len(about),
        signed=max((checkpoint.count for checkpoint in checkpoints), default=None),
    )


def sign_checkpoint(
    path: Path | str,
    key: Ed25519PrivateKey,
    *,
    checkpoints: Sequence[Checkpoint] = (),
    processes: int = 1,
    progress: Progress | None = None,
) -> Checkpoint:
    """Verify a ledger, against earlier checkpoints too, and sign what it is now.

    Raises:
        CheckpointError: if the ledger is not valid; nobody should sign that.
        LedgerError: if it cannot be read.
    """
    done = verify_ledger(path, checkpoints=checkpoints, processes=processes, progress=progress)
    if not done.valid:
        raise CheckpointError(
            f"ledger {path} is not valid, so sign nothing; {done.found} findings, the first: {done.findings[0]}"
        )
    return Checkpoint.signed(done.entries, done.head, key)


def _parts(path: Path) -> tuple[int, list[tuple[int, int]]]:
    """Size of the file while nobody writes, and its parts, each from the start of a line to the start of another."""
    try:
        with path.open("rb") as stream:
            lock(stream.fileno(), shared=True)
            size = os.fstat(stream.fileno()).st_size
            starts = [0]
            for at in range(SEGMENT_BYTES, size, SEGMENT_BYTES):
                if at > starts[-1]:
                    stream.seek(at)
                    stream.readline()
                    if stream.tell() < size:
                        starts.append(stream.tell())
    except OSError as error:
        raise LedgerError(f"ledger {path} cannot be read: {error.strerror}; check the path") from error
    return size, list(pairwise([*starts, size]))


def _scanned(
    scan: Callable[[tuple[int, int]], _Segment], parts: Sequence[tuple[int, int]], processes: int
) -> Iterator[_Segment]:
    """Scan the parts, in their order, in this process or in several."""
    if processes == 1 or len(parts) == 1:
        yield from map(scan, parts)
        return
    # Spawned, because a progress bar runs a thread, and a fork of a process with threads may hang.
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        try:
            yield from pool.map(scan, parts)
        except BrokenProcessPool as error:
            raise LedgerError("a process that was verifying has died; verify again with one process") from error


def _scan(path: Path, wanted: frozenset[int], part: tuple[int, int]) -> _Segment:
    """Verify the lines of one part, of which the first need not follow from anything."""
    segment, place = _Segment(), _Place(None, None, None)
    offset, stop = part
    try:
        with path.open("rb", buffering=1 << 20) as stream:
            stream.seek(offset)
            while offset < stop:
                line = stream.readline(stop - offset)
                if not line:
                    raise LedgerError(f"ledger {path} became shorter while it was verified; verify it again")
                segment.lines += 1
                _examine(segment, place, wanted, offset, line)
                offset += len(line)
    except OSError as error:
        raise LedgerError(f"ledger {path} cannot be read: {error.strerror}; check the path") from error
    segment.end = place
    return segment


def _examine(segment: _Segment, place: _Place, wanted: frozenset[int], offset: int, line: bytes) -> None:
    """Verify one line, and move ``place`` on to it."""
    if not line.endswith(b"\n"):
        text = f"the file ends in the middle of an entry, after {len(line)} bytes of it"
        segment.note(Finding("torn", segment.lines, offset, text))
        return
    body = line[:-1]
    ends = ends_of(body)
    if ends is None:
        segment.note(Finding("entry", segment.lines, offset, f"{body[:40]!r} is not an entry"))
        segment.unread += segment.first is None
        place.pass_unread(1)
        return
    header, seal = ends
    fault = fault_of(body, header, seal)
    number = int(header["number"])
    at = None if fault else header["at"]
    if fault:
        segment.note(Finding("entry", segment.lines, offset, f"entry {number} {fault}"))
    if segment.first is None:
        segment.first = segment.lines, offset, number, header["previous"], at
    elif (broken := place.break_before(number, header["previous"], at)) is not None:
        segment.note(Finding("chain", segment.lines, offset, broken))
    if header["corrects"] != b"null":
        segment.corrections.append((segment.lines, offset, number, int(header["corrects"])))
    place.number, place.sha256, place.at = number, seal["sha256"], at
    if number in wanted:
        segment.heads[number] = seal["sha256"].decode()


def _join(whole: _Segment, place: _Place, part: _Segment, corrected: dict[int, int]) -> _Place:
    """Add a part to what comes before it; returns where the chain stands at its end."""
    place.pass_unread(part.unread)
    if part.first is not None:
        line, offset, number, previous, at = part.first
        if (broken := place.break_before(number, previous, at)) is not None:
            part.note(Finding("chain", line, offset, broken))
        place = part.end
    for line, offset, number, old in part.corrections:
        if old >= number:
            what = "itself" if old == number else f"entry {old}, which comes later: a cycle, or nothing at all"
            part.note(Finding("correction", line, offset, f"entry {number} corrects {what}"))
        elif corrected.setdefault(old, number) != number:
            text = f"entry {number} corrects entry {old}, which entry {corrected[old]} corrects already"
            part.note(Finding("correction", line, offset, text))
    for finding in part.findings[: MOST_FINDINGS - len(whole.findings)]:
        where = finding.line and finding.line + whole.lines
        whole.findings.append(Finding(finding.code, where, finding.offset, finding.text))
    whole.lines += part.lines
    whole.found += part.found
    whole.heads |= part.heads
    return place


def _held(
    checkpoint: Checkpoint, public_key: Ed25519PublicKey | None, place: _Place, heads: dict[int, str]
) -> Iterator[Finding]:
    """What a checkpoint says against the ledger, and what is to be said against the checkpoint."""
    name = f"the checkpoint of {checkpoint.at}"
    fault = checkpoint.fault(public_key)
    if fault:
        yield Finding("signature", None, None, f"{name} {fault}")
    if place.number is not None and place.number < checkpoint.count:
        gone = f"the ledger was cut short: {name} counts {checkpoint.count} entries, and there are {place.number}"
        yield Finding("checkpoint", None, None, gone)
    elif heads.get(checkpoint.count) != checkpoint.head:
        text = f"entry {checkpoint.count} is not the one that {name} signed: the ledger was rewritten up to there"
        yield Finding("checkpoint", None, None, text)
