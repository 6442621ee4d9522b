"""Hold or go: whether a trip that could leave now waits for orders that may still join it.

A trip that waits may take one more order along that would else cost a trip of its own; its customers get their goods
later, though never later than promised, and its vehicle is not there for others meanwhile. The rule looks one stage
ahead, as is optimal for stopping a stream whose offers only get worse (Chow and Robbins 1961): wait while the next
moment is expected to save more than it costs, and never beyond the last moment that keeps every promise.
"""

from datetime import datetime, timedelta
from itertools import islice
from typing import Annotated

import numpy as np
from pydantic import Field

from dispatch.answer import VehicleKind
from dispatch.forecast import Forecast
from dispatch.online.planner import Proposal, Proposed
from dispatch.online.state import State
from dispatch.record import Location, NotNegative, Record, Whole, seconds_after
from dispatch.request import Rates
from dispatch.sphere import great_circle_m

RECENT = timedelta(minutes=30)
"""Without a forecast, orders are expected to come as they came in so long."""
MOST_RECENT = 1_000
"""Of the latest so many."""
AHEAD_S = 900.0
"""How far a forecast is looked at."""


class Patience(Record):
    """How a dispatcher waits.

    Attributes:
        guard_s: a trip goes so much before the last moment that keeps its promises.
        join_radius_m: an order may join a trip if it is this near to its stops.
        busy: no trip waits while the work that comes in fills more than this part of the vehicles' time.
        wait_cost_per_min: what a minute of waiting costs for each order on board, in the currency of the rates.
        swap: full trips wait as well, for orders that go better with them than one on board, which then goes with
            others. Worth about 2 % of the cost where vehicles are at hand, for orders that arrive later.
    """

    guard_s: Whole = 60
    join_radius_m: NotNegative = 800.0
    busy: Annotated[float, Field(ge=0, le=10)] = 0.9
    wait_cost_per_min: NotNegative = 0.02
    swap: bool = False


class Outlook:
    """What is expected to come while the trips of one proposal could wait.

    Args:
        patience: how to wait.
        rates: the prices.
        state: not changed.
        proposal: the trips, for the work that an order makes.
        forecast: of demand; None for what came lately.
        now: the clock.
    """

    def __init__(
        self,
        patience: Patience,
        rates: Rates,
        state: State,
        proposal: Proposal,
        forecast: Forecast | None,
        now: datetime,
    ) -> None:
        self._patience, self._rates, self._state, self._now = patience, rates, state, now
        self._forecast: Forecast | None = forecast
        latest = (
            life.order for life in islice(reversed(state.orders.values()), MOST_RECENT if forecast is None else 0)
        )
        recent = [order for order in latest if now - RECENT < order.placed_at <= now]
        self._recent = np.array([order.location for order in recent], dtype=np.float64).reshape(-1, 2)
        self._recent_ids = {order.id for order in recent}
        work_s = sum(seconds_after(each.go_at, each.trip.return_at) for each in proposal.trips)
        stops = sum(len(each.trip.stops) for each in proposal.trips)
        vehicles = len(state.ready_vehicles)
        load = self._per_s() * work_s / stops / vehicles if stops and vehicles else 0.0
        self.busy = load > patience.busy

    def until(self, proposed: Proposed) -> datetime:
        """When a trip should go; ``now`` or before if at once."""
        hurried = any(self._state.orders[stop.order_id].hurried for stop in proposed.trip.stops)
        if self.busy or hurried or (proposed.full and not self._patience.swap):
            return proposed.go_at
        latest_at = proposed.latest_at - timedelta(seconds=self._patience.guard_s)
        if latest_at <= self._now:
            return proposed.go_at
        trip, rates = proposed.trip, self._rates
        rides = trip.vehicle_kind is VehicleKind.RIDER
        per_h = rates.rider_cost_per_h if rides else rates.drone_cost_per_h
        per_km = rates.rider_cost_per_km if rides else rates.drone_cost_per_km
        share = (trip.travel_s / 3600 * per_h + trip.distance_m / 1000 * per_km) / len(trip.stops)
        orders = [self._state.orders[stop.order_id].order for stop in trip.stops]
        doors = [order.location for order in orders]
        # Those on board came lately themselves, and will not come again.
        own = 0 if self._forecast is not None else sum(order.id in self._recent_ids for order in orders)
        saved_per_s = max(self._per_s(doors) - own / RECENT.total_seconds(), 0.0) * share
        lost_per_s = len(doors) * self._patience.wait_cost_per_min / 60
        return latest_at if saved_per_s > lost_per_s else proposed.go_at

    def _per_s(self, doors: list[Location] | None = None) -> float:
        """Orders expected each second, near ``doors`` or anywhere."""
        if doors is None:
            if self._forecast is not None:
                return self._forecast.expected(self._now, AHEAD_S) / AHEAD_S
            return len(self._recent) / RECENT.total_seconds()
        points = np.array(doors, dtype=np.float64)
        centre = points.mean(axis=0)
        radius_m = float(great_circle_m(centre[None, :], points).max()) + self._patience.join_radius_m
        if self._forecast is not None:
            lon, lat = centre.tolist()
            return self._forecast.near((lon, lat), radius_m, self._now, AHEAD_S) / AHEAD_S
        return float((great_circle_m(centre[None, :], self._recent) <= radius_m).sum()) / RECENT.total_seconds()
