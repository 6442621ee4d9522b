"""Dispatches one fleet: events from the database in, decisions and the live plan into it.

The database is the truth. What this process holds of a fleet beside it is dropped at the first failure of any kind, and
recalled from there by whoever takes the fleet next.
"""

import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import structlog
from sqlalchemy.orm import Session

import maps
from dispatch.online import (
    DECISIONS,
    EVENTS,
    RECALLED,
    Decision,
    Event,
    Rejected,
    Restarted,
    Setup,
    Tick,
)
from service.atlas import networks_of
from service.db.database import Database, DatabaseError
from service.db.decisions import DecisionRepository
from service.db.events import SKIPPED, EventRepository
from service.db.fleets import FleetRepository, Lease, LeaseLostError
from service.db.orders import OrderRepository
from service.db.snapshots import SnapshotRepository
from service.live.bells import POLL_S, Bells, decisions_of, events_of
from service.live.board import NOTED, Board
from service.live.careful import dispatcher_of
from service.live.snapshot import Snapshot, SnapshotError, dump, form_of, load
from service.telemetry.counts import DECISIONS as DECISIONS_MADE
from service.telemetry.counts import EVENTS_HANDLED, LIVE_SOLVE_S

SEARCH_S = 1.0
"""A search is cut short after so long; where, is written down, so that a replay stops there too."""
BATCH, BATCH_S = 100, 0.2
"""So many events, or those of so long, are written in one transaction."""
LAG = timedelta(seconds=10)
"""An event is not planned on a clock that is this much behind."""
BEHIND = timedelta(seconds=60)
"""The server's clock this much behind the dispatcher's was set back."""
IDLE = timedelta(minutes=30)
"""The clock is told so often though nothing happens: a dispatcher does not believe a moment six hours ahead."""
DOUBT_S = 10.0
"""A jump of the clock that the dispatcher did not believe is told again after so long, if it is still there."""
KEPT_EVERY = 2_000
"""After so many events what is known is written down, so that a take-over recalls no more than these."""
TICK_S, ROUND_S = 1.0, 30.0
"""Between two ticks, at least; the second in rounds."""


ASIDE_S = 60.0
"""After the dispatcher failed on a tick, none is told for so long; other events are."""
Poison = int | str
"""An event that the dispatcher failed on: its ``seq``, or the kind of one of the server's own, which has none yet."""


class PoisonError(Exception):
    """Raised when the dispatcher failed on an event, which is a mistake of ours; ``poison`` names the event."""

    def __init__(self, poison: Poison) -> None:
        self.poison = poison
        super().__init__(f"the dispatcher failed on event {poison}")


class _Handled(NamedTuple):
    """An event that was decided on; ``seq`` is None for one that the server itself writes."""

    event: Event
    seq: int | None
    position: int
    looks: int | None
    decisions: tuple[Decision, ...]


class FleetLoop(threading.Thread):
    """The thread that dispatches a fleet for as long as its lease is this process's.

    Args:
        lease: of the fleet.
        database: where all of it is kept.
        bells: that wake it, and that it rings.
        atlas: the maps there are, by name.
        poison: events that are rejected unseen, because the dispatcher failed on them before; of a kind, the first.

    Attributes:
        failure: what ended it, None if it was asked to end or lost its lease.
    """

    def __init__(
        self,
        lease: Lease,
        database: Database,
        bells: Bells,
        atlas: Mapping[str, maps.StreetNetwork],
        poison: frozenset[Poison] = frozenset(),
    ) -> None:
        super().__init__(name=f"fleet {lease.fleet_id}", daemon=True)
        self.lease = lease
        self.failure: Exception | None = None
        self._database, self._bells, self._atlas, self._poison = database, bells, atlas, poison
        self._stopping, self._rung = threading.Event(), threading.Event()
        self._position = self._kept = 0
        self._ticked_s = self._doubted_s = self._quiet_until_s = -1e9
        self._log = structlog.get_logger().bind(fleet=lease.fleet_id, term=lease.term)

    def stop(self) -> None:
        """Ask it to end after what it is at."""
        self._stopping.set()
        self._rung.set()

    def run(self) -> None:
        """Recall the log, then dispatch until asked to end."""
        try:
            with self._bells.hung(events_of(self.lease.fleet_id), self._rung.set):
                self._begin()
                while not self._stopping.is_set():
                    self._rung.clear()
                    if not self._turn():
                        self._rung.wait(self._pause_s())
        except LeaseLostError:
            self._log.info("fleet.lost")
        except DatabaseError as error:
            self.failure = error
            self._log.warning("fleet.adrift", error=str(error))
        except Exception as error:  # noqa: BLE001 - whatever it is, it is this fleet's alone, and the fleet is begun anew
            self.failure = error
            self._log.exception("fleet.failed")

    def _begin(self) -> None:
        began_s = time.monotonic()
        fleet_id = self.lease.fleet_id
        with self._database.transaction() as session:
            row = FleetRepository(session).get(fleet_id)
            assert row is not None
            setup = Setup.model_validate_json(row.setup)
            self._form = form_of(row.setup)
            known = self._known(session)
            networks = networks_of(setup, self._atlas)
            self._dispatcher = dispatcher_of(setup, networks, known.state if known else None)
            self._board = Board(fleet_id, self._dispatcher, known.account if known else None)
            for event_row, documents in EventRepository(session, fleet_id).handled(self._position, RECALLED | NOTED):
                event = EVENTS.validate_json(event_row.document)
                decisions = [DECISIONS.validate_json(document) for document in documents]
                self._position = event_row.position
                if event_row.looks != SKIPPED:
                    self._dispatcher.recall(event, decisions)
                self._board.note(event, decisions, self._position)
        events, recalled = self._position, self._position - self._kept
        if events:
            # Nothing may be planned before it: a replay has not forgotten yet what this dispatcher does not know.
            self._write([self._handle(Restarted(id=self._id("restarted"), at=datetime.now(UTC)), None)])
        took_s = round(time.monotonic() - began_s, 3)
        self._log.info("fleet.taken", events=events, recalled=recalled, took_s=took_s)

    def _known(self, session: Session) -> Snapshot | None:
        """What is known without the first events, up to ``position``; None if it must be recalled from the first."""
        row = SnapshotRepository(session, self.lease.fleet_id).get()
        if row is None:
            return None
        try:
            snapshot = load(row.document, row.format, self._form)
        except SnapshotError as error:
            self._log.warning("fleet.snapshot_ignored", position=row.position, why=str(error))
            return None
        self._position = self._kept = row.position
        return snapshot

    def _turn(self) -> bool:
        """Handle what waits, or the time that has passed; False if there is nothing to do."""
        if time.monotonic() < self._doubted_s + DOUBT_S:
            return False
        with self._database.transaction() as session:
            rows = EventRepository(session, self.lease.fleet_id).waiting(BATCH)
        done: list[_Handled] = []
        if time.monotonic() >= self._quiet_until_s and (self._clock_is_off() if rows else self._tick_is_due()):
            done.append(self._tick())
            if done[0].looks == SKIPPED:
                self._quiet_until_s = time.monotonic() + ASIDE_S
                self._poison -= {"tick"}
            elif _rejected(done[0]):
                self._doubted_s = time.monotonic()
                rows = []
        end_s = time.monotonic() + BATCH_S
        for row in rows:
            # What waits is planned at once, on the last of it.
            looks = None if row is rows[-1] else 0
            done.append(self._handle(EVENTS.validate_json(row.document), row.seq, looks))
            if time.monotonic() > end_s:
                break
        if done:
            self._write(done)
        return bool(done)

    def _clock_is_off(self) -> bool:
        """Whether the dispatcher must be told the time before it is told anything else."""
        now, known = datetime.now(UTC), self._dispatcher.state.now
        return known is None or now > known + LAG or now < known - BEHIND

    def _tick_is_due(self) -> bool:
        """Whether there is something to decide though nothing happened."""
        now, known, wake_at = datetime.now(UTC), self._dispatcher.state.now, self._dispatcher.wake_at
        if known is None or now > known + IDLE or now < known - BEHIND:
            return True
        return wake_at is not None and now >= wake_at and time.monotonic() >= self._ticked_s + self._between_ticks_s()

    def _between_ticks_s(self) -> float:
        return ROUND_S if self._dispatcher.setup.in_rounds else TICK_S

    def _pause_s(self) -> float:
        """How long there is nothing to do, should no bell ring."""
        wake_at = self._dispatcher.wake_at
        if wake_at is None:
            return POLL_S
        to_tick_s = max(self._ticked_s + self._between_ticks_s(), self._quiet_until_s) - time.monotonic()
        return min(POLL_S, max((wake_at - datetime.now(UTC)).total_seconds(), to_tick_s, 0.01))

    def _id(self, kind: str) -> str:
        """An id for an event of the server's own; others may not begin with a tilde."""
        return f"~{kind}/{self._position + 1}"

    def _tick(self) -> _Handled:
        self._ticked_s = time.monotonic()
        return self._handle(Tick(id=self._id("tick"), at=datetime.now(UTC)), None)

    def _handle(self, event: Event, seq: int | None, looks: int | None = None) -> _Handled:
        self._position += 1
        poison = event.kind if seq is None else seq
        if poison in self._poison:
            text = "the dispatcher failed on this event; the server's log has the details"
            decisions: tuple[Decision, ...] = (Rejected(at=event.at, event_id=event.id, field="", text=text),)
            looks = SKIPPED
        else:
            try:
                with LIVE_SOLVE_S.time():
                    decisions = self._dispatcher.handle(event, looks=looks, deadline_s=SEARCH_S)
            except Exception as error:
                raise PoisonError(poison) from error
            looks = self._dispatcher.cut
        self._board.note(event, decisions, self._position)
        return _Handled(event, seq, self._position, looks, decisions)

    def _write(self, done: list[_Handled]) -> None:
        fleet_id = self.lease.fleet_id
        known = self._dispatcher.state.now is not None  # unless the first event of all was rejected unseen
        document = self._board.plan(self._position).model_dump_json() if known else None
        orders = self._board.changed(done[0].position - 1) if known else {}
        with self._database.writing() as session:
            FleetRepository(session).fence(self.lease)
            events, decisions = EventRepository(session, fleet_id), DecisionRepository(session, fleet_id)
            own = {each.event.id: each.event.model_dump_json() for each in done if each.seq is None}
            seqs = events.add(own)
            for each in done:
                seq = seqs[each.event.id] if each.seq is None else each.seq
                events.mark(seq, each.position, each.looks)
                decisions.add(seq, each.decisions)
            OrderRepository(session).put(fleet_id, orders)
            if document is not None:
                decisions.put_plan(self._position, document)
            if self._position >= self._kept + KEPT_EVERY:
                snapshot = dump(Snapshot(self._dispatcher.state, self._board.account()))
                SnapshotRepository(session, fleet_id).put(self._position, self._form, snapshot)
                self._kept = self._position
            self._bells.announce(session, decisions_of(fleet_id))
        EVENTS_HANDLED.inc(len(done))
        for each in done:
            for decision in each.decisions:
                DECISIONS_MADE.labels(decision.kind).inc()
        self._bells.ring(decisions_of(fleet_id))


def _rejected(handled: _Handled) -> bool:
    return bool(handled.decisions) and isinstance(handled.decisions[0], Rejected)
