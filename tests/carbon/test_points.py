from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

import carbon
from carbon import Act, Baseline, Behaviour, Consumer, EmissionRange, PointsBook, PointsRule

DAY = date(2026, 11, 11)
WHO = Consumer(pseudonym="5f" * 16, consented_on=date(2026, 1, 1))
REUSE = Behaviour.REUSABLE_BOX_RETURNED
NOTHING = EmissionRange(lower_gco2e=0, value_gco2e=0, upper_gco2e=0)


def rule(behaviour: Behaviour = Behaviour.NO_CUTLERY, **change: object) -> PointsRule:
    baseline = Baseline(
        version=f"{behaviour} 2026",
        behaviour=behaviour,
        unit="order",
        emission=EmissionRange(lower_gco2e=20, value_gco2e=30, upper_gco2e=40),
        valid_from=date(2026, 1, 1),
        valid_to=date(2026, 12, 31),
        source="own measurement",
        address="file 17",
    )
    return PointsRule.model_validate(
        {
            "version": "rule 1",
            "baseline": baseline,
            "gco2e_per_point": 1.0,
            "issuer": "Shop",
            "registry": "City registry",
            "required_by_law": False,
            "is_default": False,
        }
        | change
    )


def act(order_id: str = "A", **change: object) -> Act:
    return Act.model_validate(
        {"order_id": order_id, "period": "2026-11", "done_on": DAY, "amount": 1.0, "project": NOTHING} | change
    )


def box(order_id: str = "A", turn: str = "box-17/3", **change: object) -> Act:
    return act(order_id, **({"loop_id": turn, "return_due_on": DAY + timedelta(days=7)} | change))


@pytest.mark.parametrize("behaviour", [each for each in Behaviour if each is not REUSE])
def test_points_are_whole_and_of_the_conservative_figure(behaviour: Behaviour) -> None:
    project = EmissionRange(lower_gco2e=1, value_gco2e=3, upper_gco2e=4.5)
    award = PointsBook().award(act(project=project, consumer=WHO), rule(behaviour))
    assert (award.avoided.value_gco2e, award.avoided.lower_gco2e, award.points) == (27, 15.5, 15)


def test_a_worse_behaviour_is_entered_with_its_loss_and_no_points() -> None:
    book = PointsBook()
    worse = EmissionRange(lower_gco2e=50, value_gco2e=60, upper_gco2e=70)
    assert book.award(act(project=worse), rule()).points == 0
    said = book.statement()
    assert (said.awards, said.points, said.credited_gco2e, said.avoided.value_gco2e) == (1, 0, 0, -30)


@pytest.mark.parametrize(("grams", "per", "points"), [(20.0, 0.1, 200), (20.0, 3.0, 6), (20.0, 100.0, 0)])
def test_no_whole_point_is_lost_to_rounding(grams: float, per: float, points: int) -> None:
    assert grams == rule().baseline.emission.lower_gco2e
    assert PointsBook().award(act(), rule(gco2e_per_point=per)).points == points


def test_an_act_earns_once() -> None:
    book = PointsBook()
    book.award(act(), rule())
    with pytest.raises(carbon.DuplicateAwardError, match=r"'A' was credited for no_cutlery in period '2026-11'"):
        book.award(act(), rule())
    with pytest.raises(carbon.DuplicateAwardError, match="by Shop in City registry"):
        book.award(act(), rule(issuer="Another shop", registry="Another registry"))
    for period in ("2026", "2026-11-11"):  # the same day by a longer and a shorter name
        with pytest.raises(carbon.DuplicateAwardError):
            book.award(act(period=period), rule())
    book.award(act(), rule(Behaviour.SLOWER_SLOT))
    book.award(act("B"), rule())
    book.award(act(period="2026-12", done_on=date(2026, 12, 1)), rule())
    assert [entry.sequence for entry in book.entries] == [0, 1, 2, 3]


def test_a_revoked_award_cannot_be_given_again() -> None:
    book = PointsBook()
    book.award(act(), rule())
    book.revoke("A", Behaviour.NO_CUTLERY, "2026-11", on=DAY, reason="cutlery was packed")
    with pytest.raises(carbon.DuplicateAwardError):
        book.award(act(), rule())


def test_a_turn_of_a_box_earns_once() -> None:
    book = PointsBook()
    book.award(box("A"), rule(REUSE))
    with pytest.raises(carbon.DuplicateAwardError, match="'box-17/3' was credited already"):
        book.award(box("B"), rule(REUSE))
    book.award(box("B", "box-17/4"), rule(REUSE))


def test_points_for_a_box_that_does_not_come_back_are_revoked() -> None:
    book = PointsBook()
    for order_id, turn in (("kept", "1/1"), ("late", "2/1"), ("back", "3/1")):
        book.award(box(order_id, turn), rule(REUSE))
    book.award(act("other"), rule())
    due = DAY + timedelta(days=7)
    book.box_returned("3/1", due)
    book.box_returned("2/1", due + timedelta(days=1))
    assert book.revoke_overdue(due) == ()  # the last day is still in time
    revoked = book.revoke_overdue(due + timedelta(days=1))
    assert [entry.order_id for entry in revoked] == ["kept", "late"]
    assert revoked[0].reason == f"box 1/1 was not back by {due}"
    assert book.revoke_overdue(due + timedelta(days=2)) == ()
    said = book.statement()
    assert (said.awards, said.revoked, said.points) == (2, 2, 40)
    assert len(book.entries) == 8  # four awards, two returns, two revocations; nothing removed


@pytest.mark.parametrize("field", ["required_by_law", "is_default"])
def test_law_and_default_earn_nothing(field: str) -> None:
    book = PointsBook()
    with pytest.raises(carbon.PointsError, match=f"{field} is true of rule 'rule 1'"):
        book.award(act(), rule(**{field: True}))
    assert book.entries == ()


def test_a_baseline_of_another_year_is_refused() -> None:
    book = PointsBook()
    with pytest.raises(carbon.BaselineError, match="2027-01-02"):
        book.award(act(period="2027-01", done_on=date(2027, 1, 2)), rule())
    assert book.entries == ()


def test_what_was_never_awarded_cannot_be_revoked_or_returned() -> None:
    book = PointsBook()
    with pytest.raises(carbon.PointsError, match="nothing was awarded for order 'A', no_cutlery, period '2026-11'"):
        book.revoke("A", Behaviour.NO_CUTLERY, "2026-11", on=DAY, reason="mistake")
    with pytest.raises(carbon.PointsError, match="'box-1/1', for which nothing was awarded"):
        book.box_returned("box-1/1", DAY)
    book.award(box(), rule(REUSE))
    with pytest.raises(carbon.PointsError, match="before the order"):
        book.box_returned("box-17/3", DAY - timedelta(days=1))
    book.box_returned("box-17/3", DAY)
    with pytest.raises(carbon.PointsError, match="came back on 2026-11-11 already"):
        book.box_returned("box-17/3", DAY)
    with pytest.raises(carbon.PointsError, match="before the act"):
        book.revoke("A", REUSE, "2026-11", on=DAY - timedelta(days=1), reason="mistake")
    book.revoke("A", REUSE, "2026-11", on=DAY, reason="mistake")
    with pytest.raises(carbon.PointsError, match="was revoked already"):
        book.revoke("A", REUSE, "2026-11", on=DAY, reason="mistake")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"period": "2026-12"}, "done_on is 2026-11-11, which is not in period '2026-12'"),
        ({"loop_id": "box-1/1"}, "give both for a reusable box"),
        ({"loop_id": "box-1/1", "return_due_on": date(2026, 11, 1)}, "return_due_on is 2026-11-01"),
        ({"consumer": Consumer(pseudonym="ab" * 16, consented_on=date(2026, 12, 1))}, "consented_on is 2026-12-01"),
    ],
)
def test_acts_that_do_not_fit_are_refused(change: dict[str, object], said: str) -> None:
    with pytest.raises(carbon.PointsError, match=said):
        act(**change)


def test_boxes_have_turns_and_nothing_else_has() -> None:
    with pytest.raises(carbon.PointsError, match="needs the turn of its box"):
        PointsBook().award(act(), rule(REUSE))
    with pytest.raises(carbon.PointsError, match="no other behaviour has one, and this is no_cutlery"):
        PointsBook().award(box(), rule())
    with pytest.raises(carbon.QuantityError, match="amount is -1"):
        act(amount=-1)
    with pytest.raises(carbon.QuantityError, match="gco2e_per_point of rule 'rule 1' is 0"):
        rule(gco2e_per_point=0)


@pytest.mark.parametrize("name", ["13800138000", "li.lei@example.org", "Li Lei", "5F" * 16, "ab" * 15])
def test_a_consumer_is_a_keyed_hash_and_no_name(name: str) -> None:
    with pytest.raises(ValidationError, match="pseudonym"):
        Consumer(pseudonym=name, consented_on=DAY)


def test_statements_by_period_and_consumer() -> None:
    book = PointsBook()
    book.award(act("A", consumer=WHO), rule())
    book.award(act("B", period="2026", done_on=date(2026, 1, 5)), rule())
    assert book.statement("2026").awards == 2
    assert book.statement("2026-11").awards == 1
    assert book.statement("2026-02").points == 0
    assert book.statement(pseudonym=WHO.pseudonym).awards == 1
    with pytest.raises(carbon.PointsError, match="period is '2026-1'"):
        book.statement("2026-1")


@given(st.data())
def test_a_book_replays_to_itself_through_json(data: st.DataObject) -> None:
    book = PointsBook()
    for i in range(data.draw(st.integers(0, 12))):
        behaviour = data.draw(st.sampled_from(Behaviour))
        emitted = EmissionRange(lower_gco2e=0, value_gco2e=data.draw(st.floats(0, 50)), upper_gco2e=60)
        make = box if behaviour is REUSE else act
        change = {"loop_id": f"box/{i}"} if behaviour is REUSE else {}
        book.award(
            make(str(i), project=emitted, **change), rule(behaviour, gco2e_per_point=data.draw(st.floats(1e-3, 9)))
        )
        if behaviour is REUSE and data.draw(st.booleans()):
            book.box_returned(f"box/{i}", DAY + timedelta(days=data.draw(st.integers(0, 9))))
        if data.draw(st.integers(0, 3)) == 0:
            book.revoke(str(i), behaviour, "2026-11", on=DAY, reason="test")
    book.revoke_overdue(DAY + timedelta(days=8))
    written = carbon.POINTS_ENTRIES.dump_json(book.entries)
    again = PointsBook.replay(carbon.POINTS_ENTRIES.validate_json(written))
    assert carbon.POINTS_ENTRIES.dump_json(again.entries) == written
    assert again.statement() == book.statement()


def test_entries_keep_in_the_ledger() -> None:
    book = PointsBook()
    book.award(box(consumer=WHO), rule(REUSE))
    book.box_returned("box-17/3", DAY)
    drafts = [carbon.Draft.of(f"points_{entry.kind}", entry.model_dump(mode="json")) for entry in book.entries]
    kept = carbon.POINTS_ENTRIES.validate_json(b"[" + b",".join(draft.record for draft in drafts) + b"]")
    assert PointsBook.replay(kept).entries == book.entries


def test_a_tampered_book_does_not_replay() -> None:
    book = PointsBook()
    first = book.award(act("A"), rule())
    second = book.award(act("B"), rule())
    for bad in (
        (first.model_copy(update={"points": 1000}), second),
        (second, first),
        (first, second.model_copy(update={"sequence": 5})),
    ):
        with pytest.raises(carbon.PointsError, match="is not what its inputs give"):
            PointsBook.replay(bad)
    with pytest.raises(carbon.DuplicateAwardError):
        PointsBook.replay((first, first))
