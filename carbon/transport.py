"""Rounds and their allocation to orders: ledger A, aligned with ISO 14083:2023.

A round is one departure from a store to the return to it, empty way home included. Its emissions go to its orders by
fictitious transport activity, the distance from the store to the stop times the mass (formula F5), never by the
length of a leg, so that the order in which stops are served shifts no grams between customers.
"""

import math
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from carbon.errors import AllocationError, QuantityError
from carbon.quantity import checked

Text = Annotated[str, Field(min_length=1)]


class Record(BaseModel):
    """Base of the room's values: frozen, and refusing fields it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


DistanceType = Literal["SFD", "GCD"]
"""Shortest feasible distance on a network, or great-circle distance; ISO 14083 allows either, never a mixture."""


class RoundStop(Record):
    """One order delivered in a round.

    Attributes:
        order_id: the order.
        mass_kg: goods with the shipper's packaging, without the carrier's own totes; None if unknown (0 counts as
            unknown).
        distance_m: distance from the store to the stop, of the round's type; never the distance actually ridden.
    """

    order_id: Text
    mass_kg: float | None
    distance_m: float

    @model_validator(mode="after")
    def _is_possible(self) -> Self:
        if self.mass_kg is not None:
            checked(f"mass_kg of order {self.order_id!r}", self.mass_kg)
        checked(f"distance_m of order {self.order_id!r}", self.distance_m)
        return self

    @property
    def activity_tkm(self) -> float | None:
        """Transport activity T = m·d in tonne-kilometres (formula F1), or None if the mass is unknown."""
        return self.mass_kg / 1000 * self.distance_m / 1000 if self.mass_kg else None


class Round(Record):
    """One departure of one electric vehicle from a store, up to its return.

    Attributes:
        id: the round.
        store_id: the store it starts and ends at.
        region: ISO 3166 code of the store; picks the grid factor.
        vehicle_id: the vehicle.
        vehicle_class: ``"e_bike"``, ``"cargo_bike"``, ``"moped"``, ``"drone"``, or a name of the user's own.
        started_on: local date of departure.
        distance_m: metres actually ridden or flown, the empty return included.
        battery_wh: battery energy of all of it.
        stops: the orders delivered, at least one; no order twice.
        distance_type: what the stops' distances are.
        data_class: ``"modelled"`` if the energy comes from a model, ``"primary"`` if from a meter.
    """

    id: Text
    store_id: Text
    region: Text
    vehicle_id: Text
    vehicle_class: Text
    started_on: date
    distance_m: float
    battery_wh: float
    stops: tuple[RoundStop, ...]
    distance_type: DistanceType = "SFD"
    data_class: Literal["modelled", "primary"] = "modelled"

    @model_validator(mode="after")
    def _is_possible(self) -> Self:
        checked(f"distance_m of round {self.id!r}", self.distance_m)
        checked(f"battery_wh of round {self.id!r}", self.battery_wh)
        if not self.stops:
            raise AllocationError(
                f"stops of round {self.id!r} is empty, so nobody can carry its {self.battery_wh:g} Wh; "
                "add this empty run to the round that it served"
            )
        if len({stop.order_id for stop in self.stops}) < len(self.stops):
            raise AllocationError(f"stops of round {self.id!r} name an order twice; merge the two stops into one")
        return self


class OrderShare(Record):
    """One order's part of a round.

    Attributes:
        order_id: the order.
        share: fraction of the round, 0 to 1.
        activity_tkm: its transport activity (F1), or None if its mass is unknown.
    """

    order_id: str
    share: float
    activity_tkm: float | None


class Allocation(Record):
    """How a round is divided among its orders.

    Attributes:
        method: ``"mass_distance"`` (F5) or the fallback ``"shipments"``, equal parts.
        reason: why the fallback was taken; None otherwise.
        shares: one per stop, in the order of the stops; ``math.fsum`` of them is exactly 1.
        activity_tkm: activity of the round, or None if a mass is unknown.
    """

    method: Literal["mass_distance", "shipments"]
    reason: str | None
    shares: tuple[OrderShare, ...]
    activity_tkm: float | None


def allocate(round_: Round) -> Allocation:
    """Divide a round among its orders by F5, or equally (and saying why) where F5 has nothing to go by.

    Source: ISO 14083:2023 as explained in UBA/CLECAT, *Guide to ISO 14083* (2024), delivery rounds.

    Raises:
        QuantityError: if masses and distances are so large that their product is no number.
    """
    stops = round_.stops
    activities = [stop.activity_tkm for stop in stops]
    known = [activity for activity in activities if activity is not None]
    activity = math.fsum(known) if len(known) == len(stops) else None
    reason = None
    if activity is None:
        reason = f"mass unknown for {len(stops) - len(known)} of {len(stops)} orders"
    elif activity == 0:
        reason = "every stop is at the store, so there is no activity to divide by"
    elif math.isinf(activity):
        raise QuantityError(
            f"activity of round {round_.id!r} is {activity} tkm; check the mass and distance of its stops"
        )
    weights = [1.0] * len(stops) if reason else known
    shares = [weight / math.fsum(weights) for weight in weights]
    # The largest share takes what rounding left over; the tie goes to the first id, so that the stops' order does not
    # matter.
    top = min(range(len(stops)), key=lambda i: (-shares[i], stops[i].order_id))
    shares[top] = math.fsum([1.0, *(-share for i, share in enumerate(shares) if i != top)])
    return Allocation(
        method="shipments" if reason else "mass_distance",
        reason=reason,
        shares=tuple(
            OrderShare(order_id=stop.order_id, share=share, activity_tkm=stop_tkm)
            for stop, share, stop_tkm in zip(stops, shares, activities, strict=True)
        ),
        activity_tkm=activity,
    )
