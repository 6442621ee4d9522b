"""Recomputes what iLEAP documents say, and holds their words and ranges against the specification.

Source of the rules: iLEAP 1.0.0 chapter 6; of the formulas: ISO 14083:2023 as explained in UBA/CLECAT, *Guide to ISO
14083* (2024). Each function yields a flag for whatever does not hold and raises nothing.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from graphlib import CycleError, TopologicalSorter

from carbon.exchange.decimals import allowance, plain, product, shifted, summed
from carbon.exchange.flags import ONE, ZERO, Finding, Flag, Unchecked, foreign, outside, unequal
from carbon.exchange.ileap import (
    CERTIFICATIONS,
    ENERGY_CARRIERS,
    ENERGY_UNITS,
    FEEDSTOCKS,
    HUB_TYPES,
    HUB_UNITS,
    MODES,
    TEMPERATURES,
    TRANSPORT_UNITS,
    Distance,
    EnergyCarrier,
    Hoc,
    Location,
    ShipmentFootprint,
    Tad,
    Tce,
    Toc,
)

UNKNOWN = "iLEAP 1.0.0 has no such word; use one of the list, or ask the sender which revision it comes from"
SHARES_MISS = Decimal("0.005")
"""Most that the rounding of shares may leave between their sum and 1."""

COUNTRY = re.compile(r"[A-Z]{2}")


def distances_km(distance: Distance) -> dict[str, Decimal]:
    """Return the distances given, by type: ``sfd``, ``gcd``, ``actual``, those that ISO 14083 asks for first."""
    given = {"sfd": distance.sfd, "gcd": distance.gcd, "actual": distance.actual}
    return {kind: kilometres for kind, kilometres in given.items() if kilometres is not None}


def check_shipment(shipment: ShipmentFootprint, path: str, tolerance: Decimal) -> Iterator[Flag]:
    """Check a shipment and its elements: mass times distance, ids, order, ranges.

    Args:
        shipment: the shipment.
        path: its JSON path.
        tolerance: fraction by which a figure may differ beyond the rounding of its own digits.
    """
    yield from outside(f"{path}.mass", shipment.mass, "(0, inf)")
    yield from outside(f"{path}.volume", shipment.volume, "(0, inf)")
    seen: set[str] = set()
    for i, tce in enumerate(shipment.tces):
        at = f"{path}.tces[{i}]"
        yield from _check_tce(tce, at, tolerance)
        if tce.shipment_id != shipment.shipment_id:
            yield Flag(
                path=f"{at}.shipmentId",
                says=repr(tce.shipment_id),
                should_be=repr(shipment.shipment_id),
                because="an element belongs to the shipment that lists it",
            )
        if tce.mass > shipment.mass:
            yield Flag(
                path=f"{at}.mass",
                says=plain(tce.mass),
                should_be=f"at most {plain(shipment.mass)}",
                because="a part of a shipment weighs no more than the shipment",
            )
        if tce.tce_id in seen:
            yield Flag(
                path=f"{at}.tceId", says=repr(tce.tce_id), should_be="an id of its own", because="it is here twice"
            )
        seen.add(tce.tce_id)
    try:
        TopologicalSorter({tce.tce_id: tce.prev_tce_ids or () for tce in shipment.tces}).prepare()
    except CycleError as error:
        yield Flag(
            path=f"{path}.tces",
            says=" after ".join(map(repr, error.args[1])),
            should_be="an order without a circle",
            because="prevTceIds name what happened before",
        )


def _check_tce(tce: Tce, path: str, tolerance: Decimal) -> Iterator[Flag]:
    if (tce.toc_id is None) == (tce.hoc_id is None):
        yield Flag(
            path=path,
            says="neither tocId nor hocId" if tce.toc_id is None else "tocId and hocId",
            should_be="exactly one of tocId and hocId",
            because="an element is either transport or a hub operation",
        )
    yield from outside(f"{path}.mass", tce.mass, "(0, inf)")
    yield from _check_activity(tce, path, tolerance)
    yield from _check_operation(path, ("co2eWTW", tce.co2e_wtw), ("co2eTTW", tce.co2e_ttw))


def _check_activity(tce: Tce, path: str, tolerance: Decimal) -> Iterator[Flag]:
    """F1: transport activity is mass times one of the distances given, of those that ISO 14083 allows."""
    distances = distances_km(tce.distance)
    if not distances:
        yield _no_distance(path)
        return
    for kind, kilometres in distances.items():
        yield from outside(f"{path}.distance.{kind}", kilometres, "[0, inf)")
    activities = {kind: shifted(product(tce.mass, kilometres), -3) for kind, kilometres in distances.items()}
    found = [
        list(
            unequal(
                f"{path}.transportActivity",
                tce.transport_activity,
                activity,
                tolerance,
                f"{plain(tce.mass)} kg times {plain(distances[kind])} km ({kind}) over 1000, in t·km",
            )
        )
        for kind, activity in activities.items()
    ]
    if all(found):  # it is the product with none of them; the first is the type to prefer
        yield from found[0]
    if "actual" not in distances or tce.hoc_id is not None:  # a hub's activity is mass alone
        return
    if len(distances) == 1:
        yield Flag(
            path=f"{path}.distance",
            says="actual",
            should_be="sfd or gcd",
            because="ISO 14083 counts activity over the shortest feasible or the great-circle distance, never over the "
            "actual one; ask the sender for either",
        )
    elif not found[-1] and all(found[:-1]):
        kind = next(iter(distances))
        yield Flag(
            path=f"{path}.transportActivity",
            says=plain(tce.transport_activity),
            should_be=plain(activities[kind]),
            because=f"it is counted over the actual distance, which ISO 14083 never does; {kind} is given",
        )


def _no_distance(path: str) -> Flag:
    return Flag(
        path=f"{path}.distance",
        says="no distance",
        should_be="at least one of sfd, gcd, actual",
        because="activity cannot be recomputed without one",
    )


def _check_operation(path: str, wtw: tuple[str, Decimal], ttw: tuple[str, Decimal]) -> Iterator[Flag]:
    """Emissions of operation are a part of those of operation and provision; neither is negative."""
    for field, value in (wtw, ttw):
        yield from outside(f"{path}.{field}", value, "[0, inf)")
    if ttw[1] > wtw[1]:
        yield Flag(
            path=f"{path}.{ttw[0]}",
            says=plain(ttw[1]),
            should_be=f"at most {plain(wtw[1])}",
            because=f"{wtw[0]} holds it together with energy provision; perhaps the two are swapped",
        )


def check_toc(toc: Toc, path: str, tolerance: Decimal) -> Iterator[Finding]:
    """Check a transport operation category: words, ranges, shares, and intensity against energy where it is told."""
    yield from foreign(f"{path}.mode", toc.mode, MODES, UNKNOWN)
    yield from _check_factors(path, toc.load_factor, toc.empty_distance_factor)
    yield from foreign(f"{path}.temperatureControl", toc.temperature_control, TEMPERATURES, UNKNOWN)
    yield from foreign(f"{path}.truckLoadingSequence", toc.truck_loading_sequence, ("LTL", "FTL"), UNKNOWN)
    yield from foreign(f"{path}.airShippingOption", toc.air_shipping_option, ("belly freight", "freighter"), UNKNOWN)
    yield from foreign(f"{path}.flightLength", toc.flight_length, ("short-haul", "long-haul"), UNKNOWN)
    for field, value, mode in (
        ("truckLoadingSequence", toc.truck_loading_sequence, "Road"),
        ("airShippingOption", toc.air_shipping_option, "Air"),
        ("flightLength", toc.flight_length, "Air"),
    ):
        if value is not None and toc.mode in MODES and toc.mode != mode:
            yield Flag(
                path=f"{path}.{field}",
                says=repr(value),
                should_be="nothing",
                because=f"it is for mode {mode} and the mode is {toc.mode}",
            )
    yield from foreign(f"{path}.transportActivityUnit", toc.transport_activity_unit, TRANSPORT_UNITS, UNKNOWN)
    if toc.transport_activity_unit == "TEUkm" and toc.mode not in {"Sea", "InlandWaterway"}:
        yield Flag(
            path=f"{path}.transportActivityUnit",
            says="'TEUkm'",
            should_be="'tkm'",
            because=f"containers are counted at sea and on inland waterways, and the mode is {toc.mode}",
        )
    yield from _check_category(toc, path, tolerance)


def check_hoc(hoc: Hoc, path: str, tolerance: Decimal) -> Iterator[Finding]:
    """Check a hub operation category: words, ranges, shares, and intensity against energy where it is told."""
    yield from foreign(f"{path}.hubType", hoc.hub_type, HUB_TYPES, UNKNOWN)
    yield from foreign(f"{path}.temperatureControl", hoc.temperature_control, TEMPERATURES, UNKNOWN)
    yield from foreign(f"{path}.inboundTransportMode", hoc.inbound_transport_mode, MODES, UNKNOWN)
    yield from foreign(f"{path}.outboundTransportMode", hoc.outbound_transport_mode, MODES, UNKNOWN)
    yield from foreign(f"{path}.hubActivityUnit", hoc.hub_activity_unit, HUB_UNITS, UNKNOWN)
    if hoc.hub_location is not None:
        yield from _check_location(hoc.hub_location, f"{path}.hubLocation")
    yield from _check_category(hoc, path, tolerance)


def check_tad(tad: Tad, path: str, tolerance: Decimal) -> Iterator[Flag]:
    """Check transport activity data: words, ranges, shares, places and times."""
    distances = distances_km(tad.distance)
    if not distances:
        yield _no_distance(path)
    for kind, kilometres in distances.items():
        yield from outside(f"{path}.distance.{kind}", kilometres, "[0, inf)")
    yield from outside(f"{path}.mass", tad.mass, "(0, inf)")
    yield from _check_factors(path, tad.load_factor, tad.empty_distance_factor)
    yield from foreign(f"{path}.mode", tad.mode, MODES, UNKNOWN)
    yield from foreign(f"{path}.temperatureControl", tad.temperature_control, TEMPERATURES[:2], UNKNOWN)
    yield from _check_location(tad.origin, f"{path}.origin")
    yield from _check_location(tad.destination, f"{path}.destination")
    times = []
    for field, text in (("departureAt", tad.departure_at), ("arrivalAt", tad.arrival_at)):
        moment = _moment(text)
        times.append(moment)
        if moment is None:
            yield Flag(
                path=f"{path}.{field}",
                says=repr(text),
                should_be="a time such as '2026-05-01T18:05:00Z'",
                because="times are ISO 8601 in UTC",
            )
    if times[0] and times[1] and times[0] > times[1]:
        yield Flag(
            path=f"{path}.arrivalAt",
            says=repr(tad.arrival_at),
            should_be=f"no earlier than {tad.departure_at!r}",
            because="nothing arrives before it leaves",
        )
    if tad.energy_carriers is not None:
        yield from _check_carriers(tad.energy_carriers, f"{path}.energyCarriers", tolerance)


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(re.sub(r"(\.[0-9]{6})[0-9]+", r"\1", text))  # some clocks tell nanoseconds
    except ValueError:
        return None
    return moment if moment.tzinfo is not None and not moment.utcoffset() else None


def _check_factors(path: str, load: Decimal | None, empty: Decimal | None) -> Iterator[Flag]:
    yield from outside(f"{path}.loadFactor", load, "(0, 1]", high=ONE)
    yield from outside(f"{path}.emptyDistanceFactor", empty, "[0, 1)", high=ONE)


def _check_location(place: Location, path: str) -> Iterator[Flag]:
    if not COUNTRY.fullmatch(place.country):
        yield Flag(
            path=f"{path}.country",
            says=repr(place.country),
            should_be="an ISO 3166-1 code of two capitals",
            because="countries are told by code",
        )
    if (place.lat is None) != (place.lng is None):
        yield Flag(path=path, says="one of lat and lng", should_be="both or neither", because="half a place is none")
    for field, value, most in (("lat", place.lat, Decimal(90)), ("lng", place.lng, Decimal(180))):
        yield from outside(f"{path}.{field}", value, f"[-{most}, {most}]", low=-most, high=most)


def _check_category(category: Toc | Hoc, path: str, tolerance: Decimal) -> Iterator[Finding]:
    """What a TOC and an HOC have in common."""
    for i, certificate in enumerate(category.certifications or ()):
        yield from foreign(f"{path}.certifications[{i}]", certificate, CERTIFICATIONS, UNKNOWN)
    intensities = (category.co2e_intensity_wtw, category.co2e_intensity_ttw)
    yield from _check_operation(path, ("co2eIntensityWTW", intensities[0]), ("co2eIntensityTTW", intensities[1]))
    carriers = category.energy_carriers
    yield from _check_carriers(carriers, f"{path}.energyCarriers", tolerance)
    for i, carrier in enumerate(carriers):
        for field, factor in (
            ("emissionFactorWTW", carrier.emission_factor_wtw),
            ("emissionFactorTTW", carrier.emission_factor_ttw),
        ):
            if factor is None:
                yield Flag(
                    path=f"{path}.energyCarriers[{i}].{field}",
                    says="nothing",
                    should_be="kgCO2e per unit of energy",
                    because="a category states the factors behind its intensity",
                )
    for field, stated, factors in (
        ("co2eIntensityWTW", intensities[0], [carrier.emission_factor_wtw for carrier in carriers]),
        ("co2eIntensityTTW", intensities[1], [carrier.emission_factor_ttw for carrier in carriers]),
    ):
        yield from _check_energy(f"{path}.{field}", stated, carriers, factors, tolerance)


def _check_energy(
    path: str,
    stated: Decimal,
    carriers: Sequence[EnergyCarrier],
    factors: Sequence[Decimal | None],
    tolerance: Decimal,
) -> Iterator[Finding]:
    """F2: intensity is energy per activity times its factors, where all of them are told.

    iLEAP leaves open whether a carrier's consumption is per unit of the category's activity or of the part that the
    carrier moves, so either reading is let pass.
    """
    parts, own_parts = [], []
    for i, (carrier, factor) in enumerate(zip(carriers, factors, strict=True)):
        if factor == ZERO:  # whatever is used of it
            continue
        if carrier.energy_consumption is None or factor is None:
            missing = "energyConsumption" if carrier.energy_consumption is None else "its emission factor"
            because = f"{missing} of energyCarriers[{i}] ({carrier.energy_carrier}) is not stated"
            yield Unchecked(path=path, says=plain(stated), because=because)
            return
        parts.append(product(carrier.energy_consumption, factor))
        own_parts.append(product(carrier.energy_consumption, factor, carrier.relative_share))
    of_all, of_own = summed(parts), summed(own_parts)
    if abs(stated - of_own) > allowance(stated, of_own, tolerance):
        yield from unequal(
            path,
            stated,
            of_all,
            tolerance,
            "energyConsumption times emission factor over all carriers; iLEAP 1.0.0 counts no refrigerants",
        )


def _check_carriers(carriers: Sequence[EnergyCarrier], path: str, tolerance: Decimal) -> Iterator[Flag]:
    for i, carrier in enumerate(carriers):
        yield from _check_carrier(carrier, f"{path}[{i}]")
    shares = [carrier.relative_share for carrier in carriers]
    total = summed(shares)
    rounding = summed(allowance(share, share, ZERO) for share in shares)
    allowed = summed((min(rounding, SHARES_MISS), tolerance))
    if abs(total - ONE) > allowed:
        yield Flag(
            path=path,
            says=f"relativeShare adding up to {plain(total)}",
            should_be="1",
            tolerance=allowed,
            because="the carriers share the whole activity of the category",
        )


def _check_carrier(carrier: EnergyCarrier, path: str) -> Iterator[Flag]:
    yield from foreign(f"{path}.energyCarrier", carrier.energy_carrier, ENERGY_CARRIERS, UNKNOWN)
    yield from outside(f"{path}.relativeShare", carrier.relative_share, "(0, 1]", high=ONE)
    yield from outside(f"{path}.energyConsumption", carrier.energy_consumption, "[0, inf)")
    unit = carrier.energy_consumption_unit
    yield from foreign(f"{path}.energyConsumptionUnit", unit, ENERGY_UNITS, UNKNOWN)
    if unit is None and carrier.energy_consumption is not None:
        yield Flag(
            path=f"{path}.energyConsumptionUnit",
            says="nothing",
            should_be=f"one of {', '.join(ENERGY_UNITS)}",
            because="a consumption without a unit means nothing",
        )
    if unit in {"l", "kg"} and carrier.energy_carrier == "Electric":
        yield Flag(
            path=f"{path}.energyConsumptionUnit",
            says=repr(unit),
            should_be="'kWh' or 'MJ'",
            because="electricity has no volume or mass",
        )
    wtw, ttw = carrier.emission_factor_wtw, carrier.emission_factor_ttw
    if wtw is not None and ttw is not None:
        yield from _check_operation(path, ("emissionFactorWTW", wtw), ("emissionFactorTTW", ttw))
    feedstocks = carrier.feedstocks or ()
    for i, feedstock in enumerate(feedstocks):
        at = f"{path}.feedstocks[{i}]"
        yield from foreign(f"{at}.feedstock", feedstock.feedstock, FEEDSTOCKS, UNKNOWN)
        yield from outside(f"{at}.feedstockShare", feedstock.feedstock_share, "[0, 1]", high=ONE)
    shares = summed(feedstock.feedstock_share or ZERO for feedstock in feedstocks)
    if shares > ONE:
        yield Flag(
            path=f"{path}.feedstocks",
            says=f"feedstockShare adding up to {plain(shares)}",
            should_be="at most 1",
            because="feedstocks are parts of one carrier",
        )
