"""Readers of public benchmark formats: their files as requests or days, their known solutions; writers and a judge."""

from dispatch.readers.mdrp import MealCouriers, MealDay, MealOrders, MealRules, read_mdrp
from dispatch.readers.mdrp_check import MealVerdict, check_mdrp
from dispatch.readers.mdrp_solution import (
    SOLUTION_FILES,
    MealFigures,
    MealTrip,
    meal_figures,
    write_mdrp_solution,
)
from dispatch.readers.mtvrptwr import FormatError, KnownSolution, read_mtvrptwr, read_mtvrptwr_solution

__all__ = [
    "SOLUTION_FILES",
    "FormatError",
    "KnownSolution",
    "MealCouriers",
    "MealDay",
    "MealFigures",
    "MealOrders",
    "MealRules",
    "MealTrip",
    "MealVerdict",
    "check_mdrp",
    "meal_figures",
    "read_mdrp",
    "read_mtvrptwr",
    "read_mtvrptwr_solution",
    "write_mdrp_solution",
]
