"""Energy as iLEAP tells it: carriers with an amount, a unit and two factors, and nothing that leaks.

iLEAP 1.0.0 does not cover refrigerants (its chapter 1.1), so its figures here are those of energy alone; what leaked
is stated as exempted and travels in Swiftleaf's extension.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from carbon.errors import ExchangeError
from carbon.exchange.decimals import WIDE, from_float, product, quotient, shifted, summed
from carbon.exchange.ileap import EnergyCarrier, Feedstock
from carbon.factors import Factor
from carbon.operation import Fuel

UNITS: Mapping[str, str] = {"litres": "l", "l": "l", "kg": "kg", "kWh": "kWh", "MJ": "MJ"}
"""iLEAP's word for the unit of a fuel."""

CARRIERS: tuple[tuple[str, str], ...] = (
    ("petroleum_gas", "LPG"),
    ("lpg", "LPG"),
    ("cng", "CNG"),
    ("lng", "LNG"),
    ("hvo", "HVO"),
    ("diesel", "Diesel"),
    ("petrol", "Petrol"),
    ("hydrogen", "Hydrogen"),
    ("methanol", "Methanol"),
)
"""iLEAP's carrier by a word in the key of the factor for burning it; the first that is found."""


class EnergyUse(NamedTuple):
    """An amount of one energy carrier.

    Attributes:
        carrier: iLEAP's word.
        unit: iLEAP's unit.
        amount: how much of it, in the unit.
        wtw_kgco2e: kgCO2e per unit, operation and provision.
        ttw_kgco2e: kgCO2e per unit, operation alone.
        region: where its electricity is from, None for a fuel.
        factors: the factors behind it.
    """

    carrier: str
    unit: str
    amount: Decimal
    wtw_kgco2e: Decimal
    ttw_kgco2e: Decimal
    region: str | None
    factors: tuple[Factor, ...]


def electricity_use(kwh: float, factor: Factor) -> EnergyUse:
    """Return electricity from the grid, by a location-based factor."""
    per_kwh = kilograms([factor.emission(1, "kWh").grams])
    return EnergyUse("Electric", "kWh", from_float(kwh), per_kwh, Decimal(0), factor.region, (factor,))


def fuel_use(fuel: Fuel, factors: Mapping[str, Factor]) -> EnergyUse:
    """Return a fuel with its two factors.

    Args:
        fuel: the fuel.
        factors: the report's factors by key.

    Raises:
        ExchangeError: if iLEAP has no word for the fuel or its unit, or the report does not hold its factors.
    """
    carrier = next((name for word, name in CARRIERS if word in fuel.operation), None)
    if carrier is None:
        raise ExchangeError(
            f"fuel {fuel.operation!r} is none that iLEAP has a word for ({', '.join(dict(CARRIERS).values())})"
        )
    unit = UNITS.get(fuel.unit)
    if unit is None:
        raise ExchangeError(
            f"fuel {fuel.operation!r} is told in {fuel.unit}, and iLEAP asks for an emission factor per "
            f"{', '.join(sorted(set(UNITS.values())))}; give the amount that was burnt"
        )
    missing = [key for key in (fuel.operation, fuel.provision) if key not in factors]
    if missing:
        raise ExchangeError(f"factor {missing[0]!r} of a fuel is not in the report; export the report it belongs to")
    burnt, made = factors[fuel.operation], factors[fuel.provision]
    operation = kilograms([burnt.emission(1, fuel.unit).grams])
    provision = kilograms([made.emission(1, fuel.unit).grams])
    return EnergyUse(
        carrier, unit, from_float(fuel.amount), summed((operation, provision)), operation, None, (burnt, made)
    )


def merged(uses: Iterable[EnergyUse]) -> tuple[EnergyUse, ...]:
    """Add up uses of the same carrier by the same factors, in the order of their first appearance."""
    by_kind: dict[tuple[str, str, tuple[str, ...]], EnergyUse] = {}
    for use in uses:
        kind = (use.carrier, use.unit, tuple(factor.id for factor in use.factors))
        known = by_kind.get(kind)
        by_kind[kind] = use if known is None else known._replace(amount=summed((known.amount, use.amount)))
    return tuple(by_kind.values())


def wtw_kgco2e(uses: Iterable[EnergyUse]) -> Decimal:
    """Emission of operation and provision."""
    return summed(product(use.amount, use.wtw_kgco2e) for use in uses)


def ttw_kgco2e(uses: Iterable[EnergyUse]) -> Decimal:
    """Emission of operation alone."""
    return summed(product(use.amount, use.ttw_kgco2e) for use in uses)


def energy_carriers(uses: Sequence[EnergyUse], activity: Decimal) -> tuple[EnergyCarrier, ...]:
    """Tell energy per unit of activity.

    Carriers that move the same goods (a cooled van's diesel and its cooler's electricity) share the activity by their
    emissions, or equally if one of them emits next to nothing; the shares add up to exactly 1.

    Args:
        uses: what was used, at least one.
        activity: over how much activity, above 0.
    """
    emissions = [product(use.amount, use.wtw_kgco2e) for use in uses]
    shares = _shares(emissions) if all(emissions) else []
    if not shares or shares[-1] <= 0:
        shares = _shares([Decimal(1)] * len(uses))
    return tuple(
        EnergyCarrier(
            energy_carrier=use.carrier,
            relative_share=share,
            feedstocks=None
            if use.region is None
            else (Feedstock(feedstock="Grid", feedstock_share=Decimal(1), region_provenance=use.region),),
            energy_consumption=quotient(use.amount, activity),
            energy_consumption_unit=use.unit,
            emission_factor_wtw=use.wtw_kgco2e,
            emission_factor_ttw=use.ttw_kgco2e,
        )
        for use, share in zip(uses, shares, strict=True)
    )


def _shares(weights: Sequence[Decimal]) -> list[Decimal]:
    """Fractions of weights to 15 digits; the last is what is left, so that they add up to exactly 1."""
    shares = [quotient(weight, summed(weights)) for weight in weights[:-1]]
    return [*shares, WIDE.subtract(Decimal(1), summed(shares))]


def kilograms(grams: Iterable[float]) -> Decimal:
    """Add grams up to kilograms, without rounding beyond what a float keeps."""
    return shifted(summed(from_float(each) for each in grams), -3)
