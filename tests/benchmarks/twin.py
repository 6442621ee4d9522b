"""The marks of the digital twin: ``python -m tests.benchmarks.twin [--seeds 5] [--seconds 100]``.

(a) A day of 2,000 orders at one store of the bundled city, on one core, in seconds.

(b) The hindsight gap: one store, 200 orders in an hour, riders enough that nearly all are on time, straight lines, and
    no chance but who orders where and when. What the online day costs stands beside what nobody could undercut who had
    known all orders at the start: the proven bound of the columns engine on the one request that holds them all with
    their true times. Both are priced by the same function on that same request, and the day's trips are judged by the
    same checker. The gap has two parts: from the bound to the plan that the engine found with hindsight, and from that
    plan to the day.

(c) Three stores, of which one fails at 18:30 for the rest of the evening: the share of orders that is lost.
"""

import argparse
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

import dispatch
from dispatch import Plan, PlanRequest, SketchTrip, evaluate, warm_up
from dispatch.online import Patience
from dispatch.twin import (
    Crew,
    Day,
    Demand,
    Estimate,
    Handover,
    Outage,
    Packing,
    Place,
    Played,
    Policy,
    Radius,
    Roads,
    Span,
    World,
    measure,
    play,
    sample_city,
    sample_world,
)
from dispatch.twin.book import Book

DAY_ORDERS, DAY_RIDERS, DAY_S = 2_000, 60, 60.0
HOUR_ORDERS, HOUR_RIDERS, GAP = 200, 60, 0.10
START_S, HOUR_S = 12 * 3600, 3600
DISK_M = 3_000.0
DEGREE_M = 111_194.927
LOST = 0.03


@dataclass(frozen=True, slots=True)
class Hindsight:
    """One seed of (b): costs, and how the day went."""

    seed: int
    bound: float
    planned: float
    online: float
    on_time: float
    within_a_minute: float
    lost: int

    @property
    def gap(self) -> float:
        """The part of the day's cost that lies above the bound, as ``dispatch.Bound`` has it."""
        return 1 - self.bound / self.online

    @property
    def of_the_bound(self) -> float:
        """What of it lies between the bound and the plan with hindsight."""
        return (self.planned - self.bound) / self.online

    @property
    def over_bound(self) -> float:
        """What the day cost above the bound, as a part of the bound."""
        return self.online / self.bound - 1


def long_day() -> World:
    """A day of the bundled store with five times its orders and riders, of which 2,000 lie within reach."""
    sample = sample_world(orders=DAY_ORDERS / 0.86, riders=DAY_RIDERS)
    return sample.model_copy(update={"name": "2,000 orders"})


def hour() -> World:
    """One store at the equator whose riders have the whole hour; orders come from the day that is played."""
    store = dispatch.Store(id="store", location=(0.0, 0.0), region="CN")
    shift = Span(starts="11:00", ends="16:00")
    quarters = tuple(HOUR_ORDERS / 4 if 48 <= quarter < 52 else 0.0 for quarter in range(96))
    spots = np.random.default_rng(0)
    return World(
        name="hour",
        midnight=sample_world().midnight,
        hours=Span(starts="12:00", ends="13:00"),
        stores=(store,),
        # For the forecast only: where earlier days' orders came from.
        demand=Demand(
            orders_per_quarter=quarters,
            places=tuple(Place(location=point, weight=1.0) for point in _disk(400, spots)),
        ),
        radius=Radius(metres=DISK_M + 1),
        crews=tuple(
            Crew(rider=dispatch.Rider(id=f"rider-{i + 1:02d}", store_id="store"), shift=shift)
            for i in range(HOUR_RIDERS)
        ),
        packing=Packing(mean_s=300, sigma=0.0),
        handover=Handover(door_s=120, sigma=0.0),
        roads=Roads(sigma=0.0),
        patience_min=None,
        travel=dispatch.StraightTravel(kind="straight", speed_kmh=20.0, detour_factor=1.3),
        # Nothing is late by chance, so no reserve; the objective has no price for waiting, so trips wait when they can.
        policy=Policy(margin_s=0, patience=Patience(guard_s=0, wait_cost_per_min=0.0, swap=True)),
    )


def _disk(n: int, rng: np.random.Generator) -> Iterator[tuple[float, float]]:
    away = DISK_M / DEGREE_M * np.sqrt(rng.random(n))
    angle = 2 * np.pi * rng.random(n)
    for x, y in zip(away * np.cos(angle), away * np.sin(angle), strict=True):
        yield round(float(x), 6), round(float(y), 6)


def known_hour(seed: int) -> Day:
    """Exactly 200 orders at uniform moments of the hour and uniform places of the disk; nothing else at chance."""
    rng = np.random.default_rng(seed)
    n = HOUR_ORDERS
    return Day(
        placed_s=np.sort(rng.integers(START_S, START_S + HOUR_S, n)),
        points=np.array(list(_disk(n, rng))),
        place=np.zeros(n, dtype=np.int64),
        mass_kg=np.clip(2.2 * np.exp(0.6 * rng.standard_normal(n)), 0.3, 15.0).round(2),
        packing_s=np.full(n, 300),
        expected_handover_s=np.full(n, 120),
        handover_s=np.full(n, 120),
        to_door=np.ones(n),
        back=np.ones(n),
        approach=np.ones(n),
        stock=np.ones((1, n), dtype=np.bool_),
        absent=frozenset(),
    )


def known_request(world: World, day: Day) -> PlanRequest:
    """The hour as one request at its start: every order with its true times, every rider free."""
    book = Book.of(world, day)
    start = world.midnight + timedelta(seconds=START_S)
    shift_end_at = world.midnight + timedelta(hours=16)
    riders = [rider.model_copy(update={"shift_end_at": shift_end_at}) for rider in book.request.riders]
    return book.request.model_copy(update={"now": start, "riders": riders})


def judged(request: PlanRequest, played: Played) -> Plan:
    """The online day as a plan of that request, priced and judged like any other."""
    made = sorted(played.trips, key=lambda trip: trip.depart_at)
    sketch = [
        SketchTrip(
            vehicle_id=trip.vehicle_id,
            store_id=trip.store_id,
            order_ids=tuple(stop.order_id for stop in trip.stops),
            depart_at=trip.depart_at,
        )
        for trip in made
    ]
    plan = evaluate(request, sketch)
    if not plan.verdict.valid:
        raise AssertionError(f"the online day breaks {plan.verdict.violations[:3]}")
    return plan


def hindsight(world: World, seed: int, seconds: float) -> Hindsight:
    """Play one hour, and plan it with hindsight."""
    day = known_hour(seed)
    request = known_request(world, day)
    online = judged(request, play(world, day))
    best = dispatch.plan(request, engine="columns", time_limit_s=seconds, fixes=False)
    if best.bound is None:
        raise AssertionError("the columns engine gave no bound")
    return Hindsight(
        seed=seed,
        bound=best.bound.cost,
        planned=best.cost.total,
        online=online.cost.total,
        on_time=1 - (online.summary.late + online.summary.unserved) / online.summary.orders,
        within_a_minute=sum(stop.late_s <= 60 for trip in online.trips for stop in trip.stops) / HOUR_ORDERS,
        lost=online.summary.unserved,
    )


def failing_city() -> World:
    """The bundled city whose middle store fails at 18:30; its neighbours have everything in stock."""
    outage = Outage(store_id="centre", starts="18:30", ends="24:00")
    return sample_city().model_copy(update={"stock_share": 1.0, "outages": (outage,)})


def say(values: Sequence[float], form: str) -> str:
    """A mean with its interval."""
    estimate = Estimate.of(values)
    if estimate.low is None or estimate.high is None:
        return format(estimate.mean, form)
    return f"{estimate.mean:{form}} ({estimate.low:{form}} to {estimate.high:{form}})"


def main() -> None:
    """Measure all three and print one table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=5, help="days of (b) and (c)")
    parser.add_argument("--seconds", type=float, default=100.0, help="for each bound of (b), on two cores")
    parser.add_argument("--parts", default="abc", help="which of a, b and c")
    asked = parser.parse_args()
    warm_up()
    rows: list[tuple[str, str, str, bool]] = []
    if "a" in asked.parts:
        world, cores = long_day(), os.sched_getaffinity(0)
        os.sched_setaffinity(0, {min(cores)})
        began, busy_s = time.perf_counter(), time.process_time()
        played = play(world, 0)
        result = measure(world, 0, played)
        took_s, busy_s = time.perf_counter() - began, time.process_time() - busy_s
        os.sched_setaffinity(0, cores)
        text = f"{took_s:.1f} s by the clock, {busy_s:.1f} s of the processor; "
        text += f"{result.accepted:,} orders, {result.on_time_share or 0:.1%} on time, "
        text += f"{len(played.decisions_ms):,} events, p99 {result.decision_p99_ms or 0:.0f} ms"
        rows.append(("a 2,000-order day, one core", f"under {DAY_S:.0f} s", text, took_s < DAY_S))
    if "b" in asked.parts:
        hours = []
        for seed in range(asked.seeds):
            found = hindsight(hour(), seed, asked.seconds)
            hours.append(found)
            print(
                f"seed {seed}: bound {found.bound:.2f}, planned {found.planned:.2f} ({found.of_the_bound:+.2%}), "
                f"online {found.online:.2f} ({found.gap:+.2%}); {found.on_time:.1%} on time, {found.lost} lost",
                flush=True,
            )
        gap = say([found.gap for found in hours], ".1%")
        rows.append(("hindsight gap", f"at most {GAP:.0%}", gap, float(np.mean([h.gap for h in hours])) <= GAP))
        of_bound = say([found.of_the_bound for found in hours], ".1%")
        rows.append(("  of which: bound to plan with hindsight", "", of_bound, True))
        rest = say([found.gap - found.of_the_bound for found in hours], ".1%")
        rows.append(("  of which: that plan to the online day", "", rest, True))
        rows.append(("  the gap as a part of the bound", "", say([found.over_bound for found in hours], ".1%"), True))
        rows.append(("  orders on time", "", say([found.on_time for found in hours], ".1%"), True))
        within = say([found.within_a_minute for found in hours], ".1%")
        rows.append(("  orders on time or at most a minute late", "", within, True))
    if "c" in asked.parts:
        shares = {}
        for name, world in (("a store fails at 18:30", failing_city()), ("none fails", sample_city())):
            results = [measure(world, seed, play(world, seed)) for seed in range(asked.seeds)]
            shares[name] = [1 - result.delivered / result.accepted for result in results]
            reasons = sorted({reason for result in results for reason in result.undelivered})
            on_time = say([result.on_time_share or 0.0 for result in results], ".1%")
            print(f"{name}: lost {say(shares[name], '.2%')}, for {reasons}; on time {on_time}", flush=True)
        lost = shares["a store fails at 18:30"]
        rows.append(
            ("three stores, one fails at 18:30: lost", f"at most {LOST:.0%}", say(lost, ".2%"), np.mean(lost) <= LOST)
        )
        rows.append(("  the same days without the failure", "", say(shares["none fails"], ".2%"), True))
    print("\n| mark | goal | measured | met |\n|---|---|---|---|")
    for what, goal, text, met in rows:
        print(f"| {what} | {goal} | {text} | {('yes' if met else 'no') if goal else ''} |")


if __name__ == "__main__":
    main()
