"""The linear master: which trips in which shares, so that every order is carried once and no minute is overbooked."""

import numpy as np
from ortools.linear_solver import pywraplp

from dispatch.engines.columns.fleets import Fleets
from dispatch.engines.columns.pricing import column
from dispatch.engines.kernel import Floats, Ints
from dispatch.problem import Arrays

Key = tuple[int, int, tuple[int, ...]]
"""A column: base, slot and the sequence of its orders."""


class Master:
    """A linear programme over trips that grows by columns, solved by OR-Tools' GLOP from its last basis.

    Rows: each order once, by a trip or by its unserved cost; and for each fleet and point a balance: under way at a
    point are those under way at the point before, plus those that left, less those that are back. So a column has
    two entries for time, however long its trip; the vehicles under way are variables with the fleet's count as limit.
    """

    def __init__(self, arrays: Arrays, fleets: Fleets) -> None:
        self.arrays, self.fleets = arrays, fleets
        self.columns: dict[Key, tuple[pywraplp.Variable, float]] = {}
        self.solver = pywraplp.Solver.CreateSolver("GLOP")
        self.solver.SuppressOutput()
        self.cost = self.solver.Objective()
        self.cost.SetMinimization()
        inf = self.solver.infinity()
        self.orders = [self.solver.Constraint(1.0, 1.0) for _ in arrays.orders]
        for row, unserved_cost in zip(self.orders, arrays.orders["unserved_cost"], strict=True):
            left_out = self.solver.NumVar(0.0, inf, "")
            row.SetCoefficient(left_out, 1.0)
            self.cost.SetCoefficient(left_out, float(unserved_cost))
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
        for o in stops:
            self.orders[o].SetCoefficient(trip, 1.0)
        rows = self.points[int(self.fleets.bases[base, 0])]
        if end > slot + 1:
            rows[slot + 1].SetCoefficient(trip, -1.0)
            if end < len(rows):
                rows[end].SetCoefficient(trip, 1.0)
        return True

    def solve(self) -> bool:
        """Solve from the last basis, and from none if that fails; False if the solver gave up.

        Without presolve: with it GLOP forgets the basis, takes twice as long at 400 orders, and fails now and then.
        """
        warm = pywraplp.MPSolverParameters()
        warm.SetIntegerParam(warm.PRESOLVE, warm.PRESOLVE_OFF)
        if self.solver.Solve(warm) == pywraplp.Solver.OPTIMAL:
            return True
        afresh = pywraplp.MPSolverParameters()
        afresh.SetIntegerParam(afresh.INCREMENTALITY, afresh.INCREMENTALITY_OFF)
        return bool(self.solver.Solve(afresh) == pywraplp.Solver.OPTIMAL)

    @property
    def value(self) -> float:
        """The objective."""
        return float(self.cost.Value())

    def duals(self) -> tuple[Floats, Floats]:
        """Price of each order ``(n,)``, and of a vehicle at each point ``(f, g)``, never negative."""
        pi = np.array([row.dual_value() for row in self.orders])
        nu = np.array([[row.dual_value() for row in rows] for rows in self.points]).reshape(self.fleets.counts.shape)
        mu = nu - np.append(nu[:, 1:], np.zeros((len(nu), 1)), axis=1)
        return pi, np.maximum(mu, 0.0)


def slots_of(fleets: Fleets, departures_s: Floats) -> Ints:
    """The slot of each departure."""
    slots: Ints = np.minimum((departures_s / fleets.step_s).astype(np.int64), fleets.counts.shape[1] - 1)
    return slots
