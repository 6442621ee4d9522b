"""Vans and the petrol moped, to hold a delivery against: published factors per kilometre or litre, no physics.

Operation and energy provision are apart as ISO 14083 draws the line: what burns on board is operation; making and
delivering the fuel or the electricity is provision, so that an electric van has no operation emissions at all.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from carbon.errors import DoubleCountError, UnitError
from carbon.factors import Factor
from carbon.operation import NOTHING, Fuel
from carbon.quantity import checked, total
from carbon.registry import Registry, bundled_registry
from carbon.transport import Round
from carbon.values import Record

LINE_LOSSES = re.compile(r"(^|_)t_d(_|$)")  # "T&D" in a DESNZ name, as keys spell it


class RoadEmission(Record):
    """What a way by a comparison vehicle emits.

    Attributes:
        vehicle_class: the vehicle.
        distance_m: the way.
        operation_gco2e: burnt on board.
        energy_provision_gco2e: from making and delivering the fuel or the electricity.
        gco2e: both.
        factors: every factor used, whole.
    """

    vehicle_class: str
    distance_m: float
    operation_gco2e: float
    energy_provision_gco2e: float
    gco2e: float
    factors: tuple[Factor, ...]


@dataclass(frozen=True, slots=True)
class RoadVehicle:
    """A vehicle known by factors alone.

    Attributes:
        name: vehicle class.
        operation_keys: keys of the factors of what burns on board; none for an electric vehicle.
        provision_keys: keys of the factors of energy provision; an electric vehicle's own use comes first.
        fuel_key: key of its litres per kilometre, if its emission factors are per litre; None if they are per km.
        grid_keys: for an electric vehicle, keys of the factors per kWh that its first one was made with.

    Raises:
        DoubleCountError: if transmission and distribution losses are listed beside a factor per kilometre, as those of
            DESNZ include them.
    """

    name: str
    operation_keys: tuple[str, ...]
    provision_keys: tuple[str, ...]
    fuel_key: str | None = None
    grid_keys: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        losses = [key for key in self.operation_keys + self.provision_keys if LINE_LOSSES.search(key)]
        if losses:
            raise DoubleCountError(
                f"keys of {self.name!r} hold {losses[0]!r}, but DESNZ's factors of electric vehicles per kilometre "
                "include transmission and distribution already; leave it out"
            )

    def kwh_per_km(self, registry: Registry | None = None) -> float:
        """Electricity at the socket per kilometre, taken out of the published factor: grams per km over grams per kWh.

        Raises:
            UnitError: if the vehicle is not electric.
        """
        if not self.grid_keys:
            raise UnitError(f"grid_keys of {self.name!r} is empty, so it draws no electricity; give its fuel instead")
        from_ = bundled_registry() if registry is None else registry
        return from_.get(self.provision_keys[0]).value / math.fsum(from_.get(key).value for key in self.grid_keys)

    def emission(
        self, metres: float, *, electricity: Factor | None = None, registry: Registry | None = None
    ) -> RoadEmission:
        """Emission of ``metres`` on the road, empty way home and all: whole vehicle, not a parcel's part.

        Args:
            metres: distance driven, >= 0.
            electricity: for an electric vehicle, the grid factor of another region, whole life cycle included; it
                takes the place of all the published ones. By default the vehicle charges where its factors are from.
            registry: where the factors come from; the bundled ones by default.

        Raises:
            QuantityError: if the distance is negative or not a finite number.
            MissingFactorError: if a factor is not there.
            MixedGasError: if a factor counts CO2 alone.
            UnitError: if a factor is per something else, or electricity is given to a vehicle that burns fuel.
        """
        from_ = bundled_registry() if registry is None else registry
        km = checked("metres", metres) / 1000
        if electricity is None:
            litres_per_km = from_.get(self.fuel_key) if self.fuel_key else None
            amount, unit = (km * litres_per_km.value, "litres") if litres_per_km else (km, "km")
            burnt = [from_.get(key) for key in self.operation_keys]
            made = [from_.get(key) for key in self.provision_keys]
            used = [*([litres_per_km] if litres_per_km else []), *burnt, *made]
        else:
            amount, unit = km * self.kwh_per_km(from_), "kWh"
            burnt, made = [], [electricity]
            used = [electricity, from_.get(self.provision_keys[0]), *(from_.get(key) for key in self.grid_keys)]
        # The sum with nothing is where a CO2-only factor is caught.
        operation = total([NOTHING, *(factor.emission(amount, unit) for factor in burnt)])
        provision = total([NOTHING, *(factor.emission(amount, unit) for factor in made)])
        return RoadEmission(
            vehicle_class=self.name,
            distance_m=metres,
            operation_gco2e=operation.grams,
            energy_provision_gco2e=provision.grams,
            gco2e=(operation + provision).grams,
            factors=tuple(used),
        )

    def driven(self, round_: Round, registry: Registry | None = None) -> Round:
        """The same round, its metres driven by this vehicle: fuel or electricity by factor, its data class a default.

        An electric vehicle draws its kilowatt hours where the round charges, on that region's grid.
        """
        from_ = bundled_registry() if registry is None else registry
        km = round_.distance_m / 1000
        if self.grid_keys:
            energy: dict[str, object] = {"meter_kwh": km * self.kwh_per_km(from_), "fuels": ()}
        else:
            amount, unit = (km * from_.get(self.fuel_key).value, "litres") if self.fuel_key else (km, "km")
            fuels = tuple(
                Fuel(amount=amount, unit=unit, operation=operation, provision=provision)
                for operation, provision in zip(self.operation_keys, self.provision_keys, strict=True)
            )
            energy = {"meter_kwh": None, "fuels": fuels}
        changes = {"vehicle_class": self.name, "battery_wh": 0.0, "data_class": "default", **energy}
        return Round.model_validate(dict(round_) | changes)

    def parameter_keys(self) -> tuple[str, ...]:
        """Keys of what stands between a kilometre and its energy, for a report to cite."""
        return (self.provision_keys[0], *self.grid_keys) if self.grid_keys else tuple(filter(None, (self.fuel_key,)))


VANS = "desnz_freighting_goods_vans_average_up_to_3_5_tonnes"
WTT_VANS = "desnz_wtt_delivery_vehs_freight_wtt_vans_average_up_to_3_5_tonnes"

DIESEL_VAN = RoadVehicle("diesel_van", (f"{VANS}_diesel_per_km",), (f"{WTT_VANS}_diesel_per_km",))
"""Average diesel van up to 3.5 t (DESNZ 2025)."""

ELECTRIC_VAN = RoadVehicle(
    "electric_van",
    (),
    (f"{VANS}_battery_electric_vehicle_per_km", f"{WTT_VANS}_battery_electric_vehicle_per_km"),
    grid_keys=(
        "desnz_uk_electricity_electricity_generated_electricity_uk_kwh",
        "desnz_transmission_and_distribution_t_d_uk_electricity_electricity_uk_kwh",
    ),
)
"""Average battery-electric van up to 3.5 t (DESNZ 2025), on the UK grid; transmission and distribution are included."""

PETROL_MOPED = RoadVehicle(
    "petrol_moped",
    ("desnz_fuels_liquid_fuels_petrol_100_mineral_petrol",),
    ("desnz_wtt_fuels_liquid_fuels_petrol_100_mineral_petrol",),
    fuel_key="fuel_petrol_moped_4_kw",
)
"""Petrol moped below 4 kW: litres by carculator_two_wheeler, grams by DESNZ 2025, petrol without biofuel."""

ROAD_VEHICLES: Mapping[str, RoadVehicle] = {
    vehicle.name: vehicle for vehicle in (DIESEL_VAN, ELECTRIC_VAN, PETROL_MOPED)
}
"""The comparison vehicles by name."""
