"""Ledgers to test with, and a forger who knows the format but shares no code with the ledger."""

import hashlib
import json
from functools import cache
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


def write_book_with_editions(path: Path) -> carbon.Ledger:
    """A book of 20 with two editions: entries 13 (for the footprint 14) and 17 (for the restatement 18 of 14)."""
    ledger = write_book(path)
    few = few_factors()
    carbon.record_footprints(ledger, [footprint_draft(registry=few)], few)
    for number in (15, 16):
        ledger.append("note", {"gco2e": number / 7})
    dearer = [factor.model_copy(update={"value": factor.value * 1.1, "upper": None}) for factor in few]
    carbon.restate(ledger, 14, carbon.Registry(dearer))
    for number in (19, 20):
        ledger.append("note", {"gco2e": number / 7})
    return ledger


def footprint_draft(battery_wh: float = 76.5, registry: carbon.Registry | None = None) -> carbon.Draft:
    return carbon.footprint_draft(*_activity(battery_wh), registry)


@cache
def few_factors() -> carbon.Registry:
    """The factors that a footprint here needs and no others, so that tests pass an edition by quickly."""
    return carbon.Registry(carbon.footprint(*_activity(76.5)).factors)


def _activity(battery_wh: float) -> tuple[list[carbon.Round], dict[str, carbon.Packaging]]:
    rounds = [
        round_of("R1", ("A", 1.234, 987.6), ("B", None, 10.0), battery_wh=battery_wh),
        round_of("R2", ("C", 0.1, 3210.0), battery_wh=battery_wh / 3),
    ]
    return rounds, {"A": carbon.STANDARD_PACKAGING["carton"], "C": carbon.STANDARD_PACKAGING["carton"]}


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
