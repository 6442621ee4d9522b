"""The charts of a report, as SVG text: every one from plain figures, from zero, with units, in words as well.

The two ledgers keep their colours through all charts. What a chart shows is said in its
description, figure by figure as far as a listener can follow, and a chart of nothing says so instead of drawing an
empty axis.
"""

import math
from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from carbon.chart import LABEL_MAX, Bar, Mark, bar_chart, place_marks, said_number, ticks
from carbon.quantity import checked
from carbon.reports.display import alike, place_of, placed, significant
from carbon.reports.words import Unit, unit_for
from carbon.svg import LINE_HEIGHT, PAD, SIZE, Svg, text_width, wrapped

SAID = 12
"""So many figures are read out in a description; the tables hold the others."""
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
"""Names of their own, as those of ``strftime`` change with the machine's language."""
LEDGERS = ("A: transport and handling", "B: packaging")
"""Parts that any total has, in the colours they have in every chart."""
FAR = 5
"""Plans that cost more than so many times the least are counted and not drawn, as the others would be one dot."""
NARROW = 0.34
"""Where values fill less than this fraction of an axis from 0, a scatter's axis starts near them, and says so."""


class Interval(NamedTuple):
    """A figure with its range, grams CO2e: 5 % of the draws below ``p5``, half below ``p50``, 5 % above ``p95``.

    Both ends are None where nothing of the figure was drawn: a range of no width would read as certainty.
    """

    label: str
    p5: float | None
    p50: float
    p95: float | None

    @property
    def ends(self) -> tuple[float, float]:
        """Where it begins and ends on an axis: the figure itself if it has no range."""
        return (self.p50 if self.p5 is None else self.p5), (self.p50 if self.p95 is None else self.p95)


class TradeOff(NamedTuple):
    """One plan of several: what it costs and emits; a label only where it is worth one."""

    cost: float
    gco2e: float
    label: str = ""


class Stack(NamedTuple):
    """One bar or column: what it is, and the grams of its parts."""

    label: str
    parts: tuple[float, ...]


class DayStack(NamedTuple):
    """One day, and the grams of its parts."""

    day: date
    parts: tuple[float, ...]


def by_day(days: Sequence[DayStack]) -> str:
    """Columns by day, stacked; a day without an entry stays empty, so that gaps are seen.

    Args:
        days: one entry a day, in any order, with the grams of the two ``LEDGERS``.

    Raises:
        QuantityError: if a figure is negative, not a number or infinite.
        ValueError: if a day comes twice, or has not one figure for each ledger.
    """
    title, part_names = "Emissions by day", LEDGERS
    days = sorted(days)
    _check_parts(days, part_names)
    if len({entry.day for entry in days}) < len(days):
        raise ValueError("days holds a day twice; add its figures up first")
    if not days:
        return nothing(title, "there were no rounds in the period")
    first, last = days[0].day, days[-1].day
    if first == last:
        return bars(title, "", [Stack(str(first), days[0].parts)], part_names)
    wholes = [math.fsum(entry.parts) for entry in days]
    unit = unit_for(wholes)
    svg = Svg(
        title,
        f"{first} to {last}, {unit.name} a day",
        f"{title} in {unit.name}, {' and '.join(part_names)} stacked. "
        + _said((str(entry.day), whole) for entry, whole in zip(days, wholes, strict=True)),
    )
    top = _key(svg, part_names, svg.top + 14) + 14
    y_ticks = ticks(0.0, max(wholes) / unit.grams)
    left = PAD + 12 + max(text_width(said_number(value, y_ticks), SIZE) for value in y_ticks)
    right, bottom = svg.width - PAD, top + 220
    for value in y_ticks:
        y = bottom - value / y_ticks[-1] * (bottom - top)
        svg.line(((left, y), (right, y)), "muted" if value == 0 else "grid")
        svg.text(left - 8, y + SIZE * 0.35, said_number(value, y_ticks), role="muted", anchor="end")
    pitch = (right - left) / ((last - first).days + 1)
    wide = min(48.0, pitch * 0.8)
    named = _named_days(first, last, int((right - left) / (text_width("28 May", SIZE) + 12)))
    for day in named:
        said = f"{day.day} {MONTHS[day.month - 1]}"
        svg.text(left + ((day - first).days + 0.5) * pitch, bottom + 20, said, role="muted", anchor="middle")
    for entry, said in zip(days, alike(whole / unit.grams for whole in wholes), strict=True):
        middle = left + ((entry.day - first).days + 0.5) * pitch
        y = bottom
        for part, grams in enumerate(entry.parts):
            tall = grams / unit.grams / y_ticks[-1] * (bottom - top)
            y -= tall
            svg.box(middle - wide / 2, y, wide, tall, f"s{part}")
            if part and tall > 0 and wide > 4:  # noqa: PLR2004 - px; a seam across thinner columns would hide them
                svg.line(((middle - wide / 2, y + tall), (middle + wide / 2, y + tall)), "surface")
        if text_width(said, SIZE) + 6 < pitch:
            svg.text(middle, y - 6, said, anchor="middle", halo=True)
    return svg.document(bottom + 20 + PAD)


def bars(title: str, subtitle: str, stacks: Sequence[Stack], part_names: Sequence[str], *, per: str = "") -> str:
    """Horizontal bars, each named beside it and its whole written at its end.

    Args:
        title: heading.
        subtitle: what to know before reading it.
        stacks: the bars, from the top.
        part_names: names of their parts; a single one draws plain bars.
        per: what the grams are for, after the unit, for example ``"an order"``.

    Raises:
        QuantityError: if a figure is negative, not a number or infinite.
        ValueError: if a bar has not one figure for each part.
    """
    _check_parts(stacks, part_names)
    if not stacks:
        return nothing(title, "there is nothing to compare")
    wholes = [math.fsum(stack.parts) for stack in stacks]
    unit = unit_for(wholes)
    said = f"{unit.name} {per}".strip()
    svg = Svg(
        title,
        subtitle,
        f"{title}, {said}. " + _said((stack.label, whole) for stack, whole in zip(stacks, wholes, strict=True)),
    )
    drawn = [Bar(stack.label, tuple(grams / unit.grams for grams in stack.parts)) for stack in stacks]
    return bar_chart(svg, drawn, part_names, unit=said, ends=alike(whole / unit.grams for whole in wholes))


def per_order(classes: Sequence[Stack]) -> str:
    """Transport per order of riders and drones, or of vehicle classes; one figure each, the mean in grams."""
    return bars(
        "Transport per order",
        "Mean of an order, whole rounds with their empty ways",
        classes,
        ("transport",),
        per="an order",
    )


def ledgers(transport_gco2e: float | None, handling_gco2e: float | None, packaging_gco2e: float | None) -> str:
    """Transport against packaging, one bar each; handling in stores on a bar of its own where it is known."""
    title = "Transport against packaging"
    if transport_gco2e is None or packaging_gco2e is None:
        return nothing(title, "there are no orders")
    stacks = [Stack("transport", (transport_gco2e, 0.0))]
    if handling_gco2e is not None:
        stacks.append(Stack("handling in stores", (handling_gco2e, 0.0)))
    stacks.append(Stack("packaging", (0.0, packaging_gco2e)))
    whole = math.fsum(grams for stack in stacks for grams in stack.parts)
    subtitle = f"Packaging is {packaging_gco2e / whole:.0%} of both accounts together" if whole > 0 else ""
    return bars(title, subtitle, stacks, LEDGERS)


def ranges(title: str, intervals: Sequence[Interval]) -> str:
    """Figures with their ranges: a line from p5 to p95, a dot at the median, all three written beside it.

    Raises:
        QuantityError: if a figure is negative, not a number or infinite.
        ValueError: if ``p5 <= p50 <= p95`` does not hold.
    """
    for each in intervals:
        low, high = each.ends
        for name, grams in (("p5", low), ("p50", each.p50), ("p95", high)):
            checked(f"{name} of {each.label} in gCO2e", grams)
        if not low <= each.p50 <= high:
            raise ValueError(f"p5, p50 and p95 of {each.label} are {each[1:]}; they must not fall")
    if not intervals:
        return nothing(title, "no range was computed")
    unit = unit_for(each.ends[1] for each in intervals)
    names = [wrapped(each.label, SIZE, LABEL_MAX) for each in intervals]
    place = place_of(grams / unit.grams for each in intervals for grams in (each.p50, *each.ends))
    ends = [_interval_words(each, unit, place) for each in intervals]
    svg = Svg(
        title,
        f"Median, and the range that holds 90 % of the draws, {unit.name}",
        f"{title}, median and the range from the 5th to the 95th percentile in {unit.name}. "
        + "; ".join(f"{each.label}: {end}" for each, end in zip(intervals[:SAID], ends, strict=False)),
    )
    left = PAD + 12 + max(text_width(said, SIZE) for label in names for said in label)
    right = svg.width - PAD - 12 - max(text_width(said, SIZE) for said in ends)
    x_ticks = ticks(0.0, max(each.ends[1] for each in intervals) / unit.grams)
    top, pitch = svg.top + 8, max(34.0, max(map(len, names)) * SIZE * LINE_HEIGHT + 6)
    bottom = top + len(intervals) * pitch
    scale = (right - left) / x_ticks[-1] / unit.grams
    for value in x_ticks:
        x = left + value * unit.grams * scale
        svg.line(((x, top), (x, bottom)), "muted" if value == 0 else "grid")
        svg.text(x, bottom + 18, said_number(value, x_ticks), role="muted", anchor="middle")
    for i, (each, label, end) in enumerate(zip(intervals, names, ends, strict=True)):
        y = top + (i + 0.5) * pitch
        for row, said in enumerate(label):
            shift = (row - (len(label) - 1) / 2) * SIZE * LINE_HEIGHT
            svg.text(left - 10, y + SIZE * 0.35 + shift, said, anchor="end")
        low, high = each.ends
        if each.p5 is not None:
            svg.box(left + low * scale, y - 4, (high - low) * scale, 8, "s2")
        for end_g in () if each.p5 is None else each.ends:  # seen even where the dot is wider than the range
            svg.line(((left + end_g * scale, y - 8), (left + end_g * scale, y + 8)), "s2", width=1.5)
        svg.dot(left + each.p50 * scale, y, "s2")
        svg.text(svg.width - PAD, y + SIZE * 0.35, end, anchor="end")
    return svg.document(bottom + 18 + PAD)


def trade_off(points: Sequence[TradeOff], *, currency: str = "cost") -> str:
    """Plans by what they cost and emit; a stepped line joins those that no other plan beats in both.

    Args:
        points: the plans, in any order.
        currency: what the cost axis counts.

    Raises:
        QuantityError: if a cost or an emission is negative, not a number or infinite.
    """
    title = "What less carbon costs"
    for point in points:
        checked(f"cost of plan {point.label!r}", point.cost)
        checked(f"gco2e of plan {point.label!r}", point.gco2e)
    if not points:
        return nothing(title, "no plan was made")
    far = [point for point in points if point.cost > FAR * min(each.cost for each in points)]
    points = [point for point in points if point not in far]
    unit = unit_for(point.gco2e for point in points)
    best = non_dominated(points)
    subtitle = "The only plan" if len(points) == 1 else f"{len(points)} plans; none beats those on the line in both"
    x_ticks, y_ticks = _axis([point.cost for point in points]), _axis([point.gco2e / unit.grams for point in points])
    if far:
        subtitle += f". Not drawn: {len(far)} that cost more than {FAR} times the least"
    cut = [name for name, marks in (("cost", x_ticks), ("emission", y_ticks)) if marks[0] > 0]
    if cut:
        subtitle += f". The axis of {' and of '.join(cut)} does not start at 0"
    svg = Svg(
        title,
        subtitle,
        f"{title}: {currency} against {unit.name} of transport. On the line: "
        + "; ".join(f"{significant(point.cost)} with {significant(point.gco2e / unit.grams)}" for point in best[:SAID]),
    )
    left, top = PAD + 12 + max(text_width(said_number(value, y_ticks), SIZE) for value in y_ticks), svg.top + 34
    right, bottom = svg.width - PAD - 14, svg.top + 34 + 260

    def place(point: TradeOff) -> tuple[float, float]:
        across = (point.cost - x_ticks[0]) / (x_ticks[-1] - x_ticks[0])
        up = (point.gco2e / unit.grams - y_ticks[0]) / (y_ticks[-1] - y_ticks[0])
        return left + across * (right - left), bottom - up * (bottom - top)

    svg.text(PAD, top - 16, f"{unit.name} of transport", role="muted")
    for value in y_ticks:
        y = place(TradeOff(x_ticks[0], value * unit.grams))[1]
        svg.line(((left, y), (right, y)), "muted" if value == y_ticks[0] else "grid")
        svg.text(left - 8, y + SIZE * 0.35, said_number(value, y_ticks), role="muted", anchor="end")
    for value in x_ticks:
        x = place(TradeOff(value, 0.0))[0]
        svg.line(((x, bottom), (x, bottom + 5)), "muted")
        svg.text(x, bottom + 20, said_number(value, x_ticks), role="muted", anchor="middle")
    svg.text(right, bottom + 40, currency, role="muted", anchor="end")
    stairs = [place(best[0])]
    for point in best[1:]:
        x, y = place(point)
        stairs += [(x, stairs[-1][1]), (x, y)]
    svg.line(stairs, "s0", width=2)
    behind = [point for point in points if point not in best]
    shown = [*behind, *best]
    marks = [
        Mark(point.cost, point.gco2e, _plan_words(point, unit), 5 if i < len(behind) else 0)
        for i, point in enumerate(shown)
    ]
    place_marks(svg, marks, [place(point) for point in shown], [stairs], (left, top, right, bottom))
    return svg.document(bottom + 40 + PAD)


def non_dominated(points: Iterable[TradeOff]) -> list[TradeOff]:
    """Those that no other beats or equals in both figures while beating it in one, the cheapest first."""
    best: list[TradeOff] = []
    for point in sorted(points, key=lambda each: (each.cost, each.gco2e)):
        if not best or point.gco2e < best[-1].gco2e:
            best.append(point)
    return best


def nothing(title: str, because: str) -> str:
    """A chart of nothing: its title, and why it is empty."""
    svg = Svg(title, "", f"{title}: nothing to draw because {because}.")
    svg.text(PAD, svg.top + 20, f"Nothing to draw because {because}.", role="muted")
    return svg.document(svg.top + 20 + PAD)


def _axis(values: Sequence[float]) -> list[float]:
    """Tick values from 0, or from near the least value where all lie close together far from 0."""
    low, high = min(values), max(values)
    near = high > low and (high - low) < NARROW * high
    return ticks(max(0.0, low - 0.15 * (high - low)), high + 0.1 * (high - low)) if near else ticks(0.0, high)


def _named_days(first: date, last: date, most: int) -> list[date]:
    """At most ``most`` evenly spaced days to name: every day, every other, by week, else the first of months."""
    count = (last - first).days + 1
    for step in (1, 2, 7):
        if math.ceil(count / step) <= most:
            return [date.fromordinal(first.toordinal() + offset) for offset in range(0, count, step)]
    firsts = [
        date(n // 12, n % 12 + 1, 1) for n in range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    ]
    return [day for day in firsts if first <= day][:: math.ceil(len(firsts) / most)]


def _key(svg: Svg, part_names: Sequence[str], y: float) -> float:
    """Draw the key of the parts on one line; returns the y below it."""
    if len(part_names) < 2:  # noqa: PLR2004 - a single part needs no key
        return y - SIZE
    x = float(PAD)
    for i, name in enumerate(part_names):
        svg.box(x, y - 10, 11, 11, f"s{i}")
        svg.text(x + 17, y, name)
        x += 17 + text_width(name, SIZE) + 22
    return y + 8


def _check_parts(entries: Iterable[Stack | DayStack], part_names: Sequence[str]) -> None:
    for name, parts in entries:
        if len(parts) != len(part_names):
            raise ValueError(f"parts of {name} are {len(parts)} figures for {len(part_names)} names")
        for part, grams in zip(part_names, parts, strict=True):
            checked(f"{part} of {name} in gCO2e", grams)


def _said(figures: Iterable[tuple[str, float]]) -> str:
    """The first figures in words, and how many more there are."""
    listed = list(figures)
    unit = unit_for(grams for _, grams in listed)
    texts = alike(grams / unit.grams for _, grams in listed)
    said = "; ".join(f"{name}: {text}" for (name, _), text in zip(listed[:SAID], texts, strict=False))
    more = len(listed) - SAID
    return said + (f"; and {more} more in the tables." if more > 0 else ".")


def _plan_words(point: TradeOff, unit: Unit) -> str:
    """A labelled plan with its figures, so that nobody takes a neighbour's dot for it."""
    said = f"{point.label}: {significant(point.cost)}, {significant(point.gco2e / unit.grams)} {unit.name}"
    return said if point.label else ""


def _interval_words(each: Interval, unit: Unit, place: int | None) -> str:
    low, mid, high = (placed(grams / unit.grams, place) for grams in (each.ends[0], each.p50, each.ends[1]))
    return f"{mid} (not drawn)" if each.p5 is None else f"{mid} ({low} to {high})"
