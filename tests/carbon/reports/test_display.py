import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbon.reports import Column, Missing, Table
from carbon.reports.display import FIGURE_SPACE, POINT_SPACE, alike, place_of, shown, significant


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (0.012345, "0.0123"), (1.0, "1.00"), (9.996, "10.0"), (99.96, "100"), (123.4, "123"),
     (12345.0, "12,300"), (-0.5, "-0.500"), (999.9, "1,000"), (1e-7, "1.00e-07")],
)  # fmt: skip
def test_three_significant_figures(value: float, text: str) -> None:
    assert significant(value) == text


@given(st.floats(1e-5, 1e12))
def test_rounding_moves_a_figure_by_half_a_percent_at_most(value: float) -> None:
    assert math.isclose(float(significant(value).replace(",", "")), value, rel_tol=0.005001)


def table(*values: float | Missing | None, unit: str = "gCO2e", exact: bool = False) -> Table:
    columns = (Column(key="name", title="Name"), Column(key="x", title="X", kind="number", unit=unit, exact=exact))
    rows = tuple({"name": str(i), "x": value} for i, value in enumerate(values) if value is not None)
    return Table(key="t", title="T", columns=columns, rows=rows)


def texts(made: Table) -> list[str]:
    return [row[1] for row in shown(made).rows]


def test_units_grow_with_the_largest_figure() -> None:
    for values, unit, said in (
        ((999.0, 9_999.0), "g CO₂e", ["999", "9,999"]),
        ((12_340.0, 500.0), "kg CO₂e", ["12.34", "0.50"]),
        ((12_340_000.0,), "t CO₂e", ["12.3"]),
        ((-12_340.0,), "kg CO₂e", ["-12.3"]),
    ):
        made = table(*values)
        assert shown(made).columns[1].unit == unit
        assert [text.rstrip(FIGURE_SPACE + POINT_SPACE) for text in texts(made)] == said
    assert shown(table(12_340.0, unit="gCO2e/tkm")).columns[1].unit == "kg CO₂e/t·km"
    assert shown(table(0.25, unit="fraction")).columns[1].unit == "%"
    assert texts(table(0.25, unit="fraction")) == ["25.0"]


def test_points_stand_under_one_another() -> None:
    said = texts(table(1.23, 12.3, 0.0, unit="km"))
    assert said == ["1.23", "12.30", f"0{POINT_SPACE}{FIGURE_SPACE * 2}"]
    assert texts(table(1.5, 12.25, exact=True)) == [f"1.5{FIGURE_SPACE}", "12.25"]


def test_parts_and_their_sum_are_rounded_at_the_same_place() -> None:
    assert texts(table(3550.536, 474.684, 3075.852)) == ["3,551", "475", "3,076"]
    assert alike([0.475, 3.080, 3.555]) == ["0.475", "3.080", "3.555"]
    assert alike([12.34, 0.004]) == ["12.34", "<0.01"], "little is not nothing"
    assert alike([12.34, -0.004, 0.0]) == ["12.34", ">-0.01", "0"]
    assert alike([12_345.0]) == ["12,300"]
    assert alike([0.0, 1e-9]) == ["0", "1.00e-09"]
    assert alike([]) == []


@given(st.lists(st.floats(1e-4, 1e9), min_size=1, max_size=8))
def test_printed_parts_add_up_to_the_printed_sum_but_for_rounding(parts: list[float]) -> None:
    whole = math.fsum(parts)
    *printed, total = alike([*parts, whole])
    place = place_of([*parts, whole])
    assert place is not None
    read = [0.0 if text.startswith("<") else float(text.replace(",", "")) for text in printed]
    assert abs(math.fsum(read) - float(total.replace(",", ""))) <= (len(parts) + 1) * 10.0**-place / 2 * (1 + 1e-6)
    assert math.isclose(float(total.replace(",", "")), whole, rel_tol=0.005001)


def test_what_is_missing_points_to_its_reason() -> None:
    gone, other = Missing(not_computable_because="a"), Missing(not_computable_because="b")
    made = shown(table(gone, 1.0, other, gone))
    assert [row[1][:2] for row in made.rows] == ["\u2013¹", "1.", "\u2013²", "\u2013¹"]
    assert made.footnotes == ("not computable because a", "not computable because b")


def test_published_figures_are_shown_whole() -> None:
    assert texts(table(0.291113, exact=True, unit="kgCO2e/kWh")) == ["0.291113"]
