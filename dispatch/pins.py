"""Pinned trips, timed and held against the limits before anything else is planned."""

from collections import defaultdict
from dataclasses import dataclass

from dispatch.answer import Trip
from dispatch.limits import Limits
from dispatch.request import PlanRequest
from dispatch.timetable import Routes, RouteTrip, timetable
from dispatch.travel import Travel


@dataclass(frozen=True)
class Pins:
    """The pinned trips of a request.

    Attributes:
        routes: those that can be made, first on their vehicles, in the request's sequence.
        trips: the same, timed.
        impossible: for each order of the others, which limit its trip breaks.
    """

    routes: Routes
    trips: tuple[Trip, ...]
    impossible: dict[str, str]

    def before(self, routes: Routes) -> Routes:
        """``routes`` with the pinned trips before them."""
        vehicle_ids = [*self.routes, *(vehicle_id for vehicle_id in routes if vehicle_id not in self.routes)]
        return {each: (*self.routes.get(each, ()), *routes.get(each, ())) for each in vehicle_ids}


def settle_pins(request: PlanRequest, travel: Travel) -> Pins:
    """Try the pinned trips one after the other; one that breaks a limit is left out and the next follows without it."""
    if not request.pinned:
        return Pins({}, (), {})
    limits = Limits(request, travel)
    routes: dict[str, tuple[RouteTrip, ...]] = defaultdict(tuple)
    last: dict[str, Trip] = {}
    impossible: dict[str, str] = {}
    for i, pin in enumerate(request.pinned):
        vehicle = limits.vehicles[pin.vehicle_id]
        route = RouteTrip(pin.store_id or vehicle.store_id, pin.order_ids, pin.depart_at)
        together = (*routes[vehicle.id], route)
        trip = timetable(request, travel, {vehicle.id: together})[-1]
        fault = next(limits.broken(f"$.pinned[{i}]", trip, last.get(vehicle.id)), None)
        if fault is None:
            routes[vehicle.id], last[vehicle.id] = together, trip
        else:
            text = f"its pinned trip with {vehicle.id!r} cannot be: {fault.text}"
            impossible |= dict.fromkeys(pin.order_ids, text)
    kept = {vehicle_id: trips for vehicle_id, trips in routes.items() if trips}
    return Pins(routes=kept, trips=timetable(request, travel, kept), impossible=impossible)
