"""The time of one solve, in shares of its limit."""

import time


class Clock:
    """Runs from when it is made."""

    def __init__(self, limit_s: float) -> None:
        self.limit_s = limit_s
        self.began_s = time.perf_counter()

    def share(self) -> float:
        """The part of the time that has passed."""
        return (time.perf_counter() - self.began_s) / self.limit_s

    def left_s(self, until: float) -> float:
        """Seconds until a share of the time has passed; a little at least."""
        return max((until - self.share()) * self.limit_s, 1e-3)

    def moment(self, share: float) -> float:
        """When a share of the time has passed, on ``time.perf_counter``."""
        return self.began_s + share * self.limit_s
