"""Seeded requests in which the fleet is too small: several orders of each are left out or late, for many reasons."""

import numpy as np

from dispatch import Drone, Order, PlanRequest, Rates, Rider, StraightTravel
from tests.dispatch.build import at, store

METRES_PER_DEGREE = 111_195.0


def tight_request(rng: np.random.Generator, *, orders: int = 12) -> PlanRequest:
    """About one rider for six orders, half the promises hard, small vehicles, short shifts, and sometimes a drone."""
    stores = [store("s"), store("t", location=(0.012, 0.004))][: int(rng.integers(1, 3))]
    names = [each.id for each in stores]

    def place() -> tuple[float, float]:
        radius_m, angle = 3_000 * np.sqrt(rng.random()), 2 * np.pi * rng.random()
        return (
            float(radius_m * np.cos(angle) / METRES_PER_DEGREE),
            float(radius_m * np.sin(angle) / METRES_PER_DEGREE),
        )

    placed_s = rng.integers(-900, 300, orders)
    asked = [
        Order(
            id=f"o{i}",
            store_id=str(rng.choice(names)),
            also_at=tuple(names) if rng.random() < 0.1 else (),
            location=place(),
            placed_at=at(int(placed_s[i])),
            ready_at=at(int(placed_s[i]) + 300),
            promised_at=at(int(placed_s[i]) + int(rng.integers(900, 2400))),
            max_late_s=[None, 0, 0, 600][int(rng.integers(4))],
            mass_kg=round(float(rng.lognormal(1.2, 0.7)), 2),
            volume_l=round(float(rng.lognormal(2.0, 0.7)), 1),
            priority=float(rng.choice([1.0, 1.0, 2.0])),
            unserved_cost=[None, None, 4.0, 200.0][int(rng.integers(4))],
        )
        for i in range(orders)
    ]
    riders = [
        Rider(
            id=f"r{i}",
            store_id=str(rng.choice(names)),
            capacity_orders=int(rng.integers(1, 5)),
            capacity_kg=float(rng.choice([6, 12, 30])),
            capacity_l=float(rng.choice([20, 40, 80])),
            free_at=at(int(rng.integers(0, 900))),
            shift_end_at=[None, at(1500), at(2700)][int(rng.integers(3))],
        )
        for i in range(max(1, orders // 6))
    ]
    drones = [Drone(id="d", store_id=names[0], range_m=float(rng.choice([2_000, 4_000, 12_000])))]
    return PlanRequest(
        now=at(0),
        stores=stores,
        orders=asked,
        riders=riders,
        drones=drones if rng.random() < 0.4 else [],
        travel=StraightTravel(kind="straight", speed_kmh=float(rng.choice([12, 18]))),
        rates=Rates(rider_cost_per_h=float(rng.choice([18, 36, 60]))),
        max_gco2e_per_order=float(rng.choice([5, 10])) if rng.random() < 0.2 else None,
    )
