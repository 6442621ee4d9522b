"""A thousand ways to change a ledger behind its back. A checkpoint of it is kept elsewhere; every one is found."""

import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import carbon
from tests.carbon.ledger.books import forged, rechained, write_book

KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
EACH = 100
Lines = list[bytes]


def edit_a_byte(lines: Lines, draw: random.Random) -> bytes:
    whole = bytearray(b"".join(lines))
    place = draw.randrange(len(whole))
    whole[place] = draw.choice([byte for byte in range(256) if byte != whole[place]])
    return bytes(whole)


def _with_another_figure(line: bytes, draw: random.Random) -> dict[str, object]:
    document: dict[str, object] = json.loads(line)
    record = document["record"]
    assert isinstance(record, dict)
    figures = record.get("figures", {}).get("totals", record)
    name = draw.choice([name for name, value in figures.items() if isinstance(value, int | float)])
    figures[name] = figures[name] * draw.uniform(0.1, 0.99) + 0.001
    return document


def change_a_figure(lines: Lines, draw: random.Random) -> bytes:
    place = draw.randrange(len(lines))
    text = json.dumps(_with_another_figure(lines[place], draw), ensure_ascii=False, separators=(",", ":"))
    return b"".join([*lines[:place], text.encode() + b"\n", *lines[place + 1 :]])


def change_a_figure_and_its_hash(lines: Lines, draw: random.Random) -> bytes:
    place = draw.randrange(len(lines))
    return b"".join([*lines[:place], forged(_with_another_figure(lines[place], draw)), *lines[place + 1 :]])


def remove(lines: Lines, draw: random.Random) -> bytes:
    start = draw.randrange(len(lines))
    return b"".join(lines[:start] + lines[start + draw.randint(1, 5) :])


def swap(lines: Lines, draw: random.Random) -> bytes:
    one, other = draw.sample(range(len(lines)), 2)
    changed = list(lines)
    changed[one], changed[other] = lines[other], lines[one]
    return b"".join(changed)


def repeat(lines: Lines, draw: random.Random) -> bytes:
    changed = list(lines)
    changed.insert(draw.randrange(len(lines) + 1), draw.choice(lines))
    return b"".join(changed)


def cut(lines: Lines, draw: random.Random) -> bytes:
    whole = b"".join(lines)
    return whole[: draw.randrange(len(whole))]


def put_in_a_forged_entry(lines: Lines, draw: random.Random) -> bytes:
    place = draw.randrange(len(lines))
    document = json.loads(lines[place]) | {"record": {"gco2e": draw.random()}}
    return b"".join([*lines[:place], forged(document), *lines[place:]])


def rewrite_the_tail(lines: Lines, draw: random.Random) -> bytes:
    place = draw.randrange(len(lines))
    changed = [*lines[:place], forged(_with_another_figure(lines[place], draw)), *lines[place + 1 :]]
    return b"".join(rechained(changed, place))


def remove_and_rewrite_the_tail(lines: Lines, draw: random.Random) -> bytes:
    place = draw.randrange(len(lines) - 1)
    return b"".join(rechained(lines[:place] + lines[place + 1 :], place))


WAYS = (
    edit_a_byte, change_a_figure, change_a_figure_and_its_hash, remove, swap, repeat, cut, put_in_a_forged_entry,
    rewrite_the_tail, remove_and_rewrite_the_tail,
)  # fmt: skip


@pytest.mark.parametrize("tamper", WAYS)
def test_tampering_is_detected(tmp_path: Path, tamper: Callable[[Lines, random.Random], bytes]) -> None:
    path = tmp_path / "book.jsonl"
    write_book(path, 20)
    point = carbon.sign_checkpoint(path, KEY)
    whole = path.read_bytes()
    lines = whole.splitlines(keepends=True)
    assert b"".join(rechained(lines, 0)) == whole  # the forger's own copy of the format is a good one
    assert carbon.verify_ledger(path, checkpoints=[point], public_key=KEY.public_key()).valid
    for seed in range(EACH):
        changed = tamper(lines, random.Random(seed))
        assert changed != whole
        path.write_bytes(changed)
        done = carbon.verify_ledger(path, checkpoints=[point], public_key=KEY.public_key())
        assert not done.valid, f"{tamper.__name__}, seed {seed}"


def test_there_are_a_thousand() -> None:
    assert len(WAYS) * EACH == 1000
