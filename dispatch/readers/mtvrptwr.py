"""The public multi-trip instances with time windows and release dates, in VRPLIB form, as requests.

The instances put release dates (Cattaruzza, Absi and Feillet, Transportation Science 50(2), 2016) on the customers of
Solomon and of Gehring and Homberger; Yang (Transportation Science 57(1), 2023) solved most of them to optimality.
One depot, a fleet of alike vehicles that may return for more, and the distance travelled to be least. Distances and
durations are Euclidean, in tenths of a unit, cut off: here a tenth is a second and a metre, and a metre costs 1, so a
plan's cost is the cost that the literature states.
"""

import itertools
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from dispatch.faults import DispatchError
from dispatch.request import MatrixTravel, Order, Packaging, PlanRequest, Rates, Rider, Store
from dispatch.timetable import Routes, RouteTrip

NOW = datetime(2026, 1, 1, tzinfo=UTC)
"""The instances' time 0."""
TENTHS = 10
UNSERVED_COST = 1e7
"""Every customer must be served: one left out costs more than any whole plan."""
DEGREES_PER_UNIT = 1e-4
"""Coordinates go on the map near 0, 0; the travel is the matrix, not the map."""
DISTANCE_ALONE = Rates(
    currency="XTS",  # ISO 4217's code for tests
    rider_cost_per_h=0.0,
    rider_cost_per_km=1_000.0,
    rider_cost_per_trip=0.0,
    unserved_cost=UNSERVED_COST,
    carbon_cost_per_kg=0.0,
)
WANTED = "VRPLIB with the sections NODE_COORD, DEMAND, TIME_WINDOW and RELEASE_TIME"


class FormatError(DispatchError, ValueError):
    """Raised when a file is not in the form that its reader knows; it names the file and what is missing."""


@dataclass(frozen=True)
class KnownSolution:
    """The best solution that the literature has of an instance.

    Attributes:
        routes: its trips, by the ids of the request's riders and orders.
        cost: what it is said to cost, in tenths of a unit of distance.
        optimal: whether it is proven that none is cheaper.
    """

    routes: Routes
    cost: float
    optimal: bool


def read_mtvrptwr(path: str | Path) -> PlanRequest:
    """Read a ``.vrp`` file as a request: order ``c7`` is the customer that solutions call 7, rider ``v0`` the first.

    Raises:
        FormatError: if a header field or a section is missing, or does not fit the others.
    """
    fields, sections = _parse(Path(path))
    size = int(_field(path, fields, "DIMENSION"))
    xy = _section(path, sections, "NODE_COORD_SECTION", size, 2)
    demand = _section(path, sections, "DEMAND_SECTION", size, 1)[:, 0]
    windows = _section(path, sections, "TIME_WINDOW_SECTION", size, 2) * TENTHS
    release = _section(path, sections, "RELEASE_TIME_SECTION", size, 1)[:, 0] * TENTHS
    capacity = _field(path, fields, "CAPACITY")
    service_s = int(_field(path, fields, "SERVICE_TIME") * TENTHS)
    tenths = np.floor(TENTHS * np.hypot(*(xy[:, None] - xy).transpose(2, 0, 1))).tolist()
    # No trip holds more orders than the lightest ones that fit together.
    most = sum(load <= capacity for load in itertools.accumulate(sorted(demand[1:].tolist())))
    return PlanRequest(
        now=NOW,
        stores=[Store(id="depot", location=_degrees(*xy[0]), region="CN")],
        orders=[
            Order(
                id=f"c{i}",
                store_id="depot",
                location=_degrees(*xy[i]),
                placed_at=NOW,
                not_before_at=_moment(windows[i, 0]),
                ready_at=_moment(release[i]),
                promised_at=_moment(windows[i, 1]),
                max_late_s=0,
                handover_s=service_s,
                mass_kg=demand[i],
                packaging=Packaging.NONE,
            )
            for i in range(1, size)
        ],
        riders=[
            Rider(
                id=f"v{i}",
                store_id="depot",
                shift_end_at=_moment(windows[0, 1]),
                capacity_orders=most,
                capacity_kg=capacity,
            )
            for i in range(int(_field(path, fields, "VEHICLES")))
        ],
        travel=MatrixTravel(kind="matrix", seconds=tenths, metres=tenths),
        rates=DISTANCE_ALONE,
    )


def read_mtvrptwr_solution(path: str | Path) -> KnownSolution:
    """Read a ``.sol`` file: one line a vehicle, a 0 between its trips, then the cost and whether it is optimal.

    Raises:
        FormatError: if there is no route or no cost in it.
    """
    text = Path(path).read_text(encoding="utf-8")
    routes = {}
    for number, line in enumerate(re.findall(r"^Route\s*#?\d+\s*:(.*)$", text, re.MULTILINE)):
        visits = line.split()
        groups = itertools.groupby(visits, key=lambda visit: visit == "0")
        trips = [tuple(f"c{visit}" for visit in group) for at_depot, group in groups if not at_depot]
        routes[f"v{number}"] = tuple(RouteTrip("depot", trip) for trip in trips)
    cost = re.search(r"^Cost\s*:?\s*(\S+)", text, re.MULTILINE)
    if not routes or cost is None:
        raise FormatError(f"{path}: no 'Route #1: ...' or no 'Cost: ...'; give a VRPLIB solution")
    optimal = re.search(r"^Optimal\s*:\s*True", text, re.MULTILINE) is not None
    return KnownSolution(routes=routes, cost=float(cost[1]), optimal=optimal)


def _parse(path: Path) -> tuple[dict[str, str], dict[str, list[list[float]]]]:
    """The header's fields and the rows of each section."""
    fields: dict[str, str] = {}
    sections: dict[str, list[list[float]]] = {}
    rows: list[list[float]] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        text = line.strip()
        if text.endswith("_SECTION"):
            rows = sections.setdefault(text, [])
        elif ":" in text:
            name, value = text.split(":", 1)
            fields[name.strip()] = value.strip()
        elif text and text != "EOF":
            try:
                rows.append([float(cell) for cell in text.split()])
            except ValueError:
                raise FormatError(f"{path}: {text[:60]!r} is no row of numbers; give {WANTED}") from None
    return fields, sections


def _field(path: str | Path, fields: Mapping[str, str], name: str) -> float:
    try:
        return float(fields[name])
    except (KeyError, ValueError):
        raise FormatError(f"{path}: {name} is {fields.get(name)!r}, not a number; give {WANTED}") from None


def _section(
    path: str | Path, sections: Mapping[str, list[list[float]]], name: str, rows: int, columns: int
) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """The numbers of a section, ``(rows, columns)``, without the node's own number, which must count from 1."""
    found = sections.get(name, [])
    if len(found) != rows or any(len(row) != columns + 1 or row[0] != i for i, row in enumerate(found, start=1)):
        raise FormatError(
            f"{path}: {name} has {len(found)} rows; DIMENSION asks for {rows}, numbered from 1, each with {columns} "
            f"value{'s' * (columns > 1)}; give {WANTED}"
        )
    return np.array(found, dtype=np.float64)[:, 1:].reshape(rows, columns)


def _degrees(x: float, y: float) -> tuple[float, float]:
    return float(x) * DEGREES_PER_UNIT, float(y) * DEGREES_PER_UNIT


def _moment(tenths: float) -> datetime:
    return NOW + timedelta(seconds=math.floor(tenths))
