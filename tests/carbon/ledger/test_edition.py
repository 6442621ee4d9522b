"""The factors in the ledger: kept once, found again, the same in precedence, and never taken for others."""

import json
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import carbon
from carbon import Draft, Factor, Ledger, Registry
from tests.carbon.ledger.books import few_factors, footprint_draft
from tests.carbon.test_footprint import round_of

UNRELATED = Factor(
    key="unrelated", name="unrelated", value=1.0, unit="kgCO2e/kWh", gas="CO2e", region="XX", year=2025, source="own",
    address="own", licence="own",
)  # fmt: skip


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "book.jsonl", durable=False)


def grid(value: float, year: int) -> Factor:
    return Factor(
        key="electricity_generation_intensity", name="grid", value=value, unit="kgCO2e/kWh", gas="CO2e", region="CL",
        year=year, source="own", address="own", licence="own",
    )  # fmt: skip


def kinds(ledger: Ledger) -> list[str]:
    return [entry.kind for entry in ledger.entries()]


def editions(ledger: Ledger) -> Iterator[carbon.Entry]:
    return ledger.entries(kind="edition")


def test_an_edition_stands_once_before_the_first_footprint_by_it(ledger: Ledger) -> None:
    few = few_factors()
    other = few.joined(Registry([UNRELATED]))
    assert carbon.record_footprints(ledger, [], few) == ()
    assert not ledger.path.exists()
    first, second = carbon.record_footprints(ledger, [footprint_draft(1.0, few), footprint_draft(2.0, few)], few)
    assert (first.number, second.number) == (2, 3)
    shuffled = list(few)
    random.Random(1).shuffle(shuffled)
    for again in (ledger, Ledger(ledger.path, durable=False)):
        same = Registry(shuffled)
        assert [entry.kind for entry in carbon.record_footprints(again, [footprint_draft(3.0, same)], same)] == [
            "footprint"
        ]
    carbon.record_footprints(ledger, [footprint_draft(4.0, other)], other)
    carbon.record_footprints(ledger, [footprint_draft(5.0, few)], few)
    assert kinds(ledger) == ["edition", *["footprint"] * 4, "edition", "footprint", "footprint"]
    kept = carbon.kept_editions(ledger)
    assert {edition: entry.number for edition, entry in kept.items()} == {
        carbon.edition_of(few): 1,
        carbon.edition_of(other): 6,
    }
    assert sorted(factor.id for factor in carbon.registry_of(kept[carbon.edition_of(other)])) == sorted(
        factor.id for factor in other
    )
    assert carbon.verify_ledger(ledger.path).valid


def test_the_bundled_factors_come_back_as_they_are(ledger: Ledger) -> None:
    carbon.record_footprints(ledger, [footprint_draft()])
    (entry,) = editions(ledger)
    bundled = carbon.bundled_registry()
    assert {factor.id: factor for factor in carbon.registry_of(entry)} == {factor.id: factor for factor in bundled}


def test_a_figure_replays_from_the_ledger_alone_when_the_factors_have_changed(ledger: Ledger) -> None:
    bundled = carbon.bundled_registry()
    (old,) = carbon.record_footprints(ledger, [footprint_draft()])
    changed = bundled.joined(Registry([UNRELATED]))
    with pytest.raises(carbon.EditionError, match="give the factors it was made with"):
        carbon.replay(old, changed)
    stored = Ledger(ledger.path)
    kept = carbon.kept_editions(stored)
    for registry in (None, changed, Registry([])):
        assert carbon.replay(stored.entry(2), registry, editions=kept).equal
    new = carbon.restate(ledger, 2, changed)
    assert kinds(ledger) == ["edition", "footprint", "edition", "restatement"]
    back = carbon.restate(ledger, new.number)
    assert kinds(ledger)[4:] == ["restatement"]  # the edition of entry 1 is not written again
    kept = carbon.kept_editions(Ledger(ledger.path))
    assert all(carbon.replay(entry, Registry([]), editions=kept).equal for entry in (old, new, back))


@pytest.mark.parametrize("year", [2010, 2090])
def test_precedence_is_kept(ledger: Ledger, year: int) -> None:
    below, own, top = carbon.bundled_registry(), Registry([grid(0.31, year)]), Registry([grid(0.5, 2050), UNRELATED])
    joined = below.joined(own).joined(Registry([])).joined(top)
    rounds = [round_of("R1", ("A", 1.234, 987.6), region="CL")]
    (entry,) = carbon.record_footprints(ledger, [carbon.footprint_draft(rounds, {}, joined)], joined)
    kept = carbon.kept_editions(ledger)
    assert carbon.replay(entry, editions=kept).equal
    again = carbon.registry_of(kept[carbon.edition_of(joined)])
    assert again.electricity("CL") == joined.electricity("CL")
    assert again.get("unrelated") == UNRELATED


def test_the_same_factors_in_other_layers_are_another_edition() -> None:
    below, own = few_factors(), Registry([grid(0.31, 2010)])
    one, other = below.joined(own), own.joined(below)
    assert (one.electricity("CL").value, other.electricity("CL").value) == (0.31, below.electricity("CL").value)
    assert {factor.id for factor in one} == {factor.id for factor in other}
    assert carbon.edition_of(one) != carbon.edition_of(other)
    assert carbon.edition_of(below.joined(Registry([]))) == carbon.edition_of(below)


def test_footprints_by_other_factors_are_not_recorded(ledger: Ledger) -> None:
    few = few_factors()
    with pytest.raises(carbon.EditionError, match=r"drafts\[1\] is no footprint by the factors given"):
        carbon.record_footprints(ledger, [footprint_draft(1.0, few), footprint_draft(1.0)], few)
    with pytest.raises(carbon.EditionError, match=r"drafts\[0\]"):
        carbon.record_footprints(ledger, [Draft.of("note", {"edition": carbon.edition_of(few)})], few)
    assert not ledger.path.exists()


def test_factors_that_are_not_what_they_say_are_not_used(ledger: Ledger) -> None:
    few = few_factors()
    (good,) = carbon.record_footprints(ledger, [footprint_draft(1.0, few)], few)
    record = json.loads(next(editions(ledger)).record_json)
    dearer, unknown = json.loads(json.dumps(record)), json.loads(json.dumps(record))
    dearer["layers"][0][0]["value"] *= 1.5
    dearer["layers"][0][0].pop("upper", None)
    unknown["layers"][0][0]["weather"] = "rain"
    twice = record | {"layers": [record["layers"][0] * 2]}
    for content, why in (
        (dearer, "names edition .*, but its factors are .*; verify the ledger"),
        (unknown, "cannot be read: Extra inputs"),
        (twice, "cannot be read: .* is given twice"),
        (record | {"layers": []}, "cannot be read: "),
        (record | {"layers": 7}, "cannot be read: "),
        ({}, "cannot be read: Field required"),
    ):
        entry = ledger.append("edition", content)
        with pytest.raises(carbon.EditionError, match=f"entry {entry.number} .*{why}"):
            carbon.registry_of(entry)
        with pytest.raises(carbon.EditionError, match=f"entry {entry.number} "):
            carbon.replay(good, editions={carbon.edition_of(few): entry})
    with pytest.raises(carbon.EditionError, match="is a 'footprint' and holds no factors"):
        carbon.registry_of(good)
    assert carbon.replay(good, editions=carbon.kept_editions(ledger)).equal  # the first of an edition is the one


def test_who_records_at_the_same_time_keeps_one_edition(ledger: Ledger) -> None:
    few = few_factors()
    draft = footprint_draft(1.0, few)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: carbon.record_footprints(Ledger(ledger.path, durable=False), [draft], few), range(40)))
    assert kinds(ledger) == ["edition", *["footprint"] * 40]
    assert carbon.verify_ledger(ledger.path).valid


def test_what_is_appended_once(ledger: Ledger) -> None:
    once, other = Draft.of("note", {"a": 1}), Draft.of("note", {"a": 2})
    once = Draft(once.kind, once.record, once=True)
    assert [entry.number for entry in ledger.append_all([once, other, once])] == [1, 2]
    assert ledger.append_all([once]) == Ledger(ledger.path).append_all([once]) == ()
    assert [entry.number for entry in ledger.append_all([other, Draft("other", once.record, once=True)])] == [3, 4]
    with pytest.raises(carbon.LedgerError, match="corrections are always appended"):
        Draft("note", b"{}", 1, once=True)
    assert carbon.verify_ledger(ledger.path).entries == 4
