"""What can be asked of a study over HTTP, and what comes back."""

from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import Field, RootModel, ValidationError, model_validator

import carbon
import dispatch
import maps
from dispatch import radius, twin
from dispatch.radius.setting import MOST_CREW, MOST_SETTINGS
from dispatch.record import Count, Id, Number, Positive, Record
from dispatch.siting import LEAST_GRID_M, MAX_CANDIDATES, MAX_DEMAND, MOST_GRID_M, Candidate, DemandPoint, Siting
from service.atlas import Atlas
from service.settings import BUNDLED_MAP

MOST_SEEDS = 100
Values = Annotated[tuple[Number, ...], Field(max_length=MOST_SETTINGS)]
Counts = Annotated[tuple[Count, ...], Field(max_length=MOST_SETTINGS)]
Seeds = Annotated[int, Field(ge=1, le=MOST_SEEDS, description="days simulated per setting: seeds 0, 1, ...")]
Share = Annotated[Number, Field(gt=0, le=1, description="share of orders to be on time")]


class Kind(StrEnum):
    """What a study is about."""

    RADIUS = "radius"
    FLEET = "fleet"
    SITING = "siting"
    WHAT_IF = "what_if"


class Around(Record):
    """Stores on a map of the server; the rest of their day is assumed, as ``swiftleaf world`` writes it."""

    map: str = BUNDLED_MAP
    stores: Annotated[tuple[dispatch.Store, ...], Field(min_length=1, max_length=100)]
    rates: dispatch.Rates = dispatch.Rates()

    def world(self, atlas: Atlas) -> twin.World:
        """Their Friday. Raises ``RequestError`` if there is no such map, or no street with houses near them on it."""
        network, people = atlas.named(self.map, "$.around.map"), atlas.people(self.map)
        try:
            return twin.world_around(self.stores[0].id, self.stores, network, people, rates=self.rates)
        except maps.MapError as error:
            raise dispatch.RequestError([dispatch.Fault(path="$.around.stores", text=str(error))]) from None


class OfWorld(Record):
    """A study of a world: a bundled one by its name, one around stores of one's own, or one that is given whole.

    ``orders_per_day`` scales the demand, near and far; null leaves it as the world has it.
    """

    scenario: Literal["sample", "city"] | None = None
    around: Around | None = None
    world: twin.World | None = None
    orders_per_day: Number | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(given is not None for given in (self.scenario, self.around, self.world)) != 1:
            raise ValueError("give exactly one of scenario, around and world")
        return self

    def whole(self, atlas: Atlas) -> twin.World:
        """The world to simulate.

        Raises:
            RequestError: if it cannot have so many orders, or its map is not there or has no doors around its stores.
        """
        world = self.world
        if self.around is not None:
            world = self.around.world(atlas)
        elif world is None:
            world = twin.SCENARIOS[self.scenario or "sample"]()
        return world if self.orders_per_day is None else twin.with_orders(world, self.orders_per_day)

    @property
    def stores(self) -> tuple[str, ...]:
        """Ids of the stores that it is about; those of a bundled world are nobody's."""
        about = self.world or self.around
        return () if about is None else tuple(store.id for store in about.stores)


class RadiusStudy(OfWorld):
    """Simulate days under every combination of radius, riders, drones and promise, and recommend one.

    Crews are per store. What no list names stays as the world has it. ``stop_early`` stops settings that clearly cannot
    win.
    """

    kind: Literal[Kind.RADIUS]
    radii_m: Annotated[Values, Field(description="straight metres")] = ()
    minutes: Annotated[Values, Field(description="minutes of an e-bike from the door, beside radii_m")] = ()
    riders: Counts = ()
    drones: Counts = ()
    promises_min: Values = ()
    seeds: Seeds = 5
    on_time: Share = 0.95
    stop_early: bool = True

    def study(self, world: twin.World) -> radius.Study:
        """The study of the whole world. Raises ``RequestError`` if the lists do not make one."""
        try:
            return radius.Study(
                world=world,
                settings=radius.grid(
                    radii_m=self.radii_m,
                    minutes=self.minutes,
                    riders=self.riders,
                    drones=self.drones,
                    promises_min=self.promises_min,
                ),
                seeds=tuple(range(self.seeds)),
                on_time=self.on_time,
                stop_early=self.stop_early,
            )
        except ValidationError as error:
            raise dispatch.RequestError(dispatch.faults_of(error)) from None


class FleetStudy(OfWorld):
    """Find the fewest riders per store, up to ``most``, that keep a share of the orders on time."""

    kind: Literal[Kind.FLEET]
    radius_m: Number | None = None
    minutes: Number | None = None
    drones: Count | None = None
    promise_min: Number | None = None
    seeds: Seeds = 5
    on_time: Share = 0.95
    most: Annotated[Count, Field(ge=1, le=MOST_CREW)] = 64

    @model_validator(mode="after")
    def _one_radius(self) -> Self:
        if self.radius_m is not None and self.minutes is not None:
            raise ValueError("give radius_m or minutes, not both")
        return self

    def setting(self) -> radius.Setting:
        """All but the riders. Raises ``RequestError`` if a value cannot be."""
        (setting,) = radius.grid(
            radii_m=() if self.radius_m is None else (self.radius_m,),
            minutes=() if self.minutes is None else (self.minutes,),
            drones=() if self.drones is None else (self.drones,),
            promises_min=() if self.promise_min is None else (self.promise_min,),
        )
        return setting


class SitingStudy(Record):
    """Choose the ``k`` places, beside the ``open`` ones, whose stores reach most demand within some minutes.

    Without ``candidates`` they are a grid of ``grid_m`` metres on the demand; without ``demand`` it is the people of
    the map, which the bundled map knows.
    """

    kind: Literal[Kind.SITING]
    k: Annotated[Count, Field(ge=1)]
    minutes: Positive
    candidates: Annotated[tuple[Candidate, ...], Field(max_length=MAX_CANDIDATES)] = ()
    grid_m: Annotated[Number, Field(ge=LEAST_GRID_M, le=MOST_GRID_M)] = 1_000.0
    demand: Annotated[tuple[DemandPoint, ...], Field(max_length=MAX_DEMAND)] = ()
    open: tuple[Id, ...] = ()
    vehicle: dispatch.RiderKind = dispatch.RiderKind.E_BIKE
    map: str = BUNDLED_MAP

    @property
    def stores(self) -> tuple[str, ...]:
        """None: its candidates, open ones too, are places that may be called anything."""
        return ()


class WhatIfStudy(Record):
    """Hold a plan against itself under one change: by another vehicle, in other packaging, on another grid.

    Give ``plan_id`` of a stored plan, or ``request`` and ``plan``.
    """

    kind: Literal[Kind.WHAT_IF]
    plan_id: str | None = None
    request: dispatch.PlanRequest | None = None
    plan: dispatch.Plan | None = None
    scenario: dispatch.Scenario

    @model_validator(mode="after")
    def _one(self) -> Self:
        given = (self.request is not None, self.plan is not None)
        if given != ((False, False) if self.plan_id is not None else (True, True)):
            raise ValueError("give plan_id, or request and plan")
        return self

    @model_validator(mode="after")
    def _some_change(self) -> Self:
        change = self.scenario
        if not (change.vehicle or change.packaging or change.region or change.contracts):
            raise ValueError("scenario changes nothing; give it a vehicle, packaging, region or contract")
        return self

    @property
    def stores(self) -> tuple[str, ...]:
        """Ids of the stores of the request, as far as it is here."""
        return () if self.request is None else tuple(store.id for store in self.request.stores)


StudyAsked = Annotated[RadiusStudy | FleetStudy | SitingStudy | WhatIfStudy, Field(discriminator="kind")]


class StudyRequest(RootModel[StudyAsked]):
    """A study of one of the four kinds."""


class SitingResult(Record):
    """The stores chosen, and a GeoJSON FeatureCollection of them and their areas."""

    siting: Siting
    geojson: dict[str, Any]


class WhatIfResult(Record):
    """What the change makes, order by order, and the range of the difference if there are orders."""

    comparison: dispatch.Comparison
    difference: carbon.Difference | None
