import math
import xml.etree.ElementTree as ET
from datetime import date, timedelta
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbon.errors import QuantityError
from carbon.reports.charts import (
    LEDGERS,
    DayStack,
    Interval,
    Stack,
    TradeOff,
    bars,
    by_day,
    ledgers,
    non_dominated,
    per_order,
    ranges,
    trade_off,
)

SVG = "{http://www.w3.org/2000/svg}"
FIRST = date(2026, 11, 1)
grams = st.floats(0, 1e7)


def read(svg: str) -> ET.Element:
    return ET.fromstring(svg)  # noqa: S314 - drawn by this package


def said(svg: str) -> list[str]:
    return ["".join(text.itertext()) for text in read(svg).iter(f"{SVG}text")]


def boxes(svg: str, role: str) -> list[tuple[float, float, float, float]]:
    """Rectangles of a colour, without the squares of a key."""
    found = [rect for rect in read(svg).iter(f"{SVG}rect") if rect.get("class") == f"f-{role}"]
    sizes = [tuple(float(rect.get(name, "nan")) for name in ("x", "y", "width", "height")) for rect in found]
    return [(x, y, wide, tall) for x, y, wide, tall in sizes if (wide, tall) != (11, 11)]


def baselines(svg: str) -> list[tuple[float, float, str, str]]:
    return [
        (float(text.get("x", 0)), float(text.get("y", 0)), text.get("text-anchor", ""), "".join(text.itertext()))
        for text in read(svg).iter(f"{SVG}text")
    ]


def days(count: int, transport: float = 20e3, packaging: float = 90e3) -> list[DayStack]:
    return [DayStack(FIRST + timedelta(days=n), (transport + n, packaging - n)) for n in range(count)]


def test_the_columns_of_a_day_are_as_tall_as_its_figures() -> None:
    entries = [
        DayStack(FIRST, (10e3, 30e3)),
        DayStack(FIRST + timedelta(days=1), (20e3, 0.0)),
        DayStack(FIRST + timedelta(days=3), (5e3, 60e3)),
    ]
    svg = by_day(entries)
    transport, packaging = boxes(svg, "s0"), boxes(svg, "s1")
    per_gram = transport[0][3] / 10e3
    for entry, low, high in zip(entries, transport, packaging, strict=True):
        assert low[3] == pytest.approx(entry.parts[0] * per_gram, abs=0.11)
        assert high[3] == pytest.approx(entry.parts[1] * per_gram, abs=0.11)
        assert high[1] + high[3] == pytest.approx(low[1], abs=0.11), "packaging stands on transport"
    feet = {round(y + tall, 0) for _, y, _, tall in transport}
    assert len(feet) == 1, "every column stands on the axis"
    assert transport[2][0] - transport[1][0] == pytest.approx(2 * (transport[1][0] - transport[0][0]), abs=0.21), (
        "a day without an entry keeps its place"
    )


@given(st.lists(st.tuples(grams, grams), min_size=1, max_size=12))
def test_bars_are_proportional_from_zero(parts: list[tuple[float, float]]) -> None:
    stacks = [Stack(f"store {i}", part) for i, part in enumerate(parts)]
    svg = bars("Stores", "", stacks, LEDGERS)
    first, second = boxes(svg, "s0"), boxes(svg, "s1")
    assert len(first) == len(second) == len(parts)
    lengths = [a[2] + b[2] for a, b in zip(first, second, strict=True)]
    most = max(range(len(parts)), key=lambda i: math.fsum(parts[i]))
    whole = math.fsum(parts[most])
    for part, length in zip(parts, lengths, strict=True):
        share = math.fsum(part) / whole if whole > 0 else 0.0
        assert length == pytest.approx(share * lengths[most], abs=0.25)
    assert len({x for x, *_ in first}) == 1, "every bar starts on the axis"


@pytest.mark.parametrize("count", [2, 7, 31, 62, 200, 366])
def test_names_of_days_do_not_run_into_each_other(count: int) -> None:
    months = ("Nov", "Dec", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct")
    named = [x for x, _, anchor, words in baselines(by_day(days(count))) if anchor == "middle" and words[-3:] in months]
    assert len(named) >= 2
    assert all(abs(a - b) >= 42 for a, b in combinations(named, 2))


def test_a_single_day_is_a_bar() -> None:
    svg = by_day(days(1))
    assert "2026-11-01" in said(svg)
    assert "110" in said(svg)


def test_units_suit_the_figures() -> None:
    assert "kg CO₂e" in said(ledgers(25e3, None, 90e3))
    assert "t CO₂e" in said(ledgers(25e6, 1e6, 90e6))
    assert "g CO₂e an order" in said(per_order([Stack("riders", (10.9,)), Stack("drones", (68.0,))]))


def test_handling_has_a_bar_only_where_it_is_known() -> None:
    assert "handling in stores" not in said(ledgers(25e3, None, 90e3))
    assert "handling in stores" in said(ledgers(25e3, 1e3, 90e3))
    assert "Packaging is 78% of both accounts together" in said(ledgers(25e3, None, 90e3))


def test_words_are_escaped_and_read_out() -> None:
    svg = bars("Stores", "", [Stack('南山 <b> & "x"', (1.0, 2.0)), Stack("B", (3.0, 4.0))], LEDGERS)
    assert '南山 <b> & "x"' in " ".join(said(svg))
    root = read(svg)
    title, description = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None
    assert description is not None
    assert title.text == "Stores"
    assert '南山 <b> & "x": 3.00; B: 7.00' in (description.text or "")
    assert root.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"


def test_a_long_description_says_how_much_it_leaves_out() -> None:
    description = read(by_day(days(31))).find(f"{SVG}desc")
    assert description is not None
    assert (description.text or "").endswith("and 19 more in the tables.")


@pytest.mark.parametrize(
    ("svg", "because"),
    [
        (by_day([]), "there were no rounds in the period"),
        (bars("Stores", "", [], LEDGERS), "there is nothing to compare"),
        (per_order([]), "there is nothing to compare"),
        (ledgers(None, None, None), "there are no orders"),
        (ranges("Ranges", []), "no range was computed"),
        (trade_off([]), "no plan was made"),
    ],
)
def test_nothing_to_draw_is_said(svg: str, because: str) -> None:
    assert f"Nothing to draw because {because}." in said(svg)
    assert not boxes(svg, "s0")


def test_what_emitted_nothing_is_drawn_at_zero() -> None:
    svg = ledgers(0.0, None, 0.0)
    assert [wide for _, _, wide, _ in boxes(svg, "s0")] == [0.0, 0.0]


@pytest.mark.parametrize("bad", [-1.0, math.nan, math.inf])
def test_impossible_figures_are_refused(bad: float) -> None:
    with pytest.raises(QuantityError, match="B: packaging of 2026-11-01"):
        by_day([DayStack(FIRST, (1.0, bad))])
    with pytest.raises(QuantityError, match="transport of riders"):
        per_order([Stack("riders", (bad,))])
    with pytest.raises(QuantityError, match="p95 of A"):
        ranges("Ranges", [Interval("A", 0.0, 0.0, bad)])
    with pytest.raises(QuantityError, match="cost of plan"):
        trade_off([TradeOff(bad, 1.0)])
    with pytest.raises(QuantityError, match="gco2e of plan"):
        trade_off([TradeOff(1.0, bad)])


def test_shapes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="parts of S1 are 1 figures for 2 names"):
        bars("Stores", "", [Stack("S1", (1.0,))], LEDGERS)
    with pytest.raises(ValueError, match="holds a day twice"):
        by_day([*days(2), *days(1)])
    with pytest.raises(ValueError, match="must not fall"):
        ranges("Ranges", [Interval("A", 2.0, 1.0, 3.0)])


def test_a_range_reaches_from_p5_to_p95_with_its_median_on_it() -> None:
    svg = ranges("Ranges", [Interval("A + B", 100e3, 140e3, 200e3), Interval("A", 20e3, 24e3, 30e3)])
    (x, _, wide, _), (small_x, _, small, _) = boxes(svg, "s2")
    dots = [float(dot.get("cx", 0)) for dot in read(svg).iter(f"{SVG}circle")]
    assert wide == pytest.approx(10 * small, abs=1.1)
    assert (dots[0] - x) / wide == pytest.approx(0.4, abs=0.01)
    zero = x - wide
    assert small_x == pytest.approx(zero + 2 * small, abs=0.6), "the axis starts at 0"
    assert "140.0 (100.0 to 200.0)" in said(svg)
    assert "24.0 (20.0 to 30.0)" in said(svg), "rounded at the same place"


def test_what_was_not_drawn_is_a_dot_and_no_range() -> None:
    svg = ranges("Ranges", [Interval("A", 20e3, 24e3, 30e3), Interval("B", None, 3e3, None)])
    assert len(boxes(svg, "s2")) == 1
    assert len(list(read(svg).iter(f"{SVG}circle"))) == 2
    assert "3.00 (not drawn)" in said(svg)
    assert "B: 3.00 (not drawn)" in svg


def test_bars_are_rounded_at_one_place_so_that_they_add_up() -> None:
    words = said(bars("Parts", "", [Stack("A", (475.0, 0.0)), Stack("B", (0.0, 3080.0))], LEDGERS))
    assert "0.475" in words
    assert "3.080" in words


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), min_size=1, max_size=15))
def test_the_line_joins_the_plans_that_none_beats(pairs: list[tuple[int, int]]) -> None:
    points = [TradeOff(float(cost), float(grams)) for cost, grams in pairs]
    best = non_dominated(points)
    for point in points:
        beaten = any((a, b) != (point.cost, point.gco2e) and a <= point.cost and b <= point.gco2e for a, b, _ in points)
        assert beaten == all((a, b) != (point.cost, point.gco2e) for a, b, _ in best)
    assert [point.cost for point in best] == sorted({point.cost for point in best})


def test_a_trade_off_shows_every_plan_and_says_where_an_axis_is_cut() -> None:
    points = [TradeOff(480.0, 1300.0, "cheapest"), TradeOff(500.0, 1100.0), TradeOff(495.0, 1350.0), TradeOff(530, 700)]
    svg = trade_off(points, currency="cost in CNY")
    assert len(list(read(svg).iter(f"{SVG}circle"))) == 4
    words = " ".join(said(svg))
    assert "The axis of cost does not start at 0" in words
    assert "cheapest" in words
    assert "cost in CNY" in words
    assert "kg CO₂e of transport" in words
    wide = trade_off([TradeOff(0.0, 1300.0), TradeOff(500.0, 0.0)])
    assert "does not start at 0" not in " ".join(said(wide))
    assert "The only plan" in said(trade_off([TradeOff(480.0, 1300.0, "the plan")]))


def test_plans_far_dearer_than_the_others_are_counted_and_not_drawn() -> None:
    svg = trade_off([TradeOff(400.0, 700.0), TradeOff(450.0, 500.0), TradeOff(26_400.0, 460.0)])
    assert "Not drawn: 1 that cost more than 5 times the least" in " ".join(said(svg))
    assert len(list(read(svg).iter(f"{SVG}circle"))) == 2


@given(st.lists(st.tuples(st.floats(0, 1e6), st.floats(0, 1e7)), min_size=1, max_size=12))
def test_every_plan_lies_inside_the_drawing(pairs: list[tuple[float, float]]) -> None:
    root = read(trade_off([TradeOff(*pair) for pair in pairs]))
    high = float(root.get("height", 0))
    for dot in root.iter(f"{SVG}circle"):
        assert 20 <= float(dot.get("cx", -1)) <= 720 - 20
        assert 20 <= float(dot.get("cy", -1)) <= high - 20
