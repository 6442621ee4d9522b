"""A seeded dinner peak at one store of a real city: the demo's request, and a fixture for benchmarks."""

from datetime import datetime, timedelta, timezone

import numpy as np

import maps
from dispatch.request import Drone, MapTravel, Order, Packaging, PlanRequest, Rider, Store

NOW = datetime(2026, 11, 20, 20, 0, tzinfo=timezone(timedelta(hours=-3)))
"""A Friday at 20:00 in La Serena."""
PEAK_S = 15 * 60
PACKING_S = 5 * 60
PROMISE_S = 30 * 60


def dinner_peak(
    network: maps.StreetNetwork,
    people: maps.Population,
    *,
    store: tuple[float, float] = maps.SAMPLE_STORE,
    region: str = maps.SAMPLE_REGION,
    orders: int = 60,
    riders: int = 12,
    drones: int = 2,
    radius_m: float = 3_000.0,
    seed: int = 0,
) -> PlanRequest:
    """Draw the orders of the last 15 minutes around a store, and the fleet that should carry them.

    Addresses follow the people of the zones within ``radius_m``. Each order was placed at a uniform moment of the
    quarter hour, is packed five minutes later and promised thirty minutes after it was placed. Baskets are lognormal,
    2.2 kg in the median, 4 litres a kg. A third of the riders are out and come back within ten minutes.

    Args:
        network: the city's streets.
        people: the city's zones and who lives there.
        store: ``(lon, lat)``.
        region: the store's grid region.
        orders: how many.
        riders: how many, on e-bikes, all free until the shift's end three hours later.
        drones: how many.
        radius_m: straight-line radius of the service area.
        seed: of ``numpy.random.default_rng``; the same seed gives the same request.
    """
    rng = np.random.default_rng(seed)
    addresses = people.draw(orders, store, radius_m, network, rng)
    placed_s = np.sort(rng.integers(-PEAK_S, 1, size=orders))
    mass_kg = np.clip(rng.lognormal(np.log(2.2), 0.6, size=orders), 0.3, 15.0)
    handover_s = rng.choice([60, 90, 120, 180], p=[0.3, 0.3, 0.25, 0.15], size=orders)
    packaging = rng.choice([Packaging.LDPE_BAG, Packaging.PAPER_BAG, Packaging.CARTON], p=[0.6, 0.3, 0.1], size=orders)
    back_s = np.where(rng.random(riders) < 1 / 3, rng.integers(60, 600, size=riders), 0)
    shift_end_at = NOW + timedelta(hours=3)
    return PlanRequest(
        now=NOW,
        stores=[Store(id="store", name="Front warehouse", location=store, region=region)],
        orders=[
            Order(
                id=f"order-{i + 1:03d}",
                store_id="store",
                location=(round(float(addresses[i, 0]), 6), round(float(addresses[i, 1]), 6)),
                placed_at=NOW + timedelta(seconds=int(placed_s[i])),
                ready_at=NOW + timedelta(seconds=int(placed_s[i]) + PACKING_S),
                promised_at=NOW + timedelta(seconds=int(placed_s[i]) + PROMISE_S),
                handover_s=int(handover_s[i]),
                mass_kg=round(float(mass_kg[i]), 2),
                volume_l=round(float(mass_kg[i]) * 4, 1),
                packaging=Packaging(packaging[i]),
            )
            for i in range(orders)
        ],
        riders=[
            Rider(
                id=f"rider-{i + 1:02d}",
                store_id="store",
                free_at=NOW + timedelta(seconds=int(back_s[i])),
                shift_end_at=shift_end_at,
            )
            for i in range(riders)
        ],
        drones=[Drone(id=f"drone-{i + 1}", store_id="store", shift_end_at=shift_end_at) for i in range(drones)],
        travel=MapTravel(name=network.name),
    )
