"""Thousands of requests that the API allows or forbids: none is a crash, none gets an answer that is not documented.

Every other one asks for what there is: a fleet, an order, a plan, a webhook. A request that succeeds is sent for each
operation besides, so that its answer is compared with the document whatever was thrown at it.
"""

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from zlib import crc32

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import load_all_checks
from schemathesis.core.parameters import ParameterLocation

from service import solve
from service.app import create_app
from service.auth import gate
from service.settings import Settings
from tests.service.real import ENDLESS, PERIOD, PLACE, House, house_in

ALL_CASES = int(os.environ.get("SWIFTLEAF_SCHEMA_CASES", "5000"))
"""Split over the operations."""

load_all_checks()
DOCUMENT = create_app(Settings(port=0)).openapi()
OPERATIONS = {
    operation["operationId"]: (path, method.upper())
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
}
SCHEMA = schemathesis.openapi.from_dict(json.loads(json.dumps(DOCUMENT)))

UNSAYABLE = [schemathesis.checks.CHECKS.get_one("positive_data_acceptance")]
"""The one check left out: what fields that are each well formed may not say together (an id twice, a promise before its
order) is no matter of JSON Schema, and is refused with 422, as documented."""

KEPT = frozenset({"DELETE"})
"""Methods that are not sent to what there is: it must still be there for the next request."""
SAFE_AND_REACHED = sorted(name for name, (_, method) in OPERATIONS.items() if method == "GET" and name not in ENDLESS)

reached: Counter[str] = Counter()
"""Answers with a 2xx to requests that were made up, by operation."""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    limits = {"key_rate_per_s": 1e6, "key_burst": 10**6, "address_rate_per_s": 1e6, "address_burst": 10**6}
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(gate, "FAILURES", 10**6)  # of wrong keys, which are sent to every operation
        patched.setattr(solve, "WAIT_S", 60.0)  # a study's run that was begun is not broken off
        with house_in(tmp_path_factory.mktemp("schema"), max_time_limit_s=0.05, **limits) as made:
            yield made


def succeeds(case: schemathesis.Case, house: House, headers: Mapping[str, str]) -> bool:
    """Send a request and compare its answer with the document; returns whether it is a 2xx."""
    key = {"Authorization": house.server.client.headers["authorization"]}
    answer = case.call_and_validate(
        base_url=house.server.url.rstrip("/"), headers={**headers, **key}, excluded_checks=UNSAYABLE, timeout=60
    )
    if case.path == "/v1/studies" and answer.status_code == 202:  # or it would keep the one worker busy
        house.server.client.delete(answer.headers["location"][0])
    return 200 <= answer.status_code < 300


@pytest.mark.parametrize("operation", sorted(OPERATIONS.keys() - ENDLESS))
def test_every_operation_succeeds_as_documented(operation: str, house: House) -> None:
    path, method = OPERATIONS[operation]
    real = house.real(operation)
    media_type = "application/octet-stream" if isinstance(real.body, bytes) else "application/json"
    body = {} if real.body is None else {"body": real.body, "media_type": media_type}
    case = SCHEMA[path][method].Case(path_parameters=dict(real.path), query=dict(real.query), **body)
    assert succeeds(case, house, real.headers)


def answers_are_documented(operation: str) -> Callable[..., None]:
    """The test of one operation."""

    # The server's threads use the module `random`, which a look at its state takes for a strategy's doing.
    @pytest.mark.filterwarnings("ignore:Do not use the `random` module")
    @SCHEMA.include(operation_id=operation).parametrize()
    @settings(
        max_examples=-(-ALL_CASES // len(OPERATIONS)),
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    def test(case: schemathesis.Case, house: House) -> None:
        headers = {}
        if operation not in ENDLESS and case.method.upper() not in KEPT and _is_second(case):
            case.path_parameters = {**case.path_parameters, **_named(operation, case.path_parameters, house)}
            case.query = {**case.query, **_asked(case.query)}
            headers = {"If-Match": "*"} if operation == "change_live_plan" else {}
        if succeeds(case, house, headers):
            reached[operation] += 1

    return test


# One function each: of tests with one name for all, as `SCHEMA.parametrize()` alone makes them, pytest-xdist runs one.
globals().update({f"test_answers_of_{operation}": answers_are_documented(operation) for operation in OPERATIONS})


def test_made_up_requests_are_answered_too() -> None:
    assert [name for name in SAFE_AND_REACHED if not reached[name]] == []


def _is_second(case: schemathesis.Case) -> bool:
    """Whether it is of the half that asks for what there is; never if what would be replaced is wrong on purpose."""
    replaced = ParameterLocation.PATH, ParameterLocation.QUERY, ParameterLocation.HEADER
    if case.meta is not None and any(case.meta.is_negative_at(place) for place in replaced):
        return False
    return crc32(repr((case.path_parameters, case.query, case.headers, case.body)).encode()) % 2 == 1


def _named(operation: str, parameters: dict[str, object], house: House) -> dict[str, str]:
    names = house.real(operation).path
    return {name: names[name] for name in parameters if name in names}


def _asked(query: dict[str, object]) -> dict[str, object]:
    """Of what is asked for, what is there to be found."""
    there = {"store": "north", **PLACE} | (PERIOD if "from" in query else {})
    return {name: value for name, value in there.items() if name in query}
