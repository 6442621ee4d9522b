"""Small requests with round numbers, so that every expected figure can be worked out by hand."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from dispatch import Drone, MatrixTravel, Order, PinnedTrip, PlanRequest, Rates, Rider, Store
from dispatch.timetable import RouteTrip

NOW = datetime(2026, 3, 6, 19, 0, tzinfo=UTC)
SIMPLE = Rates(
    rider_cost_per_h=36.0,  # one hundredth a second
    rider_cost_per_km=0.0,
    drone_cost_per_h=36.0,
    drone_cost_per_km=0.0,
    drone_cost_per_trip=0.0,
    late_cost_per_min=6.0,  # a tenth a second
    late_grace_s=60,
    late_cost_per_min_after_grace=60.0,  # one a second
    unserved_cost=100.0,
    carbon_cost_per_kg=0.0,
)


def at(seconds: float) -> datetime:
    """The moment ``seconds`` after now."""
    return NOW + timedelta(seconds=seconds)


def store(name: str = "s", location: tuple[float, float] = (0.0, 0.0), region: str = "CL", **fields: Any) -> Store:
    """A store at the origin."""
    return Store(id=name, location=location, region=region, **fields)


def order(name: str, *, ready: float = 0, promise: float = 1800, **fields: Any) -> Order:
    """An order of 1 kg with 60 s at the door, placed 10 minutes ago."""
    fields = {"store_id": "s", "location": (0.0, 0.0), "mass_kg": 1.0, "handover_s": 60, "placed_at": at(-600)} | fields
    return Order(id=name, ready_at=at(ready), promised_at=at(promise), **fields)


def rider(name: str = "r", **fields: Any) -> Rider:
    """A rider at the store."""
    return Rider(id=name, **({"store_id": "s"} | fields))


def drone(name: str = "d", **fields: Any) -> Drone:
    """A drone at the store, without overheads."""
    return Drone(
        id=name, **({"store_id": "s", "climb_s": 0, "handover_s": 0, "turnaround_s": 0, "speed_mps": 10.0} | fields)
    )


def pinned(*order_ids: str, vehicle_id: str = "r", **fields: Any) -> PinnedTrip:
    """A trip that must be made."""
    return PinnedTrip(vehicle_id=vehicle_id, order_ids=order_ids, **fields)


def matrix(rows: list[list[float | None]], metres_per_s: float = 5.0) -> MatrixTravel:
    """Travel in seconds; metres at 18 km/h."""
    metres = [[None if cell is None else cell * metres_per_s for cell in row] for row in rows]
    return MatrixTravel(kind="matrix", seconds=rows, metres=metres)


def line(*seconds: float) -> MatrixTravel:
    """The store at 0 and orders along one street, at so many seconds from it."""
    places = (0.0, *seconds)
    return matrix([[abs(a - b) for b in places] for a in places])


def request(*orders: Order, **fields: Any) -> PlanRequest:
    """A request with one store, one rider and simple prices unless said otherwise."""
    fields = {"stores": [store()], "riders": [rider()], "rates": SIMPLE} | fields
    return PlanRequest(now=NOW, orders=list(orders), **fields)


def sequences(*trips: Sequence[str], store_id: str = "s") -> tuple[RouteTrip, ...]:
    """One vehicle's trips from one store, by order ids."""
    return tuple(RouteTrip(store_id, tuple(trip)) for trip in trips)
