"""Seconds and metres in one number, so that one search finds both exactly."""

import numpy as np
from numpy.typing import ArrayLike

from maps.plane import Floats

QUANTUM_S = 2.0**-10
"""Seconds are whole multiples of this, about a millisecond."""

METRE_UNIT = 2.0**-35
"""What a decimetre adds to a weight: all metres of a path (up to 3,355 km) stay below one quantum of seconds.

Whole decimetres on whole quanta need 35 binary places; a double has 53 digits, so sums are exact up to 2**18 seconds,
three days.
"""


def pack(seconds: ArrayLike, metres: ArrayLike) -> Floats:
    """Weights for a search: seconds to the nearest quantum, and metres to the nearest decimetre below them.

    Shortest by weight is shortest by seconds, ties broken by metres. Infinite seconds give an infinite weight.
    """
    weights: Floats = (
        np.rint(np.asarray(seconds) / QUANTUM_S) * QUANTUM_S + np.rint(np.asarray(metres) * 10) * METRE_UNIT
    )
    return weights


def unpack(weights: Floats) -> tuple[Floats, Floats]:
    """Seconds and metres of sums of weights; both inf where the weight is."""
    found = np.isfinite(weights)
    finite = np.where(found, weights, 0.0)
    seconds = np.floor(finite / QUANTUM_S) * QUANTUM_S
    metres = np.rint((finite - seconds) / METRE_UNIT) / 10
    return np.where(found, seconds, np.inf), np.where(found, metres, np.inf)
