"""Ledgers to test with, and a forger who knows the format but shares no code with the ledger."""

import hashlib
import json
from pathlib import Path
from typing import Any

import rfc8785

import carbon
from tests.carbon.test_footprint import round_of


def write_book(path: Path, entries: int = 12) -> carbon.Ledger:
    """Notes, a footprint and corrections: entry 3 corrects 1, entry 5 corrects 3, entry 4 is a footprint."""
    ledger = carbon.Ledger(path, durable=False)
    for number in range(1, entries + 1):
        if number == 4:
            ledger.append_all([footprint_draft()])
        else:
            corrects = {3: 1, 5: 3}.get(number)
            ledger.append("note", {"gco2e": number / 7, "text": f"bag {number}, 袋\n"}, corrects=corrects)
    return ledger


def footprint_draft(battery_wh: float = 76.5) -> carbon.Draft:
    rounds = [
        round_of("R1", ("A", 1.234, 987.6), ("B", None, 10.0), battery_wh=battery_wh),
        round_of("R2", ("C", 0.1, 3210.0), battery_wh=battery_wh / 3),
    ]
    packaging = {"A": carbon.STANDARD_PACKAGING["carton"], "C": carbon.STANDARD_PACKAGING["carton"]}
    return carbon.footprint_draft(rounds, packaging)


def forged(document: dict[str, Any]) -> bytes:
    """The line of an entry with its hash computed anew."""
    content = {name: value for name, value in document.items() if name != "sha256"}
    return rfc8785.dumps(content | {"sha256": hashlib.sha256(rfc8785.dumps(content)).hexdigest()}) + b"\n"


def rechained(lines: list[bytes], start: int) -> list[bytes]:
    """All lines from a place on, numbered, chained and hashed anew, as a thorough forger would."""
    done = lines[:start]
    for place in range(start, len(lines)):
        document = json.loads(lines[place])
        document["number"] = place + 1
        document["previous"] = json.loads(done[-1])["sha256"] if done else "0" * 64
        done.append(forged(document))
    return done
