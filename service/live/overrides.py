"""What an operator may want of orders, and how it becomes events of the fleet's log."""

import threading
import time
from datetime import UTC, datetime
from typing import Annotated, Literal
from uuid import uuid4

from pydantic import Field

from dispatch.faults import Fault
from dispatch.online import (
    DECISIONS,
    Event,
    OrderAssigned,
    OrderFreed,
    OrderHeld,
    OrderHurried,
    PromiseMoved,
    Rejected,
    ShiftChanged,
    Status,
)
from dispatch.record import Id, Moment, Record
from service.db.database import Database
from service.db.decisions import DecisionRepository
from service.db.events import EventRepository
from service.db.fleets import FleetRepository
from service.live.bells import POLL_S, Bells, decisions_of, events_of
from service.live.plan import LivePlan
from service.live.price import not_waiting

WAIT_S = 5.0
"""How long an answer waits for the dispatcher."""
CHANGEABLE = frozenset({Status.OPEN, Status.COMMITTED})


class Assign(Record):
    """This vehicle, and no other, takes the order; from a trip of another that has not left, it is taken away."""

    do: Literal["assign"]
    order_id: Id
    vehicle_id: Id


class HoldBack(Record):
    """The order does not leave before ``until``; it is taken from a trip that has not left."""

    do: Literal["hold"]
    order_id: Id
    until: Moment


class Hurry(Record):
    """The order is to be at its door as soon as it can be; its trip waits for no other."""

    do: Literal["hurry"]
    order_id: Id


class Free(Record):
    """The order is left to the dispatcher again."""

    do: Literal["free"]
    order_id: Id


class Promise(Record):
    """Another moment was agreed on with whoever ordered."""

    do: Literal["promise"]
    order_id: Id
    promised_at: Moment


class Extend(Record):
    """The shift of this vehicle ends at another moment, so that it can take the order."""

    do: Literal["extend"]
    order_id: Id
    vehicle_id: Id
    shift_end_at: Moment


AnyChange = Assign | HoldBack | Hurry | Free | Promise | Extend
Change = Annotated[AnyChange, Field(discriminator="do")]


class Changes(Record):
    """What an operator wants, in this sequence."""

    changes: Annotated[tuple[Change, ...], Field(min_length=1, max_length=100)]


class StaleError(Exception):
    """Raised when something about the orders named was changed after the revision that the operator saw."""


class UnknownError(Exception):
    """Raised when a change names what the plan does not have; ``faults`` lists every one."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__(faults)


def event_of(change: AnyChange) -> Event:
    """The event that a change is in the log."""
    event_id, at = f"~{change.do}/{uuid4().hex}", datetime.now(UTC)
    match change:
        case Assign():
            return OrderAssigned(id=event_id, at=at, order_id=change.order_id, vehicle_id=change.vehicle_id)
        case HoldBack():
            return OrderHeld(id=event_id, at=at, order_id=change.order_id, until=change.until)
        case Hurry():
            return OrderHurried(id=event_id, at=at, order_id=change.order_id)
        case Free():
            return OrderFreed(id=event_id, at=at, order_id=change.order_id)
        case Promise():
            return PromiseMoved(id=event_id, at=at, order_id=change.order_id, promised_at=change.promised_at)
        case Extend():
            return ShiftChanged(id=event_id, at=at, vehicle_id=change.vehicle_id, shift_end_at=change.shift_end_at)


def send(database: Database, bells: Bells, fleet_id: str, wanted: Changes, seen: int | None) -> list[int]:
    """Write what an operator wants into the log, all of it or nothing.

    A plan's revision counts every event, and a busy fleet has one each second. So what was seen is stale only if the
    orders that are to be changed are not as they were seen; that others have moved on does not matter.

    Args:
        database: of the server.
        bells: of this process.
        fleet_id: of the fleet.
        wanted: the changes.
        seen: the revision that the operator decided by, None for whatever there is.

    Returns:
        The numbers of the events.

    Raises:
        StaleError: if it is.
        UnknownError: if an order or vehicle is not in the plan.
        EndedError: if the fleet has ended.
    """
    events = [event_of(change) for change in wanted.changes]
    with database.writing() as session:
        FleetRepository(session).lock_living(fleet_id)
        row = DecisionRepository(session, fleet_id).plan()
        if row is None:
            raise StaleError("the fleet was not looked after yet, so there is no plan to change")
        plan = LivePlan.model_validate_json(row.document)
        _refuse_unknown(plan, wanted)
        if seen is not None:
            _refuse_stale(plan, wanted, seen)
        seqs = EventRepository(session, fleet_id).add({event.id: event.model_dump_json() for event in events})
        bells.announce(session, events_of(fleet_id))
    bells.ring(events_of(fleet_id))
    return [seqs[event.id] for event in events]


def _refuse_unknown(plan: LivePlan, wanted: Changes) -> None:
    orders = {line.order.id for line in plan.orders if line.status in CHANGEABLE}
    vehicles = {line.vehicle.id for line in plan.vehicles}
    faults = []
    for i, change in enumerate(wanted.changes):
        path = f"$.changes[{i}]"
        if change.order_id not in orders:
            faults.append(Fault(path=f"{path}.order_id", text=not_waiting(change.order_id).text))
        if isinstance(change, Assign | Extend) and change.vehicle_id not in vehicles:
            text = f"no vehicle {change.vehicle_id!r} is on; vehicles: {sorted(vehicles)[:10]}"
            faults.append(Fault(path=f"{path}.vehicle_id", text=text))
    if faults:
        raise UnknownError(faults)


def _refuse_stale(plan: LivePlan, wanted: Changes, seen: int) -> None:
    if seen > plan.revision:
        raise StaleError(f"the plan is at revision {plan.revision}, and has not come to {seen} yet")
    named = {change.order_id for change in wanted.changes}
    lines = [line for line in plan.orders if line.order.id in named and line.revision > seen]
    changed = [f"{line.order.id!r} at {line.revision}" for line in lines]
    if changed:
        raise StaleError(f"changed since revision {seen}: {', '.join(changed[:10])}; the plan is at {plan.revision}")


def await_handled(database: Database, bells: Bells, fleet_id: str, seqs: list[int]) -> bool:
    """Wait until the dispatcher has decided on these events; False if it takes too long. Blocks its thread."""
    rung = threading.Event()
    end_s = time.monotonic() + WAIT_S
    with bells.hung(decisions_of(fleet_id), rung.set):
        while True:
            rung.clear()
            with database.transaction() as session:
                if EventRepository(session, fleet_id).are_handled(seqs):
                    return True
            if time.monotonic() > end_s:
                return False
            rung.wait(POLL_S)


def refused(database: Database, fleet_id: str, seqs: list[int]) -> list[Fault]:
    """What the dispatcher could not do of it, by path in ``Changes``."""
    with database.transaction() as session:
        rows = DecisionRepository(session, fleet_id).on(seqs)
    decisions = [(seqs.index(row.event_seq), DECISIONS.validate_json(row.document)) for row in rows]
    return [
        Fault(path=f"$.changes[{i}].{decision.field}", text=decision.text)
        for i, decision in decisions
        if isinstance(decision, Rejected)
    ]
