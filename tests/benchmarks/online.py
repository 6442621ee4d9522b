"""How long the dispatcher takes to answer an event while 100 orders are open.

    uv run python -m tests.benchmarks.online

One store on straight lines and one in the bundled city, 20 riders who are all out, 100 orders that wait for them, and
an event of each kind, many times over.
"""

import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta

import numpy as np

import dispatch
import maps
from dispatch import MapTravel, Order, Rider, Store, StraightTravel
from dispatch.online import (
    AddressCorrected,
    Dispatcher,
    Event,
    OrderCancelled,
    OrderPlaced,
    ReadyChanged,
    RiderOn,
    Setup,
    Tick,
    VehicleDelayed,
)
from tests.benchmarks.instances import NOW

OPEN, RIDERS, ROUNDS = 100, 20, 40
SPREAD = 0.02
"""Degrees around the store in which orders lie."""


def order(number: int, rng: np.random.Generator, lon: float, lat: float) -> Order:
    """An order near the store, placed now, ready in a few minutes."""
    east, north = rng.uniform(-SPREAD, SPREAD, 2)
    return Order(
        id=f"o{number}",
        store_id="store",
        location=(lon + float(east), lat + float(north)),
        placed_at=NOW,
        ready_at=NOW + timedelta(minutes=int(rng.integers(3, 10))),
        promised_at=NOW + timedelta(minutes=60),
        mass_kg=2.0,
    )


def events(rng: np.random.Generator, lon: float, lat: float) -> Iterator[Event]:
    """One of each kind, round after round; an order comes for each that goes."""
    for i in range(ROUNDS):
        at = NOW + timedelta(seconds=i)
        number = OPEN + i
        yield OrderPlaced(id=f"p{number}", at=at, order=order(number, rng, lon, lat))
        yield OrderCancelled(id=f"c{i}", at=at, order_id=f"o{i}")
        yield ReadyChanged(id=f"r{i}", at=at, order_id=f"o{number - 1}", ready_at=at + timedelta(minutes=5))
        yield AddressCorrected(id=f"a{i}", at=at, order_id=f"o{number - 2}", location=(lon, lat + SPREAD / 2))
        yield VehicleDelayed(id=f"d{i}", at=at, vehicle_id=f"r{i % RIDERS}", by_s=60)
        yield Tick(id=f"t{i}", at=at)


def main() -> int:
    """Print the milliseconds of each kind of event, for both ways to travel."""
    dispatch.warm_up()
    lon, lat = maps.SAMPLE_STORE
    print("| travel | event | median ms | p99 ms |\n|---|---|---|---|")
    for travel in (StraightTravel(kind="straight"), MapTravel()):
        rng = np.random.default_rng(0)
        dispatcher = Dispatcher(
            Setup(stores=[Store(id="store", location=(lon, lat), region=maps.SAMPLE_REGION)], travel=travel)
        )
        late = NOW + timedelta(minutes=2)
        for i in range(RIDERS):
            rider = Rider(id=f"r{i}", store_id="store", free_at=late + timedelta(seconds=20 * i))
            dispatcher.handle(RiderOn(id=f"on{i}", at=NOW, rider=rider))
        for i in range(OPEN):
            dispatcher.handle(OrderPlaced(id=f"p{i}", at=NOW, order=order(i, rng, lon, lat)))
        took: dict[str, list[float]] = defaultdict(list)
        for event in events(rng, lon, lat):
            start = time.perf_counter()
            dispatcher.handle(event)
            took[event.kind].append((time.perf_counter() - start) * 1e3)
        assert len(dispatcher.state.open_ids) == OPEN
        for kind, each in [*took.items(), ("all", np.concatenate(list(took.values())))]:
            print(f"| {travel.kind} | {kind} | {np.median(each):.1f} | {np.quantile(each, 0.99):.1f} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
