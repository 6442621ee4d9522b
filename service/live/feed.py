"""What is decided for a fleet, told to any number of subscribers: each decision is read once and fanned out.

A subscriber is one place in the sequence of decisions. It takes what lies behind that place from what is kept in memory
or, further back, from the database, so that it neither misses one nor gets one twice, whichever process it asks.
A stream ends when its key is revoked or changed, when the key no longer sees the fleet, or when its session is over.
"""

import asyncio
import math
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from itertools import takewhile
from typing import NamedTuple

import structlog
from fastapi.concurrency import run_in_threadpool

from service.db.database import Database, DatabaseError
from service.db.decisions import DecisionRepository
from service.db.fleets import FleetRepository
from service.keys import Caller, register
from service.live.bells import POLL_S, Bells, decisions_of

KEPT = 2_000
"""Decisions in memory, for each fleet that somebody listens to."""
PAGE = 500
CHECK_S = 2.0
"""How often it is looked whether the subscribers still may listen."""
BEAT_S = 15.0
"""A silent stream says so often that it is alive."""
RETRY_MS = 1_000
"""When a client comes again after it lost its stream."""


class Item(NamedTuple):
    """A decision as it is sent."""

    seq: int
    frame: bytes


class Feed:
    """The decisions of one fleet, as they come.

    Args:
        database: where they are.
        bells: of this process.
        fleet_id: of the fleet.
    """

    def __init__(self, database: Database, bells: Bells, fleet_id: str) -> None:
        self._database, self._bells, self._fleet_id = database, bells, fleet_id
        self._kept: deque[Item] = deque(maxlen=KEPT)
        self._from = self._upto = self._revision = 0
        self._changed = asyncio.Event()
        self._rung = asyncio.Event()
        self._closed = False
        self._refused: set[Caller] = set()
        self.callers = Counter[Caller]()

    async def open(self) -> None:
        """Find out how far the decisions have come."""
        self._upto, self._revision = await run_in_threadpool(self._where)
        self._from = self._upto

    async def run(self) -> None:
        """Read on until cancelled."""
        loop = asyncio.get_running_loop()
        log = structlog.get_logger()
        checked_s = time.monotonic()
        with self._bells.hung(decisions_of(self._fleet_id), lambda: loop.call_soon_threadsafe(self._rung.set)):
            while True:
                try:
                    async with asyncio.timeout(POLL_S):
                        await self._rung.wait()
                except TimeoutError:
                    pass
                self._rung.clear()
                try:
                    items, revision = await run_in_threadpool(self._read, self._upto)
                    if time.monotonic() - checked_s > CHECK_S:
                        self._refused = await run_in_threadpool(self._no_longer, tuple(self.callers))
                        checked_s = time.monotonic()
                except DatabaseError as error:
                    log.warning("feed.adrift", fleet=self._fleet_id, error=str(error))
                    continue
                except Exception:
                    log.exception("feed.failed", fleet=self._fleet_id)
                    continue
                if items or revision != self._revision or self._refused:
                    self._keep(items, revision)
                    self._wake()
                if len(items) == PAGE:
                    self._rung.set()

    def close(self) -> None:
        """End every stream."""
        self._closed = True
        self._wake()

    def _wake(self) -> None:
        """Wake everybody who waits; whoever waits next waits for the next change."""
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    def _keep(self, items: list[Item], revision: int) -> None:
        for item in items:
            if len(self._kept) == KEPT:
                self._from = self._kept[0].seq
            self._kept.append(item)
            self._upto = item.seq
        self._revision = revision

    async def stream(self, caller: Caller, after: int | None, left_s: float = math.inf) -> AsyncIterator[bytes]:
        """Server-sent events from behind the decision ``after`` on, or from now on, for ``left_s`` at most."""
        end_s = time.monotonic() + left_s
        place = self._upto if after is None else after
        if place > self._upto:  # of another fleet, or of what a restored backup does not have: it would be told nothing
            place = min(place, (await run_in_threadpool(self._where))[0])
        told = -1
        yield f"retry: {RETRY_MS}\nid: {place}\n\n".encode()
        while not self._closed and caller not in self._refused and time.monotonic() < end_s:
            if place < self._from:
                items, _ = await run_in_threadpool(self._read, place)
            else:
                items = list(takewhile(lambda item: item.seq > place, reversed(self._kept)))[::-1]  # noqa: B023 - at once
            frames = [item.frame for item in items]
            place = items[-1].seq if items else place
            if told != self._revision and place >= self._upto:
                told = self._revision
                frames.append(f'event: plan\ndata: {{"revision":{told}}}\n\n'.encode())
            if frames:
                yield b"".join(frames)
                continue
            try:
                async with asyncio.timeout(BEAT_S):
                    await self._changed.wait()
            except TimeoutError:
                yield b": alive\n\n"

    def _no_longer(self, callers: Iterable[Caller]) -> set[Caller]:
        """Those who may listen no more."""
        with self._database.transaction() as session:
            stores = [row.id for row in FleetRepository(session).stores(self._fleet_id)]
            return {
                caller for caller in callers if not (caller.sees_all(stores) and register.unchanged(session, caller))
            }

    def _where(self) -> tuple[int, int]:
        with self._database.transaction() as session:
            decisions = DecisionRepository(session, self._fleet_id)
            return decisions.last_seq(), decisions.revision()

    def _read(self, after: int) -> tuple[list[Item], int]:
        with self._database.transaction() as session:
            decisions = DecisionRepository(session, self._fleet_id)
            revision = decisions.revision()
            rows = decisions.after(after, PAGE)
        frames = [Item(row.seq, f"id: {row.seq}\nevent: {row.kind}\ndata: {row.document}\n\n".encode()) for row in rows]
        return frames, revision


class Feeds:
    """The feeds of one process, each for as long as somebody listens.

    Args:
        database: of the server.
        bells: of this process.
    """

    def __init__(self, database: Database, bells: Bells) -> None:
        self._database, self._bells = database, bells
        self._feeds: dict[str, Feed] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._opening = asyncio.Lock()

    @asynccontextmanager
    async def of(self, fleet_id: str, caller: Caller) -> AsyncIterator[Feed]:
        """The feed of a fleet, kept running within the block for a subscriber who may listen to it."""
        async with self._opening:
            feed = self._feeds.get(fleet_id)
            if feed is None:
                feed = Feed(self._database, self._bells, fleet_id)
                await feed.open()
                self._feeds[fleet_id] = feed
                self._tasks[fleet_id] = asyncio.create_task(feed.run())
            feed.callers[caller] += 1
        try:
            yield feed
        finally:
            feed.callers -= Counter([caller])
            if not feed.callers:
                del self._feeds[fleet_id]
                self._tasks.pop(fleet_id).cancel()

    def close(self) -> None:
        """End every stream, so that a server that stops need not wait for its subscribers."""
        for feed in list(self._feeds.values()):
            feed.close()

    def streams_of(self, caller: Caller) -> int:
        """How many of them are of a caller's key."""
        counts = (each for feed in self._feeds.values() for each in feed.callers.items())
        return sum(count for each, count in counts if each.key_id == caller.key_id)

    @property
    def subscribers(self) -> int:
        """How many streams are open."""
        return sum(feed.callers.total() for feed in self._feeds.values())
