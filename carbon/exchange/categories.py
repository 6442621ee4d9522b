"""Categories as exchanged: rounds that go together (TOC) and stores' zones (HOC), with one intensity each (F2, F4)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Literal, NamedTuple
from urllib.parse import quote

from carbon.account import RoundFootprint
from carbon.energy import VEHICLES, Drone
from carbon.errors import ExchangeError
from carbon.exchange.carriers import (
    EnergyUse,
    electricity_use,
    energy_carriers,
    fuel_use,
    kilograms,
    merged,
    ttw_kgco2e,
    wtw_kgco2e,
)
from carbon.exchange.decimals import from_float, product, quotient, shifted, summed
from carbon.exchange.ileap import Hoc, Toc
from carbon.factors import Factor
from carbon.hub import HubAccount, Use
from carbon.report import Report
from carbon.road_vehicle import ROAD_VEHICLES
from carbon.transport import Round, RoundStop
from carbon.values import Record, RoundZone, Zone

Mode = Literal["Road", "Rail", "Air", "Sea", "InlandWaterway"]
Gwp = Literal["AR4", "AR5", "AR6"]

KNOWN_MODES: Mapping[str, Mode] = {
    name: "Air" if isinstance(vehicle, Drone) else "Road" for name, vehicle in {**VEHICLES, **ROAD_VEHICLES}.items()
}
"""Modes of the classes that the room knows; iLEAP has none for a drone but ``Air``."""

TEMPERATURES: Mapping[RoundZone, str] = {"ambient": "ambient", "chilled": "refrigerated", "mixed": "mixed"}


class LeftOut(Record):
    """Something of the report that no document can be made of.

    Attributes:
        what: ``"order 'O1'"``, ``"round 'R1'"`` or a category.
        because: why, and what would change it.
    """

    what: str
    because: str


class Category(NamedTuple):
    """One TOC or HOC and the sums behind it.

    Attributes:
        document: the category as exchanged.
        vehicle_class: its vehicles, None for a hub.
        region: ISO 3166 code, or None if its rounds are of several countries.
        first_day: first day of its operations.
        last_day: last day.
        wtw_kgco2e: energy's operation and provision.
        ttw_kgco2e: energy's operation alone.
        refrigerant_kgco2e: what leaked, in no iLEAP figure.
        activity: tonne-kilometres of its orders, or tonnes that left the hub.
        primary_share: fraction of its emissions from primary data.
        factors: emission factors of its energy.
    """

    document: Toc | Hoc
    vehicle_class: str | None
    region: str | None
    first_day: date
    last_day: date
    wtw_kgco2e: Decimal
    ttw_kgco2e: Decimal
    refrigerant_kgco2e: Decimal
    activity: Decimal
    primary_share: Decimal
    factors: tuple[Factor, ...]

    def part(self, kgco2e: Decimal, activity: Decimal) -> Decimal:
        """Return the part of a sum that belongs to a part of the activity, to what a float would keep."""
        return quotient(product(kgco2e, activity), self.activity)


class _Round(NamedTuple):
    """A round as given, as accounted for, and its energy."""

    given: Round
    account: RoundFootprint
    uses: tuple[EnergyUse, ...]


def transport(
    report: Report, own: Mapping[str, Round], modes: Mapping[str, Mode], left_out: list[LeftOut]
) -> dict[str, Category]:
    """Gather rounds into categories: those of one of the report's categories that run on the same energy.

    Args:
        report: the report.
        own: its rounds, by id.
        modes: iLEAP mode of each vehicle class.
        left_out: takes the rounds and categories that cannot be exchanged.

    Returns:
        The category of each round, by the round's id.
    """
    factors = {factor.key: factor for factor in report.factors}
    groups: dict[tuple[str, tuple[str, ...]], list[_Round]] = {}
    for account in report.rounds:
        try:
            found = _round(own[account.round_id], account, report, factors, modes)
        except ExchangeError as error:
            left_out.append(LeftOut(what=f"round {account.round_id!r}", because=str(error)))
            continue
        energy = tuple(sorted(factor.id for use in found.uses for factor in use.factors))
        groups.setdefault((account.category, energy), []).append(found)
    categories: dict[str, Category] = {}
    for (name, energy), rounds in sorted(groups.items()):
        activity = summed(activity_tkm(stop) for each in rounds for stop in each.given.stops)
        if activity == 0:
            because = "every stop is at the store, so there is no activity to divide by"
            left_out.append(LeftOut(what=f"category {name!r}", because=because))
            continue
        category = _transport_category(rounds, energy, activity, modes)
        categories |= {each.account.round_id: category for each in rounds}
    return categories


def _round(
    given: Round, account: RoundFootprint, report: Report, factors: Mapping[str, Factor], modes: Mapping[str, Mode]
) -> _Round:
    if account.activity_tkm is None:
        raise ExchangeError(f"{account.method_reason}, and iLEAP asks for every mass; weigh them, or give their mean")
    if account.vehicle_class not in modes:
        raise ExchangeError(
            f"vehicle class {account.vehicle_class!r} has no known iLEAP mode; pass "
            f'modes={{"{account.vehicle_class}": "Road"}}, or what it is'
        )
    uses = [fuel_use(fuel, factors) for fuel in given.fuels]
    if account.grid_kwh or not uses:
        uses.insert(0, electricity_use(account.grid_kwh, _factor(report, account.electricity)))
    return _Round(given, account, merged(uses))


def _factor(report: Report, factor_id: str) -> Factor:
    found = next((factor for factor in report.factors if factor.id == factor_id), None)
    if found is None:
        raise ExchangeError(f"factor {factor_id!r} is not among the report's factors; export the report it belongs to")
    return found


def _transport_category(
    rounds: Sequence[_Round], energy: tuple[str, ...], activity: Decimal, modes: Mapping[str, Mode]
) -> Category:
    """F2: emissions of whole rounds over the activity of their orders."""
    first = rounds[0].account
    uses = merged(use for each in rounds for use in each.uses)
    wtw, ttw = wtw_kgco2e(uses), ttw_kgco2e(uses)
    days = sorted(each.account.started_on for each in rounds)
    air = modes[first.vehicle_class] == "Air"
    parts = (
        first.store_id,
        first.vehicle_class,
        first.zone,
        first.distance_type.lower(),
        *energy,
        days[0].isoformat(),
        days[-1].isoformat(),
    )
    document = Toc(
        toc_id=":".join(quote(part, safe="@") for part in parts),
        description=(
            f"{first.vehicle_class} from store {first.store_id}, {days[0]} to {days[-1]}, empty returns included; "
            f"rounds: {len(rounds)}, orders: {sum(each.account.orders for each in rounds)}; "
            f"distances: {first.distance_type}"
        ),
        mode=modes[first.vehicle_class],
        empty_distance_factor=_empty_share(rounds),
        temperature_control=TEMPERATURES[first.zone],
        air_shipping_option="freighter" if air else None,
        flight_length="short-haul" if air else None,
        energy_carriers=energy_carriers(uses, activity),
        co2e_intensity_wtw=quotient(wtw, activity),
        co2e_intensity_ttw=quotient(ttw, activity),
        transport_activity_unit="tkm",
    )
    return Category(
        document=document,
        vehicle_class=first.vehicle_class,
        region=common_region({each.given.region for each in rounds}),
        first_day=days[0],
        last_day=days[-1],
        wtw_kgco2e=wtw,
        ttw_kgco2e=ttw,
        refrigerant_kgco2e=kilograms(each.account.refrigerant_gco2e for each in rounds),
        activity=activity,
        primary_share=_primary_share([each.account for each in rounds]),
        factors=tuple(factor for use in uses for factor in use.factors),
    )


def _empty_share(rounds: Sequence[_Round]) -> Decimal | None:
    """Empty metres over all metres; None if a round does not know its own, or nothing but empty ones are known."""
    empty = [each.account.empty_distance_m for each in rounds]
    known = [metres for metres in empty if metres is not None]
    whole = summed(from_float(each.account.distance_m) for each in rounds)
    if len(known) < len(empty) or whole == 0:
        return None
    share = quotient(summed(from_float(metres) for metres in known), whole)
    return share if share < 1 else None


def _primary_share(accounts: Sequence[RoundFootprint]) -> Decimal:
    whole = kilograms(account.gco2e for account in accounts)
    primary = kilograms(account.gco2e for account in accounts if account.data_class == "primary")
    return quotient(primary, whole) if whole else Decimal(0)


def handling(
    report: Report, accounts: Iterable[HubAccount], left_out: list[LeftOut]
) -> dict[tuple[str, Zone], Category]:
    """Make a category of each zone of each hub (F4): its own energy over what left it, the shared over what left all.

    Args:
        report: the report.
        accounts: the hub accounts that it was made from.
        left_out: takes the hubs whose account is not given, or cannot be exchanged.

    Returns:
        The categories by name of the hub and zone.
    """
    given = {account.id: account for account in accounts}
    factors = {factor.key: factor for factor in report.factors}
    categories: dict[tuple[str, Zone], Category] = {}
    for hub in report.hubs:
        account = given.get(hub.id)
        if account is None:
            because = "its account is not given; pass hubs=, the accounts that the report was made from"
            left_out.append(LeftOut(what=f"hub {hub.id!r}", because=because))
            continue
        try:
            for zone in hub.handling:
                categories[hub.id, zone] = _hub_category(account, zone, _factor(report, hub.electricity), factors)
        except ExchangeError as error:
            left_out.append(LeftOut(what=f"hub {hub.id!r}", because=str(error)))
    return categories


def _hub_category(account: HubAccount, zone: Zone, electricity: Factor, factors: Mapping[str, Factor]) -> Category:
    zone_kg = from_float(account.left_kg[zone])
    zone_share = quotient(zone_kg, summed(from_float(left_kg) for left_kg in account.left_kg.values()))
    used = ((account.own.get(zone, Use()), Decimal(1)), (account.shared, zone_share))
    uses = [_scaled(electricity_use(use.grid_kwh, electricity), share) for use, share in used]
    uses += [_scaled(fuel_use(fuel, factors), share) for use, share in used for fuel in use.fuels]
    leaks = [
        product(kilograms([factors[key].emission(leaked_kg, "kg").grams]), share)
        for use, share in used
        for key, leaked_kg in use.refrigerants_kg.items()
    ]
    every = merged(uses)
    # A hub on a generator alone draws nothing from the grid, and a carrier without a share is none.
    energy = tuple(use for use in every if use.amount) or every[:1]
    tonnes = shifted(zone_kg, -3)
    wtw, ttw = wtw_kgco2e(energy), ttw_kgco2e(energy)
    period = (account.first_day.isoformat(), account.last_day.isoformat())
    document = Hoc(
        hoc_id=":".join(quote(part, safe="@") for part in (account.store_id, zone, *period)),
        description=f"store {account.store_id}, {zone} goods, {period[0]} to {period[1]}: handling and storage",
        hub_type="Warehouse",
        temperature_control=TEMPERATURES[zone],
        energy_carriers=energy_carriers(energy, tonnes),
        co2e_intensity_wtw=quotient(wtw, tonnes),
        co2e_intensity_ttw=quotient(ttw, tonnes),
        hub_activity_unit="tonnes",
    )
    return Category(
        document=document,
        vehicle_class=None,
        region=account.region,
        first_day=account.first_day,
        last_day=account.last_day,
        wtw_kgco2e=wtw,
        ttw_kgco2e=ttw,
        refrigerant_kgco2e=summed(leaks),
        activity=tonnes,
        primary_share=Decimal(account.data_class == "primary"),
        factors=tuple(factor for use in energy for factor in use.factors),
    )


def _scaled(use: EnergyUse, share: Decimal) -> EnergyUse:
    return use._replace(amount=quotient(product(use.amount, share), Decimal(1)))


def common_region(regions: set[str]) -> str | None:
    """Return the one region of several, else their one country, else None."""
    if len(regions) == 1:
        return next(iter(regions))
    countries = {region.partition("-")[0] for region in regions}
    return countries.pop() if len(countries) == 1 else None


def activity_tkm(stop: RoundStop) -> Decimal:
    """Return the activity of a stop (F1) without rounding; 0 without a mass."""
    return shifted(product(from_float(stop.mass_kg or 0), from_float(stop.distance_m)), -6)
