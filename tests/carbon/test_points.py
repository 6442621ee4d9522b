import math
from datetime import date, timedelta
from decimal import Decimal

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
    assert [entry.sequence for entry in book.entries] == [0, 1, 2]


def test_a_behaviour_of_an_order_earns_once_however_periods_are_cut() -> None:
    book = PointsBook()
    book.award(act(period="2026-11-11"), rule())
    tomorrow = act(period="2026-11-12", done_on=DAY + timedelta(days=1))
    with pytest.raises(carbon.DuplicateAwardError, match="one act earns once, in whatever period, unless its rules"):
        book.award(tomorrow, rule())
    with pytest.raises(carbon.DuplicateAwardError):  # the first award was not of a rule that repeats
        book.award(tomorrow, rule(repeats=True))
    again = PointsBook()
    again.award(act(period="2026-11-11"), rule(repeats=True))
    again.award(tomorrow, rule(repeats=True))
    with pytest.raises(carbon.DuplicateAwardError):
        again.award(act(period="2026-11"), rule(repeats=True))
    assert again.statement().awards == 2


def per_carton(**change: object) -> PointsRule:
    of_orders = rule(**change)
    return of_orders.model_copy(update={"baseline": of_orders.baseline.model_copy(update={"unit": "carton"})})


def test_an_act_is_at_one_order_and_no_larger_than_its_rule() -> None:
    book = PointsBook()
    with pytest.raises(carbon.PointsError, match=r"amount of order 'A' is 1e\+06 order.* credits at most 1 an act"):
        book.award(act(amount=1e6), rule())
    with pytest.raises(carbon.QuantityError, match="max_amount of rule 'rule 1' is 3, and its baseline is per order"):
        rule(max_amount=3)
    for impossible in (0, -1, math.inf, math.nan):
        with pytest.raises(carbon.QuantityError, match="max_amount"):
            rule(max_amount=impossible)
    three = PointsRule.model_validate(per_carton().model_dump() | {"max_amount": 3})
    with pytest.raises(carbon.PointsError, match="amount of order 'A' is 4 carton"):
        book.award(act(amount=4), three)
    assert book.award(act(amount=3), three).points == 60


def test_amounts_beyond_the_world_are_a_clear_error() -> None:
    book = PointsBook()
    endless = PointsRule.model_validate(per_carton().model_dump() | {"max_amount": 1e308})
    for amount in (1e300, 1e308):
        with pytest.raises(carbon.QuantityError, match="more than the world emits"):
            book.award(act(amount=amount), endless)
    for per in (5e-324, 1e-15):
        with pytest.raises(carbon.QuantityError, match="makes more than 9007199254740992 points of 20 g"):
            book.award(act(), rule(gco2e_per_point=per))
    assert book.entries == ()


@given(st.floats(0, 1e6), st.floats(1e-3, 1e3))
def test_points_are_never_worth_more_than_the_conservative_figure(lower: float, per: float) -> None:
    emission = EmissionRange(lower_gco2e=lower, value_gco2e=1e6, upper_gco2e=1e6)
    given_rule = rule(gco2e_per_point=per)
    award = PointsBook().award(
        act(), given_rule.model_copy(update={"baseline": given_rule.baseline.model_copy(update={"emission": emission})})
    )
    grams, each = Decimal(repr(award.avoided.credited_gco2e)), Decimal(repr(per))
    assert award.points * each <= grams < (award.points + 1) * each


def test_a_hair_below_a_point_is_no_point() -> None:
    emission = EmissionRange(lower_gco2e=1 - 1e-12, value_gco2e=1, upper_gco2e=1)
    whole = rule()
    baseline = whole.baseline.model_copy(update={"emission": emission})
    assert PointsBook().award(act(), whole.model_copy(update={"baseline": baseline})).points == 0


def ride(behaviour: Behaviour, *emission: float, unit: str = "order") -> PointsRule:
    lower, value, upper = emission
    of = rule(behaviour)
    return of.model_copy(
        update={
            "baseline": of.baseline.model_copy(
                update={
                    "emission": EmissionRange(lower_gco2e=lower, value_gco2e=value, upper_gco2e=upper),
                    "unit": unit,
                }
            )
        }
    )


def emitting(lower: float, value: float, upper: float, **change: object) -> Act:
    return act(project=EmissionRange(lower_gco2e=lower, value_gco2e=value, upper_gco2e=upper), **change)


POOLED = emitting(8, 10, 12), ride(Behaviour.POOLED_ROUND, 28, 30, 32)
SLOWER = emitting(4, 5, 6), ride(Behaviour.SLOWER_SLOT, 8, 10, 12)


@pytest.mark.parametrize("order", [(POOLED, SLOWER), (SLOWER, POOLED)])
def test_one_ride_earns_twice_only_if_one_baseline_starts_where_the_other_ended(
    order: tuple[tuple[Act, PointsRule], ...],
) -> None:
    book = PointsBook()
    awards = [book.award(*each) for each in order]
    both = carbon.total_avoided(award.avoided for award in awards)
    whole = carbon.avoided(POOLED[1].baseline, SLOWER[0].project, 1, DAY)
    assert both.value_gco2e == whole.value_gco2e == 25
    assert both.credited_gco2e <= whole.credited_gco2e


@pytest.mark.parametrize(
    "slower",
    [
        (SLOWER[0], ride(Behaviour.SLOWER_SLOT, 28, 30, 32)),  # both from the unpooled ride
        (SLOWER[0], ride(Behaviour.SLOWER_SLOT, 8, 10, 12.5)),
        (SLOWER[0], ride(Behaviour.SLOWER_SLOT, 8, 10, 12, unit="km")),
        (emitting(4, 5, 6, amount=0.5), SLOWER[1]),
    ],
)
def test_one_ride_is_not_credited_twice(slower: tuple[Act, PointsRule]) -> None:
    for first, second in ((POOLED, slower), (slower, POOLED)):
        book = PointsBook()
        book.award(*first)
        with pytest.raises(carbon.DuplicateAwardError, match="the ride of order 'A' was credited for"):
            book.award(*second)
        book.revoke("A", first[1].baseline.behaviour, "2026-11", on=DAY, reason="not done")
        assert book.award(*second).points > 0  # nothing else stands for this ride


def test_a_worse_pooled_round_leaves_nothing_to_win_back() -> None:
    book = PointsBook()
    book.award(emitting(48, 50, 52), POOLED[1])  # 20 g more than alone
    with pytest.raises(carbon.DuplicateAwardError):
        book.award(emitting(4, 5, 6), ride(Behaviour.SLOWER_SLOT, 48, 50, 52))


def test_a_book_counts_one_gas() -> None:
    def of_gas(gas: str, order_id: str) -> tuple[Act, PointsRule]:
        of = rule()
        emission = EmissionRange.model_validate(of.baseline.emission.model_dump() | {"gas": gas})
        return (
            act(order_id, project=EmissionRange.model_validate(NOTHING.model_dump() | {"gas": gas})),
            of.model_copy(update={"baseline": of.baseline.model_copy(update={"emission": emission})}),
        )

    book = PointsBook()
    with pytest.raises(carbon.MixedGasError, match=r"gas of baseline .* is CO2 and that of the project CO2e"):
        book.award(act(), of_gas("CO2", "A")[1])
    book.award(*of_gas("CO2", "A"))
    with pytest.raises(carbon.MixedGasError, match="is CO2e, and this book counts CO2; keep a book for each"):
        book.award(*of_gas("CO2e", "B"))
    assert book.statement().avoided.counts == "CO2"


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


def filled(orders: int = 4) -> PointsBook:
    """A book with something of every kind about each of its orders."""
    book = PointsBook()
    for name in (f"o{number}" for number in range(orders)):
        book.award(act(name), rule())
        book.award(box(name, f"{name}/1"), rule(REUSE))
        book.award(act(name), rule(Behaviour.POOLED_ROUND))
    for name in (f"o{number}" for number in range(orders)):
        book.box_returned(f"{name}/1", DAY)
        book.revoke(name, Behaviour.NO_CUTLERY, "2026-11", on=DAY, reason="cutlery was packed after all")
    return book


def about(book: PointsBook, name: str) -> list[object]:
    """The first entry, and all about an order."""
    awards = {each.sequence: each.act for each in book.entries if isinstance(each, carbon.Award)}
    return [
        each
        for each in book.entries
        if each.sequence == 0
        or (awards[each.sequence].order_id if each.sequence in awards else getattr(each, "order_id", None)) == name
        or getattr(each, "loop_id", None) == f"{name}/1"
    ]


@pytest.mark.parametrize(
    ("what", "behaviour"),
    [
        (act("o2"), Behaviour.NO_CUTLERY),
        (box("o2", "o2/1"), REUSE),
        (box("o2", "o2/2"), REUSE),
        (act("o2"), Behaviour.POOLED_ROUND),
        (act("o2"), Behaviour.SLOWER_SLOT),
    ],
)
def test_an_excerpt_refuses_what_the_whole_book_does_in_the_same_words(what: Act, behaviour: Behaviour) -> None:
    whole = filled()
    excerpt = PointsBook.excerpt(about(whole, "o2"), len(whole.entries))  # type: ignore[arg-type]
    with pytest.raises(carbon.DuplicateAwardError) as by_whole:
        whole.award(what, rule(behaviour))
    with pytest.raises(carbon.DuplicateAwardError) as by_excerpt:
        excerpt.award(what, rule(behaviour))
    assert str(by_excerpt.value) == str(by_whole.value)


def test_an_excerpt_enters_what_the_whole_book_would() -> None:
    whole = filled()
    excerpt = PointsBook.excerpt(about(whole, "o2"), len(whole.entries))  # type: ignore[arg-type]
    pooled = Behaviour.POOLED_ROUND
    assert excerpt.award(act("new"), rule()) == whole.award(act("new"), rule())
    assert excerpt.revoke("o2", pooled, "2026-11", on=DAY, reason="x") == whole.revoke(
        "o2", pooled, "2026-11", on=DAY, reason="x"
    )
    assert PointsBook.replay(whole.entries).entries == whole.entries


def test_an_excerpt_out_of_order_is_none() -> None:
    first, second, *_ = filled().entries
    with pytest.raises(carbon.PointsError, match="entry 0 stands where one from 2 to before 9 must"):
        PointsBook.excerpt([second, first], 9)
    with pytest.raises(carbon.PointsError, match="entry 1 stands where"):
        PointsBook.excerpt([first, second], 1)
