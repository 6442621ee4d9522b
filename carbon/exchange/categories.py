"""Categories of transport operations: which rounds go together, and their one intensity (formula F2)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Literal, NamedTuple
from urllib.parse import quote

from carbon.account import RoundFootprint
from carbon.energy import VEHICLES, Drone
from carbon.exchange.decimals import from_float, product, quotient, shifted, summed
from carbon.exchange.ileap import EnergyCarrier, Feedstock, Toc
from carbon.exchange.mapping import Basis
from carbon.exchange.pact import EmissionFactorSource
from carbon.factors import Factor
from carbon.report import Report
from carbon.transport import Round, RoundStop
from carbon.values import DistanceType, Record

Mode = Literal["Road", "Rail", "Air", "Sea", "InlandWaterway"]
Gwp = Literal["AR4", "AR5", "AR6"]

KNOWN_MODES: Mapping[str, Mode] = {
    name: "Air" if isinstance(vehicle, Drone) else "Road" for name, vehicle in VEHICLES.items()
}
"""Modes of the classes that the room models; iLEAP has none for a drone but ``Air``."""


class LeftOut(Record):
    """Something of the report that no document can be made of.

    Attributes:
        what: ``"order O1"``, ``"round R1"`` or a category.
        because: why, and what would change it.
    """

    what: str
    because: str


class Key(NamedTuple):
    """What the rounds of one category have in common.

    Attributes:
        store_id: the store.
        vehicle_class: the vehicles.
        distance_type: what the distances are; types are never mixed (R3).
        electricity: id of the electricity factor.
    """

    store_id: str
    vehicle_class: str
    distance_type: DistanceType
    electricity: str


class Category(NamedTuple):
    """One TOC and the sums behind it.

    Attributes:
        toc: the category as exchanged.
        vehicle_class: its vehicles.
        wtw_kgco2e: operation and energy provision of its rounds.
        ttw_kgco2e: operation alone.
        activity_tkm: activity of its orders.
        basis: what stands behind its figures.
    """

    toc: Toc
    vehicle_class: str
    wtw_kgco2e: Decimal
    ttw_kgco2e: Decimal
    activity_tkm: Decimal
    basis: Basis


class Declarations(NamedTuple):
    """What every category of one export says alike.

    Attributes:
        created: when the documents are made.
        start: first moment of the period.
        end: first moment after it.
        modes: iLEAP mode of each vehicle class.
        gwp_if_unstated: set to declare where a factor's source states none.
    """

    created: datetime
    start: datetime
    end: datetime
    modes: Mapping[str, Mode]
    gwp_if_unstated: Gwp


def grouped(report: Report, modes: Mapping[str, Mode], left_out: list[LeftOut]) -> dict[Key, list[RoundFootprint]]:
    """Return the rounds of each category; those that can be in none are added to ``left_out``."""
    groups: dict[Key, list[RoundFootprint]] = {}
    for account in report.rounds:
        because = None
        if account.activity_tkm is None:
            because = f"{account.method_reason}, and iLEAP asks for every mass; weigh them, or give their class's mean"
        elif account.vehicle_class not in modes:
            because = (
                f"vehicle class {account.vehicle_class!r} has no known iLEAP mode; pass "
                f'modes={{"{account.vehicle_class}": "Road"}}, or what it is'
            )
        if because:
            left_out.append(LeftOut(what=f"round {account.round_id!r}", because=because))
            continue
        key = Key(account.store_id, account.vehicle_class, account.distance_type, account.electricity)
        groups.setdefault(key, []).append(account)
    return groups


def categorised(
    key: Key,
    accounts: Sequence[RoundFootprint],
    own: Mapping[str, Round],
    report: Report,
    declarations: Declarations,
) -> Category | LeftOut:
    """Make the category of some rounds (F2): emissions of whole rounds over the activity of their orders.

    Args:
        key: what they have in common.
        accounts: the rounds as the report has them, at least one.
        own: the rounds themselves, by id.
        report: the report, for its factors and method.
        declarations: what the whole export declares.

    Returns:
        The category, or why there is none.
    """
    rounds = [own[account.round_id] for account in accounts]
    activity = summed(activity_tkm(stop) for round_ in rounds for stop in round_.stops)
    if activity == 0:
        return LeftOut(
            what=f"category of {key.vehicle_class!r} from store {key.store_id!r}",
            because="every stop is at the store, so there is no activity to divide by",
        )
    wtw = kilograms(account.gco2e for account in accounts)
    ttw = kilograms(account.operation_gco2e for account in accounts)
    days = sorted(account.started_on for account in accounts)
    air = declarations.modes[key.vehicle_class] == "Air"
    factor = next(factor for factor in report.factors if factor.id == key.electricity)
    carrier = EnergyCarrier(
        energy_carrier="Electric",
        relative_share=Decimal(1),
        feedstocks=(Feedstock(feedstock="Grid", feedstock_share=Decimal(1), region_provenance=factor.region),),
        energy_consumption=quotient(summed(from_float(account.grid_kwh) for account in accounts), activity),
        energy_consumption_unit="kWh",
        emission_factor_wtw=kilograms([factor.emission(1, "kWh").grams]),
        emission_factor_ttw=Decimal(0),
    )
    toc = Toc(
        toc_id=":".join(
            quote(part, safe="@")
            for part in (
                key.store_id,
                key.vehicle_class,
                key.distance_type.lower(),
                key.electricity,
                days[0].isoformat(),
                days[-1].isoformat(),
            )
        ),
        description=(
            f"{key.vehicle_class} from store {key.store_id}, {days[0]} to {days[-1]}, empty returns included; "
            f"rounds: {len(accounts)}, orders: {sum(account.orders for account in accounts)}; "
            f"distances: {key.distance_type}"
        ),
        mode=declarations.modes[key.vehicle_class],
        air_shipping_option="freighter" if air else None,
        flight_length="short-haul" if air else None,
        energy_carriers=(carrier,),
        co2e_intensity_wtw=quotient(wtw, activity),
        co2e_intensity_ttw=quotient(ttw, activity),
        transport_activity_unit="tkm",
    )
    primary = kilograms(account.gco2e for account in accounts if account.data_class == "primary")
    basis = Basis(
        created=declarations.created,
        start=declarations.start,
        end=declarations.end,
        region=_region({round_.region for round_ in rounds}),
        boundary=(
            "Transport, well to wheel: energy of whole rounds, empty returns included, and its provision. Left out: "
            + "; ".join(report.method.exclusions)
        ),
        allocation=(
            "Intensity of the category times the order's activity, the distance from store to stop times the mass "
            "(ISO 14083, transport chain element)"
        ),
        gwp_sets=(factor.gwp or declarations.gwp_if_unstated,),
        factor_sources=(
            EmissionFactorSource(name=factor.source, version=factor.edition or str(factor.year or "undated")),
        ),
        primary_data_share=quotient(product(primary, Decimal(100)), wtw) if wtw else None,
        comment=_comment(report, factor, declarations.gwp_if_unstated),
    )
    return Category(toc, key.vehicle_class, wtw, ttw, activity, basis)


def _comment(report: Report, factor: Factor, gwp_if_unstated: Gwp) -> str:
    said = f"An estimate, {report.method.alignment}, not certified. Electricity is location-based."
    if factor.gwp is None:
        said += (
            f" The source of its factor ({factor.source}) states no set of global warming potentials; "
            f"{gwp_if_unstated} is declared for it."
        )
    return said


def _region(regions: set[str]) -> str | None:
    """The one region of the rounds, else their one country, else None."""
    if len(regions) == 1:
        return regions.pop()
    countries = {region.partition("-")[0] for region in regions}
    return countries.pop() if len(countries) == 1 else None


def activity_tkm(stop: RoundStop) -> Decimal:
    """Return the activity of a stop (F1) without rounding; 0 without a mass."""
    return shifted(product(from_float(stop.mass_kg or 0), from_float(stop.distance_m)), -6)


def kilograms(grams: Iterable[float]) -> Decimal:
    """Add grams up to kilograms, without rounding beyond what a float keeps."""
    return shifted(summed(from_float(each) for each in grams), -3)
