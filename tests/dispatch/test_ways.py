"""Ways of trips: lines along the streets that go through every place."""

import numpy as np
import pytest

import maps
from dispatch.request import MapTravel, Order, Rider, Store, StraightTravel
from dispatch.sphere import great_circle_m
from dispatch.ways import Errand, ways
from tests.browser.fleet import peak

REQUEST = peak(orders=6, riders=1, drones=1)
STORES = REQUEST.stores


def errand(vehicle: object, *orders: Order) -> Errand:
    return Errand(vehicle, STORES[0].id, orders)  # type: ignore[arg-type]


def test_a_ride_follows_the_streets_from_the_store_through_its_stops_and_back() -> None:
    orders = REQUEST.orders[1:4]
    (way,) = ways([errand(REQUEST.riders[0], *orders)], STORES, MapTravel())
    assert len(way.places) == len(orders) + 2
    assert list(way.places) == sorted(way.places)
    assert way.places[0] == 0
    assert way.places[-1] == len(way.points) - 1
    stops = [STORES[0].location, *(order.location for order in orders), STORES[0].location]
    for place, location in zip(way.places, stops, strict=True):
        away = great_circle_m(np.array([way.points[place], location]))
        assert away[0, 1] < 1
    times = maps.TravelTimes(maps.bundled_map(), maps.E_BIKE)
    times.add(np.array(stops))
    ridden = great_circle_m(np.array(way.points))
    length_m = float(np.diagonal(ridden, 1).sum())
    assert length_m == pytest.approx(sum(times.metres[i, i + 1] for i in range(len(stops) - 1)), rel=0.02)


def test_a_flight_and_a_straight_ride_are_straight() -> None:
    order = REQUEST.orders[1]
    (flight,) = ways([errand(REQUEST.drones[0], order)], STORES, MapTravel())
    (ride,) = ways([errand(REQUEST.riders[0], order)], STORES, StraightTravel(kind="straight"))
    assert len(flight.points) == len(ride.points) == 3
    assert flight.places == ride.places == (0, 1, 2)


def test_what_cannot_be_ridden_is_a_straight_line() -> None:
    at_sea = REQUEST.orders[1].model_copy(update={"location": (-71.5, -29.9)})
    (way,) = ways([errand(REQUEST.riders[0], at_sea)], STORES, MapTravel())
    assert way.points == (pytest.approx(STORES[0].location), (-71.5, -29.9), pytest.approx(STORES[0].location))


def test_a_door_at_the_store_still_makes_a_line() -> None:
    store = Store(id="s", location=(-71.25, -29.9), region="CL")
    order = REQUEST.orders[1].model_copy(update={"store_id": "s", "location": store.location})
    alone = Errand(Rider(id="r", store_id="s"), "s", (order,))
    (way,) = ways([alone], [store], StraightTravel(kind="straight"))
    assert way.points == (store.location, store.location)
    assert way.places == (0, 0, 0)


def test_many_trips_come_out_in_their_sequence() -> None:
    errands = [errand(REQUEST.riders[0], REQUEST.orders[1 + i % 4]) for i in range(90)]
    made = list(ways(errands, STORES, StraightTravel(kind="straight")))
    assert len(made) == 90
    for each, way in zip(errands, made, strict=True):
        assert way.points[1] == pytest.approx(each.orders[0].location, abs=1e-6)
