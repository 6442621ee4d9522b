import pytest
from pydantic import ValidationError

from dispatch import Order, Rider
from tests.dispatch.build import NOW, at, order

FIELDS = {
    "id": "o",
    "store_id": "s",
    "location": [0, 0],
    "placed_at": NOW.isoformat(),
    "ready_at": NOW.isoformat(),
    "promised_at": at(1800).isoformat(),
    "mass_kg": 1,
}


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("mass_kg", -1, "greater than or equal to 0"),
        ("mass_kg", float("nan"), "finite"),
        ("mass_kg", True, "not a boolean"),
        ("mass_kg", "3", "not a boolean or a string"),
        ("handover_s", False, "not a boolean"),
        ("handover_s", 1.5, "fractional"),
        ("location", [0, 200], "latitude 200.0 is outside"),
        ("location", [-200, 0], "longitude -200.0 is outside"),
        ("location", [0], "Field required"),
        ("promised_at", "2026-03-06T19:30:00", "timezone"),
        ("promised_at", 1_700_000_000, "ISO 8601"),
        ("promised_at", "1700000000", "ISO 8601"),
        ("promised_at", " -1700000000.5", "ISO 8601"),
        ("promised_at", "2026-03-06T18:00:00Z", "before placed_at"),
        ("id", "", "at least 1 character"),
        ("weight", 3, "Extra inputs"),
        ("packaging", "gold", "ldpe_bag"),
        ("unserved_cost", 1e300, "less than or equal"),
        ("promised_at", "9999-12-31T23:59:59Z", "the year 9999 is outside"),
    ],
)
def test_a_bad_field_is_refused_with_its_reason(field: str, value: object, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Order.model_validate(FIELDS | {field: value})


def test_a_whole_float_is_a_whole_number() -> None:
    assert Order.model_validate(FIELDS | {"handover_s": 2.0}).handover_s == 2


def test_defaults_are_documented_ones() -> None:
    rider = Rider(id="r", store_id="s")
    assert (rider.capacity_orders, rider.capacity_kg, rider.capacity_l) == (5, 30.0, 80.0)


def test_ready_after_the_promise_is_allowed_since_kitchens_run_late() -> None:
    assert order("o", ready=3600, promise=1800).ready_at > order("o", promise=1800).promised_at
