"""Where idle riders are told to wait, on maps of two or three places worked out by hand."""

from datetime import UTC, datetime, timedelta
from itertools import product

import h3
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import poisson

from dispatch.forecast import Forecast, ForecastError, hints
from dispatch.sphere import great_circle_m

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
WEST, EAST = (113.94, 22.55), (113.98, 22.55)  # 4.1 km apart
STORES = {"west": WEST, "east": EAST}


def forecast_of(*orders: tuple[tuple[float, float], int]) -> Forecast:
    """So many orders in the half hour after noon at each place, each day of four weeks."""
    history = [
        (place, NOON + timedelta(days=day, seconds=1800 * k / count))
        for place, count in orders
        for day in range(28)
        for k in range(count)
    ]
    return Forecast.fit(history, timezone="UTC")


def test_riders_spread_as_the_orders_do() -> None:
    """Eight orders to come in the east and four in the west: of six riders at the west store four should go east."""
    forecast = forecast_of((EAST, 8), (WEST, 4))
    idle = [(f"rider-{i}", WEST) for i in range(6)]
    told = hints(forecast, idle, STORES, NOON)
    assert len({hint.vehicle_id for hint in told}) == 4
    assert {hint.place for hint in told} == {"east"}
    assert {hint.waiting for hint in told} == {4}
    assert told[0].location == EAST
    assert told[0].away_m == pytest.approx(float(great_circle_m(np.array([WEST]), np.array([EAST]))[0, 0]), abs=0.1)
    assert told[0].expected == pytest.approx(8, rel=0.1)


def test_nobody_moves_for_less_than_the_way_costs() -> None:
    forecast = forecast_of((EAST, 8), (WEST, 4))
    idle = [(f"rider-{i}", WEST) for i in range(6)]
    assert hints(forecast, idle, STORES, NOON, orders_per_km=2) == ()
    assert len(hints(forecast, idle, STORES, NOON, orders_per_km=0)) == 4


def test_the_nearest_rider_goes() -> None:
    forecast = forecast_of((EAST, 2))
    idle = [("far", WEST), ("near", (113.97, 22.55)), ("middle", (113.96, 22.55))]
    (first, *_) = sorted(hints(forecast, idle, STORES, NOON, orders_per_km=0.35), key=lambda hint: hint.away_m)
    assert first.vehicle_id == "near"
    assert {hint.vehicle_id for hint in hints(forecast, idle, STORES, NOON, orders_per_km=0.35)} == {"near"}


def test_riders_that_are_where_they_should_be_hear_nothing() -> None:
    forecast = forecast_of((EAST, 4), (WEST, 4))
    assert hints(forecast, [("a", WEST), ("b", EAST), ("c", WEST), ("d", EAST)], STORES, NOON) == ()


def test_without_stores_couriers_wait_in_cells() -> None:
    forecast = forecast_of((EAST, 4), (WEST, 4))
    east = forecast.cell(EAST)
    inside = h3.cell_to_latlng(east)[::-1]
    edge = h3.cell_to_boundary(east)[0][::-1]
    inner = tuple(np.array(edge) * 0.9 + np.array(inside) * 0.1)
    told = hints(forecast, [("a", inner), ("b", WEST), ("c", WEST), ("d", WEST)], {}, NOON)
    assert [(hint.place, hint.location) for hint in told] == [(east, pytest.approx(inside))]


def test_at_night_nobody_moves() -> None:
    assert hints(forecast_of((EAST, 8)), [("a", WEST)], STORES, NOON.replace(hour=3)) == ()


def test_no_riders_or_no_history_is_no_hint() -> None:
    assert hints(forecast_of((EAST, 8)), [], STORES, NOON) == ()
    assert hints(Forecast.fit([], timezone="UTC"), [("a", WEST)], STORES, NOON) == ()


@settings(deadline=None, max_examples=40)
@given(
    riders=st.lists(st.floats(0, 0.05), min_size=1, max_size=4),
    west=st.integers(1, 6),
    east=st.integers(1, 6),
    price=st.floats(0, 0.5),
)
def test_no_other_way_of_waiting_is_better(riders: list[float], west: int, east: int, price: float) -> None:
    """Against every way to send riders to a store or leave them."""
    forecast = forecast_of((EAST, east), (WEST, west))
    idle = [(f"r{i}", (113.935 + at, 22.55)) for i, at in enumerate(riders)]
    orders = forecast.by_cell(NOON, 1800)
    expected = {"west": orders[forecast.cells.index(forecast.cell(WEST))]}
    expected["east"] = orders.sum() - expected["west"]
    away_m = great_circle_m(np.array([place for _, place in idle]), np.array([WEST, EAST]))
    away_m[away_m <= 150] = 0

    def worth(sent: tuple[str | None, ...]) -> float:
        value = 0.0
        for k, name in enumerate(("west", "east")):
            there = [i for i, place in enumerate(sent) if place == name]
            reach = 2 * len(there)
            value += sum(float(poisson.sf(j, expected[name])) for j in range(reach))
            value -= sum(away_m[i, k] for i in there) / 1000 * price
        return value

    best = max(worth(sent) for sent in product(("west", "east", None), repeat=len(idle)))
    told = {hint.vehicle_id: hint.place for hint in hints(forecast, idle, STORES, NOON, orders_per_km=price)}
    # One without a hint is at a store already, or stays away from both.
    near = ["west" if row[0] == 0 else "east" if row[1] == 0 else None for row in away_m]
    made = worth(tuple(told.get(name, near[i]) for i, (name, _) in enumerate(idle)))
    assert made == pytest.approx(best, abs=5e-3)


def test_what_cannot_be_is_said() -> None:
    forecast = forecast_of((EAST, 2))
    with pytest.raises(ForecastError, match="the location of 'a'"):
        hints(forecast, [("a", (500.0, 0.0))], STORES, NOON)
    with pytest.raises(ForecastError, match="the location of 'west'"):
        hints(forecast, [("a", WEST)], {"west": (0.0, 99.0)}, NOON)
    with pytest.raises(ForecastError, match="orders_per_rider is 0"):
        hints(forecast, [("a", WEST)], STORES, NOON, orders_per_rider=0)
    with pytest.raises(ForecastError, match="orders_per_km is -1"):
        hints(forecast, [("a", WEST)], STORES, NOON, orders_per_km=-1)
    with pytest.raises(ForecastError, match="without an offset"):
        hints(forecast, [("a", WEST)], STORES, NOON.replace(tzinfo=None))


def test_nobody_is_sent_where_it_may_not_start_from() -> None:
    forecast = forecast_of((EAST, 8))
    idle = [(f"rider-{i}", WEST) for i in range(4)]
    serves = {"rider-0": ("west",), "rider-1": ("west", "east"), "rider-2": ()}
    told = hints(forecast, idle, STORES, NOON, serves=serves)
    assert {hint.vehicle_id for hint in told} == {"rider-1", "rider-3"}
    assert {hint.waiting for hint in told} == {2}
