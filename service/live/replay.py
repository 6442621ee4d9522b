"""A fleet's log read from the database, and decided again to see that the same comes of it."""

from collections.abc import Iterator
from typing import NamedTuple

from dispatch.online import DECISIONS, EVENTS, Dispatcher, Entry, Setup, replay
from service.db.database import Database
from service.db.events import SKIPPED, EventRepository
from service.db.fleets import FleetRepository


class Difference(NamedTuple):
    """The first event of a log, counted from 1, on which a replay decides otherwise."""

    position: int
    event_id: str
    logged: tuple[str, ...]
    replayed: tuple[str, ...]


def read_setup(database: Database, fleet_id: str) -> Setup | None:
    """What a fleet's dispatcher is made for; None if there is no such fleet."""
    with database.transaction() as session:
        row = FleetRepository(session).get(fleet_id)
    return None if row is None else Setup.model_validate_json(row.setup)


def read_entries(database: Database, fleet_id: str) -> Iterator[Entry]:
    """The log of a fleet; events that the dispatcher failed on, and never took, are left out."""
    with database.transaction() as session:
        for row, documents in EventRepository(session, fleet_id).handled():
            if row.looks != SKIPPED:
                decisions = tuple(DECISIONS.validate_json(document) for document in documents)
                yield Entry(EVENTS.validate_json(row.document), row.looks, decisions)


def first_difference(dispatcher: Dispatcher, entries: Iterator[Entry]) -> Difference | int:
    """Decide a log again with a fresh ``dispatcher``: the first difference, or how many events gave the same bytes."""
    same = 0
    for entry in entries:
        (again,) = replay(dispatcher, [entry])
        logged = tuple(decision.model_dump_json() for decision in entry.decisions)
        replayed = tuple(decision.model_dump_json() for decision in again.decisions)
        if logged != replayed:
            return Difference(same + 1, entry.event.id, logged, replayed)
        same += 1
    return same
