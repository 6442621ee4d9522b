"""Days small enough to be worked out by hand."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from dispatch.answer import Stop
from dispatch.online import (
    Commit,
    OrderCancelled,
    ReadyChanged,
    RiderOn,
    StopDone,
    TripLeft,
    TripReturned,
    VehicleOff,
    read_log,
)
from dispatch.twin import Outage, Played, Roads, Weather, World, measure, play
from tests.dispatch.twin.worlds import MIDNIGHT, STORE, TEN, crew, day, drone, east, world

NEAR, FAR = east(2_995), east(5_994)
"""300 and 600 seconds from the store, and 300 from each other."""
TWO = day([TEN, TEN + 60], [NEAR, FAR])
"""The near order is placed at 10:00, the far one at 10:01; each is packed five minutes later."""


def clock(text: str) -> datetime:
    hours, minutes, *seconds = (int(part) for part in text.split(":"))
    return MIDNIGHT + timedelta(hours=hours, minutes=minutes, seconds=sum(seconds))


def stops(played: Played) -> dict[str, Stop]:
    return {stop.order_id: stop for trip in played.trips for stop in trip.stops}


def test_two_orders_and_one_rider_by_hand(tmp_path: Path) -> None:
    """One trip with both saves 600 s of riding; it leaves when the second is packed, at 10:06."""
    little = world()
    played = play(little, TWO, log=tmp_path / "log.jsonl")
    (trip,) = played.trips
    assert trip.depart_at == clock("10:06")
    near, far = trip.stops
    assert (near.order_id, near.arrive_at, near.leave_at) == ("order-00001", clock("10:11"), clock("10:12"))
    assert (far.order_id, far.arrive_at, far.leave_at) == ("order-00002", clock("10:17"), clock("10:18"))
    assert trip.return_at == clock("10:28")
    told = {
        (type(entry.event).__name__, entry.event.at)
        for entry in read_log(tmp_path / "log.jsonl")
        if isinstance(entry.event, RiderOn | TripLeft | StopDone | TripReturned | VehicleOff)
    }
    assert told == {
        ("RiderOn", clock("09:00")),
        ("TripLeft", clock("10:06")),
        ("StopDone", clock("10:12")),
        ("StopDone", clock("10:18")),
        ("TripReturned", clock("10:28")),
        ("VehicleOff", clock("12:00")),
    }
    result = measure(little, 0, played)
    assert (result.orders, result.accepted, result.delivered, result.undelivered) == (2, 2, 2, {})
    assert (result.on_time_share, result.late_mean_s, result.trips, result.orders_per_trip) == (1.0, 0.0, 1, 2.0)
    assert result.click_to_door_mean_min == pytest.approx((11 + 16) / 2)
    assert result.riding_h == pytest.approx(1200 / 3600)
    assert result.distance_km == pytest.approx(2 * 5.994, rel=1e-5)
    assert result.on_shift_h == pytest.approx(3.0)
    assert result.utilisation == pytest.approx(22 / 180)  # under way from 10:06 to 10:28
    assert result.cost.riding == pytest.approx(12.0)
    assert result.cost.distance == pytest.approx(0.2 * 2 * 5.994, rel=1e-5)
    assert result.idle_cost == pytest.approx((180 - 22) / 60 * 18)
    spent = result.cost.total + result.idle_cost
    assert result.cost_per_order == pytest.approx(spent / 2)
    assert result.contribution == pytest.approx(40 - spent)
    assert result.packaging_gco2e > 0
    assert result.gco2e_per_order == pytest.approx((result.transport_gco2e + result.packaging_gco2e) / 2)


def test_a_slow_ride_is_slow_whoever_plans_it() -> None:
    """The ride to the far door takes twice as long as the map says; all that follows is later by 300 s."""
    (trip,) = play(world(), day([TEN, TEN + 60], [NEAR, FAR], to_door=[1.0, 2.0])).trips
    assert [stop.arrive_at for stop in trip.stops] == [clock("10:11"), clock("10:22")]
    assert trip.return_at == clock("10:33")


def test_the_hour_and_the_rain_slow_riders_down() -> None:
    slow = world(
        roads=Roads(sigma=0.0, factor_by_hour={10: 1.5}),
        weather=(Weather(starts="10:10", ends="12:00", slows_riders=2.0),),
    )
    (trip,) = play(slow, TWO).trips
    # 300 s at 1.5 from 10:06; then 300 s at 1.5 x 2 from 10:14:30; back 600 s at 1.5 x 2 from 10:30:30.
    assert [stop.arrive_at for stop in trip.stops] == [clock("10:13:30"), clock("10:29:30")]
    assert trip.return_at == clock("11:00:30")


def test_a_late_packer_gives_a_minute_s_notice_and_the_rider_waits(tmp_path: Path) -> None:
    late = day([TEN, TEN + 60], [NEAR, FAR], packing_s=[300, 480])
    played = play(world(), late, log=tmp_path / "log.jsonl")
    (notice,) = [entry.event for entry in read_log(tmp_path / "log.jsonl") if isinstance(entry.event, ReadyChanged)]
    assert (notice.at, notice.ready_at) == (clock("10:05"), clock("10:09"))
    assert all(trip.depart_at >= clock("10:09") for trip in played.trips if trip.stops[-1].order_id == "order-00002")
    assert set(stops(played)) == {"order-00001", "order-00002"}


def test_an_early_packer_is_told_of_when_it_is_packed(tmp_path: Path) -> None:
    play(world(), day([TEN], [NEAR], packing_s=[120]), log=tmp_path / "log.jsonl")
    (notice,) = [entry.event for entry in read_log(tmp_path / "log.jsonl") if isinstance(entry.event, ReadyChanged)]
    assert (notice.at, notice.ready_at) == (clock("10:02"), clock("10:02"))


def test_breaks_are_taken_between_trips_and_are_no_paid_hours(tmp_path: Path) -> None:
    rested = world(crews=(crew("rider", "09:00", "12:00", ("10:05", "10:35")),))
    played = play(rested, TWO, log=tmp_path / "log.jsonl")
    assert min(trip.depart_at for trip in played.trips) >= clock("10:35")
    assert played.on_shift_s == (180 - 30) * 60
    on = [entry.event.at for entry in read_log(tmp_path / "log.jsonl") if isinstance(entry.event, RiderOn)]
    assert on == [clock("09:00"), clock("10:35")]


def test_a_break_that_begins_late_is_as_long_as_it_should_be(tmp_path: Path) -> None:
    """The ride takes four times as long, so that the rider is still out when the break should begin."""
    rested = world(crews=(crew("rider", "09:00", "12:00", ("10:20", "10:30")),))
    played = play(rested, day([TEN], [NEAR], to_door=[4.0]), log=tmp_path / "log.jsonl")
    (trip,) = played.trips
    # Left at 10:05, 1200 s to the door, 60 s there, 300 s back.
    assert trip.return_at == clock("10:31")
    on = [entry.event.at for entry in read_log(tmp_path / "log.jsonl") if isinstance(entry.event, RiderOn)]
    assert on == [clock("09:00"), clock("10:41")]
    assert played.on_shift_s == 91 * 60 + 79 * 60


def test_a_rider_who_does_not_come_leaves_the_orders_to_be_cancelled(tmp_path: Path) -> None:
    played = play(world(), day([TEN], [NEAR], absent=frozenset({"rider"})), log=tmp_path / "log.jsonl")
    assert played.trips == ()
    assert played.on_shift_s == 0
    assert played.lost == {"order-00001": "no_vehicle"}
    (cancelled,) = [
        entry.event.at for entry in read_log(tmp_path / "log.jsonl") if isinstance(entry.event, OrderCancelled)
    ]
    assert cancelled == clock("11:30")  # an hour after the promise of half an hour


def test_a_customer_who_waits_for_ever_is_still_without_when_the_day_ends() -> None:
    patient = world(patience_min=None)
    played = play(patient, day([TEN], [NEAR], absent=frozenset({"rider"})))
    assert played.lost == {"order-00001": "no_vehicle"}


def test_wind_keeps_drones_on_the_ground() -> None:
    flown = world(crews=(), drones=(drone(max_wind_mps=10.0),))
    calm = play(flown, day([TEN], [NEAR]))
    assert [trip.vehicle_id for trip in calm.trips] == ["drone"]
    # 2,995 m at 12 m/s and 40 s to climb.
    assert stops(calm)["order-00001"].arrive_at == clock("10:05") + timedelta(seconds=290)
    windy = flown.model_copy(update={"weather": (Weather(starts="09:30", ends="10:20", wind_mps=11.0),)})
    (trip,) = play(windy, day([TEN], [NEAR])).trips
    assert trip.depart_at == clock("10:20")


def two_stores(**changes: object) -> World:
    other = STORE.model_copy(update={"id": "other", "location": east(3_000)})
    return world(stores=(STORE, other), crews=(crew(shared_with=("other",)),), **changes)


def test_a_neighbour_covers_for_a_store_that_fails() -> None:
    """The rider goes to the other store at 10:05 and is there at 10:10; from there the near door is next to nothing."""
    failing = two_stores(outages=(Outage(store_id="store", starts="09:30", ends="11:00"),))
    near_the_first = east(1_000)
    played = play(failing, day([TEN], [near_the_first], stores=2))
    (trip,) = played.trips
    assert trip.store_id == "other"
    assert trip.approach_leg.travel_s == 300
    assert trip.depart_at == clock("10:05")  # the rider sets off at 10:00, at once
    assert played.lost == {}


def test_without_stock_next_door_the_order_waits_for_its_store_or_is_lost() -> None:
    chance = day([TEN], [east(1_000)], stores=2)
    chance.stock[:] = False
    short = two_stores(outages=(Outage(store_id="store", starts="09:30", ends="10:30"),))
    (trip,) = play(short, chance).trips
    assert (trip.store_id, trip.depart_at) == ("store", clock("10:30"))
    long = two_stores(outages=(Outage(store_id="store", starts="09:30", ends="12:00"),))
    played = play(long, chance)
    assert (played.trips, played.lost) == ((), {"order-00001": "store_closed"})


def test_a_store_that_fails_takes_back_what_has_not_left() -> None:
    """Both orders wait for the second to be packed at 10:06; at 10:05:30 the store closes for ten minutes."""
    failing = world(outages=(Outage(store_id="store", starts="10:05", ends="10:15"),))
    (trip,) = play(failing, TWO).trips
    assert trip.depart_at == clock("10:15")


def test_orders_beyond_the_radius_or_the_hours_are_not_taken() -> None:
    late = TEN + 3600
    chance = day([TEN - 1, TEN, TEN, late], [NEAR, NEAR, east(10_001), NEAR])
    played = play(world(), chance)
    assert (played.orders, list(stops(played))) == (2, ["order-00002"])


def test_commitments_are_what_is_made(tmp_path: Path) -> None:
    """Every trip that was made was committed with the same orders in the same sequence."""
    played = play(world(), TWO, log=tmp_path / "log.jsonl")
    committed = {
        decision.trip.id: [stop.order_id for stop in decision.trip.stops]
        for entry in read_log(tmp_path / "log.jsonl")
        for decision in entry.decisions
        if isinstance(decision, Commit)
    }
    assert committed == {trip.id: [stop.order_id for stop in trip.stops] for trip in played.trips}
