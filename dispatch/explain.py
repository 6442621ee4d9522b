"""Why an order is not served, derived by testing every vehicle against it, never from a search log.

A vehicle's reason is the first limit that it breaks when it carries the order alone, from the moment it is free;
``busy`` says that alone it could, but that with the plan's other trips it does not pay. An order's reason is the one
that came nearest to serving it.
"""

import math
from collections.abc import Sequence
from datetime import timedelta

from dispatch.model import Drone, Leg, Order, PlanRequest, Reason, Rider, Store, Unserved, VehicleReason, seconds_after
from dispatch.objective import late_cost, transport_gco2e, trip_battery_wh
from dispatch.timetable import free_s, handover_s, ready_s
from dispatch.travel import Travel

NEAREST = (
    Reason.BUSY,
    Reason.NOT_WORTH_IT,
    Reason.PROMISE_MISSED,
    Reason.SHIFT_ENDS,
    Reason.STORE_OFF_MAP,
    Reason.OUT_OF_RANGE,
    Reason.TOO_BULKY,
    Reason.TOO_HEAVY,
    Reason.NO_ROOM,
    Reason.NO_PATH,
    Reason.OTHER_STORE,
)
"""Reasons from the one closest to serving the order to the one farthest from it."""


def kinds_of(request: PlanRequest) -> list[tuple[Rider | Drone, int]]:
    """The vehicles that differ in more than their id, each with the number of others alike."""
    alike: dict[Rider | Drone, list[Rider | Drone]] = {}
    for vehicle in request.vehicles:
        alike.setdefault(vehicle.model_copy(update={"id": ""}), []).append(vehicle)
    return [(vehicles[0], len(vehicles) - 1) for vehicles in alike.values()]


def explain(
    request: PlanRequest, travel: Travel, order: Order, kinds: Sequence[tuple[Rider | Drone, int]] | None = None
) -> Unserved:
    """Say why ``order`` is left out: its own reason if no vehicle matters, else the nearest of the vehicles'.

    Args:
        request: what was asked.
        travel: its measured legs.
        order: an order that no trip carries.
        kinds: ``kinds_of(request)``, if at hand.
    """
    kinds = kinds_of(request) if kinds is None else kinds
    store = next((store for store in request.stores if store.id == order.store_id), None)
    if store is None:
        known = [store.id for store in request.stores]
        return Unserved(
            order_id=order.id,
            code=Reason.UNKNOWN_STORE,
            text=f"no store has the id {order.store_id!r}; stores: {known}",
        )
    if travel.off_map(travel.orders[order.id]):
        text = f"no street lies within reach of {list(order.location)}; correct the address or use a larger map"
        return Unserved(order_id=order.id, code=Reason.OFF_MAP, text=text)
    reasons = tuple(
        vehicle_reason(request, travel, order, store, vehicle).model_copy(update={"alike": alike})
        for vehicle, alike in kinds
    )
    mine = [reason for reason in reasons if reason.code != Reason.OTHER_STORE]
    if not mine:
        text = f"store {store.id!r} has no rider and no drone"
        return Unserved(order_id=order.id, code=Reason.NO_VEHICLE, text=text)
    nearest = min(mine, key=lambda reason: NEAREST.index(reason.code))
    return Unserved(order_id=order.id, code=nearest.code, text=nearest.text, vehicles=reasons)


def vehicle_reason(
    request: PlanRequest, travel: Travel, order: Order, store: Store, vehicle: Rider | Drone
) -> VehicleReason:
    """The binding constraint of one vehicle against one order, tested on a trip with that order alone."""

    def because(code: Reason, text: str) -> VehicleReason:
        return VehicleReason(vehicle_id=vehicle.id, code=code, text=text)

    if vehicle.store_id != order.store_id:
        return because(Reason.OTHER_STORE, f"{vehicle.id!r} rides for store {vehicle.store_id!r}")
    overload = _overload(order, vehicle)
    if overload is not None:
        return because(*overload)
    legs = travel.legs(vehicle)
    home, there = travel.stores[store.id], travel.orders[order.id]
    if isinstance(vehicle, Rider) and travel.off_map(home):
        return because(Reason.STORE_OFF_MAP, f"no street of the map lies within reach of store {store.id!r}")
    if not math.isfinite(legs.seconds[home, there] + legs.seconds[there, home]):
        return because(Reason.NO_PATH, f"no way for {vehicle.id!r} from store {store.id!r} to the door and back")
    out = Leg(travel_s=int(legs.seconds[home, there]), distance_m=float(legs.metres[home, there]))
    back = Leg(travel_s=int(legs.seconds[there, home]), distance_m=float(legs.metres[there, home]))
    if isinstance(vehicle, Drone) and out.distance_m + back.distance_m > vehicle.range_m:
        flown_m = out.distance_m + back.distance_m
        return because(
            Reason.OUT_OF_RANGE, f"{flown_m:.0f} m out and back; {vehicle.id!r} flies {vehicle.range_m:.0f} m"
        )
    leave_s = max(free_s(vehicle, request.now), ready_s(order, request.now))
    arrive_s = leave_s + out.travel_s
    back_s = arrive_s + handover_s(vehicle, order) + back.travel_s
    if vehicle.shift_end_at is not None and back_s > seconds_after(request.now, vehicle.shift_end_at):
        over_s = back_s - seconds_after(request.now, vehicle.shift_end_at)
        return because(Reason.SHIFT_ENDS, f"{vehicle.id!r} would be back {_minutes(over_s)} after its shift ends")
    late_s = max(0, math.ceil(arrive_s - seconds_after(request.now, order.promised_at)))
    if order.max_late_s is not None and late_s > order.max_late_s:
        at = (request.now + timedelta(seconds=arrive_s)).isoformat()
        text = f"{vehicle.id!r} arrives at {at} at the earliest, {_minutes(late_s)} after the promise"
        return because(Reason.PROMISE_MISSED, f"{text}; {order.max_late_s} s are allowed")
    cost = _alone(request, vehicle, store, order, (out, back), late_s)
    worth = request.rates.unserved_cost if order.unserved_cost is None else order.unserved_cost
    if cost > worth:
        text = (
            f"alone with {vehicle.id!r} it costs {cost:.2f} ({_minutes(late_s)} late); leaving it out costs {worth:.2f}"
        )
        return because(Reason.NOT_WORTH_IT, f"{text} {request.rates.currency}")
    return because(
        Reason.BUSY, f"{vehicle.id!r} could take it alone, but its trips in this plan leave no room that pays"
    )


def _overload(order: Order, vehicle: Rider | Drone) -> tuple[Reason, str] | None:
    """Which of the vehicle's capacities the order exceeds by itself, if any."""
    if vehicle.capacity_orders == 0:
        return Reason.NO_ROOM, f"{vehicle.id!r} carries no orders"
    if order.mass_kg > vehicle.capacity_kg:
        return Reason.TOO_HEAVY, f"{order.mass_kg:g} kg; {vehicle.id!r} carries {vehicle.capacity_kg:g} kg"
    if order.volume_l > vehicle.capacity_l:
        return Reason.TOO_BULKY, f"{order.volume_l:g} l; {vehicle.id!r} carries {vehicle.capacity_l:g} l"
    return None


def _alone(
    request: PlanRequest, vehicle: Rider | Drone, store: Store, order: Order, legs: tuple[Leg, Leg], late_s: int
) -> float:
    """Cost of a trip with this order only."""
    rates, rides = request.rates, isinstance(vehicle, Rider)
    travel_s, distance_m = sum(leg.travel_s for leg in legs), sum(leg.distance_m for leg in legs)
    grams = transport_gco2e(trip_battery_wh(vehicle, legs, [order.mass_kg]), store.region)
    return (
        travel_s / 3600 * (rates.rider_cost_per_h if rides else rates.drone_cost_per_h)
        + distance_m / 1000 * (rates.rider_cost_per_km if rides else rates.drone_cost_per_km)
        + (rates.rider_cost_per_trip if rides else rates.drone_cost_per_trip)
        + late_cost(rates, late_s)
        + grams / 1000 * rates.carbon_cost_per_kg
    )


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:.1f} min"
