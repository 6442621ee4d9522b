"""The goals of the dispatch engine beside what a run measured: the README's table."""

import math
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import dispatch
from dispatch import Travel
from tests.benchmarks import results
from tests.benchmarks.instances import MODES, snapshot
from tests.benchmarks.results import OURS, Cell, Row

Measured = tuple[str, bool] | None
"""What was measured and whether it meets the goal; None if the run did not ask."""
GREEDY_S, FIRST_CALL_S, MEMORY_BYTES = 0.15, 2.0, 1e9
ROOT = Path(__file__).resolve().parents[2]
FIRST_CALL = (
    "import time, dispatch; "
    "from tests.benchmarks.instances import snapshot; request = snapshot(50, 4, 'hard', 0); "
    "start = time.perf_counter(); dispatch.plan(request, engine='greedy'); print(time.perf_counter() - start)"
)
MEMORY = (
    "import resource, dispatch; from tests.benchmarks.instances import snapshot; "
    "dispatch.plan(snapshot(400, 6, 'hard', 0), time_limit_s=5); "
    "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 "
    "+ resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024)"
)


def markdown(rows: Sequence[Row], *, processes: bool = True) -> str:
    """The goals that ``rows`` can answer and, unless told not to, those of a process, which are measured now."""
    lines = ["| snapshot | goal | measured | met |", "|---|---|---|---|"]
    for what, goal, found in [*_of_rows(rows), *(_of_processes() if processes else ())]:
        if found is not None:
            lines.append(f"| {what} | {goal} | {found[0]} | {'yes' if found[1] else 'no'} |")
    return "\n".join([*lines, ""])


def _of_rows(rows: Sequence[Row]) -> Iterable[tuple[str, str, Measured]]:
    cells = results.cells(rows)
    easy_50 = (50, 4, "hard", 1)
    yield "50 orders easy, 1 s", "gap under 0.5 % in the median", _gap(cells, easy_50, 0.005)
    for size, per, seconds, gap in ((100, 6, 1, 0.02), (100, 6, 5, 0.01), (200, 6, 5, 0.015), (400, 6, 5, 0.03)):
        cell = (size, per, "hard", seconds)
        yield f"{size} tight, {seconds} s", "nobody left out", _left_out(cells, cell)
        yield f"{size} tight, {seconds} s", f"gap under {gap:.1%}", _gap(cells, cell, gap)
    for seconds, gap in ((1, 0.02), (5, 0.01)):
        cell = (200, 4, "hard", seconds)
        yield (
            f"200 easy, {seconds} s",
            "riding at most 0.97 of PyVRP's in the median",
            _riding(cells, cell, "pyvrp", 0.97),
        )
        yield f"200 easy, {seconds} s", f"gap under {gap:.1%}", _gap(cells, cell, gap)
    for mode in MODES:
        yield f"any, {mode} promises", "never fewer orders on time than any peer", _fewer_on_time(cells, mode)
    yield (
        "any",
        "never more riding at equal service in the median",
        _worst(cells, lambda a, b: results.riding_ratio(a, b)[0]),
    )
    yield "any", "never dearer in the median", _worst(cells, results.objective_ratio)
    for peer, part in (("pyvrp", 1.0), ("vroom", 1.0), ("ortools", 1.0), ("pyvrp-drop", 0.5)):
        goal = "less late money than its" if part == 1 else f"late money at most {part:g} of its"
        yield f"soft, 8 orders a rider, beside {peer}", goal, _late_money(cells, peer, part)


def _gap(cells: dict[Cell, dict[str, list[Row]]], cell: Cell, goal: float) -> Measured:
    ours = cells.get(cell, {}).get(OURS)
    if ours is None:
        return None
    gap = results.median(row.gap for row in ours)
    return ("no bound yet", False) if gap is None else (f"{gap:.2%}", gap < goal)


def _left_out(cells: dict[Cell, dict[str, list[Row]]], cell: Cell) -> Measured:
    by_solver = cells.get(cell, {})
    if OURS not in by_solver:
        return None
    left_out = {solver: [row.size - row.served for row in rows] for solver, rows in by_solver.items()}
    said = ", ".join(f"{solver} {' '.join(map(str, each))}" for solver, each in left_out.items())
    return said, not any(left_out[OURS])


def _riding(cells: dict[Cell, dict[str, list[Row]]], cell: Cell, peer: str, goal: float) -> Measured:
    by_solver = cells.get(cell, {})
    if OURS not in by_solver or peer not in by_solver:
        return None
    ratio, equal = results.riding_ratio(by_solver[OURS], by_solver[peer])
    return ("nowhere equal service", False) if ratio is None else (f"{ratio:.3f} ({equal} equal)", ratio <= goal)


def _fewer_on_time(cells: dict[Cell, dict[str, list[Row]]], mode: str) -> Measured:
    compared = [
        (ours, theirs)
        for cell, by_solver in cells.items()
        for solver, rows in by_solver.items()
        if solver != OURS and mode in cell
        for ours, theirs in results.pairs(by_solver.get(OURS, []), rows)
    ]
    if not compared:
        return None
    fewer = [
        f"{b.solver}: {a.on_time} to {b.on_time} on {b.size}/{b.orders_per_rider:g}, seed {b.seed}, {b.seconds:g} s"
        for a, b in compared
        if a.on_time < b.on_time
    ]
    said = f"{len(compared) - len(fewer)} of {len(compared)} comparisons"
    return f"{said}; fewer than {'; '.join(fewer[:5])}" if fewer else said, not fewer


def _worst(
    cells: dict[Cell, dict[str, list[Row]]], ratio_of: Callable[[list[Row], list[Row]], float | None]
) -> Measured:
    """The cell and peer in which our ratio is the highest."""
    ratios = {
        (cell, solver): ratio_of(by_solver[OURS], rows)
        for cell, by_solver in cells.items()
        for solver, rows in by_solver.items()
        if solver != OURS and OURS in by_solver
    }
    known = {key: ratio for key, ratio in ratios.items() if ratio is not None}
    if not known:
        return None
    (cell, solver), worst = max(known.items(), key=lambda item: item[1])
    size, per, mode, seconds = cell
    return f"worst {worst:.3f}: beside {solver}, {size}/{per:g} {mode}, {seconds:g} s", worst <= 1


def late_money(row: Row) -> float:
    """What lateness and the orders left out cost in a row: its objective without riding."""
    return row.objective - row.riding_s


def _late_money(cells: dict[Cell, dict[str, list[Row]]], peer: str, goal: float) -> Measured:
    ratios = [
        late_money(ours) / late_money(theirs) if late_money(theirs) else math.inf
        for (_, per, mode, _), by_solver in cells.items()
        if per == 8 and mode == "soft" and peer in by_solver
        for ours, theirs in results.pairs(by_solver[OURS], by_solver[peer])
    ]
    ratio = results.median(ratios)
    return None if ratio is None else (f"{ratio:.2f} of it in the median, {max(ratios):.2f} at most", ratio < goal)


def _of_processes() -> Iterable[tuple[str, str, Measured]]:
    request = snapshot(400, 6, "hard", 0)
    travel = Travel.of(request)
    seconds = results.median(_seconds(lambda: dispatch.plan(request, engine="greedy", travel=travel)) for _ in range(5))
    assert seconds is not None
    yield "greedy, 400 orders", f"under {GREEDY_S * 1000:.0f} ms", (f"{seconds * 1000:.0f} ms", seconds < GREEDY_S)
    _in_fresh_process(FIRST_CALL)  # fills the kernels' cache
    first_s = _in_fresh_process(FIRST_CALL)
    yield "first call in a fresh process", f"under {FIRST_CALL_S:g} s", (f"{first_s:.2f} s", first_s < FIRST_CALL_S)
    memory = _in_fresh_process(MEMORY)
    yield "memory, 400 orders, 5 s", "under 1 GB", (f"{memory / 1e9:.2f} GB", memory < MEMORY_BYTES)


def _seconds(work: Callable[[], object]) -> float:
    start_s = time.perf_counter()
    work()
    return time.perf_counter() - start_s


def _in_fresh_process(code: str) -> float:
    """Run ``code`` in a new interpreter; it prints one number."""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1])
