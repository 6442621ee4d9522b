"""The table of snapshots on real streets, wherever a city's extract is at hand.

Run it: ``uv run --group peers python -m tests.benchmarks.city [--cities porto_alegre] ...``, with the options of
``tests.benchmarks.snapshot``; files get the city's name. The bundled La Serena is always there; other cities' extracts
are read from ``../shared/data/maps`` beside the checkout, and skipped where they are not.

Orders, promises, riders and prices are those of the straight-line snapshots. Addresses are drawn as people live where
that is known (La Serena's zones, Porto Alegre's hexagons) and uniformly in the disk otherwise; one that is not near a
street is drawn again. Legs are an e-bike's along the streets, so the matrix is neither symmetric nor a triangle's.
"""

import csv
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

import maps
from dispatch import MatrixTravel, PlanRequest, Store
from maps.plane import Floats, Plane
from tests.benchmarks.instances import (
    NOW,
    PACKING_S,
    RADIUS_M,
    RATES,
    READY_WITHIN_S,
    Mode,
    crew,
    one_order,
    riders_of,
)
from tests.benchmarks.snapshot import arguments, run

EXTRACTS = Path(__file__).resolve().parents[3] / "shared" / "data" / "maps"
HEXAGON_M = 170.0
"""About the inner radius of a cell of H3's resolution 9."""
DRAWN = 3
"""So many addresses are drawn for each order; the first ones near a street count."""


@dataclass(frozen=True)
class City:
    """A store in a city: its streets, and how addresses around it are drawn."""

    store: tuple[float, float]
    radius_m: float
    streets: Callable[[], maps.StreetNetwork]
    addresses: Callable[[int, np.random.Generator], Floats]
    extract: Path | None = None

    @property
    def at_hand(self) -> bool:
        """Whether the streets can be read here."""
        return self.extract is None or self.extract.is_file()


def _uniform(store: tuple[float, float], radius_m: float) -> Callable[[int, np.random.Generator], Floats]:
    def draw(n: int, rng: np.random.Generator) -> Floats:
        radius, angle = radius_m * np.sqrt(rng.random(n)), 2 * np.pi * rng.random(n)
        return Plane(*store).to_lonlat(np.column_stack((radius * np.cos(angle), radius * np.sin(angle))))

    return draw


def _hexagons(path: Path, store: tuple[float, float], radius_m: float) -> Callable[[int, np.random.Generator], Floats]:
    """Addresses near the centres of a grid's cells, drawn by their people."""

    def draw(n: int, rng: np.random.Generator) -> Floats:
        with path.open(newline="") as file:
            cells = [(float(c["lon"]), float(c["lat"]), float(c["population"])) for c in csv.DictReader(file)]
        plane, grid = Plane(*store), np.array(cells)
        centres, people = plane.to_xy(grid[:, :2]), grid[:, 2]
        people[np.hypot(*centres.T) > radius_m - HEXAGON_M] = 0.0
        chosen = rng.choice(len(people), n, p=people / people.sum())
        radius, angle = HEXAGON_M * np.sqrt(rng.random(n)), 2 * np.pi * rng.random(n)
        beside = np.column_stack((radius * np.cos(angle), radius * np.sin(angle)))
        return plane.to_lonlat(centres[chosen] + beside)

    return draw


def _bundled(n: int, rng: np.random.Generator) -> Floats:
    return maps.bundled_people().draw(n, maps.SAMPLE_STORE, RADIUS_M, maps.bundled_map(), rng)


def _extract(name: str) -> tuple[Callable[[], maps.StreetNetwork], Path]:
    path = EXTRACTS / f"{name}.osm.pbf"
    return cache(lambda: maps.read_map(path)), path


def _cities() -> dict[str, City]:
    alegre, nanshan = (-51.22, -30.035), (113.9455, 22.5505)
    alegre_streets, alegre_path = _extract("porto_alegre")
    nanshan_streets, nanshan_path = _extract("shenzhen_nanshan")
    people = _hexagons(EXTRACTS / "porto_alegre_hexgrid.csv", alegre, RADIUS_M)
    return {
        "la_serena": City(maps.SAMPLE_STORE, RADIUS_M, maps.bundled_map, _bundled),
        "porto_alegre": City(alegre, RADIUS_M, alegre_streets, people, alegre_path),
        "shenzhen": City(nanshan, 1_600.0, nanshan_streets, _uniform(nanshan, 1_600.0), nanshan_path),
    }


CITIES = _cities()


def city_snapshot(city: City, size: int, orders_per_rider: float, mode: Mode, seed: int) -> PlanRequest:
    """Draw a snapshot of ``size`` orders on the streets of ``city``, with the measured matrix in the request.

    Raises:
        ValueError: if too few of the addresses drawn lie near a street.
    """
    rng = np.random.default_rng(seed)
    drawn = city.addresses(DRAWN * size, rng)
    placed_s = rng.integers(-PACKING_S, READY_WITHIN_S - PACKING_S, size)
    travel = maps.TravelTimes(city.streets(), maps.E_BIKE, city.store, city.radius_m + HEXAGON_M)
    travel.add([city.store, *drawn])
    reached = np.isfinite(travel.seconds[0]) & np.isfinite(travel.seconds[:, 0])
    places = np.flatnonzero(reached)[: size + 1]
    if len(places) < size + 1 or places[0] != 0:
        raise ValueError(f"{len(places) - 1} of {len(drawn)} addresses are near a street; {size} are wanted")
    grid = np.ix_(places, places)
    return PlanRequest(
        now=NOW,
        stores=[Store(id="store", location=city.store, region="CN")],
        orders=[
            one_order(f"o{i}", (float(drawn[place - 1, 0]), float(drawn[place - 1, 1])), int(at_s), mode=mode, now=NOW)
            for i, (place, at_s) in enumerate(zip(places[1:], placed_s, strict=True))
        ],
        riders=crew(riders_of(size, orders_per_rider)),
        travel=MatrixTravel(kind="matrix", seconds=travel.seconds[grid].tolist(), metres=travel.metres[grid].tolist()),
        rates=RATES,
    )


def main() -> int:
    """Run the command line, city by city."""
    parser = arguments(__doc__)
    parser.add_argument("--cities", choices=sorted(CITIES), nargs="+", default=sorted(CITIES))
    options = parser.parse_args()
    files = {name: getattr(options, name) for name in ("csv", "markdown")}
    worst = 0
    for name in options.cities:
        city = CITIES[name]
        if not city.at_hand:
            print(f"{name}: skipped, {city.extract and city.extract.name} is not in ../shared/data/maps")
            continue
        for kind, path in files.items():
            setattr(options, kind, path and path.with_stem(f"{path.stem}-{name}"))
        draw = lambda *each, city=city: city_snapshot(city, *each)  # noqa: E731 - the city is this turn's
        worst = max(worst, run(options, draw, f"{name}, along its streets"))
    return worst


if __name__ == "__main__":
    sys.exit(main())
