"""The linear master: which trips in which shares, so that every order is carried once and no minute is overbooked."""

import numpy as np
from ortools.linear_solver import pywraplp

from dispatch.engines.columns.cuts import LARGEST, Cuts, coefficients, joined, no_cuts
from dispatch.engines.columns.fleets import Fleets
from dispatch.engines.columns.pricing import column
from dispatch.engines.kernel import NOBODY, Floats, Ints
from dispatch.problem import Arrays

Key = tuple[int, int, tuple[int, ...]]
"""A column: base, slot and the sequence of its orders."""
WHOLE = 1e-6
"""A share this near to 0 or 1 is whole."""


def from_last_basis() -> pywraplp.MPSolverParameters:
    """Parameters without presolve: with it GLOP forgets the basis, takes twice as long at 400 orders, and may fail."""
    parameters = pywraplp.MPSolverParameters()
    parameters.SetIntegerParam(parameters.PRESOLVE, parameters.PRESOLVE_OFF)
    return parameters


class Master:
    """A linear programme over trips that grows by columns, solved by OR-Tools' GLOP from its last basis.

    Rows: each order once, by a trip or by its unserved cost; and for each fleet and point a balance: under way at a
    point are those under way at the point before, plus those that left, less those that are back. So a column has
    two entries for time, however long its trip; the vehicles under way are variables with the fleet's count as limit.
    """

    def __init__(self, arrays: Arrays, fleets: Fleets) -> None:
        self.arrays, self.fleets = arrays, fleets
        self.columns: dict[Key, tuple[pywraplp.Variable, float]] = {}
        self.cuts = no_cuts()
        self.cut_rows: list[pywraplp.Constraint] = []
        self.cuts_of: list[list[tuple[int, int]]] = [[] for _ in arrays.orders]
        self.solver = pywraplp.Solver.CreateSolver("GLOP")
        self.solver.SuppressOutput()
        self.cost = self.solver.Objective()
        self.cost.SetMinimization()
        inf = self.solver.infinity()
        self.orders = [self.solver.Constraint(1.0, 1.0) for _ in arrays.orders]
        self.left_out, self.all_left_out = [], self.solver.Constraint(0.0, inf)
        for row, unserved_cost in zip(self.orders, arrays.orders["unserved_cost"], strict=True):
            left_out = self.solver.NumVar(0.0, inf, "")
            row.SetCoefficient(left_out, 1.0)
            self.all_left_out.SetCoefficient(left_out, 1.0)
            self.cost.SetCoefficient(left_out, float(unserved_cost))
            self.left_out.append(left_out)
        self.points = []
        for counts in fleets.counts:
            rows = [self.solver.Constraint(0.0, 0.0) for _ in counts]
            for p, count in enumerate(counts):
                under_way = self.solver.NumVar(0.0, float(count), "")
                rows[p].SetCoefficient(under_way, 1.0)
                if p + 1 < len(rows):
                    rows[p + 1].SetCoefficient(under_way, -1.0)
            self.points.append(rows)

    def add(self, base: int, slot: int, stops: tuple[int, ...]) -> bool:
        """Add a trip; False if it is there already or breaks a limit."""
        key = (base, slot, stops)
        if key in self.columns:
            return False
        cost, end = column(self.arrays, self.fleets, base, slot, np.array(stops, dtype=np.int64))
        if not cost < np.inf:
            return False
        trip = self.solver.NumVar(0.0, self.solver.infinity(), "")
        self.columns[key] = (trip, cost)
        self.cost.SetCoefficient(trip, cost)
        load: dict[int, int] = {}
        for o in stops:
            self.orders[o].SetCoefficient(trip, 1.0)
            for cut, weight in self.cuts_of[o]:
                load[cut] = load.get(cut, 0) + weight
        for cut, weight in load.items():
            if weight >= self.cuts.whole[cut]:
                self.cut_rows[cut].SetCoefficient(trip, float(weight // self.cuts.whole[cut]))
        rows = self.points[int(self.fleets.bases[base, 0])]
        if end > slot + 1:
            rows[slot + 1].SetCoefficient(trip, -1.0)
            if end < len(rows):
                rows[end].SetCoefficient(trip, 1.0)
        return True

    def cut(self, cuts: Cuts) -> None:
        """Add cuts, for the columns at hand and those to come."""
        first = len(self.cut_rows)
        self.cuts = joined(self.cuts, cuts)
        self.cut_rows += [self.solver.Constraint(-self.solver.infinity(), float(most)) for most in cuts.most]
        for row, column_at in zip(*np.nonzero(cuts.orders >= 0), strict=True):
            self.cuts_of[cuts.orders[row, column_at]].append((first + int(row), int(cuts.weights[row, column_at])))
        counts = coefficients(cuts, self.stops(list(self.columns)))
        trips = [trip for trip, _ in self.columns.values()]
        for at, row in zip(*np.nonzero(counts), strict=True):
            self.cut_rows[first + row].SetCoefficient(trips[at], float(counts[at, row]))

    def stops(self, keys: list[Key]) -> Ints:
        """The orders of columns, ``(m, k)``, NOBODY where a row ends early."""
        rows = np.full((len(keys), max([LARGEST, *(len(key[2]) for key in keys)])), NOBODY)
        for row, key in zip(rows, keys, strict=True):
            row[: len(key[2])] = key[2]
        return rows

    def shares(self) -> tuple[Ints, Floats]:
        """The columns that the last solution has something of: their orders, as ``stops``, and how much."""
        share = np.array([trip.solution_value() for trip, _ in self.columns.values()])
        keys = list(self.columns)
        some = np.flatnonzero(share > WHOLE)
        return self.stops([keys[at] for at in some]), share[some]

    def solve(self) -> bool:
        """Solve from the last basis, and from none if that fails; False if the solver gave up."""
        if self.solver.Solve(from_last_basis()) == pywraplp.Solver.OPTIMAL:
            return True
        afresh = pywraplp.MPSolverParameters()
        afresh.SetIntegerParam(afresh.INCREMENTALITY, afresh.INCREMENTALITY_OFF)
        return bool(self.solver.Solve(afresh) == pywraplp.Solver.OPTIMAL)

    @property
    def value(self) -> float:
        """The objective."""
        return float(self.cost.Value())

    def leave_out(self, at_least: int) -> None:
        """Leave out so many orders at least."""
        self.all_left_out.SetBounds(float(at_least), self.solver.infinity())

    @property
    def n_left_out(self) -> float:
        """How many orders the last solution leaves out, shares added up."""
        return float(sum(left_out.solution_value() for left_out in self.left_out))

    def duals(self) -> tuple[Floats, Floats, Floats, float]:
        """Price of each order ``(n,)``, of a vehicle at each point ``(f, g)``, of each cut, and of leaving orders out.

        None but the first are ever negative.
        """
        pi = np.array([row.dual_value() for row in self.orders])
        nu = np.array([[row.dual_value() for row in rows] for rows in self.points]).reshape(self.fleets.counts.shape)
        mu = nu - np.append(nu[:, 1:], np.zeros((len(nu), 1)), axis=1)
        sigma = np.array([-row.dual_value() for row in self.cut_rows])
        return pi, np.maximum(mu, 0.0), np.maximum(sigma, 0.0), max(0.0, float(self.all_left_out.dual_value()))


def slots_of(fleets: Fleets, departures_s: Floats) -> Ints:
    """The slot of each departure."""
    slots: Ints = np.minimum((departures_s / fleets.step_s).astype(np.int64), fleets.counts.shape[1] - 1)
    return slots
