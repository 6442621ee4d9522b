"""Reads request bodies: declared as JSON, counted while they stream in, faults by JSON path."""

import codecs
import re
from typing import Annotated, TypeVar

from fastapi import Depends, Request
from pydantic import BaseModel, ValidationError
from pydantic_core import from_json

import dispatch
from carbon import CarbonError
from dispatch.faults import Fault
from service.problems import EncodedBody, NotJson, NotJsonType, TooLarge, invalid

M = TypeVar("M", bound=BaseModel)

NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
"""An escape that PostgreSQL keeps in no text."""
DRAIN_BYTES = 64 * 2**20
"""How much of an oversized body is read and thrown away, so that the sender reads an answer and not a broken pipe."""


async def read_body(request: Request) -> bytes:
    """The whole body, within ``max_body_bytes``, without a UTF-8 byte order mark.

    Raises:
        NotJsonType: if it is not declared as JSON.
        EncodedBody: if it is compressed.
        TooLarge: if it is larger, whatever its Content-Length says.
    """
    declared = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if declared != "application/json" and not declared.endswith("+json"):
        raise NotJsonType(f"Content-Type is {declared or 'not given'!r}; send application/json")
    refuse_encoded(request)
    limit = request.app.state.settings.max_body_bytes
    kept, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size <= limit:
            kept.append(chunk)
        elif size > limit + DRAIN_BYTES:
            break
        else:
            kept.clear()
    if size > limit:
        raise TooLarge(
            f"the body is over the limit of {limit} bytes; send fewer orders, or raise SWIFTLEAF_MAX_BODY_BYTES"
        )
    return b"".join(kept).removeprefix(codecs.BOM_UTF8)


def refuse_encoded(request: Request) -> None:
    """Raise ``EncodedBody`` for a body that is compressed."""
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in {"", "identity"}:
        raise EncodedBody(
            f"Content-Encoding is {encoding[:80]!r}; send the body as it is, without Content-Encoding",
            headers={"Accept-Encoding": "identity"},
        )


Body = Annotated[bytes, Depends(read_body)]


def refuse_non_json(body: bytes) -> object:
    """What ``body`` holds, once something is wrong with it. Raises ``NotJson`` if it is not JSON at all."""
    try:
        return from_json(body)
    except ValueError as error:
        raise NotJson(f"{error}; send one JSON document in UTF-8") from None


def _refuse_nul(body: bytes) -> None:
    if NUL.search(body):
        raise invalid([Fault(path="$", text="has the character NUL (\\u0000) in a text; leave it out")])


def parse_request(body: bytes) -> dispatch.PlanRequest:
    """Read a request exactly as the command line does. Raises ``NotJson`` or ``dispatch.RequestError``."""
    _refuse_nul(body)
    try:
        return dispatch.read_request(body)
    except dispatch.RequestError:
        refuse_non_json(body)
        raise


def parse(model: type[M], body: bytes) -> M:
    """Read any other document. Raises ``NotJson`` or ``dispatch.RequestError``."""
    _refuse_nul(body)
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        raise dispatch.RequestError(dispatch.faults_of(error, document=refuse_non_json(body))) from None
    except CarbonError as error:  # records of the carbon room refuse in its words, which pydantic lets through
        raise dispatch.RequestError([Fault(path="$", text=str(error))]) from None
