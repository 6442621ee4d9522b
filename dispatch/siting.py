"""Which places for new stores reach most demand in time: maximal covering location, solved to a proof.

Church and ReVelle, "The maximal covering location problem", Papers of the Regional Science Association 32 (1974):
choose k of n places so that the demand within reach of at least one of them is greatest. Demand that the same places
reach is one unit to the solver, which makes the problem of a city small.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

import maps
from dispatch.faults import MAX_FAULTS, Fault, RequestError
from dispatch.record import Count, Id, Location, NotNegative, Positive, Record
from dispatch.request import MapTravel, RiderKind, StraightTravel
from dispatch.sphere import EARTH_RADIUS_M, Floats, great_circle_m
from dispatch.travel import PROFILES, bundled_networks

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

MAX_CANDIDATES, MAX_DEMAND = 2_000, 200_000
LEAST_GRID_M, MOST_GRID_M = 100.0, 100_000.0
"""Sides of a grid's squares: a store has neighbours' customers, and a city is no larger."""
MAX_TIMES = 50_000_000
"""Candidates times demand points: 400 MB of travel times."""
NO_DEMAND = Fault(path="$.demand", text="there is no demand to reach; give points with a weight above zero")
WORK_LIMIT = 60.0
"""Deterministic seconds of CP-SAT: a count of its operations, the same on every machine."""
_WHOLE = 10**9
"""All demand in whole units, for the solver counts in integers: it is rounded to a billionth of the whole."""


class Candidate(Record):
    """A place where a store is or could be."""

    id: Id
    location: Location


class DemandPoint(Record):
    """A place where orders come from, or people live; ``weight`` says how many, in any one unit."""

    location: Location
    weight: NotNegative


class SitingRequest(Record):
    """Choose ``k`` of the candidates besides those in ``open``, which are stores already.

    Demand is reached if a rider of ``kind`` gets from the store to it within ``minutes``, door to door. ``travel``
    counts along the streets of a map by default.
    """

    candidates: Annotated[list[Candidate], Field(min_length=1, max_length=MAX_CANDIDATES)]
    demand: Annotated[list[DemandPoint], Field(max_length=MAX_DEMAND)]
    k: Count
    minutes: Positive
    open: tuple[Id, ...] = ()
    kind: RiderKind = RiderKind.E_BIKE
    travel: Annotated[MapTravel | StraightTravel, Field(discriminator="kind")] = MapTravel()


class SitedStore(Record):
    """One store of the answer: ``reached`` is the demand in its reach, ``alone`` what no other of them reaches."""

    id: Id
    location: Location
    open: bool
    reached: float
    alone: float


class Siting(Record):
    """The answer: the open stores, then the chosen ones, each in the order of the candidates.

    ``covered`` of ``demand`` is within reach of at least one store, ``share`` of it. ``bound`` is what no choice can
    exceed; ``proven`` says that the two are the same, to a billionth of the demand. ``unreachable`` candidates get to
    no demand at all, in however long, and were not considered.
    """

    stores: tuple[SitedStore, ...]
    minutes: float
    demand: float
    covered: float
    share: float
    bound: float
    proven: bool
    unreachable: tuple[Id, ...]


def reach_s(request: SitingRequest, networks: Mapping[str, maps.StreetNetwork] | None = None) -> Floats:
    """Seconds from each candidate to each demand point, ``(candidates, demand)``; inf where there is no way.

    Args:
        request: what was asked.
        networks: the maps a request may name (default: the bundled one).

    Raises:
        RequestError: if the request names a map that is not there.
    """
    starts = np.array([candidate.location for candidate in request.candidates], dtype=np.float64).reshape(-1, 2)
    ends = np.array([demand.location for demand in request.demand], dtype=np.float64).reshape(-1, 2)
    travel = request.travel
    if isinstance(travel, StraightTravel):
        speed_kmh = travel.speed_kmh_by_kind.get(request.kind, travel.speed_kmh)
        return great_circle_m(starts, ends) * travel.detour_factor * 3.6 / speed_kmh
    networks = bundled_networks() if networks is None else networks
    if travel.name not in networks:
        text = f"there is no map named {travel.name!r}; maps: {sorted(networks)}. Build one with `swiftleaf map build`"
        raise RequestError([Fault(path="$.travel.name", text=text)])
    return maps.TravelTimes(networks[travel.name], PROFILES[request.kind]).between(starts, ends)


def grid(demand: Sequence[DemandPoint], metres: float) -> list[Candidate]:
    """Candidates where there is demand: in each square of a grid, the demand point nearest to the square's middle.

    Args:
        demand: where orders come from; points of no weight give no candidate.
        metres: side of the squares.

    Raises:
        RequestError: if ``metres`` is outside ``LEAST_GRID_M`` to ``MOST_GRID_M``, no demand has a weight, or the grid
            is so fine that it has more than ``MAX_CANDIDATES`` places.
    """
    if not LEAST_GRID_M <= metres <= MOST_GRID_M:
        text = f"{metres:g}; give {LEAST_GRID_M:g} to {MOST_GRID_M:g} metres between the places"
        raise RequestError([Fault(path="$.grid_m", text=text)])
    points = np.array([point.location for point in demand if point.weight > 0], dtype=np.float64).reshape(-1, 2)
    if not len(points):
        raise RequestError([NO_DEMAND])
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    per_degree = np.radians(EARTH_RADIUS_M) * np.array([np.cos(np.radians(middle[1])), 1.0])
    place = (points - points.min(axis=0)) * per_degree / metres
    square = np.floor(place).astype(np.int64)
    off = np.hypot(*(place - square - 0.5).T)
    order = np.lexsort((off, square[:, 0], -square[:, 1]))  # row by row from the north, as one reads
    _, first = np.unique(square[order], axis=0, return_index=True)
    chosen = order[np.sort(first)]
    if len(chosen) > MAX_CANDIDATES:
        text = f"{metres:g} m make {len(chosen)} places; a choice is among at most {MAX_CANDIDATES}: give more metres"
        raise RequestError([Fault(path="$.grid_m", text=text)])
    return [Candidate(id=f"site-{i}", location=(lon, lat)) for i, (lon, lat) in enumerate(points[chosen].tolist(), 1)]


def site(
    request: SitingRequest,
    seconds: Floats | None = None,
    networks: Mapping[str, maps.StreetNetwork] | None = None,
    *,
    work_limit: float = WORK_LIMIT,
) -> Siting:
    """Choose where to open stores.

    The same request and limit give the same answer: one worker, one seed, a limit on work instead of a clock.

    Args:
        request: what is asked.
        seconds: ``reach_s`` of the request, if at hand, or any other times of its shape.
        networks: the maps a request may name (default: the bundled one).
        work_limit: deterministic seconds that the search may take.

    Raises:
        RequestError: if ``k`` is not between 1 and the candidates that are left, there is no demand, or an id is
            unknown or given twice.
        ValueError: if ``seconds`` has another shape.
    """
    refuse_siting(request)
    seconds = reach_s(request, networks) if seconds is None else seconds
    if seconds.shape != (len(request.candidates), len(request.demand)):
        raise ValueError(f"seconds has the shape {seconds.shape}; rows are candidates, columns demand points")
    opened = np.array([candidate.id in set(request.open) for candidate in request.candidates])
    able: Bools = np.asarray(np.isfinite(seconds).any(axis=1))
    free = np.flatnonzero(able & ~opened)
    if request.k > len(free):
        unable = [candidate.id for candidate, ok in zip(request.candidates, able, strict=True) if not ok]
        text = f"{request.k} stores to choose from {len(free)} candidates"
        text += f"; no way leads from {unable[:10]} to any demand" if unable else ""
        raise RequestError([Fault(path="$.k", text=f"{text}: lower k or add candidates on the map's streets")])
    covers = seconds <= request.minutes * 60
    weight = np.array([demand.weight for demand in request.demand])
    found = _Cover.of(covers[free], weight, reached=covers[opened].any(axis=0)).solve(request.k, work_limit)
    chosen = np.concatenate((np.flatnonzero(opened), free[found.chosen]))
    return _answer(request, covers, weight, chosen, found, able)


def refuse_siting(request: SitingRequest) -> None:
    """Raise a ``RequestError`` if fields that are each well formed do not fit together."""
    faults = list(_faults(request))
    if faults:
        raise RequestError(faults[:MAX_FAULTS])


def _faults(request: SitingRequest) -> Iterator[Fault]:
    known: set[str] = set()
    for i, candidate in enumerate(request.candidates):
        if candidate.id in known:
            text = f"{candidate.id!r} is already the id of another candidate; ids are unique"
            yield Fault(path=f"$.candidates[{i}].id", text=text)
        known.add(candidate.id)
    for i, name in enumerate(request.open):
        if name not in known:
            text = f"no candidate has the id {name!r}; list the open stores among the candidates"
            yield Fault(path=f"$.open[{i}]", text=text)
    left = len(known - set(request.open))
    if not 1 <= request.k <= left:
        yield Fault(path="$.k", text=f"{request.k} is outside 1..{left}, the candidates that are not open yet")
    if len(request.candidates) * len(request.demand) > MAX_TIMES:
        text = (
            f"{len(request.demand):,} points from {len(request.candidates):,} candidates are over {MAX_TIMES:,} travel "
        )
        yield Fault(path="$.demand", text=f"{text}times; join neighbouring points, or take fewer candidates")
    if not sum(demand.weight for demand in request.demand) > 0:
        yield NO_DEMAND


class _Found(NamedTuple):
    """What the solver found: the rows chosen, and a bound on what any could add, in the demand's unit."""

    chosen: Ints
    bound: float
    proven: bool


class _Cover:
    """The covering problem over rows that may be chosen: columns are groups of demand that the same rows reach."""

    def __init__(self, covers: Bools, units: Ints, unit: float) -> None:
        self.covers, self.units, self.unit = covers, units, unit

    @classmethod
    def of(cls, covers: Bools, weight: Floats, reached: Bools) -> Self:
        """Leave out what is reached already or by nobody, and join what the same rows reach."""
        left = covers.any(axis=0) & ~reached & (weight > 0)
        patterns, group = np.unique(covers[:, left], axis=1, return_inverse=True)
        total = np.bincount(group, weights=weight[left], minlength=patterns.shape[1])
        whole = bool((total == np.rint(total)).all()) and total.sum() < _WHOLE
        unit = 1.0 if whole or not len(total) else float(total.sum()) / _WHOLE
        return cls(patterns, np.rint(total / unit).astype(np.int64), unit)

    def greedy(self, k: int) -> list[int]:
        """Rows by what each adds to those before it: at least 1 - 1/e of the best (Nemhauser et al. 1978)."""
        chosen: list[int] = []
        left = self.units.copy()
        for _ in range(k):
            gain = self.covers @ left
            gain[chosen] = -1
            chosen.append(int(gain.argmax()))
            left[self.covers[chosen[-1]]] = 0
        return chosen

    def solve(self, k: int, work_limit: float) -> _Found:
        """The best ``k`` rows that can be found within the limit."""
        from ortools.sat.python import cp_model  # noqa: PLC0415 - it brings pandas, most of a second

        model = cp_model.CpModel()
        first = self.greedy(k)
        take = [model.new_bool_var(f"take_{row}") for row in range(len(self.covers))]
        model.add(sum(take) == k)
        for row, variable in enumerate(take):
            model.add_hint(variable, row in first)
        gained = []
        for column, units in enumerate(self.units.tolist()):
            reached = model.new_bool_var(f"reached_{column}")
            model.add(reached <= sum(take[row] for row in np.flatnonzero(self.covers[:, column]).tolist()))
            model.add_hint(reached, bool(self.covers[first, column].any()))
            gained.append(units * reached)
        model.maximize(sum(gained))
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = 0
        # All rows in the linear relaxation, which is nearly whole: 0.4 s to a proof where without it 10 s gave none.
        solver.parameters.linearization_level = 2
        solver.parameters.max_deterministic_time = work_limit
        status = solver.solve(model)
        if status not in {cp_model.OPTIMAL, cp_model.FEASIBLE}:  # stopped before it took the hint
            return _Found(np.array(sorted(first), dtype=np.int64), float(self.units.sum()) * self.unit, proven=False)
        chosen = np.flatnonzero([solver.value(variable) for variable in take]).astype(np.int64)
        return _Found(chosen, solver.best_objective_bound * self.unit, proven=status == cp_model.OPTIMAL)


def _answer(request: SitingRequest, covers: Bools, weight: Floats, chosen: Ints, found: _Found, able: Bools) -> Siting:
    times = covers[chosen].sum(axis=0)
    covered, total = float(weight[times > 0].sum()), float(weight.sum())
    opened = [request.candidates[row].id in set(request.open) for row in chosen]
    already = float(weight[covers[chosen[opened]].any(axis=0)].sum())
    return Siting(
        stores=tuple(
            SitedStore(
                id=request.candidates[row].id,
                location=request.candidates[row].location,
                open=is_open,
                reached=float(weight[covers[row]].sum()),
                alone=float(weight[covers[row] & (times == 1)].sum()),
            )
            for row, is_open in zip(chosen.tolist(), opened, strict=True)
        ),
        minutes=request.minutes,
        demand=total,
        covered=covered,
        share=covered / total,
        bound=covered if found.proven else max(covered, min(total, already + found.bound)),
        proven=found.proven,
        unreachable=tuple(c.id for c, ok in zip(request.candidates, able, strict=True) if not ok),
    )
