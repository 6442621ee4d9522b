"""A thousand ways to change a ledger behind its back. A checkpoint of it is kept elsewhere; every one is found.

Each is also tried without the checkpoint. Then all are found but those that nothing in a file can show: whole entries
cut off at the end, the last entry written anew, and all hashes from a place to the end computed anew.
"""

import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import carbon
from tests.carbon.ledger.books import forged, rechained, write_book_with_editions

KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
EACH, OF_EDITIONS = 100, 3
"""Tamperings of each way; every third is of an entry that holds factors."""
Lines = list[bytes]


def edit_a_byte(lines: Lines, place: int, draw: random.Random) -> bytes:
    line = bytearray(lines[place])
    at = draw.randrange(len(line))
    line[at] = draw.choice([byte for byte in range(256) if byte != line[at]])
    return b"".join([*lines[:place], bytes(line), *lines[place + 1 :]])


def _with_another_figure(line: bytes, draw: random.Random) -> dict[str, object]:
    document: dict[str, object] = json.loads(line)
    record = document["record"]
    assert isinstance(record, dict)
    if document["kind"] == "edition":
        figures = draw.choice(record["layers"][0])
    else:
        figures = record.get("figures", {}).get("totals", record)
    name = draw.choice([name for name, value in figures.items() if isinstance(value, int | float)])
    figures[name] = figures[name] * draw.uniform(0.1, 0.99) + 0.001
    return document


def change_a_figure(lines: Lines, place: int, draw: random.Random) -> bytes:
    text = json.dumps(_with_another_figure(lines[place], draw), ensure_ascii=False, separators=(",", ":"))
    return b"".join([*lines[:place], text.encode() + b"\n", *lines[place + 1 :]])


def change_a_figure_and_its_hash(lines: Lines, place: int, draw: random.Random) -> bytes:
    return b"".join([*lines[:place], forged(_with_another_figure(lines[place], draw)), *lines[place + 1 :]])


def remove(lines: Lines, place: int, draw: random.Random) -> bytes:
    return b"".join(lines[:place] + lines[place + draw.randint(1, 5) :])


def swap(lines: Lines, place: int, draw: random.Random) -> bytes:
    other = draw.choice([each for each in range(len(lines)) if each != place])
    changed = list(lines)
    changed[place], changed[other] = lines[other], lines[place]
    return b"".join(changed)


def repeat(lines: Lines, place: int, draw: random.Random) -> bytes:
    changed = list(lines)
    changed.insert(draw.randrange(len(lines) + 1), lines[place])
    return b"".join(changed)


def cut(lines: Lines, place: int, draw: random.Random) -> bytes:
    return b"".join(lines[:place]) + lines[place][: draw.randrange(len(lines[place]))]


def put_in_a_forged_entry(lines: Lines, place: int, draw: random.Random) -> bytes:
    document = json.loads(lines[place]) | {"record": {"gco2e": draw.random()}}
    return b"".join([*lines[:place], forged(document), *lines[place:]])


def rewrite_the_tail(lines: Lines, place: int, draw: random.Random) -> bytes:
    changed = [*lines[:place], forged(_with_another_figure(lines[place], draw)), *lines[place + 1 :]]
    return b"".join(rechained(changed, place))


def remove_and_rewrite_the_tail(lines: Lines, place: int, _: random.Random) -> bytes:
    return b"".join(rechained(lines[:place] + lines[place + 1 :], place))


WAYS = (
    edit_a_byte, change_a_figure, change_a_figure_and_its_hash, remove, swap, repeat, cut, put_in_a_forged_entry,
    rewrite_the_tail, remove_and_rewrite_the_tail,
)  # fmt: skip


def shows_only_from_outside(tamper: Callable[..., bytes], whole: bytes, changed: bytes, place: int) -> bool:
    """Whether what was made is a ledger in itself."""
    if tamper in (rewrite_the_tail, remove_and_rewrite_the_tail):
        return True
    cut_clean = whole.startswith(changed) and changed[-1:] in (b"", b"\n")
    return cut_clean or (tamper is change_a_figure_and_its_hash and place == whole.count(b"\n") - 1)


@pytest.mark.parametrize("tamper", WAYS)
def test_tampering_is_detected(tmp_path: Path, tamper: Callable[[Lines, int, random.Random], bytes]) -> None:
    path = tmp_path / "book.jsonl"
    write_book_with_editions(path)
    point = carbon.sign_checkpoint(path, KEY)
    whole = path.read_bytes()
    lines = whole.splitlines(keepends=True)
    editions = [place for place, line in enumerate(lines) if json.loads(line)["kind"] == "edition"]
    assert (len(lines), editions) == (20, [12, 16])
    assert b"".join(rechained(lines, 0)) == whole  # the forger's own copy of the format is a good one
    assert carbon.verify_ledger(path, checkpoints=[point], public_key=KEY.public_key()).valid
    for seed in range(EACH):
        draw = random.Random(seed)
        place = draw.choice(editions) if seed % OF_EDITIONS == 0 else draw.randrange(len(lines))
        changed = tamper(lines, place, draw)
        assert changed != whole
        path.write_bytes(changed)
        done = carbon.verify_ledger(path, checkpoints=[point], public_key=KEY.public_key())
        assert not done.valid, f"{tamper.__name__}, seed {seed}"
        alone = carbon.verify_ledger(path)
        assert alone.valid == shows_only_from_outside(tamper, whole, changed, place), f"{tamper.__name__}, seed {seed}"


def test_there_are_a_thousand() -> None:
    assert len(WAYS) * EACH == 1000
