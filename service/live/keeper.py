"""Sees to it that every fleet is dispatched, by one process at a time.

A process that dispatches a fleet holds its lease and renews it. One that dies renews no more, and another takes the
fleet over: when the lease has run out by the clock, or, since clocks are set now and then, when it has not been renewed
for ``LEASE_S`` as this process measures time. Should the former one be alive after all, it can write no more: its term
is over.
"""

import os
import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import structlog

import dispatch
import maps
from service.db.database import Database, DatabaseError
from service.db.fleets import FleetRepository, Lease
from service.live.bells import Bells
from service.live.loop import FleetLoop, Poison, PoisonError

LEASE_S = 5.0
ROUND_S = 1.0
"""How often leases are renewed and looked at."""
AGAIN_S, LONGEST_S, MANY = 1.0, 60.0, 10
"""A fleet that failed here is left to others so long, twice as long each time."""


@dataclass(slots=True)
class _Trouble:
    """A fleet that failed in this process."""

    times: int
    until_s: float
    poison: set[Poison]


class Keeper(threading.Thread):
    """The thread that takes, renews and gives back the leases of one process.

    Args:
        database: where the leases are.
        bells: handed on to each fleet's loop.
        atlas: gives the maps there are.
    """

    def __init__(self, database: Database, bells: Bells, atlas: Callable[[], Mapping[str, maps.StreetNetwork]]) -> None:
        super().__init__(name="keeper", daemon=True)
        self.owner = f"{socket.gethostname()[:40]}/{os.getpid()}/{uuid4().hex[:10]}"
        self._database, self._bells, self._atlas = database, bells, atlas
        self._stopping, self._rung = threading.Event(), threading.Event()
        self._loops: dict[str, FleetLoop] = {}
        self._watched: dict[str, tuple[Lease, float]] = {}
        self._trouble: dict[str, _Trouble] = {}

    @property
    def fleets(self) -> frozenset[str]:
        """The fleets that are dispatched here."""
        return frozenset(fleet_id for fleet_id, loop in list(self._loops.items()) if loop.is_alive())

    def hurry(self) -> None:
        """Look at the leases now: there is a new fleet."""
        self._rung.set()

    def run(self) -> None:
        """Renew and take leases until asked to end."""
        log = structlog.get_logger()
        dispatch.warm_up()
        away = False
        while not self._stopping.is_set():
            self._rung.clear()
            try:
                self._round()
                away = False
            except DatabaseError as error:
                if not away:
                    log.warning("keeper.adrift", error=str(error))
                away = True
            except Exception:
                log.exception("keeper.failed")
            self._rung.wait(ROUND_S)

    def close(self) -> None:
        """End every loop and give the fleets back, so that others need not wait."""
        self._stopping.set()
        self._rung.set()
        if self.is_alive():
            self.join(10)
        for loop in self._loops.values():
            loop.stop()
        for loop in self._loops.values():
            loop.join(10)
        try:
            with self._database.writing() as session:
                FleetRepository(session).give_back(self.owner)
        except DatabaseError as error:
            structlog.get_logger().warning("keeper.adrift", error=str(error))

    def _round(self) -> None:
        until = datetime.now(UTC) + timedelta(seconds=LEASE_S)
        if self._loops:
            with self._database.writing() as session:
                terms = FleetRepository(session).renew(self.owner, until)
            self._reap(terms)
        with self._database.transaction() as session:
            leases = FleetRepository(session).leases()
        now_s = time.monotonic()
        for lease in leases:
            trouble = self._trouble.get(lease.fleet_id)
            waits = trouble is not None and now_s < trouble.until_s
            if lease.fleet_id not in self._loops and not waits and self._is_free(lease, now_s):
                self._take(lease)

    def _reap(self, terms: Mapping[str, int]) -> None:
        """Stop the loops whose lease is lost, and put away those that have ended."""
        for fleet_id, loop in list(self._loops.items()):
            if loop.is_alive():
                if terms.get(fleet_id) != loop.lease.term:
                    loop.stop()
                continue
            del self._loops[fleet_id]
            if loop.failure is None:
                continue
            trouble = self._trouble.setdefault(fleet_id, _Trouble(0, 0.0, set()))
            trouble.times += 1
            pause_s = (
                0.0
                if isinstance(loop.failure, DatabaseError)
                else min(AGAIN_S * 2 ** min(trouble.times, MANY), LONGEST_S)
            )
            trouble.until_s = time.monotonic() + pause_s
            if isinstance(loop.failure, PoisonError):
                trouble.poison.add(loop.failure.poison)
            with self._database.writing() as session:
                FleetRepository(session).give_back(self.owner, fleet_id)

    def _is_free(self, lease: Lease, now_s: float) -> bool:
        if lease.owner in {None, self.owner} or lease.until is None or lease.until <= datetime.now(UTC):
            return True
        seen, since_s = self._watched.setdefault(lease.fleet_id, (lease, now_s))
        if seen != lease:
            self._watched[lease.fleet_id] = lease, now_s
            return False
        return now_s >= since_s + LEASE_S

    def _take(self, seen: Lease) -> None:
        until = datetime.now(UTC) + timedelta(seconds=LEASE_S)
        with self._database.writing() as session:
            lease = FleetRepository(session).claim(seen, self.owner, until)
        if lease is None:
            return
        self._watched.pop(lease.fleet_id, None)
        trouble = self._trouble.get(lease.fleet_id)
        poison = trouble.poison if trouble else set()
        loop = FleetLoop(lease, self._database, self._bells, self._atlas(), frozenset(poison))
        poison -= {"tick", "restarted"}  # the next one is another event, and may do
        self._loops[lease.fleet_id] = loop
        loop.start()
