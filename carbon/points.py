"""Carbon points: an append-only book of what customers are thanked for, drawn from ledger C.

A point is an incentive. It is no offset, it cannot be sold, and it changes no figure of the ledgers A and B.
"""

import math
import re
from collections.abc import Iterable
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, TypeAdapter, model_validator

from carbon.avoided import Avoided, Baseline, Behaviour, EmissionRange, avoided, total_avoided
from carbon.errors import DuplicateAwardError, PointsError, QuantityError
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
    """

    version: Text
    baseline: Baseline
    gco2e_per_point: float
    issuer: Text
    registry: Text
    required_by_law: bool
    is_default: bool

    @model_validator(mode="after")
    def _is_possible(self) -> Self:
        if checked("gco2e_per_point", self.gco2e_per_point) == 0:
            raise QuantityError(
                f"gco2e_per_point of rule {self.version!r} is 0; a point stands for at least some grams"
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
        amount: how many units of the baseline, >= 0.
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
        points: whole points for the conservative figure, >= 0.
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


class PointsStatement(Record):
    """Ledger C over some awards; nothing in it belongs in a sum with emissions.

    Attributes:
        awards: awards that stand.
        revoked: awards that were taken back.
        points: points of those that stand.
        avoided: their avoided emissions, F13, negative where the behaviour emitted more.
        credited_gco2e: what the points were given for: the conservative figures, none of them below 0.
    """

    awards: int
    revoked: int
    points: int
    avoided: Avoided
    credited_gco2e: float


class PointsBook:
    """Awards and revocations in the order they were entered. Nothing is ever changed or removed."""

    def __init__(self) -> None:
        self._entries: list[Award | BoxReturned | Revocation] = []
        self._awards: dict[tuple[str, Behaviour, str], Award] = {}
        self._periods: dict[tuple[str, Behaviour], list[str]] = {}
        self._turns: dict[str, Award] = {}
        self._returned: dict[str, date] = {}
        self._revoked: set[tuple[str, Behaviour, str]] = set()

    @classmethod
    def replay(cls, entries: Iterable[Award | BoxReturned | Revocation]) -> Self:
        """Rebuild a book, entering everything anew and computing every figure again.

        Args:
            entries: all entries of a book, in order.

        Raises:
            PointsError: if an entry breaks a rule, or is not what its own inputs give; names it.
        """
        book = cls()
        for entry in entries:
            match entry:
                case Award():
                    again: Award | BoxReturned | Revocation = book.award(entry.act, entry.rule)
                case BoxReturned():
                    again = book.box_returned(entry.loop_id, entry.returned_on)
                case Revocation():
                    again = book.revoke(
                        entry.order_id, entry.behaviour, entry.period, on=entry.revoked_on, reason=entry.reason
                    )
            if again != entry:
                raise PointsError(f"entry {entry.sequence} is not what its inputs give: {entry!r} should be {again!r}")
        return book

    @property
    def entries(self) -> tuple[Award | BoxReturned | Revocation, ...]:
        """Everything entered so far."""
        return tuple(self._entries)

    @property
    def standing(self) -> tuple[Award, ...]:
        """Awards that were not revoked."""
        return tuple(award for key, award in self._awards.items() if key not in self._revoked)

    def award(self, act: Act, rule: PointsRule) -> Award:
        """Credit an act.

        Args:
            act: what was done.
            rule: the rule of its behaviour.

        Returns:
            The entry; 0 points where the conservative figure is not above 0.

        Raises:
            DuplicateAwardError: if the order was credited for the behaviour in this period, or in one that this one
                contains or is part of, whether or not it was revoked since; or if the turn of the box was.
            BaselineError: if the rule's baseline does not hold on the day.
            PointsError: if the behaviour is law or default, or the act does not fit it.
        """
        behaviour = rule.baseline.behaviour
        for field in ("required_by_law", "is_default"):
            if getattr(rule, field):
                raise PointsError(
                    f"{field} is true of rule {rule.version!r}: {behaviour} would have happened anyway, for nothing"
                )
        if (behaviour is Behaviour.REUSABLE_BOX_RETURNED) != (act.loop_id is not None):
            raise PointsError(
                f"loop_id of order {act.order_id!r} is {act.loop_id}; {Behaviour.REUSABLE_BOX_RETURNED} needs the turn "
                f"of its box and no other behaviour has one, and this is {behaviour}"
            )
        self._refuse_twice(act, behaviour)
        amount = avoided(rule.baseline, act.project, act.amount, act.done_on)
        entry = Award(
            sequence=len(self._entries),
            act=act,
            rule=rule,
            avoided=amount,
            # a whole number of points is not lost to the last bit of a quotient
            points=math.floor(amount.credited_gco2e / rule.gco2e_per_point + 1e-9),
        )
        self._entries.append(entry)
        self._awards[act.order_id, behaviour, act.period] = entry
        self._periods.setdefault((act.order_id, behaviour), []).append(act.period)
        if act.loop_id is not None:
            self._turns[act.loop_id] = entry
        return entry

    def box_returned(self, loop_id: str, on: date) -> BoxReturned:
        """Enter that a box came back.

        Args:
            loop_id: the turn of the box.
            on: day it came back; after the day it was due, the award is still to be revoked.

        Raises:
            PointsError: if no award is known for it, it was back already, or the day is before the order.
        """
        award = self._turns.get(loop_id)
        if award is None:
            raise PointsError(f"loop_id is {loop_id!r}, for which nothing was awarded; enter the award first")
        if loop_id in self._returned:
            raise PointsError(
                f"loop_id {loop_id!r} came back on {self._returned[loop_id]} already; count its next turn"
            )
        if on < award.act.done_on:
            raise PointsError(f"date is {on}, before the order of {award.act.done_on} that took the box {loop_id!r}")
        entry = BoxReturned(sequence=len(self._entries), loop_id=loop_id, returned_on=on)
        self._entries.append(entry)
        self._returned[loop_id] = on
        return entry

    def revoke(self, order_id: str, behaviour: Behaviour, period: str, *, on: date, reason: str) -> Revocation:
        """Take an award back.

        Raises:
            PointsError: if nothing was awarded for this order, behaviour and period, or it was revoked already.
        """
        key = (order_id, behaviour, period)
        award = self._awards.get(key)
        if award is None:
            raise PointsError(
                f"nothing was awarded for order {order_id!r}, {behaviour}, period {period!r}, to be revoked"
            )
        if key in self._revoked:
            raise PointsError(f"the award for order {order_id!r}, {behaviour}, period {period!r} was revoked already")
        if on < award.act.done_on:
            raise PointsError(f"date is {on}, before the act of {award.act.done_on} whose award is to be revoked")
        entry = Revocation(
            sequence=len(self._entries),
            order_id=order_id,
            behaviour=behaviour,
            period=period,
            revoked_on=on,
            reason=reason,
        )
        self._entries.append(entry)
        self._revoked.add(key)
        return entry

    def revoke_overdue(self, on: date) -> tuple[Revocation, ...]:
        """Revoke what was given for boxes that were due before ``on`` and did not come back in time."""
        late = [
            award
            for award in self.standing
            if award.act.loop_id is not None
            and award.act.return_due_on is not None
            and award.act.return_due_on < on
            and self._returned.get(award.act.loop_id, date.max) > award.act.return_due_on
        ]
        return tuple(
            self.revoke(
                award.act.order_id,
                award.rule.baseline.behaviour,
                award.act.period,
                on=on,
                reason=f"box {award.act.loop_id} was not back by {award.act.return_due_on}",
            )
            for award in late
        )

    def statement(self, period: str | None = None, pseudonym: str | None = None) -> PointsStatement:
        """Sum up ledger C.

        Args:
            period: only what was done in this year, month or day (``"2026-11"``); all if left out.
            pseudonym: only this consumer's.

        Raises:
            PointsError: if the period is none.
        """
        if period is not None and not re.fullmatch(PERIOD, period):
            raise PointsError(f"period is {period!r}; give a year, a month or a day, like '2026' or '2026-11'")
        chosen = [
            (key, award)
            for key, award in self._awards.items()
            if award.act.done_on.isoformat().startswith(period or "")
            and (pseudonym is None or (award.act.consumer is not None and award.act.consumer.pseudonym == pseudonym))
        ]
        stand = [award for key, award in chosen if key not in self._revoked]
        return PointsStatement(
            awards=len(stand),
            revoked=len(chosen) - len(stand),
            points=sum(award.points for award in stand),
            avoided=total_avoided(award.avoided for award in stand),
            credited_gco2e=math.fsum(award.avoided.credited_gco2e for award in stand),
        )

    def _refuse_twice(self, act: Act, behaviour: Behaviour) -> None:
        for period in self._periods.get((act.order_id, behaviour), ()):
            if period.startswith(act.period) or act.period.startswith(period):
                known = self._awards[act.order_id, behaviour, period]
                raise DuplicateAwardError(
                    f"order {act.order_id!r} was credited for {behaviour} in period {period!r} already (entry "
                    f"{known.sequence}, by {known.rule.issuer} in {known.rule.registry}); one act earns once"
                )
        if act.loop_id in self._turns:
            raise DuplicateAwardError(
                f"loop_id {act.loop_id!r} was credited already (entry {self._turns[act.loop_id].sequence}); reuse "
                "earns once per turn of the box"
            )
