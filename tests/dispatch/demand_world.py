"""Histories whose rates are known: what a forecast is judged by."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import h3
import numpy as np

from dispatch.forecast.demand import Floats

STORE = (-71.2463, -29.8981)
MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
QUARTER = 900


class World(NamedTuple):
    """A simulated history: orders by day, quarter hour and cell, and the rates that they were drawn from."""

    cells: list[str]
    rates: Floats  # (days, 96, cells)
    counts: Floats  # (days, 96, cells)

    def orders(self, days: int) -> tuple[Floats, Floats]:
        """The first days as a history."""
        day, quarter, cell = np.nonzero(self.counts[:days])
        times = self.counts[day, quarter, cell]
        day, quarter, cell = (np.repeat(axis, times.astype(int)) for axis in (day, quarter, cell))
        centres = np.array([h3.cell_to_latlng(name)[::-1] for name in self.cells])
        second = np.random.default_rng(9).uniform(0, QUARTER, len(day))
        return centres[cell], MONDAY.timestamp() + day * 86_400 + quarter * QUARTER + second


def world(days: int, per_day: float, seed: int, *, day_cv: float = 0.0) -> World:
    """Lunch and dinner peaks, unequal cells that each stray from the product, weekends by a third busier."""
    rng = np.random.default_rng(seed)
    cells = sorted(h3.grid_disk(h3.latlng_to_cell(STORE[1], STORE[0], 8), 3))
    quarter = np.arange(96)
    profile = np.exp(-(((quarter - 49) / 6) ** 2)) + 1.5 * np.exp(-(((quarter - 78) / 8) ** 2)) + 0.05
    share = rng.gamma(0.7, size=len(cells)) + 0.05
    own = rng.gamma(8, 1 / 8, size=(96, len(cells)))
    rates = per_day * (profile / profile.sum())[:, None] * (share / share.sum()) * own
    weekend = np.arange(days) % 7 >= 5
    busy = rng.gamma(1 / day_cv**2, day_cv**2, size=days) if day_cv else np.ones(days)
    by_day = rates * (busy * np.where(weekend, 1.3, 1.0))[:, None, None]
    return World(cells, by_day, rng.poisson(by_day).astype(float))


def quarters(first_day: int, days: int) -> Iterator[tuple[int, int, datetime]]:
    for day in range(first_day, first_day + days):
        for quarter in range(96):
            yield day, quarter, MONDAY + timedelta(days=day, seconds=QUARTER * quarter)
