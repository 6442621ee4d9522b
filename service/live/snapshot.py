"""What is known of a fleet, in bytes: so that whoever takes it over need not begin at its first event.

A snapshot saves time and is trusted for nothing: one that is damaged, or was written by a Swiftleaf whose words were
others, is left unread, and the fleet is recalled from its events alone.
"""

import hashlib
import json
import zlib
from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError

from dispatch.online import State
from service.live.board import Account

MEANING = 1
"""To be counted up when a field comes to mean something else though it looks the same."""
LEVEL = 1
"""The quickest packing; it makes a tenth of the text, and its checksum shows damage."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a dispatcher and its board know between two events."""

    state: State
    account: Account


class SnapshotError(Exception):
    """Raised when a snapshot cannot be used; the text says why."""


_SNAPSHOTS: TypeAdapter[Snapshot] = TypeAdapter(Snapshot)


def form_of(setup: str) -> str:
    """What a snapshot must have been written for to be read here: the same words, and the same setup as JSON."""
    words = json.dumps(_SNAPSHOTS.json_schema(), sort_keys=True)
    return hashlib.sha256(f"{MEANING}\n{words}\n{setup}".encode()).hexdigest()


def dump(snapshot: Snapshot) -> bytes:
    """A snapshot as packed JSON."""
    return zlib.compress(_SNAPSHOTS.dump_json(snapshot), LEVEL)


def load(document: bytes, form: str, wanted: str) -> Snapshot:
    """Read a snapshot back.

    Args:
        document: from ``dump``.
        form: in which it was written.
        wanted: the form that can be read: ``form_of`` the fleet's setup.

    Raises:
        SnapshotError: if it is damaged or of another form.
    """
    if form != wanted:
        raise SnapshotError("it was written by another version, or for another setup")
    try:
        return _SNAPSHOTS.validate_json(zlib.decompress(document))
    except (zlib.error, ValidationError) as error:
        raise SnapshotError(f"it is damaged: {error}") from None
