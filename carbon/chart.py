"""Charts: axes at round values, labels beside what they name."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from carbon.quantity import Floats
from carbon.svg import BOLD, LINE_HEIGHT, PAD, SIZE, Svg, text_width, wrapped

LABEL_MAX = 170  # widest label at a line's end, in px; longer ones are wrapped
STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a chart.

    Attributes:
        label: what it shows, written at its right end.
        x: positions, increasing, shape (n,), n >= 2.
        y: values, shape (n,).
        dashed: whether to draw it dashed.
    """

    label: str
    x: Floats
    y: Floats
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """A point worth a word.

    Attributes:
        x: position.
        y: value.
        label: what to say, in one line.
        series: index of the line whose colour it has.
        drop: whether to lead the eye down to the x axis.
    """

    x: float
    y: float
    label: str
    series: int = 0
    drop: bool = False


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: a name and the lengths of its parts, in the order of the chart's part names."""

    label: str
    parts: tuple[float, ...]


def line_chart(
    svg: Svg,
    lines: Sequence[Line],
    marks: Sequence[Mark] = (),
    *,
    x_label: str,
    y_label: str,
    plot_height: float = 260,
) -> str:
    """Draw lines over a y axis from 0, each named at its right end.

    Args:
        svg: a fresh drawing, with its title.
        lines: the lines, at least one; at most ``SERIES``.
        marks: points to name; each label is put where it covers least.
        x_label: what the x axis counts, with its unit.
        y_label: what the y axis measures, with its unit; written above the axis.
        plot_height: height of the plotting area in px.
    """
    names = [wrapped(line.label, SIZE, LABEL_MAX) for line in lines]
    left, top = PAD + 44.0, svg.top + 30.0
    right = svg.width - PAD - 10 - max(text_width(said, SIZE * BOLD) for label in names for said in label)
    low = min(float(line.x[0]) for line in lines)
    high = max(float(line.x[-1]) for line in lines)
    y_ticks = ticks(0.0, max([*(float(line.y.max()) for line in lines), *(mark.y for mark in marks)]))
    bottom = top + plot_height

    def place(x: float, y: float) -> tuple[float, float]:
        return left + (x - low) / (high - low) * (right - left), bottom - y / y_ticks[-1] * plot_height

    svg.text(PAD, top - 14, y_label, role="muted")
    for value in y_ticks:
        y = place(low, value)[1]
        svg.line(((left, y), (right, y)), "muted" if value == 0 else "grid")
        svg.text(left - 8, y + SIZE * 0.35, said_number(value, y_ticks), role="muted", anchor="end")
    x_ticks = [value for value in ticks(low, high, 8) if low <= value <= high]
    for value in x_ticks:
        x = place(value, 0)[0]
        svg.line(((x, bottom), (x, bottom + 5)), "muted")
        svg.text(x, bottom + 20, said_number(value, x_ticks), role="muted", anchor="middle")
    svg.text(right, bottom + 40, x_label, role="muted", anchor="end")

    drawn = [[place(float(x), float(y)) for x, y in zip(line.x, line.y, strict=True)] for line in lines]
    for i, (line, points) in enumerate(zip(lines, drawn, strict=True)):
        svg.line(points, f"s{i}", width=2.5, dash="7 5" if line.dashed else "")
    ends = apart([points[-1][1] for points in drawn], [len(label) * SIZE * LINE_HEIGHT + 4 for label in names])
    for i, (label, y) in enumerate(zip(names, ends, strict=True)):
        for row, said in enumerate(label):
            svg.text(right + 10, y + SIZE * (0.35 + LINE_HEIGHT * row), said, role=f"s{i}", bold=True)
    place_marks(svg, marks, [place(mark.x, mark.y) for mark in marks], drawn, (left, top, right, bottom))
    return svg.document(bottom + 40 + PAD)


def bar_chart(
    svg: Svg, bars: Sequence[Bar], part_names: Sequence[str], *, unit: str, ends: Sequence[str] | None = None
) -> str:
    """Draw horizontal bars from 0, their parts stacked, each bar's whole written at its end.

    Args:
        svg: a fresh drawing, with its title.
        bars: the bars, at least one, their parts >= 0.
        part_names: name of each part, for the key above the bars; one name draws plain bars without a key.
        unit: what the lengths measure, written above the axis.
        ends: what to write at the bars' ends; their wholes, a digit finer than the axis, if left out.
    """
    names = [wrapped(bar.label, SIZE, LABEL_MAX) for bar in bars]
    left = PAD + 12 + max(text_width(said, SIZE) for label in names for said in label)
    wholes = [math.fsum(bar.parts) for bar in bars]
    y, thick, pitch = svg.top + 14.0, 22.0, max(36.0, max(map(len, names)) * SIZE * LINE_HEIGHT + 6)
    if len(part_names) > 1:
        x = float(PAD)
        for i, name in enumerate(part_names):
            svg.box(x, y - 10, 11, 11, f"s{i}")
            svg.text(x + 17, y, name)
            x += 17 + text_width(name, SIZE) + 22
        y += 26
    x_ticks = ticks(0.0, max(wholes))
    ends = ends or [said_number(whole, x_ticks, finer=1) for whole in wholes]
    right = svg.width - PAD - 8 - max(text_width(said, SIZE * BOLD) for said in ends)
    scale = (right - left) / x_ticks[-1]
    bottom = y + 22 + len(bars) * pitch
    svg.text(left, y, unit, role="muted")
    for value in x_ticks:
        x = left + value * scale
        svg.line(((x, y + 12), (x, bottom)), "muted" if value == 0 else "grid")
        svg.text(x, bottom + 18, said_number(value, x_ticks), role="muted", anchor="middle")
    for i, (bar, label) in enumerate(zip(bars, names, strict=True)):
        at, x = y + 22 + i * pitch + (pitch - thick) / 2, left
        for part, length in enumerate(bar.parts):
            svg.box(x, at, length * scale, thick, f"s{part}")
            if length > 0 and x > left:
                svg.line(((x, at), (x, at + thick)), "surface")  # parts are told apart without their colours too
            x += length * scale
        middle = at + thick / 2 + SIZE * 0.35
        for row, said in enumerate(label):
            shift = (row - (len(label) - 1) / 2) * SIZE * LINE_HEIGHT
            svg.text(left - 10, middle + shift, said, anchor="end")
        svg.text(x + 7, middle, ends[i], bold=True, halo=True)
    return svg.document(bottom + 18 + PAD)


def ticks(low: float, high: float, count: int = 5) -> list[float]:
    """Round values from at or below ``low`` to at or above ``high``, about ``count`` of them, evenly spaced."""
    span = high - low if high - low > np.finfo(float).tiny else 1.0
    scale = 10.0 ** math.floor(math.log10(span / count))
    step = next(scale * by for by in STEPS if scale * by * count >= span * (1 - 1e-9))
    first, last = math.floor(low / step + 1e-9), math.ceil((low + span) / step - 1e-9)
    return [step * i for i in range(first, last + 1)]


def said_number(value: float, marks: Sequence[float], finer: int = 0) -> str:
    """``value`` with as many decimals as the steps between ``marks`` have, and ``finer`` more."""
    step = marks[1] - marks[0] if len(marks) > 1 else 1.0
    decimals = max(0, next((d for d in range(12) if math.isclose(round(step, d), step, rel_tol=1e-6)), 0) + finer)
    return f"{value:,.{decimals}f}"


def apart(wanted: Sequence[float], heights: Sequence[float]) -> list[float]:
    """Positions near ``wanted`` at which blocks of these heights do not overlap, in the order given."""
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    placed = list(wanted)
    for before, i in pairwise(order):
        placed[i] = max(placed[i], placed[before] + heights[before])
    return placed


def place_marks(
    svg: Svg,
    marks: Sequence[Mark],
    points: Sequence[tuple[float, float]],
    drawn: Sequence[Sequence[tuple[float, float]]],
    frame: tuple[float, float, float, float],
) -> None:
    """Draw dots, and each label at the one of eight places around its dot where it covers least.

    Args:
        svg: the drawing.
        marks: what to mark; without a label just a dot.
        points: where, in px, one per mark.
        drawn: lines to keep clear of, in px.
        frame: left, top, right and bottom of the plotting area in px.
    """
    left, top, right, bottom = frame
    ink = np.array([point for line in drawn for point in _dense(line)]).reshape(-1, 2)
    taken: list[tuple[float, float, float, float]] = [(x - 7, y - 7, x + 7, y + 7) for x, y in points]
    for mark, (x, y) in zip(marks, points, strict=True):
        if mark.drop:
            svg.line(((x, y), (x, bottom)), "muted", dash="2 3")
    for mark, (x, y) in zip(marks, points, strict=True):
        svg.dot(x, y, f"s{mark.series}")
        if not mark.label:
            continue
        wide, tall = text_width(mark.label, SIZE), SIZE * LINE_HEIGHT
        options = [
            (x + dx - (wide if dx < 0 else 0), y + dy - (tall if dy < 0 else 0))
            for dy in (-12, 12, -34, 34)
            for dx in (12, -12)
        ]

        def cost(at: tuple[float, float], wide: float = wide, tall: float = tall) -> float:
            x0, y0, x1, y1 = at[0], at[1], at[0] + wide, at[1] + tall
            over = ((ink[:, 0] > x0) & (ink[:, 0] < x1) & (ink[:, 1] > y0 - 4) & (ink[:, 1] < y1 + 4)).sum()
            hit = sum(1 for a, b, c, d in taken if a < x1 and c > x0 and b < y1 and d > y0)
            out = x0 < left or x1 > right or y0 < top or y1 > bottom
            return float(over) + 1000.0 * hit + 3000.0 * out

        x0, y0 = min(options, key=cost)
        taken.append((x0, y0, x0 + wide, y0 + tall))
        svg.text(x0, y0 + SIZE, mark.label, halo=True)


def _dense(line: Sequence[tuple[float, float]]) -> Floats:
    """Points along a line, about two px apart."""
    found = [np.empty((0, 2))]
    for a, b in pairwise(line):
        steps = max(2, int(math.dist(a, b) / 2))
        found.append(np.linspace(a, b, steps))
    return np.concatenate(found)
