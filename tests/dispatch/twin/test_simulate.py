"""Days at chance: the same each time, comparable, and no order lost."""

from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch import Store
from dispatch.online import Commit, OrderPlaced, Rejected, read_log, replay
from dispatch.twin import (
    Baskets,
    DayResult,
    Demand,
    Handover,
    Outage,
    Packing,
    Played,
    Radius,
    Roads,
    Span,
    Weather,
    World,
    dispatcher_of,
    play,
    sample_city,
    sample_world,
    simulate,
    with_drones,
    with_riders,
)
from tests.dispatch.twin.worlds import STORE, TEN, busy, crew, day, drone, east, world


def assert_nothing_lost(played: Played) -> None:
    """Every accepted order was delivered once or is lost for a reason; no vehicle was in two places."""
    delivered = [stop.order_id for trip in played.trips for stop in trip.stops]
    assert len(set(delivered)) == len(delivered)
    assert set(delivered) | set(played.lost) == {order.id for order in played.request.orders}
    assert not set(delivered) & set(played.lost)
    by_vehicle: dict[str, list[tuple[float, float]]] = {}
    for trip in played.trips:
        left = trip.depart_at.timestamp() - trip.approach_leg.travel_s
        by_vehicle.setdefault(trip.vehicle_id, []).append((left, trip.return_at.timestamp()))
    for spans in by_vehicle.values():
        assert all(before[1] <= after[0] for before, after in pairwise(sorted(spans)))


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    chance = busy(20.0, drones=(drone(),))
    one, other = (simulate(chance, 7, log=tmp_path / name) for name in ("one", "other"))
    assert one == other
    assert one.model_dump_json() == other.model_dump_json()
    assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()
    assert one.decision_p99_ms is not None
    assert "decision_p99_ms" not in one.model_dump_json()
    assert DayResult.model_validate_json(one.model_dump_json()) == one
    assert simulate(chance, 8) != one


def test_a_log_that_is_there_is_begun_again(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    first, second = (play(world(), day([TEN], [east(1_000)]), log=log) and log.read_bytes() for _ in range(2))
    assert first == second


def test_the_dispatcher_understands_all_it_is_told(tmp_path: Path) -> None:
    chance = busy(20.0, drones=(drone(),), outages=(Outage(store_id="store", starts="10:20", ends="10:30"),))
    play(chance, 1, log=tmp_path / "log.jsonl")
    entries = list(read_log(tmp_path / "log.jsonl"))
    assert not [each for entry in entries for each in entry.decisions if isinstance(each, Rejected)]
    assert [entry.event.at for entry in entries] == sorted(entry.event.at for entry in entries)
    assert sum(isinstance(entry.event, OrderPlaced) for entry in entries) > 5
    assert sum(isinstance(each, Commit) for entry in entries for each in entry.decisions) > 5


@pytest.mark.parametrize("asked", [busy(16.0, drones=(drone(),)), None], ids=["plane", "city"])
def test_a_replay_by_a_dispatcher_that_knows_no_address_beforehand_decides_the_same(
    asked: World | None, tmp_path: Path
) -> None:
    """That the twin measures all ways at once gives nothing away."""
    world = asked or short(sample_world(riders=4), 12.0)
    play(world, 6, log=tmp_path / "log.jsonl")
    entries = list(read_log(tmp_path / "log.jsonl"))
    assert len(entries) > 20
    assert list(replay(dispatcher_of(world), entries)) == entries


@settings(max_examples=12, deadline=None)
@given(data=st.data())
def test_no_order_is_lost_whatever_happens(data: st.DataObject) -> None:
    other = Store(id="other", location=east(2_500), region="CN")
    riders = data.draw(st.integers(1, 4))
    starts = data.draw(st.sampled_from(["09:50", "10:10", "10:30"]))
    asked = busy(
        data.draw(st.sampled_from([4.0, 16.0])),
        stores=(STORE, other),
        crews=tuple(
            crew(
                f"rider-{i}",
                "09:30",
                data.draw(st.sampled_from(["10:40", "12:00"])),
                *data.draw(st.sampled_from([(), (("10:00", "10:15"),), (("10:05", "10:10"), ("10:20", "10:30"))])),
                shared_with=("other",),
            )
            for i in range(riders)
        ),
        drones=(drone(),) * data.draw(st.integers(0, 1)),
        no_show_share=data.draw(st.sampled_from([0.0, 0.5])),
        stock_share=data.draw(st.sampled_from([0.0, 0.8])),
        patience_min=data.draw(st.sampled_from([None, 0.0, 20.0])),
        outages=data.draw(st.sampled_from([(), (Outage(store_id="store", starts=starts, ends="10:45"),)])),
    )
    seed = data.draw(st.integers(0, 1_000))
    assert_nothing_lost(play(asked, seed))


def test_more_riders_bring_more_of_the_same_orders_in_time() -> None:
    """One rider is far too few for two dozen orders in an hour; four serve the very same orders better."""
    few, many = (simulate(with_riders(busy(), riders), 3) for riders in (1, 4))
    assert (few.orders, few.accepted) == (many.orders, many.accepted)
    assert few.on_time_share is not None
    assert many.on_time_share is not None
    assert few.on_time_share < many.on_time_share


def test_a_longer_promise_changes_the_promises_alone() -> None:
    short, long = (simulate(busy(promise_min=minutes), 3) for minutes in (15.0, 45.0))
    assert (short.orders, short.accepted, short.people_reached) == (long.orders, long.accepted, long.people_reached)
    assert (short.on_time_share or 0) <= (long.on_time_share or 0)


@pytest.mark.parametrize(
    "extreme",
    [
        {
            "roads": Roads(sigma=3.0, factor_by_hour={10: 10.0, 11: 10.0}),
            "weather": (Weather(starts="10:00", ends="12:00", slows_riders=10.0),) * 100,
            "handover": Handover(sigma=3.0),
        },
        {
            "packing": Packing(mean_s=86_400, sigma=3.0),
            "handover": Handover(
                door_s=86_400, floors=(0.0, 1.0), lift_s=86_400, lift_s_per_floor=3_600, stairs_s_per_floor=3_600
            ),
            "baskets": Baskets(median_kg=10_000, most_kg=10_000, litres_per_kg=10_000),
        },
    ],
)
def test_the_worst_luck_there_can_be_on_the_last_day_there_can_be(extreme: dict[str, object]) -> None:
    changes: dict[str, object] = {"midnight": datetime(2199, 12, 31, tzinfo=UTC), "patience_min": None}
    result = simulate(busy(**changes | extreme), 0)
    assert result.accepted == result.delivered + sum(result.undelivered.values()) > 10
    assert bool(result.delivered) == ("roads" in extreme)


def test_no_demand_gives_an_empty_day_that_says_so() -> None:
    quiet = simulate(world(), 0)
    assert (quiet.orders, quiet.accepted, quiet.delivered, quiet.trips) == (0, 0, 0, 0)
    assert "no orders" in quiet.note
    assert quiet.on_time_share is None
    assert quiet.cost.total == 0
    assert quiet.idle_cost == pytest.approx(3 * 18)


def test_a_radius_that_reaches_nobody_who_orders_says_so() -> None:
    lonely = simulate(busy(radius=Radius(metres=100)), 0)
    assert lonely.accepted == 0
    assert lonely.orders > 0
    assert "beyond the radius" in lonely.note
    assert (lonely.people_reached, lonely.reached_share) == (0.0, 0.0)


def test_people_and_demand_reached_grow_with_the_radius() -> None:
    """Of 8 x 8 places, 1 km apart and 10 people each, four lie within 800 m of the middle and twelve within 1,600."""
    near, far = (simulate(busy(0.0, radius=Radius(metres=metres)), 0) for metres in (800, 1_600))
    assert (near.people_reached, far.people_reached) == (40.0, 120.0)
    assert near.reached_share == pytest.approx(4 / 64)
    minutes = simulate(busy(0.0, radius=Radius(minutes=1_600 / 600)), 0)
    assert minutes.people_reached == 120.0


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_a_seed_out_of_range_is_refused(seed: int) -> None:
    with pytest.raises(ValueError, match="seed is"):
        simulate(world(), seed)


def short(asked: World, orders: float) -> World:
    """An evening hour of a bundled scenario, with fewer orders."""
    quarters = [0.0] * 96
    quarters[74:78] = [orders / 4] * 4
    demand = Demand(orders_per_quarter=tuple(quarters), places=asked.demand.places)
    return asked.model_copy(update={"demand": demand})


def test_the_sample_store_delivers_in_the_bundled_city() -> None:
    result = simulate(short(sample_world(), 15.0), 1)
    assert result.accepted > 5
    assert not result.undelivered
    assert 5 < (result.click_to_door_mean_min or 0) < 40
    assert result.people_reached > 50_000
    minutes = sample_world().model_copy(update={"radius": Radius(minutes=10.0)})
    assert 1_000 < simulate(short(minutes, 0.0), 1).people_reached < 150_000


def test_neighbours_cover_a_failing_store_of_the_city() -> None:
    evening = short(sample_city(), 25.0).model_copy(update={"stock_share": 1.0})
    failing = evening.model_copy(update={"outages": (Outage(store_id="centre", starts="18:30", ends="23:00"),)})
    played = play(failing, 2)
    assert_nothing_lost(played)
    late = [trip for trip in played.trips if trip.depart_at.hour * 60 + trip.depart_at.minute >= 18 * 60 + 30]
    assert late
    assert all(trip.store_id != "centre" for trip in late)
    assert len(played.lost) <= 0.03 * len(played.request.orders)


def test_fleets_grow_from_what_is_there() -> None:
    city = sample_city(riders=2, drones=1)
    more = with_riders(city, 12)
    assert len(more.crews) == 36
    assert [each for each in more.crews if each.rider.id in {c.rider.id for c in city.crews}] == list(city.crews)
    assert len({each.rider.id for each in more.crews}) == 36
    assert all(sum(each.rider.store_id == store.id for each in more.crews) == 12 for store in city.stores)
    assert with_riders(more, 2) == city
    assert [each.id for each in with_drones(city, 3).drones if each.store_id == "north"] == [
        "north-drone-01",
        "north-drone-02",
        "north-drone-03",
    ]
    alone = with_riders(world(crews=(), drones=(drone(),)), 2)
    assert [each.shift for each in alone.crews] == [Span(starts="10:00", ends="11:00")] * 2
