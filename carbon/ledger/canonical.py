"""JSON with one spelling only: RFC 8785, so that equal values are equal bytes and can be hashed.

Numbers are those of ECMAScript, that is doubles: every finite float survives the way through the file bit for bit (but
for the sign of -0), and a whole float comes back as an int, which is equal to it. A Python integer beyond 2**53 is
refused, as a double would round it.
"""

import json
import math
import re
from collections.abc import Iterator, Mapping

import rfc8785
from pydantic import JsonValue

from carbon.errors import CanonicalError

SAFE_DIGITS = 15
"""Decimal digits that a double always keeps."""
SAFE_INTEGER = 2**53 - 1
PLAIN_LEAST = 1e-4
"""Least number that Python, like ECMAScript, writes without an exponent."""
ASTRAL = re.compile("[\U00010000-\U0010ffff]")
"""Characters that sort differently by code point (Python) and by UTF-16 code unit (RFC 8785)."""


def canonical(value: object) -> bytes:
    """Return the RFC 8785 form of ``value``: dicts with string keys, lists, tuples, str, bool, None, int and float.

    Raises:
        CanonicalError: if something in it has no such form; names its place in ``value``.
    """
    try:
        return rfc8785.dumps(value)  # type: ignore[arg-type]  # what it cannot take, it refuses
    except (rfc8785.CanonicalizationError, RecursionError) as error:
        raise CanonicalError(_why(value, error)) from error


def canonical_object(members: Mapping[str, bytes]) -> bytes:
    """Return the canonical object of ``members`` that are canonical already, so that a part can be encoded once.

    Args:
        members: canonical JSON by name; names are ASCII.
    """
    return b"{" + b",".join(b'"%b":%b' % (name.encode("ascii"), members[name]) for name in sorted(members)) + b"}"


def parsed(document: bytes) -> JsonValue:
    """Return the value of JSON text, with ECMAScript's numbers.

    Raises:
        ValueError: if it is not JSON in UTF-8, or nested deeper than Python can follow.
    """
    try:
        return DECODER.decode(document.decode())  # type: ignore[no-any-return]
    except RecursionError as error:
        raise ValueError("JSON is nested too deeply") from error


def is_canonical(document: bytes) -> bool:
    """Say whether ``document`` is the RFC 8785 form of its value.

    The standard library's encoder writes that form too, but for the very large and very small numbers and the order of
    exotic keys. So text without these is compared with what it gives back, several times as fast as ``rfc8785``, which
    is asked about the rest.
    """
    try:
        text = document.decode()
        try:
            if ENCODER.encode(PLAIN_DECODER.decode(text)) == text and (text.isascii() or not ASTRAL.search(text)):
                return True
        except _UnlikePythonError:
            pass
        return rfc8785.dumps(DECODER.decode(text)) == document
    except (ValueError, RecursionError):
        return False


class _UnlikePythonError(Exception):
    """Raised at a number that Python may spell otherwise than ECMAScript."""


def _whole(number: float) -> float:
    return int(number) if abs(number) <= SAFE_INTEGER and number.is_integer() else number


def _float(digits: str) -> float:
    return _whole(float(digits))


def _int(digits: str) -> float:
    return int(digits) if len(digits) <= SAFE_DIGITS else _whole(float(digits))


def _plain_float(digits: str) -> float:
    number = float(digits)
    if not PLAIN_LEAST <= abs(number) <= SAFE_INTEGER:
        raise _UnlikePythonError
    return int(number) if number.is_integer() else number


def _plain_int(digits: str) -> int:
    if len(digits) > SAFE_DIGITS:
        raise _UnlikePythonError
    return int(digits)


def _constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


DECODER = json.JSONDecoder(parse_float=_float, parse_int=_int, parse_constant=_constant)
PLAIN_DECODER = json.JSONDecoder(parse_float=_plain_float, parse_int=_plain_int, parse_constant=_constant)
ENCODER = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, check_circular=False
)


def _why(value: object, error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "value is nested too deeply, or contains itself; give plain JSON"
    place, item = next(_refused(value, "$"), ("$", value))
    if isinstance(item, int):
        return f"{place} is {item}; integers beyond 2**53 lose digits in JSON, so give it as a string"
    if isinstance(item, float):
        return f"{place} is {item}; JSON has no such number, so leave it out or give null with the reason"
    return f"{place} is {item!r} ({error}); give plain JSON: objects with string keys, arrays, strings, numbers, null"


def _refused(value: object, place: str) -> Iterator[tuple[str, object]]:
    """What in ``value`` has no canonical form, with its place."""
    if isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str):
                yield f"key of {place}", key
            yield from _refused(item, f"{place}.{key}")
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _refused(item, f"{place}[{index}]")
    elif isinstance(value, float):
        if not math.isfinite(value):
            yield place, value
    else:
        try:
            rfc8785.dumps(value)  # type: ignore[arg-type]
        except rfc8785.CanonicalizationError:
            yield place, value
