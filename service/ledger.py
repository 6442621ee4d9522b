"""What ``swiftleaf ledger`` does. Every mistake of the user leaves as a ``UsageError``."""

import os
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import BaseModel
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

import carbon
from service.books import read_books
from service.files import UsageError, check_writable, write_document

MOST_CONTENT = 200
LARGE_BYTES, MOST_PROCESSES = 256 * 2**20, 8
"""From this size on a ledger is verified by one process a processor, up to so many; starting them takes a second."""


@contextmanager
def _sentences() -> Iterator[None]:
    try:
        yield
    except carbon.CarbonError as error:
        raise UsageError(str(error)) from None


@contextmanager
def progress_bar(title: str) -> Iterator[Callable[[int, int], None]]:
    """A bar of bytes on standard error, and what tells it how far the work is; gone when the work is done."""
    columns = TextColumn(title), BarColumn(), DownloadColumn(binary_units=True), TimeRemainingColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title)
        yield lambda done, of: bar.update(task, completed=done, total=of)


def verify(file: Path, checkpoints: list[Path], public_key: Path | None) -> carbon.Verification:
    """Verify a ledger, with every process this machine can run, against checkpoints in other files."""
    with _sentences():
        trusted = None if public_key is None else carbon.read_public_key(public_key)
        points = [carbon.Checkpoint.read(path) for path in checkpoints]
        with progress_bar(f"Verifying {file.name}") as progress:
            return carbon.verify_ledger(
                file, checkpoints=points, public_key=trusted, processes=_processes(file), progress=progress
            )


def checkpoint(file: Path, key: Path, out: Path, earlier: list[Path]) -> carbon.Checkpoint:
    """Verify a ledger and write a signed checkpoint of it to a new file."""
    if out.exists():
        raise UsageError(f"{out}: exists already; checkpoints are evidence, so give another --out")
    check_writable(str(out))
    with _sentences():
        signer = carbon.read_private_key(key)
        points = [carbon.Checkpoint.read(path) for path in earlier]
        with progress_bar(f"Verifying {file.name}") as progress:
            point = carbon.sign_checkpoint(
                file, signer, checkpoints=points, processes=_processes(file), progress=progress
            )
    write_document(str(out), point.model_dump_json(indent=2))
    return point


def show(file: Path, last: int) -> None:
    """Print how many entries of which kind a ledger has, and the latest of them."""
    with _sentences():
        ledger = carbon.Ledger(file)
        kinds: Counter[str] = Counter()
        latest: deque[carbon.Entry] = deque(maxlen=last)
        for entry in ledger.entries():
            kinds[entry.kind] += 1
            latest.append(entry)
    console = Console(highlight=False, markup=False)
    counts = ", ".join(f"{kind} {count:,}" for kind, count in sorted(kinds.items())) or "nothing"
    console.print(f"{file.name}: {kinds.total():,} entries ({counts})", soft_wrap=True)
    for entry in latest:
        corrects = "" if entry.corrects is None else f", corrects {entry.corrects}"
        content = entry.record_json[:MOST_CONTENT].decode(errors="replace")
        line = f"{entry.number:>9} {entry.at[:19]}Z {entry.kind}{corrects}: {content}"
        console.print(line, no_wrap=True, overflow="ellipsis")


@dataclass(slots=True)
class Replayed:
    """What replaying a ledger gave.

    Attributes:
        entries: how many footprints came into question.
        unequal: those that came out otherwise.
        without_factors: why others could not be made again.
    """

    entries: int = 0
    unequal: list[carbon.Replay] = field(default_factory=list)
    without_factors: list[str] = field(default_factory=list)

    @property
    def equal(self) -> int:
        """How many came out byte for byte the same."""
        return self.entries - len(self.unequal) - len(self.without_factors)


class _Totals(BaseModel):
    total_gco2e: float


class _Figures(BaseModel):
    totals: _Totals


class _Stated(BaseModel):
    edition: str
    figures: _Figures


class Restatement(_Stated):
    """What an entry of kind ``restatement`` says in sum: edition and total, and both before."""

    before: _Stated


def replay(file: Path, factors: Path | None, numbers: list[int]) -> Replayed:
    """Make the figures of a ledger's current footprints again, or of those with these numbers, from what it holds."""
    replayed = Replayed()
    with _sentences():
        registry = read_books(factors, None).registry
        ledger = carbon.Ledger(file)
        editions = carbon.kept_editions(ledger)
        for entry in map(ledger.entry, numbers) if numbers else ledger.current():
            if not numbers and entry.kind not in carbon.REPLAYABLE:
                continue
            try:
                done = carbon.replay(entry, registry, editions=editions)
            except carbon.EditionError as error:
                replayed.without_factors.append(str(error))
            else:
                if not done.equal:
                    replayed.unequal.append(done)
            replayed.entries += 1
    return replayed


def restate(file: Path, number: int, factors: Path | None) -> tuple[int, Restatement]:
    """Append a footprint's figures by the bundled factors of today, the user's own joined to them, as a correction.

    Returns:
        The number of the appended entry, and what it says.
    """
    with _sentences():
        entry = carbon.restate(carbon.Ledger(file), number, read_books(factors, None).registry)
    return entry.number, Restatement.model_validate(entry.record)


def key(out: Path) -> Path:
    """Make a signing key; returns where its public half is."""
    with _sentences():
        return carbon.new_key(out)


def recover(file: Path) -> carbon.Recovery | None:
    """Put aside what a cut left of a last entry."""
    if not file.is_file():
        raise UsageError(f"{file}: there is no such file; give the path of a ledger")
    with _sentences():
        return carbon.Ledger(file).recover()


def _processes(file: Path) -> int:
    large = file.is_file() and file.stat().st_size >= LARGE_BYTES
    return min(os.cpu_count() or 1, MOST_PROCESSES) if large else 1
