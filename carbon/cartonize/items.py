"""What is packed and what it is packed in: an order's items, a store's containers, and the rules they obey."""

from collections import Counter
from collections.abc import Mapping
from typing import Literal, Self

from pydantic import model_validator

from carbon.errors import QuantityError
from carbon.packaging import Packaging, Piece
from carbon.quantity import checked
from carbon.values import Record, Text

Storage = Literal["ambient", "chilled", "frozen", "non_food"]
PackClass = Literal["cold", "ambient", "non_food"]
ContainerKind = Literal["box", "bag", "tote"]
Choice = Literal["standard", "eco", "reusable"]

PACK_CLASSES: Mapping[Storage, PackClass] = {
    "ambient": "ambient",
    "chilled": "cold",
    "frozen": "cold",
    "non_food": "non_food",
}
"""What may share a container: cold goods, ambient goods and what is not food, each with its like."""
EVERY_CLASS: frozenset[PackClass] = frozenset(PACK_CLASSES.values())
LONGEST_MM = 10_000
"""No side is longer: beyond it a length is a mistake of unit."""
MOST_PIECES = 500
"""No order has more: a layout of more would take seconds, and more than one round would carry it."""
MM3_PER_L = 1_000_000


class CartonItem(Record):
    """One line of an order: so many equal things, each a cuboid.

    Attributes:
        id: the item.
        length_mm: a side of its bounding box, in whole millimetres; round up.
        width_mm: another side.
        height_mm: the side that points up as it stands on the shelf.
        mass_kg: mass of one.
        storage: how it is kept; decides what it may be packed with (``PACK_CLASSES``).
        quantity: how many of it.
        upright: keep its height upward; it may still be turned about the vertical.
        fragile: nothing may rest on it.
        bears_kg: the most that may rest on it, directly or through others, in kilograms; None for no limit. What rests
            on several items counts on each of them in full, which is the safe side.
    """

    id: Text
    length_mm: int
    width_mm: int
    height_mm: int
    mass_kg: float
    storage: Storage = "ambient"
    quantity: int = 1
    upright: bool = False
    fragile: bool = False
    bears_kg: float | None = None

    @model_validator(mode="after")
    def _is_possible(self) -> Self:
        _checked_sides("item", self)
        checked(f"mass_kg of item {self.id!r}", self.mass_kg)
        if self.bears_kg is not None:
            checked(f"bears_kg of item {self.id!r}", self.bears_kg)
        if self.quantity < 1:
            raise QuantityError(f"quantity of item {self.id!r} is {self.quantity}; give at least 1 or leave it out")
        return self

    @property
    def volume_l(self) -> float:
        """Volume of all of it, as bounding boxes."""
        return self.quantity * self.length_mm * self.width_mm * self.height_mm / MM3_PER_L


class CartonOrder(Record):
    """The items of one order.

    Attributes:
        id: the order.
        items: its lines; no two with one id.
    """

    id: Text
    items: tuple[CartonItem, ...]

    @model_validator(mode="after")
    def _is_possible(self) -> Self:
        twice = sorted(each for each, count in Counter(item.id for item in self.items).items() if count > 1)
        if twice:
            raise QuantityError(f"items of order {self.id!r} hold {twice[0]!r} more than once; use its quantity")
        return self

    @property
    def pieces(self) -> int:
        """How many single things there are."""
        return sum(item.quantity for item in self.items)


class Container(Record):
    """A box, bag or tote that a store keeps.

    Attributes:
        id: the container.
        kind: ``"box"``, ``"bag"`` or ``"tote"``. A bag closes over its load, so its volume ends where the load ends.
        length_mm: inner side, in whole millimetres; round down.
        width_mm: another inner side.
        height_mm: inner height.
        wall_mm: thickness of the wall, which the outer volume has on every side.
        max_mass_kg: the most mass of goods, or None for no limit.
        choices: what a customer may ask for to get it.
        classes: what may be packed in it; an insulated box, for example, only ``{"cold"}``.
        packaging: what it is made of. For a reusable one, what one use of it costs.
        filler: void filler for one litre of empty space (its mass is per litre), or None if none is used.
    """

    id: Text
    kind: ContainerKind
    length_mm: int
    width_mm: int
    height_mm: int
    packaging: Packaging
    wall_mm: int = 0
    max_mass_kg: float | None = None
    choices: frozenset[Choice] = frozenset({"standard"})
    classes: frozenset[PackClass] = EVERY_CLASS
    filler: Piece | None = None

    @model_validator(mode="after")
    def _is_possible(self) -> Self:
        _checked_sides("container", self)
        checked(f"wall_mm of container {self.id!r}", self.wall_mm)
        if self.max_mass_kg is not None:
            checked(f"max_mass_kg of container {self.id!r}", self.max_mass_kg)
        for field, values in (("choices", self.choices), ("classes", self.classes)):
            if not values:
                raise QuantityError(f"{field} of container {self.id!r} is empty; name one or leave the container out")
        return self

    @property
    def volume_l(self) -> float:
        """Inner volume."""
        return self.length_mm * self.width_mm * self.height_mm / MM3_PER_L

    def outer_l(self, load_mm: int) -> float:
        """Outer volume in litres when the load reaches ``load_mm`` above the floor; only a bag's depends on it."""
        height_mm = min(load_mm, self.height_mm) if self.kind == "bag" else self.height_mm
        wall_mm = 2 * self.wall_mm
        return (self.length_mm + wall_mm) * (self.width_mm + wall_mm) * (height_mm + wall_mm) / MM3_PER_L


class PackingRules(Record):
    """What a layout has to keep, and how long it may be looked for.

    Attributes:
        support_share: least share of an item's base that the floor or the tops of others carry, 0 to 1; 0 lets items
            float, which only a comparison with packers that do so should ask for. 0.75 is an assumption.
        void_limit: share of empty space above which a container is flagged; 0.5 by Regulation (EU) 2025/40 (PPWR),
            Article 24, where filler counts as empty.
        proof_work: deterministic work for the proof of one order, in CP-SAT's units of about a second of one core; 0
            asks for no proof.
        proof_s: seconds of the clock after which the proof of one order ends, whatever work is left.
        starts: orders of packing that the heuristic tries in one container.
        seed: seed of those orders and of CP-SAT.
    """

    support_share: float = 0.75
    void_limit: float = 0.5
    proof_work: float = 0.75
    proof_s: float = 0.8
    starts: int = 200
    seed: int = 0

    @model_validator(mode="after")
    def _is_possible(self) -> Self:
        for field in ("support_share", "void_limit"):
            if checked(field, getattr(self, field)) > 1:
                raise QuantityError(f"{field} is {getattr(self, field)}; it is a share and reaches at most 1")
        checked("proof_work", self.proof_work)
        checked("proof_s", self.proof_s)
        if self.starts < 1 or self.seed < 0:
            raise QuantityError(f"starts is {self.starts} and seed {self.seed}; starts is at least 1 and seed 0")
        return self


def too_many(order: CartonOrder) -> str:
    """Say why an order of more than ``MOST_PIECES`` is not packed."""
    most = max(order.items, key=lambda item: item.quantity)
    return (
        f"its items are {order.pieces:,} pieces (quantity of item {most.id!r} is {most.quantity:,}), and the limit is "
        f"{MOST_PIECES:,} pieces an order; split it"
    )


def _checked_sides(what: str, owner: CartonItem | Container) -> None:
    for field in ("length_mm", "width_mm", "height_mm"):
        side_mm = getattr(owner, field)
        if not 1 <= side_mm <= LONGEST_MM:
            raise QuantityError(
                f"{field} of {what} {owner.id!r} is {side_mm}; give whole millimetres from 1 to {LONGEST_MM}"
            )
