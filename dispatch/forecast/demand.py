"""Demand by day type, quarter hour and cell: from weighted counts to negative binomial predictions.

The model, plain on purpose. Orders of one cell in one quarter hour are Poisson with a rate that is the city's rate at
that quarter hour, times the cell's share of the city, times a factor of its own around one. Each factor has a Gamma
prior, so its posterior is Gamma too and the number of orders to come is negative binomial. How strongly factors are
drawn towards one is learnt from the history itself by maximum marginal likelihood (empirical Bayes; Robbins 1956,
Morris 1983). Weekdays and weekends are two such layers above the week as a whole. Old days count less, by half for
each half-life. Whole days that are busier or quieter than their kind (weather, pay day) spread all cells alike; their
variance is measured on the day totals by moments.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize_scalar
from scipy.special import gammaln

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

QUARTERS = 96
"""Quarter hours of a day."""
QUARTER_S = 900
SMOOTHED_DAYS = 8 / 3
"""A figure smoothed by a quarter, a half and a quarter is as sure as one from so many times the days."""
WEEKEND = 5
"""``datetime.weekday()`` from which on it is one."""
ENOUGH_DAYS = 2
"""So many days of each kind must be in the history before weekdays and weekends are told apart."""
_STRENGTHS = (np.log(1e-2), np.log(1e5))
"""Logarithms of the weakest and the strongest prior, in orders."""
_LEAST_WEIGHT = 1e-9
"""A day so old that it no longer counts still says that its cells are there, and what its kind of day is like."""
_POISSON_SIZE = 1e7
"""A negative binomial of this size or more is a Poisson distribution to all digits that matter."""


class Demand(NamedTuple):
    """How many orders are to come: a negative binomial distribution.

    Attributes:
        mean: expected orders.
        size: the negative binomial's shape; variance is ``mean + mean ** 2 / size``. inf is Poisson.
    """

    mean: float
    size: float

    def interval(self, level: float = 0.8) -> tuple[int, int]:
        """The fewest and the most orders of the central interval that holds at least ``level`` of all outcomes.

        Raises:
            ValueError: if ``level`` is not between 0 and 1.
        """
        low, high = intervals(self.mean, self.size, level)
        return int(low), int(high)

    def probability(self, orders: int | Ints) -> Floats:
        """How likely it is that exactly so many orders come, shaped as ``orders``."""
        if self.mean <= 0:
            return np.where(np.asarray(orders) == 0, 1.0, 0.0)
        from scipy.stats import nbinom, poisson  # noqa: PLC0415 - most of a second, for forecasts alone

        if self.size >= _POISSON_SIZE:
            return np.asarray(poisson.pmf(orders, self.mean))
        return np.asarray(nbinom.pmf(orders, self.size, self.size / (self.size + self.mean)))


def intervals(mean: ArrayLike, size: ArrayLike, level: float) -> tuple[Floats, Floats]:
    """Lowest and highest counts of central intervals of negative binomials, shaped as ``mean``.

    Raises:
        ValueError: if ``level`` is not between 0 and 1.
    """
    if not 0 < level < 1:
        raise ValueError(f"level is {level}; an interval holds a share between 0 and 1 of the outcomes, such as 0.8")
    from scipy.stats import nbinom, poisson  # noqa: PLC0415 - most of a second, for forecasts alone

    mean = np.asarray(mean, dtype=np.float64)
    size = np.minimum(np.asarray(size, dtype=np.float64), _POISSON_SIZE)
    some = np.maximum(mean, 1e-12)  # nothing expected: no orders, whatever the size
    tail = (1 - level) / 2
    low, high = (
        np.where(size < _POISSON_SIZE, nbinom.ppf(share, size, size / (size + some)), poisson.ppf(share, some))
        for share in (tail, 1 - tail)
    )
    return np.maximum(low, 0.0), np.maximum(high, 0.0)


class Tally(NamedTuple):
    """What a history says, as far as the model needs it; ``t`` kinds of day (one, or weekday and weekend).

    Attributes:
        counts: ``(t, 96, cells)`` orders, each weighted by its day.
        exposure: ``(t, 96)`` weighted days on which the quarter hour was observed.
        day_variance: squared coefficient of variation of whole days around their kind, beyond Poisson noise.
    """

    counts: Floats
    exposure: Floats
    day_variance: float


class Slots(NamedTuple):
    """Moments as the model sees them: local day (days since 1970-01-01) and quarter hour of it, each ``(k,)``."""

    day: Ints
    quarter: Ints


def kinds_of(day: Ints) -> NDArray[np.bool_]:
    """Whether days (since 1970-01-01, a Thursday) are weekend."""
    weekend: NDArray[np.bool_] = (day + 3) % 7 >= WEEKEND
    return weekend


def tally(orders: Slots, cell: Ints, cells: int, observed: Slots, half_life_days: float) -> Tally:
    """Count a history's orders, new days more than old ones.

    Weights are scaled so that they add up to the days they are worth (Kish's effective number: the square of their sum
    over the sum of their squares), which keeps the posterior as wide as it should be.

    Args:
        orders: where in time the orders were placed.
        cell: ``(orders,)`` index of the cell of each.
        cells: how many cells there are.
        observed: all quarter hours under observation; those of the orders are among them.
        half_life_days: after so many days a day counts half.
    """
    days, row = np.unique(observed.day, return_inverse=True)
    weekend = kinds_of(days)
    apart = min(int(weekend.sum()), int((~weekend).sum())) >= ENOUGH_DAYS
    kind = weekend.astype(np.int64) if apart else np.zeros(len(days), dtype=np.int64)
    weight = np.maximum(np.exp2((days - days.max()) / half_life_days), _LEAST_WEIGHT)
    for k in range(1 + apart):
        weight[kind == k] *= weight[kind == k].sum() / (weight[kind == k] ** 2).sum()

    shape = (1 + apart, QUARTERS, cells)
    order_row = np.searchsorted(days, orders.day)
    counts = np.zeros(shape)
    np.add.at(counts, (kind[order_row], orders.quarter, cell), weight[order_row])
    exposure = np.zeros(shape[:2])
    np.add.at(exposure, (kind[row], observed.quarter), weight[row])

    per_quarter = _divide(counts.sum(axis=2), exposure)
    expected = np.bincount(row, weights=per_quarter[kind[row], observed.quarter], minlength=len(days))
    seen = np.bincount(order_row, minlength=len(days)).astype(np.float64)
    return Tally(counts, exposure, _day_variance(seen, expected.astype(np.float64), kind, weight))


def _day_variance(seen: Floats, expected: Floats, kind: Ints, weight: Floats) -> float:
    """How far whole days stray from what is usual for their kind, beyond Poisson noise; 0 from a single day."""
    days = np.bincount(kind)[kind]
    some = (days >= ENOUGH_DAYS) & (expected > 0)
    if not some.any():
        return 0.0
    seen, expected, weight, days = seen[some], expected[some], weight[some], days[some]
    # A day pulls its own expectation towards itself; the usual n - 1 puts that right.
    excess = (seen - expected) ** 2 * days / (days - 1) - expected
    return max(0.0, float((weight * excess).sum() / (weight * expected**2).sum()))


def posterior(counts: Floats, exposure: Floats) -> tuple[Floats, Floats, Floats]:
    """Posterior of every rate.

    Args:
        counts: as in ``Tally``.
        exposure: as in ``Tally``.

    Returns:
        ``(t, 96, cells)`` expected orders in the quarter hour; ``(t, 96, cells)`` shape of its Gamma posterior; and
        ``(t, 96)`` squared coefficient of variation of what all cells have in common, the day's profile. A quarter
        hour that was never observed expects as much as the average one.
    """
    if not counts.size:
        return np.zeros(counts.shape), np.ones(counts.shape), np.zeros(exposure.shape)
    by_quarter, by_cell = counts.sum(axis=2), counts.sum(axis=1)
    # The day's profile: from a flat day to the smoothed week as a whole, then as far as the kind of day differs.
    around, seen = SMOOTHED_DAYS * _around(by_quarter.sum(axis=0)), SMOOTHED_DAYS * _around(exposure.sum(axis=0))
    flat = by_quarter.sum() / exposure.sum()
    usual, usual_shape = _factors(around, flat * seen)[:2]
    scale = by_quarter.sum(axis=1) / np.maximum((usual * exposure).sum(axis=1), 1e-300)
    profile = scale[:, None] * usual
    own, own_shape, drawn = _factors(by_quarter, profile * exposure)
    profile = profile * own
    stray = drawn**2 / usual_shape + 1 / own_shape
    # Cells' shares of the city: of the week as a whole, then as far as the kind of day differs.
    share = np.broadcast_to(by_cell.sum(axis=0) / by_cell.sum(), by_cell.shape)
    share = share * _factors(by_cell, share * (profile * exposure).sum(axis=1)[:, None])[0]
    share = share / np.maximum(share.sum(axis=1, keepdims=True), 1e-300)

    mean = profile[:, :, None] * share[:, None, :]
    factor, shape, _ = _factors(counts, mean * exposure[:, :, None])
    return mean * factor, shape, stray


def _factors(counts: Floats, expected: Floats) -> tuple[Floats, Floats, Floats]:
    """Gamma factors around one, of counts that are Poisson around ``expected``, shaped as these.

    Returns:
        Their posterior means, their posterior shapes, and how far each is drawn to one: 0 not at all, 1 wholly.
    """
    some = expected > 0
    seen, usual = counts[some], expected[some]

    def loss(log_strength: float) -> float:
        """Negative logarithm of the marginal likelihood, a negative binomial's, but for what no strength changes."""
        a = np.exp(log_strength)
        gain = gammaln(a + seen) - gammaln(a) - a * np.log1p(usual / a) - seen * np.log(a + usual)
        return -float(gain.sum())

    strength = float(np.exp(minimize_scalar(loss, bounds=_STRENGTHS, method="bounded").x))
    shape = strength + counts
    return shape / (strength + expected), shape, strength / (strength + expected)


def _around(quarters: Floats) -> Floats:
    """A day's 96 figures, each with a quarter of either neighbour; midnight is a neighbour too."""
    smoothed: Floats = np.roll(quarters, 1) / 4 + quarters / 2 + np.roll(quarters, -1) / 4
    return smoothed


def _divide(some: ArrayLike, by: ArrayLike) -> Floats:
    """Quotients, 0 where there is nothing to divide by."""
    some, by = np.broadcast_arrays(np.asarray(some, dtype=np.float64), np.asarray(by, dtype=np.float64))
    quotient: Floats = np.divide(some, by, out=np.zeros(some.shape), where=by > 0)
    return quotient
