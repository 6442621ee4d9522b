"""What is known of a fleet, written down and read back: the same as recalled from the first event, or not used."""

import zlib
from collections.abc import Iterable

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test
from structlog.testing import capture_logs

from dispatch.online import EVENTS, RECALLED, Dispatcher
from dispatch.online.telling import TOLD_S
from service.db.database import Database
from service.db.models import SnapshotRow
from service.db.snapshots import SnapshotRepository
from service.live import loop
from service.live.board import NOTED, Board
from service.live.snapshot import Snapshot, SnapshotError, dump, form_of, load
from tests.dispatch.online.test_machine import SETUP, Day, Heard
from tests.service.live.fleet import all_handled, order, rider, wait_for
from tests.service.live.test_keeper import Process, decided, found, plan, process, replays

FORM = form_of("{}")


def recalled(log: Iterable[tuple[int, Heard]], known: Snapshot | None = None) -> Snapshot:
    dispatcher = Dispatcher(SETUP, state=known.state if known else None)
    board = Board("fleet", dispatcher, known.account if known else None)
    for position, (event, _, decisions) in log:
        kept = [decision for decision in decisions if decision.kind in RECALLED | NOTED]
        read = EVENTS.validate_json(event.model_dump_json())  # one that was said again is another record then
        dispatcher.recall(read, kept)
        board.note(read, kept, position)
    return Snapshot(dispatcher.state, board.account())


def test_snapshot_and_the_rest_are_the_whole_for_random_days() -> None:
    class Kept(Day):
        def teardown(self) -> None:
            log = list(enumerate(self.log, start=1))
            whole = recalled(log)
            assert whole.state == self.dispatcher.state
            for cut in range(0, len(log) + 1, 7):
                again = recalled(log[cut:], load(dump(recalled(log[:cut])), FORM, FORM))
                assert again == whole
                assert dump(again) == dump(whole), "in another sequence"

    checks = [HealthCheck.too_slow, HealthCheck.filter_too_much]
    days = settings(max_examples=60, stateful_step_count=50, deadline=None, suppress_health_check=checks)
    run_state_machine_as_test(Kept, settings=days)


def test_one_that_is_damaged_or_of_another_form_is_not_read() -> None:
    document = dump(recalled([]))
    assert load(document, FORM, FORM).state == Dispatcher(SETUP).state
    with pytest.raises(SnapshotError, match="another version"):
        load(document, "older", FORM)
    assert form_of('{"stores":[]}') != FORM
    for damaged in (document[:-1], document[:20] + b"\0" + document[21:], b"", zlib.compress(b'{"state":{}}')):
        with pytest.raises(SnapshotError, match="damaged"):
            load(damaged, FORM, FORM)


def row_of(database: Database) -> SnapshotRow | None:
    with database.transaction() as session:
        return SnapshotRepository(session, "fleet").get()


def grown(database: Database) -> None:
    """A fleet with a snapshot and a little more, whose process has died."""
    found(database)
    first = Process(database)
    first.send(rider("ana"), order("o1"))
    wait_for(lambda: row_of(database))
    row = row_of(database)
    first.send(rider("ben", "south"), order("o2", "south"), store="south")
    wait_for(lambda: all_handled(database) and [each for each in decided(database) if each["kind"] == "commit"][1:])
    first.die()
    assert row is not None
    assert row.position < plan(database).revision


@pytest.mark.parametrize("damage", [None, "document", "format"])
def test_take_over_begins_at_the_snapshot_unless_it_cannot_be_used(
    database: Database, monkeypatch: pytest.MonkeyPatch, damage: str | None
) -> None:
    monkeypatch.setattr(loop, "KEPT_EVERY", 2)
    grown(database)
    monkeypatch.setattr(loop, "KEPT_EVERY", 1_000)
    before, row = plan(database), row_of(database)
    assert row is not None
    with database.writing() as session:
        form, document = row.format, row.document
        form, document = (form, document[:-3]) if damage == "document" else (form, document)
        SnapshotRepository(session, "fleet").put(row.position, "old" if damage == "format" else form, document)
    with capture_logs() as logs, process(database):
        wait_for(lambda: plan(database).revision > before.revision)
        wait_for(lambda: any(each["event"] == "fleet.taken" for each in logs))
    (taken,) = (each for each in logs if each["event"] == "fleet.taken")
    ignored = [each["why"] for each in logs if each["event"] == "fleet.snapshot_ignored"]
    assert taken["recalled"] == taken["events"] - (0 if damage else row.position)
    assert len(ignored) == (damage is not None)
    after = plan(database)
    assert [(each.order.id, each.trip_id, each.status) for each in after.orders] == [
        (each.order.id, each.trip_id, each.status) for each in before.orders
    ]
    assert [each.revision for each in after.orders] == [each.revision for each in before.orders]
    assert all(each.quoted_arrive_at for each in before.orders)
    for old, new in zip(before.orders, after.orders, strict=True):  # told anew, since nobody knows what was told
        assert old.quoted_arrive_at is not None
        assert new.quoted_arrive_at is not None
        assert abs((new.quoted_arrive_at - old.quoted_arrive_at).total_seconds()) <= TOLD_S
    assert after.day.placed == before.day.placed == 2
    assert replays(database) >= after.revision
