"""Bookings that are killed (SIGKILL) in the middle of a write, and booked again."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import carbon
from service.db.database import Database
from service.settings import Settings
from tests.service.live.test_booking import ID_NAMES, booked, ride
from tests.service.live.test_ridden import Day
from tests.service.test_cli import run

HANGING = """
import os, signal, sys
from service.cli.app import app
import service.cli

really, (at, kept), writes = os.write, map(int, sys.argv[1:3]), 0

def write(file, lines):
    global writes
    writes += 1
    if writes < at:
        return really(file, lines)
    really(file, lines[:kept])
    print("in mid-write", flush=True)
    signal.pause()

os.write = write
app(["ledger", "book", "--data-dir", sys.argv[3]])
"""
"""Books until write number ``at``, of which it leaves so many bytes out, and then does nothing more."""


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(Settings(data_dir=tmp_path).database)
    opened.migrate()
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("at", "kept", "before"),
    [
        pytest.param(1, -100, 0, id="in the first entry"),
        pytest.param(2, -100, 1, id="in the second entry"),
        pytest.param(2, -1, 2, id="before a line end"),
    ],
)
def test_a_booking_that_is_killed_is_booked_again(
    database: Database, tmp_path: Path, at: int, kept: int, before: int
) -> None:
    day = Day(database)
    ride(day, "r", "a")
    ride(day, "s", "b", store="south")
    arguments = [sys.executable, "-c", HANGING, str(at), str(kept), str(tmp_path)]
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert any(line == "in mid-write\n" for line in process.stdout)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL

    settings = Settings(data_dir=tmp_path)
    ledger = str(settings.ledger_file)
    assert "recover it (swiftleaf ledger recover)" in run("ledger", "book", "--data-dir", str(tmp_path), code=2).stderr
    run("ledger", "recover", ledger)
    assert sum(booked(settings).values()) == before
    again = run("ledger", "book", "--data-dir", str(tmp_path)).stdout
    assert again.count("1 trip with 1 order") == 2 - before
    assert booked(settings) == dict.fromkeys(ID_NAMES, 1)
    assert carbon.verify_ledger(ledger).valid
    assert "2 of 2 footprints" in run("ledger", "replay", ledger).stdout
    assert "Booked 0 entries" in run("ledger", "book", "--data-dir", str(tmp_path)).stdout
