"""The integer end: choose among all trips that could be in a better plan, by cuts, then by HiGHS through OR-Tools.

At prices that prove a bound every trip has a reduced cost of at least 0, and a plan costs the bound plus the reduced
costs of its trips. So a plan better than the one at hand has no trip whose reduced cost exceeds the gap; those below it
are enumerated, one for each set of orders, and the set partitioning over them closes the gap from below: cuts lift the
bound, which fixes trips at 0, and what remains is solved as an integer programme. Minutes stay priced, not counted:
that too is on the safe side.
"""

import time
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from ortools.linear_solver import pywraplp
from ortools.math_opt.python import mathopt

from dispatch.engines.columns.cuts import coefficients, joined, no_cuts, violated
from dispatch.engines.columns.master import WHOLE, from_last_basis
from dispatch.engines.kernel import Floats, Ints

CUTS_A_ROUND = 60
PARTS = (0.2, 0.5, 0.75, 1.0)
"""Parts of what is left of the gap, for the choice among few trips and then among more."""
LITTLE, PATIENCE = 0.02, 2
"""Cutting ends when more than PATIENCE rounds in a row close less than this part of what is left of the gap."""
LARGEST = 2.0**62


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


class Partition:
    """A set partitioning over enumerated trips whose linear relaxation grows by cuts and shrinks by fixing."""

    def __init__(self, trips: Trips, n_orders: int) -> None:
        self.trips, self.n = trips, n_orders
        self.cuts = no_cuts()
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
        self.least = trips.cost.copy()
        self.value = 0.0

    def lift(self, gap: float, until_s: float) -> None:
        """Cut until nothing is violated, the last solution is whole, the gap is closed or the time is up.

        Args:
            gap: trips that would lift the value by more than this are fixed at 0.
            until_s: moment of ``time.perf_counter``.
        """
        little = 0
        while self.solver.Solve(from_last_basis()) == pywraplp.Solver.OPTIMAL:
            before, self.value = self.value, max(self.value, float(self.objective.Value()))
            little = 0 if self.value - before > LITTLE * (gap - before) else little + 1
            if self.value >= gap - WHOLE or little > PATIENCE:
                return
            # Read everything first: the solver forgets its solution when the model changes.
            reduced = np.array([x.reduced_cost() for x in self.x])
            share = np.array([x.solution_value() for x in self.x])
            self.least = np.maximum(self.least, self.objective.Value() + reduced)
            for s in np.flatnonzero(self.open & (self.least > gap + WHOLE)):
                self.x[s].SetUb(0.0)
                self.open[s] = False
            some = np.flatnonzero(share > WHOLE)
            if (share[some] > 1 - WHOLE).all():
                return
            if time.perf_counter() >= until_s:
                return
            cuts = violated(self.trips.stops[some], share[some], self.n, most=CUTS_A_ROUND)
            if len(cuts.most) == 0:
                return
            self.cuts = joined(self.cuts, cuts)
            rows = [self.solver.Constraint(-self.solver.infinity(), float(most)) for most in cuts.most]
            left = np.flatnonzero(self.open)
            counts = coefficients(cuts, self.trips.stops[left])
            for at, row in zip(*np.nonzero(counts), strict=True):
                rows[row].SetCoefficient(self.x[left[at]], float(counts[at, row]))

    def choose(self, gap: float, time_limit_s: float) -> tuple[Ints, float]:
        """Solve for whole trips: those chosen, if any, and a bound on the reduced cost of any choice.

        Trips that could be in a choice a little above the value are tried before all that are within the gap: they are
        few, and the best choice among them is the best of all if it costs no more than what they were picked by.
        """
        until_s = time.perf_counter() + time_limit_s
        chosen, cost, bound = np.zeros(0, dtype=np.int64), np.inf, self.value
        for part in PARTS:
            most = self.value + part * (gap - self.value)
            found, bound_within = self._choose_within(min(most, cost), until_s - time.perf_counter())
            bound = max(bound, min(bound_within, most))
            if len(found) and self.trips.cost[found].sum() < cost:
                chosen, cost = found, float(self.trips.cost[found].sum())
            if cost <= most or time.perf_counter() >= until_s:
                break
        return chosen, min(bound, gap)

    def _choose_within(self, most: float, time_limit_s: float) -> tuple[Ints, float]:
        """The same among trips that can be in a choice of cost ``most``."""
        left = np.flatnonzero(self.open & (self.least <= most + WHOLE))
        model = mathopt.Model()
        x = {int(s): model.add_binary_variable() for s in left}
        model.minimize(mathopt.LinearSum([self.trips.cost[s] * x[s] for s in x]))
        of_order: list[list[mathopt.Variable]] = [[] for _ in range(self.n)]
        for s in left.tolist():
            for o in self.trips.stops[s]:
                if o >= 0:
                    of_order[o].append(x[s])
        for trips in of_order:
            model.add_linear_constraint(mathopt.LinearSum(trips) == 1)
        counts = coefficients(self.cuts, self.trips.stops[left])
        for limit, count in zip(self.cuts.most.tolist(), counts.T, strict=True):
            counted = [int(count[at]) * x[int(left[at])] for at in np.flatnonzero(count)]
            model.add_linear_constraint(mathopt.LinearSum(counted) <= limit)
        # With presolve HiGHS prints to standard output now and then, where others expect a plan.
        parameters = mathopt.SolveParameters(
            time_limit=timedelta(seconds=max(time_limit_s, 0.01)),
            relative_gap_tolerance=0.0,
            presolve=mathopt.Emphasis.OFF,
        )
        result = mathopt.solve(model, mathopt.SolverType.HIGHS, params=parameters)
        if result.termination.reason == mathopt.TerminationReason.INFEASIBLE:
            return np.zeros(0, dtype=np.int64), most
        bound = float(result.termination.objective_bounds.dual_bound)
        if not result.has_primal_feasible_solution():
            return np.zeros(0, dtype=np.int64), bound
        values = result.variable_values()
        return np.array([s for s, var in x.items() if round(values[var]) == 1], dtype=np.int64), bound
