"""Carbon points as they are given, taken back and summed up: ``carbon.PointsBook`` over what the database keeps."""

from calendar import monthrange
from collections.abc import Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, RootModel, TypeAdapter, ValidationError

from carbon import (
    Act,
    Award,
    Behaviour,
    BoxReturned,
    CarbonError,
    DuplicateAwardError,
    PointsBook,
    PointsRule,
    Revocation,
)
from carbon.award import PERIOD, PointsEntry
from dispatch.record import Record

if TYPE_CHECKING:  # a worker, which only sums up, loads no SQL
    from service.db.models import PointsRow
    from service.db.points import PointsRepository

ENTRY: TypeAdapter[Award | BoxReturned | Revocation] = TypeAdapter(PointsEntry)
MOST_OVERDUE = 500
"""So many awards are revoked in one transaction."""
DAMAGED = "the book of carbon points is damaged; restore it from a backup"


class DamagedError(Exception):
    """Raised when what is kept of a book is not what was entered; names the entry. Nothing is added to it."""


Name = Annotated[str, Field(min_length=1, max_length=100)]


class ToAward(Record):
    """Credit an act under a rule."""

    kind: Literal["award"]
    act: Act
    rule: PointsRule


class ToReturnBox(Record):
    """Say that a box came back from one of its turns."""

    kind: Literal["box_returned"]
    loop_id: Name
    returned_on: date


class ToRevoke(Record):
    """Take an award back. ``reason`` is read by others: it names no person."""

    kind: Literal["revocation"]
    order_id: Name
    behaviour: Behaviour
    period: Annotated[str, Field(pattern=PERIOD)]
    revoked_on: date
    reason: Annotated[str, Field(min_length=1, max_length=300)]


class ToEnter(RootModel[Annotated[ToAward | ToReturnBox | ToRevoke, Field(discriminator="kind")]]):
    """What is to be entered in a book of carbon points."""


def enter(book: "PointsRepository", wanted: ToAward | ToReturnBox | ToRevoke) -> tuple["PointsRow", bool]:
    """Enter something, within a transaction of ``Database.writing``.

    Returns:
        The entry, and whether it is new: the very same again is the entry that is there.

    Raises:
        carbon.CarbonError: as ``PointsBook`` does; the turn of a box may not be credited in two stores' books either.
        DamagedError: if what is kept of the book is not what was entered.
    """
    book.lock()
    orders, loops = _about(wanted)
    rows = book.excerpt(orders, loops)
    entries = _read(row.document for row in rows)
    for row, known in zip(rows, entries, strict=True):
        if known.kind == wanted.kind and all(
            getattr(known, name) == getattr(wanted, name) for name in type(wanted).model_fields
        ):
            return row, False
    points = _again(entries, book.following())
    entry: Award | BoxReturned | Revocation
    match wanted:
        case ToAward():
            loop_id = wanted.act.loop_id
            if loop_id is not None and book.elsewhere(loop_id):
                raise DuplicateAwardError(
                    f"loop_id {loop_id!r} was credited in another store's book; reuse earns once per turn of the box"
                )
            entry = points.award(wanted.act, wanted.rule)
        case ToReturnBox():
            entry = points.box_returned(wanted.loop_id, wanted.returned_on)
        case ToRevoke():
            entry = points.revoke(
                wanted.order_id, wanted.behaviour, wanted.period, on=wanted.revoked_on, reason=wanted.reason
            )
    return book.add(entry, _award_of(points, entry)), True


def revoke_overdue(book: "PointsRepository", on: date) -> tuple[list["PointsRow"], bool]:
    """Take back what was given for boxes that were due before a day and did not come back in time.

    Returns:
        At most ``MOST_OVERDUE`` revocations, and whether there are more to make.

    Raises:
        DamagedError: if what is kept of the book is not what was entered.
    """
    book.lock()
    loops = book.overdue(on, MOST_OVERDUE + 1)
    entries = _read(row.document for row in book.excerpt(loop_ids=loops[:MOST_OVERDUE]))
    points = _again(entries, book.following())
    revoked = [book.add(entry, _award_of(points, entry)) for entry in points.revoke_overdue(on)]
    return revoked, len(loops) > MOST_OVERDUE


def statement(documents: Sequence[str], following: int) -> str:
    """Sum entries up, every figure of them computed anew; a ``PointsStatement`` as JSON. Runs in a worker.

    Args:
        documents: entries of one book in sequence, each award with all that is about it.
        following: a sequence behind them all.

    Raises:
        DamagedError: if an entry is not what its inputs give.
    """
    return _again(_read(documents), following).statement().model_dump_json()


def days_of(period: str) -> tuple[date, date]:
    """The first and the last day of a year, a month or a day. Raises ``ValueError`` if there is no such period."""
    year, month, day = (*map(int, period.split("-")), 0, 0)[:3]
    first = date(year, month or 1, day or 1)
    return first, date(year, month or 12, day or monthrange(year, month or 12)[1])


def _read(documents: Iterable[str]) -> list[Award | BoxReturned | Revocation]:
    try:
        return [ENTRY.validate_json(document) for document in documents]
    except (CarbonError, ValidationError) as error:
        raise DamagedError(f"{DAMAGED}: {error}") from None


def _again(entries: Iterable[Award | BoxReturned | Revocation], following: int) -> PointsBook:
    try:
        return PointsBook.excerpt(entries, following)
    except CarbonError as error:
        raise DamagedError(f"{DAMAGED}: {error}") from None


def _about(wanted: ToAward | ToReturnBox | ToRevoke) -> tuple[list[str], list[str]]:
    """The orders and the turns of boxes that something is about."""
    match wanted:
        case ToAward():
            return [wanted.act.order_id], [wanted.act.loop_id] if wanted.act.loop_id is not None else []
        case ToReturnBox():
            return [], [wanted.loop_id]
        case ToRevoke():
            return [wanted.order_id], []


def _award_of(points: PointsBook, entry: Award | BoxReturned | Revocation) -> Award:
    """The award that an entry is, or is about."""
    awards: Iterable[Award] = (each for each in points.entries if isinstance(each, Award))
    match entry:
        case Award():
            return entry
        case BoxReturned():
            return next(each for each in awards if each.act.loop_id == entry.loop_id)
        case Revocation():
            key = entry.order_id, entry.behaviour, entry.period
            return next(
                each for each in awards if (each.act.order_id, each.rule.baseline.behaviour, each.act.period) == key
            )
