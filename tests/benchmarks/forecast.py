"""How right and how fast the forecast is, and how fast sites are proven: ``python -m tests.benchmarks.forecast``.

Histories are simulated, so the true rates are known: the best that any forecast could score stands beside ours, and so
does the plain mean of each cell and quarter hour (with half an order where there was none, or its score is infinite).
"""

import time
from collections.abc import Callable

import numpy as np
from scipy.stats import nbinom, poisson

import maps
from dispatch.forecast import Forecast
from dispatch.siting import DemandPoint, SitingRequest, grid, reach_s, site
from tests.dispatch.demand_world import MONDAY, STORE, quarters, world

HELD_DAYS = 28
HISTORIES = ((7, 200, 0.0), (28, 200, 0.0), (28, 2_000, 0.0), (84, 2_000, 0.0), (84, 2_000, 0.2))
"""Days learnt from, orders a day, coefficient of variation of whole days."""
SITES = ((3, 8), (5, 8), (5, 12), (10, 12), (20, 12))
"""Stores to choose, minutes."""


def calibration(days: int, per_day: float, day_cv: float) -> None:
    data = world(days + HELD_DAYS, per_day, 1, day_cv=day_cv)
    begun = time.perf_counter()
    forecast = Forecast.fit(data.orders(days), timezone="UTC")
    fit_s = time.perf_counter() - begun
    rng = np.random.default_rng(2)
    place, ours, plain, best = [], 0.0, 0.0, 0.0
    known = [data.cells.index(cell) for cell in forecast.cells]
    mean_before = np.maximum(data.counts[:days].mean(axis=0), 0.5 / days)[:, known]
    for day, quarter, moment in quarters(days, HELD_DAYS):
        whole, seen = forecast.demand(moment), int(data.counts[day, quarter].sum())
        place.append(whole.probability(np.arange(seen)).sum() + rng.random() * float(whole.probability(seen)))
        counts = data.counts[day, quarter, known]
        mean, size = np.array([forecast.demand(moment, [cell]) for cell in forecast.cells]).T
        ours -= float(nbinom.logpmf(counts, size, size / (size + mean)).sum())
        plain -= float(poisson.logpmf(counts, mean_before[quarter]).sum())
        best -= float(poisson.logpmf(counts, data.rates[day, quarter, known]).sum())
    orders = data.counts[days:].sum()
    inside = [np.mean(np.abs(np.array(place) - 0.5) < level / 2) for level in (0.8, 0.95)]
    print(
        f"{days:3} days of {per_day:5,} orders, days stray by {day_cv:3.0%}: 80 % interval holds {inside[0]:.1%}, "
        f"95 % {inside[1]:.1%}; log score an order {ours / orders:.3f}, plain mean {plain / orders:.3f}, the truth "
        f"{best / orders:.3f}; learnt in {fit_s * 1000:,.0f} ms"
    )


def microseconds(work: Callable[[], object], times: int = 20_000) -> float:
    work()
    begun = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - begun) / times * 1e6


def speed() -> None:
    forecast = Forecast.fit(world(84, 2_000, 1).orders(84), timezone="America/Santiago")
    at, some = MONDAY.replace(hour=22), forecast.cells[:20]
    for label, work in {
        "expected, everywhere": lambda: forecast.expected(at, 900),
        "expected, 20 cells": lambda: forecast.expected(at, 900, some),
        "near, 1 km": lambda: forecast.near(STORE, 1_000, at, 900),
        "near, 3 km": lambda: forecast.near(STORE, 3_000, at, 900),
    }.items():
        print(f"{label:24}{microseconds(work):6.1f} us")


def siting() -> None:
    places, people = maps.bundled_people().along(maps.bundled_map())
    demand = [
        DemandPoint(location=(lon, lat), weight=weight)
        for (lon, lat), weight in zip(places.tolist(), people.tolist(), strict=True)
    ]
    candidates = grid(demand, 1_000)
    for k, minutes in SITES:
        asked = SitingRequest(candidates=candidates, demand=demand, k=k, minutes=minutes)
        begun = time.perf_counter()
        seconds = reach_s(asked)
        reached = time.perf_counter()
        found = site(asked, seconds)
        print(
            f"{k:2} of {len(candidates)} sites, {len(demand):,} demand points, {minutes} minutes: {found.share:.1%} "
            f"reached, {'proven' if found.proven else f'at most {found.bound / found.demand:.1%}'}; times "
            f"{reached - begun:.1f} s, choice {time.perf_counter() - reached:.1f} s"
        )


if __name__ == "__main__":
    for history in HISTORIES:
        calibration(*history)
    speed()
    siting()
