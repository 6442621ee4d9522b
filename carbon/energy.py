"""Energy from physics: two-wheelers (F8), drones (F9) and charging (F7), one function per vehicle.

The same functions serve whoever plans a leg and the report that accounts for it, so that the two agree. All of them
are vectorised: arguments may be numbers or arrays that broadcast, results are float64 arrays of the broadcast shape. A
leg of 0 m costs 0 Wh; an unreachable one (``inf`` metres) costs ``inf``.
"""

from collections.abc import Mapping

from carbon.charging import CHARGING_KEYS, charging_factors, grid_wh
from carbon.drone import M100, Drone
from carbon.two_wheeler import CARGO_BIKE, E_BIKE, MOPED, EBike

__all__ = [
    "CARGO_BIKE",
    "CHARGING_KEYS",
    "E_BIKE",
    "M100",
    "MOPED",
    "VEHICLES",
    "Drone",
    "EBike",
    "charging_factors",
    "grid_wh",
]

VEHICLES: Mapping[str, EBike | Drone] = {vehicle.name: vehicle for vehicle in (E_BIKE, CARGO_BIKE, MOPED, M100)}
"""The modelled vehicle classes by the name that a round uses."""
