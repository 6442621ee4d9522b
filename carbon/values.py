"""The base of the room's values, and words that several of them use."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Text = Annotated[str, Field(min_length=1)]

DistanceType = Literal["SFD", "GCD"]
"""Shortest feasible distance on a network, or great-circle distance; ISO 14083 allows either, never a mixture."""

DataClass = Literal["modelled", "primary", "default"]
"""Measured, computed from a model, or assumed."""

Zone = Literal["ambient", "chilled"]
"""Temperature zone of a store; chilled is everything that is cooled, frozen goods too."""

RoundZone = Literal["ambient", "chilled", "mixed"]
"""Temperature of what a round carries."""

Operator = Literal["own", "hired"]
"""Whether the store's operator owns a vehicle or a contractor does."""


class Record(BaseModel):
    """Base of the room's values: frozen, and refusing fields it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def over_a_year(first_day: date, last_day: date) -> bool:
    """Whether the days from the first to the last are more than a year (rule R12), leap or not."""
    try:
        return last_day >= first_day.replace(year=first_day.year + 1)
    except ValueError:  # 29 February
        return last_day >= first_day.replace(year=first_day.year + 1, month=3, day=1)
