"""Which end of a packaging's life emits least, from factors that can tell.

The disposal factors of DESNZ follow the cut-off rule: they count the way to the plant and stop there, because what
recycling or burning emits belongs to whoever uses the product of it. They are right for a company's own account and
cannot rank anything: burning plastic would look as good as recycling it. The factors of the US EPA count the emissions
of each process, so they can. They are per material, in the GWP set AR4, of the United States, and leave out what
recycling saves elsewhere.
"""

from collections.abc import Mapping

from carbon.errors import CutOffError, MissingFactorError
from carbon.factors import Factor
from carbon.quantity import Emission, total
from carbon.registry import Registry, bundled_registry
from carbon.values import Record

CUT_OFF = "desnz_waste_disposal_"

EPA_END_OF_LIFE: Mapping[str, tuple[str, ...]] = {
    material: tuple(f"end_of_life_{name}_{end}" for end in ends)
    for material, name, ends in (
        ("corrugated", "corrugated_containers", ("recycled", "landfilled", "combusted")),
        ("HDPE", "hdpe", ("recycled", "landfilled", "combusted")),
        ("LDPE", "ldpe", ("landfilled", "combusted")),
        ("LLDPE", "lldpe", ("landfilled", "combusted")),
        ("PET", "pet", ("recycled", "landfilled", "combusted")),
        ("PLA", "pla", ("landfilled", "combusted", "composted")),
        ("PP", "pp", ("landfilled", "combusted")),
        ("PS", "ps", ("landfilled", "combusted")),
    )
}
"""Keys of the EPA's factors by material; what is missing here, the EPA has no factor for."""


class EndOfLife(Record):
    """One way for a packaging to end.

    Attributes:
        factor: key of its factor.
        gco2e: what it emits.
        gwp: GWP set behind it; None if the source states none.
    """

    factor: str
    gco2e: float
    gwp: str | None


def rank_end_of_life(
    mass_kg: float, factor_keys: tuple[str, ...], registry: Registry | None = None
) -> tuple[EndOfLife, ...]:
    """Rank ways to end, least emission first.

    Landfilled plastic ranks well, as it hardly decays: the ranking is of greenhouse gases, not of litter.

    Args:
        mass_kg: mass of the material, >= 0.
        factor_keys: factors to compare, for example ``EPA_END_OF_LIFE["PET"]``.
        registry: where the factors come from; the bundled ones by default.

    Raises:
        CutOffError: if a factor follows the cut-off rule, or the factors are of different GWP sets.
        MissingFactorError: if there is nothing to compare, or a factor is not there.
        QuantityError: if the mass is negative or not a number.
        MixedGasError: if a factor counts CO2 alone.
    """
    from_ = bundled_registry() if registry is None else registry
    if not factor_keys:
        raise MissingFactorError("factor_keys is empty; name at least one factor, for example EPA_END_OF_LIFE['PET']")
    for key in factor_keys:
        if key.startswith(CUT_OFF):
            raise CutOffError(
                f"factor {key!r} follows the cut-off rule (it stops at the gate of the plant), so it cannot rank "
                f"ends of life; use the EPA's, for example {EPA_END_OF_LIFE['PET'][0]!r} (GWP set AR4)"
            )
    factors = [from_.get(key) for key in factor_keys]
    sets = sorted({factor.gwp or "not stated" for factor in factors})
    if len(sets) > 1:
        raise CutOffError(f"gwp of the factors is {' and '.join(sets)}; rank only factors of one GWP set")
    return tuple(sorted((_end(factor, mass_kg) for factor in factors), key=lambda end: (end.gco2e, end.factor)))


def _end(factor: Factor, mass_kg: float) -> EndOfLife:
    emission = total((Emission(0.0, "CO2e"), factor.emission(mass_kg, "kg")))
    return EndOfLife(factor=factor.key, gco2e=emission.grams, gwp=factor.gwp)
