"""A planner that one order or vehicle cannot stop: what the plan fails on is set aside, and the rest is planned."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import structlog

import maps
from dispatch.answer import Reason, Unserved
from dispatch.online import Dispatcher, Planner, Proposal, Setup, State, StorePlanner

TEXT = "the planner fails on this order, so it is set aside; cancel it, or correct it and place it anew"


def dispatcher_of(
    setup: Setup, networks: dict[str, maps.StreetNetwork] | None, state: State | None = None
) -> Dispatcher:
    """The dispatcher of a fleet, live or for a replay of its log, from its first event or from a later ``state``.

    Raises:
        RequestError: as ``Dispatcher`` does.
    """
    planner = StorePlanner(setup.travel, setup.rates, setup.airspace, setup.margin_s, networks=networks)
    return Dispatcher(setup, CarefulPlanner(planner), networks=networks, state=state)


class CarefulPlanner:
    """Plans as another planner does; a failure of it, which is a mistake of ours, costs what it fails on and no more.

    Orders set aside are unserved with a reason of their own until they end; vehicles set aside get no trips. What is
    set aside follows from the state alone, so a replay sets the same aside.

    Args:
        planner: the other.
    """

    def __init__(self, planner: Planner) -> None:
        self._planner = planner
        self._aside: set[str] = set()

    def forget(self) -> None:
        """As ``Planner`` has it; what was set aside is tried again."""
        self._planner.forget()
        self._aside.clear()

    def propose(self, state: State, now: datetime, work: int, enough: Callable[[], bool]) -> Proposal:
        """As ``Planner`` has it.

        Raises:
            Exception: whatever the planner raised, if no order and no vehicle is to blame for it.
        """
        try:
            proposal = self._planner.propose(self._rest(state), now, work, enough)
        except Exception:
            blamed = self._blame(self._rest(state), now)
            if not blamed:
                raise
            structlog.get_logger().exception("planner.failed", set_aside=sorted(blamed))
            self._aside |= blamed
            self._planner.forget()
            proposal = self._planner.propose(self._rest(state), now, work, enough)
        left_out = tuple(
            Unserved(order_id=order_id, code=Reason.SET_ASIDE, text=TEXT)
            for order_id in state.open_ids
            if order_id in self._aside
        )
        return proposal._replace(unserved=(*proposal.unserved, *left_out))

    def _rest(self, state: State) -> State:
        """The state without what is set aside."""
        if not self._aside:
            return state
        return _only(state, _but(state.open_ids, self._aside), _but(state.vehicles, self._aside))

    def _blame(self, state: State, now: datetime) -> set[str]:
        """What the planner fails on; a vehicle if it fails on whatever order, but not with every vehicle."""

        def fails(order_ids: Sequence[str], vehicle_ids: Sequence[str]) -> bool:
            self._planner.forget()
            try:
                self._planner.propose(_only(state, order_ids, vehicle_ids), now, 1, lambda: True)
            except Exception:  # noqa: BLE001 - it is looked for
                return True
            return False

        every_order, every_vehicle = list(state.open_ids), list(state.vehicles)
        orders = _culprits(every_order, lambda some: fails(some, every_vehicle))
        if len(orders) == len(every_order):
            vehicles = _culprits(every_vehicle, lambda some: fails(every_order, some))
            if len(vehicles) < len(every_vehicle):
                return set(vehicles)
        return set(orders)


def _only(state: State, order_ids: Sequence[str], vehicle_ids: Sequence[str]) -> State:
    vehicles = {vehicle_id: state.vehicles[vehicle_id] for vehicle_id in vehicle_ids}
    return replace(state, open_ids=dict.fromkeys(order_ids), vehicles=vehicles)


def _but(names: Mapping[str, object], without: set[str]) -> list[str]:
    return [name for name in names if name not in without]


def _culprits(names: list[str], fail: Callable[[list[str]], bool]) -> list[str]:
    """Those of ``names`` that fail alone, found by halves."""
    if not names or not fail(names):
        return []
    if len(names) == 1:
        return names
    half = len(names) // 2
    return _culprits(names[:half], fail) + _culprits(names[half:], fail)
