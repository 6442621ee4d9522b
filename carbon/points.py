"""Carbon points: an append-only book of what customers are thanked for, drawn from ledger C.

A point is an incentive. It is no offset, it cannot be sold, and it changes no figure of the ledgers A and B.
"""

import math
import re
from collections.abc import Iterable
from datetime import date
from fractions import Fraction
from typing import Self

from carbon.avoided import Avoided, Behaviour, avoided, total_avoided
from carbon.award import PERIOD, Act, Award, BoxReturned, PointsRule, Revocation
from carbon.errors import DuplicateAwardError, MixedGasError, PointsError, QuantityError
from carbon.values import Record

MOST_POINTS = 2**53
"""Points beyond which JSON no longer tells one from the next."""

RIDE = {
    Behaviour.POOLED_ROUND: Behaviour.SLOWER_SLOT,
    Behaviour.SLOWER_SLOT: Behaviour.POOLED_ROUND,
}
"""Behaviours that save on the same ride, by each other."""


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
        self._sequence = 0
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
            book._enter_again(entry)
        return book

    @classmethod
    def excerpt(cls, entries: Iterable[Award | BoxReturned | Revocation], following: int) -> Self:
        """Rebuild what a long book holds of some orders, as ``replay`` does, to enter for these without reading it all.

        Every rule is about one order or one turn of a box, but for the gas that a book counts: so of a book's entries
        its first one, and all those of the orders and turns that are to be entered for, refuse what the whole would.

        Args:
            entries: of one book, in order, with gaps.
            following: the sequence of what is entered next.

        Raises:
            PointsError: if an entry breaks a rule, is not what its own inputs give, or is out of order; names it.
        """
        book = cls()
        for entry in entries:
            if not book._sequence <= entry.sequence < following:
                raise PointsError(
                    f"entry {entry.sequence} stands where one from {book._sequence} to before {following} must"
                )
            book._sequence = entry.sequence
            book._enter_again(entry)
        book._sequence = following
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
            DuplicateAwardError: if the order was credited for the behaviour before, whether or not it was revoked
                since, unless both rules repeat and the periods do not overlap; if the turn of the box was credited; or
                if the order's ride was, as pooled or as slower, and the slower slot is held against more than what
                pooling left.
            BaselineError: if the rule's baseline does not hold on the day.
            MixedGasError: if baseline, project and the book's other awards do not count the same gas.
            PointsError: if the behaviour is law or default, the act does not fit it, or its amount is above the rule's.
            QuantityError: if what comes out is more than can be.
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
        if act.amount > rule.max_amount:
            raise PointsError(
                f"amount of order {act.order_id!r} is {act.amount:g} {rule.baseline.unit}, and rule {rule.version!r} "
                f"credits at most {rule.max_amount:g} an act"
            )
        self._refuse_twice(act, rule)
        self._refuse_same_ride(act, rule)
        amount = avoided(rule.baseline, act.project, act.amount, act.done_on)
        first = next(iter(self._awards.values()), None)
        if first is not None and first.avoided.counts != amount.counts:
            raise MixedGasError(
                f"gas of baseline {rule.baseline.version!r} is {amount.counts}, and this book counts "
                f"{first.avoided.counts}; keep a book for each"
            )
        entry = Award(
            sequence=self._sequence,
            act=act,
            rule=rule,
            avoided=amount,
            points=_points(amount.credited_gco2e, rule),
        )
        self._append(entry)
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
        entry = BoxReturned(sequence=self._sequence, loop_id=loop_id, returned_on=on)
        self._append(entry)
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
            sequence=self._sequence,
            order_id=order_id,
            behaviour=behaviour,
            period=period,
            revoked_on=on,
            reason=reason,
        )
        self._append(entry)
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

    def _enter_again(self, entry: Award | BoxReturned | Revocation) -> None:
        match entry:
            case Award():
                again: Award | BoxReturned | Revocation = self.award(entry.act, entry.rule)
            case BoxReturned():
                again = self.box_returned(entry.loop_id, entry.returned_on)
            case Revocation():
                again = self.revoke(
                    entry.order_id, entry.behaviour, entry.period, on=entry.revoked_on, reason=entry.reason
                )
        if again != entry:
            raise PointsError(f"entry {entry.sequence} is not what its inputs give: {entry!r} should be {again!r}")

    def _append(self, entry: Award | BoxReturned | Revocation) -> None:
        self._entries.append(entry)
        self._sequence = entry.sequence + 1

    def _refuse_twice(self, act: Act, rule: PointsRule) -> None:
        behaviour = rule.baseline.behaviour
        for period in self._periods.get((act.order_id, behaviour), ()):
            known = self._awards[act.order_id, behaviour, period]
            overlaps = period.startswith(act.period) or act.period.startswith(period)
            if overlaps or not (rule.repeats and known.rule.repeats):
                raise DuplicateAwardError(
                    f"order {act.order_id!r} was credited for {behaviour} in period {period!r} already (entry "
                    f"{known.sequence}, by {known.rule.issuer} in {known.rule.registry}); one act earns once"
                    + ("" if overlaps else ", in whatever period, unless its rules repeat")
                )
        if act.loop_id in self._turns:
            raise DuplicateAwardError(
                f"loop_id {act.loop_id!r} was credited already (entry {self._turns[act.loop_id].sequence}); reuse "
                "earns once per turn of the box"
            )

    def _refuse_same_ride(self, act: Act, rule: PointsRule) -> None:
        """Let a pooled and a slower ride of one order earn only if the one starts where the other ends.

        The slower slot's baseline may be no more than what the pooled ride emitted, nor than what pooling was held
        against; then both credits together are at most that of the way from the first baseline to the last ride.
        """
        behaviour = rule.baseline.behaviour
        other = RIDE.get(behaviour)
        if other is None:
            return
        for period in self._periods.get((act.order_id, other), ()):
            key = act.order_id, other, period
            if key in self._revoked:
                continue
            known = self._awards[key]
            pair = (act, rule.baseline), (known.act, known.rule.baseline)
            (pooled, before), (slower, after) = pair if behaviour is Behaviour.POOLED_ROUND else pair[::-1]
            chained = (before.unit, before.emission.gas, pooled.amount) == (
                after.unit,
                after.emission.gas,
                slower.amount,
            ) and all(
                getattr(after.emission, field) <= min(getattr(pooled.project, field), getattr(before.emission, field))
                for field in ("lower_gco2e", "value_gco2e", "upper_gco2e")
            )
            if not chained:
                raise DuplicateAwardError(
                    f"the ride of order {act.order_id!r} was credited for {other} already (entry {known.sequence}); "
                    f"{behaviour} earns besides only if baseline {after.version!r} of {Behaviour.SLOWER_SLOT} is no "
                    f"more than what the pooled ride emitted, per the same {before.unit} and amount"
                )


def _points(credited_gco2e: float, rule: PointsRule) -> int:
    """Whole points that the credited grams pay for, in the decimals that the two are written with.

    Binary quotients would lose a point of 20 g at 0.1 g, or find one that is not there.
    """
    points = math.floor(Fraction(repr(credited_gco2e)) / Fraction(repr(rule.gco2e_per_point)))
    if points > MOST_POINTS:
        raise QuantityError(
            f"gco2e_per_point of rule {rule.version!r} is {rule.gco2e_per_point:g}, which makes more than "
            f"{MOST_POINTS} points of {credited_gco2e:g} g; a point must stand for more"
        )
    return points
