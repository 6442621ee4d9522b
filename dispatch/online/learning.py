"""What a dispatcher learns from the orders it was given: where and when others like them will come.

It learns at the first plan after a restart, and at the first after each night, from the orders in its state and from
nothing else. So a replay of its log, which has the same orders at the same plans, learns the same.
"""

from datetime import date, datetime, timedelta
from itertools import chain, islice

import numpy as np

from dispatch.forecast import Forecast, ForecastError
from dispatch.forecast.history import zone_of
from dispatch.online.state import State, where_and_when
from dispatch.sphere import Floats

DAY_S = 86_400.0
ENOUGH_S = 7 * DAY_S
"""From orders of less than a week nothing is learnt: of some day of the week there would be none."""
FILLED = 0.6
"""So much of the days that are learnt from have orders: an order with a wrong date makes no history of empty days."""
REMEMBERED = timedelta(days=180)
"""Older orders count for nothing: after six half-lives a day weighs 1 % of today."""
MOST_ORDERS = 100_000
"""The latest so many: seven weeks of two thousand a day, learnt in about a second."""
NIGHT_ENDS = timedelta(hours=4)
"""After midnight, by the clock of the place."""


class Learner:
    """Learns from a state's orders, again each night.

    Args:
        state: not changed.
        timezone: whose days and quarter hours count.
    """

    def __init__(self, state: State, timezone: str) -> None:
        self._state, self._timezone, self._zone = state, timezone, zone_of(timezone)
        self._learnt_on: date | None = None
        self._forecast: Forecast | None = None

    def forget(self) -> None:
        """Learn at the next occasion."""
        self._learnt_on = None

    def forecast(self, now: datetime) -> Forecast | None:
        """What was learnt in the last night, or since the last restart; None if there was not enough to learn from."""
        day = (now.astimezone(self._zone) - NIGHT_ENDS).date()
        if day != self._learnt_on:
            self._learnt_on, self._forecast = day, self._learn(now)
        return self._forecast

    def _learn(self, now: datetime) -> Forecast | None:
        orders = (where_and_when(life.order) for life in reversed(self._state.orders.values()))
        latest = islice(chain(orders, reversed(self._state.past.values())), MOST_ORDERS)
        known = np.array(list(latest), dtype=np.float64).reshape(-1, 3)
        placed_s, now_s = known[:, 2], now.timestamp()
        known = known[(now_s - REMEMBERED.total_seconds() <= placed_s) & (placed_s < now_s)]
        points, placed_s = known[:, :2], known[:, 2]
        first_s = _history_begins_s(placed_s, now_s)
        if first_s is None:
            return None
        believed = placed_s >= first_s
        history = points[believed], placed_s[believed]
        since = datetime.fromtimestamp(first_s, now.tzinfo)
        try:
            return Forecast.fit(history, timezone=self._timezone, since=since, until=now)
        except ForecastError:  # all in one moment, or all over the world: no history to plan by
            return None


def _history_begins_s(placed_s: Floats, now_s: float) -> float | None:
    """The first order from which on enough days have orders, if that is long enough ago; else None."""
    ago = np.floor((now_s - placed_s) / DAY_S)
    days = np.unique(ago)
    filled = np.arange(1, len(days) + 1) >= FILLED * (days + 1)
    first_s = float(placed_s[ago <= days[filled].max(initial=-1.0)].min(initial=now_s))
    return first_s if now_s - first_s >= ENOUGH_S else None
