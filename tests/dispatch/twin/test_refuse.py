"""Worlds that contradict themselves: every fault at its path."""

import json
from datetime import UTC, datetime

import pytest

from dispatch import RequestError
from dispatch.twin import (
    Baskets,
    Demand,
    Outage,
    Radius,
    Span,
    World,
    read_world,
    refuse_world,
    sample_city,
    sample_world,
)
from tests.dispatch.twin.worlds import STORE, busy, crew, drone, world


def paths(asked: World) -> list[str]:
    with pytest.raises(RequestError) as caught:
        refuse_world(asked)
    return [fault.path for fault in caught.value.faults]


@pytest.mark.parametrize("fine", [world(), busy(), sample_world(), sample_city(), sample_world(orders=0.0)])
def test_worlds_survive_json_unchanged(fine: World) -> None:
    assert read_world(fine.model_dump_json()) == fine


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"crews": ()}, "$.crews"),
        ({"radius": Radius(metres=0)}, "$.radius"),
        ({"radius": Radius(minutes=0)}, "$.radius"),
        ({"radius": Radius(minutes=1_000)}, "$.radius"),
        ({"radius_by_store": {"store": Radius(metres=0)}}, "$.radius_by_store.store"),
        ({"radius_by_store": {"shop": Radius(metres=1)}}, "$.radius_by_store.shop"),
        ({"outages": (Outage(store_id="shop", starts="10:00", ends="11:00"),)}, "$.outages[0].store_id"),
        ({"crews": (crew(store_id="shop"),)}, "$.crews[0].rider.store_id"),
        ({"crews": (crew(shared_with=("shop",)),)}, "$.crews[0].rider.shared_with[0]"),
        ({"drones": (drone(store_id="shop"),)}, "$.drones[0].store_id"),
        ({"drones": (drone("rider"),)}, "$.drones[0].id"),
        ({"crews": (crew("rider", "11:00", "12:00"),)}, "$.crews[0].shift"),
        ({"crews": (crew("rider", "08:00", "10:00"),)}, "$.crews[0].shift"),
        ({"crews": (crew("rider", "09:00", "12:00", ("08:50", "09:10")),)}, "$.crews[0].breaks[0]"),
        ({"demand": Demand(orders_per_quarter=(1.0,) * 96)}, "$.demand.places"),
        (
            {"demand": Demand(orders_per_quarter=(1_000.0,) * 96, cells={"88a8a2a0b9fffff": 1.0})},
            "$.demand.orders_per_quarter",
        ),
        ({"demand": Demand(orders_per_quarter=(0.0,) * 96, cells={"nonsense": 1.0})}, "$.demand.cells"),
        ({"baskets": Baskets(least_kg=3.0, most_kg=2.0)}, "$.baskets.least_kg"),
        ({"stores": (STORE.model_copy(update={"region": "ZZ"}),)}, "$.stores[0].region"),
        ({"midnight": datetime(2200, 12, 31, tzinfo=UTC)}, "$.midnight"),
    ],
)
def test_a_fault_is_named_at_its_path(changes: dict[str, object], path: str) -> None:
    assert paths(world(**changes)) == [path]


def test_a_radius_beyond_the_map_and_a_store_off_it() -> None:
    sample = sample_world()
    assert paths(sample.model_copy(update={"radius": Radius(metres=100_000)})) == ["$.radius.metres"]
    abroad = sample.stores[0].model_copy(update={"location": (10.0, 50.0)})
    assert paths(sample.model_copy(update={"stores": (abroad,)})) == ["$.stores[0].location"]
    nowhere = sample.travel.model_copy(update={"name": "atlantis"})
    assert paths(sample.model_copy(update={"travel": nowhere})) == ["$.travel.name"]


def test_every_fault_is_listed() -> None:
    broken = world(radius=Radius(metres=0), crews=(crew(store_id="shop"), crew()))
    assert paths(broken) == ["$.crews[1].rider.id", "$.crews[0].rider.store_id", "$.radius"]


@pytest.mark.parametrize(
    ("path", "value", "at"),
    [
        (("rates", "rider_cost_per_h"), -1, "$.rates.rider_cost_per_h"),
        (("hours",), {"starts": "11:00", "ends": "10:00"}, "$.hours"),
        (("hours",), {"starts": "25:61", "ends": "26:00"}, "$.hours.starts"),
        (("radius",), {"metres": 1, "minutes": 1}, "$.radius"),
        (("radius",), {}, "$.radius"),
        (("midnight",), "2026-03-06T00:00:00", "$.midnight"),
        (("promise_min",), 0, "$.promise_min"),
        (("no_show_share",), 1.5, "$.no_show_share"),
        (("stores",), [], "$.stores"),
        (("travel",), {"kind": "straight", "speed": 3}, "$.travel.speed"),
        (("colour",), "red", "$.colour"),
    ],
)
def test_a_file_that_is_no_world_is_refused_with_its_path(path: tuple[str, ...], value: object, at: str) -> None:
    document = json.loads(world().model_dump_json())
    inner = document
    for part in path[:-1]:
        inner = inner[part]
    inner[path[-1]] = value
    with pytest.raises(RequestError) as caught:
        read_world(json.dumps(document))
    assert [fault.path for fault in caught.value.faults] == [at]


def test_times_of_day_run_past_midnight() -> None:
    late = Span(starts="23:30", ends="25:15")
    assert late.holds(24 * 3600)
    assert not late.holds(25 * 3600 + 15 * 60)
