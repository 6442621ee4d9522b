"""From courses to trips: when a courier sets off, picks up, and is at each door."""

from datetime import datetime, timedelta
from typing import NamedTuple

from dispatch.answer import Leg, Stop, Trip, VehicleKind
from dispatch.couriers.board import Board, Ways
from dispatch.couriers.search import Course
from dispatch.objective import transport_gco2e, trip_battery_wh
from dispatch.online.planner import Proposed
from dispatch.online.state import OrderLife, VehicleLife
from dispatch.request import Store
from dispatch.timetable import lateness_s

NO_WAY_BACK = Leg(travel_s=0, distance_m=0.0)


class Snapshot(NamedTuple):
    """A board and what its rows stand for."""

    board: Board
    orders: list[OrderLife]
    couriers: list[VehicleLife]
    stores: list[Store]


def timed(snapshot: Snapshot, ways: Ways, pickup_s: int, now: datetime, c: int, course: Course) -> list[Proposed]:
    """The trips of courier ``c``'s course, each beginning as late as does not make its customers wait longer.

    Args:
        snapshot: what is open.
        ways: between all places.
        pickup_s: service at a pick-up place, half before the pick-up and half after it.
        now: the moment of planning.
        c: the courier's row.
        course: its trips, by the orders' rows.
    """
    board, courier = snapshot.board, snapshot.couriers[c]
    clock_s = float(board.couriers["free_s"][c])
    here = courier.last_order_id or courier.vehicle.id
    proposed = []
    for number, trip in enumerate(course, start=1):
        store = snapshot.stores[board.orders["pick"][trip[0]]]
        approach = _leg(ways, here, store.id)
        ready_s = float(board.orders["ready_s"][list(trip)].max())
        depart_s = max(clock_s + approach.travel_s + pickup_s / 2, ready_s) + pickup_s / 2
        clock_s, here = depart_s, store.id
        stops, masses_kg = [], []
        for o in trip:
            order = snapshot.orders[o].order
            leg = _leg(ways, here, order.id)
            arrive_at = now + timedelta(seconds=clock_s + leg.travel_s)
            clock_s += leg.travel_s + order.handover_s
            leave_at = now + timedelta(seconds=clock_s)
            late_s = lateness_s(order, arrive_at)
            stops.append(Stop(order_id=order.id, leg=leg, arrive_at=arrive_at, leave_at=leave_at, late_s=late_s))
            masses_kg.append(order.mass_kg)
            here = order.id
        legs = [*(stop.leg for stop in stops), NO_WAY_BACK]
        battery_wh = trip_battery_wh(courier.vehicle, legs, masses_kg, approach)
        made = Trip(
            id=f"{courier.vehicle.id}/{courier.trips + number}",
            vehicle_id=courier.vehicle.id,
            vehicle_kind=VehicleKind.RIDER,
            store_id=store.id,
            depart_at=now + timedelta(seconds=depart_s),
            approach_leg=approach,
            stops=tuple(stops),
            return_leg=NO_WAY_BACK,
            return_at=now + timedelta(seconds=clock_s),
            travel_s=sum(leg.travel_s for leg in (approach, *legs)),
            distance_m=sum(leg.distance_m for leg in (approach, *legs)),
            battery_wh=battery_wh,
            transport_gco2e=transport_gco2e(battery_wh, store.region),
        )
        go_at = made.depart_at - timedelta(seconds=pickup_s + approach.travel_s)
        # A courier that waits makes the customers wait: such a trip is never held for others to join.
        proposed.append(Proposed(made, go_at, latest_at=go_at, full=True))
    return proposed


def _leg(ways: Ways, origin: str, destination: str) -> Leg:
    start, end = ways.index[origin], ways.index[destination]
    return Leg(travel_s=int(ways.seconds[start, end]), distance_m=float(ways.metres[start, end]))
