"""Delivery drones by formula F9."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from carbon.errors import QuantityError
from carbon.mechanics import GRAVITY, J_PER_WH, parameters, positive_array
from carbon.quantity import Floats, checked_array
from carbon.registry import Registry


@dataclass(frozen=True, slots=True)
class Drone:
    """A multirotor by formula F9: thrust carries weight less lift and overcomes drag; power follows from thrust.

    Take-off and landing are modelled, not measured: a vertical climb to ``cruise_height_m`` at ``climb_mps`` by F9
    with that vertical speed, and a descent at ``descent_mps`` that costs as much power as hovering (a multirotor
    recovers nothing). Every flight has one of each. Whoever is handed goods by winch waits under a drone that hovers;
    its seconds are an argument of the flight, and a flight without them lands.

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
        fitted_payload_kg: heaviest payload of the flights behind the coefficients.
        fitted_slow_mps: slowest of their cruises.
        fitted_fast_mps: fastest of their cruises.
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
    fitted_payload_kg: float
    fitted_slow_mps: float
    fitted_fast_mps: float
    factor_keys: Mapping[str, str] = field(default_factory=dict, hash=False)

    @classmethod
    def read(cls, name: str, keys: Mapping[str, str], registry: Registry | None = None) -> "Drone":
        """Build one whose fields are read from ``registry`` (the bundled one by default), by factor key."""
        return cls(name=name, factor_keys=dict(keys), **parameters(keys, registry))

    def power_w(self, airspeed_mps: ArrayLike, payload_kg: ArrayLike, climb_mps: ArrayLike = 0.0) -> Floats:
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
        climb = checked_array("climb_mps", climb_mps, finite=True)
        lifted = (self.mass_kg + payload) * GRAVITY - self.c5 * speed**2
        thrust = np.hypot(lifted, self.c4 * speed**2)
        induced = self.k1 * thrust * (climb / 2 + np.hypot(climb / 2, np.sqrt(thrust) / self.k2))
        return np.asarray(induced + self.c2 * thrust**1.5 + self.c4 * speed**3)

    def vertical_wh(self, payload_kg: ArrayLike, hover_s: ArrayLike = 0.0) -> Floats:
        """Battery energy of one take-off, one landing and ``hover_s`` of hovering; modelled, see the class.

        Args:
            payload_kg: payload, >= 0; on board all the while, so that a winch counts from its first second to its last.
            hover_s: seconds of hovering at the door, >= 0.

        Returns:
            Wh drawn from the battery, of the broadcast shape.

        Raises:
            QuantityError: if a value is negative or not a number.
        """
        up_s, down_s = self.cruise_height_m / self.climb_mps, self.cruise_height_m / self.descent_mps
        still_s = down_s + checked_array("hover_s", hover_s, finite=True)
        return (
            up_s * self.power_w(0.0, payload_kg, self.climb_mps) + still_s * self.power_w(0.0, payload_kg)
        ) / J_PER_WH

    def extrapolated(self, payload_kg: ArrayLike, airspeed_mps: ArrayLike) -> NDArray[np.bool_]:
        """Say where F9 is asked for more than it was fitted to: a heavier load, or a slower or faster flight.

        Such energies are computed all the same; whoever publishes them has to say what they are.

        Args:
            payload_kg: payload, >= 0, any shape.
            airspeed_mps: horizontal speed through the air in cruise, >= 0.

        Returns:
            True where payload or speed is outside the flights that were flown, of the broadcast shape.

        Raises:
            QuantityError: if a value is negative or not a number.
        """
        payload = checked_array("payload_kg", payload_kg)
        speed = checked_array("airspeed_mps", airspeed_mps)
        slow, fast = speed < self.fitted_slow_mps, speed > self.fitted_fast_mps
        return np.asarray((payload > self.fitted_payload_kg) | slow | fast)

    def battery_wh(
        self,
        metres: ArrayLike,
        payload_kg: ArrayLike,
        speed_mps: ArrayLike,
        wind_mps: ArrayLike = 0.0,
        *,
        crosswind_mps: ArrayLike = 0.0,
        hover_s: ArrayLike = 0.0,
    ) -> Floats:
        """Battery energy of one flight: take-off, ``metres`` of cruise, hovering if any, landing.

        The cruise keeps its course and its speed over ground, so that the speed through the air is the length of the
        difference of two vectors: velocity over ground less the wind's. Take-off, landing and hovering are as in still
        air.

        Args:
            metres: distance over ground, >= 0; 0 is no flight and costs nothing, ``inf`` costs ``inf``.
            payload_kg: payload, >= 0.
            speed_mps: speed over ground, > 0.
            wind_mps: wind along the course, positive from ahead, negative from behind.
            crosswind_mps: wind across the course, from either side.
            hover_s: seconds of hovering at the door, >= 0; 0 where the drone lands.

        Returns:
            Wh drawn from the battery, of the broadcast shape.

        Raises:
            QuantityError: if a value is not a number, or is negative where it may not be.
        """
        distance, speed = checked_array("metres", metres), positive_array("speed_mps", speed_mps)
        airspeed = np.hypot(speed + _wind("wind_mps", wind_mps), _wind("crosswind_mps", crosswind_mps))
        cruise = distance / speed * self.power_w(airspeed, payload_kg) / J_PER_WH
        return np.where(distance == 0, 0.0, cruise + self.vertical_wh(payload_kg, hover_s))


def wind_along(wind_mps: ArrayLike, from_deg: ArrayLike, course_deg: ArrayLike) -> tuple[Floats, Floats]:
    """Take a wind apart along a course, as ``Drone.battery_wh`` wants it.

    Args:
        wind_mps: speed of the wind, >= 0.
        from_deg: where it blows from, degrees clockwise from north, as weather reports have it.
        course_deg: where the drone flies to, degrees clockwise from north.

    Returns:
        ``(ahead, across)`` in m/s: positive from ahead, and positive from the right, of the broadcast shape.

    Raises:
        QuantityError: if a speed is negative, or a value is not a finite number.
    """
    speed = checked_array("wind_mps", wind_mps, finite=True)
    angle = np.radians(_wind("from_deg", from_deg) - _wind("course_deg", course_deg))
    return np.asarray(speed * np.cos(angle)), np.asarray(speed * np.sin(angle))


def _wind(name: str, values: ArrayLike) -> Floats:
    array = np.asarray(values, dtype=np.float64)
    if not np.isfinite(array).all():
        raise QuantityError(f"{name} is {array.tolist()}; every value must be finite, and 0 in still air")
    return array


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
        "fitted_payload_kg": "quadcopter_m100_heaviest_payload_flown",
        "fitted_slow_mps": "quadcopter_m100_slowest_cruise_flown",
        "fitted_fast_mps": "quadcopter_m100_fastest_cruise_flown",
    },
)
"""Quadcopter of the Matrice 100 class, fitted to flights with 0 to 0.5 kg at 4 to 12 m/s.

Its coefficients are cited, not refitted here; ``Drone.extrapolated`` says where they are asked for more.
"""
