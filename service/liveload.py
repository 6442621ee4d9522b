"""What ``swiftleaf load --store`` does: a store's evening in real time, against a server that dispatches it.

Orders are placed where people live, riders come on, and each trip that the server decides on is ridden as it was
planned, a little slower or faster. What the server does not take at once is sent again, as a store's system would.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
import numpy as np
from pydantic_core import from_json

import dispatch
import maps
from dispatch.online import DECISIONS, Commit, Decision, Quoted, Released
from dispatch.record import seconds_after
from service.files import UsageError
from service.load import PATIENCE_S, Traffic, spread

AGAIN_S = 1.0
"""After so long what was not taken is sent again, unless the server says when."""
STREAM_AGAIN_S = 0.5
SPREAD = 0.15
"""Of the lognormal factor on how long the rides of a trip take."""
QUOTED_S = 5.0
"""So long the last quotes are waited for."""


@dataclass
class LiveTally:
    """What came back. An order is delivered on time if its rider was at the door by its promise."""

    taken_s: list[float] = field(default_factory=list)
    quoted_s: list[float] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    decisions: Counter[str] = field(default_factory=Counter)
    orders: int = 0
    delivered: int = 0
    on_time: int = 0

    def text(self) -> str:
        """The figures in lines."""
        lines = [
            f"answers: {', '.join(f'{status} x {count}' for status, count in sorted(self.statuses.items())) or 'none'}",
            f"events taken:  {spread(self.taken_s)}",
            f"orders quoted: {spread(self.quoted_s)}",
            f"decisions: {', '.join(f'{kind} x {count}' for kind, count in sorted(self.decisions.items())) or 'none'}",
            f"orders: {self.orders} placed, {self.delivered} delivered, {self.on_time} of them on time",
        ]
        lines += [f"error: {error} x {count}" for error, count in self.errors.most_common(5)]
        return "\n".join(lines)


class Evening:
    """One store's traffic.

    Args:
        traffic: where to, and how much; ``rate_per_s`` are orders.
        store_id: of a store that the server dispatches, around which the bundled map has people.
    """

    def __init__(self, traffic: Traffic, store_id: str) -> None:
        self._traffic, self._store_id = traffic, store_id
        self._run = f"load-{uuid4().hex[:8]}"
        self._over, self._quoted = asyncio.Event(), asyncio.Event()
        self._orders: dict[str, dispatch.Order] = {}
        self._sent_s: dict[str, float] = {}
        self._waiting: dict[str, set[str]] = {}
        """Trips that have not left, each with the orders it is to take."""
        self._open: set[str] = set()
        """Orders that have not left."""
        self._tasks: set[asyncio.Task[None]] = set()
        self.tally = LiveTally()

    async def play(self) -> LiveTally:
        """Play it to its end: what has not left then is cancelled, and what is on the road delivered at once.

        Raises:
            UsageError: if the server or the store is not there, or nobody lives around it on the bundled map.
        """
        key = self._traffic.key
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        async with httpx.AsyncClient(
            base_url=self._traffic.url, headers=headers, timeout=PATIENCE_S, trust_env=False
        ) as client:
            self._client = client
            store, fleet_id = await self._store()
            peak = await asyncio.to_thread(self._peak, store)
            reading = asyncio.Event()
            listening = asyncio.create_task(self._listen(fleet_id, reading))
            await reading.wait()
            for rider in peak.riders:
                on = dispatch.Rider(id=f"{self._run}-{rider.id}", store_id=self._store_id)
                await self._tell("rider_on", rider=on.model_dump(mode="json"))
            began_s = time.monotonic()
            placing = []
            for number, order in enumerate(peak.orders):
                await asyncio.sleep(max(0.0, began_s + number / self._traffic.rate_per_s - time.monotonic()))
                placing.append(self._begin(self._place(order)))
            await asyncio.gather(*placing)
            await self._quiet()
            listening.cancel()
            for rider in peak.riders:
                await self._tell("vehicle_off", vehicle_id=f"{self._run}-{rider.id}")
        return self.tally

    async def _store(self) -> tuple[dispatch.Store, str]:
        try:
            answer = await self._client.get(f"/v1/stores/{self._store_id}")
        except httpx.HTTPError as error:
            raise UsageError(f"--url {self._traffic.url}: no server answers there ({error})") from None
        if answer.status_code in {401, 403}:
            raise UsageError("--key: the server wants a key with live:read and events:write; set SWIFTLEAF_KEY")
        if not answer.is_success:
            raise UsageError(
                f"--store {self._store_id}: the server dispatches none of this id; GET /v1/stores lists them"
            )
        found = answer.json()
        return dispatch.Store.model_validate(found["store"]), found["fleet_id"]

    def _peak(self, store: dispatch.Store) -> dispatch.PlanRequest:
        traffic = self._traffic
        try:
            return dispatch.dinner_peak(
                maps.bundled_map(),
                maps.bundled_people(),
                store=store.location,
                region=store.region,
                orders=max(1, round(traffic.rate_per_s * traffic.seconds)),
                riders=traffic.riders,
                drones=0,
                seed=traffic.seed,
            )
        except maps.MapError as error:
            raise UsageError(f"--store {store.id}: {error}; orders come from the people of the bundled map") from None

    # The store

    async def _place(self, drawn: dispatch.Order) -> None:
        now = datetime.now(UTC)
        order = drawn.model_copy(
            update={
                "id": f"{self._run}-{drawn.id}",
                "store_id": self._store_id,
                "placed_at": now,
                "ready_at": now + (drawn.ready_at - drawn.placed_at),
                "promised_at": now + (drawn.promised_at - drawn.placed_at),
            }
        )
        self._orders[order.id] = order
        self._sent_s[order.id] = time.monotonic()
        self._quoted.clear()
        self._open.add(order.id)
        self.tally.orders += 1
        await self._tell("order_placed", order=order.model_dump(mode="json"))

    async def _ride(self, trip: dispatch.Trip) -> None:
        """Ride a trip as it was planned, with what is left of it when it leaves."""
        number = int(trip.id.rpartition("/")[2])
        factor = float(np.random.default_rng((self._traffic.seed, number)).lognormal(0.0, SPREAD))
        await self._pause(seconds_after(datetime.now(UTC), trip.depart_at))
        takes = self._waiting.pop(trip.id)
        stops = [stop for stop in trip.stops if stop.order_id in takes and stop.order_id in self._open]
        if not stops or self._over.is_set():
            return
        self._open -= takes
        await self._tell("trip_left", trip_id=trip.id)
        for stop in stops:
            await self._pause(stop.leg.travel_s * factor)
            at, in_time = datetime.now(UTC), not self._over.is_set()
            await self._pause(seconds_after(stop.arrive_at, stop.leave_at))
            await self._tell("stop_done", trip_id=trip.id, order_id=stop.order_id)
            self.tally.delivered += in_time
            self.tally.on_time += in_time and at <= self._orders[stop.order_id].promised_at
        await self._pause(trip.return_leg.travel_s * factor)
        await self._tell("trip_returned", trip_id=trip.id)

    async def _quiet(self) -> None:
        """Wait for the last quotes, cancel what has not left and let everybody come back."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._quoted.wait(), QUOTED_S)
        self._over.set()
        for order_id in sorted(self._open):
            await self._tell("order_cancelled", order_id=order_id)
        while self._tasks:
            await asyncio.wait(set(self._tasks))

    async def _pause(self, seconds: float) -> None:
        """Let so much time pass, or none once it is over."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._over.wait(), max(seconds, 0.0))

    # The server

    def _begin(self, what: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(what)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _tell(self, kind: str, **fields: object) -> None:
        """Send an event until it is taken or refused."""
        event = {"id": f"{self._run}-{uuid4().hex[:12]}", "at": datetime.now(UTC).isoformat(), "kind": kind} | fields
        began_s = time.monotonic()
        while True:
            pause_s = AGAIN_S
            try:
                answer = await self._client.post(f"/v1/stores/{self._store_id}/events", json=event)
            except httpx.HTTPError as error:
                self.tally.errors[type(error).__name__] += 1
            else:
                self.tally.statuses[str(answer.status_code)] += 1
                if answer.is_success:
                    self.tally.taken_s.append(time.monotonic() - began_s)
                    return
                if answer.status_code not in {429, 503}:
                    self.tally.errors[f"{answer.status_code} {answer.text[:120]}"] += 1
                    return
                pause_s = float(answer.headers.get("retry-after", AGAIN_S))
            await asyncio.sleep(pause_s)

    async def _listen(self, fleet_id: str, reading: asyncio.Event) -> None:
        """Act on every decision, from now on, over as many connections as it takes."""
        place: str | None = None
        while True:
            headers = {} if place is None else {"Last-Event-ID": place}
            with suppress(httpx.HTTPError):
                stream = self._client.stream("GET", f"/v1/fleets/{fleet_id}/stream", headers=headers, timeout=None)
                async with stream as answer:
                    async for line in answer.aiter_lines():
                        name, _, value = line.partition(": ")
                        if name == "id":
                            place = value
                            reading.set()
                        elif name == "data" and "kind" in from_json(value):
                            self._act(DECISIONS.validate_json(value))
            await asyncio.sleep(STREAM_AGAIN_S)

    def _act(self, decision: Decision) -> None:
        self.tally.decisions[decision.kind] += 1
        if isinstance(decision, Quoted) and decision.order_id in self._sent_s:
            self.tally.quoted_s.append(time.monotonic() - self._sent_s.pop(decision.order_id))
            if not self._sent_s:
                self._quoted.set()
        elif isinstance(decision, Commit) and decision.trip.vehicle_id.startswith(self._run):
            self._waiting[decision.trip.id] = {stop.order_id for stop in decision.trip.stops}
            self._begin(self._ride(decision.trip))
        elif isinstance(decision, Released) and decision.trip_id in self._waiting:
            self._waiting[decision.trip_id] -= set(decision.order_ids)


async def ride(traffic: Traffic, store_id: str) -> LiveTally:
    """Play an ``Evening``, as it has it."""
    return await Evening(traffic, store_id).play()
