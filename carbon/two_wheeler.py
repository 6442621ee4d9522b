"""Electric two-wheelers by formula F8: bicycle, cargo bicycle and moped."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from carbon.errors import QuantityError
from carbon.mechanics import GRAVITY, J_PER_WH, parameters, positive_array
from carbon.quantity import Floats, checked_array
from carbon.registry import Registry


@dataclass(frozen=True, slots=True)
class EBike:
    """An electric two-wheeler by formula F8: rolling, air, stopping and the lamps.

    Every stretch of road costs rolling resistance and drag; each halt throws away the kinetic energy of everything
    that moves (no recuperation); auxiliaries draw for as long as the ride takes. Slopes are not modelled.

    Attributes:
        name: vehicle class, as rounds call it.
        vehicle_kg: curb mass.
        rider_kg: mass of the rider.
        rolling_resistance: coefficient Crr.
        drag_area_m2: drag coefficient times frontal area, CdA.
        motor_efficiency: battery terminals to motor shaft.
        transmission_efficiency: motor shaft to tyre.
        discharge_efficiency: cells to battery terminals.
        auxiliary_w: lamps and electronics.
        stops_per_km: halts from riding speed.
        air_density_kg_m3: density of air.
        factor_keys: for each field above, the key of the factor it was read from.
    """

    name: str
    vehicle_kg: float
    rider_kg: float
    rolling_resistance: float
    drag_area_m2: float
    motor_efficiency: float
    transmission_efficiency: float
    discharge_efficiency: float
    auxiliary_w: float
    stops_per_km: float
    air_density_kg_m3: float
    factor_keys: Mapping[str, str] = field(default_factory=dict, hash=False)

    @classmethod
    def read(cls, name: str, keys: Mapping[str, str], registry: Registry | None = None) -> "EBike":
        """Build one whose fields are read from ``registry`` (the bundled one by default), by factor key."""
        return cls(name=name, factor_keys=dict(keys), **parameters(keys, registry))

    @property
    def drive_efficiency(self) -> float:
        """Cells to tyre."""
        return self.motor_efficiency * self.transmission_efficiency * self.discharge_efficiency

    def battery_wh_coefficients(self, speed_mps: ArrayLike) -> tuple[Floats, Floats]:
        """F8 taken apart, for a planner: Wh per metre is ``empty + per_kg * load_kg``, since F8 is linear in the load.

        Args:
            speed_mps: riding speed, > 0, any shape.

        Returns:
            ``(empty, per_kg)``: Wh/m with no load, and Wh/m for each kg of load, both of the shape of ``speed_mps``.

        Raises:
            QuantityError: if a speed is 0, negative or not a number.
        """
        speed = positive_array("speed_mps", speed_mps)
        kinetic = 0.5 * speed**2
        per_kg = (
            (GRAVITY * self.rolling_resistance + self.stops_per_km / 1000 * kinetic) / self.drive_efficiency / J_PER_WH
        )
        drag = self.air_density_kg_m3 * self.drag_area_m2 * kinetic / self.drive_efficiency / J_PER_WH
        auxiliary = self.auxiliary_w / speed / J_PER_WH
        return (self.vehicle_kg + self.rider_kg) * per_kg + drag + auxiliary, per_kg

    def battery_wh(self, metres: ArrayLike, seconds: ArrayLike, load_kg: ArrayLike) -> Floats:
        """Battery energy of riding ``metres`` in ``seconds`` with ``load_kg`` on board.

        Args:
            metres: distance, >= 0; 0 costs nothing, ``inf`` costs ``inf``.
            seconds: riding time, > 0 wherever there is distance.
            load_kg: goods on board, >= 0.

        Returns:
            Wh drawn from the cells, of the broadcast shape.

        Raises:
            QuantityError: if a value is negative or not a number, or distance is covered in no time.
        """
        distance, time, load = np.broadcast_arrays(
            checked_array("metres", metres),
            checked_array("seconds", seconds),
            checked_array("load_kg", load_kg, finite=True),
        )
        if ((distance > 0) & (time == 0)).any():
            raise QuantityError("seconds is 0 where metres is above 0; give the riding time of every leg")
        moving = (distance > 0) & np.isfinite(distance) & np.isfinite(time)
        speed = np.divide(distance, time, out=np.ones(distance.shape), where=moving)
        empty, per_kg = self.battery_wh_coefficients(speed)
        energy = distance * (empty + per_kg * load)
        return np.where(distance == 0, 0.0, np.where(moving, energy, np.inf))


COMMON_KEYS = {
    "rider_kg": "rider_mass",
    "transmission_efficiency": "two_wheeler_transmission_efficiency",
    "discharge_efficiency": "battery_discharge_efficiency",
    "stops_per_km": "stops_per_kilometre_in_town",
    "air_density_kg_m3": "air_density",
}

E_BIKE = EBike.read(
    "e_bike",
    COMMON_KEYS
    | {
        "vehicle_kg": "curb_mass_e_bike",
        "rolling_resistance": "rolling_resistance_bicycle_tyre",
        "drag_area_m2": "cda_e_bike",
        "motor_efficiency": "e_bike_motor_efficiency",
        "auxiliary_w": "auxiliary_power_e_bike",
    },
)
"""Bicycle with a motor up to 25 km/h; what the rider's legs give is left out, on the safe side."""

CARGO_BIKE = EBike.read(
    "cargo_bike",
    COMMON_KEYS
    | {
        "vehicle_kg": "curb_mass_cargo_e_bike",
        "rolling_resistance": "rolling_resistance_bicycle_tyre",
        "drag_area_m2": "cda_cargo_e_bike",
        "motor_efficiency": "cargo_e_bike_motor_efficiency",
        "auxiliary_w": "auxiliary_power_e_bike",
    },
)
"""Electric cargo bicycle."""

MOPED = EBike.read(
    "moped",
    COMMON_KEYS
    | {
        "vehicle_kg": "curb_mass_e_moped",
        "rolling_resistance": "rolling_resistance_moped_tyre",
        "drag_area_m2": "cda_moped",
        "motor_efficiency": "e_moped_motor_efficiency",
        "auxiliary_w": "auxiliary_power_moped",
    },
)
"""Electric moped below 4 kW."""
