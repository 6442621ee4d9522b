"""The rounds that a ledger accounts for, and appending only if it does not."""

import threading
from datetime import date
from pathlib import Path

import pytest

import carbon
from tests.carbon.ledger.books import few_factors, write_book
from tests.carbon.test_footprint import DAY, round_of


def draft(*ids: str, corrects: int | None = None, day: date = DAY) -> carbon.Draft:
    rounds = [round_of(name, (f"order of {name}", 1.0, 987.6), started_on=day) for name in ids]
    return carbon.footprint_draft(rounds, {}, few_factors(), corrects=corrects)


def ids(found: carbon.AccountedRounds) -> set[str]:
    return {each.round_id for each in found.departures()}


@pytest.fixture
def book(tmp_path: Path) -> carbon.Ledger:
    return carbon.Ledger(tmp_path / "book.jsonl", durable=False)


def test_rounds_are_found_by_the_start_of_their_ids(book: carbon.Ledger) -> None:
    found = carbon.AccountedRounds(book, 'live:"袋')
    assert found.departures() == set(), "there is no file yet"
    write_book(book.path)
    later = date(2026, 12, 1)
    carbon.record_footprints(book, [draft('live:"袋/1', 'live:"袋/2', "other")], few_factors())
    # A text that quotes such an id, and an entry of another kind, account for nothing.
    book.append("note", {"inputs": {"rounds": [{"id": 'live:"袋/9', "store_id": "S", "started_on": "2026-11-20"}]}})
    carbon.record_footprints(book, [draft('"id":"live:\\"袋/8')], few_factors())
    assert found.departures() == {(f'live:"袋/{n}', "S", DAY) for n in (1, 2)}
    carbon.record_footprints(book, [draft('live:"袋/3', day=later)], few_factors())
    assert ('live:"袋/3', "S", later) in found.departures()
    assert carbon.AccountedRounds(book, 'live:"袋').departures() == found.departures()
    assert carbon.verify_ledger(book.path).valid


def test_what_was_added_is_all_that_is_read_again(book: carbon.Ledger) -> None:
    carbon.record_footprints(book, [draft("live:1")], few_factors())
    found = carbon.AccountedRounds(book, "live:")
    found.departures()
    size = book.path.stat().st_size
    carbon.record_footprints(book, [draft("live:2")], few_factors())
    whole = book.path.read_bytes()
    book.path.write_bytes(b"x" * (size - 1) + b"\n" + whole[size:])
    assert ids(found) == {"live:1", "live:2"}


def test_a_corrected_footprint_still_accounts_for_its_rounds(book: carbon.Ledger) -> None:
    carbon.record_footprints(book, [draft("live:1", "live:2")], few_factors())
    carbon.record_footprints(book, [draft("live:2", "live:3", corrects=2)], few_factors())
    assert ids(carbon.AccountedRounds(book, "live:")) == {"live:1", "live:2", "live:3"}


def test_a_footprint_of_another_form_is_told(book: carbon.Ledger) -> None:
    book.append("footprint", {"inputs": {"rounds": [{"id": "live:1"}]}})
    with pytest.raises(carbon.LedgerError, match=r"byte 0: record\.inputs\.rounds\.0\.store_id: Field required"):
        carbon.AccountedRounds(book, "live:").departures()


def test_nothing_is_appended_if_the_ledger_says_no(book: carbon.Ledger) -> None:
    assert carbon.record_footprints(book, [draft("live:1")], few_factors(), provided=lambda: False) == ()
    assert book.path.read_bytes() == b""
    (entry,) = carbon.record_footprints(book, [draft("live:1")], few_factors(), provided=lambda: True)
    assert entry.number == 2


def test_of_many_who_append_the_same_round_one_does(book: carbon.Ledger) -> None:
    made, start = draft("live:1"), threading.Barrier(8)
    added: list[carbon.Entry] = []

    def append() -> None:
        ledger = carbon.Ledger(book.path, durable=False)
        found = carbon.AccountedRounds(ledger, "live:")
        assert found.departures() == set()
        start.wait()
        added.extend(carbon.record_footprints(ledger, [made], few_factors(), provided=lambda: not found.departures()))

    threads = [threading.Thread(target=append) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(added) == 1
    assert [entry.kind for entry in book.entries()] == ["edition", "footprint"]
