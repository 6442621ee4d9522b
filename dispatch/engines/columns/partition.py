"""The integer end: choose among all trips that could still be in a better plan, cut by cut, then by OR-Tools' SCIP.

At prices that prove a bound every trip has a reduced cost of at least 0, and a plan costs the bound plus the reduced
costs of its trips. So a plan better than the one at hand has no trip whose reduced cost exceeds the gap; those below it
are enumerated, one for each set of orders, and the set partitioning over them closes the gap from below: subset-row
cuts (Jepsen et al., Operations Research 56(2), 2008) lift the bound, which fixes trips at 0, and what remains is solved
as an integer programme. Minutes stay priced, not counted: that too is on the safe side.
"""

import time
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from numba import njit
from numpy.typing import NDArray
from ortools.linear_solver import pywraplp
from ortools.math_opt.python import mathopt

from dispatch.engines.kernel import Floats, Ints

CUTS_A_ROUND = 60
VIOLATION = 0.03
WHOLE = 1e-6
"""A share this near to 0 or 1 is whole."""
PAIR = 2
"""A trip with so many orders of a triple counts in its cut."""
LARGEST = 2.0**62
MOST_ORDERS_CUT = 220
"""With more orders the triples are too many to be looked at."""


@dataclass
class Trips:
    """Trips to choose from: ``m`` of at most ``k`` orders, -1 where there are fewer, with reduced cost and origin."""

    stops: Ints  # (m, k) in the sequence of the stops
    cost: Floats  # (m,) reduced
    slot: Ints  # (m,)
    base: Ints  # (m,) -1: the order is left out


def cheapest_of_each_set(trips: Trips, n_orders: int) -> Trips:
    """For each set of orders the trip of least reduced cost."""
    by_cost = np.argsort(trips.cost, kind="stable")
    sets = np.sort(trips.stops[by_cost], axis=1) + 1
    if (n_orders + 1.0) ** sets.shape[1] < LARGEST:  # then a set is one number
        digits = (n_orders + 1) ** np.arange(sets.shape[1], dtype=np.int64)
        _, first = np.unique(sets @ digits, return_index=True)
    else:
        _, first = np.unique(sets, axis=0, return_index=True)
    keep = by_cost[np.sort(first)]
    return Trips(trips.stops[keep], trips.cost[keep], trips.slot[keep], trips.base[keep])


@njit(cache=True, nogil=True)
def _violations(  # noqa: C901, PLR0912 - one loop: a call costs a compiled kernel more than it tells
    member: NDArray[np.bool_], x: Floats, n: int, most: int, least: float
) -> tuple[Ints, Floats]:
    """The triples of orders that are most violated: trips with two or more of them sum to more than 1."""
    best = np.full(most, least)
    triples = np.full((most, 3), -1, dtype=np.int64)
    weight = np.zeros((n, n))
    m = len(x)
    for s in range(m):
        for i in range(n):
            if member[s, i]:
                for j in range(n):
                    if member[s, j]:
                        weight[i, j] += x[s]
    for i in range(n):
        for j in range(i + 1, n):
            if weight[i, j] <= 0:
                continue
            for k in range(n):
                if k in (i, j) or (k < j and (weight[i, k] > 0 or weight[j, k] > 0) and k < i):
                    continue
                # Trips with two of three: pairs counted, those with all three counted thrice.
                pairs = weight[i, j] + weight[i, k] + weight[j, k]
                if pairs - 1.0 <= best[-1]:
                    continue
                value = -1.0
                for s in range(m):
                    if (member[s, i] + member[s, j] + member[s, k]) >= PAIR:
                        value += x[s]
                if value > best[-1]:
                    known = False
                    low, high = min(i, j, k), max(i, j, k)
                    middle = i + j + k - low - high
                    for q in range(most):
                        if triples[q, 0] == low and triples[q, 1] == middle and triples[q, 2] == high:
                            known = True
                    if known:
                        continue
                    q = most - 1
                    while q > 0 and best[q - 1] < value:
                        best[q] = best[q - 1]
                        triples[q] = triples[q - 1]
                        q -= 1
                    best[q] = value
                    triples[q, 0], triples[q, 1], triples[q, 2] = low, middle, high
    return triples, best


class Partition:
    """A set partitioning over enumerated trips whose linear relaxation grows by cuts and shrinks by fixing."""

    def __init__(self, trips: Trips, n_orders: int) -> None:
        self.trips, self.n = trips, n_orders
        self.member = np.zeros((len(trips.cost), n_orders), dtype=np.bool_)
        rows, places = np.nonzero(trips.stops >= 0)
        self.member[rows, trips.stops[rows, places]] = True
        self.cuts: list[tuple[int, int, int]] = []
        self.solver = pywraplp.Solver.CreateSolver("GLOP")
        self.solver.SuppressOutput()
        self.objective = self.solver.Objective()
        self.objective.SetMinimization()
        self.rows = [self.solver.Constraint(1.0, 1.0) for _ in range(n_orders)]
        self.x = []
        for cost, stops in zip(trips.cost.tolist(), trips.stops.tolist(), strict=True):
            x = self.solver.NumVar(0.0, self.solver.infinity(), "")
            self.objective.SetCoefficient(x, cost)
            for o in stops:
                if o >= 0:
                    self.rows[o].SetCoefficient(x, 1.0)
            self.x.append(x)
        self.open = np.ones(len(trips.cost), dtype=np.bool_)
        self.value = 0.0

    def lift(self, gap: float, until_s: float) -> bool:
        """Cut until nothing is violated, the gap is closed or the time is up; whether the last solution was whole.

        Args:
            gap: trips that would lift the value by more than this are fixed at 0.
            until_s: moment of ``time.perf_counter``.
        """
        while self.solver.Solve() == pywraplp.Solver.OPTIMAL:
            self.value = max(self.value, float(self.objective.Value()))
            if self.value >= gap - WHOLE:
                return False
            # Read everything first: the solver forgets its solution when the model changes.
            reduced = np.array([x.reduced_cost() for x in self.x])
            share = np.array([x.solution_value() for x in self.x])
            for s in np.flatnonzero(self.open & (self.objective.Value() + reduced > gap + WHOLE)):
                self.x[s].SetUb(0.0)
                self.open[s] = False
            some = np.flatnonzero(share > WHOLE)
            if (share[some] > 1 - WHOLE).all():
                return True
            if time.perf_counter() >= until_s or self.n > MOST_ORDERS_CUT:
                return False
            triples, by = _violations(self.member[some], share[some], self.n, CUTS_A_ROUND, VIOLATION)
            fresh = [tuple(triple) for triple in triples[by > VIOLATION].tolist() if triple[0] >= 0]
            fresh = [triple for triple in fresh if triple not in self.cuts]
            if not fresh:
                return False
            for triple in fresh:
                self.cuts.append(triple)
                row = self.solver.Constraint(-self.solver.infinity(), 1.0)
                for s in np.flatnonzero(self.open & (self.member[:, list(triple)].sum(axis=1) >= PAIR)):
                    row.SetCoefficient(self.x[s], 1.0)
        return False

    def choose(self, gap: float, time_limit_s: float) -> tuple[Ints, float]:
        """Solve for whole trips: those chosen, if any, and a bound on the reduced cost of any choice."""
        left = np.flatnonzero(self.open)
        model = mathopt.Model()
        x = {int(s): model.add_binary_variable() for s in left}
        model.minimize(mathopt.LinearSum([self.trips.cost[s] * x[s] for s in x]))
        for o in range(self.n):
            model.add_linear_constraint(mathopt.LinearSum([x[int(s)] for s in left[self.member[left, o]]]) == 1)
        for triple in self.cuts:
            several = left[self.member[left][:, list(triple)].sum(axis=1) >= PAIR]
            model.add_linear_constraint(mathopt.LinearSum([x[int(s)] for s in several]) <= 1)
        limit = mathopt.SolveParameters(time_limit=timedelta(seconds=max(time_limit_s, 0.01)))
        result = mathopt.solve(model, mathopt.SolverType.GSCIP, params=limit)
        if result.termination.reason == mathopt.TerminationReason.INFEASIBLE:
            return np.zeros(0, dtype=np.int64), gap
        bound = max(self.value, min(gap, float(result.termination.objective_bounds.dual_bound)))
        if not result.has_primal_feasible_solution():
            return np.zeros(0, dtype=np.int64), bound
        values = result.variable_values()
        return np.array([s for s, var in x.items() if round(values[var]) == 1], dtype=np.int64), bound
