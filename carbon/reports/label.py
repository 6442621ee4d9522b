"""The label of one order: what its delivery and its packaging emitted, apart and together, as a card and as JSON.

The label is an estimate in words a customer can check. It wears no seal, tick, leaf, grade or traffic light: nothing on
it says that anybody has examined the figure, and nothing nets avoided emissions or points against it.
"""

import math
from typing import Literal

from carbon.account import OrderFootprint
from carbon.errors import QuantityError
from carbon.reports.display import alike
from carbon.reports.spoken import words_of
from carbon.reports.words import unit_for
from carbon.svg import BOLD, LINE_HEIGHT, PAD, SIZE, Svg, text_width
from carbon.uncertainty import OrderRange, Range
from carbon.values import DataClass, Record, Text

WIDTH, HEIGHT = 320, 234
TINY, SMALL, LARGE = 9, 11, 26
BAR_HEIGHT = 10
METHOD_LINES = ("A is aligned with ISO 14083:2023.", "B is a product footprint, in an account of its own.")
METHOD = " ".join(METHOD_LINES)
NO_HANDLING = "Handling in the store is not counted."
CAREFUL = 1.15  # how much wider a font may be than text_width estimates


class OrderLabel(Record):
    """What a label says.

    Attributes:
        order_id: the order.
        status: what the figures are.
        a_transport_gco2e: ledger A: its part of the round, and its handling in the store where that is known.
        a_handling_included: whether A holds the handling.
        b_packaging_gco2e: ledger B: production of its packaging.
        total_gco2e: A and B.
        spread: range of the total; None if it was not computed.
        not_drawn: the ledgers that are fixed in ``spread``, because no factor of theirs has a published range.
        vehicle_class: what brought it.
        packaging: what it was packed in.
        transport_data_class: where the transport's energy comes from.
        packaging_data_class: ``"default"`` if the packaging had to be assumed.
        method: how the figures were arrived at, in one sentence.
    """

    order_id: Text
    status: Literal["estimate"] = "estimate"
    a_transport_gco2e: float
    a_handling_included: bool
    b_packaging_gco2e: float
    total_gco2e: float
    spread: Range | None
    not_drawn: tuple[Literal["A", "B"], ...] = ()
    vehicle_class: Text
    packaging: Text
    transport_data_class: DataClass
    packaging_data_class: DataClass
    method: str = METHOD


def order_label(order: OrderFootprint, drawn: OrderRange | Range | None = None) -> OrderLabel:
    """Put an order's footprint on a label.

    Args:
        order: the order.
        drawn: its ranges, or that of its total alone, if draws were made. Only the former tell what was not drawn.

    Raises:
        QuantityError: if a figure of the order is negative or not finite, so that no label could be read.
    """
    for field in ("transport_gco2e", "hub_gco2e", "packaging_gco2e", "total_gco2e"):
        grams = getattr(order, field)
        if grams is not None and not 0 <= grams < math.inf:
            raise QuantityError(f"{field} of order {order.order_id!r} is {grams}; a label shows finite grams >= 0")
    spread = drawn.total_gco2e if isinstance(drawn, OrderRange) else drawn
    if spread is not None and not 0 <= spread.p5 <= spread.p50 <= spread.p95 < math.inf:
        raise QuantityError(
            f"spread of order {order.order_id!r} is {spread}; a label shows finite grams that do not fall"
        )
    return OrderLabel(
        order_id=order.order_id,
        a_transport_gco2e=math.fsum((order.transport_gco2e, order.hub_gco2e or 0.0)),
        a_handling_included=order.hub_gco2e is not None,
        b_packaging_gco2e=order.packaging_gco2e,
        total_gco2e=order.total_gco2e,
        spread=spread,
        not_drawn=_not_drawn(drawn) if isinstance(drawn, OrderRange) else (),
        vehicle_class=order.vehicle_class,
        packaging=order.packaging,
        transport_data_class=order.data_class,
        packaging_data_class=order.packaging_data_class,
    )


def label_svg(label: OrderLabel) -> str:
    """Draw a label as an SVG card of 320 by 234 px; a long id is shortened there, and whole in the description."""
    a, b, total = label.a_transport_gco2e, label.b_packaging_gco2e, label.total_gco2e
    rides = words_of(label.vehicle_class)
    unit = unit_for((total,))
    ends = (label.spread.p5, label.spread.p95) if label.spread else ()
    said_total, said_a, said_b, *said_ends = alike(grams / unit.grams for grams in (total, a, b, *ends))
    short = unit.name.removesuffix(" CO₂e")
    known = f"90 % range {' to '.join(said_ends)} {short}" if ends else "range not computed"
    if label.spread and label.spread.fixed:
        known = "range not drawn"
    names = (f"A  Transport, {rides}", f"B  Packaging, {words_of(label.packaging)}")
    limits = (*(() if label.a_handling_included else (NO_HANDLING,)), *_not_drawn_words(label))
    svg = Svg(
        "Order footprint (estimate)",
        "",
        f"Order {label.order_id}: an estimate of {said_total} {unit.name}, {known}. A, transport by {rides}: "
        f"{said_a} {unit.name}{'' if label.a_handling_included else ', handling in the store not counted'}. "
        f"B, packaging ({words_of(label.packaging)}): {said_b} {unit.name}. "
        f"{' '.join((label.method, *_not_drawn_words(label)))}",
        width=WIDTH,
        title_size=SIZE,
    )
    room = WIDTH - 2 * PAD
    svg.text(PAD, svg.top - 1, shortened(f"Order {label.order_id}", SMALL, room), role="muted", size=SMALL)
    y = svg.top + 31.0
    svg.text(PAD, y, said_total, size=LARGE, bold=True)
    svg.text(PAD + text_width(said_total, LARGE * BOLD) + 6, y, unit.name)
    y += 16
    svg.text(PAD, y, known, role="muted", size=SMALL)
    y += 12
    _bar(svg, y, (a, b), room)
    y += BAR_HEIGHT + 20
    for i, (name, figure) in enumerate(zip(names, (said_a, said_b), strict=True)):
        said = f"{figure} {short}"
        svg.box(PAD, y - 9, 9, 9, f"s{i}")
        left = room - 15 - text_width(said, SIZE * BOLD) - 10
        svg.text(PAD + 15, y, shortened(name, SIZE, left))
        svg.text(WIDTH - PAD, y, said, anchor="end", bold=True)
        y += 19
    svg.line(((PAD, y - 8), (WIDTH - PAD, y - 8)), "grid")
    y += 7
    for said in (*METHOD_LINES, *limits):
        svg.text(PAD, y, said, role="muted", size=TINY)
        y += TINY * LINE_HEIGHT
    svg.line(_frame(), "grid")
    return svg.document(HEIGHT)


def shortened(words: str, size: float, width: float) -> str:
    """``words``, or as much of their beginning and end as fits ``width`` px around an ellipsis."""
    if text_width(words, size) * CAREFUL <= width:
        return words
    keep = len(words)
    while keep > 2:  # noqa: PLR2004 - a letter on each side
        keep -= 1
        said = f"{words[: keep - keep // 2]}…{words[-(keep // 2) :]}"
        if text_width(said, size) * CAREFUL <= width:
            return said
    return "…"


def _bar(svg: Svg, y: float, parts: tuple[float, float], room: float) -> None:
    """One bar as wide as the card, A beside B; nothing but its track if both are 0."""
    svg.box(PAD, y, room, BAR_HEIGHT, "grid")
    whole = math.fsum(parts)
    x = float(PAD)
    for i, part in enumerate(parts):
        wide = room * part / whole if whole > 0 else 0.0
        if wide > 0:
            svg.box(x, y, wide, BAR_HEIGHT, f"s{i}")
            if i and x > PAD:
                svg.line(((x, y), (x, y + BAR_HEIGHT)), "surface", width=2)
        x += wide


def _not_drawn(drawn: OrderRange) -> tuple[Literal["A", "B"], ...]:
    ways = [each for each in (drawn.transport_gco2e, drawn.hub_gco2e) if each is not None]
    a = all(each.fixed or each.p95 == 0 for each in ways) and any(each.fixed for each in ways)
    return (*(("A",) if a else ()), *(("B",) if drawn.packaging_gco2e.fixed else ()))


def _not_drawn_words(label: OrderLabel) -> tuple[str, ...]:
    if not label.not_drawn:
        return ()
    return (f"{' and '.join(label.not_drawn)} not drawn: no factor has a published range.",)


def _frame() -> tuple[tuple[float, float], ...]:
    return ((0.5, 0.5), (WIDTH - 0.5, 0.5), (WIDTH - 0.5, HEIGHT - 0.5), (0.5, HEIGHT - 0.5), (0.5, 0.5))
