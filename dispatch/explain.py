"""Why an order is not served, or late, derived by testing every vehicle against it, never from a search log.

A vehicle's reason is the first limit that it breaks when it carries the order alone, from the moment it is free and
from whichever store comes nearest to serving it; ``busy`` says that alone it could, but that with the plan's other
trips it does not pay. An order's reason is the one that came nearest to serving it.
"""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dispatch.answer import Late, Reason, Trip, Unserved, VehicleReason
from dispatch.problem import (
    COST,
    COST_PER_KG,
    GRACE_S,
    LATE_COST,
    LATE_COST_AFTER,
    METRES,
    SECONDS,
    WH,
    WH_PER_KG,
    Floats,
    Ints,
    Problem,
)
from dispatch.request import Drone, Order, PlanRequest, Rider
from dispatch.travel import Travel

Flags = NDArray[np.bool_]

NEAREST = (
    Reason.BUSY,
    Reason.NOT_WORTH_IT,
    Reason.PROMISE_MISSED,
    Reason.SHIFT_ENDS,
    Reason.TOO_MUCH_CARBON,
    Reason.OUT_OF_BATTERY,
    Reason.OUT_OF_RANGE,
    Reason.STORE_OFF_MAP,
    Reason.NO_BAG,
    Reason.TOO_BULKY,
    Reason.TOO_HEAVY,
    Reason.NO_ROOM,
    Reason.NO_LANDING,
    Reason.NO_PATH,
    Reason.TOO_WINDY,
    Reason.GROUNDED,
    Reason.NOT_ALLOWED,
    Reason.STORE_CLOSED,
    Reason.OTHER_STORE,
)
"""Reasons of a vehicle from the one closest to serving the order to the one farthest from it."""
RANK = {code: rank for rank, code in enumerate(NEAREST)}
MAX_REASONS = 40_000
"""Vehicles' reasons in one plan; with more orders times vehicles, each order lists its nearest ones only."""
CENT = 1e-9
"""Loads and energies closer than this are equal, as the engines and the checker have it."""


class Explained(NamedTuple):
    """Why orders are left out, and why others are late, both in the request's order."""

    unserved: tuple[Unserved, ...]
    late: tuple[Late, ...]


@dataclass(frozen=True)
class _Alone:
    """What happens when each vehicle carries each order alone; every array is ``(orders, vehicles)``."""

    rank: Ints  # place in ``NEAREST``
    store: Ints
    leave_s: Floats
    arrive_s: Floats
    back_s: Floats
    metres: Floats
    wh: Floats
    cost: Floats


def explain(
    request: PlanRequest,
    travel: Travel,
    problem: Problem,
    trips: Sequence[Trip],
    *,
    refused: Mapping[str, str] | None = None,
    only: Collection[str] | None = None,
) -> Explained:
    """Say of every order that ``trips`` leave out, or bring late, why, with the binding constraint of every vehicle.

    Args:
        request: what was asked.
        travel: its measured legs.
        problem: it compiled.
        trips: those of the plan.
        refused: sentences for orders that ``problem.hopeless`` names, where more is known than the code says.
        only: ids of the orders to speak of, if not of all.
    """
    carried = {stop.order_id: stop for trip in trips for stop in trip.stops}
    on_board = {order_id for vehicle in request.vehicles for order_id in vehicle.on_board}
    asked = [order for order in request.orders if only is None or order.id in only]
    left_out = [order for order in asked if order.id not in carried and order.id not in on_board]
    late = [order for order in asked if order.id in carried and carried[order.id].late_s > 0]
    test = _Test(request, travel, problem, trips)
    reasons = test.reasons([order for order in left_out if order.id in test.rows], on_time=False)
    unserved = tuple(
        _left_out(request, order, reasons[order.id])
        if order.id in reasons
        else _hopeless(request, order, problem.hopeless[order.id], (refused or {}).get(order.id))
        for order in left_out
    )
    reasons = test.reasons([order for order in late if order.id in test.rows], on_time=True)
    return Explained(
        unserved, tuple(_late(order, carried[order.id].late_s, reasons.get(order.id, ())) for order in late)
    )


def _left_out(request: PlanRequest, order: Order, reasons: tuple[VehicleReason, ...]) -> Unserved:
    own = [store for store in request.stores if store.id in {order.store_id, *order.also_at}]
    near = min(reasons, key=lambda reason: RANK[reason.code], default=None)
    if near is None or near.code == Reason.OTHER_STORE:
        text = f"no rider and no drone rides for {_names([store.id for store in own])}"
        return Unserved(order_id=order.id, code=Reason.NO_VEHICLE, text=text)
    return Unserved(order_id=order.id, code=near.code, text=near.text, vehicles=reasons)


def _hopeless(request: PlanRequest, order: Order, code: Reason, text: str | None) -> Unserved:
    """Reasons that no vehicle changes."""
    own = [store.id for store in request.stores if store.id in {order.store_id, *order.also_at}]
    texts = {
        Reason.STORE_CLOSED: f"closed: {_names(own)}; open it, or name another store in also_at",
        Reason.UNKNOWN_STORE: f"no store has the id {order.store_id!r}; stores: {[s.id for s in request.stores]}",
        Reason.OFF_MAP: f"no open street is within reach of {list(order.location)}; correct it or use another map",
        Reason.PIN_IMPOSSIBLE: "the trip that it is pinned to cannot be made; see its other orders, or drop the pin",
        Reason.NOT_ALLOWED: f"no vehicle has any of the ids {list(order.vehicle_ids or ())}; correct vehicle_ids",
    }
    return Unserved(order_id=order.id, code=code, text=text or texts.get(code, code.value.replace("_", " ")))


def _late(order: Order, late_s: int, reasons: tuple[VehicleReason, ...]) -> Late:
    text = f"{_minutes(late_s)} after the promise"
    if reasons:
        near = min(reasons, key=lambda reason: RANK[reason.code])
        text += f"; the vehicle nearest to being on time: {near.text}"
    return Late(order_id=order.id, late_s=late_s, text=text, vehicles=reasons)


class _Test:
    """Every vehicle against every order, vectorised over both, store by store."""

    def __init__(self, request: PlanRequest, travel: Travel, problem: Problem, trips: Sequence[Trip]) -> None:
        self.request, self.travel, self.problem = request, travel, problem
        self.rows = {order_id: i for i, order_id in enumerate(problem.order_ids)}
        self.trips: dict[str, list[Trip]] = {}
        for trip in trips:
            self.trips.setdefault(trip.vehicle_id, []).append(trip)
        self.columns, self.alike = _kinds(request, problem)
        vehicles = request.vehicles
        self.vehicles = [vehicles[v] for v in self.columns]
        wind_mps = 0.0 if request.airspace is None else request.airspace.wind_mps
        self.grounded = np.array([isinstance(each, Drone) and each.grounded for each in self.vehicles], dtype=np.bool_)
        self.windy = np.array(
            [isinstance(each, Drone) and wind_mps > each.max_wind_mps for each in self.vehicles], dtype=np.bool_
        )
        self.rides = np.array([isinstance(each, Rider) for each in self.vehicles], dtype=np.bool_)

    def reasons(self, orders: Sequence[Order], *, on_time: bool) -> dict[str, tuple[VehicleReason, ...]]:
        """The binding constraint of every vehicle against each of ``orders``; ``on_time`` takes promises as hard."""
        if not orders or not self.vehicles:
            return {order.id: () for order in orders}
        rows = np.array([self.rows[order.id] for order in orders], dtype=np.int64)
        alone = self._alone(orders, rows, on_time=on_time)
        listed = max(5, min(len(self.vehicles), MAX_REASONS // len(orders)))
        found = {}
        for i, order in enumerate(orders):
            columns: Iterable[int] = range(len(self.vehicles))
            if listed < len(self.vehicles):
                columns = np.sort(np.argsort(alone.rank[i], kind="stable")[:listed]).tolist()
            found[order.id] = tuple(
                VehicleReason(
                    vehicle_id=self.vehicles[k].id,
                    alike=self.alike[k],
                    code=NEAREST[alone.rank[i, k]],
                    text=self._text(order, alone, i, k, on_time=on_time),
                )
                for k in columns
            )
        return found

    def _alone(self, orders: Sequence[Order], rows: Ints, *, on_time: bool) -> _Alone:
        shape = (len(rows), len(self.columns))
        best = _Alone(
            rank=np.full(shape, RANK[Reason.OTHER_STORE], dtype=np.int64),
            store=np.zeros(shape, dtype=np.int64),
            **{name: np.zeros(shape) for name in ("leave_s", "arrive_s", "back_s", "metres", "wh", "cost")},
        )
        stocked, serves = self.problem.arrays.stocked[rows], self.problem.arrays.serves[self.columns]
        allowed = np.array(
            [[order.vehicle_ids is None or each.id in order.vehicle_ids for each in self.vehicles] for order in orders]
            if any(order.vehicle_ids is not None for order in orders)
            else np.ones(shape),
            dtype=np.bool_,
        )
        for s, store in enumerate(self.request.stores):
            columns = np.flatnonzero(serves[:, s])
            if not store.open:
                named = [i for i, order in enumerate(orders) if store.id in {order.store_id, *order.also_at}]
                where = np.ix_(np.array(named, dtype=np.int64), columns)
                best.rank[where] = np.minimum(best.rank[where], RANK[Reason.STORE_CLOSED])
                continue
            of_it = np.flatnonzero(stocked[:, s])
            if not len(of_it) or not len(columns):
                continue
            here = self._from_store(s, rows[of_it], columns, allowed[np.ix_(of_it, columns)], on_time=on_time)
            where = np.ix_(of_it, columns)
            nearer = here.rank < best.rank[where]
            for name in ("rank", "store", "leave_s", "arrive_s", "back_s", "metres", "wh", "cost"):
                into = getattr(best, name)
                into[where] = np.where(nearer, getattr(here, name), into[where])
        return best

    def _from_store(self, s: int, rows: Ints, columns: Ints, allowed: Flags, *, on_time: bool) -> _Alone:
        """Each of ``columns`` carries each of ``rows`` alone, from store ``s``."""
        a = self.problem.arrays
        order, vehicle = a.orders[rows][:, None], a.vehicles[np.array(self.columns)[columns]][None, :]
        kind, place = vehicle["kind"], order["place"]
        near, out, back = a.legs[kind, vehicle["start"], s], a.legs[kind, s, place], a.legs[kind, place, s]
        leave_s = np.maximum(vehicle["free_s"] + near[..., SECONDS], order["ready_s"])
        arrive_s = np.maximum(leave_s + out[..., SECONDS], order["early_s"])
        back_s = arrive_s + a.handover_s[kind, rows[:, None]] + back[..., SECONDS]
        metres, wh, cost = (near[..., i] + out[..., i] + back[..., i] for i in (METRES, WH, COST))
        wh = wh + order["mass_kg"] * out[..., WH_PER_KG]
        no_path = ~np.isfinite(back_s)
        late_s = np.where(no_path, 0.0, np.maximum(arrive_s - order["promise_s"], 0.0))
        in_grace_s = np.minimum(late_s, a.late[GRACE_S])
        late_cost = in_grace_s * a.late[LATE_COST] + (late_s - in_grace_s) * a.late[LATE_COST_AFTER]
        cost = cost + vehicle["trip_cost"] + order["mass_kg"] * out[..., COST_PER_KG] + order["priority"] * late_cost
        limit_s = order["promise_s"] if on_time else order["latest_s"]
        store_off = self.travel.off_map(self.travel.stores[self.request.stores[s].id])
        broken = {
            Reason.NOT_ALLOWED: ~allowed,
            Reason.GROUNDED: self.grounded[columns],
            Reason.TOO_WINDY: self.windy[columns],
            Reason.NO_ROOM: vehicle["capacity_orders"] == 0,
            Reason.TOO_HEAVY: order["mass_kg"] > vehicle["capacity_kg"] + CENT,
            Reason.TOO_BULKY: order["volume_l"] > vehicle["capacity_l"] + CENT,
            Reason.NO_BAG: vehicle["bags"] == 0,
            Reason.STORE_OFF_MAP: no_path & store_off & self.rides[columns],
            Reason.NO_LANDING: ~a.may[rows[:, None], np.array(self.columns)[columns][None, :]],
            Reason.NO_PATH: no_path,
            Reason.OUT_OF_RANGE: metres > vehicle["range_m"] + CENT,
            Reason.OUT_OF_BATTERY: wh > vehicle["battery_wh"] + CENT,
            Reason.TOO_MUCH_CARBON: wh > vehicle["wh_per_order"] + CENT,
            Reason.SHIFT_ENDS: back_s > vehicle["end_s"],
            Reason.PROMISE_MISSED: arrive_s > limit_s,
            Reason.NOT_WORTH_IT: (cost > order["unserved_cost"]) & (not on_time),
        }
        shape = (len(rows), len(columns))
        rank = np.select(
            [np.broadcast_to(flags, shape) for flags in broken.values()],
            [RANK[code] for code in broken],
            RANK[Reason.BUSY],
        )
        return _Alone(rank, np.full(shape, s), leave_s, arrive_s, back_s, metres, wh, cost)

    def _text(self, order: Order, alone: _Alone, i: int, k: int, *, on_time: bool) -> str:  # noqa: PLR0911 - one sentence a code
        vehicle, store = self.vehicles[k], self.request.stores[alone.store[i, k]]
        who = repr(vehicle.id)
        match NEAREST[alone.rank[i, k]]:
            case Reason.OTHER_STORE:
                return f"{who} rides for {_names([vehicle.store_id, *vehicle.shared_with])[:-4]}"
            case Reason.STORE_CLOSED:
                return f"{who} rides for no open store that has it"
            case Reason.NOT_ALLOWED:
                return f"{who} is not among its vehicle_ids, {list(order.vehicle_ids or ())}"
            case Reason.GROUNDED:
                return f"{who} is grounded"
            case Reason.TOO_WINDY:
                wind_mps = self.request.airspace.wind_mps if self.request.airspace else 0.0
                flies = vehicle.max_wind_mps if isinstance(vehicle, Drone) else math.inf
                return f"the wind blows at {wind_mps:g} m/s; {who} flies up to {flies:g} m/s"
            case Reason.NO_ROOM:
                return f"{who} carries no orders"
            case Reason.TOO_HEAVY:
                return f"{order.mass_kg:g} kg; {who} carries {vehicle.capacity_kg:g} kg"
            case Reason.TOO_BULKY:
                return f"{order.volume_l:g} l; {who} carries {vehicle.capacity_l:g} l"
            case Reason.NO_BAG:
                return f"{who} has no bag"
            case Reason.STORE_OFF_MAP:
                return f"no street of the map lies within reach of store {store.id!r}"
            case Reason.NO_LANDING:
                reach_m = self.request.airspace.landing_reach_m if self.request.airspace else 0.0
                return f"no landing site for {who} lies within {reach_m:g} m of the door"
            case Reason.NO_PATH:
                return f"no way for {who} from store {store.id!r} to the door and back"
            case _:
                return self._limit_text(order, alone, i, k, on_time=on_time)

    def _limit_text(self, order: Order, alone: _Alone, i: int, k: int, *, on_time: bool) -> str:
        """The sentence of a limit on a trip that could be made but for it."""
        vehicle, who = self.vehicles[k], repr(self.vehicles[k].id)
        a, row = self.problem.arrays, self.problem.arrays.vehicles[self.columns[k]]
        at = (self.request.now + timedelta(seconds=math.ceil(alone.arrive_s[i, k]))).isoformat()
        late_s = max(0.0, alone.arrive_s[i, k] - a.orders[self.rows[order.id]]["promise_s"])
        match NEAREST[alone.rank[i, k]]:
            case Reason.OUT_OF_RANGE:
                return f"{alone.metres[i, k]:.0f} m out and back; {who} flies {row['range_m']:.0f} m"
            case Reason.OUT_OF_BATTERY:
                return f"{alone.wh[i, k]:.1f} Wh out and back; the battery of {who} holds {row['battery_wh']:.1f} Wh"
            case Reason.TOO_MUCH_CARBON:
                cap_gco2e = self.request.max_gco2e_per_order or 0.0
                grams = alone.wh[i, k] * (cap_gco2e / row["wh_per_order"] if row["wh_per_order"] else 0.0)
                least = f"{grams:.2f} gCO2e" if grams else f"{alone.wh[i, k]:.1f} Wh"
                return f"{least} alone with {who}; {cap_gco2e:g} gCO2e an order are allowed"
            case Reason.SHIFT_ENDS:
                return f"{who} would be back {_minutes(alone.back_s[i, k] - row['end_s'])} after its shift ends"
            case Reason.PROMISE_MISSED:
                allowed_s = 0 if on_time else order.max_late_s
                text = f"{who} arrives at {at} at the earliest, {_minutes(late_s)} after the promise"
                return text if on_time else f"{text}; {allowed_s} s are allowed"
            case Reason.NOT_WORTH_IT:
                worth = float(a.orders[self.rows[order.id]]["unserved_cost"])
                text = f"alone with {who} it costs {alone.cost[i, k]:.2f} ({_minutes(late_s)} late)"
                return f"{text}; leaving it out costs {worth:.2f} {self.request.rates.currency}"
            case _:
                return f"{who} could take it alone and arrive at {at}, but {self._meanwhile(vehicle, alone, i, k)}"

    def _meanwhile(self, vehicle: Rider | Drone, alone: _Alone, i: int, k: int) -> str:
        """What a vehicle does while it could carry the order."""
        leaves_at = self.request.now + timedelta(seconds=float(alone.leave_s[i, k]))
        back_at = self.request.now + timedelta(seconds=float(alone.back_s[i, k]))
        busy = [
            trip for trip in self.trips.get(vehicle.id, ()) if trip.depart_at < back_at and trip.return_at > leaves_at
        ]
        if not busy:
            return "its trips in this plan leave no room that pays"
        orders = sum(len(trip.stops) for trip in busy)
        trips = busy[0].id if len(busy) == 1 else f"{busy[0].id} to {busy[-1].id}"
        return (
            f"from {busy[0].depart_at.isoformat()} to {busy[-1].return_at.isoformat()} it makes {trips} with {orders} "
            f"{'other' if orders == 1 else 'others'}"
        )


def _kinds(request: PlanRequest, problem: Problem) -> tuple[list[int], list[int]]:
    """The vehicles that differ in more than their id, by index, and for each the number of others alike."""
    arrays = problem.arrays
    wind_mps = 0.0 if request.airspace is None else request.airspace.wind_mps
    alike: dict[tuple[object, ...], list[int]] = {}
    for v, vehicle in enumerate(request.vehicles):
        flies = isinstance(vehicle, Drone) and (vehicle.grounded, wind_mps > vehicle.max_wind_mps)
        row, serves, may = arrays.vehicles[v].tobytes(), arrays.serves[v].tobytes(), arrays.may[:, v].tobytes()
        alike.setdefault((flies, row, serves, may), []).append(v)
    return [each[0] for each in alike.values()], [len(each) - 1 for each in alike.values()]


def _names(ids: Sequence[str]) -> str:
    """The store, or the stores, with these ids."""
    return f"store{'s' if len(ids) > 1 else ''} {', '.join(map(repr, ids))}"


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:.1f} min"
