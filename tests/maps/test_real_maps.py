"""Extracts that are not part of the repository: ``../shared/data/maps`` beside the checkout, if it is there."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import maps
from maps.plane import Floats, Plane, step_lengths_m

FOLDER = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "maps"
NANSHAN = (113.9455, 22.5505)


def extract(name: str) -> maps.StreetNetwork:
    path = FOLDER / f"{name}.osm.pbf"
    if not path.is_file():
        pytest.skip(f"no {name}.osm.pbf in ../shared/data/maps beside the checkout")
    return maps.read_map(path)


def disk(centre: tuple[float, float], radius_m: float, n: int) -> Floats:
    rng = np.random.default_rng(0)
    angle, radius = rng.uniform(0, 2 * np.pi, n), radius_m * np.sqrt(rng.uniform(0, 1, n))
    points = Plane(*centre).to_lonlat(np.column_stack((radius * np.cos(angle), radius * np.sin(angle))))
    points[0] = centre
    return points


def test_shenzhen_keeps_its_chinese_names() -> None:
    network = extract("shenzhen_nanshan")
    assert {"深南大道", "科苑北路", "高新中一道"} <= set(network.names)
    travel = maps.TravelTimes(network, maps.E_BIKE, NANSHAN, 1600)
    travel.add(disk(NANSHAN, 1600, 60))
    snapped = np.flatnonzero(np.isfinite(travel.snap_m))
    assert len(snapped) > 55
    assert np.isfinite(travel.seconds[np.ix_(snapped, snapped)]).all()
    streets = {name for j in snapped[1:] for name in travel.route(0, int(j)).streets}
    assert "科苑北路" in streets
    area = maps.service_area(network, maps.E_BIKE, NANSHAN, minutes=10)
    assert area.polygon.is_valid
    assert area.streets_m > 20_000


def test_taipei_is_read() -> None:
    network = extract("taipei")
    assert "忠孝東路四段" in network.names
    assert network.info().signals > 1000


def test_porto_alegre_has_private_streets_that_are_not_crossed() -> None:
    network = extract("porto_alegre")
    assert network.info().private_km > 100
    centre = (-51.22, -30.035)
    travel = maps.TravelTimes(network, maps.E_BIKE, centre, 3000)
    travel.add(disk(centre, 3000, 80))
    private = network.has(maps.Street.PRIVATE)
    snapped = np.flatnonzero(np.isfinite(travel.snap_m))
    for j in snapped[1:]:
        route = travel.route(int(snapped[0]), int(j))
        assert step_lengths_m(route.coords).sum() == pytest.approx(route.metres, abs=2)
        on_private = [bool(private[edge]) for edge, _, _ in travel._pieces(int(snapped[0]), int(j))]
        # Private pieces come first and last only: once on public streets and off them again, never back.
        changes = [one != two for one, two in pairwise(on_private)]
        assert sum(changes) <= int(on_private[0]) + int(on_private[-1])
