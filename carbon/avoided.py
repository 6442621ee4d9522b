"""Avoided emissions: ledger C, what did not happen (formula F13).

A baseline says what would have been emitted, so an avoided gram is an argument and not a measurement. It stands beside
the emissions of transport (A) and packaging (B) and is never taken off them; the types here refuse to be added to an
``Emission``.
"""

import math
from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import NoReturn, Self

from pydantic import model_validator

from carbon.errors import BaselineError, LedgerMixError, MixedGasError, QuantityError
from carbon.quantity import Gas, checked
from carbon.values import Record, Text

MOST_G = 1e18
"""More grams than anybody can avoid: the world emits some 6e16 g CO2e a year. Beyond it a unit is wrong."""


class Behaviour(StrEnum):
    """What a customer did that emits less than the usual."""

    POOLED_ROUND = "pooled_round"
    REUSABLE_BOX_RETURNED = "reusable_box_returned"
    NO_CUTLERY = "no_cutlery"
    SLOWER_SLOT = "slower_slot"


class EmissionRange(Record):
    """An emission with its bounds, per unit of what is done (an order, a kilometre, a carton).

    Attributes:
        lower_gco2e: low end, >= 0.
        value_gco2e: best estimate.
        upper_gco2e: high end.
        gas: what the grams are of; ``"CO2"`` for a factor that counts carbon dioxide alone, as those of the cities'
            platforms do.
    """

    lower_gco2e: float
    value_gco2e: float
    upper_gco2e: float
    gas: Gas = "CO2e"

    @model_validator(mode="after")
    def _is_ordered(self) -> Self:
        for field in ("lower_gco2e", "value_gco2e", "upper_gco2e"):
            checked(field, getattr(self, field))
        if not self.lower_gco2e <= self.value_gco2e <= self.upper_gco2e:
            raise QuantityError(
                f"value_gco2e is {self.value_gco2e}, outside {self.lower_gco2e} to {self.upper_gco2e}; "
                "give lower, value and upper in this order"
            )
        return self


class Baseline(Record):
    """What one unit would have emitted without the behaviour, dated and versioned.

    Attributes:
        version: its name and edition; a changed baseline is a new version.
        behaviour: what it is the baseline of. That of a slower slot is the round as pooled without it, lest the ride be
            credited twice; a book of points holds both to it.
        unit: what the emission is per, ``"order"``, ``"km"``, ``"carton"``.
        emission: BE per unit, of the gas that its source counts.
        valid_from: first day it may be used for.
        valid_to: last day.
        source: who says so.
        address: where to read it.
    """

    version: Text
    behaviour: Behaviour
    unit: Text
    emission: EmissionRange
    valid_from: date
    valid_to: date
    source: Text
    address: Text

    @model_validator(mode="after")
    def _is_dated(self) -> Self:
        if self.valid_to < self.valid_from:
            raise BaselineError(
                f"valid_to of baseline {self.version!r} is {self.valid_to}, before its valid_from {self.valid_from}"
            )
        return self

    def check_valid(self, on: date) -> None:
        """Refuse a day on which the baseline does not hold.

        Raises:
            BaselineError: if ``on`` is outside its validity.
        """
        if not self.valid_from <= on <= self.valid_to:
            raise BaselineError(
                f"date is {on}, but baseline {self.version!r} holds from {self.valid_from} to {self.valid_to}; "
                "use the version of that day"
            )


class Avoided(Record):
    """An amount of ledger C: ER = BE - PE with its range. It may be negative, and then it is shown so.

    Attributes:
        lower_gco2e: lower bound of BE minus upper bound of PE, the conservative figure.
        value_gco2e: BE minus PE.
        upper_gco2e: upper bound of BE minus lower bound of PE.
        counts: gas of the grams, that of BE and PE.
    """

    lower_gco2e: float
    value_gco2e: float
    upper_gco2e: float
    counts: Gas = "CO2e"

    @model_validator(mode="after")
    def _is_possible(self) -> Self:
        for field in ("lower_gco2e", "value_gco2e", "upper_gco2e"):
            grams = getattr(self, field)
            if not abs(grams) <= MOST_G:  # false for NaN as well
                raise QuantityError(
                    f"{field} of an avoided emission is {grams:g}; it must be a number, and of at most {MOST_G:g} g "
                    "either way, which is more than the world emits in ten years"
                )
        if not self.lower_gco2e <= self.value_gco2e <= self.upper_gco2e:
            raise QuantityError(
                f"value_gco2e of an avoided emission is {self.value_gco2e}, outside {self.lower_gco2e} to "
                f"{self.upper_gco2e}; give lower, value and upper in this order"
            )
        return self

    @property
    def credited_gco2e(self) -> float:
        """What points may be given for: the conservative figure, never below 0."""
        return max(0.0, self.lower_gco2e)

    @property
    def gas(self) -> NoReturn:
        """Avoided grams are of no gas; a sum of emissions asks for it, and is refused here with ``LedgerMixError``."""
        _refuse()

    def __add__(self, other: "Avoided") -> "Avoided":
        """Add another avoided amount; ``LedgerMixError`` for anything else."""
        if not isinstance(other, Avoided):
            _refuse()
        return total_avoided((self, other))

    def __radd__(self, other: object) -> NoReturn:
        """Raise ``LedgerMixError``: nothing but an ``Avoided`` can be on the left."""
        _refuse()

    def __sub__(self, other: object) -> NoReturn:
        """Raise ``LedgerMixError``."""
        _refuse()

    def __rsub__(self, other: object) -> NoReturn:
        """Raise ``LedgerMixError``: no emission is reduced by what was avoided."""
        _refuse()


def avoided(baseline: Baseline, project: EmissionRange, amount: float, on: date) -> Avoided:
    """Formula F13: baseline emission minus project emission.

    Args:
        baseline: what would have been emitted, per unit.
        project: what was emitted, per the same unit.
        amount: how many units, >= 0.
        on: day it was done.

    Raises:
        BaselineError: if the baseline does not hold on that day.
        MixedGasError: if one of the two counts CO2 alone and the other all greenhouse gases.
        QuantityError: if the amount is negative or not a number, or what comes out is more than the world emits.
    """
    baseline.check_valid(on)
    checked(f"amount in {baseline.unit}", amount)
    be = baseline.emission
    if be.gas != project.gas:
        raise MixedGasError(
            f"gas of baseline {baseline.version!r} is {be.gas} and that of the project {project.gas}; nothing of the "
            "one can be taken off the other, so take both of one kind"
        )
    return Avoided(
        lower_gco2e=(be.lower_gco2e - project.upper_gco2e) * amount,
        value_gco2e=(be.value_gco2e - project.value_gco2e) * amount,
        upper_gco2e=(be.upper_gco2e - project.lower_gco2e) * amount,
        counts=be.gas,
    )


def total_avoided(amounts: Iterable[Avoided]) -> Avoided:
    """Sum avoided amounts, bound by bound; nothing at all sums to 0.

    Raises:
        LedgerMixError: if one of them is not an ``Avoided``.
        MixedGasError: if some count CO2 alone and some all greenhouse gases.
    """
    known = tuple(amounts)
    if not all(isinstance(amount, Avoided) for amount in known):
        _refuse()
    gases = {amount.counts for amount in known}
    if len(gases) > 1:
        raise MixedGasError(
            "counts: some of the avoided emissions are of CO2 alone and some of CO2e; add up each kind on its own"
        )
    return Avoided(
        counts=gases.pop() if gases else "CO2e",
        lower_gco2e=math.fsum(amount.lower_gco2e for amount in known),
        value_gco2e=math.fsum(amount.value_gco2e for amount in known),
        upper_gco2e=math.fsum(amount.upper_gco2e for amount in known),
    )


def _refuse() -> NoReturn:
    raise LedgerMixError(
        "ledger C (avoided emissions) is never added to or taken off anything but itself; report it beside the "
        "emissions of transport (A) and packaging (B)"
    )
