"""The words of a request: stores, orders, vehicles, travel and prices.

Every class carries its units in its names. The same classes are the API's own types, so a field is documented once.
"""

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from dispatch.record import Count, Id, Location, Moment, NotNegative, Number, Positive, Record, Seconds, Whole

MAX_ORDERS = 2_000
MAX_VEHICLES = 1_000
MAX_STORES = 300


class Store(Record):
    """A front warehouse: where orders are packed and trips start and end."""

    id: Id
    location: Location
    region: Annotated[str, Field(min_length=2, max_length=20, description="ISO 3166 code; picks the grid factor")]
    name: str = ""
    open: Annotated[bool, Field(description="false: nothing leaves this store, its orders go to `also_at`")] = True


class Packaging(StrEnum):
    """What an order is packed in; masses and factors are in the carbon room's factor file."""

    LDPE_BAG = "ldpe_bag"
    RECYCLED_LDPE_BAG = "recycled_ldpe_bag"
    PAPER_BAG = "paper_bag"
    CARTON = "carton"
    REUSABLE_BAG = "reusable_bag"
    NONE = "none"


class Temperature(StrEnum):
    """How warm goods travel. Two of these never share a bag."""

    HOT = "hot"
    AMBIENT = "ambient"
    CHILLED = "chilled"
    FROZEN = "frozen"


class Order(Record):
    """One customer's basket.

    The promise is kept when the vehicle *arrives* by ``promised_at``. Arriving later costs money per minute
    (``Rates``); arriving more than ``max_late_s`` late is not allowed at all, so ``max_late_s=0`` is a hard promise
    and ``None`` a purely priced one.
    """

    id: Id
    store_id: Id
    also_at: Annotated[tuple[Id, ...], Field(description="other stores that have every item of it in stock")] = ()
    location: Location
    placed_at: Moment
    not_before_at: Annotated[Moment | None, Field(description="a vehicle that is earlier waits at the door")] = None
    ready_at: Annotated[Moment, Field(description="packed and fit to leave the store")]
    promised_at: Annotated[Moment, Field(description="the vehicle should be at the door by then")]
    max_late_s: Whole | None = None
    handover_s: Annotated[Whole, Field(description="door and floors, apart from road time")] = 120
    mass_kg: NotNegative
    volume_l: NotNegative = 0.0
    temperature: Temperature = Temperature.AMBIENT
    priority: Annotated[
        Number, Field(gt=0, le=1000, description="multiplies what its lateness costs and what leaving it out costs")
    ] = 1.0
    vehicle_ids: Annotated[tuple[Id, ...] | None, Field(description="only these may carry it; null is any vehicle")] = (
        None
    )
    unserved_cost: Annotated[NotNegative | None, Field(description="overrides the rate of the request")] = None
    packaging: Packaging = Packaging.LDPE_BAG

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.promised_at < self.placed_at:
            raise ValueError(
                f"promised_at {self.promised_at.isoformat()} is before placed_at {self.placed_at.isoformat()}; "
                "a promise follows the order"
            )
        return self


class RiderKind(StrEnum):
    """What a rider rides."""

    E_BIKE = "e_bike"
    MOPED = "moped"
    CARGO_BIKE = "cargo_bike"


class VehicleBase(Record):
    """What riders and drones share: a home store, and when they can leave it.

    A trip ends at the store it started from. A vehicle that other stores share may start its next trip at one of
    them; the way there belongs to that trip.
    """

    id: Id
    store_id: Id
    shared_with: Annotated[tuple[Id, ...], Field(description="other stores it may start trips from")] = ()
    free_at: Annotated[
        Moment | None,
        Field(description="first moment it can leave: shift start, or back from the trip under way; null is now"),
    ] = None
    free_store_id: Annotated[Id | None, Field(description="the store where it is then; null is its own")] = None
    on_board: Annotated[
        tuple[Id, ...], Field(description="orders of the trip under way: they are not planned again; needs `free_at`")
    ] = ()
    shift_end_at: Annotated[
        Moment | None, Field(description="must be back from its last trip by then; null is no limit")
    ] = None


class Rider(VehicleBase):
    """A rider and what fits on the vehicle in one trip.

    ``capacity_l`` is shared evenly by ``bags`` bags. A bag holds goods of one temperature, so each temperature on
    board takes as many bags as its litres fill, and at least one.
    """

    kind: RiderKind = RiderKind.E_BIKE
    capacity_orders: Count = 5
    capacity_kg: NotNegative = 30.0
    capacity_l: NotNegative = 80.0
    bags: Count = 2


class Drone(VehicleBase):
    """A drone. It flies straight, or around the zones of the request's airspace.

    ``range_m`` is metres flown per trip, out and back; ``battery_wh`` what a trip may draw by the carbon room's
    model of flight, which knows distance and payload. ``bags`` as a rider's.
    """

    capacity_orders: Count = 1
    capacity_kg: NotNegative = 2.5
    capacity_l: NotNegative = 10.0
    bags: Count = 1
    range_m: NotNegative = 12_000.0
    battery_wh: Annotated[NotNegative | None, Field(description="usable per trip; null: `range_m` alone binds")] = None
    max_wind_mps: NotNegative = 12.0
    grounded: bool = False
    speed_mps: Positive = 12.0
    climb_s: Annotated[Whole, Field(description="take-off and landing, added to every leg")] = 40
    handover_s: Annotated[Whole, Field(description="hover and lower the parcel, in place of the order's own")] = 45
    turnaround_s: Annotated[Whole, Field(description="battery swap and loading between two trips")] = 120


class MapTravel(Record):
    """Travel on real streets, on a map that Swiftleaf has by name. ``coquimbo`` is bundled."""

    kind: Literal["map"] = "map"
    name: Id = "coquimbo"


class Matrix(Record):
    """Seconds and metres between places: rows and columns are the stores, then the orders; null is no path."""

    seconds: list[list[Seconds | None]]
    metres: list[list[NotNegative | None]]


MovesAs = Literal["e_bike", "moped", "cargo_bike", "drone"]


class MatrixTravel(Matrix):
    """Travel from the request itself: one matrix for all riders, and others for the kinds that move differently.

    Drones fly straight lines at their own speed unless ``by_kind`` has a matrix for them, whose times then include
    take-off and landing and whose ways stand in place of the airspace's zones, corridors and sites.
    """

    kind: Literal["matrix"]
    by_kind: dict[MovesAs, Matrix] = {}


Speed = Annotated[Positive, Field(le=200)]


class StraightTravel(Record):
    """Travel from coordinates: great-circle metres times ``detour_factor``, at ``speed_kmh``."""

    kind: Literal["straight"]
    speed_kmh: Speed = 15.0
    speed_kmh_by_kind: Annotated[dict[RiderKind, Speed], Field(description="for kinds of riders that differ")] = {}
    detour_factor: Annotated[Number, Field(ge=1, le=10)] = 1.3


Travel = Annotated[MapTravel | MatrixTravel | StraightTravel, Field(discriminator="kind")]


class Rates(Record):
    """The prices that make money, time and carbon one objective. Any of them may be changed by a request.

    The defaults are a Chinese city's round figures, to be replaced by one's own: a rider at 36 CNY per hour under
    way, an apology voucher of 2 CNY per late minute that doubles after a five-minute grace, 60 CNY of margin and
    goodwill lost with an unserved order, and 100 CNY per tonne of CO2e.
    """

    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$", description="ISO 4217 code")] = "CNY"
    rider_cost_per_h: NotNegative = 36.0
    rider_cost_per_km: NotNegative = 0.2
    rider_cost_per_trip: NotNegative = 0.0
    drone_cost_per_h: NotNegative = 30.0
    drone_cost_per_km: NotNegative = 0.4
    drone_cost_per_trip: NotNegative = 1.0
    late_cost_per_min: NotNegative = 2.0
    late_grace_s: Whole = 300
    late_cost_per_min_after_grace: NotNegative = 4.0
    unserved_cost: NotNegative = 60.0
    carbon_cost_per_kg: Annotated[NotNegative, Field(description="per kg CO2e of transport")] = 0.1
    fairness_cost_per_h: Annotated[
        NotNegative, Field(description="per hour between the rider with most work and the one with least")
    ] = 0.0


Ring = Annotated[list[Location], Field(min_length=3, max_length=1_000)]


class Airspace(Record):
    """Where drones may fly and land, and what the wind is.

    Zones are buffered by ``clearance_m`` and may not be crossed. With ``landing_sites`` a drone delivers to the site
    nearest to the door, if one lies within ``landing_reach_m``; without, at the door. With ``corridors`` a drone flies
    along them only, reaching them in a straight line at both ends.
    """

    no_fly: Annotated[list[Ring], Field(max_length=1_000, description="polygons, (lon, lat)")] = []
    clearance_m: Annotated[Number, Field(ge=0, le=10_000)] = 30.0
    corridors: Annotated[list[Annotated[list[Location], Field(min_length=2)]], Field(max_length=1_000)] = []
    landing_sites: Annotated[list[Location], Field(max_length=MAX_ORDERS)] = []
    landing_reach_m: Annotated[Number, Field(ge=0, le=10_000)] = 150.0
    wind_mps: NotNegative = 0.0


class PinnedTrip(Record):
    """A trip that the plan must contain: this vehicle, these orders in this sequence, before its other trips."""

    vehicle_id: Id
    order_ids: Annotated[tuple[Id, ...], Field(min_length=1, max_length=1_000)]
    store_id: Annotated[Id | None, Field(description="where it starts; null is the vehicle's own store")] = None
    depart_at: Annotated[Moment | None, Field(description="leaves then; null is as early as it can")] = None


class PlanRequest(Record):
    """One snapshot: the orders open now, who can carry them, and what things cost."""

    now: Moment
    stores: Annotated[list[Store], Field(min_length=1, max_length=MAX_STORES)]
    orders: Annotated[list[Order], Field(max_length=MAX_ORDERS)] = []
    riders: Annotated[list[Rider], Field(max_length=MAX_VEHICLES)] = []
    drones: Annotated[list[Drone], Field(max_length=MAX_VEHICLES)] = []
    travel: Travel = MapTravel()
    rates: Rates = Rates()
    airspace: Airspace | None = None
    pinned: Annotated[list[PinnedTrip], Field(max_length=MAX_VEHICLES)] = []
    max_gco2e_per_order: Annotated[
        NotNegative | None, Field(description="a trip may not emit more than this for each of its orders")
    ] = None

    @property
    def vehicles(self) -> tuple[Rider | Drone, ...]:
        """Riders, then drones, in the request's own order."""
        return (*self.riders, *self.drones)
