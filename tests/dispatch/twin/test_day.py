"""All chance of a day: each source on its own stream, so that what is compared shares its luck."""

from dataclasses import fields

import h3
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.twin import (
    Baskets,
    Demand,
    Handover,
    Packing,
    Place,
    Radius,
    Roads,
    World,
    sample_city,
    with_drones,
    with_riders,
)
from dispatch.twin.book import Book
from dispatch.twin.day import Day, draw
from tests.dispatch.twin.worlds import busy, crew, east

BUSY = busy(200.0, no_show_share=0.4, stock_share=0.5)


def same(one: Day, other: Day, *but: str) -> bool:
    """Whether two days are alike in all but some of their fields."""
    return all(
        np.array_equal(getattr(one, each.name), getattr(other, each.name))
        for each in fields(Day)
        if each.name not in but
    )


def test_the_seed_decides_everything() -> None:
    assert same(draw(BUSY, 3), draw(BUSY, 3))
    assert not np.array_equal(draw(BUSY, 3).placed_s, draw(BUSY, 4).placed_s)


@pytest.mark.parametrize(
    ("changed", "fields_of_it"),
    [
        (BUSY.model_copy(update={"radius": Radius(metres=500)}), ()),
        (BUSY.model_copy(update={"promise_min": 15.0}), ()),
        (with_drones(BUSY, 7), ()),
        (with_riders(BUSY, 9), ("absent",)),
        (BUSY.model_copy(update={"baskets": Baskets(median_kg=5.0)}), ("mass_kg",)),
        (BUSY.model_copy(update={"packing": Packing(mean_s=600)}), ("packing_s",)),
        (BUSY.model_copy(update={"handover": Handover(door_s=90)}), ("expected_handover_s", "handover_s")),
        (BUSY.model_copy(update={"roads": Roads(sigma=0.3)}), ("to_door", "back", "approach")),
        (BUSY.model_copy(update={"stock_share": 0.9}), ("stock",)),
        (BUSY.model_copy(update={"no_show_share": 0.9}), ("absent",)),
    ],
)
def test_a_setting_moves_nothing_but_what_it_is_about(changed: World, fields_of_it: tuple[str, ...]) -> None:
    assert same(draw(BUSY, 1), draw(changed, 1), *fields_of_it)


def test_more_riders_are_the_same_riders_and_others() -> None:
    few, many = draw(with_riders(BUSY, 6), 5).absent, draw(with_riders(BUSY, 20), 5).absent
    first = {each.rider.id for each in with_riders(BUSY, 6).crews}
    assert few
    assert few == many & first


def test_a_smaller_radius_takes_the_near_ones_of_the_same_orders() -> None:
    near, far = (
        Book.of(world, draw(world, 2))
        for world in (BUSY.model_copy(update={"radius": Radius(metres=metres)}) for metres in (2_000, 6_000))
    )
    assert 0 < len(near.request.orders) < len(far.request.orders)
    of_far = {order.id: order for order in far.request.orders}
    assert all(of_far[order.id] == order for order in near.request.orders)
    assert near.orders == far.orders


@settings(max_examples=20, deadline=None)
@given(factor=st.floats(1.0, 3.0), seed=st.integers(0, 1_000))
def test_more_demand_is_the_same_orders_closer_together_and_some_more(factor: float, seed: int) -> None:
    quarters = BUSY.demand.orders_per_quarter
    more = BUSY.demand.model_copy(update={"orders_per_quarter": tuple(factor * each for each in quarters)})
    few, many = draw(BUSY, seed), draw(BUSY.model_copy(update={"demand": more}), seed)
    n = len(few.placed_s)
    assert n <= len(many.placed_s)
    assert np.array_equal(few.points, many.points[:n])
    assert np.array_equal(few.mass_kg, many.mass_kg[:n])
    assert (few.placed_s >= many.placed_s[:n]).all()


def test_orders_come_when_and_as_often_as_they_should() -> None:
    days = [draw(BUSY, seed).placed_s for seed in range(60)]
    counts = np.array([len(placed_s) for placed_s in days])
    assert abs(counts.mean() - 200) < 4 * np.sqrt(200 / 60)
    assert 100 < counts.var(ddof=1) < 340  # a Poisson count's variance is its mean
    placed_s = np.concatenate(days)
    assert placed_s.min() >= 36_000
    assert placed_s.max() < 39_600
    quarters = np.bincount((placed_s - 36_000) // 900, minlength=4)
    assert np.abs(quarters - 3_000).max() < 4 * np.sqrt(3_000)


def test_factors_have_a_mean_of_one() -> None:
    factors = np.concatenate([draw(BUSY, seed).to_door for seed in range(40)])
    assert abs(factors.mean() - 1) < 4 * 0.2 / np.sqrt(len(factors))
    assert abs(np.log(factors).std() - 0.2) < 0.01


def test_places_come_by_weight_and_those_without_never() -> None:
    places = (
        Place(location=east(0), weight=0.0),
        Place(location=east(100), weight=3.0),
        Place(location=east(200), weight=1.0),
        Place(location=east(300), weight=0.0),
    )
    demand = Demand(orders_per_quarter=BUSY.demand.orders_per_quarter, places=places)
    world = BUSY.model_copy(update={"demand": demand})
    counts = sum(np.bincount(draw(world, seed).place, minlength=4) for seed in range(10))
    assert counts[[0, 3]].tolist() == [0, 0]
    assert 0.7 < counts[1] / sum(counts) < 0.8


def test_addresses_of_a_cell_lie_in_it_and_all_over_it() -> None:
    cell = h3.latlng_to_cell(-29.9, -71.25, 8)
    world = BUSY.model_copy(update={"demand": Demand(orders_per_quarter=(20.0,) * 96, cells={cell: 1.0})})
    points = draw(world, 0).points
    finer = [h3.latlng_to_cell(lat, lon, 9) for lon, lat in points.tolist()]
    inside = [h3.latlng_to_cell(lat, lon, 8) == cell for lon, lat in points.tolist()]
    assert np.mean(inside) > 0.999  # rounding to a decimetre may cross the border
    assert len(set(finer)) >= 7


def test_the_city_draws_each_store_s_stock_apart() -> None:
    stock = draw(sample_city(), 0).stock
    assert stock.shape[0] == 3
    assert 0.9 < stock.mean() < 0.99
    assert not np.array_equal(stock[0], stock[1])


def test_no_orders_make_an_empty_day() -> None:
    quiet = draw(BUSY.model_copy(update={"demand": Demand(orders_per_quarter=(0.0,) * 96)}), 0)
    assert len(quiet.placed_s) == 0
    assert quiet.points.shape == (0, 2)
    assert quiet.absent == draw(BUSY, 0).absent


def test_absence_is_each_rider_s_own() -> None:
    alone = BUSY.model_copy(update={"crews": (crew("rider-2"),)})
    for seed in range(20):
        assert ("rider-2" in draw(alone, seed).absent) == ("rider-2" in draw(BUSY, seed).absent)
