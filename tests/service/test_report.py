"""Which rounds of the database's plans a report counts, and the command's mistakes."""

import json
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, cast

import pytest
from click.testing import Result
from typer.testing import CliRunner

import dispatch
from carbon.reports import Missing, Period, Statement
from service import report as reports
from service.books import Books, read_books
from service.cli import ReportFormat, app
from service.db.database import Database
from service.db.plans import PlanRepository
from service.files import UsageError
from service.settings import Settings
from tests.service.documents import Json, straight

DAY = date(2026, 11, 20)


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SWIFTLEAF_DATA_DIR", str(tmp_path / "data"))


@pytest.fixture
def database() -> Iterator[Database]:
    opened = Database(Settings().database)
    opened.migrate()
    yield opened
    opened.close()


def store_plan(database: Database, document: Json) -> tuple[str, dispatch.Plan]:
    """Plan a request and keep both, as the server does; the plan's id, and the plan."""
    request = dispatch.read_request(json.dumps(document).encode())
    plan = dispatch.plan(request, engine="greedy")
    with database.transaction() as session:
        texts = {"plan": plan.model_dump_json(), "geojson": "{}", "carbon": "{}"}
        return PlanRepository(session).add(json.dumps(document), texts).id, plan


def shifted(days: int, **fields: Any) -> Json:
    """The example some days later; ids stay."""
    text = json.dumps(straight())
    for number in (21, 20):
        text = text.replace(f"2026-11-{number}", f"2026-11-{number + days:02d}")
    document: Json = json.loads(text) | fields
    return document


def said(first: date = DAY, last: date = DAY, store: str | None = None) -> Statement:
    return reports.stored(Settings(), [store or STORE], Period(first_day=first, last_day=last), Books())


def run(*arguments: str, code: int = 0) -> Result:
    result = CliRunner().invoke(app, ["report", *arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code == code, result.output
    return result


def store_of(document: Json) -> str:
    name: str = document["stores"][0]["id"]
    return name


STORE = store_of(straight())


def test_formats_are_those_of_the_command() -> None:
    assert {each.value for each in ReportFormat} == set(reports.FORMATS)


def test_a_stored_plan_is_reported_as_dispatch_accounts_for_it(database: Database) -> None:
    _, plan = store_plan(database, straight())
    made = said(store=STORE)
    request = dispatch.read_request(json.dumps(straight()).encode())
    wanted = dispatch.footprint(request, plan).totals
    assert wanted.orders == 3
    assert made.orders == 3
    assert made.table("totals").row("A + B: all of it")["value"] == pytest.approx(wanted.total_gco2e, rel=1e-12)
    assert made.previous_period is None
    assert f"store {STORE} for 3 orders" in str(made.table("exclusions").rows[-1]["what"])


def test_a_later_plan_supersedes_the_trips_whose_orders_it_plans_anew(database: Database) -> None:
    store_plan(database, straight())
    _, later = store_plan(database, straight(now=straight()["now"].replace("20:00", "20:01")))
    assert later.now > dispatch.read_request(json.dumps(straight()).encode()).now
    made = said(store=STORE)
    assert made.orders == 3
    words = [str(row["what"]) for row in made.table("exclusions").rows]
    assert any("that a later plan planned anew" in what for what in words)
    assert made.table("totals").row("Rounds")["value"] == len(later.trips)


def test_the_later_plan_is_the_one_of_the_later_moment_though_stored_first(database: Database) -> None:
    later_id, _ = store_plan(database, straight(now=straight()["now"].replace("20:00", "20:01")))
    store_plan(database, straight())
    plans, _, _ = reports._plans(Settings(), [STORE], Period(first_day=DAY, last_day=DAY))
    found = reports.ridden(plans, [STORE], Period(first_day=DAY, last_day=DAY), reports.Atlas())
    assert {round_.id.split("/")[0] for round_ in found.rounds} == {later_id}


def test_what_a_later_plan_does_not_plan_anew_is_not_lost(database: Database) -> None:
    _, plan = store_plan(database, straight())
    trip = max(plan.trips, key=lambda each: len(each.stops))
    assert len(trip.stops) > 1
    document = straight(now=straight()["now"].replace("20:00", "20:05"))
    document["orders"] = [order for order in document["orders"] if order["id"] == trip.stops[0].order_id]
    _, later = store_plan(database, document)
    assert later.summary.served == 1
    made = said(store=STORE)
    assert made.orders == plan.summary.served
    words = [str(row["what"]) for row in made.table("exclusions").rows]
    assert any(
        "1 stop that a later plan planned anew, and 0 rounds of nothing else; 1 round with others" in what
        for what in words
    )


def test_an_order_that_another_store_takes_over_counts_once(database: Database) -> None:
    store_plan(database, straight())
    moved = straight(now=straight()["now"].replace("20:00", "20:02"))
    moved["stores"] = [{**moved["stores"][0], "id": "b"}]
    for order in moved["orders"]:
        order["store_id"] = "b"
    for kind in ("riders", "drones"):
        for vehicle in moved[kind]:
            vehicle["store_id"] = "b"
    store_plan(database, moved)
    period = Period(first_day=DAY, last_day=DAY)
    assert reports.stored(Settings(), [STORE, "b"], period, Books()).orders == 3


def test_plans_of_other_days_and_stores_are_only_glanced_at(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    store_plan(database, straight())
    store_plan(database, straight(now=straight()["now"].replace("2026", "2027", 1)))
    read: list[bytes] = []
    real = dispatch.read_request
    monkeypatch.setattr(dispatch, "read_request", lambda text: read.append(text) or real(text))
    assert said(store=STORE).orders == 3
    assert len(read) == 1


def test_orders_under_way_stay_with_the_plan_that_sent_them(database: Database) -> None:
    first_id, plan = store_plan(database, straight())
    trip = plan.trips[0]
    away = [stop.order_id for stop in trip.stops]
    document = straight(now=straight()["now"].replace("20:00", "20:05"))
    for kind in ("riders", "drones"):
        for vehicle in document[kind]:
            if vehicle["id"] == trip.vehicle_id:
                vehicle |= {"on_board": away, "free_at": trip.return_at.isoformat()}
    store_plan(database, document)
    plans, _, _ = reports._plans(Settings(), [STORE], Period(first_day=DAY, last_day=DAY))
    found = reports.ridden(plans, [STORE], Period(first_day=DAY, last_day=DAY), reports.Atlas())
    kept = {stop.order_id for round_ in found.rounds for stop in round_.stops}
    assert {f"{first_id}/{name}" for name in away} <= kept
    assert len(kept) == 3


def test_the_same_id_on_another_day_is_another_order(database: Database) -> None:
    store_plan(database, straight())
    store_plan(database, shifted(1))
    both = said(DAY, date(2026, 11, 21), STORE)
    assert both.orders == 6
    assert [row["part"] for row in both.table("days").rows] == ["2026-11-20", "2026-11-21"]
    second = said(date(2026, 11, 21), date(2026, 11, 21), STORE)
    assert second.orders == 3
    assert second.previous_period == Period(first_day=DAY, last_day=DAY)
    assert second.table("change").row("Orders")["change"] == 0


def test_days_are_those_of_the_stores_clock(database: Database) -> None:
    text = json.dumps(straight()).replace("-03:00", "+14:00")
    _, plan = store_plan(database, json.loads(text))
    assert plan.trips[0].depart_at.isoformat().endswith("+14:00")
    assert said(store=STORE).orders == 3  # in UTC it would be the morning of that day


def test_plans_that_cannot_be_read_or_measured_are_named(database: Database) -> None:
    store_plan(database, straight())
    with database.transaction() as session:
        bad_id = PlanRepository(session).add("{}", {"plan": "{}", "geojson": "{}", "carbon": "{}"}).id
    document = shifted(0, travel={"kind": "map", "name": "gone"})
    for order in document["orders"]:
        order["id"] += "-other"
    plan = dispatch.plan(dispatch.read_request(json.dumps(document | {"travel": {"kind": "straight"}}).encode()))
    with database.transaction() as session:
        answer = {"plan": plan.model_dump_json(), "geojson": "{}", "carbon": "{}"}
        lost_id = PlanRepository(session).add(json.dumps(document), answer).id
    made = said(store=STORE)
    assert made.orders == 3
    words = " ".join(str(row["what"]) for row in made.table("exclusions").rows)
    assert f"plan {bad_id}, which this version of Swiftleaf cannot read" in words
    assert f"plan {lost_id}, which cannot be measured" in words


def test_a_plan_that_is_not_of_its_request_is_named(database: Database) -> None:
    _, plan = store_plan(database, straight())
    document = straight(orders=[])
    with database.transaction() as session:
        answer = {"plan": plan.model_dump_json(), "geojson": "{}", "carbon": "{}"}
        bad_id = PlanRepository(session).add(json.dumps(document), answer).id
    made = said(store=STORE)
    assert made.orders == 3
    words = [str(row["what"]) for row in made.table("exclusions").rows]
    assert f"plan {bad_id}, which names orders or vehicles that its request does not have" in words


def test_a_period_without_orders_is_a_report_that_says_so(database: Database) -> None:
    store_plan(database, straight())
    run("--store", STORE, "--from", "2025-01-01", "--to", "2025-01-31", "--format", "json", "--out", "r.json")
    made = Statement.model_validate_json(Path("r.json").read_bytes())
    assert made.orders == 0
    assert made.stores == (STORE,)
    assert isinstance(made.table("totals").row("A + B: all of it")["value"], Missing)


def test_several_stores_in_one_report(database: Database) -> None:
    store_plan(database, straight())
    north = json.loads(json.dumps(straight()).replace(json.dumps(STORE), '"north"').replace("order-", "north-"))
    store_plan(database, north)
    arguments = ("--store", STORE, "--store", "north", "--from", "2026-11-20", "--to", "2026-11-20")
    run(*arguments, "--format", "json", "--out", "r.json")
    made = Statement.model_validate_json(Path("r.json").read_bytes())
    assert made.stores == (STORE, "north")
    assert [row["orders"] for row in made.table("stores").rows] == [3, 3]


DAYS = ("--from", "2026-11-20", "--to", "2026-11-20")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--store", "mars", *DAYS), ("mars", STORE)),
        (("--store", STORE, "--from", "2026-11-21", "--to", "2026-11-20"), ("first_day", "swap the two")),
        (("--store", STORE, "--from", "2025-01-01", "--to", "2026-11-20"), ("at most a year",)),
        (("--store", STORE), ("--from", "--sample")),
        (DAYS, ("--store",)),
        (("--sample", "--store", STORE), ("--sample", "leave")),
        (("--store", STORE, "--from", "20.11.2026", "--to", "2026-11-20"), ("20.11.2026", "%Y-%m-%d")),
    ],
)
def test_mistakes_are_said_and_nothing_is_written(
    database: Database, arguments: tuple[str, ...], words: tuple[str, ...]
) -> None:
    store_plan(database, straight())
    result = run(*arguments, "--format", "csv", "--out", "r.csv", code=2)
    for word in words:
        assert word in result.stderr
    assert not Path("r.csv").exists()


def test_unknown_formats_and_places_that_cannot_be_written() -> None:
    assert "'docx' is not one of" in run("--sample", "--format", "docx", "--out", "r", code=2).stderr
    Path("folder").mkdir()
    assert "is a folder" in run("--sample", "--format", "csv", "--out", "folder", code=2).stderr
    assert "cannot be written" in run("--sample", "--format", "csv", "--out", "no/r.csv", code=2).stderr


def test_an_empty_database_holds_no_store() -> None:
    result = run("--store", "S", *DAYS, "--format", "csv", "--out", "r.csv", code=2)
    assert "it holds no plan that is done" in result.stderr


def test_without_typst_the_way_out_is_said(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    store_plan(database, straight())
    monkeypatch.setitem(sys.modules, "typst", None)
    result = run("--store", STORE, *DAYS, "--format", "pdf", "--out", "r.pdf", code=2)
    assert "swiftleaf[pdf]" in result.stderr
    assert not Path("r.pdf").exists()


def test_damaged_databases_are_named(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "swiftleaf.db").write_bytes(b"no database at all" * 100)
    result = run("--store", "S", *DAYS, "--format", "csv", "--out", "r.csv", code=2)
    assert "SWIFTLEAF_DATA_DIR" in result.stderr


OWN_FACTORS = (
    "key,name,value,lower,upper,unit,gas,gwp,region,year,edition,source,address,licence\n"
    "electricity_generation_intensity,our grid,0.1,0.05,0.2,kgCO2e/kWh,CO2e,AR6,CL,2026,,us,our desk,own\n"
)
ACCOUNTS = {
    "hubs": [
        {
            "store_id": "store",
            "region": "CL",
            "first_day": "2026-01-01",
            "last_day": "2026-12-31",
            "left_kg": {"ambient": 100_000, "chilled": 50_000},
            "own": {"chilled": {"grid_kwh": 9_000, "refrigerants_kg": {"gwp100_ar6_r_404a": 0.06}}},
            "shared": {"grid_kwh": 6_000},
        }
    ],
    "verification": {"by": "A. Auditor", "on": "2026-12-01", "statement": "looked at all of it, limited assurance"},
}


def test_own_factors_and_accounts_are_in_the_report(tmp_path: Path) -> None:
    factors, accounts = tmp_path / "own.csv", tmp_path / "accounts.json"
    factors.write_text(OWN_FACTORS)
    accounts.write_text(json.dumps(ACCOUNTS))
    plain, own = (
        reports.make(str(tmp_path / f"{n}.json"), "json", sample=True, books=books)
        for n, books in enumerate((Books(), read_books(factors, str(accounts))))
    )

    def figure(said: Statement, name: str) -> object:
        return said.table("totals").row(name)["value"]

    ratio = cast("float", figure(own, "A: transport")) / cast("float", figure(plain, "A: transport"))
    assert ratio == pytest.approx(0.1 / 0.291113, rel=1e-9)
    assert cast("float", figure(own, "A: handling in stores")) > 0
    assert plain.edition != own.edition
    rules = {rule.id: rule.status for rule in own.checklist}
    assert [rules[name] for name in ("R9", "R14")] == ["fulfilled"] * 2


def test_accounts_that_are_none_are_refused_by_their_path(tmp_path: Path) -> None:
    accounts = tmp_path / "accounts.json"
    accounts.write_text(json.dumps({"hubs": [{"store_id": "S"}], "hub": 1}))
    with pytest.raises(UsageError) as caught:
        read_books(None, str(accounts))
    assert any("$.hubs.0.region" in line for line in caught.value.lines)
    assert any("$.hub:" in line for line in caught.value.lines)
    (tmp_path / "own.csv").write_text("key,value\n")
    with pytest.raises(UsageError, match="no column"):
        read_books(tmp_path / "own.csv", None)
