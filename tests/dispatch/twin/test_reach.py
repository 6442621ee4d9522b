"""Which store an address belongs to."""

import h3
import numpy as np
import pytest
import shapely

import maps
from dispatch import Store
from dispatch.twin import Demand, Place, Radius, sample_world
from dispatch.twin.reach import NOBODY, Reach, reached
from maps.plane import Plane
from tests.dispatch.twin.worlds import STORE, east, world

OTHER = Store(id="other", location=east(4_000), region="CN")


def test_an_address_belongs_to_the_nearest_store_that_delivers_so_far() -> None:
    two = world(stores=(STORE, OTHER), radius=Radius(metres=1_500), radius_by_store={"other": Radius(metres=3_500)})
    points = np.array([east(0), east(1_400), east(1_900), east(2_100), east(5_000), east(8_000), east(0, -1_600)])
    # The third lies nearer to the first store, which does not deliver so far.
    assert Reach.of(two).store_of(points).tolist() == [0, 0, 1, 1, 1, NOBODY, NOBODY]


def test_minutes_on_a_plane_are_metres_by_the_speed() -> None:
    """At 36 km/h a minute is 600 m."""
    quick = world(radius=Radius(minutes=2.0))
    assert Reach.of(quick).store_of(np.array([east(1_199), east(1_201)])).tolist() == [0, NOBODY]


def test_minutes_on_a_map_are_the_streets_of_an_e_bike() -> None:
    sample = sample_world().model_copy(update={"radius": Radius(minutes=8.0)})
    area = maps.service_area(maps.bundled_map(), maps.E_BIKE, maps.SAMPLE_STORE, minutes=8.0).polygon
    inside = np.array(area.representative_point().coords)
    assert Reach.of(sample).store_of(np.vstack([inside, [[-71.3396, -29.9533]]])).tolist() == [0, NOBODY]
    people, share = reached(sample, Reach.of(sample))
    wider = sample.model_copy(update={"radius": Radius(minutes=12.0)})
    more_people, more_share = reached(wider, Reach.of(wider))
    assert 0 < people < more_people
    assert share is not None
    assert more_share is not None
    assert 0 < share < more_share < 1


@pytest.mark.parametrize("radius_m", [1_000.0, 2_000.0, 3_000.0, 4_000.0])
def test_people_of_the_sample_are_those_of_the_census(radius_m: float) -> None:
    """Doors stand for people: as many of them within a radius as the zones have there."""
    sample = sample_world(radius_m=radius_m)
    people, _ = reached(sample, Reach.of(sample))
    disk = shapely.transform(shapely.Point(0, 0).buffer(radius_m), Plane(*maps.SAMPLE_STORE).to_lonlat)
    assert people == pytest.approx(maps.bundled_people().within(disk), rel=0.05)


def test_the_sample_s_distances_are_the_published_ones() -> None:
    sample = sample_world()
    points = np.array([place.location for place in sample.demand.places])
    weights = np.array([place.weight for place in sample.demand.places])
    metres = Plane(*maps.SAMPLE_STORE).to_xy(points)
    distance_m = np.hypot(metres[:, 0], metres[:, 1])
    for quantile_m, share in ((330, 0.05), (830, 0.25), (1_440, 0.50), (2_230, 0.75), (3_500, 0.95)):
        assert weights[distance_m <= quantile_m].sum() == pytest.approx(share, abs=0.01)


def test_cells_count_by_their_centre_and_nobody_is_known_to_live_there() -> None:
    near, far = (h3.latlng_to_cell(0.0, lon, 9) for lon in (0.0, 0.5))
    demand = Demand(
        orders_per_quarter=(1.0,) * 96,
        places=(Place(location=east(100), weight=1.0, people=7.0),),
        cells={near: 1.0, far: 2.0},
    )
    asked = world(demand=demand)
    assert reached(asked, Reach.of(asked)) == (7.0, 0.5)
