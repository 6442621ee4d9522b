"""The rows that the benchmark measures, and what a cell of them says: the same instances, time and kind of promise."""

import csv
import statistics
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

OURS = "swiftleaf"
TOLERANCE = 1e-6


@dataclass(frozen=True)
class Row:
    """One solver on one instance in one time, judged by the checker. Money is riding seconds.

    ``served`` counts orders at the door, ``late`` those of them after their promise. ``lower_bound`` is Swiftleaf's,
    found in the same time; ``gap`` is the part of the solver's objective that lies above it.
    """

    size: int
    orders_per_rider: float
    mode: str
    seed: int
    seconds: float
    solver: str
    served: int
    late: int
    late_s: int
    riding_s: int
    objective: float
    lower_bound: float | None
    gap: float | None
    wall_s: float

    @property
    def on_time(self) -> int:
        """Orders at the door by their promise."""
        return self.served - self.late

    @property
    def instance(self) -> tuple[int, float, str, int]:
        """What was solved."""
        return self.size, self.orders_per_rider, self.mode, self.seed


COLUMNS = tuple(field.name for field in fields(Row))
Cell = tuple[int, float, str, float]
"""Size, orders per rider, mode, seconds."""


def text_of(row: Row) -> dict[str, str]:
    """A row as the CSV has it: nothing for what is not known."""
    return {
        name: "" if value is None else f"{value:.10g}" if isinstance(value, float) else str(value)
        for name, value in asdict(row).items()
    }


def append(path: Path, row: Row) -> None:
    """Add a row to the CSV at once, so that a run that is cut short keeps what it measured."""
    with path.open("a", newline="") as file:
        csv.DictWriter(file, COLUMNS, lineterminator="\n").writerow(text_of(row))


def begin(path: Path) -> None:
    """Begin a CSV with its header, in a folder that is made if it is not there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        csv.DictWriter(file, COLUMNS, lineterminator="\n").writeheader()


def read(path: Path) -> list[Row]:
    """Read a CSV that ``append`` wrote."""
    with path.open(newline="") as file:
        return [
            Row(
                size=int(line["size"]),
                orders_per_rider=float(line["orders_per_rider"]),
                mode=line["mode"],
                seed=int(line["seed"]),
                seconds=float(line["seconds"]),
                solver=line["solver"],
                served=int(line["served"]),
                late=int(line["late"]),
                late_s=int(line["late_s"]),
                riding_s=int(line["riding_s"]),
                objective=float(line["objective"]),
                lower_bound=float(line["lower_bound"]) if line["lower_bound"] else None,
                gap=float(line["gap"]) if line["gap"] else None,
                wall_s=float(line["wall_s"]),
            )
            for line in csv.DictReader(file)
        ]


def cells(rows: Iterable[Row]) -> dict[Cell, dict[str, list[Row]]]:
    """Rows by cell and solver, in the sequence in which they were measured; each list is one row a seed."""
    found: dict[Cell, dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        found[row.size, row.orders_per_rider, row.mode, row.seconds][row.solver].append(row)
    return {cell: dict(found[cell]) for cell in sorted(found, key=lambda cell: (cell[2], -cell[1], cell[0], cell[3]))}


def median(values: Iterable[float | None]) -> float | None:
    """The median of the values that are known; None if there is none."""
    known = [value for value in values if value is not None]
    return statistics.median(known) if known else None


def pairs(ours: Sequence[Row], theirs: Sequence[Row]) -> list[tuple[Row, Row]]:
    """Our row and a peer's of each instance."""
    by_instance = {row.instance: row for row in theirs}
    return [(row, by_instance[row.instance]) for row in ours if row.instance in by_instance]


def riding_ratio(ours: Sequence[Row], theirs: Sequence[Row]) -> tuple[float | None, int]:
    """Our riding over a peer's, in the median of the instances with equal service, and how many those are.

    Service is equal when as many orders are served, as many of them late, and by as many seconds in all: with soft
    promises that is rare, and the objective is what compares.
    """
    equal = [
        (a, b)
        for a, b in pairs(ours, theirs)
        if (a.served, a.late, a.late_s) == (b.served, b.late, b.late_s) and b.riding_s
    ]
    return median(a.riding_s / b.riding_s for a, b in equal), len(equal)


def objective_ratio(ours: Sequence[Row], theirs: Sequence[Row]) -> float | None:
    """Our objective over a peer's, in the median."""
    return median(a.objective / b.objective for a, b in pairs(ours, theirs) if b.objective)


def broken_bounds(rows: Iterable[Row]) -> list[str]:
    """Every plan that is cheaper than a bound found for its instance, by whatever solver: there must be none."""
    rows = list(rows)
    highest: dict[tuple[int, float, str, int], float] = {}
    for row in rows:
        if row.lower_bound is not None:
            highest[row.instance] = max(row.lower_bound, highest.get(row.instance, 0.0))
    return [
        f"{row.instance}: {row.solver}, {row.seconds:g} s: {row.objective:.3f}, bound {highest[row.instance]:.3f}"
        for row in rows
        if row.objective < highest.get(row.instance, 0.0) * (1 - TOLERANCE) - TOLERANCE
    ]
