"""Small typed layer under every sum: checked numbers, and emissions that refuse to mix gases."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from carbon.errors import MixedGasError, QuantityError

Floats = NDArray[np.float64]
Gas = Literal["CO2", "CO2e"]
GASES = get_args(Gas)


def checked(field: str, value: float, *, finite: bool = True) -> float:
    """Return ``value`` if it is a number >= 0.

    Args:
        field: name and unit of the value, for the message.
        value: the value.
        finite: refuse infinity as well.

    Raises:
        QuantityError: for NaN, a negative number or (if ``finite``) infinity.
    """
    if math.isnan(value) or value < 0 or (finite and math.isinf(value)):
        raise QuantityError(
            f"{field} is {value}; it must be {'a finite number' if finite else 'a number'} of at least 0"
        )
    return value


def checked_array(field: str, values: ArrayLike, *, finite: bool = False) -> Floats:
    """Return ``values`` as float64 of the same shape if every one is a number >= 0.

    Args:
        field: name and unit of the values, for the message.
        values: the values, any shape.
        finite: refuse ``inf``, which otherwise means unreachable, as well.

    Raises:
        QuantityError: names the field, the first bad value and its flat index.
    """
    array = np.asarray(values, dtype=np.float64)
    good = (array >= 0) & (array < np.inf) if finite else array >= 0  # false for NaN as well
    if not good.all():
        at = int(np.flatnonzero(~good.ravel())[0])
        kind = "a finite number" if finite else "a number"
        raise QuantityError(f"{field} is {array.ravel()[at]} at index {at}; every value must be {kind} of at least 0")
    return array


@dataclass(frozen=True, slots=True)
class Emission:
    """Greenhouse gas in full-precision grams, of either CO2 alone or CO2 equivalents, never a mixture.

    Attributes:
        grams: mass in grams.
        gas: ``"CO2"`` or ``"CO2e"``.
    """

    grams: float
    gas: Gas

    def __post_init__(self) -> None:
        """Refuse what is no amount of either gas."""
        checked("grams of an emission", self.grams)
        if self.gas not in GASES:
            raise MixedGasError(f"gas of an emission is {self.gas!r}; it is one of {' and '.join(GASES)}")

    def __add__(self, other: "Emission") -> "Emission":
        """Add an amount of the same gas; ``MixedGasError`` for the other one."""
        return total((self, other))

    def part(self, share: float) -> "Emission":
        """Return ``share`` of this amount; ``share`` is a fraction >= 0 (``QuantityError`` otherwise)."""
        return Emission(self.grams * checked("share", share), self.gas)


def total(emissions: Iterable[Emission]) -> Emission:
    """Sum emissions of one gas, rounding once (``math.fsum``), so that their order does not matter.

    Returns:
        The sum; nothing at all sums to 0 g CO2e.

    Raises:
        MixedGasError: when CO2-only and CO2e amounts come together. China's "electricity CO2 factor" is the usual
            cause: it counts CO2 at the power station, while a footprint counts CO2e over the life cycle.
    """
    amounts = tuple(emissions)
    gases = {amount.gas for amount in amounts}
    if len(gases) > 1:
        found = " and ".join(
            f"{math.fsum(amount.grams for amount in amounts if amount.gas == gas):g} g {gas}" for gas in sorted(gases)
        )
        raise MixedGasError(
            f"gas: cannot add {found}, one carbon dioxide alone and the other all greenhouse gases; "
            "use a CO2e factor for both, for example the life-cycle factor of electricity"
        )
    return Emission(math.fsum(amount.grams for amount in amounts), gases.pop() if gases else "CO2e")
