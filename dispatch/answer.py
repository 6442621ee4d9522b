"""The words of an answer: trips, who is left out or late and why, the cost, how good it can be, the judge's verdict.

Every class carries its units in its names. The same classes are the API's own types, so a field is documented once.
"""

from enum import StrEnum

from dispatch.record import Id, Moment, Reckoned, Record, TripId


class Leg(Record):
    """One ride or flight without a stop."""

    travel_s: int
    distance_m: float


class Stop(Record):
    """One order handed over. ``late_s`` is how long after the promise the vehicle arrives, never negative."""

    order_id: Id
    leg: Leg
    arrive_at: Reckoned
    leave_at: Reckoned
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

    id: TripId
    vehicle_id: Id
    vehicle_kind: VehicleKind
    store_id: Id
    depart_at: Reckoned
    approach_leg: Leg = Leg(travel_s=0, distance_m=0.0)
    stops: tuple[Stop, ...]
    return_leg: Leg
    return_at: Reckoned
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
    SET_ASIDE = "set_aside"


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
    promised_at: Reckoned | None = None
    free_at: Reckoned | None = None
    shift_end_at: Reckoned | None = None
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
