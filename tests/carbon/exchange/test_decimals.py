import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from carbon.exchange import decimals
from carbon.exchange.decimals import Bare, Number, Percent, allowance, from_float, plain, product, quotient, summed

READ = TypeAdapter(Number)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.1 + 0.2, "0.3"),
        (64.728, "64.728"),
        (36.801 + 27.927, "64.728"),
        (1e-7, "0.0000001"),
        (1.5e21, "1500000000000000000000"),
        (-0.0, "0"),
        (100.0, "100"),
        (29.111300000000003, "29.1113"),
    ],
)
def test_a_float_is_written_without_artefacts(value: float, text: str) -> None:
    assert plain(from_float(value)) == text


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**8), max_value=10**8))
def test_fifteen_digits_survive_the_way_through_a_float(value: Decimal) -> None:
    assert from_float(float(value)) == value
    assert Decimal(plain(value)) == value
    assert "e" not in plain(value).lower()
    assert not (plain(value).endswith("0") and "." in plain(value))


@given(st.floats(1e-12, 1e12))
def test_a_float_comes_back_within_its_own_precision(value: float) -> None:
    assert math.isclose(float(from_float(value)), value, rel_tol=1e-14)


def test_sums_and_products_do_not_round() -> None:
    tiny, huge = Decimal("0." + "0" * 29 + "1"), Decimal(10) ** 29
    assert decimals.WIDE.subtract(summed([huge, tiny]), huge) == tiny
    exact = product(Decimal("1.23456789012345"), Decimal("9.87654321098765"))
    assert decimals.shifted(exact, 28) == 123456789012345 * 987654321098765
    assert plain(quotient(Decimal(1), Decimal(3))) == "0.333333333333333"
    assert plain(quotient(Decimal(2), Decimal(3))) == "0.666666666666667"


@pytest.mark.parametrize(("text", "value"), [("87", 87), ("-0.123", "-0.123"), ("+5", 5), ("0.0", 0)])
def test_decimals_are_read_from_text(text: str, value: str | int) -> None:
    assert READ.validate_python(text) == Decimal(value)
    assert READ.dump_json(Decimal(value)).decode() == f'"{plain(Decimal(value))}"'


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ("8,42769", 'decimal comma; write "8.42769"'),
        ("1.5e3", 'exponent; write "1500"'),
        ("1E-7", 'exponent; write "0.0000001"'),
        (Bare("36.801"), 'JSON number; write "36.801"'),
        ("36.801 tkm", "no decimal"),
        ("", "no decimal"),
        ("NaN", "no decimal"),
        (".5", "no decimal"),
        ("٣", "no decimal"),
        ("9" * 401, "over 400 characters"),
        (None, "JSON string"),
        (True, "JSON string"),
        (["1"], "JSON string"),
    ],
)
def test_anything_else_is_refused_with_the_way_out(bad: object, says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        READ.validate_python(bad)


def test_a_percentage_may_be_a_json_number() -> None:
    assert TypeAdapter(Percent).validate_python(Bare("56.12")) == Decimal("56.12")


@pytest.mark.parametrize(
    ("stated", "expected", "passes"),
    [
        ("36.801", "36.801", True),
        ("161", "161.4", True),  # rounded to what is printed
        ("64.729", "64.728", False),
        ("64.73", "64.728", True),
        ("3.6801", "36.801", False),
        ("8", "8.42769", False),  # rounding away 5 % is no rounding
        ("0", "0.0084", False),  # and a zero is no figure
        ("0", "0", True),
        ("0.000001", "0", False),
    ],
)
def test_a_figure_may_be_rounded_but_not_wrong(stated: str, expected: str, passes: bool) -> None:
    said, should_be = Decimal(stated), Decimal(expected)
    assert (abs(said - should_be) <= allowance(said, should_be, Decimal(0))) is passes
