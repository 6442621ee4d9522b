"""Which setting to take, why, and how sure that is."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from dispatch.radius.measures import NEAR, Days, Measures
from dispatch.radius.setting import Setting
from dispatch.radius.stats import Bools, Floats, ratio, share_half_width
from dispatch.record import Record
from dispatch.twin import Estimate

Indices = NDArray[np.int64]

RESAMPLES = 2_000
SEED = 20_261_126
"""Of the resamples, so that the same days always give the same confidence."""
MEETS_ERROR = 0.05


class Recommendation(Record):
    """The setting to take, and the reason in sentences.

    ``meets`` says whether it keeps the target with 95 % confidence; then it contributes most of all that do. Else none
    does, and it contributes most of those whose share on time is within a point of the highest. ``confidence`` is the
    share of resamples of the days in which the same rule takes it again; the days are drawn with replacement, alike for
    all settings (Efron's bootstrap, paired). It is None for a single day, which has no spread: then that day itself
    decides what meets the target.
    """

    setting: Setting
    meets: bool
    confidence: float | None
    runner_up: Setting | None
    sentences: tuple[str, ...]


class _Scores(NamedTuple):
    """What the rule looks at, each of shape ``(resamples,)``."""

    keeps: Bools
    contribution: Floats
    share: Floats

    @classmethod
    def of(cls, days: Days, drawn: Indices, target: float) -> Self:
        """Look at a setting's days as they are drawn, shape ``(resamples, n)``."""
        hits, orders = days.on_time[drawn], days.orders[drawn]
        return cls(keeps(hits, orders, target), days.contribution[drawn].mean(axis=-1), ratio(hits, orders))


class _Race(NamedTuple):
    """The settings, the best first; how many are in the field; whether that is because they meet the target.

    The field are those that meet it, by contribution; if none does, those nearest to it, and behind them the others.
    """

    ranked: list[Setting]
    field: int
    meets: bool


def recommend(
    days: Mapping[Setting, Days], measured: Mapping[Setting, Measures], target: float, currency: str
) -> Recommendation | None:
    """Choose a setting; None if no setting had an order.

    Args:
        days: equally many paired days of each setting that is still in the race.
        measured: what the days of these and of all others sum up to.
        target: share of orders to be on time.
        currency: of the contribution.
    """
    if not any(each.orders.any() for each in days.values()):
        return None
    race = _race(days, target)
    taken = _taken(days, target)
    return Recommendation(
        setting=race.ranked[0],
        meets=race.meets,
        confidence=taken and taken[race.ranked[0]],
        runner_up=race.ranked[1] if len(race.ranked) > 1 else None,
        sentences=tuple(_sentences(days, measured, race, taken, target, currency)),
    )


def keeps(hits: Floats, orders: Floats, target: float) -> Bools:
    """Whether ``(..., n)`` days keep the target with 95 % confidence, or a single day does at all; shape ``(...)``."""
    half = share_half_width(hits, orders, MEETS_ERROR) if orders.shape[-1] > 1 else 0.0
    return np.asarray(ratio(hits, orders) - half >= target)


def resamples(count: int) -> Indices:
    """Days drawn with replacement, shape ``(RESAMPLES, count)``; the same ones whenever it is asked."""
    return np.random.default_rng(SEED).integers(0, count, size=(RESAMPLES, count))


def _race(days: Mapping[Setting, Days], target: float) -> _Race:
    scores = {setting: _Scores.of(each, np.arange(len(each.orders))[None], target) for setting, each in days.items()}
    meeting = [setting for setting, each in scores.items() if each.keeps[0]]
    if meeting:
        return _Race(sorted(meeting, key=lambda setting: -scores[setting].contribution[0]), len(meeting), meets=True)
    some = [setting for setting, each in days.items() if each.orders.any()]
    top = max(scores[setting].share[0] for setting in some)
    near = [setting for setting in some if scores[setting].share[0] >= top - NEAR]
    near.sort(key=lambda setting: -scores[setting].contribution[0])
    others = sorted(set(some) - set(near), key=lambda setting: (-scores[setting].share[0], setting.order))
    return _Race([*near, *others], len(near), meets=False)


def _taken(days: Mapping[Setting, Days], target: float) -> dict[Setting, float] | None:
    """Share of resamples in which the rule takes each setting, the first of equals; None for a single day."""
    count = len(next(iter(days.values())).orders)
    if count == 1:
        return None
    drawn = resamples(count)
    scores = [_Scores.of(each, drawn, target) for each in days.values()]
    kept = np.array([each.keeps for each in scores])
    share = np.array([each.share for each in scores])
    field = np.where(kept.any(axis=0), kept, share >= np.fmax.reduce(share) - NEAR)
    money = np.where(field, [each.contribution for each in scores], -np.inf)
    taken = np.bincount(money.argmax(axis=0), minlength=len(scores)) / RESAMPLES
    return dict(zip(days, taken.tolist(), strict=True))


def _sentences(
    days: Mapping[Setting, Days],
    measured: Mapping[Setting, Measures],
    race: _Race,
    taken: Mapping[Setting, float] | None,
    target: float,
    currency: str,
) -> Iterator[str]:
    best = race.ranked[0]
    own, count = measured[best], len(days[best].orders)
    share = own.on_time_share
    assert share is not None
    surely = "with 95 % confidence" if count > 1 else "on the one day simulated"
    yield f"Take {best.label}."
    if race.meets:
        alone = len(race.ranked) == 1
        yield (
            f"{_field(days, measured)}, {len(race.ranked)} {'keeps' if alone else 'keep'} {target:.1%} of the orders "
            f"on time {surely}; {'it leaves' if alone else 'of these it leaves most'} after delivery: "
            f"{_money(own.contribution_per_day, currency)} a day."
        )
    else:
        yield f"{_field(days, measured)}, none keeps {target:.1%} of the orders on time {surely}."
        if race.field == 1:
            yield f"It comes nearest, and leaves {_money(own.contribution_per_day, currency)} a day after delivery."
        else:
            yield (
                f"Of the {race.field} that come nearest, within a point of one another, it leaves most after delivery: "
                f"{_money(own.contribution_per_day, currency)} a day."
            )
        if share.mean >= target:
            yield "Its mean does meet the target: more seeds may settle it."
        else:
            yield "What could meet it: a longer promise, a smaller radius, or more riders where all are busy."
    yield _reach(own, share, currency)
    if len(race.ranked) > 1:
        yield _next_best(days, race, currency)
    yield from _forgone(days, measured, race, currency)
    if taken is None:
        yield "A single seed says nothing about other days; simulate at least three."
        return
    said = f"The same rule takes it in {taken[best]:.0%} of {RESAMPLES:,} resamples of the {count} days"
    other = max(taken, key=lambda setting: taken[setting] if setting != best else 0.0)
    yield f"{said}, and {other.label} in {taken[other]:.0%}." if other != best and taken[other] > 0 else f"{said}."


def _reach(own: Measures, share: Estimate, currency: str) -> str:
    people = f"{own.people:,.0f} people and " if own.people else ""
    said = f"It reaches {people}{own.orders_per_day.mean:,.0f} orders a day, {_share(share)} of them on time"
    if own.cost_per_order is None or own.gco2e_per_order is None:
        return f"{said}; it delivers none."
    return f"{said}, at {own.cost_per_order.mean:.2f} {currency} and {own.gco2e_per_order.mean:.0f} gCO2e per order."


def _next_best(days: Mapping[Setting, Days], race: _Race, currency: str) -> str:
    best, other = (days[setting] for setting in race.ranked[:2])
    gap = Estimate.of((best.contribution - other.contribution).tolist())
    share = "" if race.meets else f" with {other.on_time_share.mean():.1%} on time, and"
    said = f"Next best is {race.ranked[1].label}{share or ':'} "
    said += f"{abs(gap.mean):,.0f} {currency} a day {'less' if gap.mean >= 0 else 'more'}"
    if gap.low is None or gap.high is None:
        return f"{said}."
    ends = sorted((abs(gap.low), abs(gap.high)))
    if gap.low <= 0 <= gap.high:
        return f"{said}, which may be chance: the 95 % interval of the paired days holds 0."
    return f"{said} ({ends[0]:,.0f} to {ends[1]:,.0f} over the paired days)."


def _forgone(
    days: Mapping[Setting, Days], measured: Mapping[Setting, Measures], race: _Race, currency: str
) -> Iterator[str]:
    """What the target costs: the setting that would leave most, if that is another."""
    top = max(days, key=lambda setting: days[setting].contribution.mean())
    more = float(days[top].contribution.mean() - days[race.ranked[0]].contribution.mean())
    share = measured[top].on_time_share
    if race.meets and more > 0 and share is not None:
        yield f"{top.label} would leave {more:,.0f} {currency} a day more, but keeps {_share(share)} on time."


def _share(each: Estimate) -> str:
    ends = f" ({each.low:.1%} to {each.high:.1%})" if each.low is not None and each.high is not None else ""
    return f"{each.mean:.1%}{ends}"


def _money(each: Estimate, currency: str) -> str:
    ends = f" ({each.low:,.0f} to {each.high:,.0f})" if each.low is not None and each.high is not None else ""
    return f"{each.mean:,.0f} {currency}{ends}"


def _field(days: Mapping[Setting, Days], measured: Mapping[Setting, Measures]) -> str:
    """Who was compared: all settings, or those that were not stopped early."""
    stopped = len(measured) - len(days)
    if not stopped:
        return f"Of the {len(days)} settings"
    were = "was" if stopped == 1 else "were"
    return f"Of the {len(measured)} settings {stopped} {were} stopped early; of the other {len(days)}"
