"""``swiftleaf ledger``, in this process: every command, every exit code."""

import json
from pathlib import Path

import pytest

import carbon
from service import ledger
from tests.carbon.ledger.books import rechained, write_book
from tests.service.test_cli import run

BOOK, KEY, POINT = "book.jsonl", "key.pem", "point.json"


@pytest.fixture(autouse=True)
def _book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_book(Path(BOOK))


def sign() -> None:
    assert "keep it secret" in run("ledger", "key", "--out", KEY).stdout
    assert "12 entries" in run("ledger", "checkpoint", BOOK, "--key", KEY, "--out", POINT).stdout


def verify(code: int = 0) -> tuple[str, str]:
    said = run("ledger", "verify", BOOK, "--checkpoint", POINT, "--public-key", f"{KEY}.pub", code=code)
    return said.stdout, said.stderr


def test_a_valid_ledger() -> None:
    said = run("ledger", "verify", BOOK).stdout
    assert said.startswith("valid: 12 entries, head ")
    assert "checkpoints held against it: 0" in said
    sign()
    out, err = verify()
    assert "checkpoints held against it: 1" in out
    assert err.strip() == ""
    assert "anybody may have signed" in run("ledger", "verify", BOOK, "--checkpoint", POINT).stderr


def test_a_changed_ledger_is_listed() -> None:
    sign()
    whole = Path(BOOK).read_bytes()
    Path(BOOK).write_bytes(whole.replace(b"bag 6", b"bag 7").replace(b"bag 9", b"bag 8"))
    out, err = verify(1)
    assert [line.split(",")[0] for line in out.splitlines()] == ["entry: line 6", "entry: line 9"]
    assert "2 findings" in err
    lines = whole.splitlines(keepends=True)
    Path(BOOK).write_bytes(b"".join(rechained([*lines[:5], lines[5].replace(b"bag 6", b"bag 7"), *lines[6:]], 5)))
    assert "valid" in run("ledger", "verify", BOOK).stdout
    assert "rewritten" in verify(1)[0]
    Path(BOOK).write_bytes(b"".join(lines[:9]))
    assert "cut short" in verify(1)[0]
    again = run("ledger", "checkpoint", BOOK, "--key", KEY, "--out", "2.json", "--checkpoint", POINT, code=2)
    assert "sign nothing" in again.stderr
    assert not Path("2.json").exists()


def test_a_checkpoint_by_somebody_else() -> None:
    sign()
    run("ledger", "key", "--out", "other.pem")
    run("ledger", "checkpoint", BOOK, "--key", "other.pem", "--out", "other.json")
    said = run("ledger", "verify", BOOK, "--checkpoint", "other.json", "--public-key", f"{KEY}.pub", code=1)
    assert said.stdout.startswith("signature: ")
    both = run("ledger", "verify", BOOK, "--checkpoint", "other.json", "--checkpoint", POINT)
    assert "checkpoints held against it: 2" in both.stdout


def test_what_cannot_be_used() -> None:
    sign()
    before = Path(POINT).read_bytes()
    Path("open.pem").write_bytes(Path(KEY).read_bytes())
    Path("open.pem").chmod(0o644)
    for arguments, why in (
        (("verify", "absent"), "absent cannot be read"),
        (("verify", "."), "cannot be read"),
        (("verify", BOOK, "--checkpoint", KEY), "document: "),
        (("verify", BOOK, "--public-key", KEY), "no PEM public key"),
        (("show", "absent"), "cannot be read"),
        (("replay", BOOK, "--entry", "1"), "is a 'note' and holds no footprint"),
        (("replay", BOOK, "--entry", "99"), "number is 99"),
        (("replay", BOOK, "--factors", "absent"), "absent"),
        (("recover", "absent"), "there is no such file"),
        (("key", "--out", KEY), "File exists"),
        (("key", "--out", "absent/key"), "No such file"),
        (("checkpoint", BOOK, "--key", KEY, "--out", POINT), "exists already"),
        (("checkpoint", BOOK, "--key", KEY, "--out", "absent/point"), "cannot be written"),
        (("checkpoint", BOOK, "--key", "open.pem", "--out", "2.json"), "chmod 600"),
        (("checkpoint", "absent", "--key", KEY, "--out", "2.json"), "absent cannot be read"),
    ):
        assert why in run("ledger", *arguments, code=2).stderr, arguments
    assert Path(POINT).read_bytes() == before
    assert not Path("2.json").exists()


def test_show() -> None:
    said = run("ledger", "show", BOOK, "--last", "3").stdout
    assert "12 entries (footprint 1, note 11)" in said
    assert said.splitlines()[-1].startswith("       12 20")
    assert len(said.splitlines()) == 4
    Path("empty.jsonl").touch()
    assert "0 entries (nothing)" in run("ledger", "show", "empty.jsonl").stdout


def test_replay(tmp_path: Path) -> None:
    assert "1 of 1 footprints" in run("ledger", "replay", BOOK).stdout
    book = carbon.Ledger(BOOK)
    record = json.loads(book.entry(4).record_json)
    grid = tmp_path / "own.csv"
    grid.write_text(
        "key,name,value,lower,upper,unit,gas,gwp,region,year,edition,source,address,licence\n"
        "electricity_generation_intensity,grid,0.31,,,kgCO2e/kWh,CO2e,,CL,2027,,own,own,own\n"
    )
    other = carbon.bundled_registry().joined(carbon.Registry.read(grid))
    carbon.restate(book, 4, other)
    left = run("ledger", "replay", BOOK)
    assert "0 of 0" in left.stdout
    assert "1 more were made with other factors, the first is entry 13" in left.stderr
    assert "1 of 1" in run("ledger", "replay", BOOK, "--factors", str(grid)).stdout
    assert "or restate it" in run("ledger", "replay", BOOK, "--entry", "13", code=2).stderr
    record["figures"]["totals"]["orders"] = 99
    book.append("footprint", record)
    said = run("ledger", "replay", BOOK, "--entry", "4", "--entry", "14", code=1).stdout
    assert "entry 14: $.totals.orders is 99 in the entry, and 3 computed now" in said
    assert "1 of 2 footprints" in said


def test_recover() -> None:
    assert "nothing was done" in run("ledger", "recover", BOOK).stdout
    whole = Path(BOOK).read_bytes()
    Path(BOOK).write_bytes(whole[:-1])
    assert "torn: line 12" in run("ledger", "verify", BOOK, code=1).stdout
    assert "line end" in run("ledger", "recover", BOOK).stdout
    assert Path(BOOK).read_bytes() == whole
    Path(BOOK).write_bytes(whole[:-20])
    assert "an entry says so" in run("ledger", "recover", BOOK).stdout
    assert "valid: 12 entries" in run("ledger", "verify", BOOK).stdout
    (aside,) = Path().glob("*.torn-*")
    assert whole[:-20].endswith(aside.read_bytes())


def test_a_large_ledger_is_verified_by_several_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "LARGE_BYTES", 1)
    monkeypatch.setattr("carbon.ledger.verify.SEGMENT_BYTES", 4000)
    assert "valid: 12 entries" in run("ledger", "verify", BOOK).stdout
