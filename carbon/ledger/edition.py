"""Editions of the factors, kept in the ledger whose figures were made with them.

An edition is all rows of a registry, in its layers. The ledger holds each edition once, as an entry of its own before
the first figure that needs it, so that a figure can be made again when the factors have long been others.
"""

from functools import lru_cache, reduce
from hashlib import sha256

from pydantic import TypeAdapter, ValidationError

from carbon.errors import CarbonError, EditionError
from carbon.factors import Factor
from carbon.ledger.canonical import canonical, canonical_object
from carbon.ledger.entry import Draft, Entry
from carbon.ledger.file import Ledger
from carbon.registry import Registry
from carbon.values import Record

EDITION = "edition"
"""Kind of the entries that hold an edition."""
FACTORS = TypeAdapter(tuple[Factor, ...])


class _Edition(Record):
    """Content of an entry that holds an edition: its hash, and the rows of each layer, the one that wins first."""

    edition: str
    layers: tuple[tuple[dict[str, object], ...], ...]


@lru_cache(maxsize=16)
def edition_of(registry: Registry) -> str:
    """Return the edition of a registry: SHA-256 over the canonical rows of all its factors, sorted, one a line.

    Layers, of which the first wins, stand one below the other with an empty line between them. A field of a factor that
    has its default is left out, so that a field that later versions add changes no edition. Nor does the order of the
    factors within a layer, which decides nothing.

    Returns:
        64 hexadecimal digits.
    """
    return sha256(b"\n\n".join(b"\n".join(rows) for rows in _rows(registry))).hexdigest()


@lru_cache(maxsize=16)
def edition_draft(registry: Registry) -> Draft:
    """Make a draft of the entry that holds a registry's edition; a ledger that has it already takes no second one."""
    layers = b",".join(b"[%b]" % b",".join(rows) for rows in _rows(registry))
    members = {"edition": canonical(edition_of(registry)), "layers": b"[%b]" % layers}
    return Draft(EDITION, canonical_object(members), once=True)


def kept_editions(ledger: Ledger) -> dict[str, Entry]:
    """Find the editions that a ledger holds.

    Returns:
        By edition, the entry that holds it; ``registry_of`` makes factors of that.

    Raises:
        LedgerError: if the ledger cannot be read, or such an entry was altered.
    """
    found: dict[str, Entry] = {}
    for entry in ledger.entries(kind=EDITION):
        found.setdefault(str(entry.record.get("edition")), entry)
    return found


@lru_cache(maxsize=16)
def registry_of(entry: Entry) -> Registry:
    """Return the factors that an entry holds, with the precedence they had.

    Raises:
        EditionError: if it holds no edition, or its rows are not of the edition that it names.
    """
    if entry.kind != EDITION:
        raise EditionError(f"entry {entry.number} is a {entry.kind!r} and holds no factors; name an {EDITION} entry")
    try:
        record = _Edition.model_validate(entry.record)
        layers = [Registry(FACTORS.validate_python(rows)) for rows in record.layers]
        registry = reduce(lambda below, own: below.joined(own), reversed(layers))
    except (ValidationError, CarbonError, TypeError) as error:  # reduce raises TypeError on no layers at all
        why = error.errors()[0]["msg"] if isinstance(error, ValidationError) else error
        raise EditionError(
            f"entry {entry.number} holds factors that cannot be read: {why}; "
            "read it with the version of Swiftleaf that wrote it"
        ) from error
    if (edition := edition_of(registry)) != record.edition:
        raise EditionError(
            f"entry {entry.number} names edition {record.edition}, but its factors are {edition}; verify the ledger"
        )
    return registry


def _rows(registry: Registry) -> list[list[bytes]]:
    """Canonical rows of each layer, sorted; a layer without factors decides nothing and is left out."""
    rows = [sorted(map(_row, factors)) for factors in registry.layers]
    return [each for each in rows if each] or [[]]


def _row(factor: Factor) -> bytes:
    return canonical(factor.model_dump(mode="json", exclude_defaults=True))
