"""Seeded grocery orders and a store's boxes, for tests and for the benchmark."""

from typing import NamedTuple

import numpy as np

from carbon import STANDARD_PACKAGING, CartonItem, CartonOrder, Container, Packaging, Piece, corrugated_box_kg
from carbon.cartonize.items import Storage
from carbon.packaging import BOARD


class Grocery(NamedTuple):
    """One type of grocery: sides as it stands on the shelf, mass, storage, whether it is upright or fragile."""

    name: str
    sides_mm: tuple[int, int, int]
    mass_kg: float
    storage: Storage = "ambient"
    upright: bool = False
    fragile: bool = False


GROCERIES = (
    Grocery("rice", (110, 60, 170), 1.0),
    Grocery("pasta", (90, 50, 240), 0.5),
    Grocery("flour", (100, 65, 150), 1.0),
    Grocery("cereal", (190, 70, 290), 0.45),
    Grocery("milk", (70, 70, 195), 1.03, "chilled", upright=True),
    Grocery("water", (88, 88, 310), 1.55, upright=True),
    Grocery("six cans", (200, 133, 120), 2.1),
    Grocery("juice", (95, 65, 235), 1.05, upright=True),
    Grocery("ten eggs", (250, 108, 68), 0.65, upright=True, fragile=True),
    Grocery("bread", (240, 110, 110), 0.5, fragile=True),
    Grocery("four yoghurts", (130, 130, 60), 0.55, "chilled", upright=True),
    Grocery("cheese", (160, 110, 30), 0.2, "chilled"),
    Grocery("butter", (110, 75, 35), 0.25, "chilled"),
    Grocery("ham", (200, 130, 15), 0.15, "chilled"),
    Grocery("tomatoes", (180, 120, 90), 0.5, upright=True, fragile=True),
    Grocery("bananas", (220, 140, 90), 1.0, fragile=True),
    Grocery("apples", (200, 150, 80), 1.0),
    Grocery("frozen peas", (190, 140, 50), 0.75, "frozen"),
    Grocery("crisps", (190, 80, 260), 0.2, fragile=True),
    Grocery("chocolate", (160, 80, 10), 0.1),
    Grocery("coffee", (95, 65, 160), 0.5),
    Grocery("washing powder", (160, 75, 200), 1.2, "non_food"),
)
"""Twenty-two types; sides and masses as read off ordinary packs, rounded, the author's own list."""
BOXES_MM = (
    (220, 160, 100),
    (270, 190, 130),
    (320, 240, 160),
    (350, 260, 240),
    (400, 300, 280),
    (500, 350, 350),
)


def orders(count: int, seed: int, *, most: int = 12, plain: bool = False) -> list[CartonOrder]:
    """Orders of 1 to ``most`` things; ``plain`` ones have no class, no fragile thing and none that is upright."""
    rng = np.random.default_rng(seed)
    made = []
    for number in range(count):
        drawn = rng.integers(0, len(GROCERIES), int(rng.integers(1, most + 1)))
        kinds, quantities = np.unique(drawn, return_counts=True)
        lines = zip(kinds.tolist(), quantities.tolist(), strict=True)
        made.append(
            CartonOrder(id=f"{seed}-{number}", items=tuple(line(GROCERIES[k], q, plain=plain) for k, q in lines))
        )
    return made


def line(grocery: Grocery, quantity: int, *, plain: bool = False) -> CartonItem:
    """One line of an order."""
    length_mm, width_mm, height_mm = grocery.sides_mm
    return CartonItem(
        id=grocery.name,
        length_mm=length_mm,
        width_mm=width_mm,
        height_mm=height_mm,
        mass_kg=grocery.mass_kg,
        quantity=quantity,
        storage="ambient" if plain else grocery.storage,
        upright=grocery.upright and not plain,
        fragile=grocery.fragile and not plain,
    )


def box(length_mm: int, width_mm: int, height_mm: int, **fields: object) -> Container:
    """A corrugated box whose mass follows its volume."""
    mass_kg = corrugated_box_kg(length_mm * width_mm * height_mm / 1e6)
    board = Packaging(name="box", pieces=(Piece(material="corrugated board", mass_kg=mass_kg, production=BOARD),))
    sides = {"length_mm": length_mm, "width_mm": width_mm, "height_mm": height_mm}
    name = f"box {length_mm}x{width_mm}x{height_mm}"
    return Container.model_validate({"id": name, "kind": "box", "packaging": board} | sides | fields)


def bag(length_mm: int, width_mm: int, height_mm: int, **fields: object) -> Container:
    """A paper bag."""
    sides = {"length_mm": length_mm, "width_mm": width_mm, "height_mm": height_mm}
    name = f"bag {length_mm}x{width_mm}x{height_mm}"
    packaging = STANDARD_PACKAGING["paper_bag"]
    return Container.model_validate({"id": name, "kind": "bag", "packaging": packaging} | sides | fields)


BOXES = tuple(box(*sides_mm) for sides_mm in BOXES_MM)
