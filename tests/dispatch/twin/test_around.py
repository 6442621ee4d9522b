"""Doors and hours of a world around stores of one's own, on a street drawn by hand."""

from itertools import pairwise

import numpy as np
import pytest

import maps
from dispatch import Store
from dispatch.sphere import great_circle_m
from dispatch.twin import world_around
from dispatch.twin.around import DISTANCES_KM, DOORS

HERE = (30.0, 0.0)


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> maps.StreetNetwork:
    """A residential street of 2 km to the east, and an alley of 200 m to the north, at the store."""
    nodes = {1: (30.0, 0.0), 2: (30.018, 0.0), 3: (30.0, 0.0018)}
    points = "".join(f'<node id="{i}" lon="{lon}" lat="{lat}" version="1"/>' for i, (lon, lat) in nodes.items())
    ways = "".join(
        f'<way id="{i}" version="1"><nd ref="1"/><nd ref="{end}"/><tag k="highway" v="residential"/></way>'
        for i, end in ((1, 2), (2, 3))
    )
    file = tmp_path_factory.mktemp("street") / "street.osm"
    file.write_text(f'<?xml version="1.0"?><osm version="0.6">{points}{ways}</osm>')
    return maps.read_map(file)


def test_doors_stand_along_the_streets_and_thin_out_with_the_distance(street: maps.StreetNetwork) -> None:
    world = world_around("mine", (Store(id="shop", location=HERE, region="CN"),), street, None, orders=100, riders=1)
    assert len(world.demand.places) == DOORS
    points = np.array([place.location for place in world.demand.places])
    weights = np.array([place.weight for place in world.demand.places])
    beside_m = np.minimum(
        great_circle_m(points, np.column_stack((points[:, 0].clip(30.0, 30.018), np.zeros(DOORS)))).diagonal(),
        great_circle_m(points, np.column_stack((np.full(DOORS, 30.0), points[:, 1].clip(0.0, 0.0018)))).diagonal(),
    )
    assert beside_m.max() <= 26
    away_km = great_circle_m(np.array([HERE]), points)[0] / 1_000
    for (inner, _), (outer, share) in pairwise(DISTANCES_KM):
        in_ring = (away_km > inner) & (away_km <= outer)
        if in_ring.any():
            assert weights[in_ring].sum() == pytest.approx(share, abs=1e-3)
    assert sum(world.demand.orders_per_quarter) == pytest.approx(100, abs=0.01)


def test_times_of_day_are_those_of_the_longitude(street: maps.StreetNetwork) -> None:
    world = world_around("mine", (Store(id="shop", location=HERE, region="CN"),), street, None)
    offset = world.midnight.utcoffset()
    assert offset is not None
    assert offset.total_seconds() == 2 * 3_600
    assert {place.people for place in world.demand.places} == {0.0}


def test_a_store_without_streets_around_is_refused(street: maps.StreetNetwork) -> None:
    with pytest.raises(maps.PointError, match="nobody lives beside a street"):
        world_around("mine", (Store(id="shop", location=(40.0, 0.0), region="CN"),), street, None)
