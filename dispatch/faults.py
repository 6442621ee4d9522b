"""What is wrong with a request, every fault at once, each at its JSON path."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from pydantic import ValidationError

from dispatch.model import MAX_ORDERS, MatrixTravel, PlanRequest, Record

MAX_FAULTS = 100


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


def faults_of(error: ValidationError, *, root: Sequence[str | int] = ()) -> list[Fault]:
    """Every fault that pydantic found, at most ``MAX_FAULTS``, below the path ``root``."""
    return [Fault(path=json_path((*root, *item["loc"])), text=_sentence(item)) for item in error.errors()[:MAX_FAULTS]]


def _sentence(item: Any) -> str:  # noqa: ANN401 - pydantic's own typed dict is not public
    if item["type"] == "too_long" and item["loc"][-1:] == ("orders",):
        found = item["ctx"]["actual_length"]
        return f"{found} orders; one snapshot takes at most {MAX_ORDERS}: split it by store or by promise"
    text = str(item["msg"]).removeprefix("Value error, ")
    if item["type"] == "timezone_aware":
        return f"{text}; add an offset, such as +08:00 or Z"
    if item["type"] == "missing":
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
    """Raise a ``RequestError`` if fields that are each well formed do not fit together."""
    faults = [*_twice(request), *_homeless(request), *_shapeless(request)]
    if faults:
        raise RequestError(faults[:MAX_FAULTS])


def _twice(request: PlanRequest) -> Iterator[Fault]:
    """Ids that name two things of a kind; riders and drones share one name space."""
    kinds = {
        "stores": [(f"$.stores[{i}].id", item.id) for i, item in enumerate(request.stores)],
        "orders": [(f"$.orders[{i}].id", item.id) for i, item in enumerate(request.orders)],
        "riders and drones": [(f"$.riders[{i}].id", item.id) for i, item in enumerate(request.riders)]
        + [(f"$.drones[{i}].id", item.id) for i, item in enumerate(request.drones)],
    }
    for kind, named in kinds.items():
        count = Counter(name for _, name in named)
        seen = set()
        for path, name in named:
            if count[name] > 1 and name in seen:
                yield Fault(path=path, text=f"{name!r} is already the id of another of the {kind}; ids are unique")
            seen.add(name)


def _homeless(request: PlanRequest) -> Iterator[Fault]:
    """Vehicles of a store that is not in the request."""
    stores = {store.id for store in request.stores}
    for kind, vehicles in (("riders", request.riders), ("drones", request.drones)):
        for i, vehicle in enumerate(vehicles):
            if vehicle.store_id not in stores:
                yield Fault(
                    path=f"$.{kind}[{i}].store_id",
                    text=f"no store has the id {vehicle.store_id!r}; stores: {sorted(stores)}",
                )


def _shapeless(request: PlanRequest) -> Iterator[Fault]:
    """Matrices whose shape does not fit the stores and orders."""
    if not isinstance(request.travel, MatrixTravel):
        return
    size = len(request.stores) + len(request.orders)
    for name, rows in (("seconds", request.travel.seconds), ("metres", request.travel.metres)):
        if len(rows) != size:
            yield Fault(
                path=f"$.travel.{name}", text=f"{len(rows)} rows; stores and orders together are {size}, stores first"
            )
        for i, row in enumerate(rows):
            if len(row) != size:
                yield Fault(path=f"$.travel.{name}[{i}]", text=f"{len(row)} numbers; this row takes {size}")
    for i, (seconds, metres) in enumerate(zip(request.travel.seconds, request.travel.metres, strict=False)):
        for j, (duration, distance) in enumerate(zip(seconds, metres, strict=False)):
            if duration == 0 and distance:
                yield Fault(path=f"$.travel.seconds[{i}][{j}]", text=f"0 s for {distance:g} m; give the riding time")
