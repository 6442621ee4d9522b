"""A fleet's log read from the database, and decided again to see that the same comes of it."""

from collections.abc import Iterator
from typing import NamedTuple

from pydantic import ValidationError

from dispatch import faults_of
from dispatch.online import DECISIONS, EVENTS, Dispatcher, Entry, LogError, Setup, replay
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
    """The log of a fleet; events that the dispatcher failed on, and never took, are left out.

    Raises:
        LogError: if an event or a decision of it cannot be read; it names the event.
    """
    with database.transaction() as session:
        for row, documents in EventRepository(session, fleet_id).handled():
            if row.looks == SKIPPED:
                continue
            try:
                event = EVENTS.validate_json(row.document)
                decisions = tuple(DECISIONS.validate_json(document) for document in documents)
            except ValidationError as error:
                (fault, *_) = faults_of(error)
                where = f"fleet {fleet_id}, event {row.position} of its log"
                raise LogError(f"{where}: cannot be read: {fault.path}: {fault.text}") from None
            yield Entry(event, row.looks, decisions)


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
