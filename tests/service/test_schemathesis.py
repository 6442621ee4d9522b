"""Thousands of requests that the API allows or forbids: none is a crash, none gets an answer that is not documented."""

import json
import os
from collections.abc import Iterator

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import load_all_checks

from service.app import create_app
from service.settings import Settings
from tests.service.server import Running, running

ALL_CASES = int(os.environ.get("SWIFTLEAF_SCHEMA_CASES", "5000"))
"""Split over the operations."""

load_all_checks()
DOCUMENT = create_app(Settings(port=0)).openapi()
OPERATIONS = sum(len(methods) for methods in DOCUMENT["paths"].values())
SCHEMA = schemathesis.openapi.from_dict(json.loads(json.dumps(DOCUMENT)))

UNSAYABLE = [schemathesis.checks.CHECKS.get_one("positive_data_acceptance")]
"""The one check left out: what fields that are each well formed may not say together (an id twice, a promise before its
order) is no matter of JSON Schema, and is refused with 422, as documented."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    limits = {"key_rate_per_s": 1e6, "key_burst": 10**6, "address_rate_per_s": 1e6, "address_burst": 10**6}
    folder = tmp_path_factory.mktemp("schema")
    with running(Settings(data_dir=folder, port=0, workers=1, max_time_limit_s=0.05, **limits)) as started:
        yield started


@SCHEMA.parametrize()
@settings(
    max_examples=-(-ALL_CASES // OPERATIONS),
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
def test_every_answer_is_documented(case: schemathesis.Case, server: Running) -> None:
    headers = {"Authorization": server.client.headers["authorization"]}
    case.call_and_validate(base_url=server.url.rstrip("/"), headers=headers, excluded_checks=UNSAYABLE)
