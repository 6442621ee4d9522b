"""Is a packing what it says it is? Judged from the order and the store's containers alone, by code of its own."""

from collections.abc import Iterator, Sequence
from itertools import combinations, permutations

from carbon import CartonItem, CartonOrder, Container, OrderPacking, PackedContainer, PackingRules, Placement

Span = tuple[int, int]
COLD = {"chilled": "cold", "frozen": "cold"}


def faults(
    order: CartonOrder, containers: Sequence[Container], packing: OrderPacking, rules: PackingRules
) -> list[str]:
    """Everything that is wrong with a packing that claims to hold an order."""
    return list(_faults(order, {each.id: each for each in containers}, packing, rules))


def _faults(
    order: CartonOrder, containers: dict[str, Container], packing: OrderPacking, rules: PackingRules
) -> Iterator[str]:
    items = {item.id: item for item in order.items}
    placed = [each.item_id for packed in packing.containers for each in packed.placements]
    asked = [item.id for item in order.items for _ in range(item.quantity)]
    if sorted(placed) != sorted(asked):
        yield f"placed {sorted(placed)} of {sorted(asked)}"
        return
    for packed in packing.containers:
        yield from _in_one(packed, containers[packed.container_id], items, rules)
        if packing.choice and packing.choice not in containers[packed.container_id].choices:
            yield f"{packed.container_id} is not offered for {packing.choice}"
        if packing.bags_only and packed.kind != "bag":
            yield f"{packed.container_id} is no bag"


def _in_one(
    packed: PackedContainer, container: Container, items: dict[str, CartonItem], rules: PackingRules
) -> Iterator[str]:
    things = packed.placements
    if not things:
        yield f"{container.id} is empty"
        return
    for thing in things:
        yield from _alone(thing, container, items[thing.item_id], packed)
    for one, other in combinations(things, 2):
        if all(_shared(a, b) > 0 for a, b in zip(_spans(one), _spans(other), strict=True)):
            yield f"{one} and {other} overlap"
    for number, thing in enumerate(things):
        base = thing.length_mm * thing.width_mm
        carried = sum(_contact(thing, other) for other in things if other is not thing)
        if thing.z_mm > 0 and carried < rules.support_share * base - 1e-6 * base:
            yield f"{thing} is carried on {carried / base:.2f} of its base"
        item = items[thing.item_id]
        above = _above(number, things)
        if item.fragile and above:
            yield f"{len(above)} things rest on fragile {thing}"
        resting_kg = sum(items[things[each].item_id].mass_kg for each in above)
        if item.bears_kg is not None and resting_kg > item.bears_kg + 1e-6:
            yield f"{resting_kg} kg rest on {thing}"
    mass_kg = sum(items[thing.item_id].mass_kg for thing in things)
    if container.max_mass_kg is not None and mass_kg > container.max_mass_kg + 1e-6:
        yield f"{mass_kg} kg in {container.id}"
    if abs(mass_kg - packed.mass_kg) > 1e-5:
        yield f"mass is said to be {packed.mass_kg} kg and is {mass_kg}"
    if packed.pack_class not in container.classes:
        yield f"{packed.pack_class} goods in {container.id}"
    yield from _void(packed, container, rules)


def _alone(thing: Placement, container: Container, item: CartonItem, packed: PackedContainer) -> Iterator[str]:
    turned = (thing.length_mm, thing.width_mm, thing.height_mm)
    if turned not in set(permutations((item.length_mm, item.width_mm, item.height_mm))):
        yield f"{thing} has other sides than {item}"
    if item.upright and thing.height_mm != item.height_mm:
        yield f"{thing} lies down"
    if COLD.get(item.storage, item.storage) != packed.pack_class:
        yield f"{item.storage} {item.id} among {packed.pack_class} goods"
    inner = (container.length_mm, container.width_mm, container.height_mm)
    if any(low < 0 or high > side for (low, high), side in zip(_spans(thing), inner, strict=True)):
        yield f"{thing} sticks out of {inner}"


def _void(packed: PackedContainer, container: Container, rules: PackingRules) -> Iterator[str]:
    goods = sum(thing.length_mm * thing.width_mm * thing.height_mm for thing in packed.placements)
    top = max(thing.z_mm + thing.height_mm for thing in packed.placements)
    height = top if container.kind == "bag" else container.height_mm
    wall = 2 * container.wall_mm
    outer = (container.length_mm + wall) * (container.width_mm + wall) * (height + wall)
    if abs(packed.void_share - (1 - goods / outer)) > 1e-9:
        yield f"void is said to be {packed.void_share} and is {1 - goods / outer}"
    if packed.over_void_limit != (outer - goods > rules.void_limit * outer):
        yield f"the flag is {packed.over_void_limit} at a void of {1 - goods / outer}"


def _above(number: int, things: Sequence[Placement]) -> set[int]:
    """What rests on a thing, directly or through others."""
    found: set[int] = set()
    new = {number}
    while new:
        new = {
            upper
            for upper in range(len(things))
            if upper not in found and any(_contact(things[upper], things[lower]) > 0 for lower in new)
        }
        found |= new
    return found


def _contact(upper: Placement, lower: Placement) -> int:
    """Area of the upper thing's base that lies on the lower one's top."""
    if upper is lower or upper.z_mm != lower.z_mm + lower.height_mm:
        return 0
    (x1, y1, _), (x2, y2, _) = _spans(upper), _spans(lower)
    return max(0, _shared(x1, x2)) * max(0, _shared(y1, y2))


def _spans(thing: Placement) -> tuple[Span, Span, Span]:
    return (
        (thing.x_mm, thing.x_mm + thing.length_mm),
        (thing.y_mm, thing.y_mm + thing.width_mm),
        (thing.z_mm, thing.z_mm + thing.height_mm),
    )


def _shared(one: Span, other: Span) -> int:
    return min(one[1], other[1]) - max(one[0], other[0])
