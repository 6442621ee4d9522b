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


class Packaging(StrEnum):
    """What an order is packed in; masses and factors are in the carbon room's factor file."""

    LDPE_BAG = "ldpe_bag"
    PAPER_BAG = "paper_bag"
    CARTON = "carton"
    NONE = "none"


class Order(Record):
    """One customer's basket.

    The promise is kept when the vehicle *arrives* by ``promised_at``. Arriving later costs money per minute
    (``Rates``); arriving more than ``max_late_s`` late is not allowed at all, so ``max_late_s=0`` is a hard promise
    and ``None`` a purely priced one.
    """

    id: Id
    store_id: Id
    location: Location
    placed_at: Moment
    ready_at: Annotated[Moment, Field(description="packed and fit to leave the store")]
    promised_at: Annotated[Moment, Field(description="the vehicle should be at the door by then")]
    max_late_s: Whole | None = None
    handover_s: Annotated[Whole, Field(description="door and floors, apart from road time")] = 120
    mass_kg: NotNegative
    volume_l: NotNegative = 0.0
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


class VehicleBase(Record):
    """What riders and drones share: a home store, and when they can leave it."""

    id: Id
    store_id: Id
    free_at: Annotated[
        Moment | None,
        Field(description="first moment it can leave: shift start, or back from the trip under way; null is now"),
    ] = None
    shift_end_at: Annotated[Moment | None, Field(description="must be back at the store by then; null is no limit")] = (
        None
    )


class Rider(VehicleBase):
    """A rider and what fits on the vehicle in one trip."""

    kind: RiderKind = RiderKind.E_BIKE
    capacity_orders: Count = 5
    capacity_kg: NotNegative = 30.0
    capacity_l: NotNegative = 80.0


class Drone(VehicleBase):
    """A drone. It flies straight lines; ``range_m`` is metres flown per trip, out and back."""

    capacity_orders: Count = 1
    capacity_kg: NotNegative = 2.5
    capacity_l: NotNegative = 10.0
    range_m: NotNegative = 12_000.0
    speed_mps: Positive = 12.0
    climb_s: Annotated[Whole, Field(description="take-off and landing, added to every leg")] = 40
    handover_s: Annotated[Whole, Field(description="hover and lower the parcel, in place of the order's own")] = 45
    turnaround_s: Annotated[Whole, Field(description="battery swap and loading between two trips")] = 120


class MapTravel(Record):
    """Travel on real streets, on a map that Swiftleaf has by name. ``coquimbo`` is bundled."""

    kind: Literal["map"] = "map"
    name: Id = "coquimbo"


class MatrixTravel(Record):
    """Travel from the request itself: rows and columns are the stores, then the orders; null is no path."""

    kind: Literal["matrix"]
    seconds: list[list[Seconds | None]]
    metres: list[list[NotNegative | None]]


class StraightTravel(Record):
    """Travel from coordinates: great-circle metres times ``detour_factor``, at ``speed_kmh``."""

    kind: Literal["straight"]
    speed_kmh: Annotated[Positive, Field(le=200)] = 15.0
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


class PlanRequest(Record):
    """One snapshot: the orders open now, who can carry them, and what things cost."""

    now: Moment
    stores: Annotated[list[Store], Field(min_length=1, max_length=MAX_STORES)]
    orders: Annotated[list[Order], Field(max_length=MAX_ORDERS)] = []
    riders: Annotated[list[Rider], Field(max_length=MAX_VEHICLES)] = []
    drones: Annotated[list[Drone], Field(max_length=MAX_VEHICLES)] = []
    travel: Travel = MapTravel()
    rates: Rates = Rates()

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
    """One departure from a store to its return, empty leg included."""

    id: Id
    vehicle_id: Id
    vehicle_kind: VehicleKind
    store_id: Id
    depart_at: Moment
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
    NO_VEHICLE = "no_vehicle"
    OTHER_STORE = "other_store"
    NO_ROOM = "no_room"
    TOO_HEAVY = "too_heavy"
    TOO_BULKY = "too_bulky"
    NO_PATH = "no_path"
    OUT_OF_RANGE = "out_of_range"
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


class Unserved(Record):
    """An order the plan leaves out: the code that came nearest to serving it, and every vehicle's own."""

    order_id: Id
    code: Reason
    text: str
    vehicles: tuple[VehicleReason, ...] = ()


class Cost(Record):
    """What a plan costs, term by term, in the request's currency. ``total`` is their sum."""

    riding: float
    distance: float
    trips: float
    lateness: float
    unserved: float
    carbon: float
    total: float


class Summary(Record):
    """A plan in one line."""

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
    PROMISE_BROKEN = "promise_broken"
    AFTER_SHIFT = "after_shift"


class Violation(Record):
    """One fault of a plan: a stable code, where in the plan's JSON, and what is wrong with which figure."""

    code: ViolationCode
    path: str
    text: str


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
    cost: Cost
    summary: Summary
    verdict: Verdict = Verdict(valid=True)


def seconds_after(now: datetime, moment: datetime) -> float:
    """Seconds from ``now`` to ``moment``; negative if it is past."""
    return (moment - now).total_seconds()
