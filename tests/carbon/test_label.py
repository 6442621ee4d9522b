import json
import math
import re
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbon.account import OrderFootprint
from carbon.errors import QuantityError
from carbon.reports.label import HEIGHT, WIDTH, OrderLabel, label_svg, order_label, shortened
from carbon.svg import text_width
from carbon.uncertainty import OrderRange, Range

SVG = "{http://www.w3.org/2000/svg}"
SEALS = ("certif", "verif", "approved", "neutral", "zero-carbon", "offset", "green", "✓", "✔", "★", "®", "™")
grams = st.floats(0, 1e8)


def order(**changed: object) -> OrderFootprint:
    fields: dict[str, object] = {
        "order_id": "S01-20261105-000123",
        "round_id": "R1",
        "store_id": "S01",
        "vehicle_class": "e_bike",
        "zone": "ambient",
        "mass_kg": 3.0,
        "transport_gco2e": 14.2,
        "hub_gco2e": 4.2,
        "hub_operation_gco2e": 0.0,
        "packaging_gco2e": 66.7,
        "packaging_kg": 0.05,
        "packaging_end_of_life_gco2e": None,
        "total_gco2e": 85.1,
        "market_gco2e": None,
        "category_gco2e": None,
        "parcel_gco2e": 12.0,
        "share": 0.25,
        "method": "mass_distance",
        "activity_tkm": 0.006,
        "distance_type": "SFD",
        "intensity_gco2e_per_tkm": 2366.0,
        "data_class": "modelled",
        "packaging": "paper_bag",
        "packaging_data_class": "modelled",
    }
    return OrderFootprint.model_validate(fields | changed)


def read(svg: str) -> ET.Element:
    return ET.fromstring(svg)  # noqa: S314 - drawn by this package


def said(svg: str) -> str:
    return "\n".join("".join(text.itertext()) for text in read(svg).iter(f"{SVG}text"))


def test_a_label_keeps_transport_and_packaging_apart_and_adds_them() -> None:
    label = order_label(order(), Range(p5=71, p50=84, p95=112))
    assert label.a_transport_gco2e == pytest.approx(18.4, rel=1e-12)
    assert label.b_packaging_gco2e == 66.7
    assert label.total_gco2e == pytest.approx(label.a_transport_gco2e + label.b_packaging_gco2e, rel=1e-12)
    words = said(label_svg(label))
    for wanted in (
        "Order footprint (estimate)",
        "S01-20261105-000123",
        "85.1",
        "g CO₂e",
        "A  Transport, e-bike",
        "18.4 g",
        "B  Packaging, paper bag",
        "66.7 g",
        "90 % range 71.0 to 112.0 g",
        "aligned with ISO 14083:2023",
    ):
        assert wanted in words
    assert "not counted" not in words


def test_the_bar_is_parted_as_the_figures_are() -> None:
    root = read(label_svg(order_label(order())))
    parts = {
        role: float(rect.get("width", 0))
        for rect in root.iter(f"{SVG}rect")
        for role in ("s0", "s1")
        if rect.get("class") == f"f-{role}" and rect.get("height") == "10.0"
    }
    assert parts["s0"] == pytest.approx(280 * 18.4 / 85.1, abs=0.1)
    assert parts["s0"] + parts["s1"] == pytest.approx(280, abs=0.1)


def test_what_is_not_known_is_said() -> None:
    words = said(label_svg(order_label(order(hub_gco2e=None, total_gco2e=80.9))))
    assert "range not computed" in words
    assert "Handling in the store is not counted." in words


def test_the_json_says_what_the_card_says() -> None:
    label = order_label(order(hub_gco2e=None, total_gco2e=80.9), Range(p5=70, p50=80, p95=110))
    document = json.loads(label.model_dump_json())
    assert document["status"] == "estimate"
    assert document["a_transport_gco2e"] == 14.2
    assert document["a_handling_included"] is False
    assert document["b_packaging_gco2e"] == 66.7
    assert document["spread"] == {"p5": 70.0, "p50": 80.0, "p95": 110.0}
    assert document["method"].startswith("A is aligned with ISO 14083:2023.")
    assert OrderLabel.model_validate_json(label.model_dump_json()) == label


@given(st.text(min_size=1, max_size=120), st.text(min_size=1, max_size=80), grams, grams)
def test_any_words_and_figures_make_a_card(name: str, packed: str, transport: float, packaging: float) -> None:
    label = order_label(
        order(
            order_id=name,
            packaging=packed,
            transport_gco2e=transport,
            hub_gco2e=None,
            packaging_gco2e=packaging,
            total_gco2e=transport + packaging,
        )
    )
    svg = label_svg(label)
    root = read(svg)
    assert (root.get("width"), root.get("height")) == (str(WIDTH), str(HEIGHT))
    description = root.find(f"{SVG}desc")
    assert description is not None
    # XML holds no control characters, and its readers make every line end the same.
    kept = re.sub(
        r"\r\n|\r", "\n", re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\u202a-\u202e\u2066-\u2069]", "\ufffd", name)
    )
    assert kept in (description.text or "").replace("\r", "\n")


def test_a_long_id_is_shortened_on_the_card_alone() -> None:
    name = "订单-" + "<x>&y-" * 20
    svg = label_svg(order_label(order(order_id=name)))
    assert name not in said(svg)
    assert "…" in said(svg)
    description = read(svg).find(f"{SVG}desc")
    assert description is not None
    assert name in (description.text or "")


@pytest.mark.parametrize("letter", ["W", "m", "@", "M", "订"])
def test_an_id_of_the_widest_letters_stays_on_the_card(letter: str) -> None:
    words = said(label_svg(order_label(order(order_id=letter * 40))))
    line = next(row for row in words.split("\n") if re.match("Order (?!foot)", row))
    assert "…" in line
    # In a font of the widest letters, which are as wide as the font is tall; the others of "Order " at most 0.8 of it.
    assert 11 * (line.count(letter) + 0.8 * (len(line) - line.count(letter))) <= WIDTH - 40 + 2


def test_an_id_turns_no_text_round() -> None:
    svg = label_svg(order_label(order(order_id="A\u202eB\u2066C")))
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", svg)
    assert "A\ufffdB\ufffdC" in said(svg)


@given(st.text(max_size=100), st.floats(5, 300))
def test_shortened_words_fit_and_keep_their_ends(words: str, width: float) -> None:
    made = shortened(words, 11, width)
    if made == words:
        assert text_width(words, 11) <= width
    else:
        assert text_width(made, 11) <= width or made == "…"
        parts = [(made[:i], made[i + 1 :]) for i, letter in enumerate(made) if letter == "…"]
        assert any(words.startswith(head) and words.endswith(tail) for head, tail in parts)  # words may hold one too


@pytest.mark.parametrize("spread", [None, Range(p5=70, p50=80, p95=110)])
@pytest.mark.parametrize("hub", [None, 4.2])
def test_nothing_on_a_label_looks_like_a_seal(spread: Range | None, hub: float | None) -> None:
    label = order_label(order(hub_gco2e=hub), spread)
    text = (label_svg(label) + label.model_dump_json()).lower()
    assert not [seal for seal in SEALS if seal in text]
    assert "estimate" in text
    drawn = {element.tag.removeprefix(SVG) for element in read(label_svg(label)).iter()}
    assert drawn <= {"svg", "title", "desc", "style", "rect", "text", "polyline"}, "no picture, path or symbol"


@pytest.mark.parametrize("bad", [-0.1, math.nan, math.inf])
def test_impossible_figures_are_refused(bad: float) -> None:
    with pytest.raises(QuantityError, match="packaging_gco2e of order 'S01-20261105-000123'"):
        order_label(order(packaging_gco2e=bad))
    with pytest.raises(QuantityError, match="transport_gco2e of order"):
        order_label(order(transport_gco2e=bad))
    with pytest.raises(QuantityError, match="spread of order"):
        order_label(order(), Range(p5=bad, p50=80, p95=110))


def ranges(packaging: Range) -> OrderRange:
    return OrderRange(
        order_id="O",
        transport_gco2e=Range(p5=10, p50=14, p95=20),
        hub_gco2e=None,
        packaging_gco2e=packaging,
        total_gco2e=Range(p5=77, p50=81, p95=87),
    )


def test_a_ledger_that_was_not_drawn_is_named() -> None:
    made = order(hub_gco2e=None, total_gco2e=80.9)
    fixed = order_label(made, ranges(Range(p5=66.7, p50=66.7, p95=66.7)))
    assert fixed.not_drawn == ("B",)
    assert "B not drawn: no factor has a published range." in said(label_svg(fixed))
    drawn = order_label(made, ranges(Range(p5=60, p50=66.7, p95=70)))
    assert drawn.not_drawn == ()
    assert "not drawn" not in said(label_svg(drawn))
    nothing = label_svg(order_label(made, Range(p5=80.9, p50=80.9, p95=80.9)))
    assert "range not drawn" in said(nothing)
    assert " to " not in said(nothing)


def test_a_label_prints_its_figures_at_one_place() -> None:
    words = said(label_svg(order_label(order(transport_gco2e=475.0, hub_gco2e=None, packaging_gco2e=3080.0,
                                             total_gco2e=3555.0))))  # fmt: skip
    for figure in ("3.555", "0.475 kg", "3.080 kg"):
        assert figure in words


def test_a_falling_range_is_refused() -> None:
    with pytest.raises(QuantityError, match="do not fall"):
        order_label(order(), Range(p5=90, p50=80, p95=110))
