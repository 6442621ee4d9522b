"""Figures over a few simulated days, paired from setting to setting by their common seeds.

A ratio of sums, such as on-time orders over orders, is treated as the mean of its *pseudo-values*: the ratio plus each
day's linearised residual (y - r x) / mean(x), as ratio estimators are (Cochran, Sampling Techniques, 3rd ed. 1977,
section 6.3). So one Student interval serves means, ratios, and the paired differences of either.

Days are along the last axis of every array, so that one call also takes many resamples of them.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def ratio(numerator: Floats, denominator: Floats) -> Floats:
    """The ratio of the sums, shape ``(...)``; NaN where the denominator sums to zero."""
    total = denominator.sum(axis=-1)
    found: Floats = np.divide(numerator.sum(axis=-1), total, out=np.full(total.shape, np.nan), where=total != 0)
    return found


def pseudo_values(numerator: Floats, denominator: Floats) -> Floats:
    """Values of shape ``(..., n)`` whose mean is the ratio of the sums, and whose spread is that of the ratio."""
    mean = denominator.mean(axis=-1, keepdims=True)
    whole = ratio(numerator, denominator)[..., None]
    residuals = numerator - whole * denominator
    values: Floats = whole + np.divide(residuals, mean, out=np.full(residuals.shape, np.nan), where=mean != 0)
    return values


def half_width(values: Floats, error: float) -> Floats:
    """How far below or above the truth a mean of ``(..., n)`` days lies at most, but for a share ``error`` of cases.

    Student's one-sided interval; inf for a single day.
    """
    return _half_width(_variance(values), values.shape[-1], error)


def share_half_width(hits: Floats, orders: Floats, error: float) -> Floats:
    """``half_width`` of a share of orders, from days of shape ``(..., n)`` with ``hits`` out of ``orders``.

    Days that happen to agree, all at 100 % above all, say too little about their spread. So it is taken as no smaller
    than independent orders would have it, with two hits and two misses added (Agresti and Coull, The American
    Statistician 52, 1998).
    """
    n = orders.shape[-1]
    total = orders.sum(axis=-1)
    chance = (hits.sum(axis=-1) + 2) / (total + 4)
    independent = np.divide(chance * (1 - chance) * n, total, out=np.full(total.shape, np.inf), where=total != 0)
    return _half_width(np.fmax(_variance(pseudo_values(hits, orders)), independent), n, error)


def surely_positive(values: Floats, error: float) -> bool:
    """Whether the mean behind ``(n,)`` values is above zero, wrongly so in a share ``error`` of cases at most."""
    return bool(values.mean() > half_width(values, error))


def _variance(values: Floats) -> Floats:
    if values.shape[-1] == 1:
        return np.full(values.shape[:-1], np.inf)
    found: Floats = np.asarray(values.var(axis=-1, ddof=1))
    return found


def _half_width(variance: Floats, n: int, error: float) -> Floats:
    if n == 1:
        return np.full(variance.shape, np.inf)
    found: Floats = np.asarray(stdtrit(n - 1, 1 - error) * np.sqrt(variance / n))
    return found
