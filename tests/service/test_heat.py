"""Where idle riders of a live plan are told to wait."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dispatch import Drone, Rider, Store
from service import heat
from service.live.plan import Day, LivePlan, LiveVehicle

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
WEST, EAST = (113.94, 22.55), (113.98, 22.55)
PLACED = [
    (*EAST, (NOON - timedelta(days=day, minutes=-3 * nth)).timestamp()) for day in range(1, 15) for nth in range(8)
]
"""Eight orders in the half hour after noon of each of fourteen days, at the east store's door."""


def vehicle(name: str, **changes: Any) -> LiveVehicle:
    home = {"store_id": "west", "shared_with": ("east",)}
    kind = Drone if name.startswith("drone") else Rider
    return LiveVehicle(**{"vehicle": kind(id=name, **home), "store_id": "west", "free_at": NOON} | changes)


def plan(*vehicles: LiveVehicle, east_is_open: bool = True) -> str:
    stores = (
        Store(id="west", location=WEST, region="CN"),
        Store(id="east", location=EAST, region="CN", open=east_is_open),
    )
    day = Day(since=NOON, placed=0, delivered=0, on_time=0, failed=0, cancelled=0, given_up=0, on_time_share=None)
    live = LivePlan(
        fleet_id="f", revision=1, at=NOON, stores=stores, orders=(), vehicles=vehicles, trips=(), proposed=(), day=day
    )
    return live.model_dump_json()


def told(document: str, ahead_min: int = 30) -> heat.Waiting:
    return heat.Waiting.model_validate_json(heat.waiting(PLACED, "UTC", document, NOON, ahead_min))


def test_idle_riders_go_where_the_orders_come() -> None:
    found = told(plan(vehicle("ana"), vehicle("ben", location=EAST), vehicle("eve")))
    assert {hint.vehicle_id: hint.store_id for hint in found.hints} == {"ana": "east", "eve": "east"}
    assert (found.idle, found.at, found.until) == (3, NOON, NOON + timedelta(minutes=30))
    (hint, _) = found.hints
    assert hint.location == EAST
    assert hint.waiting == 3
    assert hint.expected == pytest.approx(8, rel=0.1)
    assert hint.text.startswith(
        f"{hint.expected:.1f} orders are expected near 'east' in the next 30 min, for 3 waiting"
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"trip_id": "ana/1"},
        {"leaving": True},
        {"overdue": True},
        {"free_at": NOON + timedelta(minutes=1)},
        {"vehicle": Rider(id="ana", store_id="west")},  # it serves no other store
    ],
)
def test_who_is_not_idle_or_may_not_serve_there_stays(changes: dict[str, Any]) -> None:
    assert told(plan(vehicle("ana", **changes))).hints == ()


def test_drones_stay_and_nobody_goes_to_a_store_that_is_closed() -> None:
    assert told(plan(vehicle("drone-1"))).idle == 0
    assert told(plan(vehicle("ana"), east_is_open=False)).hints == ()
