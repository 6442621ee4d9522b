"""H3 cells: checked, drawn, and counted inside a disk."""

import h3
import numpy as np

from dispatch.engines.compiled import compiled, inlined
from dispatch.forecast.demand import QUARTERS
from dispatch.forecast.history import ForecastError
from dispatch.sphere import EARTH_RADIUS_M, Floats

M_PER_DEGREE = float(np.radians(EARTH_RADIUS_M))


def refuse_cell(cell: str, resolution: int, name: str) -> None:
    """Raise a ``ForecastError`` if a text is no H3 cell of a resolution."""
    if not h3.is_valid_cell(cell):
        raise ForecastError(f"{name}: {cell!r} is no H3 cell; `forecast.cell(location)` names one")
    if h3.get_resolution(cell) != resolution:
        raise ForecastError(
            f"{name}: {cell!r} has resolution {h3.get_resolution(cell)}; this forecast has {resolution}"
        )


def centre(cell: str) -> tuple[float, float]:
    """A cell's centre, (lon, lat)."""
    lat, lon = h3.cell_to_latlng(cell)
    return lon, lat


def ring(cell: str) -> list[list[float]]:
    """A cell's outline in lon/lat, closed and anticlockwise as RFC 7946 asks; to six decimals, about 0.1 m."""
    corners = [[round(lon, 6), round(lat, 6)] for lat, lon in h3.cell_to_boundary(cell)]
    return [*corners, corners[0]]


def disks(cells: tuple[str, ...]) -> tuple[Floats, Floats]:
    """Cells as disks of their area: ``(c, 2)`` lon/lat of the centres and ``(c,)`` radii in metres."""
    centres = np.array([centre(cell) for cell in cells], dtype=np.float64).reshape(-1, 2)
    areas_m2 = np.array([h3.cell_area(cell, unit="m^2") for cell in cells], dtype=np.float64)
    return centres, np.sqrt(areas_m2 / np.pi)


@compiled
def within(
    lon: float, lat: float, radius_m: float, centres: Floats, radii_m: Floats, until: Floats, begin: float, end: float
) -> float:
    """What adds up in a disk around a place between two moments of a day.

    Args:
        lon: of the place.
        lat: of the place.
        radius_m: of the disk.
        centres: as ``disks`` gives them.
        radii_m: as ``disks`` gives them.
        until: ``(97, c)`` what each cell adds up to from midnight until each quarter hour.
        begin: quarter hours since midnight.
        end: quarter hours since midnight.
    """
    i, j = min(int(begin), QUARTERS - 1), min(int(end), QUARTERS - 1)
    east_m = M_PER_DEGREE * np.cos(np.radians(lat))
    total = 0.0
    for cell in range(len(radii_m)):
        x = ((centres[cell, 0] - lon + 180.0) % 360.0 - 180.0) * east_m
        y = (centres[cell, 1] - lat) * M_PER_DEGREE
        share = _share(np.hypot(x, y), radii_m[cell], radius_m)
        if share > 0.0:
            ends = until[j, cell] + (end - j) * (until[j + 1, cell] - until[j, cell])
            starts = until[i, cell] + (begin - i) * (until[i + 1, cell] - until[i, cell])
            total += share * (ends - starts)
    return total


@inlined
def _share(away_m: float, own_m: float, other_m: float) -> float:
    """Share of a disk of radius ``own_m`` that lies in another, their centres ``away_m`` apart."""
    if away_m >= own_m + other_m:
        return 0.0
    if away_m <= other_m - own_m:
        return 1.0
    if away_m <= own_m - other_m:
        return (other_m / own_m) ** 2
    # Two circular segments make the lens.
    to_own = (away_m**2 + own_m**2 - other_m**2) / (2 * away_m)
    to_other = away_m - to_own
    own = own_m**2 * np.arccos(to_own / own_m) - to_own * np.sqrt(max(own_m**2 - to_own**2, 0.0))
    other = other_m**2 * np.arccos(to_other / other_m) - to_other * np.sqrt(max(other_m**2 - to_other**2, 0.0))
    share: float = (own + other) / (np.pi * own_m**2)
    return share
