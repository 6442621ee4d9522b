"""What a footprint says as a whole: the frozen values that a page, a file or an auditor reads.

All grams are full-precision floats; rounding is for whoever prints them. ``None`` means "not computable" and never 0.
"""

from datetime import date

from carbon.account import OrderFootprint, RoundFootprint
from carbon.category import TransportCategory
from carbon.factors import Factor
from carbon.hub import HubCategory
from carbon.values import DistanceType, Record

EXCLUSIONS = (
    "making and scrapping of vehicles, batteries and buildings",
    "what riders eat, and staff travel",
    "carbon offsets, avoided emissions and points",
)
"""What no figure holds (rule R10); a store without an account of its own is added to them."""


MODELS = (
    "two-wheelers: rolling resistance, air drag, stops and auxiliaries at the leg's mean speed; slopes left out",
    "drones: thrust and power after Liu et al. 2017; take-off a vertical climb, landing a hovering descent",
)
"""The models behind modelled energy; rounds that one was not fitted to are added to them."""


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
        transport_gco2e: rounds (ledger A).
        operation_gco2e: of which burnt or leaked on the road.
        energy_provision_gco2e: of which from making and delivering the energy.
        hub_gco2e: handling in the stores (ledger A), as far as orders carry it; None if it is not known for any order.
        orders_without_hub: how many orders have no figure for it.
        packaging_gco2e: ledger B: production, and end of life where a route was given.
        total_gco2e: all of them.
        gco2e_per_order: mean, or None if there is no order to divide by.
        market_gco2e: the rounds with electricity by contract, in no total; None unless every round is under one.
        hub_market_gco2e: handling likewise; None unless every order that carries handling has it.
        primary_share: fraction of the rounds' emissions from primary data; None if they emitted nothing.
        not_computable: why a mean or total is missing, None if nothing is.
        first_day: first date of departure, None without rounds.
        last_day: last date of departure, None without rounds.
    """

    rounds: int
    orders: int
    transport_gco2e: float
    operation_gco2e: float
    energy_provision_gco2e: float
    hub_gco2e: float | None
    orders_without_hub: int
    packaging_gco2e: float
    total_gco2e: float
    gco2e_per_order: float | None
    market_gco2e: float | None
    hub_market_gco2e: float | None
    primary_share: float | None
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
        market: how the market-based column is counted, or why there is none.
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
    electricity: str = (
        "location-based factor of the store's region, of the newest year not after the day's (else the earliest), "
        "per kWh at the socket after charging losses"
    )
    market: str
    gwp_sets: tuple[str, ...]
    packaging: str = (
        "a ledger of its own (product footprint): production of the material, and end of life where a route is stated"
    )
    exclusions: tuple[str, ...] = EXCLUSIONS
    models: tuple[str, ...] = MODELS


class Report(Record):
    """A footprint, whole: figures, factors and method.

    Attributes:
        orders: one per order, in the order of the rounds.
        rounds: one per round, as given.
        categories: the transport operation categories that the rounds make up.
        hubs: the hub operation categories of the stores that gave an account.
        vehicle_classes: one per class, by name.
        findings: plain sentences that compare the classes, cleanest first; empty with fewer than two.
        factors: every factor and parameter used, whole.
        method: how.
        totals: how much.
    """

    orders: tuple[OrderFootprint, ...]
    rounds: tuple[RoundFootprint, ...]
    categories: tuple[TransportCategory, ...]
    hubs: tuple[HubCategory, ...]
    vehicle_classes: tuple[ClassFootprint, ...]
    findings: tuple[str, ...]
    factors: tuple[Factor, ...]
    method: Method
    totals: Totals
