"""How long a report over one day takes, step by step, in a warm process.

Run it: ``uv run python -m tests.benchmarks.report [--orders 2000] [--repeats 5]``.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from datetime import date
from typing import TypeVar

import numpy as np

import carbon
from carbon.reports import statement
from carbon.reports.csv_text import csv_text
from carbon.reports.html_page import html_page
from carbon.reports.pdf import pdf
from carbon.reports.xlsx_file import xlsx_file

T = TypeVar("T")

STORES, DRONE_EVERY, ORDERS_A_ROUND = 5, 10, 3
PACKAGINGS = tuple(carbon.STANDARD_PACKAGING.values())


def day(orders: int, seed: int) -> tuple[list[carbon.Round], dict[str, carbon.Packaging]]:
    """Rounds of three orders and flights of one, from five stores, and what the orders are packed in."""
    rng = np.random.default_rng(seed)
    rounds: list[carbon.Round] = []
    packaging: dict[str, carbon.Packaging] = {}
    left = orders
    while left:
        flies = len(rounds) % DRONE_EVERY == 0
        count = min(left, 1 if flies else ORDERS_A_ROUND)
        left -= count
        names = [f"o{len(rounds)}.{k}" for k in range(count)]
        packaging |= {name: PACKAGINGS[int(rng.integers(len(PACKAGINGS)))] for name in names}
        away_m = rng.uniform(300, 3000, count)
        rounds.append(
            carbon.Round(
                id=f"r{len(rounds)}",
                store_id=f"s{len(rounds) % STORES}",
                region="CL",
                vehicle_id=f"v{len(rounds)}",
                vehicle_class="drone" if flies else "e_bike",
                started_on=date(2026, 5, 1),
                distance_m=float(2.2 * away_m.max()),
                empty_distance_m=float(away_m.max()),
                battery_wh=float(away_m.max() * (0.018 if flies else 0.012)),
                travel_s=float(away_m.max() * 0.5),
                load_kg=1.5,
                distance_type="GCD" if flies else "SFD",
                stops=tuple(
                    carbon.RoundStop(order_id=name, mass_kg=float(rng.uniform(0.2, 4)), distance_m=float(metres))
                    for name, metres in zip(names, away_m, strict=True)
                ),
            )
        )
    return rounds, packaging


def main() -> None:
    """Print the median seconds of each step over several seeds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=2_000)
    parser.add_argument("--repeats", type=int, default=5, help="seeds 0, 1, ...")
    arguments = parser.parse_args()
    seconds: dict[str, list[float]] = {}

    def timed(step: str, work: Callable[[], T]) -> T:
        start = time.perf_counter()
        result = work()
        seconds.setdefault(step, []).append(time.perf_counter() - start)
        return result

    for seed in range(arguments.repeats):
        rounds, packaging = day(arguments.orders, seed)
        start = time.perf_counter()
        report = timed("footprints", lambda r=rounds, p=packaging: carbon.footprint(r, p))
        ranges = timed("ranges, 10,000 draws", lambda r=report: carbon.uncertainty(r))
        said = timed("statement", lambda r=report, u=ranges: statement(r, ranges=u))
        timed("json", lambda s=said: s.model_dump_json(indent=2))
        timed("csv", lambda s=said: csv_text(s))
        timed("xlsx", lambda s=said: xlsx_file(s))
        timed("html", lambda s=said: html_page(s))
        timed("pdf", lambda s=said: pdf(s))
        seconds.setdefault("all of it", []).append(time.perf_counter() - start)
    print(f"{arguments.orders} orders, {arguments.repeats} days")
    for step, each in seconds.items():
        print(f"{step:22s} {statistics.median(each):7.3f} s   (slowest {max(each):.3f})")


if __name__ == "__main__":
    main()
