"""A fleet's live plan as one of its stores sees it."""

from dispatch.record import Id, Moment, Record
from dispatch.request import Store
from service.live.plan import LiveOrder, LivePlan, LiveTrip, LiveVehicle, ProposedTrip


class StorePlan(Record):
    """What of a fleet concerns one store.

    Attributes:
        fleet_id: of the fleet.
        revision: of the fleet's plan; it also counts what happens at other stores.
        at: the dispatcher's clock.
        store: the store.
        orders: placed at the store, or leaving from it on one of the trips.
        vehicles: that are at the store or come to it next, belong to it, or are shared with it.
        trips: that leave or left from the store.
        proposed: trips that would leave from it as things are.
    """

    fleet_id: Id
    revision: int
    at: Moment
    store: Store
    orders: tuple[LiveOrder, ...]
    vehicles: tuple[LiveVehicle, ...]
    trips: tuple[LiveTrip, ...]
    proposed: tuple[ProposedTrip, ...]


def plan_of_store(plan: LivePlan, store_id: str) -> StorePlan:
    """The part of a plan that concerns one of its stores."""
    (store,) = (each for each in plan.stores if each.id == store_id)
    trips = tuple(each for each in plan.trips if each.trip.store_id == store_id)
    proposed = tuple(each for each in plan.proposed if each.trip.store_id == store_id)
    leave = [*(each.trip for each in trips), *(each.trip for each in proposed)]
    leaving = {stop.order_id for trip in leave for stop in trip.stops}
    return StorePlan(
        fleet_id=plan.fleet_id,
        revision=plan.revision,
        at=plan.at,
        store=store,
        orders=tuple(line for line in plan.orders if line.order.store_id == store_id or line.order.id in leaving),
        vehicles=tuple(line for line in plan.vehicles if _concerns(line, store_id)),
        trips=trips,
        proposed=proposed,
    )


def _concerns(line: LiveVehicle, store_id: str) -> bool:
    return store_id in {line.store_id, line.vehicle.store_id, *line.vehicle.shared_with}
