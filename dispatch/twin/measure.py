"""What a played day amounts to: its true trips, priced and accounted for by the functions that plans are."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

import carbon
from dispatch.answer import Trip, VehicleKind
from dispatch.objective import price, work_s
from dispatch.record import seconds_after
from dispatch.request import PlanRequest
from dispatch.rounds import packaging_of, rounds
from dispatch.travel import Travel
from dispatch.twin.result import DayResult
from dispatch.twin.world import World


@dataclass(frozen=True, slots=True)
class Played:
    """A day that is over.

    Attributes:
        request: Everybody who took part: all accepted orders, all vehicles.
        travel: Its measured legs.
        trips: Those made, with their true times.
        lost: Why, for each accepted order that was not delivered.
        on_shift_s: Seconds that the riders who came were on shift, breaks apart.
        orders: How many orders the world would have sent, within reach or not.
        people: People within reach.
        reached_share: Part of the orders to expect from within reach.
        decisions_ms: How long each answer of the dispatcher took.
    """

    request: PlanRequest
    travel: Travel
    trips: tuple[Trip, ...]
    lost: Mapping[str, str]
    on_shift_s: float
    orders: int
    people: float
    reached_share: float | None
    decisions_ms: Sequence[float] = ()


def measure(world: World, seed: int, played: Played) -> DayResult:
    """Count, price and account for a played day."""
    orders = {order.id: order for order in played.request.orders}
    stops = [stop for trip in played.trips for stop in trip.stops]
    waits_s = [seconds_after(orders[stop.order_id].placed_at, stop.arrive_at) for stop in stops]
    late_s = [float(stop.late_s) for stop in stops]
    riding_s = math.fsum(trip.travel_s for trip in played.trips)
    by_riders = [trip for trip in played.trips if trip.vehicle_kind is VehicleKind.RIDER]
    busy_s = math.fsum(work_s(trip) for trip in by_riders)
    cost = price(played.request, played.trips, played.lost)
    idle_cost = max(0.0, played.on_shift_s - busy_s) / 3600 * world.idle_cost_per_h
    idle_cost += len(world.drones) * world.drone_cost_per_day
    report = carbon.footprint(rounds(played.request, played.trips, played.travel), packaging_of(played.request))
    spent = cost.total - cost.unserved + idle_cost
    return DayResult(
        world=world.name,
        seed=seed,
        orders=played.orders,
        accepted=len(orders),
        delivered=len(stops),
        undelivered=dict(sorted(Counter(played.lost.values()).items())),
        on_time_share=_ratio(sum(late == 0 for late in late_s), len(orders)),
        late_mean_s=_mean(late_s),
        late_p95_s=_p95(late_s),
        click_to_door_mean_min=_mean([wait / 60 for wait in waits_s]),
        click_to_door_p95_min=_p95([wait / 60 for wait in waits_s]),
        trips=len(played.trips),
        orders_per_trip=_ratio(len(stops), len(played.trips)),
        drone_share=_ratio(len(stops) - sum(len(trip.stops) for trip in by_riders), len(stops)),
        riding_h=riding_s / 3600,
        distance_km=math.fsum(trip.distance_m for trip in played.trips) / 1000,
        on_shift_h=played.on_shift_s / 3600,
        utilisation=_ratio(busy_s, played.on_shift_s),
        cost=cost,
        idle_cost=idle_cost,
        cost_per_order=_ratio(spent, len(stops)),
        transport_gco2e=report.totals.transport_gco2e,
        packaging_gco2e=report.totals.packaging_gco2e,
        gco2e_per_order=_ratio(report.totals.transport_gco2e + report.totals.packaging_gco2e, len(stops)),
        people_reached=played.people,
        reached_share=played.reached_share,
        contribution=world.margin * len(stops) - spent,
        note=_note(world, played, len(stops)),
        decision_p99_ms=float(np.quantile(played.decisions_ms, 0.99)) if len(played.decisions_ms) else None,
    )


def _note(world: World, played: Played, delivered: int) -> str:
    """Why a day is empty, if it is."""
    if not played.orders:
        hours = f"{world.hours.starts} to {world.hours.ends}"
        return f"no orders: the demand from {hours} is {'zero' if not _expected(world) else 'so low that none came'}"
    if not played.request.orders:
        return f"{played.orders} orders, all beyond the radius of every store"
    if not delivered:
        return f"none of {len(played.request.orders)} orders was delivered"
    return ""


def _expected(world: World) -> float:
    return math.fsum(world.demand.orders_per_quarter)


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _mean(values: Sequence[float]) -> float | None:
    return math.fsum(values) / len(values) if values else None


def _p95(values: Sequence[float]) -> float | None:
    return float(np.quantile(values, 0.95)) if values else None
