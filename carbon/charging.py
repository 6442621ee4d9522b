"""From the battery back to the grid and the power station: charging losses by formula F7, and losses on the lines."""

import math

from numpy.typing import ArrayLike

from carbon.errors import QuantityError
from carbon.factors import Factor
from carbon.quantity import Floats, checked, checked_array
from carbon.registry import Registry, bundled_registry

CHARGING_KEYS = ("battery_charge_efficiency", "charger_efficiency")


def grid_wh(battery_wh: ArrayLike, registry: Registry | None = None) -> Floats:
    """Energy drawn from the grid to put ``battery_wh`` back, by formula F7: through the charger, then into the cells.

    Args:
        battery_wh: Wh drawn from the battery, >= 0, any shape.
        registry: where the two efficiencies come from; the bundled factors by default.

    Returns:
        Wh at the socket, of the same shape.

    Raises:
        QuantityError: if a value is negative or not a number.
    """
    return checked_array("battery_wh", battery_wh) / math.prod(factor.value for factor in charging_factors(registry))


def charging_factors(registry: Registry | None = None) -> tuple[Factor, ...]:
    """Return the factors that ``grid_wh`` divides by: charge efficiency of the cells and efficiency of the charger."""
    return tuple((bundled_registry() if registry is None else registry).get(key) for key in CHARGING_KEYS)


def line_loss_gco2e_per_kwh(sent_out_gco2e_per_kwh: float, lost_share: float) -> float:
    """Emission of what is lost on the lines, per kWh that arrives.

    A share lost of what was sent out is more of what arrives: with 8 % lost, a kWh at the socket takes 1/0.92 kWh at
    the station. So the loss adds ``intensity · lost / (1 - lost)``, and not ``intensity · lost``.

    Args:
        sent_out_gco2e_per_kwh: intensity of a kWh sent out, in grams (or kilograms: the answer is in the same), >= 0.
        lost_share: fraction lost in transmission and distribution, at least 0 and below 1.

    Raises:
        QuantityError: if a value is negative or not a number, or everything is lost.
    """
    lost = checked("lost_share", lost_share)
    if lost >= 1:
        raise QuantityError(f"lost_share is {lost_share}; it is a fraction below 1, as 0.08 for 8 %")
    return checked("sent_out_gco2e_per_kwh", sent_out_gco2e_per_kwh) * lost / (1 - lost)
