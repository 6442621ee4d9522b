"""What ``swiftleaf ledger book`` does. Every mistake of the user leaves as a ``UsageError``."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import date, timedelta

import carbon
from carbon.reports import Period
from service import booking
from service.booking import Booked, Booking
from service.books import Books
from service.db.database import Database, DatabaseError
from service.db.fleets import FleetRepository
from service.files import UsageError, check_writable
from service.settings import Settings


def book(
    settings: Settings, store: str | None, first_day: date | None, last_day: date | None, books: Books
) -> Iterator[Booking]:
    """Book what live fleets rode: on every day from the first to the last, or on those that nothing is booked of yet.

    Args:
        settings: where database, ledger and maps are.
        store: id of a store; all by default.
        first_day: the first day; with the last, or neither.
        last_day: the last day.
        books: own factors and accounts.
    """
    check_writable(str(settings.ledger_file))
    rounds, stores = booking.accounted(settings), None if store is None else [store]
    try:
        with closing(Database(settings.database)) as database:
            database.migrate()
            with database.transaction() as session:
                if store is not None and not FleetRepository(session).knows(store):
                    raise UsageError(f"--store {store}: no store of this id is or was dispatched live")
            days: Mapping[date, Sequence[str] | None]
            if first_day is None or last_day is None:
                days = booking.days_to_book(database, rounds, stores)
            else:
                period = Period(first_day=first_day, last_day=last_day)
                booking.refuse_unsettled(last_day)
                days = {first_day + timedelta(number): stores for number in range(period.days)}
            for day, whose in days.items():
                yield _book_day(settings, database, rounds, day, whose, books)
    except (DatabaseError, booking.NotSettledError, carbon.CarbonError) as error:
        raise UsageError(str(error)) from None


def _book_day(
    settings: Settings,
    database: Database,
    rounds: carbon.AccountedRounds,
    day: date,
    stores: Sequence[str] | None,
    books: Books,
) -> Booking:
    rides = booking.read_rides(database, day, stores)
    entries: list[Booked] = []
    while True:
        drafts, done = booking.draft(rides, booking.booked_about(rounds, day), settings.map_files, books)
        entered = booking.enter(rounds, drafts, books.registry)
        entries += entered
        if len(entered) == len(drafts):
            return done.model_copy(update={"entries": entries})
