"""What the physical models share: constants, parameters read from factors, and a check for speeds."""

from collections.abc import Mapping

from numpy.typing import ArrayLike

from carbon.errors import QuantityError
from carbon.quantity import Floats, checked_array
from carbon.registry import Registry, bundled_registry

GRAVITY = 9.80665  # m/s2, exact by the 3rd General Conference on Weights and Measures, 1901
J_PER_WH = 3600.0


def parameters(keys: Mapping[str, str], registry: Registry | None = None) -> dict[str, float]:
    """Return the value of each field's factor, by field, from ``registry`` (the bundled one by default)."""
    from_ = bundled_registry() if registry is None else registry
    return {field_name: from_.get(key).value for field_name, key in keys.items()}


def positive_array(name: str, values: ArrayLike) -> Floats:
    """Return ``values`` as float64 if every one is a finite number above 0; ``QuantityError`` otherwise."""
    array = checked_array(name, values, finite=True)
    if not array.all():
        raise QuantityError(f"{name} is 0 somewhere; it must be above 0, as a vehicle that does not move has no leg")
    return array
