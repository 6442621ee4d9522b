"""The factor registry: every factor by key, place and time, and which of several answers."""

import copy
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Self

from carbon.errors import AmbiguousFactorError, ExpiredFactorError, FactorFileError, MissingFactorError, UnitError
from carbon.factor_file import read_factors
from carbon.factors import Factor

LIFE_CYCLE = "electricity_life_cycle_footprint_factor"
GRID_KEYS = ("electricity_generation_intensity", "electricity_average_intensity")
"""Keys looked up for a region's electricity, in this order: a factor of a stated year before a rolling average."""

MAINLAND = frozenset((
    "AH", "BJ", "CQ", "FJ", "GD", "GS", "GX", "GZ", "HA", "HB", "HE", "HI", "HL", "HN", "JL", "JS",
    "JX", "LN", "NM", "NX", "QH", "SC", "SD", "SH", "SN", "SX", "TJ", "XJ", "XZ", "YN", "ZJ",
))  # fmt: skip
"""ISO 3166-2 codes (after ``CN-``) of the 31 provinces, regions and cities on the national grid factor."""

OWN_GRID = {"CN-HK": "HK", "CN-MO": "MO", "CN-TW": "TW"}
"""ISO 3166-2:CN codes that have an ISO 3166-1 code, and a grid factor, of their own."""

ANYWHERE = ("default", "global")
"""Regions of factors that hold everywhere."""

Layer = dict[str, list[Factor]]


class Registry:
    """Factors by key, region and year, in layers: the first that answers wins.

    A registry read from a file has one layer; ``joined`` puts a user's own above it. ``at`` gives a view for a place
    and a day, in which a key with several regions means that of the place, and a factor out of its validity is refused.

    Args:
        factors: the factors; no two may have the same key, region, year and edition.

    Raises:
        FactorFileError: if two factors have the same identity.
    """

    def __init__(self, factors: Iterable[Factor]) -> None:
        self._layers: tuple[Layer, ...] = (_layer(factors),)
        self._places: tuple[str, ...] = ()
        self._day: date | None = None

    def __iter__(self) -> Iterator[Factor]:
        """Every factor that can answer: of two with one id that of the upper layer."""
        seen: set[str] = set()
        for layer in self._layers:
            for factor in (factor for group in layer.values() for factor in group):
                if factor.id not in seen:
                    seen.add(factor.id)
                    yield factor

    def __len__(self) -> int:
        return sum(1 for _ in self)

    @property
    def layers(self) -> tuple[tuple[Factor, ...], ...]:
        """The factors of each layer, the one that wins first."""
        return tuple(tuple(factor for group in layer.values() for factor in group) for layer in self._layers)

    @classmethod
    def read(cls, path: Path | Traversable | str) -> Self:
        """Read a factor file.

        Raises:
            FactorFileError: as ``carbon.factor_file.read_factors`` does.
        """
        return cls(read_factors(path))

    def joined(self, other: "Registry") -> "Registry":
        """Return both registries as one: where ``other``, the user's own, has an answer, it wins, whatever its year.

        Raises:
            UnitError: if a factor of ``other`` is in another unit than this registry has its key in; the models read
                that key as what it is here.
        """
        units = {factor.key: factor for factor in self}
        for factor in other:
            known = units.get(factor.key)
            if known is not None and not factor.converts_to(known.unit):
                raise UnitError(
                    f"unit of factor {factor.id!r} is {factor.unit!r}, but {factor.key!r} is counted in "
                    f"{known.unit!r}; convert the value"
                )
        return self._changed(_layers=(*map(_layer, other.layers), *self._layers))

    def at(self, place: str, day: date) -> "Registry":
        """Return a view for a place (ISO 3166 code) and a day; it holds the same factors."""
        country = place.split("-", maxsplit=1)[0]
        return self._changed(_places=tuple(dict.fromkeys((place, country, *ANYWHERE))), _day=day)

    def _changed(self, **parts: object) -> "Registry":
        changed = copy.copy(self)
        vars(changed).update(parts)
        return changed

    def get(
        self, name_key: str, *, region: str | None = None, year: int | None = None, on: date | None = None
    ) -> Factor:
        """Return the factor called ``name_key``.

        Args:
            name_key: its key.
            region: its region; may be left out if the key has only one, or in a view of a place that it has.
            year: its year; the latest if left out, but none after the day's if there is an earlier one.
            on: the day it is to hold on; that of the view if left out. Without any, validity is not looked at.

        Raises:
            MissingFactorError: if there is none; says what there is instead.
            AmbiguousFactorError: if no region was given and the key has several.
            ExpiredFactorError: if there is one, but out of its validity on that day.
        """
        groups = [layer[name_key] for layer in self._layers if name_key in layer]
        if not groups:
            known = {factor.key for factor in self}
            word = max(re.split(r"_+", name_key), key=len)
            near = [key for key in sorted(known) if word in key][:5]
            hint = f"keys like it: {', '.join(near)}" if near else f"none of the {len(known)} keys is like it"
            raise MissingFactorError(
                f"key is {name_key!r}, which no factor has ({hint}); add a row with that key to your own factor file"
            )
        found = self._of_region(name_key, groups, region)
        dated = [factor for factor in found if year in (None, factor.year)]
        if not dated:
            years = ", ".join(sorted(str(factor.year) for factor in found))
            raise MissingFactorError(
                f"year is {year}; factor {name_key!r} of {found[0].region!r} is known for {years}; "
                f"use one of these or add a row for {year} to your own factor file"
            )
        return _latest(dated, on or self._day)

    def _of_region(self, name_key: str, groups: Sequence[Sequence[Factor]], region: str | None) -> Sequence[Factor]:
        """The factors of the region asked for, or of the view's place, in the first layer that has some."""
        for place in (region,) if region is not None else self._places:
            for group in groups:
                if found := [factor for factor in group if factor.region == place]:
                    return found
        regions = sorted({factor.region for group in groups for factor in group})
        if region is not None:
            raise MissingFactorError(
                f"region is {region!r}; factor {name_key!r} is known for {', '.join(regions)}; "
                f"add a row for {region!r} to your own factor file"
            )
        for group in groups:
            if len({factor.region for factor in group}) == 1 and (self._places or len(regions) == 1):
                return group
        raise AmbiguousFactorError(
            f"region is not given, and factor {name_key!r} has {len(regions)}: {', '.join(regions)}; name one"
        )

    def electricity(self, region: str, on: date | None = None) -> Factor:
        """Return the location-based CO2e factor of one kWh from the grid of a store's region.

        A user's own factor of the region, or of its country, comes first. Mainland China (``CN`` and its ISO 3166-2
        provinces) has the national life-cycle footprint factor, because its provincial factors count CO2 only and
        cannot be added to CO2e. Other regions have the factor of a stated year if there is one, else an average.

        Args:
            region: ISO 3166 code: ``"CL"``, ``"CN"``, ``"CN-GD"``, ``"BR"``, ...
            on: the day of the consumption, as ``get`` has it.

        Raises:
            MissingFactorError: if no factor is known for the region; names the regions there are and how to add one.
            ExpiredFactorError: if there is one, but out of its validity on that day.
        """
        place = OWN_GRID.get(region, region)
        mainland = place == "CN" or (place.startswith("CN-") and place[3:] in MAINLAND)
        keys = (LIFE_CYCLE, *GRID_KEYS) if mainland else (*GRID_KEYS, LIFE_CYCLE)
        for layer in self._layers:
            for where in (place, "CN") if mainland else (place,):
                for key in keys:
                    if found := [factor for factor in layer.get(key, ()) if factor.region == where]:
                        return _latest(found, on or self._day)
        known = sorted({factor.region for factor in self if factor.key in keys})
        raise MissingFactorError(
            f"region is {region!r}; electricity factors are known for {', '.join(known)} (CN for its provinces too); "
            f"add a row with key {GRID_KEYS[0]!r}, region {place!r} and unit 'kgCO2e/kWh' to your own factor file, "
            "and join it to the registry"
        )


def _layer(factors: Iterable[Factor]) -> Layer:
    layer: Layer = {}
    seen: set[str] = set()
    for factor in factors:
        if factor.id in seen:
            raise FactorFileError(
                f"key, region and year: {factor.id!r} is given twice; remove one or give it another key or year"
            )
        seen.add(factor.id)
        layer.setdefault(factor.key, []).append(factor)
    return layer


def _latest(factors: Sequence[Factor], on: date | None) -> Factor:
    """The newest of several factors for one thing; with a day, of those that hold then and are not of a later year."""
    holding = [factor for factor in factors if on is None or factor.holds_on(on)]
    if not holding:
        spans = "; ".join(f"{each.id}: {each.valid_from or '...'} to {each.valid_to or '...'}" for each in factors)
        raise ExpiredFactorError(
            f"day is {on}, on which no factor {factors[0].key!r} holds ({spans}); add a row that holds then to your "
            "own factor file"
        )
    past = [factor for factor in holding if on is None or (factor.year or 0) <= on.year]
    return max(past, key=_age) if past else min(holding, key=_age)


def _age(factor: Factor) -> tuple[int, str]:
    return factor.year or 0, factor.edition


@cache
def bundled_registry() -> Registry:
    """Return the registry that ships with Swiftleaf, read once from ``carbon/data/factors.csv``."""
    return Registry.read(files("carbon") / "data" / "factors.csv")
