"""Transport chains: activity, intensity and the elements of one consignment's way (formulas F1, F3 and F6).

Every distance says what it is. Activity is counted on the shortest feasible or the great-circle distance, never on the
way actually ridden; an intensity may have been published per kilometre ridden, and then a distance adjustment factor
(DAF) joins the two, and only then. Source: ISO 14083:2023 as explained in UBA/CLECAT, *Guide to ISO 14083* (2024).
"""

import math
from typing import Literal, Self

from pydantic import model_validator

from carbon.errors import AllocationError, DistanceTypeError, QuantityError
from carbon.quantity import Emission, checked, total
from carbon.registry import Registry, bundled_registry
from carbon.values import DistanceType, Record, Text

LEAST_FLIGHT_M = 50_000.0
"""Shorter great circles are not flown by airlines, whose 95 km of queues and detours would be most of the way."""


class Activity(Record):
    """Transport activity T = m·d (F1).

    Attributes:
        tkm: tonne-kilometres, >= 0.
        distance_type: what the distance is.
    """

    tkm: float
    distance_type: DistanceType

    @model_validator(mode="after")
    def _is_possible(self) -> Self:
        checked("tkm", self.tkm)
        return self

    @classmethod
    def of(cls, mass_kg: float, distance_m: float, distance_type: DistanceType) -> "Activity":
        """Carry ``mass_kg`` (goods with the shipper's packaging) over ``distance_m``.

        Raises:
            QuantityError: if either is negative, not a number or infinite.
        """
        tonnes, kilometres = checked("mass_kg", mass_kg) / 1000, checked("distance_m", distance_m) / 1000
        return cls(tkm=tonnes * kilometres, distance_type=distance_type)

    def __add__(self, other: "Activity") -> "Activity":
        """Add activity of the same distance type.

        Raises:
            DistanceTypeError: for two types; no factor makes a sum of them.
        """
        if self.distance_type != other.distance_type:
            raise DistanceTypeError(
                f"distance_type is {self.distance_type} in one activity and {other.distance_type} in the other; "
                "measure both the same way"
            )
        return Activity(tkm=self.tkm + other.tkm, distance_type=self.distance_type)


class Intensity(Record):
    """Emission intensity g of a transport operation category (F2), or a published one.

    Attributes:
        gco2e_per_tkm: grams CO2e per tonne-kilometre, >= 0.
        distance_type: distance behind its kilometres; ``"actual"`` for kilometres really ridden, flown or sailed.
    """

    gco2e_per_tkm: float
    distance_type: DistanceType | Literal["actual"]

    @model_validator(mode="after")
    def _is_possible(self) -> Self:
        checked("gco2e_per_tkm", self.gco2e_per_tkm)
        return self

    def gco2e(self, activity: Activity, daf: "Daf | None" = None) -> float:
        """Emission of one transport chain element: g·T·k (F3).

        Args:
            activity: of the element.
            daf: distance adjustment factor k of the activity's distance; needed where the intensity is per actual
                kilometre and refused anywhere else.

        Raises:
            DistanceTypeError: if the types do not match and no factor may join them, if the factor that joins them is
                missing, or if one is given where it does not belong.
        """
        if self.distance_type == activity.distance_type:
            if daf is not None:
                raise DistanceTypeError(
                    f"daf is {daf.factor}, but intensity and activity are both per {self.distance_type}, so nothing is "
                    "to be adjusted; leave it out"
                )
            return self.gco2e_per_tkm * activity.tkm
        if self.distance_type != "actual":
            raise DistanceTypeError(
                f"distance_type of the intensity is {self.distance_type} and of the activity {activity.distance_type}; "
                "measure the activity as the intensity was measured"
            )
        if daf is None:
            raise DistanceTypeError(
                f"daf is missing: the intensity is per actual kilometre and the activity on {activity.distance_type}; "
                "give a distance adjustment factor, for example road_daf() from shortest feasible distance"
            )
        if daf.distance_type != activity.distance_type:
            raise DistanceTypeError(
                f"daf adjusts {daf.distance_type} ({daf.source}), but activity is on {activity.distance_type}; give "
                "the factor of that distance"
            )
        return self.gco2e_per_tkm * activity.tkm * daf.factor


class Daf(Record):
    """A distance adjustment factor k: kilometres really gone over those that activity is counted on.

    Attributes:
        factor: 1 or more.
        distance_type: the distance it adjusts.
        source: where it comes from.
    """

    factor: float
    distance_type: DistanceType
    source: Text

    @model_validator(mode="after")
    def _is_possible(self) -> Self:
        if not (math.isfinite(self.factor) and self.factor >= 1):
            raise QuantityError(
                f"daf is {self.factor}; the way really gone is at least the shortest, so it is 1 or more"
            )
        return self


def road_daf(registry: Registry | None = None) -> Daf:
    """The factor of roads, from shortest feasible distance; from the bundled factors by default."""
    from_ = bundled_registry() if registry is None else registry
    found = from_.get("distance_adjustment_factor_road_sfd_to_actual")
    return Daf(factor=found.value, distance_type="SFD", source=found.source)


def airline_daf(distance_m: float, registry: Registry | None = None) -> Daf:
    """The factor of an airline's flight over a great circle, (GCD + 95 km) / GCD; never of a drone's.

    Raises:
        QuantityError: if the distance is below ``LEAST_FLIGHT_M``: what flies less far is no airliner.
    """
    if not checked("distance_m", distance_m) >= LEAST_FLIGHT_M:
        raise QuantityError(
            f"distance_m is {distance_m:g}, less than an airline flies ({LEAST_FLIGHT_M:g} m); a drone's great circle "
            "needs no adjustment"
        )
    found = (bundled_registry() if registry is None else registry).get("air_gcd_supplement")
    return Daf(factor=(distance_m + found.value * 1000) / distance_m, distance_type="GCD", source=found.source)


class TransportElement(Record):
    """One carriage of a consignment: a ride, a flight, a drive.

    Attributes:
        category: the transport operation category (TOC) whose intensity it has.
        activity: of the consignment in it.
        operation_gco2e: burnt or leaked on the way.
        provision_gco2e: from making and delivering the energy.
    """

    category: Text
    activity: Activity
    operation_gco2e: float
    provision_gco2e: float

    @model_validator(mode="after")
    def _is_possible(self) -> Self:
        for field in ("operation_gco2e", "provision_gco2e"):
            checked(f"{field} of {self.category}", getattr(self, field))
        return self

    @property
    def gco2e(self) -> float:
        """Both parts."""
        return self.operation_gco2e + self.provision_gco2e


class HubElement(Record):
    """One handling of a consignment in a hub.

    Attributes:
        category: the hub operation category (HOC) whose intensity it has.
        mass_kg: of the consignment.
        operation_gco2e: leaked or burnt in the hub.
        provision_gco2e: from making and delivering its energy.
    """

    category: Text
    mass_kg: float
    operation_gco2e: float
    provision_gco2e: float

    @model_validator(mode="after")
    def _is_possible(self) -> Self:
        for field in ("mass_kg", "operation_gco2e", "provision_gco2e"):
            checked(f"{field} of {self.category}", getattr(self, field))
        return self

    @property
    def gco2e(self) -> float:
        """Both parts."""
        return self.operation_gco2e + self.provision_gco2e


class Chain(Record):
    """Transport chain of one consignment, its elements in the order they happen.

    Attributes:
        consignment: what is carried; for us, an order.
        elements: at least one.
    """

    consignment: Text
    elements: tuple[TransportElement | HubElement, ...]

    @model_validator(mode="after")
    def _is_possible(self) -> Self:
        if not self.elements:
            raise AllocationError(f"elements of chain {self.consignment!r} is empty; a chain has at least one element")
        return self

    @property
    def gco2e(self) -> float:
        """Emission of the chain: the sum over its elements (F6)."""
        return total(Emission(element.gco2e, "CO2e") for element in self.elements).grams

    @property
    def activity(self) -> Activity | None:
        """Transport activity; hubs have none. None without any transport.

        Raises:
            DistanceTypeError: if its elements mix distance types.
        """
        found = [element.activity for element in self.elements if isinstance(element, TransportElement)]
        if not found:
            return None
        whole = found[0]
        for more in found[1:]:
            whole = whole + more
        return whole

    @property
    def gco2e_per_tkm(self) -> float | None:
        """Intensity of the chain (F6); hubs are in the dividend, not in the divisor. None without activity."""
        activity = self.activity
        return self.gco2e / activity.tkm if activity is not None and activity.tkm > 0 else None
