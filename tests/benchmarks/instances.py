"""Snapshots of one store at its peak: the instances of the benchmark, drawn from a seed.

Orders lie uniformly in a disk around the store. Each is ready at a uniform second of the next quarter hour, was placed
five minutes of packing before that, and is promised thirty minutes after it was placed. Riders ride straight lines
times a detour. All prices are in riding seconds, so that the objective of a plan that serves everybody on time is the
seconds it rides.
"""

from datetime import UTC, datetime, timedelta
from typing import Literal

import numpy as np

from dispatch import Order, Packaging, PlanRequest, Rates, Rider, Store, StraightTravel

Mode = Literal["hard", "soft"]
MODES: tuple[Mode, ...] = ("hard", "soft")

NOW = datetime(2026, 11, 20, 19, 0, tzinfo=UTC)
STORE = (0.0, 0.0)
RADIUS_M = 3_000.0
DEGREE_M = 111_194.93
"""Metres of a degree on the sphere of 6,371 km that straight travel is measured on; the store is on the equator."""
DETOUR, SPEED_KMH = 1.3, 20.0
READY_WITHIN_S, PACKING_S, PROMISE_S, HANDOVER_S = 15 * 60, 5 * 60, 30 * 60, 120
ORDERS_PER_TRIP = 5

UNSERVED_COST = 3_600.0
"""An order left out costs as much as an hour of riding: more than any detour, so none is left out to save one."""
LATE_COST_PER_S, GRACE_S, LATE_COST_PER_S_AFTER = 0.5, 300, 1.0
"""Soft promises only: the price of a late second up to the grace, the grace, and the price beyond it."""
RATES = Rates(
    currency="XTS",  # ISO 4217's code for tests; one of it is one riding second
    rider_cost_per_h=3_600.0,
    rider_cost_per_km=0.0,
    rider_cost_per_trip=0.0,
    late_cost_per_min=LATE_COST_PER_S * 60,
    late_grace_s=GRACE_S,
    late_cost_per_min_after_grace=LATE_COST_PER_S_AFTER * 60,
    unserved_cost=UNSERVED_COST,
    carbon_cost_per_kg=0.0,
)


def riders_of(size: int, orders_per_rider: float) -> int:
    """Riders of a snapshot of ``size`` orders."""
    return max(1, round(size / orders_per_rider))


def snapshot(size: int, orders_per_rider: float, mode: Mode, seed: int) -> PlanRequest:
    """Draw a snapshot of ``size`` orders.

    The orders depend on ``size`` and ``seed`` alone: fewer riders and softer promises come on top of the same orders.

    Args:
        size: number of orders.
        orders_per_rider: 6 is tight, 4 is easy, 8 is too much.
        mode: ``hard`` refuses to arrive late at all; ``soft`` prices it.
        seed: of the draw.
    """
    rng = np.random.default_rng(seed)
    radius_m, angle = RADIUS_M * np.sqrt(rng.random(size)), 2 * np.pi * rng.random(size)
    placed_s = rng.integers(-PACKING_S, READY_WITHIN_S - PACKING_S, size)
    lon = STORE[0] + radius_m * np.cos(angle) / DEGREE_M
    lat = STORE[1] + radius_m * np.sin(angle) / DEGREE_M
    return PlanRequest(
        now=NOW,
        stores=[Store(id="store", location=STORE, region="CN")],
        orders=[
            one_order(f"o{i}", (float(lon[i]), float(lat[i])), int(placed_s[i]), mode=mode, now=NOW)
            for i in range(size)
        ],
        riders=crew(riders_of(size, orders_per_rider)),
        travel=StraightTravel(kind="straight", speed_kmh=SPEED_KMH, detour_factor=DETOUR),
        rates=RATES,
    )


def one_order(name: str, location: tuple[float, float], placed_s: int, *, mode: Mode, now: datetime) -> Order:
    """An order placed ``placed_s`` after ``now``, or before it, with the benchmark's packing time and promise."""
    placed_at = now + timedelta(seconds=placed_s)
    return Order(
        id=name,
        store_id="store",
        location=location,
        placed_at=placed_at,
        ready_at=placed_at + timedelta(seconds=PACKING_S),
        promised_at=placed_at + timedelta(seconds=PROMISE_S),
        max_late_s=0 if mode == "hard" else None,
        handover_s=HANDOVER_S,
        mass_kg=1.0,
        packaging=Packaging.NONE,
    )


def crew(riders: int) -> list[Rider]:
    """Riders who stand at the store and carry ``ORDERS_PER_TRIP`` orders a trip."""
    return [Rider(id=f"r{i}", store_id="store", capacity_orders=ORDERS_PER_TRIP) for i in range(riders)]
