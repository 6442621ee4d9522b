"""Cartonize: the smallest of a store's boxes, bags and totes that holds an order, proven where time allows.

Smallest means fewest containers, then least inner volume; ``search`` looks for them. An order that cannot be packed
says why and leaves the others alone.

CP-SAT holds the interpreter lock while it solves, so callers that serve others meanwhile call this from a worker
process. Equal input and rules give an equal answer unless the clock (``PackingRules.proof_s``) ends a proof before its
work does; such an answer says ``proven=False``.
"""

import time
from collections.abc import Iterable, Sequence

import numpy as np

from carbon.cartonize.budget import Budget
from carbon.cartonize.items import (
    MOST_PIECES,
    PACK_CLASSES,
    CartonItem,
    CartonOrder,
    Choice,
    Container,
    PackClass,
    PackingRules,
    too_many,
)
from carbon.cartonize.load import Bins, Load
from carbon.cartonize.packing import OrderPacking, PackedContainer, Proof, joint_packaging, packed
from carbon.cartonize.search import smallest
from carbon.errors import QuantityError
from carbon.packaging import Packaging

DEFAULT_RULES = PackingRules()
CHOICES: tuple[Choice, ...] = ("standard", "eco", "reusable")


class _NotComputableError(Exception):
    """Carries the reason out of the search; never leaves this module."""


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
        found = smallest(load, fitting, len(load) / order.pieces, rules, budget)
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
    if order.pieces > MOST_PIECES:
        raise _NotComputableError(too_many(order))
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
    """Name the container that comes closest: the one whose sides and limit of mass would have to grow least."""
    grows = [_grows(item, container) for container in containers]
    closest = containers[grows.index(min(grows))]
    upright = ", upright" if item.upright else ""
    heavy = "" if closest.max_mass_kg is None else f" for {closest.max_mass_kg:g} kg"
    return (
        f"item {item.id!r} of {item.length_mm} x {item.width_mm} x {item.height_mm} mm{upright} and "
        f"{item.mass_kg:g} kg fits into no container; of {len(containers)}, {closest.id!r} of "
        f"{closest.length_mm} x {closest.width_mm} x {closest.height_mm} mm{heavy} comes closest; keep a larger one"
    )


def _grows(item: CartonItem, container: Container) -> float:
    """Return the factor by which a container's sides and limit of mass would have to grow for an item to fit."""
    load, bins = Load.of([item.model_copy(update={"quantity": 1})]), Bins.of([container])
    ways = load.sizes_mm[0, : load.turns[0]] / bins.sides_mm[0]
    return max(float(ways.max(axis=1).min()), float(load.mass_mg[0] / max(1, bins.payload_mg[0])))
