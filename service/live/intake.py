"""Takes events in: each is read by itself, so that a bad one costs no other, and is on disk before the answer is."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from dispatch.faults import Fault, faults_of, waits_beyond_promise
from dispatch.online import EVENTS, Event
from dispatch.record import Record
from service.db.database import Database
from service.db.events import EventRepository
from service.db.fleets import FleetRepository
from service.live.bells import Bells, events_of
from service.telemetry.counts import EVENTS_TAKEN

MAX_EVENTS = 1_000
"""In one request."""
AHEAD = timedelta(seconds=60)
"""An event may be this much ahead of the server's clock."""
OWN = frozenset({"tick", "restarted", "cut"})
"""Kinds that the server alone writes."""
OPERATORS = frozenset({"order_assigned", "order_held", "order_hurried", "order_freed"})
"""Kinds by which an operator overrides the dispatcher."""
RESERVED = "~"
"""What the ids of its own events begin with."""


class Receipt(Record):
    """What became of one event that was sent.

    Attributes:
        id: of the event, as far as it could be read.
        status: ``taken`` now, ``known`` from before, which changes nothing, or ``refused``.
        seq: its number among all events; null if it was refused.
        faults: what is wrong with a refused one, by path.
    """

    id: str | None
    status: Literal["taken", "known", "refused"]
    seq: int | None = None
    faults: tuple[Fault, ...] = ()


class Receipts(Record):
    """What became of every event that was sent, in its sequence."""

    events: Annotated[tuple[Receipt, ...], Field(max_length=MAX_EVENTS)]


def read_event(document: object, store_id: str, path: str, *, operator: bool) -> Event | tuple[Fault, ...]:
    """Read one event that was sent to a store.

    Args:
        document: as it was read from JSON.
        store_id: of the store it was sent to; a store or a vehicle's own store that it names must be this one.
        path: of it in what was sent.
        operator: whether who sent it may override the dispatcher.

    Returns:
        The event, or everything that is wrong with it.
    """
    try:
        event = EVENTS.validate_python(document)
    except ValidationError as error:
        found = faults_of(error, document=document)
        return tuple(fault.model_copy(update={"path": path + fault.path[1:]}) for fault in found)
    faults = []
    if event.kind in OWN:
        faults.append(Fault(path=f"{path}.kind", text=f"{event.kind!r} is written by the server alone; leave it out"))
    if event.kind in OPERATORS and not operator:
        text = f"{event.kind!r} overrides the dispatcher, for which the key needs the scope live:write"
        faults.append(Fault(path=f"{path}.kind", text=text))
    if event.id.startswith(RESERVED):
        faults.append(
            Fault(path=f"{path}.id", text=f"ids with {RESERVED!r} in front are the server's own; choose another")
        )
    for name, given in (("id", event.id), *_new_id(event)):
        if not given.isprintable():
            text = f"{given!r} has a character that cannot be seen; choose another"
            faults.append(Fault(path=f"{path}.{name}", text=text))
    waits = waits_beyond_promise(event.order) if event.kind == "order_placed" else None
    if waits is not None:
        faults.append(Fault(path=f"{path}.order.not_before_at", text=waits))
    now = datetime.now(UTC)
    if event.at > now + AHEAD:
        text = f"{event.at.isoformat()} is ahead of the server's clock, {now.isoformat()}; say when it happened"
        faults.append(Fault(path=f"{path}.at", text=text))
    for name, named in _own_store(event):
        if named != store_id:
            text = f"{named!r} is not the store that this was sent to; send it to /v1/stores/{named}/events"
            faults.append(Fault(path=f"{path}.{name}", text=text))
    return tuple(faults) or event


def _new_id(event: Event) -> list[tuple[str, str]]:
    """The id of what an event brings, by its field; it stands in addresses from then on."""
    if event.kind == "order_placed":
        return [("order.id", event.order.id)]
    if event.kind == "rider_on":
        return [("rider.id", event.rider.id)]
    if event.kind == "drone_on":
        return [("drone.id", event.drone.id)]
    return []


def _own_store(event: Event) -> list[tuple[str, str]]:
    """The store an event is about, by the field that names it."""
    if event.kind == "order_placed":
        return [("order.store_id", event.order.store_id)]
    if event.kind == "rider_on":
        return [("rider.store_id", event.rider.store_id)]
    if event.kind == "drone_on":
        return [("drone.store_id", event.drone.store_id)]
    if event.kind in {"store_closed", "store_opened", "stock_out"}:
        return [("store_id", event.store_id)]
    return []


def take_in(
    database: Database, bells: Bells, fleet_id: str, read: Sequence[tuple[str | None, Event | tuple[Fault, ...]]]
) -> list[Receipt]:
    """Store what was read, and wake the fleet's dispatcher; when this returns, no event can be lost any more.

    Args:
        database: of the server.
        bells: of this process.
        fleet_id: of the fleet.
        read: id, as far as it is known, and what ``read_event`` returned, each.

    Returns:
        What became of each.

    Raises:
        EndedError: if the fleet has ended.
    """
    documents: dict[str, str] = {}
    for _, event in read:
        if not isinstance(event, tuple):
            documents.setdefault(event.id, event.model_dump_json())
    with database.writing() as session:
        FleetRepository(session).lock_living(fleet_id)
        events = EventRepository(session, fleet_id)
        known = {event_id: (row.seq, row.document) for event_id, row in events.known(list(documents)).items()}
        seqs = events.add({event_id: text for event_id, text in documents.items() if event_id not in known})
        bells.announce(session, events_of(fleet_id))
    bells.ring(events_of(fleet_id))
    EVENTS_TAKEN.inc(len(seqs))
    fresh = dict(seqs)
    receipts = []
    for i, (event_id, event) in enumerate(read):
        if isinstance(event, tuple):
            receipts.append(Receipt(id=event_id, status="refused", faults=event))
            continue
        seq, document = known.get(event.id) or (seqs[event.id], documents[event.id])
        if document != event.model_dump_json():
            text = f"{event.id!r} is the id of another event; give each event its own id"
            fault = Fault(path=_id_path(i, len(read)), text=text)
            receipts.append(Receipt(id=event.id, status="refused", faults=(fault,)))
        else:
            status: Literal["taken", "known"] = "taken" if fresh.pop(event.id, None) is not None else "known"
            receipts.append(Receipt(id=event.id, status=status, seq=seq))
    return receipts


def _id_path(number: int, count: int) -> str:
    return "$.id" if count == 1 else f"$.events[{number}].id"
