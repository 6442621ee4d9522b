"""Pages of lists, read on from a number or from a name."""

from collections.abc import Callable, Sequence
from typing import Annotated, TypeVar

from fastapi import Query, Response

from dispatch import Fault
from service.problems import InvalidRequest, invalid

T = TypeVar("T")

After = Annotated[int, Query(ge=0, le=2**62, description="the number of the last one that you have")]
Limit = Annotated[int, Query(ge=1, le=1_000)]
Cursor = Annotated[
    str | None, Query(max_length=100, pattern=r"^[^\x00-\x1f]+$", description="`next` of the page before")
]


def page_of(name: str, lines: list[str], next_: int | None) -> Response:
    """Stored JSON texts as one document, none of them parsed."""
    return Response(f'{{"{name}":[{",".join(lines)}],"next":{number_or_null(next_)}}}', media_type="application/json")


def number_or_null(value: int | None) -> str:
    """A number as JSON."""
    return "null" if value is None else str(value)


def cut(found: Sequence[T], limit: int, name: Callable[[T], str]) -> tuple[Sequence[T], str | None]:
    """The page of at most ``limit``, and the cursor of the next one if there was more to be found."""
    page = found[:limit]
    return page, name(page[-1]) if len(found) > limit else None


def no_cursor(cursor: str) -> InvalidRequest:
    """The problem of a cursor that leads to nothing."""
    return invalid([Fault(path="query.cursor", text=f"{cursor!r} is no cursor; take next of another page")])
