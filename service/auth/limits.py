"""Rate limits: one token bucket for each key and each address.

The buckets are this process's own. Of several processes each counts for itself, so together they let through as many
times the rate as there are of them.
"""

import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable

MAX_BUCKETS = 10_000
"""How many are remembered; the one used longest ago is forgotten first, and would be nearly full anyway."""


class Buckets:
    """Buckets that fill at a rate and are emptied by one a request.

    Args:
        per_s: tokens a second.
        burst: tokens that a full bucket holds.
        clock: seconds that never run backwards.
    """

    def __init__(self, per_s: float, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.per_s = per_s
        self.burst = burst
        self._clock = clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait_s(self, name: str) -> float:
        """Take a token from the bucket ``name``: 0 if there was one, else the seconds until there is."""
        now = self._clock()
        left, at = self._left.pop(name, (float(self.burst), now))
        left = min(float(self.burst), left + (now - at) * self.per_s)
        wait = 0.0 if left >= 1.0 else (1.0 - left) / self.per_s
        self._left[name] = (left if wait else left - 1.0, now)
        if len(self._left) > MAX_BUCKETS:
            self._left.popitem(last=False)
        return wait


def address_of(host: str | None) -> str:
    """The name of the bucket of an address; an IPv6 network of 64 bits is one (RFC 6177: a site has at least that)."""
    try:
        address = ipaddress.ip_address(host or "")
    except ValueError:
        return host or "unknown"
    if isinstance(address, ipaddress.IPv6Address):
        return str(address.ipv4_mapped or ipaddress.IPv6Network((address, 64), strict=False))
    return str(address)
