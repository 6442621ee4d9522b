"""What comes out: where each thing lies, how much of a container is air, and whether anything smaller could do."""

import math
from collections.abc import Sequence
from typing import Literal

from carbon.cartonize.items import MM3_PER_L, Choice, Container, ContainerKind, PackClass, PackingRules
from carbon.cartonize.load import MG_PER_KG, Layout, Load
from carbon.packaging import Packaging, Piece
from carbon.values import Record

Proof = Literal["volume", "search", "none"]


class Placement(Record):
    """One thing in its container; x and y run along its length and width, z upward, from a corner of the floor.

    Attributes:
        item_id: the item.
        x_mm: its nearest corner.
        y_mm: its nearest corner.
        z_mm: its base.
        length_mm: side along x, as turned.
        width_mm: side along y.
        height_mm: side along z.
    """

    item_id: str
    x_mm: int
    y_mm: int
    z_mm: int
    length_mm: int
    width_mm: int
    height_mm: int


class PackedContainer(Record):
    """One container with what lies in it.

    Attributes:
        container_id: the container.
        kind: box, bag or tote.
        pack_class: what it holds: cold, ambient or non-food goods, never two of them.
        placements: its things.
        mass_kg: mass of them.
        volume_l: inner volume of the container.
        items_l: volume of the things.
        outer_l: outer volume; that of a bag ends where its load ends.
        void_share: (outer - things) / outer; filler counts as empty.
        over_void_limit: whether that is above the rules' limit (PPWR Article 24: 50 %).
        filler_kg: mass of void filler.
    """

    container_id: str
    kind: ContainerKind
    pack_class: PackClass
    placements: tuple[Placement, ...]
    mass_kg: float
    volume_l: float
    items_l: float
    outer_l: float
    void_share: float
    over_void_limit: bool
    filler_kg: float


class OrderPacking(Record):
    """The smallest containers for one order, or why there are none.

    Attributes:
        order_id: the order.
        choice: what the customer asked for, or None if every container of the store was allowed.
        bags_only: whether only bags were allowed.
        containers: what it is packed in; each class of goods has its own, so an order may need several.
        packaging: all of their packaging and filler, for ``packaging_gco2e``; None if not computable.
        proven: whether no fewer containers would do and, with as many, no smaller ones.
        proof: ``"volume"`` if the things' own volume says so, ``"search"`` if CP-SAT had to, ``"none"`` if not proven.
        not_computable_because: why the order could not be packed, or None.
    """

    order_id: str
    choice: Choice | None = None
    bags_only: bool = False
    containers: tuple[PackedContainer, ...] = ()
    packaging: Packaging | None = None
    proven: bool = False
    proof: Proof = "none"
    not_computable_because: str | None = None

    @property
    def classes(self) -> tuple[PackClass, ...]:
        """The classes of goods in it; each has containers of its own, so two or more explain several containers."""
        return tuple(dict.fromkeys(container.pack_class for container in self.containers))

    @property
    def volume_l(self) -> float:
        """Inner volume of all its containers."""
        return math.fsum(container.volume_l for container in self.containers)

    @property
    def items_l(self) -> float:
        """Volume of all its things."""
        return math.fsum(container.items_l for container in self.containers)


def packed(
    load: Load, layout: Layout, containers: Sequence[Container], pack_class: PackClass, rules: PackingRules
) -> tuple[PackedContainer, ...]:
    """Say what lies where, container by container; ``layout.bin`` counts ``containers``, each of which holds some."""
    result = []
    for number, container in enumerate(containers):
        rows = [row for row in range(len(load)) if layout.bin[row] == number]
        placements = tuple(_placement(load, layout, row) for row in rows)
        items_l = int(load.volume_mm3[rows].sum()) / MM3_PER_L
        top_mm = max(each.z_mm + each.height_mm for each in placements)
        outer_l = container.outer_l(top_mm)
        void_l = outer_l - items_l
        result.append(
            PackedContainer(
                container_id=container.id,
                kind=container.kind,
                pack_class=pack_class,
                placements=placements,
                mass_kg=int(load.mass_mg[rows].sum()) / MG_PER_KG,
                volume_l=container.volume_l,
                items_l=items_l,
                outer_l=outer_l,
                void_share=void_l / outer_l,
                over_void_limit=void_l > rules.void_limit * outer_l,
                filler_kg=_filler_kg(container, top_mm, items_l),
            )
        )
    return tuple(result)


def joint_packaging(used: Sequence[Container], parts: Sequence[PackedContainer]) -> Packaging:
    """Return the packaging of several containers, with the filler in them, as one."""
    pieces: list[Piece] = []
    for container, part in zip(used, parts, strict=True):
        pieces += container.packaging.pieces
        if container.filler is not None and part.filler_kg > 0:
            pieces.append(container.filler.model_copy(update={"mass_kg": part.filler_kg}))
    return Packaging(name=" + ".join(container.packaging.name for container in used), pieces=tuple(pieces))


def _filler_kg(container: Container, top_mm: int, items_l: float) -> float:
    """Filler fills what is empty inside the wall; in a bag, only up to the top of the load, where the bag closes."""
    if container.filler is None:
        return 0.0
    height_mm = top_mm if container.kind == "bag" else container.height_mm
    inner_l = container.length_mm * container.width_mm * height_mm / MM3_PER_L
    return container.filler.mass_kg * max(0.0, inner_l - items_l)


def _placement(load: Load, layout: Layout, row: int) -> Placement:
    x_mm, y_mm, z_mm = layout.at_mm[row].tolist()
    length_mm, width_mm, height_mm = load.sizes_mm[row, layout.turn[row]].tolist()
    return Placement(
        item_id=load.ids[row],
        x_mm=x_mm,
        y_mm=y_mm,
        z_mm=z_mm,
        length_mm=length_mm,
        width_mm=width_mm,
        height_mm=height_mm,
    )
