"""Little worlds on a plane: straight ways at 10 m/s, no chance but what a test asks for."""

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np

from dispatch import Drone, Rider, Store, StraightTravel
from dispatch.twin import Baskets, Crew, Demand, Handover, Packing, Place, Radius, Roads, Span, World
from dispatch.twin.day import Day

MIDNIGHT = datetime(2026, 3, 6, tzinfo=UTC)
DEGREE_M = 111_194.927
STORE = Store(id="store", location=(0.0, 0.0), region="CN")
TEN = 10 * 3600


def east(metres: float, north_m: float = 0.0) -> tuple[float, float]:
    """A place so far from the first store, on the equator."""
    return (metres / DEGREE_M, north_m / DEGREE_M)


def crew(
    name: str = "rider", starts: str = "09:00", ends: str = "12:00", *breaks: tuple[str, str], **rider: object
) -> Crew:
    """A rider of the first store, unless told otherwise."""
    made = Rider.model_validate({"id": name, "store_id": "store"} | rider)
    return Crew(
        rider=made, shift=Span(starts=starts, ends=ends), breaks=tuple(Span(starts=a, ends=b) for a, b in breaks)
    )


def world(**changes: object) -> World:
    """One store that delivers 10 km far, one rider from nine to twelve, nothing ordered and nothing left to chance."""
    given: dict[str, object] = {
        "name": "little",
        "midnight": MIDNIGHT,
        "hours": Span(starts="10:00", ends="11:00"),
        "stores": (STORE,),
        "demand": Demand(orders_per_quarter=(0.0,) * 96),
        "radius": Radius(metres=10_000),
        "crews": (crew(),),
        "baskets": Baskets(sigma=0.0),
        "packing": Packing(mean_s=300, sigma=0.0),
        "handover": Handover(door_s=60, sigma=0.0),
        "roads": Roads(sigma=0.0),
        "travel": StraightTravel(kind="straight", speed_kmh=36.0, detour_factor=1.0),
        "margin": 20.0,
        "idle_cost_per_h": 18.0,
    }
    return World(**given | changes)  # type: ignore[arg-type] # the fields are the world's


def busy(orders: float = 24.0, **changes: object) -> World:
    """The same with orders at chance, from a grid of places within 4 km, and chance everywhere else."""
    quarters = [0.0] * 96
    quarters[40:44] = [orders / 4] * 4
    places = tuple(
        Place(location=east(x, y), weight=1.0, people=10.0)
        for x in range(-3_500, 4_000, 1_000)
        for y in range(-3_500, 4_000, 1_000)
    )
    chance = {
        "demand": Demand(orders_per_quarter=tuple(quarters), places=places),
        "baskets": Baskets(),
        "packing": Packing(),
        "handover": Handover(floors=(0.5, 0.3, 0.2)),
        "roads": Roads(sigma=0.2),
        "crews": (crew("rider-1"), crew("rider-2"), crew("rider-3")),
    }
    return world(**chance | changes)


def drone(name: str = "drone", **changes: object) -> Drone:
    """A drone of the first store."""
    return Drone.model_validate({"id": name, "store_id": "store"} | changes)


def day(
    placed_s: Sequence[int],
    places: Sequence[tuple[float, float]],
    *,
    packing_s: Sequence[int] | None = None,
    to_door: Sequence[float] | None = None,
    stores: int = 1,
    absent: frozenset[str] = frozenset(),
) -> Day:
    """A day without chance: these orders, 1 kg each, everything taking as long as one expects unless told otherwise."""
    n = len(placed_s)
    return Day(
        placed_s=np.array(placed_s, dtype=np.int64),
        points=np.array(places, dtype=np.float64).reshape(-1, 2),
        place=np.zeros(n, dtype=np.int64),
        mass_kg=np.ones(n),
        packing_s=np.array(packing_s or [300] * n, dtype=np.int64),
        expected_handover_s=np.full(n, 60, dtype=np.int64),
        handover_s=np.full(n, 60, dtype=np.int64),
        to_door=np.array(to_door or [1.0] * n),
        back=np.ones(n),
        approach=np.ones(n),
        stock=np.ones((stores, n), dtype=np.bool_),
        absent=absent,
    )
