"""Ledger C changes neither A nor B: points come and go, and the report of the same rounds stays what it was."""

import ast
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import carbon
from carbon import Act, Award, Baseline, Behaviour, EmissionRange, PointsBook, PointsRule, Round, RoundStop

DAY = date(2026, 5, 1)
EMITTED = EmissionRange(lower_gco2e=1, value_gco2e=2, upper_gco2e=3)
LEDGER_C = {"avoided", "award", "points"}
REFUSED = (carbon.LedgerMixError, TypeError, AttributeError)
"""An emission asks the other side for its gas, which no entry has."""


def rounds(masses: list[float]) -> list[Round]:
    return [
        Round(
            id=f"R{i}",
            store_id="S",
            region="CL",
            vehicle_id="V",
            vehicle_class="e_bike",
            started_on=DAY,
            distance_m=4000.0,
            battery_wh=40.0,
            stops=(RoundStop(order_id=f"O{i}", mass_kg=mass, distance_m=1000.0),),
        )
        for i, mass in enumerate(masses)
    ]


def rule(behaviour: Behaviour) -> PointsRule:
    baseline = Baseline(
        version="2026",
        behaviour=behaviour,
        unit="order",
        emission=EmissionRange(lower_gco2e=20, value_gco2e=30, upper_gco2e=40),
        valid_from=date(2026, 1, 1),
        valid_to=date(2026, 12, 31),
        source="own",
        address="file 1",
    )
    return PointsRule(
        version="1",
        baseline=baseline,
        gco2e_per_point=1,
        issuer="Shop",
        registry="City",
        required_by_law=False,
        is_default=False,
    )


def award(book: PointsBook, order_id: str, behaviour: Behaviour) -> Award:
    box = behaviour is Behaviour.REUSABLE_BOX_RETURNED
    act = Act(
        order_id=order_id,
        period="2026-05",
        done_on=DAY,
        amount=1,
        project=EMITTED,
        loop_id=f"{order_id}/1" if box else None,
        return_due_on=DAY + timedelta(days=7) if box else None,
    )
    return book.award(act, rule(behaviour))


@given(st.lists(st.floats(0.1, 20), min_size=1, max_size=5), st.sampled_from(Behaviour), st.booleans(), st.booleans())
def test_points_change_neither_a_nor_b(masses: list[float], behaviour: Behaviour, back: bool, revoked: bool) -> None:
    given_rounds = rounds(masses)
    packed = {"O0": carbon.DEFAULT_PACKAGING}

    def written() -> str:
        return carbon.footprint(given_rounds, packed).model_dump_json()

    before = written()
    book = PointsBook()
    for round_ in given_rounds:
        award(book, round_.stops[0].order_id, behaviour)
    assert book.statement().points > 0
    assert written() == before
    if back and behaviour is Behaviour.REUSABLE_BOX_RETURNED:
        book.box_returned("O0/1", DAY)
    if revoked:
        book.revoke("O0", behaviour, "2026-05", on=DAY, reason="it was not so")
    book.revoke_overdue(DAY + timedelta(days=30))
    assert written() == before
    assert PointsBook.replay(book.entries).statement() == book.statement()
    assert written() == before


def test_only_the_package_itself_knows_ledger_c() -> None:
    # What no module of the ledgers A and B imports, none of them can subtract.
    package = Path(carbon.__file__).parent
    for file in package.rglob("*.py"):
        name = ".".join(file.relative_to(package).with_suffix("").parts)
        tree = ast.parse(file.read_text())
        imported = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        imported |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
        known = {module for module in imported if module.split(".")[:1] == ["carbon"]}
        if name == "__init__":
            assert {f"carbon.{module}" for module in LEDGER_C} <= known  # the check sees what it looks for
        elif name not in LEDGER_C:
            assert not {module.split(".")[1] for module in known if "." in module} & LEDGER_C, name
            assert "carbon" not in known, name


def test_nothing_of_ledger_c_can_be_taken_off_anything_of_a_or_b() -> None:
    report = carbon.footprint(rounds([1.0]), {})
    book = PointsBook()
    given_award = award(book, "O0", Behaviour.NO_CUTLERY)
    emission = carbon.Emission(10.0, "CO2e")
    theirs = (report, report.totals, report.rounds[0], report.orders[0], emission, 10.0)
    for ours in (given_award.avoided, given_award, book.statement(), book):
        for other in theirs:
            for left, right in ((ours, other), (other, ours)):
                with pytest.raises(REFUSED):
                    left - right  # type: ignore[operator]
                with pytest.raises(REFUSED):
                    left + right  # type: ignore[operator]
