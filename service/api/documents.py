"""The API's documents as OpenAPI shows them, and the example that a reader can post as it stands."""

import json
from importlib.resources import files
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from starlette.responses import JSONResponse

from service.problems import (
    Forbidden,
    InFlight,
    InvalidRequest,
    KeyReused,
    NotFound,
    NotJson,
    NotJsonType,
    ProblemDetails,
    TooLarge,
    TooMany,
    Unauthenticated,
    Unavailable,
    responses,
)

REF = "#/components/schemas/{model}"
ANSWERS = files("service") / "docs" / "answers.json"
"""Answers by operation and status; ``tests/service/renew_answers.py`` asks a server for them."""

PLAN_EXAMPLE: dict[str, Any] = {
    "now": "2026-11-20T20:00:00-03:00",
    "stores": [{"id": "store", "name": "La Serena centre", "location": [-71.2463, -29.8981], "region": "CL"}],
    "orders": [
        {
            "id": "order-1",
            "store_id": "store",
            "location": [-71.2512, -29.9024],
            "placed_at": "2026-11-20T19:53:00-03:00",
            "ready_at": "2026-11-20T19:58:00-03:00",
            "promised_at": "2026-11-20T20:23:00-03:00",
            "mass_kg": 2.4,
            "volume_l": 9.5,
        },
        {
            "id": "order-2",
            "store_id": "store",
            "location": [-71.2571, -29.9069],
            "placed_at": "2026-11-20T19:56:00-03:00",
            "ready_at": "2026-11-20T20:01:00-03:00",
            "promised_at": "2026-11-20T20:26:00-03:00",
            "mass_kg": 4.1,
            "volume_l": 16,
            "packaging": "paper_bag",
        },
        {
            "id": "order-3",
            "store_id": "store",
            "location": [-71.2352, -29.9126],
            "placed_at": "2026-11-20T19:58:00-03:00",
            "ready_at": "2026-11-20T20:03:00-03:00",
            "promised_at": "2026-11-20T20:28:00-03:00",
            "mass_kg": 0.8,
            "volume_l": 3,
        },
    ],
    "riders": [
        {"id": "rider-1", "store_id": "store"},
        {"id": "rider-2", "store_id": "store", "free_at": "2026-11-20T20:04:00-03:00"},
    ],
    "drones": [{"id": "drone-1", "store_id": "store"}],
    "travel": {"kind": "map", "name": "coquimbo"},
}

QUOTE_EXAMPLE: dict[str, Any] = {
    "request": PLAN_EXAMPLE,
    "order": {
        "id": "order-4",
        "store_id": "store",
        "location": [-71.2449, -29.9051],
        "placed_at": "2026-11-20T20:00:00-03:00",
        "ready_at": "2026-11-20T20:05:00-03:00",
        "promised_at": "2026-11-20T20:30:00-03:00",
        "mass_kg": 1.7,
    },
}

CHECK_EXAMPLE: dict[str, Any] = {
    "request": PLAN_EXAMPLE,
    "trips": [
        {"vehicle_id": "rider-1", "order_ids": ["order-1", "order-2"]},
        {"vehicle_id": "rider-2", "order_ids": ["order-3"], "depart_at": "2026-11-20T20:05:00-03:00"},
    ],
}


IDEMPOTENCY_KEY: dict[str, Any] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Any name for this request: sent again with it, it gets the same answer again, for 24 hours.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
}

STUDY_EXAMPLE: dict[str, Any] = {
    "kind": "radius",
    "scenario": "sample",
    "orders_per_day": 120,
    "radii_m": [1500, 2500],
    "riders": [4, 6],
    "seeds": 3,
}

BODIES: list[type[BaseModel]] = [ProblemDetails]
"""What the OpenAPI document shows beside what FastAPI finds: the problem, and each model of ``json_body``."""


class GeoJson(JSONResponse):
    """``response_class`` of a route that answers with GeoJSON (RFC 7946)."""

    media_type = "application/geo+json"


def json_body(model: type[BaseModel], example: dict[str, Any]) -> dict[str, Any]:
    """``openapi_extra`` of a route that reads its body itself."""
    BODIES.append(model)
    media = {"schema": {"$ref": REF.format(model=model.__name__)}, "examples": {"whole": {"value": example}}}
    return {"requestBody": {"required": True, "content": {"application/json": media}}}


def describe_bodies(app: FastAPI) -> None:
    """Add the documents that routes read themselves, and the problem document, to the app's OpenAPI components."""
    openapi = app.openapi

    def described() -> dict[str, Any]:
        document, answers = openapi(), json.loads(ANSWERS.read_text(encoding="utf-8"))
        _, schemas = models_json_schema([(model, "validation") for model in BODIES], ref_template=REF)
        document.setdefault("components", {}).setdefault("schemas", {}).update(schemas["$defs"])
        _rename(document)
        for path, methods in document["paths"].items():
            for method, operation in methods.items():
                _describe_gate(path, method, operation)
                _show_answers(operation, answers)
        for unused in ("HTTPValidationError", "ValidationError"):
            document["components"]["schemas"].pop(unused, None)
        return document

    app.openapi = described  # type: ignore[method-assign]  # FastAPI's documented way to extend the document


def _describe_gate(path: str, method: str, operation: dict[str, Any]) -> None:
    """Add what stands before every route that needs a key: its refusals, and a POST's ``Idempotency-Key``."""
    if "security" not in operation:
        return
    kinds = [Unauthenticated, Forbidden, TooMany, Unavailable, InvalidRequest]
    operation["responses"].pop("422", None)  # FastAPI's own, in whose form nothing is answered here
    if "{" in path:
        kinds.append(NotFound)
    if "requestBody" in operation:
        kinds += [NotJson, TooLarge, NotJsonType]
    if method == "post":
        kinds += [InFlight, KeyReused]
        parameters = operation.setdefault("parameters", [])
        if IDEMPOTENCY_KEY not in parameters:  # the document is made once, and described each time it is asked for
            parameters.append(IDEMPOTENCY_KEY)
    for kind in kinds:
        operation["responses"].setdefault(str(kind.status), responses(kind)[kind.status])


def _show_answers(operation: dict[str, Any], answers: dict[str, Any]) -> None:
    """Add what a server answered once, long lists cut short, to each answer in JSON of an operation that succeeds."""
    for status, value in answers.get(operation["operationId"], {}).items():
        for media_type, media in operation["responses"][status]["content"].items():
            if media_type.endswith("json"):
                media["examples"] = {"whole": {"value": value}}


PLAIN_NAMES = {
    "dispatch__online__state__Status": "OrderStatus",
    "service__db__models__Status": "PlanStatus",
    "dispatch__radius__fleet__Fleet": "SimulatedFleet",
    "service__api__fleets__Fleet": "LiveFleet",
}
"""Schemas whose classes share a name with another's, under names that a generated client can have for them."""


def _rename(document: Any) -> None:  # noqa: ANN401 - any part of the document
    """Give the schemas in ``PLAIN_NAMES`` these names, and change every reference to them."""
    if isinstance(document, list):
        for each in document:
            _rename(each)
    elif isinstance(document, dict):
        for name, value in list(document.items()):
            if name in PLAIN_NAMES:
                document[PLAIN_NAMES[name]] = document.pop(name) | {"title": PLAIN_NAMES[name]}
            elif name == "$ref":
                head, _, last = value.rpartition("/")
                document[name] = f"{head}/{PLAIN_NAMES.get(last, last)}"
        for value in document.values():
            _rename(value)
