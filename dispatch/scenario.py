"""What if: the orders of a plan delivered by another vehicle, in other packaging or with other electricity.

The same orders, in the same trips where the vehicle allows it, accounted for twice: as planned, and under one change.
What comes back is the difference of each order, so that what the two have in common cancels out.
"""

import math
from collections.abc import Iterator, Sequence
from enum import StrEnum

import carbon
from dispatch.answer import Plan, Trip
from dispatch.record import Id, Record
from dispatch.request import Drone, Packaging, PlanRequest, Rider, RiderKind
from dispatch.rounds import packaging_of, rounds
from dispatch.timetable import Routes, RouteTrip, timetable
from dispatch.travel import Travel


class ScenarioVehicle(StrEnum):
    """What all orders are brought with.

    ``e_bike``, ``moped`` and ``cargo_bike`` make the plan's trips on their own streets. The vans and the petrol moped
    make them on the moped's streets, by factors per kilometre. ``drone`` flies each order alone, out and back.
    """

    E_BIKE = "e_bike"
    MOPED = "moped"
    CARGO_BIKE = "cargo_bike"
    DRONE = "drone"
    DIESEL_VAN = "diesel_van"
    ELECTRIC_VAN = "electric_van"
    PETROL_MOPED = "petrol_moped"


class Scenario(Record):
    """One change; at least one of the four is given.

    ``region`` is another grid for every vehicle. ``contracts`` change the market-based figures alone, as rule R6 asks.
    """

    name: Id
    vehicle: ScenarioVehicle | None = None
    packaging: Packaging | None = None
    region: str | None = None
    contracts: tuple[carbon.Contract, ...] = ()


class OrderDifference(Record):
    """What the change adds to one order's grams; negative is a saving."""

    order_id: Id
    transport_gco2e: float
    packaging_gco2e: float
    total_gco2e: float


class Comparison(Record):
    """A plan as it is and under a scenario, over the same orders.

    ``market_gco2e`` is what contracts add to the rides' market-based figure (without contracts as planned, that is the
    location-based one); None without contracts. ``kept`` are orders that the scenario's vehicle cannot bring, with the
    reason; they stay in the trips they had.
    """

    scenario: Scenario
    base: carbon.Report
    other: carbon.Report
    orders: tuple[OrderDifference, ...]
    transport_gco2e: float
    packaging_gco2e: float
    total_gco2e: float
    market_gco2e: float | None
    kept: dict[Id, str]


def compare(
    request: PlanRequest,
    plan: Plan,
    scenario: Scenario,
    travel: Travel | None = None,
    registry: carbon.Registry | None = None,
) -> Comparison:
    """Hold a plan against itself under one change.

    Args:
        request: what was asked.
        plan: a valid plan of it.
        scenario: the change.
        travel: its measured legs, if at hand.
        registry: where factors come from; the bundled ones by default. A contract's factor is one's own.

    Raises:
        MissingFactorError: if the other region has no grid factor, or a contract names none.
        QuantityError: if contracts cover more than all of the electricity.
        ValueError: if the scenario changes nothing.
    """
    if not (scenario.vehicle or scenario.packaging or scenario.region or scenario.contracts):
        raise ValueError(
            f"scenario {scenario.name!r} changes nothing; give it a vehicle, packaging, region or contract"
        )
    travel = travel or Travel.of(request)
    packaging = packaging_of(request)
    base = carbon.footprint(rounds(request, plan.trips, travel), packaging, registry)
    changed, trips, kept = _changed(request, plan, scenario, travel)
    made = _driven(rounds(changed, trips, travel), scenario.vehicle, registry)
    other = carbon.footprint(made, packaging_of(changed), registry, contracts=scenario.contracts)
    before = {order.order_id: order for order in base.orders}
    after = {order.order_id: order for order in other.orders}
    differences = tuple(
        OrderDifference(
            order_id=order_id,
            transport_gco2e=after[order_id].transport_gco2e - before[order_id].transport_gco2e,
            packaging_gco2e=after[order_id].packaging_gco2e - before[order_id].packaging_gco2e,
            total_gco2e=after[order_id].total_gco2e - before[order_id].total_gco2e,
        )
        for order_id in before
    )
    market = None
    if scenario.contracts:
        bought = [round_.gco2e if round_.market_gco2e is None else round_.market_gco2e for round_ in other.rounds]
        market = math.fsum((*bought, -base.totals.transport_gco2e))
    return Comparison(
        scenario=scenario,
        base=base,
        other=other,
        orders=differences,
        transport_gco2e=math.fsum(each.transport_gco2e for each in differences),
        packaging_gco2e=math.fsum(each.packaging_gco2e for each in differences),
        total_gco2e=math.fsum(each.total_gco2e for each in differences),
        market_gco2e=market,
        kept=kept,
    )


def _changed(
    request: PlanRequest, plan: Plan, scenario: Scenario, travel: Travel
) -> tuple[PlanRequest, Sequence[Trip], dict[Id, str]]:
    """The request and its trips under a scenario, and the orders that stay as they were."""
    update: dict[str, object] = {}
    if scenario.packaging is not None:
        update["orders"] = [order.model_copy(update={"packaging": scenario.packaging}) for order in request.orders]
    if scenario.region is not None:
        update["stores"] = [store.model_copy(update={"region": scenario.region}) for store in request.stores]
    changed = request.model_copy(update=update)
    if scenario.vehicle is None and scenario.packaging is None:
        return changed, plan.trips, {}
    routes: dict[str, list[RouteTrip]] = {}
    for trip in plan.trips:
        sequence = tuple(stop.order_id for stop in trip.stops)
        routes.setdefault(trip.vehicle_id, []).append(RouteTrip(trip.store_id, sequence, trip.depart_at))
    kept: dict[Id, str] = {}
    if scenario.vehicle is ScenarioVehicle.DRONE:
        changed, routes, kept = _flown(changed, routes, travel)
    elif scenario.vehicle is not None:
        kind = RIDDEN.get(scenario.vehicle, RiderKind.MOPED)
        changed = changed.model_copy(
            update={"riders": [_as_rider(each, kind) for each in changed.vehicles], "drones": []}
        )
    return changed, timetable(changed, travel, routes), kept


RIDDEN = {
    ScenarioVehicle.E_BIKE: RiderKind.E_BIKE,
    ScenarioVehicle.MOPED: RiderKind.MOPED,
    ScenarioVehicle.CARGO_BIKE: RiderKind.CARGO_BIKE,
}


def _as_rider(vehicle: Rider | Drone, kind: RiderKind) -> Rider:
    """The same vehicle's place and hours, ridden."""
    if isinstance(vehicle, Rider):
        return vehicle.model_copy(update={"kind": kind})
    return Rider(id=vehicle.id, store_id=vehicle.store_id, free_at=vehicle.free_at, kind=kind)


def _flown(
    request: PlanRequest, routes: Routes, travel: Travel
) -> tuple[PlanRequest, dict[str, list[RouteTrip]], dict[Id, str]]:
    """Each order that a drone can bring flown alone; the others in the trips they had."""
    orders = {order.id: order for order in request.orders}
    flying: list[Drone] = []
    kept: dict[Id, str] = {}
    made: dict[str, list[RouteTrip]] = {}
    drones = {drone.id for drone in request.drones}
    for vehicle_id, trips in routes.items():
        for trip in trips:
            model = request.drones[0] if request.drones else Drone(id="drone", store_id=trip.store)
            staying = []
            for order_id in trip.orders:
                reason = _refusal(model, orders[order_id].mass_kg, travel, trip.store, order_id)
                if reason is None or vehicle_id in drones:
                    name = f"flight {len(flying) + 1}"
                    flying.append(model.model_copy(update={"id": name, "store_id": trip.store, "free_at": None}))
                    made[name] = [RouteTrip(trip.store, (order_id,), trip.depart_at)]
                else:
                    kept[order_id] = reason
                    staying.append(order_id)
            if staying:
                made.setdefault(vehicle_id, []).append(trip._replace(orders=tuple(staying)))
    return request.model_copy(update={"drones": flying}), made, kept


def _refusal(drone: Drone, mass_kg: float, travel: Travel, store_id: Id, order_id: Id) -> str | None:
    """Why a drone cannot bring an order, None if it can."""
    legs, store, door = travel.legs(drone), travel.stores[store_id], travel.orders[order_id]
    flown_m = float(legs.metres[store, door] + legs.metres[door, store])
    if mass_kg > drone.capacity_kg:
        return f"{mass_kg:g} kg; a drone carries {drone.capacity_kg:g} kg"
    if not (math.isfinite(flown_m) and travel.lands(door)):
        return "no way through the air"
    return f"{flown_m:.0f} m out and back; a drone flies {drone.range_m:.0f} m" if flown_m > drone.range_m else None


def _driven(
    made: Iterator[carbon.Round], vehicle: ScenarioVehicle | None, registry: carbon.Registry | None
) -> Iterator[carbon.Round]:
    """Rounds as they are, or driven by a vehicle that is known by factors per kilometre."""
    model = carbon.ROAD_VEHICLES.get(vehicle.value) if vehicle is not None else None
    for round_ in made:
        yield round_ if model is None else model.driven(round_, registry)
