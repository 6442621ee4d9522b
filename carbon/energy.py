"""Energy from physics: two-wheelers (F8), quadcopters (F9) and charging (F7).

One function per vehicle, used both by whoever plans a leg and by the report that accounts for it, so that the two
agree. All of them are vectorised: arguments may be numbers or arrays that broadcast, results are float64 arrays of
the broadcast shape. A leg of 0 m costs 0 Wh; an unreachable one (``inf`` metres) costs ``inf``.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from carbon.errors import QuantityError
from carbon.factors import Factor, Registry, bundled_registry
from carbon.quantity import Floats, checked, checked_array

GRAVITY = 9.80665  # m/s2, exact by the 3rd General Conference on Weights and Measures, 1901
J_PER_WH = 3600.0
CHARGING_KEYS = ("battery_charge_efficiency", "charger_efficiency")


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
        return cls(name=name, factor_keys=dict(keys), **_values(keys, registry))

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
        speed = _positive("speed_mps", speed_mps)
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


@dataclass(frozen=True, slots=True)
class Drone:
    """A multirotor by formula F9: thrust carries weight less lift and overcomes drag; power follows from thrust.

    Take-off and landing are modelled, not measured: a vertical climb to ``cruise_height_m`` at ``climb_mps`` by F9
    with that vertical speed, and a descent at ``descent_mps`` that costs as much power as hovering (a multirotor
    recovers nothing). Every flight has one of each.

    Attributes:
        name: vehicle class, as rounds call it.
        mass_kg: mass with battery, without payload.
        k1: induced power coefficient, pure number.
        k2: induced velocity coefficient, sqrt(kg/m).
        c2: blade profile power coefficient, sqrt(m/kg).
        c4: drag coefficient, kg/m.
        c5: lift coefficient, kg/m.
        cruise_height_m: height of the cruise above both ends.
        climb_mps: vertical speed up.
        descent_mps: vertical speed down.
        factor_keys: for each field above, the key of the factor it was read from.
    """

    name: str
    mass_kg: float
    k1: float
    k2: float
    c2: float
    c4: float
    c5: float
    cruise_height_m: float
    climb_mps: float
    descent_mps: float
    factor_keys: Mapping[str, str] = field(default_factory=dict, hash=False)

    @classmethod
    def read(cls, name: str, keys: Mapping[str, str], registry: Registry | None = None) -> "Drone":
        """Build one whose fields are read from ``registry`` (the bundled one by default), by factor key."""
        return cls(name=name, factor_keys=dict(keys), **_values(keys, registry))

    def power_w(self, airspeed_mps: ArrayLike, payload_kg: ArrayLike, climb_mps: float = 0.0) -> Floats:
        """Electric power in steady flight (F9; Liu et al. 2017, doi 10.1109/ICUAS.2017.7991310).

        Args:
            airspeed_mps: horizontal speed through the air, >= 0.
            payload_kg: payload, >= 0.
            climb_mps: vertical speed w, >= 0.

        Returns:
            Watts from the battery, of the broadcast shape.

        Raises:
            QuantityError: if a value is negative or not a number.
        """
        speed = checked_array("airspeed_mps", airspeed_mps, finite=True)
        payload = checked_array("payload_kg", payload_kg, finite=True)
        climb = checked("climb_mps", climb_mps)
        lifted = (self.mass_kg + payload) * GRAVITY - self.c5 * speed**2
        thrust = np.hypot(lifted, self.c4 * speed**2)
        induced = self.k1 * thrust * (climb / 2 + np.hypot(climb / 2, np.sqrt(thrust) / self.k2))
        return np.asarray(induced + self.c2 * thrust**1.5 + self.c4 * speed**3)

    def vertical_wh(self, payload_kg: ArrayLike) -> Floats:
        """Battery energy of one take-off and one landing with ``payload_kg`` on board; modelled, see the class."""
        up_s, down_s = self.cruise_height_m / self.climb_mps, self.cruise_height_m / self.descent_mps
        return (
            up_s * self.power_w(0.0, payload_kg, self.climb_mps) + down_s * self.power_w(0.0, payload_kg)
        ) / J_PER_WH

    def battery_wh(
        self, metres: ArrayLike, payload_kg: ArrayLike, speed_mps: ArrayLike, wind_mps: ArrayLike = 0.0
    ) -> Floats:
        """Battery energy of one flight: take-off, ``metres`` of cruise, landing.

        Args:
            metres: distance over ground, >= 0; 0 is no flight and costs nothing, ``inf`` costs ``inf``.
            payload_kg: payload, >= 0.
            speed_mps: speed over ground, > 0.
            wind_mps: wind along the course, positive from ahead, negative from behind.

        Returns:
            Wh drawn from the battery, of the broadcast shape.

        Raises:
            QuantityError: if a value is not a number, or is negative where it may not be.
        """
        distance, speed = checked_array("metres", metres), _positive("speed_mps", speed_mps)
        wind = np.asarray(wind_mps, dtype=np.float64)
        if not np.isfinite(wind).all():
            raise QuantityError(f"wind_mps is {wind.tolist()}; give finite metres per second, 0 for still air")
        cruise = distance / speed * self.power_w(np.abs(speed + wind), payload_kg) / J_PER_WH
        return np.where(distance == 0, 0.0, cruise + self.vertical_wh(payload_kg))


def grid_wh(battery_wh: ArrayLike, registry: Registry | None = None) -> Floats:
    """Energy drawn from the grid to put ``battery_wh`` back, by formula F7: through the charger, then into the cells.

    Args:
        battery_wh: Wh drawn from the battery, >= 0, any shape.
        registry: where the two efficiencies come from; the bundled factors by default.

    Returns:
        Wh at the socket, of the same shape.

    Raises:
        QuantityError: if a value is negative or not a number.
    """
    return checked_array("battery_wh", battery_wh) / math.prod(factor.value for factor in charging_factors(registry))


def charging_factors(registry: Registry | None = None) -> tuple[Factor, ...]:
    """Return the factors that ``grid_wh`` divides by: charge efficiency of the cells and efficiency of the charger."""
    return tuple((registry or bundled_registry()).get(key) for key in CHARGING_KEYS)


def _values(keys: Mapping[str, str], registry: Registry | None) -> dict[str, float]:
    return {field_name: (registry or bundled_registry()).get(key).value for field_name, key in keys.items()}


def _positive(name: str, values: ArrayLike) -> Floats:
    array = checked_array(name, values, finite=True)
    if not array.all():
        raise QuantityError(f"{name} is 0 somewhere; it must be above 0, as a vehicle that does not move has no leg")
    return array


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

M100 = Drone.read(
    "drone",
    {
        "mass_kg": "quadcopter_m100_mass_with_battery",
        "k1": "quadcopter_m100_power_model_k1",
        "k2": "quadcopter_m100_power_model_k2",
        "c2": "quadcopter_m100_power_model_c2",
        "c4": "quadcopter_m100_power_model_c4",
        "c5": "quadcopter_m100_power_model_c5",
        "cruise_height_m": "drone_cruise_height_above_take_off",
        "climb_mps": "drone_climb_speed",
        "descent_mps": "drone_descent_speed",
    },
)
"""Quadcopter of the Matrice 100 class, fitted to flights with 0 to 0.5 kg at 4 to 12 m/s; beyond that, extrapolated."""

VEHICLES: Mapping[str, EBike | Drone] = {vehicle.name: vehicle for vehicle in (E_BIKE, CARGO_BIKE, MOPED, M100)}
"""The modelled vehicle classes by the name that a round uses."""
