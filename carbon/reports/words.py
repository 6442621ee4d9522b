"""Grams by themselves, in a unit that keeps the number short: what charts and labels write beside their marks."""

from collections.abc import Iterable
from typing import NamedTuple

from carbon.reports.display import unit_text


class Unit(NamedTuple):
    """A unit of mass of greenhouse gas.

    Attributes:
        name: as printed.
        grams: how many grams it is.
    """

    name: str
    grams: float


UNITS = (Unit(unit_text("tCO2e"), 1e6), Unit(unit_text("kgCO2e"), 1e3), Unit(unit_text("gCO2e"), 1.0))


def unit_for(grams: Iterable[float]) -> Unit:
    """The unit in which the largest of ``grams`` is a number of at least 1, grams if there is none."""
    largest = max((abs(each) for each in grams), default=0.0)
    return next((unit for unit in UNITS if largest >= unit.grams), UNITS[-1])
