"""Whose an order, a vehicle or a trip is: a key that is bound to stores tells events of theirs alone."""

from collections.abc import Callable, Collection

from dispatch.online import Event
from service.live.plan import LivePlan

OF_ALL = frozenset({"street_closed", "drones_grounded", "drones_cleared"})
"""Kinds that, naming no vehicle, are about every store of a fleet."""


class Belongings:
    """The stores of a fleet and of all that its live plan knows; what it does not know is for the dispatcher to judge.

    Args:
        stores: of the fleet.
        plan: of the fleet, some moments old at most; None before the first.
    """

    def __init__(self, stores: Collection[str], plan: LivePlan | None) -> None:
        self._stores = stores
        vehicles, orders = ([], []) if plan is None else (plan.vehicles, plan.orders)
        self._vehicles = {
            line.vehicle.id: {line.store_id, line.vehicle.store_id, *line.vehicle.shared_with} for line in vehicles
        }
        self._orders = {
            line.order.id: {line.order.store_id, *line.order.also_at} | self._vehicles.get(line.vehicle_id or "", set())
            for line in orders
        }

    def stranger(self, event: Event, sees: Callable[[str], bool]) -> tuple[str, str] | None:
        """The field by which an event is about other stores, and what is wrong with it; None if there is none.

        A trip is its vehicle's, and so is what becomes of an order on it, whichever store the order was placed at.
        """
        if event.kind in OF_ALL and getattr(event, "vehicle_id", None) is None and not all(map(sees, self._stores)):
            return "kind", f"{event.kind!r} is about all stores of the fleet, and this key does not see them all"
        for field, name in _shared(event):
            if not sees(name):
                return field, f"{name!r} is no store that this key sees"
        for field, name, stores in self._named(event):
            if not any(map(sees, stores)):
                return field, f"{name!r} is of a store that this key does not see"
        return None

    def _named(self, event: Event) -> list[tuple[str, str, Collection[str]]]:
        """What an event names that is known here: its field, its name, its stores."""
        trip_id = getattr(event, "trip_id", None)
        if trip_id is not None:
            names = [("trip_id", trip_id, self._vehicles.get(trip_id.rpartition("/")[0]))]
        else:
            order_id, vehicle_id = getattr(event, "order_id", None), getattr(event, "vehicle_id", None)
            names = [
                ("order_id", order_id, self._orders.get(order_id or "")),
                ("vehicle_id", vehicle_id, self._vehicles.get(vehicle_id or "")),
            ]
        if event.kind in {"rider_on", "drone_on"}:
            name = event.kind.removesuffix("_on")
            vehicle = getattr(event, name)
            names = [(f"{name}.id", vehicle.id, self._vehicles.get(vehicle.id))]
        return [(field, name, stores) for field, name, stores in names if stores is not None]


def _shared(event: Event) -> list[tuple[str, str]]:
    """The stores, beside its own, that an order or a vehicle is to be shared with, each with the field that says so."""
    if event.kind == "order_placed":
        return [("order.also_at", store) for store in event.order.also_at]
    if event.kind in {"rider_on", "drone_on"}:
        name = event.kind.removesuffix("_on")
        vehicle = getattr(event, name)
        free = [] if vehicle.free_store_id is None else [(f"{name}.free_store_id", vehicle.free_store_id)]
        return [*((f"{name}.shared_with", store) for store in vehicle.shared_with), *free]
    return []
