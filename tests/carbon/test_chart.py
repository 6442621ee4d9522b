import math
from itertools import pairwise
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbon import chart, svg
from carbon.chart import Bar, Line, Mark
from carbon.svg import Svg

NS = "{http://www.w3.org/2000/svg}"


def parsed(document: str) -> ET.Element:
    return ET.fromstring(document)  # noqa: S314 - our own text


def lines(title: str = "Ride & box", label: str = "e-bike <25") -> str:
    return chart.line_chart(
        Svg(title, "What a ride emits.", "It falls."),
        [
            Line(label, np.array([1.0, 2.0, 4.0]), np.array([8.0, 4.0, 2.0])),
            Line("van", np.array([1.0, 4.0]), np.array([2.2, 2.2]), dashed=True),
        ],
        [Mark(3.6, 2.2, "even", series=1, drop=True)],
        x_label="orders",
        y_label="gCO2e",
    )


def bars() -> str:
    return chart.bar_chart(
        Svg("Orders", "", "Two stores."),
        [Bar("Store 1", (20.0, 36.0)), Bar("Store 2", (12.0, 67.3))],
        ("transport", "packaging"),
        unit="gCO2e an order",
    )


@pytest.mark.parametrize("document", [lines(), bars()])
def test_words_are_text_with_a_title_and_a_description(document: str) -> None:
    root = parsed(document)
    names = {element.tag.removeprefix(NS) for element in root.iter()}
    assert names <= {"svg", "title", "desc", "style", "rect", "text", "polyline", "circle"}  # no script, no outlines
    ids = [root.find(f"{NS}title"), root.find(f"{NS}desc")]
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == " ".join(str(each.get("id")) for each in ids if each is not None)
    for text in root.iter(f"{NS}text"):
        assert text.get("fill", "").startswith("#")  # so that it is read without a style sheet too
        assert text.text


def test_titles_are_escaped_and_lines_named() -> None:
    said = [text.text for text in parsed(lines()).iter(f"{NS}text")]
    assert {"Ride & box", "e-bike <25", "van", "even", "orders", "gCO2e"} <= set(said)
    assert {"0", "2", "4", "6", "8"} <= set(said)


def test_the_same_chart_is_the_same_text_and_two_charts_share_no_id() -> None:
    assert lines() == lines()
    one, two = ({element.get("id") for element in parsed(each).iter()} - {None} for each in (lines(), lines("Other")))
    assert not one & two


def test_bars_are_as_long_as_their_values() -> None:
    rects = list(parsed(bars()).iter(f"{NS}rect"))[3:]  # after the ground and the two colours of the key
    widths = [float(rect.get("width", "")) for rect in rects]
    assert np.array(widths) / widths[0] == pytest.approx(np.array([20, 36, 12, 67.3]) / 20, rel=2e-3)
    said = [text.text for text in parsed(bars()).iter(f"{NS}text")]
    assert {"transport", "packaging", "56.0", "79.3", "gCO2e an order"} <= set(said)
    plain = chart.bar_chart(Svg("One", "", "One."), [Bar("A", (0.0,))], ("production",), unit="g")
    assert "production" not in [text.text for text in parsed(plain).iter(f"{NS}text")]


def test_a_label_keeps_off_the_lines_and_inside() -> None:
    # the free room beside the mark is below the falling line and above the flat one's end
    label = next(text for text in parsed(lines()).iter(f"{NS}text") if text.text == "even")
    circle = next(parsed(lines()).iter(f"{NS}circle"))
    assert float(label.get("x", "")) + svg.text_width("even", 13) < svg.WIDTH
    assert abs(float(label.get("y", "")) - float(circle.get("cy", ""))) > 8


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("colours", [svg.LIGHT, svg.DARK])
def test_everything_that_is_written_can_be_read(colours: dict[str, str]) -> None:
    ground = _luminance(colours["surface"])
    for role in ("ink", "muted", *(f"s{i}" for i in range(svg.SERIES))):
        high, low = sorted((_luminance(colours[role]), ground), reverse=True)
        assert (high + 0.05) / (low + 0.05) >= 4.5, role


@given(st.floats(-1e6, 1e6), st.floats(1e-6, 1e6))
def test_ticks_are_round_even_and_enclose(low: float, span: float) -> None:
    found = chart.ticks(low, low + span)
    steps = np.diff(found)
    assert 2 <= len(found) <= 13
    assert found[0] <= low + span * 1e-6
    assert found[-1] >= low + span * (1 - 1e-6)
    assert steps == pytest.approx(steps[0], rel=1e-3)
    digits = steps[0] / 10 ** math.floor(math.log10(steps[0]) + 1e-9)
    assert min(abs(digits - round_) for round_ in (1, 2, 2.5, 5, 10)) < 0.01


@pytest.mark.parametrize(
    ("value", "ticks", "said"),
    [(2.5, [0, 2.5], "2.5"), (1e4, [0, 5000], "10,000"), (0.25, [0, 0.25], "0.25"), (3.0, [3.0], "3")],
)
def test_numbers_have_the_decimals_of_their_steps(value: float, ticks: list[float], said: str) -> None:
    assert chart.said_number(value, ticks) == said


@given(st.text(st.sampled_from("ab 环保"), max_size=60), st.floats(30, 400))
def test_wrapping_loses_nothing_and_fits(words: str, width: float) -> None:
    rows = svg.wrapped(words, 13, width)
    assert "".join(rows).replace(" ", "") == words.replace(" ", "")
    assert all(svg.text_width(row, 13) <= width for row in rows)


@given(st.lists(st.tuples(st.floats(0, 300), st.floats(1, 40)), min_size=1, max_size=8))
def test_labels_are_pushed_apart(blocks: list[tuple[float, float]]) -> None:
    wanted, heights = zip(*blocks, strict=True)
    placed = chart.apart(wanted, heights)
    order = sorted(range(len(placed)), key=lambda i: (placed[i], wanted[i]))
    for before, after in pairwise(order):
        assert placed[after] - placed[before] >= heights[before] - 1e-9 or placed[after] == placed[before] == 0
