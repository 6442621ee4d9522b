"""The planner of couriers who roam: no way back, each trip begins where the last order was handed over."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from typing import Annotated, NamedTuple

import numpy as np
from pydantic import Field

from dispatch.answer import Reason, Unserved
from dispatch.couriers.board import COURIER, ORDER, PRICES, Ways, make_board
from dispatch.couriers.search import Course, solve
from dispatch.couriers.timing import Snapshot, timed
from dispatch.engines.kernel import Floats
from dispatch.online.planner import Proposal, Proposed
from dispatch.online.state import SOON, OrderLife, State, VehicleLife
from dispatch.record import NotNegative, Record, Whole, seconds_after
from dispatch.request import Order, Rider

TEXTS = {
    Reason.OFF_MAP: "no way is known to its door or its store",
    Reason.STORE_CLOSED: "its store is closed, or has it no more",
    Reason.NO_VEHICLE: "no courier is on duty any more",
    Reason.SHIFT_ENDS: "no courier can pick it up before its shift ends",
    Reason.BUSY: "every courier that could pick it up carries other orders until its shift ends",
}


class CourierRules(Record):
    """What couriers do and earn, and what counts beside the time from click to door.

    Attributes:
        pickup_s: at the pick-up place; half before the pick-up, half after it.
        pay_per_order: for each order.
        pay_per_h: what a courier earns at least for each hour of its shift.
        left_out_s: leaving an order out is as bad as a customer's waiting so long.
        astray: what a second's ride between where a courier is left and where the next order is to be expected counts,
            against a second of a customer's waiting.
        fade_s: in the last so many seconds of its shift, where a courier is left counts less and less.
        overpaid_s: an order that earns its courier more than is guaranteed is as bad as so long a wait.
    """

    pickup_s: Whole = 240
    pay_per_order: NotNegative = 10.0
    pay_per_h: NotNegative = 15.0
    left_out_s: NotNegative = 14_400.0
    astray: NotNegative = 0.2
    fade_s: Annotated[float, Field(gt=0)] = 3_600.0
    overpaid_s: NotNegative = 0.0


class _Foreseen(NamedTuple):
    """A proposal, and what the next state looks like if nothing happens but what it says.

    Attributes:
        courses: by courier, its trips, each with the ids of its orders.
        orders: by id, all that were open and could be filled.
        couriers: by id, when and after which order each is free: as it was, or after its first trip.
    """

    courses: dict[str, tuple[tuple[str, ...], ...]]
    orders: dict[str, Order]
    couriers: dict[str, tuple[tuple[datetime, str | None], ...]]


@dataclass
class CourierPlanner:
    """Plans the open orders of all pick-up places for all couriers at once, for the least time from click to door.

    An order is picked up at the first of its stores that is open. A trip may begin until the courier's shift ends and
    may end after it. A courier sets off only as early as it must to be there when the goods are ready, so that the plan
    stays free to change until then. Drones are left aside.

    Attributes:
        ways: between all pick-up places, orders and the places where couriers begin, by id.
        rules: what couriers do and earn, and what counts.
        seed: of the search.
    """

    ways: Ways
    rules: CourierRules = field(default_factory=CourierRules)
    seed: int = 0
    _last: _Foreseen = field(default_factory=lambda: _Foreseen({}, {}, {}))

    def propose(self, state: State, now: datetime, work: int, enough: Callable[[], bool]) -> Proposal:
        """As ``dispatch.online.Planner`` has it; begins with what is left of the last proposal.

        Where nothing happened since but what that proposal foresaw, there is nothing to search: it stands.
        """
        lives, stores, unserved = [], [], []
        for life in state.open_orders:
            store_id = _store_of(state, life)
            if not self.ways.know(life.order.id, store_id or life.order.id):
                unserved.append(_unserved(life, Reason.OFF_MAP))
            elif store_id is None:
                unserved.append(_unserved(life, Reason.STORE_CLOSED))
            else:
                lives.append(life)
                stores.append(store_id)
        couriers = [life for life in state.ready_vehicles if self._on(life, now)]
        if not lives or not couriers:
            self.forget()
            return Proposal((), (*unserved, *(_unserved(life, Reason.NO_VEHICLE) for life in lives)))
        snapshot = self._snapshot(state, now, lives, stores, couriers)
        index = {life.order.id: i for i, life in enumerate(lives)}
        start = [_still_open(self._last.courses.get(life.vehicle.id, ()), index) for life in couriers]
        rounds = 0 if self._foresaw(lives, couriers) else work
        courses = solve(snapshot.board, start, rounds, self.seed, enough)
        proposed = [timed(snapshot, self.ways, self.rules.pickup_s, now, c, course) for c, course in enumerate(courses)]
        self._last = _foreseen(snapshot, courses, proposed)
        carried = {o for course in courses for trip in course for o in trip}
        for o, life in enumerate(lives):
            if o not in carried:
                never = not np.isfinite(snapshot.board.floor_s[o, 0])
                unserved.append(_unserved(life, Reason.SHIFT_ENDS if never else Reason.BUSY))
        return Proposal(tuple(chain.from_iterable(proposed)), tuple(unserved))

    def forget(self) -> None:
        """As ``dispatch.online.Planner`` has it."""
        self._last = _Foreseen({}, {}, {})

    def _foresaw(self, lives: list[OrderLife], couriers: list[VehicleLife]) -> bool:
        """Whether the last proposal knew these orders, and foresaw where and when its couriers are free."""
        last = self._last
        here = {life.vehicle.id for life in couriers}
        return (
            all(last.orders.get(life.order.id) is life.order for life in lives)
            and all((life.free_at, life.last_order_id) in last.couriers.get(life.vehicle.id, ()) for life in couriers)
            and here.issuperset(last.courses)
        )

    def _on(self, life: VehicleLife, now: datetime) -> bool:
        """Whether a vehicle is a courier of known whereabouts that may still pick something up."""
        end_at = life.vehicle.shift_end_at
        in_time = end_at is None or end_at >= _free_at(life, now)
        return in_time and isinstance(life.vehicle, Rider) and self.ways.know(_place(life))

    def _snapshot(
        self, state: State, now: datetime, lives: list[OrderLife], stores: list[str], couriers: list[VehicleLife]
    ) -> Snapshot:
        picks = sorted(set(stores))
        orders = np.zeros(len(lives), dtype=ORDER)
        orders["pick"] = np.searchsorted(picks, stores)
        for row, life in zip(orders, lives, strict=True):
            row["placed_s"] = seconds_after(now, life.order.placed_at)
            row["ready_s"] = seconds_after(now, life.order.ready_at)
            row["half_s"] = life.order.handover_s / 2
        at_hand = np.zeros(len(couriers), dtype=COURIER)
        for row, courier in zip(at_hand, couriers, strict=True):
            row["free_s"] = seconds_after(now, _free_at(courier, now))
            end_at = courier.vehicle.shift_end_at
            row["off_s"] = np.inf if end_at is None else seconds_after(now, end_at)
            row["spare"] = self._spare(courier)
            row["capacity"] = courier.vehicle.capacity_orders
        rules = self.rules
        prices = np.array(
            [(rules.left_out_s, rules.astray, rules.overpaid_s, rules.fade_s, rules.pickup_s / 2)], dtype=PRICES
        )
        board = make_board(
            orders,
            at_hand,
            prices,
            self.ways,
            doors=self.ways.rows([life.order.id for life in lives]),
            picks=self.ways.rows(picks),
            starts=self.ways.rows([_place(life) for life in couriers]),
            astray_s=self._astray_s(state),
        )
        return Snapshot(board, lives, couriers, [state.stores[store_id] for store_id in picks])

    def _spare(self, life: VehicleLife) -> float:
        """Orders that a courier may still carry before it earns more than is guaranteed; inf if none is promised."""
        begin_at, end_at = life.vehicle.free_at, life.vehicle.shift_end_at
        if begin_at is None or end_at is None or self.rules.pay_per_order == 0:
            return np.inf
        guaranteed = seconds_after(begin_at, end_at) / 3600 * self.rules.pay_per_h
        return float(guaranteed // self.rules.pay_per_order - life.orders)

    def _astray_s(self, state: State) -> Floats:
        """Mean seconds from each place to the pick-up places, ``(places,)``, by how many orders each has had so far.

        Each pick-up place counts as half an order besides.
        """
        had = dict.fromkeys((store_id for store_id in state.stores if self.ways.know(store_id)), 0.5)
        for life in state.orders.values():
            if life.order.store_id in had:
                had[life.order.store_id] += 1
        weights = np.array(list(had.values()))
        mean_s: Floats = self.ways.seconds[:, self.ways.rows(list(had))] @ (weights / weights.sum())
        return mean_s


def _foreseen(snapshot: Snapshot, courses: list[Course], proposed: list[list[Proposed]]) -> _Foreseen:
    ids = [life.order.id for life in snapshot.orders]
    couriers = {}
    for life, trips in zip(snapshot.couriers, proposed, strict=True):
        next_free = [(each.trip.return_at, each.trip.stops[-1].order_id) for each in trips[:1]]
        couriers[life.vehicle.id] = ((life.free_at, life.last_order_id), *next_free)
    return _Foreseen(
        courses={
            life.vehicle.id: tuple(tuple(ids[o] for o in trip) for trip in course)
            for life, course in zip(snapshot.couriers, courses, strict=True)
            if course
        },
        orders={life.order.id: life.order for life in snapshot.orders},
        couriers=couriers,
    )


def _store_of(state: State, life: OrderLife) -> str | None:
    """The first store that is open and can fill an order."""
    return next((each for each in life.stores if each in state.stores and state.stores[each].open), None)


def _place(life: VehicleLife) -> str:
    """Where a courier is next free: at the door of its last order, or where it began."""
    return life.last_order_id or life.vehicle.id


def _free_at(life: VehicleLife, now: datetime) -> datetime:
    """When a courier can set off next. One that should be free and has not said so will be soon."""
    if life.trip_id is not None and life.free_at < now:
        return now + SOON
    return max(life.free_at, now)


def _still_open(course: Sequence[Sequence[str]], index: dict[str, int]) -> Course:
    """What is left of a course, by the places of its orders among the open ones."""
    trips = (tuple(index[order_id] for order_id in trip if order_id in index) for trip in course)
    return tuple(trip for trip in trips if trip)


def _unserved(life: OrderLife, code: Reason) -> Unserved:
    return Unserved(order_id=life.order.id, code=code, text=TEXTS[code])
