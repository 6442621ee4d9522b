import json
import random
from datetime import date
from pathlib import Path

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

import carbon
from carbon import Factor, Ledger, Registry
from tests.carbon.ledger.books import footprint_draft
from tests.carbon.test_footprint import account, round_of, rounds

OTHER_GRID = Factor(
    key="electricity_generation_intensity", name="grid", value=0.31, unit="kgCO2e/kWh", gas="CO2e", region="CL",
    year=2027, source="own", address="own", licence="own",
)  # fmt: skip


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "book.jsonl", durable=False)


def other_edition() -> Registry:
    return carbon.bundled_registry().joined(Registry([OTHER_GRID]))


def test_an_entry_holds_the_report_as_it_is(ledger: Ledger) -> None:
    rounds_ = [round_of("R1", ("A", 1.234, 987.6), ("B", 2.0, 10.0))]
    packaging = {"A": carbon.STANDARD_PACKAGING["carton"], "Z": carbon.STANDARD_PACKAGING["carton"]}
    (entry,) = ledger.append_all([carbon.footprint_draft(rounds_, packaging)])
    report = carbon.footprint(rounds_, packaging)
    (stored,) = ledger.entries()
    assert stored == entry
    assert rfc8785.dumps(stored.record["figures"]) == rfc8785.dumps(report.model_dump(mode="json"))
    assert carbon.Report.model_validate(stored.record["figures"]) == report
    assert stored.record["edition"] == carbon.edition_of(carbon.bundled_registry())
    inputs = json.loads(stored.record_json)["inputs"]
    assert inputs["packaging_of"] == {"A": 0}
    assert len(inputs["packagings"]) == 1
    assert carbon.replay(stored).equal


@given(rounds, st.integers(0, 2**32))
def test_any_footprint_replays_byte_equal_from_its_line(
    drawn: list[tuple[float, str, str, list[tuple[float | None, float]]]], seed: int
) -> None:
    draw = random.Random(seed)
    # Less than a micrometre from the store, grams per tonne-kilometre overflow; no ledger takes that.
    made = [
        round_of(
            f"R{i}",
            *((f"O{i}-{j}", kg, m if m > 1e-6 else 0.0) for j, (kg, m) in enumerate(stops)),
            battery_wh=wh,
            region=region,
            vehicle_class=kind,
        )
        for i, (wh, region, kind, stops) in enumerate(drawn)
    ]
    orders = [stop.order_id for round_ in made for stop in round_.stops if draw.random() < 0.7]
    packaging = {order: draw.choice(list(carbon.STANDARD_PACKAGING.values())) for order in orders}
    draft = carbon.footprint_draft(made, packaging)
    line = draft.sealed(1, "0" * 64, "2026-05-01T12:00:00.000000Z").line
    done = carbon.replay(carbon.Entry.read(line))
    assert (done.equal, done.differences) == (True, ())
    assert b'"figures":%b,' % done.recomputed in line


def test_stores_and_contracts_are_inputs_too(ledger: Ledger) -> None:
    contract = carbon.Contract(
        instrument="half", region="CL", share=0.5, factor="electricity_generation_intensity", evidence="17",
        first_day=date(2026, 1, 1), last_day=date(2026, 12, 31),
    )  # fmt: skip
    rounds_ = [round_of("R1", ("A", 1.234, 987.6))]
    (entry,) = ledger.append_all([carbon.footprint_draft(rounds_, {}, hubs=[account()], contracts=[contract])])
    figures = carbon.Report.model_validate(entry.record["figures"])
    assert figures == carbon.footprint(rounds_, {}, hubs=[account()], contracts=[contract])
    assert figures.totals.hub_gco2e is not None
    assert figures.totals.market_gco2e is not None
    assert carbon.replay(carbon.Entry.read(entry.line)).equal


def test_a_random_sample_of_a_ledger_replays(ledger: Ledger) -> None:
    draw = random.Random(4)
    for batch in range(10):
        ledger.append_all(footprint_draft(draw.uniform(0, 500)) for _ in range(20))
        ledger.append("note", {"batch": batch})
    footprints = [entry for entry in Ledger(ledger.path).entries() if entry.kind == "footprint"]
    assert all(carbon.replay(entry).equal for entry in draw.sample(footprints, 50))
    assert carbon.verify_ledger(ledger.path).valid


def test_figures_that_do_not_come_out_say_where(ledger: Ledger) -> None:
    record = json.loads(footprint_draft().record)
    record["figures"]["totals"]["total_gco2e"] = 1.0
    record["figures"]["orders"][1]["share"] += 0.25
    del record["figures"]["rounds"][0]["gco2e"]
    record["figures"]["findings"] = ["none"]
    record["software"] = "0.0.1"
    done = carbon.replay(ledger.append("footprint", record))
    assert not done.equal
    assert [difference.split(" ")[0] for difference in done.differences] == [
        "$.findings", "$.orders[1].share", "$.rounds[0].gco2e", "$.totals.total_gco2e",
    ]  # fmt: skip
    assert "only in what is computed now" in done.differences[2]
    assert done.differences[3].startswith("$.totals.total_gco2e is 1 in the entry, and ")
    assert done.software[0] == "0.0.1"


def test_an_edition_is_the_factors_and_nothing_else() -> None:
    factors = list(carbon.bundled_registry())
    edition = carbon.edition_of(Registry(factors))
    assert carbon.edition_of(Registry(reversed(factors))) == edition
    assert len(edition) == 64
    for changed in (
        factors[1:],
        [*factors, OTHER_GRID],
        [factors[0].model_copy(update={"value": factors[0].value + 1e-12}), *factors[1:]],
        [factors[0].model_copy(update={"source": "hearsay"}), *factors[1:]],
    ):
        assert carbon.edition_of(Registry(changed)) != edition


def test_another_edition_is_refused_and_a_restatement_shows_both(ledger: Ledger) -> None:
    (old,) = ledger.append_all([footprint_draft()])
    registry = other_edition()
    with pytest.raises(carbon.EditionError, match=r"edition of entry 1 is .* or restate it"):
        carbon.replay(old, registry)
    with pytest.raises(carbon.EditionError, match="restate it"):
        carbon.replay(old, Registry([]))  # no factors at all are not the bundled ones
    with pytest.raises(carbon.EditionError, match="nothing to restate"):
        carbon.restate(ledger, 1)
    new = carbon.restate(ledger, 1, registry)
    assert (new.kind, new.number, new.corrects) == ("restatement", 3, 1)
    record = json.loads(new.record_json)
    assert record["before"] == {"edition": old.record["edition"], "figures": old.record["figures"]}
    assert record["edition"] == carbon.edition_of(registry)
    before, after = (
        figures["totals"]["transport_gco2e"] for figures in (record["before"]["figures"], record["figures"])
    )
    assert after / before == pytest.approx(0.31 / 0.291113, rel=1e-12)
    assert carbon.replay(new, registry).equal
    assert carbon.replay(ledger.entry(1)).equal  # the old figure stays, and stays right under its own factors
    assert [entry.kind for entry in ledger.current()] == ["edition", "restatement"]
    with pytest.raises(carbon.CorrectionError, match="entry 3 corrects already"):
        carbon.restate(ledger, 1, registry)
    again = carbon.restate(ledger, 3)
    assert [entry.number for entry in ledger.history(1)] == [1, 3, 5]
    assert again.record["figures"] == old.record["figures"]
    assert carbon.verify_ledger(ledger.path).valid


def test_a_footprint_of_better_inputs_takes_the_place_of_another(ledger: Ledger) -> None:
    ledger.append_all([footprint_draft()])
    better = carbon.footprint_draft([round_of("R1", ("A", 2.0, 987.6))], {}, corrects=1)
    (entry,) = ledger.append_all([better])
    assert list(ledger.current()) == [entry]
    assert carbon.replay(entry).equal


def test_what_cannot_be_replayed(ledger: Ledger) -> None:
    good = json.loads(footprint_draft().record)
    with pytest.raises(carbon.LedgerError, match="is a 'note' and holds no footprint"):
        carbon.replay(ledger.append("note", good))
    for field, value, why in (
        ("inputs", {}, r"inputs\.rounds: "),
        ("inputs", good["inputs"] | {"packaging_of": {"A": 9}}, "packaging_of"),
        ("inputs", good["inputs"] | {"weather": "rain"}, r"inputs\.weather: .*with the version of Swiftleaf that"),
        ("figures", [], "figures: "),
    ):
        with pytest.raises(carbon.LedgerError, match=why):
            carbon.replay(ledger.append("footprint", good | {field: value}))
    with pytest.raises(carbon.LedgerError, match="number is 99"):
        carbon.restate(ledger, 99, other_edition())


def test_a_footprint_over_nothing_replays(ledger: Ledger) -> None:
    (entry,) = ledger.append_all([carbon.footprint_draft([], {})])
    assert entry.record["figures"]["totals"]["gco2e_per_order"] is None  # type: ignore[index,call-overload]
    assert carbon.replay(entry).equal


def test_a_figure_that_is_no_number_never_gets_in() -> None:
    with pytest.raises(carbon.CarbonError):
        carbon.footprint_draft([round_of("R1", ("A", 1e308, 1e308), started_on=date(2026, 1, 1))], {})
