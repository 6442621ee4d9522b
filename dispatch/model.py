"""The words of dispatch: what a request asks and what a plan answers.

Every class is frozen, refuses unknown fields and carries its units in its names. The same classes are the API's own
types, so a field is documented once. Times are timezone-aware; coordinates are ``(lon, lat)`` in WGS 84, as GeoJSON
has them.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

MAX_ORDERS = 2_000
MAX_VEHICLES = 1_000
MAX_STORES = 100
FIRST_YEAR, LAST_YEAR = 1970, 2200


def _number(value: object) -> object:
    """Refuse the booleans and strings that pydantic would turn into numbers; 2.0 may still be the integer 2."""
    if isinstance(value, bool | str):
        raise ValueError("must be a number, not a boolean or a string")
    return value


def _moment(value: object) -> object:
    """Refuse bare numbers, which pydantic would read as seconds since 1970."""
    if isinstance(value, int | float):
        raise ValueError("must be an ISO 8601 time with an offset, such as 2026-03-06T19:00:00+08:00")
    return value


def _in_our_time(moment: datetime) -> datetime:
    """Keep away from the ends of the calendar, where adding a shift to a time would leave it."""
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise ValueError(f"the year {moment.year} is outside {FIRST_YEAR}..{LAST_YEAR}")
    return moment


def _on_earth(location: tuple[float, float]) -> tuple[float, float]:
    """Check that a ``(lon, lat)`` pair lies on the globe; name a swap, the usual cause."""
    lon, lat = location
    if not -180 <= lon <= 180:  # noqa: PLR2004 - degrees
        raise ValueError(f"longitude {lon} is outside -180..180; locations are [longitude, latitude]")
    if not -90 <= lat <= 90:  # noqa: PLR2004 - degrees
        raise ValueError(f"latitude {lat} is outside -90..90; locations are [longitude, latitude]")
    return location


Number = Annotated[float, BeforeValidator(_number), Field(allow_inf_nan=False)]
Positive = Annotated[Number, Field(gt=0, le=1e9)]
NotNegative = Annotated[Number, Field(ge=0, le=1e9)]
Seconds = Annotated[Number, Field(ge=0, le=1e7)]
Whole = Annotated[int, BeforeValidator(_number), Field(ge=0, le=10_000_000)]
Count = Annotated[int, BeforeValidator(_number), Field(ge=0, le=1_000)]
Moment = Annotated[AwareDatetime, BeforeValidator(_moment), AfterValidator(_in_our_time)]
Location = Annotated[tuple[Number, Number], AfterValidator(_on_earth)]
Id = Annotated[str, Field(min_length=1, max_length=100)]


class Record(BaseModel):
    """Base of every model here: frozen, and a misspelt field is an error rather than a silent default."""

    model_config = ConfigDict(frozen=True, extra="forbid")


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
    PAPER_BAG = "paper_bag"
    CARTON = "carton"
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


class Leg(Record):
    """One ride or flight without a stop."""

    travel_s: int
    distance_m: float


class Stop(Record):
    """One order handed over. ``late_s`` is how long after the promise the vehicle arrives, never negative."""

    order_id: Id
    leg: Leg
    arrive_at: Moment
    leave_at: Moment
    late_s: int


class VehicleKind(StrEnum):
    """Rider or drone."""

    RIDER = "rider"
    DRONE = "drone"


class Trip(Record):
    """One departure from a store to its return, empty leg included.

    ``approach_leg`` is the way from where the vehicle was to the store, 0 s and 0 m if it was there; ``depart_at`` is
    when it leaves the store with the orders.
    """

    id: Id
    vehicle_id: Id
    vehicle_kind: VehicleKind
    store_id: Id
    depart_at: Moment
    approach_leg: Leg = Leg(travel_s=0, distance_m=0.0)
    stops: tuple[Stop, ...]
    return_leg: Leg
    return_at: Moment
    travel_s: int
    distance_m: float
    battery_wh: float
    transport_gco2e: float


class Reason(StrEnum):
    """Why a vehicle cannot take an order, or why an order is not served. Codes are stable; sentences are not."""

    UNKNOWN_STORE = "unknown_store"
    OFF_MAP = "off_map"
    STORE_OFF_MAP = "store_off_map"
    STORE_CLOSED = "store_closed"
    PIN_IMPOSSIBLE = "pin_impossible"
    NO_VEHICLE = "no_vehicle"
    NOT_ALLOWED = "not_allowed"
    OTHER_STORE = "other_store"
    GROUNDED = "grounded"
    TOO_WINDY = "too_windy"
    NO_LANDING = "no_landing"
    NO_ROOM = "no_room"
    NO_BAG = "no_bag"
    TOO_HEAVY = "too_heavy"
    TOO_BULKY = "too_bulky"
    NO_PATH = "no_path"
    OUT_OF_RANGE = "out_of_range"
    OUT_OF_BATTERY = "out_of_battery"
    TOO_MUCH_CARBON = "too_much_carbon"
    SHIFT_ENDS = "shift_ends"
    PROMISE_MISSED = "promise_missed"
    NOT_WORTH_IT = "not_worth_it"
    BUSY = "busy"


class VehicleReason(Record):
    """The binding constraint of one vehicle against one order, with the figures that bind.

    ``alike`` counts the other vehicles of the request that differ from this one in nothing but their id.
    """

    vehicle_id: Id
    alike: int = 0
    code: Reason
    text: str


class FixKind(StrEnum):
    """What could be changed in a request so that an order is served, or served on time."""

    PROMISE = "promise"
    RIDER = "rider"
    SHIFT = "shift"
    CAPACITY = "capacity"
    BATTERY = "battery"
    UNSERVED_COST = "unserved_cost"
    CARBON_CAP = "carbon_cap"


class Fix(Record):
    """The cheapest change that would serve an order, or bring it on time, with the figures to make it.

    Which fields are set depends on ``kind``: ``promise``: ``promised_at`` of the order; ``rider``: one more rider at
    ``store_id`` from ``free_at`` until ``shift_end_at``; ``shift``: ``shift_end_at`` of ``vehicle_id``; ``capacity``:
    ``capacity_orders``, ``capacity_kg`` or ``capacity_l`` of ``vehicle_id``; ``battery``: ``battery_wh`` or ``range_m``
    of ``vehicle_id``; ``unserved_cost`` of the order; ``carbon_cap``: ``max_gco2e_per_order`` of the request. One
    more rider may need a later promise, a larger vehicle or a higher cap besides, and with any kind ``unserved_cost``
    is set where serving the order would not pay else, or others would come before it. ``dispatch.apply_fix`` makes the
    change.

    ``price`` is what the change itself is worth by the prices of ``dispatch.changes``, and ``cost`` what the plan's
    trips then cost more, or, negative, less, with its other trips as they are and the price of being unserved or late
    left aside; of all changes that are known, this one has the least sum. ``verified`` says that the request was
    planned again with the change and the order was served, or on time; a plan does that for its first orders only.
    """

    kind: FixKind
    text: str
    price: float = 0.0
    cost: float
    verified: bool = False
    vehicle_id: Id | None = None
    store_id: Id | None = None
    promised_at: Moment | None = None
    free_at: Moment | None = None
    shift_end_at: Moment | None = None
    capacity_orders: int | None = None
    capacity_kg: float | None = None
    capacity_l: float | None = None
    range_m: float | None = None
    battery_wh: float | None = None
    unserved_cost: float | None = None
    max_gco2e_per_order: float | None = None


class Unserved(Record):
    """An order the plan leaves out: the code that came nearest to serving it, and every vehicle's own.

    ``fix`` is null where no such change is known, for an order off the map for instance, and for the many that come
    after the first 200 of them. A plan with very many reasons lists each order's nearest ones only.
    """

    order_id: Id
    code: Reason
    text: str
    vehicles: tuple[VehicleReason, ...] = ()
    fix: Fix | None = None


class Late(Record):
    """An order that arrives after its promise: why no vehicle would have been on time, and what would mend it."""

    order_id: Id
    late_s: int
    text: str
    vehicles: tuple[VehicleReason, ...] = ()
    fix: Fix | None = None


class Cost(Record):
    """What a plan costs, term by term, in the request's currency. ``total`` is their sum."""

    riding: float
    distance: float
    trips: float
    lateness: float
    unserved: float
    carbon: float
    fairness: float = 0.0
    total: float


class Bound(Record):
    """How far a plan can be from the best one: no plan of the request costs less than ``cost``.

    ``gap`` is the part of the plan's cost that lies above the bound, 0 to 1. ``of`` says what is bounded.
    """

    cost: float
    gap: float
    proven_optimal: bool
    of: str


class Summary(Record):
    """A plan in one line. ``orders`` are those to plan: served and unserved, without those on board already."""

    orders: int
    served: int
    late: int
    late_s: int
    unserved: int
    trips: int
    travel_s: int
    distance_m: float
    battery_wh: float
    transport_gco2e: float


class ViolationCode(StrEnum):
    """What the checker can find wrong with a plan."""

    ORDER_MISSING = "order_missing"
    ORDER_TWICE = "order_twice"
    ORDER_UNKNOWN = "order_unknown"
    TRIP_TWICE = "trip_twice"
    VEHICLE_UNKNOWN = "vehicle_unknown"
    WRONG_STORE = "wrong_store"
    EMPTY_TRIP = "empty_trip"
    LEAVES_BEFORE_FREE = "leaves_before_free"
    LEAVES_BEFORE_READY = "leaves_before_ready"
    TRIPS_OVERLAP = "trips_overlap"
    NO_PATH = "no_path"
    WRONG_TIME = "wrong_time"
    WRONG_FIGURE = "wrong_figure"
    OVER_ORDERS = "over_orders"
    OVER_MASS = "over_mass"
    OVER_VOLUME = "over_volume"
    OVER_RANGE = "over_range"
    OVER_BATTERY = "over_battery"
    OVER_BAGS = "over_bags"
    OVER_CARBON_CAP = "over_carbon_cap"
    VEHICLE_NOT_ALLOWED = "vehicle_not_allowed"
    CANNOT_FLY = "cannot_fly"
    NOT_IN_STOCK = "not_in_stock"
    STORE_CLOSED = "store_closed"
    PIN_BROKEN = "pin_broken"
    ON_BOARD = "on_board"
    PROMISE_BROKEN = "promise_broken"
    AFTER_SHIFT = "after_shift"


class Violation(Record):
    """One fault of a plan: a stable code, where in the plan's JSON, and what is wrong with which figure.

    ``cost`` is what the fault costs at the request's rates where they have a price for it: minutes late, an order left
    out; null elsewhere.
    """

    code: ViolationCode
    path: str
    text: str
    cost: float | None = None


class Verdict(Record):
    """What ``dispatch.check`` says of a plan."""

    valid: bool
    violations: tuple[Violation, ...] = ()


class Plan(Record):
    """Who carries what, in which round, leaving when; what it costs; and what could not be served and why."""

    now: Moment
    engine: str
    seed: int
    currency: str
    trips: tuple[Trip, ...]
    unserved: tuple[Unserved, ...]
    late: tuple[Late, ...] = ()
    on_board: tuple[Id, ...] = ()
    cost: Cost
    bound: Bound | None = None
    summary: Summary
    verdict: Verdict = Verdict(valid=True)


def seconds_after(now: datetime, moment: datetime) -> float:
    """Seconds from ``now`` to ``moment``; negative if it is past."""
    return (moment - now).total_seconds()
