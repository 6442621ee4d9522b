"""Decimals as exchanged: JSON strings in plain notation, exact where the input is, and the tolerance of a comparison.

iLEAP and PACT write every number as text so that no reader's binary arithmetic can bend it. Inside the room figures
are floats; a float keeps 15 decimal digits of whatever it was read from, and those are what is passed on.
"""

import math
import re
from collections.abc import Iterable
from decimal import Context, Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, PlainSerializer
from pydantic_core import PydanticCustomError

DIGITS = 15
"""Significant digits that a binary float keeps of any decimal (DBL_DIG of IEEE 754)."""

WIDE = Context(prec=200)
"""Room for sums and products of exchanged decimals without rounding."""

LONGEST = 400
"""Characters beyond which a decimal is a mistake or an attack: the smallest float written out has 340."""

PLAIN = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
COMMA = re.compile(r"[+-]?[0-9]+,[0-9]+")
EXPONENT = re.compile(r"[+-]?[0-9]{1,40}(\.[0-9]{1,40})?[eE][+-]?[0-9]{1,2}")


MENDABLE, NO_DECIMAL = "mendable", "no_decimal"
"""Kinds of fault: text that can only mean one number, and text that means none for sure."""


class Bare(str):
    """Text of a JSON number that stands without quotes, told apart from a JSON string."""

    __slots__ = ()


def from_float(value: float) -> Decimal:
    """Return a float as the decimal of 15 significant digits it stands for: 0.1 + 0.2 is 0.3, and 64.728 is 64.728."""
    return Decimal(format(value, f".{DIGITS}g"))


def quotient(dividend: Decimal, divisor: Decimal) -> Decimal:
    """Divide to 15 significant digits; the divisor must not be 0."""
    return Context(prec=DIGITS).divide(dividend, divisor)


def product(*factors: Decimal) -> Decimal:
    """Multiply without rounding."""
    result = Decimal(1)
    for factor in factors:
        result = WIDE.multiply(result, factor)
    return result


def summed(terms: Iterable[Decimal]) -> Decimal:
    """Add without rounding; nothing at all adds up to 0."""
    result = Decimal(0)
    for term in terms:
        result = WIDE.add(result, term)
    return result


def shifted(value: Decimal, places: int) -> Decimal:
    """Multiply by a power of ten without rounding: grams shifted by -3 are kilograms."""
    return WIDE.scaleb(value, places)


def plain(value: Decimal) -> str:
    """Write a decimal without exponent, sign of zero or trailing zeros: ``Decimal("1.50E+2")`` is ``"150"``."""
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


def allowance(stated: Decimal, expected: Decimal, tolerance: Decimal) -> Decimal:
    """How far a stated figure may lie from a recomputed one.

    A figure may be rounded to the digits it was printed with, up to half a unit of its last place, as long as that
    is no more than half a percent of it: ``"8"`` for 8.42769, or ``"0"`` for 0.0084, says something else.

    Args:
        stated: as printed; its exponent tells its last place.
        expected: as recomputed.
        tolerance: fraction of ``expected`` that is let pass on top.
    """
    exponent = stated.as_tuple().exponent
    half_unit = Decimal(5).scaleb(int(exponent) - 1)
    size = abs(expected)
    return summed((min(half_unit, product(size, Decimal("0.005"))), product(size, tolerance)))


def _decimal(value: Any) -> Any:  # noqa: ANN401 - whatever stands in the JSON
    """Read one exchanged decimal, saying how to write it if it is written otherwise."""
    if isinstance(value, Decimal):
        return value
    if not isinstance(value, str):
        raise PydanticCustomError(NO_DECIMAL, 'it must be a decimal in a JSON string, such as "1.5"')
    if len(value) > LONGEST:
        raise PydanticCustomError(NO_DECIMAL, "it has over {most} characters; round it", {"most": LONGEST})
    text = plain(Decimal(value)) if EXPONENT.fullmatch(value) else str(value)
    if COMMA.fullmatch(text):
        raise PydanticCustomError(
            NO_DECIMAL, 'it has a decimal comma; write "{way_out}"', {"way_out": text.replace(",", ".")}
        )
    if not PLAIN.fullmatch(text):
        raise PydanticCustomError(NO_DECIMAL, 'it is no decimal; write digits with a point, such as "1.5"')
    if isinstance(value, Bare):
        raise PydanticCustomError(MENDABLE, 'it is a JSON number; write "{way_out}"', {"way_out": text})
    if text != value:
        raise PydanticCustomError(MENDABLE, 'it has an exponent; write "{way_out}"', {"way_out": text})
    return Decimal(text)


def quoted(value: Any) -> Any:  # noqa: ANN401 - whatever stands in the JSON
    """Refuse a JSON number where JSON text belongs, in a way that the reader can mend and flag."""
    if isinstance(value, Bare):
        raise PydanticCustomError(MENDABLE, 'it is a JSON number; write "{way_out}"', {"way_out": str(value)})
    return value


def unbare(value: Any) -> Any:  # noqa: ANN401 - whatever stands in the JSON
    """Return JSON as it came, numbers as numbers again, for what is kept without being read."""
    if isinstance(value, Bare):
        if value.lstrip("-").isdigit() and len(value) <= LONGEST:
            return int(value)
        number = float(value)
        return number if math.isfinite(number) else str(value)
    if isinstance(value, dict):
        return {key: unbare(each) for key, each in value.items()}
    if isinstance(value, list):
        return [unbare(each) for each in value]
    return value


def _percent(value: Any) -> Any:  # noqa: ANN401 - whatever stands in the JSON
    """Read a percentage, which PACT 2 writes as a JSON number and PACT 3 as text."""
    return _decimal(str(value) if isinstance(value, Bare) else value)


WRITTEN = PlainSerializer(plain, return_type=str, when_used="json")

Number = Annotated[Decimal, BeforeValidator(_decimal), WRITTEN]
"""A decimal that JSON writes as a string."""

Percent = Annotated[Decimal, BeforeValidator(_percent), WRITTEN]
"""A decimal written as a string, read from a JSON number as well."""

Quoted = Annotated[str, Field(min_length=1), BeforeValidator(quoted)]
"""Text that is not empty."""

Kept = Annotated[Any, BeforeValidator(unbare)]
"""Anything, as it came."""
