"""Recomputes a PACT product footprint from the iLEAP document inside it, and its elements from their categories.

Source of the rules: PACT 3.0.0 and, for the mapping, iLEAP 1.0.0 chapter 7.2 (see ``carbon.exchange.mapping``).
"""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from urllib.parse import quote

from carbon.exchange.checks import distances_km
from carbon.exchange.decimals import plain, product, shifted, summed
from carbon.exchange.flags import ONE, ZERO, Finding, Flag, Unchecked, foreign, outside, unequal
from carbon.exchange.ileap import Hoc, ShipmentFootprint, Tce, Toc
from carbon.exchange.mapping import CPC_LOGISTICS, CPC_URN, KILOGRAM, LONGEST_DAYS, TONNE_KILOMETRE, Delivery
from carbon.exchange.pact import CarbonFootprint, ProductFootprint, ProductFootprint2
from carbon.exchange.totals import check_totals, json_name

UNITS = (
    "liter", "kilogram", "cubic meter", "kilowatt hour", "megajoule", "ton kilometer", "square meter", "piece", "hour",
    "megabit second",
)  # fmt: skip
UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
URN = re.compile(r"[uU][rR][nN]:.+")
ASSESSMENT_REPORT = re.compile(r"AR[0-9]+")
HUNDRED = Decimal(100)


def check_footprint(footprint: ProductFootprint, path: str, tolerance: Decimal) -> Iterator[Finding]:
    """Check what holds for a product footprint of anything.

    Args:
        footprint: the footprint.
        path: its JSON path.
        tolerance: fraction by which a figure may differ beyond the rounding of its own digits.
    """
    if not UUID.fullmatch(footprint.id):
        yield Flag(path=f"{path}.id", says=repr(footprint.id), should_be="a UUID", because="PACT names them so")
    yield from foreign(f"{path}.status", footprint.status, ("Active", "Deprecated"), "PACT has no other status")
    for field, names in (("companyIds", footprint.company_ids), ("productIds", footprint.product_ids)):
        for i, name in enumerate(names):
            if not URN.fullmatch(name):
                yield Flag(path=f"{path}.{field}[{i}]", says=repr(name), should_be="a URN", because="PACT ids are URNs")
    pcf, at = footprint.pcf, f"{path}.pcf"
    unit = json_name(pcf, "declared_unit_of_measurement")
    yield from foreign(f"{at}.{unit}", pcf.declared_unit_of_measurement, UNITS, "PACT has no such unit")
    yield from outside(f"{at}.{json_name(pcf, 'declared_unit_amount')}", pcf.declared_unit_amount, "(0, inf)")
    yield from check_totals(pcf, at, tolerance)
    yield from outside(f"{at}.primaryDataShare", pcf.primary_data_share, "[0, 100]", high=HUNDRED)
    yield from outside(f"{at}.exemptedEmissionsPercent", pcf.exempted_emissions_percent, "[0, 100]", high=HUNDRED)
    for i, name in enumerate(pcf.ipcc_characterization_factors):
        if not ASSESSMENT_REPORT.fullmatch(name):
            field = json_name(pcf, "ipcc_characterization_factors")
            yield Flag(
                path=f"{at}.{field}[{i}]", says=repr(name), should_be="such as 'AR6'", because="it names an IPCC report"
            )
    if pcf.packaging_ghg_emissions is not None and not pcf.packaging_emissions_included:
        yield Flag(
            path=f"{at}.packagingGhgEmissions",
            says=plain(pcf.packaging_ghg_emissions),
            should_be="nothing",
            because="packagingEmissionsIncluded is not true",
        )
    yield from _check_period(pcf, at)
    if not isinstance(footprint, ProductFootprint2):
        yield from _check_version_3(pcf, at)


def _check_period(pcf: CarbonFootprint, path: str) -> Iterator[Flag]:
    start, end = pcf.reference_period_start, pcf.reference_period_end
    for field, moment in (("referencePeriodStart", start), ("referencePeriodEnd", end)):
        if moment.tzinfo is None:
            yield Flag(
                path=f"{path}.{field}",
                says=moment.isoformat(),
                should_be=f"{moment.isoformat()}Z",
                because="times carry their zone",
            )
    if start.tzinfo is not None and end.tzinfo is not None and start >= end:
        yield Flag(
            path=f"{path}.referencePeriodEnd",
            says=end.isoformat(),
            should_be=f"after {start.isoformat()}",
            because="a period ends after it starts",
        )


def _check_version_3(pcf: CarbonFootprint, path: str) -> Iterator[Flag]:
    """What PACT 3 asks for and PACT 2 did not."""
    for field, value in (
        ("productMassPerDeclaredUnit", pcf.product_mass_per_declared_unit),
        ("pcfIncludingBiogenicUptake", pcf.pcf_including_biogenic_uptake),
    ):
        if value is None:
            yield Flag(path=f"{path}.{field}", says="nothing", should_be="a decimal", because="PACT 3 asks for it")
    if pcf.dqi is not None:
        for field, rating in (
            ("technologicalDQR", pcf.dqi.technological),
            ("geographicalDQR", pcf.dqi.geographical),
            ("temporalDQR", pcf.dqi.temporal),
        ):
            yield from outside(f"{path}.dqi.{field}", rating, "[1, 5]", low=ONE, high=Decimal(5))


def check_mapping(
    footprint: ProductFootprint, document: ShipmentFootprint | Toc | Hoc, path: str, tolerance: Decimal
) -> Iterator[Flag]:
    """Check a product footprint against the iLEAP document in it.

    Args:
        footprint: the footprint.
        document: the document found among its extensions.
        path: JSON path of the footprint.
        tolerance: fraction by which a figure may differ beyond the rounding of its own digits.
    """
    pcf, at = footprint.pcf, f"{path}.pcf"
    if isinstance(document, ShipmentFootprint):
        name, unit = document.shipment_id, TONNE_KILOMETRE
        amount, sums = summed(tce.transport_activity for tce in document.tces), "the sum of transportActivity"
        emission, total = summed(tce.co2e_wtw for tce in document.tces), "the sum of co2eWTW"
    else:
        emission, total = document.co2e_intensity_wtw, "co2eIntensityWTW"
        if isinstance(document, Toc):
            name, unit, amount, sums = document.toc_id, TONNE_KILOMETRE, ONE, "a TOC is declared per tonne-kilometre"
        else:
            name, unit, amount, sums = document.hoc_id, KILOGRAM, Decimal(1000), "an HOC is declared per tonne"
    if pcf.declared_unit_of_measurement != unit:
        yield Flag(
            path=f"{at}.{json_name(pcf, 'declared_unit_of_measurement')}",
            says=repr(pcf.declared_unit_of_measurement),
            should_be=repr(unit),
            because="iLEAP declares it so",
        )
    yield from unequal(
        f"{at}.{json_name(pcf, 'declared_unit_amount')}", pcf.declared_unit_amount, amount, tolerance, sums
    )
    for field, stated in (
        (json_name(pcf, "pcf_excluding_biogenic_uptake"), pcf.pcf_excluding_biogenic_uptake),
        ("fossilGhgEmissions", pcf.fossil_ghg_emissions),
    ):
        yield from unequal(f"{at}.{field}", stated, emission, tolerance, total)
    if pcf.packaging_emissions_included is not False:
        yield Flag(
            path=f"{at}.packagingEmissionsIncluded",
            says="nothing" if pcf.packaging_emissions_included is None else "true",
            should_be="false",
            because="packaging is no logistics emission; state it apart",
        )
    if (pcf.reference_period_end.date() - pcf.reference_period_start.date()).days > LONGEST_DAYS:
        yield Flag(
            path=f"{at}.referencePeriodEnd",
            says=pcf.reference_period_end.isoformat(),
            should_be="at most a year after referencePeriodStart",
            because="a category covers at most a year (ISO 14083)",
        )
    if not any(each.endswith((f":{name}", f":{quote(name, safe=':@')}")) for each in footprint.product_ids):
        yield Flag(
            path=f"{path}.productIds",
            says=", ".join(footprint.product_ids),
            should_be=f"one that ends in :{name}",
            because="the product is the document in the extension",
        )
    yield from _check_class(footprint, path)


def _check_class(footprint: ProductFootprint, path: str) -> Iterator[Flag]:
    if isinstance(footprint, ProductFootprint2):
        if footprint.product_category_cpc != CPC_LOGISTICS:
            yield Flag(
                path=f"{path}.productCategoryCpc",
                says=repr(footprint.product_category_cpc) if footprint.product_category_cpc else "nothing",
                should_be=repr(CPC_LOGISTICS),
                because="it is the class of logistics services",
            )
        return
    if CPC_URN not in (footprint.product_classifications or ()):
        yield Flag(
            path=f"{path}.productClassifications",
            says=", ".join(footprint.product_classifications or ()) or "nothing",
            should_be=f"with {CPC_URN}",
            because="it is the class of logistics services",
        )
    pcf = footprint.pcf
    if "ISO14083" not in pcf.cross_sectoral_standards:
        yield Flag(
            path=f"{path}.pcf.crossSectoralStandards",
            says=", ".join(pcf.cross_sectoral_standards),
            should_be="with ISO14083",
            because="transport chains are accounted for by it",
        )
    if pcf.declared_unit_of_measurement == TONNE_KILOMETRE and pcf.product_mass_per_declared_unit not in {None, ZERO}:
        yield Flag(
            path=f"{path}.pcf.productMassPerDeclaredUnit",
            says=plain(pcf.product_mass_per_declared_unit or ZERO),
            should_be="0",
            because="a tonne-kilometre weighs nothing (PACT 3)",
        )


def check_elements(
    shipment: ShipmentFootprint, path: str, tocs: Mapping[str, Toc], hocs: Mapping[str, Hoc], tolerance: Decimal
) -> Iterator[Finding]:
    """Recompute the elements of a shipment from the categories that came with it (F3, F4).

    An element whose category is not here, or is not per tonne, cannot be recomputed, and that is said.
    """
    for i, tce in enumerate(shipment.tces):
        at = f"{path}.tces[{i}]"
        toc, hoc = tocs.get(tce.toc_id or ""), hocs.get(tce.hoc_id or "")
        if toc is not None and toc.transport_activity_unit == "tkm":
            category: Toc | Hoc = toc
            activity, name = tce.transport_activity, f"TOC {toc.toc_id!r} times {plain(tce.transport_activity)} t·km"
        elif hoc is not None and hoc.hub_activity_unit == "tonnes":
            category = hoc
            activity, name = shifted(tce.mass, -3), f"HOC {hoc.hoc_id!r} times {plain(shifted(tce.mass, -3))} t"
        else:
            because = _no_category(tce, toc, hoc)
            for field, stated in (("co2eWTW", tce.co2e_wtw), ("co2eTTW", tce.co2e_ttw)):
                yield Unchecked(path=f"{at}.{field}", says=plain(stated), because=because)
            continue
        for field, stated, intensity in (
            ("co2eWTW", tce.co2e_wtw, category.co2e_intensity_wtw),
            ("co2eTTW", tce.co2e_ttw, category.co2e_intensity_ttw),
        ):
            yield from unequal(
                f"{at}.{field}",
                stated,
                product(intensity, activity),
                tolerance,
                f"{plain(intensity)} kgCO2e per unit of {name}",
            )


def _no_category(tce: Tce, toc: Toc | None, hoc: Hoc | None) -> str:
    """Why an element cannot be recomputed."""
    if toc is not None:
        return f"TOC {toc.toc_id!r} is per {toc.transport_activity_unit} and the element counts t·km"
    if hoc is not None:
        return f"HOC {hoc.hoc_id!r} is per {hoc.hub_activity_unit} and the element counts kilograms"
    missing = [f"{kind} {name!r}" for kind, name in (("TOC", tce.toc_id), ("HOC", tce.hoc_id)) if name is not None]
    return f"{' and '.join(missing)} did not come with it" if missing else "it names no category"


def check_delivery(delivery: Delivery, path: str) -> Iterator[Finding]:
    """Check Swiftleaf's own extension: none of its figures is negative, and none can be recomputed from outside."""
    for field in (
        "refrigerant_ghg_emissions",
        "round_ghg_emissions",
        "packaging_ghg_emissions",
        "packaging_end_of_life_ghg_emissions",
    ):
        value, at = getattr(delivery, field), f"{path}.{Delivery.model_fields[field].alias}"
        if value is None:
            continue
        if field != "packaging_end_of_life_ghg_emissions":  # recycling may be credited
            yield from outside(at, value, "[0, inf)")
        yield Unchecked(path=at, says=plain(value), because="what it was computed from is not exchanged")


def check_distance_types(shipments: Mapping[str, ShipmentFootprint]) -> Iterator[Flag]:
    """Flag elements of one category whose activities are of different types of distance (R3).

    Args:
        shipments: by JSON path.
    """
    kinds: dict[str, set[str]] = {}
    for path, shipment in shipments.items():
        for i, tce in enumerate(shipment.tces):
            given = set(distances_km(tce.distance))
            if tce.toc_id is None or not given:
                continue
            common = kinds.setdefault(tce.toc_id, given)
            if common & given:
                kinds[tce.toc_id] = common & given
            else:
                yield Flag(
                    path=f"{path}.tces[{i}].distance",
                    says=", ".join(sorted(given)),
                    should_be=", ".join(sorted(common)),
                    because=f"other elements of TOC {tce.toc_id!r} use it, and types may not be mixed",
                )
