import hashlib
import json
import os
import random
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import carbon
from carbon import Verification
from carbon.ledger import verify
from tests.carbon.ledger.books import forged, rechained, write_book

KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "book.jsonl"


def codes(done: Verification) -> list[tuple[str, int | None]]:
    return [(finding.code, finding.line) for finding in done.findings]


def verified(path: Path, lines: list[bytes]) -> Verification:
    path.write_bytes(b"".join(lines))
    return carbon.verify_ledger(path)


def test_a_valid_ledger(path: Path) -> None:
    ledger = write_book(path)
    seen: list[tuple[int, int]] = []
    done = carbon.verify_ledger(path, progress=lambda *where: seen.append(where))
    last = list(ledger.entries())[-1]
    assert done == Verification(12, last.sha256, path.stat().st_size, (), 0)
    assert seen[-1] == (done.size_bytes, done.size_bytes)


def test_an_empty_ledger(path: Path) -> None:
    path.write_bytes(b"")
    assert carbon.verify_ledger(path) == Verification(0, "0" * 64, 0, (), 0)
    point = carbon.sign_checkpoint(path, KEY)
    assert carbon.verify_ledger(path, checkpoints=[point], public_key=KEY.public_key()).signed == 0
    write_book(path)
    points = [point, carbon.sign_checkpoint(path, KEY)]
    done = carbon.verify_ledger(path, checkpoints=points, public_key=KEY.public_key())
    assert (done.valid, done.signed) == (True, 12)


def test_it_says_what_was_done_and_where(path: Path) -> None:
    write_book(path)
    lines = path.read_bytes().splitlines(keepends=True)
    edited = lines[5].replace(b"bag 6", b"bag 7")
    document = json.loads(edited)
    for found, expected, words in (
        (verified(path, [*lines[:5], edited, *lines[6:]]), [("entry", 6)], "content that its hash"),
        (verified(path, [*lines[:5], forged(document), *lines[6:]]), [("chain", 7)], "chained to another entry"),
        (verified(path, [*lines[:5], *lines[6:]]), [("chain", 6)], "entry 7 follows entry 5: entry 6 removed"),
        (verified(path, lines[3:]), [("chain", 1)], "entry 4 follows entry 0: entries 1 to 3 removed"),
        (verified(path, [*lines[:6], *lines[5:]]), [("chain", 7)], "entry 6 follows entry 6: moved, repeated"),
        (verified(path, [*lines[:5], lines[5][20:], *lines[6:]]), [("entry", 6)], "is not an entry"),
        (verified(path, [*lines[:5], b"\n", *lines[5:]]), [("entry", 6), ("chain", 7)], "is not an entry"),
        (verified(path, [*lines, lines[-1][:9]]), [("torn", 13)], "after 9 bytes"),
    ):
        assert codes(found) == expected
        assert words in found.findings[0].text
    first = found.findings[0]
    assert str(first).startswith(f"torn: line 13, byte {sum(map(len, lines))}: ")
    swapped = verified(path, [*lines[:4], lines[5], lines[4], *lines[6:]])
    assert codes(swapped) == [("chain", 5), ("chain", 6), ("chain", 7)]


def test_forged_corrections_are_found_and_trap_no_reader(path: Path) -> None:
    write_book(path)
    documents = [json.loads(line) for line in path.read_bytes().splitlines()]
    for number, corrects, words in (
        (6, 6, "itself"),
        (6, 9, "comes later: a cycle"),
        (6, 1, "entry 3 corrects already"),
    ):
        changed = [dict(document) for document in documents]
        changed[number - 1]["corrects"] = corrects
        done = verified(path, rechained([json.dumps(document).encode() for document in changed], 0))
        assert codes(done) == [("correction", 6)]
        assert words in done.findings[0].text
        assert carbon.Ledger(path).history(2)


def test_content_that_is_hashed_well_but_not_canonical(path: Path) -> None:
    write_book(path, 2)
    first = path.read_bytes().splitlines()[0]
    for loose in (b'"gco2e": 0', b'"gco2e":0.0', b'"gco2e":1,"gco2e":0'):
        start = first[: first.index(b',"sha256"')].replace(b'"gco2e":0.14285714285714285', loose)
        line = b'%b,"sha256":"%b"}\n' % (start, hashlib.sha256(start + b"}").hexdigest().encode())
        done = verified(path, [line])
        assert codes(done) == [("entry", 1)]
        assert "not canonical" in done.findings[0].text


@pytest.mark.parametrize(
    "at",
    [
        "2026-99-99T99:99:99.000000Z",
        "2026-02-29T12:00:00.000000Z",
        "0000-01-01T00:00:00.000000Z",
        "2026-05-01T24:00:00.000000Z",
        "2026-05-01T12:00:60.000000Z",
    ],
)
def test_a_time_that_is_none_shows_though_all_hashes_are_new(path: Path, at: str) -> None:
    write_book(path)
    lines = path.read_bytes().splitlines(keepends=True)
    lines[5] = forged(json.loads(lines[5]) | {"at": at})
    done = verified(path, rechained(lines, 5))
    assert codes(done) == [("entry", 6)]
    assert f"entry 6 is of {at}, which no clock shows" in done.findings[0].text


def test_time_that_runs_backwards_shows_though_all_hashes_are_new(path: Path) -> None:
    write_book(path)
    lines = path.read_bytes().splitlines(keepends=True)
    for at, line in (("2001-01-01T00:00:00.000000Z", 6), ("2999-01-01T00:00:00.000000Z", 7)):
        changed = [*lines[:5], forged(json.loads(lines[5]) | {"at": at}), *lines[6:]]
        done = verified(path, rechained(changed, 5))
        assert codes(done) == [("chain", line)]
        assert "time ran backwards" in done.findings[0].text
    at = json.loads(lines[4])["at"]
    assert verified(path, rechained([*lines[:5], forged(json.loads(lines[5]) | {"at": at}), *lines[6:]], 5)).valid


def test_a_checkpoint_finds_a_cut_and_a_rewrite(path: Path) -> None:
    write_book(path)
    point = carbon.sign_checkpoint(path, KEY)
    lines = path.read_bytes().splitlines(keepends=True)
    trusted = KEY.public_key()
    assert carbon.verify_ledger(path, checkpoints=[point], public_key=trusted).valid
    for change in (lines[:8], [], rechained([*lines[:7], lines[7].replace(b"bag 8", b"bag 9"), *lines[8:]], 7)):
        path.write_bytes(b"".join(change))
        assert carbon.verify_ledger(path).valid  # nothing in the file itself can tell
        done = carbon.verify_ledger(path, checkpoints=[point], public_key=trusted)
        assert codes(done) == [("checkpoint", None)]
        with pytest.raises(carbon.CheckpointError, match="not valid, so sign nothing"):
            carbon.sign_checkpoint(path, KEY, checkpoints=[point])
    assert "rewritten" in done.findings[0].text
    forged_point = carbon.sign_checkpoint(path, Ed25519PrivateKey.generate())
    done = carbon.verify_ledger(path, checkpoints=[forged_point], public_key=trusted)
    assert codes(done) == [("signature", None)]


def test_checkpoints_stay_good_as_the_ledger_grows(path: Path) -> None:
    ledger = write_book(path, 3)
    points = [carbon.sign_checkpoint(path, KEY)]
    for _ in range(3):
        ledger.append("note", {})
        points.append(carbon.sign_checkpoint(path, KEY, checkpoints=points))
    ledger.append("note", {})
    assert [point.count for point in points] == [3, 4, 5, 6]
    assert carbon.verify_ledger(path, checkpoints=points, public_key=KEY.public_key()).valid


@pytest.mark.parametrize("size", [1, 300, 1000, 5000])
def test_parts_find_what_the_whole_finds(path: Path, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    write_book(path, 30)
    point = carbon.sign_checkpoint(path, KEY)
    lines = path.read_bytes().splitlines(keepends=True)
    draw = random.Random(size)
    for _ in range(60):
        changed = list(lines)
        for _ in range(draw.randrange(4)):
            place = draw.randrange(len(changed))
            kind = draw.choice(["remove", "swap", "garbage", "edit", "correct", "time"])
            if kind == "remove":
                del changed[place]
            elif kind == "swap":
                changed[place - 1], changed[place] = changed[place], changed[place - 1]
            elif kind == "garbage":
                changed[place : place + draw.randrange(3)] = [b"?\n"] * draw.randrange(3)
            elif kind == "edit":
                changed[place] = changed[place].replace(b"a", b"o", 1)
            elif kind == "time" and changed[place] in lines:
                day = draw.choice(["2001-01-01", "2001-99-01", "2999-01-01"])
                changed[place] = forged(json.loads(changed[place]) | {"at": f"{day}T00:00:00.000000Z"})
            elif changed[place] in lines:
                changed[place] = forged(json.loads(changed[place]) | {"corrects": draw.randrange(1, 40)})
        path.write_bytes(b"".join(changed)[: draw.choice([None, None, -7])])
        whole = carbon.verify_ledger(path, checkpoints=[point])
        with monkeypatch.context() as patch:
            patch.setattr(verify, "SEGMENT_BYTES", size)
            assert carbon.verify_ledger(path, checkpoints=[point]) == whole


def test_several_processes_find_what_one_finds(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_book(path, 40)
    path.write_bytes(path.read_bytes().replace(b"bag 33", b"bag 34"))
    one = carbon.verify_ledger(path)
    monkeypatch.setattr(verify, "SEGMENT_BYTES", 3000)
    seen: list[tuple[int, int]] = []
    assert carbon.verify_ledger(path, processes=2, progress=lambda *where: seen.append(where)) == one
    assert len(seen) > 2
    assert codes(one) == [("entry", 33)]


def test_findings_are_counted_all_and_listed_in_part(path: Path) -> None:
    done = verified(path, [b"?\n"] * 3000)
    assert (done.found, len(done.findings), done.valid) == (3000, 1000, False)


def die(part: tuple[int, int]) -> verify._Segment:
    os._exit(part[0])


def test_a_process_that_dies_is_an_error_and_no_verdict() -> None:
    with pytest.raises(carbon.LedgerError, match="has died"):
        list(verify._scanned(die, [(1, 2), (2, 3)], 2))


def test_a_file_that_changes_under_the_reader_is_an_error_and_no_verdict(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_book(path, 30)
    monkeypatch.setattr(verify, "SEGMENT_BYTES", 1000)
    with pytest.raises(carbon.LedgerError, match="became shorter"):
        carbon.verify_ledger(path, progress=lambda done, _: os.truncate(path, done))
    path.unlink()
    write_book(path, 30)
    with pytest.raises(carbon.LedgerError, match="cannot be read"):
        carbon.verify_ledger(path, progress=lambda _, __: path.unlink())
