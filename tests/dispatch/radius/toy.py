"""Days by formula, for studies whose answers are known beforehand; and a world to study them in."""

import os
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from dispatch import Cost, StraightTravel
from dispatch.request import Store
from dispatch.twin import DayResult, Demand, Place, Radius, Roads, Span, World

STORE = (-71.2463, -29.8981)
MARGIN = 20.0
WAGE = 150.0


def world(name: str = "toy") -> World:
    return World(
        name=name,
        midnight=datetime(2026, 11, 20, tzinfo=UTC),
        hours=Span(starts="10:00", ends="22:00"),
        stores=(Store(id="store", location=STORE, region="CL"),),
        demand=Demand(orders_per_quarter=(4.0,) * 96, places=(Place(location=STORE, weight=1.0, people=1000.0),)),
        radius=Radius(metres=2000.0),
        travel=StraightTravel(kind="straight"),
        roads=Roads(factor_by_hour={}),
        margin=MARGIN,
    )


def day(
    *, accepted: int, on_time: int, delivered: int | None = None, cost: float = 0.0, gco2e: float = 0.0, seed: int = 0,
    people: float = 0.0, contribution: float = 0.0, idle_cost: float = 0.0, unserved: float = 0.0,
) -> DayResult:  # fmt: skip
    delivered = accepted if delivered is None else delivered
    zero = dict.fromkeys(("riding", "distance", "trips", "lateness", "carbon", "fairness"), 0.0)
    return DayResult(
        world="toy",
        seed=seed,
        orders=accepted,
        accepted=accepted,
        delivered=delivered,
        undelivered={"late": accepted - delivered} if accepted > delivered else {},
        on_time_share=on_time / accepted if accepted else None,
        late_mean_s=None,
        late_p95_s=None,
        click_to_door_mean_min=None,
        click_to_door_p95_min=None,
        trips=delivered,
        orders_per_trip=None,
        drone_share=None,
        riding_h=0.0,
        distance_km=0.0,
        on_shift_h=0.0,
        utilisation=None,
        cost=Cost(**zero | {"riding": cost}, unserved=unserved, total=cost + unserved),
        idle_cost=idle_cost,
        cost_per_order=None,
        transport_gco2e=gco2e,
        packaging_gco2e=0.0,
        gco2e_per_order=None,
        people_reached=people,
        reached_share=None,
        contribution=contribution,
    )


def simulate(world: World, seed: int) -> DayResult:
    """Orders grow with the area, each rider keeps 60 of them on time, and the seed draws a demand common to all."""
    km = (world.radius.metres or 0.0) / 1000
    busy = np.random.default_rng(seed).normal(1.0, 0.05)
    orders = round(40 * km**2 * busy)
    on_time = min(orders, 60 * len(world.crews))
    cost = WAGE * len(world.crews) + 2.0 * orders * km
    return day(
        accepted=orders,
        on_time=on_time,
        cost=cost,
        gco2e=15.0 * orders * km,
        seed=seed,
        people=1000 * km**2,
        contribution=MARGIN * on_time - cost,
    )


def slow_simulate(log: Path, world: World, seed: int) -> DayResult:
    """The same in a quarter of a second; the log has a line for each day begun and each ended, with who plays it."""
    said = f"{os.getpid()} {world.radius.metres} {len(world.crews)} {seed}\n"
    with log.open("a") as file:
        file.write(f"begun {said}")
    time.sleep(0.25)
    with log.open("a") as file:
        file.write(f"ended {said}")
    return simulate(world, seed)


def failing_simulate(world: World, seed: int) -> DayResult:
    """The same, but for one day of one setting."""
    if seed == 1 and world.radius.metres == 2000.0:
        raise RuntimeError("the machine ran out of memory")
    return simulate(world, seed)
