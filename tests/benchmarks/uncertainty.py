"""How long ranges take to draw: ``python -m tests.benchmarks.uncertainty``.

A synthetic day of 2,000 orders from two stores: rounds of four orders by e-bike and single orders by drone, in four
kinds of packaging, drawn 10,000 times. Prints seconds by the clock and the memory that drawing adds at its peak.
"""

import resource
import time
from collections.abc import Callable
from datetime import date

import numpy as np

import carbon

ORDERS = 2000
BY_DRONE = 200
DRAWS = 10_000


def day(rng: np.random.Generator) -> carbon.Report:
    """The day: how far, how heavy and in what is drawn; energies are the models'."""
    rounds, packaging = [], {}
    names = list(carbon.STANDARD_PACKAGING)
    for number, count in enumerate([1] * BY_DRONE + [4] * ((ORDERS - BY_DRONE) // 4)):
        masses, doors = rng.uniform(0.2, 3.0 if count > 1 else 0.5, count), rng.uniform(500, 3000, count)
        legs = np.append(rng.uniform(300, 1500, count), doors[-1]) if count > 1 else np.repeat(doors, 2)
        loads = masses[::-1].cumsum()[::-1]
        on_board = np.append(loads, 0.0)
        speed = 10.0 if count == 1 else 5.0
        if count == 1:
            wh = carbon.M100.battery_wh(legs, on_board, speed)
        else:
            wh = carbon.E_BIKE.battery_wh(legs, legs / speed, on_board)
        ids = [f"O{number}-{i}" for i in range(count)]
        packaging |= {id_: carbon.STANDARD_PACKAGING[names[rng.integers(len(names))]] for id_ in ids}
        rounds.append(
            carbon.Round(
                id=f"R{number}",
                store_id=f"S{number % 2}",
                region="CN",
                vehicle_id=f"V{number % 60}",
                vehicle_class="drone" if count == 1 else "e_bike",
                started_on=date(2026, 5, 1),
                distance_m=float(legs.sum()),
                battery_wh=float(wh.sum()),
                travel_s=float(legs.sum() / speed),
                load_kg=float((on_board * legs).sum() / legs.sum()),
                stops=tuple(
                    carbon.RoundStop(order_id=id_, mass_kg=float(kg), distance_m=float(m))
                    for id_, kg, m in zip(ids, masses, doors, strict=True)
                ),
            )
        )
    return carbon.footprint(rounds, packaging)


def timed(label: str, work: Callable[[], object], runs: int = 3) -> None:
    """Print the best of ``runs`` and the memory that the first added at its peak."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    added_mb = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    print(f"{label:44}{min(times):8.2f} s{added_mb:8.0f} MB")


def main() -> None:
    """Print all figures."""
    report = day(np.random.default_rng(0))
    print(f"{len(report.orders)} orders, {len(report.rounds)} rounds, {DRAWS} draws")
    timed("uncertainty of the day", lambda: carbon.uncertainty(report, draws=DRAWS))
    timed("paired with itself", lambda: carbon.paired(report, report, draws=DRAWS))
    found = carbon.uncertainty(report, draws=DRAWS)
    if found.total is not None:
        for name in ("transport_gco2e", "packaging_gco2e", "total_gco2e"):
            spread = getattr(found.total, name)
            value = getattr(report.totals, name)
            print(
                f"{name:20}{value:12,.0f}   p5 {spread.p5:12,.0f}   p50 {spread.p50:12,.0f}   p95 {spread.p95:12,.0f}"
            )
    print(f"{len(found.ranged)} factors drawn, {len(found.constant)} without a range, limits: {list(found.limits)}")


if __name__ == "__main__":
    main()
