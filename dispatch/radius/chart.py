"""A study in one picture: what each setting leaves after delivery, and below it how many orders are on time."""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from carbon.chart import Mark, place_marks, said_number, ticks
from carbon.svg import LINE_HEIGHT, PAD, SERIES, SIZE, Svg, text_width
from dispatch.radius.setting import Setting
from dispatch.radius.study import Outcome, Row

TOP_HEIGHT, BELOW_HEIGHT = 240.0, 150.0
GREY = SERIES - 1
"""The colour of lines beyond the named ones, and of settings that do not keep the target."""
NAMED = SERIES - 1
MARGIN = 0.06
"""Share of the range kept free beyond the outermost values."""
TITLE = "What is left after delivery, and how many orders are on time"


class Axis(NamedTuple):
    """What a study varies along the x axis: its name, its field of ``Setting``, and how a setting's value is read."""

    name: str
    field: str
    of: Callable[[Setting], float | None]


def _km(setting: Setting) -> float | None:
    return setting.radius.metres / 1000 if setting.radius and setting.radius.metres else None


AXES = (
    Axis("radius, km", "radius", _km),
    Axis("radius, minutes of travel", "radius", lambda each: None if each.radius is None else each.radius.minutes),
    Axis("riders per store", "riders", lambda each: each.riders),
    Axis("drones per store", "drones", lambda each: each.drones),
    Axis("promise, minutes", "promise_min", lambda each: each.promise_min),
)


class Panel(NamedTuple):
    """Where a panel's values go: px of the frame, and the ticks of both axes."""

    left: float
    top: float
    right: float
    bottom: float
    x_ticks: Sequence[float]
    y_ticks: Sequence[float]

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Px of a value."""
        across = (x - self.x_ticks[0]) / (self.x_ticks[-1] - self.x_ticks[0])
        up = (y - self.y_ticks[0]) / (self.y_ticks[-1] - self.y_ticks[0])
        return self.left + across * (self.right - self.left), self.bottom - up * (self.bottom - self.top)


class Curve(NamedTuple):
    """Settings that differ along the x axis alone, the leftmost first."""

    label: str
    rows: tuple[Row, ...]


def draw_study(outcome: Outcome) -> str:
    """Draw the settings that had orders, as SVG; the recommended one is named.

    The x axis is what the study varies most, each line one combination of the rest. As many lines as there are colours
    have a name, those that leave most; the others are grey. Settings that left the race early have no dot.
    """
    rows = [row for row in outcome.rows if row.measures.on_time_share is not None]
    if not rows:
        svg = Svg(TITLE, "", f"{TITLE}: nothing to draw because no orders came.")
        svg.text(PAD, svg.top + 20, "Nothing to draw because no orders came.", role="muted")
        return svg.document(svg.top + 20 + PAD)
    axis = _axis(rows)
    curves = _curves(rows, axis)
    svg = Svg(TITLE, _subtitle(rows, curves, outcome), _description(outcome, rows))
    top = _key(svg, curves[:NAMED]) + 40
    xs = [_x(row, axis) for row in rows]
    x_ticks = ticks(min(xs), max(xs), 8) if max(xs) > min(xs) else [xs[0] - 1, xs[0], xs[0] + 1]
    money = ticks(*_range([_left_over(row) for row in rows]))
    shares = [value for value in ticks(*_range([outcome.on_time * 100, *map(_share, rows)])) if value <= 100]  # noqa: PLR2004 - per cent
    left = PAD + 12 + max(text_width(said_number(marks[i], marks), SIZE) for marks in (money, shares) for i in (0, -1))
    right, below = svg.width - PAD - 14, top + TOP_HEIGHT + 46
    upper = Panel(left, top, right, top + TOP_HEIGHT, x_ticks, money)
    lower = Panel(left, below, right, below + BELOW_HEIGHT, x_ticks, shares)
    _grid(svg, upper, f"left after delivery, {outcome.currency} a day")
    _grid(svg, lower, "orders on time, %")
    aim = lower.place(x_ticks[0], outcome.on_time * 100)[1]
    svg.line(((left, aim), (right, aim)), "ink", dash="4 4")
    _draw(svg, upper, curves, axis, _left_over, outcome)
    _draw(svg, lower, curves, axis, _share, outcome)
    svg.text(right, aim - 5, f"target {outcome.on_time * 100:g} %", anchor="end", halo=True)
    for value in x_ticks:
        x = lower.place(value, shares[0])[0]
        svg.line(((x, lower.bottom), (x, lower.bottom + 5)), "muted")
        svg.text(x, lower.bottom + 20, said_number(value, x_ticks), role="muted", anchor="middle")
    svg.text(right, lower.bottom + 40, axis.name, role="muted", anchor="end")
    return svg.document(lower.bottom + 40 + PAD)


def _draw(
    svg: Svg, panel: Panel, curves: Sequence[Curve], axis: Axis, value: Callable[[Row], float], outcome: Outcome
) -> None:
    """Draw one panel's lines and dots."""
    drawn = [[panel.place(_x(row, axis), value(row)) for row in curve.rows] for curve in curves]
    for i, points in reversed(list(enumerate(drawn))):
        svg.line(points, f"s{min(i, GREY)}", width=2 if i < NAMED else 1)
    best = outcome.recommendation.setting if outcome.recommendation else None
    marks = [
        Mark(
            _x(row, axis),
            value(row),
            f"recommended: {row.label}" if row.setting == best and value is _left_over else "",
            min(i, GREY) if _share(row) >= outcome.on_time * 100 else GREY,
            drop=row.setting == best,
        )
        for i, curve in reversed(list(enumerate(curves)))
        for row in curve.rows
        if row.dropped is None
    ]
    frame = (panel.left, panel.top, panel.right, panel.bottom)
    place_marks(svg, marks, [panel.place(mark.x, mark.y) for mark in marks], drawn, frame)


def _grid(svg: Svg, panel: Panel, label: str) -> None:
    """Draw a panel's y axis."""
    svg.text(PAD, panel.top - 14, label, role="muted")
    for value in panel.y_ticks:
        y = panel.place(panel.x_ticks[0], value)[1]
        svg.line(((panel.left, y), (panel.right, y)), "muted" if value in {0.0, panel.y_ticks[0]} else "grid")
        svg.text(panel.left - 8, y + SIZE * 0.35, said_number(value, panel.y_ticks), role="muted", anchor="end")


def _axis(rows: Iterable[Row]) -> Axis:
    """What has most different values, and one in every row."""
    settings = [row.setting for row in rows]
    counts = [len({axis.of(each) for each in settings if axis.of(each) is not None}) for axis in AXES]
    whole = [all(axis.of(each) is not None for each in settings) for axis in AXES]
    return max(zip(AXES, counts, whole, strict=True), key=lambda item: item[1] if item[2] else 0)[0]


def _curves(rows: Sequence[Row], axis: Axis) -> list[Curve]:
    """The lines, the one that leaves most first."""
    lines: dict[str, list[Row]] = {}
    for row in rows:
        lines.setdefault(row.setting.model_copy(update={axis.field: None}).label, []).append(row)
    curves = [Curve(label, tuple(sorted(line, key=lambda row: _x(row, axis)))) for label, line in lines.items()]
    return sorted(curves, key=lambda curve: -max(map(_left_over, curve.rows)))


def _x(row: Row, axis: Axis) -> float:
    return axis.of(row.setting) or 0.0


def _left_over(row: Row) -> float:
    return row.measures.contribution_per_day.mean


def _share(row: Row) -> float:
    assert row.measures.on_time_share is not None
    return row.measures.on_time_share.mean * 100


def _range(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    room = MARGIN * (high - low) or MARGIN * max(1.0, abs(high))
    return low - room, high + room


def _key(svg: Svg, curves: Sequence[Curve]) -> float:
    """Name the lines, in as many rows as it takes; returns the y of the last."""
    x, y = float(PAD), svg.top + 16
    for i, curve in enumerate(curves):
        wide = 17 + text_width(curve.label, SIZE)
        if x > PAD and x + wide > svg.width - PAD:
            x, y = float(PAD), y + SIZE * LINE_HEIGHT
        svg.box(x, y - 10, 11, 11, f"s{i}")
        svg.text(x + 17, y, curve.label)
        x += wide + 22
    return y


def _subtitle(rows: Sequence[Row], curves: Sequence[Curve], outcome: Outcome) -> str:
    said = [f"Mean of the days simulated; grey dots are below the target of {outcome.on_time * 100:g} % on time"]
    if any(row.dropped for row in rows):
        said.append("without a dot: stopped early")
    if len(curves) > NAMED:
        said.append(f"thin and grey: {len(curves) - NAMED} more lines")
    return "; ".join(said)


def _description(outcome: Outcome, rows: Sequence[Row]) -> str:
    said = [
        f"{row.label}: {_left_over(row):,.0f} {outcome.currency} a day, {_share(row):.1f} % on time" for row in rows
    ]
    best = outcome.recommendation
    return f"{TITLE}. " + "; ".join(said) + (f". Recommended: {best.setting.label}." if best else ".")
