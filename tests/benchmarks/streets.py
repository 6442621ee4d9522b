"""How long streets take: ``python -m tests.benchmarks.streets``.

Prints the median of several runs; reading without the cache is timed in a process of its own, imports not counted.
"""

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

import maps
from maps.plane import Floats, Plane

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "maps" / "sample" / "coquimbo.osm.pbf"
PORTO_ALEGRE = ROOT.parent / "shared" / "data" / "maps" / "porto_alegre.osm.pbf"
RADIUS_M = 3000.0
ORDERS = 200


def median_s(work: Callable[[], object], runs: int = 5) -> float:
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def report(label: str, seconds: float, goal_s: float | None = None) -> None:
    goal = f"   goal {goal_s * 1000:,.0f} ms" if goal_s else ""
    print(f"{label:58}{seconds * 1000:10,.1f} ms{goal}")


def disk(centre: tuple[float, float], n: int) -> Floats:
    rng = np.random.default_rng(0)
    angle, radius = rng.uniform(0, 2 * np.pi, n), RADIUS_M * np.sqrt(rng.uniform(0, 1, n))
    return Plane(*centre).to_lonlat(np.column_stack((radius * np.cos(angle), radius * np.sin(angle))))


def reading() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["SWIFTLEAF_CACHE_DIR"] = folder
        report("read the sample city", median_s(lambda: maps.read_map(SAMPLE, cache=False), 3), 3.0)
        maps.read_map(SAMPLE)
        report("read the sample city from the cache", median_s(lambda: maps.read_map(SAMPLE)), 0.3)


def travelling(network: maps.StreetNetwork, centre: tuple[float, float]) -> None:
    points = np.concatenate(([centre], disk(centre, ORDERS)))

    def clipped() -> maps.TravelTimes:
        return maps.TravelTimes(network, maps.E_BIKE, centre, RADIUS_M)

    report(f"{network.name}: clip to the radius and its margin", median_s(clipped))
    report(
        f"{network.name}: matrix of the store and {ORDERS} orders, clip included",
        median_s(lambda: clipped().add(points)),
        0.3,
    )
    travel = clipped()
    travel.add(points)
    fresh = iter(disk(centre, ORDERS + 60)[-60:])
    report(f"{network.name}: one more order", median_s(lambda: travel.add([next(fresh)]), 50), 0.01)
    snapped = iter(np.flatnonzero(np.isfinite(travel.snap_m))[1:])
    report(f"{network.name}: one route", median_s(lambda: travel.route(0, int(next(snapped))), 50))
    for minutes in (5.0, 10.0):
        seconds = median_s(lambda m=minutes: maps.service_area(network, maps.E_BIKE, centre, minutes=m), 3)
        report(f"{network.name}: service area of {minutes:g} minutes", seconds)
    report(f"{network.name}: streets for a page", median_s(lambda: maps.streets_geojson(network, centre, RADIUS_M), 3))


def main() -> None:
    """Print all figures."""
    reading()
    network = maps.read_map(SAMPLE, cache=False)
    travelling(network, maps.SAMPLE_STORE)
    people = maps.bundled_people()

    def draw() -> Floats:
        return people.draw(60, maps.SAMPLE_STORE, RADIUS_M, network, np.random.default_rng(0))

    report("coquimbo: 60 addresses", median_s(draw, 3))
    if PORTO_ALEGRE.is_file():
        travelling(maps.read_map(PORTO_ALEGRE, cache=False), (-51.22, -30.035))
    else:
        print("porto_alegre: skipped, ../shared/data/maps is not there")


if __name__ == "__main__":
    main()
