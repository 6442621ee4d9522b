"""Fewest containers, then least volume: the search for one load of goods that may share containers.

A heuristic finds containers that hold the goods; what is smaller is then ruled out, or found after all, by the goods'
volume or by CP-SAT.

One container is tried after the other, the smallest first. Where none holds everything, several are looked for: among
all containers, among those of each choice of the customer, among the bags, and among each size by itself. Each of these
searches may make as many steps as any other, whatever else is searched, so that more sizes to choose from make no
answer worse: what is found for some of them alone, the search for all of them finds too. Only a load of
hundreds of small things, for which the steps are too few, is searched in fewer of these ways.
"""
# ruff: noqa: PLC0415 - numba and CP-SAT take a second to load, and most users of carbon never pack

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import TypeVar

import numpy as np

from carbon.cartonize.budget import Budget, Steps
from carbon.cartonize.items import Container, PackingRules
from carbon.cartonize.load import Bins, Ints, Layout, Load, permille
from carbon.cartonize.packing import Proof

ALONE_STEPS, TOGETHER_STEPS = 60_000_000, 45_000_000
"""Steps of the heuristic for one order: to look for one container, and for each search for several."""
MOST_OVERDRAWN = 40_000_000
"""Steps beyond those that searches for several may make after which no further one begins."""
ALONE_PART = 10
"""The part of these steps that one container may take is one in so many."""
MOST_TOGETHER = 3
"""So many containers are chosen together; what needs more is first cut down by filling the largest."""
MOST_COMBINATIONS = 100
"""So many combinations of one number of containers are looked at; of more of them, some at even distances."""
MOST_SIZES = 30
"""So many sizes are combined; of more of them, some at even distances."""
MOST_SINGLE = 10
"""So many sizes are tried by themselves; of more of them, some at even distances."""
FEW = 4
"""So many combinations of containers get every start of the heuristic; more of them share these."""
CHANGES = 4
"""Small changes to the fullest layout that are tried for each start, where no start held everything."""
SORTED = 12
"""Starts of the heuristic that are no shuffles."""
ENOUGH = 1.5
"""So many times a container's volume of things are enough to fill it from."""
MOST_PROVEN = 24
"""A model of more things than this takes longer to build than to give up. Larger loads, of which nothing will be
proven, are also not tried in every combination: halving the list of them finds a small one in a few tries."""
HALVED = 4000
"""Things times combinations of them above which several containers are looked for by halving, too."""
SHARE = 0.6
"""Part of what is left of the budget that one question to CP-SAT may take."""

Together = tuple[Container, ...]
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Found:
    """Containers, where each thing lies in them, and what proves that nothing smaller would do."""

    containers: Together
    layout: Layout
    proof: Proof


def smallest(load: Load, containers: Sequence[Container], part: float, rules: PackingRules, budget: Budget) -> Found:
    """Find the fewest and then smallest containers for a load.

    Args:
        load: the things, each of which fits into some container.
        containers: what may be used, the smallest volume first.
        part: the load's part of its order's things, and so of the heuristic's steps for the order.
        rules: what a layout has to keep.
        budget: what the order's proofs may spend.
    """
    search = _Search(load, rules, Steps(round(part * ALONE_STEPS)))
    alone = _combinations(load, containers, 1)
    promising = _thinned(alone, MOST_COMBINATIONS)
    each = search.steps.left // ALONE_PART
    for number, together in enumerate(promising if len(load) <= MOST_PROVEN else ()):
        layout, whole = search.tried(together, rules.starts, each)
        if whole:
            proof: Proof = "volume" if len(alone) == len(promising) else "none"
            return _proven(load, promising[:number], _used(together, layout, proof), rules, budget)
    best = search.halving(promising) if len(load) > MOST_PROVEN else None
    if best:
        return best
    overdrawn = 0
    for group in _groups(load, containers):
        if best and (overdrawn > MOST_OVERDRAWN or _least(load, group) > len(best.containers)):
            continue
        search.steps = Steps(round(part * TOGETHER_STEPS))
        found = search.several(group, len(best.containers) if best else None)
        overdrawn -= min(0, search.steps.left)
        if found and (best is None or _better(found.containers, best.containers)):
            best = found
    assert best is not None  # the first group is searched to the end
    doubted, complete = list(promising), len(alone) == len(promising)
    for count in range(2, min(len(best.containers), MOST_TOGETHER) + 1):
        could = [each for each in _combinations(load, containers, count) if _better(each, best.containers)]
        doubted += _thinned(could, MOST_COMBINATIONS)
        complete &= len(could) <= MOST_COMBINATIONS and len(containers) <= MOST_SIZES
    complete &= len(best.containers) <= MOST_TOGETHER
    return _proven(load, doubted, Found(best.containers, best.layout, "volume" if complete else "none"), rules, budget)


@dataclass(slots=True)
class _Search:
    """The heuristic's search for one load's containers, and the steps that are left for it."""

    load: Load
    rules: PackingRules
    steps: Steps

    def tried(self, together: Together, starts: int, most: int) -> tuple[Layout, bool]:
        """Look for a layout in some containers with at most so many steps."""
        from carbon.cartonize.greedy import fill, improve

        bins, support, seed = Bins.of(together), permille(self.rules.support_share), self.rules.seed
        with self.steps.part(most) as steps:
            with steps.part(most // 2) as half:  # the other half is for changes
                layout, whole = fill(self.load, bins, support, starts, seed, half)
            if not whole and steps.left > 0:
                better, whole = improve(self.load, bins, support, layout, CHANGES * starts, seed, steps)
                layout = better if whole else layout
        return layout, whole

    def several(self, containers: Together, most: int | None) -> Found | None:
        """Find two or more containers for the load, at most so many: first a few together, else one by one."""
        for count in range(2, MOST_TOGETHER + 1):
            if most is not None and count > most:
                return None
            promising = _thinned(_combinations(self.load, containers, count), MOST_COMBINATIONS)
            found = self._first(promising) if len(promising) * len(self.load) <= HALVED else self.halving(promising)
            if found:
                return found
        return None if most is not None and most <= MOST_TOGETHER else self._cut_down(containers)

    def _first(self, promising: Sequence[Together]) -> Found | None:
        """Return the first of some combinations, the smallest first, that a layout is found in."""
        starts = max(1, self.rules.starts * FEW // max(FEW, len(promising)))
        if len(self.load) > MOST_PROVEN and not self.halving(promising[-1:]):
            return None
        for number, together in enumerate(promising):
            if self.steps.left <= 0:
                break
            layout, whole = self.tried(together, starts, self.steps.left // (len(promising) - number + FEW))
            if whole:
                return _used(together, layout, "none")
        return None

    def halving(self, promising: Sequence[Together]) -> Found | None:
        """Return a small one of some combinations: the largest must hold the load, and then the middle one decides."""
        found = None
        low, high = 0, len(promising) - 1
        middle = high
        while low <= high and (found is None or self.steps.left > 0):
            layout, whole = self.tried(promising[middle], self.rules.starts, self.steps.left // FEW)
            if whole:
                found, high = _used(promising[middle], layout, "none"), middle - 1
            elif found is None:
                return None
            else:
                low = middle + 1
            middle = (low + high) // 2
        return found

    def _cut_down(self, containers: Sequence[Container]) -> Found:
        """Fill the container that takes the most, again and again, until all is in one."""
        from carbon.cartonize.greedy import fill

        load, support, seed = self.load, permille(self.rules.support_share), self.rules.seed
        used: list[Container] = []
        layout = Layout(
            np.full(len(load), -1, np.int64), np.zeros((len(load), 3), np.int64), np.zeros(len(load), np.int64)
        )
        rest = np.arange(len(load))

        def filled(part: Load, container: Container, starts: int) -> Layout:
            with self.steps.part(self.steps.left // (2 * FEW)) as steps:
                return fill(part, Bins.of([container]), support, starts, seed, steps)[0]

        while rest.size:
            # of much more than a container holds, every second or third thing is enough to choose from
            total = int(load.volume_mm3[rest].sum())
            looked = rest[:: max(1, int(total / (ENOUGH * _volume(containers[-1:]))))]
            part = load.part(looked)
            enough = [each for each in containers if _could_hold(each, part)]
            # the smallest that takes all the rest, or else the one that takes the most
            last = next(((each, lay) for each in enough if (lay := filled(part, each, 1)).bin.min() == 0), None)
            if last is None:
                large = [each for each in containers if Bins.of([each]).fits(part).any()]
                large = large[-FEW // 2 :] if self.steps.left > 0 else large[-1:]
                tries = [(each, filled(part, each, SORTED)) for each in large]
                last = max(reversed(tries), key=lambda tried: int(part.volume_mm3[tried[1].bin == 0].sum()))
            container, lay = last
            inside = lay.bin == 0
            packed = looked[inside]
            layout.bin[packed] = len(used)
            layout.at_mm[packed] = lay.at_mm[inside]
            layout.turn[packed] = lay.turn[inside]
            used.append(container)
            rest = np.setdiff1d(rest, packed)
        return Found(tuple(used), layout, "none")


def _least(load: Load, containers: Sequence[Container]) -> int:
    """Fewest containers that hold a load by its volume."""
    return -(-int(load.volume_mm3.sum()) // max(_volume([each]) for each in containers))


def _could_hold(container: Container, load: Load) -> bool:
    """Whether volume, mass and sides speak against no load in one container."""
    bins = Bins.of([container])
    light = bool(load.mass_mg.sum() <= bins.payload_mg[0])
    return light and _volume([container]) >= load.volume_mm3.sum() and bool(bins.fits(load).all())


def _groups(load: Load, containers: Sequence[Container]) -> list[Together]:
    """All containers, those of each choice and the bags, what these share, and each size alone; all of them first.

    What two choices share is a group so that a search for one choice alone has no group that this one lacks. A group
    that some thing does not fit into is left out.
    """
    everything = frozenset(range(len(containers)))
    offered = {choice for container in containers for choice in container.choices}
    bases = [frozenset(i for i in everything if choice in containers[i].choices) for choice in sorted(offered)]
    bases.append(frozenset(i for i in everything if containers[i].kind == "bag"))
    groups = dict.fromkeys([everything])
    for base in bases:
        groups |= dict.fromkeys([group & base for group in groups])
    groups |= dict.fromkeys(frozenset([i]) for i in _thinned(range(len(containers)), MOST_SINGLE))
    fits = Bins.of(containers).fits(load)
    return [
        tuple(containers[i] for i in sorted(group))
        for group in groups
        if group and fits[:, sorted(group)].any(axis=1).all()
    ]


def _thinned(values: Sequence[Value], most: int) -> list[Value]:
    """At most so many of some values, at even distances, the last one among them."""
    step = max(1, -(-len(values) // most))
    return list(values[::-1][::step][::-1])


def _combinations(load: Load, containers: Sequence[Container], count: int) -> list[Together]:
    """So many containers together, the smallest volume first, that could hold a load by volume, mass and sides."""
    containers = containers if count == 1 else _thinned(containers, MOST_SIZES)
    bins = Bins.of(containers)
    rows: Ints = np.array(list(combinations_with_replacement(range(len(containers)), count)), np.int64)
    volumes = bins.sides_mm.prod(axis=1)[rows].sum(axis=1)
    could = (volumes >= load.volume_mm3.sum()) & (bins.payload_mg[rows].sum(axis=1) >= load.mass_mg.sum())
    could &= bins.fits(load)[:, rows].any(axis=2).all(axis=0)
    rows = rows[could][np.argsort(volumes[could], kind="stable")]
    return [tuple(containers[row] for row in each) for each in rows.tolist()]


def _proven(
    load: Load, doubted: Sequence[tuple[Container, ...]], found: Found, rules: PackingRules, budget: Budget
) -> Found:
    """Rule out all that is better than what was found, or find it after all.

    The largest is asked for first: what cannot hold the load rules out all that fits inside it.
    """
    if not doubted:
        return found
    if len(load) > MOST_PROVEN:
        return Found(found.containers, found.layout, "none")
    from carbon.cartonize.proof import arrange

    support = permille(rules.support_share)
    best = found
    ruled_out: list[tuple[Container, ...]] = []
    open_: list[tuple[Container, ...]] = []
    for together in sorted(doubted, key=lambda each: (-len(each), -_volume(each))):
        if not _better(together, best.containers) or any(_inside(together, larger) for larger in ruled_out):
            continue
        answer, layout = arrange(load, Bins.of(together), support, budget, SHARE, rules.seed)
        if answer == "cannot":
            ruled_out.append(together)
        elif layout is not None:
            best = _used(together, layout, best.proof)
        else:
            open_.append(together)
    doubt = found.proof == "none" or any(_better(together, best.containers) for together in open_)
    return Found(best.containers, best.layout, "none" if doubt else "search")


def _used(containers: Sequence[Container], layout: Layout, proof: Proof) -> Found:
    """Leave out the containers in which nothing lies."""
    used = np.unique(layout.bin)
    kept = tuple(containers[number] for number in used.tolist())
    return Found(kept, Layout(np.searchsorted(used, layout.bin), layout.at_mm, layout.turn), proof)


def _volume(containers: Sequence[Container]) -> int:
    return sum(container.length_mm * container.width_mm * container.height_mm for container in containers)


def _better(one: Sequence[Container], other: Sequence[Container]) -> bool:
    return (len(one), _volume(one)) < (len(other), _volume(other))


def _inside(one: Sequence[Container], other: Sequence[Container]) -> bool:
    """Whether whatever ``one`` single container holds, ``other`` holds as well."""
    if len(one) > 1 or len(other) > 1:
        return False
    (small,), (large,) = Bins.of(one).sides_mm, Bins.of(other).sides_mm
    payload = Bins.of(one).payload_mg[0] <= Bins.of(other).payload_mg[0]
    floor = bool((np.sort(small[:2]) <= np.sort(large[:2])).all())
    return bool(payload and floor and small[2] <= large[2])
