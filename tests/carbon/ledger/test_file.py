import hashlib
import json
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import carbon
from carbon import Draft, Ledger
from tests.carbon.ledger.books import forged, write_book, write_book_with_editions


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "book.jsonl"


def appending(path: Path, code: str) -> subprocess.Popen[str]:
    """Another process that has a ledger open."""
    start = f"import carbon; ledger = carbon.Ledger({str(path)!r})\n"
    return subprocess.Popen([sys.executable, "-c", start + code], stdout=subprocess.PIPE, text=True)


def test_a_line_is_what_the_format_says(path: Path) -> None:
    ledger = Ledger(path)
    first, second = ledger.append("note", {"b": 2.0, "a": "1"}), ledger.append("note", {}, corrects=1)
    documents = [json.loads(line) for line in path.read_bytes().splitlines()]
    assert [document["number"] for document in documents] == [1, 2]
    assert documents[0]["previous"] == "0" * 64
    assert documents[1]["previous"] == documents[0]["sha256"] == first.sha256
    assert documents[1]["corrects"] == 1
    assert (documents[0]["record"], first.record) == ({"a": "1", "b": 2}, {"a": "1", "b": 2})
    unsealed = {name: value for name, value in documents[0].items() if name != "sha256"}
    written = json.dumps(unsealed, sort_keys=True, separators=(",", ":")).encode()
    assert hashlib.sha256(written).hexdigest() == first.sha256
    assert list(Ledger(path).entries()) == [first, second]
    assert Ledger(path).entry(2) == second


def test_appending_goes_on_where_anybody_left_off(path: Path) -> None:
    one, other = Ledger(path), Ledger(path, durable=False)
    for number in range(1, 7):
        assert (one, other)[number % 2].append("note", {}).number == number
    many = one.append_all(Draft.of("note", {"i": i}) for i in range(3))
    assert [entry.number for entry in many] == [7, 8, 9]
    assert one.append_all([]) == ()
    assert other.append("long", {"text": "x" * 200_000}).number == 10
    assert one.append("note", {}).number == 11
    assert carbon.verify_ledger(path).valid


def test_the_current_view_has_the_latest_and_both_stay(path: Path) -> None:
    ledger = write_book(path)
    assert [entry.number for entry in ledger.current()] == [2, 4, 5, 6, 7, 8, 9, 10, 11, 12]
    for number in (1, 3, 5):
        assert [entry.number for entry in ledger.history(number)] == [1, 3, 5]
    assert [entry.number for entry in ledger.history(2)] == [2]
    assert len(list(ledger.entries())) == 12
    view = ledger.current()
    assert next(view).number == 2
    ledger.append("note", {}, corrects=2)
    assert 13 not in [entry.number for entry in view]  # or 2 and what corrects it would both be counted
    assert [entry.number for entry in ledger.current()][:2] == [4, 5]
    with pytest.raises(carbon.LedgerError, match="number is 14"):
        ledger.history(14)
    with pytest.raises(carbon.LedgerError, match="number is 0"):
        ledger.entry(0)


def test_corrections_that_lead_nowhere_are_refused_and_leave_nothing(path: Path) -> None:
    ledger = write_book(path)
    before = path.read_bytes()
    for corrects, why in ((99, "does not exist"), (13, "itself"), (0, "does not exist"), (-1, "does not exist")):
        with pytest.raises(carbon.CorrectionError, match=f"corrects is {corrects}, .*{why}"):
            ledger.append("note", {}, corrects=corrects)
    for fresh in (ledger, Ledger(path)):
        with pytest.raises(carbon.CorrectionError, match="entry 3 corrects already"):
            fresh.append("note", {}, corrects=1)
    with pytest.raises(carbon.CorrectionError, match="corrects is 2, which entry 13 corrects already"):
        ledger.append_all([Draft.of("note", {}, corrects=2)] * 2)
    assert path.read_bytes() == before
    assert ledger.append("note", {}, corrects=2).number == 13  # the refused batch has left no trace in memory either
    with pytest.raises(carbon.CorrectionError, match="entry 13 corrects already"):
        Ledger(path).append("note", {}, corrects=2)


@pytest.mark.parametrize("kind", ["", "Note", "a b", '"', "1st", "x" * 65])
def test_kinds_that_are_no_names(path: Path, kind: str) -> None:
    with pytest.raises(carbon.LedgerError, match="kind is"):
        Ledger(path).append(kind, {})


def test_a_cut_at_every_byte_is_seen_kept_and_mended(path: Path) -> None:
    write_book(path, 3)
    whole = path.read_bytes()
    ends = [0, *(i + 1 for i, byte in enumerate(whole) if byte == ord("\n"))]
    for cut in range(len(whole)):
        path.write_bytes(whole[:cut])
        good = max(end for end in ends if end <= cut)
        ledger = Ledger(path, durable=False)
        assert b"".join(entry.line for entry in ledger.entries()) == whole[:good]
        if cut == good:
            assert ledger.recover() is None
            continue
        (found,) = carbon.verify_ledger(path).findings
        assert (found.code, found.line, found.offset) == ("torn", ends.index(good) + 1, good)
        with pytest.raises(carbon.TornLedgerError, match=f"{cut - good} bytes from byte {good} on"):
            ledger.append("note", {})
        assert path.read_bytes() == whole[:cut]
        if cut % 41 and cut + 1 not in ends:
            continue  # mending waits for the disk, so only now and then
        done = ledger.recover()
        assert done is not None
        assert (done.offset, done.torn_bytes) == (good, cut - good)
        if done.aside is None:
            assert path.read_bytes() == whole[: cut + 1]
        else:
            assert done.aside.read_bytes() == whole[good:cut]
            note = ledger.append("note", {}).number - 1
            assert ledger.entry(note).kind == "recovery"
            assert ledger.entry(note).record["sha256"] == hashlib.sha256(whole[good:cut]).hexdigest()
        assert carbon.verify_ledger(path).valid


def test_torn_bytes_never_overwrite_others(path: Path) -> None:
    asides = []
    for torn in (b"one", b"two"):
        path.write_bytes(torn)
        done = Ledger(path).recover()
        assert done is not None
        assert done.aside is not None
        asides.append(done.aside)
    assert [aside.read_bytes() for aside in asides] == [b"one", b"two"]
    assert [aside.name for aside in asides] == ["book.jsonl.torn-0", "book.jsonl.torn-0-1"]


def test_nothing_follows_what_is_no_entry(path: Path) -> None:
    write_book(path, 3)
    whole = path.read_bytes()
    for bad in (whole + b"{}\n", whole[:-4] + b'g"}\n', whole.replace(b"bag 3", b"bag 4")):
        path.write_bytes(bad)
        with pytest.raises(carbon.LedgerError, match="nothing can follow"):
            Ledger(path).append("note", {})
        assert path.read_bytes() == bad
    with pytest.raises(carbon.LedgerError, match=r"byte \d+: entry 3 does not have the content"):
        list(Ledger(path).entries())


def test_a_clock_behind_the_last_entry_stands_still(path: Path) -> None:
    first = json.loads(Ledger(path).append("note", {}).line)
    ahead = "2999-12-31T23:59:59.999999Z"
    path.write_bytes(forged(first | {"at": ahead}))
    ledger = Ledger(path)
    assert [ledger.append("note", {}).at, Ledger(path).append("note", {}).at, ledger.append("note", {}).at] == [
        ahead
    ] * 3
    assert carbon.verify_ledger(path).valid


def test_nothing_follows_a_time_that_is_none(path: Path) -> None:
    first = json.loads(Ledger(path).append("note", {}).line)
    path.write_bytes(forged(first | {"at": "2026-99-99T99:99:99.000000Z"}))
    with pytest.raises(
        carbon.LedgerError, match=r"nothing can follow: entry 1 is of 2026-99-99.* which no clock shows"
    ):
        Ledger(path).append("note", {})


def test_entries_of_one_kind(path: Path) -> None:
    ledger = write_book_with_editions(path)
    found = {kind: [entry.number for entry in ledger.entries(kind=kind)] for kind in ("edition", "restatement", "none")}
    assert found == {"edition": [13, 17], "restatement": [18], "none": []}
    path.write_bytes(path.read_bytes().replace(b'"kind":"note"', b'"kind":"Note"', 1))
    assert [entry.number for entry in ledger.entries(kind="edition")] == [13, 17]  # what is no entry is of no kind


def test_a_ledger_that_shrinks_under_an_open_one(path: Path) -> None:
    ledger = write_book(path)
    os.truncate(path, path.read_bytes().index(b"\n") + 1)
    with pytest.raises(carbon.LedgerError, match="has shrunk"):
        ledger.append("note", {})


def test_places_where_no_ledger_can_be(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "absent" / "book.jsonl"):
        with pytest.raises(carbon.LedgerError, match="cannot be written"):
            Ledger(place).append("note", {})
        with pytest.raises(carbon.LedgerError, match="cannot be read"):
            list(Ledger(place).entries())
        with pytest.raises(carbon.LedgerError, match="cannot be read"):
            carbon.verify_ledger(place)


def test_threads_and_processes_take_turns(path: Path) -> None:
    work = "for i in range(60): ledger.append_all([carbon.Draft.of('note', {'i': i, 'text': 'x' * 3000})] * 3)"
    processes = [appending(path, work) for _ in range(2)]
    shared = Ledger(path, durable=False)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda i: shared.append("thread", {"i": i}), range(120)))
    assert [process.wait(60) for process in processes] == [0, 0]
    for process in processes:
        process.communicate()
    done = carbon.verify_ledger(path)
    assert (done.valid, done.entries) == (True, 2 * 60 * 3 + 120)
    notes = [entry.record["i"] for entry in shared.entries() if entry.kind == "note"]
    assert all(notes[i] == notes[i + 1] == notes[i + 2] for i in range(0, len(notes), 3))  # batches stay together


@pytest.mark.parametrize("acknowledged", [1, 7, 60])
def test_a_killed_process_leaves_whole_what_it_had_returned(path: Path, acknowledged: int) -> None:
    size = "import os\n" if acknowledged == 1 else "import os; ledger._durable = False\n"
    work = size + "while True: os.write(1, b'%d\\n' % ledger.append('note', {'text': 'x' * 100_000}).number)"
    process = appending(path, work)
    assert process.stdout is not None
    said = [int(process.stdout.readline()) for _ in range(acknowledged)]
    process.send_signal(signal.SIGKILL)
    said += [int(line) for line in process.communicate()[0].splitlines()]
    assert process.returncode == -signal.SIGKILL
    ledger = Ledger(path)
    mended = ledger.recover()
    done = carbon.verify_ledger(path)
    assert done.valid
    assert done.entries >= len(said) == said[-1]
    assert [entry.number for entry in ledger.entries()] == list(range(1, done.entries + 1))
    assert ledger.append("note", {"mended": mended is not None}).number == done.entries + 1


def test_a_write_that_fails_half_way_adds_nothing(path: Path) -> None:
    # A limit on the file's size is the kernel's way to fill a disk: it writes what fits, then refuses.
    code = """
import resource
ledger.append("note", {})
resource.setrlimit(resource.RLIMIT_FSIZE, (5000, resource.RLIM_INFINITY))
try:
    ledger.append("note", {"text": "x" * 10_000})
except carbon.LedgerError as error:
    print(error)
print(ledger.append("note", {"text": "short"}).number)
"""
    process = appending(path, code)
    said = process.communicate(timeout=60)[0].splitlines()
    assert "nothing was added" in said[0]
    assert said[1] == "2"
    assert carbon.verify_ledger(path).valid
