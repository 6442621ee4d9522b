"""The chart of a benchmark, as SVG: how far each solver's plans lie above the bound, by size and time."""

from collections.abc import Sequence
from xml.sax.saxutils import escape

from tests.benchmarks import results
from tests.benchmarks.results import OURS, Row

COLOURS = ("#1b7f5c", "#d98032", "#5b7db1", "#a05195", "#8a8a8a")
PANEL_W, PANEL_H, LEFT, TOP, GAP_X, GAP_Y, BOTTOM = 260, 150, 76, 108, 26, 62, 56
TICKS = 4
STEPS = (1, 2, 4, 6, 8, 10)
LEGEND_W = 104
INK, QUIET, LINE = "#22302b", "#66736d", "#dde3df"


def draw(rows: Sequence[Row], title: str) -> str:
    """Draw one panel for each kind of snapshot and time limit, one group of bars a size, one bar a solver.

    A bar is the median over the seeds of the objective above Swiftleaf's lower bound, in per cent; where there is no
    bound, above the cheapest plan that any solver found for the instance.
    """
    reference = _references(rows)
    cells = results.cells(rows)
    kinds = list(dict.fromkeys((mode, per) for _, per, mode, _ in cells))
    limits = sorted({seconds for *_, seconds in cells})
    solvers = list(dict.fromkeys(row.solver for row in rows))
    solvers.sort(key=lambda name: name != OURS)
    width = LEFT + max(len(limits) * (PANEL_W + GAP_X), len(solvers) * LEGEND_W, 2 * PANEL_W)
    height = TOP + len(kinds) * (PANEL_H + GAP_Y) + BOTTOM - GAP_Y
    bound = any(row.lower_bound is not None for row in rows)
    above = "Swiftleaf's lower bound" if bound else "the cheapest plan found"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"',
        'font-family="system-ui, sans-serif" font-size="11" role="img">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        _text(LEFT, 26, title, size=17, weight=600),
        _text(LEFT, 46, f"Cost above {above}; median over the seeds; lower is better", QUIET, size=12),
    ]
    for i, name in enumerate(solvers):
        parts.append(f'<rect x="{LEFT + i * LEGEND_W}" y="58" width="11" height="11" rx="2" fill="{_colour(i)}"/>')
        parts.append(_text(LEFT + i * LEGEND_W + 16, 68, name, size=12))
    for line, (mode, per) in enumerate(kinds):
        heights = {
            (size, seconds, solver): results.median(row.objective / reference[row.instance] - 1 for row in found)
            for (size, orders_per_rider, kind, seconds), by_solver in cells.items()
            if (kind, orders_per_rider) == (mode, per)
            for solver, found in by_solver.items()
        }
        top = _round_up(max((value or 0.0 for value in heights.values()), default=0.0))
        for column, seconds in enumerate(limits):
            x, y = LEFT + column * (PANEL_W + GAP_X), TOP + line * (PANEL_H + GAP_Y)
            parts.append(_text(x, y - 6, f"{mode} promises, {per:g} orders a rider, {seconds:g} s", weight=600))
            parts += _grid(x, y, top, label=column == 0)
            parts += _bars(x, y, top, {key: value for key, value in heights.items() if key[1] == seconds}, solvers)
    return "\n".join([*parts, "</svg>", ""])


def _references(rows: Sequence[Row]) -> dict[tuple[int, float, str, int], float]:
    """What each instance's plans are compared with: its best bound, or else its cheapest plan."""
    found: dict[tuple[int, float, str, int], float] = {}
    for instance in {row.instance for row in rows}:
        same = [row for row in rows if row.instance == instance]
        bounds = [row.lower_bound for row in same if row.lower_bound]
        found[instance] = max(bounds) if bounds else max(min(row.objective for row in same), 1e-9)
    return found


def _round_up(value: float) -> float:
    """The end of the axis: the next round number that four ticks divide well, at least 1 %."""
    scale = 0.01
    while scale * 10 < value:
        scale *= 10
    return next(scale * step for step in STEPS if scale * step >= value)


def _colour(solver: int) -> str:
    return COLOURS[solver % len(COLOURS)]


def _text(
    x: float, y: float, text: str, fill: str = INK, *, size: int = 11, weight: int = 400, anchor: str = "start"
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" fill="{fill}" font-size="{size}" font-weight="{weight}" '
        f'text-anchor="{anchor}">{escape(text)}</text>'
    )


def _grid(x: float, y: float, top: float, *, label: bool) -> list[str]:
    """Lines at round values, named at the left edge of the row."""
    parts = []
    for tick in range(TICKS + 1):
        at = y + PANEL_H * (1 - tick / TICKS)
        parts.append(f'<line x1="{x}" x2="{x + PANEL_W}" y1="{at:.1f}" y2="{at:.1f}" stroke="{LINE}"/>')
        if label:
            parts.append(_text(x - 8, at + 4, f"{100 * top * tick / TICKS:.4g} %", QUIET, anchor="end"))
    return parts


def _bars(
    x: float, y: float, top: float, heights: dict[tuple[int, float, str], float | None], solvers: Sequence[str]
) -> list[str]:
    """One group a size, one bar a solver with its value as a tooltip."""
    sizes = sorted({size for size, *_ in heights})
    group_w = PANEL_W / max(len(sizes), 1)
    bar_w = group_w * 0.8 / len(solvers)
    parts = []
    for g, size in enumerate(sizes):
        parts.append(_text(x + (g + 0.5) * group_w, y + PANEL_H + 16, f"{size} orders", QUIET, anchor="middle"))
        for (its_size, _, solver), value in heights.items():
            if its_size != size or value is None:
                continue
            i = solvers.index(solver)
            tall = max(PANEL_H * max(value, 0.0) / top, 1.0)
            left = x + g * group_w + group_w * 0.1 + i * bar_w
            parts.append(
                f'<rect x="{left:.1f}" y="{y + PANEL_H - tall:.1f}" width="{bar_w * 0.88:.1f}" height="{tall:.1f}" '
                f'rx="1.5" fill="{_colour(i)}"><title>{escape(solver)}, {size} orders: {value:.2%}</title></rect>'
            )
    return parts
