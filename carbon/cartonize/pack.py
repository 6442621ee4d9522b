"""Cartonize: the smallest of a store's boxes, bags and totes that holds an order, proven where time allows.

Smallest means fewest containers, then least inner volume. A heuristic finds containers that hold the goods; what is
smaller is then ruled out, or found after all, by the goods' volume or by CP-SAT. An order that cannot be packed says
why and leaves the others alone.

CP-SAT holds the interpreter lock while it solves, so callers that serve others meanwhile call this from a worker
process. Equal input and rules give an equal answer unless the clock (``PackingRules.proof_s``) ends a proof before its
work does; such an answer says ``proven=False``.
"""
# ruff: noqa: PLC0415 - numba and CP-SAT take a second to load, and most users of carbon never pack

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement

import numpy as np

from carbon.cartonize.budget import Budget
from carbon.cartonize.items import (
    PACK_CLASSES,
    CartonItem,
    CartonOrder,
    Choice,
    Container,
    PackClass,
    PackingRules,
)
from carbon.cartonize.load import Bins, Layout, Load, permille
from carbon.cartonize.packing import OrderPacking, PackedContainer, Proof, joint_packaging, packed
from carbon.errors import QuantityError
from carbon.packaging import Packaging

DEFAULT_RULES = PackingRules()
CHOICES: tuple[Choice, ...] = ("standard", "eco", "reusable")
MOST_TOGETHER = 3
"""So many containers are chosen together; what needs more is first cut down by filling the largest."""
MOST_COMBINATIONS = 100
"""So many combinations of one number of containers are looked at; of more of them, some at even distances."""
FEW = 4
"""So many combinations of containers get every start of the heuristic; more of them share these."""
STEPS = 4
"""Small changes to the fullest layout that are tried for each start, where no start held everything."""
SORTED = 12
"""Starts of the heuristic that are no shuffles."""
MOST_PROVEN = 24
"""A model of more things than this takes longer to build than to give up."""
SHARE = 0.6
"""Part of what is left of the budget that one question to CP-SAT may take."""


class _NotComputableError(Exception):
    """Carries the reason out of the search; never leaves this module."""


@dataclass(frozen=True, slots=True)
class _Found:
    containers: tuple[Container, ...]
    layout: Layout
    proof: Proof


def pack_order(
    order: CartonOrder,
    containers: Iterable[Container],
    *,
    choice: Choice | None = None,
    bags_only: bool = False,
    rules: PackingRules = DEFAULT_RULES,
) -> OrderPacking:
    """Pack one order into the fewest and then smallest containers of a store.

    Args:
        order: the order. Cold, ambient and non-food goods go into containers of their own.
        containers: what the store has, as many of each as needed.
        choice: only containers offered for this choice of the customer; all of them if None.
        bags_only: only bags.
        rules: what a layout has to keep, and how long to look.

    Returns:
        The packing; if there is none, ``not_computable_because`` says why.

    Raises:
        QuantityError: if two containers have one id.
    """
    kept = _allowed(containers, choice, bags_only)
    answer = OrderPacking(order_id=order.id, choice=choice, bags_only=bags_only)
    try:
        loads = _loads(order, kept, choice, bags_only)
    except _NotComputableError as reason:
        return answer.model_copy(update={"not_computable_because": f"order {order.id!r}: {reason}"})
    budget = Budget(rules.proof_work, time.perf_counter() + rules.proof_s)
    used: list[Container] = []
    parts: list[PackedContainer] = []
    proofs: set[Proof] = set()
    for pack_class, (load, fitting) in loads.items():
        found = _smallest(load, fitting, rules, budget)
        used += found.containers
        parts += packed(load, found.layout, found.containers, pack_class, rules)
        proofs.add(found.proof)
    proof: Proof = "none" if "none" in proofs else "search" if "search" in proofs else "volume"
    return answer.model_copy(
        update={
            "containers": tuple(parts),
            "packaging": joint_packaging(used, parts),
            "proven": proof != "none",
            "proof": proof,
        }
    )


def pack_choices(
    order: CartonOrder, containers: Iterable[Container], rules: PackingRules = DEFAULT_RULES
) -> tuple[OrderPacking, ...]:
    """Pack one order in every way that a customer may ask for.

    Returns:
        One packing for each choice that the store has containers for, and last, always, one in bags alone. Any of
        them may be not computable, and says why.
    """
    held = tuple(containers)
    offered = [choice for choice in CHOICES if any(choice in container.choices for container in held)]
    return (
        *(pack_order(order, held, choice=choice, rules=rules) for choice in offered),
        pack_order(order, held, bags_only=True, rules=rules),
    )


def warm_up() -> None:
    """Load CP-SAT and compile the heuristic, which otherwise the first order of a process waits for."""
    tile = CartonItem(id="tile", length_mm=5, width_mm=5, height_mm=1, mass_kg=0.0, quantity=2)
    crates = [
        Container(
            id=f"{side_mm}", kind="box", length_mm=side_mm, width_mm=8, height_mm=1, packaging=Packaging(name="none")
        )
        for side_mm in (8, 10)  # two tiles fit into the first by volume, so that CP-SAT is asked
    ]
    pack_order(CartonOrder(id="warm up", items=(tile,)), crates)


def _wanted(choice: Choice | None, bags_only: bool) -> str:
    kind = "bag" if bags_only else "container"
    return f"{kind} for the choice {choice!r}" if choice else kind


def _allowed(containers: Iterable[Container], choice: Choice | None, bags_only: bool) -> list[Container]:
    held = sorted(containers, key=lambda container: (container.volume_l, container.packaging.mass_kg, container.id))
    ids = [container.id for container in held]
    twice = sorted({each for each in ids if ids.count(each) > 1})
    if twice:
        raise QuantityError(f"id of container is {twice[0]!r} more than once; a store has as many of each as it needs")
    return [
        container
        for container in held
        if (choice is None or choice in container.choices) and (not bags_only or container.kind == "bag")
    ]


def _loads(
    order: CartonOrder, containers: Sequence[Container], choice: Choice | None, bags_only: bool
) -> dict[PackClass, tuple[Load, list[Container]]]:
    """Part an order by class; each with the containers for it."""
    if not order.items:
        raise _NotComputableError("items is empty; give the order at least one item")
    if not containers:
        raise _NotComputableError(f"containers hold no {_wanted(choice, bags_only)}; give the store one")
    classes = sorted({PACK_CLASSES[item.storage] for item in order.items})
    return {pack_class: _load(order, containers, pack_class, bags_only) for pack_class in classes}


def _load(
    order: CartonOrder, containers: Sequence[Container], pack_class: PackClass, bags_only: bool
) -> tuple[Load, list[Container]]:
    """Return one class of an order's goods and the containers for it, once each item is known to fit into one."""
    items = [item for item in order.items if PACK_CLASSES[item.storage] == pack_class]
    fitting = [container for container in containers if pack_class in container.classes]
    if not fitting:
        kind = "bag" if bags_only else "container"
        raise _NotComputableError(f"containers hold no {kind} for {pack_class} goods, which the order has; give one")
    load = Load.of(items)
    fits = Bins.of(fitting).fits(load)
    for row in np.flatnonzero(~fits.any(axis=1)).tolist():
        item = next(item for item in items if item.id == load.ids[row])
        raise _NotComputableError(_too_large(item, fitting))
    return load, [fitting[column] for column in np.flatnonzero(fits.any(axis=0)).tolist()]


def _too_large(item: CartonItem, containers: Sequence[Container]) -> str:
    largest = containers[-1]
    upright = ", upright" if item.upright else ""
    heavy = "" if largest.max_mass_kg is None else f" for {largest.max_mass_kg:g} kg"
    return (
        f"item {item.id!r} of {item.length_mm} x {item.width_mm} x {item.height_mm} mm{upright} and "
        f"{item.mass_kg:g} kg fits into no container; the largest of {len(containers)} is {largest.id!r} of "
        f"{largest.length_mm} x {largest.width_mm} x {largest.height_mm} mm{heavy}; keep a larger one"
    )


def _smallest(load: Load, containers: Sequence[Container], rules: PackingRules, budget: Budget) -> _Found:
    """Find the fewest and then smallest containers for a load, each thing of which fits into one of them."""
    from carbon.cartonize.greedy import fill, improve

    support = permille(rules.support_share)
    doubted: list[tuple[Container, ...]] = []  # fewer or smaller containers that the heuristic found no place in
    complete = True  # whether all that could be better is among the doubted
    for count in range(1, MOST_TOGETHER + 1):
        promising = _combinations(load, containers, count)
        complete &= len(promising) <= MOST_COMBINATIONS
        promising = promising[:: max(1, -(-len(promising) // MOST_COMBINATIONS))]
        starts = max(1, rules.starts * FEW // max(FEW, len(promising)))
        for number, together in enumerate(promising):
            bins = Bins.of(together)
            layout, whole = fill(load, bins, support, starts, rules.seed)
            if not whole:
                layout, whole = improve(load, bins, support, layout, STEPS * starts, rules.seed)
            if whole:
                found = _found(together, layout, "volume" if complete else "none")
                return _proven(load, [*doubted, *promising[:number]], found, rules, budget)
        doubted += promising
    return _cut_down(load, containers, rules)


def _combinations(load: Load, containers: Sequence[Container], count: int) -> list[tuple[Container, ...]]:
    """So many containers together, the smallest volume first, that could hold a load by volume, mass and sides."""
    bins = Bins.of(containers)
    rows = np.array(list(combinations_with_replacement(range(len(containers)), count)), np.int64)
    volumes = bins.sides_mm.prod(axis=1)[rows].sum(axis=1)
    could = (volumes >= load.volume_mm3.sum()) & (bins.payload_mg[rows].sum(axis=1) >= load.mass_mg.sum())
    could &= bins.fits(load)[:, rows].any(axis=2).all(axis=0)
    rows = rows[could][np.argsort(volumes[could], kind="stable")]
    return [tuple(containers[row] for row in each) for each in rows.tolist()]


def _proven(
    load: Load, doubted: Sequence[tuple[Container, ...]], found: _Found, rules: PackingRules, budget: Budget
) -> _Found:
    """Rule out all that is better than what was found, or find it after all.

    The largest is asked for first: what cannot hold the load rules out all that fits inside it.
    """
    if not doubted:
        return found
    if len(load) > MOST_PROVEN:
        return _Found(found.containers, found.layout, "none")
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
            best = _found(together, layout, best.proof)
        else:
            open_.append(together)
    doubt = found.proof == "none" or any(_better(together, best.containers) for together in open_)
    return _Found(best.containers, best.layout, "none" if doubt else "search")


def _found(containers: Sequence[Container], layout: Layout, proof: Proof) -> _Found:
    """Leave out the containers in which nothing lies."""
    used = np.unique(layout.bin)
    kept = tuple(containers[number] for number in used.tolist())
    return _Found(kept, Layout(np.searchsorted(used, layout.bin), layout.at_mm, layout.turn), proof)


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


def _cut_down(load: Load, containers: Sequence[Container], rules: PackingRules) -> _Found:
    """Fill the container that takes the most, again and again, until the rest fits into a few together."""
    from carbon.cartonize.greedy import fill

    support = permille(rules.support_share)
    used: list[Container] = []
    layout = Layout(np.full(len(load), -1, np.int64), np.zeros((len(load), 3), np.int64), np.zeros(len(load), np.int64))
    rest = np.arange(len(load))
    while rest.size:
        part = load.part(rest)
        whole = False
        for container in containers:  # the smallest that takes all the rest, or else the one that takes the most
            if _volume([container]) >= part.volume_mm3.sum():
                tried, whole = fill(part, Bins.of([container]), support, 1, rules.seed)
            if whole:
                break
        else:
            large = [each for each in containers if Bins.of([each]).fits(part).any()][-FEW // 2 :]
            tries = [fill(part, Bins.of([each]), support, SORTED, rules.seed)[0] for each in large]
            most = max(range(len(tries)), key=lambda i: (part.volume_mm3[tries[i].bin == 0].sum(), -i))
            tried, container = tries[most], large[most]
        inside = tried.bin == 0
        layout.bin[rest[inside]] = len(used)
        layout.at_mm[rest[inside]] = tried.at_mm[inside]
        layout.turn[rest[inside]] = tried.turn[inside]
        used.append(container)
        rest = rest[~inside]
    return _Found(tuple(used), layout, "none")
