"""What the ledger costs: appending, one by one and together, waiting for the disk or not; keeping factors; verifying.

Run it: ``uv run python -m tests.benchmarks.ledger [--entries 1000000] [--rounds 50000] [--folder FOLDER]``.

Entries are of two sizes: an order's figures, and a round of four orders that can be replayed (inputs, factors, method).
The folder decides which disk is measured. Verification is the command's own: progress bar, all processors.
"""

import argparse
import time
from collections.abc import Callable, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import carbon
from service import ledger as command

BATCH, FEW = 2000, 500


def order_draft(number: int) -> carbon.Draft:
    """One order's figures, as a report states them."""
    record = an_order() | {
        "order_id": f"order-{number}",
        "round_id": f"round-{number // 4}",
        "transport_gco2e": 18.4 + number / 977,
        "total_gco2e": 18.4 + number / 977 + 35.5809348,
        "share": 1 / (1 + number % 7),
        "activity_tkm": 0.0013 + number / 10**7,
        "intensity_gco2e_per_tkm": 7277.825 + number / 991,
    }
    return carbon.Draft.of("order", record)


@cache
def an_order() -> dict[str, object]:
    """The first order of a report, with every field that there is."""
    return carbon.footprint([a_round(0)], {}).orders[0].model_dump(mode="json")


def round_draft(number: int) -> carbon.Draft:
    """A round of four orders, with all that it takes to make its figures again."""
    round_ = a_round(number)
    return carbon.footprint_draft([round_], {stop.order_id: carbon.DEFAULT_PACKAGING for stop in round_.stops})


def a_round(number: int) -> carbon.Round:
    """A round of four orders by e-bike."""
    stops = tuple(
        carbon.RoundStop(order_id=f"order-{number}-{i}", mass_kg=1.1 + i / 3, distance_m=1234.5 + number % 997 + i)
        for i in range(4)
    )
    return carbon.Round(
        id=f"round-{number}",
        store_id="store-1",
        region="CN-GD",
        vehicle_id="rider-1",
        vehicle_class="e_bike",
        started_on=date(2026, 5, 1),
        distance_m=8000.0,
        battery_wh=76.5 + number / 1013,
        stops=stops,
    )


def spent_ms(work: Callable[[], object], times: int) -> float:
    """Milliseconds of each of ``times`` parts of some work."""
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000 / times


def append(folder: Path, kind: str, make: Callable[[int], carbon.Draft]) -> None:
    """Print what appending costs in each of the four ways, and what comes before it."""
    make(0)
    drafts: Sequence[carbon.Draft] = ()

    def draw_up() -> None:
        nonlocal drafts
        drafts = [make(number) for number in range(BATCH)]

    made_ms = spent_ms(draw_up, BATCH)
    for durable in (True, False):
        book = carbon.Ledger(folder / f"{kind}-{durable}.jsonl", durable=durable)
        one_ms = spent_ms(lambda b=book: [b.append_all([draft]) for draft in drafts[:FEW]], FEW)
        all_ms = spent_ms(lambda b=book: b.append_all(drafts), BATCH)
        size = len(book.entry(1).line)
        print(
            f"{kind:6s} {size:6d} bytes  durable {durable!s:5s}  drawing up {made_ms:.3f} ms  "
            f"append alone {one_ms:.3f} ms  {BATCH} together {all_ms:.4f} ms each"
        )


def keep(folder: Path, rounds: int) -> None:
    """Print what it costs to keep the factors: once for an edition, and at each footprint to know that it is there."""
    path = folder / "kept.jsonl"
    bundled = carbon.bundled_registry()
    draw_ms = spent_ms(lambda: carbon.edition_of(carbon.Registry(bundled)), 1)
    drafts = [round_draft(number) for number in range(FEW)]
    book = carbon.Ledger(path, durable=False)
    first_ms = spent_ms(lambda: carbon.record_footprints(book, drafts[:1]), 1)
    alone_ms = spent_ms(lambda: [carbon.record_footprints(book, [draft]) for draft in drafts], FEW)
    (entry,) = carbon.kept_editions(book).values()
    back_ms = spent_ms(lambda: carbon.registry_of(entry), 1)
    print(
        f"edition of {len(bundled)} factors: {len(entry.line):,} bytes, hashed in {draw_ms:.1f} ms, "
        f"back in {back_ms:.1f} ms; first footprint {first_ms:.2f} ms, each after it {alone_ms:.3f} ms"
    )
    for _ in range(0, rounds, FEW):
        book.append_all(drafts)
    found_s = spent_ms(lambda: carbon.record_footprints(carbon.Ledger(path, durable=False), drafts[:1]), 1) / 1000
    print(f"first footprint of a process into a ledger of {path.stat().st_size / 1e6:,.0f} MB: {found_s:.2f} s")
    path.unlink()


def verify(folder: Path, kind: str, make: Callable[[int], carbon.Draft], entries: int) -> None:
    """Print how long a ledger of this many entries takes to verify."""
    path = folder / f"long-{kind}.jsonl"
    book = carbon.Ledger(path, durable=False)
    drafts = [make(number) for number in range(BATCH)]
    for start in range(0, entries, BATCH):
        book.append_all(drafts[: entries - start])
    start_s = time.perf_counter()
    done = command.verify(path, [], None)
    taken_s = time.perf_counter() - start_s
    assert (done.valid, done.entries) == (True, entries)
    megabytes = path.stat().st_size / 1e6
    start_s = time.perf_counter()
    carbon.verify_ledger(path)
    alone_s = time.perf_counter() - start_s
    path.unlink()
    print(
        f"verify {entries:,} {kind} entries, {megabytes:,.0f} MB: {taken_s:.1f} s as the command does, "
        f"{alone_s:.1f} s in one process ({megabytes / alone_s:.0f} MB/s)"
    )


def main() -> None:
    """Print all of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=1_000_000, help="order entries to verify")
    parser.add_argument("--rounds", type=int, default=50_000, help="round entries to verify")
    parser.add_argument("--folder", type=Path, help="where the ledgers go for a while; default: the system's")
    given = parser.parse_args()
    with TemporaryDirectory(dir=given.folder) as name:
        folder = Path(name)
        append(folder, "order", order_draft)
        append(folder, "round", round_draft)
        keep(folder, given.rounds)
        verify(folder, "order", order_draft, given.entries)
        verify(folder, "round", round_draft, given.rounds)


if __name__ == "__main__":
    main()
