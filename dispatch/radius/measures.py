"""What the days of one setting say: how many orders and people it reaches, how well, at what cost and emission."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from dispatch.radius.stats import Floats, pseudo_values, ratio, share_half_width
from dispatch.record import Record
from dispatch.twin import DayResult, Estimate

CONFIDENCE = 0.95
NEAR = 0.01
"""Shares on time that differ by no more are equally good where none meets the target: an indifference zone."""


class Measures(Record):
    """Figures of a setting over its days, with 95 % intervals by Student's t; None where there was nothing to measure.

    Shares and figures per order are ratios of the days' sums. ``on_time_share`` is of all orders within the radius, so
    an undelivered one is not on time; costs and grams are per delivered order. The cost is the objective's without the
    price of unserved orders, with the riders' idle hours and the drones' day; the grams are of transport and packaging.
    """

    orders_per_day: Estimate
    people: float
    reached_share: float | None
    on_time_share: Estimate | None
    undelivered_share: Estimate | None
    cost_per_order: Estimate | None
    gco2e_per_order: Estimate | None
    contribution_per_day: Estimate


@dataclass(frozen=True, slots=True)
class Days:
    """The days of one setting as arrays of shape ``(n,)``, in the order of their seeds."""

    orders: Floats
    on_time: Floats
    delivered: Floats
    cost: Floats
    gco2e: Floats
    contribution: Floats
    people: float
    reached_share: float | None

    @classmethod
    def of(cls, days: Sequence[DayResult]) -> Self:
        """Gather the results of one setting, at least one."""
        return cls(
            orders=_array(day.accepted for day in days),
            on_time=_array((day.on_time_share or 0.0) * day.accepted for day in days),
            delivered=_array(day.delivered for day in days),
            cost=_array(day.cost.total - day.cost.unserved + day.idle_cost for day in days),
            gco2e=_array(day.transport_gco2e + day.packaging_gco2e for day in days),
            contribution=_array(day.contribution for day in days),
            people=days[0].people_reached,
            reached_share=days[0].reached_share,
        )

    @property
    def on_time_share(self) -> Floats:
        """Pseudo-values of the share of orders on time."""
        return pseudo_values(self.on_time, self.orders)

    def surely_meets(self, share: float, error: float) -> bool:
        """Whether the true share on time is at least ``share``, wrongly so in a share ``error`` of cases at most."""
        half = share_half_width(self.on_time, self.orders, error)
        return bool(ratio(self.on_time, self.orders) - half >= share)

    def surely_misses(self, share: float, error: float) -> bool:
        """Whether the true share on time is below ``share``, wrongly so in a share ``error`` of cases at most."""
        half = share_half_width(self.on_time, self.orders, error)
        return bool(ratio(self.on_time, self.orders) + half < share)

    def measures(self) -> Measures:
        """Sum up."""
        return Measures(
            orders_per_day=Estimate.of(self.orders.tolist()),
            people=self.people,
            reached_share=self.reached_share,
            on_time_share=_share(self.on_time, self.orders),
            undelivered_share=_share(self.orders - self.delivered, self.orders),
            cost_per_order=_ratio(self.cost, self.delivered),
            gco2e_per_order=_ratio(self.gco2e, self.delivered),
            contribution_per_day=Estimate.of(self.contribution.tolist()),
        )


def _array(values: Iterable[float]) -> Floats:
    return np.array(list(values), dtype=np.float64)


def _share(hits: Floats, orders: Floats) -> Estimate | None:
    if not orders.any():
        return None
    mean, half = float(ratio(hits, orders)), float(share_half_width(hits, orders, (1 - CONFIDENCE) / 2))
    ends = (max(0.0, mean - half), min(1.0, mean + half)) if math.isfinite(half) else (None, None)
    return Estimate(mean=mean, low=ends[0], high=ends[1], n=len(hits))


def _ratio(numerator: Floats, denominator: Floats) -> Estimate | None:
    return Estimate.of(pseudo_values(numerator, denominator).tolist()) if denominator.any() else None
