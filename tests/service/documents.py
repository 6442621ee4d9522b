"""Requests as JSON documents, good and bad, shared by the tests of the API and of the command line."""

import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from service.api.documents import PLAN_EXAMPLE

Json = dict[str, Any]


def example(**fields: Any) -> Json:
    """The API's own example: three orders on the bundled map, two riders, a drone."""
    return deepcopy(PLAN_EXAMPLE) | fields


def straight(**fields: Any) -> Json:
    """The same on straight lines, which need no map."""
    return example(travel={"kind": "straight"}) | fields


def with_order(number: int, document: Json | None = None, **fields: Any) -> Json:
    """The example with some fields of one order replaced."""
    document = document or example()
    document["orders"][number] |= fields
    return document


def no_path() -> Json:
    """Travel by matrix in which nobody reaches the second order; the drone, which could, is left at home."""
    seconds = [[0, 120, None, 240], [120, 0, None, 180], [None] * 4, [240, 180, None, 0]]
    metres = [[None if cell is None else cell * 5 for cell in row] for row in seconds]
    return example(travel={"kind": "matrix", "seconds": seconds, "metres": metres}, drones=[])


def many_orders(count: int) -> Json:
    """One order, over and over under other names."""
    document = straight()
    first = document["orders"][0]
    document["orders"] = [first | {"id": f"order-{i}"} for i in range(count)]
    return document


@dataclass(frozen=True)
class Refused:
    """A document that is refused whole, with a fault at each of ``paths``."""

    make: Callable[[], Json]
    paths: tuple[str, ...]
    text: str = ""

    def body(self) -> bytes:
        """As JSON; Python's own writes NaN the way careless senders do."""
        return json.dumps(self.make()).encode()


@dataclass(frozen=True)
class LeftOut:
    """A document whose ``order-2`` is left out with a code while the rest is planned."""

    make: Callable[[], Json]
    code: str


REFUSED = {
    "negative mass": Refused(lambda: with_order(1, mass_kg=-1), ("$.orders[1].mass_kg",)),
    "NaN mass": Refused(lambda: with_order(1, mass_kg=float("nan")), ("$.orders[1].mass_kg",), "finite"),
    "promise before placing": Refused(
        lambda: with_order(2, promised_at="2026-11-20T19:00:00-03:00"), ("$.orders[2]",), "is before placed_at"
    ),
    "naive datetime": Refused(
        lambda: with_order(0, ready_at="2026-11-20T19:58:00"), ("$.orders[0].ready_at",), "add an offset"
    ),
    "latitude 200": Refused(lambda: with_order(0, location=[-71.2, 200]), ("$.orders[0].location",), "-90..90"),
    "10,000 orders": Refused(lambda: many_orders(10_000), ("$.orders",), "10000 orders"),
    "no stores": Refused(lambda: example(stores=[]), ("$.stores",)),
    "unknown field": Refused(lambda: with_order(0, mass=2), ("$.orders[0].mass",), "no such field"),
    "the same id twice": Refused(lambda: with_order(1, id="order-1"), ("$.orders[1].id",), "already the id"),
    "unknown map": Refused(lambda: example(travel={"kind": "map", "name": "atlantis"}), ("$.travel.name",), "coquimbo"),
    "unknown region": Refused(
        lambda: example(stores=[PLAN_EXAMPLE["stores"][0] | {"region": "XX"}]), ("$.stores[0].region",), "XX"
    ),
    "matrix of the wrong shape": Refused(
        lambda: example(travel={"kind": "matrix", "seconds": [[0]], "metres": [[0]]}),
        ("$.travel.seconds", "$.travel.seconds[0]", "$.travel.metres", "$.travel.metres[0]"),
    ),
    "several faults at once": Refused(
        lambda: with_order(2, with_order(0, mass_kg="heavy"), location=[500, 0], ready_at=5),
        ("$.orders[0].mass_kg", "$.orders[2].location", "$.orders[2].ready_at"),
    ),
    "not an object": Refused(lambda: [1, 2], ("$",)),  # type: ignore[arg-type, return-value]  # on purpose
}

LEFT_OUT = {
    "unknown store": LeftOut(lambda: with_order(1, store_id="elsewhere"), "unknown_store"),
    "at sea": LeftOut(lambda: with_order(1, location=[-71.45, -29.9], mass_kg=9), "off_map"),
    "no path": LeftOut(no_path, "no_path"),
    "promise before ready": LeftOut(
        lambda: with_order(1, promised_at="2026-11-20T19:59:00-03:00", max_late_s=0), "promise_missed"
    ),
    "too heavy": LeftOut(lambda: with_order(1, mass_kg=500), "too_heavy"),
}

NOT_JSON = {
    "empty": b"",
    "cut off": json.dumps(PLAN_EXAMPLE).encode()[:200],
    "prose": b"60 orders please",
    "not UTF-8": json.dumps(PLAN_EXAMPLE, ensure_ascii=False).encode("utf-16"),
    "deep": b"[" * 100_000,
}
