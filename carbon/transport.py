"""Rounds and their allocation to orders: ledger A, aligned with ISO 14083:2023.

A round is one departure from a store to the return to it, empty way home included. Its emissions go to its orders by
fictitious transport activity, the distance from the store to the stop times the mass (formula F5), never by the
length of a leg, so that the order in which stops are served shifts no grams between customers.
"""

import math
from collections.abc import Mapping
from datetime import date
from typing import Literal, Self

from pydantic import Field, model_validator

from carbon.errors import AllocationError, QuantityError
from carbon.operation import Fuel
from carbon.quantity import checked
from carbon.values import DataClass, DistanceType, Operator, Record, RoundZone, Text, Zone


class RoundStop(Record):
    """One order delivered in a round.

    Attributes:
        order_id: the order.
        mass_kg: goods with the shipper's packaging, without the carrier's own totes; None if unknown (0 counts as
            unknown).
        distance_m: distance from the store to the stop, of the round's type; never the distance actually ridden.
        zone: temperature zone of the store that the order comes from.
    """

    order_id: Text
    mass_kg: float | None
    distance_m: float
    zone: Zone = "ambient"

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
    """One departure of one vehicle from a store, up to its return.

    All of it belongs to one operation, the empty way home, a detour to swap a battery and the way from another store
    included (``with_empty_run`` adds what a plan does not know of).

    Attributes:
        id: the round.
        store_id: the store it starts and ends at.
        region: ISO 3166 code of where the vehicle charges; picks the grid factor.
        vehicle_id: the vehicle.
        vehicle_class: ``"e_bike"``, ``"cargo_bike"``, ``"moped"``, ``"drone"``, or a name of the user's own.
        started_on: local date of departure.
        distance_m: metres actually ridden or flown, empty ones included.
        battery_wh: battery energy of all of it.
        stops: the orders delivered, at least one; no order twice.
        distance_type: what the stops' distances are.
        data_class: where the energy comes from: ``"modelled"``; ``"primary"`` if read from the battery or a fuel pump;
            ``"default"`` if it is a factor per kilometre.
        empty_distance_m: metres of ``distance_m`` without any order on board, or None if unknown.
        meter_kwh: what the charger's meter read for this round; overrides ``battery_wh`` and charging losses, and is
            primary data. With ``data_class="default"`` it is a factor per kilometre in place of a meter.
        fuels: what it burnt, if anything.
        refrigerants_kg: refrigerant leaked in it, by key of the factor for its warming potential.
        operator: ``"own"`` if the store's operator owns the vehicle, ``"hired"`` if a contractor does.
        travel_s: seconds under way, without those at doors; None if unknown. With ``load_kg`` it is what the range of
            a modelled energy is drawn at.
        load_kg: mean mass of goods on board over all metres, the empty return among them; None if unknown.
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
    data_class: DataClass = "modelled"
    empty_distance_m: float | None = None
    meter_kwh: float | None = None
    fuels: tuple[Fuel, ...] = ()
    refrigerants_kg: Mapping[str, float] = Field(default_factory=dict)
    operator: Operator = "own"
    travel_s: float | None = None
    load_kg: float | None = None

    @model_validator(mode="after")
    def _is_possible(self) -> Self:
        checked(f"distance_m of round {self.id!r}", self.distance_m)
        checked(f"battery_wh of round {self.id!r}", self.battery_wh)
        if self.meter_kwh is not None:
            checked(f"meter_kwh of round {self.id!r}", self.meter_kwh)
        for key, leaked_kg in self.refrigerants_kg.items():
            checked(f"refrigerants_kg[{key!r}] of round {self.id!r}", leaked_kg)
        if self.empty_distance_m is not None:
            checked(f"empty_distance_m of round {self.id!r}", self.empty_distance_m)
            if self.empty_distance_m > self.distance_m * (1 + 1e-9):
                raise QuantityError(
                    f"empty_distance_m of round {self.id!r} is {self.empty_distance_m:g}, more than its distance_m of "
                    f"{self.distance_m:g}; the empty metres are part of all metres"
                )
        used = self.battery_wh > 0 or bool(self.meter_kwh) or bool(self.fuels)
        away = [stop.order_id for stop in self.stops if stop.distance_m > 0]
        if self.distance_m == 0 and (used or away):
            why = "it used energy" if used else f"order {away[0]!r} is not at the store"
            raise QuantityError(f"distance_m of round {self.id!r} is 0, but {why}; give the metres really ridden")
        if self.distance_m > 0 and not used and self.meter_kwh is None and self.data_class == "modelled":
            raise QuantityError(
                f"battery_wh of round {self.id!r} is 0 over {self.distance_m:g} m, which no model gives; give "
                'battery_wh, meter_kwh or fuels, or data_class="primary" for a ride without any'
            )
        for field, value in (("travel_s", self.travel_s), ("load_kg", self.load_kg)):
            if value is not None:
                checked(f"{field} of round {self.id!r}", value)
        if not self.stops:
            raise AllocationError(
                f"stops of round {self.id!r} is empty, so nobody can carry its {self.battery_wh:g} Wh; "
                "add this empty run to the round that it served (Round.with_empty_run)"
            )
        if len({stop.order_id for stop in self.stops}) < len(self.stops):
            raise AllocationError(f"stops of round {self.id!r} name an order twice; merge the two stops into one")
        return self

    @property
    def energy(self) -> str:
        """What it moves by: ``"electricity"``, the factors of its fuels, or both."""
        fuels = sorted({fuel.operation for fuel in self.fuels})
        drawn = ["electricity"] if self.battery_wh > 0 or self.meter_kwh or not fuels else []
        return " and ".join((*fuels, *drawn))

    @property
    def zone(self) -> RoundZone:
        """Temperature of what it carries; ``"mixed"`` if some orders are chilled and some are not."""
        zones = {stop.zone for stop in self.stops}
        return zones.pop() if len(zones) == 1 else "mixed"

    def with_empty_run(self, distance_m: float, battery_wh: float, travel_s: float | None = None) -> "Round":
        """Return the round with an empty run added: repositioning, a battery swap, a way ridden in vain.

        Args:
            distance_m: metres of the run, >= 0.
            battery_wh: battery energy of it, >= 0.
            travel_s: seconds of it; without them those of the whole round are unknown.

        Raises:
            QuantityError: if either is negative or not a number; or if the round's energy was metered, since the meter
                has counted the run already.
        """
        if self.meter_kwh is not None:
            raise QuantityError(
                f"meter_kwh of round {self.id!r} is {self.meter_kwh:g}: a meter has counted every run already; add its "
                "metres to distance_m and empty_distance_m"
            )
        run_m, run_wh = checked("distance_m of the empty run", distance_m), checked("battery_wh of it", battery_wh)
        empty_m = None if self.empty_distance_m is None else self.empty_distance_m + run_m
        whole_m = self.distance_m + run_m
        run_s = None if travel_s is None else checked("travel_s of the empty run", travel_s)
        return Round.model_validate(
            dict(self)
            | {
                "distance_m": whole_m,
                "travel_s": None if run_s is None or self.travel_s is None else self.travel_s + run_s,
                "load_kg": self.load_kg * self.distance_m / whole_m if self.load_kg and whole_m else self.load_kg,
                "battery_wh": self.battery_wh + run_wh,
                "empty_distance_m": empty_m,
            }
        )


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
