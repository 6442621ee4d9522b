"""Swiftleaf beside the solvers a user would pick instead: same snapshots, same seconds, same checker, same run.

Run it: ``uv run --group peers python -m tests.benchmarks.snapshot --sizes 50 100 200 400 --seeds 5 --first-seed 0
--seconds 1 5 30 --modes hard soft --riders-per 6 4 --peers pyvrp vroom ortools --csv FILE``. The chart is written
beside the CSV. ``--modes soft --riders-per 8 --peers pyvrp pyvrp-drop vroom ortools`` is the overload; ``--markdown
FILE`` gets the project's goals and what was measured. A run can be put together from several: ``--read FILE ...``
measures nothing and reads the rows of earlier ones.

Solvers run one after the other, in a warm process. Their time is the search's own; compiling, checking and, for peers,
repair come on top. ``wall_s`` is all of ``dispatch.plan`` for Swiftleaf and the peer's solving without its repair.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

import dispatch
from dispatch import PlanRequest, Travel
from dispatch.problem import compile_problem
from tests.benchmarks import chart, results
from tests.benchmarks.goals import markdown
from tests.benchmarks.instances import MODES, Mode, snapshot
from tests.benchmarks.peers import PEERS, installed
from tests.benchmarks.repair import judged, repair
from tests.benchmarks.results import OURS, Row

Draw = Callable[[int, float, Mode, int], PlanRequest]
"""Size, orders per rider, mode and seed to a request."""


def arguments(description: str | None) -> argparse.ArgumentParser:
    """The options that the benchmarks of snapshots share."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[50, 100, 200, 400], help="orders")
    parser.add_argument("--seeds", type=int, default=5, help="instances of each size")
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--seconds", type=float, nargs="+", default=[1.0, 5.0, 30.0], help="time limits")
    parser.add_argument("--modes", choices=MODES, nargs="+", default=list(MODES), help="hard or soft promises")
    parser.add_argument("--riders-per", type=float, nargs="+", default=[6.0, 4.0], help="orders for each rider")
    parser.add_argument("--peers", choices=sorted(PEERS), nargs="*", default=["pyvrp", "vroom", "ortools"])
    parser.add_argument("--csv", type=Path, help="rows go here, and a chart beside it")
    parser.add_argument("--read", type=Path, nargs="+", help="measure nothing; read the rows of these CSV files")
    parser.add_argument("--markdown", type=Path, help="a table of the goals and what was measured goes here")
    return parser


def solve(
    request: PlanRequest, seconds: float, seed: int, peers: Sequence[str]
) -> Iterator[tuple[str, dispatch.Plan, float]]:
    """Solve one instance by Swiftleaf and by each peer: the solver, its judged plan and its seconds."""
    travel = Travel.of(request)
    problem = compile_problem(request, travel)
    start_s = time.perf_counter()
    ours = dispatch.plan(request, time_limit_s=seconds, seed=seed, travel=travel, fixes=False)
    yield OURS, ours, time.perf_counter() - start_s
    for name in peers:
        start_s = time.perf_counter()
        sequences = PEERS[name](problem, seconds, seed)
        wall_s = time.perf_counter() - start_s
        plan = judged(request, travel, problem, repair(problem, sequences), name)
        if not plan.verdict.valid:
            raise RuntimeError(f"{name}'s repaired plan is not valid: {plan.verdict.violations[:3]}")
        yield name, plan, wall_s


def measure(options: argparse.Namespace, peers: Sequence[str], draw: Draw) -> Iterator[Row]:
    """Solve every instance in every time and yield the rows as they come."""
    for mode in options.modes:
        for orders_per_rider in options.riders_per:
            for size in options.sizes:
                for seed in range(options.first_seed, options.first_seed + options.seeds):
                    request = draw(size, orders_per_rider, mode, seed)
                    for seconds in options.seconds:
                        lower: float | None = None
                        for solver, plan, wall_s in solve(request, seconds, seed, _useful(peers, mode)):
                            if solver == OURS and plan.bound is not None:
                                lower = plan.bound.cost
                            yield Row(
                                size=size,
                                orders_per_rider=orders_per_rider,
                                mode=mode,
                                seed=seed,
                                seconds=seconds,
                                solver=solver,
                                served=plan.summary.served,
                                late=plan.summary.late,
                                late_s=plan.summary.late_s,
                                riding_s=plan.summary.travel_s,
                                objective=plan.cost.total,
                                lower_bound=lower,
                                gap=None if lower is None else max(0.0, 1 - lower / max(plan.cost.total, 1e-9)),
                                wall_s=wall_s,
                            )


def _useful(peers: Sequence[str], mode: str) -> list[str]:
    """The peers that differ in a mode: with hard promises ``pyvrp-drop`` is ``pyvrp``."""
    return [name for name in peers if mode == "soft" or name != "pyvrp-drop"]


def table_of(rows: Sequence[Row], title: str) -> Table:
    """Medians over the seeds; served is the mean. Ratios are Swiftleaf's over the peer's: below 1 we ride less."""
    table = Table(title=title, caption=table_of.__doc__)
    for name in ("orders", "per rider", "mode", "limit s", "solver"):
        table.add_column(name, justify="left" if name in {"mode", "solver"} else "right")
    for name in ("served", "late", "late s", "riding s", "objective", "gap", "riding ratio", "cost ratio", "wall s"):
        table.add_column(name, justify="right")
    for (size, per, mode, seconds), by_solver in results.cells(rows).items():
        ours = by_solver.get(OURS, [])
        for i, (solver, theirs) in enumerate(by_solver.items()):
            ratio, equal = results.riding_ratio(ours, theirs)
            cost_ratio = results.objective_ratio(ours, theirs)
            gap = results.median(row.gap for row in theirs)
            table.add_row(
                *((f"{size}", f"{per:g}", mode, f"{seconds:g}") if i == 0 else ("", "", "", "")),
                solver,
                f"{sum(row.served for row in theirs) / len(theirs):,.1f}",
                *(
                    f"{results.median(getattr(row, name) for row in theirs):,.0f}"
                    for name in ("late", "late_s", "riding_s", "objective")
                ),
                "-" if gap is None else f"{gap:.2%}",
                "" if solver == OURS else "-" if ratio is None else f"{ratio:.3f} ({equal} of {len(theirs)})",
                "" if solver == OURS or cost_ratio is None else f"{cost_ratio:.3f}",
                f"{results.median(row.wall_s for row in theirs):.2f}",
                end_section=i == len(by_solver) - 1,
            )
    return table


def run(options: argparse.Namespace, draw: Draw, title: str) -> int:
    """Measure, print, write; 1 if a plan undercut a bound, which would be Swiftleaf's worst defect."""
    console = Console(width=None if sys.stdout.isatty() else 160)
    if options.read:
        return report(options, [row for path in options.read for row in results.read(path)], title, console)
    peers, missing = installed(options.peers)
    for name in missing:
        console.print(f"{name}: skipped, it is not installed; `uv run --group peers python -m ...` brings it")
    dispatch.warm_up()
    for mode in MODES:  # import the peers
        for _ in solve(snapshot(10, 4, mode, 0), 0.2, 0, peers):
            pass
    if options.csv:
        results.begin(options.csv)
    rows = []
    for row in measure(options, peers, draw):
        rows.append(row)
        print(",".join(results.text_of(row).values()), file=sys.stderr, flush=True)
        if options.csv:
            results.append(options.csv, row)
    return report(options, rows, title, console)


def report(options: argparse.Namespace, rows: Sequence[Row], title: str, console: Console) -> int:
    """Print the table, draw the chart, write the goals; 1 if a plan undercut a bound."""
    console.print(table_of(rows, title))
    if options.csv:
        drawn = options.csv.with_suffix(".svg")
        drawn.write_text(chart.draw(rows, title))
        console.print(f"rows: {options.csv}, chart: {drawn}")
    if options.markdown:
        options.markdown.write_text(markdown(rows))
        console.print(f"goals: {options.markdown}")
    broken = results.broken_bounds(rows)
    for line in broken:
        console.print(f"BOUND BROKEN {line}")
    return 1 if broken else 0


def main() -> int:
    """Run the command line."""
    return run(arguments(__doc__).parse_args(), snapshot, "One store, straight lines")


if __name__ == "__main__":
    sys.exit(main())
