"""What all words of dispatch have in common: frozen, no unknown fields, numbers and moments that are what they say.

Times are timezone-aware; coordinates are ``(lon, lat)`` in WGS 84, as GeoJSON has them.
"""

import re
from datetime import datetime, timedelta, timezone
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import TzInfo

FIRST_YEAR, LAST_YEAR = 1970, 2200
MINUTE = timedelta(minutes=1)
NUMBER = re.compile(r"\s*[+-]?[\d.]+\s*")


def _number(value: object) -> object:
    """Refuse the booleans and strings that pydantic would turn into numbers; 2.0 may still be the integer 2."""
    if isinstance(value, bool | str):
        raise ValueError("must be a number, not a boolean or a string")
    return value


def _moment(value: object) -> object:
    """Refuse bare numbers, in a string too, which pydantic would read as seconds since 1970."""
    if isinstance(value, int | float) or (isinstance(value, str) and NUMBER.fullmatch(value)):
        raise ValueError("must be an ISO 8601 time with an offset, such as 2026-03-06T19:00:00+08:00")
    return value


def _in_our_time(moment: datetime) -> datetime:
    """Keep away from the ends of the calendar, where adding a shift to a time would leave it."""
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise ValueError(f"the year {moment.year} is outside {FIRST_YEAR}..{LAST_YEAR}")
    return moment


def _as_read_back(moment: datetime) -> datetime:
    """Fix a moment to its own offset, in whole minutes, as JSON has it.

    Seconds after a moment of a zone that changes its clocks are counted by the wall, and would differ from those of the
    same moment read from a log.
    """
    offset = moment.utcoffset()
    if isinstance(moment.tzinfo, TzInfo) or offset is None:
        return moment
    return moment.astimezone(timezone(offset // MINUTE * MINUTE))


def _on_earth(location: tuple[float, float]) -> tuple[float, float]:
    """Check that a ``(lon, lat)`` pair lies on the globe; name a swap, the usual cause."""
    lon, lat = location
    if not -180 <= lon <= 180:  # noqa: PLR2004 - degrees
        raise ValueError(f"longitude {lon} is outside -180..180; locations are [longitude, latitude]")
    if not -90 <= lat <= 90:  # noqa: PLR2004 - degrees
        raise ValueError(f"latitude {lat} is outside -90..90; locations are [longitude, latitude]")
    return location


Number = Annotated[float, BeforeValidator(_number), Field(allow_inf_nan=False)]
Positive = Annotated[Number, Field(gt=0, le=1e9)]
NotNegative = Annotated[Number, Field(ge=0, le=1e9)]
MOST_S = 1e7
"""116 days; what is said to take longer is a slip."""
Seconds = Annotated[Number, Field(ge=0, le=MOST_S)]
Whole = Annotated[int, BeforeValidator(_number), Field(ge=0, le=10_000_000)]
Count = Annotated[int, BeforeValidator(_number), Field(ge=0, le=1_000)]
Moment = Annotated[AwareDatetime, BeforeValidator(_moment), AfterValidator(_in_our_time), AfterValidator(_as_read_back)]
Reckoned = Annotated[AwareDatetime, BeforeValidator(_moment)]
"""A moment that follows from others, and may lie beyond the years that these are in."""
Location = Annotated[tuple[Number, Number], AfterValidator(_on_earth)]
Id = Annotated[str, Field(min_length=1, max_length=100)]
TripId = Annotated[str, Field(min_length=1, max_length=110)]
"""A vehicle's id and the number of its trip, such as ``rider-1/3``."""


class Record(BaseModel):
    """Base of every model here: frozen, and a misspelt field is an error rather than a silent default."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def seconds_after(now: datetime, moment: datetime) -> float:
    """Seconds from ``now`` to ``moment``; negative if it is past."""
    return (moment - now).total_seconds()
