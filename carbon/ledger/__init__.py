"""Append-only, hash-chained record of every figure, which an auditor can verify and replay.

The file is JSON lines. Each line is one entry in RFC 8785 form: when, what kind, its number, the hash of the entry
before, the content, which earlier entry it corrects if any, and last its own SHA-256 over all of that.
"""

from carbon.ledger.accounted import AccountedRounds, Departure
from carbon.ledger.checkpoint import Checkpoint, new_key, read_private_key, read_public_key
from carbon.ledger.edition import edition_of, kept_editions, registry_of
from carbon.ledger.entry import Draft, Entry
from carbon.ledger.file import Ledger, Recovery
from carbon.ledger.replay import REPLAYABLE, Replay, footprint_draft, record_footprints, replay, restate
from carbon.ledger.verify import Finding, Verification, sign_checkpoint, verify_ledger

__all__ = [
    "REPLAYABLE",
    "AccountedRounds",
    "Checkpoint",
    "Departure",
    "Draft",
    "Entry",
    "Finding",
    "Ledger",
    "Recovery",
    "Replay",
    "Verification",
    "edition_of",
    "footprint_draft",
    "kept_editions",
    "new_key",
    "read_private_key",
    "read_public_key",
    "record_footprints",
    "registry_of",
    "replay",
    "restate",
    "sign_checkpoint",
    "verify_ledger",
]
