"""The world of a simulated day: stores, people who order, crews, weather and mishaps, as one file that can be edited.

Times of day are written ``"18:30"``, counted from the day's own midnight; hours from 24 on belong to the next morning.
"""

from typing import Annotated, Self

from pydantic import Field, model_validator

from dispatch.online import Patience
from dispatch.record import Id, Location, Moment, NotNegative, Number, Record, Whole
from dispatch.request import Drone, MapTravel, Rates, Rider, Store, StraightTravel

QUARTERS = 96
"""Quarter hours of a day."""
QUARTER_S = 900
DAY_S = 86_400
MAX_PLACES = 100_000
MAX_CREW = 1_000

Clock = Annotated[
    str, Field(pattern=r"^[0-2]\d:[0-5]\d$", description="time of day; 24:00 to 29:59 are after midnight")
]
Hour = Annotated[int, Field(ge=0, le=29)]
Share = Annotated[Number, Field(ge=0, le=1)]
Wait = Annotated[Whole, Field(le=DAY_S)]
PerFloor = Annotated[Number, Field(ge=0, le=3_600)]
Mass = Annotated[Number, Field(gt=0, le=10_000)]
Spread = Annotated[Number, Field(ge=0, le=3, description="sigma of a lognormal factor whose mean is 1; 0 is certain")]


def clock_s(clock: Clock) -> int:
    """Seconds from midnight to a time of day."""
    hours, minutes = clock.split(":")
    return int(hours) * 3600 + int(minutes) * 60


class Span(Record):
    """A part of the day, its end not included."""

    starts: Clock
    ends: Clock

    @model_validator(mode="after")
    def _forwards(self) -> Self:
        if clock_s(self.ends) <= clock_s(self.starts):
            raise ValueError(
                f"ends {self.ends}, not after its start {self.starts}; past midnight write 25:00 for 01:00"
            )
        return self

    def holds(self, second: float) -> bool:
        """Whether a second of the day lies in it."""
        return clock_s(self.starts) <= second < clock_s(self.ends)


class Place(Record):
    """A door or a block that orders come from: its share of all orders by weight, and who lives there."""

    location: Location
    weight: NotNegative
    people: NotNegative = 0.0


class Demand(Record):
    """When and where orders come from, however far from a store.

    ``orders_per_quarter`` is how many to expect in each quarter hour of the day, from midnight on, all places together.
    ``cells`` are H3 cells with their weights; an address is drawn evenly over the cell.
    """

    orders_per_quarter: Annotated[tuple[NotNegative, ...], Field(min_length=QUARTERS, max_length=QUARTERS)]
    places: Annotated[tuple[Place, ...], Field(max_length=MAX_PLACES)] = ()
    cells: Annotated[dict[str, NotNegative], Field(max_length=MAX_PLACES)] = Field(default_factory=dict)


class Radius(Record):
    """How far a store delivers: straight metres, or minutes of an e-bike's travel from its door. One of the two."""

    metres: NotNegative | None = None
    minutes: NotNegative | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.metres is None) == (self.minutes is None):
            raise ValueError("give exactly one of metres and minutes")
        return self


class Baskets(Record):
    """What an order weighs: lognormal round the median, clipped; its litres follow."""

    median_kg: Mass = 2.2
    sigma: Spread = 0.6
    least_kg: Mass = 0.3
    most_kg: Mass = 15.0
    litres_per_kg: Annotated[Number, Field(ge=0, le=10_000)] = 4.0


class Packing(Record):
    """How long packing takes. The store expects ``mean_s``; the truth is that times a lognormal factor."""

    mean_s: Wait = 300
    sigma: Spread = 0.3


class Handover(Record):
    """Seconds at the door: what the address lets expect, times a lognormal factor that nobody knows before.

    ``floors`` are shares of orders by floor, 0 the ground floor; a lift carries those who have one.
    """

    door_s: Wait = 60
    floors: Annotated[tuple[Share, ...], Field(min_length=1, max_length=100)] = (1.0,)
    stairs_s_per_floor: PerFloor = 20.0
    lift_share: Share = 0.0
    lift_s: Wait = 45
    lift_s_per_floor: PerFloor = 5.0
    sigma: Spread = 0.2


class Roads(Record):
    """How much longer rides take than the map says: a factor by hour of the day, times a lognormal one for each leg."""

    sigma: Spread = 0.15
    factor_by_hour: dict[Hour, Annotated[Number, Field(ge=0.1, le=10)]] = Field(default_factory=dict)


class Crew(Record):
    """A rider of the roster, on shift from ``starts`` to ``ends`` with breaks. Breaks wait until the trip is done."""

    rider: Rider
    shift: Span
    breaks: Annotated[tuple[Span, ...], Field(max_length=20)] = ()


class Weather(Span):
    """Hours of wind or rain: wind grounds the drones it is too strong for, rain slows every rider."""

    wind_mps: NotNegative = 0.0
    grounds_drones: bool = False
    slows_riders: Annotated[Number, Field(ge=1, le=10, description="factor on riding times")] = 1.0


class Outage(Span):
    """A store that fails: nothing leaves it, and orders that no neighbour has in stock wait or are lost."""

    store_id: Id


class Policy(Record):
    """How the dispatcher of this world dispatches; see ``dispatch.online.Setup``.

    The margin keeps promises that a slow ride or a late packer would break. Measured on the bundled scenarios: four
    minutes of it bring 95 to 99 % of the orders on time, none of it 80 to 90 %, and the day costs no more.
    """

    patience: Patience = Patience()
    margin_s: Whole = 240
    work: Annotated[int, Field(ge=1, le=10_000_000)] = 1_000


class World(Record):
    """A store's day, or a city's. The same world and seed give the same day, whatever else is compared.

    ``stock_share`` is the share of orders that another store could fill too, drawn for each other store apart.
    ``margin`` is what an order brings before its delivery, in the currency of the rates; ``idle_cost_per_h`` what a
    rider costs while on shift and not under way, beside the rates' hour under way,
    and ``drone_cost_per_day`` what a drone costs standing or flying. A customer whose order is not on its
    way ``patience_min`` after the promise cancels it; null is a customer who waits for ever.
    """

    name: Id
    midnight: Annotated[Moment, Field(description="the day begins; its offset is the time zone of all times of day")]
    hours: Annotated[Span, Field(description="orders are taken")]
    stores: Annotated[tuple[Store, ...], Field(min_length=1, max_length=100)]
    demand: Demand
    radius: Radius
    radius_by_store: dict[Id, Radius] = Field(default_factory=dict)
    promise_min: Annotated[Number, Field(gt=0, le=24 * 60)] = 30.0
    patience_min: Annotated[Number, Field(ge=0, le=24 * 60)] | None = 60.0
    crews: Annotated[tuple[Crew, ...], Field(max_length=MAX_CREW)] = ()
    drones: Annotated[tuple[Drone, ...], Field(max_length=MAX_CREW)] = ()
    no_show_share: Share = 0.0
    stock_share: Share = 0.0
    baskets: Baskets = Baskets()
    packing: Packing = Packing()
    handover: Handover = Handover()
    roads: Roads = Roads()
    weather: Annotated[tuple[Weather, ...], Field(max_length=100)] = ()
    outages: Annotated[tuple[Outage, ...], Field(max_length=100)] = ()
    travel: Annotated[MapTravel | StraightTravel, Field(discriminator="kind")] = MapTravel()
    rates: Rates = Rates()
    policy: Policy = Policy()
    margin: Annotated[Number, Field(ge=-1e6, le=1e6)] = 0.0
    idle_cost_per_h: NotNegative = 0.0
    drone_cost_per_day: NotNegative = 0.0

    def reach(self, store_id: Id) -> Radius:
        """How far a store delivers."""
        return self.radius_by_store.get(store_id, self.radius)
