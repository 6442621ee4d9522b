"""Recomputes the two totals of a PACT product footprint from their parts.

Source of the sums: PACT Technical Specifications 3.0 (OpenAPI, at pcfExcludingBiogenicUptake and
pcfIncludingBiogenicUptake), https://docs.carbon-transparency.org. The total without uptake is the sum of the emissions
and removals named below; the total with uptake is that and biogenicCO2Uptake. Fossil emissions of land management are
in the fossil ones already, those of packaging and aircraft are in the total, and those of outbound logistics stand
beside it. Fossil emissions are always stated; the other parts are asked for only where something biogenic or captured
is in the product, and some of them only from 2027.
"""

from collections.abc import Iterator
from decimal import Decimal

from carbon.exchange.decimals import WIDE, allowance, plain, product, quotient, summed
from carbon.exchange.flags import ONE, ZERO, Finding, Flag, Unchecked, above, outside, unequal
from carbon.exchange.pact import CarbonFootprint, CarbonFootprint2

EMISSIONS = (
    "fossil_ghg_emissions",
    "land_use_change_ghg_emissions",
    "land_management_biogenic_co2_emissions",
    "biogenic_non_co2_emissions",
)
"""Parts of the total without uptake that add to it."""

REMOVALS = (
    "land_management_biogenic_co2_removals",
    "technological_co2_removals",
    "ccs_technological_co2_capture",
)
"""Parts of it that take from it."""

WITHIN = ("packaging_ghg_emissions", "aircraft_ghg_emissions")
"""Figures that are a part of what the total emits."""

BESIDE = ("land_management_fossil_ghg_emissions", "outbound_logistics_ghg_emissions")

CONTENTS = ("product_mass_per_declared_unit", "fossil_carbon_content", "biogenic_carbon_content")


def json_name(model: CarbonFootprint, field: str) -> str:
    """Return what a field of this footprint is called in its version of PACT."""
    return type(model).model_fields[field].alias or field


def check_totals(pcf: CarbonFootprint, path: str, tolerance: Decimal) -> Iterator[Finding]:
    """Check signs, sums and parts of a footprint.

    Args:
        pcf: the footprint.
        path: its JSON path.
        tolerance: fraction by which a figure may differ beyond the rounding of its own digits.
    """
    for field in (*EMISSIONS, *WITHIN, *BESIDE, *CONTENTS):
        yield from outside(f"{path}.{json_name(pcf, field)}", getattr(pcf, field), "[0, inf)")
    for field in ("land_management_biogenic_co2_removals", "ccs_technological_co2_capture", "biogenic_co2_uptake"):
        taken = getattr(pcf, field)
        if taken is not None and taken > ZERO:
            yield Flag(
                path=f"{path}.{json_name(pcf, field)}",
                says=plain(taken),
                should_be="at most 0",
                because="what is taken out of the air is written with a minus (PACT 3)",
            )
    removals = _removals(pcf)
    total = pcf.pcf_excluding_biogenic_uptake
    for field in WITHIN:
        yield from above(
            f"{path}.{json_name(pcf, field)}",
            getattr(pcf, field),
            WIDE.subtract(total, summed(removals.values())),
            tolerance,
            "it is a part of what the total emits before removals",
        )
    yield from above(
        f"{path}.{json_name(pcf, 'land_management_fossil_ghg_emissions')}",
        pcf.land_management_fossil_ghg_emissions,
        pcf.fossil_ghg_emissions,
        tolerance,
        "fossilGhgEmissions holds it (PACT 3)",
    )
    if isinstance(pcf, CarbonFootprint2):
        yield from _check_version_2(pcf, path, tolerance)
    else:
        yield from _check_excluding(pcf, path, removals, tolerance)
        yield from _check_including(pcf, path, tolerance)


def unchecked_parts(pcf: CarbonFootprint, path: str, *, recomputed: bool) -> Iterator[Unchecked]:
    """Tell the parts of a footprint that are taken as they came.

    Args:
        pcf: the footprint.
        path: its JSON path.
        recomputed: whether an iLEAP document came inside it, from which its fossil emissions were recomputed.
    """
    because = (
        "iLEAP tells nothing of it" if recomputed else "no iLEAP shipment, TOC or HOC that can be used came inside it"
    )
    for field in (*EMISSIONS, *REMOVALS, "biogenic_co2_uptake", *WITHIN, *BESIDE):
        value = getattr(pcf, field)
        # A part that is said to be nothing is as good as one that is not there; the first one everybody must state.
        if value is None or (recomputed if field == "fossil_ghg_emissions" else value == ZERO):
            continue
        yield Unchecked(path=f"{path}.{json_name(pcf, field)}", says=plain(value), because=because)


def _removals(pcf: CarbonFootprint) -> dict[str, Decimal]:
    """Stated removals as amounts of at most 0, by field."""
    stated = {field: getattr(pcf, field) for field in REMOVALS}
    found = {field: value for field, value in stated.items() if value is not None}
    technological = found.get("technological_co2_removals")
    if technological is not None:  # above 0 in the first edition of PACT 3.0 and below it in later ones
        found["technological_co2_removals"] = -abs(technological)
    return found


def _check_excluding(
    pcf: CarbonFootprint, path: str, removals: dict[str, Decimal], tolerance: Decimal
) -> Iterator[Finding]:
    at = f"{path}.{json_name(pcf, 'pcf_excluding_biogenic_uptake')}"
    stated = pcf.pcf_excluding_biogenic_uptake
    emissions = {field: getattr(pcf, field) for field in EMISSIONS}
    parts = {field: value for field, value in emissions.items() if value is not None} | removals
    total = summed(parts.values())
    rounding = summed(allowance(value, value, ZERO) for value in (stated, *parts.values()))
    allowed = summed((rounding, product(abs(total), tolerance)))
    rest = WIDE.subtract(stated, total)
    if abs(rest) <= allowed:
        return
    silent = [json_name(pcf, field) for field, value in emissions.items() if value is None]
    if rest > ZERO and silent:
        yield Unchecked(
            path=at,
            says=plain(stated),
            because=f"{', '.join(silent)} may hold the {plain(quotient(rest, ONE))} that the stated parts do not",
        )
        return
    names = " + ".join(json_name(pcf, field) for field in parts)
    because = f"it is the sum of its parts, {names}"
    if rest < ZERO and len(removals) < len(REMOVALS):
        because += "; a removal counts only where it is stated"
    yield Flag(path=at, says=plain(stated), should_be=plain(quotient(total, ONE)), tolerance=allowed, because=because)


def _check_including(pcf: CarbonFootprint, path: str, tolerance: Decimal) -> Iterator[Flag]:
    stated, without, uptake = (
        pcf.pcf_including_biogenic_uptake,
        pcf.pcf_excluding_biogenic_uptake,
        pcf.biogenic_co2_uptake,
    )
    if stated is None:
        return
    names = [json_name(pcf, field) for field in ("pcf_including_biogenic_uptake", "pcf_excluding_biogenic_uptake")]
    at = f"{path}.{names[0]}"
    if uptake is not None:
        because = f"it is {names[1]} and biogenicCO2Uptake together"
        yield from unequal(at, stated, summed((without, uptake)), tolerance, because)
    elif stated > without:
        yield from unequal(
            at, stated, without, tolerance, f"uptake is all that {names[1]} leaves out, and it only takes off"
        )
    elif list(unequal(at, stated, without, tolerance, "")):
        yield Flag(
            path=f"{path}.biogenicCO2Uptake",
            says="nothing",
            should_be=plain(quotient(WIDE.subtract(stated, without), ONE)),
            because=f"it is what {names[0]} and {names[1]} differ by",
        )


def _check_version_2(pcf: CarbonFootprint2, path: str, tolerance: Decimal) -> Iterator[Finding]:
    """PACT 2 has other parts, of which only the fossil ones are read here."""
    name, total = json_name(pcf, "pcf_excluding_biogenic_uptake"), pcf.pcf_excluding_biogenic_uptake
    yield from outside(f"{path}.{name}", total, "[0, inf)")
    because = f"it is a part of {name}"
    yield from above(f"{path}.fossilGhgEmissions", pcf.fossil_ghg_emissions, total, tolerance, because)
    if total > pcf.fossil_ghg_emissions and list(unequal("", total, pcf.fossil_ghg_emissions, tolerance, "")):
        yield Unchecked(
            path=f"{path}.{name}",
            says=plain(total),
            because="it is more than fossilGhgEmissions, and the other parts of PACT 2 are not read",
        )
    if pcf.pcf_including_biogenic_uptake is not None:
        yield Unchecked(
            path=f"{path}.{json_name(pcf, 'pcf_including_biogenic_uptake')}",
            says=plain(pcf.pcf_including_biogenic_uptake),
            because="the biogenic parts of PACT 2 are not read",
        )
