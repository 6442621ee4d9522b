"""Swiftleaf's couriers on the public meal-delivery instances, beside what is published of them.

Run it: ``uv run python -m tests.benchmarks.mdrp [--data DIR] [--published] [--jobs 2] [--csv FILE]``.
The instances are read from ``../shared/data/mdrp`` beside the checkout unless a folder is named. Each day runs through
the dispatcher; its three solution files then go through the independent judge. A solution that breaks a rule, or
whose figures the judge finds otherwise, is a defect: the exit code is 1 then.
"""

import argparse
import csv
import math
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from rich.console import Console
from rich.table import Table

import dispatch
from dispatch.couriers import run_meal_day
from dispatch.couriers.day import WORK
from dispatch.readers import MealDay, MealFigures, check_mdrp, meal_figures, read_mdrp, write_mdrp_solution

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "data" / "mdrp"
PUBLISHED: dict[str, tuple[float, float]] = {
    "0o50t100s1p100": (31.19, 29.81), "0r50t100s1p100": (32.46, 30.76),
    "0o50t100s1p125": (34.67, 33.40), "0r50t100s1p125": (36.75, 34.66),
    "0o50t100s2p100": (29.79, 28.96), "0r50t100s2p100": (31.21, 29.93),
    "0o50t100s2p125": (34.18, 32.60), "0r50t100s2p125": (35.60, 33.86),
    "0o50t75s1p100": (28.40, 27.49), "0r50t75s1p100": (29.57, 28.47),
    "0o50t75s1p125": (31.62, 31.10), "0r50t75s1p125": (33.71, 32.45),
    "0o50t75s2p100": (27.29, 26.83), "0r50t75s2p100": (29.03, 27.95),
    "0o50t75s2p125": (31.19, 30.52), "0r50t75s2p125": (33.41, 32.00),
}  # fmt: skip
"""Mean click-to-door in minutes, by their rolling horizon and exactly with hindsight: Reyes et al. 2018, table 4."""
COLUMNS = ("left out", "click-door", "over target", "ready-pick", "cost/order", "orders/trip", "p99 s")
TOLERANCE = 1e-9


@dataclass(frozen=True)
class Measured:
    """A day that was run and judged."""

    name: str
    figures: MealFigures
    impossible: int
    faults: tuple[str, ...]
    wall_s: float


def measure(folder: Path, work: int, seed: int) -> Measured:
    """Run a day, write its solution, and have it judged."""
    began_s = time.perf_counter()
    day = read_mdrp(folder)
    run = run_meal_day(day, work=work, seed=seed)
    figures = meal_figures(day, run.trips, run.decision_s)
    with tempfile.TemporaryDirectory() as solution:
        write_mdrp_solution(solution, day, run.trips)
        verdict = check_mdrp(folder, solution)
    faults = [
        f"{name} is {getattr(figures, name)}; the judge finds {value}"
        for name, value in verdict.figures.items()
        if not math.isclose(value or 0.0, getattr(figures, name) or 0.0, abs_tol=TOLERANCE)
    ]
    return Measured(day.name, figures, impossible(day), (*verdict.violations, *faults), time.perf_counter() - began_s)


def impossible(day: MealDay) -> int:
    """Orders that nobody could deliver who knew the whole day: ready when every courier has gone off."""
    return int((day.orders.ready_min > day.couriers.off_min.max(initial=0)).sum())


def mean(values: Sequence[float | None]) -> float:
    """The mean of what there is; nan of nothing."""
    there = [value for value in values if value is not None]
    return statistics.mean(there) if there else math.nan


def line_of(rows: Sequence[MealFigures]) -> list[str]:
    """The figures of a day, or the means of several; undelivered as a count of all orders."""
    return [
        f"{sum(row.orders - row.delivered for row in rows)}",
        f"{mean([row.click_to_door_mean_min for row in rows]):.2f}",
        f"{mean([row.click_to_door_overage_mean_min for row in rows]):.2f}",
        f"{mean([row.ready_to_pickup_mean_min for row in rows]):.2f}",
        f"{mean([row.cost_per_order for row in rows]):.2f}",
        f"{mean([row.orders_per_bundle for row in rows]):.3f}",
        f"{max(row.decision_p99_s for row in rows):.3f}",
    ]


def summary(measured: Sequence[Measured]) -> list[str]:
    """What the days come to: those with published figures beside these, then all."""
    lines = []
    known = [each for each in measured if each.name in PUBLISHED]
    if known:
        ours = mean([each.figures.click_to_door_mean_min for each in known])
        rolling, exact = (mean([PUBLISHED[each.name][i] for each in known]) for i in (0, 1))
        lines.append(
            f"click-to-door over the {len(known)} with published figures: {ours:.2f} min; published: rolling horizon "
            f"{rolling:.2f}, exact with hindsight {exact:.2f}"
        )
    figures = [each.figures for each in measured]
    orders, left = sum(row.orders for row in figures), sum(row.orders - row.delivered for row in figures)
    share = mean([row.undelivered_share for row in figures])
    lines.append(
        f"over all {len(figures)}: {left} of {orders} orders undelivered, {share:.2%} in the mean of the days, "
        f"{sum(each.impossible for each in measured)} of them ready only when every courier has gone off; "
        f"click-to-door {mean([row.click_to_door_mean_min for row in figures]):.2f} min, "
        f"ready-to-pick-up {mean([row.ready_to_pickup_mean_min for row in figures]):.2f} min, "
        f"cost per order {mean([row.cost_per_order for row in figures]):.2f}, "
        f"orders per bundle {mean([row.orders_per_bundle for row in figures]):.3f}"
    )
    lines.append("published over all 240 instances: 0.25% undelivered, 33.0 min, 2.0 min, 11.42, 1.1")
    return lines


def write_csv(path: Path, measured: Sequence[Measured]) -> None:
    """One line a day, every figure in full."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["instance", *MealFigures.model_fields, "wall_s"])
        for each in measured:
            writer.writerow([each.name, *each.figures.model_dump().values(), f"{each.wall_s:.2f}"])


def measured_all(folders: Sequence[Path], jobs: int, one: Callable[[Path], Measured]) -> Iterator[Measured]:
    """Measure every day, in this process or in so many others, in the sequence of ``folders``."""
    dispatch.warm_up()
    if jobs == 1:
        yield from map(one, folders)
        return
    with ProcessPoolExecutor(jobs, get_context("spawn")) as pool:
        yield from pool.map(one, folders)


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=FOLDER)
    parser.add_argument("--instances", nargs="+", help="names of folders; default: all")
    parser.add_argument("--published", action="store_true", help="the sixteen instances with published figures")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--work", type=int, default=WORK, help="rounds of each search at most")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--csv", type=Path)
    options = parser.parse_args()
    console = Console(width=None if sys.stdout.isatty() else 140)
    names = options.instances or (list(PUBLISHED) if options.published else None)
    folders = [path.parent for path in sorted(options.data.glob("*/orders.txt"))]
    folders = [folder for folder in folders if names is None or folder.name in names]
    if not folders:
        console.print(f"skipped: there is no instance in {options.data.name}; name a folder with --data")
        return 0
    table = Table(title="Meal-delivery days; minutes in the mean of the delivered orders; RH, exact: published")
    for column in ("instance", "RH", "exact", *COLUMNS, "wall s"):
        table.add_column(column, justify="left" if column == "instance" else "right", no_wrap=True)
    measured: list[Measured] = []
    for each in measured_all(folders, options.jobs, partial(measure, work=options.work, seed=options.seed)):
        measured.append(each)
        published = [f"{value:.2f}" for value in PUBLISHED.get(each.name, ())] or ["-", "-"]
        row = [each.name, *published, *line_of([each.figures]), f"{each.wall_s:.1f}"]
        table.add_row(*row)
        print(*row, sep="\t", file=sys.stderr, flush=True)
    console.print(table)
    for line in summary(measured):
        console.print(line)
    if options.csv is not None:
        write_csv(options.csv, measured)
    faults = [f"BROKEN {each.name}: {fault}" for each in measured for fault in each.faults]
    for fault in faults:
        console.print(fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
