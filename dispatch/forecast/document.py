"""A forecast's JSON form: the weighted counts that everything else follows from."""

import numpy as np
from pydantic import ValidationError

from dispatch.faults import RequestError, faults_of
from dispatch.forecast.cells import refuse_cell
from dispatch.forecast.demand import QUARTERS, Tally
from dispatch.forecast.history import ForecastError
from dispatch.record import Record

VERSION = 1
"""Of the JSON form; a reader refuses any other."""
KINDS_OF_DAY = (1, 2)


class Document(Record):
    """What is written; ``counts`` are (kind of day, quarter hour, cell, weighted orders), those that are not zero."""

    version: int
    timezone: str
    resolution: int
    cells: tuple[str, ...]
    exposure: tuple[tuple[float, ...], ...]
    counts: tuple[tuple[int, int, int, float], ...]
    day_variance: float


def written(timezone: str, resolution: int, cells: tuple[str, ...], tally: Tally) -> str:
    """The document of a forecast's figures."""
    places = (axis.tolist() for axis in np.nonzero(tally.counts))
    return Document(
        version=VERSION,
        timezone=timezone,
        resolution=resolution,
        cells=cells,
        exposure=tuple(map(tuple, tally.exposure.tolist())),
        counts=tuple(zip(*places, tally.counts[tally.counts != 0].tolist(), strict=True)),
        day_variance=tally.day_variance,
    ).model_dump_json()


def read(text: str | bytes) -> tuple[str, int, tuple[str, ...], Tally]:
    """A forecast's figures from its document.

    Raises:
        RequestError: if the document is no JSON, or lacks a field.
        ForecastError: if it is of another version or contradicts itself.
    """
    try:
        found = Document.model_validate_json(text)
    except ValidationError as error:
        raise RequestError(faults_of(error)) from None
    if found.version != VERSION:
        raise ForecastError(f"$.version: {found.version}; this version reads {VERSION}: fit the forecast again")
    if len(found.exposure) not in KINDS_OF_DAY or any(len(row) != QUARTERS for row in found.exposure):
        raise ForecastError(f"$.exposure: must be one or two rows of {QUARTERS} figures")
    for i, cell in enumerate(found.cells):
        refuse_cell(cell, found.resolution, f"$.cells[{i}]")
    exposure = np.array(found.exposure, dtype=np.float64)
    counts = np.zeros((*exposure.shape, len(found.cells)))
    for i, (kind, quarter, column, count) in enumerate(found.counts):
        inside = all(0 <= at < size for at, size in zip((kind, quarter, column), counts.shape, strict=True))
        if not (inside and 0 <= count < np.inf):
            raise ForecastError(f"$.counts[{i}]: {(kind, quarter, column, count)} is outside the table {counts.shape}")
        counts[kind, quarter, column] = count
    if not ((exposure >= 0) & (exposure < np.inf)).all():
        raise ForecastError("$.exposure: holds a figure that is negative or not finite; fit the forecast again")
    if not (counts.sum(axis=(0, 1)) > 0).all() or not (exposure[counts.sum(axis=2) > 0] > 0).all():
        raise ForecastError("$.counts: leaves a cell without orders, or has orders at a time that was not observed")
    if not 0 <= found.day_variance < np.inf:
        raise ForecastError(f"$.day_variance: {found.day_variance}; must be finite and not negative")
    return found.timezone, found.resolution, found.cells, Tally(counts, exposure, found.day_variance)
