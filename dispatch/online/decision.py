"""What the dispatcher decides: one record a decision, each naming the moment and the event it answers."""

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from dispatch.answer import Reason, Trip
from dispatch.record import Id, Moment, Reckoned, Record, TripId

Why = Literal["not_ready", "no_vehicle_yet", "others_may_join"]


class DecisionBase(Record):
    """What all decisions have: when, and on which event."""

    at: Moment
    event_id: Id


class Commit(DecisionBase):
    """This vehicle takes this trip now. It is never taken back but by the world: see ``Released``."""

    kind: Literal["commit"] = "commit"
    trip: Trip


class Hold(DecisionBase):
    """An order waits, in the store or for a vehicle, until about ``until``; ``why`` is a code that stays the same."""

    kind: Literal["hold"] = "hold"
    order_id: Id
    until: Reckoned
    why: Why


class Quoted(DecisionBase):
    """When an order will be at its door as things are; null if it will not.

    Said of a new order, and again when what was said no longer holds: it is served after all, or no longer late, or was
    given up and is on board of a vehicle that is heard of again.
    """

    kind: Literal["quoted"] = "quoted"
    order_id: Id
    arrive_at: Reckoned | None
    late_s: int | None


class Rerouted(DecisionBase):
    """An order is filled by another store than the one it was placed at, or was last said to be filled by."""

    kind: Literal["rerouted"] = "rerouted"
    order_id: Id
    from_store_id: Id
    to_store_id: Id


class Warned(DecisionBase):
    """An order will be late by ``late_s``, or, with null, is not served as things are; ``code`` says why.

    Said again when the lateness moves by more than a minute, of orders on the road too: what should be done and is not
    will be no sooner than now, whether its vehicle is seen or silent.
    """

    kind: Literal["warned"] = "warned"
    order_id: Id
    late_s: int | None
    code: Reason
    text: str


class Overdue(DecisionBase):
    """Nothing was heard of a vehicle since it should have left, stopped or come back; it gets no trip until it is.

    Told twice of one that is on the road: the second time it is ``vanished``, and what it carries is given up.
    """

    kind: Literal["overdue"] = "overdue"
    vehicle_id: Id
    vanished: bool = False
    text: str


class Released(DecisionBase):
    """A committed trip that had not left, or some orders of it, will not be: the world broke it, not the dispatcher.

    The orders named are open again, unless another vehicle turns out to have left with them.
    """

    kind: Literal["released"] = "released"
    trip_id: TripId
    order_ids: tuple[Id, ...]
    text: str


class GaveUp(DecisionBase):
    """An order can no longer be served at all: too late for it, no store has it, or who carries it has vanished."""

    kind: Literal["gave_up"] = "gave_up"
    order_id: Id
    code: Literal["too_late", "no_stock", "vehicle_vanished"]
    text: str


class Rejected(DecisionBase):
    """An event changed nothing, because of ``field``: the value in it, and the way out, are in ``text``."""

    kind: Literal["rejected"] = "rejected"
    field: str
    text: str


Decision = Annotated[
    Commit | Hold | Quoted | Rerouted | Warned | Overdue | Released | GaveUp | Rejected, Field(discriminator="kind")
]

DECISIONS: TypeAdapter[Decision] = TypeAdapter(Decision)
"""Reads a decision from JSON: ``DECISIONS.validate_json(line)``."""
