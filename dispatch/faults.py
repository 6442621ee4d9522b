"""What is wrong with a request, every fault at once, each at its JSON path."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from pydantic import ValidationError

from dispatch.record import Record
from dispatch.request import MAX_ORDERS, Drone, Matrix, MatrixTravel, Order, PlanRequest, Rider

MAX_FAULTS = 100
MEMBER = re.compile(r"<[\w.]+: ('[^']*')>")
"""How pydantic shows a member of an enum."""
LISTED = 10
"""So many of the ids that there are stand in the text of a fault."""


class Fault(Record):
    """One fault: where in the JSON document, and what would put it right."""

    path: str
    text: str


class DispatchError(Exception):
    """Base of everything this room raises on purpose."""


class RequestError(DispatchError, ValueError):
    """Raised when a request is malformed or contradicts itself; ``faults`` lists every fault by JSON path."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(f"{fault.path}: {fault.text}" for fault in self.faults[:5]))

    def __reduce__(self) -> tuple[type["RequestError"], tuple[tuple[Fault, ...]]]:
        """Pickle by its faults, so that the error survives the way back from a worker process."""
        return type(self), (self.faults,)


def json_path(loc: Iterable[str | int]) -> str:
    """Write a pydantic location as a JSON path: ``("orders", 3, "mass_kg")`` is ``$.orders[3].mass_kg``.

    The tags that pydantic adds for a discriminated union (``travel.matrix.seconds``) are no part of the document and
    are left out.
    """
    path = "$"
    previous: str | int | None = None
    for part in loc:
        if previous == "travel" and part in {"map", "matrix", "straight"}:
            continue
        path += f"[{part}]" if isinstance(part, int) else f".{part}"
        previous = part
    return path


def faults_of(error: ValidationError, *, root: Sequence[str | int] = (), document: object = None) -> list[Fault]:
    """Every fault that pydantic found, at most ``MAX_FAULTS``, below the path ``root``.

    Args:
        error: as pydantic raised it.
        root: of the paths.
        document: what was read, as JSON has it: the tags of its unions, which are not in it, are left out of paths.
    """
    items = error.errors()
    above = {item["loc"][:size] for item in items for size in range(len(item["loc"]))}
    told = [item for item in items if item["type"] != "too_short" or item["loc"] not in above]  # not counted: at fault
    return [
        Fault(path=json_path((*root, *_in_document(item, document))), text=_sentence(item))
        for item in told[:MAX_FAULTS]
    ]


def _in_document(item: Any, document: Any) -> Iterator[str | int]:  # noqa: ANN401 - pydantic's typed dict, any JSON
    """A fault's location without what its document does not have; a field that is missing is named."""
    for i, part in enumerate(item["loc"]):
        missing = item["type"] == "missing" and i == len(item["loc"]) - 1
        there = part in document if isinstance(document, dict) else isinstance(document, list) and isinstance(part, int)
        if document is None or missing:
            yield part
        elif there:
            yield part
            document = document[part]
    if item["type"] in {"union_tag_invalid", "union_tag_not_found"}:
        yield item["ctx"]["discriminator"].strip("'")


def _sentence(item: Any) -> str:  # noqa: ANN401 - pydantic's own typed dict is not public
    if item["type"] == "too_long" and item["loc"][-1:] == ("orders",):
        found = item["ctx"]["actual_length"]
        return f"{found} orders; one snapshot takes at most {MAX_ORDERS}: split it by store or by promise"
    text = str(item["msg"]).removeprefix("Value error, ")
    if item["type"] == "timezone_aware":
        return f"{text}; add an offset, such as +08:00 or Z"
    if item["type"] == "union_tag_invalid":
        members = MEMBER.sub(r"\1", item["ctx"]["expected_tags"])
        return f"there is no {item['ctx']['tag']!r}; take one of {members}"
    if item["type"] in {"missing", "union_tag_not_found"}:
        return "this field is required"
    if item["type"] == "extra_forbidden":
        return "there is no such field; check its spelling"
    if item["type"] in {"json_invalid", "model_attributes_type", "model_type"}:
        return text
    return f"{text}, not {str(item['input'])[:80]!r}" if not isinstance(item["input"], dict | list) else text


def read_request(document: str | bytes) -> PlanRequest:
    """Read a request from JSON.

    Raises:
        RequestError: with every fault by path, if the document is not JSON, not a request, or contradicts itself.
    """
    try:
        request = PlanRequest.model_validate_json(document)
    except ValidationError as error:
        raise RequestError(faults_of(error)) from None
    refuse_contradictions(request)
    return request


def refuse_contradictions(request: PlanRequest) -> None:
    """Raise a ``RequestError`` if fields that are each well formed do not fit together.

    An order that names stores or vehicles that are not there is no contradiction: the unknown ones are overlooked, and
    it comes back unserved if none is left.
    """
    faults = [
        *_twice(request),
        *_unknown_stores(request),
        *_on_board(request),
        *_pinned(request),
        *_waits(request),
        *_shapeless(request),
    ]
    if faults:
        raise RequestError(faults[:MAX_FAULTS])


def _vehicles(request: PlanRequest) -> Iterator[tuple[str, Rider | Drone]]:
    """Every vehicle with its path."""
    yield from ((f"$.riders[{i}]", rider) for i, rider in enumerate(request.riders))
    yield from ((f"$.drones[{i}]", drone) for i, drone in enumerate(request.drones))


def _twice(request: PlanRequest) -> Iterator[Fault]:
    """Ids that name two things of a kind; riders and drones share one name space."""
    kinds = {
        "stores": [(f"$.stores[{i}].id", item.id) for i, item in enumerate(request.stores)],
        "orders": [(f"$.orders[{i}].id", item.id) for i, item in enumerate(request.orders)],
        "riders and drones": [(f"{path}.id", item.id) for path, item in _vehicles(request)],
    }
    for kind, named in kinds.items():
        seen = set()
        for path, name in named:
            if name in seen:
                yield Fault(path=path, text=f"{name!r} is already the id of another of the {kind}; ids are unique")
            seen.add(name)


def _unknown(path: str, what: str, name: str, known: Iterable[str]) -> Fault:
    """A name that nothing has; the way out lists a few that there are."""
    there = sorted(known)
    listed = ", ".join(map(repr, there[:LISTED])) + (f" and {len(there) - LISTED} more" if len(there) > LISTED else "")
    return Fault(path=path, text=f"no {what} has the id {name!r}; {what}s: {listed or 'none'}")


def _unknown_stores(request: PlanRequest) -> Iterator[Fault]:
    """Stores that vehicles or pinned trips name and the request does not have."""
    stores = {store.id for store in request.stores}
    named: list[tuple[str, str | None]] = []
    for path, vehicle in _vehicles(request):
        named.append((f"{path}.store_id", vehicle.store_id))
        named.append((f"{path}.free_store_id", vehicle.free_store_id))
        named += [(f"{path}.shared_with[{k}]", name) for k, name in enumerate(vehicle.shared_with)]
    named += [(f"$.pinned[{i}].store_id", trip.store_id) for i, trip in enumerate(request.pinned)]
    for path, name in named:
        if name is not None and name not in stores:
            yield _unknown(path, "store", name, stores)


def _claimed(claims: Iterable[tuple[str, str]], holders: dict[str, str], orders: Collection[str]) -> Iterator[Fault]:
    """Orders claimed at a path that do not exist, or that ``holders`` has at another path; notes the new ones there."""
    for path, order_id in claims:
        if order_id not in orders:
            yield _unknown(path, "order", order_id, orders)
        elif order_id in holders:
            text = f"order {order_id!r} is already at {holders[order_id]}; it can travel once: name it in one place"
            yield Fault(path=path, text=text)
        else:
            holders[order_id] = path


def _on_board(request: PlanRequest) -> Iterator[Fault]:
    """Vehicles under way with orders that are unknown or ride elsewhere, or without a time at which they are back."""
    orders = {order.id for order in request.orders}
    holders: dict[str, str] = {}
    for path, vehicle in _vehicles(request):
        if vehicle.on_board and vehicle.free_at is None:
            text = f"{vehicle.id!r} has orders on board, so it is out; say when it is back"
            yield Fault(path=f"{path}.free_at", text=text)
        yield from _claimed(((f"{path}.on_board[{k}]", o) for k, o in enumerate(vehicle.on_board)), holders, orders)


def _pinned(request: PlanRequest) -> Iterator[Fault]:
    """Pinned trips of nobody, or with orders that are unknown, on board already, or pinned before."""
    vehicles = {vehicle.id for vehicle in request.vehicles}
    orders = {order.id for order in request.orders}
    holders = {o: f"{path}.on_board" for path, vehicle in _vehicles(request) for o in vehicle.on_board}
    for i, trip in enumerate(request.pinned):
        if trip.vehicle_id not in vehicles:
            yield _unknown(f"$.pinned[{i}].vehicle_id", "vehicle", trip.vehicle_id, vehicles)
        claims = ((f"$.pinned[{i}].order_ids[{k}]", o) for k, o in enumerate(trip.order_ids))
        yield from _claimed(claims, holders, orders)


def _waits(request: PlanRequest) -> Iterator[Fault]:
    """Orders that may not be handed over before they are late."""
    for i, order in enumerate(request.orders):
        text = waits_beyond_promise(order)
        if text is not None:
            yield Fault(path=f"$.orders[{i}].not_before_at", text=text)


def waits_beyond_promise(order: Order) -> str | None:
    """Why ``not_before_at`` of an order cannot be: it may not be handed over before it is late. None if it can."""
    if order.not_before_at is None or order.not_before_at <= order.promised_at:
        return None
    opens_at, promised_at = order.not_before_at.isoformat(), order.promised_at.isoformat()
    return f"{opens_at} is after promised_at {promised_at}; the door opens before the promise ends"


def _shapeless(request: PlanRequest) -> Iterator[Fault]:
    """Matrices whose shape does not fit the stores and orders, or that cover distance in no time."""
    if not isinstance(request.travel, MatrixTravel):
        return
    size = len(request.stores) + len(request.orders)
    matrices: list[tuple[str, Matrix]] = [("$.travel", request.travel)]
    matrices += [(f"$.travel.by_kind.{kind}", matrix) for kind, matrix in request.travel.by_kind.items()]
    for path, matrix in matrices:
        for name, rows in (("seconds", matrix.seconds), ("metres", matrix.metres)):
            if len(rows) != size:
                text = f"{len(rows)} rows; stores and orders together are {size}, stores first"
                yield Fault(path=f"{path}.{name}", text=text)
            for i, row in enumerate(rows):
                if len(row) != size:
                    yield Fault(path=f"{path}.{name}[{i}]", text=f"{len(row)} numbers; this row takes {size}")
        for i, (seconds, metres) in enumerate(zip(matrix.seconds, matrix.metres, strict=False)):
            if seconds.count(0) <= (seconds[i : i + 1] == [0]):
                continue  # looking for zeros by pairs takes ten times as long, and few rows have one beside their own
            for j, (duration, distance) in enumerate(zip(seconds, metres, strict=False)):
                if duration == 0 and distance and i != j:
                    text = f"0 s for {distance:g} m; give the travel time"
                    yield Fault(path=f"{path}.seconds[{i}][{j}]", text=text)
