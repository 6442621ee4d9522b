"""From the battery back to the grid: charging losses by formula F7."""

import math

from numpy.typing import ArrayLike

from carbon.factors import Factor, Registry, bundled_registry
from carbon.quantity import Floats, checked_array

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
    return tuple((registry or bundled_registry()).get(key) for key in CHARGING_KEYS)
