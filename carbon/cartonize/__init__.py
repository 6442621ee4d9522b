"""Cartonize: the smallest of a store's boxes, bags and totes that holds an order, and which sizes a store should keep.

Seven nouns, each importing only those before it: ``items`` (what is packed in what, by which rules), ``load`` (the
same as arrays), ``greedy`` (the fast heuristic), ``proof`` (CP-SAT), ``packing`` (what comes out), ``pack`` (one
order) and ``sizes`` (a month of orders).
"""

from carbon.cartonize.items import CartonItem, CartonOrder, Container, PackingRules
from carbon.cartonize.pack import pack_choices, pack_order, warm_up
from carbon.cartonize.packing import OrderPacking, PackedContainer, Placement

__all__ = [
    "CartonItem",
    "CartonOrder",
    "Container",
    "OrderPacking",
    "PackedContainer",
    "PackingRules",
    "Placement",
    "pack_choices",
    "pack_order",
    "warm_up",
]
