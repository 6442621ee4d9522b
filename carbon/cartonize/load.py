"""Items as arrays: every single thing with the ways it may be turned."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from carbon.cartonize.items import CartonItem, Container

Ints = NDArray[np.int64]

MG_PER_KG = 1_000_000
UNLIMITED_MG = 2**60
NOTHING_MG = -1
"""Limit of what a fragile item bears: even a thing without mass is more."""
TURNS = 6


@dataclass(frozen=True, slots=True, eq=False)
class Load:
    """``n`` single things, the largest first and equal ones side by side.

    Attributes:
        ids: their items.
        sizes_mm: (n, 6, 3) sides along x, y and z, one row for each different way to turn; rows from ``turns`` on
            are zero.
        turns: (n,) how many of the rows count.
        mass_mg: (n,) masses, whole, so that sums are exact.
        bears_mg: (n,) the most that may rest on each; ``NOTHING_MG`` for fragile ones, ``UNLIMITED_MG`` without limit.
        volume_mm3: (n,) volumes.
        like: (n,) number of the item each one is of, so that equal things have equal numbers.
    """

    ids: tuple[str, ...]
    sizes_mm: Ints
    turns: Ints
    mass_mg: Ints
    bears_mg: Ints
    volume_mm3: Ints
    like: Ints

    @classmethod
    def of(cls, items: Sequence[CartonItem]) -> "Load":
        """Take items apart into single things."""
        ranked = sorted(items, key=lambda item: (-item.volume_l / item.quantity, item.id))
        things = [(number, item) for number, item in enumerate(ranked) for _ in range(item.quantity)]
        count = len(things)
        sizes, turns = np.zeros((count, TURNS, 3), np.int64), np.zeros(count, np.int64)
        ways = [_ways(item) for item in ranked]
        for row, (number, _) in enumerate(things):
            turns[row] = len(ways[number])
            sizes[row, : turns[row]] = ways[number]
        return cls(
            ids=tuple(item.id for _, item in things),
            sizes_mm=sizes,
            turns=turns,
            mass_mg=np.array([milligrams(item.mass_kg) for _, item in things], np.int64),
            bears_mg=np.array([_bears_mg(item) for _, item in things], np.int64),
            volume_mm3=sizes[:, 0].prod(axis=1),
            like=np.array([number for number, _ in things], np.int64),
        )

    def __len__(self) -> int:
        return len(self.ids)

    def part(self, kept: Ints) -> "Load":
        """Return the things of the given rows, in ascending order."""
        return Load(
            ids=tuple(self.ids[row] for row in kept.tolist()),
            sizes_mm=self.sizes_mm[kept],
            turns=self.turns[kept],
            mass_mg=self.mass_mg[kept],
            bears_mg=self.bears_mg[kept],
            volume_mm3=self.volume_mm3[kept],
            like=self.like[kept],
        )

    @property
    def limited(self) -> bool:
        """Whether some thing limits what rests on it, in a way that the other things' mass could break."""
        return bool((self.bears_mg < self.mass_mg.sum() - self.mass_mg).any())


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """Where each thing of a load is.

    Attributes:
        bin: (n,) number of the container, or -1 if it is in none.
        at_mm: (n, 3) the corner nearest to the container's own corner.
        turn: (n,) row of ``Load.sizes_mm``.
    """

    bin: Ints
    at_mm: Ints
    turn: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Bins:
    """``k`` containers to be filled together.

    Attributes:
        sides_mm: (k, 3) inner sides.
        payload_mg: (k,) the most mass each takes.
    """

    sides_mm: Ints
    payload_mg: Ints

    @classmethod
    def of(cls, containers: Sequence[Container]) -> "Bins":
        """Take what matters of some containers."""
        return cls(
            sides_mm=np.array([(c.length_mm, c.width_mm, c.height_mm) for c in containers], np.int64).reshape(-1, 3),
            payload_mg=np.array(
                [UNLIMITED_MG if c.max_mass_kg is None else milligrams(c.max_mass_kg) for c in containers], np.int64
            ),
        )

    def fits(self, load: Load) -> NDArray[np.bool_]:
        """(n, k): whether a thing alone fits into a container, turned some way."""
        ways = load.sizes_mm[:, :, None, :] <= self.sides_mm
        real = np.arange(TURNS) < load.turns[:, None]
        turned = (ways.all(axis=3) & real[:, :, None]).any(axis=1)
        light: NDArray[np.bool_] = load.mass_mg[:, None] <= self.payload_mg
        return turned & light


def milligrams(mass_kg: float) -> int:
    """Return a mass in whole milligrams."""
    return round(mass_kg * MG_PER_KG)


def permille(share: float) -> int:
    """Return a share in whole thousandths, rounded up, the strict side."""
    return int(np.ceil(share * 1000 - 1e-9))


def _bears_mg(item: CartonItem) -> int:
    if item.fragile:
        return NOTHING_MG
    return UNLIMITED_MG if item.bears_kg is None else milligrams(item.bears_kg)


def _ways(item: CartonItem) -> list[tuple[int, ...]]:
    sides = (item.length_mm, item.width_mm, item.height_mm)
    ways = permutations(sides)
    kept = (way for way in ways if not item.upright or way[2] == item.height_mm)
    return sorted(set(kept), key=lambda way: (way[2], way[1], way[0]))
