"""Logs that are damaged, and logs across a change of clocks."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from dispatch import Order
from dispatch.online import (
    Commit,
    Dispatcher,
    GapError,
    Log,
    LogError,
    OrderPlaced,
    StopDone,
    Tick,
    TripLeft,
    read_log,
    replay,
)
from tests.dispatch.online.small_day import KM, Store30, order, setup, the


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Four events; two decisions follow the second."""
    store = Store30()
    store.rider()
    store.tell(OrderPlaced, 0, order=order("a", 1.0))
    store.tell(TripLeft, 1, trip_id="ana/1")
    store.tell(StopDone, 3, trip_id="ana/1", order_id="a")
    with Log(tmp_path / "log.jsonl") as log:
        for event, decisions in store.told:
            log.append(event, None, decisions)
    return tmp_path / "log.jsonl"


Lines = list[bytes]


def without(number: int) -> Callable[[Lines], Lines]:
    return lambda lines: [line for i, line in enumerate(lines, 1) if i != number]


def doubled(number: int) -> Callable[[Lines], Lines]:
    return lambda lines: [line for i, line in enumerate(lines, 1) for _ in range(1 + (i == number))]


def before(number: int, line: bytes) -> Callable[[Lines], Lines]:
    return lambda lines: [*lines[: number - 1], line, *lines[number - 1 :]]


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (without(2), "line 2: the event on line 1 says that 0 lines follow it; this is one more"),
        (without(3), "line 4: the event on line 2 says that 2 lines follow it; only 1 stand before this event"),
        (without(4), "line 4: the event on line 2 says that 2 lines follow it; only 1 stand before this event"),
        (doubled(3), "line 5: the event on line 2 says that 2 lines follow it; this is one more"),
        (doubled(2), "line 3: the event on line 2 says that 2 lines follow it; only 0 stand before this event"),
        (before(3, b'{"event":"\xff\xfe"}'), "line 3: not JSON: 'utf-8' codec"),
        (before(3, b'{"event":' + b"[" * 200_000 + b"]" * 200_000 + b"}"), "line 3: nested too deeply"),
        (before(3, b'{"follow":' + b"9" * 5_000 + b',"event":{}}'), "line 3: not JSON"),
        (before(7, b'{"follow":' + b"9" * 5_000 + b',"event":{}}'), "line 7: not JSON"),
        (before(3, b""), "line 3: not JSON"),
        (before(7, b"\0" * 512), "line 7: not JSON"),
        (lambda lines: [lines[0].replace(b'"follow":0', b'"follow":-1'), *lines[1:]], "line 1: follow is -1"),
        (lambda lines: [lines[0].replace(b'"follow":0,', b'"follow":true,'), *lines[1:]], "line 1: follow is True"),
        (
            lambda lines: [lines[0].replace(b'"follow":0,', b""), *lines[1:]],
            "line 1: follow is None; an event says how many lines",
        ),
    ],
)
def test_damage_in_the_middle_is_named_by_its_line(path: Path, damage: Callable[[Lines], Lines], said: str) -> None:
    path.write_bytes(b"".join(line + b"\n" for line in damage(path.read_bytes().splitlines())))
    with pytest.raises(LogError) as caught:
        list(read_log(path))
    assert f"log.jsonl, {said}" in str(caught.value)


def test_line_ends_of_windows_are_read(path: Path) -> None:
    entries = list(read_log(path))
    assert len(entries) == 4
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert list(read_log(path)) == entries


def test_an_entry_that_was_written_twice_is_rejected_in_a_replay(path: Path) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:4] + lines[1:]))
    again = list(replay(Dispatcher(setup()), read_log(path)))
    assert [decision.kind for decision in again[2].decisions] == ["rejected"]
    assert [entry.event.kind for entry in again[2:]] == ["order_placed", "trip_left", "stop_done"]


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    for absent in (tmp_path, tmp_path / "absent"):
        with pytest.raises(LogError, match="cannot be read"):
            list(read_log(absent))


def test_a_log_cut_anywhere_keeps_what_is_whole(path: Path) -> None:
    whole, entries = path.read_bytes(), list(read_log(path))
    for size in range(0, len(whole), 3):
        path.write_bytes(whole[:size])
        kept = list(read_log(path))
        assert kept == entries[: len(kept)]
        with Log(path):
            pass
        assert list(read_log(path)) == kept


def test_a_day_on_which_clocks_change_is_replayed_as_it_was(tmp_path: Path) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    dispatcher = Dispatcher(setup())
    placed_at = datetime(2026, 10, 25, 1, 50, tzinfo=berlin)
    placed = Order(
        id="a",
        store_id="store",
        location=(KM, 0.0),
        placed_at=placed_at,
        ready_at=placed_at,
        promised_at=datetime(2026, 10, 25, 2, 20, tzinfo=berlin),
        max_late_s=3_600,
        mass_kg=1.0,
    )
    told = [OrderPlaced(id="1", at=placed_at, order=placed), Tick(id="2", at=datetime(2026, 10, 25, 1, 25, tzinfo=UTC))]
    with Log(tmp_path / "log.jsonl") as log:
        for event in told:
            log.append(event, None, dispatcher.handle(event))
    entries = list(read_log(tmp_path / "log.jsonl"))
    assert [decision.kind for decision in entries[1].decisions] == ["gave_up"]
    assert list(replay(Dispatcher(setup()), entries)) == entries


@pytest.mark.parametrize(("lost", "cause"), [(0, "vehicle 'ana' is not idle"), (1, "orders \\['a'\\] are not open")])
def test_log_that_lacks_a_whole_entry_is_found_out_when_it_is_recalled(lost: int, cause: str) -> None:
    store = Store30()
    store.rider()
    store.tell(OrderPlaced, 0, order=order("a", 1.0, ready=1))
    the(Commit, store.tell(Tick, 1))
    again = Dispatcher(setup())
    *first, last = store.told[:lost] + store.told[lost + 1 :]
    for event, decisions in first:
        again.recall(event, decisions)
    with pytest.raises(GapError, match=cause):
        again.recall(*last)
