"""Which trips a fleet's log says were ridden, and that a report counts them as it counts a plan's."""

import json
from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa

import carbon
import dispatch
from carbon.reports import Period
from dispatch.online import EVENTS, Commit, Decision, Dispatcher, Released, Setup
from dispatch.rounds import rounds
from dispatch.sphere import great_circle_m
from service.atlas import Atlas
from service.books import Books
from service.db.database import Database
from service.db.decisions import DecisionRepository
from service.db.events import EventRepository
from service.db.fleets import FleetRepository
from service.db.models import EventRow
from service.live.ridden import Row, read_ridden, ridden_days
from service.report import Ridden, read_plans, ridden
from tests.service.live.fleet import SETUP, Json

NOON = datetime.fromisoformat("2026-11-20T12:00:00-03:00")
DAY = Period(first_day=NOON.date(), last_day=NOON.date())
STORE = SETUP["stores"][0]["location"]
A, B, C = (-71.246, -29.91), (-71.243, -29.91), (-71.247, -29.905)


class Day:
    """A fleet that lives from noon on: what happens is decided on by a real dispatcher, and logged as by a server."""

    def __init__(self, database: Database, **fields: Any) -> None:
        self.database = database
        self.setup = Setup.model_validate(SETUP | fields)
        self.dispatcher = Dispatcher(self.setup, networks=None)
        self.position = 0
        with database.writing() as session:
            FleetRepository(session).add("fleet", self.setup.model_dump_json(), ["north", "south"])

    def tell(self, kind: str, minute: float, **fields: Any) -> list[Decision]:
        """An event so many minutes after noon; what was decided on it."""
        self.position += 1
        at = (NOON + timedelta(minutes=minute)).astimezone(UTC)
        document = {"id": f"e{self.position}", "at": at.isoformat(), "kind": kind} | fields
        event = EVENTS.validate_python(document)
        decisions = self.dispatcher.handle(event)
        with self.database.writing() as session:
            events = EventRepository(session, "fleet")
            (seq,) = events.add({event.id: event.model_dump_json()}).values()
            events.mark(seq, self.position, None)
            session.execute(sa.update(EventRow).where(EventRow.seq == seq).values(taken_at=at))
            DecisionRepository(session, "fleet").add(seq, decisions)
        return list(decisions)

    def rider(self, name: str, minute: float = 0, **fields: Any) -> list[Decision]:
        return self.tell("rider_on", minute, rider={"id": name, "store_id": "north"} | fields)

    def order(self, name: str, location: tuple[float, float], minute: float = 0, **fields: Any) -> list[Decision]:
        return self.tell("order_placed", minute, order=order(name, location, minute, **fields))

    def rows(self, stores: Collection[str] = ("north", "south"), period: Period = DAY) -> list[Row]:
        with self.database.transaction() as session:
            return list(read_ridden(session, "fleet", stores, period))

    def ridden(self, *plans: Row, period: Period = DAY) -> Ridden:
        read, unreadable, _ = read_plans([*plans, *self.rows(period=period)], ["north", "south"], period)
        assert unreadable == []
        return ridden(read, ["north", "south"], period, Atlas())

    def rides(self, *plans: Row, period: Period = DAY) -> list[tuple[str, list[str]]]:
        """Vehicle and orders of each round."""
        found = self.ridden(*plans, period=period)
        assert not [text for text in found.dropped if "cannot be measured" in text]
        return [
            (round_.vehicle_id, [stop.order_id.partition("/")[2] for stop in round_.stops]) for round_ in found.rounds
        ]


def order(name: str, location: tuple[float, float], minute: float = 0, **fields: Any) -> Json:
    placed = NOON + timedelta(minutes=minute)
    times = {"placed_at": placed, "ready_at": placed, "promised_at": placed + timedelta(minutes=30)}
    stamps = {key: moment.isoformat() for key, moment in times.items()}
    return {"id": name, "store_id": "north", "location": location, "mass_kg": 1.0} | stamps | fields


def committed(decisions: list[Decision]) -> dispatch.Trip:
    (trip,) = (each.trip for each in decisions if isinstance(each, Commit))
    return trip


def way_m(*places: tuple[float, float]) -> float:
    """Metres of a round trip from the northern store, as a rider on straight streets has them."""
    points = np.array([STORE, *places, STORE])
    metres = great_circle_m(points)
    return float(sum(metres[i, i + 1] for i in range(len(points) - 1))) * 1.3


@pytest.fixture
def day(database: Database) -> Day:
    return Day(database)


def both_out(day: Day) -> dispatch.Trip:
    """A trip with a and b that was committed and has not left."""
    day.order("a", A)
    day.order("b", B)
    trip = committed(day.rider("r"))
    assert {stop.order_id for stop in trip.stops} == {"a", "b"}
    return trip


def test_a_trip_that_left_emits_what_it_does_in_a_plan(day: Day) -> None:
    trip = both_out(day)
    assert day.rows() == [], "it has not left"
    day.tell("trip_left", 7, trip_id=trip.id)
    (row,) = day.rows()
    request = dispatch.read_request(row[1].encode())
    (told,) = json.loads(row[2])["trips"]
    assert told["depart_at"] == "2026-11-20T12:07:00-03:00", "when it did, by the clock of the shop"
    made = rounds(request, [trip], dispatch.Travel.of(request))
    wanted = carbon.footprint(list(made), dispatch.packaging_of(request))
    report = day.ridden().report(Books())
    assert report.totals == wanted.totals
    assert report.totals.orders == 2
    places = {"a": A, "b": B}
    (round_,) = day.ridden().rounds
    assert round_.distance_m == pytest.approx(way_m(*(places[stop.order_id] for stop in trip.stops)), abs=1e-6)
    assert round_.started_on == NOON.date()
    wh = round_.battery_wh
    assert wh == trip.battery_wh
    grams = float(carbon.grid_wh(wh)) * carbon.bundled_registry().electricity("CL").value
    assert report.totals.transport_gco2e == pytest.approx(grams, rel=1e-12)


def test_what_happens_to_a_trip_on_the_road_changes_nothing(day: Day) -> None:
    trip = both_out(day)
    day.tell("trip_left", 7, trip_id=trip.id)
    before = day.rows()
    first, second = (stop.order_id for stop in trip.stops)
    day.tell("stop_failed", 12, trip_id=trip.id, order_id=first)
    day.tell("order_cancelled", 13, order_id=second)
    day.tell("trip_returned", 20, trip_id=trip.id)
    assert day.rows() == before


def test_orders_that_were_taken_out_before_are_not_ridden_to(day: Day) -> None:
    trip = both_out(day)
    day.tell("order_cancelled", 1, order_id="b")
    day.tell("stop_done", 15, trip_id=trip.id, order_id="a")  # nobody told that it left
    (round_,) = day.ridden().rounds
    assert [stop.order_id for stop in round_.stops] == ["live:fleet:1/a"]
    assert round_.distance_m == pytest.approx(way_m(A), abs=1e-6)
    assert 0 < round_.battery_wh < trip.battery_wh


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("order_held", {"order_id": "b", "until": "2026-11-20T12:40:00-03:00"}),
        ("stock_out", {"store_id": "north", "order_ids": ["b"]}),
    ],
)
def test_orders_that_were_withdrawn_are_not_ridden_to(day: Day, kind: str, fields: Json) -> None:
    trip = both_out(day)
    assert any(isinstance(each, Released) for each in day.tell(kind, 1, **fields))
    day.tell("trip_left", 7, trip_id=trip.id)
    assert day.rides() == [("r", ["a"])]


def test_a_trip_that_was_given_back_is_not_ridden_but_by_who_took_it_up(day: Day) -> None:
    trip = both_out(day)
    day.tell("vehicle_off", 1, vehicle_id="r")
    again = committed(day.rider("other", 2))
    day.tell("trip_left", 7, trip_id=again.id)
    day.tell("trip_left", 8, trip_id=trip.id)  # its vehicle may have left after all, without the orders
    assert day.rides() == [("other", [stop.order_id for stop in again.stops])]


def test_a_trip_given_back_for_silence_that_turns_out_to_have_left_has_its_orders(day: Day) -> None:
    trip = both_out(day)
    (released,) = (each for each in day.tell("tick", 30) if isinstance(each, Released))
    assert released.trip_id == trip.id
    other = committed(day.rider("other", 31))
    assert day.rides() == []
    day.tell("stop_done", 32, trip_id=trip.id, order_id=trip.stops[0].order_id)
    assert day.rides() == [("r", [stop.order_id for stop in trip.stops])]
    day.tell("trip_left", 33, trip_id=other.id)  # there is nothing left to leave with
    assert day.rides() == [("r", [stop.order_id for stop in trip.stops])]


def test_an_order_that_another_delivered_first_is_ridden_by_that_one(day: Day) -> None:
    day.order("a", A)
    trip = committed(day.rider("r"))
    day.tell("tick", 30)
    other = committed(day.rider("other", 31))
    day.tell("stop_done", 40, trip_id=other.id, order_id="a")
    assert day.tell("stop_done", 41, trip_id=trip.id, order_id="a") == []
    assert day.rides() == [("other", ["a"])]


def test_an_order_that_came_back_counts_where_it_went_last(day: Day) -> None:
    trip = both_out(day)
    day.tell("trip_left", 7, trip_id=trip.id)
    day.tell("stop_done", 12, trip_id=trip.id, order_id="a")
    decisions = day.tell("trip_returned", 20, trip_id=trip.id)
    again = committed(decisions)
    day.tell("trip_left", 21, trip_id=again.id)
    assert day.rides() == [("r", ["a"]), ("r", ["b"])]
    first, second = day.ridden().rounds
    assert first.distance_m == trip.distance_m, "it rode there and back for both"
    assert second.distance_m == pytest.approx(way_m(B), abs=1e-6)
    assert "1 stop that a later plan planned anew or a later live trip made" in day.ridden().dropped[0]


def test_a_corrected_address_is_ridden_to_and_counts_once_beside_a_plan(day: Day) -> None:
    day.order("a", A)
    trip = committed(day.rider("r"))
    day.tell("address_corrected", 1, order_id="a", location=C)
    day.tell("trip_left", 2, trip_id=trip.id)
    assert day.ridden().rounds[0].distance_m == pytest.approx(way_m(C), abs=1e-6)
    asked = {
        "now": "2026-11-20T12:30:00-03:00",
        "stores": SETUP["stores"],
        "orders": [order("a", A), order("b", B)],
        "riders": [{"id": "planned", "store_id": "north"}],
        "travel": {"kind": "straight"},
    }
    plan = dispatch.plan(dispatch.read_request(json.dumps(asked)), engine="greedy")
    stored = "plan", json.dumps(asked), plan.model_dump_json()
    assert sorted(day.rides(stored)) == [("planned", ["b"]), ("r", ["a"])], "though it was planned later"


def test_drones_emit_by_their_flights(day: Day) -> None:
    day.order("a", A)
    trip = committed(day.tell("drone_on", 0, drone={"id": "d", "store_id": "north"}))
    day.tell("trip_left", 1, trip_id=trip.id)
    (round_,) = day.ridden().rounds
    assert (round_.vehicle_class, round_.battery_wh, round_.distance_type) == ("drone", trip.battery_wh, "GCD")
    assert round_.battery_wh > 0


def test_a_vehicle_and_an_order_of_long_ago_are_looked_up_and_other_days_are_not_read(day: Day) -> None:
    days = 24 * 60.0
    day.rider("r")
    day.order("old", C, minute=1)
    day.tell("trip_left", 2, trip_id="r/1")
    day.tell("stop_done", 5, trip_id="r/1", order_id="old")
    day.tell("trip_returned", 9, trip_id="r/1")
    placed = {"ready_at": "2026-12-05T12:00:00-03:00", "promised_at": "2026-12-05T13:00:00-03:00"}
    day.order("slot", A, minute=10, **placed)
    day.tell("address_corrected", 11, order_id="slot", location=B)
    for number in range(1, 16):
        day.tell("tick", number * days)
        day.tell("tick", number * days + 1)
    assert day.dispatcher.state.orders["slot"].trip_id == "r/2"
    day.tell("trip_left", 15 * days + 2, trip_id="r/2")
    later = Period(first_day=date(2026, 12, 5), last_day=date(2026, 12, 5))
    (row,) = day.rows(period=later)
    (told,) = json.loads(row[1])["orders"]
    assert (told["id"], tuple(told["location"])) == ("slot", B)
    assert day.rides(period=later) == [("r", ["slot"])]
    assert day.rides() == [("r", ["old"])]
    assert day.rows(stores=["south"]) == []
    with day.database.transaction() as session:
        events = EventRepository(session, "fleet")
        assert events.position_at(NOON - timedelta(days=1)) == 1
        assert events.position_at(NOON + timedelta(minutes=9.5)) == 6
        assert events.position_at(NOON + timedelta(days=99)) == day.position + 1
        assert ridden_days(session, "fleet") == (NOON.date(), date(2026, 12, 5))


def test_many_orders_make_several_rows_and_each_counts_once(day: Day) -> None:
    assert day.rows() == []
    for number in range(70):
        day.rider(f"r{number}")
    trips = []
    for number in range(210):
        found = day.order(f"o{number}", (A[0] + number * 1e-5, A[1]), minute=number / 60)
        trips += [each.trip for each in found if isinstance(each, Commit)]
    for trip in trips:
        day.tell("trip_left", 5, trip_id=trip.id)
    carried = sorted(stop.order_id for trip in trips for stop in trip.stops)
    assert len(carried) >= 60
    assert sorted(name for _, names in day.rides() for name in names) == carried
    with day.database.transaction() as session:
        assert ridden_days(session, "fleet") == (NOON.date(), NOON.date())


def test_days_that_are_put_out_one_by_one_are_the_same(day: Day, monkeypatch: pytest.MonkeyPatch) -> None:
    day.rider("r")
    for number in range(3):
        minute, name = number * 24 * 60.0, f"o{number}"
        day.tell("tick", minute)
        trip = committed(day.order(name, A, minute=minute))
        day.tell("trip_left", minute + 1, trip_id=trip.id)
        day.tell("stop_done", minute + 6, trip_id=trip.id, order_id=name)
        day.tell("trip_returned", minute + 11, trip_id=trip.id)
    period = Period(first_day=NOON.date(), last_day=NOON.date() + timedelta(days=2))
    assert len(day.rows(period=period)) == 1
    assert day.rides(period=period) == [("r", ["o0"]), ("r", ["o1"]), ("r", ["o2"])]
    whole = day.ridden(period=period).report(Books()).totals
    monkeypatch.setattr("service.live.ridden.READ", 1)
    assert len(day.rows(period=period)) > 1
    assert day.ridden(period=period).report(Books()).totals == whole


def test_a_trip_that_cannot_be_measured_costs_no_other_its_place(day: Day) -> None:
    soon = (NOON + timedelta(minutes=9)).isoformat()
    for name, store in (("r", "north"), ("s", "south"), ("t", "north")):
        day.rider(name, store_id=store)
    places = {"a": (A, "north"), "b": (B, "south"), "c": (C, "north")}
    trips = [committed(day.order(name, at, store_id=store, promised_at=soon)) for name, (at, store) in places.items()]
    day.tell("address_corrected", 1, order_id="b", location=C)  # the way is measured anew, and its emission with it
    for trip in trips:
        day.tell("trip_left", 2, trip_id=trip.id)
    assert [name for name, _ in day.rides()] == ["r", "s", "t"]
    (row,) = day.rows()
    request, told = json.loads(row[1]), json.loads(row[2])
    request["stores"][1]["region"] = "XX"
    request["riders"] = [rider for rider in request["riders"] if rider["id"] != "t"]
    read, unreadable, _ = read_plans([(row[0], json.dumps(request), json.dumps(told))], ["north", "south"], DAY)
    assert unreadable == ["1 round in plan live:fleet:1, which names orders or vehicles that its request does not have"]
    found = ridden(read, ["north", "south"], DAY, Atlas())
    assert [round_.id for round_ in found.rounds] == ["live:fleet:1/r/1"]
    (why,) = found.dropped
    assert why.startswith("1 round of 1 stop (s/1) in plan live:fleet:1, which cannot be measured: ")
    assert "XX" in why
