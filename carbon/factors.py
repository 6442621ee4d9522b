"""The factor registry: every figure the room computes with, with its unit, gas, place, time, source and licence."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from carbon.errors import (
    AmbiguousFactorError,
    ExpiredFactorError,
    FactorFileError,
    MissingFactorError,
    QuantityError,
    UnitError,
)
from carbon.quantity import Emission, Gas, checked

COLUMNS = (
    "key",
    "name",
    "value",
    "lower",
    "upper",
    "unit",
    "gas",
    "gwp",
    "region",
    "year",
    "edition",
    "source",
    "address",
    "licence",
)
OPTIONAL_COLUMNS = ("valid_from", "valid_to")
"""Columns that a factor file may leave out: the shipped sources state a year, none of them a last day."""

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

EMISSION_UNIT = re.compile(r"(?P<mass>k?g)(?P<gas>CO2e?)(?:/(?P<per>.+))?")
GRAMS = {"g": 1.0, "kg": 1000.0}
SAME_QUANTITY = {
    "kg": ("mass", 1.0),
    "t": ("mass", 1000.0),
    "tonnes": ("mass", 1000.0),
    "kWh": ("energy", 1.0),
    "MJ": ("energy", 1 / 3.6),
}


class Factor(BaseModel):
    """One emission factor or model parameter, whole: a figure, where it holds, and who says so.

    ``value``, ``lower`` and ``upper`` are floats: they are read from the file's decimal text, shown by the shortest
    text that reads back the same (so nothing published is lost), and multiplied with physical models that are floats
    anyway.

    Attributes:
        key: stable name, lower case with underscores; the same thing in another region or year has the same key.
        name: what it is, in words.
        value: the figure, in ``unit``; finite and >= 0.
        lower: low end of the range, or None where none was published.
        upper: high end of the range, or None.
        unit: for emissions ``kgCO2e/kWh`` and the like; otherwise the plain unit, ``-`` for a pure number.
        gas: ``"CO2e"``, ``"CO2"`` (carbon dioxide alone) or None for what is not an emission.
        gwp: set of global warming potentials behind a CO2e figure (``"AR6"``), or None where the source states none.
        region: ISO 3166 code where it has one, else the source's own words.
        year: year it holds for, or None where the source gives none.
        edition: edition of the source, or an empty string.
        source: who published it.
        address: where to read it.
        licence: terms under which it is passed on, with the attribution they ask for.
        valid_from: first day it may be used for, or None where the source sets none.
        valid_to: last day, or None.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: Annotated[str, Field(pattern=r"^[a-z0-9_]+$")]
    name: Annotated[str, Field(min_length=1)]
    value: float
    lower: float | None = None
    upper: float | None = None
    unit: Annotated[str, Field(min_length=1)]
    gas: Gas | None = None
    gwp: Literal["AR4", "AR5", "AR6"] | None = None
    region: Annotated[str, Field(min_length=1)]
    year: Annotated[int, Field(ge=1990, le=2100)] | None = None
    edition: str = ""
    source: Annotated[str, Field(min_length=1)]
    address: Annotated[str, Field(min_length=1)]
    licence: Annotated[str, Field(min_length=1)]
    valid_from: date | None = None
    valid_to: date | None = None

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        low = self.value if self.lower is None else self.lower
        high = self.value if self.upper is None else self.upper
        for field, value in (("value", self.value), ("lower", low), ("upper", high)):
            checked(f"{field} of factor {self.key!r}", value)
        if not low <= self.value <= high:
            raise QuantityError(
                f"value of factor {self.key!r} is {self.value}, outside its own range {low} to {high}; "
                "check lower and upper"
            )
        if self.valid_from and self.valid_to and self.valid_from > self.valid_to:
            raise QuantityError(
                f"valid_from of factor {self.key!r} is {self.valid_from}, after valid_to {self.valid_to}; swap the two"
            )
        match = EMISSION_UNIT.fullmatch(self.unit)
        gas = match["gas"] if match else None
        if gas != self.gas:
            raise UnitError(
                f"gas of factor {self.key!r} is {self.gas}, but its unit {self.unit!r} says {gas}; make the two agree"
            )
        return self

    @property
    def id(self) -> str:
        """Key, region and year in one string, unique within a registry."""
        return f"{self.key}@{self.region}@{self.year or self.edition or 'undated'}"

    def holds_on(self, day: date) -> bool:
        """Whether ``day`` lies within its validity; a side that the source leaves open is open."""
        return (self.valid_from or date.min) <= day <= (self.valid_to or date.max)

    def emission(self, amount: float, unit: str) -> Emission:
        """Emission of ``amount``, stated in ``unit``: amount times factor.

        Masses (kg, t, tonnes) and energies (kWh, MJ) are converted; any other unit must be the factor's own.

        Args:
            amount: how much, >= 0.
            unit: unit of the amount, for example ``"kWh"`` or ``"kg"``.

        Raises:
            UnitError: if the factor is no emission, or is per something else.
            QuantityError: if the amount is negative or not a number.
        """
        match = EMISSION_UNIT.fullmatch(self.unit)
        if match is None or self.gas is None:
            raise UnitError(f"factor {self.id!r} is in {self.unit!r}, which is no emission; give an emission factor")
        return Emission(
            checked(f"amount in {unit}", amount) * self._per(match["per"] or "", unit) * GRAMS[match["mass"]], self.gas
        )

    def _per(self, per: str, unit: str) -> float:
        if per == unit:
            return self.value
        own, other = SAME_QUANTITY.get(per), SAME_QUANTITY.get(unit)
        if own is None or other is None or own[0] != other[0]:
            raise UnitError(
                f"unit is {unit!r}, but factor {self.id!r} is per {per!r}; convert the amount or choose another factor"
            )
        return self.value * other[1] / own[1]


class Registry:
    """Factors by key, region and year.

    Args:
        factors: the factors; no two may have the same key, region, year and edition.

    Raises:
        FactorFileError: if two factors have the same identity.
    """

    def __init__(self, factors: Iterable[Factor]) -> None:
        self._by_key: dict[str, list[Factor]] = {}
        seen: set[str] = set()
        for factor in factors:
            if factor.id in seen:
                raise FactorFileError(
                    f"key, region and year: {factor.id!r} is given twice; remove one or give it another key or year"
                )
            seen.add(factor.id)
            self._by_key.setdefault(factor.key, []).append(factor)

    def __iter__(self) -> Iterator[Factor]:
        return (factor for group in self._by_key.values() for factor in group)

    def __len__(self) -> int:
        return sum(map(len, self._by_key.values()))

    @classmethod
    def read(cls, path: Path | Traversable | str) -> Self:
        """Read a factor file: UTF-8 CSV with the columns of ``COLUMNS`` and one factor a line.

        ``lower``, ``upper``, ``gas``, ``gwp``, ``year`` and ``edition`` may be empty.

        Raises:
            FactorFileError: if the file is missing or is not such a table; names the line and the field.
        """
        path = Path(path) if isinstance(path, str) else path
        try:
            # utf-8-sig, because spreadsheets write a byte order mark
            text = path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise FactorFileError(f"factor file {path}: {error}; give a readable UTF-8 CSV file") from error
        rows = csv.DictReader(io.StringIO(text, newline=""))
        try:
            missing = [column for column in COLUMNS if column not in (rows.fieldnames or ())]
            if missing:
                raise FactorFileError(
                    f"factor file {path}: no column {', '.join(missing)}; the columns are {', '.join(COLUMNS)}"
                )
            return cls(_factor(row, path, rows.line_num) for row in rows)
        except csv.Error as error:
            raise FactorFileError(
                f"factor file {path}, line {rows.line_num}: {error}; give a UTF-8 CSV file"
            ) from error

    def joined(self, other: "Registry") -> "Registry":
        """Return both registries as one; where both hold a factor of one id, ``other`` (the user's own) wins."""
        own = {factor.id: factor for factor in self}
        return Registry((own | {factor.id: factor for factor in other}).values())

    def get(
        self, name_key: str, *, region: str | None = None, year: int | None = None, on: date | None = None
    ) -> Factor:
        """Return the factor called ``name_key``.

        Args:
            name_key: its key.
            region: its region; may be left out if the key has only one.
            year: its year; the latest if left out.
            on: the day it is to hold on; its validity is not looked at if left out.

        Raises:
            MissingFactorError: if there is none; says what there is instead.
            AmbiguousFactorError: if no region was given and the key has several.
            ExpiredFactorError: if there is one, but out of its validity on that day.
        """
        found = self._by_key.get(name_key, [])
        if not found:
            word = max(re.split(r"_+", name_key), key=len)
            near = [key for key in sorted(self._by_key) if word in key][:5]
            hint = f"keys like it: {', '.join(near)}" if near else f"none of the {len(self._by_key)} keys is like it"
            raise MissingFactorError(
                f"key is {name_key!r}, which no factor has ({hint}); add a row with that key to your own factor file"
            )
        regions = sorted({factor.region for factor in found})
        if region is None and len(regions) > 1:
            raise AmbiguousFactorError(
                f"region is not given, and factor {name_key!r} has {len(regions)}: {', '.join(regions)}; name one"
            )
        found = [factor for factor in found if region in (None, factor.region)]
        if not found:
            raise MissingFactorError(
                f"region is {region!r}; factor {name_key!r} is known for {', '.join(regions)}; "
                f"add a row for {region!r} to your own factor file"
            )
        dated = [factor for factor in found if year in (None, factor.year)]
        if not dated:
            years = ", ".join(sorted(str(factor.year) for factor in found))
            raise MissingFactorError(
                f"year is {year}; factor {name_key!r} of {found[0].region!r} is known for {years}; "
                f"use one of these or add a row for {year} to your own factor file"
            )
        return _latest(dated, on)

    def electricity(self, region: str, on: date | None = None) -> Factor:
        """Return the location-based CO2e factor of one kWh from the grid of a store's region.

        Mainland China (``CN`` and its ISO 3166-2 provinces) has the national life-cycle footprint factor of the
        latest year, because its provincial factors count CO2 only and cannot be added to CO2e. Other regions have the
        factor of a stated year if there is one, else the latest average.

        Args:
            region: ISO 3166 code: ``"CL"``, ``"CN"``, ``"CN-GD"``, ``"BR"``, ...
            on: the day of the consumption, as ``get`` has it.

        Raises:
            MissingFactorError: if no factor is known for the region; names the regions there are and how to add one.
            ExpiredFactorError: if there is one, but out of its validity on that day.
        """
        place = OWN_GRID.get(region, region)
        if place == "CN" or (place.startswith("CN-") and place[3:] in MAINLAND):
            return self.get(LIFE_CYCLE, region="CN", on=on)
        for key in GRID_KEYS:
            found = [factor for factor in self._by_key.get(key, ()) if factor.region == place]
            if found:
                return _latest(found, on)
        known = sorted({factor.region for key in (LIFE_CYCLE, *GRID_KEYS) for factor in self._by_key.get(key, ())})
        raise MissingFactorError(
            f"region is {region!r}; electricity factors are known for {', '.join(known)} (CN for its provinces too); "
            f"add a row with key {GRID_KEYS[0]!r}, region {place!r} and unit 'kgCO2e/kWh' to your own factor file, "
            "and join it to the registry"
        )


def _latest(factors: Sequence[Factor], on: date | None) -> Factor:
    """The newest of several factors for one thing; with a day, of those that hold then."""
    holding = [factor for factor in factors if on is None or factor.holds_on(on)]
    if not holding:
        spans = "; ".join(
            f"{factor.id}: {factor.valid_from or '...'} to {factor.valid_to or '...'}" for factor in factors
        )
        raise ExpiredFactorError(
            f"day is {on}, on which no factor {factors[0].key!r} holds ({spans}); add a row that holds then to your "
            "own factor file"
        )
    return max(holding, key=lambda factor: (factor.year or 0, factor.edition))


def _factor(row: dict[str, str | None], path: Path | Traversable, line: int) -> Factor:
    """Turn one line of a factor file into a factor; empty cells are None where the field allows it."""
    optional = {"lower", "upper", "gas", "gwp", "year", *OPTIONAL_COLUMNS}
    cells = {column: (row.get(column) or "").strip() for column in (*COLUMNS, *OPTIONAL_COLUMNS)}
    try:
        return Factor.model_validate({key: cell for key, cell in cells.items() if cell or key not in optional})
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(map(str, fault['loc']))} is {fault['input']!r}: {fault['msg']}" for fault in error.errors()
        )
        raise FactorFileError(f"factor file {path}, line {line}: {faults}") from error
    except (QuantityError, UnitError) as error:
        raise FactorFileError(f"factor file {path}, line {line}: {error}") from error


@cache
def bundled_registry() -> Registry:
    """Return the registry that ships with Swiftleaf, read once from ``carbon/data/factors.csv``."""
    return Registry.read(files("carbon") / "data" / "factors.csv")
