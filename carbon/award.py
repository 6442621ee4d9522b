"""Entries of a book of carbon points: what was done, under which rule, and what was given or taken back for it."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, TypeAdapter, model_validator

from carbon.avoided import Avoided, Baseline, Behaviour, EmissionRange
from carbon.errors import PointsError, QuantityError
from carbon.quantity import checked
from carbon.values import Record, Text

PERIOD = r"^\d{4}(-\d{2}(-\d{2})?)?$"


class PointsRule(Record):
    """How one behaviour earns points.

    Attributes:
        version: its name and edition.
        baseline: what the behaviour is held against.
        gco2e_per_point: grams credited for one point, > 0.
        issuer: who gives the points.
        registry: where they are registered, so that nobody else credits the same act.
        required_by_law: whether the law demands the behaviour anyway; then it earns nothing.
        is_default: whether it is what happens without a choice; then it earns nothing.
        max_amount: most units of the baseline that one act is credited for, > 0. An act is at one order, so it is 1
            where the unit is ``"order"``.
        repeats: whether an order may be credited anew in another period, as one that is delivered in parts; without it
            a behaviour of an order earns once, however its periods are cut.
    """

    version: Text
    baseline: Baseline
    gco2e_per_point: float
    issuer: Text
    registry: Text
    required_by_law: bool
    is_default: bool
    max_amount: float = 1.0
    repeats: bool = False

    @model_validator(mode="after")
    def _is_possible(self) -> Self:
        if checked("gco2e_per_point", self.gco2e_per_point) == 0:
            raise QuantityError(
                f"gco2e_per_point of rule {self.version!r} is 0; a point stands for at least some grams"
            )
        if checked("max_amount", self.max_amount) == 0:
            raise QuantityError(f"max_amount of rule {self.version!r} is 0, so that nothing could earn")
        if self.baseline.unit == "order" and self.max_amount > 1:
            raise QuantityError(
                f"max_amount of rule {self.version!r} is {self.max_amount:g}, and its baseline is per order; an "
                "act is at one order"
            )
        return self


class Consumer(Record):
    """Who earned points, without saying who.

    Attributes:
        pseudonym: keyed hash of the customer's id in hexadecimal, at least 128 bits; never a name, number or address.
        consented_on: day of consent.
    """

    pseudonym: Annotated[str, Field(pattern=r"^[0-9a-f]{32,128}$")]
    consented_on: date


class Act(Record):
    """One behaviour at one order.

    Attributes:
        order_id: the order.
        period: period of account it belongs to: a year, a month or a day (``"2026"``, ``"2026-11"``).
        done_on: day it was done, within the period.
        amount: how many units of the baseline, >= 0 and at most the rule's ``max_amount``.
        project: PE, what was emitted per unit.
        loop_id: one turn of one reusable box (``"box-17/3"``); for a returned box only.
        return_due_on: day by which the box must be back; for a returned box only.
        consumer: who did it, if they agreed.
    """

    order_id: Text
    period: Annotated[str, Field(pattern=PERIOD)]
    done_on: date
    amount: float
    project: EmissionRange
    loop_id: Text | None = None
    return_due_on: date | None = None
    consumer: Consumer | None = None

    @model_validator(mode="after")
    def _is_possible(self) -> Self:
        checked("amount", self.amount)
        if not self.done_on.isoformat().startswith(self.period):
            raise PointsError(f"done_on is {self.done_on}, which is not in period {self.period!r}")
        if (self.loop_id is None) != (self.return_due_on is None):
            raise PointsError(
                f"loop_id is {self.loop_id} and return_due_on is {self.return_due_on}; give both for a reusable box, "
                "and neither for anything else"
            )
        if self.return_due_on is not None and self.return_due_on < self.done_on:
            raise PointsError(f"return_due_on is {self.return_due_on}, before done_on {self.done_on}")
        if self.consumer is not None and self.consumer.consented_on > self.done_on:
            raise PointsError(
                f"consented_on is {self.consumer.consented_on}, after done_on {self.done_on}; leave the consumer out"
            )
        return self


class Award(Record):
    """An entry that gives points. It holds all that its figures are computed from.

    Attributes:
        sequence: position in the book, from 0.
        act: what was done.
        rule: the rule it was credited under.
        avoided: F13, which may be negative.
        points: whole points for the conservative figure, >= 0, worth no gram more than it.
    """

    kind: Literal["award"] = "award"
    sequence: int
    act: Act
    rule: PointsRule
    avoided: Avoided
    points: int


class BoxReturned(Record):
    """An entry that says that a box came back.

    Attributes:
        sequence: position in the book.
        loop_id: the turn of the box.
        returned_on: day it came back.
    """

    kind: Literal["box_returned"] = "box_returned"
    sequence: int
    loop_id: Text
    returned_on: date


class Revocation(Record):
    """An entry that takes an award back; the award stays in the book.

    Attributes:
        sequence: position in the book.
        order_id: of the award.
        behaviour: of the award.
        period: of the award.
        revoked_on: day of it.
        reason: why.
    """

    kind: Literal["revocation"] = "revocation"
    sequence: int
    order_id: Text
    behaviour: Behaviour
    period: Text
    revoked_on: date
    reason: Text


PointsEntry = Annotated[Award | BoxReturned | Revocation, Field(discriminator="kind")]
POINTS_ENTRIES: TypeAdapter[tuple[PointsEntry, ...]] = TypeAdapter(tuple[PointsEntry, ...])
"""Reads and writes a book's entries as JSON."""
