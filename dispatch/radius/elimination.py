"""Early stop of settings that are clearly worse, with a bound on how often the best is stopped wrongly.

Rounds of seeds are simulated for all settings still in the race, and after each complete round those leave it that
cannot win: successive elimination (Even-Dar, Mannor and Mansour, Journal of Machine Learning Research 7, 2006) with
paired differences on common random numbers (Kim and Nelson, ACM TOMACS 11, 2001) and a constraint that is itself
estimated (Andradóttir and Kim, Naval Research Logistics 57, 2010). All tests are Student's, one-sided, and share one
error between them by Bonferroni's inequality: as far as daily figures are normal, the setting that is truly best leaves
the race in at most ``ERROR`` of all studies. Only complete rounds are looked at, so no worker's speed can change it.
"""

from collections.abc import Iterator, Mapping
from itertools import pairwise

from dispatch.radius.measures import NEAR, Days
from dispatch.radius.setting import Setting
from dispatch.radius.stats import surely_positive

ERROR = 0.05
FIRST_SEEDS = 3
"""Before so many seeds nothing is decided: a spread over two days says next to nothing."""
GROWTH = 1.5
"""Each round brings the seeds to so many times as many: few looks, so that the error is shared by few."""


def rounds(seeds: int) -> tuple[int, ...]:
    """How many seeds have been simulated after each round, up to ``seeds``, for example 3, 5, 8, 10."""
    ends = [min(seeds, FIRST_SEEDS)]
    while ends[-1] < seeds:
        ends.append(min(seeds, int(ends[-1] * GROWTH) + 1))
    return tuple(ends)


def comparisons(settings: int, looks: int) -> int:
    """How many one-sided tests could, if wrong, stop the best of ``settings`` in ``looks`` looks.

    For each other setting: that it meets the target, that it contributes more, that it is more often on time. For the
    best itself: that it misses the target.
    """
    return max(1, looks * (3 * (settings - 1) + 1))


def beaten(days: Mapping[Setting, Days], target: float, error: float) -> Iterator[tuple[Setting, str]]:
    """Settings that cannot win, with the reason.

    The winner contributes most among those whose true share of orders on time is at least ``target``; if there is none,
    among those within ``NEAR`` of the highest share. So a setting is beaten by another that surely meets the target and
    surely contributes more; or, missing the target surely itself, by one that surely meets it or is surely on time more
    often by over ``NEAR``.

    Args:
        days: equally many paired days of each setting in the race.
        target: share of orders to be on time.
        error: of each test.
    """
    shares = {setting: each.on_time_share for setting, each in days.items()}
    meets = {setting for setting, each in days.items() if each.surely_meets(target, error)}
    misses = {setting for setting, each in days.items() if each.surely_misses(target, error)}
    for setting, own in days.items():
        for rival, other in sorted(days.items(), key=lambda item: -item[1].contribution.mean()):
            if rival == setting:
                continue
            if setting in misses and rival in meets:
                yield setting, f"surely below {target:.1%} on time; {rival.label} surely is not"
                break
            if setting in misses and surely_positive(shares[rival] - shares[setting] - NEAR, error):
                yield setting, f"surely below {target:.1%} on time, and surely over a point below {rival.label}"
                break
            if rival in meets and surely_positive(other.contribution - own.contribution, error):
                yield setting, f"surely contributes less than {rival.label}, which surely keeps {target:.1%} on time"
                break


def looks(seeds: int) -> int:
    """How many rounds are followed by a decision: all but the last, after which nothing is left to save."""
    return sum(1 for _ in pairwise(rounds(seeds)))
