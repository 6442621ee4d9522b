"""Swiftleaf and PyVRP on the public multi-trip instances with time windows and release dates.

Run it: ``uv run --group peers python -m tests.benchmarks.mtvrptwr [--every 11] [--seconds 5 20] [--folder FOLDER]``.
The instances are read from ``../shared/data/mtvrptwr`` beside the checkout unless a folder is named. A gap to the best
known cost is printed for each solver and time, and beside it how far Swiftleaf's own bound lies below that cost. Before
an instance is solved, its known solution goes through the same timetable, prices and checker and must come out at the
known cost. A bound above the cost of any plan found, the known one among them, is a defect: the exit code is 1 then.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

import dispatch
from dispatch import PlanRequest, Travel, readers
from dispatch.problem import Problem, compile_problem
from tests.benchmarks.peers import installed
from tests.benchmarks.repair import Sequences, judged
from tests.benchmarks.results import OURS

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "data" / "mtvrptwr"
TOLERANCE = 1e-6


@dataclass(frozen=True)
class Found:
    """What a solver reached on an instance in a time."""

    solver: str
    seconds: float
    cost: float
    left_out: int
    bound: float | None


def solve_pyvrp(path: Path, vehicles: int, seconds: float, seed: int) -> Sequences:
    """PyVRP as it reads the file itself, all customers required."""
    import pyvrp  # noqa: PLC0415 - a peer is optional

    data = pyvrp.read(path, round_func="dimacs")
    until_s = time.perf_counter() + seconds
    result = pyvrp.solve(data, stop=lambda _cost: time.perf_counter() > until_s, seed=seed, collect_stats=False)
    sequences: Sequences = [[] for _ in range(vehicles)]
    if not result.best.is_feasible():
        return sequences
    for number, route in enumerate(result.best.routes()):
        trips: list[list[int]] = [[]]
        for activity in route:
            if activity.is_client():
                trips[-1].append(activity.idx)
            elif trips[-1]:
                trips.append([])
        sequences[number] = [trip for trip in trips if trip]
    return sequences


def verify(request: PlanRequest, travel: Travel, problem: Problem, known: readers.KnownSolution) -> None:
    """Check that the known solution keeps every limit and costs what is said.

    Raises:
        RuntimeError: if it does not.
    """
    index = {order_id: i for i, order_id in enumerate(problem.order_ids)}
    sequences = [
        [[index[order_id] for order_id in trip.orders] for trip in known.routes.get(vehicle_id, ())]
        for vehicle_id in problem.vehicle_ids
    ]
    plan = judged(request, travel, problem, sequences, "literature")
    if not plan.verdict.valid or abs(plan.cost.total - known.cost) > TOLERANCE * known.cost:
        raise RuntimeError(f"the known solution costs {plan.cost.total}, not {known.cost}: {plan.verdict}")


def measure(path: Path, known: readers.KnownSolution, limits: Sequence[float], peers: Sequence[str]) -> list[Found]:
    """Solve one instance in every time by everybody."""
    request = readers.read_mtvrptwr(path)
    travel = Travel.of(request)
    problem = compile_problem(request, travel)
    verify(request, travel, problem, known)
    found = []
    for seconds in limits:
        plan = dispatch.plan(request, time_limit_s=seconds, travel=travel)
        bound = None if plan.bound is None else plan.bound.cost
        found.append(Found(OURS, seconds, plan.cost.total, plan.summary.unserved, bound))
        if "pyvrp" in peers:
            sequences = solve_pyvrp(path, len(request.riders), seconds, 0)
            plan = judged(request, travel, problem, sequences, "pyvrp")
            if not plan.verdict.valid:
                raise RuntimeError(f"{path.name}: PyVRP's plan is not valid: {plan.verdict.violations[:3]}")
            found.append(Found("pyvrp", seconds, plan.cost.total, plan.summary.unserved, None))
    return found


def broken(name: str, known: readers.KnownSolution, found: Sequence[Found]) -> list[str]:
    """Bounds above a cost that some plan has: the known solution is a plan too."""
    least = min([known.cost, *(each.cost for each in found)])
    return [
        f"BOUND BROKEN {name}: {each.bound} after {each.seconds:g} s, a plan costs {least}"
        for each in found
        if each.bound is not None and each.bound > least * (1 + TOLERANCE)
    ]


def _cells(each: Found, best: float) -> list[str]:
    gap = f"{each.left_out} out" if each.left_out else f"{each.cost / best - 1:.2%}"
    if each.solver != OURS:
        return [gap]
    return [gap, "-" if each.bound is None else f"{1 - each.bound / best:.2%}"]


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--every", type=int, default=11, help="take each so-manieth instance by name; 1 takes all")
    parser.add_argument("--seconds", type=float, nargs="+", default=[5.0, 20.0])
    options = parser.parse_args()
    console = Console(width=None if sys.stdout.isatty() else 140)
    paths = sorted(options.folder.glob("*.vrp"))[:: options.every]
    if not paths:
        console.print(f"skipped: there is no .vrp file in {options.folder.name}; name one with --folder")
        return 0
    peers, missing = installed(["pyvrp"])
    for name in missing:
        console.print(f"{name}: skipped, it is not installed; `uv run --group peers python -m ...` brings it")
    dispatch.warm_up()
    table = Table(
        title="Gap to the best known cost; * is proven optimal", caption="bound: how far it lies below that cost"
    )
    table.add_column("instance")
    table.add_column("best known", justify="right")
    for seconds in options.seconds:
        for column in (f"{OURS} {seconds:g} s", "bound", *(f"{peer} {seconds:g} s" for peer in peers)):
            table.add_column(column, justify="right")
    faults: list[str] = []
    gaps: dict[tuple[str, float], list[float]] = {}
    for path in paths:
        known = readers.read_mtvrptwr_solution(path.with_suffix(".sol"))
        found = measure(path, known, options.seconds, peers)
        row = [path.stem, f"{known.cost:,.0f}{'*' if known.optimal else ' '}"]
        row += [cell for each in found for cell in _cells(each, known.cost)]
        table.add_row(*row)
        print(*row, sep="\t", file=sys.stderr, flush=True)
        faults += broken(path.stem, known, found)
        for each in found:
            if not each.left_out:
                gaps.setdefault((each.solver, each.seconds), []).append(each.cost / known.cost - 1)
    console.print(table)
    for (solver, seconds), reached in gaps.items():
        mean = f"{statistics.mean(reached):.2%} above the best known in the mean"
        console.print(f"{solver}, {seconds:g} s: {mean} of the {len(reached)} of {len(paths)} served whole")
    for fault in faults:
        console.print(fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
