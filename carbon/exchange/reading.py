"""Reads the documents of others: whatever can be read is kept, whatever does not add up is flagged."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from pydantic import ValidationError

from carbon.errors import ExchangeError
from carbon.exchange.checks import check_hoc, check_shipment, check_tad, check_toc
from carbon.exchange.decimals import MENDABLE, NO_DECIMAL, Bare, unbare
from carbon.exchange.flags import Finding, Flag, Unchecked
from carbon.exchange.footprint_checks import (
    check_delivery,
    check_distance_types,
    check_elements,
    check_footprint,
    check_mapping,
)
from carbon.exchange.ileap import Document, Hoc, ShipmentFootprint, Tad, Toc
from carbon.exchange.mapping import DELIVERY_SCHEMA, ILEAP_SCHEMA, Delivery
from carbon.exchange.pact import ProductFootprint, ProductFootprint2
from carbon.exchange.totals import unchecked_parts

Kind = Literal["footprint", "shipment", "toc", "hoc", "tad", "delivery"]

TOLERANCE = Decimal("0.000001")
"""Fraction by which a figure may differ beyond the rounding of its own digits: other programs compute in binary."""

LINE = 60
"""Characters of a value that a flag shows."""

MODELS: dict[Kind, type[Document]] = {
    "footprint": ProductFootprint,
    "shipment": ShipmentFootprint,
    "toc": Toc,
    "hoc": Hoc,
    "tad": Tad,
    "delivery": Delivery,
}
SCHEMAS: dict[str, Kind] = {
    ILEAP_SCHEMA.format("shipment-footprint"): "shipment",
    ILEAP_SCHEMA.format("toc"): "toc",
    ILEAP_SCHEMA.format("hoc"): "hoc",
    DELIVERY_SCHEMA: "delivery",
}
MARKS: tuple[tuple[str, Kind], ...] = (
    ("pcf", "footprint"),
    ("tces", "shipment"),
    ("activityId", "tad"),
    ("tocId", "toc"),
    ("hocId", "hoc"),
)
"""A field by which a document without an envelope is told."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """One document that came in, on its own or inside a product footprint.

    Attributes:
        path: its JSON path.
        kind: what it is, or None if that cannot be told.
        document: the document, or None if it cannot be used; the flags say why.
    """

    path: str
    kind: Kind | None
    document: Document | None


@dataclass(frozen=True, slots=True)
class Imported:
    """What came in, and what about it does not hold.

    Attributes:
        incoming: every document, product footprints before what is inside them.
        flags: everything found not to hold, by document; empty if nothing contradicts.
        unchecked: emission figures that could not be recomputed, by document; only where this is empty as well does
            all of it add up.
    """

    incoming: tuple[Incoming, ...]
    flags: tuple[Flag, ...]
    unchecked: tuple[Unchecked, ...]

    @property
    def documents(self) -> tuple[Document, ...]:
        """The documents that can be used."""
        return tuple(each.document for each in self.incoming if each.document is not None)


def import_documents(text: str | bytes, *, tolerance: Decimal = TOLERANCE) -> Imported:
    """Read iLEAP and PACT documents and recompute what they say.

    One document, a list of them, or PACT's ``{"data": ...}`` is taken. PACT 3 and PACT 2 envelopes are read, and
    iLEAP documents with or without one. A document that cannot be used is flagged and costs the others nothing.

    Args:
        text: JSON; bytes are UTF-8.
        tolerance: fraction by which a figure may differ from the recomputed one, beyond the rounding of its own digits.

    Returns:
        The documents, the flags, and the figures that could not be recomputed.

    Raises:
        ExchangeError: if the text is no JSON, or no document at all.
    """
    incoming: list[Incoming] = []
    findings: list[Finding] = []
    for path, raw in _documents(_parsed(text)):
        _read(raw, path, incoming, findings, tolerance)
    shipments = {each.path: each.document for each in incoming if isinstance(each.document, ShipmentFootprint)}
    tocs = {each.document.toc_id: each.document for each in incoming if isinstance(each.document, Toc)}
    hocs = {each.document.hoc_id: each.document for each in incoming if isinstance(each.document, Hoc)}
    for path, shipment in shipments.items():
        findings += check_elements(shipment, path, tocs, hocs, tolerance)
    findings += check_distance_types(shipments)
    findings += _twice(incoming)
    return Imported(
        incoming=tuple(incoming),
        flags=tuple(each for each in findings if isinstance(each, Flag)),
        unchecked=tuple(each for each in findings if isinstance(each, Unchecked)),
    )


def _parsed(text: str | bytes) -> Any:  # noqa: ANN401 - JSON is anything
    try:
        decoded = text.decode("utf-8-sig") if isinstance(text, bytes) else text
        return json.loads(decoded, parse_float=Bare, parse_int=Bare, parse_constant=_no_number)
    except UnicodeDecodeError as error:
        raise ExchangeError(f"$: byte {error.start} is not UTF-8; save the documents as UTF-8") from error
    except json.JSONDecodeError as error:
        raise ExchangeError(
            f"$: line {error.lineno}, column {error.colno}: {error.msg}; the documents must be JSON"
        ) from error
    except RecursionError as error:
        raise ExchangeError("$: lists within lists without end; the documents must be iLEAP or PACT") from error


def _no_number(word: str) -> None:
    raise ExchangeError(f"$: {word} is no JSON number; leave out what is not known")


def _documents(root: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - JSON is anything
    """Yield what should be documents, with their paths."""
    path = "$"
    if isinstance(root, dict) and "data" in root and "dataSchema" not in root:
        root, path = root["data"], "$.data"
    if isinstance(root, dict):
        yield path, root
    elif isinstance(root, list):
        for i, each in enumerate(root):
            yield f"{path}[{i}]", each
    else:
        raise ExchangeError(f'{path}: is no document; give an object, a list of them, or {{"data": [...]}}')


def _read(
    raw: Any,  # noqa: ANN401 - JSON is anything
    path: str,
    incoming: list[Incoming],
    findings: list[Finding],
    tolerance: Decimal,
) -> None:
    kind = next((kind for field, kind in MARKS if field in raw), None) if isinstance(raw, dict) else None
    if kind is None:
        incoming.append(Incoming(path, None, None))
        findings.append(
            Flag(
                path=path,
                says="something else" if isinstance(raw, dict) else _shown(raw),
                should_be="a PACT product footprint or an iLEAP shipment, TOC, HOC or TAD",
                because=f"it has none of {', '.join(field for field, _ in MARKS)}",
            )
        )
        return
    document = _take(raw, kind, path, incoming, findings, tolerance)
    if kind != "footprint":
        return
    inside: list[Document] = []
    extensions = raw.get("extensions")
    for i, extension in enumerate(extensions if isinstance(extensions, list) else ()):
        data = extension.get("data") if isinstance(extension, dict) else None
        schema = extension.get("dataSchema") if isinstance(extension, dict) else None
        extension_kind = SCHEMAS.get(schema) if isinstance(schema, str) else None
        if extension_kind is None or not isinstance(data, dict):
            continue  # of somebody else, or flagged with the footprint
        read = _take(data, extension_kind, f"{path}.extensions[{i}].data", incoming, findings, tolerance)
        if isinstance(read, ShipmentFootprint | Toc | Hoc):
            inside.append(read)
    if isinstance(document, ProductFootprint):
        for read in inside:
            if isinstance(read, ShipmentFootprint | Toc | Hoc):
                findings += check_mapping(document, read, path, tolerance)
        findings += unchecked_parts(document.pcf, f"{path}.pcf", recomputed=bool(inside))


def _take(
    raw: dict[str, Any], kind: Kind, path: str, incoming: list[Incoming], findings: list[Finding], tolerance: Decimal
) -> Document | None:
    """Validate one document and check it on its own."""
    model = ProductFootprint2 if kind == "footprint" and _is_version_2(raw) else MODELS[kind]
    document = _validated(model, raw, path, findings)
    incoming.append(Incoming(path, kind, document))
    if isinstance(document, ProductFootprint):
        findings += check_footprint(document, path, tolerance)
    elif isinstance(document, ShipmentFootprint):
        findings += check_shipment(document, path, tolerance)
    elif isinstance(document, Toc):
        findings += check_toc(document, path, tolerance)
    elif isinstance(document, Hoc):
        findings += check_hoc(document, path, tolerance)
    elif isinstance(document, Tad):
        findings += check_tad(document, path, tolerance)
    elif isinstance(document, Delivery):
        findings += check_delivery(document, path)
    return document


def _is_version_2(raw: dict[str, Any]) -> bool:
    version, pcf = raw.get("specVersion"), raw.get("pcf")
    if isinstance(version, str) and version[:2] in {"2.", "3."}:
        return version.startswith("2.")
    return isinstance(pcf, dict) and "declaredUnit" in pcf


def _validated(model: type[Document], raw: dict[str, Any], path: str, findings: list[Finding]) -> Document | None:
    """Validate, mending (and flagging) what can only mean one number, such as one that lacks its quotes."""
    faults = _faults(model, raw)
    mendable = [fault for fault in faults if fault["type"] == MENDABLE]
    for fault in mendable:
        _mend(raw, fault["loc"], fault["ctx"]["way_out"])
    findings += [_flag(fault, path) for fault in faults]
    if len(mendable) < len(faults):
        return None
    return model.model_validate(raw, by_alias=True, by_name=False)


def _faults(model: type[Document], raw: dict[str, Any]) -> list[Any]:
    try:
        model.model_validate(raw, by_alias=True, by_name=False)
    except ValidationError as error:
        return error.errors(include_url=False)
    return []


def _mend(raw: Any, loc: tuple[int | str, ...], text: str) -> None:  # noqa: ANN401 - JSON is anything
    """Put the text that was meant in its place."""
    for step in loc[:-1]:
        raw = raw[step]
    raw[loc[-1]] = text


def _flag(fault: Any, path: str) -> Flag:  # noqa: ANN401 - pydantic's dictionary
    at = path + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in fault["loc"])
    if fault["type"] == "missing":
        return Flag(path=at, says="nothing", should_be="there", because="the specification asks for it")
    says = _shown(fault["input"])
    if fault["type"] in {MENDABLE, NO_DECIMAL}:
        way_out = fault.get("ctx", {}).get("way_out")
        should_be = f'"{way_out}"' if way_out else "a decimal as JSON text"
        return Flag(path=at, says=says, should_be=should_be, because=fault["msg"])
    should_be = fault["msg"].removeprefix("Input should be ")
    return Flag(path=at, says=says, should_be=should_be, because="the specification has this type of value here")


def _shown(value: Any) -> str:  # noqa: ANN401 - JSON is anything
    text = json.dumps(unbare(value), ensure_ascii=False, default=str)
    return text if len(text) <= LINE else f"{text[: LINE - 3]}..."


def _twice(incoming: list[Incoming]) -> Iterator[Flag]:
    """Flag a category id that two different categories claim."""
    seen: dict[tuple[str, str], Document] = {}
    for each in incoming:
        if isinstance(each.document, Toc):
            name = ("tocId", each.document.toc_id)
        elif isinstance(each.document, Hoc):
            name = ("hocId", each.document.hoc_id)
        else:
            continue
        if seen.setdefault(name, each.document) != each.document:
            yield Flag(
                path=f"{each.path}.{name[0]}",
                says=repr(name[1]),
                should_be="an id of its own",
                because="another category of that id came with it, and elements cannot tell them apart",
            )
