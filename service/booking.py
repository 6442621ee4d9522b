"""Books what live fleets rode: of each store's day, once it is settled, a footprint in the server's ledger.

A trip stands in the ledger as the round ``live:FLEET/TRIP``, an order of it as ``live:FLEET/ORDER``. Whether a trip is
booked is read from the ledger and from nowhere else, and asked again under its lock, so whatever is killed or run twice
can be run again. A store's day is one entry, which is there whole or not at all.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import groupby
from operator import attrgetter

from pydantic import BaseModel

import carbon
from carbon.counted import counted
from carbon.reports import Period
from service.atlas import Atlas
from service.books import Books
from service.db.database import Database
from service.db.events import EventRepository
from service.db.fleets import FleetRepository
from service.live.ridden import LIVE, MARGIN, Row, days_with_trips, read_ridden, settled_at
from service.report import read_plans, ridden
from service.settings import Settings


class NotSettledError(Exception):
    """Raised when a day is to be booked of which more may be heard; says from when on it can be."""


@dataclass(frozen=True, slots=True)
class Rides:
    """What was ridden about a day, as it was read from the log; plain data for a worker.

    Attributes:
        day: the day.
        stores: whose trips are to be booked.
        rows: of ``read_ridden``.
        others: all stores of their fleets: an order may have gone out from another last.
    """

    day: date
    stores: tuple[str, ...]
    rows: tuple[Row, ...]
    others: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Drafted:
    """A store's trips that are to be booked.

    Attributes:
        store: the store.
        day: the day.
        round_ids: of the trips.
        orders: how many orders they carried.
        draft: the entry.
    """

    store: str
    day: date
    round_ids: frozenset[str]
    orders: int
    draft: carbon.Draft


class Booked(BaseModel):
    """An entry that was booked: its number in the ledger and its hash, whose trips it is of, and how many."""

    number: int
    sha256: str
    store: str
    trips: int
    orders: int


class Booking(BaseModel):
    """What booking a day came to.

    Attributes:
        day: the day.
        entries: what was booked now; none if all was booked before, or nothing was ridden.
        left_out: what was ridden and cannot be measured, in sentences; it is tried again whenever its day is.
        superseded: stops that count elsewhere, in sentences.
    """

    day: date
    entries: list[Booked]
    left_out: list[str]
    superseded: list[str]


def accounted(settings: Settings) -> carbon.AccountedRounds:
    """The live trips that the server's ledger accounts for."""
    return carbon.AccountedRounds(carbon.Ledger(settings.ledger_file), LIVE)


def days_to_book(
    database: Database, rounds: carbon.AccountedRounds, stores: Collection[str] | None = None
) -> dict[date, list[str]]:
    """The settled days of which nothing is booked though trips were committed, the earliest first, and whose they are.

    Args:
        database: the database.
        rounds: what the ledger accounts for.
        stores: ids of the stores; all by default.
    """
    now = datetime.now(UTC)
    with database.transaction() as session:
        fleets = sorted({row.fleet_id for row in FleetRepository(session).stores()})
        found = set().union(*(days_with_trips(session, fleet) for fleet in fleets))
    booked = {(each.store_id, each.day) for each in rounds.departures()}
    days: dict[date, list[str]] = {}
    for store, day in sorted(found - booked, key=lambda each: each[::-1]):
        if (stores is None or store in stores) and settled_at(day) <= now:
            days.setdefault(day, []).append(store)
    return days


def refuse_unsettled(day: date) -> datetime:
    """From when on a day can be booked. Raises ``NotSettledError`` if that is still to come."""
    moment = settled_at(day)
    if datetime.now(UTC) < moment:
        raise NotSettledError(
            f"{day} can be booked from {moment:%Y-%m-%dT%H:%MZ} on; more may be told of it until then"
        )
    return moment


def read_rides(database: Database, day: date, stores: Sequence[str] | None = None) -> Rides:
    """Read what was ridden about a day.

    Args:
        database: the database.
        day: by the clock of who placed a trip's first order.
        stores: ids of the stores; all that are or were dispatched live by default.

    Raises:
        NotSettledError: if more may be heard of the day.
    """
    moment = refuse_unsettled(day)
    period = Period(first_day=day, last_day=day)
    with database.transaction() as session:
        repository = FleetRepository(session)
        every = repository.stores()
        fleets = sorted({row.fleet_id for row in every if stores is None or row.id in stores})
        for row in filter(None, map(repository.get, fleets)):
            first = next(iter(EventRepository(session, row.id).waiting(1)), None)
            if first is not None and row.ended_at is None and first.taken_at < moment:
                raise NotSettledError(
                    f"{day} can be booked once what fleet {row.id!r} was told until then has been handled"
                )
        theirs = sorted({row.id for row in every if row.fleet_id in fleets})
        rows = tuple(row for fleet in fleets for row in read_ridden(session, fleet, theirs, period))
    return Rides(day, tuple(theirs if stores is None else stores), rows, tuple(theirs))


def booked_about(rounds: carbon.AccountedRounds, day: date) -> frozenset[str]:
    """The trips that are booked about a day: those that ``read_rides`` may find.

    One of the same name at another time is another, of a fleet that was set up anew in another database.
    """
    return frozenset(each.round_id for each in rounds.departures() if abs(each.day - day) <= MARGIN)


def draft(
    rides: Rides, booked: frozenset[str], files: Mapping[str, str], books: Books | None = None
) -> tuple[list[Drafted], Booking]:
    """Measure what was ridden and not booked yet, and account for it; runs in a worker.

    Args:
        rides: what was ridden.
        booked: ids of trips that are booked already.
        files: the maps.
        books: own factors and accounts; the bundled factors alone by default.

    Returns:
        What is to be booked, by store, and what will then be to be said of it.

    Raises:
        carbon.CarbonError: if the books do not fit, whatever the trips are.
    """
    books = books or Books()
    plans, unreadable, _ = read_plans(rides.rows, rides.others, Period(first_day=rides.day, last_day=rides.day))
    found = ridden(plans, rides.stores, Period(first_day=rides.day, last_day=rides.day), Atlas(files))
    packaging = {_plain(order_id): packed for order_id, packed in found.packaging.items()}
    new = sorted((each for each in map(_renamed, found.rounds) if each.id not in booked), key=attrgetter("store_id"))
    left_out = [*unreadable, *found.unmeasured]
    drafts = []
    for store, group in groupby(new, key=attrgetter("store_id")):
        rounds, made = _footprint(tuple(group), packaging, books, left_out)
        if made is not None:
            orders = sum(len(each.stops) for each in rounds)
            drafts.append(Drafted(store, rides.day, frozenset(each.id for each in rounds), orders, made))
    return drafts, Booking(day=rides.day, entries=[], left_out=left_out, superseded=found.superseded)


def enter(rounds: carbon.AccountedRounds, drafts: Iterable[Drafted], registry: carbon.Registry) -> list[Booked]:
    """Append to the ledger what ``draft`` made, but for stores of whose trips another process has booked one meanwhile.

    Args:
        rounds: what the ledger accounts for.
        drafts: what to append.
        registry: the factors that it was made with.

    Returns:
        What was appended. If that is less than was drafted, draft again what is left.

    Raises:
        carbon.LedgerError: if nothing can be appended.
    """
    entered = []
    for each in drafts:

        def is_new(each: Drafted = each) -> bool:
            return each.round_ids.isdisjoint(booked_about(rounds, each.day))

        for entry in carbon.record_footprints(rounds.ledger, [each.draft], registry, provided=is_new):
            trips = len(each.round_ids)
            told = Booked(number=entry.number, sha256=entry.sha256, store=each.store, trips=trips, orders=each.orders)
            entered.append(told)
    return entered


def _footprint(
    rounds: Sequence[carbon.Round], packaging: Mapping[str, carbon.Packaging], books: Books, left_out: list[str]
) -> tuple[Sequence[carbon.Round], carbon.Draft | None]:
    """The entry of those rounds that have all their factors; the others are told in ``left_out``."""

    def made(rounds: Sequence[carbon.Round]) -> carbon.Draft:
        known = books.accounts
        return carbon.footprint_draft(rounds, packaging, books.registry, hubs=known.hubs, contracts=known.contracts)

    try:
        return rounds, made(rounds)
    except carbon.CarbonError as error:
        good = []
        for round_ in rounds:
            try:
                made([round_])
            except carbon.CarbonError as why:
                left_out.append(
                    f"1 round of {counted(len(round_.stops), 'stop')} ({round_.id}), which has no figure: {why}"
                )
            else:
                good.append(round_)
        if len(good) == len(rounds):
            raise error from None
        return good, made(good) if good else None


def _renamed(round_: carbon.Round) -> carbon.Round:
    stops = tuple(stop.model_copy(update={"order_id": _plain(stop.order_id)}) for stop in round_.stops)
    return round_.model_copy(update={"id": _plain(round_.id), "stops": stops})


def _plain(name: str) -> str:
    """``live:FLEET/ID`` of ``live:FLEET:ROW/ID``: in which row a trip stands changes with the days that are read."""
    row, _, rest = name.partition("/")
    return f"{row.rpartition(':')[0]}/{rest}"
