"""Each rule can fail: the report is spoilt one way at a time, and exactly the rule that minds says so."""

from collections.abc import Callable
from typing import Any

import pytest

import carbon
from carbon.reports import Verification, statement
from tests.carbon.reports.build import EMPTY, SECOND, report, round_of, rounds

WHOLE = report([round_.model_copy(update={"store_id": "S1"}) for round_ in rounds()[:2]])


def rules(made: carbon.Report, **fields: Any) -> dict[str, tuple[str, str]]:
    return {rule.id: (rule.status, rule.evidence) for rule in statement(made, **fields).checklist}


def with_round(number: int, **fields: Any) -> carbon.Report:
    changed = list(WHOLE.rounds)
    changed[number] = changed[number].model_copy(update=fields)
    return WHOLE.model_copy(update={"rounds": tuple(changed)})


def with_order(number: int, **fields: Any) -> carbon.Report:
    changed = list(WHOLE.orders)
    changed[number] = changed[number].model_copy(update=fields)
    return WHOLE.model_copy(update={"orders": tuple(changed)})


def with_factors(**fields: Any) -> carbon.Report:
    return WHOLE.model_copy(update={"factors": tuple(each.model_copy(update=fields) for each in WHOLE.factors)})


def test_a_report_that_has_everything() -> None:
    found = rules(WHOLE)
    missed = {rule: evidence for rule, (status, evidence) in found.items() if status == "not fulfilled"}
    assert set(missed) == {"R7"}  # the bundled factors are on AR5
    assert list(found) == [f"R{number}" for number in range(1, 15)]
    assert found["R14"][0] == "not applicable"
    assert "37" in found["R2"][1] or "38" in found["R2"][1]  # 6 of 16 km
    assert "4.4 kg" in found["R4"][1]


SPOILT: dict[str, tuple[str, Callable[[], carbon.Report], str]] = {
    "category lost": ("R1", lambda: WHOLE.model_copy(update={"categories": WHOLE.categories[:1]}), "does not hold"),
    "element lost": ("R1", lambda: with_order(0, category_gco2e=None), "without an element"),
    "empty way unsaid": ("R2", lambda: with_round(0, empty_distance_m=None), "without a word on empty metres"),
    "no way back": ("R2", lambda: with_round(0, empty_distance_m=0.0), "not even the one back"),
    "types mixed": ("R3", lambda: with_round(0, distance_type="GCD"), "mixed types"),
    "order of another type": ("R3", lambda: with_order(0, distance_type="GCD"), "another type"),
    "mass unknown": ("R4", lambda: with_order(0, mass_kg=None), "unknown mass"),
    "lighter than its packaging": ("R4", lambda: with_order(0, mass_kg=0.001), "lighter than the packaging"),
    "shares off": ("R5", lambda: with_order(0, share=0.9), "do not add up"),
    "grams off": ("R5", lambda: with_order(0, transport_gco2e=1.0), "do not add up"),
    "fallback unexplained": ("R5", lambda: with_round(0, method="shipments"), "without a reason"),
    "grid factor not listed": ("R6", lambda: with_round(0, electricity="x@CL@1"), "not among the factors"),
    "grid factor of CO2 alone": ("R6", lambda: with_factors(gas="CO2"), "not among the factors"),
    "biofuel": ("R7", lambda: with_factors(key="biodiesel", gwp="AR6"), "biofuels are not apart"),
    "no account of the store": ("R9", lambda: with_order(1, hub_gco2e=None), "no account of store S1 for 1 order;"),
    "chilled without account": ("R8", lambda: with_order(1, hub_gco2e=None), "without an account of leaks"),
    "offsets not excluded": (
        "R10",
        lambda: WHOLE.model_copy(update={"method": WHOLE.method.model_copy(update={"exclusions": ()})}),
        "not excluded: carbon offsets",
    ),
    "default data": ("R11", lambda: with_round(0, data_class="default"), "no justification"),
    "parameters not listed": ("R11", lambda: WHOLE.model_copy(update={"factors": ()}), "parameters of"),
    "a class of one's own": ("R11", lambda: with_round(0, vehicle_class="rickshaw"), "parameters of rickshaw"),
    "no factor": ("R13", lambda: WHOLE.model_copy(update={"factors": ()}), "further information"),
    "no hub": ("R13", lambda: WHOLE.model_copy(update={"hubs": ()}), "nothing under: hub activity"),
}


@pytest.mark.parametrize(("rule", "spoil", "text"), SPOILT.values(), ids=SPOILT.keys())
def test_what_is_spoilt_is_found(rule: str, spoil: Callable[[], carbon.Report], text: str) -> None:
    status, evidence = rules(spoil())[rule]
    assert status == "not fulfilled"
    assert text in evidence


def test_newest_potentials_fulfil_the_rule() -> None:
    factors = tuple(each.model_copy(update={"gwp": "AR6" if each.gas else None}) for each in WHOLE.factors)
    assert rules(WHOLE.model_copy(update={"factors": factors}))["R7"][0] == "fulfilled"


def test_a_fallback_with_its_reason_is_fulfilled() -> None:
    status, evidence = rules(report())["R5"]
    assert status == "fulfilled"
    assert "1 round in equal parts: mass unknown for 1 of 2 orders" in evidence


def test_without_rounds_nothing_applies_and_contents_are_missing() -> None:
    found = rules(EMPTY)
    assert found["R10"][0] == "fulfilled"
    assert found["R13"][0] == "not fulfilled"
    assert "emissions in total" in found["R13"][1]
    assert {found[rule][0] for rule in ("R1", "R2", "R3", "R4", "R5", "R6", "R7", "R9", "R11", "R12")} == {
        "not applicable"
    }


def test_refrigerants_on_board_are_said() -> None:
    made = report([round_of("r", ("a", 1.0, 500.0), refrigerants_kg={"gwp100_ar6_r_404a": 1e-3})])
    status, evidence = rules(made)["R8"]
    assert status == "fulfilled"
    assert "on the road 4,728.0 gCO2e" in evidence


def test_verification_is_evidence() -> None:
    status, evidence = rules(WHOLE, verification=Verification(by="A", on=SECOND, statement="limited"))["R14"]
    assert (status, evidence) == ("fulfilled", "A, 2026-05-02: limited")
