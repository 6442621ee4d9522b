import math
from datetime import date
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

import carbon
from carbon.reports import Missing, Period, Statement, Table, Verification, statement
from tests.carbon.reports.build import EMPTY, FIRST, NAMES, SECOND, report, round_of, rounds

PARTS = ("riders_and_drones", "stores", "zones", "days", "vehicle_classes")


def figure(said: Statement, table: str, name: str) -> float:
    value = said.table(table).row(name)["value"]
    assert isinstance(value, int | float), value
    return value


def column(table: Table, key: str) -> list[float]:
    return [float(cell) for row in table.rows if isinstance(cell := row[key], int | float)]


def reason(cell: object) -> str:
    assert isinstance(cell, Missing), cell
    return str(cell)


@pytest.mark.parametrize("hubs", [True, False])
def test_a_and_b_are_the_total_to_the_last_bit(hubs: bool) -> None:
    made = report(hubs=hubs)
    said = statement(made)
    a, b = figure(said, "totals", "A: transport and handling"), figure(said, "totals", "B: packaging")
    assert a + b == figure(said, "totals", "A + B: all of it") == made.totals.total_gco2e
    assert figure(said, "totals", "A: transport") == made.totals.transport_gco2e
    operation = figure(said, "totals", "A: transport, operation")
    assert operation + figure(said, "totals", "A: transport, energy provision") == made.totals.transport_gco2e


masses = st.one_of(st.none(), st.floats(0.01, 30))
trips = st.lists(
    st.tuples(
        st.lists(st.tuples(masses, st.floats(0, 9000)), min_size=1, max_size=5),
        st.sampled_from(["e_bike", "drone", "moped"]),
        st.sampled_from(NAMES),
        st.sampled_from([FIRST, SECOND]),
        st.floats(1e-6, 400),
    ),
    min_size=1,
    max_size=8,
)


@given(trips)
def test_every_way_to_cut_it_adds_up_to_the_whole(
    drawn: list[tuple[list[tuple[float | None, float]], str, str, date, float]],
) -> None:
    made = report(
        round_of(
            f"r{i}",
            *((f"o{i}.{k}", kg, m) for k, (kg, m) in enumerate(stops)),
            vehicle_class=vehicle,
            distance_type="GCD" if vehicle == "drone" else "SFD",
            store_id=store,
            started_on=day,
            battery_wh=wh,
        )
        for i, (stops, vehicle, store, day, wh) in enumerate(drawn)
    )
    said = statement(made)
    totals = made.totals
    for key in PARTS:
        table = said.table(key)
        assert sum(column(table, "orders")) == totals.orders
        for cells, whole in (
            ("transport", totals.transport_gco2e),
            ("handling", totals.hub_gco2e or 0.0),
            ("packaging", totals.packaging_gco2e),
            ("total", totals.total_gco2e),
        ):
            assert math.fsum(column(table, cells)) == pytest.approx(whole, rel=1e-9, abs=1e-9)
    contributors = said.table("contributors")
    assert math.fsum(column(contributors, "gco2e")) == pytest.approx(totals.total_gco2e, rel=1e-9, abs=1e-9)
    assert column(contributors, "gco2e") == sorted(column(contributors, "gco2e"), reverse=True)
    scopes = [cast("float", row["gco2e"]) for row in said.table("scopes").rows]
    assert math.fsum(scopes) == pytest.approx(totals.total_gco2e, rel=1e-9, abs=1e-9)


def test_over_no_orders_it_says_so_and_passes_no_zero_off() -> None:
    said = statement(EMPTY, period=Period(first_day=FIRST, last_day=SECOND), stores=["S9"])
    assert "no orders" in said.findings[0]
    assert said.stores == ("S9",)
    for row in (*said.table("totals").rows, *said.table("intensities").rows):
        if row["figure"] in {"Orders", "Rounds"}:
            assert row["value"] == 0
        else:
            assert "no orders" in reason(row["value"])
    (store,) = said.table("stores").rows
    assert (store["part"], store["orders"]) == ("S9", 0)
    assert reason(store["total"]) == "not computable because there are no orders"
    assert statement(EMPTY).period is None


def test_what_is_missing_has_a_reason() -> None:
    said = statement(report(hubs=False, contracts=False))
    totals = said.table("totals")
    assert "account" in reason(totals.row("A: handling in stores")["value"])
    assert "a contract for electricity covers 0 of 3 rounds" in reason(
        totals.row("A: transport, market-based")["value"]
    )
    assert "no packaging says" in reason(totals.row("B: packaging, end of life")["value"])
    assert "two types (GCD and SFD)" in reason(said.table("stores").row("S1")["activity"])
    assert "mass of 1 of its 2 orders is unknown" in reason(said.table("stores").row(NAMES[1])["activity"])
    assert said.table("change").rows == ()
    assert "no report of a period before" in said.table("change").note
    assert "no draws" in said.table("ranges").note


def test_the_market_based_column_is_in_no_total() -> None:
    made, bare = report(), report(contracts=False)
    said = statement(made)
    assert figure(said, "totals", "A + B: all of it") == figure(statement(bare), "totals", "A + B: all of it")
    assert figure(said, "totals", "A: transport, market-based") == made.totals.market_gco2e
    assert "cancellation 17" in said.table("market").note


def test_change_is_now_minus_before() -> None:
    before = report(rounds()[:1])
    after = report(rounds())
    said = statement(after, previous=before)
    row = said.table("change").row("A + B: all of it")
    assert row["change"] == after.totals.total_gco2e - before.totals.total_gco2e
    assert row["change_share"] == pytest.approx(after.totals.total_gco2e / before.totals.total_gco2e - 1)
    assert "period before does not have it" in reason(said.table("change").row("Activity on GCD")["change"])
    assert said.previous_period == Period(first_day=FIRST, last_day=FIRST)
    assert "than in the period before" in said.findings[-1]


def test_ranges_are_those_of_the_draws() -> None:
    made = report()
    drawn = carbon.uncertainty(made, draws=200)
    assert drawn.total is not None
    said = statement(made, ranges=drawn)
    row = said.table("ranges").row("A + B")
    assert (row["p5"], row["p50"], row["p95"]) == tuple(dict(drawn.total.total_gco2e).values())
    assert said.table("ranges").row(f"A + B of store {NAMES[1]}")["p50"] == drawn.stores[1].total_gco2e.p50
    assert f"{200} draws" in said.table("ranges").note
    nothing = statement(EMPTY, ranges=carbon.uncertainty(EMPTY, draws=10))
    assert "no orders" in reason(nothing.table("ranges").row("A + B")["p50"])


def test_what_was_not_drawn_has_no_range_but_the_reason() -> None:
    made = report()
    said = statement(made, ranges=carbon.uncertainty(made, draws=200))
    row = said.table("ranges").row("B: packaging")
    assert reason(row["p5"]) == reason(row["p95"])
    assert "not drawn: no factor has a published range" in reason(row["p5"])
    assert row["p50"] == pytest.approx(made.totals.packaging_gco2e, rel=1e-12)
    assert isinstance(said.table("ranges").row("A + B")["p5"], float)
    assert (
        "Of A + B only A: transport" in said.table("ranges").note or "Of A + B only A was" in said.table("ranges").note
    )
    nothing = carbon.uncertainty(made.model_copy(update={"factors": tuple(
        factor.model_copy(update={"lower": None, "upper": None}) for factor in made.factors
    )}), draws=50)  # fmt: skip
    bare = statement(made, ranges=nothing).table("ranges")
    assert "not drawn" in reason(bare.row("A + B")["p5"])
    assert "Of A + B" not in bare.note


def test_factors_are_whole_and_the_edition_is_named() -> None:
    made = report()
    said = statement(made, edition="e1")
    rows = said.table("factors").rows
    assert [(row["factor"], row["value"], row["source"]) for row in rows] == [
        (factor.id, factor.value, factor.source) for factor in made.factors
    ]
    assert "e1" in said.table("factors").note
    assert said.table("method").row("Edition of the factors")["text"] == "e1"


def test_exclusions_and_verification_are_carried() -> None:
    seal = Verification(by="Auditor", on=SECOND, statement="limited assurance")
    said = statement(report(), exclusions=["one plan"], verification=seal)
    assert said.table("exclusions").rows[-1] == {"what": "one plan"}
    assert said.verification == seal
    assert statement(report()).verification is None


def test_it_survives_json() -> None:
    made = report()
    said = statement(made, previous=report(rounds()[:2]), ranges=carbon.uncertainty(made, draws=50), edition="e1")
    assert Statement.model_validate_json(said.model_dump_json()) == said


def test_every_row_fills_its_columns() -> None:
    for said in (statement(report()), statement(EMPTY), statement(report(hubs=False))):
        assert len({table.key for table in said.tables}) == len(said.tables)
        for table in said.tables:
            for row in table.rows:
                assert set(row) == {column.key for column in table.columns}, table.key


def test_periods_that_cannot_be() -> None:
    with pytest.raises(carbon.QuantityError, match="at least a day"):
        Period(first_day=SECOND, last_day=FIRST)
    with pytest.raises(carbon.QuantityError, match="at most a year"):
        Period(first_day=date(2025, 1, 1), last_day=date(2026, 1, 2))
    assert Period(first_day=date(2024, 1, 1), last_day=date(2024, 12, 31)).days == 366
    assert Period(first_day=FIRST, last_day=SECOND).before == Period(
        first_day=date(2026, 4, 29), last_day=date(2026, 4, 30)
    )
    with pytest.raises(carbon.QuantityError, match="begin later"):
        _ = Period(first_day=date.min, last_day=date.min).before
    with pytest.raises(carbon.QuantityError, match="'r3' is 2026-05-02, outside"):
        statement(report(), period=Period(first_day=FIRST, last_day=FIRST))


def test_an_order_without_its_round_is_refused() -> None:
    made = report()
    with pytest.raises(carbon.AllocationError, match="'r1', which is no round"):
        statement(made.model_copy(update={"rounds": made.rounds[1:]}))


def test_unknown_tables_and_rows_are_named() -> None:
    said = statement(report())
    with pytest.raises(KeyError, match="there are totals"):
        said.table("nope")
    with pytest.raises(KeyError, match="no row 'nope'"):
        said.table("totals").row("nope")
