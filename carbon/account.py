"""What one round and one order emitted, and how the figure was arrived at.

All grams are full-precision floats; rounding is for whoever prints them. ``None`` means "not computable" and never 0.
"""

from collections.abc import Mapping
from datetime import date
from typing import Literal

from pydantic import Field

from carbon.operation import Fuel
from carbon.values import DataClass, DistanceType, Operator, Record, RoundZone, Zone


class OrderFootprint(Record):
    """One order: transport and packaging, apart and added.

    Attributes:
        order_id: the order.
        round_id: the round that delivered it.
        store_id: the store it came from.
        vehicle_class: what brought it.
        zone: temperature zone of the store that it came from.
        mass_kg: goods with their packaging, None if unknown.
        packaging_kg: of which packaging.
        transport_gco2e: its part of the round (ledger A).
        hub_gco2e: its handling in the store (ledger A); None if the store has no account or its mass is unknown.
        hub_operation_gco2e: of which burnt or leaked in the store; None likewise.
        packaging_gco2e: its packaging (ledger B): production, and end of life where a route was given.
        packaging_end_of_life_gco2e: of which end of life; None if no route was given.
        total_gco2e: transport, handling where it is known, and packaging.
        market_gco2e: its part of the round with electricity by contract, in no total; None without a contract.
        hub_market_gco2e: its handling likewise; None without a contract of the store.
        gwp_sets: sets of global warming potentials behind its figures.
        category_gco2e: the t.km view: its activity times the intensity of its category (F3); None without activity.
        parcel_gco2e: the parcel view, after EN 17837: an equal part of its category.
        share: fraction of the round.
        method: ``"mass_distance"`` or ``"shipments"``.
        activity_tkm: its transport activity (F1), None if its mass is unknown.
        distance_type: what the distance behind the activity is.
        intensity_gco2e_per_tkm: transport over activity, None without activity.
        data_class: where the transport's energy comes from.
        packaging: name of the packaging.
        packaging_data_class: ``"default"`` if the standard packaging had to be assumed, else ``"modelled"``.
    """

    order_id: str
    round_id: str
    store_id: str
    vehicle_class: str
    zone: Zone
    mass_kg: float | None
    packaging_kg: float
    transport_gco2e: float
    hub_gco2e: float | None
    hub_operation_gco2e: float | None
    packaging_gco2e: float
    packaging_end_of_life_gco2e: float | None
    total_gco2e: float
    market_gco2e: float | None
    hub_market_gco2e: float | None = None
    gwp_sets: tuple[str, ...] = ()
    category_gco2e: float | None
    parcel_gco2e: float
    share: float
    method: Literal["mass_distance", "shipments"]
    activity_tkm: float | None
    distance_type: DistanceType
    intensity_gco2e_per_tkm: float | None
    data_class: DataClass
    packaging: str
    packaging_data_class: DataClass


class RoundFootprint(Record):
    """One round, empty return included.

    Attributes:
        round_id: the round.
        store_id: its store.
        vehicle_id: its vehicle.
        vehicle_class: what the vehicle is.
        operator: whose vehicle it is.
        energy: what it moves by.
        category: name of its transport operation category.
        zone: temperature of what it carried.
        started_on: local date of departure.
        distance_m: metres ridden or flown, empty return included.
        empty_distance_m: of which without an order on board, None if unknown.
        orders: how many it delivered.
        battery_wh: energy out of the battery.
        grid_kwh: energy from the grid: metered, or what it takes to put the battery's back (F7).
        operation_gco2e: burnt or leaked on the road (F2): 0 for electric vehicles that cool nothing.
        refrigerant_gco2e: of which leaked.
        energy_provision_gco2e: from making and delivering the energy (F2).
        fuel_provision_gco2e: of which of fuels; the rest is of electricity.
        gco2e: operation and provision.
        market_gco2e: both with electricity by contract, in no total; None without a contract.
        market_rest: how what no contract covers was counted, None without a contract or a rest.
        activity_tkm: activity of its orders, None if a mass is unknown.
        distance_type: what the distances behind the activity are.
        gco2e_per_tkm: intensity, None without activity.
        gco2e_per_order: the parcel view.
        method: how it was divided.
        method_reason: why the fallback was taken, None otherwise.
        data_class: ``"modelled"`` or ``"primary"``.
        electricity: id of the grid factor.
        gwp_sets: sets of global warming potentials behind its factors; ``"not stated"`` where a source states none.
        fuels: what it burnt.
        refrigerants_kg: refrigerant leaked in it, by key of the factor for its warming potential.
        travel_s: seconds under way, None if the round does not say.
        load_kg: mean mass on board over all metres, None if the round does not say.
    """

    round_id: str
    store_id: str
    vehicle_id: str
    vehicle_class: str
    operator: Operator
    energy: str
    category: str
    zone: RoundZone
    started_on: date
    distance_m: float
    empty_distance_m: float | None
    orders: int
    battery_wh: float
    grid_kwh: float
    operation_gco2e: float
    refrigerant_gco2e: float
    energy_provision_gco2e: float
    fuel_provision_gco2e: float
    gco2e: float
    market_gco2e: float | None
    market_rest: str | None
    activity_tkm: float | None
    distance_type: DistanceType
    gco2e_per_tkm: float | None
    gco2e_per_order: float
    method: Literal["mass_distance", "shipments"]
    method_reason: str | None
    data_class: DataClass
    electricity: str
    gwp_sets: tuple[str, ...] = ()
    fuels: tuple[Fuel, ...] = ()
    refrigerants_kg: Mapping[str, float] = Field(default_factory=dict)
    travel_s: float | None = None
    load_kg: float | None = None
