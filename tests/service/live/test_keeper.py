"""Leases and loops on a real database: dispatched by one at a time, taken over after a death, the same on replay."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

import pytest

from dispatch import PlanRequest
from dispatch.online import EVENTS, Dispatcher, Setup, planner
from service.atlas import Atlas
from service.db.database import Database
from service.db.decisions import DecisionRepository
from service.db.events import EventRepository
from service.db.fleets import FleetRepository, LeaseLostError
from service.live import LivePlan, keeper, loop
from service.live.bells import Bells
from service.live.careful import dispatcher_of
from service.live.intake import read_event, take_in
from service.live.keeper import LEASE_S, Keeper
from service.live.replay import first_difference, read_entries
from tests.service.live.fleet import SETUP, Json, all_handled, order, rider, wait_for


class Process:
    """What one server process has of live dispatching."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.bells = Bells(database)
        self.keeper = Keeper(database, self.bells, Atlas)
        self.bells.start()
        self.keeper.start()

    def send(self, *events: Json, store: str = "north") -> list[int | None]:
        read = [(event["id"], read_event(event, store, "$", operator=True)) for event in events]
        return [receipt.seq for receipt in take_in(self.database, self.bells, "fleet", read)]

    def die(self) -> None:
        """Stop everything in the middle of it, and give nothing back."""
        self.keeper._stopping.set()
        self.keeper.join(10)
        for each in self.keeper._loops.values():
            each.stop()
            each.join(10)
        self.bells.close()

    def close(self) -> None:
        self.keeper.close()
        self.bells.close()


@contextmanager
def process(database: Database) -> Iterator[Process]:
    started = Process(database)
    try:
        yield started
    finally:
        started.close()


def found(database: Database) -> None:
    with database.writing() as session:
        setup = Setup.model_validate(SETUP)
        FleetRepository(session).add("fleet", setup.model_dump_json(), [store.id for store in setup.stores])


def decided(database: Database) -> list[Json]:
    with database.transaction() as session:
        return [json.loads(row.document) for row in DecisionRepository(session, "fleet").after(0, 1_000)]


def rejected(database: Database) -> list[Json]:
    return [each for each in decided(database) if each["kind"] == "rejected"]


def plan(database: Database) -> LivePlan:
    with database.transaction() as session:
        row = DecisionRepository(session, "fleet").plan()
    assert row is not None
    return LivePlan.model_validate_json(row.document)


def replays(database: Database) -> int:
    same = first_difference(dispatcher_of(Setup.model_validate(SETUP), {}), read_entries(database, "fleet"))
    assert isinstance(same, int), same
    return same


def test_an_order_is_committed_and_delivered(database: Database) -> None:
    found(database)
    with process(database) as live:
        live.send(rider("ana"), order("o1"))
        wait_for(lambda: any(each["kind"] == "commit" for each in decided(database)))
        now = plan(database)
        (line,) = now.orders
        assert (line.status, line.vehicle_id, line.trip_id) == ("committed", "ana", "ana/1")
        assert [trip.trip.id for trip in now.trips] == ["ana/1"]
        done: list[Json] = [
            {"id": "left", "kind": "trip_left", "trip_id": "ana/1"},
            {"id": "done", "kind": "stop_done", "trip_id": "ana/1", "order_id": "o1"},
            {"id": "back", "kind": "trip_returned", "trip_id": "ana/1"},
        ]
        live.send(*({"at": line.order.placed_at.isoformat()} | each for each in done))
        wait_for(lambda: all_handled(database))
        now = plan(database)
        assert (now.day.placed, now.day.delivered, now.day.on_time_share) == (1, 1, 1.0)
        assert [line.status for line in now.orders] == ["delivered"]
        assert now.trips == ()
    assert replays(database) == now.revision


def test_the_clock_decides_too(database: Database) -> None:
    """An order that is packed in some seconds goes then, though nothing else happens."""
    found(database)
    with process(database) as live:
        wait_for(lambda: live.keeper.fleets)  # and everything is compiled
        live.send(rider("ana"), order("o1", ready_s=3))
        wait_for(lambda: any(each["kind"] == "hold" for each in decided(database)))
        assert plan(database).orders[0].hold_why == "not_ready"
        commit = wait_for(lambda: [each for each in decided(database) if each["kind"] == "commit"])[0]
        assert commit["event_id"].startswith("~tick/")
    replays(database)


def test_another_process_takes_over_and_goes_on(database: Database) -> None:
    found(database)
    first = Process(database)
    first.send(rider("ana"), order("o1"))
    wait_for(lambda: any(each["kind"] == "commit" for each in decided(database)))
    first.die()
    died_s = time.monotonic()
    first.send(rider("ben", "south"), order("o2", "south"), store="south")
    with process(database) as second:
        wait_for(lambda: [each for each in decided(database) if each["kind"] == "commit"][1:])
        assert time.monotonic() - died_s < 10
        assert second.keeper.fleets == {"fleet"}
        now = plan(database)
    assert {line.order.id: line.vehicle_id for line in now.orders} == {"o1": "ana", "o2": "ben"}
    with database.transaction() as session:
        log = [EVENTS.validate_json(row.document).kind for row, _ in EventRepository(session, "fleet").handled()]
    assert log.index("restarted") < log.index("rider_on", 2), "what waited comes after the restart"
    assert replays(database) == len(log)


def test_what_fell_due_while_nobody_dispatched_is_decided_at_the_restart_and_so_in_a_replay(
    database: Database,
) -> None:
    """A replay knows that the order is due; it must not plan before the restart, as the new process could not."""
    found(database)
    first = Process(database)
    wait_for(lambda: first.keeper.fleets)
    first.send(rider("ana"), order("o1", ready_s=2))
    wait_for(lambda: any(each["kind"] == "hold" for each in decided(database)))
    first.die()
    assert not any(each["kind"] == "commit" for each in decided(database))
    time.sleep(2)
    with process(database):
        commit = wait_for(lambda: [each for each in decided(database) if each["kind"] == "commit"])[0]
    assert commit["event_id"].startswith("~restarted/")
    replays(database)


def test_given_back_fleet_is_taken_at_once(database: Database) -> None:
    found(database)
    with process(database) as first:
        wait_for(lambda: first.keeper.fleets)
    began_s = time.monotonic()
    with process(database) as second:
        wait_for(lambda: second.keeper.fleets)
        assert time.monotonic() - began_s < LEASE_S


def test_one_who_has_lost_the_lease_writes_nothing(database: Database) -> None:
    found(database)
    with process(database) as live:
        live.send(rider("ana"))
        wait_for(lambda: all_handled(database) and decided(database) == [] and live.keeper.fleets)
        with database.writing() as session:
            fleets = FleetRepository(session)
            (lease,) = fleets.leases()
            usurper = fleets.claim(lease, "another", lease.until)  # type: ignore[arg-type]  # it has one
        assert usurper is not None
        assert usurper.term == lease.term + 1
        live.send(order("o1"))
        wait_for(lambda: not live.keeper.fleets)
        assert decided(database) == []
        with database.writing() as session, pytest.raises(LeaseLostError):
            FleetRepository(session).fence(lease)


def test_event_that_the_dispatcher_fails_on_stops_nobody_else(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    handle = Dispatcher.handle

    def handle_badly(self: Dispatcher, event: Any, **options: Any) -> Any:
        if event.id == "bad-placed":
            raise ZeroDivisionError
        return handle(self, event, **options)

    monkeypatch.setattr(Dispatcher, "handle", handle_badly)
    found(database)
    with process(database) as live:
        live.send(rider("ana"), order("bad"), order("good"))
        commit = wait_for(lambda: [each for each in decided(database) if each["kind"] == "commit"])[0]
        assert [stop["order_id"] for stop in commit["trip"]["stops"]] == ["good"]
        (rejected,) = (each for each in decided(database) if each["kind"] == "rejected")
        assert rejected["event_id"] == "bad-placed"
    monkeypatch.undo()
    replays(database)


def test_order_that_the_planner_fails_on_is_set_aside_alone(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though it is the last event of a batch that plans them all, or a tick, which has no number yet."""
    plan_of = planner.plan

    def plan_badly(request: PlanRequest, **options: Any) -> Any:
        if any(each.id == "bad" for each in request.orders):
            raise ZeroDivisionError
        return plan_of(request, **options)

    monkeypatch.setattr(planner, "plan", plan_badly)
    found(database)
    with process(database) as live:
        live.send(rider("ana"), order("bad"), order("o1"), order("o2"))
        commit = wait_for(lambda: [each for each in decided(database) if each["kind"] == "commit"])[0]
        assert sorted(stop["order_id"] for stop in commit["trip"]["stops"]) == ["o1", "o2"]
        (warned,) = (each for each in decided(database) if each["kind"] == "warned")
        assert (warned["order_id"], warned["code"]) == ("bad", "set_aside")
        assert [line.code for line in plan(database).orders if line.order.id == "bad"] == ["set_aside"]
    with process(database) as again:
        again.send(rider("ben"), order("o3"))
        wait_for(lambda: any(each["kind"] == "quoted" and each["order_id"] == "o3" for each in decided(database)))
    replays(database)


@pytest.mark.parametrize("kind", ["tick", "restarted"])
def test_own_event_that_the_dispatcher_fails_on_is_set_aside_and_the_fleet_goes_on(
    database: Database, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    handle = Dispatcher.handle

    def handle_badly(self: Dispatcher, event: Any, **options: Any) -> Any:
        if event.kind == kind:
            raise ZeroDivisionError
        return handle(self, event, **options)

    monkeypatch.setattr(keeper, "AGAIN_S", 0.2)
    monkeypatch.setattr(loop, "IDLE", timedelta(seconds=1))
    found(database)
    with process(database) as live:
        live.send(rider("ana"))
        wait_for(lambda: all_handled(database))
    monkeypatch.setattr(Dispatcher, "handle", handle_badly)
    with process(database) as live:
        live.send(order("o1", ready_s=1))
        wait_for(lambda: any(each["event_id"].startswith(f"~{kind}/") for each in rejected(database)))
        live.send(order("o3"))
        wait_for(lambda: any(each["kind"] == "quoted" and each["order_id"] == "o3" for each in decided(database)))


class Shifted(datetime):
    """A clock that somebody sets."""

    offset = timedelta()

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]  # it need not be one of these
        return datetime.now(tz) + cls.offset


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_clock_that_jumps_is_doubted_for_a_while_and_no_event_is_lost(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "datetime", Shifted)
    monkeypatch.setattr(loop, "DOUBT_S", 2.0)
    found(database)
    with process(database) as live:
        live.send(rider("ana"))
        live.send(rider("ben"))
        live.send(order("o1"))  # without work a clock may go on for hours
        wait_for(lambda: any(each["kind"] == "commit" for each in decided(database)))
        Shifted.offset = timedelta(hours=7)
        wait_for(lambda: any(each["kind"] == "rejected" and each["field"] == "at" for each in decided(database)))
        live.send(order("o2"))
        Shifted.offset = timedelta()
        wait_for(lambda: sum(each["kind"] == "quoted" for each in decided(database)) == 2)
        assert abs(plan(database).at - datetime.now(UTC)) < timedelta(minutes=1)
        Shifted.offset = timedelta(hours=7)
        wait_for(lambda: plan(database).at > datetime.now(UTC) + timedelta(hours=6))
        Shifted.offset = timedelta()
        wait_for(lambda: plan(database).at < datetime.now(UTC) + timedelta(minutes=1))
    replays(database)
