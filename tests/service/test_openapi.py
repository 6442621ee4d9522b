"""The API's document: checked in, so that a change is seen, and good enough to generate a client from that works."""

import importlib
import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_python_client import Config, MetaType, generate
from openapi_python_client.config import ConfigFile

import service
from service.api.carbon import TYPES
from service.api.documents import CHECK_EXAMPLE, PLAN_EXAMPLE, QUOTE_EXAMPLE
from service.app import create_app
from service.report import FORMATS
from service.settings import Settings
from tests.service.server import Running, running

SNAPSHOT = Path(service.__file__).parent / "docs" / "openapi.json"
RENEW = "uv run python -m tests.service.renew_openapi"


def document() -> dict[str, Any]:
    return create_app(Settings(port=0)).openapi()


def test_the_document_is_what_is_checked_in() -> None:
    said = f"the API has changed; look at the difference, then write it down: {RENEW}"
    assert json.loads(json.dumps(document())) == json.loads(SNAPSHOT.read_text(encoding="utf-8")), said


def test_every_operation_has_a_name_of_its_own_and_says_what_it_does() -> None:
    operations = [each for methods in document()["paths"].values() for each in methods.values()]
    assert [name for name, count in Counter(each["operationId"] for each in operations).items() if count > 1] == []
    assert [each["operationId"] for each in operations if not each.get("description")] == []


def test_every_body_and_every_answer_in_json_has_an_example_that_is_one() -> None:
    shown = document()
    for operations in shown["paths"].values():
        for operation in operations.values():
            succeeds = [said for status, said in operation["responses"].items() if status.startswith("2")]
            for said in [operation.get("requestBody", {}), *succeeds]:
                for media_type, media in said.get("content", {}).items():
                    if media_type.endswith("json"):
                        schema = {"components": shown["components"]} | media.get("schema", {})
                        value = media["examples"]["whole"]["value"]
                        faults = list(Draft202012Validator(schema).iter_errors(value))
                        assert faults == [], (operation["operationId"], [fault.message for fault in faults])


def test_formats_are_those_of_reports() -> None:
    assert set(TYPES) == set(FORMATS)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(Settings(data_dir=tmp_path_factory.mktemp("client"), port=0, workers=1)) as started:
        yield started


def without_object_defaults(part: Any) -> Any:
    """The generator takes no default that is an object, and leaves out whatever has one."""
    if isinstance(part, list):
        return [without_object_defaults(each) for each in part]
    if not isinstance(part, dict):
        return part
    return {
        name: without_object_defaults(value)
        for name, value in part.items()
        if not (name == "default" and isinstance(value, dict) and "properties" not in part)
    }


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The package that the generator makes of the document."""
    folder = tmp_path_factory.mktemp("generated")
    source = folder / "openapi.json"
    source.write_text(json.dumps(without_object_defaults(document())))
    config = Config.from_sources(
        ConfigFile(post_hooks=[], package_name_override="swiftleaf_client"),
        MetaType.NONE,
        document_source=source,
        file_encoding="utf-8",
        overwrite=True,
        output_path=folder / "swiftleaf_client",
    )
    errors = generate(config=config)
    assert [error for error in errors if error.level.name == "ERROR"] == []
    sys.path.insert(0, str(folder))
    try:
        yield importlib.import_module("swiftleaf_client")
    finally:
        sys.path.remove(str(folder))


def call(client: Any, server: Running, function: str, *args: Any, **kwargs: Any) -> Any:
    """Call an operation as a user of the generated client would."""
    module = importlib.import_module(f"swiftleaf_client.api.{function}")
    key = server.client.headers["authorization"].split()[1]
    with client.AuthenticatedClient(base_url=server.url.rstrip("/"), token=key, timeout=60) as user:
        answer = module.sync_detailed(*args, client=user, **kwargs)
    assert answer.status_code < 300, answer.content
    return answer.parsed


def model(name: str, document: dict[str, Any]) -> Any:
    return getattr(importlib.import_module("swiftleaf_client.models"), name).from_dict(document)


def test_a_generated_client_plans_quotes_and_checks(client: Any, server: Running) -> None:
    made = call(client, server, "plans.make_plan", body=model("PlanRequest", PLAN_EXAMPLE), time_limit_s=0.2)
    assert made.status == "done"
    assert made.plan.summary.served == 3
    quote = call(client, server, "quotes.make_quote", body=model("QuoteRequest", QUOTE_EXAMPLE))
    assert quote.to_dict()["order_id"] == "order-4"
    checked = call(client, server, "plans.check_plan", body=model("CheckRequest", CHECK_EXAMPLE))
    assert checked.verdict.valid
    (line,) = call(client, server, "plans.list_plans").plans
    assert line.id == made.id
    read = call(client, server, "plans.read_plan", line.id)
    assert read.plan.to_dict() == made.plan.to_dict()
