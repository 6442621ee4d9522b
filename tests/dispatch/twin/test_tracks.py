"""A log replayed on the map."""

from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from dispatch import Store
from dispatch.online import (
    AddressCorrected,
    Entry,
    OrderPlaced,
    StopDone,
    TripLeft,
    TripReturned,
    read_log,
)
from dispatch.twin import Demand, Outage, World, play, sample_world, tracks
from tests.dispatch.online.small_day import KM, Store30, at, order
from tests.dispatch.twin.worlds import MIDNIGHT, STORE, TEN, busy, crew, day, east, world


def features(asked: World, log: Path, role: str) -> list[dict[str, Any]]:
    drawn = tracks(read_log(log), asked.stores, asked.travel)
    return [each for each in drawn["features"] if each["properties"]["role"] == role]


def seconds(moment: str) -> float:
    return (datetime.fromisoformat(moment) - MIDNIGHT).total_seconds()


def test_a_track_by_hand(tmp_path: Path) -> None:
    """Left at 10:06, at the near door from 10:11 to 10:12, at the far one from 10:17 to 10:18, back at 10:28."""
    near, far = east(2_995), east(5_994)
    play(world(), day([TEN, TEN + 60], [near, far]), log=tmp_path / "log")
    (track,) = features(world(), tmp_path / "log", "track")
    assert track["geometry"]["coordinates"] == [
        [0.0, 0.0],
        [round(near[0], 6), 0.0],
        [round(near[0], 6), 0.0],
        [round(far[0], 6), 0.0],
        [round(far[0], 6), 0.0],
        [0.0, 0.0],
    ]
    assert [(seconds(moment) - TEN) / 60 for moment in track["properties"]["times"]] == [6, 11, 12, 17, 18, 28]
    doors = features(world(), tmp_path / "log", "stop")
    assert [(each["properties"]["order_id"], each["properties"]["sequence"]) for each in doors] == [
        ("order-00001", 1),
        ("order-00002", 2),
    ]
    assert [each["properties"]["late_s"] for each in doors] == [0, 0]
    assert len(features(world(), tmp_path / "log", "store")) == 1


def test_the_way_to_another_store_belongs_to_the_track(tmp_path: Path) -> None:
    other = Store(id="other", location=east(3_000), region="CN")
    failing = world(
        stores=(STORE, other),
        crews=(crew(shared_with=("other",)),),
        outages=(Outage(store_id="store", starts="09:30", ends="11:00"),),
    )
    play(failing, day([TEN], [east(1_000)], stores=2), log=tmp_path / "log")
    (track,) = features(failing, tmp_path / "log", "track")
    start, store, *_ = track["geometry"]["coordinates"]
    assert (start, store) == ([0.0, 0.0], [round(other.location[0], 6), 0.0])
    assert [(seconds(moment) - TEN) / 60 for moment in track["properties"]["times"][:2]] == [0, 5]


def test_every_trip_that_left_is_drawn_and_no_clock_runs_back(tmp_path: Path) -> None:
    chance = busy(16.0)
    played = play(chance, 3, log=tmp_path / "log")
    drawn = features(chance, tmp_path / "log", "track")
    assert {each["properties"]["trip_id"] for each in drawn} == {trip.id for trip in played.trips}
    for each in drawn:
        times = [seconds(moment) for moment in each["properties"]["times"]]
        assert len(times) == len(each["geometry"]["coordinates"])
        assert all(before <= after for before, after in pairwise(times))
    doors = features(chance, tmp_path / "log", "stop")
    assert len(doors) == sum(len(trip.stops) for trip in played.trips)


def test_a_day_without_trips_has_its_stores_alone(tmp_path: Path) -> None:
    play(world(), 0, log=tmp_path / "log")
    drawn = tracks(read_log(tmp_path / "log"), world().stores, world().travel)
    assert [each["properties"]["role"] for each in drawn["features"]] == ["store"]


def test_in_the_city_tracks_follow_the_streets(tmp_path: Path) -> None:
    sample = sample_world()
    quarters = [0.0] * 96
    quarters[74] = 4.0
    demand = Demand(orders_per_quarter=tuple(quarters), places=sample.demand.places)
    evening = sample.model_copy(update={"demand": demand, "drones": ()})
    played = play(evening, 0, log=tmp_path / "log")
    assert played.trips
    drawn = tracks(read_log(tmp_path / "log"), evening.stores, evening.travel, measured=played.travel)
    lines = [each for each in drawn["features"] if each["properties"]["role"] == "track"]
    assert all(len(each["geometry"]["coordinates"]) > 10 for each in lines)
    home = evening.stores[0].location
    assert lines[0]["geometry"]["coordinates"][0] == pytest.approx(home, abs=1e-6)


def drawn(store: Store30) -> tuple[list[Any], list[Any]]:
    """The coordinates and the minutes after noon of the track, and where its stops were."""
    entries = [Entry(event, None, decisions) for event, decisions in store.told]
    found = tracks(entries, store.dispatcher.setup.stores, store.dispatcher.setup.travel)["features"]  # type: ignore[arg-type]
    (track,) = (each for each in found if each["properties"]["role"] == "track")
    minutes = [(datetime.fromisoformat(each) - at(0)).total_seconds() / 60 for each in track["properties"]["times"]]
    stops = [each["geometry"]["coordinates"] for each in found if each["properties"]["role"] == "stop"]
    return minutes, stops


def test_what_a_live_log_lacks_or_tells_wrongly() -> None:
    """An order moved on the road, a trip nobody heard leaving, or with a telephone's clock three hours slow."""
    for left_at in (None, -180, 0):
        store = Store30()
        store.rider()
        store.tell(OrderPlaced, 0, order=order("a", 1.0))
        if left_at is not None:
            store.tell(TripLeft, left_at, trip_id="ana/1")
        store.tell(AddressCorrected, 1, order_id="a", location=(2 * KM, 0.0))
        store.tell(StopDone, 6, trip_id="ana/1", order_id="a")
        store.tell(TripReturned, 10, trip_id="ana/1")
        minutes, stops = drawn(store)
        assert (minutes[0], minutes[-1]) == (0, 10)
        assert minutes == sorted(minutes)
        assert stops == [[round(2 * KM, 6), 0.0]]
