import json
import math
import struct

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

import carbon
from carbon.ledger.canonical import canonical, canonical_object, is_canonical, parsed

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip

NUMBERS = {  # RFC 8785, appendix B
    "0000000000000000": "0",
    "8000000000000000": "0",
    "0000000000000001": "5e-324",
    "8000000000000001": "-5e-324",
    "7fefffffffffffff": "1.7976931348623157e+308",
    "ffefffffffffffff": "-1.7976931348623157e+308",
    "4340000000000000": "9007199254740992",
    "c340000000000000": "-9007199254740992",
    "4430000000000000": "295147905179352830000",
    "44b52d02c7e14af5": "9.999999999999997e+22",
    "44b52d02c7e14af6": "1e+23",
    "44b52d02c7e14af7": "1.0000000000000001e+23",
    "444b1ae4d6e2ef4e": "999999999999999700000",
    "444b1ae4d6e2ef4f": "999999999999999900000",
    "444b1ae4d6e2ef50": "1e+21",
    "3eb0c6f7a0b5ed8c": "9.999999999999997e-7",
    "3eb0c6f7a0b5ed8d": "0.000001",
    "41b3de4355555553": "333333333.3333332",
    "41b3de4355555554": "333333333.33333325",
    "41b3de4355555555": "333333333.3333333",
    "41b3de4355555556": "333333333.3333334",
    "41b3de4355555557": "333333333.33333343",
    "becbf647612f3696": "-0.0000033333333333333333",
    "43143ff3c1cb0959": "1424953923781206.2",
}


@pytest.mark.parametrize(("bits", "text"), NUMBERS.items())
def test_published_numbers(bits: str, text: str) -> None:
    (number,) = struct.unpack(">d", bytes.fromhex(bits))
    assert canonical(number) == text.encode()
    assert parsed(text.encode()) == number
    assert is_canonical(text.encode())


def test_published_order_of_keys() -> None:  # RFC 8785, section 3.2.3
    keys = ["\r", "1", "\x80", "\xf6", "\u20ac", "\U0001f600", "\ufb33"]
    document = canonical(dict.fromkeys(reversed(keys), 1))
    assert list(json.loads(document)) == keys
    assert is_canonical(document)
    by_code_point = json.dumps(dict.fromkeys(sorted(keys), 1), ensure_ascii=False, separators=(",", ":"))
    assert not is_canonical(by_code_point.encode())


@given(VALUES)
def test_every_value_survives_and_has_one_form(value: object) -> None:
    document = canonical(value)
    assert parsed(document) == value
    assert canonical(parsed(document)) == document
    assert is_canonical(document)
    loose = json.dumps(value).encode()
    assert is_canonical(loose) == (loose == document)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_float_survives_bit_for_bit(number: float) -> None:
    again = parsed(canonical([number]))
    assert isinstance(again, list)
    assert struct.pack(">d", again[0]) == struct.pack(">d", number or 0.0)  # but for the sign of -0


@given(st.from_regex(r"-?[0-9]{1,18}(\.[0-9]{1,3})?(e[+-]?[0-9]{1,3})?", fullmatch=True))
def test_a_number_is_canonical_if_rfc8785_would_write_it_so(digits: str) -> None:
    document = f"[{digits}]".encode()
    try:
        number = float(json.loads(document)[0])
    except ValueError:  # 007
        assert not is_canonical(document)
        return
    assert is_canonical(document) == (math.isfinite(number) and rfc8785.dumps([number]) == document)


@pytest.mark.parametrize(
    "document",
    [
        b'{"a":1,"a":1}', b'{"b":1,"a":1}', b'{"a": 1}', b"[1.0]", b"[-0]", b"[-0.0]", b"[1e3]", b"[1E+22]", b"[1e22]",
        b"[9007199254740993]", b"[NaN]", b"[Infinity]", b"[1e999]", b'["\\u0061"]', b'["\\/"]', b'["\\ud800"]',
        b'["\xff"]', b"[1]\n", b"", b"[" * 100_000, b"[1,]",
    ],
)  # fmt: skip
def test_what_is_not_canonical(document: bytes) -> None:
    assert not is_canonical(document)


@given(st.dictionaries(st.from_regex(r"[a-z_]{1,5}", fullmatch=True), VALUES))
def test_an_object_of_encoded_parts_is_the_object_encoded(members: dict[str, object]) -> None:
    assert canonical_object({name: canonical(value) for name, value in members.items()}) == canonical(members)


def test_what_has_no_canonical_form_is_refused_by_its_place() -> None:
    for value, place in (
        ({"a": [1, {"b": 2**53}]}, r"\$\.a\[1\]\.b is 9007199254740992; integers beyond"),
        ({"a": -(2**60)}, r"\$\.a is -1152921504606846976"),
        ({"a": (math.nan,)}, r"\$\.a\[0\] is nan"),
        ([math.inf], r"\$\[0\] is inf"),
        ({"a": {1: 2}}, r"key of \$\.a is 1"),
        ({"a": {1}}, r"\$\.a is \{1\}"),
        ({"a": "\ud800"}, r"\$\.a is '\\ud800'"),
    ):
        with pytest.raises(carbon.CanonicalError, match=place):
            canonical(value)
    endless: list[object] = []
    endless.append(endless)
    with pytest.raises(carbon.CanonicalError, match="nested too deeply"):
        canonical(endless)
    with pytest.raises(ValueError, match="nested"):
        parsed(b"[" * 100_000)
