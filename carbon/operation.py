"""What an operation burns and leaks: the part of formula F2 that is not electricity."""

from collections.abc import Mapping
from typing import Self

from pydantic import model_validator

from carbon.quantity import Emission, checked, total
from carbon.registry import Registry
from carbon.values import Record, Text

NOTHING = Emission(0.0, "CO2e")


class Fuel(Record):
    """A fuel burnt in a round, with the two factors of formula F2.

    Attributes:
        amount: how much of it.
        unit: unit of the amount; the factors must be per it.
        operation: key of the factor for burning it (tank to wheel).
        provision: key of the factor for making and delivering it (well to tank).
    """

    amount: float
    unit: Text
    operation: Text
    provision: Text

    @model_validator(mode="after")
    def _is_possible(self) -> Self:
        checked(f"amount of fuel {self.operation!r}", self.amount)
        return self


def burnt(
    fuels: tuple[Fuel, ...], refrigerants_kg: Mapping[str, float], registry: Registry
) -> tuple[Emission, Emission]:
    """Operation and provision of fuels burnt and refrigerants leaked (F2, without its electricity).

    Raises:
        MissingFactorError: if a factor is not there.
        UnitError: if a factor is not per the fuel's unit, or per mass of the refrigerant.
    """
    operation = [registry.get(fuel.operation).emission(fuel.amount, fuel.unit) for fuel in fuels]
    provision = [registry.get(fuel.provision).emission(fuel.amount, fuel.unit) for fuel in fuels]
    leaked = [registry.get(key).emission(leaked_kg, "kg") for key, leaked_kg in refrigerants_kg.items()]
    # The sum with nothing is where a factor in CO2 alone is caught.
    return total((NOTHING, *operation, *leaked)), total((NOTHING, *provision))
