"""A dispatcher of one store for small days: straight streets, 36 km/h, so that 10 m take a second."""

from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from dispatch import Order, Rider, Store, StraightTravel
from dispatch.online import Decision, Dispatcher, Event, OrderPlaced, Patience, RiderOn, Setup, Status, TripLeft

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
KM = 1_000 / 111_194.92664455874
"""Degrees of a kilometre on the equator of a sphere of 6,371 km."""
D = TypeVar("D")

HASTY = Patience(busy=0)
"""Never waits."""


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def setup(**changes: Any) -> Setup:
    fields: dict[str, Any] = {
        "stores": [Store(id="store", location=(0.0, 0.0), region="CL")],
        "travel": StraightTravel(kind="straight", speed_kmh=36.0, detour_factor=1.0),
        "patience": HASTY,
        "work": 100,
    }
    return Setup(**fields | changes)


def order(name: str, east_km: float, *, placed: float = 0, ready: float = 0, **changes: Any) -> Order:
    fields: dict[str, Any] = {
        "id": name,
        "store_id": "store",
        "location": (east_km * KM, 0.0),
        "placed_at": at(placed),
        "ready_at": at(ready),
        "promised_at": at(placed + 30),
        "mass_kg": 1.0,
    }
    return Order(**fields | changes)


TWO = [Store(id="store", location=(0.0, 0.0), region="CL"), Store(id="next", location=(0.5 * KM, 0.0), region="CL")]
"""Two stores, 500 m apart."""


class Store30:
    """A dispatcher and what it said, told event by event at minutes after noon."""

    def __init__(self, **changes: Any) -> None:
        self.dispatcher = Dispatcher(setup(**changes))
        self.told: list[tuple[Event, tuple[Decision, ...]]] = []

    def tell(self, kind: type[Any], minute: float, **fields: Any) -> list[Decision]:
        event = kind(id=f"e{len(self.told)}", at=at(minute), **fields)
        self.told.append((event, self.dispatcher.handle(event)))
        return list(self.told[-1][1])

    def status(self, order_id: str) -> Status:
        return self.dispatcher.state.orders[order_id].status

    def rider(self, name: str = "ana", minute: float = 0, **fields: Any) -> list[Decision]:
        return self.tell(RiderOn, minute, rider=Rider(id=name, store_id="store", **fields))


def the(kind: type[D], decisions: list[Decision]) -> D:
    found = [each for each in decisions if isinstance(each, kind)]
    assert len(found) == 1, decisions
    return found[0]


def on_the_road(**fields: Any) -> Store30:
    """Ana left at noon with a; it is due at its door at 100 s, and to be handed over by 220 s."""
    store = Store30()
    store.rider("ana")
    store.tell(OrderPlaced, 0, order=order("a", 1.0, **fields))
    store.tell(TripLeft, 0, trip_id="ana/1")
    return store
