"""What a live fleet rode comes into the ledger: every trip once, and so that it can be made again."""

import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

import carbon
from service import bookhouse, booking
from service.booking import Booking
from service.books import Books
from service.db.database import Database
from service.db.fleets import FleetRepository
from service.db.models import EventRow
from service.files import UsageError
from service.settings import Settings
from tests.carbon.test_footprint import round_of
from tests.service.live.fleet import SETUP
from tests.service.live.test_ridden import DAY, NOON, A, B, Day, committed
from tests.service.test_cli import run

TODAY, TOMORROW = DAY.first_day, DAY.first_day + timedelta(days=1)
MINUTES = 24 * 60.0
ID_NAMES = {"live:fleet/r/1", "live:fleet/s/1"}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Where the database would be, if it were the server's own, and the ledger is."""
    return Settings(data_dir=tmp_path)


@pytest.fixture
def day(database: Database) -> Day:
    return Day(database)


def ride(day: Day, vehicle: str, order_id: str, minute: float = 0, store: str = "north") -> None:
    """A trip of a rider of a store with one order, from the door and back."""
    day.tell("tick", minute)
    if minute == 0:
        day.rider(vehicle, store_id=store)
    soon = (NOON + timedelta(minutes=minute + 9)).isoformat()
    trip = committed(day.order(order_id, A, minute, store_id=store, promised_at=soon))
    day.tell("trip_left", minute + 1, trip_id=trip.id)
    day.tell("stop_done", minute + 6, trip_id=trip.id, order_id=order_id)
    day.tell("trip_returned", minute + 11, trip_id=trip.id)


def book(day: Day, settings: Settings, **asked: Any) -> list[Booking]:
    """What ``bookhouse.book`` comes to on this database."""
    url = day.database._engine.url.render_as_string(hide_password=False)
    said = settings.model_copy(update={"database_url": url})
    named = {"store": None, "first_day": None, "last_day": None, "books": Books()} | asked
    return list(bookhouse.book(said, **named))


def booked(settings: Settings) -> Counter[str]:
    """How often each trip stands in the ledger."""
    found: Counter[str] = Counter()
    for entry in carbon.Ledger(settings.ledger_file).entries(kind="footprint"):
        inputs: Any = entry.record["inputs"]
        found.update(each["id"] for each in inputs["rounds"])
    return found


def test_what_was_ridden_is_booked_once_and_can_be_made_again(day: Day, settings: Settings) -> None:
    ride(day, "r", "a")
    ride(day, "s", "b", store="south")
    report = day.ridden().report(Books())
    (done,) = book(day, settings)
    assert [(each.store, each.trips, each.orders) for each in done.entries] == [("north", 1, 1), ("south", 1, 1)]
    assert (done.day, done.left_out, done.superseded) == (TODAY, [], [])
    assert booked(settings) == dict.fromkeys(ID_NAMES, 1)
    ledger = carbon.Ledger(settings.ledger_file)
    north, south = ledger.entries(kind="footprint")
    figures: Any = [north.record["figures"], south.record["figures"]]
    totals = sum(each["totals"]["total_gco2e"] for each in figures)
    assert totals == pytest.approx(report.totals.total_gco2e, rel=1e-12)
    assert [each.number for each in done.entries] == [north.number, south.number]
    assert [each["order_id"] for each in figures[0]["orders"]] == ["live:fleet/a"]
    editions = carbon.kept_editions(ledger)
    assert all(carbon.replay(each, editions=editions).equal for each in (north, south))
    before = ledger.path.read_bytes()
    assert book(day, settings) == []
    (again,) = book(day, settings, first_day=TODAY, last_day=TODAY)
    assert (again.entries, ledger.path.read_bytes()) == ([], before)
    assert carbon.verify_ledger(ledger.path).valid


def test_an_entry_says_nothing_of_persons_or_places(day: Day, settings: Settings) -> None:
    ride(day, "r", "a")
    book(day, settings)
    (entry,) = carbon.Ledger(settings.ledger_file).entries(kind="footprint")
    inputs: Any = entry.record["inputs"]
    assert inputs["rounds"][0].keys() == carbon.Round.model_fields.keys()
    assert inputs["rounds"][0]["stops"][0].keys() == carbon.RoundStop.model_fields.keys()
    assert not [degrees for degrees in A if str(degrees).encode() in entry.record_json]


def test_a_restated_or_corrected_day_stays_booked(day: Day, settings: Settings) -> None:
    ride(day, "r", "a")
    (done,) = book(day, settings)
    ledger = carbon.Ledger(settings.ledger_file)
    (number,) = (each.number for each in done.entries)
    dearer = [
        factor.model_copy(update={"value": factor.value * 1.1, "upper": None}) for factor in carbon.bundled_registry()
    ]
    restated = carbon.restate(ledger, number, carbon.Registry(dearer))
    (round_,) = day.ridden().rounds
    metered = round_.model_copy(update={"id": "live:fleet/r/1", "meter_kwh": 0.2})
    correction = carbon.footprint_draft([metered], {}, corrects=restated.number)
    carbon.record_footprints(ledger, [correction])
    assert book(day, settings) == []
    (again,) = book(day, settings, first_day=TODAY, last_day=TODAY)
    assert again.entries == []
    assert carbon.verify_ledger(ledger.path).valid
    assert len([each for each in ledger.current() if each.kind in carbon.REPLAYABLE]) == 1


def test_days_are_booked_in_turn_and_each_alone(day: Day, settings: Settings) -> None:
    for number in range(3):
        ride(day, "r", f"o{number}", minute=number * MINUTES)
    (second,) = book(day, settings, first_day=TOMORROW, last_day=TOMORROW)
    assert [each.trips for each in second.entries] == [1]
    rest = book(day, settings)
    assert [each.day for each in rest] == [TODAY, TODAY + timedelta(days=2)]
    assert booked(settings) == {f"live:fleet/r/{number}": 1 for number in (1, 2, 3)}
    assert book(day, settings, first_day=TODAY - timedelta(days=9), last_day=TODAY - timedelta(days=9))[0].entries == []


def test_one_store_and_then_the_others(day: Day, settings: Settings) -> None:
    ride(day, "r", "a")
    ride(day, "s", "b", store="south")
    (south,) = book(day, settings, store="south")
    assert [each.store for each in south.entries] == ["south"]
    assert book(day, settings, store="south") == []
    (rest,) = book(day, settings)
    assert [each.store for each in rest.entries] == ["north"]
    assert booked(settings) == dict.fromkeys(ID_NAMES, 1)
    with pytest.raises(UsageError, match="--store west: no store"):
        book(day, settings, store="west")


def test_an_order_that_came_back_counts_where_it_went_last_even_the_next_day(day: Day, settings: Settings) -> None:
    evening = 11 * 60.0 + 40
    day.order("a", A, evening)
    day.order("b", B, evening)
    trip = committed(day.rider("r", evening))
    day.tell("trip_left", evening + 7, trip_id=trip.id)
    day.tell("stop_done", evening + 12, trip_id=trip.id, order_id="a")
    again = committed(day.tell("trip_returned", evening + 22, trip_id=trip.id))
    day.tell("trip_left", evening + 23, trip_id=again.id)
    first, second = book(day, settings)
    assert "1 stop that" in first.superseded[0]
    orders = [
        [stop["order_id"] for stop in entry.record["inputs"]["rounds"][0]["stops"]]
        for entry in carbon.Ledger(settings.ledger_file).entries(kind="footprint")
    ]  # type: ignore[call-overload,index]
    assert orders == [["live:fleet/a"], ["live:fleet/b"]]
    assert (first.day, second.day) == (TODAY, TOMORROW)


def test_a_day_that_is_not_settled_is_refused_with_the_moment(
    day: Day, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    ride(day, "r", "a")

    class Clock(datetime):
        shown = datetime(2026, 11, 22, 23, 59, tzinfo=UTC)

        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return cls.shown.astimezone(tz)

    monkeypatch.setattr(booking, "datetime", Clock)
    assert book(day, settings) == []
    with pytest.raises(UsageError, match="2026-11-20 can be booked from 2026-11-23T00:00Z on"):
        book(day, settings, first_day=TODAY - timedelta(days=3), last_day=TODAY)
    assert not settings.ledger_file.exists()
    Clock.shown += timedelta(minutes=1)
    (done,) = book(day, settings)
    assert len(done.entries) == 1


def test_what_was_told_and_not_handled_keeps_a_day_open(day: Day, settings: Settings) -> None:
    ride(day, "r", "a")
    with day.database.writing() as session:
        last = session.scalars(sa.select(EventRow).order_by(EventRow.seq.desc()).limit(1)).one()
        last.position = None
    with pytest.raises(UsageError, match="once what fleet 'fleet' was told until then has been handled"):
        book(day, settings)
    with day.database.writing() as session:
        fleets = FleetRepository(session)
        row = fleets.get("fleet")
        assert row is not None
        fleets.end(row)  # nobody will handle it any more
    assert len(book(day, settings)) == 1


def test_trips_without_a_factor_are_told_and_booked_once_there_is_one(database: Database, settings: Settings) -> None:
    south = SETUP["stores"][1] | {"region": "FR"}
    day = Day(database, stores=[SETUP["stores"][0], south])
    ride(day, "r", "a")
    ride(day, "s", "b", store="south")
    few = Books(carbon.Registry(each for each in carbon.bundled_registry() if each.region != "FR"))
    for north in (["north"], []):
        (done,) = book(day, settings, books=few)
        assert [each.store for each in done.entries] == north
        (why,) = done.left_out
        assert why.startswith("1 round of 1 stop (live:fleet/s/1), which has no figure: ")
        assert "FR" in why
    (done,) = book(day, settings)
    assert ([each.store for each in done.entries], done.left_out) == (["south"], [])
    assert booked(settings) == dict.fromkeys(ID_NAMES, 1)


def test_a_trip_without_a_factor_costs_the_others_of_its_store_nothing(day: Day) -> None:
    ride(day, "r", "a")
    ride(day, "r", "b", minute=20)
    rides = booking.read_rides(day.database, TODAY, ["north"])
    (row,) = rides.rows
    request, trips = json.loads(row[1]), json.loads(row[2])
    request["stores"].append(SETUP["stores"][1] | {"region": "XX"})
    request["riders"].append(request["riders"][0] | {"id": "lent", "store_id": "south"})
    trips["trips"][1]["vehicle_id"] = "lent"
    rides = replace(rides, rows=((row[0], json.dumps(request), json.dumps(trips)),))
    (drafted,), done = booking.draft(rides, frozenset(), {})
    assert (drafted.store, drafted.round_ids, drafted.orders) == ("north", {"live:fleet/r/1"}, 1)
    assert [why.partition(",")[0] for why in done.left_out] == ["1 round of 1 stop (live:fleet/r/2)"]


def test_a_fleet_without_its_map_is_left_and_booked_when_the_map_is_there(day: Day, settings: Settings) -> None:
    ride(day, "r", "a")
    with day.database.writing() as session:
        row = FleetRepository(session).get("fleet")
        assert row is not None
        setup = json.loads(row.setup)
        row.setup = json.dumps(setup | {"travel": {"kind": "map", "name": "gone"}})
    said = book_by_command(day, settings, code=1)
    assert (
        "2026-11-20 left out: 1 round of 1 stop (r/1) in plan live:fleet:1, which cannot be measured: " in said.stderr
    )
    assert "'gone'" in said.stderr
    with day.database.writing() as session:
        row = FleetRepository(session).get("fleet")
        assert row is not None
        row.setup = json.dumps(setup)
    said = book_by_command(day, settings)
    assert said.stdout.splitlines()[0] == "2026-11-20 north: entry 2, 1 trip with 1 order"
    assert said.stderr == ""


def book_by_command(day: Day, settings: Settings, *arguments: str, code: int = 0) -> Any:
    url = day.database._engine.url.render_as_string(hide_password=False)
    where = ("--data-dir", str(settings.data_dir), "--database-url", url)
    return run("ledger", "book", *where, *arguments, code=code)


def test_the_command(day: Day, settings: Settings) -> None:
    for number in range(2):
        ride(day, "r", f"o{number}", minute=number * MINUTES)
    for wrong, why in (
        (("--day", "2026-11-20", "--from", "2026-11-20", "--to", "2026-11-20"), "give --day, or --from and --to"),
        (("--from", "2026-11-20"), "give --day, or --from and --to"),
        (("--from", "2026-11-21", "--to", "2026-11-20"), "swap the two"),
        (("--day", "2999-01-01"), "2999-01-01 can be booked from 2999-01-04T00:00Z on"),
        (("--store", "west"), "--store west: no store"),
    ):
        assert why in book_by_command(day, settings, *wrong, code=2).stderr, wrong
    assert book_by_command(day, settings, "--day", "2026-11-21", "--store", "north").stdout.splitlines() == [
        "2026-11-21 north: entry 2, 1 trip with 1 order",
        f"Booked 1 entry in {settings.ledger_file}.",
    ]
    assert "2026-11-20 north: entry 3" in book_by_command(day, settings).stdout
    assert book_by_command(day, settings).stdout == f"Booked 0 entries in {settings.ledger_file}.\n"
    assert "2 of 2 footprints" in run("ledger", "replay", str(settings.ledger_file)).stdout
    assert "valid: 3 entries" in run("ledger", "verify", str(settings.ledger_file)).stdout


def test_another_process_that_is_quicker_books_the_rest(
    day: Day, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    ride(day, "r", "a")
    ride(day, "r", "b", minute=20)
    rides, really = booking.read_rides(day.database, TODAY), booking.draft
    other = booking.accounted(settings)
    part = replace(rides, rows=tuple((name, request, _without(trips, "r/2")) for name, request, trips in rides.rows))

    def draft(*arguments: Any) -> Any:
        made = really(*arguments)
        if not other.departures():  # just between the measuring and the writing
            ((drafted,), _) = really(part, frozenset(), {})
            assert len(booking.enter(other, [drafted], carbon.bundled_registry())) == 1
        return made

    monkeypatch.setattr(booking, "draft", draft)
    (done,) = book(day, settings)
    assert [each.trips for each in done.entries] == [1]
    assert booked(settings) == {"live:fleet/r/1": 1, "live:fleet/r/2": 1}


def _without(trips: str, trip_id: str) -> str:
    document = json.loads(trips)
    return json.dumps(document | {"trips": [trip for trip in document["trips"] if trip["id"] != trip_id]})


def test_a_fleet_of_the_same_name_in_a_new_database_is_booked_beside_the_old(day: Day, settings: Settings) -> None:
    old = carbon.footprint_draft([_round("live:fleet/r/1", TODAY - timedelta(days=40))], {})
    carbon.record_footprints(carbon.Ledger(settings.ledger_file), [old])
    ride(day, "r", "a")
    (done,) = book(day, settings)
    assert [each.trips for each in done.entries] == [1]


def _round(name: str, day: date) -> carbon.Round:
    return round_of(name, ("a", 1.0, 900.0), started_on=day)
