"""Pages of stored JSON texts, read on from a number."""

from typing import Annotated

from fastapi import Query, Response

After = Annotated[int, Query(ge=0, le=2**62, description="the number of the last one that you have")]
Limit = Annotated[int, Query(ge=1, le=1_000)]


def page_of(name: str, lines: list[str], next_: int | None) -> Response:
    """Stored JSON texts as one document, none of them parsed."""
    return Response(f'{{"{name}":[{",".join(lines)}],"next":{number_or_null(next_)}}}', media_type="application/json")


def number_or_null(value: int | None) -> str:
    """A number as JSON."""
    return "null" if value is None else str(value)
