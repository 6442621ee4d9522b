"""Seeded draws of factors for formula F12: triangular between the published ends, the published value the likeliest."""

import hashlib
import math

import numpy as np

from carbon.errors import QuantityError
from carbon.factors import Factor
from carbon.quantity import Floats


def triangular(lower: float, value: float, upper: float, uniform: Floats) -> Floats:
    """Turn uniform draws into draws of a triangular distribution, by the inverse of its distribution function.

    Args:
        lower: least value.
        value: likeliest value.
        upper: greatest value.
        uniform: draws in [0, 1), any shape.

    Returns:
        Draws in [lower, upper], of the same shape, rising with ``uniform``; all ``value`` where there is no range.

    Raises:
        QuantityError: if the three are not finite, or not in ascending order.
    """
    if not (math.isfinite(lower) and math.isfinite(upper) and lower <= value <= upper):
        raise QuantityError(
            f"lower, value and upper are {lower}, {value} and {upper}; give finite numbers in ascending order"
        )
    width = upper - lower
    if width == 0:
        return np.full(uniform.shape, value)
    rising = lower + np.sqrt(uniform * width * (value - lower))
    falling = upper - np.sqrt((1 - uniform) * width * (upper - value))
    return np.clip(np.where(uniform * width < value - lower, rising, falling), lower, upper)


class Draws:
    """Draws of factors, made when asked for and kept.

    A factor's draws depend on the seed and on its id alone. So everything that uses a factor sees the same value in
    the same draw, as it does in truth, and two reports drawn with one seed can be held against each other.

    Args:
        count: how many draws, at least 1.
        seed: any whole number of at least 0.

    Raises:
        QuantityError: if either is less.
    """

    def __init__(self, count: int, seed: int) -> None:
        if count < 1:
            raise QuantityError(f"draws is {count}; it must be at least 1, and 10000 settle a 95th percentile")
        if seed < 0:
            raise QuantityError(f"seed is {seed}; it must be a whole number of at least 0")
        self.count, self.seed = count, seed
        self._known: dict[str, Floats] = {}

    def of(self, factor: Factor) -> Floats:
        """Return the draws of ``factor``, shape ``(count,)``, in its own unit; constant if it has no range.

        Raises:
            QuantityError: if its range does not hold its value.
        """
        if factor.id not in self._known:
            lower, upper = factor_range(factor)
            try:
                drawn = triangular(lower, factor.value, upper, self._uniform(factor.id))
            except QuantityError as error:
                raise QuantityError(f"factor {factor.id!r}: {error}") from error
            self._known[factor.id] = drawn
        return self._known[factor.id]

    def used(self) -> frozenset[str]:
        """Ids of the factors drawn so far."""
        return frozenset(self._known)

    def _uniform(self, name: str) -> Floats:
        # Raw bits, whose stream numpy never changes, where its distributions may: same seed, same bytes, for good.
        words = np.frombuffer(hashlib.sha256(name.encode()).digest(), dtype="<u4")
        bits = np.random.PCG64(np.random.SeedSequence([self.seed, *map(int, words)])).random_raw(self.count)
        return np.asarray(bits >> np.uint64(11)) * 2.0**-53


def factor_range(factor: Factor) -> tuple[float, float]:
    """Return lower and upper end of ``factor``; an end that was not published is the value itself."""
    lower = factor.value if factor.lower is None else factor.lower
    upper = factor.value if factor.upper is None else factor.upper
    return lower, upper


def has_range(factor: Factor) -> bool:
    """Say whether a range was published for ``factor``."""
    lower, upper = factor_range(factor)
    return lower < upper
