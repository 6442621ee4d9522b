"""The demand forecast: how many orders to expect, where and when, and how sure that is.

    forecast = Forecast.fit(history, timezone="America/Santiago")
    forecast.near(store, 3_000, now, 15 * 60)

Places are H3 cells (https://h3geo.org), times quarter hours of the local day; how it learns stands in ``.demand``.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Self, cast

import h3
import numpy as np

from dispatch.forecast import document
from dispatch.forecast.cells import disks, refuse_cell, ring, within
from dispatch.forecast.demand import QUARTER_S, QUARTERS, WEEKEND, Demand, Tally, intervals, posterior, tally
from dispatch.forecast.history import (
    DAY_S,
    ForecastError,
    History,
    arrays_of,
    name_of,
    period,
    refuse_place,
    slots,
    zone_of,
)
from dispatch.sphere import Floats

HALF_LIFE_DAYS = 28.0
"""After four weeks a day counts half; a long history is then worth 81 days, by Kish's effective number."""
MOST_CELLS = 20_000
"""Beyond this the tables of a forecast no longer fit a worker's memory beside everything else."""


@dataclass(frozen=True, eq=False)
class Forecast:
    """Expected orders by cell and quarter hour. Make one with ``fit``; it pickles, and goes through JSON unchanged.

    A forecast from no history has no cells and expects nothing anywhere: a new store plans as if no order came.
    A cell from which no order ever came expects none.

    Attributes:
        timezone: IANA name, or an offset such as ``-03:00``: whose days these are.
        resolution: H3 resolution of the cells; 8 is hexagons of 0.7 km2.
        cells: ``c`` cells from which orders came, sorted.
        tally: what the history says.
    """

    timezone: str
    resolution: int
    cells: tuple[str, ...]
    tally: Tally
    _zone: tzinfo = field(init=False, repr=False)
    _index: dict[str, int] = field(init=False, repr=False)
    # Figures of each quarter hour: of each cell (t, 96, c), and of what all cells share (t, 96).
    _mean: Floats = field(init=False, repr=False)
    _shape: Floats = field(init=False, repr=False)
    _stray: Floats = field(init=False, repr=False)
    # Sums from midnight until a quarter hour: of each cell (t, 97, c) and of all (t, 97).
    _until: Floats = field(init=False, repr=False)
    _total: list[list[float]] = field(init=False, repr=False)
    # Cells as disks of their area.
    _centres: Floats = field(init=False, repr=False)
    _radii_m: Floats = field(init=False, repr=False)

    def __post_init__(self) -> None:
        mean, shape, stray = posterior(self.tally.counts, self.tally.exposure)
        until = np.concatenate((np.zeros_like(mean[:, :1]), np.cumsum(mean, axis=1)), axis=1)
        centres, radii_m = disks(self.cells)
        for array in (self.tally.counts, self.tally.exposure, mean, shape, stray, until, centres, radii_m):
            array.setflags(write=False)
        derived = {
            "_zone": zone_of(self.timezone),
            "_index": {cell: i for i, cell in enumerate(self.cells)},
            "_mean": mean,
            "_shape": shape,
            "_stray": stray + self.tally.day_variance,
            "_until": until,
            "_total": until.sum(axis=2).tolist(),
            "_centres": centres,
            "_radii_m": radii_m,
        }
        for name, value in derived.items():
            object.__setattr__(self, name, value)

    def __reduce__(self) -> tuple[type[Self], tuple[object, ...]]:
        """Pickle the history's figures; the rest follows from them."""
        return type(self), (self.timezone, self.resolution, self.cells, self.tally)

    @classmethod
    def fit(
        cls,
        history: History,
        *,
        timezone: str | tzinfo,
        resolution: int = 8,
        half_life_days: float = HALF_LIFE_DAYS,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Self:
        """Learn from orders that were placed.

        Args:
            history: the orders, in any order.
            timezone: whose quarter hours, days and weekends count.
            resolution: H3 resolution, 0 to 15.
            half_life_days: after so many days a day counts half.
            since: start of the observed time (default: midnight before the first order). Orders before it are left out.
            until: end of the observed time (default: midnight after the last order). Orders from then on are left out.

        Raises:
            ForecastError: if a place is not on the globe, a time is naive, all orders were placed in one moment, or a
                parameter is none.
        """
        name = name_of(timezone)
        zone = zone_of(name)
        if not 0 <= resolution <= 15:  # noqa: PLR2004 - H3's resolutions
            raise ForecastError(f"resolution is {resolution}; H3 has the resolutions 0 to 15")
        if not 0 < half_life_days < np.inf:
            raise ForecastError(f"half_life_days is {half_life_days}; it must be a positive number of days")
        points, placed_s = arrays_of(history)
        start_s, end_s = period(placed_s, since, until, zone)
        kept = (placed_s >= start_s) & (placed_s < end_s)
        points, placed_s = points[kept], placed_s[kept]
        if not len(points):
            return cls(name, resolution, (), Tally(np.zeros((1, QUARTERS, 0)), np.zeros((1, QUARTERS)), 0.0))
        found = [h3.latlng_to_cell(lat, lon, resolution) for lon, lat in points.tolist()]
        cells, index = np.unique(found, return_inverse=True)
        if len(cells) > MOST_CELLS:
            raise ForecastError(
                f"resolution is {resolution}: the history lies in {len(cells)} cells, more than {MOST_CELLS}; take a "
                "coarser resolution"
            )
        observed = np.arange(start_s // QUARTER_S, -(-end_s // QUARTER_S), dtype=np.int64) * QUARTER_S
        learnt = tally(slots(placed_s, zone), index, len(cells), slots(observed, zone), half_life_days)
        return cls(name, resolution, tuple(cells.tolist()), learnt)

    def to_json(self) -> str:
        """The forecast as a JSON document; ``from_json`` gives the same forecast back."""
        return document.written(self.timezone, self.resolution, self.cells, self.tally)

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Read what ``to_json`` wrote.

        Raises:
            RequestError: if the document is no JSON, or lacks a field.
            ForecastError: if it is of another version or contradicts itself.
        """
        return cls(*document.read(text))

    def cell(self, location: tuple[float, float]) -> str:
        """The cell that a ``(lon, lat)`` lies in, whether or not orders came from it.

        Raises:
            ForecastError: if the location is not on the globe.
        """
        lon, lat = location
        refuse_place(lon, lat, "location")
        return cast("str", h3.latlng_to_cell(lat, lon, self.resolution))

    def expected(self, start: datetime, seconds: float, cells: Iterable[str] | None = None) -> float:
        """Expected orders placed from ``start`` on for so many seconds by the wall clock.

        Args:
            start: with its offset.
            seconds: how long.
            cells: only there (default: everywhere).

        Raises:
            ForecastError: if ``start`` is naive, ``seconds`` negative, or a cell none of this resolution.
        """
        if cells is not None:
            return float(self.by_cell(start, seconds)[self._columns(cells)].sum())
        return sum((_between(self._total[kind], begin, end) for kind, begin, end in self._spans(start, seconds)), 0.0)

    def by_cell(self, start: datetime, seconds: float) -> Floats:
        """``(c,)`` expected orders of each of ``cells`` from ``start`` on for so many seconds by the wall clock.

        Raises:
            ForecastError: if ``start`` is naive, or ``seconds`` negative.
        """
        orders = np.zeros(len(self.cells))
        for kind, begin, end in self._spans(start, seconds):
            until = self._until[kind]
            i, j = min(int(begin), QUARTERS - 1), min(int(end), QUARTERS - 1)
            orders += until[j] + (end - j) * (until[j + 1] - until[j])
            orders -= until[i] + (begin - i) * (until[i + 1] - until[i])
        return orders

    def near(self, location: tuple[float, float], radius_m: float, start: datetime, seconds: float) -> float:
        """Expected orders within a radius of a point.

        A cell counts by the share of it inside the disk, taken as the overlap of two disks: a cell's demand is spread
        evenly over the disk of its area.

        Args:
            location: ``(lon, lat)``.
            radius_m: metres.
            start: with its offset.
            seconds: how long from then on, by the wall clock.

        Raises:
            ForecastError: if the location is not on the globe, ``start`` naive, or a length negative.
        """
        lon, lat = location
        refuse_place(lon, lat, "location")
        if not radius_m >= 0:
            raise ForecastError(f"radius_m is {radius_m}; it must be zero or more metres")
        total = 0.0
        if len(self.cells):
            for kind, begin, end in self._spans(start, seconds):
                until = self._until[kind]
                total += within(
                    float(lon), float(lat), float(radius_m), self._centres, self._radii_m, until, begin, end
                )
        return total

    def demand(self, start: datetime, cells: Iterable[str] | None = None) -> Demand:
        """The distribution of orders in the quarter hour that ``start`` lies in.

        What all cells share (busy days, and what is not known of the day's profile) widens it as one. A sum of cells is
        given as the negative binomial of its mean and variance.

        Raises:
            ForecastError: as ``expected``.
        """
        kind, quarter = self._slot(start)
        columns = slice(None) if cells is None else self._columns(cells)
        mean, shape = self._mean[kind, quarter, columns], self._shape[kind, quarter, columns]
        own = float((mean**2 / shape).sum())
        total = float(mean.sum())
        extra = own + float(self._stray[kind, quarter]) * (own + total**2)
        return Demand(total, total**2 / extra if extra > 0 else np.inf)

    def interval(self, start: datetime, cells: Iterable[str] | None = None, level: float = 0.8) -> tuple[int, int]:
        """Fewest and most orders to expect in the quarter hour that ``start`` lies in, at least ``level`` of the time.

        Raises:
            ForecastError: as ``expected``.
            ValueError: if ``level`` is not between 0 and 1.
        """
        return self.demand(start, cells).interval(level)

    def heat_map(self, start: datetime, *, level: float = 0.8, at_least: float = 0.0) -> dict[str, Any]:
        """The quarter hour that ``start`` lies in as a GeoJSON FeatureCollection (RFC 7946) of hexagons.

        Properties: ``cell``, ``expected``, ``low`` and ``high`` (the interval of ``level``); the collection's own say
        from when until when, and the level.

        Args:
            start: with its offset.
            level: share of outcomes inside the interval.
            at_least: cells that expect fewer orders are left out.

        Raises:
            ForecastError: if ``start`` is naive.
            ValueError: if ``level`` is not between 0 and 1.
        """
        kind, quarter = self._slot(start)
        mean, shape = self._mean[kind, quarter], self._shape[kind, quarter]
        size = 1 / (1 / shape + self._stray[kind, quarter] * (1 + 1 / shape))
        low, high = intervals(mean, size, level)
        begin = start.astimezone(self._zone).replace(minute=quarter % 4 * 15, second=0, microsecond=0)
        end = (begin.astimezone(UTC) + timedelta(seconds=QUARTER_S)).astimezone(self._zone)  # clocks may change there
        features = [
            {
                "type": "Feature",
                "properties": {
                    "cell": self.cells[i],
                    "expected": round(float(mean[i]), 4),
                    "low": int(low[i]),
                    "high": int(high[i]),
                },
                "geometry": {"type": "Polygon", "coordinates": [ring(self.cells[i])]},
            }
            for i in np.flatnonzero(mean >= at_least).tolist()
        ]
        return {
            "type": "FeatureCollection",
            "properties": {
                "from": begin.isoformat(),
                "until": end.isoformat(),
                "level": level,
            },
            "features": features,
        }

    def _columns(self, cells: Iterable[str]) -> list[int]:
        """Where known cells stand; those without orders are passed over, each counts once."""
        columns = []
        for cell in dict.fromkeys(cells):
            column = self._index.get(cell)
            if column is None:
                refuse_cell(cell, self.resolution, "cells")
            else:
                columns.append(column)
        return columns

    def _local(self, start: datetime) -> tuple[int, float]:
        """Weekday and second of the local day."""
        if start.tzinfo is None:
            raise ForecastError(f"start is {start.isoformat()}, without an offset; make it timezone-aware")
        here = start.astimezone(self._zone)
        return here.weekday(), here.hour * 3600 + here.minute * 60 + here.second + here.microsecond / 1e6

    def _kind(self, weekday: int) -> int:
        return len(self._total) - 1 if weekday >= WEEKEND else 0

    def _slot(self, start: datetime) -> tuple[int, int]:
        weekday, second = self._local(start)
        return self._kind(weekday), int(second // QUARTER_S)

    def _spans(self, start: datetime, seconds: float) -> Iterator[tuple[int, float, float]]:
        """A time span day by day: kind of day, from and until in quarter hours since its midnight."""
        if not 0 <= seconds < np.inf:
            raise ForecastError(f"seconds is {seconds}; a time span is zero or more seconds")
        weekday, begin = self._local(start)
        end = begin + seconds
        while end > begin:
            yield self._kind(weekday % 7), begin / QUARTER_S, min(end, DAY_S) / QUARTER_S
            weekday, begin, end = weekday + 1, 0.0, end - DAY_S


def _between(until: list[float], begin: float, end: float) -> float:
    """What adds up between two moments of a day, both in quarter hours; linear within each."""
    i, j = min(int(begin), QUARTERS - 1), min(int(end), QUARTERS - 1)
    return until[j] + (end - j) * (until[j + 1] - until[j]) - until[i] - (begin - i) * (until[i + 1] - until[i])
