"""The proof beside the search: a cost that no plan can be below, and better routes where it comes upon them.

Prices first; then cuts, which raise what prices prove; then, where the gap is small enough, a choice among the trips
that could still be in a better plan. Where riders are too few, whole orders are left out in place of shares of them.
"""

from collections.abc import Callable

import numpy as np

from dispatch.engines.columns.clock import Clock
from dispatch.engines.columns.decode import routes_from
from dispatch.engines.columns.incumbent import Incumbent
from dispatch.engines.columns.partition import Partition, Trips
from dispatch.engines.columns.relaxation import Relaxation
from dispatch.engines.greedy import solve_greedy

CONCLUDED, PRICED = 0.5, 0.8
"""Shares of the time after which column generation prices thoroughly, and after which it stops."""
LAST = 0.97
"""Share of the time after which nothing new is begun."""
MOST_MEMBERS = 1_000_000
"""Sets to choose from times orders: with more, a choice takes too long."""
CLOSER = 0.7
"""Another choice is made when the gap is this part of what it was at the last."""
CHOOSING, CHOOSING_PART = 0.6, 0.25
"""Share of the time left for one choice, from all trips within the gap or from some; what it leaves open, cuts may
close."""
FIRST, PARTS_TRIED, GROWTH = 12, 5, 6
"""Trips are enumerated within FIRST over the number of orders of the gap, then within twice or half as much; twice as
much is expected to hold GROWTH times as many."""
COUNTED, PART_LEFT_OUT, DEARER = 0.8, 0.02, 2.0
"""Until this share of the time, orders are left out whole that are left out in part, and at least so large a part. That
serving more costs more is proven with a price on leaving out of so many times the cost of the plan at hand."""
LITTLE, PATIENCE = 0.01, 2
"""Cutting ends when more than PATIENCE rounds in a row close less than this part of the gap."""
MOST_GAP, SCARCE, SMALL = 0.1, 0.8, 24
"""With a wider gap nothing is enumerated, since it would not close: somebody is left out, and until this share of the
time a second search helps more than cuts. So few orders as SMALL have few enough trips for any gap."""


class Proof:
    """Of a relaxation that has its first columns.

    Attributes:
        lower: what plans cost at least that leave out as many orders as the relaxation has come to, or more.
        elsewhere: what all others cost at least.
        settled: what any plan costs at least, proven before anybody was counted out.
    """

    def __init__(self, relaxation: Relaxation, clock: Clock, best: Incumbent, search: Callable[[float], None]) -> None:
        self.relaxation, self.clock, self.best, self.search = relaxation, clock, best, search
        self.n_orders = len(best.problem.order_ids)
        self.lower = self.settled = relaxation.best.bound
        self.elsewhere = np.inf

    @property
    def bound(self) -> float:
        """A cost that no plan can be below."""
        return max(self.settled, min(self.lower, self.elsewhere))

    def find(self) -> None:
        """Prove until the time is up, nothing is left to prove, or proving has become slow."""
        self.relaxation.until_s = self.clock.moment(LAST)
        if not self.relaxation.possible:
            return
        self.price()
        self.settled = self.lower = max(self.relaxation.best.bound, 0.0)
        self.count_left_out()
        tried, little = np.inf, 0
        most_gap = MOST_GAP if self.n_orders > SMALL else 1.0
        while self.clock.share() < LAST and self.best.above(self.lower):
            before, gap = self.lower, self.best.cost - self.relaxation.best.bound
            if gap > most_gap * self.best.cost and self.clock.share() < SCARCE:
                self.search(SCARCE)
                continue
            if gap < min(most_gap * self.best.cost, tried * CLOSER):
                tried = gap
                self.close(gap)
            if self.best.above(self.lower) and not self.cut():
                return
            little = 0 if self.lower - before > LITTLE * (self.best.cost - self.lower) else little + 1
            if little > PATIENCE:
                return

    def price(self) -> None:
        """Generate columns until prices settle; prove what can be proven with others if there is no time for that."""
        relaxation = self.relaxation
        while self.clock.share() < PRICED and relaxation.improve():
            if self.clock.share() > CONCLUDED and not relaxation.thorough:
                relaxation.conclude()
                relaxation.settle_for_less(self.clock.moment(PRICED))
        if not relaxation.thorough:
            relaxation.conclude()
            relaxation.settle_for_less(self.clock.moment(LAST))

    def cut(self) -> bool:
        """Cut, let prices settle again and count anew; False if there was nothing to cut."""
        if not self.relaxation.cut():
            return False
        while self.clock.share() < LAST and self.relaxation.improve():
            pass
        self.settled = max(self.settled, min(self.elsewhere, self.relaxation.best.bound))
        self.count_left_out()
        self.lower = max(self.lower, self.relaxation.best.bound)
        return True

    def count_left_out(self) -> None:
        """Leave out whole orders where shares are left out, as far as serving more is proven to cost more."""
        relaxation = self.relaxation
        while self.clock.share() < COUNTED and relaxation.thorough and relaxation.master.solve():
            shares = relaxation.master.n_left_out
            whole = int(shares + PART_LEFT_OUT)
            if shares - whole < PART_LEFT_OUT or whole < relaxation.least_left_out:
                return
            price = DEARER * self.best.cost
            other, fewer = relaxation.serving_more(price), -np.inf
            while fewer < self.best.cost and self.clock.share() < COUNTED and other.improve():
                fewer = other.best.bound - price * whole
            if fewer <= relaxation.best.bound:
                return
            self.elsewhere = min(self.elsewhere, fewer)
            relaxation.leave_out(whole + 1)
            while self.clock.share() < COUNTED and relaxation.improve():
                pass
            self.lower = max(self.lower, relaxation.best.bound)

    def close(self, gap: float) -> None:
        """Choose among the trips within the gap or a part of it."""
        base = self.relaxation.best.bound
        trips, within = self.enumerate(gap)
        if trips is None:
            return
        partition = Partition(trips, self.n_orders)
        partition.lift(within, self.relaxation.until_s)
        within = min(within, max(self.best.cost - base, 0.0))  # the search may have found better routes meanwhile
        value = partition.value
        if self.clock.share() < LAST and value < within:
            limit_s = self.clock.left_s(LAST) * (CHOOSING if within == gap else CHOOSING_PART)
            chosen, value = partition.choose(within, limit_s)
            if len(chosen):
                problem = self.best.problem
                self.best.keep(solve_greedy(problem, routes_from(problem, self.relaxation, trips, chosen)))
        self.lower = max(self.lower, base + min(value, within))

    def enumerate(self, gap: float) -> tuple[Trips | None, float]:
        """The trips within the gap, or within as much of it as leaves few enough; and how much that is."""
        most = MOST_MEMBERS // self.n_orders
        trips, within, part = None, 0.0, gap * min(1.0, FIRST / self.n_orders)
        for _ in range(PARTS_TRIED):
            more = self.relaxation.trips_below(part, most)
            if more is not None:
                trips, within = more, part
            if (more is None) == (trips is not None) or part == gap or self.clock.share() >= LAST:
                break
            if more is not None and len(more.cost) * GROWTH > most:
                break
            part = part / 2 if more is None else min(gap, part * 2)
        return trips, within
