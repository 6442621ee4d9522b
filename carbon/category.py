"""Transport operation categories: rounds with common traits over a period, and their intensity (formula F2).

A category is one store's rounds of one vehicle class, energy, temperature and distance type. Rounds belong to it whole,
with their empty ways; its intensity is all that they emitted over all the activity of their orders.
"""

import math
from collections.abc import Iterable, Sequence
from datetime import date

from carbon.account import RoundFootprint
from carbon.chain import Activity, Intensity
from carbon.errors import AllocationError
from carbon.values import DistanceType, Record, RoundZone, over_a_year


class TransportCategory(Record):
    """One transport operation category (TOC).

    Attributes:
        id: its name.
        store_id: where its rounds start.
        vehicle_class: what they are ridden or flown with.
        energy: what they move by.
        zone: temperature of what they carried.
        distance_type: what the distances behind its activity are.
        first_day: first date of departure.
        last_day: last date of departure.
        rounds: how many.
        orders: how many.
        distance_m: metres ridden or flown, empty ones included.
        empty_distance_m: of which without an order on board; None if a round does not say.
        operation_gco2e: burnt or leaked on the road.
        energy_provision_gco2e: from making and delivering the energy.
        gco2e: both.
        market_gco2e: both with electricity by contract; None unless every round is under one.
        activity_tkm: activity of its orders; None if a mass is unknown.
        gco2e_per_tkm: intensity; None without activity.
        not_computable: why there is no intensity; None if there is one.
        gco2e_per_order: the parcel view, after EN 17837.
        primary_share: fraction of ``gco2e`` from primary data; None if it emitted nothing.
    """

    id: str
    store_id: str
    vehicle_class: str
    energy: str
    zone: RoundZone
    distance_type: DistanceType
    first_day: date
    last_day: date
    rounds: int
    orders: int
    distance_m: float
    empty_distance_m: float | None
    operation_gco2e: float
    energy_provision_gco2e: float
    gco2e: float
    market_gco2e: float | None
    activity_tkm: float | None
    gco2e_per_tkm: float | None
    not_computable: str | None
    gco2e_per_order: float
    primary_share: float | None

    def element_gco2e(self, activity: Activity) -> float | None:
        """Emission of one order's element by F3, the t.km view; None without an intensity.

        Raises:
            DistanceTypeError: if the activity is on another distance.
        """
        if self.gco2e_per_tkm is None:
            return None
        return Intensity(gco2e_per_tkm=self.gco2e_per_tkm, distance_type=self.distance_type).gco2e(activity)


def category_id(store_id: str, vehicle_class: str, energy: str, zone: RoundZone, distance_type: DistanceType) -> str:
    """Name of the category that a round belongs to; a stroke within a part is doubled, so that no two share one."""
    parts = store_id, vehicle_class, energy, zone, distance_type
    return " / ".join(part.replace("/", "//") for part in parts)


def transport_categories(rounds: Iterable[RoundFootprint]) -> tuple[TransportCategory, ...]:
    """Gather rounds into their categories, by name.

    Raises:
        AllocationError: if the rounds span more than a year.
    """
    groups: dict[str, list[RoundFootprint]] = {}
    days: list[date] = []
    for each in rounds:
        groups.setdefault(each.category, []).append(each)
        days.append(each.started_on)
    if days and over_a_year(min(days), max(days)):
        raise AllocationError(
            f"started_on of the rounds runs from {min(days)} to {max(days)}; a period is at most a year (ISO 14083): "
            "report the years apart"
        )
    return tuple(_category(name, groups[name]) for name in sorted(groups))


def primary_share(rounds: Iterable[RoundFootprint]) -> float | None:
    """Fraction of the rounds' emissions that comes from primary data; None if they emitted nothing."""
    rounds = tuple(rounds)
    whole = math.fsum(each.gco2e for each in rounds)
    return math.fsum(each.gco2e for each in rounds if each.data_class == "primary") / whole if whole > 0 else None


def known_sum(values: Iterable[float | None]) -> float | None:
    """Sum of values, None if one of them is not known or there are none."""
    known = list(values)
    return None if not known or None in known else math.fsum(value for value in known if value is not None)


def ratio(amount: float, by: float | None) -> float | None:
    """``amount`` over ``by``; None where there is nothing to divide by, or so little that no number is left."""
    found = amount / by if by else math.inf
    return found if math.isfinite(found) else None


def _reason(rounds: Sequence[RoundFootprint], activity: float | None) -> str | None:
    if activity is None:
        unknown = sum(each.activity_tkm is None for each in rounds)
        return f"gco2e_per_tkm is not computable because a mass is unknown in {unknown} of {len(rounds)} rounds"
    return None if activity else "gco2e_per_tkm is not computable because every stop is at the store"


def _category(name: str, rounds: Sequence[RoundFootprint]) -> TransportCategory:
    first = rounds[0]
    grams, orders = math.fsum(each.gco2e for each in rounds), sum(each.orders for each in rounds)
    activity = known_sum(each.activity_tkm for each in rounds)
    return TransportCategory(
        id=name,
        store_id=first.store_id,
        vehicle_class=first.vehicle_class,
        energy=first.energy,
        zone=first.zone,
        distance_type=first.distance_type,
        first_day=min(each.started_on for each in rounds),
        last_day=max(each.started_on for each in rounds),
        rounds=len(rounds),
        orders=orders,
        distance_m=math.fsum(each.distance_m for each in rounds),
        empty_distance_m=known_sum(each.empty_distance_m for each in rounds),
        operation_gco2e=math.fsum(each.operation_gco2e for each in rounds),
        energy_provision_gco2e=math.fsum(each.energy_provision_gco2e for each in rounds),
        gco2e=grams,
        market_gco2e=known_sum(each.market_gco2e for each in rounds),
        activity_tkm=activity,
        gco2e_per_tkm=ratio(grams, activity),
        not_computable=_reason(rounds, activity),
        gco2e_per_order=grams / orders,
        primary_share=primary_share(rounds),
    )
