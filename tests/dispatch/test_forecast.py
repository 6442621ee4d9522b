"""The demand forecast: arithmetic by hand, calibration against rates that are known, and every wrong input."""

import json
import math
import pickle
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import h3
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import nbinom, poisson

import dispatch
from dispatch.forecast import Demand, Forecast, ForecastError
from tests.dispatch.demand_world import MONDAY, QUARTER, STORE, quarters, world


def test_one_order_a_day_in_one_cell_is_expected_once_a_day() -> None:
    history = [(STORE, MONDAY + timedelta(days=day, hours=12, minutes=5)) for day in range(70)]
    forecast = Forecast.fit(history, timezone="UTC", half_life_days=1e6)
    noon = MONDAY + timedelta(days=70, hours=12)
    assert forecast.cells == (forecast.cell(STORE),)
    assert forecast.expected(noon.replace(hour=0), 86_400) == pytest.approx(1.0, rel=0.02)
    assert forecast.expected(noon, QUARTER) > 0.9
    assert forecast.expected(noon.replace(hour=3), QUARTER) < 0.01
    assert forecast.interval(noon, level=0.95) == (0, 3)
    assert forecast.interval(noon.replace(hour=3)) == (0, 0)


def test_expected_is_linear_within_a_quarter_hour_and_runs_over_midnight() -> None:
    data = world(14, 300, 3)
    forecast = Forecast.fit(data.orders(14), timezone="UTC")
    start = MONDAY + timedelta(days=14, hours=18, minutes=45)
    whole = forecast.expected(start, QUARTER)
    assert forecast.expected(start, QUARTER / 3) == pytest.approx(whole / 3)
    assert forecast.expected(start + timedelta(seconds=300), 600) == pytest.approx(whole * 2 / 3)
    assert forecast.expected(start, 0) == 0
    friday = MONDAY + timedelta(days=18, hours=23, minutes=52)
    parts = [forecast.expected(friday + timedelta(seconds=60 * i), 60) for i in range(3000)]
    assert forecast.expected(friday, 180_000) == pytest.approx(math.fsum(parts))
    some = data.cells[:5]
    cellwise = [forecast.expected(friday, 180_000, [cell]) for cell in some]
    assert forecast.expected(friday, 180_000, [*some, some[0]]) == pytest.approx(math.fsum(cellwise))
    assert forecast.expected(friday, 180_000, data.cells) == pytest.approx(forecast.expected(friday, 180_000))


@pytest.mark.parametrize("day_cv", [0.0, 0.2])
def test_intervals_cover_what_they_say_and_no_guess_is_better_but_the_truth(day_cv: float) -> None:
    """Randomised quantile residuals are uniform if the forecast is right, whatever the counts."""
    learnt, held = 56, 42
    data = world(learnt + held, 400, 17, day_cv=day_cv)
    forecast = Forecast.fit(data.orders(learnt), timezone="UTC", half_life_days=1e6)
    rng = np.random.default_rng(4)
    assert list(forecast.cells) == data.cells
    place, ours, product = [], 0.0, 0.0
    raw_rate = np.maximum(data.counts[:learnt].mean(axis=0), 0.5 / learnt)
    for day, quarter, moment in quarters(learnt, held):
        whole = forecast.demand(moment)
        seen = int(data.counts[day, quarter].sum())
        below = whole.probability(np.arange(seen)).sum()
        place.append(below + rng.random() * float(whole.probability(seen)))
        if quarter % 8 == 0:
            for cell, count in zip(data.cells, data.counts[day, quarter], strict=True):
                ours -= math.log(float(forecast.demand(moment, [cell]).probability(int(count))))
            product -= float(poisson.logpmf(data.counts[day, quarter], raw_rate[quarter]).sum())
    residuals = np.array(place)
    # 4,032 quarter hours: two standard errors are 1.3 points at 80 % and 0.7 at 95 %. With busy and quiet days those
    # of a day go together, 42 days: then 8 and 5.
    room = (0.02, 0.012) if day_cv == 0 else (0.08, 0.05)
    assert np.mean((residuals > 0.1) & (residuals < 0.9)) == pytest.approx(0.80, abs=room[0])
    assert np.mean((residuals > 0.025) & (residuals < 0.975)) == pytest.approx(0.95, abs=room[1])
    assert ours < product


def test_busy_and_quiet_days_are_measured() -> None:
    steady = Forecast.fit(world(56, 400, 5).orders(56), timezone="UTC")
    moody = Forecast.fit(world(56, 400, 5, day_cv=0.3).orders(56), timezone="UTC")
    assert steady.tally.day_variance < 0.01
    assert moody.tally.day_variance == pytest.approx(0.09, abs=0.04)
    at = MONDAY + timedelta(days=60, hours=19)
    assert moody.demand(at).size < steady.demand(at).size


def test_weekends_are_told_apart_once_there_are_two_days_of_each() -> None:
    data = world(56, 800, 6)
    week = Forecast.fit(data.orders(56), timezone="UTC")
    weekday, weekend = (week.expected(MONDAY + timedelta(days=day), 86_400) for day in (56, 61))
    assert weekend / weekday == pytest.approx(1.3, abs=0.1)
    first = Forecast.fit(data.orders(6), timezone="UTC")  # one Saturday
    assert len({round(first.expected(MONDAY + timedelta(days=day), 86_400), 9) for day in range(7)}) == 1


def test_old_days_are_forgotten() -> None:
    history = [
        (STORE, MONDAY + timedelta(days=day, hours=12, seconds=i))
        for day in range(60)
        for i in range(8 if day < 30 else 2)
    ]
    noon = MONDAY + timedelta(days=60, hours=12)
    assert Forecast.fit(history, timezone="UTC", half_life_days=4).expected(noon, QUARTER) == pytest.approx(2, abs=0.2)
    assert Forecast.fit(history, timezone="UTC", half_life_days=1e6).expected(noon, QUARTER) > 4


def test_days_too_old_to_count_leave_their_cells_and_their_kind() -> None:
    """After a thousand half-lives the weekend's two days are all but forgotten, and still no figure is lost."""
    weekend = [((STORE[0] + 0.1, STORE[1]), MONDAY + timedelta(days=day, hours=12)) for day in (5, 6)]
    week = [(STORE, MONDAY + timedelta(days=28 + day, hours=12)) for day in range(5)]
    forecast = Forecast.fit([*weekend, *week], timezone="UTC", half_life_days=0.02)
    assert len(forecast.cells) == 2
    for day in range(7):
        assert math.isfinite(forecast.expected(MONDAY + timedelta(days=35 + day), 86_400))
    assert forecast.expected(MONDAY + timedelta(days=35), 86_400) == pytest.approx(1, rel=0.1)
    assert Forecast.from_json(forecast.to_json()).to_json() == forecast.to_json()


def test_a_cell_with_few_orders_follows_the_city() -> None:
    """An order at ten in one quiet cell says little of ten and much of lunch, when the rest of the city eats."""
    data = world(28, 600, 8)
    points, placed = data.orders(28)
    quiet = (STORE[0] + 0.1, STORE[1])
    extra = MONDAY + timedelta(days=3, hours=10, minutes=5)
    points = np.concatenate((points, [quiet]))
    placed = np.append(placed, extra.timestamp())
    forecast = Forecast.fit((points, placed), timezone="UTC", half_life_days=1e6)
    cell = forecast.cell(quiet)
    ten, lunch = (forecast.expected(MONDAY + timedelta(days=30, hours=h), 3600, [cell]) for h in (10, 12))
    assert lunch > ten > 0
    assert forecast.expected(MONDAY + timedelta(days=28), 7 * 86_400, [cell]) == pytest.approx(0.25, rel=0.2)


def test_near_counts_cells_by_the_area_inside() -> None:
    data = world(28, 600, 10)
    forecast = Forecast.fit(data.orders(28), timezone="UTC")
    start = MONDAY + timedelta(days=30, hours=19)
    everything = forecast.expected(start, 1800)
    assert forecast.near(STORE, 20_000, start, 1800) == pytest.approx(everything)
    assert forecast.near(STORE, 0, start, 1800) == 0
    growing = [forecast.near(STORE, radius, start, 1800) for radius in range(0, 3_000, 100)]
    assert growing == sorted(growing)
    assert forecast.near((-71.0, -29.0), 3_000, start, 1800) == 0
    # A small disk in the middle of a cell holds the cell's demand by area.
    cell = forecast.cells[5]
    centre = h3.cell_to_latlng(cell)[::-1]
    share = math.pi * 100**2 / h3.cell_area(cell, unit="m^2")
    assert forecast.near(centre, 100, start, 1800) == pytest.approx(share * forecast.expected(start, 1800, [cell]))


@pytest.mark.parametrize("radius_m", [300, 900, 1_700])
def test_near_is_what_a_cloud_of_points_says(radius_m: float) -> None:
    """Two hexagons as disks against 20,000 points that are spread evenly in them."""
    first = h3.latlng_to_cell(STORE[1], STORE[0], 8)
    cells = [first, min(h3.grid_ring(first, 1))]
    rows = [
        (h3.cell_to_latlng(cell)[::-1], MONDAY + timedelta(days=day, hours=12, seconds=k))
        for k, cell in enumerate(cells)
        for day in range(20)
    ]
    forecast = Forecast.fit(rows, timezone="UTC")
    noon = MONDAY + timedelta(days=20, hours=12)
    point = (STORE[0] + 0.003, STORE[1] - 0.002)
    total = 0.0
    for cell in cells:
        kids = [h3.cell_to_latlng(kid) for kid in h3.cell_to_children(cell, 12)]
        away = [h3.great_circle_distance((point[1], point[0]), kid, unit="m") for kid in kids]
        total += forecast.expected(noon, QUARTER, [cell]) * float(np.mean(np.array(away) < radius_m))
    assert forecast.near(point, radius_m, noon, QUARTER) == pytest.approx(total, abs=0.08)


def test_quarter_hours_are_the_stores_own() -> None:
    """The same wall clock time lies an hour earlier in UTC once Chile's summer time begins, on 2026-09-06."""
    zone = ZoneInfo("America/Santiago")
    history = [(STORE, datetime(2026, 8, 10, 20, 3, tzinfo=zone) + timedelta(days=day)) for day in range(20)]
    forecast = Forecast.fit(history, timezone="America/Santiago")
    before, after = (datetime(2026, 9, day, 20, 0, tzinfo=zone) for day in (1, 15))
    assert before.utcoffset() != after.utcoffset()
    assert forecast.expected(before, QUARTER) == forecast.expected(after, QUARTER) > 0.8
    assert forecast.expected(after.astimezone(UTC), QUARTER) == forecast.expected(after, QUARTER)
    fixed = timezone(timedelta(hours=-4))
    assert Forecast.fit(history, timezone=fixed).timezone == "-04:00"
    assert Forecast.fit(history, timezone=zone).timezone == "America/Santiago"


def test_the_observed_time_may_be_given() -> None:
    """Two orders in two observed hours of one day are one an hour, not two in a day."""
    history = [(STORE, MONDAY + timedelta(hours=12, minutes=minute)) for minute in (10, 70)]
    since, until = MONDAY + timedelta(hours=12), MONDAY + timedelta(hours=14)
    forecast = Forecast.fit(history, timezone="UTC", since=since, until=until)
    assert forecast.expected(since, 7200) == pytest.approx(2, rel=0.05)
    assert Forecast.fit(history, timezone="UTC", since=since, until=since + timedelta(hours=1)).expected(
        since, 3600
    ) == pytest.approx(1, rel=0.05)


def test_it_comes_back_from_json_and_pickle_unchanged() -> None:
    forecast = Forecast.fit(world(20, 200, 12).orders(20), timezone="UTC")
    at = MONDAY + timedelta(days=26, hours=19, minutes=7)
    for again in (Forecast.from_json(forecast.to_json()), pickle.loads(pickle.dumps(forecast))):  # noqa: S301 - our own
        assert again.to_json() == forecast.to_json()
        assert again.expected(at, 3600) == forecast.expected(at, 3600)
        assert again.near(STORE, 800, at, 3600) == forecast.near(STORE, 800, at, 3600)
        assert again.heat_map(at) == forecast.heat_map(at)


def test_records_and_arrays_say_the_same() -> None:
    points, placed = world(9, 50, 13).orders(9)
    whole = np.floor(placed)
    rows = [
        ((lon, lat), datetime.fromtimestamp(s, UTC))
        for (lon, lat), s in zip(points.tolist(), whole.tolist(), strict=True)
    ]
    forecasts = [
        Forecast.fit(history, timezone="UTC")
        for history in ((points, whole), (points, whole.astype("datetime64[s]")), rows, iter(rows[::-1]))
    ]
    first = json.loads(forecasts[0].to_json())
    for forecast in forecasts[1:3]:
        assert json.loads(forecast.to_json()) == first
    at = MONDAY + timedelta(days=12, hours=19)
    assert forecasts[3].expected(at, 3600) == pytest.approx(forecasts[0].expected(at, 3600))


def test_the_heat_map_is_geojson_of_hexagons() -> None:
    forecast = Forecast.fit(world(20, 500, 14).orders(20), timezone="America/Santiago")
    at = datetime(2026, 2, 3, 19, 38, tzinfo=ZoneInfo("America/Santiago"))
    drawn = json.loads(json.dumps(forecast.heat_map(at, level=0.95)))
    assert drawn["type"] == "FeatureCollection"
    assert drawn["properties"] == {
        "from": "2026-02-03T19:30:00-03:00",
        "until": "2026-02-03T19:45:00-03:00",
        "level": 0.95,
    }
    assert [feature["properties"]["cell"] for feature in drawn["features"]] == list(forecast.cells)
    for feature in drawn["features"]:
        properties, hexagon = feature["properties"], shapely.geometry.shape(feature["geometry"])
        assert properties["expected"] == pytest.approx(
            forecast.expected(at.replace(minute=30), QUARTER, [properties["cell"]]), abs=1e-4
        )
        assert [properties["low"], properties["high"]] == list(forecast.interval(at, [properties["cell"]], level=0.95))
        assert hexagon.exterior.is_ccw
        assert hexagon.contains(shapely.Point(h3.cell_to_latlng(properties["cell"])[::-1]))
    # Clocks go back at the end of 2026-04-04: a quarter to midnight is followed by eleven.
    change = forecast.heat_map(datetime(2026, 4, 4, 23, 50, tzinfo=ZoneInfo("America/Santiago")))["properties"]
    assert (change["from"], change["until"]) == ("2026-04-04T23:45:00-03:00", "2026-04-04T23:00:00-04:00")
    few = forecast.heat_map(at, at_least=0.2)["features"]
    assert 0 < len(few) < len(forecast.cells)


@given(mean=st.floats(1e-3, 200), size=st.floats(0.05, 1e9), level=st.sampled_from([0.5, 0.8, 0.95]))
def test_an_interval_holds_its_share_and_not_one_count_more(mean: float, size: float, level: float) -> None:
    low, high = Demand(mean, size).interval(level)
    law = nbinom(size, size / (size + mean)) if size < 1e7 else poisson(mean)
    tail = (1 - level) / 2
    assert law.cdf(high) - law.cdf(low - 1) >= level - 1e-9
    assert law.cdf(low - 1) <= tail + 1e-9
    assert law.sf(high - 1) >= tail - 1e-9


def test_without_spread_it_is_a_poisson_distribution() -> None:
    count = np.arange(30)
    assert Demand(7.0, math.inf).probability(count) == pytest.approx(poisson.pmf(count, 7.0))
    assert Demand(7.0, math.inf).interval(0.9) == Demand(7.0, 1e9).interval(0.9) == (3, 12)


def test_no_history_expects_nothing() -> None:
    forecast = Forecast.fit([], timezone="Asia/Shanghai")
    assert forecast.cells == ()
    assert forecast.expected(MONDAY, 86_400) == 0
    assert forecast.expected(MONDAY, 86_400, [forecast.cell(STORE)]) == 0
    assert forecast.near(STORE, 3_000, MONDAY, 86_400) == 0
    assert forecast.interval(MONDAY) == (0, 0)
    assert forecast.demand(MONDAY).probability(np.arange(3)).tolist() == [1, 0, 0]
    assert forecast.heat_map(MONDAY)["features"] == []
    assert Forecast.from_json(forecast.to_json()).cells == ()


GOOD = [(STORE, MONDAY)]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"history": [(STORE, MONDAY), ((200.0, 0.0), MONDAY)]}, r"history\[1\]: \(200.0, 0.0\) is not on the globe"),
        ({"history": [((0.0, math.nan), MONDAY)]}, "not on the globe"),
        ({"history": [(STORE, datetime(2026, 1, 5))]}, r"history\[0\]: placed_at 2026-01-05T00:00:00 has no offset"),  # noqa: DTZ001
        ({"history": GOOD * 11}, "all 11 orders were placed in the same moment, 2026-01-05T00:00:00"),
        (
            {"history": [*GOOD, (STORE, datetime(1970, 1, 1, tzinfo=UTC))]},
            "over 30 years; one of them has a wrong date",
        ),
        ({"history": (np.zeros((3, 2)), np.zeros(2))}, r"3 locations and times of shape \(2,\)"),
        ({"history": (np.zeros((3, 3)), np.arange(3))}, r"shape \(3, 3\); they are \(n, 2\)"),
        ({"history": (np.zeros((2, 2)), np.array(["a", "b"]))}, "give datetime64 in UTC"),
        ({"history": (np.zeros((2, 2)), np.array([0.0, np.nan]))}, r"history\[1\]: placed_at is nan"),
        ({"history": (np.zeros((1, 2)), np.array(["NaT"], "datetime64[s]"))}, r"history\[0\]: placed_at is NaT"),
        ({"timezone": "Mars/Olympus"}, "timezone is 'Mars/Olympus'; give an IANA name"),
        ({"timezone": "+99:00"}, "timezone is '\\+99:00'"),
        ({"resolution": 16}, "resolution is 16"),
        (
            {"history": (np.random.default_rng(1).uniform(0, 1, (20_100, 2)), np.arange(20_100)), "resolution": 15},
            "resolution is 15: the history lies in 20100 cells, more than 20000; take a coarser",
        ),
        ({"half_life_days": 0}, "half_life_days is 0"),
        ({"half_life_days": math.nan}, "half_life_days is nan"),
        ({"since": datetime(2026, 1, 1)}, "since is 2026-01-01T00:00:00, without an offset"),  # noqa: DTZ001
        ({"since": MONDAY, "until": MONDAY}, "nothing lies between them"),
    ],
)
def test_what_cannot_be_learnt_from_is_said(change: dict[str, Any], said: str) -> None:
    with pytest.raises(ForecastError, match=said):
        Forecast.fit(**{"history": GOOD, "timezone": "UTC"} | change)


def test_what_cannot_be_asked_is_said() -> None:
    forecast = Forecast.fit(GOOD, timezone="UTC")
    naive = datetime(2026, 1, 5)  # noqa: DTZ001
    for ask in (forecast.demand, forecast.heat_map):
        with pytest.raises(ForecastError, match="without an offset"):
            ask(naive)
    with pytest.raises(ForecastError, match="without an offset"):
        forecast.expected(naive, 900)
    for seconds in (-1, math.nan, math.inf):
        with pytest.raises(ForecastError, match=f"seconds is {seconds}"):
            forecast.expected(MONDAY, seconds)
    with pytest.raises(ForecastError, match="radius_m is -1"):
        forecast.near(STORE, -1, MONDAY, 900)
    for ask_place in (forecast.cell, lambda place: forecast.near(place, 1, MONDAY, 1)):
        with pytest.raises(ForecastError, match=r"location: \(-29.8981, -171.2463\)"):
            ask_place((-29.8981, -171.2463))
    with pytest.raises(ForecastError, match="'nowhere' is no H3 cell"):
        forecast.expected(MONDAY, 1, ["nowhere"])
    with pytest.raises(ForecastError, match="has resolution 7; this forecast has 8"):
        forecast.interval(MONDAY, [h3.latlng_to_cell(STORE[1], STORE[0], 7)])
    with pytest.raises(ValueError, match="level is 80"):
        forecast.interval(MONDAY, level=80)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"version": 2}, r"\$.version: 2"),
        ({"cells": ["x"]}, r"\$.cells\[0\]: 'x' is no H3 cell"),
        ({"exposure": [[1.0]]}, r"\$.exposure: must be one or two rows of 96"),
        ({"exposure": [[-1.0] * 96]}, "holds a figure that is negative"),
        ({"counts": [[0, 96, 0, 1.0]]}, r"\$.counts\[0\]: \(0, 96, 0, 1.0\) is outside the table \(1, 96, 1\)"),
        ({"counts": [[0, 9, 0, -1.0]]}, r"\$.counts\[0\]"),
        ({"counts": []}, "leaves a cell without orders"),
        ({"exposure": [[0.0] * 96]}, "at a time that was not observed"),
        ({"day_variance": -1.0}, r"\$.day_variance: -1.0"),
        ({"timezone": "nowhere"}, "timezone is 'nowhere'"),
    ],
)
def test_documents_that_contradict_themselves_are_refused(change: dict[str, Any], said: str) -> None:
    document = json.loads(Forecast.fit(GOOD, timezone="UTC").to_json())
    with pytest.raises(ForecastError, match=said):
        Forecast.from_json(json.dumps(document | change))


def test_what_is_no_forecast_is_refused_with_every_fault() -> None:
    for text in ("", "[]", "{}"):
        with pytest.raises(dispatch.RequestError):
            Forecast.from_json(text)
    with pytest.raises(dispatch.RequestError) as caught:
        Forecast.from_json('{"version": 1, "extra": 2}')
    assert {"$.timezone", "$.extra"} <= {fault.path for fault in caught.value.faults}
