"""Hubs: what handling an order in its store emits, chilled and ambient goods apart (formula F4).

A zone's own energy and leaks are divided by what left that zone; what the zones share, by all that left the store.
Source: ISO 14083:2023 as explained in UBA/CLECAT, *Guide to ISO 14083* (2024), example 5.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Self

from pydantic import Field, model_validator

from carbon.electricity import Contract, MarketFactor, market_factor
from carbon.errors import AllocationError, QuantityError
from carbon.factors import Factor, gwp_sets
from carbon.operation import NOTHING, Fuel, burnt
from carbon.quantity import Emission, checked, total
from carbon.registry import Registry, bundled_registry
from carbon.values import DataClass, Record, Text, Zone, over_a_year

DEFAULT_REFRIGERANT = "gwp100_ar6_r_404a"
DEFAULT_LEAKS: Mapping[Zone, str] = {
    "ambient": "refrigerant_leak_hub_ambient_r_404a",
    "chilled": "refrigerant_leak_hub_temperature_controlled_r_404a",
}


class Use(Record):
    """Energy and leaks of a store, or of one zone of it, over its account's period.

    Attributes:
        grid_kwh: electricity drawn from the grid.
        refrigerants_kg: refrigerant leaked, by key of the factor for its warming potential.
        fuels: fuels burnt.
    """

    grid_kwh: float = 0.0
    refrigerants_kg: Mapping[str, float] = Field(default_factory=dict)
    fuels: tuple[Fuel, ...] = ()

    @model_validator(mode="after")
    def _is_possible(self) -> Self:
        checked("grid_kwh", self.grid_kwh)
        for key, leaked_kg in self.refrigerants_kg.items():
            checked(f"refrigerants_kg[{key!r}]", leaked_kg)
        return self


class HubAccount(Record):
    """What a store used over a period, and what left it.

    Attributes:
        store_id: the store.
        region: ISO 3166 code; picks the grid factor.
        first_day: first day of the period.
        last_day: last day; at most a year later (rule R12).
        left_kg: goods with packaging that left each zone over the period.
        own: what each zone used by itself.
        shared: what they used together, for example light and handling.
        data_class: ``"primary"`` if read from meters.
    """

    store_id: Text
    region: Text
    first_day: date
    last_day: date
    left_kg: Mapping[Zone, float]
    own: Mapping[Zone, Use] = Field(default_factory=dict)
    shared: Use = Use()
    data_class: DataClass = "primary"

    @model_validator(mode="after")
    def _is_possible(self) -> Self:
        for zone, left_kg in self.left_kg.items():
            checked(f"left_kg[{zone!r}] of store {self.store_id!r}", left_kg)
        days = (self.last_day - self.first_day).days + 1
        if days < 1 or over_a_year(self.first_day, self.last_day):
            raise QuantityError(
                f"first_day to last_day of the hub account of store {self.store_id!r} is {days} days; a period is at "
                "least a day and at most a year"
            )
        return self

    @property
    def id(self) -> str:
        """Name of the hub operation category (HOC)."""
        return f"hub {self.store_id} {self.first_day}..{self.last_day}"


class Handling(Record):
    """What a zone's goods emit a kilogram (F4), operation and energy provision apart.

    Attributes:
        operation_gco2e_per_kg: leaked or burnt in the store.
        provision_gco2e_per_kg: from making and delivering its energy.
    """

    operation_gco2e_per_kg: float
    provision_gco2e_per_kg: float

    @property
    def gco2e_per_kg(self) -> float:
        """Both."""
        return self.operation_gco2e_per_kg + self.provision_gco2e_per_kg


class HubCategory(Record):
    """One store's hub operation category (HOC) over a period.

    Attributes:
        id: its name.
        store_id: the store.
        first_day: first day of the period.
        last_day: last day.
        left_kg: hub activity: what left each zone.
        operation_gco2e: of everything.
        energy_provision_gco2e: of everything.
        handling: intensity of each zone that something left.
        data_class: where the amounts come from.
        electricity: id of the grid factor.
        kwh_per_kg: electricity from the grid that a kilogram of each zone takes.
        market_handling: intensity of each zone with electricity by contract, in no total; None without a contract.
        gwp_sets: sets of global warming potentials behind its factors.
    """

    id: str
    store_id: str
    first_day: date
    last_day: date
    left_kg: Mapping[Zone, float]
    operation_gco2e: float
    energy_provision_gco2e: float
    handling: Mapping[Zone, Handling]
    data_class: DataClass
    electricity: str
    kwh_per_kg: Mapping[Zone, float] = Field(default_factory=dict)
    market_handling: Mapping[Zone, Handling] | None = None
    gwp_sets: tuple[str, ...] = ()


def handling(
    left_kg: Mapping[Zone, float],
    own: Mapping[Zone, tuple[Emission, Emission]],
    shared: tuple[Emission, Emission],
) -> Mapping[Zone, Handling]:
    """Intensities of a hub's zones from their emissions: formula F4 by itself.

    Args:
        left_kg: what left each zone, >= 0.
        own: operation and provision of each zone by itself; a zone not named emitted nothing of its own.
        shared: operation and provision of what they use together.

    Returns:
        Intensity of every zone that something left.

    Raises:
        AllocationError: if a zone emitted something and nothing left it, or nothing left the hub at all.
    """
    all_kg = math.fsum(left_kg.values())
    idle = [zone for zone, parts in own.items() if not left_kg.get(zone, 0.0) and any(part.grams > 0 for part in parts)]
    if idle or all_kg == 0:
        raise AllocationError(
            f"left_kg of {', '.join(idle) or 'every zone'} is 0, so that nothing can carry what it emitted; "
            "lengthen the period, or add it to what the zones share"
        )
    made = {}
    for zone, zone_kg in left_kg.items():
        if zone_kg > 0:
            parts = own.get(zone, (NOTHING, NOTHING))
            operation, provision = (
                part.grams / zone_kg + rest.grams / all_kg for part, rest in zip(parts, shared, strict=True)
            )
            made[zone] = Handling(operation_gco2e_per_kg=operation, provision_gco2e_per_kg=provision)
    return made


def hub_category(
    account: HubAccount, registry: Registry | None = None, contracts: Iterable[Contract] = ()
) -> HubCategory:
    """Account for a store as a hub; by contract too, if one covers the last day of its period.

    Raises:
        AllocationError: if nothing left a zone that emitted something.
        FactorError: if a factor is missing or does not hold in the period.
        MixedGasError: if a factor counts CO2 alone.
    """
    whole = bundled_registry() if registry is None else registry
    from_ = whole.at(account.region, account.last_day)
    electricity = from_.electricity(account.region)
    own = {zone: _emissions(use, electricity, from_) for zone, use in account.own.items()}
    shared = _emissions(account.shared, electricity, from_)
    market = market_factor(contracts, account.store_id, account.region, account.last_day, whole)
    everything = (*own.values(), shared)
    return HubCategory(
        id=account.id,
        store_id=account.store_id,
        first_day=account.first_day,
        last_day=account.last_day,
        left_kg=account.left_kg,
        operation_gco2e=total(operation for operation, _ in everything).grams,
        energy_provision_gco2e=total(provision for _, provision in everything).grams,
        handling=handling(account.left_kg, own, shared),
        data_class=account.data_class,
        electricity=electricity.id,
        kwh_per_kg=_kwh_per_kg(account),
        market_handling=None
        if market is None
        else handling(
            account.left_kg,
            {zone: _emissions(use, market, from_) for zone, use in account.own.items()},
            _emissions(account.shared, market, from_),
        ),
        gwp_sets=gwp_sets(hub_factors(account, whole)),
    )


class Hubs:
    """The accounts of stores as hubs, and what handling an order in one of them emitted.

    Args:
        accounts: of stores over periods.
        registry: where the factors come from.
        contracts: under which electricity was bought.

    Raises:
        AllocationError: if two accounts of a store overlap.
    """

    def __init__(self, accounts: Iterable[HubAccount], registry: Registry, contracts: Sequence[Contract] = ()) -> None:
        self.categories: tuple[HubCategory, ...] = tuple(
            hub_category(account, registry, contracts) for account in accounts
        )
        self._by_store: dict[str, list[HubCategory]] = {}
        for category in sorted(self.categories, key=lambda each: each.first_day):
            earlier = self._by_store.setdefault(category.store_id, [])
            if earlier and earlier[-1].last_day >= category.first_day:
                raise AllocationError(
                    f"first_day of a hub account of store {category.store_id!r} is {category.first_day}, within the "
                    f"account that ends on {earlier[-1].last_day}; give each day one account"
                )
            earlier.append(category)

    def category(self, store_id: str, day: date) -> HubCategory | None:
        """The account of a store on a day; None without one."""
        for category in self._by_store.get(store_id, ()):
            if category.first_day <= day <= category.last_day:
                return category
        return None


def hub_factors(account: HubAccount, registry: Registry) -> tuple[Factor, ...]:
    """Return the factors behind one hub account."""
    from_ = registry.at(account.region, account.last_day)
    keys = {
        key: None
        for use in (*account.own.values(), account.shared)
        for key in (*use.refrigerants_kg, *(key for fuel in use.fuels for key in (fuel.operation, fuel.provision)))
    }
    return (from_.electricity(account.region), *(from_.get(key) for key in keys))


def default_leaks_kg(zone: Zone, left_kg: float, registry: Registry | None = None) -> Mapping[str, float]:
    """Refrigerant that leaks from a zone where nobody has weighed it: rule R8's default, of R-404A, for ``Use``.

    Args:
        zone: the zone; an ambient one shares the store's cooling.
        left_kg: goods that left it, >= 0.
        registry: where the defaults come from; the bundled ones by default.

    Returns:
        Kilograms leaked, by key of the factor for its warming potential; an account that uses it is ``"default"`` data.

    Raises:
        QuantityError: if the mass is negative or not a number.
    """
    from_ = bundled_registry() if registry is None else registry
    return {DEFAULT_REFRIGERANT: from_.get(DEFAULT_LEAKS[zone]).value * checked("left_kg", left_kg) / 1000}


def _kwh_per_kg(account: HubAccount) -> Mapping[Zone, float]:
    all_kg = math.fsum(account.left_kg.values())
    return {
        zone: account.own.get(zone, Use()).grid_kwh / left_kg + account.shared.grid_kwh / all_kg
        for zone, left_kg in account.left_kg.items()
        if left_kg > 0
    }


def _emissions(use: Use, electricity: Factor | MarketFactor, registry: Registry) -> tuple[Emission, Emission]:
    operation, provision = burnt(use.fuels, use.refrigerants_kg, registry)
    drawn = (
        electricity.emission(use.grid_kwh, "kWh")
        if isinstance(electricity, Factor)
        else electricity.emission(use.grid_kwh)
    )
    return operation, provision + drawn
