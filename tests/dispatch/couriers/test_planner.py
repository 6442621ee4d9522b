"""The couriers' planner: the hand-worked trips, what it leaves out and why, and when it has nothing to search."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from dispatch.answer import Reason
from dispatch.couriers import CourierPlanner, CourierRules, Ways, planner
from dispatch.online import OrderLife, Proposal, State, VehicleLife
from dispatch.request import Order, Packaging, Rider, Store

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
XY_M = {"r1": (0, 0), "r2": (1000, 0), "c1": (0, 300), "c2": (1300, 0), "o1": (0, -450), "o2": (1000, 250)}


def minutes(number: float) -> datetime:
    return NOON + timedelta(minutes=number)


def ways() -> Ways:
    """A hundred metres take a minute, and a begun minute counts whole."""
    xy_m = np.array(list(XY_M.values()), dtype=np.float64)
    metres = np.sqrt(((xy_m[:, None] - xy_m) ** 2).sum(axis=2))
    return Ways({name: i for i, name in enumerate(XY_M)}, 60 * np.ceil(metres / 100), metres)


def order(name: str, store_id: str, placed: float, ready: float) -> Order:
    return Order(
        id=name,
        store_id=store_id,
        location=(0, 0),
        placed_at=minutes(placed),
        ready_at=minutes(ready),
        promised_at=minutes(placed + 22),
        handover_s=240,
        mass_kg=2.0,
        packaging=Packaging.NONE,
    )


def courier(name: str, begins: float, ends: float | None, *, carries: int = 5) -> VehicleLife:
    end_at = None if ends is None else minutes(ends)
    rider = Rider(id=name, store_id="r1", free_at=minutes(begins), shift_end_at=end_at, capacity_orders=carries)
    return VehicleLife(rider, minutes(begins), "r1", minutes(begins))


def state(orders: list[Order], couriers: list[VehicleLife]) -> State:
    return State(
        stores={name: Store(id=name, location=(0, 0), region="CN") for name in ("r1", "r2")},
        orders={each.id: OrderLife(each) for each in orders},
        vehicles={each.vehicle.id: each for each in couriers},
        open_ids=dict.fromkeys(each.id for each in orders),
    )


BOTH = [order("o1", "r1", 5, 20), order("o2", "r2", 8, 22)]


def propose(given: State, at: float = 8, made: CourierPlanner | None = None) -> Proposal:
    return (made or CourierPlanner(ways())).propose(given, minutes(at), 200, lambda: False)


def test_the_hand_worked_trips() -> None:
    proposal = propose(state(BOTH, [courier("c1", 0, 60), courier("c2", 10, 40)]))
    assert proposal.unserved == ()
    first, second = proposal.trips
    assert (first.trip.vehicle_id, first.trip.store_id, second.trip.vehicle_id) == ("c1", "r1", "c2")
    assert (first.go_at, second.go_at) == (minutes(15), minutes(17))
    assert (first.latest_at, first.full) == (first.go_at, True)
    assert first.trip.approach_leg.travel_s == 180
    assert first.trip.depart_at == minutes(22)
    (stop,) = first.trip.stops
    assert (stop.arrive_at, stop.leave_at, stop.late_s) == (minutes(27), minutes(31), 0)
    assert first.trip.return_at == minutes(31)
    assert (first.trip.travel_s, first.trip.distance_m) == (480, 750)
    assert first.trip.battery_wh > 0
    assert first.trip.transport_gco2e > 0


def test_one_courier_makes_one_trip_after_the_other() -> None:
    proposal = propose(state(BOTH, [courier("c1", 0, 60)]))
    first, second = proposal.trips
    # o1 first: free at 31 at its door, 11 min from r2, o2 picked up at 44, at the door at 49. The other way round it is
    # free at 31 too, and o1 would be picked up at 44, at the door at 51.
    assert [each.trip.store_id for each in (first, second)] == ["r1", "r2"]
    assert second.go_at == first.trip.return_at == minutes(31)
    assert second.trip.stops[0].arrive_at == minutes(49)
    assert second.trip.id == "c1/2"


def test_nothing_is_picked_up_after_the_shift_though_dropped_off() -> None:
    on_time = propose(state(BOTH[:1], [courier("c1", 0, 20)]))
    assert on_time.trips[0].trip.return_at == minutes(31)
    late = propose(state(BOTH[:1], [courier("c1", 0, 19)]))
    assert late.trips == ()
    assert [item.code for item in late.unserved] == [Reason.SHIFT_ENDS]


def test_a_shift_too_short_for_both_leaves_one_out() -> None:
    proposal = propose(state(BOTH, [courier("c1", 0, 40)]))
    assert len(proposal.trips) == 1
    assert [item.code for item in proposal.unserved] == [Reason.BUSY]


def test_a_closed_store_and_nobody_on_duty() -> None:
    given = state(BOTH, [courier("c1", 0, 60)])
    given.stores["r1"] = given.stores["r1"].model_copy(update={"open": False})
    given.orders["o2"].no_stock = frozenset({"r2"})
    assert [item.code for item in propose(given).unserved] == [Reason.STORE_CLOSED, Reason.STORE_CLOSED]
    assert [item.code for item in propose(state(BOTH, [])).unserved] == [Reason.NO_VEHICLE, Reason.NO_VEHICLE]
    assert propose(state([], [courier("c1", 0, 60)])) == Proposal()


def test_what_is_not_on_the_map_sinks_nothing_else() -> None:
    strange = order("o3", "r1", 6, 20)
    given = state([*BOTH, strange], [courier("c1", 0, 60), courier("c9", 0, 60)])
    proposal = propose(given)
    assert [(item.order_id, item.code) for item in proposal.unserved] == [("o3", Reason.OFF_MAP)]
    assert {each.trip.vehicle_id for each in proposal.trips} == {"c1"}


def test_an_order_is_fetched_where_it_is_in_stock() -> None:
    both = [each.model_copy(update={"also_at": ("r2",)}) for each in (BOTH[0], order("o2", "r1", 8, 20))]
    given, made = state(both, [courier("c1", 0, 60)]), CourierPlanner(ways())
    assert [each.trip.store_id for each in propose(given, made=made).trips] == ["r1"]  # in one trip
    given.orders["o2"].no_stock = frozenset({"r1"})
    trips = propose(given, made=made).trips
    assert [(each.trip.store_id, each.trip.stops[0].order_id) for each in trips] == [("r1", "o1"), ("r2", "o2")]


def test_a_courier_that_is_overdue_is_expected_soon() -> None:
    late = courier("c1", 0, None)
    late.trip_id = "c1/1"
    proposal = propose(state(BOTH[:1], [late]), at=17)
    assert proposal.trips[0].go_at == minutes(19)


def test_orders_beyond_the_guarantee_go_to_whoever_has_it_to_spare() -> None:
    # Both have earned their guarantee's worth but c1, whose way is as good: 15 per hour are three orders in two hours.
    near, spent = courier("c1", 0, 120), courier("c2", 0, 120)
    spent.orders = 3
    rules = CourierRules(overpaid_s=100_000)
    proposal = propose(state(BOTH, [near, spent]), made=CourierPlanner(ways(), rules))
    assert {each.trip.vehicle_id for each in proposal.trips} == {"c1"}
    free = propose(state(BOTH, [near, spent]), made=CourierPlanner(ways(), CourierRules(overpaid_s=0)))
    assert {each.trip.vehicle_id for each in free.trips} == {"c1", "c2"}


def test_a_proposal_stands_until_something_new_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    rounds: list[int] = []

    def solve(board: object, start: object, work: int, seed: int, enough: Callable[[], bool]) -> object:
        rounds.append(work)
        return real(board, start, work, seed, enough)  # type: ignore[arg-type]

    real = planner.solve
    monkeypatch.setattr(planner, "solve", solve)
    couriers = [courier("c1", 0, 60), courier("c2", 10, 40)]
    made, given = CourierPlanner(ways()), state(BOTH, couriers)
    first = propose(given, 8, made)
    assert propose(given, 12, made) == first
    trip = first.trips[0].trip  # c1 takes it, as foreseen
    del given.open_ids["o1"]
    couriers[0].free_at, couriers[0].last_order_id, couriers[0].trips = trip.return_at, "o1", 1
    assert propose(given, 15, made).trips == first.trips[1:]
    assert rounds == [200, 0, 0]
    couriers[1].free_at = minutes(20)  # c2 rests
    propose(given, 15, made)
    given.orders["o2"].order = given.orders["o2"].order.model_copy(update={"ready_at": minutes(30)})
    propose(given, 15, made)
    couriers[1].leaving = True
    assert propose(given, 15, made).trips[0].trip.vehicle_id == "c1"
    made.forget()
    propose(given, 15, made)
    assert rounds == [200, 0, 0, 200, 200, 200, 200]
