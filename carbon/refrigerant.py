"""Leaked refrigerant: charge, loss rate and global warming potential, blends from their composition."""

import math
from collections.abc import Mapping
from typing import Literal, Self

from pydantic import model_validator

from carbon.errors import MissingFactorError, QuantityError
from carbon.factors import Factor
from carbon.quantity import Emission, checked
from carbon.registry import Registry, bundled_registry
from carbon.values import Record, Text

GwpSet = Literal["AR5", "AR6"]

BLENDS: Mapping[str, Mapping[str, float]] = {
    "R-404A": {"R-125": 0.44, "R-143a": 0.52, "R-134a": 0.04},
    "R-407C": {"R-32": 0.23, "R-125": 0.25, "R-134a": 0.52},
    "R-410A": {"R-32": 0.50, "R-125": 0.50},
    "R-452A": {"R-32": 0.11, "R-125": 0.59, "R-1234yf": 0.30},
}
"""Composition of blends by mass (ANSI/ASHRAE Standard 34)."""


def blend_gwp100(parts: Mapping[str, float], gwp: GwpSet, registry: Registry | None = None) -> float:
    """GWP100 of a blend: the mean of its parts' by mass.

    Args:
        parts: fraction of mass by refrigerant, for example ``BLENDS["R-404A"]``; they add up to 1.
        gwp: GWP set.
        registry: where the parts' GWPs come from; the bundled ones by default.

    Returns:
        kgCO2e per kg.

    Raises:
        QuantityError: if a fraction is negative, or they do not add up to 1.
        MissingFactorError: if the GWP of a part is not known.
    """
    whole = math.fsum(checked(f"parts[{name!r}]", share) for name, share in parts.items())
    if not math.isclose(whole, 1, abs_tol=1e-9):
        raise QuantityError(f"parts add up to {whole}; they are fractions of the blend's mass and add up to 1")
    return math.fsum(share * gwp_factor(name, gwp, registry).value for name, share in parts.items())


def gwp_factor(refrigerant: str, gwp: GwpSet, registry: Registry | None = None) -> Factor:
    """Return the GWP100 of a refrigerant by its ASHRAE number, ``"R-404A"``.

    Raises:
        MissingFactorError: if it is not in the registry; names the key to add.
    """
    from_ = bundled_registry() if registry is None else registry
    key = f"gwp100_{gwp}_{refrigerant}".lower().replace("-", "_")
    try:
        return from_.get(key, region="global")
    except MissingFactorError as error:
        hint = " or compose it with blend_gwp100" if refrigerant in BLENDS else ""
        raise MissingFactorError(
            f"refrigerant is {refrigerant!r}, whose GWP100 of {gwp} is not known; add a row with key {key!r}, region "
            f"'global' and unit 'kgCO2e/kg' to your own factor file{hint}"
        ) from error


class RefrigerantCharge(Record):
    """Refrigerant in a plant or vehicle.

    Attributes:
        refrigerant: ASHRAE number, ``"R-290"``.
        charge_kg: mass in it.
        loss_rate: fraction of the charge lost in the period, 0 to 1.
    """

    refrigerant: Text
    charge_kg: float
    loss_rate: float

    @model_validator(mode="after")
    def _is_possible(self) -> Self:
        checked(f"charge_kg of {self.refrigerant}", self.charge_kg)
        if checked(f"loss_rate of {self.refrigerant}", self.loss_rate) > 1:
            raise QuantityError(
                f"loss_rate of {self.refrigerant} is {self.loss_rate}; it is a fraction of the charge, at most 1"
            )
        return self

    @property
    def lost_kg(self) -> float:
        """Mass lost in the period."""
        return self.charge_kg * self.loss_rate

    def emission(self, gwp: GwpSet, registry: Registry | None = None) -> Emission:
        """Emission of what was lost: charge x loss rate x GWP (formula F2).

        Raises:
            MissingFactorError: if the refrigerant's GWP is not known.
        """
        return gwp_factor(self.refrigerant, gwp, registry).emission(self.lost_kg, "kg")
