"""How long flights take to find: ``python -m tests.benchmarks.airspace``.

Prints the median of several runs over 50 zones and 200 orders, and the same flights by extremitypathfinder: how much
longer it takes, and how far the lengths differ. Figures are processor time.
"""

import statistics
import time
from collections.abc import Callable
from itertools import islice

import numpy as np
import shapely
from extremitypathfinder import PolygonEnvironment

import maps
from maps.plane import Floats, Plane

CENTRE = Plane(0.0, 0.0)
"""On the equator and the prime meridian degrees are alike both ways, so a flat oracle measures what a sphere does."""
DEGREE_M = float(np.radians(6_371_000))
HALF_M = 3000.0
ZONES = 50
ORDERS = 200
CLEARANCE_M = 30.0


def median_s(work: Callable[[], object], runs: int = 5) -> float:
    times = []
    for _ in range(runs):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return statistics.median(times)


def report(label: str, seconds: float, goal_s: float | None = None) -> None:
    goal = f"   goal {goal_s * 1000:,.2f} ms" if goal_s else ""
    print(f"{label:58}{seconds * 1000:12,.2f} ms{goal}")


def zones(count: int, half_m: float, rng: np.random.Generator) -> list[Floats]:
    """Eight-cornered stars of up to 200 m around random places of a square."""
    rings = []
    for _ in range(count):
        angle = np.sort(rng.uniform(0, 2 * np.pi, 8))
        ring = rng.uniform(60, 200, (8, 1)) * np.column_stack((np.cos(angle), np.sin(angle)))
        rings.append(CENTRE.to_lonlat(rng.uniform(-half_m, half_m, 2) + ring))
    return rings


def main() -> None:
    """Print all figures."""
    rng = np.random.default_rng(0)
    rings = zones(ZONES, HALF_M, rng)
    orders = CENTRE.to_lonlat(rng.uniform(-HALF_M, HALF_M, (ORDERS, 2)))
    box = CENTRE.to_lonlat(HALF_M * np.array([[-1.0, -1.0], [1.0, 1.0], [1.0, -1.0], [-1.0, 1.0]]))

    def prepare() -> maps.Airspace:
        airspace = maps.Airspace(rings, CLEARANCE_M)
        airspace.metres(box)  # the visibility graph is built for the zones that matter, when the first points come
        return airspace

    airspace = prepare()
    metres = airspace.metres(orders)
    detours = np.argwhere(np.isfinite(metres) & (metres > maps.Airspace([]).metres(orders) + 1.0))
    report(f"prepare {ZONES} zones", median_s(prepare), 0.15)
    report(f"all flights between {ORDERS} places", median_s(lambda: airspace.metres(orders)))
    pairs = [tuple(pair) for pair in detours[rng.permutation(len(detours))[:300]].tolist()]
    ends = [(tuple(orders[i].tolist()), tuple(orders[j].tolist())) for i, j in pairs]
    path_s = median_s(lambda: [airspace.path(*each) for each in ends]) / len(ends)
    report("one path round zones", path_s, 0.00062)
    national = zones(1000, 300_000.0, rng) + rings
    report("the same orders, 1,000 zones of a whole country", median_s(lambda: maps.Airspace(national, CLEARANCE_M), 3))
    wide = maps.Airspace(national, CLEARANCE_M)
    report("  all their flights", median_s(lambda: wide.metres(orders), 3))
    dense = zones(1000, 15_000.0, rng)
    report("the same orders, 1,000 zones of one city", median_s(lambda: maps.Airspace(dense, CLEARANCE_M), 3))
    city = maps.Airspace(dense, CLEARANCE_M)
    report("  all their flights", median_s(lambda: city.metres(orders), 3))
    environment = PolygonEnvironment()
    holes = shapely.get_parts(shapely.orient_polygons(airspace.zones, exterior_cw=True))
    border = 9 * HALF_M * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])
    outlines = [shapely.get_coordinates(hole.exterior)[:-1] * DEGREE_M for hole in holes]
    environment.store(border, outlines)
    report("extremitypathfinder: prepare", median_s(environment.prepare, 1))
    lengths = []

    def find() -> None:
        for one, other in islice(ends, 60):
            _, length_m = environment.find_shortest_path(
                tuple(np.array(one) * DEGREE_M), tuple(np.array(other) * DEGREE_M)
            )
            lengths.append(length_m)

    their_s = median_s(find, 1) / len(lengths)
    report("extremitypathfinder: one path round zones", their_s)
    ours = np.array([metres[pair] for pair in pairs[: len(lengths)]])
    print(f"time of extremitypathfinder over ours: {their_s / path_s:.1f}")
    print(f"largest relative difference of lengths: {np.abs(np.array(lengths) / ours - 1).max():.1e}")


if __name__ == "__main__":
    main()
