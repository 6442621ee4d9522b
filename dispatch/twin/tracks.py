"""A dispatcher's log as time-stamped tracks: who was where when, along the streets, to be replayed on a map.

It reads nothing but the log, so a live day's can be drawn as well as a simulated one's. What a log does not say is
filled in: a vehicle rides evenly along each way, was at a door, the last that was said, for as long as its handover was
expected to take, and left as planned if all that was heard is that it stopped or came back.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from dispatch.answer import Trip
from dispatch.online import (
    AddressCorrected,
    Commit,
    DroneOn,
    Entry,
    OrderPlaced,
    RiderOn,
    StopDone,
    TripLeft,
    TripReturned,
)
from dispatch.record import Id, seconds_after
from dispatch.request import Drone, MapTravel, Order, PlanRequest, Rider, Store, StraightTravel
from dispatch.sphere import EARTH_RADIUS_M, Floats
from dispatch.timetable import first_store, handover_s, lateness_s
from dispatch.travel import Travel
from dispatch.twin.refuse import Networks

DECIMALS = 6
Feature = dict[str, Any]


@dataclass(slots=True)
class _Ride:
    """A trip as the log tells it."""

    trip: Trip
    vehicle: Rider | Drone
    came_from: Id
    set_off_at: datetime
    left_at: datetime | None = None
    done: list[tuple[Id, datetime]] = field(default_factory=list)
    back_at: datetime | None = None


def tracks(
    entries: Iterable[Entry],
    stores: Sequence[Store],
    travel: MapTravel | StraightTravel,
    *,
    measured: Travel | None = None,
    networks: Networks | None = None,
) -> Feature:
    """Draw a log as a GeoJSON FeatureCollection.

    Every feature has a ``role``: ``store``, ``track`` (a line of a trip that left, with ``times``, an ISO 8601 moment
    for each of its points) or ``stop``. A trip that is not back yet ends at its last stop.

    Args:
        entries: of the log, as ``dispatch.online.read_log`` gives them.
        stores: of the dispatcher.
        travel: how its vehicles travel.
        measured: the legs between the stores and all orders of the log, if at hand.
        networks: the maps that ``travel`` may name (default: the bundled one).
    """
    orders: dict[Id, Order] = {}
    rides = list(_rides(entries, orders))
    if measured is None:
        # A day may hold more orders than a snapshot may; each was validated when it was placed.
        request = PlanRequest.model_construct(
            now=datetime.fromtimestamp(0, UTC),  # ways do not depend on it
            stores=list(stores),
            orders=list(orders.values()),
            riders=list({r.vehicle.id: r.vehicle for r in rides if isinstance(r.vehicle, Rider)}.values()),
            drones=[],
            travel=travel,
        )
        measured = Travel.of(request, networks)
    features = [_point("store", store.location, id=store.id, name=store.name) for store in stores]
    for ride in rides:
        features += _drawn(ride, orders, measured)
    return {"type": "FeatureCollection", "features": features}


def _rides(entries: Iterable[Entry], orders: dict[Id, Order]) -> Iterator[_Ride]:
    """The trips of a log that left, in the sequence in which they were committed; fills in ``orders``."""
    vehicles: dict[Id, Rider | Drone] = {}
    at_store: dict[Id, Id] = {}
    rides: dict[Id, _Ride] = {}
    for entry in entries:
        event = entry.event
        if any(decision.kind == "rejected" for decision in entry.decisions):
            continue
        if isinstance(event, OrderPlaced):
            orders[event.order.id] = event.order
        elif isinstance(event, AddressCorrected):
            orders[event.order_id] = orders[event.order_id].model_copy(update={"location": event.location})
        elif isinstance(event, RiderOn | DroneOn):
            vehicle = event.rider if isinstance(event, RiderOn) else event.drone
            vehicles[vehicle.id], at_store[vehicle.id] = vehicle, first_store(vehicle)
        elif isinstance(event, TripLeft):
            ride = rides[event.trip_id]
            ride.left_at = max(event.at, ride.set_off_at)  # a telephone's clock may be slow
        elif isinstance(event, StopDone):
            rides[event.trip_id].done.append((event.order_id, event.at))
        elif isinstance(event, TripReturned):
            rides[event.trip_id].back_at = event.at
        for decision in entry.decisions:
            if isinstance(decision, Commit):
                trip = decision.trip
                vehicle = vehicles[trip.vehicle_id]
                rides[trip.id] = _Ride(trip, vehicle, at_store[vehicle.id], decision.at)
                at_store[vehicle.id] = trip.store_id
    for ride in rides.values():
        if ride.left_at is None and (ride.done or ride.back_at is not None):
            ride.left_at = ride.trip.depart_at
        if ride.left_at is not None:
            yield ride


def _drawn(ride: _Ride, orders: dict[Id, Order], travel: Travel) -> Iterator[Feature]:
    """The track of a trip, and its stops."""
    assert ride.left_at is not None
    home = travel.stores[ride.trip.store_id]
    points: list[Floats] = []
    times: list[datetime] = []

    def go(start: int, end: int, starts_at: datetime, ends_at: datetime) -> None:
        line = travel.line(ride.vehicle, start, end)
        points.append(line)
        times.extend(_moments(line, starts_at, max(starts_at, ends_at)))

    if ride.came_from != ride.trip.store_id:
        there_at = ride.set_off_at + timedelta(seconds=ride.trip.approach_leg.travel_s)
        go(travel.stores[ride.came_from], home, ride.set_off_at, min(there_at, ride.left_at))
    place, clock = home, ride.left_at
    for number, (order_id, told_at) in enumerate(sorted(ride.done, key=lambda each: each[1]), start=1):
        order, done_at = orders[order_id], max(clock, told_at)
        arrive_at = max(clock, done_at - timedelta(seconds=handover_s(ride.vehicle, order)))
        go(place, travel.orders[order_id], clock, arrive_at)
        place, clock = travel.orders[order_id], done_at
        yield _point(
            "stop",
            order.location,
            order_id=order_id,
            trip_id=ride.trip.id,
            vehicle_id=ride.vehicle.id,
            sequence=number,
            placed_at=order.placed_at.isoformat(),
            promised_at=order.promised_at.isoformat(),
            arrive_at=arrive_at.isoformat(),
            leave_at=done_at.isoformat(),
            late_s=lateness_s(order, arrive_at),
        )
    if ride.back_at is not None:
        go(place, home, clock, ride.back_at)
    if not points:
        return
    yield {
        "type": "Feature",
        "geometry": {"type": "LineString", "coordinates": np.concatenate(points).round(DECIMALS).tolist()},
        "properties": {
            "role": "track",
            "trip_id": ride.trip.id,
            "vehicle_id": ride.vehicle.id,
            "vehicle_kind": ride.trip.vehicle_kind,
            "store_id": ride.trip.store_id,
            "times": [moment.isoformat() for moment in times],
        },
    }


def _moments(line: Floats, starts_at: datetime, ends_at: datetime) -> list[datetime]:
    """When each point of a way is passed, whole seconds, at an even pace."""
    lon, lat = np.radians(line[:, 0]), np.radians(line[:, 1])
    across = np.diff(lon) * np.cos(lat[:-1])
    along_m = np.concatenate(([0.0], np.cumsum(EARTH_RADIUS_M * np.hypot(across, np.diff(lat)))))
    total_s = seconds_after(starts_at, ends_at)
    share = along_m / along_m[-1] if along_m[-1] > 0 else np.linspace(0.0, 1.0, len(line))
    return [starts_at + timedelta(seconds=round(float(each) * total_s)) for each in share]


def _point(role: str, location: tuple[float, float], **properties: object) -> Feature:
    coordinates = [round(x, DECIMALS) for x in location]
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": coordinates},
        "properties": {"role": role, **properties},
    }
