"""Proof by CP-SAT: whether some containers hold a load at all, and how.

One model, things with integer corners. For every pair of things one is left of, before or below the other; a thing
stands on the floor or has enough of its base on the tops it touches; what must bear little has little above it.
Several containers stand side by side along x. That things must be carried is left out at first: without it the model
is much smaller, and where even floating things do not fit nothing does.

OR-Tools holds the interpreter lock while CP-SAT solves: a thread beside it stands still. Callers that serve others
meanwhile run it in a worker process.
"""

import time
from collections.abc import Sequence
from itertools import combinations, pairwise
from typing import Literal

import numpy as np
from ortools.sat.python import cp_model

from carbon.cartonize.budget import Budget, Steps
from carbon.cartonize.greedy import improve
from carbon.cartonize.load import UNLIMITED_MG, Bins, Ints, Layout, Load

Answer = Literal["holds", "cannot", "unknown"]
AXES = (0, 1, 2)
CARRYING = 2.0
"""A unit of CP-SAT's deterministic work takes about twice as long with the products that support needs."""
CHANGES, CHANGES_STEPS = 1500, 15_000_000
"""Small changes, and steps for them, that are tried on a layout with too little support before CP-SAT is asked for one
with enough."""


def arrange(
    load: Load, bins: Bins, support_permille: int, budget: Budget, share: float, seed: int
) -> tuple[Answer, Layout | None]:
    """Decide whether containers hold a load.

    Equal input and seed give an equal answer while the work runs out before the clock does.

    Args:
        load: ``n`` things, each of which fits into some container alone.
        bins: ``k`` containers, all of which may be used.
        support_permille: least share of each base that is carried, in thousandths; 0 lets things float.
        budget: what may be spent; what is spent is taken from it.
        share: part of the budget that this call may take.
        seed: CP-SAT's seed.

    Returns:
        ``"holds"`` with a layout, ``"cannot"`` if none exists, ``"unknown"`` if the budget ended first.
    """
    if budget.spent:
        return "unknown", None
    most_work = budget.work * share
    before = budget.work
    model = _Model(load, bins)
    answer, layout = model.solve(budget, most_work, seed)
    if answer != "holds" or support_permille == 0:
        return answer, layout
    assert layout is not None
    if _carried(load, layout, support_permille):
        return answer, layout
    layout, whole = improve(load, bins, support_permille, layout, CHANGES, seed, Steps(CHANGES_STEPS))
    if whole:
        return answer, layout
    most_work -= before - budget.work
    if budget.spent or most_work <= 0:
        return "unknown", None
    model.carry(support_permille)
    return model.solve(budget, most_work, seed)


def _carried(load: Load, layout: Layout, support_permille: int) -> bool:
    """Whether every thing of a layout has enough of its base on the floor or on others."""
    sizes = load.sizes_mm[np.arange(len(load)), layout.turn]
    low, high = layout.at_mm, layout.at_mm + sizes
    over = np.minimum(high[:, None], high[None]) - np.maximum(low[:, None], low[None])
    area = np.clip(over[..., 0], 0, None) * np.clip(over[..., 1], 0, None)
    touches = (low[:, None, 2] == high[None, :, 2]) & (layout.bin[:, None] == layout.bin)
    carried = (area * touches).sum(axis=1)
    base = sizes[:, 0] * sizes[:, 1]
    return bool(((low[:, 2] == 0) | (carried * 1000 >= support_permille * base)).all())


class _Model:
    """The CP-SAT model of one load in some containers."""

    def __init__(self, load: Load, bins: Bins) -> None:
        self.load, self.bins = load, bins
        self.model = cp_model.CpModel()
        self.rate = 1.0
        self.starts_mm: Ints = np.concatenate(([0], np.cumsum(bins.sides_mm[:, 0])))
        self.at: list[list[cp_model.IntVar]] = []
        self.size: list[list[cp_model.IntVar]] = []
        self.turned: list[list[cp_model.IntVar]] = []
        self.within: list[list[cp_model.IntVar]] = []
        self.contact: dict[tuple[int, int], cp_model.IntVar] = {}  # (upper, lower)
        for thing in range(len(load)):
            self._add(thing)
        self._keep_masses()
        self._keep_apart()
        self._limit_loads()
        self._break_symmetry()
        if len(bins.sides_mm) == 1:
            self._crowd()

    def solve(self, budget: Budget, most_work: float, seed: int) -> tuple[Answer, Layout | None]:
        """Search for a layout."""
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = seed
        solver.parameters.linearization_level = 0  # no linear relaxation, no search for symmetry: on the loads that
        solver.parameters.symmetry_level = 0  # take longest the same answers came in two thirds of the time
        solver.parameters.max_deterministic_time = most_work / self.rate
        solver.parameters.max_time_in_seconds = max(1e-3, budget.ends_s - time.perf_counter())
        status = solver.solve(self.model)
        budget.work -= self.rate * solver.response_proto.deterministic_time
        if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return "holds", self._layout(solver)
        return ("cannot" if status == cp_model.INFEASIBLE else "unknown"), None

    def _layout(self, solver: cp_model.CpSolver) -> Layout:
        at = np.array([[solver.value(var) for var in corner] for corner in self.at], np.int64)
        number = np.searchsorted(self.starts_mm, at[:, 0], side="right") - 1
        at[:, 0] -= self.starts_mm[number]
        turn = [next((t for t, var in enumerate(ways) if solver.value(var)), 0) for ways in self.turned]
        return Layout(bin=number, at_mm=at, turn=np.array(turn, np.int64))

    def _add(self, thing: int) -> None:
        """Add a thing: its corner, its way to turn, and its container."""
        model, load, bins = self.model, self.load, self.bins
        ways = load.sizes_mm[thing, : load.turns[thing]]
        turned = [model.new_bool_var("") for _ in ways] if len(ways) > 1 else []
        if turned:
            model.add_exactly_one(turned)
        size, at = [], []
        width_mm = (int(self.starts_mm[-1]), int(bins.sides_mm[:, 1].max()), int(bins.sides_mm[:, 2].max()))
        for axis in AXES:
            sides = ways[:, axis].tolist()
            var = model.new_int_var_from_domain(cp_model.Domain.from_values(sides), "")
            if turned:
                model.add(var == cp_model.LinearExpr.weighted_sum(turned, sides))
            start = model.new_int_var(0, width_mm[axis] - min(sides), "")
            model.add(start + var <= width_mm[axis])
            size.append(var)
            at.append(start)
        count = len(bins.sides_mm)
        within = [model.new_bool_var("") for _ in range(count)] if count > 1 else []
        if within:
            model.add_exactly_one(within)
        for number, inside in enumerate(within):
            model.add(at[0] >= int(self.starts_mm[number])).only_enforce_if(inside)
            model.add(at[0] + size[0] <= int(self.starts_mm[number + 1])).only_enforce_if(inside)
            for axis in AXES[1:]:
                model.add(at[axis] + size[axis] <= int(bins.sides_mm[number, axis])).only_enforce_if(inside)
        self.turned.append(turned)
        self.size.append(size)
        self.at.append(at)
        self.within.append(within)

    def _keep_masses(self) -> None:
        masses = self.load.mass_mg.tolist()
        for number, payload_mg in enumerate(self.bins.payload_mg.tolist()):
            if payload_mg >= sum(masses):
                continue
            if len(self.bins.payload_mg) == 1:
                self.model.add_bool_or([])  # too heavy for the only container
            else:
                inside = [within[number] for within in self.within]
                self.model.add(cp_model.LinearExpr.weighted_sum(inside, masses) <= payload_mg)

    def _keep_apart(self) -> None:
        """Make one of each pair left of, before or below the other; tell contact from a gap where it matters."""
        model, load = self.model, self.load
        all_matter = bool(((load.bears_mg >= 0) & (load.bears_mg < UNLIMITED_MG)).any())
        for one, other in combinations(range(len(load)), 2):
            apart = []
            for axis in AXES:
                for low, high in ((one, other), (other, one)):
                    literal = model.new_bool_var("")
                    apart.append(literal)
                    gap = 0
                    if axis == AXES[-1] and (all_matter or load.bears_mg[low] < UNLIMITED_MG):
                        touch = model.new_bool_var("")
                        self.contact[high, low] = touch
                        end = self.at[low][axis] + self.size[low][axis]
                        model.add(end == self.at[high][axis]).only_enforce_if(touch)
                        if load.bears_mg[low] < load.mass_mg[high]:
                            model.add(touch == 0)
                        apart.append(touch)
                        gap = 1
                    end = self.at[low][axis] + self.size[low][axis]
                    model.add(end + gap <= self.at[high][axis]).only_enforce_if(literal)
            model.add_bool_or(apart)

    def _limit_loads(self) -> None:
        """What rests on a thing, directly or through others, weighs no more than the thing bears."""
        model, load = self.model, self.load
        things = range(len(load))
        if not any(0 <= bears_mg < UNLIMITED_MG for bears_mg in load.bears_mg.tolist()):
            return
        above = {(high, low): model.new_bool_var("") for high in things for low in things if high != low}
        for (high, low), touch in self.contact.items():
            model.add_implication(touch, above[high, low])
            for highest in things:
                if highest not in (high, low):
                    model.add_bool_or([above[highest, low], ~above[highest, high], ~touch])
        masses = load.mass_mg.tolist()
        for low in things:
            bears_mg = int(load.bears_mg[low])
            if 0 <= bears_mg < UNLIMITED_MG:
                others = [high for high in things if high != low]
                over = cp_model.LinearExpr.weighted_sum([above[h, low] for h in others], [masses[h] for h in others])
                model.add(over <= bears_mg)

    def _break_symmetry(self) -> None:
        """Order equal things along x, and let one thing that has no equal choose the near halves."""
        like = self.load.like.tolist()
        for first, second in pairwise(range(len(like))):
            if like[first] == like[second]:
                self.model.add(self.at[first][0] <= self.at[second][0])
        single = [thing for thing in range(len(like)) if like.count(like[thing]) == 1]
        if len(self.bins.sides_mm) == 1 and single:
            for axis, side_mm in enumerate(self.bins.sides_mm[0, :2].tolist()):
                self.model.add(2 * self.at[single[0]][axis] + self.size[single[0]][axis] <= side_mm)

    def _crowd(self) -> None:
        """Add what follows from volume: no plane cuts more area of things than the container has."""
        model, load = self.model, self.load
        sides = self.bins.sides_mm[0].tolist()
        for axis in AXES:
            cuts, demands = [], []
            for thing in range(len(load)):
                start, size = self.at[thing][axis], self.size[thing][axis]
                end = model.new_int_var(0, sides[axis], "")
                cuts.append(model.new_interval_var(start, size, end, ""))
                ways = load.sizes_mm[thing, : load.turns[thing]]
                areas = np.delete(ways, axis, axis=1).prod(axis=1).tolist()
                turned = self.turned[thing]
                area = model.new_int_var_from_domain(cp_model.Domain.from_values(areas), "")
                if turned:
                    model.add(area == cp_model.LinearExpr.weighted_sum(turned, areas))
                demands.append(area)
            one, two = (side for other, side in enumerate(sides) if other != axis)
            model.add_cumulative(cuts, demands, one * two)

    def carry(self, support_permille: int) -> None:
        """Add that every thing stands on the floor or has enough of its base on the tops it touches."""
        model, load = self.model, self.load
        self.rate = CARRYING
        for high in range(len(load)):
            ways = load.sizes_mm[high, : load.turns[high]]
            floor = model.new_bool_var("")
            model.add(self.at[high][2] == 0).only_enforce_if(floor)
            areas = [self._shared(high, low, ways) for low in range(len(load)) if low != high]
            bases = (ways[:, 0] * ways[:, 1] * support_permille).tolist()
            turned = self.turned[high]
            need = cp_model.LinearExpr.weighted_sum(turned, bases) if turned else bases[0]
            model.add(1000 * cp_model.LinearExpr.sum(areas) >= need).only_enforce_if(~floor)

    def _shared(self, high: int, low: int, ways: Ints) -> cp_model.IntVar:
        """Area of the base of one thing that lies on the top of another, at most."""
        model = self.model
        touch = self.contact.get((high, low))
        if touch is None:
            touch = model.new_bool_var("")
            model.add(self.at[low][2] + self.size[low][2] == self.at[high][2]).only_enforce_if(touch)
        lower = self.load.sizes_mm[low, : self.load.turns[low]]
        lengths: list[cp_model.IntVar] = []
        for axis in AXES[:2]:
            length = model.new_int_var(0, int(min(ways[:, axis].max(), lower[:, axis].max())), "")
            for left, right in ((high, low), (low, high)):
                end = self.at[left][axis] + self.size[left][axis]
                model.add(length <= end - self.at[right][axis]).only_enforce_if(touch)
                model.add(length <= self.size[left][axis])
            model.add(length == 0).only_enforce_if(~touch)
            lengths.append(length)
        most = int(ways[:, :2].prod(axis=1).max())
        area = model.new_int_var(0, most, "")
        model.add_multiplication_equality(area, _pair(lengths))
        return area


def _pair(lengths: Sequence[cp_model.IntVar]) -> list[cp_model.LinearExprT]:
    return list(lengths)
