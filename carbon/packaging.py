"""What an order is packed in: ledger B, a product footprint, kept apart from transport (formulas F10, F11)."""

import math
from collections.abc import Iterable, Mapping
from typing import Self

from pydantic import Field, model_validator

from carbon.errors import QuantityError
from carbon.factors import Factor
from carbon.quantity import Emission, checked, total
from carbon.registry import Registry, bundled_registry
from carbon.reuse import BreakEven, Reusable, ReuseLoop, break_even
from carbon.values import Record, Text

BOARD = "desnz_material_use_paper_paper_and_board_board_primary_material_production"
BOARD_RECYCLED = "desnz_material_use_paper_paper_and_board_board_closed_loop_source"
PAPER = "desnz_material_use_paper_paper_and_board_paper_primary_material_production"
PAPER_RECYCLED = "desnz_material_use_paper_paper_and_board_paper_closed_loop_source"
LDPE = "desnz_material_use_plastic_plastics_ldpe_and_lldpe_incl_forming_primary_material_production"
LDPE_RECYCLED = "desnz_material_use_plastic_plastics_ldpe_and_lldpe_incl_forming_closed_loop_source"
PP = "desnz_material_use_plastic_plastics_pp_incl_forming_primary_material_production"
PP_RECYCLED = "desnz_material_use_plastic_plastics_pp_incl_forming_closed_loop_source"


class Piece(Record):
    """One piece of packaging, of one material.

    Attributes:
        material: what it is made of, in words.
        mass_kg: its mass.
        production: key of the factor for primary material.
        recycled: key of the factor for recycled material; needed if ``recycled_share`` is above 0.
        recycled_share: fraction r of recycled material, 0 to 1.
        end_of_life: fractions p by factor key, adding up to at most 1; what they leave open is not counted.
        mass_source: key of the factor that the mass was read from, if any.
    """

    material: Text
    mass_kg: float
    production: Text
    recycled: str | None = None
    recycled_share: float = 0.0
    end_of_life: Mapping[str, float] = Field(default_factory=dict)
    mass_source: str | None = None

    @model_validator(mode="after")
    def _is_possible(self) -> Self:
        checked(f"mass_kg of {self.material}", self.mass_kg)
        ends = math.fsum(
            checked(f"end_of_life[{key!r}] of {self.material}", share) for key, share in self.end_of_life.items()
        )
        for field, share in (("recycled_share", checked("recycled_share", self.recycled_share)), ("end_of_life", ends)):
            if share > 1 + 1e-9:
                raise QuantityError(f"{field} of {self.material} is {share}; shares are fractions and reach at most 1")
        if self.recycled_share > 0 and self.recycled is None:
            raise QuantityError(
                f"recycled of {self.material} is missing, but recycled_share is {self.recycled_share}; name its factor"
            )
        return self


class Packaging(Record):
    """Everything one order is packed in.

    Attributes:
        name: what it is called.
        pieces: its pieces; none at all is a valid way to pack.
        loop: how it circulates if it is used again; None for single use.
    """

    name: Text
    pieces: tuple[Piece, ...] = ()
    loop: ReuseLoop | None = None

    @property
    def mass_kg(self) -> float:
        """Mass of all the pieces."""
        return math.fsum(piece.mass_kg for piece in self.pieces)

    @property
    def uses(self) -> float:
        """Orders that share what making it emits: 1 for single use."""
        return 1.0 if self.loop is None else self.loop.uses

    @property
    def running_gco2e(self) -> float:
        """What each order adds to that: nothing for single use."""
        return 0.0 if self.loop is None else self.loop.running_gco2e


class PackagingEmission(Record):
    """Formula F10 for one order, its two halves apart; for what is used again, one use of it by formula F11.

    Attributes:
        production_gco2e: first term, material and forming; of a reusable packaging its part of that, with the washing,
            return and refurbishing of one use.
        end_of_life_gco2e: second term, or None if no piece says what becomes of it.
    """

    production_gco2e: float
    end_of_life_gco2e: float | None

    @property
    def gco2e(self) -> float:
        """Both, as far as they are known."""
        return self.production_gco2e + (self.end_of_life_gco2e or 0.0)


def packaging_gco2e(packaging: Packaging, registry: Registry | None = None) -> PackagingEmission:
    """Emission of one order's packaging: formula F10, and F11 if it circulates.

    End of life counts where a piece states its routes. DESNZ's factors for it follow the cut-off rule (recycling and
    incineration cost next to nothing), so they cannot say which route is better; ``rank_end_of_life`` refuses them.

    Args:
        packaging: the packaging.
        registry: where its factors come from; the bundled ones by default.

    Raises:
        MissingFactorError: if a piece names a factor that is not there.
        MixedGasError: if its factors count different gases.
        UnitError: if a factor is not per mass.
    """
    once = _once(packaging, bundled_registry() if registry is None else registry)
    end = once.end_of_life_gco2e
    return PackagingEmission(
        production_gco2e=once.production_gco2e / packaging.uses + packaging.running_gco2e,
        end_of_life_gco2e=None if end is None else end / packaging.uses,
    )


def as_reusable(packaging: Packaging, registry: Registry | None = None) -> Reusable:
    """Return a packaging in a loop as formula F11 sees it: what one piece emits once (F10), and its loop.

    Args:
        packaging: the packaging; it must have a loop.
        registry: where its factors come from; the bundled ones by default.

    Raises:
        QuantityError: if it is for single use.
        CarbonError: as for ``packaging_gco2e``.
    """
    if packaging.loop is None:
        raise QuantityError(f"loop of {packaging.name} is missing, so it is for single use; say how it circulates")
    once = _once(packaging, bundled_registry() if registry is None else registry)
    return Reusable(
        name=packaging.name,
        make_gco2e=once.production_gco2e,
        end_of_life_gco2e=once.end_of_life_gco2e,
        loop=packaging.loop,
    )


def packaging_break_even(again: Packaging, single: Packaging, registry: Registry | None = None) -> BreakEven:
    """From which use on ``again`` emits no more than ``single``, like compared with like.

    Args:
        again: a packaging with a loop.
        single: one without, for the same job.
        registry: where their factors come from; the bundled ones by default.

    Raises:
        QuantityError: if the loops are not so, or one counts its end of life and the other does not.
        CarbonError: as for ``packaging_gco2e``.
    """
    if single.loop is not None:
        raise QuantityError(f"loop of {single.name} is given, so it is not for single use; compare with one that is")
    once, other = as_reusable(again, registry), packaging_gco2e(single, registry)
    if (once.end_of_life_gco2e is None) != (other.end_of_life_gco2e is None):
        raise QuantityError(
            f"end_of_life is counted for only one of {again.name} and {single.name}; give it for both or for neither"
        )
    return break_even(once, other.production_gco2e + (other.end_of_life_gco2e or 0.0))


def _once(packaging: Packaging, registry: Registry) -> PackagingEmission:
    """Formula F10 for one piece of each, however often it is used."""
    production = total(made for piece in packaging.pieces for made in _production(piece, registry))
    ends = [
        registry.get(key).emission(piece.mass_kg, "kg").part(share)
        for piece in packaging.pieces
        for key, share in piece.end_of_life.items()
    ]
    end = total(ends) if ends else None
    for amount in filter(None, (production, end)):
        total((amount, Emission(0.0, "CO2e")))  # a figure in CO2 alone may not be called CO2e
    return PackagingEmission(production_gco2e=production.grams, end_of_life_gco2e=end.grams if end else None)


def packaging_factors(packaging: Packaging, registry: Registry | None = None) -> tuple[Factor, ...]:
    """Return the factors behind one packaging: materials, end of life, and where masses and uses come from."""
    from_ = bundled_registry() if registry is None else registry
    keys: dict[str, None] = {}
    if packaging.loop is not None and packaging.loop.uses_source is not None:
        keys[packaging.loop.uses_source] = None
    for piece in packaging.pieces:
        used = (
            piece.production if piece.recycled_share < 1 else None,
            piece.recycled if piece.recycled_share else None,
            *piece.end_of_life,
            piece.mass_source,
        )
        keys |= dict.fromkeys(key for key in used if key)
    return tuple(from_.get(key) for key in keys)


def corrugated_box_kg(volume_l: float, registry: Registry | None = None) -> float:
    """Mass of board in a corrugated box of a given volume, by ADEME's rule.

    The board's area is 1.45 times that of the sphere of equal volume; its mass is that times the areal mass.

    Args:
        volume_l: inner volume in litres, >= 0.
        registry: where the rule's two constants come from; the bundled factors by default.

    Raises:
        QuantityError: if the volume is negative or not a number.
    """
    from_ = bundled_registry() if registry is None else registry
    radius_m = math.cbrt(3 * checked("volume_l", volume_l) / 1000 / (4 * math.pi))
    area_m2 = 4 * math.pi * radius_m**2 * from_.get("box_area_sphere_equivalent_area_x").value
    return area_m2 * from_.get("corrugated_board_areal_mass").value


def _production(piece: Piece, registry: Registry) -> Iterable[Emission]:
    if piece.recycled_share < 1:
        yield registry.get(piece.production).emission(piece.mass_kg, "kg").part(1 - piece.recycled_share)
    if piece.recycled is not None and piece.recycled_share > 0:
        yield registry.get(piece.recycled).emission(piece.mass_kg, "kg").part(piece.recycled_share)


def _standard(
    name: str, material: str, mass_source: str, production: str, recycled: str, recycled_share: float = 0.0
) -> Packaging:
    piece = Piece(
        material=material,
        mass_kg=bundled_registry().get(mass_source).value,
        production=production,
        recycled=recycled,
        recycled_share=recycled_share,
        mass_source=mass_source,
    )
    return Packaging(name=name, pieces=(piece,))


def _reusable_bag() -> Packaging:
    """The woven-PP bag of TemaNord 2024:515 with its four uses; not washed, and taken back on a round of ledger A."""
    uses_source = "base_case_uses_reusable_e_commerce_bag"
    loop = ReuseLoop(
        return_rate=1 - 1 / bundled_registry().get(uses_source).value,
        life_uses=None,
        wash_gco2e=0.0,
        return_gco2e=0.0,
        refurbish_gco2e=0.0,
        uses_source=uses_source,
    )
    mass_source = "mass_reusable_woven_pp_e_commerce_bag_21_l"
    return _standard("reusable_bag", "woven PP", mass_source, PP, PP_RECYCLED).model_copy(update={"loop": loop})


LDPE_BAG_MASS = "mass_single_use_ldpe_e_commerce_bag_21_l"
DEFAULT_PACKAGING = _standard("ldpe_bag", "LDPE film", LDPE_BAG_MASS, LDPE, LDPE_RECYCLED)
"""The single-use 21 l bag of 12 g (TemaNord 2024:515), of primary LDPE."""

STANDARD_PACKAGING: Mapping[str, Packaging] = {
    packaging.name: packaging
    for packaging in (
        DEFAULT_PACKAGING,
        _standard("recycled_ldpe_bag", "recycled LDPE film", LDPE_BAG_MASS, LDPE, LDPE_RECYCLED, recycled_share=1.0),
        _standard("paper_bag", "kraft paper", "mass_paper_carrier_bag_21_l", PAPER, PAPER_RECYCLED),
        _standard("carton", "corrugated board", "mass_corrugated_e_commerce_pack_21_l", BOARD, BOARD_RECYCLED),
        _reusable_bag(),
        Packaging(name="none"),
    )
}
"""Packagings by name, all of 21 l.

``ldpe_bag``, ``recycled_ldpe_bag``, ``paper_bag`` (50 g, an assumption), ``carton`` (65 g), ``reusable_bag`` (118 g,
used four times) and ``none``.
"""

PACKAGING_CHOICES: Mapping[str, Packaging] = {
    "standard": STANDARD_PACKAGING["ldpe_bag"],
    "eco": STANDARD_PACKAGING["recycled_ldpe_bag"],
    "reusable": STANDARD_PACKAGING["reusable_bag"],
}
"""What a customer is offered: ``standard``, ``eco`` (the same bag, of recycled film) and ``reusable``.

At its four uses the reusable bag emits more per use than the single-use film bag does: it wins after nine, which is to
say from a return rate of 88 % on. An offer should be drawn with its break-even, never sold as green by name.
"""
