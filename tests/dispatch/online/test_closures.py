"""Streets that are closed on the bundled map, for a while, by mistake, or all of them."""

from datetime import datetime, timedelta

import pytest

import maps
from dispatch import MapTravel, Rates, Store
from dispatch.answer import Reason
from dispatch.online import OrderPlaced, Rejected, StreetClosed, Tick, Warned
from dispatch.record import Location
from tests.dispatch.online.small_day import Store30, at, order, the

HERE = maps.SAMPLE_STORE
THERE = (HERE[0] + 0.01, HERE[1] + 0.01)
WORLD = ((-180.0, -89.0), (180.0, -89.0), (180.0, 89.0), (-180.0, 89.0))


@pytest.fixture
def store() -> Store30:
    """A rider, and an order that is packed in an hour; it is planned, and goes nowhere before."""
    made = Store30(stores=[Store(id="store", location=HERE, region="CL")], travel=MapTravel(), rates=Rates())
    made.rider()
    made.tell(OrderPlaced, 0, order=order("a", 0.0, ready=60, promised_at=at(120), location=THERE))
    return made


def arrives_at(store: Store30) -> datetime:
    (proposed,) = store.dispatcher.proposal.trips
    return proposed.trip.stops[0].arrive_at


def on_the_way() -> tuple[Location, ...]:
    """A small square on the middle of the way."""
    way = maps.TravelTimes(maps.bundled_map(), maps.E_BIKE)
    way.add([HERE, THERE])
    line = way.route(0, 1).coords
    lon, lat = line[len(line) // 2].tolist()
    return tuple((lon + 0.0004 * x, lat + 0.0004 * y) for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1)))


def test_closed_street_makes_the_way_longer_until_it_opens(store: Store30) -> None:
    before = arrives_at(store)
    store.tell(StreetClosed, 1, ring=on_the_way(), until=at(20))
    assert arrives_at(store) > before
    store.tell(Tick, 19)
    assert arrives_at(store) > before
    store.tell(Tick, 20)
    assert arrives_at(store) == before


def test_street_is_closed_for_a_day_unless_it_is_opened(store: Store30) -> None:
    before, ring = arrives_at(store), on_the_way()
    store.tell(StreetClosed, 1, ring=ring)
    (closure,) = store.dispatcher.state.closures
    assert closure.until == at(1) + timedelta(days=1)
    assert arrives_at(store) > before
    store.tell(StreetClosed, 2, ring=ring, until=at(2))
    assert (store.dispatcher.state.closed_at(at(2)), arrives_at(store)) == ((), before)
    week = 7 * 24 * 60
    store.tell(Tick, week)
    assert store.dispatcher.state.told_at["street"]
    store.tell(Tick, week + 3)
    assert (store.dispatcher.state.closures, store.dispatcher.state.told_at["street"]) == ([], {})


def test_older_word_of_the_same_street_is_refused(store: Store30) -> None:
    store.tell(StreetClosed, 10, ring=on_the_way(), until=at(300))
    assert the(Rejected, store.tell(StreetClosed, 5, ring=on_the_way(), until=at(20))).field == "at"
    assert store.dispatcher.state.closed_at(at(30))


def test_clock_that_is_set_back_finds_streets_closed_that_it_had_opened(store: Store30) -> None:
    before = arrives_at(store)
    store.tell(StreetClosed, 1, ring=on_the_way(), until=at(50))
    store.tell(Tick, 55)
    assert arrives_at(store) == before
    store.tell(Tick, 2)
    assert arrives_at(store) > before


def test_ring_that_is_no_area_is_refused_at_once_and_harms_no_other(store: Store30) -> None:
    bad = StreetClosed(id="bad", at=at(1), ring=(HERE,) * 3)
    assert the(Rejected, list(store.dispatcher.handle(bad, looks=0))).field == "ring"
    before = arrives_at(store)
    store.tell(StreetClosed, 2, ring=on_the_way())
    assert arrives_at(store) > before


def test_without_any_street_orders_wait_for_one(store: Store30) -> None:
    before = arrives_at(store)
    warned = the(Warned, store.tell(StreetClosed, 1, ring=WORLD, until=at(10)))
    assert (warned.order_id, warned.code) == ("a", Reason.STORE_OFF_MAP)
    assert "leave none to ride on" in warned.text
    store.tell(Tick, 10)
    assert arrives_at(store) == before
