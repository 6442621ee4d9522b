"""Cartonize: the smallest of a store's boxes, bags and totes that holds an order, and which sizes a store should keep.

Eight nouns, each importing only those before it: ``items`` (what is packed in what, by which rules), ``load`` (the
same as arrays), ``greedy`` (the fast heuristic), ``proof`` (CP-SAT), ``packing`` (what comes out), ``search``
(the fewest and smallest containers), ``pack`` (one order) and ``sizes`` (a month of orders).
"""

from carbon.cartonize.items import CartonItem, CartonOrder, Container, PackingRules
from carbon.cartonize.pack import pack_choices, pack_order, warm_up
from carbon.cartonize.packing import OrderPacking, PackedContainer, Placement
from carbon.cartonize.sizes import BoxRange, BoxSize, design_box_range

__all__ = [
    "BoxRange",
    "BoxSize",
    "CartonItem",
    "CartonOrder",
    "Container",
    "OrderPacking",
    "PackedContainer",
    "PackingRules",
    "Placement",
    "design_box_range",
    "pack_choices",
    "pack_order",
    "warm_up",
]
