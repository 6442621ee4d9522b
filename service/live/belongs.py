"""Whose an order, a vehicle or a trip is: a key that is bound to stores tells events of theirs alone."""

from collections.abc import Callable

from dispatch.online import Event
from service.live.plan import LivePlan


class Belongings:
    """The stores of all that a live plan knows; what it does not is for the dispatcher to judge.

    Args:
        plan: of the fleet, some moments old at most.
    """

    def __init__(self, plan: LivePlan) -> None:
        self._vehicles = {
            line.vehicle.id: {line.store_id, line.vehicle.store_id, *line.vehicle.shared_with} for line in plan.vehicles
        }
        self._orders = {
            line.order.id: {line.order.store_id, *line.order.also_at} | self._vehicles.get(line.vehicle_id or "", set())
            for line in plan.orders
        }

    def stranger(self, event: Event, sees: Callable[[str], bool]) -> tuple[str, str] | None:
        """The field by which an event names something of other stores alone, and the name; None if it names none.

        A trip is its vehicle's, and so is what becomes of an order on it, whichever store the order was placed at.
        """
        trip_id = getattr(event, "trip_id", None)
        if trip_id is not None:
            named = {"trip_id": (trip_id, self._vehicles.get(trip_id.rpartition("/")[0]))}
        else:
            order_id, vehicle_id = getattr(event, "order_id", None), getattr(event, "vehicle_id", None)
            named = {
                "order_id": (order_id, self._orders.get(order_id or "")),
                "vehicle_id": (vehicle_id, self._vehicles.get(vehicle_id or "")),
            }
        for field, (name, stores) in named.items():
            if stores is not None and not any(map(sees, stores)):
                return field, name
        return None
