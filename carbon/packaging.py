"""What an order is packed in: ledger B, a product footprint, kept apart from transport (formula F10)."""

import math
from collections.abc import Iterable, Mapping
from typing import Self

from pydantic import Field, model_validator

from carbon.errors import QuantityError
from carbon.factors import Factor, Registry, bundled_registry
from carbon.quantity import Emission, checked, total
from carbon.values import Record, Text

BOARD = "desnz_material_use_paper_paper_and_board_board_primary_material_production"
BOARD_RECYCLED = "desnz_material_use_paper_paper_and_board_board_closed_loop_source"
PAPER = "desnz_material_use_paper_paper_and_board_paper_primary_material_production"
PAPER_RECYCLED = "desnz_material_use_paper_paper_and_board_paper_closed_loop_source"
LDPE = "desnz_material_use_plastic_plastics_ldpe_and_lldpe_incl_forming_primary_material_production"
LDPE_RECYCLED = "desnz_material_use_plastic_plastics_ldpe_and_lldpe_incl_forming_closed_loop_source"


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
    """

    name: Text
    pieces: tuple[Piece, ...] = ()

    @property
    def mass_kg(self) -> float:
        """Mass of all the pieces."""
        return math.fsum(piece.mass_kg for piece in self.pieces)


class PackagingEmission(Record):
    """Formula F10 for one order, its two halves apart.

    Attributes:
        production_gco2e: first term, material and forming.
        end_of_life_gco2e: second term, or None if no piece says what becomes of it.
    """

    production_gco2e: float
    end_of_life_gco2e: float | None


def packaging_gco2e(packaging: Packaging, registry: Registry | None = None) -> PackagingEmission:
    """Emission of one order's packaging by formula F10.

    Only the production part goes into an order's figure: the end-of-life factors of DESNZ follow the cut-off rule
    (recycling and incineration cost next to nothing), so adding them would reward the wrong end.

    Args:
        packaging: the packaging.
        registry: where its factors come from; the bundled ones by default.

    Raises:
        MissingFactorError: if a piece names a factor that is not there.
        MixedGasError: if its factors count different gases.
        UnitError: if a factor is not per mass.
    """
    from_ = registry or bundled_registry()
    production = total(made for piece in packaging.pieces for made in _production(piece, from_))
    ends = [
        from_.get(key).emission(piece.mass_kg, "kg").part(share)
        for piece in packaging.pieces
        for key, share in piece.end_of_life.items()
    ]
    end = total(ends) if ends else None
    for amount in filter(None, (production, end)):
        total((amount, Emission(0.0, "CO2e")))  # a figure in CO2 alone may not be called CO2e
    return PackagingEmission(production_gco2e=production.grams, end_of_life_gco2e=end.grams if end else None)


def packaging_factors(packaging: Packaging, registry: Registry | None = None) -> tuple[Factor, ...]:
    """Return the factors behind one packaging: materials, end of life, and where the masses come from."""
    from_ = registry or bundled_registry()
    keys: dict[str, None] = {}
    for piece in packaging.pieces:
        used = (
            piece.production,
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
    from_ = registry or bundled_registry()
    radius_m = math.cbrt(3 * checked("volume_l", volume_l) / 1000 / (4 * math.pi))
    area_m2 = 4 * math.pi * radius_m**2 * from_.get("box_area_sphere_equivalent_area_x").value
    return area_m2 * from_.get("corrugated_board_areal_mass").value


def _production(piece: Piece, registry: Registry) -> Iterable[Emission]:
    yield registry.get(piece.production).emission(piece.mass_kg, "kg").part(max(0.0, 1 - piece.recycled_share))
    if piece.recycled is not None and piece.recycled_share > 0:
        yield registry.get(piece.recycled).emission(piece.mass_kg, "kg").part(piece.recycled_share)


def _standard(name: str, material: str, mass_source: str, production: str, recycled: str) -> Packaging:
    mass_kg = bundled_registry().get(mass_source).value
    piece = Piece(material=material, mass_kg=mass_kg, production=production, recycled=recycled, mass_source=mass_source)
    return Packaging(name=name, pieces=(piece,))


DEFAULT_PACKAGING = _standard("ldpe_bag", "LDPE film", "mass_single_use_ldpe_e_commerce_bag_21_l", LDPE, LDPE_RECYCLED)
"""The single-use 21 l bag of 12 g (TemaNord 2024:515), of primary LDPE."""

STANDARD_PACKAGING: Mapping[str, Packaging] = {
    packaging.name: packaging
    for packaging in (
        DEFAULT_PACKAGING,
        _standard("paper_bag", "kraft paper", "mass_paper_carrier_bag_21_l", PAPER, PAPER_RECYCLED),
        _standard("carton", "corrugated board", "mass_corrugated_e_commerce_pack_21_l", BOARD, BOARD_RECYCLED),
        Packaging(name="none"),
    )
}
"""Packagings by name: ``ldpe_bag``, ``paper_bag`` (50 g, an assumption), ``carton`` (65 g) and ``none``."""
