"""Another number of riders, drones or orders in the same world: what a study compares, and how busy it is."""

from collections.abc import Iterator

from dispatch.faults import Fault, RequestError
from dispatch.request import Drone, Rider
from dispatch.twin.refuse import MAX_DAY_ORDERS
from dispatch.twin.world import Crew, World


def with_riders(world: World, per_store: int) -> World:
    """The same world with so many riders at each store, who work the store's present shifts in turn.

    The first riders stay who they are, so that their luck does not change with the number. A store without a roster
    gets e-bike riders for the whole of the world's hours.
    """
    return world.model_copy(update={"crews": tuple(_crews(world, per_store))})


def _crews(world: World, per_store: int) -> Iterator[Crew]:
    others = tuple(store.id for store in world.stores)
    for store in world.stores:
        own = [crew for crew in world.crews if crew.rider.store_id == store.id]
        shared = tuple(other for other in others if other != store.id)
        rider = Rider(id=f"{store.id}-rider", store_id=store.id, shared_with=shared)
        shifts = own or [Crew(rider=rider, shift=world.hours)]
        yield from own[:per_store]
        taken = {crew.rider.id for crew in world.crews}
        for i in range(len(own), per_store):
            pattern = shifts[i % len(shifts)]
            name = f"{store.id}-rider-{i + 1:02d}"
            while name in taken:
                name += "+"
            yield pattern.model_copy(update={"rider": pattern.rider.model_copy(update={"id": name})})


def with_drones(world: World, per_store: int) -> World:
    """The same world with so many drones at each store, like the first that it has now."""
    return world.model_copy(update={"drones": tuple(_drones(world, per_store))})


def _drones(world: World, per_store: int) -> Iterator[Drone]:
    for store in world.stores:
        own = [drone for drone in world.drones if drone.store_id == store.id]
        model = (own or list(world.drones) or [Drone(id="drone", store_id=store.id)])[0]
        yield from own[:per_store]
        taken = {drone.id for drone in world.drones}
        for i in range(len(own), per_store):
            name = f"{store.id}-drone-{i + 1:02d}"
            while name in taken:
                name += "+"
            yield model.model_copy(update={"id": name, "store_id": store.id})


def with_orders(world: World, per_day: float) -> World:
    """The same world with so many orders to expect in a day, near and far, spread over its hours as they are now.

    Raises:
        RequestError: if there cannot be so many, or the world has none to scale.
    """
    whole = sum(world.demand.orders_per_quarter)
    text = None
    if not 0 <= per_day <= MAX_DAY_ORDERS:
        text = f"{per_day:g}; give 0 to {MAX_DAY_ORDERS}"
    elif whole == 0:
        text = "the world expects no orders at any hour; there is nothing to scale"
    if text is not None:
        raise RequestError([Fault(path="$.orders_per_day", text=text)])
    scaled = tuple(expected * per_day / whole for expected in world.demand.orders_per_quarter)
    return world.model_copy(update={"demand": world.demand.model_copy(update={"orders_per_quarter": scaled})})
