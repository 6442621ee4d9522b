"""Footprints in the ledger: stored with what they were made from, so that anybody can make them again.

A ``footprint`` entry holds its inputs, the edition of the factors, the version of the software and the figures. A
``restatement`` is a correction with the figures under another edition, and those it takes the place of beside them. The
factors themselves stand once for each edition in an entry before.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib.metadata import PackageNotFoundError, version
from itertools import islice
from types import MappingProxyType
from typing import Self

from pydantic import JsonValue, ValidationError, model_validator

from carbon.electricity import Contract
from carbon.errors import EditionError, LedgerError
from carbon.factors import Factor
from carbon.footprint import footprint
from carbon.hub import HubAccount
from carbon.ledger.canonical import canonical, canonical_object, parsed
from carbon.ledger.edition import edition_draft, edition_of, registry_of
from carbon.ledger.entry import Draft, Entry
from carbon.ledger.file import Ledger
from carbon.packaging import Packaging
from carbon.registry import Registry, bundled_registry
from carbon.report import Report
from carbon.transport import Round
from carbon.values import Record

FOOTPRINT, RESTATEMENT = REPLAYABLE = ("footprint", "restatement")
"""Kinds of the entries whose figures can be made again."""
MOST_DIFFERENCES, MOST_CHARACTERS = 20, 80


@dataclass(frozen=True, slots=True)
class Replay:
    """Figures made again from an entry's own inputs.

    Attributes:
        entry: the entry.
        recomputed: the figures as they come out now, canonical JSON.
        equal: whether these are byte for byte those of the entry.
        differences: places where they are not, as JSON paths with both values; at most ``MOST_DIFFERENCES``.
        software: the version that made the entry and this one. A version that reports more than another makes
            different bytes of the same figures; then the differences name what came.
    """

    entry: Entry
    recomputed: bytes = field(repr=False)
    equal: bool
    differences: tuple[str, ...]
    software: tuple[str | None, str | None]


class Inputs(Record):
    """What a footprint was made from.

    Attributes:
        rounds: the rounds.
        packagings: each packaging that was used, once.
        packaging_of: by order id, the place in ``packagings``; orders without one had the standard packaging assumed.
        hubs: accounts of the stores.
        contracts: under which electricity was bought.
    """

    rounds: tuple[Round, ...]
    packagings: tuple[Packaging, ...]
    packaging_of: Mapping[str, int]
    hubs: tuple[HubAccount, ...] = ()
    contracts: tuple[Contract, ...] = ()

    @model_validator(mode="after")
    def _names_packagings(self) -> Self:
        for order, place in self.packaging_of.items():
            if not 0 <= place < len(self.packagings):
                raise ValueError(f"packaging_of[{order!r}] is {place}, and there are {len(self.packagings)} packagings")
        return self


class _Footprint(Record):
    """Content of an entry that can be replayed."""

    edition: str
    figures: dict[str, JsonValue]
    inputs: Inputs
    software: str | None
    before: dict[str, JsonValue] | None = None


def footprint_draft(
    rounds: Iterable[Round],
    packaging: Mapping[str, Packaging],
    registry: Registry | None = None,
    *,
    hubs: Iterable[HubAccount] = (),
    contracts: Iterable[Contract] = (),
    corrects: int | None = None,
) -> Draft:
    """Compute a footprint and make a draft of an entry that can be replayed; ``record_footprints`` appends it.

    Args:
        rounds: as for ``footprint``.
        packaging: as for ``footprint``; what is given for orders in no round is not stored.
        registry: as for ``footprint``.
        hubs: as for ``footprint``.
        contracts: as for ``footprint``.
        corrects: number of the entry whose inputs were wrong, if this one is to take its place.

    Raises:
        CarbonError: whatever ``footprint`` raises, and ``CanonicalError`` if a figure is no number.
    """
    from_ = bundled_registry() if registry is None else registry
    inputs = _inputs(tuple(rounds), packaging, tuple(hubs), tuple(contracts))
    members = {
        "edition": canonical(edition_of(from_)),
        "figures": _again(inputs, from_),
        "inputs": canonical(inputs.model_dump(mode="json")),
        "software": canonical(_software()),
    }
    return Draft(FOOTPRINT, canonical_object(members), corrects)


def record_footprints(
    ledger: Ledger,
    drafts: Iterable[Draft],
    registry: Registry | None = None,
    *,
    provided: Callable[[], bool] = lambda: True,
) -> tuple[Entry, ...]:
    """Append footprints, and before them the edition of their factors if the ledger does not hold it yet.

    Args:
        ledger: the ledger.
        drafts: what ``footprint_draft`` made with ``registry``.
        registry: the factors; the bundled ones by default.
        provided: as for ``Ledger.append_all``.

    Returns:
        The footprints' entries.

    Raises:
        EditionError: if a draft is no footprint by these factors.
        LedgerError: as ``Ledger.append_all`` does.
    """
    from_ = bundled_registry() if registry is None else registry
    drafts = tuple(drafts)
    start = b'{"edition":"%b"' % edition_of(from_).encode()  # canonical JSON, so this is where it stands
    for place, draft in enumerate(drafts):
        if draft.kind != FOOTPRINT or not draft.record.startswith(start):
            raise EditionError(f"drafts[{place}] is no footprint by the factors given; make it with footprint_draft")
    if not drafts:
        return ()
    return ledger.append_all([edition_draft(from_), *drafts], provided=provided)[-len(drafts) :]


def replay(
    entry: Entry, registry: Registry | None = None, *, editions: Mapping[str, Entry] = MappingProxyType({})
) -> Replay:
    """Make the figures of an entry again, and compare them byte for byte.

    Args:
        entry: a footprint or a restatement.
        registry: factors to use if ``editions`` does not have those of the entry; the bundled ones by default.
        editions: what its ledger holds (``kept_editions``).

    Raises:
        EditionError: if neither has the edition that the entry was made with, or what has it is damaged.
        LedgerError: if the entry holds no footprint.
    """
    record = _read(entry)
    kept = editions.get(record.edition)
    from_ = registry_of(kept) if kept is not None else bundled_registry() if registry is None else registry
    edition = edition_of(from_)
    if record.edition != edition:
        raise EditionError(
            f"edition of entry {entry.number} is {record.edition}, but the registry is {edition}; "
            "give the factors it was made with, or restate it"
        )
    stored, recomputed = canonical(record.figures), _again(record.inputs, from_)
    differences = () if stored == recomputed else _differences(record.figures, parsed(recomputed))
    return Replay(
        entry=entry,
        recomputed=recomputed,
        equal=stored == recomputed,
        differences=tuple(islice(differences, MOST_DIFFERENCES)),
        software=(record.software, _software()),
    )


def restate(ledger: Ledger, number: int, registry: Registry | None = None) -> Entry:
    """Compute an entry's figures under another edition, and append them as a correction that shows both.

    Args:
        ledger: the ledger.
        number: a footprint or restatement that nothing corrects yet.
        registry: the other factors; the bundled ones by default.

    Returns:
        The appended entry, of kind ``restatement``: as a footprint, and ``before`` holds the edition and the figures of
        the one it corrects. The edition goes before it if the ledger does not hold it yet.

    Raises:
        EditionError: if the registry is of the edition that the entry has already.
        LedgerError: if there is no such entry, or it holds no footprint.
        CorrectionError: if a later entry corrects it.
    """
    from_ = bundled_registry() if registry is None else registry
    record = _read(ledger.entry(number))
    edition = edition_of(from_)
    if record.edition == edition:
        raise EditionError(f"edition of entry {number} is {edition} already; there is nothing to restate")
    members = {
        "before": canonical({"edition": record.edition, "figures": record.figures}),
        "edition": canonical(edition),
        "figures": _again(record.inputs, from_),
        "inputs": canonical(record.inputs.model_dump(mode="json")),
        "software": canonical(_software()),
    }
    restatement = Draft(RESTATEMENT, canonical_object(members), number)
    return ledger.append_all([edition_draft(from_), restatement])[-1]


def _inputs(
    rounds: tuple[Round, ...],
    packaging: Mapping[str, Packaging],
    hubs: tuple[HubAccount, ...],
    contracts: tuple[Contract, ...],
) -> Inputs:
    """Collect rounds, each packaging once, and which order has which."""
    places: dict[bytes, int] = {}
    kinds: list[Packaging] = []
    place_of: dict[int, int] = {}
    by_order = {}
    for round_ in rounds:
        for stop in round_.stops:
            used = packaging.get(stop.order_id)
            if used is None:
                continue
            if id(used) not in place_of:  # by identity first, as a day's orders share a handful of packagings
                place = places.setdefault(canonical(used.model_dump(mode="json")), len(kinds))
                if place == len(kinds):
                    kinds.append(used)
                place_of[id(used)] = place
            by_order[stop.order_id] = place_of[id(used)]
    return Inputs(rounds=rounds, packagings=tuple(kinds), packaging_of=by_order, hubs=hubs, contracts=contracts)


def _read(entry: Entry) -> _Footprint:
    if entry.kind not in REPLAYABLE:
        raise LedgerError(f"entry {entry.number} is a {entry.kind!r} and holds no footprint; name one that does")
    try:
        return _Footprint.model_validate(entry.record)
    except ValidationError as error:
        fault = error.errors()[0]
        raise LedgerError(
            f"entry {entry.number}, {'.'.join(map(str, fault['loc']))}: {fault['msg']}; "
            "read it with the version of Swiftleaf that wrote it"
        ) from error


def _again(inputs: Inputs, registry: Registry) -> bytes:
    """Compute figures from stored inputs."""
    packaging = {order: inputs.packagings[place] for order, place in inputs.packaging_of.items()}
    report = footprint(inputs.rounds, packaging, registry, hubs=inputs.hubs, contracts=inputs.contracts)
    return _figures(report)


def _figures(report: Report) -> bytes:
    """Encode a report. Its factors are the bulk of it and the same for many, so their encoding is kept."""
    rest = report.model_dump(mode="json", exclude={"factors"})
    return canonical_object(
        {name: canonical(value) for name, value in rest.items()} | {"factors": _factors(report.factors)}
    )


@lru_cache(maxsize=256)
def _factors(factors: tuple[Factor, ...]) -> bytes:
    return canonical([factor.model_dump(mode="json") for factor in factors])


@cache
def _software() -> str | None:
    try:
        return version("swiftleaf")
    except PackageNotFoundError:
        return None


def _differences(stored: JsonValue, now: JsonValue, place: str = "$") -> Iterator[str]:
    """Say where two values differ, and how."""
    if isinstance(stored, dict) and isinstance(now, dict):
        for name in sorted(stored.keys() | now.keys()):
            if name not in now or name not in stored:
                yield f"{place}.{name} is only in {'the entry' if name in stored else 'what is computed now'}"
            else:
                yield from _differences(stored[name], now[name], f"{place}.{name}")
    elif isinstance(stored, list) and isinstance(now, list) and len(stored) == len(now):
        for index, (old, new) in enumerate(zip(stored, now, strict=True)):
            yield from _differences(old, new, f"{place}[{index}]")
    elif stored != now:
        old, new = (canonical(value).decode() for value in (stored, now))
        yield f"{place} is {old[:MOST_CHARACTERS]} in the entry, and {new[:MOST_CHARACTERS]} computed now"
