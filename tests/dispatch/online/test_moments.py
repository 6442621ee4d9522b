"""Moments at the ends of the years that are taken, and what they add up to: nothing leaves the calendar."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dispatch import Drone, Order, Rider
from dispatch.online import DECISIONS, DroneOn, OrderPlaced, ReadyChanged, Rejected, RiderOn, Tick, VehicleDelayed
from dispatch.record import FIRST_YEAR, LAST_YEAR, MOST_S
from tests.dispatch.online.small_day import Store30, at, order, the

FIRST, LAST = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC), datetime(LAST_YEAR, 12, 31, 23, 59, 59, tzinfo=UTC)
MOST = int(MOST_S)


def test_delays_add_up_until_the_calendar_ends() -> None:
    store = Store30()
    store.tell(RiderOn, 0, rider=Rider(id="ana", store_id="store", free_at=LAST - timedelta(seconds=MOST)))
    assert store.tell(VehicleDelayed, 0, vehicle_id="ana", by_s=MOST) == []
    refused = the(Rejected, store.tell(VehicleDelayed, 0, vehicle_id="ana", by_s=1))
    assert (refused.field, refused.text.endswith("in the year 2201; send vehicle_off")) == ("by_s", True)
    assert store.dispatcher.state.vehicles["ana"].free_at == LAST
    store.rider("ben")
    store.tell(OrderPlaced, 0, order=order("a", 1.0))
    for _ in range(600):
        refused_late = store.tell(VehicleDelayed, 1, vehicle_id="ben", by_s=MOST)
    assert the(Rejected, refused_late).field == "by_s", "on a trip, too"


def test_drone_that_hardly_moves_has_no_path() -> None:
    store = Store30()
    store.tell(DroneOn, 0, drone=Drone(id="d", store_id="store", speed_mps=1e-9, range_m=1e9))
    store.tell(OrderPlaced, 0, order=order("a", 1.0))
    (unserved,) = store.dispatcher.proposal.unserved
    assert unserved.code == "no_path"


MOMENTS = st.sampled_from([FIRST, at(-60), at(0), at(30), LAST])
LONG = st.sampled_from([0, 60, MOST])


@st.composite
def events(draw: st.DrawFn) -> list[tuple[type[Any], dict[str, Any]]]:
    told: list[tuple[type[Any], dict[str, Any]]] = []
    for name in ("ana", "ben"):
        free_at, end_at = draw(st.none() | MOMENTS), draw(st.none() | MOMENTS)
        rider = Rider(id=name, store_id="store", free_at=free_at, shift_end_at=end_at)
        told.append((RiderOn, {"rider": rider}))
        told.append((VehicleDelayed, {"vehicle_id": name, "by_s": draw(LONG)}))
    speed, climb_s = draw(st.sampled_from([1e-9, 1e-3, 12.0, 1e9])), draw(LONG)
    drone = Drone(id="d", store_id="store", speed_mps=speed, range_m=1e9, climb_s=climb_s, turnaround_s=draw(LONG))
    told.append((DroneOn, {"drone": drone}))
    for name in ("a", "b", "c"):
        placed_at, promised_at = sorted((draw(MOMENTS), draw(MOMENTS)))
        one: Order = order(
            name,
            draw(st.sampled_from([0.0, 1.0])),
            placed_at=placed_at,
            promised_at=promised_at,
            ready_at=draw(MOMENTS),
            not_before_at=draw(st.none() | MOMENTS),
            max_late_s=draw(st.none() | LONG),
            handover_s=draw(LONG),
        )
        told.append((OrderPlaced, {"order": one}))
    told.append((ReadyChanged, {"order_id": "a", "ready_at": draw(MOMENTS)}))
    return [*told, (Tick, {}), (Tick, {})]


@given(events(), st.sampled_from([0, MOST]))
@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_was_taken_is_decided_on_and_read_back(told: list[tuple[type[Any], dict[str, Any]]], s: int) -> None:
    store = Store30(silence_s=s, vanished_s=s)
    for minute, (kind, fields) in enumerate(told):
        for decision in store.tell(kind, minute / 60, **fields):
            assert DECISIONS.validate_json(decision.model_dump_json()) == decision
