"""What is wrong with a world, every fault at once, each at its JSON path."""

import math
from collections.abc import Iterator, Mapping

import h3
import numpy as np
from pydantic import ValidationError

import maps
from dispatch.faults import MAX_FAULTS, Fault, RequestError, faults_of
from dispatch.planner import region_faults
from dispatch.record import FIRST_YEAR, LAST_YEAR
from dispatch.request import Drone, MapTravel, Rider
from dispatch.sphere import great_circle_m
from dispatch.travel import bundled_networks
from dispatch.twin.world import Span, World, clock_s

MAX_DAY_ORDERS = 20_000
LONGEST_MIN = 240.0
"""No store delivers hours away; a radius of more minutes than this is a slip of the pen."""

Networks = Mapping[str, maps.StreetNetwork]


def read_world(document: str | bytes, networks: Networks | None = None) -> World:
    """Read a world from JSON.

    Raises:
        RequestError: with every fault by path, if the document is not JSON, not a world, or contradicts itself.
    """
    try:
        world = World.model_validate_json(document)
    except ValidationError as error:
        raise RequestError(faults_of(error)) from None
    refuse_world(world, networks)
    return world


def refuse_world(world: World, networks: Networks | None = None) -> None:
    """Raise a ``RequestError`` if a world names what is not there, or nothing could ever happen in it.

    No orders at all are no fault: the day is then an empty one. Riders who never come are none either.
    """
    faults = [
        *_too_late(world),
        *_twice(world),
        *region_faults(world.stores),
        *_strangers(world),
        *_nobody(world),
        *_demand(world),
        *_radii(world, networks),
        *_shifts(world),
    ]
    if world.baskets.least_kg > world.baskets.most_kg:
        text = f"{world.baskets.least_kg:g} kg is more than most_kg, {world.baskets.most_kg:g} kg; swap them"
        faults.append(Fault(path="$.baskets.least_kg", text=text))
    if not sum(world.handover.floors) > 0:
        text = "no floor has any orders; give shares, such as [1.0] for the ground floor alone"
        faults.append(Fault(path="$.handover.floors", text=text))
    if faults:
        raise RequestError(faults[:MAX_FAULTS])


def _too_late(world: World) -> Iterator[Fault]:
    """A day whose last promises may be beyond the last year that moments have."""
    if world.midnight.year == LAST_YEAR:
        years = f"{FIRST_YEAR}..{LAST_YEAR - 1}"
        text = f"{world.midnight.isoformat()} is in the last year that moments may have; give a day in {years}"
        yield Fault(path="$.midnight", text=text)


def _twice(world: World) -> Iterator[Fault]:
    """Ids that name two things; riders and drones share one name space."""
    vehicles = [(f"$.crews[{i}].rider.id", crew.rider.id) for i, crew in enumerate(world.crews)]
    vehicles += [(f"$.drones[{i}].id", drone.id) for i, drone in enumerate(world.drones)]
    for named in ([(f"$.stores[{i}].id", store.id) for i, store in enumerate(world.stores)], vehicles):
        seen = set()
        for path, name in named:
            if name in seen:
                yield Fault(path=path, text=f"{name!r} is already the id of another; ids are unique")
            seen.add(name)


def _strangers(world: World) -> Iterator[Fault]:
    """Stores that are named and not there."""
    known = [store.id for store in world.stores]
    named = [(f"$.radius_by_store.{name}", name) for name in world.radius_by_store]
    named += [(f"$.outages[{i}].store_id", outage.store_id) for i, outage in enumerate(world.outages)]
    vehicles: list[tuple[str, Rider | Drone]] = [
        (f"$.crews[{i}].rider", crew.rider) for i, crew in enumerate(world.crews)
    ]
    vehicles += [(f"$.drones[{i}]", drone) for i, drone in enumerate(world.drones)]
    for path, vehicle in vehicles:
        named.append((f"{path}.store_id", vehicle.store_id))
        named += [(f"{path}.shared_with[{k}]", name) for k, name in enumerate(vehicle.shared_with)]
    for path, name in named:
        if name not in known:
            yield Fault(path=path, text=f"there is no store {name!r}; stores: {known[:10]}")


def _nobody(world: World) -> Iterator[Fault]:
    if not world.crews and not world.drones:
        yield Fault(path="$.crews", text="no riders and no drones: nothing could ever be delivered; give at least one")


def _demand(world: World) -> Iterator[Fault]:
    expected = math.fsum(world.demand.orders_per_quarter)
    if expected > MAX_DAY_ORDERS:
        text = f"{expected:.0f} orders a day; one simulated day takes at most {MAX_DAY_ORDERS}: split the city"
        yield Fault(path="$.demand.orders_per_quarter", text=text)
    for cell in world.demand.cells:
        if not h3.is_valid_cell(cell):
            yield Fault(path="$.demand.cells", text=f"{cell!r} is no H3 cell; ids look like '88a8a2a0b9fffff'")
    weights = [place.weight for place in world.demand.places] + list(world.demand.cells.values())
    if expected > 0 and not math.fsum(weights) > 0:
        text = f"{expected:g} orders a day are expected, and no place or cell has a weight; give them some"
        yield Fault(path="$.demand.places", text=text)


def _radii(world: World, networks: Networks | None) -> Iterator[Fault]:
    """Radii that reach nobody, or beyond every street of the map."""
    network = None
    if isinstance(world.travel, MapTravel):
        known = bundled_networks() if networks is None else networks
        network = known.get(world.travel.name)
        if network is None:
            text = f"there is no map named {world.travel.name!r}; maps: {sorted(known)}"
            yield Fault(path="$.travel.name", text=text)
    own = {name: f"$.radius_by_store.{name}" for name in world.radius_by_store}
    for i, store in enumerate(world.stores):
        radius, path = world.reach(store.id), own.get(store.id, "$.radius")
        if not (radius.metres or radius.minutes):
            text = "a radius of zero reaches nobody; give a positive one"
            yield Fault(path=path, text=text)
        elif radius.minutes is not None and radius.minutes > LONGEST_MIN:
            yield Fault(path=path, text=f"{radius.minutes:g} minutes of travel; at most {LONGEST_MIN:g} are simulated")
        if network is None:
            continue
        west, south, east, north = network.bounds
        lon, lat = store.location
        if not (west <= lon <= east and south <= lat <= north):
            text = f"({lon}, {lat}) is off the map {network.name!r}, which covers {west}..{east}, {south}..{north}"
            yield Fault(path=f"$.stores[{i}].location", text=text)
            continue
        corners = np.array([(x, y) for x in (west, east) for y in (south, north)])
        farthest_m = float(great_circle_m(np.array([store.location]), corners).max())
        if radius.metres is not None and radius.metres > farthest_m:
            text = f"{radius.metres:g} m reaches beyond the map {network.name!r}: {farthest_m:.0f} m to its far corner"
            yield Fault(path=f"{path}.metres", text=f"{text}; give a smaller radius or a larger map")


def _shifts(world: World) -> Iterator[Fault]:
    """Shifts during which nothing is ordered, and breaks outside their shift."""
    for i, crew in enumerate(world.crews):
        path = f"$.crews[{i}]"
        if not _meets(crew.shift, world.hours):
            text = (
                f"{crew.shift.starts} to {crew.shift.ends}; orders are taken {world.hours.starts} to {world.hours.ends}"
            )
            yield Fault(path=f"{path}.shift", text=f"{text}: move the shift into the day")
        for k, pause in enumerate(crew.breaks):
            if clock_s(pause.starts) < clock_s(crew.shift.starts) or clock_s(pause.ends) > clock_s(crew.shift.ends):
                text = (
                    f"{pause.starts} to {pause.ends} is not within the shift, {crew.shift.starts} to {crew.shift.ends}"
                )
                yield Fault(path=f"{path}.breaks[{k}]", text=text)


def _meets(one: Span, other: Span) -> bool:
    return clock_s(one.starts) < clock_s(other.ends) and clock_s(other.starts) < clock_s(one.ends)
