"""Every feature of a request, each in two requests that differ in nothing else, and in their best plans.

Prices are ``SIMPLE``'s: a second of riding 0.01, a late second 0.1 within a minute and 1 after it, an order left out
100. At a door takes 60 s.
"""

from typing import Any

import numpy as np
import pytest

from dispatch import Airspace, Matrix, MatrixTravel, PlanRequest, plan
from dispatch.objective import leg_battery_wh
from tests.dispatch.build import SIMPLE, at, drone, line, matrix, order, pinned, request, rider, store

Trips = list[tuple[str, str, str]]

TWO = [store("s"), store("t", location=(0.01, 0.0))]
PAIR = [rider("r"), rider("q")]
BESIDE = matrix([[0, 100, 110], [100, 0, 10], [110, 12, 0]])
"""Two doors side by side: a then b rides 220 s, b then a 222 s."""
NORTH = (0.0, 0.009)
"""1000.75 m from the store, a flight of 101 s."""


def trips(asked: PlanRequest) -> Trips:
    """What the search makes of a request: vehicle, store and orders of every trip."""
    answer = plan(asked, engine="search", work_limit=300)
    return [(trip.vehicle_id, trip.store_id, " ".join(stop.order_id for stop in trip.stops)) for trip in answer.trips]


def by_kind(rows: list[list[float | None]], **kinds: list[list[float | None]]) -> MatrixTravel:
    """One matrix for all and others for some kinds."""
    own = {kind: matrix(each) for kind, each in kinds.items()}
    return matrix(rows).model_copy(
        update={"by_kind": {kind: Matrix(seconds=m.seconds, metres=m.metres) for kind, m in own.items()}}
    )


def test_lateness_is_dearer_after_its_grace() -> None:
    """200 s late cost 20 at one rate and 6 + 140 at two, which is more than leaving the order out."""
    late = order("a", promise=-100)
    flat = SIMPLE.model_copy(update={"late_cost_per_min_after_grace": 6.0})
    assert trips(request(late, travel=line(100), rates=flat)) == [("r", "s", "a")]
    assert trips(request(late, travel=line(100))) == []


def test_a_hard_promise_is_not_broken_at_any_price() -> None:
    assert trips(request(order("a", promise=50), travel=line(100))) == [("r", "s", "a")]
    assert trips(request(order("a", promise=50, max_late_s=49), travel=line(100))) == []


def test_an_order_that_is_packed_later_travels_later() -> None:
    a = order("a", promise=300)
    assert trips(request(a, order("b"), travel=BESIDE)) == [("r", "s", "a b")]
    assert trips(request(a, order("b", ready=600), travel=BESIDE)) == [("r", "s", "a"), ("r", "s", "b")]


def test_a_door_that_opens_later_is_visited_later() -> None:
    """a then b rides 400 s and b then a 410 s; but waiting for a until 400 would make b 260 s late."""
    travel = matrix([[0, 100, 200], [100, 0, 100], [200, 110, 0]])
    b = order("b", promise=300)
    assert trips(request(order("a", promise=450), b, travel=travel)) == [("r", "s", "a b")]
    assert trips(request(order("a", promise=450, not_before_at=at(400)), b, travel=travel)) == [("r", "s", "b a")]


def test_a_rider_who_is_out_comes_back_first() -> None:
    a = order("a", promise=300)
    assert trips(request(a, riders=PAIR, travel=line(100))) == [("r", "s", "a")]
    assert trips(request(a, riders=[rider("r", free_at=at(600)), PAIR[1]], travel=line(100))) == [("q", "s", "a")]


def test_a_rider_who_comes_back_elsewhere_is_farther_away() -> None:
    a, travel = order("a"), line(50, 100)
    assert trips(request(a, riders=PAIR, stores=TWO, travel=travel)) == [("r", "s", "a")]
    elsewhere = [rider("r", free_store_id="t"), PAIR[1]]
    assert trips(request(a, riders=elsewhere, stores=TWO, travel=travel)) == [("q", "s", "a")]


def test_an_order_on_board_is_not_carried_again() -> None:
    orders = order("a"), order("b")
    assert trips(request(*orders, riders=[rider(free_at=at(9))], travel=BESIDE)) == [("r", "s", "a b")]
    out = [rider(free_at=at(9), on_board=("a",))]
    assert trips(request(*orders, riders=out, travel=BESIDE)) == [("r", "s", "b")]


def test_a_shift_that_ends_too_early() -> None:
    """The trip takes 260 s."""
    asked = request(order("a"), riders=[rider("r", shift_end_at=at(260)), PAIR[1]], travel=line(100))
    assert trips(asked) == [("r", "s", "a")]
    short = asked.model_copy(update={"riders": [rider("r", shift_end_at=at(259)), PAIR[1]]})
    assert trips(short) == [("q", "s", "a")]


@pytest.mark.parametrize(
    ("fits", "not_together"),
    [
        ({"capacity_orders": 2}, {"capacity_orders": 1}),
        ({"capacity_kg": 2}, {"capacity_kg": 1.9}),
        ({"capacity_l": 80}, {"capacity_l": 79}),
    ],
)
def test_what_does_not_fit_takes_two_trips(fits: dict[str, Any], not_together: dict[str, Any]) -> None:
    asked = request(order("a", volume_l=40), order("b", volume_l=40), riders=[rider(**fits)], travel=BESIDE)
    assert trips(asked) == [("r", "s", "a b")]
    assert len(trips(asked.model_copy(update={"riders": [rider(**not_together)]}))) == 2


def test_temperatures_do_not_share_a_bag() -> None:
    hot, frozen = order("a", temperature="hot"), order("b", temperature="frozen")
    one_bag = [rider(bags=1)]
    assert trips(request(hot, order("b", temperature="hot"), riders=one_bag, travel=BESIDE)) == [("r", "s", "a b")]
    assert len(trips(request(hot, frozen, riders=one_bag, travel=BESIDE))) == 2
    assert trips(request(hot, frozen, travel=BESIDE)) == [("r", "s", "a b")]


@pytest.mark.parametrize("kind", ["moped", "cargo_bike"])
def test_a_kind_of_rider_with_its_own_matrix(kind: str) -> None:
    rows: list[list[float | None]] = [[0, 100], [100, 0]]
    riders = [rider("r"), rider("m", kind=kind)]
    assert trips(request(order("a"), riders=riders, travel=by_kind(rows))) == [("r", "s", "a")]
    faster = by_kind(rows, **{kind: [[0, 90], [90, 0]]})
    assert trips(request(order("a"), riders=riders, travel=faster)) == [("m", "s", "a")]


def beside_a_drone(*orders: Any, **fields: Any) -> PlanRequest:
    """A rider who takes 300 s to a door that a drone reaches in 101 s."""
    orders = orders or (order("a", location=NORTH),)
    return request(*orders, **({"drones": [drone()], "travel": line(*[300.0] * len(orders))} | fields))


BY_RIDER, BY_DRONE = [("r", "s", "a")], [("d", "s", "a")]


def test_a_drones_own_matrix() -> None:
    rows: list[list[float | None]] = [[0, 300], [300, 0]]
    assert trips(beside_a_drone(travel=by_kind(rows, drone=[[0, 290], [290, 0]]))) == BY_DRONE
    assert trips(beside_a_drone(travel=by_kind(rows, drone=[[0, None], [290, 0]]))) == BY_RIDER


def test_a_drones_payload() -> None:
    assert trips(beside_a_drone(order("a", location=NORTH, mass_kg=2.5))) == BY_DRONE
    assert trips(beside_a_drone(order("a", location=NORTH, mass_kg=2.6))) == BY_RIDER


def test_a_drones_range() -> None:
    """2001.5 m out and back."""
    assert trips(beside_a_drone(drones=[drone(range_m=2002)])) == BY_DRONE
    assert trips(beside_a_drone(drones=[drone(range_m=2001)])) == BY_RIDER


def test_a_drones_battery_knows_the_load() -> None:
    loaded, empty = (float(leg_battery_wh(drone(), np.array([101.0]), np.array([1000.75]), kg)[0]) for kg in (1.0, 0.0))
    drones = [drone(battery_wh=1.01 * (loaded + empty), capacity_kg=2.0)]
    assert trips(beside_a_drone(order("a", location=NORTH, mass_kg=0.5), drones=drones)) == BY_DRONE
    assert trips(beside_a_drone(order("a", location=NORTH, mass_kg=2.0), drones=drones)) == BY_RIDER


def test_a_drones_battery_knows_the_distance() -> None:
    battery_wh = 2.5 * float(leg_battery_wh(drone(), np.array([101.0]), np.array([1000.75]), 1.0)[0])
    assert trips(beside_a_drone(drones=[drone(battery_wh=battery_wh)])) == BY_DRONE
    far = order("a", location=(0.0, 0.018))
    assert trips(beside_a_drone(far, drones=[drone(battery_wh=battery_wh)])) == BY_RIDER


def test_a_drone_changes_its_battery_between_trips() -> None:
    """A second flight arrives at 303 s, or, after a turnaround, too late for a hard promise; the rider at 300 s."""
    orders = [order(name, location=NORTH, promise=303, max_late_s=0) for name in ("a", "b")]
    assert [who for who, *_ in trips(beside_a_drone(*orders))] == ["d", "d"]
    assert sorted(who for who, *_ in trips(beside_a_drone(*orders, drones=[drone(turnaround_s=1)]))) == ["d", "r"]


def test_a_drone_needs_somewhere_to_land() -> None:
    near, far = Airspace(landing_sites=[(0.0, 0.0095)]), Airspace(landing_sites=[(0.0, 0.0195)])
    assert trips(beside_a_drone(airspace=near)) == BY_DRONE
    assert trips(beside_a_drone(airspace=far)) == BY_RIDER


def test_a_drone_flies_round_a_zone() -> None:
    """Round the wall it is far beyond 2002 m out and back."""
    wall = [(-0.01, 0.004), (0.01, 0.004), (0.01, 0.005), (-0.01, 0.005)]
    drones = [drone(range_m=2002)]
    assert trips(beside_a_drone(drones=drones, airspace=Airspace())) == BY_DRONE
    assert trips(beside_a_drone(drones=drones, airspace=Airspace(no_fly=[wall]))) == BY_RIDER


def test_a_drone_keeps_to_corridors() -> None:
    corridor = [(0.005, 0.0), (0.005, 0.009)]
    drones = [drone(range_m=2002)]
    assert trips(beside_a_drone(drones=drones, airspace=Airspace(corridors=[[(0.0, 0.0), NORTH]]))) == BY_DRONE
    assert trips(beside_a_drone(drones=drones, airspace=Airspace(corridors=[corridor]))) == BY_RIDER


def test_wind_and_orders_to_stay_keep_drones_on_the_ground() -> None:
    assert trips(beside_a_drone(airspace=Airspace(wind_mps=12))) == BY_DRONE
    assert trips(beside_a_drone(airspace=Airspace(wind_mps=12.1))) == BY_RIDER
    assert trips(beside_a_drone(drones=[drone(grounded=True)])) == BY_RIDER


def test_stores_share_a_rider() -> None:
    """The rider of s is 50 s from t, and the order 60 s from s."""
    a, travel = order("a", store_id="t"), line(50, 60)
    assert trips(request(a, stores=TWO, travel=travel)) == []
    assert trips(request(a, stores=TWO, riders=[rider(shared_with=("t",))], travel=travel)) == [("r", "t", "a")]


def test_an_order_is_filled_by_the_neighbour_that_is_nearer() -> None:
    riders, travel = [rider("r"), rider("q", store_id="t")], line(100, 110)
    assert trips(request(order("a"), stores=TWO, riders=riders, travel=travel)) == [("r", "s", "a")]
    assert trips(request(order("a", also_at=("t",)), stores=TWO, riders=riders, travel=travel)) == [("q", "t", "a")]


def test_the_neighbours_cover_a_store_that_fails() -> None:
    riders, travel = [rider("r"), rider("q", store_id="t")], line(100, 10)
    a = order("a", also_at=("t",))
    assert trips(request(a, stores=TWO, riders=riders, travel=travel)) == [("r", "s", "a")]
    failed = [store("s", open=False), TWO[1]]
    assert trips(request(a, stores=failed, riders=riders, travel=travel)) == [("q", "t", "a")]


def test_the_neighbours_cover_a_store_that_is_overloaded() -> None:
    """Its only rider keeps one of two hard promises; the other order leaves from the neighbour."""
    riders, travel = [rider("r", capacity_orders=1), rider("q", store_id="t")], line(100, 50, 50)
    orders = [order(name, promise=50, max_late_s=0) for name in ("a", "b")]
    assert len(trips(request(*orders, stores=TWO, riders=riders, travel=travel))) == 1
    both = [each.model_copy(update={"also_at": ("t",)}) for each in orders]
    assert sorted(where for _, where, _ in trips(request(*both, stores=TWO, riders=riders, travel=travel))) == [
        "s",
        "t",
    ]


def test_the_more_urgent_order_goes_first() -> None:
    """Doors 100 s away on either side: whichever comes second is 260 s late."""
    travel = matrix([[0, 100, 100], [100, 0, 200], [100, 200, 0]])
    a, b = order("a", promise=101, unserved_cost=1e4), order("b", promise=100, unserved_cost=1e4)
    assert trips(request(a, b, travel=travel)) == [("r", "s", "b a")]
    urgent = a.model_copy(update={"priority": 2.0})
    assert trips(request(urgent, b, travel=travel)) == [("r", "s", "a b")]


def test_the_more_urgent_order_is_not_the_one_left_out() -> None:
    a, b = (order(name, promise=100, max_late_s=0) for name in ("a", "b"))
    travel = matrix([[0, 100, 90], [100, 0, 190], [90, 190, 0]])
    assert trips(request(a, b, travel=travel)) == [("r", "s", "b")]
    assert trips(request(a.model_copy(update={"priority": 1.1}), b, travel=travel)) == [("r", "s", "a")]


def test_an_order_may_choose_its_vehicle() -> None:
    assert trips(request(order("a"), riders=PAIR, travel=line(100))) == [("r", "s", "a")]
    assert trips(request(order("a", vehicle_ids=("q",)), riders=PAIR, travel=line(100))) == [("q", "s", "a")]


def test_a_pinned_trip_is_made_as_it_is_pinned() -> None:
    orders = order("a", promise=300), order("b")
    assert trips(request(*orders, riders=PAIR, travel=BESIDE)) == [("r", "s", "a b")]
    asked = request(*orders, riders=PAIR, travel=BESIDE, pinned=[pinned("b", vehicle_id="q")])
    assert ("q", "s", "b") in trips(asked)


MOPED_OR_BIKE: dict[str, Any] = {
    "riders": [rider("r"), rider("m", kind="moped")],
    "travel": by_kind([[0, 300], [300, 0]], moped=[[0, 290], [290, 0]]),
}


def test_carbon_has_a_price() -> None:
    """A moped saves 20 s, worth 0.2, and draws several times an e-bike's energy."""
    assert trips(request(order("a"), **MOPED_OR_BIKE)) == [("m", "s", "a")]
    rates = SIMPLE.model_copy(update={"carbon_cost_per_kg": 100.0})
    assert trips(request(order("a"), rates=rates, **MOPED_OR_BIKE)) == [("r", "s", "a")]


def test_grams_of_an_order_have_a_cap() -> None:
    grams = {
        each: plan(request(order("a", vehicle_ids=(each,)), **MOPED_OR_BIKE)).summary.transport_gco2e for each in "rm"
    }
    assert grams["r"] < grams["m"]
    capped = request(order("a"), max_gco2e_per_order=(grams["r"] + grams["m"]) / 2, **MOPED_OR_BIKE)
    assert trips(capped) == [("r", "s", "a")]
    assert trips(capped.model_copy(update={"max_gco2e_per_order": grams["r"] / 2})) == []


def test_a_trip_under_the_cap_may_need_company() -> None:
    """Alone either order is over the cap; side by side they share the ride."""
    alone = plan(request(order("a"), travel=line(100))).summary.transport_gco2e
    a, b, cap_gco2e = order("a"), order("b"), 0.9 * alone
    assert trips(request(a, travel=line(100), max_gco2e_per_order=cap_gco2e)) == []
    assert trips(request(a, b, travel=BESIDE, max_gco2e_per_order=cap_gco2e)) == [("r", "s", "a b")]


def test_uneven_work_has_a_price() -> None:
    """One trip rides 220 s and one rider works 340 s; two trips ride 420 s, and the riders' work is 20 s apart."""
    orders = order("a"), order("b")
    assert trips(request(*orders, riders=PAIR, travel=BESIDE)) == [("r", "s", "a b")]
    fair = SIMPLE.model_copy(update={"fairness_cost_per_h": 36.0})
    shared = trips(request(*orders, riders=PAIR, travel=BESIDE, rates=fair))
    assert sorted(who for who, *_ in shared) == ["q", "r"]
