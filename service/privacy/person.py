"""The person behind an order, whole and masked.

Data are of three classes:

- *sensitive*: name, phone, door and note of a person. Sealed in the database, told only to callers with
  ``personal:read``, masked for others, erased on request and after the retention time.
- *important*: where an order is delivered. Whoever plans or drives needs it as it is, so ``plans:read`` and
  ``live:read`` show it; an export for others rounds it.
- *general*: everything else. Orders, riders and stores have ids there and nothing more: plans, events, decisions,
  reports and the ledger know a person only by an order's id, which says nothing once the person is erased.
"""

from typing import Annotated, Self

from pydantic import Field, model_validator

from dispatch.record import Record

ROUNDED_TO = 2
"""Decimals of a degree that an export for others keeps: about a kilometre."""

HIDDEN = "•••"


class Person(Record):
    """What is known of the person behind an order: all of it sensitive."""

    name: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    phone: Annotated[str, Field(pattern=r"^[+0-9 ()./-]{3,40}$", description="digits, spaces, + ( ) . / -")] | None = (
        None
    )
    door: Annotated[str, Field(min_length=1, max_length=500, description="building, floor, bell, code")] | None = None
    note: Annotated[str, Field(min_length=1, max_length=1_000)] | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self == Person.model_construct():
            raise ValueError("give at least one of name, phone, door and note; DELETE erases a person")
        return self

    def masked(self) -> "Person":
        """What somebody may see who must not know: an initial, the last two digits, and that there is more."""
        digits = "".join(letter for letter in self.phone or "" if letter.isdigit())
        return Person.model_construct(
            name=f"{self.name[0]}{HIDDEN}" if self.name else None,
            phone=f"{HIDDEN}{digits[-2:]}" if self.phone else None,
            door=HIDDEN if self.door else None,
            note=HIDDEN if self.note else None,
        )


def rounded(location: tuple[float, float]) -> tuple[float, float]:
    """A place (lon, lat) to about a kilometre."""
    lon, lat = location
    return round(lon, ROUNDED_TO), round(lat, ROUNDED_TO)
