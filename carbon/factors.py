"""One factor: a figure the room computes with, with its unit, gas, place, time, source and licence."""

import re
from collections.abc import Iterable
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from carbon.errors import QuantityError, UnitError
from carbon.quantity import Emission, Gas, checked

EMISSION_UNIT = re.compile(r"(?P<mass>k?g)(?P<gas>CO2e?)(?:/(?P<per>.+))?")
GRAMS = {"g": 1.0, "kg": 1000.0}
SAME_QUANTITY = {
    "kg": ("mass", 1.0),
    "t": ("mass", 1000.0),
    "tonnes": ("mass", 1000.0),
    "kWh": ("energy", 1.0),
    "MJ": ("energy", 1 / 3.6),
}


class Factor(BaseModel):
    """One emission factor or model parameter, whole: a figure, where it holds, and who says so.

    ``value``, ``lower`` and ``upper`` are floats: they are read from the file's decimal text, shown by the shortest
    text that reads back the same (so nothing published is lost), and multiplied with physical models that are floats
    anyway.

    Attributes:
        key: stable name, lower case with underscores; the same thing in another region or year has the same key.
        name: what it is, in words.
        value: the figure, in ``unit``; finite and >= 0.
        lower: low end of the range, or None where none was published.
        upper: high end of the range, or None.
        unit: for emissions ``kgCO2e/kWh`` and the like; otherwise the plain unit, ``-`` for a pure number.
        gas: ``"CO2e"``, ``"CO2"`` (carbon dioxide alone) or None for what is not an emission.
        gwp: set of global warming potentials behind a CO2e figure (``"AR6"``), or None where the source states none.
        region: ISO 3166 code where it has one, else the source's own words.
        year: year it holds for, or None where the source gives none.
        edition: edition of the source, or an empty string.
        source: who published it.
        address: where to read it.
        licence: terms under which it is passed on, with the attribution they ask for.
        valid_from: first day it may be used for, or None where the source sets none.
        valid_to: last day, or None.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: Annotated[str, Field(pattern=r"^[a-z0-9_]+$")]
    name: Annotated[str, Field(min_length=1)]
    value: float
    lower: float | None = None
    upper: float | None = None
    unit: Annotated[str, Field(min_length=1)]
    gas: Gas | None = None
    gwp: Literal["AR4", "AR5", "AR6"] | None = None
    region: Annotated[str, Field(min_length=1)]
    year: Annotated[int, Field(ge=1990, le=2100)] | None = None
    edition: str = ""
    source: Annotated[str, Field(min_length=1)]
    address: Annotated[str, Field(min_length=1)]
    licence: Annotated[str, Field(min_length=1)]
    valid_from: date | None = None
    valid_to: date | None = None

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        low = self.value if self.lower is None else self.lower
        high = self.value if self.upper is None else self.upper
        for field, value in (("value", self.value), ("lower", low), ("upper", high)):
            checked(f"{field} of factor {self.key!r}", value)
        if not low <= self.value <= high:
            raise QuantityError(
                f"value of factor {self.key!r} is {self.value}, outside its own range {low} to {high}; "
                "check lower and upper"
            )
        if self.valid_from and self.valid_to and self.valid_from > self.valid_to:
            raise QuantityError(
                f"valid_from of factor {self.key!r} is {self.valid_from}, after valid_to {self.valid_to}; swap the two"
            )
        match = EMISSION_UNIT.fullmatch(self.unit)
        gas = match["gas"] if match else None
        if gas != self.gas:
            raise UnitError(
                f"gas of factor {self.key!r} is {self.gas}, but its unit {self.unit!r} says {gas}; make the two agree"
            )
        return self

    @property
    def id(self) -> str:
        """Key, region and year in one string, unique within a registry."""
        return f"{self.key}@{self.region}@{self.year or self.edition or 'undated'}"

    def holds_on(self, day: date) -> bool:
        """Whether ``day`` lies within its validity; a side that the source leaves open is open."""
        return (self.valid_from or date.min) <= day <= (self.valid_to or date.max)

    def emission(self, amount: float, unit: str) -> Emission:
        """Emission of ``amount``, stated in ``unit``: amount times factor.

        Masses (kg, t, tonnes) and energies (kWh, MJ) are converted; any other unit must be the factor's own.

        Args:
            amount: how much, >= 0.
            unit: unit of the amount, for example ``"kWh"`` or ``"kg"``.

        Raises:
            UnitError: if the factor is no emission, or is per something else.
            QuantityError: if the amount is negative or not a number.
        """
        match = EMISSION_UNIT.fullmatch(self.unit)
        if match is None or self.gas is None:
            raise UnitError(f"factor {self.id!r} is in {self.unit!r}, which is no emission; give an emission factor")
        return Emission(
            checked(f"amount in {unit}", amount) * self._per(match["per"] or "", unit) * GRAMS[match["mass"]], self.gas
        )

    def converts_to(self, unit: str) -> bool:
        """Whether it says the same kind of thing as a factor in ``unit``: the unit itself, or one per mass or energy.

        The gas is not looked at: a sum refuses the wrong one.
        """
        own, other = EMISSION_UNIT.fullmatch(self.unit), EMISSION_UNIT.fullmatch(unit)
        if own is None or other is None:
            return self.unit == unit
        kinds = [SAME_QUANTITY.get(match["per"] or "", (match["per"],))[0] for match in (own, other)]
        return kinds[0] == kinds[1]

    def _per(self, per: str, unit: str) -> float:
        if per == unit:
            return self.value
        own, other = SAME_QUANTITY.get(per), SAME_QUANTITY.get(unit)
        if own is None or other is None or own[0] != other[0]:
            raise UnitError(
                f"unit is {unit!r}, but factor {self.id!r} is per {per!r}; convert the amount or choose another factor"
            )
        return self.value * other[1] / own[1]


def gwp_sets(factors: Iterable[Factor]) -> tuple[str, ...]:
    """Sets of global warming potentials behind CO2e factors, sorted; ``"not stated"`` where a source states none."""
    return tuple(sorted({factor.gwp or "not stated" for factor in factors if factor.gas == "CO2e"}))
