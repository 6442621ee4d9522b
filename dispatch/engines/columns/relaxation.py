"""Column generation: prices that prove a bound, and the trips that are worth having at these prices."""

import time
from dataclasses import dataclass, field, replace
from itertools import product

import numpy as np

from dispatch.engines.columns.completion import empty_tables
from dispatch.engines.columns.cuts import Cuts, toll_of, violated
from dispatch.engines.columns.fleets import STEP_S, Fleets, fleets_of
from dispatch.engines.columns.master import Master, slots_of
from dispatch.engines.columns.partition import Trips, cheapest_of_each_set
from dispatch.engines.columns.pricing import DEEPEST, Found, empty_branch, empty_found, price
from dispatch.engines.kernel import Draft, Floats, Ints
from dispatch.problem import COST, Problem

SMOOTHING = 0.5
"""Share of the best prices so far in the prices that are tried next (Wentges 1997)."""
PER_SLOT, PER_ORDER = 100, 3
"""So many trips of a slot are kept in a round, the best; of these no more with the same order go to the master."""
BUDGET, BUDGET_PROOF, BUDGET_EXACT = 3_000, 20_000, 200_000
"""Extensions in a slot of pricing: in the first rounds, in the thorough ones, and once the gap is small."""
NEAREST = 20
"""So many successors of an order are priced in the first rounds."""
FEW, NEAR = 10, 0.005
"""The first rounds are over when they add fewer than FEW trips, or promise a bound that is only this part of the value
below it."""
SINGLES, APART = 20, 4
"""Trips of one order are among the first columns, in every APARTth of the first SINGLES slots in which it is ready."""
LOWER = (0.8, 0.92, 0.6)
"""Parts of prices that have not settled that are tried for a bound, if the bound is not near them already."""
MOST_ENUMERATED, MOST_EXTENSIONS = 400_000, 1_000_000
"""Trips and extensions in one enumeration of the trips within the gap: under a second."""
MOST_CELLS = 15_000_000
"""Completion bounds take 24 bytes a cell: where trips could be so long that there were more, nothing is proved."""
MOST_CANDIDATES = 40_000
"""Orders times bases: with more, as of a thousand vehicles that all differ, nothing is proved."""
CLOSE = 1e-4
"""Column generation ends when bound and value are so close."""
EPSILON = 1e-6
ROUNDING = 1e-13
"""Part of all prices by which their sum may be wrong."""
SUCCESSORS = 500_000
"""So many pairs of an order and its successor are priced between two looks at the clock: a fraction of a second."""


@dataclass
class Prices:
    """Duals, and what they prove.

    Those of each order ``(n,)``, of a vehicle of each fleet at each point ``(f, g)``, of each cut, and of leaving an
    order out where a number of them must be.
    """

    orders: Floats
    points: Floats
    cuts: Floats
    left_out: float = 0.0
    bound: float = -np.inf

    def owed(self, fleets: Fleets, cuts: Cuts, least_left_out: int) -> float:
        """What all vehicles and all that the cuts allow cost, less what those left out bring in.

        The bound is the orders' prices less this.
        """
        return float((fleets.counts * self.points).sum() + self.cuts @ cuts.most - self.left_out * least_left_out)


@dataclass
class Relaxation:
    """The linear relaxation of a problem over trips and points of time, solved by column generation."""

    problem: Problem
    step_s: float = STEP_S
    fleets: Fleets = field(init=False)
    best: Prices = field(init=False)

    def __post_init__(self) -> None:
        self.fleets = fleets_of(self.problem, self.step_s)
        self.arrays = self.problem.lower_arrays
        a, g = self.arrays, self.fleets.counts.shape[1]
        n = len(a.orders)
        capacity = min(n, int(self.fleets.fleets["capacity_orders"].max(initial=0)))
        self.enumerated = min(capacity, DEEPEST)
        self.possible = capacity * n * (g + 1) <= MOST_CELLS and len(self.fleets.bases) * n <= MOST_CANDIDATES
        self.tables = empty_tables(n, g, capacity if self.possible else 1)
        self.branch = empty_branch(n, self.enumerated)
        self.found = empty_found(n, self.enumerated, max(1, len(self.fleets.bases)) * g * PER_SLOT)
        self.master = Master(self.arrays, self.fleets)
        first = self._ways_in()
        self.best = Prices(first, np.zeros(self.fleets.counts.shape), np.zeros(0), bound=float(first.sum()))
        self.gain = self.value = np.inf
        self.least_left_out = 0
        self.centre = self.best
        self.thorough, self.promised = False, -np.inf
        self.until_s = np.inf  # moment of ``time.perf_counter`` from which nothing is proved any more
        everybody = np.argsort(
            a.legs[..., COST].min(axis=0)[np.ix_(a.orders["place"], a.orders["place"])], axis=1, kind="stable"
        )
        self.everybody = everybody[everybody != np.arange(n)[:, None]].reshape(n, n - 1)
        self.nearest = np.ascontiguousarray(self.everybody[:, :NEAREST])
        self.alone = self._alone()

    def _ways_in(self) -> Floats:
        """The cheapest leg that ends at each order, ``(n,)``, or leaving it out: prices that no trip falls short of."""
        a = self.arrays
        places = a.orders["place"]
        legs = a.legs[..., COST].min(axis=0)[:, places]
        legs[places, np.arange(len(places))] = np.inf  # nobody comes from the order itself
        return np.asarray(np.minimum(legs.min(axis=0), a.orders["unserved_cost"]))

    def _alone(self) -> Floats:
        """What each order costs in a trip of its own at any time, ``(n,)``, or left out if that is cheaper."""
        a, fleets = self.arrays, self.fleets
        cost: Floats = a.orders["unserved_cost"].copy()
        places = a.orders["place"]
        for (f, home), allowed in zip(fleets.bases, fleets.allowed, strict=True):
            kind = fleets.fleets[f]["kind"]
            trip = a.legs[kind, home, places, COST] + a.legs[kind, places, home, COST] + fleets.fleets[f]["trip_cost"]
            cost = np.where(allowed, np.minimum(cost, trip), cost)
        return cost

    def begin(self, draft: Draft) -> None:
        """Take a draft's trips and trips of one order as columns, and what orders pay in the draft as first prices."""
        a = self.arrays
        prices = self.alone.copy()
        ready = slots_of(self.fleets, a.orders["ready_s"])
        for base, allowed in enumerate(self.fleets.allowed):
            for o in np.flatnonzero(allowed):
                for slot in range(int(ready[o]), min(int(ready[o]) + SINGLES, self.fleets.counts.shape[1]), APART):
                    self.master.add(base, slot, (int(o),))
        for v in range(len(draft.n_trips)):
            for p in range(int(draft.n_trips[v])):
                trip = draft.trips[v, p]
                stops = draft.stops[v, p, : trip["n_stops"]]
                self.offer(v, int(trip["store"]), stops.tolist(), float(trip["leaves_s"]))
                # An order's share of its trip is as what a trip of its own would cost.
                c, home = int(a.vehicles["kind"][v]), int(trip["store"])
                places = a.orders["place"][stops]
                alone = a.legs[c, home, places, COST] + a.legs[c, places, home, COST]
                alone[~np.isfinite(alone)] = float(trip["cost"])
                prices[stops] = float(trip["cost"]) * alone / max(float(alone.sum()), EPSILON)
        self.centre = Prices(prices, self.best.points, np.zeros(0))

    def offer(self, vehicle: int, store: int, stops: list[int], leaves_s: float) -> bool:
        """Offer a trip to the master in the slot in which it leaves."""
        f = self.fleets.fleet_of[vehicle]
        rows = np.flatnonzero((self.fleets.bases[:, 0] == f) & (self.fleets.bases[:, 1] == store))
        slot = int(slots_of(self.fleets, np.array([leaves_s]))[0])
        return len(rows) > 0 and self.master.add(int(rows[0]), slot, tuple(stops))

    def prove(self, prices: Prices, budget: int, below: float = -EPSILON) -> int:
        """Price at ``prices`` and keep what they prove in ``prices.bound``; the number of trips found.

        Every trip's reduced cost is at least the sum of its orders' shares, so lowering each order's price by its
        share makes the prices feasible, and their value a bound: Lagrangian duality, repaired order by order.
        """
        self.found.share[:] = 0.0
        near = self.everybody if self.thorough else self.nearest
        n_found, _ = self._price(prices, near, below, PER_SLOT, budget, self.found)
        proven = prices.orders + self.found.share - EPSILON
        owed = prices.owed(self.fleets, self.master.cuts, self.least_left_out)
        self.promised = float(proven.sum() - owed)
        if self.thorough and time.perf_counter() < self.until_s:
            prices.bound = float(proven.sum() - owed - ROUNDING * (np.abs(proven).sum() + abs(owed)))
        return n_found

    def _price(
        self, prices: Prices, near: Ints, below: float, per_slot: int, budget: int, found: Found
    ) -> tuple[int, bool]:
        """Price every base, some slots at a time, until the time is up.

        Returns:
            The number of trips found, and whether no slot was left out or ran out of its budget.
        """
        g = self.fleets.counts.shape[1]
        toll = toll_of(self.master.cuts, prices.cuts, len(self.arrays.orders))
        at_once = max(1, SUCCESSORS // max(1, near.size))
        n_found = n_extended = 0
        everything = True
        for base, first in product(range(len(self.fleets.bases)), range(0, g, at_once)):
            if time.perf_counter() >= self.until_s:
                return n_found, False
            if first == 0:
                cum = np.concatenate([[0.0], np.cumsum(prices.points[self.fleets.bases[base, 0]])])
            n_found, extended, all_kept = price(
                self.arrays,
                self.fleets,
                base,
                (first, min(first + at_once, g)),
                prices.orders,
                cum,
                near,
                self.tables,
                below,
                per_slot,
                budget - n_extended if below > 0 else budget,
                found,
                n_found,
                self.branch,
                toll,
            )
            n_extended += extended
            everything = everything and all_kept
            if below > 0 and not everything:
                break
        return n_found, everything

    def trips_below(self, threshold: float, most: int) -> Trips | None:
        """The cheapest trip of each set of orders, and every order left out, with a reduced cost below ``threshold``.

        None if there are more than ``most``, or so many before the cheapest are picked that there is no room for them.
        """
        a, prices = self.arrays, self.best
        found = empty_found(len(a.orders), self.enumerated, MOST_ENUMERATED)
        n_found, everything = self._price(
            prices, self.everybody, threshold, MOST_ENUMERATED + 1, MOST_EXTENSIONS, found
        )
        if not everything:
            return None
        rows, stops = found.trips[:n_found], found.stops[:n_found]
        stops = np.where(np.arange(stops.shape[1]) < rows["n_stops"][:, None], stops, -1)
        dearer = a.orders["unserved_cost"] - prices.orders - prices.left_out
        left_out = np.flatnonzero(dearer < threshold)
        alone = np.full((len(left_out), stops.shape[1]), -1)
        alone[:, 0] = left_out
        nowhere = np.full(len(left_out), -1)
        every = Trips(
            stops=np.concatenate([stops, alone]),
            cost=np.concatenate([rows["cost"], dearer[left_out]]),
            slot=np.concatenate([rows["slot"], nowhere]),
            base=np.concatenate([rows["base"], nowhere]),
        )
        trips = cheapest_of_each_set(every, len(a.orders))
        return trips if len(trips.cost) <= most else None

    def improve(self) -> bool:
        """One round of column generation; False if the prices cannot be bettered.

        The first rounds price with few successors of each order, which finds trips ten times as fast and proves
        nothing; once they find little, all successors are priced.
        """
        if not self.master.solve():
            return False
        unserved_cost = self.arrays.orders["unserved_cost"]
        pi, mu, sigma, omega = self.master.duals()
        self.value = self.master.value
        exact = Prices(np.minimum(pi, unserved_cost - omega), mu, sigma, omega)
        omega = SMOOTHING * self.centre.left_out + (1 - SMOOTHING) * omega
        smooth = Prices(
            np.minimum(SMOOTHING * self.centre.orders + (1 - SMOOTHING) * pi, unserved_cost - omega),
            SMOOTHING * self.centre.points + (1 - SMOOTHING) * mu,
            SMOOTHING * self.centre.cuts + (1 - SMOOTHING) * sigma,
            omega,
        )
        if not self.thorough:
            added = self.add(self.prove(smooth, BUDGET))
            if added < FEW:
                added += self.add(self.prove(exact, BUDGET))
            self.centre = smooth
            if added < FEW or self.promised > self.value - NEAR * abs(self.value):
                self.conclude()
            return True
        for prices in (smooth, exact):
            n_found = self.prove(prices, BUDGET_PROOF if self.gain > 0.01 * abs(self.value) else BUDGET_EXACT)
            if self._keep(prices):
                self.centre = self.best
            added = self.add(n_found)
            if added:
                break
        self.gain = self.value - self.best.bound
        return added > 0 and self.gain > CLOSE * abs(self.value)

    def cut(self) -> bool:
        """Cut off the master's last solution, so that prices can prove more; False if there is nothing to cut."""
        if not self.master.solve():
            return False
        cuts = violated(*self.master.shares(), len(self.arrays.orders))
        if len(cuts.most) == 0:
            return False
        self.master.cut(cuts)
        for prices in (self.best, self.centre):
            if len(prices.cuts) < len(self.master.cuts.most):
                prices.cuts = np.append(prices.cuts, np.zeros(len(cuts.most)))
        return True

    def leave_out(self, at_least: int) -> None:
        """From now on prove what plans cost that leave out so many orders at least."""
        self.least_left_out = at_least
        self.master.leave_out(at_least)

    def serving_more(self, price: float) -> "Relaxation":
        """The same relaxation where leaving an order out costs ``price`` more, from the same columns and cuts."""
        orders = self.problem.outward.orders.copy()
        orders["unserved_cost"] += price
        other = Relaxation(replace(self.problem, outward=self.problem.outward._replace(orders=orders)), self.step_s)
        for base, slot, stops in self.master.columns:
            other.master.add(base, slot, stops)
        other.master.cut(self.master.cuts)
        other.best.cuts = np.zeros(len(self.master.cuts.most))
        other.centre = replace(self.best, left_out=0.0)
        other.until_s = self.until_s
        other.conclude()
        return other

    def conclude(self) -> None:
        """Let the next round price all successors, from the prices at hand."""
        self.thorough = True

    def settle_for_less(self, until_s: float) -> None:
        """Prove what lower prices prove, where there was no time for prices to settle: too high ones prove nothing.

        Nothing is begun after the moment ``until_s`` of ``time.perf_counter``.
        """
        for part in LOWER:
            if self.best.bound >= 2 * part * self.value - self.value or time.perf_counter() >= until_s:
                continue
            prices = Prices(
                np.minimum(self.centre.orders, self.alone) * part,
                self.centre.points * part,
                self.centre.cuts * part,
                self.centre.left_out * part,
            )
            self.prove(prices, BUDGET)
            self._keep(prices)

    def _keep(self, prices: Prices) -> bool:
        """Keep ``prices``, just proved and lowered by their shares, if they prove more than the best so far."""
        better = prices.bound > self.best.bound
        if better:
            lowered = prices.orders + self.found.share - EPSILON
            self.best = Prices(lowered, prices.points, prices.cuts, prices.left_out, prices.bound)
        return better

    def add(self, n_found: int) -> int:
        """Add the best of the trips found to the master, no more than some with the same order; how many were new."""
        seen = np.zeros(len(self.arrays.orders), dtype=np.int64)
        added = 0
        for row in np.argsort(self.found.trips["cost"][:n_found], kind="stable").tolist():
            trip = self.found.trips[row]
            stops = self.found.stops[row, : trip["n_stops"]]
            if seen[stops].min() < PER_ORDER:
                seen[stops] += 1
                added += self.master.add(int(trip["base"]), int(trip["slot"]), tuple(stops.tolist()))
        return added
