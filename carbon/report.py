"""What a footprint says, and how it was arrived at: the frozen values that a page, a file or an auditor reads.

All grams are full-precision floats; rounding is for whoever prints them. ``None`` means "not computable" and never 0.
"""

from datetime import date
from typing import Literal

from carbon.factors import Factor
from carbon.transport import DistanceType, Record

DataClass = Literal["modelled", "primary", "default"]


class OrderFootprint(Record):
    """One order: transport and packaging, apart and added.

    Attributes:
        order_id: the order.
        round_id: the round that delivered it.
        vehicle_class: what brought it.
        transport_gco2e: its part of the round (ledger A).
        packaging_gco2e: production of its packaging (ledger B).
        packaging_end_of_life_gco2e: end of life of the packaging, not in the total; None if no route was given.
        total_gco2e: transport and packaging production.
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
    vehicle_class: str
    transport_gco2e: float
    packaging_gco2e: float
    packaging_end_of_life_gco2e: float | None
    total_gco2e: float
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
        started_on: local date of departure.
        distance_m: metres ridden or flown, empty return included.
        orders: how many it delivered.
        battery_wh: energy out of the battery.
        grid_kwh: energy from the grid to put it back (F7).
        operation_gco2e: burnt or leaked on the road (F2): 0 for electric vehicles.
        energy_provision_gco2e: from making and delivering the electricity (F2).
        gco2e: both.
        activity_tkm: activity of its orders, None if a mass is unknown.
        distance_type: what the distances behind the activity are.
        gco2e_per_tkm: intensity, None without activity.
        gco2e_per_order: the parcel view.
        method: how it was divided.
        method_reason: why the fallback was taken, None otherwise.
        data_class: ``"modelled"`` or ``"primary"``.
        electricity: id of the grid factor.
    """

    round_id: str
    store_id: str
    vehicle_id: str
    vehicle_class: str
    started_on: date
    distance_m: float
    orders: int
    battery_wh: float
    grid_kwh: float
    operation_gco2e: float
    energy_provision_gco2e: float
    gco2e: float
    activity_tkm: float | None
    distance_type: DistanceType
    gco2e_per_tkm: float | None
    gco2e_per_order: float
    method: Literal["mass_distance", "shipments"]
    method_reason: str | None
    data_class: DataClass
    electricity: str


class ClassFootprint(Record):
    """All rounds of one vehicle class together, so that a drone can be held against an e-bike.

    Attributes:
        vehicle_class: the class.
        rounds: how many rounds.
        orders: how many orders.
        distance_m: metres, empty returns included.
        grid_kwh: energy from the grid.
        gco2e: transport emission.
        activity_tkm: activity, None if any of its masses is unknown.
        distance_type: what the distances behind the activity are; one type in a class.
        gco2e_per_tkm: intensity, None without activity.
        gco2e_per_order: mean of an order.
    """

    vehicle_class: str
    rounds: int
    orders: int
    distance_m: float
    grid_kwh: float
    gco2e: float
    activity_tkm: float | None
    distance_type: DistanceType
    gco2e_per_tkm: float | None
    gco2e_per_order: float


class Totals(Record):
    """Everything added up.

    Attributes:
        rounds: how many rounds.
        orders: how many orders.
        transport_gco2e: ledger A.
        operation_gco2e: of which burnt or leaked on the road.
        energy_provision_gco2e: of which from electricity.
        packaging_gco2e: ledger B, production.
        total_gco2e: both.
        gco2e_per_order: mean, or None if there is no order to divide by.
        not_computable: why a mean or total is missing, None if nothing is.
        first_day: first date of departure, None without rounds.
        last_day: last date of departure, None without rounds.
    """

    rounds: int
    orders: int
    transport_gco2e: float
    operation_gco2e: float
    energy_provision_gco2e: float
    packaging_gco2e: float
    total_gco2e: float
    gco2e_per_order: float | None
    not_computable: str | None
    first_day: date | None
    last_day: date | None


class Method(Record):
    """How the figures were arrived at, in words a reader can check.

    Attributes:
        alignment: the standard, aligned with and not certified to.
        distance_types: distances behind activity and allocation; each figure states its own.
        allocation: how a round is divided.
        electricity: which grid factor.
        gwp_sets: sets of global warming potentials behind the CO2e factors used.
        packaging: how ledger B is kept.
        exclusions: what is left out.
        models: physical models used.
    """

    alignment: str = "aligned with ISO 14083:2023"
    distance_types: tuple[DistanceType, ...]
    allocation: str = (
        "share of store-to-stop distance times mass; equal shares, with the reason, where a mass is unknown"
    )
    electricity: str = "location-based factor of the store's region, per kWh at the socket after charging losses"
    gwp_sets: tuple[str, ...]
    packaging: str = (
        "a ledger of its own (product footprint): production of the material; end of life stated apart and not added"
    )
    exclusions: tuple[str, ...] = (
        "making and scrapping of vehicles, batteries and buildings",
        "energy and refrigerants of the store",
        "what riders eat, and staff travel",
        "carbon offsets, avoided emissions and points",
    )
    models: tuple[str, ...] = (
        "two-wheelers: rolling resistance, air drag, stops and auxiliaries at the leg's mean speed; slopes left out",
        "drones: thrust and power after Liu et al. 2017; take-off a vertical climb, landing a hovering descent",
    )


class Report(Record):
    """A footprint, whole: figures, factors and method.

    Attributes:
        orders: one per order, in the order of the rounds.
        rounds: one per round, as given.
        vehicle_classes: one per class, by name.
        findings: plain sentences that compare the classes, cleanest first; empty with fewer than two.
        factors: every factor and parameter used, whole.
        method: how.
        totals: how much.
    """

    orders: tuple[OrderFootprint, ...]
    rounds: tuple[RoundFootprint, ...]
    vehicle_classes: tuple[ClassFootprint, ...]
    findings: tuple[str, ...]
    factors: tuple[Factor, ...]
    method: Method
    totals: Totals
