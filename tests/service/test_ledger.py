"""``swiftleaf ledger``, in this process: every command, every exit code."""

import json
from pathlib import Path

import pytest
import rfc8785

import carbon
from service import ledger
from tests.carbon.ledger.books import footprint_draft, forged, rechained, write_book
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


def test_an_empty_ledger_is_not_valid_unless_a_checkpoint_says_so() -> None:
    sign()
    Path("empty.jsonl").touch()
    said = run("ledger", "verify", "empty.jsonl", code=1)
    assert (said.stdout, said.stderr.strip()) == ("", "empty: no entries, and no checkpoint that says so")
    assert "cut short" in run("ledger", "verify", "empty.jsonl", "--checkpoint", POINT, code=1).stdout
    run("ledger", "checkpoint", "empty.jsonl", "--key", KEY, "--out", "none.json")
    assert "valid: 0 entries" in run("ledger", "verify", "empty.jsonl", "--checkpoint", "none.json").stdout


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


@pytest.fixture
def own() -> str:
    """A user's own factors: another grid for Chile."""
    Path("own.csv").write_text(
        "key,name,value,lower,upper,unit,gas,gwp,region,year,edition,source,address,licence\n"
        "electricity_generation_intensity,grid,0.31,,,kgCO2e/kWh,CO2e,,CL,2027,,own,own,own\n"
    )
    return "own.csv"


def bundle_more_factors(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the bundled factors those of a later version, with one row more."""
    row = next(iter(carbon.bundled_registry())).model_copy(update={"key": "unrelated"})
    later = carbon.bundled_registry().joined(carbon.Registry([row]))
    monkeypatch.setattr(carbon, "bundled_registry", lambda: later)


def test_replay_needs_no_factors_but_the_ledgers_own(own: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "1 of 1 footprints" in run("ledger", "replay", BOOK).stdout
    book = carbon.Ledger(BOOK)
    joined = carbon.bundled_registry().joined(carbon.Registry.read(own))
    carbon.record_footprints(book, [footprint_draft(1.0), footprint_draft(2.0)])
    carbon.restate(book, 4, joined)
    bundle_more_factors(monkeypatch)
    for arguments in ((), ("--factors", own)):
        assert "3 of 3 footprints" in run("ledger", "replay", BOOK, *arguments).stdout
    # Entry 4 was appended without its factors, but the same were kept with entry 14.
    assert "2 of 2 footprints" in run("ledger", "replay", BOOK, "--entry", "4", "--entry", "17").stdout


def test_replay_says_where_figures_differ() -> None:
    book = carbon.Ledger(BOOK)
    record = json.loads(book.entry(4).record_json)
    record["figures"]["totals"]["orders"] = 99
    book.append("footprint", record)
    said = run("ledger", "replay", BOOK, "--entry", "4", "--entry", "13", code=1).stdout
    assert "entry 13: $.totals.orders is 99 in the entry, and 3 computed now" in said
    assert "1 of 2 footprints" in said


def test_a_footprint_whose_factors_are_nowhere_is_not_replayable(own: str, monkeypatch: pytest.MonkeyPatch) -> None:
    joined = carbon.bundled_registry().joined(carbon.Registry.read(own))
    carbon.Ledger(BOOK).append_all([footprint_draft(1.0, joined)])
    for arguments, right in (((), "1 of 2"), (("--entry", "13"), "0 of 1")):
        said = run("ledger", "replay", BOOK, *arguments, code=1)
        assert f"{right} footprints" in said.stdout
        assert "not replayable: edition of entry 13 is " in said.stderr
        assert "1 could not be replayed" in said.stderr
    assert "1 of 1" in run("ledger", "replay", BOOK, "--entry", "13", "--factors", own).stdout
    bundle_more_factors(monkeypatch)
    assert "0 of 2 footprints" in run("ledger", "replay", BOOK, code=1).stdout


def test_factors_that_were_tampered_with_replay_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    carbon.record_footprints(carbon.Ledger(BOOK), [footprint_draft()])
    lines = Path(BOOK).read_bytes().splitlines(keepends=True)
    document = json.loads(lines[12])
    document["record"]["layers"][0][0]["name"] = "another"
    Path(BOOK).write_bytes(b"".join([*lines[:12], rfc8785.dumps(document) + b"\n", *lines[13:]]))
    assert "does not have the content that its hash" in run("ledger", "replay", BOOK, code=2).stderr
    Path(BOOK).write_bytes(b"".join(rechained([*lines[:12], forged(document), *lines[13:]], 12)))
    assert "valid" in run("ledger", "verify", BOOK).stdout  # without a checkpoint the chain is one
    bundle_more_factors(monkeypatch)
    said = run("ledger", "replay", BOOK, "--entry", "14", code=1)
    assert "0 of 1 footprints" in said.stdout
    assert "names edition" in said.stderr


def test_no_footprint_is_not_a_replay() -> None:
    carbon.Ledger("notes.jsonl").append("note", {})
    said = run("ledger", "replay", "notes.jsonl", code=1)
    assert (said.stdout, said.stderr) == ("", "nothing was replayed: no current entry is a footprint\n")


def test_a_restatement_shows_both_totals(own: str) -> None:
    assert "nothing to restate" in run("ledger", "restate", BOOK, "--entry", "4", code=2).stderr
    said = run("ledger", "restate", BOOK, "--entry", "4", "--factors", own).stdout.splitlines()
    entry = carbon.Ledger(BOOK).entry(14)
    before, now = (carbon.Report.model_validate(each["figures"]) for each in (entry.record["before"], entry.record))  # type: ignore[index,call-overload]
    assert (entry.kind, entry.corrects) == ("restatement", 4)
    assert said[0] == f"Wrote entry 14 to {BOOK}, which corrects entry 4."
    assert f" {before.totals.total_gco2e:.3f} gCO2e" in said[1]
    assert f" {now.totals.total_gco2e:.3f} gCO2e" in said[2]
    assert before.totals.total_gco2e < now.totals.total_gco2e
    for arguments, why in (
        (("4", "--factors", own), "entry 14 corrects already"),
        (("1",), "is a 'note' and holds no footprint"),
        (("99",), "number is 99"),
        (("14", "--factors", "absent"), "absent"),
    ):
        assert why in run("ledger", "restate", BOOK, "--entry", *arguments, code=2).stderr
    assert "cannot be read" in run("ledger", "restate", "absent", "--entry", "1", code=2).stderr
    run("ledger", "restate", BOOK, "--entry", "14")
    assert "1 of 1" in run("ledger", "replay", BOOK).stdout
    assert "valid: 16 entries" in run("ledger", "verify", BOOK).stdout


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
