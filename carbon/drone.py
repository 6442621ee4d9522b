"""Delivery drones by formula F9."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from carbon.errors import QuantityError
from carbon.factors import Registry
from carbon.mechanics import GRAVITY, J_PER_WH, parameters, positive_array
from carbon.quantity import Floats, checked, checked_array


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
        return cls(name=name, factor_keys=dict(keys), **parameters(keys, registry))

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
        distance, speed = checked_array("metres", metres), positive_array("speed_mps", speed_mps)
        wind = np.asarray(wind_mps, dtype=np.float64)
        if not np.isfinite(wind).all():
            raise QuantityError(f"wind_mps is {wind.tolist()}; give finite metres per second, 0 for still air")
        cruise = distance / speed * self.power_w(np.abs(speed + wind), payload_kg) / J_PER_WH
        return np.where(distance == 0, 0.0, cruise + self.vertical_wh(payload_kg))


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
