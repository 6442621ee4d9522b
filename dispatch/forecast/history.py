"""A history of orders, checked and put into arrays: what ``dispatch.forecast`` learns from."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from dispatch.faults import DispatchError
from dispatch.forecast.demand import QUARTER_S, Ints, Slots
from dispatch.sphere import Floats

History = Iterable[tuple[tuple[float, float], datetime]] | tuple[NDArray[Any], NDArray[Any]]
"""``((lon, lat), placed_at)`` of each order; or ``(n, 2)`` lon/lat and ``(n,)`` ``datetime64`` or epoch seconds."""

DAY_S = 86_400
EPOCH_DAY = datetime(1970, 1, 1, tzinfo=UTC).toordinal()
QUARTER_MIN = QUARTER_S // 60
ONE_MOMENT = 10
"""More orders than this at one and the same second are no history but a column that was filled in."""
YEAR_S = 366 * DAY_S
LONGEST_YEARS = 30
"""A longer history has a wrong date in it."""
_OFFSET = re.compile(r"([+-])(\d\d):(\d\d)")


class ForecastError(DispatchError, ValueError):
    """Raised when a history, a place or a moment cannot be what it should; the message says which, and the way out."""


def zone_of(name: str) -> tzinfo:
    """The time zone of an IANA name or an offset such as ``-03:00``.

    Raises:
        ForecastError: if there is none.
    """
    if offset := _OFFSET.fullmatch(name):
        sign, hours, minutes = offset.groups()
        if int(hours) < 24 and int(minutes) < 60:  # noqa: PLR2004 - a clock's
            away = timedelta(hours=int(hours), minutes=int(minutes))
            return timezone(-away if sign == "-" else away)
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # not found, no name of a file, or a folder
        raise ForecastError(
            f"timezone is {name!r}; give an IANA name such as 'Asia/Shanghai' or an offset such as '+08:00'"
        ) from None


def name_of(zone: str | tzinfo) -> str:
    """The name by which ``zone_of`` finds a time zone again."""
    if isinstance(zone, str):
        return zone
    return zone.key if isinstance(zone, ZoneInfo) and zone.key else datetime.now(zone).isoformat()[-6:]


def refuse_place(lon: float, lat: float, name: str) -> None:
    """Raise a ``ForecastError`` if a place is not on the globe."""
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):  # noqa: PLR2004 - degrees; NaN fails too
        raise ForecastError(
            f"{name}: ({lon}, {lat}) is not on the globe; longitude is within -180..180, latitude within -90..90, in "
            "this order"
        )


def arrays_of(history: History) -> tuple[Floats, Floats]:
    """``(n, 2)`` lon/lat and ``(n,)`` seconds since 1970 of a history's orders.

    Raises:
        ForecastError: if a place is not on the globe, a time naive, or all orders were placed in one moment.
    """
    if isinstance(history, tuple) and len(history) == 2 and isinstance(history[0], np.ndarray):  # noqa: PLR2004 - pair
        points, placed_s = _columns(*history)
    else:
        rows = list(history)
        for i, (_, placed_at) in enumerate(rows):
            if placed_at.tzinfo is None:
                raise ForecastError(
                    f"history[{i}]: placed_at {placed_at.isoformat()} has no offset; make it timezone-aware"
                )
        points = np.array([location for location, _ in rows], dtype=np.float64) if rows else np.empty((0, 2))
        placed_s = np.array([placed_at.timestamp() for _, placed_at in rows], dtype=np.float64)
    if points.ndim != 2 or points.shape[1] != 2:  # noqa: PLR2004 - a table of pairs
        raise ForecastError(f"history: locations have the shape {points.shape}; they are (n, 2), longitude first")
    on_globe = (np.abs(points) <= (180, 90)).all(axis=1) if len(points) else np.ones(0, dtype=bool)
    if not on_globe.all():
        i = int(np.argmin(on_globe))
        refuse_place(float(points[i, 0]), float(points[i, 1]), f"history[{i}]")
    if len(points) > ONE_MOMENT and placed_s.min() == placed_s.max():
        raise ForecastError(
            f"history: all {len(points)} orders were placed in the same moment, {_said(placed_s[0])}; give each order "
            "its own time"
        )
    if len(points) and placed_s.max() - placed_s.min() > LONGEST_YEARS * YEAR_S:
        raise ForecastError(
            f"history: orders from {_said(placed_s.min())} to {_said(placed_s.max())}, over {LONGEST_YEARS} years; one "
            "of them has a wrong date"
        )
    return points, placed_s


def _columns(points: NDArray[Any], placed: NDArray[Any]) -> tuple[Floats, Floats]:
    """A history that comes as arrays."""
    if placed.shape != (len(points),):
        raise ForecastError(f"history: {len(points)} locations and times of shape {placed.shape}; give one for each")
    if placed.dtype.kind == "M":
        known = ~np.isnat(placed)
        placed_s = (placed - np.datetime64(0, "s")) / np.timedelta64(1, "s")
    elif placed.dtype.kind in "iuf":
        placed_s = placed.astype(np.float64)
        known = np.isfinite(placed_s)
    else:
        raise ForecastError(f"history: times of type {placed.dtype}; give datetime64 in UTC, or seconds since 1970")
    if not known.all():
        i = int(np.argmin(known))
        raise ForecastError(f"history[{i}]: placed_at is {placed[i]}; every order has a time")
    return points.astype(np.float64), placed_s


def _said(epoch_s: float) -> str:
    return datetime.fromtimestamp(float(epoch_s), UTC).isoformat()


def period(placed_s: Floats, since: datetime | None, until: datetime | None, zone: tzinfo) -> tuple[int, int]:
    """Start and end of the observed time in seconds since 1970: as given, or whole local days around the orders.

    Raises:
        ForecastError: if a bound is naive, or nothing lies between them.
    """
    for name, bound in (("since", since), ("until", until)):
        if bound is not None and bound.tzinfo is None:
            raise ForecastError(f"{name} is {bound.isoformat()}, without an offset; make it timezone-aware")
    if since is not None and until is not None and since >= until:
        raise ForecastError(f"since is {since.isoformat()} and until {until.isoformat()}; nothing lies between them")
    start_s = int(since.timestamp()) if since else None
    end_s = int(until.timestamp()) if until else None
    if not len(placed_s):
        return start_s or 0, end_s or 0
    first, last = (datetime.fromtimestamp(float(s), zone).date() for s in (placed_s.min(), placed_s.max()))
    if start_s is None:
        start_s = int(datetime.combine(first, time(), zone).timestamp())
    if end_s is None:
        end_s = int(datetime.combine(last + timedelta(days=1), time(), zone).timestamp())
    return start_s, end_s


def slots(epoch_s: Floats | Ints, zone: tzinfo) -> Slots:
    """Local day and quarter hour of moments."""
    quarters, back = np.unique(np.asarray(epoch_s // QUARTER_S, dtype=np.int64), return_inverse=True)
    here = [datetime.fromtimestamp(epoch, zone) for epoch in (quarters * QUARTER_S).tolist()]
    day = np.array([moment.toordinal() for moment in here], dtype=np.int64) - EPOCH_DAY
    quarter = np.array([(moment.hour * 60 + moment.minute) // QUARTER_MIN for moment in here], dtype=np.int64)
    return Slots(day[back], quarter[back])
